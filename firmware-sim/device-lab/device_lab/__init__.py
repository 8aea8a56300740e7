"""A virtual device: QEMU, Debian's kernel, simulated camera, GPIO chip and watchdog, and the built package."""
