"""Nights beside another: much as it was, a little different.

Where one night broke a promise, more is to be found nearby: things meet there that seldom meet, and a mend may end
an instant too soon. Such a night is drawn from the old one and is the same for the same lot, on every machine.
"""

import random

import msgspec

from agent.core.policy import Policy
from firmware_sim.fuzz.draw import NEAR, Draw
from firmware_sim.fuzz.faults import FAULTS
from firmware_sim.fuzz.home import Home
from firmware_sim.local_time import NightClock
from firmware_sim.scenario import Happening, ScenarioFile

LEFT_OUT_SHARE, MOVED_SHARE, TO_ANOTHER_SHARE, OTHERWISE_SHARE, MORE_SHARE = 0.1, 0.35, 0.4, 0.3, 0.7
MOST_MORE = 3
STEPPED = (-1.0, 0.1, 0.5, 2.0)
DISKS = ("full", "read_only", "slow")
COMMITS_TAKE = (0.5, 2.0, 5.0, 8.0)
ENDS = ("killed", "stopped")


def beside(old: ScenarioFile, chance: random.Random) -> ScenarioFile:
    """Some of what happened is left out, or comes earlier, later or otherwise; mostly a fault comes on top."""
    draw = Draw(chance, _home(old))
    happened = [item for item in old.happens if item.calm is None]
    draw.commands = sum(item.command is not None for item in happened)
    moments = [draw.home.night.elapsed(item.at) for item in happened]
    for item, at in zip(happened, moments, strict=True):
        if chance.random() >= LEFT_OUT_SHARE:
            draw.retell(_otherwise(item, draw), _moved(at, moments, draw))
    if chance.random() < MORE_SHARE:
        for _ in range(draw.some(MOST_MORE)):
            FAULTS[draw.choice(sorted(FAULTS))](draw)
    calm = [item for item in old.happens if item.calm is not None]
    return msgspec.structs.replace(old, happens=(*draw.happens, *calm))


def _home(file: ScenarioFile) -> Home:
    policy = msgspec.convert({"device": "sim-0001", **file.site}, Policy)
    calm = any(item.calm for item in file.happens)
    return Home(file.site, file.start, file.end, NightClock(policy.timezone, file.start), policy, calm)


def _moved(at: float, moments: list[float], draw: Draw) -> float:
    if draw.chance.random() >= MOVED_SHARE:
        return at
    near = draw.choice(moments) if draw.chance.random() < TO_ANOTHER_SHARE else at
    return near + draw.choice(NEAR) * draw.chance.uniform(-1.0, 1.5)


def _otherwise(item: Happening, draw: Draw) -> Happening:
    """A step, a disk or an end of another kind, now and then."""
    if draw.chance.random() >= OTHERWISE_SHARE:
        return item
    if item.clock_step is not None:
        step = round(item.clock_step * draw.choice(STEPPED), 3)
        return msgspec.structs.replace(item, clock_step=step)
    if item.store in DISKS:
        kind, seconds = draw.choice(DISKS), draw.choice(COMMITS_TAKE)
        return msgspec.structs.replace(item, store=kind, seconds=seconds)
    if item.agent is not None:
        return msgspec.structs.replace(item, agent=draw.choice(ENDS))
    return item
