"""Tables of whole checks: wrong, unsure and right answers, with denominators and 95 % bounds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from models.training.check_cache import LOOK, Seen
from models.training.check_films import Told
from models.training.check_judging import (
    Answer,
    Chances,
    Unseen,
    answer,
    told_by,
    without_movement,
    without_reference,
)
from vision.evaluate.figures import Share, share
from vision.protocol import Stakes, Verdict
from vision.verdict import USUAL, Evidence, Judgement, judge

CONDITIONS = ("uncalibrated", "calibrated on site")
COSTS, EMPTY_FROM = (20.0, 50.0, 200.0, 1000.0, 5000.0), (0.5, 0.9)
_HEAD = ("wrong in_bed", "wrong not_in_bed", "uncertain", "camera_fault")


@dataclass(frozen=True)
class Check:
    """One film and what was known in each second, by condition."""

    told: Told
    looks: dict[str, list[Evidence]]

    @classmethod
    def of(cls, film: Seen, chances: Chances, number: int) -> "Check":
        """number: of the film in its home."""
        plain = told_by(chances.films[number], film.moments)
        on_site = told_by(chances.films[number], film.moments, chances.correction())
        return cls(film.told, {CONDITIONS[0]: [without_reference(e) for e in plain], CONDITIONS[1]: on_site})

    def unseen(self) -> bool:
        """Whether some condition asks for an extension that was not seen yet."""
        try:
            for look in self.looks.values():
                answer(look)
        except Unseen:
            return True
        return False


@dataclass(frozen=True)
class Result:
    """What one check came to."""

    told: Told
    answer: Answer

    @property
    def verdict(self) -> Verdict:
        return self.answer.judgement.verdict


def results(checks: Sequence[Check], condition: str, stakes: Stakes = USUAL) -> list[Result]:
    """By condition and stakes. An extension that was not seen counts as if nothing had come of it."""

    def judged(evidence: Evidence) -> Judgement:
        return judge(replace(evidence, stakes=stakes))

    found = []
    for check in checks:
        look = check.looks[condition]
        try:
            found.append(Result(check.told, answer(look, judged)))
        except Unseen:
            found.append(Result(check.told, Answer(judged(look[-1]), len(look))))
    return found


def net_alone(checks: Sequence[Check], condition: str) -> list[Result]:
    """As if the frames of a look were single pictures: what the net is worth without movement."""
    return [
        Result(check.told, Answer(judge(without_movement(check.looks[condition][LOOK - 1])), LOOK))
        for check in checks
    ]


def tell(checks: Sequence[Check]) -> None:
    """Prints all tables."""
    elevated = [check for check in checks if not check.told.low]
    low = [check for check in checks if check.told.low]
    print(
        f"{len(checks)} checks; {sum(check.unseen() for check in checks)} would look on, but were not seen further"
    )
    _head("cameras that look down by 25 degrees and more")
    for condition in CONDITIONS:
        _row(condition, results(elevated, condition))
    for condition in CONDITIONS:
        _row(f"without movement, {condition}", net_alone(elevated, condition))
    for condition in CONDITIONS:
        _row(f"LOW cameras, {condition}", results(low, condition))
    for condition in CONDITIONS:
        these = results(elevated, condition)
        _groups(
            f"{condition}, by state",
            these,
            lambda r: [f"{'in' if r.told.occupied else 'empty'}: {r.told.state}"],
        )
        _groups(f"{condition}, by light", these, lambda r: [r.told.light])
        _groups(f"{condition}, by what else moves", these, lambda r: r.told.moving or ["nothing"])
        _groups(f"{condition}, by answer", these, lambda r: [f"{r.verdict}: {r.answer.judgement.reasons[0]}"])
    for condition in CONDITIONS:
        _head(f"{condition}, by what a wrong in_bed costs in visits, and how likely a bed must be empty")
        for cost, sure in product(COSTS, EMPTY_FROM):
            stakes = Stakes(wrong_in_bed=cost, empty_from=sure)
            _row(f"{cost:g} visits, {100 * sure:g} %", results(elevated, condition, stakes))


def _groups(title: str, results: Sequence[Result], of: Callable[[Result], list[str]]) -> None:
    _head(title)
    for name in sorted({name for result in results for name in of(result)}):
        _row(name, [result for result in results if name in of(result)])


def _head(title: str) -> None:
    print(f"\n{title}\n{'':36}" + "".join(f"{name:>27}" for name in _HEAD) + f"{'seconds':>9}")


def _row(name: str, results: Sequence[Result]) -> None:
    empty = [result for result in results if not result.told.occupied]
    occupied = [result for result in results if result.told.occupied]
    shares = (
        share([result.verdict == "in_bed" for result in empty]),
        share([result.verdict == "not_in_bed" for result in occupied]),
        share([result.verdict == "uncertain" for result in results]),
        share([result.verdict == "camera_fault" for result in results]),
    )
    seconds = sum(result.answer.seconds for result in results) / max(1, len(results))
    print(f"{name:36}" + "".join(f"{_told(one):>27}" for one in shares) + f"{seconds:9.1f}")


def _told(share: Share) -> str:
    if share.share is None:
        return "-"
    return f"{100 * share.share:.1f} % {share.hits}/{share.of} ({100 * share.low:.1f}-{100 * share.high:.1f})"
