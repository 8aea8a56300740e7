"""Where the device is cut short: at its n-th durable write from an instant on, and where exactly in it."""

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec


class Cut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The process dies at a durable write: a commit of the store, or the mark of consent left or taken away.

    write: which one from then on; where: `before` it, `inside` its transaction after `step` statements, `after`
    it and before anything is done, or `between` what is then done, after `step` actions;
    by: `kill` (-9), or `power`, which is back after `seconds`.
    """

    write: Annotated[int, msgspec.Meta(ge=1)] = 1
    where: Literal["before", "inside", "after", "between"] = "before"
    step: Annotated[int, msgspec.Meta(ge=0)] = 0
    by: Literal["kill", "power"] = "kill"
    seconds: Annotated[float, msgspec.Meta(gt=0)] = 60.0


class Cuts:
    """Counts durable writes, and after one the actions that are carried out, until somebody's time has come."""

    def __init__(self) -> None:
        self._cut: Cut | None = None
        self._writes_left = 0
        self._actions_left = 0
        self._end: Callable[[], None] | None = None

    def plan(self, cut: Cut) -> None:
        """Cut there. Of two plans the later one holds."""
        self._cut, self._writes_left = cut, cut.write

    def call_off(self) -> None:
        self._cut = self._end = None

    def next_write(self) -> Cut | None:
        """Something is about to be made durable: the cut that it is the turn of."""
        if self._cut is None:
            return None
        self._writes_left -= 1
        if self._writes_left:
            return None
        cut, self._cut = self._cut, None
        return cut

    def after_actions(self, actions: int, end: Callable[[], None]) -> None:
        """Let `end` be called before the next action, or after so many."""
        self._actions_left, self._end = actions, end

    def about_to_act(self) -> None:
        """An action is about to be carried out. May not return: the process may end here."""
        if self._end is None:
            return
        if self._actions_left == 0:
            end, self._end = self._end, None
            end()
        self._actions_left -= 1

    def process_died(self) -> None:
        """What was to end it is of no interest any more."""
        self._end = None
