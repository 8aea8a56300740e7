"""`nattro evaluate` as a municipality uses it on its own recordings."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.bedroom import BED_TEXT, Bedroom, write_picture
from vision.evaluate import __main__ as command
from vision.evaluate.figures import auc, by_group, share, summarise
from vision.evaluate.judging import Result
from vision.evaluate.manifest import Entry, ManifestError, read_manifest
from vision.protocol import Verdict

Printed = pytest.CaptureFixture[str]
HEADER = "file,label,bed,group,remarks,reference\n"


@pytest.fixture
def recordings(films: Path, tmp_path: Path) -> Path:
    """Pictures and films of two groups, one line of another kind, and a column of somebody's own."""
    write_picture(tmp_path / "asleep.png", Bedroom(bed_level=165).picture())
    write_picture(tmp_path / "away.png", Bedroom(bed_level=35).picture())
    write_picture(tmp_path / "deceptive.png", Bedroom(bed_level=165).picture())
    lines = [
        f'asleep.png,occupied,"{BED_TEXT}",ward 1,ours,',
        f'away.png,empty,"{BED_TEXT}",ward 1,,',
        f'deceptive.png,empty,"{BED_TEXT}",ward 2,a heap of bedding,',
        f'{films / "sleeper.avi"},occupied,"{BED_TEXT}",ward 2,,',
        'visit.avi,mixed,"",ward 2,,',
    ]
    return listed(tmp_path, lines)


def listed(folder: Path, lines: list[str]) -> Path:
    manifest = folder / "list.csv"
    manifest.write_text(HEADER + "\n".join(lines) + "\n", "utf-8")
    return manifest


def evaluate(net_folder: Path, *arguments: object) -> int:
    return command.main([*map(str, arguments), "--model", str(net_folder)])


