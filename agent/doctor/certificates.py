"""Certificates: until when they hold, and whether the device's own names the device.

The standard library reads a certificate's dates only in a handshake, so the device's own is read in one with
ourselves, in memory.
"""

import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit
from transport.broker import BrokerRefused, tls_context

DAY = 86400.0
SOON = 30
"""Days before its end from which on a certificate is warned of."""

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (openssl/x509_vfy.h): the dates are judged here."""


def of_the_broker(visit: Visit) -> Outcome:
    if visit.certificate_ends is None:
        return not_checked("plain")
    return _judged(visit.certificate_ends, visit)


def of_the_device(visit: Visit) -> Outcome:
    broker = visit.config.broker
    if broker.plain or not (broker.certificate and broker.key):
        return not_checked("none")
    try:
        tls_context(broker)
    except BrokerRefused as error:
        if isinstance(error.__cause__, PermissionError):
            raise error.__cause__ from None
        return fault("unusable", detail=str(error))
    certificate = read(Path(broker.certificate), Path(broker.key))
    name, device = _common_name(certificate), visit.config.device.id
    begins, ends = (ssl.cert_time_to_seconds(certificate[each]) for each in ("notBefore", "notAfter"))
    if begins > visit.now.utc:
        return fault("not_yet_valid", begins=_date(begins))
    if name != device:
        return warning("other_name", name=name or "-", device=device)
    return _judged(ends, visit)


def access(visit: Visit) -> Outcome:
    """The key and the password are nobody else's business."""
    broker = visit.config.broker
    secrets = [Path(each) for each in (broker.key, broker.password_file) if each]
    if not secrets:
        return not_checked("none")
    for secret in secrets:
        mode = stat.S_IMODE(secret.stat().st_mode)
        if mode & 0o077 and not _is_closed(secret.parent):
            return warning("open", file=str(secret), mode=f"{mode:04o}")
    return ok(files=", ".join(map(str, secrets)))


def of_the_authority(visit: Visit) -> Outcome:
    broker = visit.config.broker
    if broker.plain:
        return not_checked("plain")
    if broker.ca is None:
        return ok("system")
    try:
        authorities = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authorities.load_verify_locations(broker.ca)
    except PermissionError:
        raise
    except (OSError, ssl.SSLError) as error:
        return fault("unreadable", file=broker.ca, detail=str(error))
    ends = [ssl.cert_time_to_seconds(str(each["notAfter"])) for each in authorities.get_ca_certs()]
    return _judged(min(ends), visit) if ends else fault("no_authority", file=broker.ca)


def read(certificate: Path, key: Path) -> dict[str, Any]:
    """A certificate's dates and names, as `ssl` tells them after a handshake. Raises ssl.SSLError, OSError."""
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ours.load_cert_chain(certificate, key)
    theirs.check_hostname = False
    theirs.load_verify_locations(certificate)
    theirs.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    to_us, to_them = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = ours.wrap_bio(to_us, to_them, server_side=True)
    client = theirs.wrap_bio(to_them, to_us)
    for side in (client, server, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue  # it is the other side's turn
    return client.getpeercert() or {}


def _judged(ends: float, visit: Visit) -> Outcome:
    days = int((ends - visit.now.utc) // DAY)
    if ends <= visit.now.utc:
        return fault("expired", date=_date(ends))
    return warning("soon", date=_date(ends), days=days) if days < SOON else ok(date=_date(ends), days=days)


def _is_closed(folder: Path) -> bool:
    return not stat.S_IMODE(folder.stat().st_mode) & 0o077


def _common_name(certificate: dict[str, Any]) -> str:
    names = [
        value for group in certificate.get("subject", ()) for name, value in group if name == "commonName"
    ]
    return str(names[0]) if names else ""


def _date(utc: float) -> str:
    return datetime.fromtimestamp(utc, UTC).date().isoformat()
