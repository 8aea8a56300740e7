"""One of everything that nattro says, for tests that must hold for all of it."""

from agent.core.facts import (
    Alarm,
    Answer,
    AnyFact,
    CameraIdentity,
    Commissioning,
    Consent,
    Fault,
    Heartbeat,
    Inventory,
    LookSummary,
    Recovery,
    Reply,
    Restarts,
    Schedule,
    Status,
    Text,
    Window,
)
from agent.core.moment import at

EVENING = 1_795_300_200.0
TEXT = Text(sv="Gå dit.", en="Go there.")


def answer(check: str = "2026-11-21T23:30", start: float = EVENING, late: bool = False) -> Answer:
    return Answer(
        check=check,
        kind="agreed",
        status="not_in_bed",
        window_start=at(start),
        window_end=at(start + 1800),
        answered_at=at(start + 1230),
        looks=(LookSummary(at=at(start), result="not_in_bed", p_occupied=0.02, seconds=20.0),),
        p_occupied=0.02,
        late=late,
        text=TEXT,
    )


def alarm(state: str = "raised", repeat: int = 0) -> Alarm:
    return Alarm(
        alarm="a-1",
        kind="not_in_bed",
        state="raised" if state == "raised" else "acknowledged" if state == "acknowledged" else "cleared",
        check="2026-11-21T23:30",
        raised_at=at(EVENING + 1230),
        repeat=repeat,
        text=TEXT,
    )


def heartbeat(sequence: int = 1) -> Heartbeat:
    return Heartbeat(
        sequence=sequence,
        camera_present=True,
        camera_open=False,
        last_look_at=None,
        last_blind_test=None,
        relays={"camera": True},
        disk_free=10**9,
        memory_free=10**8,
        temperature=41.5,
        under_voltage=False,
        outbox_depth=0,
        outbox_dropped=0,
        commands_ignored=0,
        restarts=Restarts(camera=0, router=1),
        locked="window",
        faults=("camera_covered",),
        next_window=at(EVENING),
        version="1.0",
    )


def schedule(*starts: float, heartbeat_seconds: int = 86_400) -> Schedule:
    return Schedule(
        timezone="Europe/Stockholm",
        times=("23:30",),
        windows=tuple(
            Window(check=f"check-{start:.0f}", start=at(start), end=at(start + 1800)) for start in starts
        ),
        heartbeat_seconds=heartbeat_seconds,
        consent="given",
    )


def fault(state: str = "present") -> Fault:
    return Fault(
        kind="camera_covered",
        state="present" if state == "present" else "cleared",
        since=at(EVENING),
        text=TEXT,
    )


ONE_OF_EACH: tuple[AnyFact, ...] = (
    answer(),
    alarm(),
    alarm("acknowledged"),
    alarm("cleared"),
    fault(),
    fault("cleared"),
    heartbeat(),
    schedule(EVENING),
    Recovery(target="camera", step="relay", outcome="mended", fault="camera_stalled", seconds=71.5),
    Inventory(version="1.0", board="Raspberry Pi 5", camera=CameraIdentity(serial="SN0001")),
    Consent(state="withdrawn", by="night-team"),
    Commissioning(session="c0ffee", what="guide", state="finished", openings=7, light="day", corrects=True),
    Status(state="online", version="1.0"),
    Reply(command="c-1", name="pause", outcome="refused", reason="it is over"),
)
