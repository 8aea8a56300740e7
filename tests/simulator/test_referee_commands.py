"""One of a storm of commands may be ignored; one that is heard again changes nothing for who knows the first."""

import pytest

from tests.simulator.doctored import Plant, accused, again, drop, give, see


@pytest.mark.parametrize(("copies", "blamed"), [(40, False), (20, True)])
def test_a_resume_that_comes_in_a_flood_may_be_ignored(copies: int, blamed: bool) -> None:
    """Behind so many that the broker had kept."""
    flood = [give("22:00", "resume", f"kept-{number}", retained=True) for number in range(copies)]
    resume = give("22:00:01", "resume", "r1")
    assert accused("says paused, but no pause", *flood, resume, night="planned-pause") is blamed


@pytest.mark.parametrize(("said", "blamed"), [("22:30:05", False), ("22:29:58", True)])
def test_a_resume_ends_a_pause_when_a_process_that_lives_has_heard_it(said: str, blamed: bool) -> None:
    """Told at 22:29:58 to one that dies at once, and again at 22:30:05: one of them says that it was done."""
    told = [give(at, "resume", "r1") for at in ("22:29:58", "22:30:05")]
    death = see(("+01:29:58.100", "device", "down"), ("+01:29:59.900", "device", "up"))
    words: dict[str, object] = {"id": "00000001-5000", "time": f"2026-11-20T{said.replace('22', '21', 1)}Z"}
    done = again("reply", {"command": "pause-1"}, 3610.0, words, command="r1", name="resume")
    assert accused("22:30 says paused, but no pause", *told, death, done, night="planned-pause") is blamed


@pytest.mark.parametrize(
    ("copies", "clock", "since", "back", "blamed"),
    [
        (30, "untrusted", "23:02", "23:04:20", False),
        (30, "-300.0", "23:02", "23:04:20", False),
        (29, "untrusted", "23:02", "23:04:20", True),
        (30, "untrusted", "23:04:45", "23:04:20", True),
        (30, "-300.0", "22:45", "23:04:20", True),
        (30, "300.0", "23:02", "23:04:20", True),
        (30, "untrusted", "23:02", "23:04", True),
    ],
)
def test_a_minute_that_no_clock_told_lasts_over_a_power_cut(
    copies: int, clock: str, since: str, back: str, blamed: bool
) -> None:
    """Thirty refusals a minute are told in words; the power goes for minutes between them and one more."""
    flood = [give("22:59:50", "resume", f"kept-{number}", retained=True) for number in range(copies)]
    power = see(("22:59:55", "mains", "off"), ("22:59:55", "device", "down"), (back, "mains", "on"))
    ahead = "0.0" if clock == "untrusted" else clock
    anew = see(("23:04:30", "device", "up"), (since, "clock", clock, ahead), ("23:10", "clock", "0.0"))
    late = give("23:05", "resume", "r1", retained=True)
    assert accused("resume r1 was not refused", *flood, power, anew, late) is blamed


TOO_MUCH = "look 2026-11-21T00:30/2 asks for 0.69"


def _asked_too_much(disk_works: str, *confirmed: Plant) -> bool:
    """Of who was told on a disk full from 22:31 on, died at 23:00, and asked for more evidence at 00:30."""
    full = see(("22:31", "store", "full"), (disk_works, "store", "works"))
    death = see(("23:00", "device", "down"), ("23:00:02", "device", "up"))
    return accused(TOO_MUCH, full, death, *confirmed, night="confirmed-by-staff")


def _confirm(at: str, command: str, outcome: str) -> Plant:
    return give(at, "confirm", command, check="2026-11-20T22:30", outcome=outcome, correction=True)


FORGOTTEN, TRIED_AGAIN, PERHAPS_TRIED_AGAIN = "23:00:01", "22:50", "22:59:50"
"""The disk works again when who was told has died, ten minutes before, ten seconds before."""


