"""The virtual device: a QEMU process, the line to the porter inside, and its power switch."""

import contextlib
import itertools
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from device_lab.host import program
from device_lab.kernel import Kernel

BOOT_SECONDS = 600.0
"""Emulated, on a machine that may be busy: a boot takes 20 s alone and minutes in company."""
COMMAND_SECONDS = 300.0


class MachineFailed(Exception):
    """The virtual machine does not do what any machine would; the text says what."""


@dataclass(frozen=True)
class Done:
    """How a command in the device ended. rc: None if it did not in time."""

    rc: int | None
    out: str
    err: str

    @property
    def said(self) -> str:
        return (self.out + self.err).strip()


class Machine:
    """A device that can be switched on and off. Its disk keeps what was flushed to it, as a real one.

    folder: for the disk, the sockets and the console's log.
    """

    def __init__(self, folder: Path, kernel: Kernel, disk: Path, tools: Path) -> None:
        self._folder = folder
        self._kernel = kernel
        self._disk = folder / "disk.img"
        self._tools = tools
        self._process: subprocess.Popen[bytes] | None = None
        self._line: _Line
        self._events: _Events
        self.boot_seconds: list[float] = []
        subprocess.run(["cp", "--sparse=always", disk, self._disk], check=True)

    def power_on(self) -> None:
        """Switch it on and wait until the porter answers. Raises MachineFailed."""
        begun = time.monotonic()
        for name in ("porter", "qmp"):
            (self._folder / name).unlink(missing_ok=True)
        with (self._folder / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._events = _Events(self._folder / "qmp")
        self._line = _Line(self._folder / "porter")
        self._await_porter(begun)

    def _await_porter(self, begun: float) -> None:
        if not self._line.porter_is_there.wait(BOOT_SECONDS):
            raise MachineFailed(f"no porter after {BOOT_SECONDS:.0f} s; see {self._folder}/console.log")
        self.boot_seconds.append(time.monotonic() - begun)

    def power_off(self) -> None:
        """Pull the plug: what was not flushed to the disk is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self, script: str) -> None:
        """Run what the device will never answer."""
        self._line.porter_is_there.clear()
        self._line.tell(["sh", "-c", script])

    def await_event(self, event: str, seconds: float) -> tuple[str, ...]:
        """The events since `forget_events`, up to and with this one. Raises MachineFailed."""
        return self._events.until(event, seconds)

    def await_boot(self) -> None:
        """Until the porter answers after a reset. Raises MachineFailed."""
        self._await_porter(time.monotonic())

    def forget_events(self) -> None:
        self._events.seen.clear()

    def run(self, *argv: str, stdin: str = "", timeout: float = COMMAND_SECONDS) -> Done:
        """Run a command as root in the device. Raises MachineFailed if the device does not answer at all."""
        return self._line.ask(list(argv), stdin, timeout)

    def shell(self, script: str, timeout: float = COMMAND_SECONDS) -> Done:
        """The same with a shell's script."""
        return self.run("sh", "-c", script, timeout=timeout)

    def demand(self, *argv: str, stdin: str = "", timeout: float = COMMAND_SECONDS) -> str:
        """What a command prints that must succeed. Raises MachineFailed."""
        done = self.run(*argv, stdin=stdin, timeout=timeout)
        if done.rc != 0:
            raise MachineFailed(
                f"in the device: {' '.join(argv)}\nended with {done.rc}:\n{done.said[-2000:]}"
            )
        return done.out

    def _command(self) -> list[str]:
        here = self._folder
        return [
            program("qemu-system-x86_64") or "qemu-system-x86_64",
            *("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem", "-smp", "2", "-m", "1500"),
            *("-M", "q35", "-nodefaults", "-display", "none", "-no-user-config"),
            *("-kernel", str(self._kernel.image), "-initrd", str(self._kernel.initrd)),
            *(
                "-append",
                "console=ttyS0 quiet panic=0 mitigations=off nokaslr audit=0 apparmor=0 no_timer_check",
            ),
            *("-chardev", f"file,id=console,path={here}/console.log,append=on", "-serial", "chardev:console"),
            *("-drive", f"if=none,id=root,file={self._disk},format=raw,cache=writethrough"),
            *("-device", "virtio-blk-pci,drive=root"),
            *("-drive", f"if=none,id=tools,file={self._tools},format=raw,readonly=on"),
            *("-device", "virtio-blk-pci,drive=tools"),
            *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net"),
            *("-device", "virtio-rng-pci", "-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=porter,path={here}/porter,server=on,wait=off"),
            *("-device", "virtserialport,chardev=porter,name=lab"),
            *("-qmp", f"unix:{here}/qmp,server=on,wait=off"),
            *("-device", "i6300esb", "-action", "watchdog=reset"),
        ]


class _Line:
    """The line to the porter: commands go out, each answer finds the one who waits for it."""

    def __init__(self, path: Path) -> None:
        self.porter_is_there = threading.Event()
        self._socket = _connected(path)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, list[Done]] = {}
        self._news = threading.Condition()
        threading.Thread(target=self._listen, daemon=True, name="porter").start()

    def ask(self, argv: list[str], stdin: str, timeout: float) -> Done:
        number = self.tell(argv, stdin, timeout)
        with self._news:
            if not self._news.wait_for(lambda: self._waiting[number], timeout + 60.0):
                raise MachineFailed(f"the device does not answer: {' '.join(argv)}")
            return self._waiting.pop(number)[0]

    def tell(self, argv: list[str], stdin: str = "", timeout: float = COMMAND_SECONDS) -> int:
        """Send a command; its number, by which the answer comes."""
        number = next(self._numbers)
        order = {"n": number, "argv": argv, "stdin": stdin, "timeout": timeout}
        with self._news:
            self._waiting[number] = []
        self._socket.sendall(json.dumps(order).encode() + b"\n")
        return number

    def _listen(self) -> None:
        for line in _lines(self._socket):
            with contextlib.suppress(json.JSONDecodeError):  # the porter may be cut off in mid-word
                answer = json.loads(line)
                if answer["n"] == 0:
                    self.porter_is_there.set()
                    continue
                with self._news:
                    done = Done(answer["rc"], answer["out"], answer["err"])
                    self._waiting.setdefault(answer["n"], []).append(done)
                    self._news.notify_all()


