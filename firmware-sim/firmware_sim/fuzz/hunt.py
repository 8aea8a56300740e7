"""The hunt: many nights on all cores, each the same for its seed wherever and whenever it is played."""

import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence

from firmware_sim.fuzz.bag import Bag
from firmware_sim.fuzz.night import night
from firmware_sim.runner import play
from firmware_sim.scenario import Scenario, build

BATCH = 25
LAST_LINES = 3

Watch = Callable[[Bag], None]


def scenario(seed: int) -> Scenario:
    """The night of a seed, ready to be played."""
    return build(f"night-{seed}", night(seed))


def hunt(seeds: Sequence[int], jobs: int, watch: Watch | None = None) -> Bag:
    """Play the nights of these seeds in `jobs` processes.

    watch: shown what has been brought home so far, after each batch. Ctrl-C ends the hunt and keeps that.
    """
    bag = Bag()
    batches = [seeds[first : first + BATCH] for first in range(0, len(seeds), BATCH)]
    played = _alone(batches) if jobs <= 1 else _together(batches, jobs)
    try:
        for some in played:
            bag.add(some)
            if watch is not None:
                watch(bag)
    except KeyboardInterrupt:
        pass  # whoever interrupts wants to see what was found so far
    return bag


def play_batch(seeds: Sequence[int]) -> Bag:
    """Play these nights one after the other."""
    bag = Bag()
    for seed in seeds:
        begun = time.process_time()
        try:
            played = play(scenario(seed))
        except Exception:  # noqa: BLE001 # whatever the agent raises: a night that it does not survive is what is hunted
            why = " | ".join(traceback.format_exc().strip().splitlines()[-LAST_LINES:])
            bag.put_broken(
                seed, f"the night could not be played to its end: {why}", time.process_time() - begun
            )
        else:
            bag.put(seed, played, time.process_time() - begun)
    return bag


def _alone(batches: list[Sequence[int]]) -> Iterator[Bag]:
    return map(play_batch, batches)


def _together(batches: list[Sequence[int]], jobs: int) -> Iterator[Bag]:
    with multiprocessing.get_context("fork").Pool(jobs, initializer=_leave_interrupts_alone) as pool:
        yield from pool.imap_unordered(play_batch, batches)


def _leave_interrupts_alone() -> None:
    """Ctrl-C is for the hunt's own process; the others end with its pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