def test_pictures_and_films_are_judged_and_summed_up_by_group(
    recordings: Path, net_folder: Path, capsys: Printed
) -> None:
    assert evaluate(net_folder, recordings, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    verdicts = {row["file"].rsplit("/")[-1]: row["verdict"] for row in told["rows"]}
    assert verdicts["asleep.png"] == verdicts["deceptive.png"] == verdicts["sleeper.avi"] == "in_bed"
    assert verdicts["away.png"] == "not_in_bed"
    assert told["skipped"] == {"mixed": 1}
    by_name = {summary["name"]: summary for summary in told["summary"]}
    assert list(by_name) == ["ward 1", "ward 2", "all"]
    assert by_name["ward 1"]["auc"] == 1.0
    assert by_name["ward 2"]["false_in_bed"]["hits"] == 1
    assert by_name["all"]["false_in_bed"]["of"] == 2


def test_people_see_each_recording_and_what_was_skipped(
    recordings: Path, net_folder: Path, capsys: Printed
) -> None:
    assert evaluate(net_folder, recordings) == 0
    printed = capsys.readouterr().out
    assert "deceptive.png" in printed
    assert "skipped: 1 with the label 'mixed'" in printed
    assert "visit.avi" not in printed


def test_the_report_shows_the_worst_error_first_and_asks_to_be_kept_safe(
    recordings: Path, net_folder: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    assert evaluate(net_folder, recordings, "--html", report) == 0
    page = report.read_text("utf-8")
    assert page.count("data:image/jpeg") == 1
    assert page.index("deceptive.png") > page.index("worst errors")
    assert "asleep.png" not in page
    assert "delete it when it has served" in page


def test_a_file_that_cannot_be_judged_is_named_and_counted_apart(
    recordings: Path, net_folder: Path, capsys: Printed
) -> None:
    (recordings.parent / "away.png").write_text("no picture")
    assert evaluate(net_folder, recordings) == 1
    assert "not judged: away.png" in capsys.readouterr().out


def test_a_reference_of_the_empty_bed_finds_a_moved_camera(
    tmp_path: Path, net_folder: Path, capsys: Printed
) -> None:
    empty = Bedroom(bed_level=60)
    write_picture(tmp_path / "reference.png", empty.picture())
    write_picture(tmp_path / "turned.png", empty.turned(5.0, 20.0))
    manifest = listed(tmp_path, [f'turned.png,empty,"{BED_TEXT}",home,,reference.png'])
    assert evaluate(net_folder, manifest, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"][0]["verdict"] == "camera_fault"
    assert told["summary"][0]["faults"]["hits"] == 1


def test_every_wrong_line_of_a_list_is_named_at_once_and_nothing_is_judged(
    recordings: Path, net_folder: Path, capsys: Printed
) -> None:
    lines = [f'missing.png,empty,"{BED_TEXT}",g,,', 'asleep.png,occupied,"1,2 3,4",g,,']
    assert evaluate(net_folder, listed(recordings.parent, lines)) == 2
    told = capsys.readouterr()
    assert "list.csv:2: file: there is no file 'missing.png'" in told.err
    assert "list.csv:3: '1,2 3,4' is not four corners" in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("file,label\na.png,empty\n", "bed, group is missing"),
        (HEADER, "nothing to judge"),
        ("file,label,bed,group\nx.png,mixed,,g\n", "nothing to judge"),
    ],
)
def test_a_list_without_what_is_needed_says_what(tmp_path: Path, text: str, says: str) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text(text)
    with pytest.raises(ManifestError, match=says):
        read_manifest(manifest)


def test_a_list_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00file")
    for name in ("binary.csv", "none.csv"):
        with pytest.raises(ManifestError, match=name):
            read_manifest(tmp_path / name)


def test_a_report_without_a_folder_is_refused_before_anything_is_judged(
    recordings: Path, net_folder: Path, capsys: Printed
) -> None:
    assert evaluate(net_folder, recordings, "--html", recordings.parent / "none" / "report.html") == 2
    assert "there is no folder" in capsys.readouterr().err


# ---- figures


def result(occupied: bool, chance: float | None, verdict: Verdict | None, group: str = "g") -> Result:
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    return Result(Entry("x", Path("x"), occupied, corners, group), chance, verdict)


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    none = share([False] * 300)
    assert (none.hits, none.of, none.low) == (0, 300, 0.0)
    assert none.high == pytest.approx(0.01264, abs=1e-4)
    some = share([True] * 8 + [False] * 2)
    assert (some.low, some.high) == pytest.approx((0.4902, 0.9433), abs=1e-3)


def test_a_share_of_nothing_says_that_nothing_is_known() -> None:
    assert (share([]).share, share([]).low, share([]).high) == (None, 0.0, 1.0)


def test_ties_count_half_in_the_area_under_the_curve() -> None:
    assert auc(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == 0.5
    assert auc(np.array([0.9, 0.8, 0.1]), np.array([1.0, 1.0, 0.0])) == 1.0


def test_faults_and_what_could_not_be_judged_never_count_as_seen() -> None:
    summary = summarise(
        "g", [result(True, None, "camera_fault"), result(True, None, None), result(True, 0.9, "in_bed")]
    )
    assert (summary.recall.hits, summary.recall.of) == (1, 2)
    assert (summary.faults.hits, summary.unjudged.hits) == (1, 1)
    assert summary.auc is None


def test_one_group_needs_no_sum_of_all() -> None:
    assert [summary.name for summary in by_group([result(True, 0.9, "in_bed")])] == ["g"]


def test_the_interval_of_the_area_holds_it_and_shrinks_with_more_recordings() -> None:
    rng = np.random.default_rng(3)

    def width(n: int) -> float:
        results = [
            result(bool(i % 2), float(rng.uniform(0, 0.6) + 0.3 * (i % 2)), "uncertain") for i in range(n)
        ]
        summary = summarise("g", results)
        assert summary.auc is not None
        assert summary.auc_interval is not None
        low, high = summary.auc_interval
        assert low <= summary.auc <= high
        return high - low

    assert width(400) < width(40)


def test_the_picture_in_the_report_is_small(recordings: Path, net_folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    evaluate(net_folder, recordings, "--html", report)
    encoded = report.read_text("utf-8").split("base64,")[1].split("'")[0]
    import base64

    picture = cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] == 360
