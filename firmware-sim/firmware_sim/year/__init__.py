"""A year of one device in one run: ordinary life with its faults, and what grows meanwhile; see __main__.py."""
