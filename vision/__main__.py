"""`python -m vision --fd N`: the vision worker on an inherited socket; `--socket-activation`: on systemd's.

Serves one look and ends. See vision.protocol. For a look by hand: `nattro look`.
"""

import argparse
import os
import socket
import sys

from vision.confinement import confine
from vision.thrift import give_memory_back
from vision.worker import serve

FIRST_PASSED = 3  # sd_listen_fds(3): passed descriptors begin here


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m vision", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--fd", type=int, metavar="N", help="descriptor of a connected Unix stream socket")
    where.add_argument("--socket-activation", action="store_true", help="take the socket that systemd passes")
    chosen = parser.parse_args(arguments)
    try:
        agent = _passed_by_systemd() if chosen.socket_activation else socket.socket(fileno=chosen.fd)
    except OSError as error:
        parser.error(f"no usable socket: {error}")
    give_memory_back()
    confine()
    serve(agent)
    return 0


def _passed_by_systemd() -> socket.socket:
    """The agent's connection: passed as such (Accept=yes), or the first one of a listening socket (Accept=no)."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        raise OSError("systemd passed no single socket to this process (LISTEN_PID, LISTEN_FDS)")
    passed = socket.socket(fileno=FIRST_PASSED)
    if not passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return passed
    agent, _ = passed.accept()
    passed.close()
    return agent


if __name__ == "__main__":
    sys.exit(main())
