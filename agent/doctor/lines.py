"""GPIO lines, asked of the kernel: nothing is taken and nothing driven."""

from typing import TYPE_CHECKING

from agent.doctor.visit import Visit
from agent.hw.gpio import CONSUMER, find_chip

if TYPE_CHECKING:
    from gpiod import LineInfo


class NotWired(Exception):
    """What the configuration names is not there, or is somebody else's."""


def demand_line(visit: Visit, chip: str, line: int | str) -> None:
    """The line is there, and the agent's: held by it while it runs, free while it does not. Raises NotWired."""
    try:
        info = _line_info(visit, chip, line)
    except (OSError, ValueError) as error:
        raise NotWired(str(error)) from error
    if info.used and info.consumer != CONSUMER:
        raise NotWired(f"line {line} is held by {info.consumer!r}")
    if visit.agent_runs and not info.used:
        raise NotWired(f"line {line} is free although the agent runs: it could not take it")


def _line_info(visit: Visit, chip: str, line: int | str) -> "LineInfo":
    import gpiod

    with gpiod.Chip(str(find_chip(chip, line, visit.root / "dev"))) as opened:
        return opened.get_line_info(line)
