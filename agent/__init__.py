"""The agent: the process that decides, remembers and speaks, and cannot see."""

__version__ = "0.1.0"
