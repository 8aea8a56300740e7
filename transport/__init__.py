"""How nattro talks: messages, topics, the outbox, the connection to the broker, and what reads along there."""
