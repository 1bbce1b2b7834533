"""`grader course export nbgrader`, `gradescope`, `classroom50` and `import nbgrader`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from course import sent_course
from course.course_store import Store
from course.exchange.nbgrader_worker import BIN, WHY_NOT, Worker, worker
from service_rules import classroom50_problem, gradescope_problems

from grader.course.exchange.nbgrader_file import REVISION, TABLES

Run = Callable[..., tuple[int, str, str]]
needs_nbgrader = pytest.mark.skipif(not (BIN / "alembic").exists(), reason=WHY_NOT)
WAITS = "grader: Bo Li_5: is not graded yet; run grader course grade\n"
CELL = """
SELECT {what} FROM grade g JOIN base_cell c ON c.id = g.cell_id
JOIN submitted_notebook n ON n.id = g.notebook_id
JOIN submitted_assignment a ON a.id = n.assignment_id
"""


def _gradebook(*rows: str) -> None:
    """A gradebook of ada and eva with the cells one, two and three, made by hand."""
    start = (
        "INSERT INTO assignment VALUES ('a', 'kmeans', NULL, 'c')",
        "INSERT INTO notebook VALUES ('n', 'kmeans', 'a', NULL)",
        "INSERT INTO base_cell VALUES ('gone', 'one', 'n', 'GradeCell'),"
        " ('sone', 'one', 'n', 'SolutionCell'), ('gtwo', 'two', 'n', 'GradeCell'),"
        " ('stwo', 'two', 'n', 'SolutionCell'), ('gthree', 'three', 'n', 'GradeCell')",
        "INSERT INTO submitted_assignment VALUES ('x', 'a', 'Ada Lovelace_10', NULL, NULL),"
        " ('z', 'a', 'eva', NULL, NULL)",
        "INSERT INTO submitted_notebook VALUES ('y', 'x', 'n', 0, NULL), ('e', 'z', 'n', 0, NULL)",
    )
    with closing(sqlite3.connect("g.db")) as connection:
        for table, columns in TABLES.items():
            listed = ", ".join(columns.split())
            connection.execute(f"CREATE TABLE {table} ({listed}, PRIMARY KEY (id))")
        connection.execute(f"CREATE TABLE alembic_version AS SELECT '{REVISION}' AS version_num")
        for one in (*start, *rows):
            connection.execute(one)
        connection.commit()


def _manual() -> list[tuple[Any, ...]]:
    """The manual scores in the gradebook."""
    what = "a.student_id, c.name, g.manual_score"
    with closing(sqlite3.connect("g.db")) as connection:
        found = connection.execute(
            CELL.format(what=what) + "WHERE g.manual_score IS NOT NULL ORDER BY 1, 2"
        )
        return found.fetchall()


def _enter(student: str, part: str, points: float) -> None:
    """Do what a person does who enters a score in nbgrader."""
    wanted = CELL.format(what="g.id") + "WHERE a.student_id = ? AND c.name = ?"
    with closing(sqlite3.connect("g.db")) as connection:
        connection.execute(
            f"UPDATE grade SET manual_score = ? WHERE id IN ({wanted})",  # noqa: S608
            (points, student, part),
        )
        connection.commit()


@pytest.fixture(scope="module")
def nbgrader() -> Iterator[Worker]:
    """A Python with nbgrader."""
    with worker() as running:
        yield running


@pytest.fixture
def through(store: Store, nbgrader: Worker, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """Let the course write through that Python: this one has no nbgrader."""
    del store  # which sets Django up
    from grader.course.operations import gradebooks

    def write(db: Path, assignment: Any, rows: Any) -> Any:
        return nbgrader.write(db.absolute(), assignment, rows)

    monkeypatch.setattr(gradebooks, "write_gradebook", write)
    return nbgrader


@needs_nbgrader
@pytest.mark.usefixtures("through")
def test_overrides_come_and_go_in_nbgrader(store: Store, run: Run) -> None:
    """An override is a manual score; changed, it is another, and revoked, it is gone."""
    sent_course.take_moodle(store)
    command = ("export", "nbgrader", "g.db", "-a", "kmeans")
    assert run("mark", "Ada Lovelace_10", "33", "--part", "two", "--reason", "r")[0] == 0
    assert run(*command) == (0, "g.db (new): 3 students, 32 rows are new or different.\n", "")
    assert _manual() == [("Ada Lovelace_10", "two", 33.0)]
    assert run(*command) == (0, "g.db: 3 students, 0 rows are new or different.\n", "")
    run("mark", "Ada Lovelace_10", "44", "--part", "two", "--reason", "r")
    assert run(*command)[0] == 0
    assert _manual() == [("Ada Lovelace_10", "two", 44.0)]
    from grader.course.records.models import Export, Override

    for row in Override.objects.order_by("id"):
        assert run("revoke", row.pid)[0] == 0
    assert run(*command)[0] == 0
    assert _manual() == []
    assert [row.params["sent"] for row in Export.objects.order_by("id")] == [
        {"1": {"two": 33_000}},
        {"1": {"two": 33_000}},
        {"1": {"two": 44_000}},
        {},
    ]


@needs_nbgrader
@pytest.mark.usefixtures("through")
def test_scores_of_people_go_home(store: Store, run: Run) -> None:
    """A score that a person entered in nbgrader is kept and named, and then imported."""
    sent_course.take_moodle(store)
    command = ("export", "nbgrader", "g.db")
    run("mark", "Ada Lovelace_10", "33", "--part", "two", "--reason", "r")
    assert run(*command)[0] == 0
    _enter("Ada Lovelace_10", "two", 50)
    assert run(*command) == (
        1,
        "g.db: 3 students, 0 rows are new or different.\n",
        "grader: Ada Lovelace_10: two was set to 50 in nbgrader, and the course has 33; left as "
        "it is\n",
    )
    assert run("import", "nbgrader", "g.db", "--yes") == (
        0,
        "1 score and 0 comments are new or different; 1 replaces what was decided in the "
        "course.\n"
        "student          part  old  new  comment\n"
        "Ada Lovelace_10  two    33   50\n"
        "Taken over.\n",
        "",
    )
    assert run("import", "nbgrader", "g.db") == (0, "Nothing is new.\n", "")
    assert run(*command)[0] == 0
    assert _manual() == [("Ada Lovelace_10", "two", 50.0)]


@needs_nbgrader
@pytest.mark.usefixtures("through")
def test_own_scores_are_not_imported(store: Store, run: Run) -> None:
    """What the course itself wrote does not come back after it was changed or revoked."""
    sent_course.take_moodle(store)
    run("mark", "Ada Lovelace_10", "33", "--part", "two", "--reason", "r")
    assert run("export", "nbgrader", "g.db")[0] == 0
    run("mark", "Ada Lovelace_10", "44", "--part", "two", "--reason", "r")
    assert run("import", "nbgrader", "g.db") == (0, "Nothing is new.\n", "")


@needs_nbgrader
@pytest.mark.usefixtures("through")
def test_what_nbgrader_has_no_cell_for_is_named(store: Store, run: Run) -> None:
    """Decisions about the whole, and comments on it, have no place in a gradebook."""
    sent_course.take_moodle(store)
    run("mark", "Ada Lovelace_10", "50", "--reason", "r")
    run("excuse", "Alex Müller_4", "--reason", "r")
    run("comment", "Alex Müller_4", "Get well soon.")
    code, _, err = run("export", "nbgrader", "g.db")
    assert (code, err) == (
        1,
        "grader: Ada Lovelace_10: the whole was set to 50 by hand; nbgrader has no cell for "
        "that\n"
        "grader: Alex Müller_4: a comment is about the whole; nbgrader has no cell for it\n"
        "grader: Alex Müller_4: is excused; nbgrader has no cell for that\n",
    )


def test_nbgrader_that_is_missing_is_said(
    store: Store, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without nbgrader there is a line that says how to get it, and nothing is kept."""
    from grader.course.exchange import nbgrader
    from grader.course.records.models import Export
    from grader.errors import UsageError

    def missing() -> Any:
        raise UsageError(nbgrader._MISSING)

    monkeypatch.setattr(nbgrader, "_api", missing)
    sent_course.take_moodle(store)
    assert run("export", "nbgrader", "g.db") == (
        2,
        "",
        'grader: nbgrader: is not installed; run pip install "jax-exercise-grader[nbgrader]"\n',
    )
    assert not Export.objects.exists()
    assert not Path("g.db").exists()


