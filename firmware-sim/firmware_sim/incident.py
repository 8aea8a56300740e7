"""Makes a scenario of a journal from the field: what the device met, told as what happened in the home.

The journal holds what the agent was told, not what was so: of a look it knows the verdict and not the bedroom. The
scenario is therefore a first draft, close enough for most incidents to show the same; the rest is added by hand.
`nattro simulate --incident JOURNAL --write FILE` writes it.
"""

import argparse
import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from agent.core import events as ev
from agent.core.actions import StartLook
from agent.core.moment import Now
from agent.core.orders import Command
from agent.core.policy import Policy
from agent.core.state import decode
from agent.journal import ACTIONS, EVENTS, POLICIES, JournalUnreadable
from firmware_sim.scenario import DEVICE, CommandSent, Happening, ScenarioFile, write

LEAD_IN = timedelta(minutes=1)
BOOT_TAKES = 25.0
BEFORE_A_LOOK = 2.0
PERSON = {"in_bed": "in_bed", "not_in_bed": "away", "uncertain": "half_out"}
VIEWS = ("covered", "moved", "dark")


class Told(NamedTuple):
    """Something that the agent was told. elapsed, since: seconds of true time from the first of them.

    since: when it must have been so already: of what a look has seen, the look's beginning.
    """

    elapsed: float
    since: float
    now: Now
    event: ev.AnyEvent


class _Entry(NamedTuple):
    kind: str
    now: Now
    first: bytes
    second: bytes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that make a scenario of a journal."""
    group = parser.add_argument_group("an incident in the field: a scenario from a device's journal")
    group.add_argument("--incident", type=Path, metavar="JOURNAL", help="a state directory, or its nattro.db")
    group.add_argument(
        "--since", type=_time, metavar="TIME", help='local time of the site, "2026-11-20 21:00"'
    )
    group.add_argument("--until", type=_time, metavar="TIME", help="likewise; without them all of it is told")


def run(options: argparse.Namespace) -> int:
    """Write the scenario, or print it without --write. Returns the exit code."""
    text = write(incident(options.incident, options.since, options.until))
    if options.write is None:
        print(text, end="")
    else:
        options.write.write_text(text, encoding="utf-8")
    return 0


def incident(journal: Path, since: datetime | None = None, until: datetime | None = None) -> ScenarioFile:
    """The scenario of a journal (a state directory, or its nattro.db), from `since` to `until`.

    Both are the site's local time; without them all of it is told, from its first opening on.
    Raises JournalUnreadable.
    """
    entries = list(_entries(journal))
    opening = next((entry for entry in entries if entry.kind == "opening"), None)
    if opening is None:
        raise JournalUnreadable(f"{journal} holds no point from which it can be told")
    policy = POLICIES.decode(opening.first)
    zone = ZoneInfo(policy.timezone)
    entries = [entry for entry in entries if _within(entry.now, zone, since, until)]
    told = list(_told(entries))
    if not told:
        raise JournalUnreadable(f"{journal} holds nothing in that time")
    start = _local(told[0].now.utc, zone).replace(second=0, microsecond=0) - LEAD_IN
    lead = told[0].now.utc - start.replace(tzinfo=zone).timestamp()
    end = start + timedelta(minutes=(told[-1].elapsed + lead) // 60 + 2)
    return ScenarioFile(
        title=f"What {policy.device} met on {start:%Y-%m-%d}",
        about="Drafted from a device's journal: compare it with the journal, and add by hand what it lacks.",
        start=start,
        end=end,
        commissioned=_commissioned(entries),
        site=_site(policy),
        happens=tuple(_happenings(told, lead)),
    )


def _happenings(told: list[Told], lead: float) -> Iterator[Happening]:
    known: dict[str, Any] = {"camera": "plugged", "person": "in_bed", "broker": "works", "internet": "back"}
    known |= {"view": "clear", "worker": "works", "store": "works"}
    known |= {"clock": "trusted", "privacy_switch": "unlocked"}
    before: Told | None = None
    for each in told:
        for changes in (_death(before, each), _trust(each), _meaning(each.event)):
            news = {name: value for name, value in changes.items() if known.get(name) != value}
            if news and not isinstance(each.event, ev.Stopping):
                at = (before.elapsed + 1.0 if before and _is_a_death(news) else each.since) + lead
                known |= {name: value for name, value in news.items() if name in known}
                yield Happening(at=_offset(at), **news)
                if "mains" in news:
                    yield Happening(at=_offset(max(each.elapsed + lead - BOOT_TAKES, at)), mains="back")
        before = each


def _death(before: Told | None, now: Told) -> dict[str, Any]:
    """A process that began without the one before it having said goodbye."""
    if before is None or not isinstance(now.event, ev.Started):
        return {}
    if now.now.boot < before.now.boot:
        return {"mains": "cut"}
    return {"agent": "killed" if not now.event.clean else "stopped"}


def _is_a_death(changes: dict[str, Any]) -> bool:
    return "mains" in changes or "agent" in changes


def _trust(told: Told) -> dict[str, Any]:
    return {"clock": "trusted" if told.now.trusted else "untrusted"}


def _meaning(event: ev.AnyEvent) -> dict[str, Any]:  # noqa: C901, PLR0911, PLR0912 - one case an event
    """What must have happened for the agent to be told this; nothing for what it brought about itself."""
    match event:
        case ev.ClockStepped(seconds=seconds):
            return {"clock_step": seconds}
        case ev.CameraAppeared():
            return {"camera": "plugged"}
        case ev.CameraVanished():
            return {"camera": "unplugged"}
        case ev.LookReported(report=report):
            return _seen(report)
        case ev.LookFailed(why=why):
            return {"worker": why}
        case ev.LookStuck():
            return {"camera": "stuck"}
        case ev.NetworkProbed(targets=targets):
            return {"internet": "back" if any(targets) else "gone"}
        case ev.BrokerConnected():
            return {"broker": "works", "internet": "back"}
        case ev.CommandReceived(command=command):
            return {"command": _sent(command)}
        case ev.ConsentGranted(blind_test=blind_test):
            return {"consent": "given" if blind_test else "given_without_blind_test"}
        case ev.ConsentWithdrawn():
            return {"consent": "withdrawn"}
        case ev.PrivacySwitchTurned(locked=locked):
            return {"privacy_switch": "locked" if locked else "unlocked"}
        case ev.StoreFailed():
            return {"store": "full"}
        case ev.StoreRecovered():
            return {"store": "works"}
        case ev.PulseDone(relay=relay, ok=False):
            return {f"relay_{relay}": "broken"}
        case _:
            return {}


def _seen(report: ev.LookReport) -> dict[str, Any]:
    if report.verdict == "camera_fault":
        view = next((reason for reason in report.reasons if reason in VIEWS), None)
        return {"view": view} if view else {"camera": "freezes"}
    return {"person": PERSON[report.verdict], "view": "clear", "worker": "works"}


def _sent(command: Command) -> CommandSent:
    order = msgspec.to_builtins(command.order)
    name = order.pop("type")
    return CommandSent(name=name, id=command.id, by=command.requested_by, order=order)


# ---- the journal


def _told(entries: list[_Entry]) -> Iterator[Told]:
    """The events on one time line, whatever the device's clocks did."""
    elapsed, before = 0.0, None
    begun: dict[str, float] = {}
    for entry in entries:
        if entry.kind == "event":
            now, event = entry.now, EVENTS.decode(entry.first)
            if before is not None:
                same_boot = now.boot >= before.boot
                elapsed += now.boot - before.boot if same_boot else max(0.0, now.utc - before.utc)
            look = getattr(event, "look", "")
            yield Told(elapsed, begun.get(look, elapsed), now, event)
            starts = [act for act in ACTIONS.decode(entry.second) if isinstance(act, StartLook)]
            begun |= {act.look: max(elapsed - BEFORE_A_LOOK, 0.0) for act in starts}
            before = now


