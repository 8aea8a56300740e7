"""The kinds of faults: one small function each, which draws when, how and for how long.

A night is given a few of the kinds (FAULTS) and some of the life (LIFE) that goes on in any home. To add a kind,
write a function and put it into its table; whatever it adds must be something that a scenario file can say.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import get_args

from agent.core.events import LookFailure
from firmware_sim.fuzz.commands import COMMANDS
from firmware_sim.fuzz.draw import Draw, When
from firmware_sim.world.cut import Cut
from firmware_sim.world.world import Lie

Fault = Callable[[Draw], None]


# ---- camera and worker


def camera_fails(draw: Draw) -> None:
    """It hangs, freezes or holds its worker fast, until a restart or by itself."""
    when = draw.when()
    remedy = draw.choice(("reopen", "usb", "relay", "nothing"))
    draw.add(when, camera=draw.choice(("hangs", "freezes", "stuck")), mended_by=remedy)
    if draw.chance.random() < 0.5:
        draw.add(when.later(draw.length()), camera="works")


def camera_unplugged(draw: Draw) -> None:
    """Somebody pulls its plug, and puts it back or not."""
    when = draw.when()
    draw.add(when, camera="unplugged")
    if draw.chance.random() < 0.8:
        draw.add(when.later(draw.length()), camera="plugged")


def usb_flaps(draw: Draw) -> None:
    """A loose contact: the node comes and goes, and stays in the end."""
    at, every, times = draw.moment(), draw.chance.uniform(0.5, 20.0), draw.chance.randint(2, 8)
    for turn in range(times):
        draw.add(When(at + turn * every), camera="unplugged")
        draw.add(When(at + (turn + draw.chance.uniform(0.1, 0.9)) * every), camera="plugged")


def worker_fails(draw: Draw) -> None:
    """Every worker fails in one way for a while."""
    when = draw.when()
    draw.add(when, worker=draw.choice(get_args(LookFailure)))
    draw.add(when.later(draw.length()), worker="works")


def worker_lies(draw: Draw) -> None:
    """Every worker lies in one way for a while."""
    when = draw.when()
    draw.add(when, lie=draw.choice(get_args(Lie)))
    draw.add(when.later(draw.length() + 1800.0), lie="none")


# ---- power and network


def relay_fails(draw: Draw) -> None:
    """A relay's contacts do not move, stick, or bounce; best while something needs it."""
    when, relay = draw.when(), draw.choice(("relay_camera", "relay_router"))
    draw.add(when, **{relay: draw.choice(("broken", "sticks_on", "sticks_off", "bounces"))})
    if relay == "relay_camera":
        draw.add(When(draw.moment()), camera=draw.choice(("hangs", "stuck")), mended_by="relay")
    else:
        draw.add(When(draw.moment()), router="hangs")
    if draw.chance.random() < 0.7:
        draw.add(when.later(draw.length()), **{relay: "works"})


def router_hangs(draw: Draw) -> None:
    """Until its power is cut, or for good."""
    when = draw.when()
    draw.add(when, router=draw.choice(("hangs", "hangs", "hangs_for_good")))
    if draw.chance.random() < 0.4:
        draw.add(when.later(draw.length()), router="works")


def router_slow(draw: Draw) -> None:
    """It takes up to a quarter of an hour to boot, and has to."""
    at = draw.moment()
    draw.add(When(at), router_boots=draw.choice((1.0, 60.0, 170.0, 185.0, 400.0, 900.0)))
    draw.add(When(at + draw.length()), router="hangs")


def connection_dies(draw: Draw) -> None:
    """Half-open TCP: neither end is told."""
    for _ in range(draw.some(3)):
        draw.add(draw.when(), connection="half_open")


def internet_goes(draw: Draw) -> None:
    when = draw.when()
    draw.add(when, internet="gone")
    draw.add(when.later(draw.length()), internet="back")


def broker_misbehaves(draw: Draw) -> None:
    """Gone, silent, never or twice acknowledging, forgetful, or denying some topics."""
    when, mood = draw.when(), draw.choice(("gone", "gone", "silent", "mute", "twice", "forgets", "denies"))
    denied = (
        draw.choice(("/check", "/alarm", "/status", "/heartbeat", "/fault", "")) if mood == "denies" else ""
    )
    draw.add(when, broker=mood, denied=denied)
    draw.add(when.later(draw.length()), broker="works")


def mains_cut(draw: Draw) -> None:
    """For everything in the home. Without a battery-backed clock the device is behind afterwards, for a while."""
    when, lasts = draw.when(), draw.length()
    draw.add(when, mains="cut")
    if draw.chance.random() < 0.3:
        draw.add(when.later(lasts), clock_step=-lasts)
        draw.add(when.later(lasts), clock="untrusted")
        draw.add(when.later(lasts + draw.length()), clock="right")
    draw.add(when.later(lasts), mains="back")


