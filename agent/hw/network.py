"""Asks who can be reached: link, router, internet, names, broker. Told apart, and cheap on a metered SIM.

Only the independent targets decide whether the uplink is down; link and router tell where the fault is, names and
broker what is missing when the internet answers. Targets are asked one after the other, beginning with another one
each time, and the first that answers is enough: a probe is two handshakes and a question for a name.
It is made only while the broker is away.
"""

import ipaddress
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from agent.core.events import NetworkProbed
from agent.ports import Post

PATIENCE = 8.0
"""Seconds that a target, the broker or a name server has to answer."""
GATEWAY_PATIENCE = 10.0
"""A neighbour that was known a moment ago is given up by the kernel after 8 s."""
LONGEST = 11.0
"""Seconds after which whoever has not answered has not answered (a name server may sit for minutes)."""
STAGGER = 2.0
"""Seconds that a target has before the next one is asked, too."""
_GATEWAY_PORT = 53
"""Any port would do: that it is refused, or that the neighbour is known on the wire, is enough."""
_DEFAULT_ROUTE, _DEFAULT_ROUTE_6 = "00000000", "0" * 32
_ROUTE_HAS_GATEWAY = 0x2
_ARP_COMPLETE = 0x2
_AT_ONCE = struct.pack("ii", 1, 0)

Host = tuple[str, int]


class Gateway(msgspec.Struct, frozen=True):
    """The default route: through which interface, to which address (empty: the line itself, as with a modem)."""

    interface: str
    address: str


class Interfaces:
    """What the kernel knows about the network (/sys/class/net, /proc/net)."""

    def __init__(self, interface: str | None = None, root: Path = Path("/")) -> None:
        self._interface = interface
        self._root = root

    def link(self) -> bool:
        """Whether the interface has a carrier; if none is named: any that is a device, or any but the loopback."""
        folder = self._root / "sys/class/net"
        names = [each.name for each in folder.glob("*") if each.name != "lo"]
        devices = [name for name in names if (folder / name / "device").exists()]
        asked = [self._interface] if self._interface else devices or names
        return any(self._first_line(folder / name / "carrier") == "1" for name in asked)

    def gateway(self) -> Gateway | None:
        """The default route by IPv4, else by IPv6."""
        for row in self._rows("proc/net/route")[1:]:
            interface, destination, address, flags = row[:4]
            if self._is_ours(interface) and destination == _DEFAULT_ROUTE:
                to = socket.inet_ntoa(struct.pack("<L", int(address, 16)))
                return Gateway(interface, to if int(flags, 16) & _ROUTE_HAS_GATEWAY else "")
        for row in self._rows("proc/net/ipv6_route"):
            interface = row[9]
            is_default = row[0] == _DEFAULT_ROUTE_6 and row[1] == "00" and interface != "lo"
            if self._is_ours(interface) and is_default:
                to = f"{ipaddress.IPv6Address(int(row[4], 16))}%{interface}"
                return Gateway(interface, to if int(row[8], 16) & _ROUTE_HAS_GATEWAY else "")
        return None

    def has_answered(self, address: str) -> bool:
        """Whether the neighbour has answered on the wire lately (the kernel's ARP table)."""
        return any(
            row[0] == address and int(row[2], 16) & _ARP_COMPLETE for row in self._rows("proc/net/arp")[1:]
        )

    def _is_ours(self, interface: str) -> bool:
        return self._interface in {None, interface}

    def _rows(self, table: str) -> list[list[str]]:
        try:
            lines = (self._root / table).read_text(encoding="ascii").splitlines()
        except OSError:
            return []
        return [line.split() for line in lines]

    @staticmethod
    def _first_line(file: Path) -> str:
        try:
            return file.read_text(encoding="ascii").strip()
        except OSError:  # an interface that is down has no carrier to read
            return ""


def answers(host: str, port: int, patience: float = PATIENCE) -> bool:
    """Whether somebody is there: a refused connection is an answer, too."""
    return _knock(host, port, patience) is True


