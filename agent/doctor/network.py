"""The network, from the plug outwards: link, gateway, the internet, and the broker's name."""

import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor

from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit
from agent.doctor.words import needs
from agent.hw.network import Interfaces, answers

PATIENCE = 3.0
"""Seconds that anybody out there has to answer."""
DOMAIN = 53
"""Any port would do: that it is refused is enough."""


def link(visit: Visit) -> Outcome:
    interface = visit.config.network.interface
    if Interfaces(interface, visit.root).link():
        return ok(interface=interface or _with_carrier(visit))
    if on_this_machine(visit.config.broker.host):
        return not_checked("none_needed")
    return fault("none", interface=interface or "-")


def _with_carrier(visit: Visit) -> str:
    places = sorted((visit.root / "sys/class/net").glob("*"))
    return ", ".join(
        each.name for each in places if each.name != "lo" and visit.text(each / "carrier") == "1"
    )


def gateway(visit: Visit) -> Outcome:
    """A gateway may answer nothing and still work: the internet is what counts."""
    interfaces = Interfaces(visit.config.network.interface, visit.root)
    found = interfaces.gateway()
    if found is None:
        return warning("none")
    told = {"address": found.address, "interface": found.interface}
    if not found.address:
        return ok("line", interface=found.interface)
    there = interfaces.has_answered(found.address) or answers(found.address, DOMAIN, PATIENCE)
    return ok(**told) if there else warning("silent", **told)


def uplink(visit: Visit) -> Outcome:
    """The targets that the agent itself asks before it blames the router."""
    targets = visit.config.network.targets
    if not targets:
        return not_checked("none")
    with ThreadPoolExecutor(len(targets)) as pool:
        heard = list(pool.map(_answers, targets))
    silent = [target for target, there in zip(targets, heard, strict=True) if not there]
    if len(silent) == len(targets):
        return fault("down", targets=", ".join(targets))
    return warning("partly", silent=", ".join(silent)) if silent else ok(count=len(targets))


def broker_name(visit: Visit) -> Outcome:
    host = visit.config.broker.host
    if not on_this_machine(host) and visit.passed["network.link"].state == "fault":
        return needs("network.link")
    if _is_address(host):
        return ok("address", host=host)
    try:
        found = socket.getaddrinfo(host, visit.config.broker.resolved_port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return fault("unknown", host=host, detail=str(error))
    return ok(host=host, address=str(found[0][4][0]))


def on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    return _is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _answers(target: str) -> bool:
    host, _, port = target.rpartition(":")
    return answers(host.strip("[]"), int(port), PATIENCE)
