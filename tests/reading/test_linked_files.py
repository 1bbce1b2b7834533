"""Files beside a submission: which of their statements a part needs, and under which names."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest

from grader.reading.cells import Cell, parse_cell
from grader.reading.linked_files import program
from grader.reading.program import Program
from grader.reading.slices import Given
from grader.reading.unreadable import UnreadableError

FILE = {"m": "a = 1\nb = 2\ndef f(x): return x + a\n_u = 3\n"}
TEMPLATE = "def f(x):\n    # TODO\n    return y"


def linked(source: str, files: Mapping[str, str] = FILE, *, stubs: str = "") -> Program:
    """Get the program of one cell and files."""
    cell = Cell(number=1, kind="code", source=source)
    return program([parse_cell(cell)], ast.parse(stubs).body, files)


def taken(source: str, files: Mapping[str, str] = FILE, name: str = "f") -> list[tuple[str, str]]:
    """Get the namespace and the text of each statement that a name needs."""
    found = linked(source, files).slice(names=[name]).statements
    return [(one.module, one.text.strip()) for one in found]


OF_F = [("m", "a = 1"), ("m", "def f(x): return x + a")]


@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("from m import *", "from m import f as f"),
        ("from m import f", "from m import f as f"),
        ("from m import (\n    b,\n    f,\n)", "from m import f as f"),
        ("import m", "from m import f as f"),
        ("def f(x):\n    # TODO\n    pass\nimport m", "from m import f as f"),
    ],
)
def test_import_takes_what_is_needed(source: str, last: str) -> None:
    """Of a file only those statements are run that the imported name needs, in its namespace."""
    assert taken(source) == [*OF_F, ("", last)]


@pytest.mark.parametrize(
    "head", ["import m as s", "import importlib\ns = importlib.import_module('m')"]
)
def test_attribute_is_followed(head: str) -> None:
    """`s.f` needs what `f` needs in the file."""
    assert OF_F[0] in taken(f"{head}\nf = s.f")
    assert ("m", "b = 2") not in taken(f"{head}\nf = s.f")


@pytest.mark.parametrize(
    "source", ["import m as s\nf = getattr(s, 'f')", "import m\nf = list(vars(m))"]
)
def test_whole_module_is_needed(source: str) -> None:
    """A module that is used as a value is needed with all of its names."""
    assert {("m", "b = 2"), *OF_F} <= set(taken(source))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a = 1\n_b = 2", ["a"]),
        ("__all__ = ['_b']\na = 1\n_b = 2", ["_b"]),
        ("__all__ = ['a']\n__all__ += ['class', '_b']\na = 1\n_b = 2", ["a", "_b"]),
        ("import os\n__all__ = [n for n in dir(os)]\na = 1", ["a", "os"]),
    ],
)
def test_star_takes_public_names(text: str, names: list[str]) -> None:
    """A star import binds what `__all__` lists, else the names without an underscore."""
    found = linked("from m import *", {"m": text})
    assert sorted(n for s in found.statements if not s.module for n in s.binds) == sorted(names)


@pytest.mark.parametrize(
    "source",
    [
        "%run m.py",
        "%run -i m.py",
        "%run ./m",
        "get_ipython().run_line_magic('run', 'm.py')",
        "exec(open('m.py').read())",
        "exec(compile(open('m.py').read(), 'm.py', 'exec'))",
        "from pathlib import Path\nexec(Path('m.py').read_text())",
        "with open('m.py') as file:\n    exec(file.read())",
        "text = open('m.py').read()\nexec(text)",
    ],
)
def test_file_that_is_run_binds_names(source: str) -> None:
    """The names of a file that is run are the notebook's, those with an underscore too."""
    found = linked(source)
    assert found.bindings("f")
    assert found.bindings("_u")
    assert str(found.whereabouts(found.bindings("f")[-1])) == "m.py, line 3"


def test_note_of_a_file_that_was_read_goes() -> None:
    """That a file was not read is said only where it was not handed in."""
    noted = linked("%run m.py\n%run other.py").cells[0].notes
    assert [str(note) for note in noted] == [
        "cell 1, line 2: the file other.py was not read; put the code you need in a cell"
    ]


