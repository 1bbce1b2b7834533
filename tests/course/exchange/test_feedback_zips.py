"""Reports in a zip file: whom Moodle and Canvas give them to."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import canvas_rules
import moodle_rules
import pytest
from english import reasons
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.course.exchange.canvas_feedback import canvas_feedback
from grader.course.exchange.feedback_zip import FeedbackZip
from grader.course.exchange.moodle_feedback import moodle_feedback, moodle_owner
from grader.course.exchange.rows import GradeRow

LONG = "Maximiliane Philippa Wilhelmine Auguste " * 8


def report(student: str, **files: bytes) -> tuple[GradeRow, Mapping[str, bytes]]:
    """Give a student with a participant's number and a report."""
    name, _, number = student.rpartition("_")
    row = GradeRow(student=student, name=name, lms_number=number)
    return row, files or {"feedback.html": student.encode()}


def names(made: FeedbackZip) -> list[str]:
    """Give the paths in a zip file."""
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        return archive.namelist()


def test_moodle_takes_each() -> None:
    """Moodle gives each report to its participant: `_`, length and signs of names do not matter."""
    people = ["Ann_Lena Q van/der_1", f"{LONG}_2", "_3", "=1+1 @SUM_4", "小明 王 😀_5", "..._6"]
    made = moodle_feedback([report(one) for one in people])
    taken = moodle_rules.files_taken(made.data, {str(n) for n in range(1, 7)})
    assert taken == {one.rpartition("_")[2]: {"feedback.html": one.encode()} for one in people}
    assert names(made)[1:3] == [
        "=1+1 @SUM_4_assignfeedback_file/feedback.html",
        "Ann Lena Q van der_1_assignfeedback_file/feedback.html",
    ]
    assert reasons(made.left) == ()
    assert all(len(name.encode()) < 200 for name in names(made))


def test_moodle_path_of_the_download() -> None:
    """The path that the download led to is kept where it is Moodle's and agrees."""
    path = "Ada L_12_assignfeedback_file/feedback.html"
    rows = [
        GradeRow(student="a", name="Ada Lovelace", return_path=path, lms_number="12"),
        GradeRow(student="b", return_path=path.replace("12", "13"), lms_number="14"),
        GradeRow(student="c", name="C", return_path="c_99_88_feedback.html"),
        GradeRow(student="d", name="D", return_path="c_99_88_feedback.html", lms_number="15"),
    ]
    made = moodle_feedback([(row, {"feedback.html": b"x", "k.ipynb": b"y"}) for row in rows])
    assert names(made) == [
        "Ada L_12_assignfeedback_file/feedback.html",
        "Ada L_12_assignfeedback_file/k.ipynb",
        "D_15_assignfeedback_file/feedback.html",
        "D_15_assignfeedback_file/k.ipynb",
    ]
    assert reasons(made.left) == (
        ("b", "has two different participant numbers"),
        ("c", "has no participant number of this assignment, so Moodle cannot know whose it is"),
    )
    assert made.paths[0] == ("a", path)


def test_moodle_teams() -> None:
    """A team's report goes to the group's number, once; the default group's is left out."""
    path = "Team Ä 1_1_assignfeedback_file/feedback.html"
    rows = [
        GradeRow(student="a", group="Team_Ä 1", return_path=path, lms_number="39"),
        GradeRow(student="b", group="Team_Ä 1", return_path=path, lms_number="29"),
        GradeRow(student="Default group", name="Default group"),
        GradeRow(student="c", group="Oletus", lms_number="30"),
    ]
    made = moodle_feedback([(row, {"feedback.html": b"x"}) for row in rows])
    assert names(made) == [path]
    why = "people without a group share one submission, so it is not known whose mark this is"
    assert reasons(made.left) == (("Default group", why), ("c", why))
    alone = moodle_feedback([(rows[3], {"feedback.html": b"x"})])
    assert reasons(alone.left) == (
        ("c", "has no number of the group, so Moodle cannot know whose it is"),
    )


