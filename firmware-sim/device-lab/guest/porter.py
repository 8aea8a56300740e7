"""Runs in the device: takes commands from the lab over a virtio serial line, runs them, tells how they ended.

One JSON object a line. There: {"n": 1, "argv": ["true"], "stdin": "", "timeout": 60}; back: {"n": 1, "rc": 0,
"out": "", "err": ""}; rc is null if it did not end in time.
"""

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

LINE = Path("/dev/virtio-ports/lab")


def main() -> None:
    talking = threading.Lock()
    with LINE.open("r+b", buffering=0) as line:

        def say(answer: dict[str, object]) -> None:
            with talking:
                line.write(json.dumps(answer).encode() + b"\n")

        say({"n": 0})  # the lab waits for this
        waiting = b""
        while data := line.read(65536):
            *whole, waiting = (waiting + data).split(b"\n")
            for each in whole:
                order = json.loads(each)
                threading.Thread(target=lambda order=order: say(carry_out(order)), daemon=True).start()


def carry_out(order: dict[str, Any]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            order["argv"],
            input=order["stdin"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=order["timeout"],
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return {"n": order["n"], "rc": None, "out": _text(late.stdout), "err": _text(late.stderr)}
    except OSError as error:
        return {"n": order["n"], "rc": 127, "out": "", "err": str(error)}
    return {"n": order["n"], "rc": done.returncode, "out": done.stdout, "err": done.stderr}


def _text(output: bytes | None) -> str:
    return (output or b"").decode(errors="replace")


if __name__ == "__main__":
    main()
