"""Bad connections to the vision socket, as a broken or hostile agent would make them: `pest.py COUNT`."""

import random
import socket
import sys

chance = random.Random(7)
BAD = [
    b"",
    b"\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"\xff" * 64,
    (2**31 - 1).to_bytes(4, "big") + b"{}",
    (2).to_bytes(4, "big") + b"{}",
    b'{"type":"look","look":',
    bytes(chance.randrange(256) for _ in range(5000)),
]


def main() -> None:
    refused = 0
    for number in range(int(sys.argv[1])):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as pest:
            pest.settimeout(10)
            try:
                pest.connect("/run/nattro/vision.sock")
                pest.sendall(BAD[number % len(BAD)])
                if (
                    number % 3 and len(BAD[number % len(BAD)]) > 4
                ):  # wait for it to hang up; else leave at once
                    while pest.recv(4096):
                        pass
            except TimeoutError:
                print(f"the worker sits on {BAD[number % len(BAD)][:20]!r}")
            except OSError:
                refused += 1
    print(f"{sys.argv[1]} bad connections, {refused} of them refused by systemd or hung up on")


main()
