"""The kill test: the real agent is killed with SIGKILL all night long, while its broker comes and goes.

At the end an independent subscriber must have exactly one answer to each check and the alarm of each answer that
needs one, after repetitions are removed by message id. `python -m firmware_sim.killtest --kills 200`
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from queue import SimpleQueue

import msgspec
from rich.console import Console

from agent.core.core import Core
from agent.core.events import AnyEvent, Stopping
from agent.loop import Loop
from agent.store import Store
from firmware_sim.full.brokers import LOCALHOST, BrokerMissing, BrokerName, RealBroker, real_broker
from firmware_sim.full.line import Line
from firmware_sim.full.subscriber import Subscriber
from firmware_sim.killed_agent import outside, shared_world, started
from firmware_sim.letters import Letter, Letters, named
from firmware_sim.scenario import Scenario, load
from firmware_sim.stage import CONSENT
from firmware_sim.windows import agreed_windows
from firmware_sim.world.record import Arrival, Record
from transport.broker import BrokerConfig

NIGHT = """
title = "A night of kills"
start = 2026-11-20T21:00:00
end = 2026-11-21T08:00:00
[site]
times = ["21:30", "22:30", "23:30", "00:30", "01:30", "02:30", "03:30", "04:30", "05:30", "06:30"]
limits = { windows_per_day = 24, unlocked_minutes_per_day = 720 }
"""
SECONDS_BETWEEN_KILLS = 1.1
LAST_KILL_BEFORE_END = 2400.0
OUTAGE_EVERY, OUTAGE_LASTS = 12.0, 2.5
TAIL_SECONDS = 30.0
NO_ALARM = ("in_bed", "paused")


class Figures(msgspec.Struct, frozen=True):
    """What the kill test found. seconds: of real time; failures: empty if every promise held."""

    seed: int
    kills: int
    outages: int
    checks: int
    answers: dict[str, int]
    alarms: int
    arrivals: int
    messages: int
    seconds: float
    failures: list[str]


class Witness:
    """The independent subscriber's notes; the clock on them is real."""

    def __init__(self) -> None:
        self.record = Record()
        self._begun = time.monotonic()

    def hear(self, topic: str, payload: bytes, retained: bool) -> None:
        if not retained:
            self.record.arrivals.append(Arrival(time.monotonic() - self._begun, topic, payload))


