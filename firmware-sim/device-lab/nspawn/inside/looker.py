"""A client of the vision socket in place of the agent: `looker.py SECONDS_TO_DEADLINE`, run as the agent's user.

Asks for a look, says `opened` when the camera is, and how many seconds after the deadline the worker went.
"""

import socket
import sys
import time
import tomllib
from pathlib import Path

from vision.protocol import Look, Opened, ToAgent, Unpacker, pack

FILM = "/srv/films/covered_sleeper"


def boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def main() -> None:
    deadline = boot() + float(sys.argv[1])
    bed = tomllib.loads(Path(f"{FILM}.toml").read_text())["bed"]
    agent = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    agent.connect("/run/nattro/vision.sock")
    agent.sendall(
        pack(Look(look="lab", source=f"recording:{FILM}.avi", bed=bed, seconds=30, deadline=deadline))
    )
    unpacker = Unpacker(ToAgent)
    while data := agent.recv(65536):
        if any(isinstance(message, Opened) for message in unpacker.feed(data)):
            print("opened", flush=True)
    print(f"{boot() - deadline:+.2f}", flush=True)


main()
