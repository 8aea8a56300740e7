"""The hourly heartbeat: at the device's own minute, never made up for, and telling the truth."""

from agent.core import events as ev
from agent.core.actions import ReadHealth, Say
from agent.core.facts import Heartbeat
from agent.core.policy import Policy
from tests.core.bench import Night


def minutes(night: Night) -> list[int]:
    return [int(night.clock_at(beat)[3:5]) for beat in night.said(Heartbeat)]


def test_it_beats_at_the_start_and_then_every_hour_at_the_same_minute() -> None:
    night = Night(times=(), start="2026-11-21 12:00").wait(10 * 3600)
    first, *hourly = minutes(night)
    assert first == 0
    assert len(hourly) == 10
    assert len(set(hourly)) == 1


def test_devices_beat_at_different_minutes() -> None:
    def own_minute(device: str) -> int:
        return minutes(Night(Policy(device=device), start="2026-11-21 12:00").wait(3900))[1]

    assert len({own_minute(f"device-{number}") for number in range(40)}) > 15


def test_beats_missed_while_the_device_was_off_are_not_made_up_for() -> None:
    night = Night(times=(), start="2026-11-21 12:00").wait(1)
    night.power_cut(10 * 3600).wait(1)
    assert len(night.said(Heartbeat)) == 2


def test_a_clock_that_runs_a_little_fast_or_slow_does_not_double_a_beat() -> None:
    for drift in (-0.3, 0.3):
        night = Night(times=(), start="2026-11-21 12:00")
        for _ in range(240):
            night.clock_error += drift / 10
            night.wait(360)
        assert 24 <= len(night.said(Heartbeat)) <= 26


def test_it_beats_hourly_also_on_a_clock_that_cannot_be_trusted() -> None:
    night = Night(times=(), trusted=False).wait(5 * 3600 + 60)
    assert len(night.said(Heartbeat)) == 6


def test_a_beat_expires_and_a_new_one_takes_the_place_of_one_that_still_waits() -> None:
    night = Night(times=(), online=False).wait(2 * 3600)
    beats = [say for say in night.asked(Say) if isinstance(say.fact, Heartbeat)]
    assert all(say.ttl is not None and say.ttl <= 600 for say in beats)


def test_it_tells_faults_lock_next_window_restarts_and_numbers_the_beats() -> None:
    night = Night().sees("fails:stalled", "fails:stalled", otherwise="in_bed").until("23:05")
    night.post(ev.StoreFailed("disk full"))
    night.post(ev.HealthRead(ev.Health(camera_present=True, disk_free=0, outbox_depth=7)))
    beat = night.said(Heartbeat)[-1]
    assert beat.faults == ("store_failed",)
    assert (beat.disk_free, beat.outbox_depth, beat.camera_open) == (0, 7, False)
    assert beat.restarts.camera == 1
    assert beat.locked == "outside_window"
    assert beat.next_window is not None
    assert beat.next_window.isoformat() == "2026-11-22T22:00:00+00:00"
    assert [beat.sequence for beat in night.said(Heartbeat)] == list(range(1, len(night.said(Heartbeat)) + 1))


def test_it_says_why_the_camera_is_locked() -> None:
    night = Night(consent=False)
    night.post(ev.HealthRead(ev.Health()))
    assert night.said(Heartbeat)[-1].locked == "no_consent"


def test_it_says_that_the_camera_is_open() -> None:
    night = Night().until("23:00:10")
    night.post(ev.HealthRead(ev.Health()))
    beat = night.said(Heartbeat)[-1]
    assert (beat.camera_open, beat.locked) == (True, "")


def test_health_is_read_once_a_beat() -> None:
    night = Night(times=(), start="2026-11-21 12:00").wait(10 * 3600)
    assert len(night.asked(ReadHealth)) == len(night.said(Heartbeat))
