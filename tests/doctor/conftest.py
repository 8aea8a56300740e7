"""A healthy device at a guarded broker, with a GPIO chip and a systemd of the test's own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Authority, Mosquitto, mosquitto
from tests.doctor.home import UNITS, Home
from tests.house.installed import LONG
from tests.hw.gpio_kernel import FakeChip, FakeGpio


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> FakeChip:
    made = FakeChip("pinctrl-rp1")
    FakeGpio(gpiochip0=made).install(monkeypatch)
    return made


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    (tmp_path / "broker").mkdir()
    with mosquitto(tmp_path / "broker", authority=Authority(tmp_path / "broker", days=LONG)) as running:
        yield running
        if running._process is not None:
            running.thaw()


@pytest.fixture
def home(
    tmp_path: Path,
    broker: Mosquitto,
    chip: FakeChip,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Home:
    del chip  # installed, and free
    units = tmp_path / "units"
    units.mkdir()
    made = Home(tmp_path, broker, units)
    for name in UNITS:
        made.unit(name)
    _install_systemctl(tmp_path / "bin", units, monkeypatch)
    made.device.consent()
    capsys.readouterr()
    return made


def _install_systemctl(folder: Path, units: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`systemctl show --no-pager --property=… [UNIT]`: the properties asked for, of the unit or of the manager."""
    folder.mkdir()
    script = folder / "systemctl"
    script.write_text(
        '#!/bin/sh\nwanted=$(echo "${3#--property=}" | tr , "|")\n'
        f'grep -E "^($wanted)=" "{units}/${{4:-manager}}"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
