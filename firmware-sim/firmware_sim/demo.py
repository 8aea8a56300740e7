"""`python -m firmware_sim.demo`: one whole night through every real part, shown as it goes.

The real core, loop, store, outbox and MQTT adapter; the real vision worker on recorded video; a real broker; and an
independent subscriber that writes down what arrives. Only the home and the time are simulated.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from firmware_sim.comparison import label
from firmware_sim.full.brokers import BrokerName
from firmware_sim.full.equipment import Full, with_unrest
from firmware_sim.letters import Letters, named
from firmware_sim.report import show
from firmware_sim.runner import Night, play
from firmware_sim.scenario import Scenario, find, load
from firmware_sim.timeline import draw
from firmware_sim.world.record import Arrival, Record
from transport.topics import below_device

NIGHT = "a-whole-night"
PICTURE = Path("var/demo/night.png")


def run(picture: Path = PICTURE, broker: BrokerName = "amqtt", console: Console | None = None) -> int:
    """Play and show the demo's night. Returns 0 if it went as expected, else 1."""
    console = console or Console()
    scenario = load(find(NIGHT))
    with Full(broker) as equipment:
        console.print(
            f"broker: {equipment.broker.name}; vision worker: one process per look, on recorded video\n"
        )
        night = _play(scenario, equipment, console)
    show(console, night)
    console.print(received(night))
    draw(night, picture)
    console.print(
        f"time line: {picture}   ({night.seconds:.0f} s for a night of {scenario.seconds / 3600:.0f} hours)"
    )
    return 0 if night.as_expected else 1


def _play(scenario: Scenario, equipment: Full, console: Console) -> Night:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("21:00", total=scenario.seconds, said="")
        told: set[str] = set()

        def glance(elapsed: float, record: Record) -> None:
            clock = f"{scenario.night.local(elapsed):%H:%M}"
            for line in _news(scenario, record, told):
                progress.console.print(f"  {clock}  {line}")
            progress.update(
                task, completed=elapsed, description=clock, said=f"{len(record.arrivals)} messages"
            )

        return with_unrest(play(scenario, equipment, onlooker=glance), equipment)


def _news(scenario: Scenario, record: Record, told: set[str]) -> list[str]:
    """Answers, alarms and faults that have arrived since the last look."""
    letters = Letters(record)
    lines = []
    for letter in [*letters.of("fault"), *letters.of("check"), *letters.of("alarm")]:
        data = letter.data
        if letter.id in told or (letter.type == "alarm" and data["state"] == "raised" and data["repeat"]):
            continue
        told.add(letter.id)
        if letter.type == "check":
            lines.append(f"check {label(scenario, data['check'])}: {named(data['status'], data['reason'])}")
        else:
            lines.append(f"{letter.type} {data['kind']} {data['state']}")
    return lines


def received(night: Night) -> Table:
    """What the independent subscriber received, message by message."""
    table = Table(title="What an independent subscriber received", title_justify="left", box=None)
    for column in ("at", "topic", "what"):
        table.add_column(column, no_wrap=column != "what", style="dim" if column == "at" else "")
    for arrival in night.record.arrivals:
        at = f"{night.scenario.night.local(arrival.at):%H:%M:%S}"
        table.add_row(at, below_device(arrival.topic), _in_short(night.scenario, arrival))
    return table


def _in_short(scenario: Scenario, arrival: Arrival) -> str:
    if not arrival.payload:
        return "(topic emptied)"
    content = arrival.content
    data = content.get("data", {})
    match content.get("type"):
        case "check":
            return f"{label(scenario, data['check'])} {named(data['status'], data['reason'])}"
        case "alarm":
            again = f", sent again ({data['repeat']})" if data["state"] == "raised" and data["repeat"] else ""
            return f"{label(scenario, data['check'])} {data['state']}{again}"
        case "recovery":
            return f"{data['target']}, {data['step']}: {data['outcome']}"
        case "reply":
            return f"{data['command']}: {data['outcome']} {data['reason']}"
        case "heartbeat":
            return (
                f"number {data['sequence']}, {data['locked'] or 'unlocked'}, {data['outbox_depth']} waiting"
            )
        case "schedule":
            return f"{len(data['windows'])} windows to come, consent {data['consent']}"
        case _:
            return str(data.get("state", ""))


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 as expected, 1 not."""
    parser = argparse.ArgumentParser(prog="python -m firmware_sim.demo", description=__doc__)
    parser.add_argument("--picture", type=Path, default=PICTURE, help="where to draw the time line (PNG)")
    parser.add_argument("--broker", choices=("amqtt", "mosquitto"), default="amqtt")
    options = parser.parse_args(arguments)
    return run(options.picture, options.broker)


if __name__ == "__main__":
    sys.exit(main())
