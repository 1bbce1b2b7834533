"""What a class is graded with, as the person who starts it says."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a batch is run with."""

    assignment: str | None
    seed: int | None
    timeout_s: float
    jobs: int
    is_fresh: bool
    is_isolation_required: bool = False
    lang: str = "en"
    dask: str | None = None
    """The address of a Dask scheduler whose workers grade, in place of threads here."""
    only: tuple[str, ...] = ()
    """IDs of the students who are graded again; everybody else keeps the result that is there."""
    reports_zip: Path | None = None
    """Where a zip file with all reports goes, if anywhere."""
    has_notebooks: bool = False
    """Whether each student also gets the notebook with feedback below its parts."""
    marks: Path | None = None
    """A table of the points that people give, to be merged into the results."""


def new_seed() -> int:
    """A seed for hidden inputs that nobody knows beforehand."""
    return secrets.randbits(32)
