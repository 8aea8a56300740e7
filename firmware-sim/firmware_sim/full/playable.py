"""What full mode cannot play: its broker and its network connection are real, and do not lie to order."""

from collections.abc import Iterator

from firmware_sim.scenario import Happening, Scenario, ScenarioError

BROKERS_OWN_MOODS = ("mute", "forgets")
SIGNALS_OF_THE_SIMULATED_BROKER = ("answer", "alarm", "reply", "connection")


def demand_playable(scenario: Scenario) -> None:
    """Raise ScenarioError for a scenario that only fast mode can play; the text says what it is."""
    obstacles = {text for happens in scenario.happens for text in _obstacles(happens.what)}
    if obstacles:
        raise ScenarioError(
            f"{scenario.name}: only fast mode plays {', '.join(sorted(obstacles))}; leave out --full"
        )


def _obstacles(what: Happening) -> Iterator[str]:
    if what.connection is not None:
        yield f"connection = {what.connection!r}"
    if what.broker in BROKERS_OWN_MOODS:
        yield f"broker = {what.broker!r}"
    if what.upon in SIGNALS_OF_THE_SIMULATED_BROKER:
        yield f"upon = {what.upon!r}"
    if what.command is not None and what.command.retained:
        yield "retained commands"
