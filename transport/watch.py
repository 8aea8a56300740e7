"""`nattro watch`: a read-only look at many homes at a broker, as a live table or as events for other tools.

Exit codes: 0 as asked; 1 no broker; 2 wrong options; with --once also 3: at least one home needs attention.
"""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import msgspec
from rich.console import Console
from rich.live import Live

from transport.backoff import Backoff
from transport.broker import BrokerConfig, BrokerRefused, demand_broker
from transport.connection import Connection, Deaf, Ended, NoConnection, Received
from transport.topics import ROOT, NameRefused, demand_level
from transport.watch_table import table_of
from transport.watchtower import WatchEvent, Watchtower

REFRESH_SECONDS = 1.0
ONCE_SILENCE_SECONDS = 1.0
"""What is retained has come when nothing more came for so long."""

EPILOG = """examples:
  nattro watch --host broker.example --ca ca.pem --cert watch.pem --key watch.key
  nattro watch --host localhost --plain --once            how do things stand now?
  nattro watch --host localhost --plain --json | jq 'select(.event == "answer_missing")'

exit codes: 0 as asked; 1 no broker; 2 wrong options; with --once also 3: a home needs attention"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    options = _parser().parse_args(argv)
    try:
        config = _config(options)
        demand_broker(config)
    except (msgspec.ValidationError, NameRefused, BrokerRefused) as error:
        sys.stderr.write(f"nattro watch: {error}\n")
        return 2
    watch = Watch(config, options.site, Watchtower(time.time()))
    try:
        return _report_once(watch, options) if options.once else _report_on(watch, options)
    except NoConnection as error:
        sys.stderr.write(f"nattro watch: {error}\n")
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 0


class Watch:
    """A subscription that feeds a watchtower."""

    def __init__(self, config: BrokerConfig, site: str, tower: Watchtower) -> None:
        self.tower = tower
        self._config = config
        self._filter = f"{ROOT}/{site}/#"
        self._backoff = Backoff(first=1.0, longest=30.0)
        self._connection: Connection | None = None

    def open(self) -> None:
        """Connect and subscribe. Raises NoConnection."""
        connection = Connection(
            self._config, self._config.client_id or f"nattro-watch-{secrets.token_hex(4)}"
        )
        connection.open()
        connection.subscribe(self._filter)
        self._connection = connection

    def turn(self, seconds: float) -> Iterator[WatchEvent]:
        """What happened within at most `seconds`; connects again by itself when the connection has ended."""
        if self._connection is None:
            yield from self._reconnect(seconds)
            return
        for happening in self._connection.serve(min(seconds, self._connection.patience)):
            match happening:
                case Received(topic, payload, retained):
                    yield from self.tower.hear(topic, payload, retained, time.time())
                case Deaf(reason):
                    sys.stderr.write(f"nattro watch: the broker lets us hear nothing: {reason}\n")
                case Ended(reason):
                    sys.stderr.write(f"nattro watch: {reason}; connecting again\n")
                    self.tower.went_deaf()
                    self._connection = None
                    return
        yield from self.tower.look(time.time())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _reconnect(self, seconds: float) -> Iterator[WatchEvent]:
        time.sleep(min(seconds, self._backoff.wait(time.monotonic())))
        try:
            self.open()
        except NoConnection:
            return
        self.tower.hears_again(time.time())
        yield from ()


def _report_once(watch: Watch, options: argparse.Namespace) -> int:
    """How things stand: what is retained, and what was said in the meantime."""
    watch.open()
    until = time.monotonic() + (options.seconds or 10.0)
    silent_since = time.monotonic()
    while (now := time.monotonic()) < until and (
        options.seconds or now - silent_since < ONCE_SILENCE_SECONDS
    ):
        if any(True for _ in watch.turn(min(0.2, until - now))):
            silent_since = time.monotonic()
    watch.close()
    if options.json:
        for home in watch.tower.homes:
            _print_line({"needs_attention": home.needs_attention, **msgspec.to_builtins(home)})
    else:
        Console().print(table_of(watch.tower.homes, time.time()))
    return 3 if any(home.needs_attention for home in watch.tower.homes) else 0


def _report_on(watch: Watch, options: argparse.Namespace) -> int:
    """Until stopped, or for `--seconds`: events as lines, or a table that lives."""
    watch.open()
    until = time.monotonic() + options.seconds if options.seconds else None
    with _screen(options.json) as show:
        while until is None or time.monotonic() < until:
            left = REFRESH_SECONDS if until is None else until - time.monotonic()
            for event in watch.turn(max(0.0, min(REFRESH_SECONDS, left))):
                if options.json:
                    _print_line(event)
            show(watch)
    watch.close()
    return 0


def _screen(as_json: bool) -> AbstractContextManager[Callable[[Watch], None]]:
    if as_json:
        return nullcontext(lambda _watch: None)
    return _LiveTable()


class _LiveTable(AbstractContextManager[Callable[[Watch], None]]):
    def __init__(self) -> None:
        self._live = Live(auto_refresh=False)

    def __enter__(self) -> Callable[[Watch], None]:
        self._live.__enter__()
        return lambda watch: self._live.update(table_of(watch.tower.homes, time.time()), refresh=True)

    def __exit__(self, *exception: object) -> None:
        self._live.stop()


def _print_line(thing: object) -> None:
    print(msgspec.json.encode(thing).decode(), flush=True)


def _config(options: argparse.Namespace) -> BrokerConfig:
    """Raises NameRefused or msgspec.ValidationError where an option cannot be meant."""
    if options.site != "+":
        demand_level("site", options.site)
    given = {
        "host": options.host,
        "port": options.port,
        "plain": options.plain,
        "ca": options.ca,
        "certificate": options.cert,
        "key": options.key,
        "username": options.username,
        "password_file": options.password_file,
        "protocol": options.protocol,
    }
    return msgspec.convert({**given, "session_hours": 0, "home_assistant": ""}, BrokerConfig)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nattro watch",
        description="Watch all devices at a broker: online, heartbeats, next windows, answers, open alarms and "
        "faults. Marks heartbeats that are overdue and answers that did not come. Read-only.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", required=True, help="the broker")
    parser.add_argument("--port", type=int, help="8883, or 1883 with --plain")
    parser.add_argument("--plain", action="store_true", help="no TLS")
    parser.add_argument("--ca", help="PEM file of the authority that signed the broker's certificate")
    parser.add_argument("--cert", help="PEM file of your own certificate")
    parser.add_argument("--key", help="PEM file of its key")
    parser.add_argument("--username", default="", help="for brokers that want one")
    parser.add_argument("--password-file", help="file that holds the password")
    parser.add_argument("--protocol", choices=("5", "3.1.1"), default="5", help="MQTT version (default: 5)")
    parser.add_argument("--site", default="+", help="only this site (default: all)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.add_argument("--once", action="store_true", help="how things stand now, then end")
    parser.add_argument("--seconds", type=float, help="end after so many seconds")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
