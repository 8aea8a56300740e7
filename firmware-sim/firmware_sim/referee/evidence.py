"""All that the judgements go by: the night as it was seen, the commands, the looks, and whose consent there was."""

from functools import cached_property

import msgspec

from firmware_sim.letters import Letter
from firmware_sim.referee.orders import Order, orders_of
from firmware_sim.scenario import Scenario
from firmware_sim.sight import A_MOMENT, Sight
from firmware_sim.spells import Spells
from firmware_sim.windows import AgreedWindow
from firmware_sim.world.record import Glimpse, Part, Record

CONCERN_LOOKS = ("test-check", "extra-check", "restart-camera", "set-schedule", "pause", "withdraw-consent")
ARRIVE_WITHIN = 60.0
RETURN_WITHIN = 600.0
"""After power, network and clock are back. The promise allows an hour."""
LONGEST_PULSE = 60.0
"""Power is cut for this long at the most."""
TRIED_AGAIN = 1.1
"""A mark of consent that cannot be taken away is tried every second."""


class Look(msgspec.Struct):
    """One look that the agent asked for.

    check: whose look it is, `blind-test` for none's; words: what its worker said while it was the one that counted;
    doubt: evidence that the agent asked for beyond the usual before `in_bed`, and before `not_in_bed`.
    """

    id: str
    check: str
    asked: float
    words: list[Glimpse]
    doubt: tuple[float, float] = (0.0, 0.0)

    def said(self, *words: str) -> bool:
        return any(word.said in words for word in self.words)


class ConsentChange(msgspec.Struct, frozen=True):
    """The person's consent came into a state.

    sure: the device has heard of it for certain; kept: it could store it then.
    """

    at: float
    state: str
    blind_test: bool = False
    sure: bool = True
    kept: bool = True

    @property
    def in_doubt(self) -> bool:
        """The device may know nothing of it."""
        return not (self.sure and self.kept)


