"""A relay is tried only when somebody asks for it and no agent runs; and its power comes back, however it ends."""

from collections.abc import Iterator
from threading import Timer

import pytest

from agent import fittings
from agent.app import step_alone
from agent.core.events import AnyEvent, CommandReceived
from agent.doctor import relays
from agent.doctor.findings import Outcome
from agent.doctor.visit import Visit
from agent.hw.clock import Trust
from agent.hw.control import ControlSocket
from agent.onlooker import Onlooker
from tests.doctor.home import Home, by_name
from tests.hw.gpio_kernel import FakeChip

CUT, POWERED = 1, 0


def hang_the_camera_on_relay_17(
    home: Home, chip: FakeChip, monkeypatch: pytest.MonkeyPatch, *, comes_back: bool = True
) -> None:
    """When its power goes, its nodes go; they come back with it."""
    change = chip.change

    def change_and_tell_the_camera(line: int, level: int, by: str) -> None:
        before = chip.levels[line]
        change(line, level, by)
        if line == 17 and level != before and level == CUT:
            home.pi.pull_camera("SN0001")
        elif line == 17 and level != before and comes_back:
            home.pi.plug_camera(0, "SN0001")

    monkeypatch.setattr(chip, "change", change_and_tell_the_camera)


@pytest.fixture(autouse=True)
def hurry(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of a relay are milliseconds here."""
    home.device.change("# camera_off_seconds = 10", "camera_off_seconds = 1")
    home.device.change("# camera_boot_seconds = 60", "camera_boot_seconds = 5")
    monkeypatch.setattr(relays, "LOOK_AGAIN", 0.01)


def test_a_camera_that_goes_and_comes_back_hangs_on_its_relay(
    home: Home, chip: FakeChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang_the_camera_on_relay_17(home, chip, monkeypatch)
    found = by_name(home.examined(pulse=True))
    assert (found["relay.pulse"].state, found["relay.pulse"].code) == ("ok", "ok")
    assert chip.driven(17) == [POWERED, CUT, POWERED]


def test_a_camera_that_stays_does_not_hang_on_it(home: Home, chip: FakeChip) -> None:
    found = by_name(home.examined(pulse=True))
    assert found["relay.pulse"].code == "not_cut"
    assert chip.levels[17] == POWERED


def test_a_camera_that_stays_away_is_told(
    home: Home, chip: FakeChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang_the_camera_on_relay_17(home, chip, monkeypatch, comes_back=False)
    found = by_name(home.examined(pulse=True))
    assert found["relay.pulse"].code == "not_back"
    assert chip.levels[17] == POWERED


def test_without_the_flag_nothing_is_cut(home: Home, chip: FakeChip) -> None:
    found = by_name(home.examined())
    assert found["relay.pulse"].code == "not_asked"
    assert chip.history == []


@pytest.fixture
def control(home: Home, chip: FakeChip, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A running agent's ear: the real core judges what it hears, and what it asks for is done to the chip."""
    hang_the_camera_on_relay_17(home, chip, monkeypatch)

    def hear(event: AnyEvent) -> None:
        step_alone(home.device.config, event)
        assert isinstance(event, CommandReceived)
        if _outcome(home, event.command.id) == "accepted":
            relays_of_the_agent = fittings.relays(home.device.config)
            relays_of_the_agent.cut("camera")
            Timer(0.3, relays_of_the_agent.close).start()

    socket = ControlSocket(home.device.state, hear)
    socket.start()
    yield
    socket.stop()


def _outcome(home: Home, command: str) -> str:
    onlooker = Onlooker(home.device.state)
    state = onlooker.state()
    onlooker.close()
    assert state is not None
    return state.commands[command].outcome


@pytest.mark.usefixtures("control")
def test_a_running_agent_is_asked_for_the_pulse(
    home: Home, chip: FakeChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trust, "given", lambda *_: True)
    found = examined_by_relays_alone(home)
    assert (found.state, found.code) == ("ok", "ok")
    assert chip.driven(17) == [POWERED, CUT, POWERED]


@pytest.mark.usefixtures("control")
def test_a_running_agent_may_refuse(home: Home, chip: FakeChip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trust, "given", lambda *_: False)
    found = examined_by_relays_alone(home)
    assert (found.state, found.code) == ("not_checked", "refused")
    assert "clock cannot be trusted" in str(found.values["detail"])
    assert chip.history == []


def test_an_agent_that_does_not_listen_is_told(home: Home) -> None:
    assert examined_by_relays_alone(home).code == "stuck"


def examined_by_relays_alone(home: Home) -> Outcome:
    visit = Visit(home.device.file, home.pi.root, pulse=True)
    visit.agent_runs = True
    try:
        return relays.pulse(visit)
    finally:
        visit.close()


def test_a_line_that_somebody_else_holds_is_named(home: Home, chip: FakeChip) -> None:
    import gpiod
    from gpiod.line import Direction, Value

    settings = gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value.INACTIVE)
    gpiod.request_lines("/dev/gpiochip0", consumer="fan", config={17: settings})
    chip.history.clear()
    found = by_name(home.examined(pulse=True))
    assert found["relay.lines"].code == "not_wired"
    assert "line 17 is held by 'fan'" in found["relay.lines"].means.en
    assert found["relay.pulse"].code == "needs"
    assert chip.history == []


def test_power_that_was_cut_comes_back_when_the_visit_is_broken_off(home: Home, chip: FakeChip) -> None:
    """The technician presses Ctrl-C: the walk's thread is left where it is, the visit is closed."""
    visit = Visit(home.device.file, home.pi.root, pulse=True)
    found = fittings.relays(visit.config)
    visit.undo.callback(found.close)
    found.cut("camera")
    assert chip.levels[17] == CUT
    visit.close()
    assert chip.levels[17] == POWERED
