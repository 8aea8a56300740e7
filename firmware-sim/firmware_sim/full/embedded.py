"""`python -m firmware_sim.full.embedded PORT`: an amqtt broker (MQTT 3.1.1) in a process of its own, until killed.

A process, since amqtt cannot be stopped and started reliably within one.
"""

import asyncio
import logging
import sys

from amqtt.broker import Broker

LOCALHOST = "127.0.0.1"


async def serve(port: int) -> None:
    """Serve everybody on this machine, for ever."""
    settings = {
        "listeners": {"default": {"type": "tcp", "bind": f"{LOCALHOST}:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    await Broker(settings).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    asyncio.run(serve(int(sys.argv[1])))
