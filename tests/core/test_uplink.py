"""Router or broker? The first is restarted, politely; the second never."""

import pytest

from agent.core import events as ev
from agent.core.actions import Forget, ProbeNetwork, Pulse, Say
from agent.core.facts import Fault, Recovery, Status
from agent.core.orders import RestartRouter
from agent.core.policy import LimitPolicy, Policy
from agent.core.schedule import DAY
from tests.core.bench import Night

NOON = "2026-11-21 12:00"


def router_pulses(night: Night) -> list[Pulse]:
    return [pulse for pulse in night.asked(Pulse) if pulse.relay == "router"]


def pulse_minutes(night: Night, since: float) -> list[int]:
    return [round((then - since) / 60) for what, then in night.promises.restarts if what == "router"]


def test_nothing_is_probed_while_the_broker_is_connected() -> None:
    assert Night(times=(), start=NOON).wait(DAY).asked(ProbeNetwork) == []


def test_a_router_that_hangs_is_restarted_once_after_five_minutes_and_mended() -> None:
    night = Night(times=(), start=NOON).disconnect(targets_answer=False)
    night.wait(300)
    assert router_pulses(night) == []
    night.wait(120)
    assert [pulse.seconds for pulse in router_pulses(night)] == [10]
    assert night.faults() == [("uplink_down", "present")]
    night.wait(60).connect()
    night.wait(3600)
    assert night.recovery() == [("relay", "started"), ("relay", "mended")]
    assert night.faults()[-1] == ("uplink_down", "cleared")


def test_a_router_that_stays_away_is_restarted_three_times_a_day_with_growing_gaps() -> None:
    night = Night(times=(), start=NOON)
    begin = night.true
    night.disconnect(targets_answer=False).wait(DAY - 600)
    first, second, third = pulse_minutes(night, begin)
    assert first in (6, 7)
    assert 30 <= second - first <= 32
    assert 120 <= third - second <= 122
    assert night.recovery().count(("relay", "not_mended")) == 3


def test_a_router_that_stays_away_for_days_is_never_restarted_more_than_three_times_in_a_day() -> None:
    night = Night(times=(), start=NOON).disconnect(targets_answer=False).wait(4 * DAY)
    assert 9 <= len(router_pulses(night)) <= 12


@pytest.mark.parametrize("trusted", [True, False])
def test_the_cap_holds_across_reboots(trusted: bool) -> None:
    night = Night(times=(), start=NOON)
    night.online = False
    night.disconnect(targets_answer=False)
    for _ in range(12):
        night.wait(1800).power_cut(30, trusted=trusted)
    assert len(router_pulses(night)) <= 3


def test_one_target_that_answers_is_proof_that_the_router_works() -> None:
    night = Night(times=(), start=NOON)
    night.disconnect(targets_answer=False)
    night.network = ev.NetworkProbed(link=True, gateway=False, dns=False, targets=(False, False, True))
    night.wait(3600)
    assert router_pulses(night) == []


def test_a_probe_without_targets_proves_nothing() -> None:
    night = Night(times=(), start=NOON)
    night.disconnect(targets_answer=False)
    night.network = ev.NetworkProbed(link=True, gateway=True, dns=True, targets=())
    night.wait(3600)
    assert router_pulses(night) == []


def test_a_broker_that_is_down_is_reported_and_nothing_is_restarted() -> None:
    night = Night(times=("23:00",), start=NOON).disconnect(targets_answer=True).wait(2 * DAY)
    assert night.promises.restarts == []
    assert night.faults() == [("broker_down", "present")]
    night.connect()
    assert night.faults()[-1] == ("broker_down", "cleared")


def test_targets_that_answer_once_in_between_begin_the_five_minutes_anew() -> None:
    night = Night(times=(), start=NOON).disconnect(targets_answer=False).wait(300)
    night.targets_answer(True).wait(60)
    night.targets_answer(False).wait(300)
    assert router_pulses(night) == []
    night.wait(120)
    assert len(router_pulses(night)) == 1


def test_minutes_without_the_device_are_no_minutes_without_internet() -> None:
    """After a power cut the router boots too: it gets its five minutes."""
    night = Night(times=(), start=NOON)
    night.disconnect(targets_answer=False).wait(120)
    night.online = False
    night.power_cut(3600).wait(240)
    assert router_pulses(night) == []


@pytest.mark.parametrize(
    ("link", "gateway", "where"),
    [
        (False, False, "no carrier on the network interface"),
        (True, False, "the router does not answer"),
        (True, True, "the router answers, the internet does not"),
    ],
)
def test_link_and_gateway_only_name_the_fault(link: bool, gateway: bool, where: str) -> None:
    night = Night(times=(), start=NOON)
    night.disconnect(targets_answer=False)
    night.network = ev.NetworkProbed(link=link, gateway=gateway, dns=False, targets=(False, False))
    night.wait(480)
    (fault,) = [fault for fault in night.said(Fault) if fault.kind == "uplink_down"]
    assert fault.detail == where


