"""`nattro commission`: the conversation, the configuration it changes, and the device's part in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gpiod
import msgspec
import pytest

from agent.cli import exits, main
from agent.commission.dialogue import Dialogue, Interrupted
from agent.commission.outline import drawing
from agent.commission.room import COMMAND, Forbidden, Room
from agent.commission.settings import Unchangeable, changed, replace_file
from agent.commission.words import Speech, vocabulary
from agent.config import example, load, parse
from agent.hw.clock import boot_id, boot_time
from agent.journal import replay
from agent.onlooker import Onlooker
from agent.ports import StoreError
from tests.house.device import GRANT
from tests.hw.gpio_kernel import FakeChip, FakeGpio
from vision.commission.protocol import (
    STEPS,
    AnyAnswer,
    AnyRequest,
    Failed,
    FindCards,
    Finish,
    Kept,
    NoOutline,
    Outline,
    Record,
    Recorded,
    Tell,
)
from vision.protocol import Bed

BED: Bed = ((200.0, 100.0), (420.0, 100.0), (500.0, 400.0), (120.0, 400.0))
LAMP, SWITCH = 22, 5
FOUND = Outline(bed=BED, width=640, height=480, tilt=41.0, advice=None, frames=24, spread=0.2, sides={})
IN_FORCE = Kept(
    description='{"bed": [[200,100],[420,100],[500,400],[120,400]], "lights": {"infrared": "i.npz"}}',
    files={"reference.json": 300},
)
Printed = pytest.CaptureFixture[str]


def good(step: str) -> Recorded:
    return Recorded(step=step, frames=140, seconds=14.0, light="infrared", net="0" * 64, log_odds=1.0)  # type: ignore[arg-type]


class FakeRoom:
    """Answers as the other process would: keeps good steps, puts them in force when all are there."""

    def __init__(self) -> None:
        self.draft: dict[str, Recorded] = {}
        self.bed: Bed | None = None
        self.cards: list[AnyAnswer] = [FOUND]
        self.troubles: list[AnyAnswer] = []
        self.asked: list[AnyRequest] = []

    def request_until(self, seconds: float) -> float:
        return seconds

    def ask(self, request: AnyRequest) -> AnyAnswer:
        self.asked.append(request)
        match request:
            case FindCards():
                return self.cards.pop(0)
            case Record(step=step, bed=bed):
                if self.troubles:
                    return self.troubles.pop(0)
                self.bed, self.draft[step] = bed, good(step)
                return self.draft[step]
            case Finish(other_light=False) if set(self.draft) != set(STEPS):
                return Failed(kind="refused", detail="still to be recorded")
            case Tell(folder=folder) if folder.endswith("draft"):
                told = msgspec.json.encode({"bed": self.bed, "lights": {}}).decode()
                return Kept(description=told) if self.bed else Kept(problem="nothing")
        return msgspec.structs.replace(IN_FORCE, draft=tuple(self.draft.values()))

    @property
    def steps(self) -> list[str]:
        return [request.step for request in self.asked if isinstance(request, Record)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "nattro.toml"
    file.write_text(example().replace('"/var/lib/nattro"', '"state"'))
    return file


Guided = Callable[..., list[str]]


@pytest.fixture
def room() -> FakeRoom:
    return FakeRoom()


@pytest.fixture
def guided(file: Path, room: FakeRoom) -> Guided:
    """Runs the conversation with these answers, and gives what was said."""

    def run(
        answers: list[str], corners: Bed | None = None, *, anew: bool = False, lang: str = "en"
    ) -> list[str]:
        said: list[str] = []
        heard: Iterator[str] = iter(answers)
        speech = Speech("sv" if lang == "sv" else "en")
        dialogue = Dialogue(room, load(file), Path("/ref"), speech, said.append, lambda _: next(heard, None))
        dialogue.commission(file, corners, anew=anew)
        return said

    return run


ENTER = [""]
ALL = [*ENTER, "y", *ENTER * len(STEPS), "y"]


def test_the_whole_way_writes_corners_and_folder(guided: Guided, file: Path, room: FakeRoom) -> None:
    said = "\n".join(guided(ALL))
    camera = load(file).camera
    assert (camera.bed, camera.reference) == (BED, Path("/ref"))
    assert room.steps == list(STEPS)
    assert "looks down by about 41°" in said
    assert "+bed = [[200, 100], [420, 100], [500, 400], [120, 400]]" in said


def test_in_swedish_yes_is_ja(guided: Guided, file: Path) -> None:
    said = guided([*ENTER, "j", *ENTER * len(STEPS), "ja"], lang="sv")
    assert load(file).camera.bed == BED
    assert any("TOM OCH BÄDDAD" in line for line in said)


def test_what_is_not_agreed_to_is_not_written(guided: Guided, file: Path) -> None:
    before = file.read_text()
    said = guided([*ALL[:-1], "n"])
    assert file.read_text() == before
    assert any("Paste the lines" in line for line in said)


def test_a_bad_step_is_repeated_and_says_why(guided: Guided, room: FakeRoom) -> None:
    room.troubles = [
        msgspec.structs.replace(good("made"), complaint="covered"),
        Failed(kind="gone", detail="the camera was unplugged"),
    ]
    said = "\n".join(guided([*ALL, "", ""][:2] + ENTER * (len(STEPS) + 2) + ["y"]))
    assert room.steps[:3] == ["made"] * 3
    assert "something covers the camera" in said
    assert "the camera was unplugged" in said


def test_a_card_that_is_missing_is_named(guided: Guided, room: FakeRoom) -> None:
    room.cards = [NoOutline(reasons=("missing:foot_left", "glare"), width=640, height=480), FOUND]
    said = "\n".join(guided([*ENTER, *ALL]))
    assert "the card “foot end left” is not seen" in said


def test_a_flat_view_is_advised_against(guided: Guided, room: FakeRoom) -> None:
    room.cards = [msgspec.structs.replace(FOUND, tilt=18.0)]
    assert any("Move the camera" in line for line in guided(ALL))


def test_an_interrupted_one_goes_on_where_it_was(guided: Guided, room: FakeRoom, file: Path) -> None:
    with pytest.raises(Interrupted, match="run the command again"):
        guided([*ENTER, "y", "", "", "q"])
    assert room.steps == ["made", "thrown_back"]
    said = guided([*ENTER * 4, "y"])
    assert "2 of 6" in "\n".join(said)
    assert room.steps == list(STEPS)
    assert load(file).camera.bed == BED


def test_anew_begins_with_the_corners(guided: Guided, room: FakeRoom) -> None:
    with pytest.raises(Interrupted):
        guided([*ENTER, "y", "", ""])
    room.cards = [FOUND]
    guided(ALL, anew=True)
    assert room.steps == ["made", "thrown_back", *STEPS]


def test_corners_that_are_no_bed_are_refused_before_anything_is_recorded(
    guided: Guided, room: FakeRoom
) -> None:
    with pytest.raises(Unchangeable, match="do not enclose a bed"):
        guided(ALL, corners=((1, 1), (2, 2), (3, 3), (4, 4)))
    assert not room.steps


# ---- the configuration


def test_everything_else_in_the_file_stays_as_it_was() -> None:
    old = example()
    new = changed(old, BED, Path("/ref"))
    gone = set(old.splitlines()) - set(new.splitlines())
    assert len(gone) == 1
    assert next(iter(gone)).startswith("bed = ")
    assert changed(new, BED, Path("/ref")) == new


def test_a_value_of_several_lines_is_replaced_whole() -> None:
    spread = example().replace(
        "bed = [[212, 96], [424, 92], [520, 388], [118, 396]]",
        "bed = [\n  [212, 96], [424, 92], # the head [end]\n  [520, 388], [118, 396],\n]",
    )
    assert parse(changed(spread, BED, None)).camera.bed == BED


def test_a_file_that_is_replaced_keeps_its_permissions(file: Path) -> None:
    file.chmod(0o640)
    replace_file(file, "x = 1\n")
    assert file.read_text() == "x = 1\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in file.parent.iterdir()] == [file.name]


# ---- the device


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> FakeChip:
    made = FakeChip()
    made.pulls[SWITCH] = 0
    FakeGpio(gpiochip0=made).install(monkeypatch)
    return made


@pytest.fixture
def device(file: Path, chip: FakeChip) -> Path:
    fitted = f"""
