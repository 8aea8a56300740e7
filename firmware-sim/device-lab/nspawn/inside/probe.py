"""Runs in a unit's own sandbox in place of its program, and tries what it must not be able to do.

`probe.py worker`: answers on the socket that systemd passed; `probe.py agent`: in /var/lib/nattro/probe.json;
`probe.py outside`: without any sandbox, at the terminal.
Each attempt ends as "done" or as the errno that forbade it.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
DEVICES = ["video0", "gpiochip0", "kmsg", "fuse", "net/tun", "loop-control", "rtc0", "mem", "null"]
READ = [
    "/etc/nattro/nattro.toml",
    "/etc/nattro/credentials/home-17.key",
    "/var/lib/nattro/nattro.db",
    "/var/lib/nattro-reference/reference",
    "/root/operator.key",
]
WRITTEN = [
    "/etc/probe",
    "/usr/probe",
    "/srv/probe",
    "/var/lib/nattro/probe",
    "/var/lib/nattro-reference/probe",
]
NEWNET, NEWUSER = 0x40000000, 0x10000000


def outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


def opened(path: str, flags: int) -> Callable[[], None]:
    return lambda: os.close(os.open(path, flags | os.O_CLOEXEC))


def socket_of(family: int) -> Callable[[], None]:
    return lambda: socket.socket(family, socket.SOCK_DGRAM).close()


def demanded(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def dialled() -> None:
    with socket.create_connection(("127.0.0.1", 8883), timeout=2):
        pass


def attempts() -> dict[str, Callable[[], object]]:
    families = {"AF_INET": 2, "AF_INET6": 10, "AF_UNIX": 1, "AF_NETLINK": 16, "AF_PACKET": 17, "AF_VSOCK": 40}
    tried: dict[str, Callable[[], object]] = {
        f"socket {name}": socket_of(number) for name, number in families.items()
    }
    tried["connect 127.0.0.1:8883"] = dialled
    tried |= {f"open /dev/{name}": opened(f"/dev/{name}", os.O_RDONLY) for name in DEVICES}
    tried |= {f"read {path}": opened(path, os.O_RDONLY) for path in READ}
    tried |= {f"write {path}": opened(path, os.O_WRONLY | os.O_CREAT) for path in WRITTEN}
    tried["write /proc/sys/kernel/core_pattern"] = opened("/proc/sys/kernel/core_pattern", os.O_WRONLY)
    tried["new network namespace"] = lambda: demanded(LIBC.unshare(NEWNET))
    tried["new user namespace"] = lambda: demanded(LIBC.unshare(NEWUSER))
    tried["set the clock"] = lambda: time.clock_settime(time.CLOCK_REALTIME, time.time())
    tried["ask whether the clock is synchronised"] = lambda: demanded(
        LIBC.adjtimex(ctypes.create_string_buffer(512))
    )
    tried["mount"] = lambda: demanded(LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None))
    return tried


def report() -> dict[str, object]:
    found: dict[str, object] = {what: outcome(attempt) for what, attempt in attempts().items()}
    found["core dump limit"] = resource.getrlimit(resource.RLIMIT_CORE)[1]
    found["memory lock limit"] = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    found["interfaces"] = sorted(interfaces())
    found["processes seen"] = len([each for each in Path("/proc").iterdir() if each.name.isdigit()])
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    found["credentials"] = sorted(each.name for each in Path(credentials).iterdir()) if credentials else []
    return found


def interfaces() -> list[str]:
    return [line.split(":")[0].strip() for line in Path("/proc/self/net/dev").read_text().splitlines()[2:]]


def main() -> None:
    found = json.dumps(report()).encode()
    print(f"probed as {sys.argv[1]}", file=sys.stderr)  # for the journal
    if sys.argv[1] == "worker":
        with contextlib.suppress(BrokenPipeError):
            os.write(3, found)
    elif sys.argv[1] == "outside":
        print(found.decode())
    else:
        Path("/var/lib/nattro/probe.json").write_bytes(found)


main()
