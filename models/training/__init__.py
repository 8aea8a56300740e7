"""Trains the occupancy net on rendered bedrooms alone. Not shipped; needs PyTorch and the simulator."""
