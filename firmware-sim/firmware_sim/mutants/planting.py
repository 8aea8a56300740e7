"""How a bug is planted: one name in one module is something else for as long as a night is played with it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import msgspec

from agent.core import schedule

Change = tuple[Any, str, Any]
"""Where (module or class), which name, and what stands there instead."""


class Planted(msgspec.Struct, frozen=True):
    """A bug. promise: which one it breaks, as in the design; breaks: what goes wrong, for whom it concerns."""

    name: str
    promise: int
    breaks: str
    changes: tuple[Change, ...]

    @contextmanager
    def growing(self) -> Iterator[None]:
        """The bug is there within this context, and nowhere else."""
        with ExitStack() as stack:
            stack.callback(_forget_what_was_worked_out)
            _forget_what_was_worked_out()
            for where, name, instead in self.changes:
                if not hasattr(where, name):
                    raise LookupError(
                        f"{self.name}: {where.__name__} has no {name} any more; plant it elsewhere"
                    )
                stack.enter_context(patch.object(where, name, instead))
            yield


def _forget_what_was_worked_out() -> None:
    """Slots are remembered by the schedule: not over the border of a bug."""
    for each in vars(schedule).values():
        if hasattr(each, "cache_clear"):
            each.cache_clear()


def always(value: Any) -> Callable[..., Any]:
    """Whatever is asked, this is the answer."""
    return lambda *_args, **_more: value


def nothing(*_args: Any, **_more: Any) -> None:
    """What should be done is not done."""


def after(original: Callable[..., Any], more: Callable[..., Any]) -> Callable[..., Any]:
    """As ever, and then something more."""

    def done(*args: Any, **named: Any) -> Any:
        result = original(*args, **named)
        more(*args, **named)
        return result

    return done


def unless(original: Callable[..., Any], spared: Callable[..., bool]) -> Callable[..., Any]:
    """As ever, but not in these cases."""

    def done(*args: Any, **named: Any) -> Any:
        return None if spared(*args, **named) else original(*args, **named)

    return done
