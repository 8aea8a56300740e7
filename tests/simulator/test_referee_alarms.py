"""An alarm may go on, end or be raised anew for what its device knew, and for nothing else."""

import pytest

from tests.simulator.doctored import NEW_LIFE, NEWER, Told, accused, again, drop, see


@pytest.mark.parametrize(("store", "blamed"), [("works", True), ("lost", False)])
def test_an_alarm_is_still_due_when_the_device_is_back_unless_it_went_with_the_store(
    store: str, blamed: bool
) -> None:
    """The answer of 02:30 came at 02:51:03, then the device was away for five minutes."""
    away = see(
        ("02:51:20", "device", "down"),
        ("02:52", "store", store),
        ("02:56", "device", "up"),
    )
    never = drop("alarm", check="02:30")
    assert accused("no alarm was raised", away, never) is blamed


@pytest.mark.parametrize("lost", [True, False])
def test_who_has_lost_its_memory_goes_on_with_an_alarm_whose_answer_was_denied(lost: bool) -> None:
    """The answer of 02:30 is denied until its store is lost, the alarm that the broker holds is told again."""
    denied = see(("02:29", "broker", "up", "denies /check"), ("03:30", "broker", "up", "works"))
    loss = [see(("03:30", "store", "lost"))] if lost else []
    later: dict[str, object] = {**NEW_LIFE, "time": "2026-11-21T02:35:00Z"}
    told_again = again("alarm", {"check": "02:30", "state": "raised"}, 2000.0, later)
    assert accused("which has no answer", drop("check", check="02:30"), denied, *loss, told_again) is not lost


@pytest.mark.parametrize(("denied_until", "blamed"), [("06:59", False), ("02:00", True)])
def test_an_alarm_without_its_answer_is_forgiven_while_the_broker_denies_answers(
    denied_until: str, blamed: bool
) -> None:
    """Another life has answered the check of 22:30 before."""
    denied = see(("22:31", "broker", "up", "denies /check"), (denied_until, "broker", "up", "works"))
    lost = see(("22:33", "store", "lost"))
    raised = again(
        "alarm", {"check": "02:30"}, 0.0, NEW_LIFE, check="2026-11-20T22:30", alarm="x", kind="missed"
    )
    assert accused("asks for none", denied, lost, raised) is blamed


@pytest.mark.parametrize(("full_from", "blamed"), [("22:29", False), ("22:40", True)])
def test_an_alarm_without_its_answer_is_forgiven_to_a_process_that_died_on_a_full_disk(
    full_from: str, blamed: bool
) -> None:
    """Numbers begin where the last good commit left them: nothing tells these lives apart but their deaths."""
    full = see((full_from, "store", "full"), ("05:15", "store", "works"))
    died = see(
        ("22:33", "device", "down"),
        ("22:34", "device", "up"),
        ("05:02", "device", "down"),
        ("05:03", "device", "up"),
    )
    denied = see(("22:35", "broker", "up", "denies /check"), ("05:10", "broker", "up", "works"))
    raised = again(
        "alarm", {"check": "02:30"}, 0.0, NEWER, check="2026-11-20T22:30", alarm="x", kind="missed"
    )
    assert accused("asks for none", full, died, denied, raised) is blamed


@pytest.mark.parametrize(("cut_off", "blamed"), [("04:59", False), ("05:03", True)])
def test_an_alarm_goes_on_if_it_was_lost_with_the_store_that_somebody_was_seen(
    cut_off: str, blamed: bool
) -> None:
    """Seen at 05:00, lost at 05:05; the next life hears of the alarm of 02:30, and tells it again at 06:57."""
    line = see((cut_off, "line", "down"), ("05:10", "line", "works"))
    loss = see(("05:05", "store", "lost"))
    later: dict[str, object] = {**NEW_LIFE, "time": "2026-11-21T05:57:00Z"}
    told_again = again("alarm", {"check": "02:30", "state": "raised"}, 14157.0, later)
    assert accused("it is not open", line, loss, told_again) is blamed


