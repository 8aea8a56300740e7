"""What may be sent when: a few rows in flight, in order; what the broker denies blocks its own topic alone.

Pure bookkeeping, told everything by the messenger; times are monotonic seconds.

- At most IN_FLIGHT rows wait for their acknowledgement. A retained topic has one at a time, so that its last
  state stays the last.
- A row that was denied is set aside. On a retained topic the rows behind it wait, so that an old state never
  overwrites a newer one; on another topic they go on, until several were denied there: then it is the topic. All
  other topics go on. After a back-off the round begins again from the start of the outbox.
- A row that was first in flight when the connection broke soon after it was sent, several times running, is treated
  as denied: there are brokers that hang up instead of denying, and it must not take every other message down with
  it. A connection that breaks later has died of something else: a router that hangs is no denial.
- With `verify`, an answer or alarm has arrived only when it was read back.
"""

from collections import Counter, OrderedDict
from typing import Literal

import msgspec

from agent.core.events import Published
from agent.ports import OutboxRow
from transport.backoff import Backoff
from transport.outbox import Queued

IN_FLIGHT = 10
ANSWER_SECONDS = 60.0
ECHO_SECONDS = 30.0
STUMBLES = 3
STUMBLES_WITHIN = 10.0
DENIALS_A_TOPIC = 3
DENIED = 0x80
NOT_AUTHORIZED = 0x87
_REMEMBERED = 1000


class Flight(msgspec.Struct):
    """A row on its way: packets still to be acknowledged, and until when; until when it should be read back."""

    queued: Queued
    packets: set[int]
    sent_at: float
    answer_due: float
    echo_due: float | None
    reason: int = 0


class Flow:
    """The state of delivery. verify: what must arrive (keep `always`) has arrived only when it was read back."""

    def __init__(self, backoff: Backoff | None = None, verify: bool = False) -> None:
        self._backoff = backoff or Backoff()
        self._verify = verify
        self._flights: list[Flight] = []
        self._set_aside: set[str] = set()
        self._denials: Counter[str] = Counter()
        self._retry_at: float | None = None
        self._stumbled: tuple[str, int] = ("", 0)
        self._arrived: OrderedDict[str, None] = OrderedDict()
        self.cursor = 0

    @property
    def room(self) -> int:
        """How many more rows may be sent now."""
        return max(0, IN_FLIGHT - len(self._flights))

    @property
    def idle(self) -> bool:
        """Nothing is in flight."""
        return not self._flights

    @property
    def next_deadline(self) -> float | None:
        """When `expire` has something to do, or `unanswered` becomes true."""
        due = [flight.echo_due for flight in self._flights if flight.echo_due is not None]
        due += [flight.answer_due for flight in self._flights if flight.packets]
        if self._retry_at is not None:
            due.append(self._retry_at)
        return min(due, default=None)

    def judge(self, queued: Queued) -> Literal["send", "pass", "wait"]:
        """Whether this row, the next behind the cursor, may be sent, is passed over, or holds up those behind."""
        row = queued.row
        flying = [each.queued.row for each in self._flights]
        if row.message in self._set_aside or row.topic in self._set_aside:
            return "pass"
        if row.message in self._arrived or any(each.message == row.message for each in flying):
            return "pass"
        if not self.room or (row.retain and any(each.topic == row.topic for each in flying)):
            return "wait"
        return "send"

    def passed(self, queued: Queued) -> None:
        """The row was sent or passed over: go on behind it."""
        self.cursor = max(self.cursor, queued.sequence)

    def sent(self, queued: Queued, packets: set[int], now: float) -> None:
        """The row is on its way in these packets."""
        proof_wanted = self._verify and queued.row.keep == "always"
        echo_due = now + ECHO_SECONDS if proof_wanted else None
        self._flights.append(Flight(queued, set(packets), now, now + ANSWER_SECONDS, echo_due))

    def unanswered(self, now: float) -> bool:
        """Whether the broker has said nothing to a row for so long that the connection is worth nothing.

        It may still answer pings; what it has swallowed it will never be sent again over the same connection.
        """
        return any(flight.packets and now >= flight.answer_due for flight in self._flights)

    def acknowledged(self, packet: int, reason: int, now: float) -> Published | None:
        """The broker answered for a packet; the row's fate, if that settles it."""
        flight = next((each for each in self._flights if packet in each.packets), None)
        if flight is None:
            return None
        flight.packets.discard(packet)
        flight.reason = max(flight.reason, reason)
        return self._settle_if_done(flight, now)

    def read_back(self, message: str, now: float) -> Published | None:
        """A message of ours came back from the broker; the row's fate, if that settles it."""
        flight = next((each for each in self._flights if each.queued.row.message == message), None)
        if flight is None:
            return None
        flight.echo_due = None
        return self._settle_if_done(flight, now)

    def expire(self, now: float) -> list[Published]:
        """Begin a new round if it is time; rows that were not read back in time count as denied."""
        if self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            self._set_aside.clear()
            self._denials.clear()
            self.cursor = 0
        silent = [each for each in self._flights if each.echo_due is not None and now >= each.echo_due]
        return [self._settle(flight, NOT_AUTHORIZED, now) for flight in silent]

    def connection_ended(self, now: float) -> Published | None:
        """Nothing is in flight any more, all of it will be sent again.

        Returns the fate of a row that keeps breaking the connection.
        """
        flights, self._flights, self.cursor = self._flights, [], 0
        if not flights:
            return None
        first = flights[0].queued.row
        if now - flights[0].sent_at > STUMBLES_WITHIN:
            return None
        before = self._stumbled[1] if self._stumbled[0] == first.message else 0
        self._stumbled = (first.message, before + 1)
        if before + 1 < STUMBLES:
            return None
        self._put_aside(first, now)
        return Published(first.message, DENIED)

    def _settle_if_done(self, flight: Flight, now: float) -> Published | None:
        if flight.packets or (flight.reason < DENIED and flight.echo_due is not None):
            return None
        return self._settle(flight, flight.reason, now)

    def _settle(self, flight: Flight, reason: int, now: float) -> Published:
        self._flights.remove(flight)
        row = flight.queued.row
        if reason >= DENIED:
            self._put_aside(row, now)
        else:
            self._remember(row.message)
        return Published(row.message, reason)

    def _put_aside(self, row: OutboxRow, now: float) -> None:
        self._denials[row.topic] += 1
        blames_topic = row.retain or self._denials[row.topic] >= DENIALS_A_TOPIC
        self._set_aside.add(row.topic if blames_topic else row.message)
        if self._retry_at is None:
            self._retry_at = now + self._backoff.wait(now)

    def _remember(self, message: str) -> None:
        """Its row may stay in the outbox for a moment, until the core has heard: not to be sent again."""
        self._arrived[message] = None
        if len(self._arrived) > _REMEMBERED:
            self._arrived.popitem(last=False)
