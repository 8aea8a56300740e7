"""A home, its router and the internet as network namespaces; one link of the chain fails at a time.

    home (veth) router (veth) internet: two targets, a name server, a broker

Everything is real but the distance: routes, ARP, TCP, DNS. The addresses are those for documentation, and exist in
these namespaces alone. `pytest tests/hw/test_network_of_a_home.py -s` prints what a probe costs.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TARGETS, NAMES, BROKER = ("198.51.100.1", "198.51.100.2"), "198.51.100.53", "198.51.100.80"
MOST_BYTES = 1500
"""What a good probe may cost, Ethernet's headers counted in."""

PROBE = """
import json, sys, threading
from queue import SimpleQueue
import msgspec
from agent.hw import network
network.PATIENCE = network.GATEWAY_PATIENCE = 4.0
inbox = SimpleQueue()
targets = [f"{host}:443" for host in sys.argv[1].split(",")]
broker = "broker.example.org", 8883
probe = network.NetworkProbe(inbox.put, network.Interfaces("eth0"), targets, "example.org", broker)
probe.probe()
print(msgspec.json.encode(inbox.get(timeout=60)).decode())
"""

SERVER = """
import socket, struct, sys, threading
what, *hosts = sys.argv[1:]

def listen(host, port):
    server = socket.create_server((host, port))
    while True:
        server.accept()[0].close()

def answer_names(host):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((host, 53))
    while True:
        query, asker = server.recvfrom(512)
        end = query.index(0, 12) + 5
        wants_a = query[end - 3] == 1
        reply = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(wants_a), 0, 0) + query[12:end]
        if wants_a:
            reply += struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(hosts[1])
        server.sendto(reply, asker)

if what == "names":
    threading.Thread(target=answer_names, args=(hosts[0],), daemon=True).start()
else:
    for host in hosts:
        threading.Thread(target=listen, args=(host, int(what)), daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
"""


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Home:
    """Three namespaces. Everything in them ends with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.home, self.router, self.internet = (f"nattro-{os.getpid()}-{each}" for each in "hri")
        for name in (self.home, self.router, self.internet):
            run("ip", "netns", "add", name)
            stack.callback(run, "ip", "netns", "delete", name)
            self.within(name, "ip", "link", "set", "lo", "up")
        self._wire(self.home, "eth0", "192.0.2.2/24", self.router, "lan", "192.0.2.1/24")
        self._wire(self.router, "wan", "203.0.113.2/24", self.internet, "isp", "203.0.113.1/24")
        self.within(self.home, "ip", "route", "add", "default", "via", "192.0.2.1")
        self.within(self.router, "ip", "route", "add", "default", "via", "203.0.113.1")
        self.within(self.router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self.within(self.internet, "ip", "route", "add", "192.0.2.0/24", "via", "203.0.113.2")
        for host in (*TARGETS, NAMES, BROKER):
            self.within(self.internet, "ip", "address", "add", f"{host}/32", "dev", "lo")
        self._name_server()
        self.servers = {
            "names": self._serve("names", NAMES, BROKER),
            "targets": self._serve("443", *TARGETS),
            "broker": self._serve("8883", BROKER),
        }

    def within(self, name: str, *words: str) -> str:
        return run("ip", "netns", "exec", name, *words)

    def fails(self, server: str) -> None:
        self.servers[server].kill()
        self.servers[server].wait()

    def probed(self) -> dict[str, object]:
        said = self.within(self.home, sys.executable, "-c", PROBE, ",".join(TARGETS))
        answer: dict[str, object] = json.loads(said)
        return {key: value for key, value in answer.items() if key != "type"}

    def bytes_over_the_uplink(self) -> int:
        folder = "/sys/class/net/wan/statistics/"
        return sum(int(self.within(self.router, "cat", f"{folder}{way}_bytes")) for way in ("rx", "tx"))

    def _wire(self, one: str, here: str, address: str, other: str, there: str, far_address: str) -> None:
        peer = ("peer", "name", there, "netns", other)
        run("ip", "link", "add", here, "netns", one, "type", "veth", *peer)
        for name, device, at in ((one, here, address), (other, there, far_address)):
            self.within(name, "ip", "address", "add", at, "dev", device)
            self.within(name, "sh", "-c", f"echo 1 > /proc/sys/net/ipv6/conf/{device}/disable_ipv6")
            self.within(name, "ip", "link", "set", device, "up")

    def _name_server(self) -> None:
        """`ip netns exec` puts this file in the place of /etc/resolv.conf."""
        folder = Path("/etc/netns") / self.home
        folder.mkdir(parents=True)
        self._stack.callback(shutil.rmtree, folder)
        (folder / "resolv.conf").write_text(f"nameserver {NAMES}\noptions timeout:1 attempts:1\n")

    def _serve(self, *words: str) -> subprocess.Popen[str]:
        command = ["ip", "netns", "exec", self.internet, sys.executable, "-c", SERVER, *words]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._stack.enter_context(server)
        self._stack.callback(server.kill)
        assert server.stdout
        assert server.stdout.readline() == "ready\n"
        return server


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces take root and the program `ip`")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    with ExitStack() as stack:
        try:
            made = Home(stack)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces here: {error.stderr.strip() or error}")
        yield made


GOOD = {"link": True, "gateway": True, "dns": True, "targets": [True], "broker": True}


def test_a_home_where_all_is_well(home: Home) -> None:
    assert home.probed() == GOOD


def test_a_cable_that_is_out_is_no_link(home: Home) -> None:
    home.within(home.router, "ip", "link", "set", "lan", "down")
    told = home.probed()
    assert (told["link"], told["targets"]) == (False, [False, False])


def test_a_router_that_hangs_answers_nobody(home: Home) -> None:
    home.within(home.router, "ip", "address", "flush", "dev", "lan")
    told = home.probed()
    assert (told["link"], told["gateway"], told["targets"]) == (True, False, [False, False])


def test_an_uplink_that_is_down_leaves_the_router_answering(home: Home) -> None:
    home.within(home.internet, "ip", "link", "set", "isp", "down")
    told = home.probed()
    assert (told["link"], told["gateway"], told["targets"]) == (True, True, [False, False])
    assert (told["dns"], told["broker"]) == (False, False)


def test_a_name_server_that_is_down_is_told_apart(home: Home) -> None:
    home.fails("names")
    assert home.probed() == {**GOOD, "dns": False, "broker": False}


def test_a_broker_that_is_down_is_told_apart(home: Home) -> None:
    home.fails("broker")
    assert home.probed() == {**GOOD, "broker": False}


def test_a_target_that_is_down_is_no_outage(home: Home) -> None:
    home.within(home.internet, "ip", "address", "del", f"{TARGETS[1]}/32", "dev", "lo")
    told = home.probed()["targets"]
    assert isinstance(told, list)
    assert any(told)


def test_a_probe_costs_little_on_a_metered_sim(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.probed()  # neighbours get to know each other
    before = home.bytes_over_the_uplink()
    assert home.probed() == GOOD
    cost = home.bytes_over_the_uplink() - before
    with capsys.disabled():
        print(
            f"\na probe with the internet up costs {cost} bytes over the uplink, both ways, Ethernet counted in"
        )
    assert cost <= MOST_BYTES
