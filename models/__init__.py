"""The occupancy net that nattro ships, and its manifest; `vision.occupancy` loads them from here."""
