"""`nattro decommission`: deletes what a device knows of a home, and tells what was deleted.

Every step is noted before the next one begins (`progress.py`), so that after a power cut the same command goes on
where it was, and the receipt is whole. From the first file that is gone the camera is locked.
"""
