"""Commissioning: the bed's corners from four cards, and what is recorded once, with the camera in place."""
