"""The package in a container with a real systemd: the units' acceptance list, and the package's whole life."""
