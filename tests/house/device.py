"""A device for the tests: a folder with a configuration, and a real `nattro run` on it."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.config import example

PATIENCE = 60.0
GRANT = ["--reference", "form-2031", "--date", "2026-01-02", "--person", "--alone"]
RECORDINGS = Path(__file__).parents[2] / "firmware-sim/recordings"

NATTRO = "import sys; from agent.cli import main; sys.exit(main(sys.argv[1:]))"
SYNCHRONISED = "from agent.hw.clock import Trust; Trust.given = lambda *_: True\n"
"""In place of a machine whose clock is synchronised: this one's may or may not be."""


class Device:
    """A folder with a configuration, and the agent that runs on it."""

    def __init__(self, folder: Path, *, port: int | None = None, film: str = "film") -> None:
        recording = RECORDINGS / f"{film}.avi"
        text = example().replace("device:/dev/video0", f"recording:{recording}")
        text = text.replace('"/var/lib/nattro"', '"state"').replace("broker.example.org", "127.0.0.1")
        text = text.replace("# plain = false", "plain = true")
        text = text.replace("# port = 8883", f"port = {port or _nobodys_port()}")
        text = text.replace('["23:30", "02:30", "05:30"]', f'["{_far_from_now()}"]')
        if recording.exists():
            corners = tomllib.loads(recording.with_suffix(".toml").read_text())["bed"]
            text = text.replace("[[212, 96], [424, 92], [520, 388], [118, 396]]", str(corners))
        lines = [
            line for line in text.splitlines() if not line.startswith(("ca =", "certificate =", "key ="))
        ]
        self.file = folder / "nattro.toml"
        self.file.write_text("\n".join(lines))
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(folder / "notify"))
        self.notify.settimeout(PATIENCE)
        self.process: subprocess.Popen[str] | None = None

    def start(self, *, synchronised: bool = False) -> None:
        program = SYNCHRONISED + NATTRO if synchronised else NATTRO
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "run", "--config", str(self.file)],
            stderr=subprocess.PIPE,
            text=True,
            env={"NOTIFY_SOCKET": self.notify.getsockname(), "WATCHDOG_USEC": "180000000"},
        )
        while not self.notify.recv(4096).startswith(b"READY=1"):
            pass  # what one that was killed still had said, a watchdog's word for example

    def nattro(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agent.cli", *arguments, "--config", str(self.file)],
            capture_output=True,
            text=True,
            check=False,
        )

    def status(self) -> dict[str, object]:
        told: dict[str, object] = json.loads(self.nattro("status", "--json").stdout)
        return told

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode

    def journal(self) -> list[dict[str, object]]:
        with sqlite3.connect(self.file.parent / "state/nattro.db") as connection:
            rows = connection.execute(
                "SELECT first FROM journal WHERE kind = 'event' ORDER BY seq"
            ).fetchall()
        connection.close()
        return [json.loads(row[0]) for row in rows]

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
        self.notify.close()


def _far_from_now() -> str:
    """An agreed time that no test comes near, whenever it is run."""
    return f"{datetime.now(ZoneInfo('Europe/Stockholm')) + timedelta(hours=12):%H:00}"


def _nobodys_port() -> int:
    """A port on which nobody listens: a night without broker."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
