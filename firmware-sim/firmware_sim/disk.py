"""The device's disk: the real store on it, refusing, slow, and cut short wherever the scenario cuts it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from agent.core.moment import Now
from agent.ports import JournalEntry, Opening, OutboxRow, StoreError
from agent.store import FILE, LOCK, Store
from firmware_sim.scenario import StoreFate
from firmware_sim.world.cut import Cut
from firmware_sim.world.world import World

REFUSES = ("full", "read_only")


class Disk:
    """The store port. handled: told of each commit, one for each event handled; die: ends the process, as cut.

    image: what a power cut within a transaction has left, where the process died so.
    """

    def __init__(
        self, store: Store, world: World, handled: Callable[[], None], die: Callable[[Cut], None], image: Path
    ) -> None:
        self._store = store
        self._world = world
        self._handled = handled
        self._die = die
        self._image = image
        self.image: Path | None = None

    def commit(
        self,
        snapshot: bytes,
        entries: Sequence[JournalEntry | Opening],
        add: Sequence[OutboxRow],
        forget: Sequence[str],
        now: Now,
    ) -> None:
        """As the real store; on a slow disk it takes its time, half before and half after it is durable."""
        self._handled()
        world = self._world
        cut = world.cuts.next_write()
        self._take_half_the_time()
        if cut is not None and cut.where == "before":
            self._die(cut)
        if world.disk in REFUSES:
            raise StoreError("database or disk is full" if world.disk == "full" else "read-only file system")
        if cut is not None and cut.where == "inside":
            self._die_inside(cut, lambda: self._store.commit(snapshot, entries, add, forget, now))
        self._store.commit(snapshot, entries, add, forget, now)
        self._take_half_the_time()
        if cut is not None:
            world.cuts.after_actions(cut.step if cut.where == "between" else 0, lambda: self._die(cut))

    def mark_consent(self, given: bool) -> bool:
        """A full disk takes no new mark, but lets one be taken away; a read-only one does neither."""
        if self._world.disk == "read_only" or (self._world.disk == "full" and given):
            return False
        cut = self._world.cuts.next_write()
        if cut is not None and cut.where in ("before", "inside"):
            self._die(cut)
        done = self._store.mark_consent(given)
        if cut is not None:
            self._die(cut)
        return done

    def close(self, *, clean: bool) -> None:
        """On a disk that takes nothing nobody says goodbye."""
        self._store.close(clean=clean and self._world.disk not in REFUSES)

    def _take_half_the_time(self) -> None:
        if self._world.disk != "slow":
            return
        self._note("writes")
        try:
            self._world.clock.be_busy(self._world.disk_seconds / 2)
        finally:
            self._note("rests")

    def _note(self, state: str) -> None:
        self._world.record.note(self._world.agenda.elapsed, "disk", state)

    def _die_inside(self, cut: Cut, commit: Callable[[], None]) -> None:
        """What the process does after the cut is seen by nobody: the picture of its files was taken before."""
        left = cut.step

        def count(_statement: str) -> None:
            nonlocal left
            if left == 0:
                self.image = crash_image(self._store.directory, self._image)
            left -= 1

        connection = self._store._connection  # noqa: SLF001 # a power cut asks for no interface
        connection.set_trace_callback(count)
        commit()
        connection.set_trace_callback(None)
        self._die(cut)


def crash_image(directory: Path, image: Path) -> Path:
    """The state as a power cut leaves it on the disk: copied before the dying process can tidy up anything.

    Locks do not outlive a process, and SQLite's shared memory is made anew.
    """
    image.mkdir()
    for file in directory.iterdir():
        if file.name != LOCK and not file.name.endswith("-shm"):
            (image / file.name).write_bytes(file.read_bytes())
    return image


def apply(fate: StoreFate, directory: Path) -> None:
    """What was done to the store's file while the device was off."""
    if fate == "lost":
        for file in directory.glob(f"{FILE}*"):
            file.unlink()
    elif (file := directory / FILE).exists():
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] + b"\xff" * 64)
        for sidecar in directory.glob(f"{FILE}-*"):
            sidecar.unlink()
