"""The agent's own GPIO driver on real lines of the kernel (gpio-sim): what a fake can only claim."""

import json
from collections.abc import Iterator

from device_lab.acceptance import Shown
from device_lab.device import PYTHON, Device


def show(device: Device) -> Iterator[Shown]:
    said = device.machine.demand(PYTHON, "-I", "/lab/try_gpio.py")
    for line in said.splitlines():
        tried = json.loads(line)
        yield Shown(f"gpiod on gpio-sim: {tried['asked']}", tried["observed"], tried["ok"])
