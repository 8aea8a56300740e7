"""The acceptance list, one file a line: `show(device)` yields what was asked and what was observed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from device_lab.device import Device


@dataclass(frozen=True)
class Shown:
    """One line of the table. figure: what was measured, with its unit; empty if there is nothing to measure."""

    asked: str
    observed: str
    ok: bool
    figure: str = ""


Show = Callable[[Device], Iterator[Shown]]
