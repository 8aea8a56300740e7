"""The arm64 package's own code under qemu-user: does it run, and does the net say there what it says here?"""
