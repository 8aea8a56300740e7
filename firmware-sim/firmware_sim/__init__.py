"""The simulator: a home on virtual time, in which the real core, loop, store and outbox live through nights."""
