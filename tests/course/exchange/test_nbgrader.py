"""Tests of `grader.course.exchange.nbgrader` with nbgrader 0.9, in an environment of its own."""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from english import said
from nbgrader_worker import BIN, WHY_NOT, Worker, worker

from grader.course.exchange.nbgrader import write_gradebook
from grader.course.exchange.nbgrader_read import read_gradebook
from grader.course.exchange.nbgrader_rows import (
    KeptScore,
    ManualScore,
    NbAssignment,
    NbCell,
    NbPart,
    NbRow,
)
from grader.errors import SandboxError, UsageError

needs_nbgrader = pytest.mark.skipif(not (BIN / "alembic").exists(), reason=WHY_NOT)

CELLS = (
    NbCell(name="distances", max_mp=10_000),
    NbCell(name="means", max_mp=20_500),
    NbCell(name="why", max_mp=5_000, is_written=True),
)
KMEANS = NbAssignment(
    name="kmeans",
    cells=CELLS,
    due_at=datetime(2026, 3, 1, 23, 0, tzinfo=timezone(timedelta(hours=1))),
)
AT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
ADA = NbRow(
    student="ada",
    first_name="Ada",
    last_name='Lovelace, "née" Byron',
    email="ada@example.org",
    number="4711",
    started_at=AT,
    parts=(
        NbPart(name="distances", max_mp=10_000, auto_mp=7_500, comment="The root is missing."),
        NbPart(name="means", max_mp=20_500, auto_mp=0, override_mp=12_345),
        NbPart(name="why", max_mp=5_000, auto_mp=0, open_mp=5_000),
    ),
)
BOB = NbRow(
    student="bob",
    started_at=AT,
    parts=(
        NbPart(name="distances", max_mp=10_000),
        NbPart(name="means", max_mp=20_500, auto_mp=20_500),
        NbPart(name="why", max_mp=5_000, auto_mp=0, override_mp=5_000, open_mp=5_000),
    ),
    late_mp=2_000,
)
EVA = NbRow(student="eva", first_name="Eva")
CLASS = (ADA, BOB, EVA)

OPEN = """
import warnings; warnings.simplefilter("ignore")
from nbgrader.api import Gradebook
book = Gradebook(f"sqlite:///{db}")
"""
MARK = f"""{OPEN}
with book:
    one = book.find_grade(part, "kmeans", "kmeans", student)
    one.manual_score, one.needs_manual_grade = points, False
    book.db.commit()
"""
"""What nbgrader's formgrader does when a person enters a score."""


@pytest.fixture(scope="module")
def nbgrader() -> Iterator[Worker]:
    """A Python with nbgrader."""
    with worker() as running:
        yield running


