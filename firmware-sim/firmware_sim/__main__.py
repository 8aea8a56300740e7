"""`python -m firmware_sim`: plays scenarios and says whether the nights went as they must.

Exit codes: 0 all as expected; 1 a difference or a broken promise; 2 a scenario, option or file that cannot be used.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from agent.journal import JournalUnreadable
from firmware_sim import demo, incident
from firmware_sim.comparison import alarms, answers, faults, recoveries
from firmware_sim.demo import PICTURE
from firmware_sim.films import FilmError
from firmware_sim.full.brokers import BrokerMissing, BrokerName
from firmware_sim.full.equipment import Full, with_unrest
from firmware_sim.full.playable import demand_playable
from firmware_sim.full.subscriber import SubscriberLost
from firmware_sim.fuzz import command as hunting
from firmware_sim.fuzz import shrunk
from firmware_sim.fuzz.hunt import scenario as night_of
from firmware_sim.letters import Letters
from firmware_sim.observations import ObservationsError
from firmware_sim.report import show, verdict
from firmware_sim.runner import Night, play
from firmware_sim.scenario import Scenario, ScenarioError, find, load, shipped
from firmware_sim.timeline import draw

AS_EXPECTED, DIFFERENT, UNUSABLE = 0, 1, 2
UNUSABLE_THINGS = (
    ScenarioError,
    JournalUnreadable,
    ObservationsError,
    FilmError,
    BrokerMissing,
    SubscriberLost,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    console, errors = Console(), Console(stderr=True)
    try:
        if options.list:
            return _list(console)
        if options.demo:
            return demo.run(options.picture, options.broker, console)
        if any(each is not None for each in (options.fuzz, options.fuzz_seeds, options.beside)):
            return hunting.run(options, console)
        if options.incident is not None:
            return incident.run(options)
        if options.shrink is not None:
            return shrunk.run(options, console)
        if options.write is not None:
            return _write(options)
        return _play(options, console)
    except UNUSABLE_THINGS as error:
        errors.print(f"[red]{error}[/red]", highlight=False, soft_wrap=True)
    except OSError as error:
        errors.print(f"[red]{error}[/red]", highlight=False, soft_wrap=True)
    return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="firmware_sim",
        description="Play nights in a simulated home and compare what is observed with what must be observed.",
    )
    parser.add_argument("scenario", nargs="*", help="name of a shipped scenario, or a scenario file (TOML)")
    parser.add_argument("--all", action="store_true", help="every shipped scenario")
    parser.add_argument("--list", action="store_true", help="name the shipped scenarios")
    parser.add_argument(
        "--full", action="store_true", help="the real vision worker on recordings, and a real MQTT broker"
    )
    parser.add_argument(
        "--broker",
        choices=("amqtt", "mosquitto", "guarded"),
        default="amqtt",
        help="which broker full mode starts",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per night on standard output")
    parser.add_argument("--demo", action="store_true", help="show one whole night through every real part")
    parser.add_argument(
        "--picture", type=Path, default=PICTURE, help="where the demo draws its time line (PNG)"
    )
    parser.add_argument("--timeline", type=Path, metavar="OUT.png", help="draw the night's time line")
    hunting.add_arguments(parser)
    shrunk.add_arguments(parser)
    incident.add_arguments(parser)
    return parser


def _list(console: Console) -> int:
    table = Table(box=None)
    table.add_column("scenario", style="bold")
    table.add_column("what happens")
    for path in shipped():
        table.add_row(path.stem, load(path).title)
    console.print(table)
    return AS_EXPECTED


def _play(options: argparse.Namespace, console: Console) -> int:
    scenarios = _chosen(options)
    brief = len(scenarios) > 1
    nights = []
    for night in _played(scenarios, options):
        nights.append(night)
        if options.json:
            print(msgspec.json.encode(summary(night)).decode(), flush=True)
        elif brief:
            console.print(
                f"{'✓' if night.as_expected else '✗'} {night.scenario.name}: {night.scenario.title}"
            )
            if not night.as_expected:
                console.print(verdict(night))
        else:
            show(console, night)
        if options.timeline:
            _draw(night, options.timeline, numbered=brief)
    if brief and not options.json:
        _sum_up(console, nights)
    return AS_EXPECTED if all(night.as_expected for night in nights) else DIFFERENT


def _write(options: argparse.Namespace) -> int:
    if options.fuzz_seed is None:
        raise ScenarioError("--write needs --fuzz-seed: which night to write")
    hunting.written(options.fuzz_seed, options.write)
    return AS_EXPECTED


def _chosen(options: argparse.Namespace) -> list[Scenario]:
    if options.all:
        scenarios = [load(path) for path in shipped()]
        return _playable(scenarios) if options.full else scenarios
    if options.fuzz_seed is not None:
        return [night_of(options.fuzz_seed)]
    if not options.scenario:
        raise ScenarioError("name a scenario, or give --all; --list names the shipped ones")
    return [load(find(name)) for name in options.scenario]


def _playable(scenarios: list[Scenario]) -> list[Scenario]:
    """Those that full mode can play; what is left out, and why, is said."""
    playable = []
    for scenario in scenarios:
        try:
            demand_playable(scenario)
        except ScenarioError as reason:
            print(f"left out: {reason}", file=sys.stderr)
        else:
            playable.append(scenario)
    return playable


def _played(scenarios: list[Scenario], options: argparse.Namespace) -> Iterator[Night]:
    for scenario in scenarios:
        if options.full:
            yield _play_in_full(scenario, options.broker)
        else:
            yield play(scenario)


def _play_in_full(scenario: Scenario, broker: BrokerName) -> Night:
    """An access list is something that the embedded broker does not have."""
    demand_playable(scenario)
    needs_access_list = any(happens.what.broker == "denies" for happens in scenario.happens)
    with Full("mosquitto" if needs_access_list else broker) as equipment:
        return with_unrest(play(scenario, equipment), equipment)


def _draw(night: Night, path: Path, numbered: bool) -> None:
    draw(night, path.with_name(f"{path.stem}-{night.scenario.name}{path.suffix}") if numbered else path)


def _sum_up(console: Console, nights: list[Night]) -> None:
    seconds = sum(night.seconds for night in nights)
    good = sum(night.as_expected for night in nights)
    console.print(
        f"{good} of {len(nights)} nights as expected in {seconds:.1f} s: {len(nights) / seconds:.1f} a second"
    )


def summary(night: Night) -> dict[str, object]:
    """A night as a JSON object: what was observed, every difference and every violation."""
    letters = Letters(night.record)
    return {
        "scenario": night.scenario.name,
        "title": night.scenario.title,
        "as_expected": night.as_expected,
        "differences": night.differences,
        "violations": night.violations,
        "answers": answers(night.scenario, letters),
        "alarms": alarms(night.scenario, letters),
        "faults": faults(letters),
        "recoveries": recoveries(letters),
        "messages": len(letters),
        "arrivals": len(night.record.arrivals),
        "digest": night.record.digest(),
        "seconds": round(night.seconds, 3),
    }


if __name__ == "__main__":
    sys.exit(main())
