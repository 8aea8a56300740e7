"""Plugs, pulls and plugs a camera again on a USB tree that umockdev plays; prints what our adapters post.

Run under umockdev-wrapper by the system's own Python, which has umockdev's bindings (see test_presence.py). Nothing
here waits for a time: each step goes on when the adapters have looked again.
"""

import sys
import threading
from importlib import import_module
from queue import SimpleQueue

import msgspec

from agent.core.events import AnyEvent
from agent.core.facts import CameraIdentity, Inventory
from agent.hw.cameras import NamedCamera, system_udev
from agent.hw.inventory import Stocktaking
from agent.hw.presence import Presence, UdevWatch, camera_monitor

PATIENCE = 30.0


class Bus:
    """A USB tree."""

    def __init__(self) -> None:
        import_module("gi").require_version("UMockdev", "1.0")
        self.testbed = import_module("gi.repository.UMockdev").Testbed.new()
        self.hub = self._add(
            "usb", "1-1", None, {"idVendor": "2109", "idProduct": "3431"}, DEVTYPE="usb_device"
        )

    def plug(self, port: str, first_node: int) -> list[str]:
        """A camera with two nodes, as a UVC camera has them: pictures and metadata."""
        camera = self._add(
            "usb",
            port,
            self.hub,
            {"idVendor": "1bcf", "idProduct": "2883", "serial": "SN0001"},
            DEVTYPE="usb_device",
        )
        interface = self._add("usb", f"{port}:1.0", camera, {}, DEVTYPE="usb_interface")
        paths = [camera, interface]
        for index, ability in enumerate((":capture:", ":")):
            node = f"video{first_node + index}"
            link = f"/dev/v4l/by-id/usb-Night_Vision_SN0001-video-index{index}"
            attributes = {"name": "Night Vision: Night Vision", "index": str(index)}
            paths.append(
                self._add(
                    "video4linux",
                    node,
                    interface,
                    attributes,
                    DEVNAME=f"/dev/{node}",
                    DEVLINKS=link,
                    ID_V4L_CAPABILITIES=ability,
                )
            )
        self.testbed.uevent(paths[-1], "add")
        return paths

    def pull(self, paths: list[str]) -> None:
        """From the leaves to the camera, as the kernel tells it."""
        for path in reversed(paths):
            self.testbed.uevent(path, "remove")
            self.testbed.remove_device(path)

    def nudge(self) -> None:
        """A message that means nothing."""
        self.testbed.uevent(self.hub, "change")

    def _add(
        self, subsystem: str, name: str, parent: str | None, attributes: dict[str, str], **properties: str
    ) -> str:
        path = self.testbed.add_device(subsystem, name, parent, flat(attributes), flat(properties))
        assert path is not None
        return str(path)


def flat(pairs: dict[str, str]) -> list[str]:
    return [word for pair in pairs.items() for word in pair]


def main(name: str) -> None:
    bus, inbox = Bus(), SimpleQueue[AnyEvent]()
    camera = NamedCamera(name, system_udev())
    presence = Presence(inbox.put, camera.there)
    stock = Stocktaking(inbox.put, parts, camera.identity)
    looked = threading.Semaphore(0)
    watch = UdevWatch(camera_monitor(camera.udev), presence.tell, stock.tell, looked.release)
    watch.start()
    settle(bus, looked)
    first = bus.plug("1-1.2", 0)
    settle(bus, looked)
    bus.pull(first)
    settle(bus, looked)
    bus.plug("1-1.4", 4)  # another port, another number
    settle(bus, looked)
    watch.stop()
    while not inbox.empty():
        print(msgspec.json.encode(inbox.get()).decode())


def parts(identity: CameraIdentity | None) -> Inventory:
    return Inventory(version="test", camera=identity)


def settle(bus: Bus, looked: threading.Semaphore) -> None:
    """Until the adapters have begun and ended a look since now: the first that ends may have begun before."""
    while looked.acquire(blocking=False):
        pass
    for _ in range(2):
        bus.nudge()
        assert looked.acquire(timeout=PATIENCE), "the adapters were not woken"


if __name__ == "__main__":
    main(sys.argv[1])
