"""Tests of `grader.course.exchange.nbgrader_file`: files that are no gradebooks, and locks."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from grader.course.exchange import nbgrader_file
from grader.course.exchange.nbgrader_file import REVISION, TABLES, opened, snapshot, taking_over
from grader.errors import UsageError


def make(db: Path, *more: str) -> Path:
    """An empty gradebook as far as its tables are looked at."""
    with closing(sqlite3.connect(db)) as connection:
        for table, columns in TABLES.items():
            listed = ", ".join(columns.split())
            connection.execute(f"CREATE TABLE {table} ({listed}, PRIMARY KEY (id))")
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES (?)", (REVISION,))
        for one in more:
            connection.execute(one)
        connection.commit()
    return db


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """An empty gradebook."""
    return make(tmp_path / "gradebook.db")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are not waited for."""
    monkeypatch.setattr(nbgrader_file, "_PATIENCE_S", 0.05)


def refusal(db: Path, *, is_written: bool = True) -> str:
    """What is said against a file, without its name."""
    with pytest.raises(UsageError) as caught, opened(db, is_written=is_written):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{db}: ")


def test_gradebook_is_opened(db: Path) -> None:
    """A gradebook can be opened for reading and for writing."""
    for is_written in (False, True):
        with opened(db, is_written=is_written) as connection:
            assert connection.execute("SELECT count(*) FROM grade").fetchone() == (0,)


def test_path_with_signs_of_addresses(tmp_path: Path) -> None:
    """A path with a question mark, a percent sign and a number sign is that of the file."""
    folder = tmp_path / "a?mode=memory&b%20#c ü"
    folder.mkdir()
    with opened(make(folder / "g.db"), is_written=True) as connection:
        connection.execute("INSERT INTO course VALUES ('x')")
    assert [one.name for one in folder.iterdir()] == ["g.db"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not an SQLite database; name a gradebook.db"),
        (b"id,name\r\n", "is not an SQLite database; name a gradebook.db"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "cannot be used as a gradebook: file is not a database; restore it from a backup"),
    ],
)  # fmt: skip
def test_other_files_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """A file that is not a database is refused, and stays as it was."""
    file = tmp_path / "g.db"
    file.write_bytes(content)
    assert refusal(file) == refusal(file, is_written=False) == said
    assert file.read_bytes() == content


def test_cut_database_is_refused(db: Path) -> None:
    """A database that lost its end is refused in one line."""
    db.write_bytes(db.read_bytes()[:5000])
    assert refusal(db).endswith("; restore it from a backup")


def test_other_databases_are_refused(tmp_path: Path) -> None:
    """A database of another program is refused."""
    file = tmp_path / "g.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE submission (id)")
    assert refusal(file) == "is not a gradebook of nbgrader; name a gradebook.db"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE alembic_version SET version_num = '167914646830'", "has the schema revision 167914646830, expected e43177bfe90b of nbgrader 0.9; run nbgrader db upgrade"),
        ("DELETE FROM alembic_version", "has the schema revision none, expected e43177bfe90b of nbgrader 0.9; run nbgrader db upgrade"),
        ("DROP TABLE alembic_version", "has the schema revision none, expected e43177bfe90b of nbgrader 0.9; run nbgrader db upgrade"),
        ("ALTER TABLE grade ADD COLUMN x", "the table grade does not have the columns of nbgrader 0.9; restore the file from a backup"),
        ("DROP TABLE comment", "the table comment does not have the columns of nbgrader 0.9; restore the file from a backup"),
        ("CREATE TRIGGER t AFTER INSERT ON grade BEGIN DELETE FROM student; END", "contains triggers or views, which nbgrader does not make; use another file"),
        ("CREATE VIEW v AS SELECT 1", "contains triggers or views, which nbgrader does not make; use another file"),
    ],
)  # fmt: skip
def test_other_schemas_are_refused(tmp_path: Path, sql: str, said: str) -> None:
    """A gradebook of another revision, or one that was tampered with, is refused."""
    assert refusal(make(tmp_path / "g.db", sql)) == said


def test_hostile_revision_is_shown_safely(tmp_path: Path) -> None:
    """A revision with signs that act is shown without them."""
    file = make(tmp_path / "g.db", "UPDATE alembic_version SET version_num = char(27) || '[31m'")
    assert "revision ⟨U+001B⟩[31m, expected" in refusal(file)


def test_odd_files_are_refused(tmp_path: Path, db: Path) -> None:
    """A link, a folder, a pipe, a missing and a protected file are refused, nothing waits."""
    link, pipe = tmp_path / "link.db", tmp_path / "pipe.db"
    link.symlink_to(db)
    os.mkfifo(pipe)
    assert refusal(link) == "is a symbolic link; name the file that it points to"
    assert refusal(tmp_path) == "is not a file; name a gradebook.db"
    assert refusal(pipe) == "is not a file; name a gradebook.db"
    gone = "cannot be read: No such file or directory; check the path"
    assert refusal(tmp_path / "gone.db") == gone
    db.chmod(0o444)
    assert refusal(db) == "is write-protected; allow writing, or name another file"
    with opened(link, is_written=False):
        pass


@pytest.mark.usefixtures("impatient")
def test_lock_is_said(db: Path) -> None:
    """A gradebook that another program has locked is refused, in each state of the lock."""
    said = "is in use by another program; close nbgrader's pages, and try again"
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refusal(db) == refusal(db, is_written=False) == said
        other.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(UsageError, match=said),
            opened(db, is_written=True) as connection,
            taking_over(connection, db.with_suffix(".copy"), 0, str(db)),
        ):
            pass


def test_snapshot_and_version(db: Path, tmp_path: Path) -> None:
    """A copy is taken over when nobody wrote in between, and only then."""
    copy = tmp_path / "copy.db"
    with opened(db, is_written=True) as connection:
        version = snapshot(connection, copy)
        with closing(sqlite3.connect(copy)) as other:
            other.execute("INSERT INTO course VALUES ('new')")
            other.commit()
        with taking_over(connection, copy, version, str(db)):
            assert nbgrader_file.take_over(connection) == 1
        connection.execute("DETACH new")
        with closing(sqlite3.connect(db)) as other:
            other.execute("INSERT INTO course VALUES ('theirs')")
            other.commit()
        with (
            pytest.raises(UsageError) as caught,
            taking_over(connection, copy, version, str(db)),
        ):
            pass
    assert str(caught.value) == f"{db}: was changed by another program meanwhile; try again"
    with closing(sqlite3.connect(db)) as other:
        assert other.execute("SELECT id FROM course ORDER BY id").fetchall() == [
            ("new",),
            ("theirs",),
        ]


def test_error_rolls_back(db: Path, tmp_path: Path) -> None:
    """What fails within the block leaves the file as it was."""
    copy = tmp_path / "copy.db"
    before = db.read_bytes()
    with opened(db, is_written=True) as connection:
        version = snapshot(connection, copy)
        with closing(sqlite3.connect(copy)) as other:
            other.execute("INSERT INTO course VALUES ('new')")
            other.commit()
        with (  # noqa: PT012
            pytest.raises(sqlite3.OperationalError),
            taking_over(connection, copy, version, str(db)),
        ):
            assert nbgrader_file.take_over(connection) == 1
            connection.execute("SELECT * FROM nowhere")
    assert db.read_bytes() == before
