"""The messenger port in fast mode: carries the real outbox to the simulated broker as an MQTT client would."""

from collections.abc import Callable, Sequence

from agent.core.events import BrokerConnected, BrokerLost, CommandReceived, CommandUnreadable, Published
from agent.ports import OutboxRow, Post
from firmware_sim.clock import Appointment
from firmware_sim.world.record import HandedOver
from firmware_sim.world.world import World
from transport.commands import CommandGate, read_command
from transport.outbox import Outbox

CONNECT_SECONDS = 0.5
RECONNECT_SECONDS = 4.0
ONE_WAY_SECONDS = 0.04
KEEPALIVE_RUNS_OUT = 45.0
ACKNOWLEDGED_WITHIN = 60.0
DENIED_FROM = 0x80
DENIED_AGAIN = 60.0
IN_FLIGHT = 20

Heard = CommandReceived | CommandUnreadable


class OutboxCarrier:
    """One MQTT session: connect, flush what waits in order, keep sending, notice a dead line late."""

    def __init__(self, world: World, post: Post, outbox: Outbox) -> None:
        self._world = world
        self._agenda = world.agenda
        self._post = post
        self._outbox = outbox
        self._gate = CommandGate()
        self._connected = False
        self._alive = True
        self._sent_up_to = 0
        self._in_flight: set[str] = set()
        self._undurable: dict[str, OutboxRow] = {}
        self._unacknowledged: list[tuple[Heard, str, bytes]] = []
        self._connections = 0
        self._trying_again: Appointment | None = None
        self._timer: Appointment | None = None
        world.when_line_changes.append(self._line_changed)
        self._set_timer(CONNECT_SECONDS, self._connect)

    # ---- the port

    def wake(self) -> None:
        self._world.cuts.about_to_act()
        if self._connected:
            self._pump()

    def send_undurable(self, rows: Sequence[OutboxRow]) -> None:
        self._world.cuts.about_to_act()
        for row in rows:
            self._undurable[row.message] = row
            if self._connected:
                self._send(row)

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
        self._connections += 1
        self._sent_up_to = 0
        self._in_flight.clear()
        self._world.broker.connect(self._command_arrives)
        self._post(BrokerConnected())
        self._send_undurable()
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
        self._post(BrokerLost(reason))

    def process_died(self) -> None:
        self._alive = self._connected = False
        self._leave_commands_with_the_broker()
        self._world.when_line_changes.remove(self._line_changed)
        self._world.connection_is_over()
        for appointment in (self._timer, self._trying_again):
            if appointment:
                appointment.call_off()

    # ---- messages

    def _pump(self) -> None:
        room = IN_FLIGHT - len(self._in_flight)
        if room <= 0:
            return
        now, boot_id = self._world.clock.now(), self._world.clock.boot_id
        for queued in self._outbox.batch(self._sent_up_to, room, boot_id=boot_id, boot=now.boot):
            self._sent_up_to = queued.sequence
            if queued.row.message not in self._in_flight:
                self._in_flight.add(queued.row.message)
                self._send(queued.row)

    def _send_undurable(self) -> None:
        boot = self._world.clock.now().boot
        for row in self._undurable.values():
            if row.expires_boot is None or row.expires_boot > boot:
                self._send(row)

    def _send(self, row: OutboxRow) -> None:
        self._agenda.after(ONE_WAY_SECONDS, lambda: self._reach_broker(row))
        connection = self._connections
        self._agenda.after(ACKNOWLEDGED_WITHIN, lambda: self._demand_acknowledgement(row, connection))

    def _demand_acknowledgement(self, row: OutboxRow, connection: int) -> None:
        """A broker that takes and never answers is left, and tried again."""
        if self._connected and connection == self._connections and row.message in self._in_flight:
            self._lose("the broker does not acknowledge")
            self._set_timer(RECONNECT_SECONDS, self._connect)

    def _reach_broker(self, row: OutboxRow) -> None:
        if self._world.line_works:
            self._world.broker.take(
                row.topic, row.payload, row.retain, lambda reason: self._acknowledge(row, reason)
            )

    def _acknowledge(self, row: OutboxRow, reason: int) -> None:
        self._agenda.after(ONE_WAY_SECONDS, lambda: self._acknowledged(row, reason))

    def _acknowledged(self, row: OutboxRow, reason: int) -> None:
        waited_for = row.message in self._in_flight or row.message in self._undurable
        if self._connected and self._world.line_works and waited_for:
            self._in_flight.discard(row.message)
            if reason >= DENIED_FROM:
                self._try_again_later()
            else:
                self._undurable.pop(row.message, None)
            if row.then_empty and reason < DENIED_FROM:
                self._world.broker.take(row.topic, b"", True, lambda _: None)
            self._post(Published(row.message, reason))
            self._pump()

    def _try_again_later(self) -> None:
        """What was denied is sent again after a while, from the start of the outbox, over the same connection."""
        if self._trying_again is None:
            self._trying_again = self._agenda.after(DENIED_AGAIN, self._try_again)

    def _try_again(self) -> None:
        self._trying_again = None
        if self._connected:
            self._sent_up_to = 0
            self._send_undurable()
            self._pump()

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
