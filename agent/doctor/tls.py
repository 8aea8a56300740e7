"""The line to the broker: whether anybody answers, and whether it is the broker itself."""

import socket
import ssl
from typing import Any

from agent.doctor.findings import Outcome, fault, ok, warning
from agent.doctor.network import on_this_machine
from agent.doctor.visit import Visit
from transport.broker import BrokerRefused, tls_context

PATIENCE = 5.0

# What OpenSSL found wrong with a certificate (X509_V_ERR_…, openssl/x509_vfy.h).
NOT_YET_VALID, EXPIRED, HOSTNAME, ADDRESS = 9, 10, 62, 64
UNKNOWN_AUTHORITY = {2, 7, 18, 19, 20, 21, 30}


def reached(visit: Visit) -> Outcome:
    broker = visit.config.broker
    where = f"{broker.host}:{broker.resolved_port}"
    try:
        socket.create_connection((broker.host, broker.resolved_port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return fault("refused", where=where)
    except OSError as error:
        return fault("silent", where=where, detail=str(error.strerror or error))
    return ok(where=where)


def handshake(visit: Visit) -> Outcome:
    broker = visit.config.broker
    where = f"{broker.host}:{broker.resolved_port}"
    try:
        context = tls_context(broker)
    except BrokerRefused as error:
        if isinstance(error.__cause__, PermissionError):
            raise error.__cause__ from None
        return fault("files", detail=str(error))
    if context is None:
        return ok("plain_here") if on_this_machine(broker.host) else warning("plain", where=where)
    try:
        with (
            socket.create_connection((broker.host, broker.resolved_port), timeout=PATIENCE) as line,
            context.wrap_socket(line, server_hostname=broker.host) as secured,
        ):
            visit.certificate_ends = _ends(secured.getpeercert())
            return ok(where=where, version=str(secured.version()))
    except ssl.SSLCertVerificationError as error:
        return _not_believed(error, where)
    except TimeoutError:
        return fault("silent", where=where)
    except (ssl.SSLError, OSError) as error:
        return fault("broken_off", where=where, detail=str(getattr(error, "reason", None) or error))


def _not_believed(error: ssl.SSLCertVerificationError, where: str) -> Outcome:
    told: dict[str, Any] = {"where": where, "detail": error.verify_message}
    if error.verify_code == EXPIRED:
        return fault("expired", **told)
    if error.verify_code == NOT_YET_VALID:
        return fault("not_yet_valid", **told)
    if error.verify_code in {HOSTNAME, ADDRESS}:
        return fault("other_name", **told)
    if error.verify_code in UNKNOWN_AUTHORITY:
        return fault("unknown_authority", **told)
    return fault("not_believed", **told)


def _ends(certificate: dict[str, Any] | None) -> float | None:
    return ssl.cert_time_to_seconds(certificate["notAfter"]) if certificate else None
