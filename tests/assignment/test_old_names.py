"""Tests of `grader.old_names`: what was public before is understood for one release more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import grader.assignment
import grader.compare
import grader.results
from grader import ready
from grader.assignment import Case, registry
from grader.old_names import OLD_NAMES


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        (grader.assignment, "NotRight", "Incorrect"),
        (grader.assignment, "Through", "InlinedIn"),
        (grader.compare, "agreement", "matching_share"),
        (grader.compare, "describe", "describe_value"),
        (grader.results, "Whole", "CombinedRun"),
    ],
)
def test_old_names_of_modules_warn(module: object, old: str, new: str) -> None:
    """An old name of a module is the new thing, and a warning says what to write."""
    with pytest.warns(DeprecationWarning, match="is called") as caught:
        assert getattr(module, old) is getattr(module, new)
    assert str(caught[0].message) == (
        f"{module.__name__}.{old} is called {new} now; "  # type: ignore[attr-defined]
        "the old name will be removed in 0.2"
    )
    assert caught[0].filename == __file__


@pytest.mark.parametrize("table", OLD_NAMES)
def test_tables_have_the_new_names(table: str) -> None:
    """Every old name of a table's field stands for a field that there is."""
    fields = getattr(grader.assignment, table).__dataclass_fields__
    assert fields.keys() >= {*OLD_NAMES[table].values()}
    assert not fields.keys() & OLD_NAMES[table].keys()


def test_old_arguments_are_taken() -> None:
    """A table takes a field by its old name, gives it by that, and changes it by that."""
    with pytest.warns(DeprecationWarning, match="^Case.given is called globals now; the old"):
        case = Case("a", given={"y": 1})  # type: ignore[call-arg]
    assert case.globals == {"y": 1}
    with pytest.warns(DeprecationWarning, match="^Case.given is called globals now") as caught:
        assert case.given == {"y": 1}  # type: ignore[attr-defined]
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="Case.given"):
        assert replace(case, given={"y": 2}).globals == {"y": 2}  # type: ignore[call-arg]


def test_old_declaration_loads(tmp_path: Path) -> None:
    """An assignment that was written before loads, by its old names, its `right.py` with it."""
    (tmp_path / "own.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4}', "utf-8")
    (tmp_path / "right.py").write_text("def double(x): return x + x\n", "utf-8")
    (tmp_path / "assignment.py").write_text(
        "from pathlib import Path\n"
        "from grader import ready\n"
        "from grader.assignment import Mistake, NotRight\n"
        "def double(x): return 2 * x\n"
        "def same(x): return x\n"
        "CASES = ready.drawn(lambda draw, n: {'x': draw.normal(size=n)}, example=2, hidden=(3, 5))\n"
        "ASSIGNMENT = ready.assignment('own', title='Own', folder=Path(__file__).parent,\n"
        "    ready_made=('other',), parts=(ready.part(double, title='D', task='Double.', uses=(),\n"
        "    cases=CASES, example=1, hidden=2, mistakes=(Mistake(same, says='Not doubled.'),)),))\n",
        "utf-8",
    )
    with pytest.warns(DeprecationWarning, match="is called"):
        made = registry.load(str(tmp_path))
    assert made.provided_functions == ("other",)
    assert made.parts[0].mistakes[0].message == "Not doubled."
    assert (made.parts[0].substitute, made.solutions[0].name) == ("double", "right.py")


def test_short_names_are_quiet() -> None:
    """`drawn`, `equal` and `vectorised` are the same functions, without a warning."""
    assert ready.drawn is ready.random_cases
    assert ready.equal is ready.matches_reference
    assert ready.vectorised is ready.vectorized
