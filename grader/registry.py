"""Finds an assignment: by name, as package.module:attribute, or in a folder with assignment.py."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

from grader.assignment import Assignment
from grader.cells import parse_cell
from grader.errors import AssignmentError, UsageError
from grader.extract import Program
from grader.submission import Submission

GROUP = "grader.assignments"


def names() -> tuple[str, ...]:
    """The names of all installed assignments, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def load(where: str) -> Assignment:
    """The assignment that a command-line argument means. Raises UsageError."""
    folder = Path(where)
    if where in names():
        (point, *_) = entry_points(group=GROUP, name=where)
        return _attribute(point.module, point.attr or "ASSIGNMENT", where)
    if os.path.isfile(folder / "assignment.py"):  # noqa: PTH113  (never raises, however long)
        return _from_folder(folder, where)
    if ":" in where and not os.path.exists(folder):  # noqa: PTH110  (the same)
        module, _, attribute = where.partition(":")
        return _attribute(module, attribute, where)
    known = ", ".join(names())
    msg = f"assignment {where!r}: not known; use one of {known}, a folder, or package.module:name"
    raise UsageError(msg)


def _attribute(module: str, attribute: str, where: str) -> Assignment:
    try:
        found = getattr(importlib.import_module(module), attribute)
    except AssignmentError:
        raise
    except (Exception, SystemExit) as error:
        msg = f"assignment {where!r}: cannot be loaded: {type(error).__name__}: {error}; mend it"
        raise UsageError(msg) from error
    if not isinstance(found, Assignment):
        msg = f"assignment {where!r}: {module}:{attribute} is no Assignment; name one"
        raise UsageError(msg)
    return found


def _from_folder(folder: Path, where: str) -> Assignment:
    """The `ASSIGNMENT` in a folder's assignment.py, which can import what lies beside it."""
    folder = folder.resolve()
    package_root = folder
    name = "assignment"
    while (package_root / "__init__.py").is_file():
        name = f"{package_root.name}.{name}"
        package_root = package_root.parent
    for path in (str(package_root), str(folder)):
        if path not in sys.path:
            sys.path.insert(0, path)
    if name == "assignment":
        spec = importlib.util.spec_from_file_location(
            f"grader_assignment_{folder.name}", folder / "assignment.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        try:
            spec.loader.exec_module(module)
        except AssignmentError:
            raise
        except (Exception, SystemExit) as error:
            msg = (
                f"assignment {where!r}: cannot be loaded: {type(error).__name__}: {error}; mend it"
            )
            raise UsageError(msg) from error
        name = spec.name
    return _attribute(name, "ASSIGNMENT", where)


def guess(submission: Submission) -> Assignment:
    """The assignment that a submission is for, by its metadata or by the parts that it holds.

    Raises UsageError that lists the names when that does not decide it.
    """
    if submission.assignment is not None and submission.assignment in names():
        return load(submission.assignment)
    cells = [parse_cell(cell) for cell in submission.cells if cell.kind == "code"]
    program = Program(cells)
    shares = {name: _share(load(name), program) for name in names()}
    best = max(shares.values(), default=0.0)
    winners = [name for name, share in shares.items() if share == best]
    if best > 0 and len(winners) == 1:
        return load(winners[0])
    known = ", ".join(names())
    msg = f"{submission.path}: the assignment is not clear; say which with -a, one of {known}"
    raise UsageError(msg)


def _share(assignment: Assignment, program: Program) -> float:
    """The share of an assignment's points whose parts the program holds, filled in or not."""
    ready = ready_made_names(assignment.name)
    held = 0.0
    for part in assignment.parts:
        wanted = (part.name, *(part.cell.defines if part.cell else ()))
        if part.name not in ready and any(program.bindings(n, with_stubs=True) for n in wanted):
            held += part.points
    return held / assignment.points


def ready_made_names(name: str) -> frozenset[str]:
    """Part names that exercises other than this one bring along ready-made."""
    return frozenset(part for other in names() if other != name for part in load(other).ready_made)
