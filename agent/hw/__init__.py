"""Adapters to the device: relays, USB, clock, network, lamp, health, watchdog. No picture library."""
