"""Certificates of a broker and its clients, signed by an authority that lives for one night or one test."""

import datetime as dt
import ipaddress
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from firmware_sim.full.brokers import LOCALHOST


class Pair(msgspec.Struct, frozen=True):
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority: signs the broker's certificate and the clients'. days: for which they hold."""

    def __init__(self, folder: Path, *, days: float = 7) -> None:
        self._folder = folder
        self._days = days
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _common_name("nattro simulator")
        self.file = folder / "ca.pem"
        builder = self._builder(self._name, self._key, days).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self._certificate = builder.sign(self._key, hashes.SHA256())
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def sign(self, name: str, *, server: bool = False, days: float | None = None) -> Pair:
        """A certificate with this common name; a server's for `localhost` is good for 127.0.0.1, too.

        days: for which it holds from now on, less than 0 for one that has expired (all are valid since yesterday).
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_common_name(name), key, self._days if days is None else days)
        if server:
            names: list[x509.GeneralName] = [x509.DNSName(name)]
            if name == "localhost":
                names.append(x509.IPAddress(ipaddress.ip_address(LOCALHOST)))
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        certificate = builder.sign(self._key, hashes.SHA256())
        pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        pair.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pair

    def revoke(self, certificate: Path) -> Path:
        """The list of withdrawn certificates, with this one on it."""
        withdrawn = x509.load_pem_x509_certificate(certificate.read_bytes())
        now = dt.datetime.now(dt.UTC)
        entry = x509.RevokedCertificateBuilder().serial_number(withdrawn.serial_number).revocation_date(now)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._name)
            .last_update(now - dt.timedelta(days=1))
            .next_update(now + dt.timedelta(days=7))
            .add_revoked_certificate(entry.build())
        )
        file = self._folder / "revoked.pem"
        file.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return file

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: float
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=days))
        )


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
