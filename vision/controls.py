"""A camera's own settings, exposure and infrared lamp among them, by the names that `v4l2-ctl --list-ctrls` prints.

They are set at each look, before the first frame: a camera whose power was cut has forgotten them. One that the
driver does not have, or refuses, is said and stops nothing.
"""

import os
import re
from collections.abc import Iterator, Mapping

from vision import v4l2
from vision.v4l2 import Control, ControlDescription, Kernel

SETTABLE = (
    v4l2.CONTROL_INTEGER,
    v4l2.CONTROL_BOOLEAN,
    v4l2.CONTROL_MENU,
    v4l2.CONTROL_INTEGER_MENU,
)


def adjust(fd: int, wanted: Mapping[str, int], kernel: Kernel) -> list[str]:
    """Set what is wanted, in the order given (an automatic must be off before its value counts).

    Returns what could not be done, in words.
    """
    if not wanted:
        return []
    known = {_name(each.name): each for each in _listed(fd, kernel)}
    complaints = (_set(fd, name, value, known, kernel) for name, value in wanted.items())
    return [complaint for complaint in complaints if complaint]


def _set(fd: int, name: str, value: int, known: Mapping[str, ControlDescription], kernel: Kernel) -> str:
    control = known.get(name)
    if control is None:
        return f"the camera has no control {name}; it has: {', '.join(known) or 'none'}"
    if not control.minimum <= value <= control.maximum:
        return f"{name} = {value} is outside {control.minimum} to {control.maximum}"
    try:
        kernel.ioctl(fd, v4l2.S_CTRL, Control(control.id, value))
    except OSError as error:
        return f"{name} = {value} was refused: {os.strerror(error.errno or 0)}"
    return ""


def _listed(fd: int, kernel: Kernel) -> Iterator[ControlDescription]:
    """Every control that can be set; the driver is asked for the one after the last."""
    last = 0
    while True:
        control = ControlDescription(id=last | v4l2.NEXT_CONTROL)
        try:
            kernel.ioctl(fd, v4l2.QUERYCTRL, control)
        except OSError:
            return
        last = control.id
        if control.type in SETTABLE and not control.flags & (v4l2.CONTROL_DISABLED | v4l2.CONTROL_READ_ONLY):
            yield control


def _name(label: bytes) -> str:
    return re.sub(r"[^a-z0-9]+", "_", label.decode("ascii", "replace").lower()).strip("_")
