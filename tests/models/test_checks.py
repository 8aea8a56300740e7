"""Whole checks on rendered films: what was kept of a film is judged as the film itself would be."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.scene.film import FRAMES_PER_SECOND, breathing
from firmware_sim.scene.kernel import floats
from firmware_sim.scene.sensor import Sensor
from models.training.check_cache import EXTENSION, LOOK, Home, Seen, keep, kept, reel_of, watched
from models.training.check_cache import seen as seen_by_the_worker
from models.training.check_films import EMPTY, OCCUPIED, SIZE, CheckedHome, Course, Film, Told
from models.training.check_judging import Chances, Unseen, answer, told_by, without_reference
from models.training.check_reels import keep_reel
from models.training.check_report import CONDITIONS, Check, net_alone, results
from tests.vision.bedroom import BED, Bedroom
from vision.capture import EndOfFilm, Frame, Source
from vision.occupancy import OccupancyNet
from vision.reference import Reference, reference_of
from vision.region import BedRegion
from vision.session import Session
from vision.verdict import Evidence, Judgement

NUMBER = 1_600_031
MADE_UP = Told(0, True, "covered", "infrared", False, 40.0)


class Rendered(Source):
    """A film as the worker's source."""

    def __init__(self, film: Film) -> None:
        self._frames: Iterator[tuple[int, np.ndarray]] = enumerate(film.frames())

    def open(self) -> None:
        """Nothing is to be opened."""

    def read(self) -> Frame:
        try:
            number, picture = next(self._frames)
        except StopIteration:
            raise EndOfFilm from None
        return Frame(picture, number / FRAMES_PER_SECOND)

    def close(self) -> None:
        """Nothing is to be closed."""


@pytest.fixture(scope="module")
def net() -> OccupancyNet:
    return OccupancyNet.load()


@pytest.fixture(scope="module")
def region() -> BedRegion:
    return BedRegion(BED, *SIZE)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return reference_of(Frame(Bedroom(seed=2).picture(), 0.0), BED)


def film_of(breath: float) -> Film:
    """A made-up bedroom in which a blanket rises by so many pixels; cheaper than a rendered one."""
    bedroom = Bedroom()
    rest, inhaled = bedroom.picture(noise=0), bedroom.picture(breath=1.0, noise=0)
    count = (LOOK + EXTENSION + 1) * FRAMES_PER_SECOND
    course = breath * breathing(np.random.default_rng(1), count / FRAMES_PER_SECOND)
    return Film(floats(rest), [Course(floats(inhaled) - floats(rest), floats(course))], count, Sensor(), 1)


@pytest.fixture(scope="module", params=[0.0, 0.6], ids=["still", "breathing"])
def film(request: pytest.FixtureRequest) -> Film:
    return film_of(request.param)


@pytest.fixture(scope="module")
def seen(film: Film, region: BedRegion, reference: Reference) -> Seen:
    return watched(film.frames(), MADE_UP, region, reference, LOOK + EXTENSION)


@pytest.fixture(scope="module")
def home(seen: Seen, region: BedRegion, film: Film) -> Home:
    views = region.views(next(film.frames()))
    stills = np.stack([[view.picture for view in views]] * 3)
    corners = np.stack([view.corners for view in views])
    empty_bed = Bedroom(seed=2).picture()
    return Home(
        NUMBER, region.corners, empty_bed, corners, [seen, seen], {"empty": stills, "occupied": stills}
    )


def looked_at(film: Film, net: OccupancyNet, reference: Reference | None) -> tuple[Judgement, float]:
    """As the agent has a look done: extended once when it is not certain."""
    with Session(Rendered(film), BED, reference, net=net) as session:
        judgement = session.watch(LOOK)
        if judgement.verdict in ("uncertain", "camera_fault"):
            judgement = session.watch(session.seconds + EXTENSION)
        return judgement, session.seconds


@pytest.mark.parametrize("installed", [True, False], ids=["with reference", "without"])
def test_what_was_kept_is_judged_as_the_film_itself(
    film: Film, home: Home, net: OccupancyNet, reference: Reference, tmp_path: Path, installed: bool
) -> None:
    directly, seconds = looked_at(film, net, reference if installed else None)

    keep(home, tmp_path)
    again, chances = kept(tmp_path / f"home-{NUMBER}.npz"), Chances()
    chances.ask(net, again)
    moments = told_by(chances.films[0], again.films[0].moments)
    by_what_was_kept = answer(moments if installed else [without_reference(moment) for moment in moments])

    assert by_what_was_kept.judgement == directly
    assert by_what_was_kept.seconds == pytest.approx(seconds)


