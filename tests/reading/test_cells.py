"""A cell's text turned into Python: E27 to E48 of the situations, one test each."""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from english import said
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.reading.cells import Cell, ParsedCell, parse_cell
from grader.reading.code_in_text import code_in_text

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
WEB_NOTE = "cell 4, line 1: typographic quotes, spaces, or symbols were replaced by plain ones"


def code(source: str, *, number: int = 4, first_line: int | None = None) -> Cell:
    """Get a code cell."""
    return Cell(number=number, kind="code", source=source, first_line=first_line)


def parsed(source: str) -> ParsedCell:
    """Get the parsed code cell number 4."""
    return parse_cell(code(source))


def python_of(source: str) -> str:
    """Get the statements of a cell that parses, as Python writes them."""
    cell = parsed(source)
    assert cell.problem is None
    assert cell.source.count("\n") == source.count("\n")
    return "\n".join(ast.unparse(statement) for statement in cell.statements)


def test_plain_cell_is_unchanged() -> None:
    """A cell that parses stays as it stands, magics in its strings included."""
    source = 's = """\n%time\n!ls\n  x?\n"""\n\n\ndef f(x):\n    return x\n'
    cell = parsed(source)
    assert cell.source == source
    assert [statement.lineno for statement in cell.statements] == [1, 8]
    assert cell.notes == ()


def test_text_cell_has_no_statements() -> None:
    """A markdown cell is not parsed and has no problem."""
    cell = parse_cell(Cell(number=1, kind="markdown", source="x = 1"))
    assert (cell.statements, cell.problem) == ((), None)


def test_empty_cell_has_no_problem() -> None:
    """An empty cell is no problem."""
    assert parsed(" \n\n") == ParsedCell(number=4, source=" \n\n")


@pytest.mark.parametrize(
    ("source", "want"),
    [
        (" x = 1", "x = 1"),  # E27
        ("  x = 1\n  y = 2", "x = 1\ny = 2"),
        (" x = 1\ny = 2", "x = 1\ny = 2"),
        ("# comment\n x = 1", "x = 1"),
        ("% matplotlib inline\nx = 1", "x = 1"),  # E28
        ("%matplotlib inline\n%load_ext autoreload\nx = 1", "x = 1"),
        ("!pip install flax \\\n   optax\nx = 1", "x = 1"),
        ("pip install flax\nx = 1", "x = 1"),  # E29
        ("cd ..\nls *.py\nconda install jax -y\nx = 1", "x = 1"),
        ("%%time\nx = 1", "x = 1"),  # E30
        ("%%timeit -n 10\nx = 1", "x = 1"),
        ("%%capture\n%%time\nx = 1", "x = 1"),
        ("\n# why\n%%time\nx = 1", "x = 1"),  # E32
        ("r = %timeit -o f(x)\nfiles = !ls", "r = None\nfiles = None"),  # E33
        ("a, b = !ls\nx = 1", "a, b = None\nx = 1"),
        ("jnp.argmin?\n?jax.vmap\nx??\nx = 1", "x = 1"),  # E34
        ("if True:\n    %matplotlib inline", "if True:\n    pass"),  # E35
        ("def f():\n    !ls\n    return 1", "def f():\n    pass\n    return 1"),
        ("import x\n  %matplotlib inline", "import x"),
        ("%time x = f(1)\n%timeit y = 2", "x = f(1)"),
        ("z = ('a %d'\n  % 2)\n%time", "z = 'a %d' % 2"),
        (
            ">>> x = 1\n>>> for i in x:\n...     y\n...\n>>> x\n1 2 3",
            "x = 1\nfor i in x:\n    y\nx",
        ),
        (">>> x = 1\ny = 2", "x = 1\ny = 2"),  # E42
        ("In [1]: x = 1\n   ...: y = 2\nOut[1]: 3", "x = 1\ny = 2"),
        ("#@title T\nk = 4 #@param {type:'integer'}", "k = 4"),  # E48
        ("\x0cx = 1", "x = 1"),
        ("await f()", "await f()"),
    ],
)
def test_jupyter_construct_becomes_python(source: str, want: str) -> None:
    """What only Jupyter understands goes, and every other line stays where it was."""
    assert python_of(source) == want


def test_string_beside_magic_stays() -> None:
    """E30: lines that look like magics inside a string are kept when a real magic is removed."""
    source = "s = '''\n!ls\n%time\n'''\n%matplotlib inline"
    assert python_of(source) == "s = '\\n!ls\\n%time\\n'"


