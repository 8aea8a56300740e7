"""Commands: each is answered, and has its effect once. Expired and retained ones have none."""

import math
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from firmware_sim.letters import Letter, seconds_of
from firmware_sim.referee.evidence import ARRIVE_WITHIN, Evidence
from firmware_sim.referee.orders import OBEYED, Order
from firmware_sim.referee.violation import Judgement, Violation
from firmware_sim.spells import Spell, Spells


def commands_are_answered(night: Evidence) -> Iterator[Violation]:
    """Each one, unless it was one of a flood."""
    for order in night.orders:
        due = answer_is_due(night, order)
        if order.crowded or due > night.end:
            continue
        replies = replies_of(night).get(order.id, [])
        if not any(night.when_said(reply) >= order.at - 1.0 for reply in replies):
            yield Violation(due, 4, f"command {order.name} {order.id} was not answered")


def answer_is_due(night: Evidence, order: Order) -> float:
    """When it must have come; infinity if it went with the process that could not store it, or with the store."""
    until = night.comes_by(night.handled(order.at), f"/cmd/{order.name}/reply")
    died = not order.heard or (not order.kept and night.off.touch(order.at, until))
    return math.inf if died or night.lost_between(order.at, until) else until


def forgotten_by(night: Evidence, order: Order) -> float:
    """When what came of it was gone: with the process that could not store it, or with the store."""
    lost = next((at for at in night.losses if at >= order.at), night.end)
    return lost if night.surely_kept(order.at) else min(night.death_after(order.at), lost)


def replies_of(night: Evidence) -> dict[str, list[Letter]]:
    by_command: dict[str, list[Letter]] = defaultdict(list)
    for letter in night.letters.of("reply"):
        by_command[letter.data["command"]].append(letter)
    return by_command


def commands_have_one_outcome(night: Evidence) -> Iterator[Violation]:
    """What was refused stays refused; what was done is not refused later."""
    for command, replies in replies_of(night).items():
        by_epoch: dict[str, list[Letter]] = defaultdict(list)
        for reply in replies:
            if command and reply.data["name"] != "unknown":
                by_epoch[reply.epoch].append(reply)
        for told in by_epoch.values():
            outcomes = {reply.data["outcome"] for reply in told if reply.durable and judged(reply)}
            if "refused" in outcomes and outcomes & {"accepted", "done", "failed"}:
                yield Violation(told[-1].at, 4, f"command {command} was both obeyed and refused")
            if {"done", "failed"} <= outcomes:
                yield Violation(told[-1].at, 4, f"command {command} was both done and failed")


def judged(reply: Letter) -> bool:
    """Refusals of what could not be read, or came too often, are no judgement of the command."""
    reason = str(reply.data["reason"])
    return not reason.startswith(
        ("not a command", "retained", "more than", "the topic says", "unknown command")
    )


def only_valid_commands_are_obeyed(night: Evidence) -> Iterator[Violation]:
    """Retained ones never, expired ones only if consent is withdrawn by them."""
    by_id: dict[str, list[Order]] = defaultdict(list)
    for order in night.orders:
        by_id[order.id].append(order)
    for command, replies in replies_of(night).items():
        for reply in replies:
            if reply.data["outcome"] not in OBEYED:
                continue
            said = night.when_said(reply)
            given = [order for order in by_id.get(command, []) if order.at <= said + 0.5]
            if not given and command:
                yield Violation(reply.at, 4, f"command {command} was obeyed, but never given")
            elif not any(order.valid for order in given):
                why = "retained" if all(order.retained for order in given) else "expired"
                yield Violation(reply.at, 4, f"command {command} was obeyed although it was {why}")


def retained_commands_are_refused(night: Evidence) -> Iterator[Violation]:
    """Each time that the broker hands one over, also if the same command was obeyed before."""
    replies = replies_of(night)
    for order in night.orders:
        until = night.handled(order.at) + ARRIVE_WITHIN
        if not order.retained or order.crowded or until > night.end:
            continue
        if not night.heard_throughout(order.at, until, f"/cmd/{order.name}/reply"):
            continue
        refused = (x for x in replies.get(order.id, []) if x.data["outcome"] == "refused")
        if not any(order.at - 1.0 <= night.when_said(x) <= until for x in refused):
            yield Violation(order.at, 4, f"retained command {order.name} {order.id} was not refused")


# ---- pauses


class Pause(msgspec.Struct, frozen=True):
    """A pause as the device should know it. span: UTC seconds; sure: it could be stored, and was.

    known: elapsed, when it may have known of it; for_certain: from when to when it must have.
    """

    span: Spell
    known: Spells
    for_certain: Spell
    sure: bool


