"""A withdrawal of consent is forgotten only where neither the store nor its mark could be changed."""

import pytest

from tests.simulator.doctored import accused, see, writes


@pytest.mark.parametrize(
    ("works", "fails", "blamed"),
    [
        ("22:10:01", "22:20", False),
        ("+01:00:00.000", "+01:00:01.000", False),
        ("+01:00:00.000", "+01:00:01.200", True),
        ("+01:09:59.000", "+01:10:05.000", False),
        ("+01:09:58.000", "+01:10:05.000", True),
    ],
    ids=[
        "when it was dead",
        "before it tried again",
        "and it tried again",
        "dead before it tried",
        "after it tried",
    ],
)
def test_a_withdrawal_goes_with_who_could_not_try_again_to_take_its_mark_away(
    works: str, fails: str, blamed: bool
) -> None:
    """Told at 21:50 on a disk that is read-only, dead at 22:10; a camera opens at 22:30."""
    withdrawn = see(("21:45", "store", "read_only"), ("21:50", "consent", "withdrawn"))
    disk = see((works, "store", "works"), (fails, "store", "read_only"))
    death = see(("22:10", "device", "down"), ("22:10:02", "device", "up"))
    assert accused("open although consent was withdrawn", withdrawn, disk, death) is blamed


@pytest.mark.parametrize(("fails", "blamed"), [("21:50:01", False), ("21:50:03", True)])
def test_a_withdrawal_that_waits_for_a_slow_disk_finds_it_as_it_is_then(fails: str, blamed: bool) -> None:
    """Told at 21:50, handled at 21:50:02; the process dies at 22:10, and then the disk works."""
    slow, withdrawn = writes("21:49:50", "21:50:02"), see(("21:50", "consent", "withdrawn"))
    disk = see((fails, "store", "read_only"), ("22:10:01", "store", "works"))
    death = see(("22:10", "device", "down"), ("22:10:02", "device", "up"))
    assert accused("open although consent was withdrawn", slow, withdrawn, disk, death) is blamed