@pytest.mark.parametrize("magic", ["bash", "html", "javascript", "R", "writefile a.py", "!"])
def test_foreign_cell_magic_drops_body(magic: str) -> None:
    """E24, E30: a cell of another language has no statements, and the note says so."""
    cell = parsed(f"# why\n%%{magic}\necho 'hello\n")
    assert (cell.statements, cell.problem) == ((), None)
    name = magic.split(maxsplit=1)[0]
    assert said(cell.notes) == (
        f"cell 4, line 1: a %%{name} cell is not Python, so it was skipped",
    )


def test_prompts_are_noted() -> None:
    """E42: removing pasted prompts is said."""
    assert said(parsed(">>> x = 1").notes) == (
        "cell 4, line 1: pasted prompts such as >>> were removed",
    )


def test_missing_file_is_named() -> None:
    """E36: a cell that runs another file says which file was not read."""
    assert said(parsed("x = 1\n%run other.ipynb").notes) == (
        "cell 4, line 2: the file other.ipynb was not read; put the code you need in a cell",
    )


@pytest.mark.parametrize(
    ("source", "want"),
    [
        ("print(\u201chi\u201d, \u2018x\u2019)", "print('hi', 'x')"),
        ("x\xa0=\xa01", "x = 1"),
        ("x\u200b = 1", "x = 1"),
        ("\ufefff\uff08x\uff0cy\uff09", "f(x, y)"),
        ("x = 2 \u2212 1", "x = 2 - 1"),
        ("x\u200b = 'it\u2019s'", "x = 'it\u2019s'"),
    ],
)
def test_web_characters_are_replaced(source: str, want: str) -> None:
    """E40: characters from a web page are replaced only where the cell needs it, with a note."""
    assert python_of(source) == want
    assert said(parsed(source).notes) == (WEB_NOTE,)


def test_web_characters_in_strings_stay() -> None:
    """E40: a cell that parses keeps the typographic quotes in its strings."""
    assert said(parsed("x = 'it\u2019s'").notes) == ()


@pytest.mark.parametrize(
    "source", ['A title\n"""\nimport jax\n"""\nand more text', 'K-Means\n"""\nimport jax\n"""']
)
def test_lost_quotes_are_found(source: str) -> None:
    """E31: where a lost triple quote turned the imports into a string, they are code again."""
    assert python_of(source) == "import jax"
    assert said(parsed(source).notes) == (
        'cell 4, line 1: a """ is missing here, so text was read as code and code as text',
    )


def test_solution_in_string_stays_string() -> None:
    """E47: code inside a string is not taken for code."""
    cell = parsed('"""\nimport jax\ndef f(): pass\n"""')
    assert len(cell.statements) == 1
    assert isinstance(cell.statements[0], ast.Expr)


@pytest.mark.parametrize(
    ("source", "want"),
    [
        ("x = 1\nprint x", "line 2: this is Python 2 print; write print(...)"),  # E23
        ("try:\n  f()\nexcept E, e:\n  pass", "line 3: this is Python 2 code"),
        ("function f(x)\n  x\nend", "line 1: this is not Python, but another language"),  # E24
        ("<<<<<<< HEAD\nx\n>>>>>>> b", "line 1: this is a Git conflict marker; keep one version"),
        (
            "here's a self-contained version of it",  # E39
            "line 1: this is plain text, not Python; move it to a text cell or a comment",
        ),
        (
            "Sure:\n```python\nx = 1\n```",
            "line 2: this is pasted chat text or Markdown; keep only the code",
        ),
        (
            "if x:\n\ty = 1\n        z = 2",  # E41
            "line 3: tabs and spaces are mixed in the indentation; use spaces only",
        ),
        ("from jax.scipy.", f"line 1: this is not valid Python {PYTHON} (invalid syntax)"),  # E43
        ("x = 1\n[ 1.5  2.5]", "line 2: this is pasted output; remove it"),  # E44
        (
            "Traceback (most recent call last)\n  File x",
            "line 1: this is pasted output; remove it",
        ),
        (
            "def f(x):\nreturn x",
            (
                f"line 2: this is not valid Python {PYTHON} "
                "(expected an indented block after function definition on line 1)"
            ),
        ),
    ],
)
def test_broken_cell_says_why(source: str, want: str) -> None:
    """A cell that no repair saves has no statements and one sentence with line and reason."""
    cell = parsed(source)
    assert str(cell.problem) == f"cell 4, {want}"
    assert cell.statements == ()
    assert not cell.unfinished


