"""Runs in the device: its simulated hardware, and the wiring between a relay and the camera that it feeds.

Two GPIO chips by gpio-sim: `lab-board` with the relays (wired as on the usual boards: a low level energises, and an
energised relay cuts the power) and the lamp (a driven line puts it out); `lab-spare` to try the driver on. Two
cameras: /dev/video10, vivid's test picture, fed through the camera's relay and therefore away while its power is
off; /dev/video42, a v4l2loopback.

What it sees on the relays' lines it writes to /run/lab/lines.jsonl, with the time of each change.
"""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

CONFIGFS = Path("/sys/kernel/config/gpio-sim/lab")
VIVID = Path("/sys/bus/platform/drivers/vivid")
LINES = Path("/run/lab/lines.jsonl")
BOARD = {0: "RELAY_CAMERA", 1: "RELAY_ROUTER", 2: "LAMP"}
CAMERA_BOOTS_IN = 2.0
LOOK_EVERY = 0.05


def main() -> None:
    load_modules()
    make_chips()
    LINES.parent.mkdir(exist_ok=True)
    subprocess.run(["udevadm", "settle"], check=True)
    tell_systemd("READY=1")
    watch()


def load_modules() -> None:
    modprobe("vivid", "n_devs=1", "node_types=0x1", "vid_cap_nr=10")
    modprobe("v4l2loopback", "video_nr=42", "card_label=recorded night", "exclusive_caps=1")
    modprobe("gpio-sim")


def modprobe(*words: str) -> None:
    subprocess.run(["modprobe", *words], check=True)


def make_chips() -> None:
    """The relays are released from the start: on the board their inputs are pulled up."""
    for bank, (label, lines) in enumerate({"lab-board": BOARD, "lab-spare": {0: "SPARE"}}.items()):
        folder = CONFIGFS / f"bank{bank}"
        folder.mkdir(parents=True)
        (folder / "num_lines").write_text("8")
        (folder / "label").write_text(label)
        for offset, name in lines.items():
            line = folder / f"line{offset}"
            line.mkdir()
            (line / "name").write_text(name)
    (CONFIGFS / "live").write_text("1")
    for offset, name in BOARD.items():
        if name.startswith("RELAY"):
            (line_of("lab-board", offset) / "pull").write_text("pull-up")


def line_of(label: str, offset: int) -> Path:
    """The line's folder in /sys, where its level can be read and its pull be set."""
    bank = next(each for each in CONFIGFS.glob("bank*") if (each / "label").read_text().strip() == label)
    chip = (bank / "chip_name").read_text().strip()
    return next(Path("/sys/devices/platform").glob(f"gpio-sim.*/{chip}")) / f"sim_gpio{offset}"


def tell_systemd(what: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(what.encode(), os.environ["NOTIFY_SOCKET"])


def watch() -> None:
    """Note every change on the board, and let the camera's power follow its relay."""
    levels = {
        name: os.open(line_of("lab-board", offset) / "value", os.O_RDONLY) for offset, name in BOARD.items()
    }
    before: dict[str, str] = {}
    powered, boots_at = True, 0.0
    with LINES.open("a", buffering=1) as notes:
        while True:
            for name, file in levels.items():
                level = os.pread(file, 8, 0).decode().strip()
                if level != before.get(name):
                    before[name] = level
                    note = {"line": name, "level": int(level), "boot": boot(), "utc": time.time()}
                    notes.write(json.dumps(note) + "\n")
            energised = before["RELAY_CAMERA"] == "0"
            if energised and powered:
                powered = False
                plug("unbind")
            elif not energised and not powered:
                powered, boots_at = True, boot() + CAMERA_BOOTS_IN
            if powered and boots_at and boot() >= boots_at:
                boots_at = 0.0
                plug("bind")
            time.sleep(LOOK_EVERY)


def plug(what: str) -> None:
    """`bind` or `unbind` the camera; it may be gone, or back, already."""
    try:
        (VIVID / what).write_text("vivid.0")
    except OSError:
        return


def boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


if __name__ == "__main__":
    main()
