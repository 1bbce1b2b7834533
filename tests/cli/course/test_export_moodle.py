"""True downloads of a Moodle taken, decided about, and sent back to it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from course import sent_course
from course.exchange.moodle_rules import Gradebook, files_taken, import_worksheet, shown
from course.sent_course import SHARED

from grader.cli.entry import main

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no files of a true Moodle here")

PARTS = (15, 25, 25, 25, 10)
NUMBERS = {str(n) for n in range(1, 14)}
Taken = Callable[[str], Path]


def _course(*arguments: str) -> int:
    return main(["course", *arguments])


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """Gives the folder of a course that has taken an archive, where everybody has all points."""
    made: dict[str, Path] = {}

    def take(archive: str) -> Path:
        if archive not in made:
            folder = tmp_path_factory.mktemp("taken") / "course"
            assert _course("new", str(folder), "--zone", "Europe/Berlin") == 0
            at = ("--course", str(folder))
            assert _course("add", "kmeans", *at) == 0
            assert _course("take", str(SHARED / archive), *at) == 0
            _grade(folder)
            made[archive] = folder
        return made[archive]

    return take


def _grade(folder: Path) -> None:
    """Everybody but the first gets 15 + 25 + 12.5."""
    from grader.course.records import connection, courses
    from grader.course.records.models import Enrolment

    courses.opened(courses.find(str(folder)))
    students = Enrolment.objects.order_by("student").values_list("student", flat=True)
    points = dict.fromkeys(students, (15, 25, 12.5, 0, 0)) | {students[0]: PARTS}
    sent_course.grade(points)
    connection.close()


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands work with a copy of a course."""
    shutil.copytree(folder, "course")
    monkeypatch.setenv("GRADER_COURSE", "course")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("form", ["folders", "flat"])
def test_true_class_is_sent_back(
    taken: Taken, at: Path, monkeypatch: pytest.MonkeyPatch, language: str, form: str
) -> None:
    """Every participant gets their own mark, comment and report, whatever they are called."""
    _copied(taken(f"plain-{language}-{form}.zip"), monkeypatch)
    sheet = SHARED / f"plain-{language}-worksheet.csv"
    assert _course("mark", "Zip Student_2", "12.75", "--reason", "by hand") == 0
    assert _course("excuse", "Nested Folders_3", "--reason", "ill") == 0
    assert _course("comment", "=1+1 @SUM_9", "=HYPERLINK(<b>)\n\nsecond") == 0
    assert _course("export", "moodle", str(sheet), "--out", "out.csv") == 0
    after = import_worksheet(Path("out.csv").read_bytes(), Gradebook(), NUMBERS, language=language)
    others = dict.fromkeys(NUMBERS - {"2", "3", "11", "13"}, 52.5)
    assert after.grades == {**others, "13": 100, "2": 12.75}
    assert {number: shown(text) for number, text in after.comments.items() if text} == {
        "9": "=HYPERLINK(<b>)\n\nsecond"
    }
    assert _course("export", "moodle-feedback", "--out", "f.zip") == 0
    files = files_taken(Path("f.zip").read_bytes(), NUMBERS)
    assert files.keys() == NUMBERS - {"11"}
    assert files["9"] == {"feedback.html": b"<p>=1+1 @SUM_9</p>"}
    del at


def test_graded_worksheet_is_filled_in_again(
    taken: Taken, at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grades that Moodle has already become ours, all others stay."""
    _copied(taken("plain-en-folders.zip"), monkeypatch)
    sheet = str(SHARED / "plain-en-worksheet-graded.csv")
    assert _course("export", "moodle", sheet, "--out", "o.csv", "--yes") == 0
    before = dict.fromkeys(NUMBERS, 1.0)
    after = import_worksheet((at / "o.csv").read_bytes(), Gradebook(before), NUMBERS)
    assert after.grades == {**dict.fromkeys(NUMBERS - {"11"}, 52.5), "13": 100, "11": 1.0}


def test_team_is_sent_to_its_members(
    taken: Taken, at: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A team's mark goes to each member; whose the submission without a team is nobody knows."""
    _copied(taken("team-en-folders.zip"), monkeypatch)
    capsys.readouterr()
    sheet = SHARED / "team-en-worksheet.csv"
    assert _course("export", "moodle", str(sheet), "--out", "out.csv") == 1
    assert capsys.readouterr().err == (
        "grader: Default group: people without a group share one submission, so it is not known "
        "whose mark this is\n"
    )
    rows = csv.DictReader(StringIO((at / "out.csv").read_text("utf-8-sig")))
    grades = {(row["Group"], row["Grade"]) for row in rows}
    assert grades == {("Team_Ä 1", "52.5"), ("Default group", "")}
    assert _course("export", "moodle-feedback", "--out", "f.zip") == 1
    assert files_taken((at / "f.zip").read_bytes(), {"1"}) == {
        "1": {"feedback.html": "<p>Team Ä 1_1</p>".encode()}
    }


def test_roster_before_the_download(
    taken: Taken, at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks without a submission find their row by what the roster says of the person."""
    del taken
    monkeypatch.setenv("GRADER_COURSE", "course")
    sheet = str(SHARED / "plain-en-worksheet.csv")
    assert _course("new", "course", "--zone", "UTC") == 0
    assert _course("add", "kmeans") == 0
    assert _course("roster", sheet, "--from", "moodle", "--yes") == 0
    assert _course("mark", "apostrophe", "77", "--reason", "oral exam") == 0
    assert _course("export", "moodle", sheet, "--out", "out.csv") == 0
    after = import_worksheet((at / "out.csv").read_bytes(), Gradebook(), NUMBERS)
    assert after.grades == {"8": 77}
