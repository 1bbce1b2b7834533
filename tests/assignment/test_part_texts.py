"""Answers in Python, cut into parts, and put into the exercise's notebook."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import nbformat
import pytest

from grader.assignment import Assignment, Case, CellForm, Check, Mistake, Part
from grader.assignment.filled_in import filled_in, with_cells
from grader.assignment.part_texts import Answer, answer_of, mistaken, without
from grader.assignment.solutions import solutions
from grader.errors import AssignmentError


def part(name: str, **more: object) -> Part:
    """A part that is only to be cut out."""
    check = Check("looks", lambda _: None, points=1)
    cases = lambda _: (Case("one"),)  # noqa: E731
    return Part(name, title=name, task="Do it.", checks=(check,), cases=cases, **more)  # type: ignore[arg-type]


def exercise(folder: Path, *cells: str, parts: tuple[Part, ...], solution: str = "") -> Assignment:
    """An assignment whose notebook has these cells."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    nbformat.write(book, folder / "it.ipynb")
    (folder / "solution.py").write_text(solution, "utf-8")
    return Assignment(
        "it",
        title="It",
        parts=parts,
        notebook=folder / "it.ipynb",
        solutions=(folder / "solution.py",) if solution else (),
    )


def solved(assignment: Assignment) -> list[str]:
    """The cells of the notebook with the solution in it, without blank lines."""
    answer = next(iter(solutions(assignment).values()))
    cells = filled_in(assignment, answer).cells
    return ["\n".join(line for line in c.source.splitlines() if line.strip()) for c in cells]


SOLUTION = '''
"""Right."""
import jax

def forward(x): return soft(x), x
def helper(x): return soft(x)

@jax.custom_vjp
def soft(x):
    return x

vsoft = jax.vmap(soft)

class Scaler:
    pass

flatten = Scaler.flat
soft.defvjp(forward, lambda _, g: (g,))
Scaler.norm = len
jax.tree_util.register_pytree_node(Scaler, flatten, Scaler.back)
double = jax.jit(helper)
'''


def test_parts_of_a_file() -> None:
    """A part is its definition with all that belongs to it; what needs it comes after it."""
    answer = answer_of(SOLUTION, [part("soft"), part("Scaler"), part("double")])
    assert answer.parts == {
        "soft": "@jax.custom_vjp\ndef soft(x):\n    return x\n\n\n"
        "soft.defvjp(forward, lambda _, g: (g,))\n",
        "Scaler": "class Scaler:\n    pass\n\n\nflatten = Scaler.flat\n\n\nScaler.norm = len\n\n\n"
        "jax.tree_util.register_pytree_node(Scaler, flatten, Scaler.back)\n",
        "double": "double = jax.jit(helper)\n",
    }
    assert answer.rest == (
        "import jax\ndef forward(x): return soft(x), x\ndef helper(x): return soft(x)\n"
    )
    assert answer.after == {"soft": "vsoft = jax.vmap(soft)\n"}


def test_cell_of_a_file() -> None:
    """A part without a definition is what binds the names of its cell."""
    cell = part("total", cell=CellForm(defines=("s", "m")))
    text = "def f(x): return x\ny = f(1)\ns = y\nm = 2\ns += m\n"
    answer = answer_of(text, [part("f"), cell])
    assert answer.parts["total"] == "s = y\n\n\nm = 2\n\n\ns += m\n"
    assert answer.after == {"f": "y = f(1)\n"}
    drawn = part("plot", cell=CellForm(draws_after="s"))
    text = "import matplotlib.pyplot as plt\nplt.plot([1])\ns = 1\nplt.plot([s])\nplt.show()\n"
    assert answer_of(text, [drawn]).parts == {"plot": "plt.plot([s])\n\n\nplt.show()\n"}


def test_file_without_a_part(tmp_path: Path) -> None:
    """A solution that lacks a part is refused, and what it should define is named."""
    cell = part("total", cell=CellForm(defines=("s", "m")))
    made = exercise(tmp_path, "x = 1", parts=(part("f"), cell), solution="x = 1\n")
    with pytest.raises(AssignmentError) as raised:
        solutions(made)
    assert str(raised.value) == (
        "assignment 'it', solution 'solution.py': does not define f, total (or s, m); write all "
        "parts"
    )


def test_all_kinds_are_filled_in(tmp_path: Path) -> None:
    """Functions, classes, assignments and cells stand where the notebook asks for them."""
    parts = (
        part("soft"),
        part("Scaler"),
        part("double"),
        part("total", cell=CellForm(defines=("s", "m"))),
    )
    made = exercise(
        tmp_path,
        "import jax",
        "def soft(x): ...\ndef forward(x): ...\nsoft.defvjp(forward, len)",
        "class Scaler:\n    def fit(self): pass\njax.tree_util.register_static(Scaler)",
        "double = ...  # TODO",
        "s = None\nm = None\nprint('s')",
        "print(s, m)",
        parts=parts,
        solution=SOLUTION + "s = 1\nm = vsoft(s)\n",
    )
    assert solved(made) == [
        "import jax",
        "import jax\ndef forward(x): return soft(x), x\ndef helper(x): return soft(x)",
        "@jax.custom_vjp\ndef soft(x):\n    return x\n"
        "soft.defvjp(forward, lambda _, g: (g,))\nvsoft = jax.vmap(soft)",
        "class Scaler:\n    pass\nflatten = Scaler.flat\nScaler.norm = len\n"
        "jax.tree_util.register_pytree_node(Scaler, flatten, Scaler.back)",
        "double = jax.jit(helper)",
        "s = 1\nm = vsoft(s)\nprint('s')",
        "print(s, m)",
    ]


