"""Copies of a course, and where its database's password is."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from course import made_work
from course.course_store import Store

from grader.course.records import backup, connection, courses, schema, verify
from grader.course.records.connection import Database
from grader.course.records.events import Actor
from grader.course.records.models import Submission

ME = Actor(name="tests", via="test")


def test_a_backup_put_back_has_what_was_there_then(store: Store, tmp_path: Path) -> None:
    """What came after it is gone, what was there before is kept beside, and rows stay locked."""
    made_work.take(store.opened(), "alice", b"one")
    file = tmp_path / "copy"
    assert backup.write(store.home, file, ME) == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    made_work.take(store.opened(), "bob", b"two")
    kept = Path(backup.restore(store.home, file))
    course = store.opened()
    assert [row.enrolment.student for row in Submission.objects.all()] == ["alice"]
    assert kept.is_file()
    made_work.take(course, "carol", b"three")
    assert list(verify.problems()) == []


def test_the_password_is_seen_by_no_other_process(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL's programs get it by a file of its owner alone."""
    if not store.url:
        pytest.skip("a file has no password")
    connection.connect(Database(url=f"{store.url}&password=sec%3Aret"))
    seen = tmp_path / "seen"
    script = tmp_path / "pg_dump"
    script.write_text(
        f"#!{sys.executable}\nimport os, re, sys, stat\n"
        "told = ' '.join(sys.argv)\n"
        "name = re.search('passfile=([^ ]+)', told)[1]\n"
        "mode = oct(stat.S_IMODE(os.stat(name).st_mode))\n"
        f"open({str(seen)!r}, 'w').write(repr((told, dict(os.environ), mode, open(name).read())))\n"
        "open(told.rpartition('--file=')[2], 'w').close()\n",
        "utf-8",
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    backup.write(store.home, tmp_path / "copy", ME)
    arguments, variables, mode, content = ast.literal_eval(seen.read_text("utf-8"))
    assert (mode, content) == ("0o600", "*:*:*:*:sec\\:ret\n")
    assert "ret" not in arguments.partition("--dbname")[2].partition("--format")[0]
    assert not [name for name, value in variables.items() if "sec:ret" in value]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://grader:se@cret@db/course", "postgresql://grader@db/course"),
        ("postgresql:///course?host=/tmp/x&password=secret", "postgresql:///course?host=/tmp/x"),
        ("postgresql://db/c?password=secret&user=g", "postgresql://db/c?user=g"),
    ],
)
def test_a_password_is_in_no_file_that_others_read(
    url: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`course.toml` has the address without it; the whole is for the owner alone."""
    monkeypatch.setattr(courses, "_make_tables", lambda *_, **__: None)
    home = courses.make(tmp_path / "c", title="", zone="UTC", database=url)
    assert f'database = "{shown}"' in (tmp_path / "c" / "course.toml").read_text("utf-8")
    private = tmp_path / "c" / "database.url"
    assert (private.read_text("utf-8"), private.stat().st_mode & 0o777) == (url, 0o600)
    assert courses.find(str(tmp_path / "c")).database.url == url
    assert "cret" not in home.database.shown


def test_an_address_that_is_none_is_told_without_its_password() -> None:
    """Whoever mistypes it does not see it in the terminal, either."""
    with pytest.raises(connection.StoreError) as caught:
        connection.connect(Database(url="postgresql://grader:secret@db/course?nonsense=1"))
    assert str(caught.value) == (
        "postgresql://db/course: is not a PostgreSQL URL; use postgresql://USER@HOST/DATABASE"
    )


def test_a_database_that_is_there_has_its_course(store: Store) -> None:
    """An address with a socket's folder is as good as any."""
    assert schema.has_course()
    if store.url:
        assert "host=/" in courses.find(str(store.folder)).database.url