@pytest.mark.parametrize(("repeat", "blamed"), [(0, False), (1, True)], ids=["anew", "again"])
def test_an_alarm_that_a_new_life_raises_anew_is_no_longer_the_one_that_was_cleared(
    repeat: int, blamed: bool
) -> None:
    """Cleared at 05:00 for who was seen; raised after a loss at 05:10, and told by a third life at 06:57."""
    losses = see(("05:05", "store", "lost"), ("05:40", "store", "lost"))
    second: dict[str, object] = {**NEW_LIFE, "time": "2026-11-21T04:10:00Z"}
    third: dict[str, object] = {"id": "00000003-5000", "time": "2026-11-21T05:57:00Z"}
    words: dict[str, object] = {"check": "02:30", "state": "raised", "repeat": 2}
    raised = again("alarm", words, 7737.0, second, repeat=repeat)
    told_again = again("alarm", words, 14157.0, third, repeat=3)
    assert accused("it is not open", losses, told_again, raised) is blamed


@pytest.mark.parametrize(("works", "blamed"), [("05:05", False), ("04:54", True)])
def test_an_alarm_of_an_earlier_life_may_be_cleared_by_an_answer_that_is_denied(
    works: str, blamed: bool
) -> None:
    """Raised on a full disk at 02:51, cleared by the next life at 05:00; what was denied waits for five minutes."""
    disk = see(("02:50", "store", "full"), ("02:52", "store", "works"))
    death = see(("02:51:10", "device", "down"), ("02:51:12", "device", "up"))
    denied = see(("04:50", "broker", "up", "denies /check"), (works, "broker", "up", "works"))
    assert accused("cleared for no reason", disk, death, denied, drop("check", check="05:00")) is blamed


@pytest.mark.parametrize(("answered", "blamed"), [("04:10:00", False), ("04:09:00", True)])
def test_each_new_answer_to_a_check_may_raise_its_alarm_anew(answered: str, blamed: bool) -> None:
    """Cleared at 05:00:21, raised at 05:10, and answered for the third time at 05:20."""
    second: dict[str, object] = {"id": "00000001-9000001", "time": f"2026-11-21T{answered}Z"}
    third: dict[str, object] = {"id": "00000001-9000003", "time": "2026-11-21T04:20:00Z"}
    words: dict[str, object] = {"id": "00000001-9000002", "time": "2026-11-21T04:10:00Z"}
    answers = (
        again("check", {"check": "02:30"}, later, which) for later, which in ((8337, second), (600, third))
    )
    raised = again("alarm", {"check": "02:30", "state": "raised"}, 7737.0, words, repeat=0)
    assert accused("was cleared, then raised again", *answers, raised) is blamed


@pytest.mark.parametrize(("message", "blamed"), [("00000001-2", False), ("00000001-9999999", True)])
def test_a_clock_that_is_set_back_does_not_tell_what_was_said_first(message: str, blamed: bool) -> None:
    """A second too fast until 03:03, when the alarm is acknowledged: it shows the time of the last word twice."""
    set_back = see(("03:02", "clock", "1.000"), ("03:03", "clock", "0.000"))
    raised: dict[str, object] = {"check": "02:30", "state": "raised"}
    once_more = again("alarm", raised, 116.9, {"id": message, "time": "2026-11-21T02:03:00.900Z"})
    assert accused("acknowledged, then raised again", set_back, once_more) is blamed


@pytest.mark.parametrize(
    ("lives", "blamed"),
    [
        ((), False),
        ((("02:42", "device", "up"),), True),
        ((("02:43", "device", "up"), ("02:43", "device", "down")), True),
    ],
    ids=["none lived", "one lived then", "one lived for an instant"],
)
def test_nothing_was_said_while_no_process_ran(lives: tuple[Told, ...], blamed: bool) -> None:
    """A clock that was an hour ahead from 02:40 to 02:45 showed 03:43 at 02:43, before the alarm was raised."""
    clock = see(("02:40", "clock", "3600.000"), ("02:45", "clock", "0.000"))
    away = see(("02:41", "device", "down"), *lives, ("02:44", "device", "up"))
    words: dict[str, object] = {"id": "00000001-2", "time": "2026-11-21T02:43:00Z"}
    cleared = again("alarm", {"check": "02:30", "state": "raised"}, 2517.0, words, state="cleared")
    assert accused("was cleared, then raised again", clock, away, cleared) is blamed
