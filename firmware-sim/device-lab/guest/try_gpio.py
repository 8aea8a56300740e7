"""Runs in the device with the package's own Python: tries the agent's GPIO driver on a spare simulated chip.

Prints a JSON object a line: what was asked, what was observed, whether that is right.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from agent.hw.gpio import LineFault, OutputLine, Wiring, find_chip

LABEL, LINE = "lab-spare", "SPARE"
HOLD = (
    "import sys, signal; from agent.hw.gpio import OutputLine, Wiring; "
    f"line = OutputLine(Wiring('{LABEL}', '{LINE}', True)); line.drive(active=True); "
    "print('held', flush=True); signal.pause()"
)


def main() -> None:
    chip = find_chip(LABEL)
    tell("the chip is found by its label", f"{LABEL} is {chip}", chip.exists())
    unnamed = find_chip("", LINE)
    tell("the chip is found by the name of its line", f"{LINE} is on {unnamed}", unnamed == chip)
    level = level_of(chip)

    line = OutputLine(Wiring(LABEL, LINE, active_low=True))
    line.hold()
    at_first = level.read_text().strip()
    line.drive(active=True)
    driven = level.read_text().strip()
    line.drive(active=False)
    let_go = level.read_text().strip()
    tell(
        "active-low: held inactive is high, active is low",
        f"levels {at_first}, {driven}, {let_go}",
        (at_first, driven, let_go) == ("1", "0", "1"),
    )

    try:
        OutputLine(Wiring(LABEL, 0)).hold()
    except LineFault as fault:
        tell(
            "a line that is held is refused to others, with a clear word",
            str(fault),
            "busy" in str(fault),
        )
    else:
        tell("a line that is held is refused to others", "it was given twice", ok=False)
    line.close()

    holder = subprocess.Popen([sys.executable, "-I", "-c", HOLD], stdout=subprocess.PIPE, text=True)
    if holder.stdout is not None:
        holder.stdout.readline()  # it holds the line now
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    kept = level.read_text().strip()
    again = OutputLine(Wiring(LABEL, LINE, active_low=True))
    again.hold()
    restored = level.read_text().strip()
    again.close()
    tell(
        "kill -9 of the holder frees the line; taking it again restores the power",
        f"level {kept} as the dead process left it, {restored} once held again",
        (kept, restored) == ("0", "1"),
    )


def level_of(chip: Path) -> Path:
    return next(Path("/sys/devices/platform").glob(f"gpio-sim.*/{chip.name}/sim_gpio0/value"))


def tell(asked: str, observed: str, ok: bool) -> None:
    print(json.dumps({"asked": asked, "observed": observed, "ok": ok}), flush=True)


if __name__ == "__main__":
    main()
