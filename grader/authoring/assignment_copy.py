"""An assignment as files that can be loaded elsewhere: its folder, and the modules it imports.

An installed assignment of the grader comes with the grader and is a name alone.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path

from grader.assignment import Assignment, registry
from grader.authoring.own_wheel import DISTRIBUTION, files_below
from grader.errors import UsageError
from grader.reading.python_parser import syntax_tree

HOME = "assignment"
"""The folder of the copies."""
MAX_BYTES = 50 << 20
LOAD_WITHIN_S = 300
_OURS = frozenset({"grader", "templates"})
_LOAD = "import sys; from grader.assignment import registry; registry.load(sys.argv[1])"


@dataclass(frozen=True, kw_only=True)
class AssignmentCopy:
    """An assignment, by what name or path it is loaded elsewhere, and its files there."""

    assignment: Assignment
    name: str
    files: Mapping[str, bytes] = field(default_factory=dict)


def copied(where: str) -> AssignmentCopy:
    """The assignment that a command-line argument means. Raises UsageError."""
    assignment = registry.load(where)
    if where in registry.names():
        (point, *_) = entry_points(group=registry.GROUP, name=where)
        if point.dist is not None and point.dist.name == DISTRIBUTION:
            return AssignmentCopy(assignment=assignment, name=where)
    folder = Path(where)
    folder = folder.parent if folder.name == "assignment.py" else folder
    if where in registry.names() or not folder.is_dir():
        raise UsageError(
            f"assignment {where!r}: is from another package; name the folder with its assignment.py"
        )
    folder = folder.resolve()
    root = _root(folder)
    paths = {folder / path for path in files_below(folder)}
    paths |= set(_imported(root, [path for path in paths if path.suffix == ".py"]))
    paths |= {one / "__init__.py" for one in _between(root, folder)}
    if sum(path.stat().st_size for path in paths) > MAX_BYTES:
        raise UsageError(
            f"assignment {where!r}: its folder has more than {MAX_BYTES >> 20} MiB; remove what "
            "is not needed"
        )
    # A folder that is no package is one below the others, so that it keeps its name.
    base = root.parent if root == folder else root
    files = {f"{HOME}/{one.relative_to(base).as_posix()}": one.read_bytes() for one in paths}
    name = f"{HOME}/{folder.relative_to(base).as_posix()}"
    _require_loadable(where, name, files)
    return AssignmentCopy(assignment=assignment, name=name, files=files)


def _root(folder: Path) -> Path:
    """The folder that modules are found from: above the outermost package, or the folder itself."""
    root = folder
    while (root / "__init__.py").is_file():
        root = root.parent
    return root


def _between(root: Path, folder: Path) -> Iterator[Path]:
    """The packages that a folder is in."""
    while folder != root:
        yield folder
        folder = folder.parent


def _imported(root: Path, pending: list[Path]) -> Iterator[Path]:
    """The modules below the root that files import, and those that these import in turn."""
    seen = set(pending)
    while pending:
        path = pending.pop()
        for name in _names(path):
            for found in _modules(root, name):
                if found not in seen:
                    seen.add(found)
                    pending.append(found)
                    yield found


def _names(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, but for those that come with the grader."""
    try:
        with tokenize.open(path) as file:  # in the encoding that it declares
            tree = syntax_tree(file.read())
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{one.name}" for one in node.names]
        yield from (name for name in names if name.split(".")[0] not in _OURS)


def _modules(root: Path, name: str) -> Iterator[Path]:
    """The files that are loaded for a dotted name, its packages included."""
    place = root
    for step in name.split("."):
        place /= step
        for path in (place / "__init__.py", place.with_name(f"{step}.py")):
            if path.is_file():
                yield path


def _require_loadable(where: str, name: str, files: Mapping[str, bytes]) -> None:
    """Raise UsageError where the copy does not load by itself."""
    with tempfile.TemporaryDirectory(prefix="grader-") as place:
        for path, data in files.items():
            target = Path(place, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        done = subprocess.run(  # noqa: S603  (this Python, with our own text)
            [sys.executable, "-I", "-B", "-c", _LOAD, str(Path(place, name))],
            capture_output=True,
            text=True,
            check=False,
            cwd=place,
            timeout=LOAD_WITHIN_S,
        )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a message"])[-1]
        said = said.rpartition("UsageError: ")[2].replace(str(Path(place, name)), where)
        raise UsageError(
            f"assignment {where!r}: cannot be loaded from its folder alone: {said}; keep all that "
            "it imports in its folder"
        )
