"""Makes a failing night as short and plain as it can be, and still fail in the same way.

Delta debugging (Zeller and Hildebrandt's ddmin) over what happens; then whatever else can be left out or be said in
a rounder number is, one thing after the other, until nothing is left that the failure does not need.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec

from firmware_sim.fuzz.failure import UNPLAYABLE
from firmware_sim.local_time import LocalTimeError, NightClock
from firmware_sim.scenario import CommandSent, Happening, Scenario, ScenarioFile, build, write

DEFAULT_ZONE = "Europe/Stockholm"
MOST_TRIES = 3000
ROUND_TO = (3600.0, 600.0, 60.0, 10.0, 1.0, 0.1)
LEAST_LENGTH = 60.0
NEVER_CHANGED = frozenset({"at", "upon", "after", "every", "repeat"})

Fails = Callable[[Scenario], bool]


class NoFailure(Exception):
    """The night that was to be shrunk does not fail."""


def shrink(file: ScenarioFile, fails: Fails, most_tries: int = MOST_TRIES) -> ScenarioFile:
    """The plainest night found that still fails. Raises NoFailure.

    most_tries: how many nights are played at most; what has been found by then is given back.
    """
    trial = _Trial(fails, most_tries)
    if not trial(file):
        raise NoFailure(f"{file.title!r} does not fail in that way")
    before = None
    while before != file:
        before = file
        for simplified in (
            _fewer_happenings,
            _shorter,
            _plainer_site,
            _plainer_happenings,
            _later_begun,
            _in_order,
        ):
            file = simplified(file, trial)
    return file


class _Trial:
    """Tells whether a file is a night that fails; each is played once. Out of patience, nothing fails any more."""

    def __init__(self, fails: Fails, most: int) -> None:
        self._fails = fails
        self._left = most
        self._known: dict[str, bool] = {}

    def __call__(self, file: ScenarioFile) -> bool:
        text = write(file)
        if text not in self._known:
            if self._left <= 0:
                return False
            self._left -= 1
            self._known[text] = self._play(file)
        return self._known[text]

    def _play(self, file: ScenarioFile) -> bool:
        try:
            scenario = build("shrunk", file)
        except UNPLAYABLE:
            return False
        return self._fails(scenario)


# ---- what happens


def _fewer_happenings(file: ScenarioFile, fails: _Trial) -> ScenarioFile:
    """ddmin: leave out as much at once as can be, in ever smaller pieces."""
    pieces = 2
    while len(file.happens) >= 1:
        shorter = next((less for less in _less(file, pieces) if fails(less)), None)
        if shorter is not None:
            file, pieces = shorter, max(pieces - 1, 2)
        elif pieces >= len(file.happens):
            break
        else:
            pieces = min(2 * pieces, len(file.happens))
    return file


def _less(file: ScenarioFile, pieces: int) -> Iterator[ScenarioFile]:
    happens = file.happens
    bounds = [round(turn * len(happens) / pieces) for turn in range(pieces + 1)]
    for begin, end in pairwise(bounds):
        if begin < end:
            yield _with(file, happens=happens[:begin] + happens[end:])


def _in_order(file: ScenarioFile, fails: _Trial) -> ScenarioFile:
    """As it happens, so it is told."""
    night = _night(file)
    ordered = _with(file, happens=tuple(sorted(file.happens, key=lambda item: night.elapsed(item.at))))
    return ordered if fails(ordered) else file


def _plainer_happenings(file: ScenarioFile, fails: _Trial) -> ScenarioFile:
    for place in range(len(file.happens)):
        again = True
        while again:
            again = False
            for plainer in _plainer(file.happens[place], _night(file)):
                candidate = _with(file, happens=_replaced(file.happens, place, plainer))
                if fails(candidate):
                    file, again = candidate, True
                    break
    return file


def _plainer(item: Happening, night: NightClock) -> Iterator[Happening]:
    """The same happening, said with one thing less, or rounder."""
    if item.repeat > 1:
        yield _with(item, repeat=1, every=None)
        yield _with(item, repeat=item.repeat // 2)
    if item.upon is not None:
        yield _with(item, upon=None, after=0.0)
        yield from (_with(item, after=after) for after in _rounder(item.after, 0.0))
    changes = item.changes
    if len(changes) > 1:
        yield from (_with(item, **{name: None}) for name in changes)
    if isinstance(item.command, CommandSent):
        yield from (_with(item, command=plainer) for plainer in _plainer_commands(item.command))
    for field in msgspec.structs.fields(Happening):
        given = getattr(item, field.name)
        if isinstance(given, float) and field.name not in NEVER_CHANGED:
            default = field.default if isinstance(field.default, float) else 0.0
            yield from (_with(item, **{field.name: number}) for number in _rounder(given, default))
    yield from (_with(item, at=at) for at in _plainer_times(item.at, night))


def _plainer_commands(sent: CommandSent) -> Iterator[CommandSent]:
    plain = CommandSent(name=sent.name)
    for name in ("times", "valid_for", "apart", "by", "retained"):
        if getattr(sent, name) != getattr(plain, name):
            yield _with(sent, **{name: getattr(plain, name)})
    for name in sent.order:
        yield _with(sent, order={key: value for key, value in sent.order.items() if key != name})
    yield from (_with(sent, valid_for=number) for number in _rounder(sent.valid_for, plain.valid_for))


def _plainer_times(at: str, night: NightClock) -> Iterator[str]:
    """The instant on a rounder second, as somebody would write it; of one that is round already nothing."""
    elapsed = night.elapsed(at)
    for rounder in (*_near(elapsed), elapsed):
        written = _written(rounder, night)
        if written != at and (rounder != elapsed or len(written) < len(at)):
            yield written


def _written(elapsed: float, night: NightClock) -> str:
    """As a clock reading where one is enough, else as an offset from the start."""
    local = night.local(elapsed)
    if elapsed == int(elapsed):
        for text in (f"{local:%H:%M}", f"{local:%H:%M:%S}", f"{local:%Y-%m-%d %H:%M:%S}"):
            try:
                if night.elapsed(text) == elapsed:
                    return text
            except LocalTimeError:
                continue
    minutes, seconds = divmod(round(elapsed, 3), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"+{hours:02d}:{minutes:02d}:{seconds:06.3f}"


def _rounder(number: float, default: float) -> Iterator[float]:
    """Of a number that is not the default: the default, then what is near by."""
    if number != default:
        yield default
        yield from _near(number)


def _near(number: float) -> Iterator[float]:
    """Rounder numbers near by, the roundest first; never nothing for something."""
    for step in ROUND_TO:
        near = round(round(number / step) * step, 3)
        if near not in (0.0, number):
            yield near


# ---- the night and its home


def _shorter(file: ScenarioFile, fails: _Trial) -> ScenarioFile:
    """End it as soon as can be, on a whole minute; what would happen after the end is left out."""
    low, high = LEAST_LENGTH, _night(file).elapsed_of(file.end)
    while high - low >= 60.0:
        middle = (low + high) // 120 * 60.0
        candidate = _ended(file, middle)
        if middle > low and candidate is not None and fails(candidate):
            file, high = candidate, middle
        else:
            low = max(middle, low + 60.0)
    return file


def _ended(file: ScenarioFile, seconds: float) -> ScenarioFile | None:
    night = _night(file)
    happens = tuple(item for item in file.happens if _last(item, night) <= seconds)
    end = night.local(seconds).replace(tzinfo=None, fold=0)
    if end <= file.start:
        return None
    return msgspec.structs.replace(file, happens=happens, end=end)


def _later_begun(file: ScenarioFile, fails: _Trial) -> ScenarioFile:
    """Begin it as late as can be, in whole hours and then quarters."""
    for step in (timedelta(hours=1), timedelta(minutes=15)):
        while (candidate := _begun_later(file, step)) is not None and fails(candidate):
            file = candidate
    return file


def _begun_later(file: ScenarioFile, step: timedelta) -> ScenarioFile | None:
    start = file.start + step
    if start >= file.end:
        return None
    old, shift = _night(file), step.total_seconds()
    try:
        new = NightClock(_zone(file), start)
    except LocalTimeError:
        return None
    moved = [old.elapsed(item.at) - shift for item in file.happens]
    if any(elapsed < 0 for elapsed in moved):
        return None
    happens = tuple(
        _with(item, at=_written(elapsed, new)) for item, elapsed in zip(file.happens, moved, strict=True)
    )
    return msgspec.structs.replace(file, start=start, happens=happens)


def _plainer_site(file: ScenarioFile, fails: _Trial) -> ScenarioFile:
    again = True
    while again:
        again = False
        for site in _plainer_sites(file.site):
            candidate = _with(file, site=site)
            if fails(candidate):
                file, again = candidate, True
                break
    return file


def _plainer_sites(site: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same policy with one thing less that differs from the default."""
    for name, given in site.items():
        if name != "times":
            yield {key: value for key, value in site.items() if key != name}
        if isinstance(given, dict):
            for inner in given:
                yield {**site, name: {key: value for key, value in given.items() if key != inner}}
        elif isinstance(given, list | tuple) and len(given) > (1 if name == "times" else 0):
            for place in range(len(given)):
                yield {**site, name: [*given[:place], *given[place + 1 :]]}


def _night(file: ScenarioFile) -> NightClock:
    return NightClock(_zone(file), file.start)


def _zone(file: ScenarioFile) -> str:
    return str(file.site.get("timezone", DEFAULT_ZONE))


def _last(item: Happening, night: NightClock) -> float:
    return night.elapsed(item.at) + (item.every or 0.0) * (item.repeat - 1)


def _replaced(happens: Sequence[Happening], place: int, by: Happening) -> tuple[Happening, ...]:
    return (*happens[:place], by, *happens[place + 1 :])


def _with(struct: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(struct, **changes)