class KillTest:
    """One night of kills in a folder of its own."""

    def __init__(self, kills: int, seed: int, broker: BrokerName, folder: Path) -> None:
        self._kills = kills
        self._seed = seed
        self._chance = random.Random(seed)
        self._folder = folder
        self._scenario_file = folder / "night.toml"
        self._scenario_file.write_text(NIGHT + _away_every_other_hour(), encoding="utf-8")
        self._scenario: Scenario = load(self._scenario_file)
        self._duration = max(kills * SECONDS_BETWEEN_KILLS, 20.0)
        self._factor = (self._scenario.seconds - LAST_KILL_BEFORE_END) / self._duration
        self._lasting = broker == "mosquitto"
        self._broker: RealBroker = real_broker(broker, folder / "broker")
        self._outages = 0
        self._over = threading.Event()
        self._witness = Witness()

    def run(self, console: Console | None = None) -> Figures:
        """Kill, restart, and at last let the night end undisturbed. Raises BrokerMissing."""
        begun = time.monotonic()
        self._broker.start()
        self._line = Line(self._broker.port)
        subscriber = Subscriber(self._broker.port, self._witness.hear, self._broker.admit)
        try:
            subscriber.connect()
            self._line.raise_up()
            self._origin = time.clock_gettime(time.CLOCK_BOOTTIME)
            self._commission()
            outages = threading.Thread(target=self._come_and_go, daemon=True)
            outages.start()
            self._kill_again_and_again(console)
            self._over.set()
            outages.join()
            self._let_the_night_end()
        finally:
            self._over.set()
            subscriber.close()
            self._line.close()
            self._broker.stop()
        return self._judge(time.monotonic() - begun)

    # ---- the night

    def _commission(self) -> None:
        """Consent is recorded before the night, through the real loop and store."""
        world, clock = shared_world(self._scenario, self._origin, self._factor)
        store = Store.open(self._folder / "state", boot_id=clock.boot_id)
        inbox: SimpleQueue[AnyEvent] = SimpleQueue()
        for event in (started(store, world), CONSENT, Stopping()):
            inbox.put(event)
        ports = outside(world, store, inbox, self._config, self._scenario.policy.device)
        Loop(Core(self._scenario.policy), ports).run(inbox)
        ports.messenger.stop()  # type: ignore[attr-defined]  # the real adapter
        store.close(clean=True)

    def _kill_again_and_again(self, console: Console | None) -> None:
        until = time.monotonic() + self._duration
        for kill in range(self._kills):
            left = self._kills - kill
            process = self._spawn()
            mean = max(until - time.monotonic(), 0.0) / left
            time.sleep(min(self._chance.expovariate(1 / mean) if mean else 0.0, mean * 4))
            if process.poll() is not None:
                raise RuntimeError(
                    f"the agent ended by itself: {self._log.read_text(encoding='utf-8')[-2000:]}"
                )
            process.kill()
            process.wait()
            if console and (kill + 1) % 10 == 0:
                console.print(
                    f"{kill + 1} of {self._kills} kills, {len(self._witness.record.arrivals)} messages"
                )

    def _let_the_night_end(self) -> None:
        """The last process runs until every window is over and the subscriber hears nothing new."""
        process = self._spawn()
        end = self._origin + self._scenario.seconds / self._factor
        time.sleep(max(0.0, end - time.clock_gettime(time.CLOCK_BOOTTIME)))
        patience = time.monotonic() + TAIL_SECONDS
        while self._missing() and time.monotonic() < patience:
            time.sleep(0.1)
        process.kill()
        process.wait()

    def _come_and_go(self) -> None:
        """A mosquitto is stopped and started again; an embedded broker, which forgets, only loses its line."""
        chance = random.Random(self._seed + 1)
        while not self._over.wait(chance.uniform(0.5, 1.5) * OUTAGE_EVERY):
            self._outages += 1
            self._line.cut()
            if self._lasting:
                self._broker.stop()
            time.sleep(chance.uniform(0.2, 2.0) * OUTAGE_LASTS)
            if self._lasting:
                self._broker.start()
            self._line.raise_up()

    @property
    def _config(self) -> BrokerConfig:
        return BrokerConfig(
            host=LOCALHOST,
            port=self._line.port,
            plain=True,
            protocol="5" if self._lasting else "3.1.1",
            home_assistant="",
        )

    @property
    def _log(self) -> Path:
        return self._folder / "agent.log"

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "firmware_sim.killed_agent", str(self._scenario_file)]
        command += ["--state", str(self._folder / "state"), "--origin", repr(self._origin)]
        command += ["--factor", repr(self._factor), "--broker", json.dumps(msgspec.to_builtins(self._config))]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    # ---- the judgement

    def _judge(self, seconds: float) -> Figures:
        arrived = msgspec.json.encode(self._witness.record.arrivals)
        (self._folder / "arrivals.json").write_bytes(arrived)
        letters = Letters(self._witness.record)
        told = [named(x.data["status"], x.data["reason"]) for x in letters.of("check")]
        return Figures(
            seed=self._seed,
            kills=self._kills,
            outages=self._outages,
            checks=len(self._windows),
            answers=dict(sorted(Counter(told).items())),
            alarms=len({x.data["alarm"] for x in letters.of("alarm")}),
            arrivals=len(self._witness.record.arrivals),
            messages=len(letters),
            seconds=round(seconds, 1),
            failures=[
                *self._missing(),
                *(f"message {message} has two contents" for message in letters.contradictions),
                *(f"what came on {topic} is no message" for _, topic in letters.unreadable),
            ],
        )

    @property
    def _windows(self) -> list[str]:
        return [window.check for window in agreed_windows(self._scenario, Record())]

    def _missing(self) -> list[str]:
        """Every check without exactly one answer, every answer without its alarm."""
        letters = Letters(self._witness.record)
        answers: dict[str, list[Letter]] = {check: [] for check in self._windows}
        for letter in letters.of("check"):
            answers.setdefault(letter.data["check"], []).append(letter)
        alarmed = {letter.data["check"] for letter in letters.of("alarm")}
        found = [f"check {c} has {len(given)} answers" for c, given in answers.items() if len(given) != 1]
        for check, given in answers.items():
            if given and given[0].data["status"] not in NO_ALARM and check not in alarmed:
                found.append(f"the alarm of check {check} ({given[0].data['status']}) is lost")
        return found


def _away_every_other_hour() -> str:
    """From a quarter past every second hour the person is up for an hour, so that half of the checks alarm."""
    return "".join(
        f'[[happens]]\nat = "{hour:02d}:15"\nperson = "{"away" if turn % 2 == 0 else "in_bed"}"\n'
        for turn, hour in enumerate((22, 23, 0, 1, 2, 3, 4, 5))
    )


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 if every promise held, 1 if not, 2 if the test could not be run."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.killtest", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broker", choices=("mosquitto", "amqtt"), default="mosquitto")
    parser.add_argument(
        "--keep", type=Path, help="an empty folder for store, logs and what arrived, kept afterwards"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="nattro-kill-") as folder:
        try:
            where = options.keep or Path(folder)
            where.mkdir(parents=True, exist_ok=True)
            figures = KillTest(options.kills, options.seed, options.broker, where).run(console)
        except BrokerMissing as error:
            console.print(f"[red]{error}[/red]")
            return 2
    print(msgspec.json.encode(figures).decode() if options.json else _said(figures))
    return 1 if figures.failures else 0


def _said(figures: Figures) -> str:
    told = ", ".join(f"{count} {answer}" for answer, count in figures.answers.items())
    lines = [
        f"{figures.kills} kills, {figures.outages} broker outages, {figures.seconds:.0f} s, seed {figures.seed}",
        f"{figures.checks} checks: {told}",
        f"{figures.alarms} alarms; {figures.arrivals} messages arrived, {figures.messages} without repetitions",
    ]
    lines += [f"✗ {failure}" for failure in figures.failures]
    return "\n".join(
        lines if figures.failures else [*lines, "✓ exactly one answer to each check, no alarm lost"]
    )


if __name__ == "__main__":
    sys.exit(main())