def test_packages_and_modules_that_import_each_other() -> None:
    """Relative imports, submodules and circles are followed."""
    files = {
        "p.__init__": "from .core import *\nfrom . import low",
        "p.core": "from .low import g\nimport p.low\ndef f(x): return g(x)",
        "p.low": "from . import core\ndef g(x): return core.__name__, x",
    }
    assert [text for _, text in taken("from p import f", files)] == [
        "from . import core as core",
        "def g(x): return core.__name__, x",
        "from .low import g as g",
        "def f(x): return g(x)",
        "from .core import f as f",
        "from p import f as f",
    ]


def test_name_taken_by_data_in_a_file_is_followed() -> None:
    """All bindings of a name in its file are known, in a circle of imports too."""
    files = {"m": "def f(x): return x\nfrom n import f\nf = f(1)", "n": "from m import f"}
    found = linked("from m import f", files)
    assert [s.text for s in found.origins("f")] == ["def f(x): return x"] * 2 + ["\n\nf = f(1)"]


def test_guarded_statements_of_a_module_are_left_out() -> None:
    """What stands under `__name__ == "__main__"` runs in a file that is run, not in a module."""
    files = {"m": "if __name__ == '__main__':\n    f = 1\nelse:\n    f = 2"}
    assert ("m", "f = 2") in taken("from m import f", files)
    assert any(text == "f = 1" for _, text in taken("%run m.py", files))


def test_stub_of_a_file_is_no_part() -> None:
    """What a file has untouched counts as untouched where it is imported."""
    found = linked("from m import f", {"m": TEMPLATE}, stubs=TEMPLATE)
    assert found.bindings("f") == []
    assert found.bindings("f", with_stubs=True)


def test_own_function_goes_before_a_module_s() -> None:
    """A function of a module imported whole is offered only where the notebook has none."""
    (binding,) = linked("import m\ndef f(x): return x").bindings("f")
    assert binding.definition.module == ""


def test_given_names_are_given_in_files() -> None:
    """A name that the grader binds is bound again after a file binds it."""
    files = {"m": "points = 1\ndef f(x): return points"}
    found = linked("from m import f", files).slice(names=["f"], given=[Given(name="points")])
    assert "points = 1" not in [one.text for one in found.statements]


def test_python_s_own_modules_are_no_files() -> None:
    """A file named like a module of Python's own is not what the import finds."""
    (statement,) = linked("from random import *", {"random": "f = 1"}).statements
    assert statement.is_star


def test_file_that_is_no_python_stays_unread() -> None:
    """A file that Python cannot read has no statements, and says why."""
    found = linked("from m import f", {"m": "f = ("})
    assert [s.text for s in found.statements] == ["from m import f"]
    assert str(found.cells[1].problem).startswith("m.py, line 1: this is not valid Python")


def test_files_that_run_each_other_end() -> None:
    """Files that run each other, and themselves, many times over come to an end."""
    files = {f"m{i}": f"%run m{i + 1}.py\n%run m{i + 1}.py\n%run m{i}.py" for i in range(30)}
    assert linked("%run m0.py", files).statements is not None


def test_too_many_statements_are_refused() -> None:
    """Files count towards what a submission may have."""
    with pytest.raises(UnreadableError, match="4,001"):
        linked("%run m.py\n%run m.py", {"m": "x = 1\n" * 2500})


TREE = {
    "m": "import jax\nclass C:\n    pass\njax.tree_util.register_static(C)\nC.norm = len\n"
    "class D: pass\njax.tree_util.register_static(D)\n"
}


@pytest.mark.parametrize(
    "source",
    [
        "from m import C\ndef f(): return C()",
        "from m import *\ndef f(): return C()",
        "import m\ndef f(): return m.C()",
    ],
)
def test_what_belongs_to_a_class_of_a_file(source: str) -> None:
    """What registers a class in its file, or gives it attributes there, belongs to it."""
    found = [text for module, text in taken(source, TREE) if module]
    assert "jax.tree_util.register_static(C)" in found
    assert "C.norm = len" in found
    assert "jax.tree_util.register_static(D)" not in found


@pytest.mark.parametrize("statement", ["known(C)", "C.size = 1", "for k in (C,): known(k)"])
def test_class_of_a_file_is_registered_in_the_submission(statement: str) -> None:
    """A submission may register a class that it takes from a file beside it."""
    head = "from m import C\nfrom jax.tree_util import register_static as known\n"
    files = {"m": "class C: pass\n"}
    assert ("", statement) in taken(f"{head}def f(): return C()\n{statement}", files)