def test_moodle_one_number_for_two() -> None:
    """Two reports with one number are left out, both."""
    made = moodle_feedback([report("Ada_1"), report("Bo_1"), report("Cy_2")])
    assert names(made) == ["Cy_2_assignfeedback_file/feedback.html"]
    assert reasons(made.left) == (
        ("Ada_1", "another report of ours has the same number"),
        ("Bo_1", "another report of ours has the same number"),
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".x.html", "files whose names begin with . or ~ are ignored"),
        ("~x.html", "files whose names begin with . or ~ are ignored"),
        ("../x.html", "the name of a file is not one in a folder"),
        ("/x.html", "the name of a file is not one in a folder"),
        ("x\n.html", "the name of a file has characters that cannot be seen"),
    ],
)
def test_odd_files_are_left(name: str, why: str) -> None:
    """A file that Moodle would ignore, or that leaves its folder, is not packed."""
    assert reasons(moodle_feedback([report("Ada_1", **{name: b""})]).left) == (("Ada_1", why),)


def test_same_bytes() -> None:
    """The same reports make the same bytes, in any order."""
    reports = [report("Bo_2"), report("Ada_1")]
    assert moodle_feedback(reports).data == moodle_feedback(reports[::-1]).data


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("Ada L_10_assignfeedback_file/feedback.html", "10"),
        ("Ada L_10_assignfeedback_file_feedback.html", "10"),
        ("Ada L_10_assignsubmission_file_/x/k.ipynb", "10"),
        ("outer/_010_assignfeedback_file/a/feedback.html", "10"),
        ("Ann_Lena_10_assignfeedback_file/feedback.html", ""),
        ("10/feedback.html", ""),
        ("Participant 10/feedback.html", ""),
        ("Ada_10_Assignfeedback_file/feedback.html", ""),
        ("Ada_10_assignfeedback_file/.x", ""),
        ("Default group_assignfeedback_file/feedback.html", ""),
    ],
)
def test_moodle_owner(path: str, number: str) -> None:
    """Whose a path is follows the rules that Moodle was seen to follow."""
    assert moodle_owner(path) == number


@settings(max_examples=60)
@given(st.dictionaries(st.integers(1, 99), st.text(max_size=90), max_size=6))
def test_moodle_any_names(people: Mapping[int, str]) -> None:
    """Whatever the names are, each report reaches its number."""
    rows = [GradeRow(student=str(n), name=name, lms_number=str(n)) for n, name in people.items()]
    made = moodle_feedback([(row, {"feedback.html": row.student.encode()}) for row in rows])
    left = {who for who, _ in made.left}
    taken = moodle_rules.files_taken(made.data, {str(n) for n in people})
    assert taken == {
        str(n): {"feedback.html": str(n).encode()} for n in people if str(n) not in left
    }


def test_canvas_takes_each() -> None:
    """Canvas gives each report to the student and file of the download; others are named."""
    rows = [
        GradeRow(student="a", lms_number="101", return_path="lovelaceada_101_9001_feedback.html"),
        GradeRow(student="b", return_path="bo_LATE_102_9002_feedback.html"),
        GradeRow(student="c", return_path="C_3_assignfeedback_file/feedback.html"),
        GradeRow(student="d", lms_number="105", return_path="d_104_9004_feedback.html"),
        GradeRow(student="e"),
    ]
    files = {"feedback.html": b"x", "feedback.ipynb": b"y"}
    made = canvas_feedback([(row, files) for row in rows])
    assert {key: len(found) for key, found in canvas_rules.files_taken(made.data).items()} == {
        ("101", "9001"): 2,
        ("102", "9002"): 2,
    }
    assert names(made)[2] == "lovelaceada_101_9001_feedback.html"
    why = "has no file of a download from Canvas, which a report goes back to"
    assert reasons(made.left) == (("c", why), ("d", "has two different user IDs"), ("e", why))


def test_canvas_one_file_for_two() -> None:
    """The second report for one file is left out, and so are files that Canvas ignores."""
    path = "x_101_9001_feedback.html"
    rows = [GradeRow(student=one, return_path=path) for one in "ab"]
    made = canvas_feedback([(row, {"feedback.html": b"x"}) for row in rows])
    assert reasons(made.left) == (("b", "another report of ours is for the same file"),)
    made = canvas_feedback([(rows[0], {"link.html": b""})])
    assert reasons(made.left) == (("a", "Canvas ignores files whose names begin with link"),)
    made = canvas_feedback([(rows[0], {"a/b.html": b""})])
    assert reasons(made.left) == (("a", "Canvas takes no folders"),)


def test_canvas_anonymous() -> None:
    """An anonymous name keeps its form."""
    row = GradeRow(student="a", lms_number="aB3xY", return_path="anon_aB3xY_9001_feedback.html")
    assert names(canvas_feedback([(row, {"feedback.html": b"x"})])) == [row.return_path]