lamp = {{ chip = "/dev/gpiochip0", line = {LAMP} }}
privacy_switch = {{ chip = "/dev/gpiochip0", line = {SWITCH} }}
"""
    file.write_text(file.read_text().replace("[relays]", fitted + "[relays]"))
    return file


def consent(file: Path) -> None:
    assert main(["consent", "grant", *GRANT, "--config", str(file)]) == exits.OK


def looking(room: Room) -> AnyAnswer:
    return room.ask(
        FindCards(folder="/ref", source="device:/dev/null", seconds=1, deadline=room.request_until(1))
    )


def test_without_consent_the_camera_stays_closed(device: Path, capsys: Printed) -> None:
    assert main(["commission", "--config", str(device)]) == exits.STATE
    assert "no store yet" in capsys.readouterr().err
    consent(device)
    assert main(["consent", "withdraw", "--config", str(device)]) == exits.OK
    assert main(["commission", "--config", str(device)]) == exits.STATE
    assert "consent is withdrawn" in capsys.readouterr().err
    assert told(device) == []


def test_a_locked_switch_keeps_it_closed(device: Path, chip: FakeChip) -> None:
    consent(device)
    chip.pulls[SWITCH] = chip.levels[SWITCH] = 1
    with Room(load(device)) as room, pytest.raises(Forbidden, match="switch is locked"):
        looking(room)


def test_a_lamp_that_does_not_obey_keeps_it_closed(device: Path, capsys: Printed) -> None:
    consent(device)
    gpiod.request_lines("/dev/gpiochip0", consumer="other", config={LAMP: gpiod.LineSettings()})
    assert main(["commission", "--config", str(device)]) == exits.STATE
    assert "lamp" in capsys.readouterr().err


def test_the_lamp_is_lit_only_while_it_looks(
    device: Path, chip: FakeChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(device)
    script = f"import sys; sys.stdin.readline(); print({msgspec.json.encode(FOUND).decode()!r}, flush=True)"
    monkeypatch.setattr("agent.commission.room.COMMAND", (COMMAND[0], "-c", script))
    with Room(load(device)) as room:
        assert chip.levels[LAMP] == 1  # dark: the line is driven to put it out
        assert looking(room) == FOUND
        assert chip.levels[LAMP] == 1
    assert chip.driven(LAMP)[-3:] == [0, 1, 0]  # lit, dark, and lit by a process that ends


def test_turning_the_switch_closes_the_camera_at_once(
    device: Path, chip: FakeChip, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(device)
    monkeypatch.setattr("agent.commission.room.COMMAND", (COMMAND[0], "-c", "import time; time.sleep(600)"))
    with Room(load(device)) as room:
        whole = room._asked

        def thrown_in_mid_look(request: AnyRequest, *, looks: bool) -> AnyAnswer:
            import threading

            threading.Timer(0.5, lambda: chip.turn(SWITCH, 1)).start()
            return whole(request, looks=looks)

        monkeypatch.setattr(room, "_asked", thrown_in_mid_look)
        with pytest.raises(Forbidden, match="closed at once"):
            looking(room)


# ---- what the world is told


def answering(monkeypatch: pytest.MonkeyPatch, *answers: AnyAnswer) -> None:
    """The process that sees gives these answers, one a request."""
    scripts = [
        f"import sys; sys.stdin.readline(); print({msgspec.json.encode(answer).decode()!r}, flush=True)"
        for answer in answers
    ]
    whole = Room._asked

    def asked(room: Room, request: AnyRequest, *, looks: bool) -> AnyAnswer:
        monkeypatch.setattr("agent.commission.room.COMMAND", (COMMAND[0], "-c", scripts.pop(0)))
        return whole(room, request, looks=looks)

    monkeypatch.setattr(Room, "_asked", asked)


def told(file: Path) -> list[dict[str, object]]:
    """What waits in the real store about commissioning, oldest first."""
    onlooker = Onlooker(load(file).device.state)
    try:
        rows = onlooker.waiting(boot_id(), boot_time())
    finally:
        onlooker.close()
    return [
        msgspec.json.decode(each.row.payload)["data"]
        for each in rows
        if each.row.topic.endswith("/commissioning") and each.row.keep == "always"
    ]


def record(room: Room, step: str) -> AnyAnswer:
    deadline = room.request_until(14)
    return room.ask(
        Record(step=step, bed=BED, folder="/ref", source="device:/dev/null", seconds=14, deadline=deadline)  # type: ignore[arg-type]
    )


def test_what_was_done_is_told_in_numbers_and_waits_for_the_agent(
    device: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(device)
    bad = msgspec.structs.replace(good("thrown_back"), complaint="covered")
    corrected = msgspec.structs.replace(IN_FORCE, corrects=True)
    answering(monkeypatch, FOUND, good("made"), bad, good("thrown_back"), corrected)
    with Room(load(device)) as room:
        looking(room)
        (begun,) = told(device)
        assert begun["state"] == "began"
        for step in ("made", "thrown_back", "thrown_back"):
            record(room, step)
        room.ask(Finish(folder="/ref", deadline=room.request_until(0)))
    ended = told(device)[-1]
    assert ended == {
        "session": begun["session"],
        "what": "guide",
        "state": "finished",
        "openings": 4,
        "seconds": 43.0,
        "light": "infrared",
        "states": 2,
        "corrects": True,
    }


def test_an_interrupted_one_is_told_as_such(device: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    consent(device)
    answering(monkeypatch, FOUND)
    with Room(load(device), "reference") as room:
        looking(room)
    assert [(each["what"], each["state"]) for each in told(device)] == [
        ("reference", "began"),
        ("reference", "interrupted"),
    ]


def test_one_that_opened_nothing_tells_nothing(device: Path) -> None:
    consent(device)
    with Room(load(device)) as room:
        room.demand_permission()
    assert told(device) == []


def test_what_cannot_be_stored_opens_no_camera(device: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    consent(device)

    def full(*_: object) -> None:
        raise StoreError("database or disk is full")

    monkeypatch.setattr("agent.store.Store.commit", full)
    with Room(load(device)) as room, pytest.raises(Forbidden, match="cannot be stored"):
        looking(room)
    assert told(device) == []


def test_its_words_are_in_the_journal_which_replays(device: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    consent(device)
    answering(monkeypatch, FOUND)
    with Room(load(device)) as room:
        looking(room)
    found = replay(load(device).device.state)
    assert found.differences == []
    assert found.events >= 8


def test_consent_withdrawn_in_another_terminal_closes_the_camera_at_once(
    device: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(device)
    monkeypatch.setattr("agent.commission.room.COMMAND", (COMMAND[0], "-c", "import time; time.sleep(600)"))
    asked = Room._consent

    def withdrawn_meanwhile(room: Room) -> tuple[str, bool]:
        if room._child is not None:
            assert main(["consent", "withdraw", "--config", str(device)]) == exits.OK
        return asked(room)

    monkeypatch.setattr(Room, "_consent", withdrawn_meanwhile)
    with Room(load(device)) as room:
        with pytest.raises(Forbidden, match="withdrawn; the camera was closed at once"):
            looking(room)
        assert room._child is None
    assert [each["state"] for each in told(device)] == ["began", "interrupted"]


# ---- words


def test_every_text_is_there_in_both_languages_with_the_same_values() -> None:
    import string

    for texts in vocabulary().values():
        for text in texts.values():
            names = [
                {name for _, name, _, _ in string.Formatter().parse(one) if name}
                for one in (text.sv, text.en)
            ]
            assert text.sv
            assert text.en
            assert names[0] == names[1]


def test_every_step_has_its_words() -> None:
    assert set(vocabulary()["step"]) == set(STEPS)


def test_the_outline_shows_the_bed_and_nothing_else() -> None:
    lines = drawing(BED, 640, 480)
    assert set("".join(lines)) <= set("+-| ·1234")
    assert all(len(line) == len(lines[0]) for line in lines)
