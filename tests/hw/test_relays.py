"""Relays: a pulse is a promise to restore the power, whatever happens in between."""

from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import gpiod
import pytest

from agent.core.actions import Pulse
from agent.core.events import AnyEvent, PulseDone
from agent.hw.gpio import GpioBoard, Wiring, find_chip
from agent.hw.relays import LONGEST, SHORTEST, NoBoard, PulsingRelays
from tests.hw.kernel import FakeChip, FakeChipFile

CAMERA, ROUTER = 17, 27
CHIP = "/dev/gpiochip0"
PATIENCE = 30.0


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> FakeChip:
    fake = FakeChip()
    monkeypatch.setattr(gpiod, "request_lines", fake.request)
    return fake


@pytest.fixture
def board(chip: FakeChip) -> Iterator[GpioBoard]:
    made = GpioBoard(CHIP, {"camera": Wiring(CAMERA), "router": Wiring(ROUTER, active_low=True)})
    yield made
    made.close()


@pytest.fixture
def inbox() -> SimpleQueue[AnyEvent]:
    return SimpleQueue()


def pulse(
    board: GpioBoard | NoBoard,
    inbox: SimpleQueue[AnyEvent],
    asked: Pulse,
    wait: Callable[[float], object] = lambda _: None,
) -> PulseDone:
    PulsingRelays(board, inbox.put, wait).pulse(asked)
    done = inbox.get(timeout=PATIENCE)
    assert isinstance(done, PulseDone)
    return done


def test_a_pulse_cuts_the_power_waits_and_restores_it(
    chip: FakeChip, board: GpioBoard, inbox: SimpleQueue[AnyEvent]
) -> None:
    seen: list[tuple[int, float]] = []
    done = pulse(
        board, inbox, Pulse("camera", 10.0), lambda seconds: seen.append((chip.levels[CAMERA], seconds))
    )
    assert done == PulseDone("camera", ok=True)
    assert seen == [(1, 10.0)]  # energised while it waited
    assert chip.levels[CAMERA] == 0


def test_an_active_low_relay_is_energised_by_a_low_level(
    chip: FakeChip, board: GpioBoard, inbox: SimpleQueue[AnyEvent]
) -> None:
    assert chip.levels[ROUTER] == 1  # let go
    seen: list[int] = []
    pulse(board, inbox, Pulse("router", 5.0), lambda _: seen.append(chip.levels[ROUTER]))
    assert seen == [0]
    assert chip.levels[ROUTER] == 1


@pytest.mark.parametrize(("asked", "clamped"), [(0.0, SHORTEST), (-4.0, SHORTEST), (3600.0, LONGEST)])
def test_a_pulse_is_clamped_whoever_asked_for_it(
    board: GpioBoard, inbox: SimpleQueue[AnyEvent], asked: float, clamped: float
) -> None:
    waited: list[float] = []
    pulse(board, inbox, Pulse("camera", asked), waited.append)
    assert waited == [clamped]


def test_power_is_restored_when_the_wait_breaks(
    chip: FakeChip, board: GpioBoard, inbox: SimpleQueue[AnyEvent]
) -> None:
    def break_off(_: float) -> None:
        raise MemoryError

    relays = PulsingRelays(board, inbox.put, break_off)
    with pytest.raises(MemoryError):
        relays._cut_and_restore("camera", 5.0)
    assert chip.history[-2:] == [(CAMERA, 1), (CAMERA, 0)]


def test_stopping_ends_a_pulse_early_with_the_power_restored(
    chip: FakeChip, board: GpioBoard, inbox: SimpleQueue[AnyEvent]
) -> None:
    relays = PulsingRelays(board, inbox.put)
    relays.pulse(Pulse("camera", 60.0))
    relays.stop()
    assert chip.levels[CAMERA] == 0
    assert inbox.get(timeout=PATIENCE) == PulseDone("camera", ok=True)


def test_power_comes_back_at_the_next_start_after_a_death_in_mid_pulse(
    chip: FakeChip, board: GpioBoard
) -> None:
    board.energise("camera")
    chip.die()
    assert chip.levels[CAMERA] == 1  # the kernel leaves it cut
    GpioBoard(CHIP, {"camera": Wiring(CAMERA)}).close()
    assert chip.levels[CAMERA] == 0
    board._lines = None  # its process is dead: there is nothing left for the fixture to close


def test_closing_the_board_restores_the_power_and_frees_the_lines(chip: FakeChip, board: GpioBoard) -> None:
    board.energise("camera")
    board.close()
    assert chip.levels[CAMERA] == 0
    assert chip.requests == []


def test_a_second_pulse_of_the_same_relay_is_refused_while_the_first_runs(
    board: GpioBoard, inbox: SimpleQueue[AnyEvent]
) -> None:
    relays = PulsingRelays(board, inbox.put)
    relays.pulse(Pulse("camera", 60.0))
    relays.pulse(Pulse("camera", 60.0))
    refused = inbox.get(timeout=PATIENCE)
    assert isinstance(refused, PulseDone)
    assert not refused.ok
    relays.stop()
    assert inbox.get(timeout=PATIENCE) == PulseDone("camera", ok=True)


def test_a_dead_line_is_reported_and_asked_for_again_at_the_next_use(
    chip: FakeChip, board: GpioBoard, inbox: SimpleQueue[AnyEvent]
) -> None:
    chip.broken = True
    done = pulse(board, inbox, Pulse("camera", 5.0))
    assert not done.ok
    assert "Input/output error" in done.detail
    chip.broken = False
    chip.die()  # the card was seated anew
    assert pulse(board, inbox, Pulse("camera", 5.0)).ok


def test_a_line_that_somebody_else_holds_makes_the_relay_not_working(chip: FakeChip) -> None:
    chip.request(
        CHIP, consumer="other", config={CAMERA: gpiod.LineSettings(direction=gpiod.line.Direction.OUTPUT)}
    )
    board = GpioBoard(CHIP, {"camera": Wiring(CAMERA)})
    assert board.working() == {"camera": False}


def test_without_relays_every_pulse_fails_and_says_why(inbox: SimpleQueue[AnyEvent]) -> None:
    done = pulse(NoBoard(), inbox, Pulse("router", 5.0))
    assert done == PulseDone("router", ok=False, detail="no router relay is fitted")


def test_a_chip_is_found_by_its_label_since_numbers_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("gpiochip0", "gpiochip4"):
        (tmp_path / name).touch()
    monkeypatch.setattr(gpiod, "Chip", FakeChipFile)
    monkeypatch.setattr(FakeChipFile, "labels", {"gpiochip0": "expander", "gpiochip4": "pinctrl-rp1"})
    assert find_chip("pinctrl-rp1", tmp_path) == tmp_path / "gpiochip4"
    assert find_chip("gpiochip0", tmp_path) == tmp_path / "gpiochip0"
    with pytest.raises(ValueError, match=r"no such chip; there are: gpiochip0 \[expander\], gpiochip4"):
        find_chip("pinctrl-bcm2711", tmp_path)