def test_what_was_handed_out_is_not_done_twice(tmp_path: Path) -> None:
    """What the notebook does with a part by itself stays there, and the solution's is left out."""
    made = exercise(
        tmp_path,
        "class C:\n    def fit(self): pass\nregister_pytree_node(C, len, len)\nC.name = 'c'",
        parts=(part("C"),),
        solution="class C:\n    fit = len\nregister_pytree_node(C, len, len)\n",
    )
    held = "class C:\n    fit = len\nregister_pytree_node(C, len, len)\nC.name = 'c'"
    assert solved(made) == [held]
    (tmp_path / "solution.py").write_text(
        "@register_pytree_node_class\nclass C:\n    fit = len\nC.name = 'd'\n"
    )
    assert solved(made) == ["@register_pytree_node_class\nclass C:\n    fit = len\nC.name = 'd'"]


def test_cell_goes_to_its_todo(tmp_path: Path) -> None:
    """A cell that only a comment asks for is put there, when the parts before it have a place."""
    parts = (part("f"), part("total", cell=CellForm(defines=("s",))))
    solution = "def f(x): return x\ns = f(2)\n"
    cells = ["# TODO: read this", "def f(x): ...  # TODO", "# TODO: the sum", "print(s)"]
    made = exercise(tmp_path, *cells, parts=parts, solution=solution)
    assert solved(made)[1:] == ["def f(x): return x", "# TODO: the sum\ns = f(2)", "print(s)"]
    made = exercise(tmp_path, *cells[1:2], parts=parts, solution=solution)
    assert solved(made) == ["def f(x): return x", "s = f(2)"]


def test_whole_cells_instead_of_the_parts(tmp_path: Path) -> None:
    """Cells of the reference come first, without what was handed out for the parts that they do."""
    parts = (part("C"), part("total", cell=CellForm(defines=("s",))))
    cells = ["x = 1", "class C:\n    def f(self): pass\nC.g = None\ns = None"]
    made = exercise(tmp_path, *cells, parts=parts)
    reference = ["class C:\n    f = len\nC.g = 1", "s = 1"]
    assert [c.source.strip() for c in with_cells(made, reference).cells] == [
        "x = 1",
        *reference,
        "",
    ]


def test_text_without_a_part() -> None:
    """A stand-in's text lacks the part that is judged, with all that would fail without it."""
    assert without(SOLUTION, "soft").count("soft") == 2  # in functions that nobody calls
    left = without(SOLUTION, "Scaler")
    assert "Scaler" not in left
    assert "flatten" not in left
    assert "soft.defvjp" in left


MISTAKES = '''
import jax
from dataclasses import dataclass

def helper(x): return x

class wrong_scaler:
    """It keeps its own name in mind: wrong_scaler."""
    def copy(self):
        return wrong_scaler() if self else helper(self)

def wrong_loop(n):
    return wrong_loop(n - 1)

é = wrong_scaler; jax.tree_util.register_static(wrong_scaler)
wrong_scaler.norm = helper
'''


def test_mistake_of_any_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A mistake gets the part's name wherever it names itself, and keeps what belongs to it."""
    (tmp_path / "wrong_ones.py").write_text(MISTAKES, "utf-8")
    module = types.ModuleType("wrong_ones")
    module.__file__ = str(tmp_path / "wrong_ones.py")
    monkeypatch.setitem(sys.modules, "wrong_ones", module)
    code = compile(MISTAKES.replace("jax.tree_util.register_static", "id"), module.__file__, "exec")
    exec(code, module.__dict__)  # noqa: S102
    right = Answer({"Scaler": "class Scaler: ...\n", "loop": ""})
    found = mistaken(right, "Scaler", Mistake(module.wrong_scaler, "It is wrong."))
    assert found.parts["Scaler"] == (
        "class Scaler:\n"
        '    """It keeps its own name in mind: wrong_scaler."""\n'
        "    def copy(self):\n"
        "        return Scaler() if self else helper(self)\n\n\n"
        "jax.tree_util.register_static(Scaler)\n\n\nScaler.norm = helper\n"
    )
    assert found.rest == "import jax\ndef helper(x): return x"
    loop = mistaken(right, "loop", Mistake(module.wrong_loop, "It does not end."))
    assert loop.parts["loop"] == "def loop(n):\n    return loop(n - 1)\n"
