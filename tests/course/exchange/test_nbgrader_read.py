"""Tests of `grader.course.exchange.nbgrader_read`: what people decided in nbgrader."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from english import said

from grader.course.exchange.nbgrader_file import REVISION, TABLES
from grader.course.exchange.nbgrader_read import read_gradebook
from grader.course.exchange.nbgrader_rows import ManualScore, ManualScores, of_parts
from grader.errors import UsageError

ROWS = (
    "INSERT INTO assignment VALUES ('a', 'kmeans', NULL, 'c'), ('b', 'other', NULL, 'c')",
    "INSERT INTO notebook VALUES ('n', 'kmeans', 'a', NULL)",
    "INSERT INTO base_cell VALUES ('g1', 'distances', 'n', 'GradeCell'), ('s1', 'distances', 'n', 'SolutionCell'), ('g2', 'means', 'n', 'GradeCell'), ('s2', 'means', 'n', 'SolutionCell')",
    "INSERT INTO submitted_assignment VALUES ('x', 'a', 'ada', NULL, NULL)",
    "INSERT INTO submitted_notebook VALUES ('y', 'x', 'n', 0, NULL)",
)


def gradebook(folder: Path, *more: str) -> Path:
    """A gradebook with one submission of ada's."""
    db = folder / "gradebook.db"
    with closing(sqlite3.connect(db)) as connection:
        for table, columns in TABLES.items():
            listed = ", ".join(columns.split())
            connection.execute(f"CREATE TABLE {table} ({listed}, PRIMARY KEY (id))")
        connection.execute(f"CREATE TABLE alembic_version AS SELECT '{REVISION}' AS version_num")
        for one in (*ROWS, *more):
            connection.execute(one)
        connection.commit()
    return db


def test_scores_extra_credit_and_comments(tmp_path: Path) -> None:
    """A manual score, extra credit, and a comment come out by student and cell; others do not."""
    db = gradebook(
        tmp_path,
        "INSERT INTO grade VALUES ('1', 'y', 'g1', 7, 9.25, 0.5, 0), ('2', 'y', 'g2', 7, NULL, NULL, 0)",
        "INSERT INTO comment VALUES ('1', 'y', 's1', 'auto', 'Good' || char(10) || 'work'), ('2', 'y', 's2', 'auto', NULL)",
    )
    assert read_gradebook(db, "kmeans").scores == (
        ManualScore(
            student="ada", part="distances", manual_mp=9_250, extra_mp=500, comment="Good\nwork"
        ),
    )


def test_comment_alone_is_taken(tmp_path: Path) -> None:
    """A comment on a cell without a manual score comes out, blank ones do not."""
    db = gradebook(
        tmp_path,
        "INSERT INTO comment VALUES ('1', 'y', 's1', NULL, ' '), ('2', 'y', 's2', NULL, 'See me')",
    )
    assert read_gradebook(db, "kmeans").scores == (
        ManualScore(student="ada", part="means", comment="See me"),
    )


def test_zero_is_a_score(tmp_path: Path) -> None:
    """A manual score of zero is one; it is not the same as none."""
    db = gradebook(tmp_path, "INSERT INTO grade VALUES ('1', 'y', 'g1', 7, 0, NULL, 0)")
    assert read_gradebook(db, "kmeans").scores == (
        ManualScore(student="ada", part="distances", manual_mp=0),
    )


def test_thirds_are_rounded(tmp_path: Path) -> None:
    """Points come out in 1/1000 point."""
    db = gradebook(tmp_path, "INSERT INTO grade VALUES ('1', 'y', 'g1', 7, 2.0 / 3, NULL, 0)")
    assert read_gradebook(db, "kmeans").scores[0].manual_mp == 667


@pytest.mark.parametrize(
    ("value", "shown"),
    [("'ten'", "ten"), ("9e999", "inf"), ("1e9", "1000000000.0"), ("x'00'", "b'⟨U+005C⟩x00'")],
)
def test_odd_values_are_named(tmp_path: Path, value: str, shown: str) -> None:
    """What is not a number of points is named and not taken."""
    db = gradebook(tmp_path, f"INSERT INTO grade VALUES ('1', 'y', 'g1', 7, {value}, NULL, 0)")  # noqa: S608
    found = read_gradebook(db, "kmeans")
    assert found.scores == ()
    shown = shown.replace("⟨U+005C⟩", "\\")
    assert said(found.notes) == (
        f"ada/distances: {shown} is not a number of points; not taken over",
    )


def test_late_penalty_is_named(tmp_path: Path) -> None:
    """Nbgrader's late penalty is named and not taken: lateness is the course's own rule."""
    db = gradebook(tmp_path, "UPDATE submitted_notebook SET late_submission_penalty = 1.5")
    found = read_gradebook(db, "kmeans")
    assert found.scores == ()
    assert said(found.notes) == ("ada: nbgrader's late penalty of 1.5 is not taken over",)


def test_cell_in_two_notebooks_is_named(tmp_path: Path) -> None:
    """Of two cells with one name the first counts, and the second is named."""
    db = gradebook(
        tmp_path,
        "INSERT INTO notebook VALUES ('m', 'zweites', 'a', NULL)",
        "INSERT INTO base_cell VALUES ('g3', 'distances', 'm', 'GradeCell')",
        "INSERT INTO submitted_notebook VALUES ('z', 'x', 'm', 0, NULL)",
        "INSERT INTO grade VALUES ('1', 'y', 'g1', 7, 1, NULL, 0), ('2', 'z', 'g3', 7, 2, NULL, 0)",
    )
    found = read_gradebook(db, "kmeans")
    assert [one.manual_mp for one in found.scores] == [1_000]
    assert said(found.notes) == ("ada: zweites/distances comes a second time; not taken over",)


def test_unknown_assignment_is_said(tmp_path: Path) -> None:
    """An assignment that is not there is named, and which there are."""
    db = gradebook(tmp_path)
    with pytest.raises(UsageError) as caught:
        read_gradebook(db, "k\x1bmeans")
    assert str(caught.value) == (
        f"{db}: has no assignment k⟨U+001B⟩means; choose one of: kmeans, other"
    )


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """Reading leaves the file byte for byte, and no file next to it."""
    db = gradebook(tmp_path, "INSERT INTO grade VALUES ('1', 'y', 'g1', 7, 1, NULL, 0)")
    before = db.read_bytes()
    db.chmod(0o444)
    read_gradebook(db, "kmeans")
    assert db.read_bytes() == before
    assert [*tmp_path.iterdir()] == [db]


def test_cells_are_mapped_to_parts() -> None:
    """Cells called like a part are taken, the others are named once each."""
    scores = tuple(
        ManualScore(student=student, part=part, manual_mp=1)
        for student in ("ada", "bob")
        for part in ("means", "cell-7")
    )
    found = of_parts(ManualScores(scores=scores, notes=("before",)), ["means", "why"])
    assert [(one.student, one.part) for one in found.scores] == [("ada", "means"), ("bob", "means")]
    assert said(found.notes) == (
        "before",
        "grade cell cell-7: no part of that name; its scores are not taken over",
    )
