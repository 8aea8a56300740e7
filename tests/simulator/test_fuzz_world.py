"""What may go wrong in the simulated home goes wrong by the rules of real things, and nattro gets through it."""

from datetime import datetime
from typing import Any, get_args

import pytest

from firmware_sim.clock import Agenda
from firmware_sim.comparison import answers, faults, replies
from firmware_sim.full.playable import demand_playable
from firmware_sim.letters import Letters
from firmware_sim.runner import Night, play
from firmware_sim.scenario import CommandSent, Happening, ScenarioError, ScenarioFile, build
from firmware_sim.world.cut import Cut
from firmware_sim.world.power import Contacts
from firmware_sim.world.record import Record
from firmware_sim.world.signals import Signals
from firmware_sim.world.world import Lie

EVENING = datetime(2026, 11, 20, 22, 0)  # noqa: DTZ001  # local time of the site
MIDNIGHT = datetime(2026, 11, 21, 0, 0)  # noqa: DTZ001
WHERE = ("before", "inside", "after", "between")


def _night(*happens: Happening, **site: Any) -> Night:
    """22:00 to midnight, with one check at 22:30."""
    file = ScenarioFile(
        title="A test", start=EVENING, end=MIDNIGHT, site={"times": ["22:30"], **site}, happens=happens
    )
    night = play(build("test", file))
    assert not night.violations
    return night


def _answers(night: Night) -> list[str]:
    return answers(night.scenario, Letters(night.record)).get("22:30", [])


def _starts(night: Night) -> list[float]:
    return [seen.at for seen in night.record.of("device") if seen.state == "up"]


# ---- death at a durable write


@pytest.mark.parametrize("by", ["kill", "power"])
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("write", range(1, 8))
def test_a_death_at_any_durable_write_of_a_check_leaves_exactly_one_answer(
    write: int, where: Any, by: Any
) -> None:
    cut = Cut(write=write, where=where, step=write % 3, by=by, seconds=20.0)
    night = _night(Happening(at="22:29:59", cut=cut))
    assert len(_starts(night)) == 2
    assert _answers(night) == ["in_bed"]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("write", [1, 2])
def test_a_death_between_the_mark_of_consent_and_its_commit_unlocks_nothing(write: int, where: Any) -> None:
    night = _night(
        Happening(at="22:10", cut=Cut(write=write, where=where)),
        Happening(at="22:10:01", consent="withdrawn"),
    )
    unheard = write == 1 and where in ("before", "inside")
    assert _answers(night) == ["in_bed" if unheard else "missed(consent_withdrawn)"]


# ---- disk


def test_time_goes_on_while_a_slow_disk_writes() -> None:
    night = _night(Happening(at="22:00", store="slow", seconds=2.0))
    (opened,) = [seen.at for seen in night.record.of("camera") if seen.state == "open"]
    assert opened > 1803.0
    assert _answers(night) == ["in_bed"]


def test_who_is_stopped_on_a_slow_disk_is_started_again_when_it_has_ended() -> None:
    """What it is told meanwhile, nobody hears: it is excused, since the referee sees that no agent ran."""
    night = _night(
        Happening(at="22:00", store="slow", seconds=10.0),
        Happening(at="22:10", agent="stopped"),
        Happening(at="22:10:05", consent="withdrawn"),
        Happening(at="22:11", store="works"),
    )
    (ended,) = [seen.at for seen in night.record.of("device") if seen.state == "down"][:1]
    assert ended == pytest.approx(610.0, abs=0.1)
    assert _starts(night)[1] == pytest.approx(ended + 2.0)
    assert _answers(night) == ["in_bed"]


def test_on_a_read_only_disk_no_process_starts() -> None:
    night = _night(
        Happening(at="22:05", store="read_only"),
        Happening(at="22:06", agent="killed"),
        Happening(at="22:20", store="works"),
    )
    assert _starts(night)[1] >= 1200.0
    assert _answers(night) == ["in_bed"]