@pytest.mark.parametrize(
    ("disk_works", "blamed"), [(TRIED_AGAIN, False), (PERHAPS_TRIED_AGAIN, False), (FORGOTTEN, True)]
)
def test_a_repetition_counts_for_who_died_before_the_first_could_be_stored(
    disk_works: str, blamed: bool
) -> None:
    """At 22:32 the answer was right, at 22:35 wrong, and at 23:30 what came at 22:32 comes again."""
    right = (_confirm("22:32", "second", "in_bed"), _confirm("23:30", "second", "in_bed"))
    assert _asked_too_much(disk_works, *right) is blamed


@pytest.mark.parametrize(
    ("disk_works", "blamed"), [(TRIED_AGAIN, True), (PERHAPS_TRIED_AGAIN, False), (FORGOTTEN, False)]
)
def test_a_repetition_changes_nothing_for_who_has_stored_the_first(disk_works: str, blamed: bool) -> None:
    """At 22:35 the answer was wrong, at 22:55 right, and at 23:30 what came at 22:35 comes again."""
    right, again_wrong = _confirm("22:55", "corrected", "in_bed"), _confirm("23:30", "wrong", "not_in_bed")
    assert _asked_too_much(disk_works, right, again_wrong) is blamed


@pytest.mark.parametrize("heard_after", [60.0, 3600.0], ids=["at once", "after it came again"])
@pytest.mark.parametrize("stored", [True, False])
def test_a_repetition_changes_nothing_for_who_has_said_in_a_stored_word_that_it_was_done(
    stored: bool, heard_after: float
) -> None:
    """At 22:32 the answer was right, at 22:35 wrong; that the first was done is said then, and heard later."""
    right = (_confirm("22:32", "second", "in_bed"), _confirm("23:30", "second", "in_bed"))
    envelope: dict[str, object] = {"id": "00000001-5000", "durable": stored}
    told = again("reply", {"command": "wrong"}, heard_after, envelope, command="second")
    assert _asked_too_much(FORGOTTEN, *right, told) is not stored


@pytest.mark.parametrize(
    ("reason", "blamed"),
    [("retained commands are refused", False), ("no answer to such a check is remembered", True)],
    ids=["a copy that the broker kept", "what was confirmed"],
)
def test_what_was_confirmed_holds_though_a_copy_of_it_is_refused(reason: str, blamed: bool) -> None:
    """That it was done could not be said by a full disk; that it is refused is said later."""
    done: dict[str, object] = {"command": "wrong", "outcome": "done"}
    refused = again("reply", done, 60.0, {"id": "00000001-5000"}, outcome="refused", reason=reason)
    assert _asked_too_much(TRIED_AGAIN, refused, drop("reply", **done)) is blamed


@pytest.mark.parametrize(
    ("disk_works", "store", "refused", "blamed"),
    [
        ("03:00", "full", "23:40", False),
        ("03:00", "full", "21:36", True),
        ("22:50", "works", "23:40", True),
        ("22:50", "lost", "23:40", False),
        ("22:50", "lost", "21:36", True),
    ],
    ids=["forgotten", "by who was told", "stored", "lost", "by who was told, then lost"],
)
def test_what_was_confirmed_holds_though_it_is_refused_by_who_knows_nothing_of_it(
    disk_works: str, store: str, refused: str, blamed: bool
) -> None:
    """Told at 22:35 on a full disk, heeded at 00:30, and dead at 00:35; it is refused at 00:40, or at 22:36."""
    done: dict[str, object] = {"command": "wrong", "outcome": "done"}
    words = {"outcome": "refused", "reason": "no answer to such a check is remembered"}
    then: dict[str, object] = {"id": "00000001-5000", "time": f"2026-11-20T{refused}:00Z"}
    told = again("reply", done, 7500.0, then, **words)
    full = see(("22:31", "store", "full"), (disk_works, "store", "works"))
    death = see(("00:35", "device", "down"), ("00:35:01", "store", store), ("00:35:02", "device", "up"))
    plants = (full, death, told, drop("reply", **done))
    assert accused(TOO_MUCH, *plants, night="confirmed-by-staff") is blamed