@pytest.fixture(scope="module")
def filled(nbgrader: Worker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook with the class in it, not to be changed."""
    db = tmp_path_factory.mktemp("filled") / "gradebook.db"
    nbgrader.write(db, KMEANS, CLASS)
    return db


@pytest.fixture
def book(filled: Path, tmp_path: Path) -> Path:
    """A gradebook with the class in it."""
    return Path(shutil.copy(filled, tmp_path / "gradebook.db"))


def grades(db: Path) -> list[tuple[Any, ...]]:
    """All grades of a gradebook by plain SQL."""
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(
            "SELECT sa.student_id, c.name, g.auto_score, g.manual_score, g.extra_credit,"
            " g.needs_manual_grade FROM grade g JOIN base_cell c ON c.id = g.cell_id"
            " JOIN submitted_notebook sn ON sn.id = g.notebook_id"
            " JOIN submitted_assignment sa ON sa.id = sn.assignment_id ORDER BY 1, 2"
        ).fetchall()


@needs_nbgrader
def test_nbgrader_reads_its_gradebook(nbgrader: Worker, filled: Path) -> None:
    """Nbgrader finds the assignment, its points, the students and their scores."""
    code = f"""{OPEN}
with book:
    a = book.find_assignment("kmeans")
    s = {{one.student.id: one for one in a.submissions}}
    ada = book.find_student("ada")
    answer = (a.max_score, a.max_written_score, a.duedate, sorted(one.id for one in book.students),
        {{n: (o.score, o.needs_manual_grade, o.timestamp) for n, o in s.items()}},
        (ada.first_name, ada.last_name, ada.email, ada.lms_user_id),
        [(c.name, c.comment) for c in s["ada"].notebooks[0].comments if c.comment])
"""
    most, written, due, students, scores, ada, comments = nbgrader.run(code, db=filled)
    at = AT.replace(tzinfo=None)
    assert (most, written, due) == (35.5, 5.0, datetime(2026, 3, 1, 22, 0))  # noqa: DTZ001
    assert students == ["ada", "bob", "eva"]
    assert scores == {"ada": (19.845, True, at), "bob": (25.5, True, at)}
    assert ada == ("Ada", 'Lovelace, "née" Byron', "ada@example.org", "4711")
    assert comments == [("distances", "The root is missing.")]


@needs_nbgrader
def test_manual_scores_are_kept_apart(filled: Path) -> None:
    """Only an override is a manual score, and only what is not decided needs a person."""
    assert grades(filled) == [
        ("ada", "distances", 7.5, None, None, 0),
        ("ada", "means", 0.0, 12.345, None, 0),
        ("ada", "why", 0.0, None, None, 1),
        ("bob", "distances", None, None, None, 1),
        ("bob", "means", 20.5, None, None, 0),
        ("bob", "why", 0.0, 5.0, None, 0),
    ]


@needs_nbgrader
def test_nbgrader_exports_it(filled: Path, tmp_path: Path) -> None:
    """`nbgrader export` has the scores, and what lateness took."""
    shutil.copy(filled, tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [BIN / "nbgrader", "export"], cwd=tmp_path, env={**os.environ, "PATH": path, "HOME": str(tmp_path)},
        check=True, capture_output=True,
    )  # fmt: skip
    with (tmp_path / "grades.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["bob"]["raw_score"] == "25.5"
    assert rows["bob"]["late_submission_penalty"] == "2.0"
    assert rows["bob"]["score"] == "23.5"
    assert rows["eva"]["score"] == "0.0"


@needs_nbgrader
def test_again_changes_nothing(nbgrader: Worker, book: Path) -> None:
    """The same rows again leave the file byte for byte as it was."""
    before = book.read_bytes()
    found = nbgrader.write(book, KMEANS, CLASS)
    assert (found.is_new, found.students, found.changed) == (False, 2, 0)
    assert (found.kept, found.notes) == ((), ())
    assert book.read_bytes() == before


@needs_nbgrader
def test_new_points_replace_old_ones(nbgrader: Worker, book: Path) -> None:
    """Automatic points follow the result that counts, and students may come later."""
    part = NbPart(name="distances", max_mp=10_000, auto_mp=10_000)
    joe = NbRow(student="joe", started_at=AT, parts=(replace(part, auto_mp=1),))
    found = nbgrader.write(book, KMEANS, (replace(ADA, parts=(part,)), joe))
    assert found.changed > 2
    rows = grades(book)
    assert rows[0] == ("ada", "distances", 10.0, None, None, 0)
    assert rows[1] == ("ada", "means", 0.0, 12.345, None, 0)
    assert ("joe", "distances", 0.001, None, None, 0) in rows
    assert ("joe", "means", None, None, None, 1) in rows


@needs_nbgrader
def test_others_survive(nbgrader: Worker, book: Path) -> None:
    """Other assignments with their manual scores stay, and so do extra credit and comments."""
    code = f"""{OPEN}
with book:
    book.add_assignment("other"); book.add_notebook("n", "other")
    book.add_grade_cell("c", "n", "other", max_score=3, cell_type="code")
    book.add_submission("other", "ada")
    book.find_grade("c", "n", "other", "ada").manual_score = 2.5
    book.find_grade("distances", "kmeans", "kmeans", "ada").extra_credit = 1.5
    book.find_comment("distances", "kmeans", "kmeans", "ada").manual_comment = "Well done."
    book.db.commit()
"""
    nbgrader.run(code, db=book)
    nbgrader.write(book, KMEANS, (BOB, ADA))
    assert ("ada", "c", None, 2.5, None, 1) in grades(book)
    assert ("ada", "distances", 7.5, None, 1.5, 0) in grades(book)
    assert read_gradebook(book, "other").scores == (
        ManualScore(student="ada", part="c", manual_mp=2_500),
    )
    found = read_gradebook(book, "kmeans")
    assert found.scores == (
        ManualScore(student="ada", part="distances", extra_mp=1_500, comment="Well done."),
        ManualScore(student="ada", part="means", manual_mp=12_345),
        ManualScore(student="bob", part="why", manual_mp=5_000),
    )
    assert said(found.notes) == ("bob: nbgrader's late penalty of 2.0 is not taken over",)


@needs_nbgrader
def test_scores_of_people_are_kept(nbgrader: Worker, book: Path) -> None:
    """A score that a person entered there is not overwritten, with an override here or without."""
    nbgrader.run(MARK, db=book, student="ada", part="distances", points=9.0)
    nbgrader.run(MARK, db=book, student="ada", part="means", points=13.0)
    found = nbgrader.write(book, KMEANS, CLASS)
    assert found.kept == (
        KeptScore(student="ada", part="distances", there_mp=9_000, ours_mp=None),
        KeptScore(student="ada", part="means", there_mp=13_000, ours_mp=12_345),
    )
    assert [row[3] for row in grades(book)[:2]] == [9.0, 13.0]
    assert nbgrader.write(book, KMEANS, CLASS).changed == 0


@needs_nbgrader
def test_no_score_is_lost_silently(nbgrader: Worker, tmp_path: Path) -> None:
    """Whatever is there, here, and was sent: afterwards it is ours, or theirs and it is said."""
    cases = [
        *product((None, 0, 3_333), (None, 0, 1_234), (0, 1_000), (None, 500, 1_234), (None, 500))
    ]
    assignment = NbAssignment(name="a", cells=(NbCell(name="p", max_mp=4_000),))
    rows, there = [], {}
    for i, (auto, ours, left, theirs, sent) in enumerate(cases):
        part = NbPart(
            name="p", max_mp=4_000, auto_mp=auto, override_mp=ours, open_mp=left, sent_mp=sent
        )
        rows.append(NbRow(student=f"s{i:03}", started_at=AT, parts=(part,)))
        there[f"s{i:03}"] = theirs
    db = tmp_path / "g.db"
    empty = NbPart(name="p", max_mp=4_000, auto_mp=0)
    nbgrader.write(db, assignment, [replace(row, parts=(empty,)) for row in rows])
    with closing(sqlite3.connect(db)) as connection:
        for student, theirs in there.items():
            connection.execute(
                "UPDATE grade SET manual_score = ? WHERE notebook_id IN (SELECT sn.id FROM"
                " submitted_notebook sn JOIN submitted_assignment sa ON sa.id = sn.assignment_id"
                " WHERE sa.student_id = ?)",
                (None if theirs is None else theirs / 1000, student),
            )
        connection.commit()
    kept = {one.student: one for one in nbgrader.write(db, assignment, rows).kept}
    for (student, _, auto, manual, _, needs), row in zip(grades(db), rows, strict=True):
        (part,) = row.parts
        theirs = there[student]
        assert auto == (None if part.auto_mp is None else part.auto_mp / 1000)
        assert (student in kept) == (
            theirs is not None and theirs not in (part.override_mp, part.sent_mp)
        )
        wanted = theirs if student in kept else part.override_mp
        assert manual == (None if wanted is None else wanted / 1000)
        if student not in kept:
            is_open = part.auto_mp is None or part.open_mp > 0
            assert needs == (part.override_mp is None and is_open)


@needs_nbgrader
@pytest.mark.parametrize("now", [None, 15_000])
def test_own_scores_are_replaced(nbgrader: Worker, book: Path, now: int | None) -> None:
    """What the course itself wrote the last time is replaced, and taken back when it is revoked."""
    part = NbPart(name="means", max_mp=20_500, auto_mp=0, override_mp=now, sent_mp=12_345)
    found = nbgrader.write(book, KMEANS, (replace(ADA, parts=(part,)),))
    assert found.kept == ()
    wanted = None if now is None else 15.0
    assert grades(book)[1] == ("ada", "means", 0.0, wanted, None, 0)


@needs_nbgrader
def test_names_there_are_kept(nbgrader: Worker, book: Path) -> None:
    """Of a student who is there, only what is empty is filled in; what differs is named."""
    ada = replace(ADA, last_name="King", parts=())
    eva = replace(EVA, last_name="Noether")
    found = nbgrader.write(book, KMEANS, (ada, eva))
    assert said(found.notes) == (
        'ada: last_name is Lovelace, "née" Byron there, King here; left as it is',
    )
    with closing(sqlite3.connect(book)) as connection:
        rows = connection.execute("SELECT id, last_name FROM student ORDER BY id").fetchall()
    assert rows == [("ada", 'Lovelace, "née" Byron'), ("bob", None), ("eva", "Noether")]


@needs_nbgrader
def test_other_maximum_is_named(nbgrader: Worker, book: Path) -> None:
    """Points out of another maximum than the cell's are written, and it is said."""
    part = NbPart(name="means", max_mp=25_000, auto_mp=1_000)
    found = nbgrader.write(book, KMEANS, (NbRow(student="joe", started_at=AT, parts=(part,)),))
    assert said(found.notes) == ("joe: means is out of 25 here, 20.5 there",)


@needs_nbgrader
def test_hostile_ids_are_passed_over(nbgrader: Worker, tmp_path: Path) -> None:
    """An ID that nbgrader would make a folder of elsewhere is named and not written."""
    rows = [NbRow(student=one) for one in ("../x", "a+b", "a\u202eb", "", "x" * 129, "good one")]
    db = tmp_path / "g.db"
    found = nbgrader.write(db, KMEANS, rows)
    assert said(found.notes[:4]) == (
        "../x: nbgrader does not take this ID; not written",
        "a+b: nbgrader does not take this ID; not written",
        "a⟨U+202E⟩b: nbgrader does not take this ID; not written",
        "a student without an ID: nbgrader does not take this ID; not written",
    )
    assert len(found.notes) == 5
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT id FROM student").fetchall() == [("good one",)]


@needs_nbgrader
def test_other_cells_are_refused(nbgrader: Worker, book: Path) -> None:
    """An assignment of that name with other grade cells stays as it is, and it is said why."""
    before = book.read_bytes()
    cells = (*CELLS[:2], replace(CELLS[2], max_mp=6_000))
    with pytest.raises(UsageError) as caught:
        nbgrader.write(book, replace(KMEANS, cells=cells), ())
    assert str(caught.value) == (
        "kmeans: is there with other grade cells: distances (10), means (20.5), why (5);"
        " expected distances (10), means (20.5), why (6); remove it there, or use another name"
    )
    assert book.read_bytes() == before


@needs_nbgrader
def test_course_of_the_gradebook_is_used(nbgrader: Worker, tmp_path: Path) -> None:
    """A new assignment gets into the course that the gradebook is of, and no other is made."""
    db = tmp_path / "g.db"
    nbgrader.write(db, replace(KMEANS, course="jax"), ())
    nbgrader.write(db, replace(KMEANS, name="second"), ())
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT id FROM course").fetchall() == [("jax",)]
        courses = connection.execute("SELECT course_id FROM assignment").fetchall()
    assert courses == [("jax",), ("jax",)]
    with pytest.raises(UsageError) as caught:
        nbgrader.write(db, replace(KMEANS, course="numpy"), ())
    assert str(caught.value) == f"{db}: is of the course jax; name that course, or another file"


@needs_nbgrader
def test_due_date_is_changed_and_said(nbgrader: Worker, book: Path) -> None:
    """Another due time is written, and what it was before is named."""
    later = replace(KMEANS, due_at=datetime(2026, 3, 8, 22, 0, tzinfo=UTC))
    assert said(nbgrader.write(book, later, ()).notes) == (
        "kmeans: was due 2026-03-01 22:00:00 there, is due 2026-03-08 22:00:00 now (UTC)",
    )


@needs_nbgrader
def test_change_meanwhile_wins(nbgrader: Worker, book: Path) -> None:
    """What another program writes while nbgrader works is not lost; nothing of ours is written."""
    code = """
import sqlite3
from unittest import mock
from grader.course.exchange import nbgrader as ours

def fill(*given, fill=ours.fill):
    with sqlite3.connect(db) as other:
        other.execute("UPDATE grade SET extra_credit = 3 WHERE auto_score = 7.5")
    return fill(*given)

with mock.patch.object(ours, "fill", fill):
    ours.write_gradebook(db, assignment, rows)
"""
    ada = replace(ADA, parts=(replace(ADA.parts[0], auto_mp=1_000),))
    with pytest.raises(UsageError) as caught:
        nbgrader.run(code, db=book, assignment=KMEANS, rows=(ada,))
    assert str(caught.value) == f"{book}: was changed by another program meanwhile; try again"
    assert grades(book)[0] == ("ada", "distances", 7.5, None, 3.0, 0)


FAULTY = """
from unittest import mock
from grader.course.exchange import nbgrader as ours

def fill(gradebook, *given, fill=ours.fill):
    filled = fill(gradebook, *given)
    from sqlalchemy import text
    gradebook.db.execute(text(sql))
    gradebook.db.commit()
    return filled

with mock.patch.object(ours, "fill", fill):
    ours.write_gradebook(db, assignment, rows)
"""


@needs_nbgrader
@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE grade SET auto_score = 1", "did not take ada/distances; nothing was written"),
        ("DELETE FROM course", "other rows would change; nothing was written"),
        (
            "UPDATE base_cell SET name = 'x' WHERE name = 'why'",
            "other rows would change; nothing was written",
        ),
    ],
)
def test_file_is_compared_before_it_lasts(
    nbgrader: Worker, book: Path, sql: str, said: str
) -> None:
    """When the gradebook does not have what was to be written, it stays as it was."""
    before = book.read_bytes()
    with pytest.raises(SandboxError) as caught:
        nbgrader.run(FAULTY, db=book, assignment=KMEANS, rows=CLASS, sql=sql)
    assert str(caught.value) == f"{book}: {said}"
    assert book.read_bytes() == before


