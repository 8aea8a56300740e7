"""Journals of a played night, run again: the same events must lead to the same actions."""

from pathlib import Path

from agent.journal import JournalUnreadable, replay


def unfaithful(state: Path) -> list[str]:
    """Where the journals in a night's state directory, one a life, replay to other actions than they recorded.

    One line a difference. What could not be stored (a full disk, a torn file) is not there to be replayed.
    """
    found = []
    for life in sorted(state.glob("state-*"), key=_number):
        try:
            replayed = replay(life)
        except JournalUnreadable as error:
            found.append(f"{life.name}: {error}")
            continue
        found += [f"{life.name}: entry {each.seq}: {each.event[:120]}" for each in replayed.differences]
    return found


def _number(life: Path) -> int:
    return int(life.name.rpartition("-")[2])