def _entries(journal: Path) -> Iterator[_Entry]:
    file = journal / "nattro.db" if journal.is_dir() else journal
    if not file.is_file():
        raise JournalUnreadable(f"{file} does not exist; give a state directory or its nattro.db")
    try:
        with contextlib.closing(
            sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        ) as connection:
            rows = connection.execute(
                "SELECT kind, boot, utc, trusted, first, second FROM journal ORDER BY seq"
            )
            for kind, boot, utc, trusted, first, second in rows:
                yield _Entry(kind, Now(boot, utc, bool(trusted)), first, second)
    except sqlite3.Error as error:
        raise JournalUnreadable(f"{file} is no journal of nattro: {error}") from error


def _commissioned(entries: list[_Entry]) -> bool:
    """Whether consent was in force at the first opening; else the journal itself tells when it was given."""
    opening = next((entry for entry in entries if entry.kind == "opening"), None)
    return opening is not None and decode(opening.second).consent.state == "given"


def _site(policy: Policy) -> dict[str, Any]:
    """What differs from the defaults; the device's name stays in the field."""
    plain = msgspec.to_builtins(Policy(device=DEVICE, times=policy.times))
    given = msgspec.to_builtins(policy)
    site: dict[str, Any] = {"times": list(policy.times)}
    for name, value in given.items():
        if name in ("device", "times") or value == plain[name]:
            continue
        site[name] = _differing(value, plain[name]) if isinstance(value, dict) else value
    return site


def _differing(given: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value != plain[name]}


def _within(now: Now, zone: ZoneInfo, since: datetime | None, until: datetime | None) -> bool:
    local = _local(now.utc, zone)
    return (since is None or local >= since) and (until is None or local <= until)


def _local(utc: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(utc, tz=zone).replace(tzinfo=None)


def _offset(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"+{hours:02d}:{minutes:02d}:{rest:06.3f}"


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is no time; write it like "2026-11-20 21:00"') from None
