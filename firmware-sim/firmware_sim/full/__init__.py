"""Full mode: the real vision worker on recordings, and the real MQTT adapter at a real broker."""
