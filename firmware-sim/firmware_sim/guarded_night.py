"""`python -m firmware_sim.guarded_night`: the demo's night at the broker that docs/mosquitto describes.

Prints what `mosquitto_sub -v` with the monitor's certificate receives, and what becomes of a client without a
certificate and of a device that publishes under another's topics.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from firmware_sim.demo import NIGHT
from firmware_sim.full.brokers import BrokerMissing
from firmware_sim.full.equipment import Full, with_unrest
from firmware_sim.full.guarded import GuardedMosquitto, tried
from firmware_sim.runner import play
from firmware_sim.scenario import find, load

MONITOR = "monitor"
WIDTH = 150
LISTEN = ("-t", "#", "-W", "5")
PATIENCE_SECONDS = 20.0


class Transcript:
    """mosquitto_sub beside the night, begun anew whenever the broker is started."""

    def __init__(self, broker: GuardedMosquitto, file: TextIO) -> None:
        self._broker = broker
        self._file = file
        self._pair = broker.authority.sign(MONITOR)
        self._begun = 0
        self._process: subprocess.Popen[bytes] | None = None
        broker.when_started.append(self.begin)

    def begin(self) -> None:
        """Subscribe, and wait until the broker says so."""
        self.end()
        self._begun += 1
        command = self._broker.client(
            "mosquitto_sub", self._pair, "-i", MONITOR, "-v", "-q", "1", "-t", "nattro/v1/#"
        )
        self._process = subprocess.Popen(command, stdout=self._file)
        until = time.monotonic() + PATIENCE_SECONDS
        while self._broker.log().count(f"Sending SUBACK to {MONITOR}") < self._begun:
            if time.monotonic() > until:
                raise BrokerMissing("mosquitto_sub is not subscribed; see the broker's log")
            time.sleep(0.02)

    def end(self) -> None:
        """Hang up."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_SECONDS)


def strangers(broker: GuardedMosquitto, foreign: str) -> list[tuple[str, str]]:
    """Attempts that must fail, and what became of each. foreign: a topic of the night's device."""
    other = broker.authority.sign("home-18")
    say = ("-V", "5", "-q", "1", "-t", foreign, "-m", "in_bed")
    return [
        (
            "a client without a certificate subscribes",
            tried(broker.client("mosquitto_sub", None, "-t", "#", "-W", "5")),
        ),
        (f"the device home-18 publishes on {foreign}", tried(broker.client("mosquitto_pub", other, *say))),
    ]


def main() -> int:
    """Play the night; 0 if it went as expected."""
    if shutil.which("mosquitto_sub") is None:
        print("mosquitto_sub is missing (Debian: apt install mosquitto-clients)", file=sys.stderr)
        return 2
    scenario = load(find(NIGHT))
    with TemporaryDirectory() as folder, (Path(folder) / "heard").open("w+") as heard:
        broker = GuardedMosquitto(Path(folder) / "broker")
        transcript = Transcript(broker, heard)
        with Full(broker) as equipment:
            night = with_unrest(play(scenario, equipment), equipment)
            attempts = strangers(broker, night.record.arrivals[0].topic)
            transcript.end()
        heard.seek(0)
        print("mosquitto_sub -v -t 'nattro/v1/#'")
        for line in heard:
            print(" ", line.rstrip() if len(line) <= WIDTH else line[:WIDTH] + "…")
    for what, outcome in attempts:
        print(f"{what}: {outcome}")
    print("as expected" if night.as_expected else f"not as expected: {night.differences or night.violations}")
    return 0 if night.as_expected else 1


if __name__ == "__main__":
    sys.exit(main())