def test_a_schedule_that_could_not_be_stored_goes_with_its_process_and_the_old_one_holds() -> None:
    earlier = CommandSent(name="set-schedule", id="s1", order={"times": ["22:20"]})
    night = _night(
        Happening(at="22:05", store="full"),
        Happening(at="22:06", command=earlier),
        Happening(at="22:07", agent="killed"),
        Happening(at="22:08", store="works"),
    )
    assert _answers(night) == ["in_bed"]


def test_consent_that_could_not_be_stored_and_is_withdrawn_again_is_no_news() -> None:
    night = _night(
        Happening(at="22:05", store="full"),
        Happening(at="22:06", consent="withdrawn"),
        Happening(at="22:07", consent="given"),
        Happening(at="22:08", agent="killed"),
        Happening(at="22:09", store="works"),
        Happening(at="22:15", consent="withdrawn"),
    )
    assert _answers(night) == ["missed(consent_withdrawn)"]


def test_a_withdrawal_of_which_the_process_died_may_be_known_when_it_comes_again() -> None:
    withdrawal = CommandSent(name="withdraw-consent", id="w1", valid_for=3600.0)
    night = _night(
        Happening(at="22:10", command=withdrawal),
        Happening(at="+00:10:00.150", agent="killed"),
        Happening(at="22:12", consent="given"),
        Happening(at="22:14", command=withdrawal),
    )
    assert _answers(night) == ["in_bed"]


def test_a_schedule_of_which_nobody_could_be_told_holds_all_the_same() -> None:
    night = _night(
        Happening(at="22:09:59", cut=Cut(where="after", by="power", seconds=60.0)),
        Happening(at="22:10", command=CommandSent(name="set-schedule", id="s1", order={"times": ["22:40"]})),
        Happening(at="22:10:05", internet="gone"),
    )
    opened = [seen.at for seen in night.record.of("camera") if seen.state == "open"]
    assert opened[0] > 2400.0


def test_a_picture_comes_from_a_camera_that_is_there_whatever_is_wrong_with_it() -> None:
    night = _night(
        Happening(at="22:00", worker="gone"),
        Happening(at="22:45", worker="works"),
        Happening(at="22:45", view="covered"),
        times=["22:10", "23:00"],
    )
    told = faults(Letters(night.record))
    assert told["camera_gone"].endswith("cleared")
    assert told["camera_covered"] == "present"


def test_a_store_that_is_torn_before_it_was_made_is_made() -> None:
    night = _night(
        Happening(at="22:10", store="lost"),
        Happening(at="22:10", agent="killed"),
        Happening(at="22:10:01", store="read_only"),
        Happening(at="22:10:05", store="torn"),
        Happening(at="22:11", store="works"),
    )
    assert _answers(night) == ["missed(state_lost)"]


# ---- relays


def _contacts() -> tuple[Contacts, list[str]]:
    agenda, record, moves = Agenda(), Record(), list[str]()
    cut, restore = lambda: moves.append("cut"), lambda: moves.append("restore")
    return Contacts(agenda, record, Signals(agenda), "relay.camera", cut, restore), moves


def test_broken_contacts_do_not_move_and_the_driver_knows() -> None:
    contacts, moves = _contacts()
    contacts.become("broken")
    assert contacts.drive(off=True) is False
    assert contacts.closed
    assert not moves


@pytest.mark.parametrize(("state", "moved"), [("sticks_on", []), ("sticks_off", ["cut"])])
def test_contacts_that_stick_do_not_come_back_and_the_driver_does_not_know(
    state: Any, moved: list[str]
) -> None:
    contacts, moves = _contacts()
    contacts.become(state)
    assert contacts.drive(off=True) is True
    assert contacts.drive(off=False) is True
    assert moves == moved


def test_mended_contacts_follow_the_coil() -> None:
    contacts, moves = _contacts()
    contacts.become("sticks_off")
    contacts.drive(off=True)
    contacts.drive(off=False)
    contacts.become("works")
    assert contacts.closed
    assert moves == ["cut", "restore"]


def test_bouncing_contacts_end_where_they_were_driven() -> None:
    contacts, moves = _contacts()
    contacts.become("bounces")
    contacts.drive(off=True)
    assert not contacts.closed
    assert moves == ["cut", "restore", "cut"]