def test_manual_scores_become_overrides(
    store: Store, run: Run, answer: Callable[[str], None]
) -> None:
    """Scores and comments of people are shown, asked about, and taken over once."""
    from grader.course.records.models import Comment, Event, Override

    sent_course.take_moodle(store)
    _gradebook(
        "INSERT INTO grade VALUES ('1', 'y', 'gone', 40, 10.5, 2, 0),"
        " ('2', 'y', 'gtwo', 60, NULL, -5, 0)",
        "INSERT INTO comment VALUES ('1', 'y', 'sone', 'auto', 'Look at the axis.')",
    )
    preview = (
        "2 scores and 1 comment are new or different; 0 replace what was decided in the course.\n"
        "student          part  old   new  comment\n"
        "Ada Lovelace_10  one    40  12.5\n"
        "Ada Lovelace_10  one              Look at the axis.\n"
        "Ada Lovelace_10  two    60    -5\n"
    )
    command = ("import", "nbgrader", "g.db")
    answer("n")
    nothing = "Take them over? [y/N] grader: nothing was changed\n"
    assert run(*command) == (2, preview, nothing)
    assert not Override.objects.exists()
    assert run(*command, "--yes", "--by", "ada") == (0, f"{preview}Taken over.\n", "")
    assert [
        (row.part, row.kind, row.value_mp, row.reason, row.by)
        for row in Override.objects.order_by("id")
    ] == [
        ("one", "set", 12_500, "imported from nbgrader", "ada"),
        ("two", "add", -5_000, "imported from nbgrader", "ada"),
    ]
    assert [(row.part, row.text) for row in Comment.objects.all()] == [("one", "Look at the axis.")]
    event = Event.objects.get(verb="import")
    assert event.detail == {"from": "nbgrader", "points": 2, "comments": 1}
    assert run(*command) == (0, "Nothing is new.\n", "")


