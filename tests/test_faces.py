"""What is public has a face: its names are those of the reference, and exercises use no others."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import grader

ROOT = Path(__file__).resolve().parent.parent
FACES = {
    "grader": {"__version__", "check"},
    "grader.assignment": {
        *("Advice", "Assignment", "Case", "CellForm", "Check", "Global", "Incorrect", "InlinedIn"),
        *("Input", "Mistake", "Part", "Student", "Unset", "Visibility"),
    },
    "grader.catalog": {"Text", "say"},
    "grader.compare": {
        "FLOAT32_RTOL",
        "as_array",
        "describe_value",
        "difference",
        "matching_share",
    },
    "grader.ready": {
        *("assignment", "matches_reference", "part", "random_cases", "vectorized"),
        *("cover", "labels", "pairs", "values", "GROUPS", "KINDS", "SCALES"),
        *("drawn", "equal", "vectorised"),
        *("by_hand", "code", "key", "written"),
        *("at_least", "figure", "follows_key", "independent", "moments", "near", "satisfies"),
    },
    "grader.results": {"Plot", "Visibility", "CombinedRun"},
    "grader.sandbox": {"Failure", "Plain", "failure_of"},
}
OUTSIDE = [
    *(path for top in ("exercises", "reference") for path in sorted((ROOT / top).rglob("*.py"))),
    *sorted((ROOT / "templates" / "new").glob("*.py.j2")),
]


def taken(text: str) -> set[tuple[str, str]]:
    """What a text imports from the grader: pairs of a module and a name of it."""
    found = set()
    for module, names in re.findall(
        r"^\s*from (grader[\w.]*) import (\([^)]*\)|.*)$", text, re.MULTILINE
    ):
        for name in re.findall(r"\w+", re.sub(r"\bas \w+|#.*", "", names)):
            found.add((f"{module}.{name}", "") if f"{module}.{name}" in FACES else (module, name))
    return found | {
        (name, "") for name in re.findall(r"^import (grader[\w.]*)", text, re.MULTILINE)
    }


def test_reference_lists_the_faces() -> None:
    """The reference imports, from each face, all that is public there, and nothing else."""
    text = (ROOT / "docs" / "reference.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n(from grader import check.*?)```", text, re.DOTALL)
    assert taken(block) == {
        (module, name) for module, names in FACES.items() for name in names if name != "__version__"
    } - {("grader.ready", name) for name in FACES["grader.ready"]} | {("grader.ready", "")}
    ready = set(re.findall(r"^### `ready\.(\w+)`$", text, re.MULTILINE))
    short = set(re.findall(r"^Also called `ready\.(\w+)`", text, re.MULTILINE))
    tables = set(re.findall(r"^`ready\.([A-Z]+)` ", text, re.MULTILINE))
    assert ready | short | tables == FACES["grader.ready"]
    assert not ready & short
    exec(block, {})  # noqa: S102


@pytest.mark.parametrize("module", FACES)
def test_faces_show_what_is_public(module: str) -> None:
    """`__all__` of a face is its part of the reference, and each name of it is there."""
    face = importlib.import_module(module)
    assert set(face.__all__) == FACES[module]
    assert all(hasattr(face, name) for name in face.__all__)


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(ROOT)))
def test_exercises_use_faces_only(path: Path) -> None:
    """Exercises, references and templates import nothing of the grader that is private."""
    for module, name in taken(path.read_text("utf-8")):
        assert module in FACES, module
        assert not name or name in FACES[module], name


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "from grader.attempt import Student, Unset",
            "grader.attempt: Student and Unset are in grader.assignment; import them from there",
        ),
        (
            "from grader.catalogue import Text, say",
            "grader.catalogue is called grader.catalog now; import Text and say from there",
        ),
    ],
    ids=["attempt", "catalogue"],
)
def test_old_modules_warn(code: str, said: str) -> None:
    """A module that had another name still has what was public, and says where that is now."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False,
        cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == f"DeprecationWarning: {said}"


def test_unknown_name_is_told() -> None:
    """The package has no names but its own."""
    with pytest.raises(AttributeError, match="^module 'grader' has no attribute 'chek'$"):
        grader.chek  # noqa: B018
    assert ast.literal_eval(repr(grader.__version__)) == grader.__version__