def pauses_are_kept(night: Evidence) -> Iterator[Violation]:
    """A window that begins in a pause is answered `paused`, and no other is."""
    pauses = _pauses(night)
    for check, answers in night.answers.items():
        window = night.window(check)
        if window is None or answers[0].data["kind"] != "agreed":
            continue
        for answer in answers:
            said, paused = night.when_said(answer), answer.data["status"] == "paused"
            covering = [each for each in pauses if each.span[0] <= window.start < each.span[1]]
            if paused and not any(each.known.touch(said - 0.1, said + 0.1) for each in covering):
                yield Violation(answer.at, 2, f"check {check} says paused, but no pause covers it")
            begun = night.clock.comes(window.start)
            looked = [look.asked for look in night.looks_of(check)]
            attended = min([said, *looked])
            for each in covering:
                since, until = each.for_certain
                was_known = since + 1.0 < min(begun, attended) and said < until - 1.0
                if not paused and each.sure and was_known and answer.data["reason"] != "state_lost":
                    yield Violation(answer.at, 2, f"check {check} was not paused although a pause covers it")
                    break


def _pauses(night: Evidence) -> list[Pause]:
    replies = replies_of(night)
    found = []
    for place, order in enumerate(night.orders, 1):
        if order.name != "pause" or not order.counts:
            continue
        said = [reply.data["outcome"] for reply in replies.get(order.id, [])]
        if "done" not in said:
            continue
        since = max(night.clock.shown(order.at), _instant(order.asks.get("start")))
        span = (since, _instant(order.asks.get("end")))
        resumed = [
            x
            for x in night.orders[place:]
            if x.name == "resume" and x.counts and not (x.lapses and _is_refused(replies, x))
        ]
        lost = min((at for at in night.losses if at > order.at), default=night.end)
        until = min([lost, *(x.at for x in resumed)])
        found.append(
            Pause(
                span,
                _as_long_as_no_resume_is_kept(night, order.at, lost, resumed),
                (night.handled(order.at), until),
                sure=not order.in_doubt,
            )
        )
    return found


def _is_refused(replies: dict[str, list[Letter]], order: Order) -> bool:
    return {reply.data["outcome"] for reply in replies.get(order.id, [])} == {"refused"}


def _as_long_as_no_resume_is_kept(night: Evidence, begin: float, end: float, resumed: list[Order]) -> Spells:
    """One that could not be stored, or was told to a dying process, ends a pause until the next process begins.

    One of a flood may be ignored.
    """
    replies, known = replies_of(night), []
    for order in resumed:
        told = [x for x in replies.get(order.id, []) if x.data["outcome"] == "done"]
        if order.crowded and not told:
            continue
        death = night.death_after(order.at)
        if any(x.durable and order.at - 0.1 <= night.when_said(x) <= death for x in told):
            end = min(end, night.handled(order.at))
            break
        if order.heard:
            known.append((begin, night.handled(order.at)))
            begin = max(begin, death)
        if order.heard and death >= end:
            break
    return Spells([*known, (begin, end)])


def _instant(text: object) -> float:
    try:
        return seconds_of(str(text))
    except ValueError:
        return 0.0


# ---- other effects


def test_checks_happen_once(night: Evidence) -> Iterator[Violation]:
    """A test that is done has looked or says why not; it stays a test."""
    for check, answers in night.answers.items():
        for answer in answers:
            if check.startswith("test-") != (answer.data["kind"] == "test"):
                yield Violation(answer.at, 2, f"check {check} is told as {answer.data['kind']}")


def acknowledgements_take_effect(night: Evidence) -> Iterator[Violation]:
    """An `ack` that is done is told on the alarm's topic."""
    for order in night.orders:
        if order.name != "ack" or not order.counts or order.in_doubt:
            continue
        at_once = order.at + 1.0 + night.slowness(order.at, order.at + 1.0)
        replies = [x for x in replies_of(night).get(order.id, []) if x.data["outcome"] == "done"]
        done = next((x for x in replies if order.at - 0.1 <= night.when_said(x) <= at_once), None)
        life = night.alarms.get(str(order.asks.get("alarm")), [])
        if done is None or any(letter.data["state"] != "raised" for letter in life):
            continue
        topic = life[-1].topic if life else "/alarm/"
        if (
            night.heard_throughout(done.at, done.at + ARRIVE_WITHIN, topic)
            and done.at + ARRIVE_WITHIN < night.end
        ):
            yield Violation(
                done.at, 4, f"alarm {order.asks.get('alarm')} was acknowledged, but that was not told"
            )


JUDGEMENTS: tuple[Judgement, ...] = (
    commands_are_answered,
    commands_have_one_outcome,
    only_valid_commands_are_obeyed,
    retained_commands_are_refused,
    pauses_are_kept,
    test_checks_happen_once,
    acknowledgements_take_effect,
)