# ---- the device


def agent_dies(draw: Draw) -> None:
    """kill -9, or stopped in good order."""
    for _ in range(draw.some(4)):
        draw.add(draw.when(), agent=draw.choice(("killed", "killed", "stopped")))


def cut_at_a_write(draw: Draw) -> None:
    """The process dies, or the power goes, at the n-th durable write from an instant on."""
    for _ in range(draw.some(4)):
        cut = Cut(
            write=draw.choice((1, 1, 1, 2, 2, 3, 4, 6, 9, 14)),
            where=draw.choice(("before", "inside", "after", "between", "between")),
            step=draw.choice((0, 1, 1, 2, 3, 5)),
            by=draw.choice(("kill", "kill", "power")),
            seconds=draw.length() + 1.0,
        )
        draw.add(draw.when(), cut=cut)


def store_lost(draw: Draw) -> None:
    """Its file vanishes or is torn, with the death in which that happens."""
    when = draw.when()
    draw.add(when, store=draw.choice(("lost", "torn")))
    draw.add(when, agent="killed")
    if draw.chance.random() < 0.7:
        draw.add(when.later(draw.length() + 30.0), consent="given")


def disk_refuses(draw: Draw) -> None:
    """Full or read-only; sometimes the process or the power dies on it."""
    when, lasts = draw.when(), draw.length()
    draw.add(when, store=draw.choice(("full", "full", "read_only")))
    if draw.chance.random() < 0.3:
        draw.add(when.later(lasts * draw.chance.random()), agent="killed")
    draw.add(when.later(lasts), store="works")


def disk_slow(draw: Draw) -> None:
    """A worn card: each commit takes seconds."""
    when = draw.when()
    draw.add(when, store="slow", seconds=draw.choice((0.1, 0.5, 0.9, 2.0, 5.0, 8.0)))
    draw.add(when.later(draw.length()), store="works")


def clock_steps(draw: Draw) -> None:
    """Forwards or back; a little, over a window's edge, hours. Put right later, or not."""
    when = draw.when()
    step = draw.choice((1.5, 2.5, 30.0, 300.0, 1800.0, 3600.0, 20000.0)) * draw.chance.uniform(0.5, 1.5)
    draw.add(when, clock_step=round(step, 3) * draw.choice((1.0, -1.0)))
    if draw.chance.random() < 0.6:
        draw.add(when.later(draw.length()), clock="right")


def clock_untrusted(draw: Draw) -> None:
    when = draw.when()
    draw.add(when, clock="untrusted")
    draw.add(when.later(draw.length()), clock=draw.choice(("trusted", "right")))


# ---- people


def switch_turned(draw: Draw) -> None:
    """The privacy switch."""
    when = draw.when()
    draw.add(when, privacy_switch="locked")
    if draw.chance.random() < 0.8:
        draw.add(when.later(draw.length()), privacy_switch="unlocked")


def consent_changes(draw: Draw) -> None:
    """Withdrawn at the device, and perhaps given anew."""
    when = draw.when()
    draw.add(when, consent="withdrawn")
    if draw.chance.random() < 0.7:
        given = draw.choice(("given", "given", "given_without_blind_test"))
        draw.add(when.later(draw.length()), consent=given)


def person_moves(draw: Draw) -> None:
    """Up and away, half out, and back again."""
    when = draw.when()
    draw.add(when, person=draw.choice(("away", "away", "half_out")))
    if draw.chance.random() < 0.8:
        draw.add(when.later(draw.length()), person="in_bed")


def view_changes(draw: Draw) -> None:
    """Something is before the lens, the camera is turned, the night lamp fails."""
    when = draw.when()
    draw.add(when, view=draw.choice(("covered", "moved", "dark")))
    if draw.chance.random() < 0.7:
        draw.add(when.later(draw.length()), view="clear")


def bed_is_made(draw: Draw) -> None:
    draw.add(draw.when(), bedding=draw.choice(("one_shade", "ordinary")))


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            camera_fails,
            camera_unplugged,
            usb_flaps,
            worker_fails,
            worker_lies,
            relay_fails,
            router_slow,
            connection_dies,
            router_hangs,
            internet_goes,
            broker_misbehaves,
            mains_cut,
            agent_dies,
            store_lost,
            disk_refuses,
            disk_slow,
            cut_at_a_write,
            clock_steps,
            clock_untrusted,
            switch_turned,
            consent_changes,
            *COMMANDS,
        )
    }
)
LIFE: tuple[Fault, ...] = (person_moves, person_moves, view_changes, bed_is_made)
