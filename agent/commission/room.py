"""The device while it is commissioned: lamp, switch, consent, and the process that sees, one request at a time."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

import msgspec

from agent import fittings
from agent.commission.announcement import Announcement, Unannounced
from agent.config import Config
from agent.core.facts import CommissioningOf
from agent.core.state import Incompatible, State
from agent.hw.clock import boot_time
from agent.hw.lamp import LampFault, Light, NoLight
from agent.hw.switch import PrivacySwitch
from agent.onlooker import NothingToSee, Onlooker
from vision.commission.protocol import AnyAnswer, AnyRequest, Failed, FindCards, Record

STARTING = 40.0
"""Seconds that a small computer may take to load what it sees with, and to write what is kept."""
LENIENCE = 5.0
CONSENT_ASKED_EVERY = 0.5
"""Seconds."""
COMMAND = (sys.executable, "-m", "vision.commission")


class Forbidden(Exception):
    """The camera may not be opened; the text says why and what to do."""


class Room:
    """Lamp and switch are held from the beginning to the end; the camera is open only while it is asked to look.

    Before it opens for the first time, that is stored and so announced; what: see agent.core.facts.Commissioning.
    """

    def __init__(self, config: Config, what: CommissioningOf = "guide") -> None:
        self._config = config
        self._announcement = Announcement(config, what)
        self._child: subprocess.Popen[bytes] | None = None
        self._light: Light = NoLight()
        self._switch: PrivacySwitch | None = None

    def __enter__(self) -> Self:
        self._light = fittings.light(self._config)
        self._switch = fittings.privacy_switch(self._config, lambda _: None, self._lock)
        if self._switch is not None:
            self._switch.start()
        self._shine(lit=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()
        if self._switch is not None:
            self._switch.stop()
        self._light.close()
        self._announcement.end()

    def ask(self, request: AnyRequest) -> AnyAnswer:
        """Raises Forbidden. Whatever the other process does, it is gone when this returns."""
        looks = isinstance(request, FindCards | Record)
        if isinstance(request, FindCards | Record):
            self.demand_permission()
            self._announce()
            self._announcement.opens(request)
            self._shine(lit=True)
        try:
            answer = self._asked(request, looks=looks)
        finally:
            if self._kill() and looks:
                self._shine(lit=False)
        self._announcement.heard(request, answer)
        return answer

    def request_until(self, seconds: float) -> float:
        """A deadline for what takes so many seconds."""
        return boot_time() + seconds + STARTING

    def demand_permission(self) -> None:
        """What the lock demands of the agent, it demands of an installer, too. Raises Forbidden."""
        if self._locked_by_hand:
            raise Forbidden("the privacy switch is locked; unlock it and go on")
        consent, running = self._consent()
        if running:
            raise Forbidden(
                "the agent runs, and the camera is its own: stop it first (systemctl stop nattro)"
            )
        if consent == "withdrawn":
            raise Forbidden("consent is withdrawn, so the camera stays closed")
        if consent != "given":
            raise Forbidden("no consent is on record; record it first: nattro consent grant")

    @property
    def _locked_by_hand(self) -> bool:
        return self._switch is not None and self._switch.locked

    def _consent(self) -> tuple[str, bool]:
        """What is on record, and whether an agent runs. Raises Forbidden."""
        try:
            onlooker = Onlooker(self._config.device.state)
            try:
                return (onlooker.state() or State()).consent.state, onlooker.agent_runs()
            finally:
                onlooker.close()
        except (NothingToSee, Incompatible) as error:
            raise Forbidden(str(error)) from error

    def _announce(self) -> None:
        fitted = self._switch is not None
        try:
            self._announcement.begin(switch_locked=self._locked_by_hand if fitted else None)
        except Unannounced as error:
            raise Forbidden(str(error)) from error

    def _asked(self, request: AnyRequest, *, looks: bool) -> AnyAnswer:
        child = self._child = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert child.stdin is not None  # noqa: S101 - it was asked for
        assert child.stdout is not None  # noqa: S101
        if self._locked_by_hand:  # thrown while it was started
            self._kill()
        try:
            child.stdin.write(msgspec.json.encode(request) + b"\n")
            child.stdin.flush()
            if looks:
                self._close_if_withdrawn(child.stdout.fileno())
            told = child.stdout.readline()  # the kernel ends the other side at its deadline
            answer: AnyAnswer = msgspec.json.decode(told, type=AnyAnswer)
        except (OSError, msgspec.DecodeError):
            if self._locked_by_hand:
                raise Forbidden("the privacy switch was locked; the camera was closed at once") from None
            return Failed(kind="stalled", detail="the process that sees ended without an answer; try again")
        finally:
            for pipe in (child.stdout, child.stdin):
                with suppress(OSError):
                    pipe.close()
        return answer

    def _close_if_withdrawn(self, answer: int) -> None:
        """Until there is an answer to read: consent can be withdrawn in another terminal. Raises Forbidden."""
        while not select.select([answer], [], [], CONSENT_ASKED_EVERY)[0]:
            if self._consent()[0] != "given":
                self._kill()
                raise Forbidden("consent was withdrawn; the camera was closed at once")

    def _lock(self, locked: bool) -> None:
        if locked:
            self._kill()

    def _kill(self) -> bool:
        """Whether nothing that was started lives any more."""
        child = self._child
        if child is None:
            return True
        until = boot_time() + LENIENCE
        while boot_time() < until:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                self._child = None
                return True
            child.poll()
            time.sleep(0.02)
        return False

    def _shine(self, *, lit: bool) -> None:
        try:
            self._light.set(lit=lit)
        except LampFault as fault:
            raise Forbidden(f"the lamp does not obey, so the camera stays closed: {fault}") from fault
