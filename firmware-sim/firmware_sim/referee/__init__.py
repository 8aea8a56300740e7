"""The referee: judges a night by the five promises, from what the world saw and from nothing of the agent's own.

One module a promise or a part of one. Each judgement is a function from the Evidence to the violations that it
found; JUDGEMENTS lists them all. Where something excuses the agent (power was off, the clock was wrong, the disk
was destroyed), the excuse reaches exactly as far as the cause: a wider one would hide a bug.
"""

from firmware_sim.referee.rules import JUDGEMENTS, judge
from firmware_sim.referee.violation import Violation

__all__ = ["JUDGEMENTS", "Violation", "judge"]
