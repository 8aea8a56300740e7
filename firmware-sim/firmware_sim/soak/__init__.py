"""The soak: one agent process through a month, at a broker that dies again and again; nothing of it may grow.

The process has the real core, loop, store (synced to the disk) and MQTT adapter; home, camera and clocks are the
simulator's. Its own time runs some thousand times as fast as real time: looks, alarms, heartbeats, caps and gaps.
Not compressed is what it does not own: sockets, the broker's restarts, paho's keepalive and back-off. It begins as
a device that has been at work for a quarter of a year, so that its journal is as long as it will ever be.

`python -m firmware_sim.soak` runs it.
"""
