"""`nattro status`: what the device knows and waits for, from its own memory."""

import argparse

import msgspec

from agent.cli.command import Failed, add_config, add_json, configuration
from agent.cli.exits import OK, STATE
from agent.config import Config
from agent.core.lock import locked
from agent.core.moment import Now, at
from agent.core.schedule import next_slot
from agent.core.state import Incompatible, State
from agent.core.turn import Turn
from agent.hw.clock import DeviceClock, Trust, boot_id
from agent.onlooker import NothingToSee, Onlooker

HELP = "Tell what the device knows and waits for: consent, lock, next window, alarms, faults, outbox."
EXAMPLES = """  nattro status
  nattro status --json | jq .locked"""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    config = configuration(args.config)
    now = DeviceClock(Trust()).now()
    try:
        onlooker = Onlooker(config.device.state)
        try:
            state = onlooker.state() or State()
            waiting, running = len(onlooker.waiting(boot_id(), now.boot)), onlooker.agent_runs()
        finally:
            onlooker.close()
    except (NothingToSee, Incompatible) as error:
        raise Failed(STATE, str(error)) from error
    if running and state.last is not None:  # the agent remembers since when the clock was right
        now = msgspec.structs.replace(now, trusted=state.last.trusted)
    told = _told(config, state, now) | {"running": running, "outbox": waiting}
    print(_as_json(told) if args.json else _as_text(told))
    return OK


def _told(config: Config, state: State, now: Now) -> dict[str, object]:
    coming = next_slot(config.policy, state, now.utc)
    return {
        "device": f"{config.site.name}/{config.device.id}",
        "version": state.version,
        "clock_trusted": now.trusted,
        "consent": state.consent.state,
        "locked": locked(Turn(config.policy, state, now)),
        "camera_present": state.camera.present,
        "camera_open": state.camera.open_look is not None,
        "broker_connected": state.uplink.connected,
        "next_window": at(coming.start).isoformat() if coming else None,
        "check": state.check.id if state.check else None,
        "alarms": {kind: alarm.check for kind, alarm in state.alarms.items()},
        "faults": {kind: fault.detail for kind, fault in state.faults.items()},
    }


def _as_json(told: dict[str, object]) -> str:
    return msgspec.json.encode(told).decode()


def _as_text(told: dict[str, object]) -> str:
    return "\n".join(f"{name.replace('_', ' '):17} {_word(value)}" for name, value in told.items())


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} ({detail})" if detail else key for key, detail in value.items()) or "none"
    return "-" if value in {None, ""} else str(value)
