"""The pure core: what to do, decided from events and time alone. Start reading at core.py."""
