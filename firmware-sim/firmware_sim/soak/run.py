"""Runs the month: one process of the agent, one mosquitto that dies, a witness who acknowledges the alarms."""

import contextlib
import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from agent.core.actions import Say
from agent.core.facts import Answer
from agent.journal import ACTIONS
from agent.store import FILE
from firmware_sim.full.brokers import LOCALHOST, Mosquitto
from firmware_sim.full.subscriber import Subscriber
from firmware_sim.letters import named
from firmware_sim.scenario import load
from firmware_sim.soak import gauge
from firmware_sim.soak.gauge import Sample
from firmware_sim.soak.month import DAYS_BEFORE, before, month, outages
from firmware_sim.soak.staff import Staff
from firmware_sim.windows import agreed_windows
from firmware_sim.world.record import Record
from transport.broker import BrokerConfig

DAY = 86400.0
BOOT = 1000
"""The boot of the month is another one than those before it."""
WARM_UP_SHARE = 0.2
DRAINED_WITHIN = 30.0


class Soaked(msgspec.Struct, frozen=True):
    """What came of it.

    seconds: of real time; factor: how much faster the agent's is; decided, heard: answers by status, in the
    journal and at the witness; acknowledged: alarms.
    """

    days: float
    seconds: float
    factor: float
    samples: list[Sample]
    deaths: dict[str, int]
    checks: int
    decided: dict[str, int]
    heard: dict[str, int]
    acknowledged: int
    failures: list[str]

    @property
    def settled(self) -> list[Sample]:
        """The samples after the warm-up."""
        return [sample for sample in self.samples if sample.day >= WARM_UP_SHARE * self.days]


