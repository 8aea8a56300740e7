"""Who can be reached, on real sockets of this machine and tables as the kernel writes them."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.events import AnyEvent, NetworkProbed
from agent.hw import network
from agent.hw.network import Gateway, Interfaces, NetworkProbe, answers, resolves

PATIENCE = 60.0
ROUTES = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
wlan0\t0000A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0
wlan0\t00000000\t0100007F\t0003\t0\t0\t600\t00000000\t0\t0\t0
"""
ARP = """IP address       HW type     Flags       HW address            Mask     Device
192.168.0.1      0x1         0x2         aa:bb:cc:dd:ee:ff     *        wlan0
192.168.0.9      0x1         0x0         00:00:00:00:00:00     *        wlan0
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, carrier in (("lo", "1"), ("eth0", "0"), ("wlan0", "1")):
        folder = tmp_path / "sys/class/net" / name
        folder.mkdir(parents=True)
        (folder / "carrier").write_text(f"{carrier}\n")
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/route").write_text(ROUTES)
    (tmp_path / "proc/net/arp").write_text(ARP)
    return tmp_path


@pytest.fixture
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def refusing() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A host that drops what comes: its queue of connections is full."""
    monkeypatch.setattr(network, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as crowd:
        for _ in range(8):
            visitor = crowd.enter_context(socket.socket())
            visitor.setblocking(False)
            visitor.connect_ex(server.getsockname())
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_carrier_on_any_interface_but_the_loopback_is_a_link(root: Path) -> None:
    assert Interfaces(root=root).link()
    assert Interfaces("wlan0", root).link()
    assert not Interfaces("eth0", root).link()
    assert not Interfaces("usb0", root).link()
    (root / "sys/class/net/wlan0/carrier").write_text("0\n")
    assert not Interfaces(root=root).link()


def test_the_default_route_names_the_gateway(root: Path) -> None:
    assert Interfaces(root=root).gateway() == Gateway("wlan0", "127.0.0.1")
    assert Interfaces("eth0", root).gateway() is None


def test_a_neighbour_with_an_address_on_the_wire_has_answered(root: Path) -> None:
    assert Interfaces(root=root).has_answered("192.168.0.1")
    assert not Interfaces(root=root).has_answered("192.168.0.9")


def test_a_refused_connection_is_an_answer_and_silence_is_none(
    listening: str, refusing: str, silent: str
) -> None:
    def asked(target: str) -> bool:
        host, _, port = target.rpartition(":")
        return answers(host, int(port))

    assert asked(listening)
    assert asked(refusing)
    assert not asked(silent)


def test_names_of_this_machine_resolve() -> None:
    assert resolves("localhost")
    assert not resolves("a" * 64)  # longer than a name's part may be: refused without asking anybody


def test_a_probe_tells_of_everybody_in_one_event(root: Path, listening: str, silent: str) -> None:
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    probe = NetworkProbe(inbox.put, Interfaces(root=root), [listening, silent], "localhost")
    probe.probe()
    probe.probe()  # one is under way: it will do
    assert inbox.get(timeout=PATIENCE) == NetworkProbed(
        link=True, gateway=True, dns=True, targets=(True, False)
    )
    assert inbox.empty()


def test_no_route_and_no_carrier_name_the_fault(tmp_path: Path, listening: str) -> None:
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    NetworkProbe(inbox.put, Interfaces(root=tmp_path), [listening], "localhost").probe()
    assert inbox.get(timeout=PATIENCE) == NetworkProbed(link=False, gateway=False, dns=True, targets=(True,))
