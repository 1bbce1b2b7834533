"""A course in SQLite and in PostgreSQL, for what must hold in both."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from course import database_server
from course.course_store import POSTGRESQL, SQLITE, Makers, Store

from grader.course.records import connection

# So that tests may import the tables; which database it is, each store says.
connection.connect(connection.Database(file=Path(os.devnull)))


@pytest.fixture(scope="session")
def makers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Makers]:
    """What makes courses."""
    made = Makers(tmp_path_factory.mktemp("stores"))
    yield made
    made.stop()


def _require(kind: str) -> None:
    if kind == POSTGRESQL and (why := database_server.why_not()):
        pytest.skip(why)


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def store(request: pytest.FixtureRequest, makers: Makers, tmp_path: Path) -> Iterator[Store]:
    """A new course, open in this process."""
    _require(request.param)
    made = makers.make(request.param, tmp_path / "course")
    yield made
    makers.remove(made)
