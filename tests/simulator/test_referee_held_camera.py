"""A driver that holds the camera open excuses until that can be clear, and its power can be cut."""

import pytest

from tests.simulator.doctored import accused, change, look, see, unsee, writes


@pytest.mark.parametrize(("stuck_at", "blamed"), [("+01:30:20.500", False), ("+01:30:04", True)])
def test_a_driver_that_holds_the_camera_excuses_until_its_power_is_cut(stuck_at: str, blamed: bool) -> None:
    """The look ends at 22:30:21: within a second of giving the worker up the power must be off."""
    locked = see(("22:30:16", "switch", "locked"), ("22:31", "switch", "unlocked"))
    assert accused("privacy switch", locked, look(stuck_at, "2026-11-20T22:30/1", "stuck")) is blamed


@pytest.mark.parametrize(
    ("locked", "commits_take", "stuck", "blamed"),
    [
        ("10", "2.0", "20.500", False),
        ("10", "0.5", "20.500", True),
        ("12", "0.9", "15.200", False),
        ("12", "0.8", "15.200", True),
    ],
    ids=["heard late", "heard in time", "cut late", "not cut in time"],
)
def test_some_commits_of_a_slow_disk_may_go_before_the_power_of_a_camera_is_cut_that_is_held(
    locked: str, commits_take: str, stuck: str, blamed: bool
) -> None:
    """The lock is heard up to three later; the power goes up to six after the worker was given up."""
    switch = see((f"22:30:{locked}", "switch", "locked"), ("22:31", "switch", "unlocked"))
    slow = see(("22:30:05", "store", "slow", commits_take), ("22:31", "store", "works"))
    held = look(f"+01:30:{stuck}", "2026-11-20T22:30/1", "stuck")
    assert accused("privacy switch", switch, slow, held) is blamed


@pytest.mark.parametrize(
    ("driver", "unplugged", "blamed"),
    [("stuck", "+01:30:21.201", False), ("works", "+01:30:21.201", True), ("stuck", "22:30:22", True)],
    ids=["held by its driver until then", "closed too late", "closed too late, and unplugged later"],
)
def test_a_stuck_camera_may_be_unplugged_before_anybody_can_know_that_it_is_stuck(
    driver: str, unplugged: str, blamed: bool
) -> None:
    """It is locked three seconds before it closes at 22:30:21."""
    locked = see(("22:30:18", "switch", "locked"), ("22:31", "switch", "unlocked"))
    camera = see(("22:30", "fault", f"camera {driver}"), (unplugged, "fault", "camera unplugged"))
    assert accused("privacy switch", locked, camera) is blamed


@pytest.mark.parametrize(
    ("before", "mended_by", "blamed"),
    [("plugged", "relay", False), ("unplugged", "nothing", False), ("unplugged", "relay", True)],
)
def test_a_camera_stays_stuck_whatever_is_done_to_its_plug_unless_that_mends_it(
    before: str, mended_by: str, blamed: bool
) -> None:
    """As above; its plug is pulled, or pushed, at 22:15."""
    locked = see(("22:30:18", "switch", "locked"), ("22:31", "switch", "unlocked"))
    stuck = see(("22:00", "fault", "camera stuck", mended_by), ("22:15", "fault", f"camera {before}"))
    unplugged = see(("22:20", "fault", "camera plugged"), ("+01:30:21.201", "fault", "camera unplugged"))
    assert accused("privacy switch", locked, stuck, unplugged) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("22:30:25", False), ("22:30:18", True)])
def test_a_camera_is_held_until_a_slow_disk_lets_its_device_hear_that_it_was_let_go(
    rests: str, blamed: bool
) -> None:
    """At 22:30:15; the check is answered at 22:30:21 by who could not look."""
    held = see(("22:30:01", "camera", "open"), ("22:30:15", "camera", "closed"))
    no_look = change("check", {"check": "22:30"}, status="camera_fault", reason="stuck", looks=[])
    found = accused("says camera_fault", unsee("camera"), held, writes("22:30:14", rests), no_look)
    assert found is blamed
