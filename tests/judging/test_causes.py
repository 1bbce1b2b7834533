"""What a failure of a part's code goes back to."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from grader.catalog import Message, say
from grader.judging import causes, explain
from grader.reading.cells import Cell, parse_cell
from grader.reading.program import Program
from grader.reading.statements import Statement
from grader.running.student import Student
from grader.sandbox.failures import Failure, FileLine, Place


def failure(kind: str, message: str, cell: int = 0, line: int = 1) -> Failure:
    """Student code that raised, in a line of a cell if one is given."""
    places = (Place(cell=cell, line=line, function=""),) if cell else ()
    return Failure("raised", kind=kind, message=message, places=places)


def undefined(name: str, cell: int = 0) -> Failure:
    """A name that had no value."""
    return failure("NameError", f"name '{name}' is not defined", cell)


CHEX = failure("ModuleNotFoundError", "No module named 'chex'", 1)


@dataclass
class Lacking:
    """A student whose cells raised what is given by cell number; the last cell is the part."""

    sources: list[str]
    raised: dict[int, Failure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbered = enumerate(self.sources, start=1)
        cells = [Cell(number=number, kind="code", source=text) for number, text in numbered]
        self.program = Program([parse_cell(cell) for cell in cells])
        self.candidate = SimpleNamespace(kind="function", part=SimpleNamespace(cell=None))

    def problems(self) -> list[tuple[Statement, Failure]]:
        """As a student tells them."""
        statements = self.program.statements
        return [(s, self.raised[s.cell]) for s in statements if s.cell in self.raised]

    def reads(self) -> set[str]:
        """As a student tells them."""
        return {name for s in self.program.statements for name in s.reads | s.later}

    def import_failure(self, _: Statement, module: str) -> Failure | None:
        """As a student tells it; only `chex` is missing."""
        return CHEX if module == "chex" else None

    @property
    def student(self) -> Student:
        """For what asks for a student."""
        return cast("Student", self)


def traced(lacking: Lacking, raised: Failure) -> tuple[int, str] | None:
    """The cell and the kind of error that a failure goes back to."""
    found = causes.cause(lacking.student, raised)
    if not isinstance(found, causes.NotRun):
        assert found is None
        return None
    return found.places[-1].cell, found.root.kind


def test_import_is_found() -> None:
    """A name that an import should have bound goes back to the import."""
    for source in ("import chex", "from chex import x as chex", "import a.b as chex"):
        lacking = Lacking([source, "def f(): chex"], {1: CHEX})
        assert traced(lacking, undefined("chex", 2)) == (1, "ModuleNotFoundError")


def test_chain_is_followed() -> None:
    """A statement that lacked a name itself goes back to the one that should have bound it."""
    sources = ["import chex", "a = chex.x", "b = a + 1", "def f(): b"]
    lacking = Lacking(sources, {1: CHEX, 2: undefined("chex", 2), 3: undefined("a", 3)})
    assert traced(lacking, undefined("b", 4)) == (1, "ModuleNotFoundError")
    assert [statement.cell for statement, _ in causes.roots(lacking.student)] == [1]


def test_change_of_what_is_missing_is_passed_over() -> None:
    """A statement that changes a name in place lacked it like the part did."""
    lacking = Lacking(["x = chex.y", "x += 1", "def f(): x"], {1: CHEX, 2: undefined("x", 2)})
    assert traced(lacking, undefined("x", 3)) == (1, "ModuleNotFoundError")


def test_circle_ends() -> None:
    """Statements that lack each other's names end the search."""
    lacking = Lacking(["a = b", "b = a", "a"], {1: undefined("b", 1), 2: undefined("a", 2)})
    assert traced(lacking, undefined("a", 3)) is not None


def test_own_line_is_to_blame() -> None:
    """A name that nothing should have bound, and any other error, are the line's own."""
    lacking = Lacking(["import numpy as np, chex", "def f(x): np.sum(x)"], {1: CHEX})
    assert traced(lacking, undefined("smaples", 2)) is None
    assert traced(lacking, failure("ValueError", "shapes", 2)) is None


