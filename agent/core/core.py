"""The core: all machines composed. `handle(event, now) -> [action]`; no I/O, no clock, no chance.

An event leaves its mark in the state through the machine it concerns; then every machine may advance, which
is where anything that has become due is done. Order matters: the lock is enforced before anything else is
begun.
"""

from typing import assert_never

from agent.core import (
    agenda,
    alarms,
    blind_test,
    camera,
    check,
    clock,
    commands,
    commissioning,
    consent,
    delivery,
    faults,
    heartbeat,
    inventory,
    life,
    pauses,
    uplink,
)
from agent.core import events as ev
from agent.core.actions import AnyAction
from agent.core.moment import Now
from agent.core.policy import Policy, demand_sense
from agent.core.state import State
from agent.core.turn import Turn

TICK = 0.001
"""Deadlines are rounded up by this much, so that floating-point dust never wakes the loop an instant too early."""


class Core:
    """The pure heart of nattro. `state` is its whole memory; `policy` never changes while it lives.

    Raises PolicyError for a policy that cannot be kept.
    """

    def __init__(self, policy: Policy, state: State | None = None) -> None:
        demand_sense(policy)
        self.policy = policy
        self.state = state if state is not None else State()
        self._looked_ahead = False
        self._due: float | None = None

    def handle(self, event: ev.AnyEvent, now: Now) -> list[AnyAction]:
        """Take one event in, at `now`; give back what is to be done, in order."""
        turn = Turn(self.policy, self.state, now)
        _heed(turn, event)
        if not isinstance(event, ev.Stopping):
            _advance(turn)
        self.state.last = now
        self._looked_ahead = False
        return turn.actions

    def next_deadline(self, now: Now) -> float | None:
        """The boot-time instant at which `DeadlineReached` is wanted, or None if only an event can matter.

        Only an event moves it, so it is worked out once after each, as of that event: what became due since is
        still to be done.
        """
        if not self._looked_ahead:
            self._due = self._earliest(Turn(self.policy, self.state, self.state.last or now))
            self._looked_ahead = self.state.last is not None
        return None if self._due is None else max(self._due, now.boot) + TICK

    def _earliest(self, turn: Turn) -> float | None:
        return min(
            (
                instant
                for machine in (agenda, check, alarms, camera, uplink, blind_test, clock, heartbeat)
                for instant in machine.deadlines(turn)
                if instant is not None
            ),
            default=None,
        )


def _advance(turn: Turn) -> None:
    clock.advance(turn)
    blind_test.enforce_lock(turn)
    camera.advance(turn)
    uplink.advance(turn)
    check.advance(turn)
    agenda.advance(turn)
    pauses.advance(turn)
    check.advance(turn)
    blind_test.advance(turn)
    if turn.state.check is None:
        camera.nobody_looks(turn)
    alarms.advance(turn)
    heartbeat.advance(turn)


def _heed(turn: Turn, event: ev.AnyEvent) -> None:  # noqa: C901, PLR0912, PLR0915 - one line an event
    match event:
        case ev.Started():
            life.started(turn, event)
        case ev.Stopping():
            life.stopping(turn)
        case ev.DeadlineReached() | ev.ClockStepped() | ev.ClockTrustChanged() | ev.LookOpened():
            pass  # what they mean is seen by every machine's advance
        case ev.CameraAppeared():
            camera.appeared(turn)
        case ev.CameraVanished():
            camera.vanished(turn)
        case ev.LookReported(look=look, report=report):
            check.reported(turn, look, report)
            blind_test.reported(turn, look, report)
        case ev.LookFailed():
            check.failed(turn, event)
            blind_test.failed(turn, event)
        case ev.LookClosed(look=look):
            check.closed(turn, look)
            blind_test.closed(turn, look)
        case ev.LookStuck():
            camera.cut(turn)
        case ev.PulseDone(relay="camera", ok=ok, detail=detail):
            camera.acted(turn, "relay", ok, detail)
        case ev.PulseDone(ok=ok, detail=detail):
            uplink.acted(turn, ok, detail)
        case ev.UsbResetDone(ok=ok, detail=detail):
            camera.acted(turn, "usb", ok, detail)
        case ev.NetworkProbed():
            uplink.probed(turn, event)
        case ev.BrokerConnected():
            commissioning.cut_off(turn)  # only an agent connects, and none runs beside a commissioning
            uplink.connected(turn)
        case ev.BrokerLost():
            uplink.lost(turn)
        case ev.Published():
            delivery.published(turn, event)
        case ev.StillTold(fact=fact):
            delivery.still_told(turn, fact)
        case ev.CommandReceived(command=command):
            commands.received(turn, command)
        case ev.CommandUnreadable():
            commands.unreadable(turn, event)
        case ev.ConsentGranted():
            consent.granted(turn, event)
        case ev.ConsentWithdrawn(by=by):
            consent.withdrawn(turn, by)
        case ev.CommissioningBegan():
            commissioning.began(turn, event)
        case ev.CommissioningEnded():
            commissioning.ended(turn, event)
        case ev.PrivacySwitchTurned(locked=locked):
            turn.state.privacy_switch = locked
        case ev.HealthRead(health=health):
            heartbeat.beat(turn, health)
        case ev.InventoryTaken(inventory=parts):
            inventory.taken(turn, parts)
        case ev.LampAnswered(ok=ok, detail=detail):
            faults.lamp_answered(turn, ok, detail)
        case ev.StoreFailed(detail=detail):
            life.store_failed(turn, detail)
        case ev.StoreRecovered():
            life.store_recovered(turn)
        case _:
            assert_never(event)
