"""The chain: every check in the order in which a technician would make it, and the walk along it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from agent import __version__
from agent.doctor import (
    broker,
    camera,
    certificates,
    clock,
    commissioned,
    consent,
    disk,
    memory,
    model,
    network,
    own,
    power,
    relays,
    schedule,
    services,
    settings,
    signs,
    tls,
    worker,
)
from agent.doctor.findings import Finding, Outcome, Report, fault, not_checked, warning, worst
from agent.doctor.visit import Visit
from agent.doctor.words import needs, vocabulary, words_for

IN_ALL = 60.0
"""Seconds for which a technician waits; a relay's pulse comes on top."""


class Check(NamedTuple):
    """A check. needs: those that must have passed; patience: seconds after which it hangs."""

    name: str
    make: Callable[[Visit], Outcome]
    needs: tuple[str, ...] = ()
    patience: float = 3.0


CONFIG = ("config.file",)
PULSE = 400.0
"""A relay's longest pulse, and the longest time that a camera may be given to come back; not counted as waiting."""

CHAIN: tuple[Check, ...] = (
    Check("config.file", settings.file),
    Check("power.supply", power.supply),
    Check("power.battery", power.battery),
    Check("power.temperature", power.temperature),
    Check("clock.trust", clock.trust),
    Check("clock.network", clock.network),
    Check("clock.rtc", clock.rtc),
    Check("disk.space", disk.space, CONFIG),
    Check("disk.writable", disk.writable, CONFIG),
    Check("disk.wear", disk.wear),
    Check("disk.access", disk.access, CONFIG),
    Check("disk.store", disk.store, CONFIG),
    Check("memory.free", memory.free),
    Check("memory.limits", memory.limits),
    Check("memory.swap", memory.swap),
    Check("camera.present", camera.present, CONFIG),
    Check("camera.commissioned", commissioned.reference, CONFIG),
    Check("worker.answers", worker.answers, CONFIG, patience=worker.PATIENCE + 6.0),
    Check("worker.locked", worker.locked, ("worker.answers",)),
    Check("relay.lines", relays.lines, CONFIG),
    Check("relay.pulse", relays.pulse, ("camera.present", "relay.lines"), patience=PULSE),
    Check("lamp.fitted", signs.lamp, CONFIG),
    Check("switch.position", signs.switch, CONFIG),
    Check("network.link", network.link, CONFIG),
    Check("network.gateway", network.gateway, ("network.link",), patience=4.0),
    Check("network.uplink", network.uplink, ("network.link",), patience=6.0),
    Check("dns.broker", network.broker_name, CONFIG, patience=6.0),
    Check("tls.reached", tls.reached, ("dns.broker",), patience=6.0),
    Check("tls.handshake", tls.handshake, ("tls.reached",), patience=6.0),
    Check("certificate.broker", certificates.of_the_broker, ("tls.handshake",)),
    Check("certificate.device", certificates.of_the_device, CONFIG),
    Check("certificate.access", certificates.access, CONFIG),
    Check("certificate.authority", certificates.of_the_authority, CONFIG),
    Check("broker.login", broker.login, ("tls.handshake",), patience=8.0),
    Check("broker.own_topics", broker.own_topics, ("broker.login",), patience=6.0),
    Check("broker.others_topics", broker.others_topics, ("broker.login",), patience=6.0),
    Check("broker.read_back", broker.read_back, ("broker.own_topics",), patience=6.0),
    Check("consent.recorded", consent.recorded, CONFIG),
    Check("schedule.times", schedule.times, CONFIG),
    Check("schedule.windows", schedule.windows, ("schedule.times",)),
    Check("model.hash", model.matches_its_manifest),
    Check("agent.faults", own.faults, ("disk.store",)),
    Check("agent.outbox", own.outbox, ("disk.store",)),
    Check("services.agent", services.agent, patience=4.0),
    Check("services.socket", services.socket, patience=4.0),
    Check("services.watchdog", services.watchdog, patience=4.0),
    Check("services.hardware_watchdog", services.hardware_watchdog, patience=4.0),
)


def examine(visit: Visit, tell: Callable[[Finding], None], chain: tuple[Check, ...] = CHAIN) -> Report:
    """Make every check in turn, telling each finding at once."""
    findings = []
    for finding in _walk(visit, chain):
        tell(finding)
        findings.append(finding)
    made = tuple(findings)
    return Report(
        device=visit.device,
        version=__version__,
        at=datetime.fromtimestamp(round(visit.now.utc), UTC),
        result=worst(made),
        findings=made,
    )


def _walk(visit: Visit, chain: tuple[Check, ...]) -> Iterator[Finding]:
    left = IN_ALL
    for check in chain:
        begun = time.monotonic()
        outcome = _outcome(check, visit, left)
        visit.passed[check.name] = outcome
        took = time.monotonic() - begun
        left -= took if check.patience < PULSE else 0.0
        yield _finding(check.name, outcome, took)


def _outcome(check: Check, visit: Visit, left: float) -> Outcome:
    missing = next(
        (need for need in check.needs if visit.passed[need].state in {"fault", "not_checked"}), None
    )
    if missing is not None:
        return needs(missing)
    if left <= 0:
        return not_checked("no_time", seconds=round(IN_ALL))
    patience = check.patience if check.patience == PULSE else min(check.patience, left)
    return _within(patience, check, visit)


def _within(seconds: float, check: Check, visit: Visit) -> Outcome:
    """A dead disk or a mute name server must not keep the doctor waiting."""
    made: list[Outcome] = []

    def make() -> None:
        try:
            made.append(check.make(visit))
        except PermissionError as error:
            made.append(not_checked("no_permission", detail=str(error)))
        except Exception as error:  # noqa: BLE001 - one check that breaks must not cost all the others
            made.append(warning("broken", detail=f"{type(error).__name__}: {error}"))

    thread = threading.Thread(target=make, name=check.name, daemon=True)
    thread.start()
    thread.join(seconds)
    return made[0] if made else fault("hung", seconds=round(seconds))


def _finding(name: str, outcome: Outcome, seconds: float) -> Finding:
    told = words_for(name, outcome.code).filled({**outcome.values, **outcome.words})
    return Finding(
        check=name,
        state=outcome.state,
        code=outcome.code,
        values=outcome.values,
        title=vocabulary()[name].title,
        means=told.means,
        do=told.do,
        seconds=round(seconds, 3),
    )
