"""A device at a real broker, on a Pi of files, and the doctor who visits it."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from agent.doctor.chain import examine
from agent.doctor.findings import Finding, Report
from agent.doctor.visit import Visit
from tests.brokers import Mosquitto
from tests.doctor.raspberry import CAMERA, Raspberry
from tests.house.installed import Installed
from vision.capture import Frame
from vision.occupancy import OccupancyNet
from vision.reference import Learnt, reference_of, write_reference

UNITS = {
    "nattro.service": "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nNRestarts=0\nResult=success\n"
    "WatchdogUSec=3min\n",
    "nattro-vision.socket": "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n",
    "": "RuntimeWatchdogUSec=15s\n",
}


class Home:
    """A device at a broker, and the doctor who visits it."""

    def __init__(self, folder: Path, broker: Mosquitto, units: Path) -> None:
        assert broker.authority is not None
        self.broker = broker
        self.authority = broker.authority
        self.pi = Raspberry(folder / "root")
        (folder / "device").mkdir()
        self.device = Installed(folder / "device", port=broker.port, authority=broker.authority)
        self.commission()
        self.device.change(f"recording:{folder}/device/film.avi", f"device:{CAMERA}")
        self.device.change('# lamp = "nattro"', 'lamp = "nattro"')
        self.device.change(
            '# targets = ["1.1.1.1:443", "9.9.9.9:443", "8.8.8.8:443"]',
            'targets = ["127.0.0.1:1", "127.0.0.2:1"]',
        )
        self.device.change('driver = "none"', 'driver = "gpiod"')
        self.device.change('# chip = "pinctrl-rp1" ', 'chip = "/dev/gpiochip0" ')
        self.device.change("# camera = { line = 17 }", "camera = { line = 17 }")
        self._units = units

    def commission(self, net: str | None = None) -> None:
        """As `nattro commission` leaves a device; by another net than the shipped one, if it is named."""
        shutil.rmtree(self.device.reference, ignore_errors=True)
        picture = np.random.default_rng(1).integers(40, 200, (480, 640)).astype(np.uint8)
        learnt = Learnt(net=net or OccupancyNet.load().sha256)
        reference = reference_of(Frame(picture, 0.0), self.device.config.camera.bed)
        write_reference(replace(reference, learnt=learnt), self.device.reference)

    def unit(self, name: str, **changed: str) -> None:
        """What systemd says of a unit."""
        lines = dict(line.split("=", 1) for line in UNITS[name].splitlines())
        text = "".join(f"{key}={value}\n" for key, value in (lines | changed).items())
        (self._units / (name or "manager")).write_text(text)

    def examined(self, *, pulse: bool = False, agent_runs: bool | None = None) -> Report:
        visit = Visit(self.device.file, self.pi.root, pulse=pulse)
        if agent_runs is not None:
            visit.agent_runs = agent_runs
        try:
            return examine(visit, lambda _finding: None)
        finally:
            visit.close()


def by_name(report: Report) -> dict[str, Finding]:
    return {finding.check: finding for finding in report.findings}


def troubles(report: Report) -> dict[str, str]:
    """What is not well: check and code."""
    return {each.check: each.code for each in report.findings if each.state in {"warning", "fault"}}