def test_a_relay_that_fails_is_reported_and_the_watch_goes_on() -> None:
    night = Night(times=(), start=NOON)
    night.relays_work["router"] = False
    night.disconnect(targets_answer=False).wait(3600)
    assert ("relay_failed", "present") in night.faults()
    assert night.state.uplink.step in ("watching", "booting")


def test_a_pulse_without_a_word_does_not_hold_the_watch_for_ever() -> None:
    night = Night(times=(), start=NOON)
    night.relays_work["router"] = None
    night.disconnect(targets_answer=False).wait(900)
    assert night.state.uplink.step == "watching"


def test_an_agent_killed_in_mid_pulse_does_not_blame_the_relay() -> None:
    night = Night(times=(), start=NOON).disconnect(targets_answer=False)
    while not router_pulses(night):
        night.wait(1)
    night.online = False
    night.wait(2).restart().wait(600)
    assert ("relay_failed", "present") not in night.faults()
    assert len(router_pulses(night)) == 1


def test_an_agent_that_was_away_over_the_routers_boot_has_to_see_for_itself_that_it_is_down() -> None:
    night = Night(times=(), start=NOON).disconnect(targets_answer=False)
    while not router_pulses(night):
        night.wait(1)
    night.online = False
    night.wait(60).power_cut(2700).wait(240)
    assert len(router_pulses(night)) == 1
    assert night.recovery()[-1] == ("relay", "done")


def test_a_waiting_alarm_defers_the_restart_only_while_acknowledgements_advance() -> None:
    night = Night(times=("23:00",)).sees(otherwise="not_in_bed").until("23:22")
    night.acknowledges = False
    night.until("23:27")
    assert night.state.alarms["not_in_bed"].waiting_for is not None
    night.post(ev.Published("some-heartbeat"))
    reply = night.command(RestartRouter())
    assert (reply.outcome, reply.reason) == ("refused", "an alarm is being delivered")
    night.wait(120)
    assert night.command(RestartRouter()).outcome == "accepted"


def test_a_restart_on_command_is_done_and_reported_however_it_goes() -> None:
    night = Night(times=(), start=NOON)
    assert night.command(RestartRouter(), id="r1").outcome == "accepted"
    night.wait(600)
    assert night.state.commands["r1"].outcome == "done"
    assert night.recovery() == [("relay", "started"), ("relay", "done")]
    assert {step.fault for step in night.said(Recovery)} == {"command"}


def test_commands_do_not_exceed_the_cap() -> None:
    night = Night(Policy(device="d", limits=LimitPolicy(router_restarts_per_day=2)), start=NOON)
    outcomes = []
    for _ in range(4):
        outcomes.append(night.command(RestartRouter()).outcome)
        night.wait(600)
    assert outcomes == ["accepted", "accepted", "refused", "refused"]


def test_a_second_restart_is_refused_while_the_first_is_under_way() -> None:
    night = Night(times=(), start=NOON)
    night.command(RestartRouter())
    assert night.wait(20).command(RestartRouter()).reason == "the router is being restarted already"


def test_the_broker_hears_who_is_there_what_is_agreed_and_which_faults_are_present() -> None:
    night = Night(times=(), start=NOON, online=False)
    night.post(ev.StoreFailed("disk full"))
    night.heard.clear()
    night.connect()
    assert night.said(Status)[-1].state == "online"
    assert night.faults() == [("store_failed", "present")]


def test_a_connection_that_flaps_does_not_fill_the_outbox() -> None:
    night = Night(times=(), start=NOON, online=False)
    night.post(ev.StoreFailed("disk full"))
    night.actions.clear()
    for _ in range(50):
        night.post(ev.BrokerConnected())
        night.post(ev.BrokerLost("flap"))
    assert waiting_messages(night) < 10


def waiting_messages(night: Night) -> int:
    said = {say.message for say in night.asked(Say)}
    return len(said - {forget.message for forget in night.asked(Forget)})


@pytest.mark.parametrize(
    ("dns", "broker", "words"),
    [
        (False, False, "names do not resolve"),
        (True, False, "its port does not answer"),
        (True, True, "its port answers, but no session comes about"),
    ],
)
def test_what_is_wrong_with_the_broker_is_told_apart(dns: bool, broker: bool, words: str) -> None:
    night = Night(times=(), start=NOON).disconnect(targets_answer=True)
    night.network = ev.NetworkProbed(link=True, gateway=True, dns=dns, targets=(True, True), broker=broker)
    night.wait(900)
    (fault,) = night.said(Fault)
    assert fault.kind == "broker_down"
    assert words in fault.detail


def test_a_fault_that_turns_out_to_be_elsewhere_is_told_again() -> None:
    night = Night(times=(), start=NOON).disconnect(targets_answer=False)
    for gateway in (False, True):
        night.network = ev.NetworkProbed(link=True, gateway=gateway, dns=False, targets=(False, False))
        night.wait(600)
    details = [fault.detail for fault in night.said(Fault) if fault.state == "present"]
    assert details == ["the router does not answer", "the router answers, the internet does not"]
