"""The hourly heartbeat, spread over the hour by the device's name. A missed beat is never made up for."""

from zlib import crc32

from agent.core import camera, confirmations, lock, schedule, uplink
from agent.core.actions import ReadHealth
from agent.core.events import Health
from agent.core.facts import Heartbeat, Restarts
from agent.core.moment import at
from agent.core.policy import MINUTE
from agent.core.turn import Turn

WORTH_SENDING_SECONDS = 300.0
"""A heartbeat that could not be sent for this long is dropped: it would tell of a past moment as if it were now."""


def begin(turn: Turn) -> None:
    """Beat once at the start, so that a new device is seen at once."""
    turn.state.heartbeat_boot = turn.now.boot


def advance(turn: Turn) -> None:
    """Read the device's health when a beat is due; the beat goes out with what was read."""
    if turn.reached(turn.state.heartbeat_boot):
        turn.state.heartbeat_boot = turn.after(_until_next(turn))
        turn.ask(ReadHealth())


def beat(turn: Turn, health: Health) -> None:
    """Tell what a test of the whole chain would tell."""
    state = turn.state
    state.health = health
    state.heartbeats += 1
    coming = schedule.next_slot(turn.policy, state, turn.now.utc) if turn.now.trusted else None
    last_look = state.camera.last_look_at
    fact = Heartbeat(
        sequence=state.heartbeats,
        camera_present=health.camera_present,
        camera_open=state.camera.open_look is not None,
        last_look_at=None if last_look is None else at(last_look),
        last_blind_test=state.blind_test.last_result,
        relays=health.relays,
        disk_free=health.disk_free,
        memory_free=health.memory_free,
        temperature=health.temperature,
        under_voltage=health.under_voltage,
        throttled=health.throttled,
        disk_wear=health.disk_wear,
        clock=health.clock,
        mains=health.mains,
        battery=health.battery,
        lamp=health.lamp,
        boot_id=health.boot_id,
        ended_clean=health.ended_clean,
        outbox_depth=health.outbox_depth,
        outbox_dropped=health.outbox_dropped,
        commands_ignored=state.commands_ignored,
        confirmed_wrong=confirmations.wrong(turn),
        restarts=Restarts(camera=camera.restarts_today(turn), router=uplink.restarts_today(turn)),
        locked=lock.locked(turn) or ("" if state.check is not None else "outside_window"),
        faults=tuple(sorted(state.faults)),
        next_window=None if coming is None else at(coming.start),
        version=state.version,
    )
    turn.say(fact, ttl=WORTH_SENDING_SECONDS, instead_of="heartbeat")


def deadlines(turn: Turn) -> list[float | None]:
    """When the next beat is due."""
    return [turn.state.heartbeat_boot]


def _until_next(turn: Turn) -> float:
    """Seconds to the device's own minute of the hour; a whole period from now if the clock is not trusted.

    A minute that is all but here was meant by the beat that just went out: clocks drift.
    """
    period = turn.policy.heartbeat_minutes * MINUTE
    if not turn.now.trusted:
        return period
    offset = crc32(turn.policy.device.encode()) % period
    left = period - (turn.now.utc - offset) % period
    return left if left > period / 20 else left + period
