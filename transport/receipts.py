"""Receipts for commands: the broker is told that it may forget one only when the loop has handled and committed it.

So a command survives a power cut between its arrival and its commit: the broker keeps it in the session and hands
it over again, and the core knows it by its id. One that was handed over again gets its receipt at once: should it
be what ends the process, it does so twice and not for ever.
"""

from collections import deque
from queue import Empty, SimpleQueue
from typing import NamedTuple

from agent.core.events import CommandReceived, CommandUnreadable
from transport.connection import Connection, Received

CommandEvent = CommandReceived | CommandUnreadable


class _Owed(NamedTuple):
    event: CommandEvent
    connection: Connection
    packet: int


class Receipts:
    """Commands come and are handled in one order. `handled` is called by the loop's thread, the rest by MQTT's."""

    def __init__(self) -> None:
        self._owed: deque[_Owed] = deque()
        self._due: SimpleQueue[_Owed] = SimpleQueue()

    def owe(self, event: CommandEvent, connection: Connection, heard: Received) -> None:
        """Note this command before it is posted, or give its receipt now. None is due for QoS 0."""
        if heard.packet is None:
            return
        if heard.again:
            connection.acknowledge(heard.packet)
        else:
            self._owed.append(_Owed(event, connection, heard.packet))

    def handled(self, event: CommandEvent) -> None:
        """The loop is done with it."""
        if self._owed and self._owed[0].event is event:
            self._due.put(self._owed.popleft())

    def give(self, connection: Connection) -> None:
        """Give what is due. For a connection that is gone nothing is: the broker hands those over again."""
        while True:
            try:
                owed = self._due.get_nowait()
            except Empty:
                return
            if owed.connection is connection:
                connection.acknowledge(owed.packet)