def addresses(name: str, port: int) -> list[Host]:
    """What a name stands for; empty if it does not resolve."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # UnicodeError: a name that no name server could know
        return []
    return [(str(address[0]), port) for *_, address in found]


class NetworkProbe:
    """The Network port: one probe at a time, each question in a thread of its own, none waited for too long.

    targets: `host:port`, independent of each other; dns_name: asked for where the broker's name does not resolve;
    broker: host and port.
    """

    def __init__(
        self, post: Post, interfaces: Interfaces, targets: Sequence[str], dns_name: str, broker: Host
    ) -> None:
        self._post = post
        self._interfaces = interfaces
        self._targets = [_split(target) for target in targets]
        self._dns_name = dns_name
        self._broker = broker
        self._probes = 0
        self._under_way = threading.Lock()
        self._slow: dict[str, threading.Thread] = {}

    def probe(self) -> None:
        """Ask everybody. Brings one NetworkProbed; a probe that is under way will do."""
        if self._under_way.acquire(blocking=False):
            threading.Thread(target=self._ask, name="network-probe", daemon=True).start()

    def _ask(self) -> None:
        try:
            answer = self._asked()
        finally:
            self._under_way.release()
        self._post(answer)

    def _asked(self) -> NetworkProbed:
        """The targets are asked in any case: a carrier that the driver does not tell of is no proof of anything."""
        heard = self._all_at_once({"gateway": self._ask_the_gateway, "broker": self._ask_for_the_broker})
        targets = self._first_target()
        for thread in heard.threads:
            thread.join(LONGEST)
        answers = dict(heard.answers)
        return NetworkProbed(
            link=self._interfaces.link(),
            gateway=answers.get("gateway", False),
            dns=answers.get("dns", False),
            targets=targets,
            broker=answers.get("broker", False),
        )

    def _all_at_once(self, questions: dict[str, Callable[["_Heard"], None]]) -> "_Heard":
        """A question that is still without an answer from the last probe is not asked again: it counts as no."""
        heard = _Heard()
        for name, question in questions.items():
            if name in self._slow and self._slow[name].is_alive():
                continue
            thread = threading.Thread(target=question, args=(heard,), daemon=True)
            self._slow[name] = thread
            heard.threads.append(thread)
            thread.start()
        return heard

    def _first_target(self) -> tuple[bool, ...]:
        """The answers of those that were asked, until one said yes."""
        self._probes += 1
        first = self._probes % max(1, len(self._targets))
        order = self._targets[first:] + self._targets[:first]
        heard = _Heard()
        for index, (host, port) in enumerate(order):
            thread = threading.Thread(target=_ask_target, args=(heard, host, port), daemon=True)
            heard.threads.append(thread)
            thread.start()
            last = index == len(order) - 1
            if heard.waits(PATIENCE if last else STAGGER, of=index + 1):
                break
        answers = dict(heard.answers)
        return tuple(answers.get(host, False) for host, _ in order[: len(heard.threads)])

    def _ask_the_gateway(self, heard: "_Heard") -> None:
        gateway = self._interfaces.gateway()
        if gateway is None or not gateway.address:
            # A line of its own is the way out; that it has a carrier is all that can be known.
            heard.note("gateway", gateway is not None)
            return
        answer = _knock(gateway.address, _GATEWAY_PORT, GATEWAY_PATIENCE)
        if answer is None:
            answer = self._interfaces.has_answered(gateway.address)
        heard.note("gateway", answer)

    def _ask_for_the_broker(self, heard: "_Heard") -> None:
        """By its own name, which is the one that matters; another tells whether names resolve at all."""
        host, port = self._broker
        found = addresses(host, port)
        if not found or _is_address(host):
            heard.note("dns", bool(addresses(self._dns_name, port)))
        else:
            heard.note("dns", True)
        heard.note("broker", any(_knock(*each, PATIENCE, refusal=False) for each in found))


class _Heard:
    """Answers as they come in."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, bool]] = []
        self.threads: list[threading.Thread] = []
        self._came = threading.Condition()

    def note(self, name: str, answer: bool) -> None:
        with self._came:
            self.answers.append((name, answer))
            self._came.notify_all()

    def waits(self, seconds: float, of: int) -> bool:
        """Whether one said yes within so many seconds; not longer than until all have answered."""
        with self._came:
            self._came.wait_for(
                lambda: len(self.answers) >= of or any(yes for _, yes in self.answers), timeout=seconds
            )
            return any(yes for _, yes in self.answers)


def _ask_target(heard: _Heard, host: str, port: int) -> None:
    heard.note(host, answers(host, port, PATIENCE))


def _knock(host: str, port: int, patience: float, *, refusal: bool = True) -> bool | None:
    """Whether somebody is there; None if nothing was heard, not even that there is no such place.

    refusal: what it means that the connection is refused.
    """
    try:
        _connect(host, port, patience)
    except ConnectionRefusedError:
        return refusal
    except TimeoutError:
        return None
    except (OSError, UnicodeError):
        return False
    return True


def _connect(host: str, port: int, patience: float) -> None:
    """A handshake, broken off at once: one packet instead of an orderly farewell of four."""
    with socket.create_connection((host, port), timeout=patience) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _split(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    return host.strip("[]"), int(port)
