"""What the units must hold on a running device: each check tries it, and gives what it measured as a sentence."""

import json
import time
from collections.abc import Callable
from typing import Any

from nspawn.home import Ear
from nspawn.machine import Machine
from nspawn.root import LabError

AGENT, SOCKET, WORKERS = "nattro.service", "nattro-vision.socket", "nattro-vision@*.service"
PYTHON = "/usr/lib/nattro/bin/python"
AS_AGENT = ["setpriv", "--reuid=nattro", "--regid=nattro", "--clear-groups"]
PATIENCE = 60.0
WATCHDOG_IN_LAB = 40
"""Seconds in place of the shipped 180: the loop makes a step every 30 s at the latest, so less would be unfair."""
BAD_CONNECTIONS = 200

_ASK = "import socket; s = socket.socket(1); s.connect('/run/nattro/vision.sock'); print(s.makefile().read())"

VIDEO4LINUX = 81
OTHER_DEVICES = {
    "kmsg": (1, 11),
    "mem": (1, 1),
    "fuse": (10, 229),
    "loop-control": (10, 237),
    "net/tun": (10, 200),
}


def demand(truth: object, otherwise: str) -> None:
    """Raise LabError unless it is so."""
    if not truth:
        raise LabError(otherwise)


def awaited(wanted: Callable[[], Any], what: str) -> tuple[Any, float]:
    """The first true answer, and after how many seconds it came."""
    begun = time.monotonic()
    while not (found := wanted()):
        demand(time.monotonic() - begun < PATIENCE, f"{what}: not within {PATIENCE:g} s")
        time.sleep(0.02)
    return found, time.monotonic() - begun


