"""`grader course export csv`, `moodle`, `canvas` and their feedback, as a person runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from course import sent_course
from course.course_store import Store
from course.exchange.canvas_rules import User, import_gradebook
from course.exchange.moodle_rules import Gradebook, files_taken, import_worksheet, shown

Run = Callable[..., tuple[int, str, str]]
Answer = Callable[[str], None]
LANGUAGE = (
    "- Use Moodle in the same language as at the download: the columns are called 'Identifier' "
    "and 'Grade'.\n"
    "- Import this file before you upload the zip file with feedback.\n"
)
WAITS = "grader: Bo Li_5: is not graded yet; run grader course grade\n"
BOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section,k-means (12),Final Score\n"
    "    Points Possible,,,,,100.00,(read only)\n"
    '"Lovelace, Ada",101,m1,ada@x.edu,S1,,80.00\n'
    '"Müller, Alex",102,m2,alex@x.edu,S1,50.00,\n'
)


def test_fresh_worksheet_is_filled_in(store: Store, run: Run) -> None:
    """Moodle takes the grades and the comment; who has none is named."""
    sent_course.take_moodle(store)
    Path("w.csv").write_bytes(sent_course.worksheet())
    assert run("comment", "Ada Lovelace_10", "1 < 2 & so on\nBye", "--part", "two")[0] == 0
    assert run("export", "moodle", "w.csv", "-a", "kmeans", "--out", "out.csv") == (
        1,
        "w.csv: 2 grades and 1 comment change.\n"
        "student          line  old  new  comment\n"
        "Ada Lovelace_10     2       100  new\n"
        "Alex Müller_4       3        40\n"
        f"Written to out.csv.\n{LANGUAGE}",
        WAITS,
    )
    after = import_worksheet(Path("out.csv").read_bytes(), Gradebook(), {"10", "4", "5"})
    assert after.grades == {"10": 100, "4": 40}
    assert shown(after.comments["10"]) == "Part 2: 1 < 2 & so on\nBye"


def test_grades_in_the_file_are_asked_about(store: Store, run: Run, answer: Answer) -> None:
    """A grade that is there already is replaced only when the person at the terminal wants it."""
    sent_course.take_moodle(store)
    Path("w.csv").write_bytes(sent_course.worksheet(p10="50.00", p4="40.00"))
    preview = (
        "w.csv: 1 grade and 0 comments change.\n"
        "student          line    old  new  comment\n"
        "Ada Lovelace_10     2  50.00  100\n"
    )
    command = ("export", "moodle", "w.csv", "--out", "out.csv")
    answer("n")
    question = "1 grade or comment is in the file already. Replace? [y/N] "
    assert run(*command) == (2, preview, f"{WAITS}{question}grader: nothing was changed\n")
    assert not Path("out.csv").exists()
    answer("y")
    code, out, err = run(*command)
    assert (code, err) == (1, WAITS + question)
    assert out.startswith(f"{preview}Written to out.csv.\n{LANGUAGE}- 1 student already has a ")
    assert run(*command, "--yes")[::2] == (1, WAITS)


def test_json_says_what_changes(store: Store, run: Run, answer: Answer) -> None:
    """With `--json` a program can look at the changes, and see that nothing was written."""
    sent_course.take_moodle(store)
    Path("w.csv").write_bytes(sent_course.worksheet(p10="50.00"))
    answer("n")
    code, out, _ = run("export", "moodle", "w.csv", "--out", "out.csv", "--json")
    data = json.loads(out)
    assert (code, data["out"], data["unmatched"]) == (2, None, [])
    assert data["left"] == [
        {"student": "Bo Li_5", "why": "is not graded yet; run grader course grade"}
    ]
    assert data["changes"][0] == {
        "student": "Ada Lovelace_10",
        "line": 2,
        "old": "50.00",
        "new": "100",
        "old_comment": "",
        "new_comment": "",
    }
    code, out, _ = run("export", "moodle", "w.csv", "--out", "out.csv", "--json", "--yes")
    assert (code, json.loads(out)["out"]) == (1, "out.csv")
    assert Path("out.csv").exists()


def test_all_is_well_ends_with_0(store: Store, run: Run) -> None:
    """Where everybody has a mark in the file, nothing is left to be said."""
    sent_course.take_moodle(store)
    assert run("mark", "Bo Li_5", "7.5", "--reason", "by hand")[0] == 0
    Path("w.csv").write_bytes(sent_course.worksheet())
    code, _, err = run("export", "moodle", "w.csv", "--out", "out.csv")
    assert (code, err) == (0, "")


def test_same_export_twice_gives_the_same_file(store: Store, run: Run) -> None:
    """The same rows give the same bytes, and both exports are kept with them."""
    from grader.course.records import blobs
    from grader.course.records.models import Export

    sent_course.take_moodle(store)
    Path("w.csv").write_bytes(sent_course.worksheet())
    for name in ("one.csv", "two.csv"):
        run("export", "moodle", "w.csv", "--out", name, "--by", "ada")
    data = Path("one.csv").read_bytes()
    assert data == Path("two.csv").read_bytes()
    rows = list(Export.objects.order_by("id"))
    assert [(row.kind, row.by, blobs.get(row.blob_id)) for row in rows] == [
        ("moodle", "ada", data)
    ] * 2
    assert len({row.rows for row in rows}) == 1
    assert rows[0].params == {
        "assignment": "kmeans",
        "file": "w.csv",
        "scale": False,
        "grade_column": "",
        "comment_column": "",
    }


def test_worksheet_of_others_is_refused(store: Store, run: Run) -> None:
    """A file with nobody of the assignment is not filled in."""
    sent_course.take_moodle(store)
    other = sent_course.worksheet().decode().replace("Participant ", "Participant 9")
    Path("w.csv").write_text(other, "utf-8")
    assert run("export", "moodle", "w.csv", "--out", "out.csv") == (
        2,
        "",
        "grader: w.csv: has nobody of those who have a mark; download that of this assignment\n",
    )
    assert not Path("out.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("moodle", "w.csv", "--out", "./w.csv"),
            "grader: --out: w.csv is the file to fill in; name another one\n",
        ),
        (("moodle", "w.csv", "--out", "."), "grader: --out: . is a folder; name a file\n"),
        (
            ("moodle", "w.csv", "--out", "course/course.db"),
            "grader: --out: course/course.db is the course's own; name another file\n",
        ),
        (
            ("moodle", "none.csv", "--out", "x.csv"),
            "grader: none.csv: cannot be read: No such file or directory; name a CSV file\n",
        ),
        (
            ("moodle", ".", "--out", "x.csv"),
            "grader: .: cannot be read: Is a directory; name a CSV file\n",
        ),
        (
            ("moodle", "w.csv", "--out", "x.csv", "-a", "kmean"),
            "grader: 'kmean': the course has no such assignment; did you mean 'kmeans'?\n",
        ),
        (
            ("canvas", "w.csv", "--out", "x.csv"),
            "grader: w.csv: expected a gradebook of Canvas, with the columns Student, ID and "
            "Section, got Identifier, Full name, Email address, Status, Grade, Maximum grade, "
            "Grade can be changed, Last modified (submission), La…; export it in Canvas\n",
        ),
        (
            ("moodle-feedback", "--out", "x.csv"),
            "grader: --out: x.csv is not the name of a zip file; name one, such as feedback.zip\n",
        ),
        (
            ("csv", "--out", f"{'x' * 300}"),
            f"grader: {'x' * 300}: cannot be written: File name too long; choose another folder\n",
        ),
        (
            ("csv", "--out", "w.csv/x.csv"),
            "grader: w.csv/x.csv: cannot be written: File exists; choose another folder\n",
        ),
        (
            ("gradescope", "--out", f"{'x' * 300}"),
            f"grader: {'x' * 300}: cannot be read: File name too long; name another folder\n",
        ),
        (
            ("moodle", "w.csv"),
            "grader course export moodle: name the file to write: --out FILE\n",
        ),
        (
            ("moodle",),
            "grader course export moodle: name the grading worksheet that Moodle gave\n",
        ),
        (
            (),
            "grader course export: name a command: csv, folder, moodle, moodle-feedback, canvas, "
            "canvas-feedback, nbgrader, gradescope, or classroom50; see grader course export "
            "--help\n",
        ),
        (
            ("mood",),
            "grader course export: unknown command 'mood'; did you mean 'moodle'?\n",
        ),
    ],
)
def test_what_is_wrong_is_one_line(
    store: Store, run: Run, arguments: tuple[str, ...], said: str
) -> None:
    """What cannot be done is said in one line, and nothing is written."""
    from grader.course.records.models import Export

    sent_course.take_moodle(store)
    Path("w.csv").write_bytes(sent_course.worksheet())
    before = {path: path.read_bytes() for path in Path().glob("*.csv")}
    code, out, err = run("export", *arguments)
    assert (code, out, err) == (2, "", said)
    assert {path: path.read_bytes() for path in Path().glob("*.csv")} == before
    assert not Export.objects.exists()


def test_csv_is_that_of_marks(store: Store, run: Run) -> None:
    """The file has the same text as `marks --csv`."""
    sent_course.take_moodle(store)
    assert run("export", "csv", "--out", "m.csv") == (0, "Written to m.csv: 3 rows.\n", "")
    _, out, _ = run("marks", "--csv")
    assert Path("m.csv").read_bytes().decode() == out


def test_feedback_goes_back_to_moodle(store: Store, run: Run) -> None:
    """Each participant gets the page of the counted attempt."""
    sent_course.take_moodle(store)
    assert run("export", "moodle-feedback", "--out", "f.zip") == (
        1,
        "Written to f.zip: 2 reports.\n",
        WAITS,
    )
    assert files_taken(Path("f.zip").read_bytes(), {"10", "4", "5"}) == {
        "10": {"feedback.html": b"<p>Ada Lovelace_10</p>"},
        "4": {"feedback.html": "<p>Alex Müller_4</p>".encode()},
    }
    assert run("export", "canvas-feedback", "--out", "c.zip") == (
        2,
        "",
        WAITS
        + "grader: Ada Lovelace_10: has no file of a download from Canvas, which a report goes "
        "back to\n"
        "grader: Alex Müller_4: has no file of a download from Canvas, which a report goes back "
        "to\n"
        "grader: kmeans: no report can go to Canvas; nothing was written\n",
    )
    assert not Path("c.zip").exists()


def test_canvas_takes_marks_and_reports(store: Store, run: Run) -> None:
    """Canvas takes the marks by its own numbers, and the reports under its own names."""
    from course.exchange.canvas_rules import files_taken as canvas_files

    entries = [sent_course.canvas_entry(n, *ids) for n, ids in sent_course.CANVAS.items()]
    sent_course.take(store, *entries)
    sent_course.grade({"lovelaceada_101": (40, 37.5), "mulleralex_102": (40, 20)})
    Path("g.csv").write_text(BOOK, "utf-8")
    assert run("export", "canvas", "g.csv", "--out", "out.csv", "--yes") == (
        0,
        "g.csv: 2 grades and 0 comments change.\n"
        "student          line    old   new  comment\n"
        "lovelaceada_101     3         77.5\n"
        "mulleralex_102      4  50.00    60\n"
        "Written to out.csv.\n",
        "",
    )
    after = import_gradebook(
        Path("out.csv").read_bytes(), [User("101"), User("102")], {"12": "k-means"}
    )
    assert after == {("101", "12"): "77.5", ("102", "12"): "60"}
    assert run("export", "canvas-feedback", "--out", "f.zip")[:2] == (
        0,
        "Written to f.zip: 2 reports.\n",
    )
    assert canvas_files(Path("f.zip").read_bytes()) == {
        ("101", "9001"): {"lovelaceada_101_9001_feedback.html": b"<p>lovelaceada_101</p>"},
        ("102", "9002"): {"mulleralex_102_9002_feedback.html": b"<p>mulleralex_102</p>"},
    }
