"""Renders bedrooms as a night-vision camera sees them, with the truth about the bed in every picture."""
