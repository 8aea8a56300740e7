"""Exit codes of `nattro`, for scripts. 2 is argparse's, 130 a shell's custom for Ctrl-C."""

OK = 0
FOUND = 1
"""The command did its work, and what it looks for was found: a difference, a failed scenario, something overdue."""
USAGE = 2
CONFIG = 3
"""The configuration cannot be used; nothing was begun."""
STATE = 4
"""The device's memory cannot be used: another process holds it, a later version wrote it, no permission."""
MISSING = 5
"""Something that is needed is not there: a file, an optional part of nattro."""
INTERRUPTED = 130

MEANINGS = {
    OK: "done",
    FOUND: "done, and something was found (a difference, a failed scenario, something overdue)",
    USAGE: "wrong usage",
    CONFIG: "the configuration cannot be used",
    STATE: "the device's memory cannot be used",
    MISSING: "something that is needed is not there",
}