class Evidence(Sight):
    """The sight of a night with what follows from it."""

    def __init__(self, scenario: Scenario, record: Record) -> None:
        super().__init__(scenario, record)
        self.policy = scenario.policy

    # ---- what was said

    @cached_property
    def answers(self) -> dict[str, list[Letter]]:
        """By check, in the order in which they were said."""
        found: dict[str, list[Letter]] = {}
        for letter in self.letters.of("check"):
            found.setdefault(letter.data["check"], []).append(letter)
        for answers in found.values():
            answers.sort(key=lambda letter: (self.when_said(letter), letter.epoch, letter.number))
        return found

    @cached_property
    def alarms(self) -> dict[str, list[Letter]]:
        """By id of the alarm, in the order of arrival."""
        found: dict[str, list[Letter]] = {}
        for letter in self.letters.of("alarm"):
            found.setdefault(letter.data["alarm"], []).append(letter)
        return found

    @cached_property
    def last_epoch(self) -> str:
        """The epoch of the store that the device has at the end."""
        return max((letter for letter in self.letters.all if letter.epoch), key=self.when_said).epoch

    def retained(self, topic: str) -> Letter | None:
        """What a topic that ends so holds at the end."""
        return self._retained.get(topic)

    @cached_property
    def _retained(self) -> dict[str, Letter | None]:
        by_payload: dict[str, Letter | None] = {}
        for arrival in self.record.arrivals:
            topic = "/" + "/".join(arrival.topic.split("/")[4:])
            by_payload[topic] = self.letters.read(arrival.payload)
        return by_payload

    def forgot(self, letter: Letter, until: float) -> bool:
        """Whether what could not be stored may have gone with the process that said it."""
        return not letter.durable and self.off.touch(self.when_said_first(letter), until)

    def comes_by(self, moment: float, topic: str) -> float:
        """When what is said on this topic at this moment must have come."""
        return self.heard_from(moment, topic, returns_within=RETURN_WITHIN) + ARRIVE_WITHIN

    def heard_from(self, moment: float, topic: str, *, returns_within: float = 0.0) -> float:
        """From when on the device is heard for a minute, at this moment or after it."""
        for begin, end in self.deaf(topic):
            if begin <= moment + ARRIVE_WITHIN:
                moment = max(moment, end + returns_within)
        return moment

    # ---- what was cut

    def told_in_vain(self, part: Part, wanted: str, begin: float, end: float) -> list[float]:
        """When contacts did not move that were told to be `wanted` (`on` or `off`)."""
        return [
            seen.at
            for seen in self.states("fault")
            if seen.state == f"{part} does not move" and seen.detail == wanted and begin <= seen.at <= end
        ]

    def told_to_cut(self, part: Part, cut: float) -> list[float]:
        """When contacts that cut the power late had been told to."""
        return self.told_in_vain(part, "off", cut - LONGEST_PULSE, cut)

    # ---- what was agreed and asked

    @cached_property
    def agreed_times(self) -> frozenset[str]:
        """Every time of day that was agreed on at some time."""
        return frozenset(time for _, _, agreement in self.agreed for time in agreement.times)

    def begins(self, window: AgreedWindow) -> float:
        """When the device knew that this window was open, or would have known if it had run.

        A clock that showed so before the window was agreed on made none of it.
        """
        return self.clock.comes(window.start, self.agreed_at(window.since))

    def ends(self, window: AgreedWindow) -> float:
        """When the device knew that this window was over, likewise."""
        return self.clock.comes(window.end, self.agreed_at(window.since))

    def busy_with_orders(self, begin: float, end: float) -> bool:
        """Whether a command that concerns camera or schedule came."""
        return any(begin <= order.at <= end and order.name in CONCERN_LOOKS for order in self.orders)

    @cached_property
    def orders(self) -> list[Order]:
        """Every command that the device was given, each time that it was."""
        return orders_of(self)

    @cached_property
    def looks(self) -> list[Look]:
        """Every look, in the order in which they were asked for. What is said too late is lost."""
        looks: list[Look] = []
        for glimpse in self.record.glimpses:
            if glimpse.said == "asked":
                check = glimpse.look.rpartition("/")[0]
                looks.append(Look(glimpse.look, check, glimpse.at, [], glimpse.doubt))
            elif looks and looks[-1].id == glimpse.look and not looks[-1].said("closed"):
                looks[-1].words.append(glimpse)
        return looks

    def looks_of(self, check: str) -> list[Look]:
        return self._looks_by_check.get(check, [])

    @cached_property
    def _looks_by_check(self) -> dict[str, list[Look]]:
        by_check: dict[str, list[Look]] = {}
        for look in self.looks:
            by_check.setdefault(look.check, []).append(look)
        return by_check

    def look_on(self, moment: float) -> Look | None:
        """The look that was asked for last."""
        found = None
        for look in self.looks:
            if look.asked > moment:
                break
            found = look
        return found

    @cached_property
    def consent(self) -> list[ConsentChange]:
        """What became of the person's consent, in the order of time. A store that is lost takes it along."""
        told = [
            ConsentChange(
                seen.at,
                seen.state,
                blind_test=seen.detail == "blind_test",
                sure=self.took_in(seen.at),
                kept=self.could_store(seen.at),
            )
            for seen in self.states("consent")
            if seen.state in ("given", "withdrawn")
        ]
        told += [
            ConsentChange(order.at, "withdrawn", sure=order.heard and not order.crowded, kept=order.kept)
            for order in self.orders
            if order.name == "withdraw-consent" and order.counts
        ]
        told += [ConsentChange(at, "lost") for at in self.losses]
        return _as_remembered(sorted(told, key=lambda change: (change.at, change.state != "lost")))

    def consent_at(self, moment: float) -> ConsentChange:
        """The state of consent at a moment."""
        found = ConsentChange(0.0, "none")
        for change in self.consent:
            if change.at > moment:
                break
            found = change
        return found

    def _forgotten_at(self, change: ConsentChange) -> float:
        """A disk that can neither store a withdrawal nor lose its mark of consent forgets it with the process."""
        read_only, handled = self.spells("store", "read_only"), self.handled(change.at)
        if change.state != "withdrawn" or not read_only.touch(change.at, handled):
            return self.end
        death = self.death_after(change.at)
        tries = read_only.rest_of(handled - A_MOMENT, death)
        taken = any(end - begin > TRIED_AGAIN for begin, end in tries)
        return self.end if taken else death

    def may_consent_to_blind_tests(self, moment: float) -> bool:
        """What a dying process was told last may or may not have come through."""
        possible = [ConsentChange(0.0, "none")]
        for change in self.consent:
            if change.at > moment:
                break
            holds = change.sure and self._forgotten_at(change) > moment
            possible = [change] if holds else [*possible, change]
        return any(change.blind_test for change in possible)

    @cached_property
    def locked_by_consent(self) -> dict[str, Spells]:
        """When consent was `none`, `withdrawn` or `lost` for certain."""
        found: dict[str, list[tuple[float, float]]] = {"none": [], "withdrawn": [], "lost": []}
        changes = [ConsentChange(0.0, "none"), *self.consent]
        for this, until in zip(changes, [*(change.at for change in changes[1:]), self.end], strict=True):
            if this.state in found and this.sure:
                found[this.state].append((this.at, min(until, self._forgotten_at(this))))
        return {state: Spells(when) for state, when in found.items()}


def _as_remembered(changes: list[ConsentChange]) -> list[ConsentChange]:
    """Only consent that was in force leaves a mark by which its loss is noticed."""
    found: list[ConsentChange] = []
    state = "none"
    for change in changes:
        if change.state == "lost" and state not in ("given", "lost"):
            change = msgspec.structs.replace(change, state="none")  # noqa: PLW2901 # what it amounts to
        found.append(change)
        state = change.state
    return found
