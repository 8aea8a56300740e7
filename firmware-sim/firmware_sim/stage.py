"""Makes happen what a scenario says: one small method for each kind of change."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from agent.core.events import ConsentGranted, ConsentWithdrawn, PrivacySwitchTurned
from firmware_sim.device import Device
from firmware_sim.letters import Letters
from firmware_sim.scenario import CommandSent, Happening, Scenario
from firmware_sim.world.cut import Cut
from firmware_sim.world.world import World

CONSENT = ConsentGranted(reference="form-17", date="2026-11-01", person=True)
ALL_IS_WELL = (
    ("mains", "back"),
    ("relay_camera", "works"),
    ("relay_router", "works"),
    ("router_boots", 120.0),
    ("router", "works"),
    ("internet", "back"),
    ("broker", "works"),
    ("store", "works"),
    ("clock", "right"),
    ("worker", "works"),
    ("lie", "none"),
    ("camera", "works"),
    ("camera", "plugged"),
)
LOCAL_TIME = re.compile(r"@(\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d)")


class Stage:
    """Puts all happenings of a scenario on the world's agenda.

    happened: how often each kind of change took place.
    """

    def __init__(self, scenario: Scenario, world: World, device: Device) -> None:
        self._scenario = scenario
        self._world = world
        self._device = device
        self.happened: Counter[str] = Counter()
        self._calm = False
        for happens in scenario.happens:
            world.agenda.at(happens.elapsed, self._changer(happens.what))

    def consent(self, *, blind_test: bool = True) -> ConsentGranted:
        """The consent of this home. blind_test: it names it, if the policy has one."""
        named = blind_test and bool(self._scenario.policy.blind_test_times)
        return msgspec.structs.replace(CONSENT, blind_test=named)

    def _changer(self, what: Happening) -> Callable[[], None]:
        changes = what.changes

        def change() -> None:
            if self._calm:
                return
            for name, value in changes.items():
                self.happened[kind_of(name, value)] += 1
                getattr(self, f"_change_{name}")(value, what)

        signal = what.upon
        if signal is None:
            return change
        return lambda: self._world.signals.upon(signal, what.after, change)

    def _change_calm(self, _is_calm: Any, what: Happening) -> None:
        for name, state in ALL_IS_WELL:
            getattr(self, f"_change_{name}")(state, what)
        self._world.cuts.call_off()
        self._calm = True

    # ---- bedroom

    def _change_person(self, person: Any, _: Happening) -> None:
        self._world.bedroom.put_person(person)

    def _change_bedding(self, bedding: Any, _: Happening) -> None:
        self._world.bedroom.make_bed(bedding)

    def _change_view(self, view: Any, _: Happening) -> None:
        self._world.bedroom.change_view(view)

    def _change_film(self, film: str, _: Happening) -> None:
        self._world.bedroom.film = film or None

    # ---- camera and worker

    def _change_camera(self, state: str, what: Happening) -> None:
        camera = self._world.camera
        if state == "unplugged":
            camera.cut("plug")
            self._note_fault("camera unplugged")
        elif state == "plugged":
            camera.restore("plug")
            self._note_fault("camera plugged")
        elif state == "works":
            camera.ail(None)
        else:
            camera.ail(state, what.mended_by)  # type: ignore[arg-type]  # the scenario's type has no other words

    def _change_worker(self, state: Any, _: Happening) -> None:
        self._world.sick_workers = None if state == "works" else state
        self._note_fault(f"worker {state}")

    # ---- relays, network, mains

    def _change_lie(self, lie: Any, _: Happening) -> None:
        self._world.lie = None if lie == "none" else lie

    def _change_relay_camera(self, state: Any, _: Happening) -> None:
        self._world.relays["camera"].become(state)

    def _change_relay_router(self, state: Any, _: Happening) -> None:
        self._world.relays["router"].become(state)

    def _change_router_boots(self, seconds: float, _: Happening) -> None:
        self._world.router.boot_seconds = seconds

    def _change_connection(self, _half_open: str, _: Happening) -> None:
        self._world.break_connection()

    def _change_router(self, state: str, _: Happening) -> None:
        if state == "works":
            self._world.router.come_right()
        else:
            self._world.router.hang(incurable=state == "hangs_for_good")

    def _change_internet(self, state: str, _: Happening) -> None:
        self._world.internet.set(state == "back")

    def _change_broker(self, mood: Any, what: Happening) -> None:
        if mood == "forgets":
            self._world.broker.forget()
        else:
            self._world.broker.set_mood(mood, what.denied)

    def _change_mains(self, state: str, _: Happening) -> None:
        self._world.set_mains(state == "back")

    # ---- device

    def _change_privacy_switch(self, state: str, _: Happening) -> None:
        self._world.turn_switch(state == "locked")
        self._device.post(PrivacySwitchTurned(state == "locked"))

    def _change_clock_step(self, seconds: float, _: Happening) -> None:
        self._world.step_clock(seconds)

    def _change_clock(self, state: str, _: Happening) -> None:
        if state == "right":
            self._world.step_clock(-self._world.clock.error)
        self._world.trust_clock(state != "untrusted")

    def _change_consent(self, state: str, _: Happening) -> None:
        """Recorded at the device, so only while it runs."""
        if state == "withdrawn":
            if self._device.post(ConsentWithdrawn(by="person")):
                self._world.record.note(self._world.agenda.elapsed, "consent", "withdrawn")
            return
        consent = self.consent(blind_test=state == "given")
        if self._device.post(consent):
            self.note_consent(consent)

    def note_consent(self, consent: ConsentGranted) -> None:
        """Consent was recorded at the device."""
        detail = "blind_test" if consent.blind_test else ""
        self._world.record.note(self._world.agenda.elapsed, "consent", "given", detail)

    def _change_agent(self, state: str, _: Happening) -> None:
        if state == "killed":
            self._device.kill()
        else:
            self._device.stop()

    def _change_store(self, state: Any, what: Happening) -> None:
        if state in ("lost", "torn"):
            self._device.doom_store(state)
        else:
            self._world.set_disk(state, what.seconds)
        self._note_fault(f"store {state}")

    def _change_cut(self, cut: Cut, _: Happening) -> None:
        self._world.cuts.plan(cut)

    # ---- commands

    def _change_command(self, command: CommandSent, _: Happening) -> None:
        topic = f"{self._device.address.root}/cmd/{command.name}"
        payload = self._command_text(command)

        def send() -> None:
            if not self._calm:
                self._world.broker.send_command(command.name, topic, payload, retain=command.retained)

        send()
        for again in range(1, command.times):
            if command.apart:
                self._world.agenda.after(again * command.apart, send)
            else:
                send()

    def _command_text(self, command: CommandSent) -> bytes:
        if command.payload is not None:
            return command.payload.encode()
        expires = self._scenario.night.utc(self._world.agenda.elapsed) + timedelta(seconds=command.valid_for)
        order = {key: self._filled_in(value) for key, value in command.order.items()}
        return msgspec.json.encode(
            {
                "id": command.id,
                "expires": expires,
                "requested_by": command.by,
                "order": {"type": command.name, **order},
            }
        )

    def _filled_in(self, value: Any) -> Any:
        """`@alarm` becomes the id of the last alarm raised, `@check` that of the last check answered.

        `@02:30` becomes that local time as an instant.
        """
        if value == "@alarm":
            raised = [x for x in Letters(self._world.record).of("alarm") if x.data["state"] == "raised"]
            return raised[-1].data["alarm"] if raised else "none"
        if value == "@check":
            answers = Letters(self._world.record).of("check")
            return answers[-1].data["check"] if answers else "none"
        if isinstance(value, str) and (time := LOCAL_TIME.fullmatch(value)):
            night = self._scenario.night
            return night.utc(night.elapsed(time.group(1)))
        return value

    def _note_fault(self, text: str) -> None:
        self._world.record.note(self._world.agenda.elapsed, "fault", text)


def kind_of(name: str, value: Any) -> str:
    """A kind of change in a few words: `camera hangs`, `command pause`."""
    match value:
        case str():
            return f"{name} {value}".strip()
        case CommandSent():
            return f"command {value.name}"
        case Cut():
            return f"{value.by} {value.where} a write"
        case float() if name == "clock_step":
            return f"{name} {'forwards' if value > 0 else 'back'}"
    return name
