"""Scenario files: one night as TOML; what happens when, and what must be observed.

    title = "Up and away at the second check"
    about = "Why this night is worth playing."
    start = 2026-11-20T21:00:00          # local time of the site
    end = 2026-11-21T07:00:00

    [site]                               # the policy; every field of agent.core.policy.Policy may be given
    times = ["22:30", "02:30"]

    [[happens]]                          # any number, each with one `at` and one or more changes
    at = "01:50"                         # "HH:MM[:SS]" local, "YYYY-MM-DD HH:MM[:SS]" local, or "+HH:MM[:SS[.mmm]]"
    person = "away"

    [expect.answers]
    "22:30" = "in_bed"
    "02:30" = "not_in_bed"

All that a `[[happens]]` and an `[expect]` may hold is in the classes below. Whatever a file holds beyond that, or
in another shape, is one ScenarioError.
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from agent.core.events import LookFailure
from agent.core.policy import Policy, PolicyError, demand_sense
from firmware_sim import toml_text
from firmware_sim.local_time import LocalTimeError, NightClock
from firmware_sim.world.bedroom import Bedding, Person, View
from firmware_sim.world.broker import Mood
from firmware_sim.world.camera import Remedy
from firmware_sim.world.cut import Cut
from firmware_sim.world.power import ContactState
from firmware_sim.world.signals import Signal
from firmware_sim.world.world import DiskState, Lie

StoreFate = Literal["lost", "torn"]
SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
DEVICE = "sim-0001"
LocalDatetime = Annotated[datetime, msgspec.Meta(tz=False)]


class ScenarioError(Exception):
    """A scenario that cannot be played; the text says which file, what, and how to mend it."""


class CommandSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody sends a command.

    order: the command's fields beside `type`; a value "@02:30" becomes that local time, "@alarm" the id of the
    last alarm raised, "@check" that of the last check answered; valid_for: seconds until it expires;
    payload: send exactly this text instead (garbage); times: how often it is sent, `apart` seconds from each other;
    retained: with the retain flag.
    """

    name: str
    id: str = ""
    order: dict[str, Any] = {}
    by: str = "night-patrol"
    valid_for: float = 600.0
    payload: str | None = None
    times: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    apart: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    retained: bool = False


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something changes in the world.

    at: when; every: repeat this often, in seconds, `repeat` times;
    upon: not at once, but `after` seconds from the next such moment (see world.signals);
    person, bedding, view: what is to be seen, see world.bedroom; mains: of the whole home; internet: of all behind
    the router; router: `hangs` until its power is cut, or for good; privacy_switch: on the device;
    consent: given or withdrawn at the device, with or without naming the blind test;
    camera: `hangs`, `freezes`, `stuck` (mended by `mended_by`), `works`, `unplugged`, `plugged`;
    worker: how every worker fails from now on, or `works`; film: show this recording, `""` for none;
    lie: how every worker lies from now on (see ports.lies), or `none`;
    relay_camera, relay_router: how the contacts fail (see world.power), or `works`;
    router_boots: seconds that the router takes to boot from now on;
    connection: `half_open`: what the device's connection carries is lost, and neither end is told;
    clock_step: seconds, forwards positive;
    clock: whether it can be trusted; `right` sets it to the true time as well;
    broker: see world.broker, or `forgets`: restarted without its session; denied: the part of the topics that it
    denies;
    agent: `killed` (kill -9, systemd starts it again), `stopped` (in good order, and started again);
    calm: all that was broken is put right, and nothing that the scenario has in store happens any more;
    store: `lost` (its file is deleted; happens together with a power cut or kill), `torn`, `full`, `read_only`,
    `slow` (a commit takes `seconds`), `works`; cut: where the process dies, see world.cut.
    """

    at: str
    person: Person | None = None
    bedding: Bedding | None = None
    view: View | None = None
    film: str | None = None
    camera: Literal["works", "hangs", "freezes", "stuck", "unplugged", "plugged"] | None = None
    mended_by: Remedy = "relay"
    worker: LookFailure | Literal["works"] | None = None
    lie: Lie | Literal["none"] | None = None
    relay_camera: ContactState | None = None
    relay_router: ContactState | None = None
    router_boots: Annotated[float, msgspec.Meta(gt=0)] | None = None
    router: Literal["hangs", "hangs_for_good", "works"] | None = None
    internet: Literal["gone", "back"] | None = None
    connection: Literal["half_open"] | None = None
    broker: Mood | Literal["forgets"] | None = None
    denied: str = ""
    mains: Literal["cut", "back"] | None = None
    privacy_switch: Literal["locked", "unlocked"] | None = None
    clock_step: float | None = None
    clock: Literal["trusted", "untrusted", "right"] | None = None
    consent: Literal["given", "given_without_blind_test", "withdrawn"] | None = None
    agent: Literal["killed", "stopped"] | None = None
    store: StoreFate | DiskState | None = None
    seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 5.0
    cut: Cut | None = None
    command: CommandSent | None = None
    calm: Literal[True] | None = None
    every: Annotated[float, msgspec.Meta(gt=0)] | None = None
    repeat: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    upon: Signal | None = None
    after: Annotated[float, msgspec.Meta(ge=0)] = 0.0

    @property
    def changes(self) -> dict[str, Any]:
        """What changes, by name: everything given but when and how often."""
        given = {name: getattr(self, name) for name in self.__struct_fields__ if name not in _MANNER}
        return {name: value for name, value in given.items() if value is not None}


_MANNER = frozenset({"at", "every", "repeat", "upon", "after", "mended_by", "denied", "seconds"})


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What must be observed at the broker and in the home. What is left out is not compared, but for the pulses.

    answers: by check time, `status` or `status(reason)`; alarms: by check time, `kind: raised, acknowledged,
    cleared` (repetitions count as one); faults: by kind, `present, cleared, …`; recoveries: in order,
    `target step outcome`; replies: by command id, `accepted, done`; consents: in order;
    heartbeats, looks (camera openings), pulses: how many, heartbeats without repetitions.
    """

    answers: dict[str, str] = {}
    alarms: dict[str, str] = {}
    faults: dict[str, str] = {}
    recoveries: tuple[str, ...] | None = None
    replies: dict[str, str] | None = None
    consents: tuple[str, ...] | None = None
    heartbeats: int | None = None
    looks: int | None = None
    camera_pulses: int = 0
    router_pulses: int = 0
    unreadable_commands: int | None = None


class ScenarioFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A scenario as written.

    commissioned: consent was recorded before the night; blind_test: it names the blind test, where there is one;
    expect: left out, the promises alone are judged.
    """

    title: str
    about: str = ""
    start: LocalDatetime
    end: LocalDatetime
    commissioned: bool = True
    blind_test: bool = True
    site: dict[str, Any]
    happens: tuple[Happening, ...] = ()
    expect: Expectation | None = None


class Happens(msgspec.Struct, frozen=True):
    """A happening at its instant (elapsed seconds)."""

    elapsed: float
    what: Happening


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario that can be played. seconds: how long it lasts; happens: in the order of time."""

    name: str
    title: str
    about: str
    policy: Policy
    night: NightClock
    seconds: float
    commissioned: bool
    blind_test: bool
    happens: tuple[Happens, ...]
    expect: Expectation | None


def shipped() -> list[Path]:
    """All scenario files that come with nattro."""
    return sorted(SCENARIOS.glob("*.toml"))


def find(name: str) -> Path:
    """The file of a shipped scenario, or the path itself if there is such a file. Raises ScenarioError."""
    for candidate in (Path(name), SCENARIOS / f"{name}.toml"):
        if candidate.is_file():
            return candidate
    raise ScenarioError(
        f"no scenario {name!r}: neither a file of that name nor one of the shipped ones; "
        "`python -m firmware_sim --list` names them"
    )


def load(path: Path) -> Scenario:
    """Read and check a scenario file. Raises ScenarioError."""
    try:
        return build(path.stem, msgspec.toml.decode(path.read_bytes(), type=ScenarioFile))
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except msgspec.ValidationError as error:
        raise ScenarioError(
            f"{path}: {error}; firmware_sim/scenario.py lists what may stand there"
        ) from error
    except msgspec.DecodeError as error:
        raise ScenarioError(f"{path}: is not TOML: {error}") from error
    except (ScenarioError, PolicyError, LocalTimeError) as error:
        raise ScenarioError(f"{path}: {error}") from error


def build(name: str, file: ScenarioFile) -> Scenario:
    """Make a scenario of what a file says. Raises ScenarioError, PolicyError, LocalTimeError."""
    policy = _policy(file.site)
    night = NightClock(policy.timezone, file.start)
    seconds = night.elapsed_of(file.end)
    if seconds <= 0:
        raise ScenarioError(f"end ({file.end}) is not after start ({file.start})")
    happens = [event for item in file.happens for event in _unrolled(item, night, seconds)]
    return Scenario(
        name=name,
        title=file.title,
        about=file.about,
        policy=policy,
        night=night,
        seconds=seconds,
        commissioned=file.commissioned,
        blind_test=file.blind_test,
        happens=tuple(sorted(happens, key=lambda event: event.elapsed)),
        expect=file.expect,
    )


def write(file: ScenarioFile) -> str:
    """The scenario as text that `load` reads as the same scenario. What has its default is left out."""
    head: dict[str, Any] = {
        "title": file.title,
        "about": file.about or None,
        "start": file.start,
        "end": file.end,
    }
    if not file.commissioned:
        head["commissioned"] = False
    if not file.blind_test:
        head["blind_test"] = False
    text = [*toml_text.lines(head), "", "[site]", *toml_text.lines(file.site)]
    for item in file.happens:
        text += ["", "[[happens]]", *toml_text.lines(_said(item))]
    if file.expect is not None:
        text += ["", "[expect]", *toml_text.lines(_said(file.expect))]
    return "\n".join(text) + "\n"


def _said(struct: msgspec.Struct) -> dict[str, Any]:
    """What differs from its default, nested structs as tables."""
    said = {}
    for field in msgspec.structs.fields(type(struct)):
        given = getattr(struct, field.name)
        if field.required or given != _default(field):
            said[field.name] = _said(given) if isinstance(given, msgspec.Struct) else given
    return said


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _policy(site: dict[str, Any]) -> Policy:
    try:
        policy = msgspec.convert({"device": DEVICE, **site}, Policy)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"[site]: {error}; the fields are those of the site's policy") from error
    demand_sense(policy)
    return policy


def _unrolled(item: Happening, night: NightClock, seconds: float) -> list[Happens]:
    first = night.elapsed(item.at)
    if not item.changes:
        raise ScenarioError(f"happens at {item.at!r}: nothing changes; give one of person, camera, router, …")
    if item.repeat > 1 and item.every is None:
        raise ScenarioError(f"happens at {item.at!r}: repeat needs `every`, the seconds between")
    last = first + (item.every or 0.0) * (item.repeat - 1)
    if last > seconds:
        raise ScenarioError(f"happens at {item.at!r}: that is after the end of the scenario")
    return [Happens(first + (item.every or 0.0) * turn, item) for turn in range(item.repeat)]
