"""Which camera the configuration means and what udev knows of it. Nothing is opened for it.

The names are the worker's own (vision.cameras), which finds the camera by itself when it is to look: this side only
tells whether it is there, and who it is. `only` takes any camera for present: if there are two, the look refuses.
"""

import logging
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from agent.core.facts import CameraIdentity

log = logging.getLogger(__name__)

_USB = re.compile(r"^usb:(?P<model>[0-9a-f]{4}:[0-9a-f]{4})(?::(?P<serial>.+))?$", re.IGNORECASE)


class NoUdev(Exception):
    """There is no udev to ask; the text says what is missing."""


class Attributes(Protocol):
    """Files of a device below /sys."""

    def get(self, name: str, /) -> bytes | None: ...


class UdevDevice(Protocol):
    """What is needed of pyudev.Device."""

    sys_name: str
    device_node: str | None

    @property
    def properties(self) -> "Properties": ...
    @property
    def attributes(self) -> Attributes: ...
    def find_parent(self, subsystem: str, device_type: str) -> "UdevDevice | None": ...


class Properties(Protocol):
    """What udev's database holds of a device."""

    def get(self, name: str, /) -> str | None: ...


class Udev(Protocol):
    """What is needed of pyudev.Context."""

    def list_devices(self, *, subsystem: str) -> Iterable[UdevDevice]: ...


class NamedCamera:
    """The camera of a name, looked up anew at each question: nodes come and go."""

    def __init__(self, name: str, udev: Udev) -> None:
        self._name = name
        self.udev = udev

    def there(self) -> bool:
        """Whether it is plugged in. A path that udev does not know may still be a node."""
        return self.identity() is not None or (self._name.startswith("/") and Path(self._name).exists())

    def identity(self) -> CameraIdentity | None:
        """Name, model, serial number and port; None if it is not there."""
        found = [device for device in self._video_nodes() if self._is_meant(device)]
        return _identity(found[0]) if found else None

    def _video_nodes(self) -> Iterator[UdevDevice]:
        """Nodes that pictures come out of, lowest number first."""
        nodes = self.udev.list_devices(subsystem="video4linux")
        yield from sorted(
            filter(_captures, nodes), key=lambda device: (len(device.sys_name), device.sys_name)
        )

    def _is_meant(self, device: UdevDevice) -> bool:
        if self._name == "only":
            return True
        if self._name.startswith("/"):
            node = device.device_node or ""
            links = (device.properties.get("DEVLINKS") or "").split()
            return self._name in {node, *links} or os.path.realpath(self._name) == node
        wanted, is_one = _USB.match(self._name), _identity(device)
        if wanted is None or wanted["model"].lower() != is_one.model:
            return False
        return wanted["serial"] in {None, is_one.serial}


def _captures(device: UdevDevice) -> bool:
    """As udev found out by asking the driver; without its rules the first node of a camera is the one."""
    abilities = device.properties.get("ID_V4L_CAPABILITIES")
    return ":capture:" in abilities if abilities is not None else _attribute(device, "index") in {"0", ""}


def _identity(device: UdevDevice) -> CameraIdentity:
    name, usb = _attribute(device, "name"), device.find_parent("usb", "usb_device")
    if usb is None:
        return CameraIdentity(name=name)
    return CameraIdentity(
        name=name,
        model=f"{_attribute(usb, 'idVendor')}:{_attribute(usb, 'idProduct')}",
        serial=_attribute(usb, "serial"),
        port=usb.sys_name,
    )


def _attribute(device: UdevDevice, name: str) -> str:
    return (device.attributes.get(name) or b"").decode("utf-8", "replace").strip()


def system_udev() -> Udev:
    """The udev of the machine. Raises NoUdev."""
    try:
        import pyudev

        udev: Udev = pyudev.Context()
    except (ImportError, OSError) as error:
        raise NoUdev(f"a camera device is watched through udev, which is missing here: {error}") from error
    return udev
