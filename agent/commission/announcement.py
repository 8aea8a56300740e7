"""Tells the world that somebody opens the camera outside the agreed windows: when it begins, and how it ended.

No agent runs meanwhile, so both words are written into its store, and arrive when it runs again. Of what was seen
only numbers are told.
"""

import secrets
import sys
import syslog

from agent import app
from agent.config import Config
from agent.core.events import CommissioningBegan, CommissioningEnded
from agent.core.facts import CommissioningOf
from agent.core.state import Incompatible, State
from agent.hw.control import NobodyListens, Refused, deliver
from agent.onlooker import NothingToSee, Onlooker
from agent.store import StoreRefused
from vision.commission.protocol import AnyAnswer, AnyRequest, FindCards, Finish, Kept, Light, Record, Recorded


class Unannounced(Exception):
    """The beginning could not be stored, or the device's memory forbids it: the camera stays closed."""


class Announcement:
    """One commissioning, as the world is told of it. what: see agent.core.facts.Commissioning."""

    def __init__(self, config: Config, what: CommissioningOf) -> None:
        self._config, self._what = config, what
        self._session = secrets.token_hex(4)
        self._began = False
        self._openings = 0
        self._seconds = 0.0
        self._light: Light | None = None
        self._states: set[str] = set()
        self._corrects: bool | None = None
        self._finished = False

    def begin(self, *, switch_locked: bool | None) -> None:
        """Before the camera opens for the first time; later it does nothing. Raises Unannounced."""
        if self._began:
            return
        began = CommissioningBegan(session=self._session, what=self._what, privacy_switch=switch_locked)
        try:
            app.step_alone(self._config, began)
            stored = self._memory()
        except (StoreRefused, Incompatible, NothingToSee, OSError) as error:
            raise Unannounced(f"that the camera will be opened cannot be stored: {error}") from error
        open_now = stored.commissioning
        if open_now is None or open_now.session != self._session:
            raise Unannounced(
                "that the camera will be opened cannot be stored, or is not allowed: see `nattro consent show`, "
                f"the privacy switch, and whether {self._config.device.state} is full or read-only"
            )
        self._began = True

    def opens(self, request: FindCards | Record) -> None:
        """The camera is about to be opened. Noted in the system's journal, too."""
        self._openings += 1
        self._seconds += request.seconds
        step = request.step if isinstance(request, Record) else "cards"
        syslog.syslog(syslog.LOG_NOTICE, f"nattro commission {self._session}: the camera is opened ({step})")

    def heard(self, request: AnyRequest, answer: AnyAnswer) -> None:
        """What came of a request."""
        if isinstance(answer, Recorded) and answer.complaint is None:
            self._light = answer.light
            self._states.add(answer.step)
        if isinstance(request, Finish) and isinstance(answer, Kept) and not answer.problem:
            self._finished, self._corrects = True, answer.corrects

    def end(self) -> None:
        """The camera stays closed from now on."""
        if not self._began:
            return
        self._began = False
        try:
            self._tell(
                CommissioningEnded(
                    session=self._session,
                    what=self._what,
                    outcome="finished" if self._finished else "interrupted",
                    openings=self._openings,
                    seconds=round(self._seconds, 1),
                    light=self._light or "",
                    states=len(self._states),
                    corrects=self._corrects,
                )
            )
        except (StoreRefused, Incompatible, Refused, OSError) as error:
            untold = f"nattro commission {self._session}: its end could not be stored: {error}"
            syslog.syslog(syslog.LOG_ERR, untold)
            sys.stderr.write(f"{untold}\n")

    def _tell(self, event: CommissioningEnded) -> None:
        """To the agent, if somebody has started it meanwhile; else into its store."""
        try:
            deliver(self._config.device.state, event)
        except (NobodyListens, OSError):
            app.step_alone(self._config, event)

    def _memory(self) -> State:
        onlooker = Onlooker(self._config.device.state)
        try:
            return onlooker.state() or State()
        finally:
            onlooker.close()
