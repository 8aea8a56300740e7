"""Commands as people, planners and broken software send them: right, late, twice, garbled, at the worst moment."""

from typing import Any

from firmware_sim.fuzz.draw import Draw, When
from firmware_sim.scenario import CommandSent

GARBAGE = (
    "",
    "{ this is not JSON",
    "[[[[[[[[[[]]]]]]]]]]",
    "null",
    '{"id":"g-1"}',
    '{"id":"g-2","expires":"yesterday","requested_by":"x","order":{"type":"resume"}}',
    '{"id":"g-3","expires":"2027-01-01T00:00:00Z","requested_by":"x","order":{"type":"pause"}}',
    '{"id":"../../etc","expires":"2027-01-01T00:00:00Z","requested_by":"x","order":{"type":"resume"}}',
    '{"id":"g-4","expires":"2027-01-01T00:00:00Z","requested_by":"x","order":{"type":"resume"},"also":1}',
)
NAMES = (
    "pause",
    "resume",
    "ack",
    "test-check",
    "extra-check",
    "restart-camera",
    "restart-router",
    "set-schedule",
    "withdraw-consent",
)
LIFETIMES = (-30.0, -0.5, 0.5, 60.0, 600.0, 600.0, 600.0, 7200.0, 86000.0, 100_000.0)
DELIVERIES = (1, 1, 1, 1, 2, 3)


def any_command(draw: Draw) -> None:
    """Any of them, once or again later with the same id."""
    for _ in range(draw.some(3)):
        when, sent = draw.when(), _sent(draw, draw.choice(NAMES))
        draw.add(when, command=sent)
        if draw.chance.random() < 0.3:
            draw.add(when.later(draw.length()), command=sent)


def pause_planned(draw: Draw) -> None:
    """A pause around some instant of the night, perhaps ended early."""
    when = draw.when()
    draw.add(when, command=_sent(draw, "pause"))
    if draw.chance.random() < 0.3:
        draw.add(when.later(draw.length()), command=_sent(draw, "resume"))


def acknowledged(draw: Draw) -> None:
    """The night patrol acknowledges an alarm, a moment after it has come."""
    when = When(draw.moment(), "alarm", draw.choice((0.0, 0.05, 1.0, 60.0, 600.0)))
    draw.add(when, command=_sent(draw, "ack"))


def restart_ordered(draw: Draw) -> None:
    draw.add(draw.when(), command=_sent(draw, draw.choice(("restart-camera", "restart-router"))))


def check_ordered(draw: Draw) -> None:
    """A test check anywhere, an extra check after an answer."""
    if draw.chance.random() < 0.5:
        draw.add(draw.when(), command=_sent(draw, "test-check"))
    else:
        after = draw.choice((0.0, 1.0, 30.0, 300.0))
        draw.add(When(draw.moment(), "answer", after), command=_sent(draw, "extra-check"))


def schedule_changed(draw: Draw) -> None:
    draw.add(draw.when(), command=_sent(draw, "set-schedule"))


def withdrawn_by_command(draw: Draw) -> None:
    """Obeyed also when late."""
    when = draw.when()
    draw.add(when, command=_sent(draw, "withdraw-consent"))
    if draw.chance.random() < 0.6:
        draw.add(when.later(draw.length()), consent="given")


def garbage_sent(draw: Draw) -> None:
    """What is no command, in ones or in floods."""
    names, text = (*NAMES, "open-the-door"), draw.choice(GARBAGE)
    sent = CommandSent(name=draw.choice(names), payload=text, times=draw.choice((1, 1, 2, 40)))
    draw.add(draw.when(), command=sent)


def confirmed(draw: Draw) -> None:
    """Staff tell how it really was: rightly or not, twice, corrected, of no known check, or all is forgotten."""
    for _ in range(draw.chance.randint(2, 8)):
        when = draw.when()
        if draw.chance.random() < 0.7:
            when = When(draw.moment(), "answer", draw.choice((0.0, 0.05, 1.0, 60.0, 600.0)))
        name = "confirm" if draw.chance.random() < 0.85 else "forget-confirmations"
        sent = _sent(draw, name)
        draw.add(when, command=sent)
        if draw.chance.random() < 0.3:
            draw.add(when.later(draw.length()), command=sent)


def _sent(draw: Draw, name: str) -> CommandSent:
    draw.commands += 1
    return CommandSent(
        name=name,
        id=f"c{draw.commands}",
        order=_order(draw, name),
        valid_for=draw.choice(LIFETIMES),
        times=draw.choice(DELIVERIES),
        apart=draw.choice((0.0, 0.0, 0.5, 30.0, 900.0)),
        retained=draw.chance.random() < 0.15,
    )


def _order(draw: Draw, name: str) -> dict[str, Any]:
    match name:
        case "pause":
            start, end = sorted((draw.moment(), draw.moment()))
            order = {"end": _instant(draw, end + draw.length())}
            return order if draw.chance.random() < 0.4 else {"start": _instant(draw, start), **order}
        case "ack":
            return {"alarm": draw.choice(("@alarm", "@alarm", "@alarm", "2026-11-19T22:30/not_in_bed"))}
        case "test-check":
            return {"minutes": draw.choice((1, 2, 5, 30))}
        case "confirm":
            return {
                "check": draw.choice(("@check", "@check", "@check", "2026-11-19T22:30")),
                "outcome": draw.choice(("in_bed", "not_in_bed")),
                "correction": draw.chance.random() < 0.3,
            }
        case "set-schedule":
            return {"times": _times(draw)}
    return {}


def _instant(draw: Draw, elapsed: float) -> str:
    """As scenario files write a local time that is to become an instant."""
    return f"@{draw.home.night.local(elapsed):%Y-%m-%d %H:%M}"


def _times(draw: Draw) -> list[str]:
    moments = [draw.home.night.local(draw.moment()) for _ in range(draw.chance.randint(0, 5))]
    return sorted({f"{at:%H:%M}" for at in moments})


COMMANDS = (
    any_command,
    pause_planned,
    acknowledged,
    restart_ordered,
    check_ordered,
    schedule_changed,
    withdrawn_by_command,
    garbage_sent,
)
