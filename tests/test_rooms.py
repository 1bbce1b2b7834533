"""The rooms of `grader` stand in a line: each imports only what comes before it, in no circle."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GRADER = ROOT / "grader"

GROUND = (
    "old_names",
    "errors",
    "catalog",
    "safe_text",
    "answers",
    "compare",
    "results",
    "atomic",
)
"""The files under the rooms; each imports only those before it."""
ROOMS: Mapping[str, tuple[str, ...]] = {
    "reading": (),
    "sandbox": (),
    "report": (),
    "assignment": ("reading", "sandbox"),
    "running": ("reading", "sandbox", "assignment"),
    "judging": ("reading", "sandbox", "assignment", "running"),
    "selfcheck": ("report", "reading", "sandbox", "assignment", "running"),
    "authoring": (
        *("reading", "sandbox", "report", "assignment", "running", "judging", "selfcheck"),
    ),
    "course": ("reading", "sandbox", "report", "assignment", "running", "judging"),
    "cli": (
        *("reading", "sandbox", "report", "assignment", "running", "judging"),
        *("selfcheck", "authoring", "course"),
    ),
}
"""What each room may import beside the ground."""
FACES = ("__init__", "__main__", "ready", "attempt", "catalogue")
"""Doors for those outside: they import what they show, and nobody inside imports them."""
HOMES = {
    "jax": {"sandbox", "selfcheck"},
    "jaxlib": {"sandbox"},
    "jinja2": {"report", "authoring"},
    "nbformat": {"reading", "authoring"},
    "nbclient": {"authoring"},
    "IPython": {"selfcheck"},
    "libcst": {"authoring"},
    "distributed": {"course"},
    "dask_jobqueue": {"course"},
    "dask_kubernetes": {"course"},
    "django": {"course"},
    "psycopg": {"course"},
    "nbgrader": {"course"},
    "sqlalchemy": {"course"},
    "matplotlib": {"sandbox"},
    "pytest": {"cli"},
}
"""The rooms that a package of others may be imported in."""


def modules(folder: Path = GRADER) -> list[Path]:
    """All Python files of a folder, sorted."""
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name of a module; a package is called like its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in modules()}


def imported(path: Path) -> set[str]:
    """The modules that a file imports anywhere in it, for types alone as well.

    A name taken from a package is the module of that name where there is one.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = absolute(path, node)
            full = {f"{module}.{one.name}" for one in node.names}
            names |= {name if name in MODULES else module for name in full}
    return names


def absolute(path: Path, node: ast.ImportFrom) -> str:
    """The module that `from ... import` names; the child's side calls itself `inside`."""
    module = node.module or ""
    if node.level:
        above = path.relative_to(ROOT).parts[: -node.level]
        return ".".join((*above, module) if module else above)
    return f"grader.sandbox.{module}" if module.split(".")[0] == "inside" else module


def room_of(module: str) -> str:
    """The room or the file at the top that a module of `grader` belongs to."""
    return [*module.split("."), "__init__"][1]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_rooms_import_what_comes_before(path: Path) -> None:
    """A module imports from `grader` only its own room, the rooms before it, and the ground."""
    here = room_of(name_of(path))
    if here in FACES:
        return
    before = GROUND[: GROUND.index(here)] if here in GROUND else (*GROUND, here, *ROOMS[here])
    found = {room_of(name) for name in imported(path) if name.split(".")[0] == "grader"}
    assert found - {*before, "__init__"} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_files_of_a_room_form_no_circle(room: str) -> None:
    """Within a room no two modules need each other, not even for their types."""
    graph = {
        name: imported(path) & MODULES.keys() - {name}
        for name, path in MODULES.items()
        if room_of(name) == room
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_top_is_small() -> None:
    """At the top of `grader` stand the ground, the faces and the rooms, and nothing else."""
    files = {path.stem for path in GRADER.glob("*.py")}
    folders = {path.parent.name for path in GRADER.glob("*/__init__.py")}
    assert files == {*GROUND, *FACES}
    assert len(files) <= 13
    assert folders == {*ROOMS}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_packages_have_a_home(path: Path) -> None:
    """A package of others is imported in its own rooms only, and no exercise anywhere."""
    tops = {name.split(".")[0] for name in imported(path)}
    assert {name for name in tops & HOMES.keys() if room_of(name_of(path)) not in HOMES[name]} == (
        set()
    )
    assert tops & {"exercises", "reference"} == set()


@pytest.mark.parametrize("path", modules(GRADER / "sandbox/inside"), ids=name_of)
def test_inside_imports_only_itself(path: Path) -> None:
    """The student's side of the wall imports nothing of the rest of the grader."""
    names = {name for name in imported(path) if name.split(".")[0] == "grader"}
    assert {name for name in names if not name.startswith("grader.sandbox.inside")} == set()


INSIDE = {
    "isolation": (),
    "stand_ins": (),
    "evaluator": ("frames", "portable.data"),
    "portable": ("frames", "evaluator.jax_internals"),
}
"""The rooms of the child's side, and what each may import beside its own files."""


@pytest.mark.parametrize("room", INSIDE)
def test_rooms_inside_stand_apart(room: str) -> None:
    """Each room of the child's side imports its own files, and the few that it may."""
    here = f"grader.sandbox.inside.{room}"
    allowed = {f"grader.sandbox.inside.{name}" for name in INSIDE[room]}
    names = {name for path in modules(GRADER / "sandbox/inside" / room) for name in imported(path)}
    inside = {name for name in names if name.split(".")[0] == "grader"}
    assert {n for n in inside - allowed if not f"{n}.".startswith(f"{here}.")} == set()


LONG = {"grader.running.jax_errors", "grader.course.records.migrations.0001_initial"}
"""Tables, and what Django wrote."""


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_modules_are_short(path: Path) -> None:
    """No module has more than 400 lines, but a table."""
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 400 or name_of(path) in LONG
