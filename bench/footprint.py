"""How small the agent is between windows, and what a look costs: `python -m bench.footprint [--seconds 120]`.

Starts the real `nattro run` against a real mosquitto, lets it settle, and reads the kernel's own accounts of the
process; then asks the real worker for a look at a recording, paced as a camera would be.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vision.protocol import Bed, Judged, Look, Opened, Progress, ToAgent, Trouble, Unpacker, pack

ROOT = Path(__file__).parent.parent
RECORDING = ROOT / "firmware-sim" / "recordings" / "covered_sleeper.avi"
PICTURE_LIBRARIES = ("cv2", "numpy", "onnxruntime")
SETTLE_SECONDS = 10.0

CONFIG = """
[site]
name = "bench"
[device]
id = "bench-1"
state = "{state}"
[checks]
times = []
[camera]
source = "recording:{recording}"
bed = {bed}
[broker]
host = "127.0.0.1"
port = {port}
plain = true
"""


def agent(folder: Path, seconds: float) -> dict[str, Any]:
    """Memory (MiB), wake-ups a minute, libraries loaded and start-up time of an agent with nothing to do."""
    with _mosquitto(folder) as port:
        config = folder / "nattro.toml"
        config.write_text(
            CONFIG.format(
                state=folder / "state", recording=RECORDING, bed=[*map(list, bed_of(RECORDING))], port=port
            )
        )
        with _notified(folder) as (environment, ready):
            began = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-m", "agent.cli", "run", "--config", str(config)], env=environment
            )
            try:
                start_up = ready() - began
                time.sleep(SETTLE_SECONDS)
                before = wake_ups(process.pid)
                time.sleep(seconds)
                woken = wake_ups(process.pid) - before
                return {
                    "start_up_s": round(start_up, 2),
                    "resident_mib": round(_status(process.pid, "VmRSS") / 1024, 1),
                    "peak_mib": round(_status(process.pid, "VmHWM") / 1024, 1),
                    "threads": _status(process.pid, "Threads"),
                    "wake_ups_per_minute": round(woken * 60 / seconds, 1),
                    "picture_libraries": picture_libraries(process.pid),
                    "modules_imported": modules_imported(),
                }
            finally:
                process.terminate()
                process.wait(10)


def worker() -> dict[str, Any]:
    """Peak memory (MiB) of a look of 20 s, and the seconds from the request to camera open and first judgement."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "vision", "--fd", str(theirs.fileno())], pass_fds=[theirs.fileno()]
    )
    theirs.close()
    began = time.monotonic()
    deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + 60
    look = Look(
        look="bench", source=f"recording:{RECORDING}", bed=bed_of(RECORDING), seconds=20.0, deadline=deadline
    )
    ours.sendall(pack(look))
    unpacker = Unpacker(ToAgent)
    seen: dict[str, Any] = {}
    while "verdict" not in seen:
        data = ours.recv(65536)
        if not data:
            raise SystemExit(f"the worker ended: {process.wait()}")
        for message in unpacker.feed(data):
            after = round(time.monotonic() - began, 2)
            match message:
                case Opened():
                    seen["camera_open_s"] = after
                case Progress():
                    seen.setdefault("first_judgement_s", after)
                case Judged(verdict=verdict, frames=frames):
                    seen |= {"verdict": verdict, "frames": frames, "verdict_s": after}
                case Trouble(detail=detail):
                    raise SystemExit(f"the worker could not look: {detail}")
    seen["peak_mib"] = round(_status(process.pid, "VmHWM") / 1024, 1)
    ours.close()
    process.wait(5)
    return seen


def bed_of(recording: Path) -> Bed:
    """The bed's corners from a recording's side file."""
    bed = tomllib.loads(recording.with_suffix(".toml").read_text())["bed"]
    a, b, c, d = ((float(x), float(y)) for x, y in bed)
    return a, b, c, d


def wake_ups(pid: int) -> int:
    """How often the process's threads have gone to sleep so far: each time, something woke them."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(_number(task / "status", "voluntary_ctxt_switches") for task in tasks)


def picture_libraries(pid: int) -> list[str]:
    """Which of the libraries that can see are mapped into the process."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return [name for name in PICTURE_LIBRARIES if f"/{name}/" in maps]


def modules_imported() -> int:
    """How many modules `nattro run` imports."""
    code = "import agent.app, sys; print(len(sys.modules))"
    return int(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    )


def _status(pid: int, field: str) -> int:
    return _number(Path(f"/proc/{pid}/status"), field)


def _number(status: Path, field: str) -> int:
    """A number from one of the kernel's status files, as it stands there (memory: kB)."""
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(lines[field].split()[0])


@contextmanager
def _notified(folder: Path) -> Iterator[tuple[dict[str, str], Any]]:
    """An environment with systemd's notification socket, and a function that waits for READY=1."""
    path = folder / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(30)

        def ready() -> float:
            while b"READY=1" not in listener.recv(4096):
                continue
            return time.monotonic()

        yield {**os.environ, "NOTIFY_SOCKET": str(path)}, ready


@contextmanager
def _mosquitto(folder: Path) -> Iterator[int]:
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SystemExit("mosquitto is not installed (Debian: apt install mosquitto)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen(
        [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(5)


def main() -> None:
    """Measure both and print them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="how long the idle agent is watched")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        print(
            json.dumps({"agent between windows": agent(Path(folder), seconds), "worker": worker()}, indent=2)
        )


if __name__ == "__main__":
    main()
