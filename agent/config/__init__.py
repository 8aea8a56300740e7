"""The configuration file: strict TOML in, a Config out, or one error that says what, where and how to mend it."""

from agent.config.reading import ConfigError, example, load, parse
from agent.config.sections import Config

__all__ = ["Config", "ConfigError", "example", "load", "parse"]