@pytest.mark.parametrize(
    "source",
    [
        "x = # YOUR CODE",
        "for i in range(?, ?):\n    pass",
        "def f(x):\n    # write this\n",
        "for x in y:\n    # TODO\n\nz = 1",
        "def f(x):\n\ndef g(x):\n    return x",
        "x = f(  # TODO: finish",
    ],
)
def test_unfilled_todo_is_unfinished(source: str) -> None:
    """E37: a TODO that is a syntax error is called a TODO."""
    cell = parsed(source)
    assert cell.unfinished
    assert cell.problem is not None
    assert str(cell.problem).endswith(": this cell still contains the TODO; fill it in")


def test_script_problem_names_line_of_file() -> None:
    """In a script the problem names the line of the file."""
    cell = parse_cell(code("x = 1\nprint x", first_line=30))
    assert str(cell.problem) == "line 31: this is Python 2 print; write print(...)"


def test_broken_cell_names_what_it_defines() -> None:
    """A cell that does not parse still says which names it seems to define."""
    source = "def f(x):\n  y = 1\na, b = 2\nc: int = 3\na == 4\nasync def g(:\nprint x"
    assert parsed(source).defines_text == ("f", "a", "b", "c", "g")
    assert parsed("f = 1").defines_text == ()


def test_size_and_depth_are_refused() -> None:
    """Text that could exhaust the parser is refused with its reason."""
    start = "cell 4, line 1: this cannot be parsed as Python: "
    wants = {
        "(" * 100_000: "its brackets are nested more than 200 levels deep",
        "x" * 100_001: "the line is longer than 100,000 characters",
        "x\n" * 200_000: "it is longer than 262,144 characters",
        "-" * 90_000 + "1": "it is nested too deeply",
        "x = '\ud800'": "it contains characters that are not allowed in Python",
    }
    for source, want in wants.items():
        assert str(parsed(source).problem) == start + want


def test_adversarial_text_never_crashes() -> None:
    """No text, however deep or odd, ends the interpreter (tried in one of its own)."""
    script = """
import sys
sys.path.insert(0, ".")
from grader.reading.cells import Cell, parse_cell
deep = "".join(" " * i + "if 1:\\n" for i in range(200)) + " " * 200 + "x"
for source in ["(" * 100000, "-" * 100000 + "1", "-" * 3000 + "1", "1+" * 50000 + "1",
               "1+" * 400 + "1", "a." * 50000, "a." * 45000 + "b", "[]" * 50000,
               "a" + "[0]" * 30000, "lambda:" * 5000, "lambda:" * 500 + "1", deep, "\\0",
               "x" + "()" * 40000, "not " * 20000 + "x", "a if b else " * 8000 + "c",
               "if a:\\n 1\\n" + "elif a:\\n 1\\n" * 9000, "a 'b' " * 9000, "f'{" * 5000,
               "'''" * 9999, ">>> " * 9999, "%" * 9999, "\\u201c" * 9999, "x = " * 9999 + "!ls"]:
    parse_cell(Cell(number=1, kind="code", source=source))
print("alive")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (done.stdout, done.stderr) == ("alive\n", "")


def test_invalid_escape_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings of Python about the student's text are neither printed nor raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parsed(r"x = '\d'; y = 1 is 1").problem is None
    assert capsys.readouterr() == ("", "")


LINES = st.sampled_from(
    [
        *("%%time", "%time x = 1", "!ls \\", "x?", ">>> y", "... ", "In [1]: z", '"""', "'''"),
        *("if x:", "    !ls", "\tq = 1", "def f(", "x = # TODO", "\u201ca\u201d", "(", ")"),
        *("import a", "pip x"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.lists(st.one_of(LINES, st.text(max_size=8))).map("\n".join)))
def test_any_text_keeps_its_lines(source: str) -> None:
    """Whatever the text: a result, as many lines as before, each statement on a line."""
    cell = parsed(source)
    newlines = source.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert cell.source.count("\n") == newlines
    assert cell.problem is None or (cell.statements == () and "\n" not in str(cell.problem))
    lines = cell.source.splitlines()
    for statement in cell.statements:
        assert lines[statement.lineno - 1].strip()
    code_in_text([code(source)], ["f"])
