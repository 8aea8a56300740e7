"""One visit of the doctor: the configuration, the device's memory, and what the checks learn on the way."""

import time
from contextlib import ExitStack
from pathlib import Path

from agent.config import Config, ConfigError, load
from agent.core.events import Health
from agent.core.moment import Now
from agent.core.state import Incompatible, State
from agent.doctor.findings import Outcome
from agent.hw.clock import Trust, boot_time
from agent.hw.health import DeviceHealth, Parts
from agent.onlooker import NothingToSee, Onlooker
from transport.connection import Connection


class Visit:
    """What the checks share.

    file: the configuration; root: where /sys, /proc, /dev and /run are; pulse: a relay may be tried;
    undo: what must be undone however the visit ends; passed: what each check before this one came to.
    """

    def __init__(self, file: Path, root: Path = Path("/"), *, pulse: bool = False) -> None:
        self.file = file
        self.root = root
        self.pulse = pulse
        self.undo = ExitStack()
        self.passed: dict[str, Outcome] = {}
        self.connection: Connection | None = None
        self.certificate_ends: float | None = None
        self.worker_locks: int | None = None
        self.config_error = ""
        self.store_error = ""
        self.state: State | None = None
        self.agent_runs = False
        self._config = self._load()
        if self._config is not None:
            self._look_into_the_store(self._config.device.state)
        self.now = self._read_clocks()
        self.health = self._read_health()

    @property
    def config(self) -> Config:
        """For checks that need `config.file`."""
        if self._config is None:
            raise LookupError(self.config_error)
        return self._config

    @property
    def device(self) -> str:
        """`<site>/<device>`; empty without a configuration."""
        return f"{self._config.site.name}/{self._config.device.id}" if self._config else ""

    @property
    def zone(self) -> str:
        """The site's time zone; without a configuration the one that most sites have."""
        return self._config.site.timezone if self._config else "Europe/Stockholm"

    @property
    def check_under_way(self) -> bool:
        """Whether the agent is in a check or holds the camera: then nothing may come in its way."""
        state = self.state
        return bool(
            self.agent_runs
            and state
            and (state.check or state.camera.open_look or state.camera.ladder or state.blind_test.look)
        )

    def text(self, path: str | Path) -> str | None:
        """A file of /sys or /proc, without its line end; None if it cannot be read."""
        try:
            return (self.root / path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None

    def close(self) -> None:
        """Leave everything as it was."""
        self.undo.close()
        if self.connection is not None:
            self.connection.close()

    def _load(self) -> Config | None:
        try:
            return load(self.file)
        except ConfigError as error:
            self.config_error = str(error)
            return None

    def _look_into_the_store(self, directory: Path) -> None:
        try:
            onlooker = Onlooker(directory)
            try:
                self.state, self.agent_runs = onlooker.state(), onlooker.agent_runs()
            finally:
                onlooker.close()
        except (NothingToSee, Incompatible) as error:
            self.store_error = str(error)

    def _read_health(self) -> Health:
        """As the agent reads it for its heartbeat; what others would have to tell is left out."""
        parts = Parts(camera_present=lambda: False, relays=dict, outbox=lambda: (0, 0))
        folder = self._config.device.state if self._config else self.root
        return DeviceHealth(folder, parts, self.root).read()

    def _read_clocks(self) -> Now:
        """A running agent remembers since when the clock was right; without one the clock is judged afresh."""
        boot, utc = boot_time(), time.time()
        remembered = self.state.last if self.agent_runs and self.state else None
        trusted = remembered.trusted if remembered else Trust(self.root).given(boot, utc)
        return Now(boot=boot, utc=utc, trusted=trusted)
