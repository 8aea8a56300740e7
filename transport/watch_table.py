"""The table of `nattro watch`: one row a home, what needs attention in colour and in words."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from transport.watchtower import Home

STATUS_STYLES = {"in_bed": "green", "paused": "dim"}


def table_of(homes: Sequence[Home], now: float) -> Table:
    """All homes at the instant `now` (seconds since 1970 UTC); times are shown in the watcher's own time zone."""
    attention = sum(home.needs_attention for home in homes)
    title = f"{len(homes)} homes, {attention} need attention" if homes else "no home heard yet"
    table = Table(title=title, caption=f"{datetime.fromtimestamp(now).astimezone():%Y-%m-%d %H:%M:%S %Z}")
    for heading in (
        "site",
        "device",
        "connection",
        "heartbeat",
        "next window",
        "answers",
        "alarms",
        "faults",
    ):
        table.add_column(heading)
    for home in homes:
        table.add_row(
            home.address.site,
            home.address.device,
            _connection(home),
            _heartbeat(home, now),
            _window(home, now),
            _answers(home),
            _alarms(home),
            Text(", ".join(sorted(home.faults)), style="red"),
        )
    return table


def _connection(home: Home) -> Text:
    if home.online is None:
        return Text("?", style="dim")
    return Text("online", style="green") if home.online else Text("OFFLINE", style="bold red")


def _heartbeat(home: Home, now: float) -> Text:
    said = "none yet" if home.heartbeat_at is None else f"{_age(now - home.heartbeat_at)} ago"
    return Text(f"{said}, OVERDUE", style="bold red") if home.heartbeat_overdue else Text(said)


def _window(home: Home, now: float) -> Text:
    if home.consent and home.consent != "given":
        return Text(f"locked: consent {home.consent}", style="yellow")
    pause = home.pause(now)
    if pause is not None:
        return Text(f"paused until {pause.end.astimezone():%a %d %b %H:%M}", style="yellow")
    window = home.next_window(now)
    if window is None:
        return Text("none", style="dim")
    start, end = (each.astimezone() for each in (window.start, window.end))
    is_open = window.start.timestamp() <= now
    return Text(
        f"{start:%a %H:%M}-{end:%H:%M}{' (open)' if is_open else ''}", style="cyan" if is_open else ""
    )


def _answers(home: Home) -> Text:
    text = Text()
    for answer in home.answers[-3:]:
        when = answer.answered_at.astimezone()
        test = " (test)" if answer.kind == "test" else ""
        line = f"{when:%H:%M} {answer.status}{test}"
        text.append(line if not text else f"\n{line}", style=STATUS_STYLES.get(answer.status, "yellow"))
    for check in home.missing:
        line = f"MISSING: {check}"
        text.append(line if not text else f"\n{line}", style="bold red")
    return text


def _alarms(home: Home) -> Text:
    text = Text()
    for kind, alarm in sorted(home.alarms.items()):
        acknowledged = alarm.state == "acknowledged"
        line = f"{kind} ({'taken by ' + (alarm.acknowledged_by or '?') if acknowledged else 'OPEN'})"
        text.append(line if not text else f"\n{line}", style="yellow" if acknowledged else "bold red")
    return text


def _age(seconds: float) -> str:
    minutes = max(0, int(seconds)) // 60
    if minutes < 1:
        return f"{max(0, int(seconds))} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