def test_names_before_a_missing_package_are_bound() -> None:
    """An import of several packages is spoken of where one is read that it left unbound."""
    for read, cells in (("np", []), ("chex", [1]), ("os", [1])):
        lacking = Lacking(["import numpy as np, chex, os", f"def f(): {read}"], {1: CHEX})
        assert [statement.cell for statement, _ in causes.roots(lacking.student)] == cells


def test_caught_import_is_tried_again() -> None:
    """An import whose error the code caught goes back to what it raised."""
    for source in (
        "try:\n    import chex\nexcept ImportError:\n    pass",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import chex",
    ):
        assert traced(Lacking([source, "def f(): chex"]), undefined("chex", 2)) == (
            1,
            "ModuleNotFoundError",
        )
    there = Lacking(["try:\n    import there\nexcept ImportError:\n    pass", "there"])
    assert traced(there, undefined("there", 2)) is None


def test_star_import_may_have_brought_it() -> None:
    """A name that no statement binds goes back to a star import that did not run."""
    lacking = Lacking(["from helper import *", "def f(): dist"], {1: CHEX})
    assert traced(lacking, undefined("dist", 2)) == (1, "ModuleNotFoundError")


def test_value_that_was_not_filled_in() -> None:
    """Another error goes back to a statement that should have set what its line uses."""
    raised = {2: failure("FileNotFoundError", "", 2)}
    lacking = Lacking(["c = {}", "c['k'] = open('k').read()", "def f(): return c['k']"], raised)
    assert traced(lacking, failure("KeyError", "'k'", 3)) == (2, "FileNotFoundError")
    assert traced(lacking, failure("KeyError", "'k'", 9)) is None


def test_unread_cell_is_found() -> None:
    """A name that stands in a cell which Python cannot read goes back to that cell."""
    for source in ("def dist(a)\n    return a", "import dist\nx = ("):
        found = causes.cause(Lacking([source, "def f(): dist"]).student, undefined("dist", 2))
        assert isinstance(found, causes.Unread)
        assert found.name == "dist"


def place(cell: int, line: int) -> Message:
    """The words for a line of a cell."""
    return say("cell.place", cell=cell, line=line)


def told(root: Failure) -> tuple[str, str]:
    """What is said of a part that lacked the first cell, and the hint."""
    lacking = Lacking(["x = 1", "def f(): x"], {1: root})
    found = causes.cause(lacking.student, undefined("x", 2))
    assert isinstance(found, causes.NotRun)
    return str(explain.sentence(found, place)), str(explain.advice(found))


MEND = "Fix that line first, or write this part without it."


@pytest.mark.parametrize(
    ("root", "sentence", "hint"),
    [
        (
            CHEX,
            "cell 1, line 1 could not be run, and this part needs it. The package `chex` is not installed where this is graded, and no file of that name was submitted. ModuleNotFoundError: No module named 'chex'",
            "Use the packages that the notebook came with, and submit your own files too.",
        ),
        (
            failure("OwnError", "of their own", 1, 7),
            "cell 1, line 7 could not be run, and this part needs it. OwnError: of their own",
            MEND,
        ),
        (
            Failure("timeout"),
            "cell 1, line 1 was still running at the time limit, so we stopped it, and this part "
            "needs it",
            MEND,
        ),
        (
            Failure("crashed", message=say("stopped.by_exit", number=3)),
            "cell 1, line 1 ended the Python process, and this part needs it. Reason: exit code 3.",
            MEND,
        ),
        (
            Failure("raised", kind="ValueError", message="x", file=FileLine(name="h.py", line=4)),
            "cell 1, line 1 could not be run, and this part needs it. The error is in your file `h.py`, line 4. ValueError: x",
            MEND,
        ),
    ],
)
def test_what_is_said(root: Failure, sentence: str, hint: str) -> None:
    """The full text on a statement that did not run, by why it did not, and what to do."""
    assert told(root) == (sentence, hint)


def test_kind_and_place_are_those_of_the_root() -> None:
    """A failure that only follows has the kind and place of what it goes back to."""
    lacking = Lacking(["x = 1", "def f(): x"], {1: Failure("timeout")})
    found = causes.cause(lacking.student, undefined("x", 2))
    assert isinstance(found, causes.NotRun)
    assert (found.reason, found.kind, found.places[-1].cell) == ("raised", "NameError", 1)