class FrailMosquitto(Mosquitto):
    """A mosquitto that may also die without a word."""

    def kill(self) -> None:
        """kill -9: what it has not yet written to its disk is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Soak:
    """One month in a folder of its own. minutes: of real time; days_before: of journal that it begins with."""

    def __init__(
        self, folder: Path, *, days: float, minutes: float, seed: int, days_before: int = DAYS_BEFORE
    ) -> None:
        self._folder = folder
        self._days = days
        self._factor = days * DAY / (minutes * 60.0)
        self._chance = random.Random(seed)
        self._state = folder / "state"
        before(self._state, folder / "before", days_before, self._chance)
        month(int(days), folder / "month.toml")
        self._scenario = load(folder / "month.toml")
        self._broker = FrailMosquitto(folder / "broker")
        self._over = threading.Event()
        self._deaths: Counter[str] = Counter()

    def run(self, watch: Callable[[Sample], None] = lambda _: None) -> Soaked:
        """Soak it. Raises BrokerMissing, RuntimeError if the agent ends by itself."""
        begun = time.monotonic()
        self._broker.start()
        self._origin = time.clock_gettime(time.CLOCK_BOOTTIME)
        staff = Staff(self._scenario.policy.device, self._utc)
        witness = Subscriber(self._broker.port, staff.hear, self._broker.admit)
        staff.begin(witness)
        deaths = threading.Thread(target=self._die_again_and_again, daemon=True)
        try:
            witness.connect()
            process = self._spawn()
            deaths.start()
            samples = list(self._sample(process, watch))
            self._over.set()
            deaths.join()
            drained = self._drain(process)
            process.kill()
            process.wait()
        finally:
            self._over.set()
            staff.end()
            witness.close()
            self._broker.stop()
        return self._judge(samples, drained, staff, time.monotonic() - begun)

    # ---- the month

    def _sample(self, process: subprocess.Popen[bytes], watch: Callable[[Sample], None]) -> list[Sample]:
        samples = []
        for day in range(1, int(self._days) + 1):
            while self._day < day:
                time.sleep(0.05)
                if process.poll() is not None:
                    raise RuntimeError(f"the agent ended by itself: {self._log[-2000:]}")
            samples.append(gauge.read(process.pid, self._state, self._day))
            watch(samples[-1])
        return samples

    def _die_again_and_again(self) -> None:
        """By turns it is stopped and killed; what it has not yet written to its own disk is then lost."""
        for turn, outage in enumerate(outages(int(self._days), self._chance)):
            if self._over.wait(max(0.0, outage.begins / self._factor - self._seconds)):
                return
            self._deaths["killed" if turn % 2 else "stopped"] += 1
            if turn % 2:
                self._broker.kill()
            else:
                self._broker.stop()
            self._over.wait(max(0.0, outage.ends / self._factor - self._seconds))
            self._broker.start()

    def _drain(self, process: subprocess.Popen[bytes]) -> Sample:
        """With a broker that stays, what waits must go: the last sample."""
        patience = time.monotonic() + DRAINED_WITHIN
        while True:
            sample = gauge.read(process.pid, self._state, self._day)
            if not sample.outbox or time.monotonic() > patience:
                return sample
            time.sleep(0.05)

    def _spawn(self) -> subprocess.Popen[bytes]:
        config = BrokerConfig(host=LOCALHOST, port=self._broker.port, plain=True, home_assistant="")
        command = [sys.executable, "-m", "firmware_sim.killed_agent", str(self._folder / "month.toml")]
        command += ["--state", str(self._state), "--origin", repr(self._origin), "--boot", str(BOOT)]
        command += ["--factor", repr(self._factor), "--broker", json.dumps(msgspec.to_builtins(config))]
        with (self._folder / "agent.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    @property
    def _log(self) -> str:
        return (self._folder / "agent.log").read_text(encoding="utf-8")

    @property
    def _seconds(self) -> float:
        """Real ones since the month began."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - self._origin

    @property
    def _day(self) -> float:
        return self._seconds * self._factor / DAY

    def _utc(self) -> datetime:
        """What time it is in the month."""
        return datetime.fromtimestamp(self._scenario.night.start_utc + self._day * DAY, tz=UTC)

    # ---- the judgement

    def _judge(self, samples: list[Sample], drained: Sample, staff: Staff, seconds: float) -> Soaked:
        decided = self._decided()
        ends = self._scenario.night.start_utc + self._days * DAY
        windows = [w.check for w in agreed_windows(self._scenario, Record()) if w.end < ends]
        soaked = Soaked(
            days=self._days,
            seconds=round(seconds, 1),
            factor=round(self._factor),
            samples=samples,
            deaths=dict(self._deaths),
            checks=len(windows),
            decided=_by_status(decided),
            heard=_by_status(staff.answers),
            acknowledged=staff.acknowledged,
            failures=[],
        )
        failures = gauge.not_flat(soaked.settled)
        failures += [
            f"check {check} has {len(decided.get(check, []))} answers"
            for check in windows
            if len(decided.get(check, [])) != 1
        ]
        if drained.outbox:
            failures.append(f"{drained.outbox} messages wait although the broker has been there for a while")
        return msgspec.structs.replace(soaked, failures=failures)

    def _decided(self) -> dict[str, list[str]]:
        """All answers by check, as the journal has them."""
        found: dict[str, list[str]] = {}
        connection = sqlite3.connect(f"{(self._state / FILE).as_uri()}?mode=ro", uri=True)
        with contextlib.closing(connection):
            rows = connection.execute(
                "SELECT second FROM journal WHERE kind = 'event' AND utc >= ? AND instr(second, '\"check\"')",
                (self._scenario.night.start_utc,),
            )
            for (actions,) in rows:
                for action in ACTIONS.decode(actions):
                    if isinstance(action, Say) and isinstance(action.fact, Answer):
                        told = named(action.fact.status, action.fact.reason)
                        found.setdefault(action.fact.check, []).append(told)
        return found


def _by_status(answers: dict[str, list[str]]) -> dict[str, int]:
    return dict(sorted(Counter(told for each in answers.values() for told in each).items()))