class Acceptance:
    """The list, in its order; one leaves the machine as the next finds it: the agent running, no look under way."""

    def __init__(self, machine: Machine, ear: Ear) -> None:
        self._machine = machine
        self._ear = ear

    # ---- the units run

    def the_agent_is_ready_and_says_who_it_is(self) -> str:
        demand(self._shown("Type") == "notify", "the agent's unit is not Type=notify")
        begun, ready = (
            float(self._shown(f"{each}TimestampMonotonic")) for each in ("InactiveExit", "ActiveEnter")
        )
        return f'READY after {(ready - begun) / 1e6:.2f} s, status "{self._shown("StatusText")}"'

    def the_broker_knows_it_by_the_certificate_that_only_root_can_read(self) -> str:
        demand(self._ear.await_more("status")["state"] == "online", "the device is not online at the broker")
        listed = self._machine.run(
            "stat", "--format=%U %a", "/etc/nattro/credentials/home-17.key"
        ).stdout.split()
        demand(listed == ["root", "600"], f"the key is {listed}")
        copies = self._machine.run("ls", "/run/credentials/nattro.service").stdout.split()
        return (
            f"online over TLS; the key is root's 0600, the agent has {len(copies)} copies by LoadCredential="
        )

    # ---- a look

    def a_check_is_answered_through_the_socket_activated_worker(self) -> str:
        begun = time.monotonic()
        self._ear.order("test-check", minutes=5)
        worker, after = awaited(self._worker, "a worker for the look")
        seen = self._confinement(worker)
        answer = self._ear.await_more("check")
        took = time.monotonic() - begun
        demand(answer["status"] == "in_bed", f"the sleeper was not seen: {answer}")
        awaited(lambda: self._worker() is None, "the worker's end")
        said = self._machine.run("journalctl", "-o", "cat", "NATTRO_PART=worker").stdout.strip()
        demand(not said, f"the worker complains: {said}")
        return f"worker after {after:.1f} s, in_bed after {took:.1f} s; {seen}"

    def _confinement(self, worker: str) -> str:
        """Of the worker while it looks: memory locked, nothing swapped, no core, no network."""
        awaited(lambda: self._kilobytes(worker, "VmRSS") > 60_000, "a worker that looks")
        limits = self._machine.run("cat", f"/proc/{worker}/limits").stdout.splitlines()
        core, lockable = (
            next(line for line in limits if line.startswith(f"Max {what}"))
            for what in ("core file size", "locked memory")
        )
        demand(core.split()[4:6] == ["0", "0"], core)
        demand(self._kilobytes(worker, "VmSwap") == 0, "pages of the worker are swapped")
        net = self._machine.run("cat", f"/proc/{worker}/net/dev").stdout.splitlines()[2:]
        demand([line.split(":")[0].strip() for line in net] == ["lo"], f"the worker's network: {net}")
        return f"no core dump, nothing swapped, only lo; {self._locked(worker, lockable.split()[4])}"

    def _locked(self, worker: str, limit: str) -> str:
        """Whether its memory is locked, where this machine lets anybody lock so much."""
        locked, resident = (self._kilobytes(worker, name) / 1024 for name in ("VmLck", "VmRSS"))
        if limit != "unlimited":
            return f"memory NOT locked: root of this machine itself may not raise the limit of {limit} bytes"
        demand(locked >= resident * 0.9, f"{locked:.0f} MB of {resident:.0f} MB are locked")
        return f"{locked:.0f} MB locked, {resident:.0f} MB resident"

    def the_worker_ends_at_its_deadline_while_the_agent_says_nothing(self) -> str:
        return self._deadline()

    def a_worker_that_cannot_end_itself_is_killed_by_the_kernel(self) -> str:
        return self._deadline(lambda worker: self._signal("STOP", worker))

    def _deadline(self, hold: Callable[[str], object] = lambda _: None) -> str:
        looker = self._machine.started(*AS_AGENT, PYTHON, "-I", "/srv/lab/looker.py", "6")
        demand(looker.stdout and looker.stdout.readline() == "opened\n", "the look did not begin")
        worker = self._worker()
        demand(worker, "no worker")
        hold(str(worker))
        late = looker.communicate(timeout=PATIENCE)[0].strip()
        demand(-0.5 < float(late) < 4, f"the worker went {late} s after its deadline")
        awaited(lambda: self._worker() is None, "the worker's end")
        return f"gone {late} s after the deadline"

    def an_agent_killed_in_mid_look_takes_the_worker_along_and_answers_once(self) -> str:
        before = len(self._ear.on("check"))
        self._ear.order("test-check", minutes=5)
        worker, _ = awaited(self._worker, "a worker for the look")
        awaited(lambda: self._kilobytes(worker, "VmRSS") > 60_000, "a worker that looks")
        agent = self._shown("MainPID")
        self._signal("KILL", agent)
        _, gone = awaited(lambda: self._worker() is None, "the worker's end")
        _, back = awaited(lambda: self._is_back(agent), "the agent's return")
        answer = self._ear.await_more("check", before)
        time.sleep(2)
        demand(len(self._ear.on("check")) == before + 1, f"answers: {self._ear.on('check')[before:]}")
        status = answer["status"]
        return f"worker gone {gone:.2f} s after kill -9, agent ready after {gone + back:.1f} s, one {status}"

    # ---- it mends itself

    def an_agent_that_hangs_is_restarted_by_the_watchdog(self) -> str:
        shipped = int(self._shown("WatchdogUSec").removesuffix("min")) * 60
        self._override(AGENT, f"WatchdogSec={WATCHDOG_IN_LAB}")
        self._machine.run("systemctl", "restart", AGENT)
        agent = self._shown("MainPID")
        self._signal("STOP", agent)
        _, back = awaited(lambda: self._is_back(agent), "the agent's return")
        why = self._machine.run("journalctl", "-u", AGENT, "-o", "cat", "--grep=[Ww]atchdog timeout").stdout
        demand("Watchdog timeout" in why, "the journal tells of no watchdog timeout")
        self._restore(AGENT)
        return f"back {back:.1f} s after SIGSTOP with WatchdogSec={WATCHDOG_IN_LAB} (shipped: {shipped})"

    def an_agent_that_is_killed_is_restarted(self) -> str:
        agent = self._shown("MainPID")
        self._signal("KILL", agent)
        _, back = awaited(lambda: self._is_back(agent), "the agent's return")
        return f"ready again {back:.1f} s after kill -9"

    def bad_connections_leave_the_socket_working(self) -> str:
        told = self._machine.run(
            *AS_AGENT, PYTHON, "-I", "/srv/lab/pest.py", str(BAD_CONNECTIONS), seconds=300
        )
        demand("sits on" not in told.stdout, told.stdout)
        awaited(lambda: self._worker() is None, "the last worker's end")
        state = self._machine.shown(SOCKET, "SubState")
        demand(state == "listening", f"the socket is {state}")
        failed = self._machine.run(
            "systemctl", "list-units", "--failed", "--plain", "--no-legend", WORKERS
        ).stdout
        demand(not failed, f"failed workers stay: {failed}")
        before = len(self._ear.on("check"))
        self._ear.order("test-check", minutes=5)
        answer = self._ear.await_more("check", before)
        demand(answer["status"] == "in_bed", f"after them: {answer}")
        return f"{told.stdout.split(';')[0].strip()}; the next look: {answer['status']}"

    # ---- the sandbox

    def the_worker_can_open_no_network_and_no_other_device(self) -> str:
        self._make_devices()
        self._override(
            "nattro-vision@.service", f"ExecStart=\nExecStart={PYTHON} -I /srv/lab/probe.py worker"
        )
        found = json.loads(self._machine.run(*AS_AGENT, PYTHON, "-I", "-c", _ASK).stdout)
        self._restore("nattro-vision@.service")
        self._demand_denied(found, may={"open /dev/null"})
        demand(found["interfaces"] == ["lo"], f"interfaces: {found['interfaces']}")
        demand(found["core dump limit"] == 0, str(found))
        demand(not found["credentials"], f"the worker sees credentials: {found['credentials']}")
        return _told(found)

    def the_agent_can_open_no_video_device_and_may_use_the_network(self) -> str:
        self._make_devices()
        self._machine.run("systemctl", "stop", AGENT)
        once = "Type=oneshot\nRestart=no\nWatchdogSec=0\nExecStopPost=\n"
        self._override(AGENT, f"{once}ExecStart=\nExecStart={PYTHON} -I /srv/lab/probe.py agent")
        self._machine.run("systemctl", "start", AGENT)
        found = json.loads(self._machine.root.joinpath("var/lib/nattro/probe.json").read_text())
        self._machine.run("rm", "/var/lib/nattro/probe.json", "/var/lib/nattro/probe")
        self._restore(AGENT)
        self._machine.run("systemctl", "start", AGENT)
        may = {
            "socket AF_INET",
            "socket AF_INET6",
            "socket AF_UNIX",
            "connect 127.0.0.1:8883",
            "open /dev/null",
        }
        may |= {"socket AF_NETLINK", "read /etc/nattro/nattro.toml", "read /var/lib/nattro/nattro.db"}
        may |= {"write /var/lib/nattro/probe", "ask whether the clock is synchronised"}
        self._demand_denied(found, may)
        return _told(found)

    def root_outside_the_sandbox_is_not_denied(self) -> str:
        """Else the two attempts before would show nothing."""
        found = json.loads(self._machine.run(PYTHON, "-I", "/srv/lab/probe.py", "outside").stdout)
        opened = [
            name
            for name in ("kmsg", "fuse", "loop-control", "net/tun")
            if found[f"open /dev/{name}"] == "done"
        ]
        demand(found["open /dev/video0"] != "EPERM", "the container itself denies /dev/video0")
        demand(opened and found["socket AF_INET"] == "done", f"outside: {found}")
        return f"opens {', '.join(opened)}; /dev/video0 gives {found['open /dev/video0']} (this kernel has no V4L2)"

    def the_journal_tells_the_two_apart(self) -> str:
        counted = {
            part: len(self._machine.run("journalctl", "-o", "cat", f"NATTRO_PART={part}").stdout.splitlines())
            for part in ("agent", "worker")
        }
        demand(all(counted.values()), f"lines by NATTRO_PART: {counted}")
        return ", ".join(f"NATTRO_PART={part}: {count} lines" for part, count in counted.items())

    def nothing_is_left_failed(self) -> str:
        failed = self._machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend").stdout
        demand(not failed, failed)
        demand(self._shown("ActiveState") == "active", "the agent does not run")
        return f"agent active, {self._shown('NRestarts')} restarts since its last start by hand"

    # ---- how the checks see the machine

    def _shown(self, name: str) -> str:
        return self._machine.shown(AGENT, name)

    def _worker(self) -> str | None:
        """The process id of the worker that runs, as the container sees it."""
        listed = self._machine.run(
            "systemctl", "show", "--value", "--property=MainPID", WORKERS
        ).stdout.split()
        return next((pid for pid in listed if pid != "0"), None)

    def _is_back(self, former: str) -> bool:
        return self._shown("ActiveState") == "active" and self._shown("MainPID") not in {former, "0"}

    def _signal(self, name: str, pid: str) -> None:
        self._machine.run("sh", "-c", f"kill -{name} {pid}")

    def _kilobytes(self, pid: str | None, name: str) -> int:
        status = self._machine.run("cat", f"/proc/{pid}/status", check=False).stdout.splitlines()
        return next((int(line.split()[1]) for line in status if line.startswith(f"{name}:")), 0)

    def _make_devices(self) -> None:
        self._machine.device("video0", VIDEO4LINUX, 0)
        for name, (major, minor) in OTHER_DEVICES.items():
            self._machine.device(name, major, minor)

    def _demand_denied(self, found: dict[str, object], may: set[str]) -> None:
        """Everything that may be done was done, everything else was forbidden."""
        tried = {what: how for what, how in found.items() if what.split()[0] in _TRIED}
        wrong = [f"{what}: {how}" for what, how in tried.items() if (how == "done") != (what in may)]
        demand(not wrong, f"not as it should be: {wrong}")

    def _override(self, unit: str, lines: str) -> None:
        self._machine.write(f"/run/systemd/system/{unit}.d/lab.conf", f"[Service]\n{lines}\n")
        self._machine.run("systemctl", "daemon-reload")

    def _restore(self, unit: str) -> None:
        self._machine.run("rm", f"/run/systemd/system/{unit}.d/lab.conf")
        self._machine.run("systemctl", "daemon-reload")


