"""The simulated home and what lies between it and the care organisation: things with rules, no agent code."""
