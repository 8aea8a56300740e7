"""The messenger port in fast mode: carries the real outbox to the simulated broker as an MQTT client would."""

from collections.abc import Callable, Sequence

from agent.core.events import (
    BrokerConnected,
    BrokerLost,
    CommandReceived,
    CommandUnreadable,
    Published,
    StillTold,
)
from agent.core.facts import Alarm, Fault
from agent.ports import OutboxRow, Post
from firmware_sim.clock import Appointment
from firmware_sim.world.record import HandedOver
from firmware_sim.world.world import World
from transport.backoff import Backoff
from transport.commands import CommandGate, read_command
from transport.flow import DENIED, IN_FLIGHT, Flow
from transport.messages import lasting_word
from transport.outbox import Outbox, Queued

CONNECT_SECONDS = 0.5
RECONNECT_SECONDS = 4.0
ONE_WAY_SECONDS = 0.04
KEEPALIVE_RUNS_OUT = 45.0

Heard = CommandReceived | CommandUnreadable


class OutboxCarrier:
    """One MQTT session: connect, send what waits as the real Flow has it, notice a dead line late."""

    def __init__(self, world: World, post: Post, outbox: Outbox) -> None:
        self._world = world
        self._agenda = world.agenda
        self._post = post
        self._outbox = outbox
        self._gate = CommandGate()
        self._connected = False
        self._alive = True
        self._flow = Flow(Backoff(seed=0))
        self._packets = 0
        self._more_may_wait = True
        self._undurable: dict[str, OutboxRow] = {}
        self._unacknowledged: list[tuple[Heard, str, bytes]] = []
        self._due: Appointment | None = None
        self._timer: Appointment | None = None
        world.when_line_changes.append(self._line_changed)
        self._set_timer(CONNECT_SECONDS, self._connect)

    # ---- the port

    def wake(self) -> None:
        self._world.cuts.about_to_act()
        self._more_may_wait = True
        self._pump()

    def send_undurable(self, rows: Sequence[OutboxRow]) -> None:
        self._world.cuts.about_to_act()
        for row in rows:
            self._undurable[row.message] = row
        self._pump()

    def withdraw(self, messages: Sequence[str]) -> None:
        """What was replaced is not sent again from memory."""
        for message in messages:
            self._undurable.pop(message, None)

    def handled(self, event: Heard) -> None:
        """The command's receipt reaches the broker, if anything does."""
        if self._connected and self._world.line_works:
            self._unacknowledged = [each for each in self._unacknowledged if each[0] is not event]

    # ---- the connection

    def _connect(self) -> None:
        if not self._world.line_works:
            self._post(BrokerLost("no connection"))
            return
        self._connected = True
        self._world.broker.connect(self._command_arrives)
        self._post(BrokerConnected())
        for payload in self._world.broker.lasting_words():
            self._hear_lasting_word(payload)
        self._more_may_wait = True
        self._pump()

    def _line_changed(self, works: bool) -> None:
        if not self._connected:
            if works:
                self._set_timer(RECONNECT_SECONDS, self._connect)
        elif works:
            self._lose("connection reset")
            self._set_timer(RECONNECT_SECONDS, self._connect)
        elif not self._world.broker.works:
            self._lose("connection refused")
        else:
            self._set_timer(KEEPALIVE_RUNS_OUT, lambda: self._lose("keepalive ran out"))

    def _lose(self, reason: str) -> None:
        self._connected = False
        self._leave_commands_with_the_broker()
        self._world.connection_is_over()
        self._tell_fate(self._flow.connection_ended(self._agenda.elapsed))
        self._await_what_is_due()
        self._post(BrokerLost(reason))

    def process_died(self) -> None:
        self._alive = self._connected = False
        self._leave_commands_with_the_broker()
        self._world.when_line_changes.remove(self._line_changed)
        self._world.connection_is_over()
        for appointment in (self._timer, self._due):
            if appointment:
                appointment.call_off()

    # ---- messages

    def _pump(self) -> None:
        """Send what may be sent: first the outbox, in order, then what came after it and is only in memory."""
        if self._connected and self._send_durable():
            self._send_undurable()
        self._await_what_is_due()

    def _send_durable(self) -> bool:
        """False if one of them holds up all the rest."""
        if not self._more_may_wait:
            return True
        boot_id, boot = self._world.clock.boot_id, self._world.clock.now().boot
        while batch := self._outbox.batch(self._flow.cursor, IN_FLIGHT * 2, boot_id=boot_id, boot=boot):
            for queued in batch:
                verdict = self._flow.judge(queued)
                if verdict == "wait":
                    return False
                if verdict == "send":
                    self._send(queued)
                self._flow.passed(queued)
        self._more_may_wait = False
        return True

    def _send_undurable(self) -> None:
        """One that the outbox has got meanwhile, when the disk worked again, has its place there."""
        boot = self._world.clock.now().boot
        for row in list(self._undurable.values()):
            if self._outbox.holds(row.message):
                del self._undurable[row.message]
            elif row.expires_boot is None or row.expires_boot > boot:
                queued = Queued(0, row)
                verdict = self._flow.judge(queued)
                if verdict == "wait":
                    return
                if verdict == "send":
                    self._send(queued)

    def _send(self, queued: Queued) -> None:
        """The message, and behind the last word on a retained topic the empty one that clears it."""
        row, now = queued.row, self._agenda.elapsed
        payloads = [row.payload, b""] if row.then_empty else [row.payload]
        packets = dict(enumerate(payloads, self._packets))
        self._packets += len(payloads)
        self._flow.sent(queued, set(packets), now)
        self._agenda.after(ONE_WAY_SECONDS, lambda: self._reach_broker(row, packets))

    def _reach_broker(self, row: OutboxRow, payloads: dict[int, bytes]) -> None:
        if self._world.line_works:
            for packet, payload in payloads.items():
                self._world.broker.take(row.topic, payload, row.retain, self._answer_to(packet))

    def _answer_to(self, packet: int) -> Callable[[int], None]:
        return lambda reason: self._acknowledge(packet, reason)

    def _acknowledge(self, packet: int, reason: int) -> None:
        self._agenda.after(ONE_WAY_SECONDS, lambda: self._acknowledged(packet, reason))

    def _acknowledged(self, packet: int, reason: int) -> None:
        if self._connected and self._world.line_works:
            self._tell_fate(self._flow.acknowledged(packet, reason, self._agenda.elapsed))
            self._pump()

    def _tell_fate(self, fate: Published | None) -> None:
        if fate is not None:
            if fate.reason < DENIED:
                self._undurable.pop(fate.message, None)
            self._post(fate)

    def _await_what_is_due(self) -> None:
        if self._due is not None:
            self._due.call_off()
        due = self._flow.next_deadline
        self._due = None if due is None else self._agenda.at(due, self._look_after_flights)

    def _look_after_flights(self) -> None:
        """Begin a new round of what was denied; leave a broker that takes and never answers, and try it again."""
        now = self._agenda.elapsed
        self._more_may_wait = True
        for fate in self._flow.expire(now):
            self._tell_fate(fate)
        if self._connected and self._flow.unanswered(now):
            self._lose("the broker takes messages, but acknowledges none")
            self._set_timer(RECONNECT_SECONDS, self._connect)
        else:
            self._pump()

    # ---- what comes in

    def _hear_lasting_word(self, payload: bytes) -> None:
        word = lasting_word(payload)
        if word is not None:
            self._agenda.after(ONE_WAY_SECONDS, lambda: self._tell_lasting_word(word))

    def _tell_lasting_word(self, word: Alarm | Fault) -> None:
        if self._connected and self._world.line_works:
            self._post(StillTold(word))

    def _command_arrives(self, topic: str, payload: bytes, retained: bool) -> None:
        self._agenda.after(ONE_WAY_SECONDS, lambda: self._deliver_command(topic, payload, retained))

    def _deliver_command(self, topic: str, payload: bytes, retained: bool) -> None:
        """One that does not get through is kept by the broker, which has got no acknowledgement of it."""
        if not self._connected or not self._world.line_works:
            if not retained:
                self._world.broker.keep(topic, payload)
            return
        self._world.record.handed_over.append(
            HandedOver(self._agenda.elapsed, topic.rsplit("/", 1)[-1], payload, retained)
        )
        admitted = self._gate.admit(topic, self._agenda.elapsed)
        if admitted is False:
            return
        event = read_command(topic, payload, retained) if admitted is True else admitted
        if not retained:
            self._unacknowledged.append((event, topic, payload))
        self._post(event)

    def _leave_commands_with_the_broker(self) -> None:
        """Those that were not acknowledged it delivers again."""
        for _, topic, payload in self._unacknowledged:
            self._world.broker.keep(topic, payload)
        self._unacknowledged.clear()

    def _set_timer(self, seconds: float, what: Callable[[], None]) -> None:
        if self._timer:
            self._timer.call_off()
        self._timer = self._agenda.after(seconds, what)
