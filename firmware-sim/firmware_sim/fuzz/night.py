"""One random night, as a scenario file: the same for the same seed, on every machine.

A night is given a random few of all kinds of faults, each with an intensity of its own, instead of a little of
everything: faults that hide each other are then apart in some nights, and faults that meet do so often in others.
"""

import random
from collections.abc import Sequence

import msgspec

from firmware_sim.fuzz.beside import beside
from firmware_sim.fuzz.commands import confirmed
from firmware_sim.fuzz.draw import Draw, offset
from firmware_sim.fuzz.faults import FAULTS, LIFE
from firmware_sim.fuzz.home import home
from firmware_sim.scenario import Happening, ScenarioFile

LEAST_KINDS, MOST_KINDS = 2, 6
MOST_OF_A_KIND = 5
LEAST_HAPPENINGS = 5
UNCOMMISSIONED_SHARE = 0.03
NO_BLIND_TEST_SHARE = 0.2
CONFIRMED_SHARE = 0.25
BESIDE = 10**12
"""From here on a seed is that of a night beside another: 17 * BESIDE + 4711 is the 17th beside that of 4711."""


def night(seed: int) -> ScenarioFile:
    """The night of this seed: a playable scenario without an expectation, judged by the promises alone."""
    turn, root = divmod(seed, BESIDE)
    return _night_beside(seed, root) if turn else _drawn(seed)


def seeds_beside(seeds: Sequence[int], first: int, count: int) -> list[int]:
    """The seeds of `count` nights beside these, of each in turn, from the `first` such night on."""
    roots = list(dict.fromkeys(seed % BESIDE for seed in seeds))
    rounds = (divmod(number, len(roots)) for number in range(first, first + count))
    return [(1 + turn) * BESIDE + roots[place] for turn, place in rounds]


def _night_beside(seed: int, root: int) -> ScenarioFile:
    found = beside(_drawn(root), random.Random(f"beside {seed}"))
    return msgspec.structs.replace(
        found, title=f"Night {seed}", about=f"Beside the night of the seed {root}."
    )


def _drawn(seed: int) -> ScenarioFile:
    chance = random.Random(seed)
    place = home(chance)
    draw = Draw(chance, place)
    for _ in range(chance.randint(0, 3)):
        draw.choice(LIFE)(draw)
    life = len(draw.happens)
    kinds = chance.sample(sorted(FAULTS), chance.randint(LEAST_KINDS, MOST_KINDS))
    while len(draw.happens) - life < LEAST_HAPPENINGS:
        for kind in kinds:
            for _ in range(draw.some(MOST_OF_A_KIND)):
                FAULTS[kind](draw)
    return ScenarioFile(
        title=f"Night {seed}",
        about=f"Drawn by lot from the seed {seed}: {', '.join(sorted(kinds))}.",
        start=place.start,
        end=place.end,
        commissioned=chance.random() >= UNCOMMISSIONED_SHARE,
        blind_test=chance.random() >= NO_BLIND_TEST_SHARE,
        site=place.site,
        happens=(*draw.happens, *_confirmations(seed, draw), *_calm(draw)),
    )


def _confirmations(seed: int, drawn: Draw) -> list[Happening]:
    """Staff confirm answers in some nights; by a lot of its own, which leaves what else happens as it was."""
    draw = Draw(random.Random(f"confirmed {seed}"), drawn.home)
    draw.commands = drawn.commands
    if draw.chance.random() < CONFIRMED_SHARE:
        confirmed(draw)
    return draw.happens


def _calm(draw: Draw) -> list[Happening]:
    """Most nights end in calm: whatever is owed then must be paid within the hour."""
    return [Happening(at=offset(draw.until), calm=True)] if draw.home.calm else []
