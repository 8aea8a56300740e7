"""Relays: a pulse is a promise to restore the power, whatever happens in between and on whatever chip."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import gpiod
import pytest

from agent.core.actions import Pulse
from agent.core.events import AnyEvent, PulseDone
from agent.hw import relays as module
from agent.hw.gpio import Wiring, find_chip
from agent.hw.relays import LONGEST, SHORTEST, TRIES, GpioRelay, PulsingRelays, RelayFault, Relays
from tests.hw.gpio_kernel import FakeChip, FakeGpio

CAMERA, ROUTER = 17, 27
CHIP = "/dev/gpiochip0"
PATIENCE = 30.0
Inbox = SimpleQueue[AnyEvent]


@pytest.fixture
def relays(chip: FakeChip) -> Iterator[Relays]:
    chip.pulls[ROUTER] = 1  # an active-low board pulls its inputs up
    made = two_relays()
    yield made
    made.close()


def two_relays() -> Relays:
    return Relays(
        {
            "camera": GpioRelay(Wiring(CHIP, CAMERA)),
            "router": GpioRelay(Wiring(CHIP, "ROUTER", active_low=True)),
        }
    )


def pulse(
    relays: Relays, inbox: Inbox, asked: Pulse, wait: Callable[[float], object] = lambda _: None
) -> PulseDone:
    PulsingRelays(relays, inbox.put, wait).pulse(asked)
    done = inbox.get(timeout=PATIENCE)
    assert isinstance(done, PulseDone)
    return done


def test_a_pulse_cuts_the_power_waits_and_restores_it(chip: FakeChip, relays: Relays, inbox: Inbox) -> None:
    seen: list[tuple[int, float]] = []
    done = pulse(
        relays, inbox, Pulse("camera", 10.0), lambda seconds: seen.append((chip.levels[CAMERA], seconds))
    )
    assert done == PulseDone("camera", ok=True)
    assert seen == [(1, 10.0)]  # energised while it waited
    assert chip.levels[CAMERA] == 0


def test_an_active_low_relay_is_energised_by_a_low_level(
    chip: FakeChip, relays: Relays, inbox: Inbox
) -> None:
    assert chip.levels[ROUTER] == 1  # let go
    seen: list[int] = []
    pulse(relays, inbox, Pulse("router", 5.0), lambda _: seen.append(chip.levels[ROUTER]))
    assert seen == [0]
    assert chip.levels[ROUTER] == 1


@pytest.mark.parametrize(("asked", "clamped"), [(0.0, SHORTEST), (-4.0, SHORTEST), (3600.0, LONGEST)])
def test_a_pulse_is_clamped_whoever_asked_for_it(
    relays: Relays, inbox: Inbox, asked: float, clamped: float
) -> None:
    waited: list[float] = []
    pulse(relays, inbox, Pulse("camera", asked), waited.append)
    assert waited == [clamped]


def test_power_is_restored_when_the_wait_breaks(chip: FakeChip, relays: Relays) -> None:
    def break_off(_: float) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        module.off_for(relays, "camera", 5.0, break_off)
    assert chip.driven(CAMERA) == [0, 1, 0]


def test_stopping_ends_a_pulse_early_with_the_power_restored(
    chip: FakeChip, relays: Relays, inbox: Inbox
) -> None:
    pulsing = PulsingRelays(relays, inbox.put)
    pulsing.pulse(Pulse("camera", 60.0))
    pulsing.stop()
    assert chip.levels[CAMERA] == 0
    assert inbox.get(timeout=PATIENCE) == PulseDone("camera", ok=True)


def test_power_comes_back_at_the_next_start_after_a_death_in_mid_pulse(
    chip: FakeChip, relays: Relays
) -> None:
    relays.cut("camera")
    relays.cut("router")
    chip.die()
    assert chip.levels[CAMERA] == int(chip.keeps)  # a Raspberry Pi leaves it cut
    two_relays().close()
    assert (chip.levels[CAMERA], chip.levels[ROUTER]) == (0, 1)


def test_closing_restores_the_power_and_frees_the_lines(chip: FakeChip, relays: Relays) -> None:
    relays.cut("camera")
    relays.close()
    assert (chip.levels[CAMERA], chip.levels[ROUTER]) == (0, 1)
    assert chip.requests == []


def test_asking_whether_relays_work_cuts_no_pulse_short(chip: FakeChip, relays: Relays) -> None:
    relays.cut("camera")
    assert relays.working() == {"camera": True, "router": True}
    assert chip.levels[CAMERA] == 1


def test_a_second_pulse_of_the_same_relay_is_refused_while_the_first_runs(
    relays: Relays, inbox: Inbox
) -> None:
    pulsing = PulsingRelays(relays, inbox.put)
    pulsing.pulse(Pulse("camera", 60.0))
    pulsing.pulse(Pulse("camera", 60.0))
    refused = inbox.get(timeout=PATIENCE)
    assert isinstance(refused, PulseDone)
    assert not refused.ok
    pulsing.stop()
    assert inbox.get(timeout=PATIENCE) == PulseDone("camera", ok=True)


def test_a_dead_line_is_reported_and_asked_for_again_at_the_next_use(
    chip: FakeChip, relays: Relays, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BETWEEN_TRIES", 0.0)
    chip.broken = True
    done = pulse(relays, inbox, Pulse("camera", 5.0))
    assert not done.ok
    assert "Input/output error" in done.detail
    assert "the power of the camera may still be cut" in done.detail
    chip.broken = False
    assert pulse(relays, inbox, Pulse("camera", 5.0)).ok


def test_restoring_is_tried_again_before_it_is_given_up(
    chip: FakeChip, relays: Relays, monkeypatch: pytest.MonkeyPatch
) -> None:
    relays.cut("camera")
    chip.broken = True

    def mend(_: float) -> None:
        chip.broken = False

    monkeypatch.setattr(time, "sleep", mend)
    relays.restore("camera")
    assert chip.levels[CAMERA] == 0
    assert TRIES > 1


def test_a_line_that_somebody_else_holds_makes_its_relay_not_working_and_no_other(chip: FakeChip) -> None:
    somebody = gpiod.request_lines(
        CHIP, consumer="other", config={CAMERA: gpiod.LineSettings(direction=gpiod.line.Direction.OUTPUT)}
    )
    relays = two_relays()
    assert relays.working() == {"camera": False, "router": True}
    assert "Device or resource busy" in relays.faults()["camera"]
    somebody.release()
    assert relays.working() == {"camera": True, "router": True}


def test_without_relays_every_pulse_fails_and_says_why(inbox: Inbox) -> None:
    done = pulse(Relays(), inbox, Pulse("router", 5.0))
    assert done == PulseDone("router", ok=False, detail="no router relay is fitted")


# ---- which chip, which line


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    FakeGpio(
        gpiochip0=FakeChip("expander", names={0: "RELAY1"}),
        gpiochip4=FakeChip("pinctrl-rp1", names={17: "GPIO17"}),
        gpiochip5=FakeChip("expander"),
    ).install(monkeypatch)
    for name in ("gpiochip0", "gpiochip4", "gpiochip5"):
        (tmp_path / name).touch()
    (tmp_path / "gpiochip9").symlink_to("gpiochip4")  # a Raspberry Pi 5 has such a second name
    return tmp_path


def test_a_chip_is_found_by_its_label_since_numbers_differ(devices: Path) -> None:
    assert find_chip("pinctrl-rp1", 17, devices) == devices / "gpiochip4"
    assert find_chip("gpiochip0", 17, devices) == devices / "gpiochip0"
    assert find_chip("/dev/gpiochip7", 17, devices) == Path("/dev/gpiochip7")


def test_without_a_chip_the_line_s_name_finds_it(devices: Path) -> None:
    assert find_chip("", "RELAY1", devices) == devices / "gpiochip0"


def test_a_chip_that_is_not_there_or_not_the_only_one_is_told_with_what_is_there(devices: Path) -> None:
    with pytest.raises(
        ValueError, match=r"no such chip 'pinctrl-bcm2711'; the chips are: gpiochip0 \[expander\]"
    ):
        find_chip("pinctrl-bcm2711", 17, devices)
    with pytest.raises(ValueError, match=r"more than one chip 'expander'.*by its path"):
        find_chip("expander", 17, devices)
    with pytest.raises(ValueError, match="no such line 'RELAY9'"):
        find_chip("", "RELAY9", devices)


def test_a_wrong_line_is_a_fault_and_no_crash(chip: FakeChip) -> None:
    for line in (99, "NOWHERE"):
        relays = Relays({"camera": GpioRelay(Wiring(CHIP, line))})
        assert relays.working() == {"camera": False}
        with pytest.raises(RelayFault, match=f"GPIO line {line} of {CHIP}"):
            relays.cut("camera")
