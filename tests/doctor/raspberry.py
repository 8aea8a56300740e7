"""The files of a Raspberry Pi as the kernel, udev and systemd show them, below a folder of the test's own."""

import os
import time
from pathlib import Path

CAMERA = "/dev/v4l/by-id/usb-Night_Vision_SN0001-video-index0"


class Raspberry:
    """A Pi 5 in good health: supply, clock, cgroup, one USB camera with its two nodes, a LED, a network."""

    def __init__(self, root: Path) -> None:
        self.root = root
        number = root.parent.stat().st_dev
        self.disk = f"sys/dev/block/{os.major(number)}:{os.minor(number)}"
        for path, text in {
            "sys/devices/platform/soc/soc:firmware/get_throttled": "0",
            "sys/class/thermal/thermal_zone0/type": "cpu-thermal",
            "sys/class/thermal/thermal_zone0/temp": "48312",
            "sys/class/rtc/rtc0/since_epoch": str(int(time.time())),
            "sys/class/rtc/rtc0/hctosys": "1",
            "run/systemd/timesync/synchronized": "",
            f"{self.disk}/device/life_time": "0x01 0x02",
            "proc/meminfo": "MemTotal: 2000000 kB\nMemAvailable: 1500000 kB\n",
            "proc/swaps": "Filename Type Size Used Priority\n",
            "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids",
            "sys/class/leds/nattro/brightness": "0",
            "sys/class/net/eth0/carrier": "1",
            "proc/net/route": "Iface Destination Gateway Flags\neth0 00000000 0100007F 0003\n",
            "proc/net/arp": "",
            "dev/watchdog": "",
            "dev/gpiochip0": "",
        }.items():
            self.write(path, text)
        (root / "run/systemd/system").mkdir(parents=True)
        self.show_worker(locked="90000 kB")
        self.plug_camera(0, "SN0001")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")

    def show_worker(self, locked: str) -> None:
        """The process that sees, as /proc shows it while it waits for its look."""
        self.write("proc/4711/cmdline", "/usr/lib/nattro/bin/python\0-I\0-m\0vision\0--socket-activation")
        self.write("proc/4711/status", f"Name:\tpython\nVmLck:\t{locked}")

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def plug_camera(self, number: int, serial: str) -> None:
        """A UVC camera has two nodes: pictures, and metadata that is no picture."""
        usb = f"sys/devices/pci/usb1/1-{number + 1}"
        self.write(f"{usb}/idVendor", "1bcf")
        self.write(f"{usb}/idProduct", "2883")
        self.write(f"{usb}/serial", serial)
        for index in (0, 1):
            self._node(usb, number + index, index)
        link = self.root / f"dev/v4l/by-id/usb-Night_Vision_{serial}-video-index0"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"../../video{number}")

    def pull_camera(self, serial: str) -> None:
        """Its nodes go; what names them goes, too."""
        link = self.root / f"dev/v4l/by-id/usb-Night_Vision_{serial}-video-index0"
        number = int(link.readlink().name.removeprefix("video"))
        link.unlink()
        for node in (number, number + 1):
            (self.root / f"dev/video{node}").unlink()
            (self.root / f"sys/class/video4linux/video{node}").unlink()

    def _node(self, usb: str, node: int, index: int) -> None:
        place = f"{usb}/video4linux/video{node}"
        self.write(f"{place}/index", str(index))
        self.write(f"{place}/name", "Night Vision")
        self.write(f"{place}/dev", f"81:{node}")
        abilities = ":capture:" if index == 0 else ":"
        self.write(f"run/udev/data/c81:{node}", f"E:ID_V4L_CAPABILITIES={abilities}")
        self.write(f"dev/video{node}", "")
        known = self.root / f"sys/class/video4linux/video{node}"
        known.parent.mkdir(parents=True, exist_ok=True)
        known.symlink_to(self.root / place)
