"""Crash consistency: what a power cut leaves of the store, at every moment of a device's life.

A device lives through grants, nights, deliveries, withdrawals, kills and a torn store, on a real file system and
under `strace` (life, recording). Its system calls are then applied again to a disk that knows what was synced
(disk), which is cut at every call, with writes torn and un-synced ones dropped; each directory that such a cut
leaves is opened by the real start-up code and judged (expected, startup, campaign).

`python -m firmware_sim.crash` runs all of it.
"""