def test_what_is_not_imported_is_named(store: Store, run: Run) -> None:
    """Unknown people and cells, and points that a part does not have, are named; the rest is done."""
    sent_course.take_moodle(store)
    _gradebook(
        "INSERT INTO grade VALUES ('1', 'y', 'gone', 40, 41, NULL, 0),"
        " ('2', 'y', 'gtwo', 60, 7, NULL, 0), ('3', 'y', 'gthree', 1, 1, NULL, 0),"
        " ('4', 'e', 'gone', 40, 1, NULL, 0)",
    )
    assert run("import", "nbgrader", "g.db", "--yes") == (
        1,
        "1 score and 0 comments are new or different; 0 replace what was decided in the course.\n"
        "student          part  old  new  comment\n"
        "Ada Lovelace_10  two    60    7\n"
        "Taken over.\n",
        "grader: grade cell three: no part of that name; its scores are not taken over\n"
        "grader: 'eva': nobody in the course is called so; grader course marks lists all IDs\n"
        "grader: Ada Lovelace_10/one: 41 is not within 0 and 40; not taken over\n",
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (None, "grader: g.db: cannot be read: No such file or directory; check the path\n"),
        (b"text", "grader: g.db: is not an SQLite database; name a gradebook.db\n"),
    ],
)
def test_gradebook_that_is_none_is_said(
    store: Store, run: Run, make: bytes | None, said: str
) -> None:
    """A file that cannot be read as a gradebook is named in one line."""
    sent_course.take_moodle(store)
    if make is not None:
        Path("g.db").write_bytes(make)
    assert run("import", "nbgrader", "g.db") == (2, "", said)
    assert run("import") == (
        2,
        "",
        "grader course import: name a command: folder, or nbgrader; see grader course import "
        "--help\n",
    )


@pytest.mark.parametrize("kind", ["gradescope", "classroom50"])
def test_services_get_a_file_each(store: Store, run: Run, kind: str) -> None:
    """Each student's folder has the file of the service; again, it has the same bytes."""
    sent_course.take_moodle(store)
    run("mark", "Alex Müller_4", "12.75", "--reason", "r")
    command = ("export", kind, "-a", "kmeans", "--out", "out")
    assert run(*command) == (1, "Written to out: 2 files.\n", WAITS)
    name = "results.json" if kind == "gradescope" else "result.json"
    found = {path.as_posix(): path.read_bytes() for path in Path("out").rglob("*.json")}
    assert {*found} == {f"out/Ada Lovelace_10/{name}", f"out/Alex Müller_4/{name}"}
    for path, data in found.items():
        if kind == "gradescope":
            assert gradescope_problems(data.decode()) == []
        else:
            room = json.loads(data)["classroom"]
            names = {"classroom": room, "assignment": "kmeans", "owner": path.split("/")[1]}
            assert classroom50_problem(data.decode(), **names) == ""
    assert run(*command)[0] == 1
    assert {path.as_posix(): path.read_bytes() for path in Path("out").rglob("*.json")} == found


def test_service_folder_has_nothing_else(store: Store, run: Run) -> None:
    """A folder with other files, or a file, is not written to."""
    from grader.course.records.models import Export

    sent_course.take_moodle(store)
    Path("out").mkdir()
    Path("out/notes.txt").write_text("mine", "utf-8")
    assert run("export", "gradescope", "--out", "out") == (
        2,
        "",
        "grader: out: has notes.txt, which is not of this export; name a new folder\n",
    )
    assert run("export", "gradescope", "--out", "out/notes.txt") == (
        2,
        "",
        "grader: out/notes.txt: is a file; name a folder\n",
    )
    assert not Export.objects.exists()
