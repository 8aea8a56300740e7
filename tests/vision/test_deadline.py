"""The worker is gone at its deadline, whatever holds it."""

import signal
import subprocess
import sys

import pytest

SOON = "from vision.deadline import *; have_kernel_kill_at(boot_seconds() + 0.3)\n"
LOCK_KEPT = "import ctypes; ctypes.PyDLL(None).sleep(60)"  # PyDLL: native code that never lets go of the lock
STOPPED = "os.kill(os.getpid(), signal.SIGSTOP)"


@pytest.mark.parametrize(
    "held", [pytest.param(LOCK_KEPT, id="native code"), pytest.param(STOPPED, id="SIGSTOP")]
)
def test_the_kernel_kills_what_cannot_end_itself(held: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SOON + "import os, signal\n" + held], timeout=30, check=False
    )
    assert done.returncode == -signal.SIGKILL


def test_an_instant_that_has_passed_is_now() -> None:
    late = (
        "from vision.deadline import *; have_kernel_kill_at(boot_seconds() - 5); import time; time.sleep(60)"
    )
    done = subprocess.run([sys.executable, "-c", late], timeout=30, check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_worker_that_can_goes_by_itself() -> None:
    program = "from vision.deadline import *; exit_at(boot_seconds() + 0.2); import time; time.sleep(60)"
    done = subprocess.run([sys.executable, "-c", program], timeout=30, check=False)
    assert done.returncode == 0
