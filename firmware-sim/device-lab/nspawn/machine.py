"""A booted container: systemd-nspawn around a root, with a network of its own that leads nowhere."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nspawn.root import LabError

BOOT_SECONDS = 60.0
_UNIFIED = {
    # systemd in the container enforces DeviceAllow= by a BPF program, for which it needs the one cgroup tree …
    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "1",
}
_AS_ON_A_DEVICE = ["--capability=CAP_BPF", "--system-call-filter=bpf adjtimex clock_adjtime"]
"""… and the right to load it. Asking for the clock's state is allowed, as it is on a device."""

_OF_OUR_OWN = ["--register=no", "--keep-unit", "--private-network"]
"""No machined is needed, and nothing in the container reaches anything outside it."""

Done = subprocess.CompletedProcess[str]


class Machine:
    """Runs commands in the container. root: its files, as seen from outside."""

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self.root = Path(f"/proc/{leader}/root")

    def run(self, *command: str, check: bool = True, text: str | None = None, seconds: float = 120) -> Done:
        """A command in the container, as root. Raises LabError if it fails."""
        done = subprocess.run(
            [*self.entered(), *command],
            capture_output=True,
            text=True,
            input=text,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            said = (done.stdout + done.stderr).strip()[-800:]
            raise LabError(f"{' '.join(command)}: exit status {done.returncode}: {said}")
        return done

    def started(self, *command: str) -> subprocess.Popen[str]:
        """A command in the container that goes on beside what follows."""
        return subprocess.Popen([*self.entered(), *command], stdout=subprocess.PIPE, text=True)

    def entered(self) -> list[str]:
        """What goes before a command that is to run in the container."""
        spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--wdns=/"]
        return ["nsenter", f"--target={self._leader}", *spaces, "--"]

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """A file of root's in the container."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def device(self, name: str, major: int, minor: int) -> None:
        """A character device that everybody may open as far as file modes go: what forbids it is the unit."""
        node = self.root / "dev" / name
        node.parent.mkdir(exist_ok=True)
        if not node.exists():
            os.mknod(node, 0o020666, os.makedev(major, minor))
        node.chmod(0o666)


@contextmanager
def booted(root: Path) -> Iterator[Machine]:
    """The root, booted until systemd calls itself running; powered off afterwards."""
    command = [*_nspawn(root), "--console=read-only", "--boot", *_AS_ON_A_DEVICE]
    log = root.with_name("boot.log")
    with log.open("wb") as out:
        nspawn = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **_UNIFIED}
        )
    try:
        yield _up(nspawn, log)
    finally:
        nspawn.terminate()  # nspawn has systemd power off
        try:
            nspawn.wait(30)
        except subprocess.TimeoutExpired:
            nspawn.kill()
            nspawn.wait()


def _up(nspawn: subprocess.Popen[bytes], log: Path) -> Machine:
    until = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < until and nspawn.poll() is None:
        leader = _child(nspawn.pid)
        if leader is not None:
            machine = Machine(leader)
            state = machine.run("systemctl", "is-system-running", "--wait", check=False).stdout.strip()
            if state in {"running", "degraded"}:
                return machine
        time.sleep(0.1)
    raise LabError(f"the container did not boot: {log.read_text(errors='replace')[-800:]}")


def _child(pid: int) -> int | None:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def offline(root: Path, *command: str) -> Done:
    """A command in a root that is not booted and has no network."""
    return subprocess.run([*_nspawn(root), "--pipe", *command], capture_output=True, text=True, check=False)


def _nspawn(root: Path) -> list[str]:
    name = f"--machine=nattro-lab-{os.getpid()}"
    return ["systemd-nspawn", "--quiet", f"--directory={root}", name, *_OF_OUR_OWN]