# ---- network and broker


def test_a_power_cut_in_mid_pulse_is_no_time_in_which_the_router_was_watched() -> None:
    """Back after half an hour, the router is given its time before it is called down again."""
    night = _night(
        Happening(at="22:02", router="hangs"),
        Happening(at="22:02", upon="pulse", mains="cut"),
        Happening(at="22:45", mains="back"),
        recovery={"router_boot_seconds": 30, "uplink_down_minutes": 2, "router_off_seconds": 60},
        times=["23:30"],
    )
    assert [seen.state for seen in night.record.of("relay.router")] == ["off", "on"]


def test_a_half_open_connection_is_noticed_and_nothing_is_lost() -> None:
    night = _night(Happening(at="22:30:05", connection="half_open"))
    (answer,) = Letters(night.record).of("check")
    assert 1840.0 < answer.at < 1870.0
    assert _answers(night) == ["in_bed"]


@pytest.mark.parametrize("mood", ["silent", "mute"])
def test_a_broker_that_never_acknowledges_is_no_denial(mood: Any) -> None:
    night = _night(Happening(at="22:20", broker=mood), Happening(at="22:50", broker="works"))
    assert _answers(night) == ["in_bed"]
    assert "publish_denied" not in faults(Letters(night.record))


def test_a_broker_that_forgets_its_sessions_loses_waiting_commands_and_nothing_else() -> None:
    resume = CommandSent(name="resume", id="r1")
    night = _night(
        Happening(at="22:10", internet="gone"),
        Happening(at="22:11", command=resume),
        Happening(at="22:12", broker="forgets"),
        Happening(at="22:13", internet="back"),
    )
    assert replies(Letters(night.record)) == {}
    assert _answers(night) == ["in_bed"]


def test_a_retained_command_is_obeyed_when_it_is_sent_and_refused_when_it_is_met_again() -> None:
    resume = CommandSent(name="resume", id="r1", retained=True)
    night = _night(Happening(at="22:10", command=resume), Happening(at="22:12", connection="half_open"))
    assert replies(Letters(night.record)) == {"r1": "done, refused"}


# ---- workers


@pytest.mark.parametrize("lie", get_args(Lie))
def test_a_lying_worker_gets_one_answer_out_of_nattro(lie: Lie) -> None:
    assert _answers(_night(Happening(at="22:00", lie=lie))) == ["in_bed"]


# ---- full mode


@pytest.mark.parametrize(
    "what",
    [
        Happening(at="22:10", connection="half_open"),
        Happening(at="22:10", broker="mute"),
        Happening(at="22:10", upon="answer", person="away"),
        Happening(at="22:10", command=CommandSent(name="resume", id="r1", retained=True)),
    ],
)
def test_what_only_a_simulated_broker_can_do_is_refused_in_full_mode(what: Happening) -> None:
    site = {"times": ["22:30"]}
    file = ScenarioFile(title="A test", start=EVENING, end=MIDNIGHT, site=site, happens=(what,))
    with pytest.raises(ScenarioError, match="only fast mode"):
        demand_playable(build("test", file))


# ---- signals and calm


def test_a_happening_waits_for_its_moment() -> None:
    night = _night(Happening(at="22:20", upon="look", after=2.0, person="away"))
    (opened,) = [seen.at for seen in night.record.of("camera") if seen.state == "open"]
    (left,) = [seen.at for seen in night.record.of("person")]
    assert left == opened + 2.0


def test_in_the_calm_all_is_well_and_nothing_waits_any_more() -> None:
    night = _night(
        Happening(at="22:10", internet="gone"),
        Happening(at="22:10", clock_step=400.0),
        Happening(at="22:10", upon="look", agent="killed"),
        Happening(at="22:10", cut=Cut(write=40)),
        Happening(at="22:15", calm=True),
    )
    assert len(_starts(night)) == 1
    assert night.record.of("clock")[-1].state == "0.000"
    assert _answers(night) == ["in_bed"]
