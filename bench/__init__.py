"""Measurements: `make bench`. Figures of one run compare with one another, not with another machine's."""
