"""`make device-lab`: boots the virtual device with the built package and shows the acceptance list on it.

Prints what was asked, what was observed, the figure, and whether it is right. Exit status: 0 all of it, 1 not all,
2 the lab cannot be set up here.
"""

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from device_lab.acceptance import (
    Show,
    Shown,
    agent_stopped,
    camera_unplugged,
    doctor,
    gpio_driver,
    hung_machine,
    killed_in_pulse,
    power_cut,
    recorded_night,
    sandbox,
)
from device_lab.broker import Broker, Listener, NotHeard
from device_lab.device import NAME, SITE, Device
from device_lab.host import CommandFailed, LabRefused, demand_host
from device_lab.kernel import kernel
from device_lab.machine import Machine, MachineFailed
from device_lab.root import disk, newest_package
from device_lab.table import Table
from device_lab.tools import tools_disk

LIST: dict[str, Show] = {
    "night": recorded_night.show,
    "unplugged": camera_unplugged.show,
    "pulse": killed_in_pulse.show,
    "stopped": agent_stopped.show,
    "gpio": gpio_driver.show,
    "sandbox": sandbox.show,
    "doctor": doctor.show,
    "power": power_cut.show,
    "hang": hung_machine.show,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make device-lab", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=LIST, default=list(LIST), help="of the list, these")
    parser.add_argument("--package", type=Path, help="default: the newest amd64 package in dist/")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="leave disk, console and broker's log there"
    )
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    begun = time.monotonic()
    try:
        demand_host()
        if chosen.keep and chosen.keep.exists():
            raise LabRefused(f"{chosen.keep} is there already: --keep wants a new folder")
        package = chosen.package or newest_package()
        print(f"package: {package.name}", flush=True)
        booted = kernel()
        image = disk(booted, package)
    except (LabRefused, CommandFailed) as refusal:
        print(f"device-lab: {refusal}", file=sys.stderr)
        return 2
    print(f"kernel, system, disk: {time.monotonic() - begun:.0f} s", flush=True)
    table = Table()
    with _folder(chosen.keep) as folder:
        machine = Machine(folder, booted, image, tools_disk(folder))
        with _broker(folder) as (broker, listener):
            try:
                _show(Device(machine, broker, listener), chosen.only, table)
            finally:
                machine.power_off()
    boots = ", ".join(f"{seconds:.0f}" for seconds in machine.boot_seconds)
    print(f"boots: {boots} s; all: {time.monotonic() - begun:.0f} s")
    return table.end()


def _show(device: Device, wanted: list[str], table: Table) -> None:
    for shown in _each(device, _installed):
        table.row(shown)
    if not table.all_right:
        return
    for name in wanted:
        for shown in _each(device, LIST[name]):
            table.row(shown)


def _each(device: Device, show: Show) -> Iterator[Shown]:
    """What a line of the list shows; a failure to show it is a line, too, and the list goes on."""
    try:
        yield from show(device)
    except (MachineFailed, NotHeard) as failure:
        what = (show.__module__ or "").rpartition(".")[2].replace("_", " ")
        yield Shown(what, f"came to nothing: {failure}", ok=False)


def _installed(device: Device) -> Iterator[Shown]:
    device.machine.power_on()
    begun = time.monotonic()
    device.install()
    yield Shown(
        "the package on Debian's kernel: configured, started, consent recorded",
        f"kernel {device.machine.demand('uname', '-r').strip()}; a heartbeat at the broker, by TLS and access list",
        ok=True,
        figure=f"boot {device.machine.boot_seconds[0]:.0f} s, set up {time.monotonic() - begun:.0f} s",
    )


@contextmanager
def _broker(folder: Path) -> Iterator[tuple[Broker, Listener]]:
    broker = Broker(folder)
    broker.start()
    listener = Listener(broker, SITE, NAME)
    try:
        yield broker, listener
    finally:
        listener.close()
        broker.stop()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is None:
        with TemporaryDirectory(prefix="device-lab-") as temporary:
            yield Path(temporary)
    else:
        kept.mkdir(parents=True)
        yield kept


if __name__ == "__main__":
    sys.exit(main())
