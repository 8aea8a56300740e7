"""Rows of a look's numbers: as many as come, and no memory before they do."""

from pathlib import Path

import numpy as np

from vision.courses import ROOM, Courses


def resident() -> int:
    """Memory (KiB) of this process that no file stands for."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))


def test_rows_come_back_in_their_order_also_beyond_the_first_room() -> None:
    courses = Courses((2, 3))
    rows = np.arange((ROOM + 5) * 6, dtype=np.float32).reshape(-1, 2, 3)
    for row in rows:
        courses.append(row)
    assert len(courses) == ROOM + 5
    assert np.array_equal(courses.so_far, rows)


def test_nothing_is_there_before_the_first_row() -> None:
    assert Courses((4, 3)).so_far.shape == (0, 4, 3)


def test_room_that_is_not_used_takes_no_memory() -> None:
    before = resident()
    many = [Courses((1000, 3)) for _ in range(5)]  # 12 MiB each, once they are full
    assert resident() - before < 10 * 1024
    assert not any(len(each) for each in many)
