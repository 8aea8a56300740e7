"""Who can be reached, on real sockets of this machine and tables as the kernel writes them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.events import AnyEvent, NetworkProbed
from agent.hw import network
from agent.hw.network import Gateway, Interfaces, NetworkProbe, addresses, answers

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
        return answers(host, int(port), network.PATIENCE)

    assert asked(listening)
    assert asked(refusing)
    assert not asked(silent)


def test_names_of_this_machine_resolve() -> None:
    assert ("127.0.0.1", 443) in addresses("localhost", 443)
    assert addresses("a" * 64, 443) == []  # longer than a name's part may be: refused without asking anybody


def test_a_modem_s_line_is_the_way_out_without_a_gateway(root: Path) -> None:
    (root / "proc/net/route").write_text(
        "Iface\tDestination\tGateway\tFlags\nwwan0\t00000000\t00000000\t0001\n"
    )
    assert Interfaces(root=root).gateway() == Gateway("wwan0", "")


def test_a_home_with_ipv6_alone_has_a_gateway_too(root: Path) -> None:
    (root / "proc/net/route").unlink()
    nothing, router = "0" * 32, "fe800000000000000000000000000001"
    rows = (
        (nothing, "00", nothing, "00", nothing, "ffffffff", "00000001", "00000000", "00200200", "lo"),
        ("fe80" + "0" * 28, "40", nothing, "00", nothing, "00000100", "1", "0", "00000001", "eth0"),
        (nothing, "00", nothing, "00", router, "00000400", "00000003", "00000000", "00450003", "eth0"),
    )
    (root / "proc/net/ipv6_route").write_text("\n".join(" ".join(row) for row in rows))
    assert Interfaces(root=root).gateway() == Gateway("eth0", "fe80::1%eth0")


def probed(
    root: Path, targets: list[str], broker: str = "127.0.0.1:1", name: str = "localhost"
) -> NetworkProbed:
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    host, _, port = broker.rpartition(":")
    probe = NetworkProbe(inbox.put, Interfaces(root=root), targets, name, (host, int(port)))
    probe.probe()
    answer = inbox.get(timeout=PATIENCE)
    assert isinstance(answer, NetworkProbed)
    assert inbox.empty()
    return answer


def test_a_probe_tells_of_everybody_in_one_event(root: Path, listening: str) -> None:
    told = NetworkProbed(link=True, gateway=True, dns=True, targets=(True,), broker=True)
    assert probed(root, [listening, listening], broker=listening) == told


def test_a_probe_that_is_under_way_will_do(
    root: Path, listening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(_: str, port: int) -> list[network.Host]:
        go_on.wait(PATIENCE)
        return [("127.0.0.1", port)]

    monkeypatch.setattr(network, "addresses", slow)
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    probe = NetworkProbe(inbox.put, Interfaces(root=root), [listening], "x", ("broker", 1))
    probe.probe()
    probe.probe()
    go_on.set()
    assert isinstance(inbox.get(timeout=PATIENCE), NetworkProbed)
    with probe._under_way:
        assert inbox.empty()


def test_one_target_that_answers_is_enough_and_a_silent_one_delays_it_little(
    root: Path, listening: str, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "STAGGER", 0.1)
    for targets in ([listening, silent], [silent, listening]):
        assert any(probed(root, targets).targets)
    assert probed(root, [silent, silent]).targets == (False, False)


def test_a_broker_that_does_not_listen_is_told_from_one_that_does(
    root: Path, listening: str, refusing: str
) -> None:
    assert probed(root, [listening], broker=listening).broker is True
    assert probed(root, [listening], broker=refusing).broker is False


def test_the_broker_s_own_name_is_asked_for_first_and_another_tells_whether_names_resolve_at_all(
    root: Path, listening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def addresses(name: str, port: int) -> list[network.Host]:
        asked.append(name)
        return [("127.0.0.1", port)] if name == "example.org" else []

    monkeypatch.setattr(network, "addresses", addresses)
    assert probed(root, [listening], broker="broker.invalid:8883", name="example.org").dns
    assert asked == ["broker.invalid", "example.org"]


def test_without_targets_nobody_is_asked(root: Path) -> None:
    assert probed(root, []).targets == ()


def test_a_name_server_that_never_answers_is_asked_by_one_thread_alone(
    root: Path, listening: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "LONGEST", 0.1)
    answered, asked = threading.Event(), []

    def hangs(name: str, _: int) -> list[network.Host]:
        asked.append(name)
        answered.wait(PATIENCE)
        return []

    monkeypatch.setattr(network, "addresses", hangs)
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    probe = NetworkProbe(inbox.put, Interfaces(root=root), [listening], "x", ("broker", 1))
    for _ in range(3):
        probe.probe()
        told = inbox.get(timeout=PATIENCE)
        assert isinstance(told, NetworkProbed)
        assert not told.dns
    assert asked == ["broker"]
    answered.set()


def test_no_route_and_no_carrier_name_the_fault_and_the_targets_are_asked_all_the_same(
    tmp_path: Path, listening: str
) -> None:
    told = probed(tmp_path, [listening])
    assert (told.link, told.gateway, told.dns, told.targets) == (False, False, True, (True,))
