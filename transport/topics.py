"""Names on the wire: nattro/v1/<site>/<device>/… and who may be called what."""

import re
from typing import Literal, get_args

import msgspec

from agent.core.facts import (
    Alarm,
    Answer,
    AnyFact,
    Commissioning,
    Consent,
    Fault,
    Heartbeat,
    Inventory,
    Recovery,
    Reply,
    Schedule,
    Status,
)
from agent.core.orders import CommandName

ROOT = "nattro/v1"
COMMAND_NAMES: frozenset[str] = frozenset(get_args(CommandName))
UNKNOWN_COMMAND = "unknown"

_LEVEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PERSONAL_NUMBER = re.compile(r"(19|20)?\d{6}[-_]?\d{4}")


class NameRefused(ValueError):
    """A site or device name that cannot be a topic level; the text says why and what would do."""


def demand_level(what: Literal["site", "device"], name: str) -> None:
    """Raise NameRefused unless `name` can be a topic level, a client id and a certificate's common name."""
    if not _LEVEL.fullmatch(name):
        raise NameRefused(
            f"{what} {name!r} cannot be used in topics: take 1-64 letters (a-z), digits, '-' and '_', "
            "beginning with a letter or digit, for example 'n-4711'"
        )
    if _PERSONAL_NUMBER.fullmatch(name):
        raise NameRefused(f"{what} {name!r} looks like a personal identity number: use a pseudonym")


class Address(msgspec.Struct, frozen=True):
    """Where a device's topics are. Raises NameRefused if site or device cannot be topic levels."""

    site: str
    device: str

    def __post_init__(self) -> None:
        demand_level("site", self.site)
        demand_level("device", self.device)

    @property
    def root(self) -> str:
        """Everything of this device is below this topic."""
        return f"{ROOT}/{self.site}/{self.device}"

    @property
    def status(self) -> str:
        """Retained `online` or `offline`; the last will's topic."""
        return f"{self.root}/status"

    @property
    def commands(self) -> str:
        """Filter for this device's commands (and not for the replies, which are one level below)."""
        return f"{self.root}/cmd/+"

    @property
    def own_words(self) -> tuple[str, ...]:
        """Filters for what must arrive (answers, alarms, consent, commissioning), to read it back."""
        must_arrive = "check", "alarm/+", "consent", "commissioning"
        return tuple(f"{self.root}/{below}" for below in must_arrive)

    @property
    def lasting_words(self) -> tuple[str, ...]:
        """Filters for what the broker keeps of alarms and faults: what a life that died may have left there."""
        return f"{self.root}/alarm/+", f"{self.root}/fault/+"

    def of(self, fact: AnyFact) -> str:
        """The topic on which this fact is said."""
        match fact:
            case Alarm(kind=kind):
                return f"{self.root}/alarm/{kind}"
            case Fault(kind=kind):
                return f"{self.root}/fault/{kind}"
            case Reply(name=name):
                return f"{self.root}/cmd/{name if name in COMMAND_NAMES else UNKNOWN_COMMAND}/reply"
            case Answer():
                return f"{self.root}/check"
            case Commissioning() | Consent() | Heartbeat() | Inventory() | Recovery() | Schedule() | Status():
                return f"{self.root}/{fact.__struct_config__.tag}"


def address_of(topic: str) -> Address | None:
    """Whose topic this is; None if it is no topic of a nattro device."""
    levels = topic.split("/")
    if len(levels) < 5 or levels[:2] != ROOT.split("/"):
        return None
    try:
        return Address(site=levels[2], device=levels[3])
    except NameRefused:
        return None


def below_device(topic: str) -> str:
    """What follows the device in a topic: `check`, `alarm/missed`, `cmd/pause/reply`."""
    return "/".join(topic.split("/")[4:])
