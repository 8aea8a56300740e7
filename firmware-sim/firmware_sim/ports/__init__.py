"""The agent's ports, filled by the simulated world: each obeys the rules that the real adapter obeys."""
