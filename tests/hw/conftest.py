"""A GPIO chip in the place of the kernel's, for every test that asks for one."""

from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from agent.core.events import AnyEvent
from tests.hw.gpio_kernel import FakeChip, FakeGpio


@pytest.fixture(params=["kept", "let go"])
def chip(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeChip]:
    """Both kinds of chips: those that keep a level when its holder dies, and those that let it go."""
    made = FakeChip(
        names={5: "SWITCH", 17: "CAMERA", 22: "LAMP", 27: "ROUTER"}, keeps=request.param == "kept"
    )
    FakeGpio(gpiochip0=made).install(monkeypatch)
    yield made
    made.die()


@pytest.fixture
def inbox() -> SimpleQueue[AnyEvent]:
    return SimpleQueue()
