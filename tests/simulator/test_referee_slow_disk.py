"""A slow disk excuses what waits for it, for as long as it was seen to write."""

import pytest

from tests.simulator.doctored import accused, again, give, pulse, see, writes


@pytest.mark.parametrize(
    ("spell", "blamed"),
    [(("23:29:40", "23:30:20"), False), (("23:30:10", "23:30:20"), True), (("23:31:20", "23:32"), True)],
)
def test_a_slow_disk_excuses_what_waits_for_it_while_it_writes(spell: tuple[str, str], blamed: bool) -> None:
    lamp = see(("23:30", "lamp", "lit"), ("23:31:15", "lamp", "dark"))
    assert accused("lamp was lit", writes(*spell), lamp) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:05", False), ("23:02:50", True)])
def test_what_waits_behind_a_slow_disk_goes_with_the_process(rests: str, blamed: bool) -> None:
    """Consent was withdrawn at 23:00, nobody was told, and the process died at 23:04."""
    withdrawn, death = see(("23:00", "consent", "withdrawn")), see(("23:04", "device", "down"))
    back = see(("23:04:02", "device", "up"))
    writing = writes("22:59:55", rests)
    assert accused("consent was withdrawn, but nobody", writing, withdrawn, death, back) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:02:10", False), ("23:01:40", True)])
def test_a_change_of_consent_is_told_within_a_minute_of_when_a_slow_disk_let_it_be_heard(
    rests: str, blamed: bool
) -> None:
    """Withdrawn at 23:00 and given anew three minutes later, of which nobody was told."""
    changes = see(("23:00", "consent", "withdrawn"), ("23:03", "consent", "given"))
    assert accused("consent was withdrawn, but nobody", writes("22:59:55", rests), changes) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("22:30:05", False), ("22:29:30", True)])
def test_a_pause_that_waits_for_a_slow_disk_comes_too_late_for_a_window(rests: str, blamed: bool) -> None:
    """Sent at 22:29; the check of 22:30 is answered as if there were none."""
    pause = give("22:29", "pause", "p1", end="2026-11-20T22:15:00Z")
    words: dict[str, object] = {"id": "00000001-5"}
    done = again("reply", {"command": "ack-1"}, 0.0, words, command="p1", name="pause", outcome="done")
    slow = writes("22:28:55", rests)
    assert accused("22:30 was not paused although", slow, pause, done) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("22:30:05", False), ("22:29:30", True)])
def test_a_resume_that_waits_for_a_slow_disk_comes_too_late_for_a_window(rests: str, blamed: bool) -> None:
    """Sent at 22:29; the check of 22:30 is paused as if there were none."""
    slow = writes("22:28:55", rests)
    resume = give("22:29", "resume", "r1")
    assert accused("22:30 says paused, but no pause", slow, resume, night="planned-pause") is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:20", False), ("23:10", True)])
def test_a_refusal_waits_for_everything_else_while_a_slow_disk_writes(rests: str, blamed: bool) -> None:
    """Told at 23:05, refused at 23:20."""
    slow = writes("23:00", rests)
    told = give("23:05", "resume", "r1", retained=True)
    words: dict[str, object] = {"id": "00000001-5", "time": "2026-11-20T22:20:00Z"}
    refused = {"command": "r1", "name": "resume", "outcome": "refused"}
    late = again("reply", {"command": "ack-1"}, -13380.0, words, **refused)
    assert accused("retained command resume r1 was not refused", slow, told, late) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("07:00", False), ("06:58", True)])
def test_nobody_waits_for_a_reply_that_a_slow_disk_keeps_until_the_end(rests: str, blamed: bool) -> None:
    """Told at 06:57:30, and never answered until 07:00."""
    slow = writes("06:57", rests)
    assert accused("resume r1 was not", slow, give("06:57:30", "resume", "r1", retained=True)) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:09:58", False), ("23:05", True)])
def test_a_power_cut_follows_its_command_as_soon_as_a_slow_disk_has_stored_all_that_came_before(
    rests: str, blamed: bool
) -> None:
    """Told at 23:00, cut ten minutes later."""
    told = give("23:00", "restart-camera", "r1")
    cut = pulse("relay.camera", "23:10", "23:10:10")
    assert accused("relay.camera was cut although", writes("22:59:55", rests), told, cut) is blamed


@pytest.mark.parametrize(("rests", "blamed"), [("23:29:55", False), ("23:29:20", True)])
def test_a_router_is_cut_for_what_was_probed_before_a_slow_disk_stored_it(rests: str, blamed: bool) -> None:
    """The internet was out of reach for a quarter of an hour, and back for half a minute when the power was cut."""
    outage = see(("23:14:30", "internet", "down"), ("23:29:30", "internet", "up"))
    cut = pulse("relay.router", "23:30", "23:30:10")
    assert accused("not out of reach", outage, cut, writes("23:29:10", rests)) is blamed


@pytest.mark.parametrize(("disk", "blamed"), [("6", False), ("2", True)])
def test_the_gap_between_restarts_is_counted_from_when_they_were_decided(disk: str, blamed: bool) -> None:
    """The first was decided before it was stored; 29 minutes and 55 seconds lie between the cuts."""
    first = pulse("relay.router", "23:00", "23:00:10")
    second = pulse("relay.router", "23:29:55", "23:30:05")
    slow = see(("22:59:50", "store", "slow", disk), ("23:00:05", "store", "works"))
    assert accused("restarted again after", first, second, slow) is blamed