@needs_nbgrader
def test_failure_leaves_no_file(nbgrader: Worker, tmp_path: Path) -> None:
    """Without the program alembic there is one line and no file; PATH is as it was."""
    code = """
import os
from unittest import mock
from grader.course.exchange import nbgrader as ours
before = os.environ["PATH"]
try:
    with mock.patch.object(ours.sysconfig, "get_path", lambda name: "/nowhere"):
        ours.write_gradebook(db, assignment, rows)
finally:
    assert os.environ["PATH"] == before == "/usr/bin:/bin"
"""
    db = tmp_path / "g.db"
    with pytest.raises(UsageError) as caught:
        nbgrader.run(code, db=db, assignment=KMEANS, rows=CLASS)
    assert str(caught.value) == (
        "nbgrader: [Errno 2] No such file or directory: 'alembic'; nothing was written"
    )
    assert [*tmp_path.iterdir()] == []


@pytest.mark.skipif(find_spec("nbgrader") is not None, reason="nbgrader is installed here")
def test_without_nbgrader(tmp_path: Path) -> None:
    """Where nbgrader is not installed, one line says how to install it."""
    with pytest.raises(UsageError) as caught:
        write_gradebook(tmp_path / "g.db", KMEANS, CLASS)
    assert str(caught.value) == (
        'nbgrader: is not installed; run pip install "jax-exercise-grader[nbgrader]"'
    )


@pytest.mark.parametrize(
    ("assignment", "rows", "said"),
    [
        (replace(KMEANS, name="a/b"), (), "a/b: nbgrader does not take this name; use letters, digits, and underscores"),
        (replace(KMEANS, cells=()), (), "kmeans: needs parts, each with a name; check the assignment"),
        (replace(KMEANS, cells=(NbCell(name="a b", max_mp=1),)), (), "kmeans: nbgrader does not take the name of part a b; rename it"),
        (KMEANS, (EVA, EVA), "kmeans: student eva comes twice; check the rows"),
        (KMEANS, (NbRow(student="a", parts=(NbPart(name="z", max_mp=1),)),), "kmeans: student a has an unknown part z; check the rows"),
    ],
)  # fmt: skip
def test_rows_are_checked(
    assignment: NbAssignment, rows: tuple[NbRow, ...], said: str, tmp_path: Path
) -> None:
    """Names that nbgrader does not take, and rows that contradict each other, are refused."""
    with pytest.raises(UsageError) as caught:
        write_gradebook(tmp_path / "g.db", assignment, rows)
    assert str(caught.value) == said