def test_a_film_kept_as_it_was_sent_is_seen_again_as_it_was_seen_first(
    film: Film, home: Home, tmp_path: Path
) -> None:
    frames = list(islice(film.sent(), len(home.films[0].moments) * FRAMES_PER_SECOND + 1))
    for occupied in (True, False):
        keep_reel(reel_of(NUMBER, occupied, tmp_path), frames)

    again = seen_by_the_worker(home, tmp_path)

    assert [one.moments for one in again.films] == [one.moments for one in home.films]
    assert np.array_equal(again.films[0].views, home.films[0].views)


def test_a_film_begins_alike_however_much_of_it_is_seen(
    film: Film, seen: Seen, region: BedRegion, reference: Reference
) -> None:
    short = watched(film.frames(), MADE_UP, region, reference, LOOK)
    assert len(short.moments) == LOOK
    assert len(seen.moments) == LOOK + EXTENSION
    assert seen.moments[:LOOK] == short.moments
    assert np.array_equal(seen.views[: len(short.views)], short.views)


def test_a_sleeper_moves_the_picture_and_an_empty_bed_does_not() -> None:
    at = CheckedHome(NUMBER)
    sleeper, told = at.film(True, 6.0)
    assert told.state in OCCUPIED
    assert told.breath > 0
    largest = [float(np.abs(course.adds * course.share.max()).max()) for course in sleeper.courses]
    assert max(largest) > 1.0
    empty, told = at.film(False, 6.0)
    assert told.state in EMPTY
    assert told.breath == 0
    assert told.moving or not empty.courses


def moments(*verdicts: str) -> list[Evidence]:
    return [
        Evidence(seconds=k + 1.0, watched=k + 1.0, faults=(verdict,)) for k, verdict in enumerate(verdicts)
    ]


def as_told(evidence: Evidence) -> Judgement:
    """What the test wrote where a fault would stand."""
    told = evidence.faults[0]
    return Judgement(told.removesuffix("!"), 0.5, (), sure=told.endswith("!"))  # type: ignore[arg-type]


def test_a_look_that_is_sure_ends_at_once() -> None:
    found = answer(moments("uncertain", "uncertain", "in_bed!", "uncertain"), as_told)
    assert (found.judgement.verdict, found.seconds) == ("in_bed", 3)


def test_a_look_that_is_not_sure_takes_its_time_and_is_not_extended() -> None:
    found = answer(moments(*["uncertain"] * 19, "not_in_bed", "uncertain"), as_told)
    assert (found.judgement.verdict, found.seconds) == ("not_in_bed", 20)


def test_an_uncertain_look_is_extended_once() -> None:
    found = answer(moments(*["uncertain"] * 49, "not_in_bed"), as_told)
    assert (found.judgement.verdict, found.seconds) == ("not_in_bed", 50)
    with pytest.raises(Unseen):
        answer(moments(*["uncertain"] * 20), as_told)


def test_a_fault_is_looked_at_once_more() -> None:
    found = answer(moments("camera_fault!", "camera_fault", "in_bed!"), as_told)
    assert (found.judgement.verdict, found.seconds) == ("in_bed", 3)


def check(told_of: Seen, look: list[Evidence]) -> Check:
    return Check(told_of.told, dict.fromkeys(CONDITIONS, look))


def test_what_was_not_seen_to_its_end_stays_unsure(home: Home) -> None:
    unsure = Evidence(seconds=20.0, watched=20.0, chances=(0.5,))
    checks = [check(home.films[0], [unsure] * LOOK)]
    (result,) = results(checks, CONDITIONS[0])
    assert (result.verdict, result.answer.seconds) == ("uncertain", LOOK)
    assert checks[0].unseen()
    assert len(net_alone(checks, CONDITIONS[0])) == 1


def test_without_a_reference_nothing_is_known_of_a_moved_camera() -> None:
    seen = Evidence(seconds=20.0, faults=("moved", "dark"), doubts=("view_unknown", "blurred"), likeness=-1.0)
    plain = without_reference(seen)
    assert (plain.faults, plain.doubts, plain.likeness) == (("dark",), ("blurred",), None)
    assert without_reference(replace(plain)) == plain
