"""The table of planted bugs on the command line."""

import sys

from firmware_sim.mutants.table import main

if __name__ == "__main__":
    sys.exit(main())
