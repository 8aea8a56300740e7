"""How long to wait before the next try: longer each time, and by chance, so that not all homes come at once."""

import random


class Backoff:
    """Exponential back-off with full jitter: between `first` and at most `longest` seconds.

    A thing that has held for `calm` seconds after its wait starts anew; one that fails soon again goes on
    growing. The few lines are ours since the library for it would bring asyncio into the agent's memory.
    """

    def __init__(
        self, first: float = 1.0, longest: float = 300.0, calm: float = 60.0, seed: int | None = None
    ) -> None:
        self._first = first
        self._longest = longest
        self._calm = calm
        self._chance = random.Random(seed)
        self._failures = 0
        self._tried_again_at: float | None = None

    def wait(self, now: float) -> float:
        """It failed at `now` (monotonic seconds): seconds to wait before the next try."""
        if self._tried_again_at is not None and now - self._tried_again_at > self._calm:
            self._failures = 0
        self._failures += 1
        ceiling = min(self._longest, self._first * 2.0 ** min(self._failures + 1, 30))
        seconds = self._chance.uniform(min(self._first, ceiling), ceiling)
        self._tried_again_at = now + seconds
        return seconds
