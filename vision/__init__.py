"""The vision worker: sees, and has no network. Shares nothing with the agent but `vision.protocol`."""
