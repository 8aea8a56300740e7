"""Runs in the device, in the place of a unit's program: tries what that unit must not be able to do.

    probe.py worker|agent BROKER_PORT

Prints one JSON object (the worker's goes to whoever knocked at its socket): what was tried → `done`, or the error.
"""

import errno
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

NODES = Path("/dev/lab-open")
HOST = "10.0.2.2"


def main(who: str, port: int) -> None:
    told = {"who": who} | (as_worker(port) if who == "worker" else as_agent(port))
    text = json.dumps(told)
    if who == "worker":
        socket.socket(fileno=3).sendall(text.encode())
    else:
        print(text, flush=True)


def as_worker(port: int) -> dict[str, object]:
    return {
        "network": {
            "IPv4 socket": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
            "IPv6 socket": tried(lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM)),
            "netlink socket": tried(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
            "packet socket": tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
            "connect to the broker": tried(lambda: socket.create_connection((HOST, port), timeout=5)),
        },
        "devices": {name: tried(opening(NODES / name)) for name in ("gpiochip0", "vda", "watchdog0")},
        "files": {name: tried(listing(name)) for name in ("/var/lib/nattro", "/etc/nattro")},
        "allowed": {"/dev/video42": tried(opening(Path("/dev/video42")))},
    }


def as_agent(port: int) -> dict[str, object]:
    return {
        "devices": {
            **{f"/dev/{name}": tried(opening(Path("/dev") / name)) for name in ("video42",)},
            **{name: tried(opening(NODES / name)) for name in ("video42", "video10", "vda", "watchdog0")},
        },
        "files": {"/var/lib/nattro-reference": tried(listing("/var/lib/nattro-reference"))},
        "allowed": {
            "/dev/gpiochip0": tried(opening(Path("/dev/gpiochip0"))),
            "connect to the broker": tried(lambda: socket.create_connection((HOST, port), timeout=20)),
        },
    }


def opening(node: Path) -> Callable[[], object]:
    return lambda: os.open(node, os.O_RDWR)


def listing(folder: str) -> Callable[[], object]:
    return lambda: list(Path(folder).iterdir())


def tried(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
