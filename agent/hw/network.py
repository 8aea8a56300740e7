"""Asks who can be reached: link, gateway, names, and several targets that do not depend on each other.

Only the targets decide whether the uplink is down; link, gateway and names tell where the fault is.
"""

import socket
import struct
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from agent.core.events import NetworkProbed
from agent.ports import Post

PATIENCE = 8.0
"""Seconds that a target, the gateway or a name server has to answer."""
_GATEWAY_PORT = 53
"""Any port would do: that it is refused, or that the neighbour is known on the wire, is enough."""
_DEFAULT_ROUTE = "00000000"
_ROUTE_HAS_GATEWAY = 0x2
_ARP_COMPLETE = 0x2


class Gateway(msgspec.Struct, frozen=True):
    """The default route: through which interface, to which address."""

    interface: str
    address: str


class Interfaces:
    """What the kernel knows about the network (/sys/class/net, /proc/net)."""

    def __init__(self, interface: str | None = None, root: Path = Path("/")) -> None:
        self._interface = interface
        self._root = root

    def link(self) -> bool:
        """Whether the interface (any but the loopback, if none is named) has a carrier."""
        folder = self._root / "sys/class/net"
        names = [self._interface] if self._interface else [each.name for each in folder.glob("*")]
        return any(self._first_line(folder / name / "carrier") == "1" for name in names if name != "lo")

    def gateway(self) -> Gateway | None:
        for row in self._rows("proc/net/route"):
            interface, destination, address, flags = row[:4]
            wanted = self._interface in {None, interface}
            if wanted and destination == _DEFAULT_ROUTE and int(flags, 16) & _ROUTE_HAS_GATEWAY:
                return Gateway(interface, socket.inet_ntoa(struct.pack("<L", int(address, 16))))
        return None

    def has_answered(self, address: str) -> bool:
        """Whether the neighbour has answered on the wire lately (the kernel's ARP table)."""
        return any(
            row[0] == address and int(row[2], 16) & _ARP_COMPLETE for row in self._rows("proc/net/arp")
        )

    def _rows(self, table: str) -> list[list[str]]:
        try:
            lines = (self._root / table).read_text(encoding="ascii").splitlines()
        except OSError:
            return []
        return [line.split() for line in lines[1:]]

    @staticmethod
    def _first_line(file: Path) -> str:
        try:
            return file.read_text(encoding="ascii").strip()
        except OSError:  # an interface that is down has no carrier to read
            return ""


def answers(host: str, port: int) -> bool:
    """Whether somebody is there: a refused connection is an answer, too."""
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    except (OSError, UnicodeError):  # UnicodeError: a name that no name server could know
        return False
    return True


def resolves(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None)
    except (OSError, UnicodeError):
        return False
    return True


class NetworkProbe:
    """The Network port: one probe at a time, each question in a thread of its own, none waited for too long."""

    def __init__(self, post: Post, interfaces: Interfaces, targets: Sequence[str], dns_name: str) -> None:
        self._post = post
        self._interfaces = interfaces
        self._targets = [_split(target) for target in targets]
        self._dns_name = dns_name
        self._under_way = threading.Lock()

    def probe(self) -> None:
        """Ask everybody. Brings one NetworkProbed; a probe that is under way will do."""
        if self._under_way.acquire(blocking=False):
            threading.Thread(target=self._ask, name="network-probe", daemon=True).start()

    def _ask(self) -> None:
        try:
            questions: list[Callable[[], bool]] = [
                self._interfaces.link,
                self._gateway_answers,
                lambda: resolves(self._dns_name),
                *(_question(host, port) for host, port in self._targets),
            ]
            link, gateway, dns, *targets = _ask_all(questions)
        finally:
            self._under_way.release()
        self._post(NetworkProbed(link=link, gateway=gateway, dns=dns, targets=tuple(targets)))

    def _gateway_answers(self) -> bool:
        gateway = self._interfaces.gateway()
        if gateway is None:
            return False
        return answers(gateway.address, _GATEWAY_PORT) or self._interfaces.has_answered(gateway.address)


def _question(host: str, port: int) -> Callable[[], bool]:
    return lambda: answers(host, port)


def _ask_all(questions: Sequence[Callable[[], bool]]) -> list[bool]:
    """All answers; whoever has not answered in time has not answered (a name server may sit for minutes)."""
    heard = [False] * len(questions)

    def ask(index: int) -> None:
        heard[index] = questions[index]()

    threads = [threading.Thread(target=ask, args=(i,), daemon=True) for i in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE + 1)
    return list(heard)


def _split(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    return host.strip("[]"), int(port)
