"""Whether the time of day may be believed."""

import os
from pathlib import Path
from queue import SimpleQueue

import pytest

from agent.core.events import AnyEvent, DeadlineReached
from agent.hw.clock import HOLDOVER, RELEASED, DeviceClock, Trust, boot_id, boot_time, kernel_is_synchronised

UTC = RELEASED + 100 * 86400.0


class Kernel:
    """Whether the kernel's clock is disciplined."""

    def __init__(self, *, synchronised: bool) -> None:
        self.synchronised = synchronised

    def __call__(self) -> bool:
        return self.synchronised


def rtc(root: Path, *, set_at_boot: bool, seconds: float) -> None:
    folder = root / "sys/class/rtc/rtc0"
    folder.mkdir(parents=True)
    (folder / "hctosys").write_text("1\n" if set_at_boot else "0\n")
    (folder / "since_epoch").write_text(f"{seconds:.0f}\n")


def stamp(root: Path, utc: float) -> None:
    file = root / "run/systemd/timesync/synchronized"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (utc, utc))


def test_a_clock_that_nobody_ever_set_is_not_trusted(tmp_path: Path) -> None:
    assert not Trust(tmp_path, Kernel(synchronised=False)).given(1000.0, UTC)


def test_a_disciplined_clock_is_trusted_and_keeps_its_trust_for_14_days_without_network(
    tmp_path: Path,
) -> None:
    kernel = Kernel(synchronised=True)
    trust = Trust(tmp_path, kernel)
    assert trust.given(1000.0, UTC)
    kernel.synchronised = False
    assert trust.given(1000.0 + HOLDOVER, UTC + HOLDOVER)
    assert not trust.given(1001.0 + HOLDOVER, UTC + HOLDOVER + 1)
    kernel.synchronised = True
    assert trust.given(1002.0 + HOLDOVER, UTC + HOLDOVER + 2)


def test_the_mark_of_the_time_daemon_counts_from_when_it_was_made(tmp_path: Path) -> None:
    stamp(tmp_path, UTC - 600)
    trust = Trust(tmp_path, Kernel(synchronised=False))
    assert trust.given(1000.0, UTC)
    assert not trust.given(1000.0 + HOLDOVER, UTC + HOLDOVER)


def test_a_mark_from_before_this_boot_proves_nothing(tmp_path: Path) -> None:
    stamp(tmp_path, UTC - 2000)
    assert not Trust(tmp_path, Kernel(synchronised=False)).given(1000.0, UTC)


def test_a_clock_set_from_a_living_rtc_is_trusted(tmp_path: Path) -> None:
    rtc(tmp_path, set_at_boot=True, seconds=UTC)
    trust = Trust(tmp_path, Kernel(synchronised=False))
    assert trust.given(60.0, UTC)
    assert not trust.given(HOLDOVER + 60, UTC + HOLDOVER)


@pytest.mark.parametrize(("set_at_boot", "seconds"), [(False, UTC), (True, 0.0)])
def test_an_rtc_that_was_not_used_or_whose_battery_is_flat_is_no_source(
    tmp_path: Path, set_at_boot: bool, seconds: float
) -> None:
    rtc(tmp_path, set_at_boot=set_at_boot, seconds=seconds)
    assert not Trust(tmp_path, Kernel(synchronised=False)).given(60.0, UTC)


def test_a_date_before_this_was_written_is_never_believed(tmp_path: Path) -> None:
    assert not Trust(tmp_path, Kernel(synchronised=True)).given(60.0, RELEASED - 1)


def test_what_the_time_rests_on_is_told(tmp_path: Path) -> None:
    kernel = Kernel(synchronised=False)
    trust = Trust(tmp_path, kernel)
    assert trust.basis(60.0, UTC) == "untrusted"
    rtc(tmp_path, set_at_boot=True, seconds=UTC)
    assert trust.basis(60.0, UTC) == "rtc"
    kernel.synchronised = True
    assert trust.basis(70.0, UTC) == "synchronised"
    kernel.synchronised = False
    assert trust.basis(80.0, UTC) == "holdover"
    assert trust.basis(80.0 + HOLDOVER, UTC + HOLDOVER) == "untrusted"


def test_the_real_clock_reads_and_waits_on_the_boot_time_clock() -> None:
    clock = DeviceClock(Trust())
    inbox: SimpleQueue[AnyEvent] = SimpleQueue()
    before = clock.now()
    assert clock.wait(inbox, before.boot + 0.05) is None
    assert clock.now().boot >= before.boot + 0.05
    inbox.put(DeadlineReached())
    assert clock.wait(inbox, 0.0) == DeadlineReached()


def test_the_kernel_answers() -> None:
    assert isinstance(kernel_is_synchronised(), bool)
    assert boot_time() > 0
    assert len(boot_id()) == 36