_TRIED = {"socket", "connect", "open", "read", "write", "new", "set", "ask", "mount"}


def _told(found: dict[str, object]) -> str:
    """The attempts by what came of them."""
    by_outcome: dict[object, list[str]] = {}
    for what, how in found.items():
        if what.split()[0] in _TRIED:
            by_outcome.setdefault(how, []).append(what)
    return "".join(f"\n        {how}: {', '.join(whats)}" for how, whats in by_outcome.items())


def checks(list_of: Acceptance) -> list[Callable[[], str]]:
    """All of them, in order."""
    return [
        list_of.the_agent_is_ready_and_says_who_it_is,
        list_of.the_broker_knows_it_by_the_certificate_that_only_root_can_read,
        list_of.a_check_is_answered_through_the_socket_activated_worker,
        list_of.the_worker_ends_at_its_deadline_while_the_agent_says_nothing,
        list_of.a_worker_that_cannot_end_itself_is_killed_by_the_kernel,
        list_of.an_agent_killed_in_mid_look_takes_the_worker_along_and_answers_once,
        list_of.an_agent_that_is_killed_is_restarted,
        list_of.bad_connections_leave_the_socket_working,
        list_of.the_worker_can_open_no_network_and_no_other_device,
        list_of.the_agent_can_open_no_video_device_and_may_use_the_network,
        list_of.root_outside_the_sandbox_is_not_denied,
        list_of.the_journal_tells_the_two_apart,
        list_of.an_agent_that_hangs_is_restarted_by_the_watchdog,
        list_of.nothing_is_left_failed,
    ]