class _Events:
    """What QEMU tells of the machine (QMP): resets, and the watchdog's bite."""

    def __init__(self, path: Path) -> None:
        self.seen: list[str] = []
        self._news = threading.Condition()
        self._socket = _connected(path)
        self._socket.sendall(b'{"execute": "qmp_capabilities"}\n')
        threading.Thread(target=self._listen, daemon=True, name="qmp").start()

    def until(self, event: str, seconds: float) -> tuple[str, ...]:
        with self._news:
            if not self._news.wait_for(lambda: event in self.seen, seconds):
                raise MachineFailed(f"no {event} within {seconds:.0f} s")
            return tuple(self.seen)

    def _listen(self) -> None:
        for line in _lines(self._socket):
            message = json.loads(line)
            if "event" in message:
                with self._news:
                    self.seen.append(message["event"])
                    self._news.notify_all()


def _connected(path: Path) -> socket.socket:
    """QEMU makes its sockets in its first second. Raises MachineFailed."""
    patience = time.monotonic() + 30.0
    while True:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(str(path))
        except OSError as error:
            line.close()
            if time.monotonic() > patience:
                raise MachineFailed(f"QEMU does not start: {error}; see {path.parent}/qemu.log") from error
            time.sleep(0.1)
        else:
            return line


def _lines(connection: socket.socket) -> Iterator[bytes]:
    waiting = b""
    while data := connection.recv(65536):
        *whole, waiting = (waiting + data).split(b"\n")
        yield from (line for line in whole if line.strip())
