"""A camera that vanishes because its own relay is pulsed is not taken for a camera that is gone."""

from datetime import UTC, datetime, timedelta

from agent.core.actions import Pulse, ResetUsb, Say
from agent.core.core import Core
from agent.core.events import (
    AnyEvent,
    CameraAppeared,
    CameraVanished,
    CommandReceived,
    ConsentGranted,
    LookStuck,
    PulseDone,
    Started,
)
from agent.core.facts import Fault, Recovery
from agent.core.moment import Now
from agent.core.orders import Command, RestartCamera
from agent.core.policy import Policy

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Device:
    """A core at a given second after noon."""

    def __init__(self) -> None:
        self.core = Core(Policy(device="n-1", times=("22:30",)))
        self.asked: list[object] = []
        started = Started(boot_id="b", instance="i", epoch="e", store="new", clean=False, version="1")
        for event in (
            started,
            ConsentGranted(reference="r", date="2026-11-01", person=True),
            CameraAppeared(),
        ):
            self.at(0, event)

    def at(self, second: float, event: AnyEvent) -> None:
        self.asked += self.core.handle(event, Now(boot=100 + second, utc=NOON.timestamp() + second))

    def of(self, kind: type) -> list[object]:
        facts = [action.fact for action in self.asked if isinstance(action, Say)]
        return [item for item in (*self.asked, *facts) if isinstance(item, kind)]


def _restart_by_command() -> Device:
    device = Device()
    order = Command(
        id="c-1", expires=NOON + timedelta(minutes=5), requested_by="staff", order=RestartCamera()
    )
    device.at(1, CommandReceived(order))
    device.at(1.1, CameraVanished())
    device.at(11, PulseDone("camera", ok=True))
    device.at(14, CameraAppeared())
    return device


def test_a_restart_on_command_is_one_pulse_and_no_fault() -> None:
    device = _restart_by_command()
    assert len(device.of(Pulse)) == 1
    assert not device.of(ResetUsb)
    assert not device.of(Fault)


def test_a_restart_on_command_is_followed_by_a_report_of_how_it_went() -> None:
    reports = [item for item in _restart_by_command().of(Recovery) if isinstance(item, Recovery)]
    assert [(report.step, report.outcome, report.fault) for report in reports] == [
        ("relay", "started", "command"),
        ("relay", "mended", "command"),
    ]


def test_cutting_the_power_of_a_stuck_worker_is_one_pulse() -> None:
    device = Device()
    device.at(1, LookStuck("look"))
    device.at(1.1, CameraVanished())
    device.at(11, PulseDone("camera", ok=True))
    device.at(14, CameraAppeared())
    assert len(device.of(Pulse)) == 1
    assert not device.of(ResetUsb)
