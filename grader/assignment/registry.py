"""Finds an assignment: by name, as package.module:attribute, or in a folder with assignment.py."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from grader.assignment import loading
from grader.assignment.declaration import Assignment
from grader.errors import UsageError
from grader.reading.linked_files import program
from grader.reading.submission import Submission
from grader.reading.written_answers import names_in

GROUP = "grader.assignments"


def names() -> tuple[str, ...]:
    """The names of all installed assignments, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def load(where: str) -> Assignment:
    """The assignment that a command-line argument means. Raises UsageError."""
    folder = Path(where)
    if where in names():
        (point, *_) = entry_points(group=GROUP, name=where)
        return loading.attribute(point.module, point.attr or "ASSIGNMENT", where)
    if os.path.isfile(folder / "assignment.py"):  # noqa: PTH113  (never raises, however long)
        return loading.from_folder(folder, where)
    if folder.name == "assignment.py" and os.path.isfile(folder):  # noqa: PTH113  (the same)
        return loading.from_folder(folder.parent, where)
    if ":" in where and not os.path.exists(folder):  # noqa: PTH110  (the same)
        module, _, attribute = where.partition(":")
        return loading.attribute(module, attribute, where)
    raise UsageError(f"assignment {where!r}: {_unknown(where, folder)}")


def _unknown(where: str, folder: Path) -> str:
    """What is wrong with a name that means no assignment, and what to do about it."""
    if where and os.path.isdir(folder):  # noqa: PTH112  (never raises, however long)
        return "folder without assignment.py; name another folder, or create one with grader new"
    if os.path.isfile(folder):  # noqa: PTH113  (the same)
        return "is a file, not an assignment; name the folder that contains assignment.py"
    near = difflib.get_close_matches(where, names(), n=1)
    if near:
        return f"not found; did you mean {near[0]!r}?"
    if re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)+", where) and folder.suffix not in {".py", ".ipynb"}:
        return f"':NAME' is missing after the module; try '{where}:ASSIGNMENT'"
    return f"not found; use {', '.join(names())}, a folder, or package.module:name"


def guess(submission: Submission) -> Assignment:
    """The assignment that a submission is for, by its metadata or by the parts that it contains.

    Raises UsageError that lists the names when that does not decide it.
    """
    for one in submission.notebooks:
        if one.assignment is not None and one.assignment in names():
            return load(one.assignment)
    programs = [program(one.parsed_cells, (), one.offered) for one in submission.notebooks]
    in_words = {name for one in submission.notebooks for name in names_in(one.cells)}

    def is_there(name: str) -> bool:
        return name in in_words or any(whole.bindings(name, with_stubs=True) for whole in programs)

    return _likeliest(submission.path, is_there)


def guess_unread(name: str, data: bytes) -> Assignment:
    """The assignment that a file seems to be for that cannot be read, by its name or its words.

    Raises UsageError as `guess` does.
    """
    if Path(name).stem in names():
        return load(Path(name).stem)
    words = {*re.findall(r"\w+", data.decode("utf-8", "replace"))}
    return _likeliest(name, words.__contains__)


def _likeliest(where: str, is_there: Callable[[str], bool]) -> Assignment:
    """The assignment of whose points the parts that are there have the largest share."""
    shares = {name: _share(one, is_there) for name, one in loadable()}
    best = max(shares.values(), default=0.0)
    winners = [name for name, share in shares.items() if share == best]
    if best > 0 and len(winners) == 1:
        return load(winners[0])
    known = ", ".join(names())
    msg = f"{where}: cannot tell which assignment this is; choose with -a: {known}, or a folder"
    raise UsageError(msg)


def _share(assignment: Assignment, is_there: Callable[[str], bool]) -> float:
    """The share of an assignment's points whose parts are there, filled in or not."""
    ready = ready_made_names(assignment.name)
    points = [
        part.points
        for part in assignment.parts
        if part.name not in ready and any(map(is_there, part.names))
    ]
    return sum(points) / assignment.points


def ready_made_names(name: str) -> frozenset[str]:
    """Part names that exercises other than this one bring along ready-made."""
    others = (other for _, other in loadable() if other.name != name)
    return frozenset(part for other in others for part in other.provided_functions)


def loadable() -> Iterator[tuple[str, Assignment]]:
    """The installed assignments by name; one that cannot be loaded is skipped."""
    for name in names():
        try:
            yield name, load(name)
        except UsageError:
            continue


# Listing -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class InstalledAssignment:
    """An installed assignment: where it comes from, and what is wrong when it cannot be loaded."""

    name: str
    source: str
    assignment: Assignment | None = None
    problem: str = ""


def installed() -> tuple[InstalledAssignment, ...]:
    """All installed assignments, by name; one name may come from two packages."""
    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))
    return tuple(_listed(point) for point in points)


def _listed(point: EntryPoint) -> InstalledAssignment:
    source = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
    try:
        found = loading.attribute(point.module, point.attr or "ASSIGNMENT", point.name)
    except UsageError as error:
        return InstalledAssignment(name=point.name, source=source, problem=error.lines[0])
    return InstalledAssignment(name=point.name, source=source, assignment=found)
