"""From cells to the statements that a part needs: what is in a slice, and what is not."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.reading.cells import Cell, parse_cell
from grader.reading.definitions import is_unwritten, shape_of
from grader.reading.program import Program
from grader.reading.slices import Given
from grader.reading.submission import Submission

POINTS = Given(name="points")
KEY = Given(name="key", until="points")


def program(*sources: str, stubs: str = "") -> Program:
    """Get the program of code cells with these texts."""
    cells = [Cell(number=i, kind="code", source=text) for i, text in enumerate(sources, start=1)]
    return Program([parse_cell(cell) for cell in cells], ast.parse(stubs).body)


def taken(
    *sources: str, names: Sequence[str] = ("f",), given: Sequence[Given] = (), stubs: str = ""
) -> list[str]:
    """Get the texts of the statements in the slice of some names."""
    found = program(*sources, stubs=stubs).slice(names=names, given=given)
    return [statement.text.strip() for statement in found.statements]


@pytest.mark.parametrize(
    "cells",
    [
        ["def h(x): return x", "def f(x): return h(x)"],
        ["def f(x): return h(x)", "def h(x): return x"],
        ["def f(): return g()", "def g(): return h", "h = 1"],
        ["k = 1\ndef f(x):\n    def g(y): return y * k + x\n    return g(x)"],
        ["d = 1\ndef f(x=d): return x"],
        ["def same(g): return g\n@same\ndef f(x): return x"],
        ["k = 2\nf = lambda x: x * k"],
        ["k = 2\nf = lambda x, y=k: x * y"],
        ["a = [1]\nb = [q for q in a if q]\ndef f(): return b"],
        ["a = [1]\ndef f(): return {q: r for q in a for r in (q, 2)}"],
        ["b = 1\nclass A:\n    z = b\n    def m(self): return h()\ndef h(): return 1\nf = A().m"],
        ["class A: pass\nclass B(A): pass\ndef f(): return B()"],
        ["def f(x): return f(x)"],
        ["import a.b as c\nimport d.e\ndef f(): return c, d.e"],
        ["x: int = 3\ndef f(): return x"],
        ["a, *b = 1, 2\ndef f(): return b"],
        ["a = b = 1\ndef f(): return b"],
        ["f = g = 1"],
        ["é = 1\nñ = é\nf = lambda: ñ"],
        ["annotations = ['a']\ndef f(): return annotations"],
        ["async def f(): return 1"],
        ["x = await foo()\ndef f(): return x"],
        ["x = 1\ndel x\ndef f(): return x"],
    ],
)
def test_all_is_needed(cells: list[str]) -> None:
    """Helpers before and after, defaults, decorators, bases and constants are taken along."""
    wanted = [s.text.strip() for s in program(*cells).statements]
    assert taken(*cells) == wanted


@pytest.mark.parametrize(
    "cell",
    [
        "import jax\ndef f(x): return x\nf = jax.jit(f)\nf = jax.vmap(f)",
        "k = 1\nif k: k = 2\ndef f(): return k",
        "k = 1\nk += 1\ndef f(): return k",
        "if (n := 5) > 3: pass\ndef f(): return n",
        "n = 0\nwhile n < 3: n += 1\ndef f(): return n",
        "t = 0\nfor i in range(3):\n    t += i\ndef f(): return t",
        "for i in range(3): pass\ndef f(): return i",
        "import os\nwith os.scandir() as c:\n    z = 1\ndef f(): return z, c",
        "try:\n    import foo\nexcept ImportError:\n    foo = None\ndef f(): return foo",
        "if True:\n    def f(): return 1\nelse:\n    def f(): return 2",
        "v = 1\nmatch v:\n    case int(q): r = q\ndef f(): return r",
    ],
)
def test_bindings_chain_and_branch(cell: str) -> None:
    """A name bound again from itself, or in a branch or loop, needs all that led to it."""
    assert taken(cell) == [s.text.strip() for s in program(cell).statements]


@pytest.mark.parametrize(
    "change",
    [
        "xs.append(1)",
        "xs[0] = 1",
        "xs[0], q = 1, 2",
        "xs[0].y = 1",
        "xs.y = 1",
        "xs.y.append(1)",
        "xs += [1]",
        "xs[0] += 1",
        "xs.sort()",
        "random.shuffle(xs)",
        "for i in range(3): xs.append(i)",
        "for i in range(3): xs[i] = 1",
        "if xs: xs[0] = 1",
        "[xs.append(i) for i in range(3)]",
        "xs.at[0].y[1] = 2",
    ],
)
def test_changes_in_place_count(change: str) -> None:
    """A statement that changes a value in place is needed where the value is, and not elsewhere."""
    lines = f"import random\nxs = [0]\nys = [1]\n{change}\ndef f(): return xs\ndef g(): return ys"
    assert change in taken(lines)
    assert change not in taken(lines, names=("g",))


def test_statements_stay_as_parsed() -> None:
    """Looking at a statement leaves its syntax tree as it is."""
    text = "xs[0], (y, *z) = w.v = 1, 2"
    assert ast.dump(program(text).statements[0].node) == ast.dump(ast.parse(text).body[0])


def test_unneeded_is_left_out() -> None:
    """What no part needs is in no slice: other functions, prints, heavy cells, asserts."""
    cells = (
        "import time\ntime.sleep(1e9)\nprint('hello')\nx = heavy()",
        "def f(x): return x\ndef g(x): return x",
        "assert f(1) == 1\nf(2)\nfor i in range(9): f(i)",
        "raise SystemExit",
    )
    assert taken(*cells) == ["def f(x): return x"]


def test_annotations_are_not_needed() -> None:
    """Annotations are never evaluated, so nothing is taken along for them."""
    text = "from typing import List\ndef f(x: List[int]) -> List[int]: return x"
    assert taken(text) == ["def f(x: List[int]) -> List[int]: return x"]


def test_star_imports_always_run() -> None:
    """A star import may bind anything, so it is in every slice."""
    assert taken("from math import *\nimport os\ndef f(x): return sin(x)") == [
        "from math import *",
        "def f(x): return sin(x)",
    ]


def test_number_options_always_run() -> None:
    """Lines that change what all numbers are, are in every slice; other options are not."""
    wanted = [
        "import jax",
        "jax.config.update('jax_enable_x64', True)",
        "jax.config.jax_enable_x64 = True",
        "def f(x): return x",
    ]
    lines = [*wanted, "jax.config.update('jax_platform_name', 'gpu')"]
    assert taken("\n".join(lines)) == wanted


def test_functions_tell_their_arguments() -> None:
    """A function or lambda without parameters is known by its last definition."""
    made = program(
        "def f(): return 1", "def g(*a): return 1", "h = lambda: 1", "i = lambda x: 1", "j = 1"
    )
    assert [made.takes_arguments(name) for name in "fghij"] == [False, True, False, True, True]


def test_functions_that_draw_are_known() -> None:
    """A function that uses a plotting package is one that draws, at any depth."""
    made = program("def f(x): plt.plot(x)", "def g(x): f(x)", "def h(x): return x + 1")
    assert [made.is_drawing(name) for name in "fgh"] == [True, True, False]


def test_last_definition_wins() -> None:
    """Of several definitions only the last is taken."""
    assert taken("def f(): return 1", "def f(): return 2") == ["def f(): return 2"]
    assert taken("x = 1\ndef f(): return x", "x = 2") == ["def f(): return x", "x = 2"]


def test_early_readers_see_early_values() -> None:
    """A value that is read at once is the one that was bound before, not a later one."""
    text = "x = 1\nf = [x]\nx = 2"
    assert taken(text) == ["x = 1", "f = [x]"]


def test_early_calls_see_early_values() -> None:
    """A function that is called early gets the globals of that time, too."""
    text = "x = 1\ndef g(): return x\nf = g()\nx = 2"
    assert taken(text) == ["x = 1", "def g(): return x", "f = g()", "x = 2"]


def test_later_binding_is_last_hope() -> None:
    """A name that is read before it is bound anywhere is taken from the next place that binds it."""
    assert taken("f = g(1)", "def g(x): return x") == ["f = g(1)", "def g(x): return x"]
    assert taken("@d\ndef f(): return 1", "def d(g): return g") == [
        "@d\ndef f(): return 1",
        "def d(g): return g",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "...",
        "'''Doc.'''",
        "'''Doc.'''\n    pass",
        "return",
        "return None",
        "return ...",
        "raise NotImplementedError",
        "raise NotImplementedError('TODO')",
        "# TODO\n    pass",
        "a = handed_out\n    return a",
    ],
)
def test_stubs_never_win(body: str) -> None:
    """A definition without work, or as it was handed out, never hides a filled-in one."""
    stub = f"def f(x):\n    {body}"
    handed_out = "def f(samples):\n    '''Other doc.'''\n    a = handed_out\n    return a"
    held = program("def f(x): return x", stub, stubs=handed_out)
    assert [s.text for s in held.bindings("f")] == ["def f(x): return x"]
    assert len(held.bindings("f", with_stubs=True)) == 2
    assert taken("def f(x): return x", stub, stubs=handed_out) == ["def f(x): return x"]
    assert program(stub, stubs=handed_out).bindings("f") == []
    assert program(stub, stubs=handed_out).functions() == []


def test_written_is_no_stub() -> None:
    """A constant answer and a body that was changed are work."""
    handed_out = "def f(x):\n    a = 1\n    return a"
    for text in (
        "def f(x): return 0",
        "def f(x):\n    a = 1\n    return a + 1",
        "def f(x): raise ValueError",
    ):
        assert len(program(text, stubs=handed_out).bindings("f")) == 1


def test_shapes_ignore_signatures() -> None:
    """Two definitions are alike when name and body are, whatever docstring and signature say."""
    one, two, three = ast.parse(
        "def f(a):\n  'x'\n  return 1\ndef f(b, c=2) -> int: return 1\ndef g(a): return 1"
    ).body
    assert shape_of(one) == shape_of(two) != shape_of(three)
    assert not is_unwritten(ast.parse("f = 1").body[0])


def test_stub_is_taken_when_alone() -> None:
    """A helper that does nothing is still there for those who call it."""
    assert taken("def log(x): pass", "def f(x): return log(x)") == [
        "def log(x): pass",
        "def f(x): return log(x)",
    ]


def test_given_names_are_skipped() -> None:
    """A name that the grader binds needs none of the student's statements."""
    text = "import data\npoints = data.load()\ndef f(): return points"
    assert taken(text, given=[POINTS]) == ["def f(): return points"]


def test_given_name_is_bound_again() -> None:
    """Where a needed statement also binds a given name, that name is to be bound again after it."""
    held = program("points, labels = load()\ndef load(): return 1, 2\ndef f(): return labels")
    found = held.slice(names=["f"], given=[POINTS])
    assert [s.text.strip() for s in found.statements] == [
        "points, labels = load()",
        "def load(): return 1, 2",
        "def f(): return labels",
    ]
    assert found.rebinds == {0: frozenset({"points"})}


def test_key_chain_starts_at_given() -> None:
    """Splits of a given key are the student's, and begin with the given one."""
    text = "key = Key(0)\nkey, sub = split(key)\nkey, sub2 = split(key)\nf = draw(sub2)"
    assert taken(text, given=[KEY]) == [
        "key, sub = split(key)",
        "key, sub2 = split(key)",
        "f = draw(sub2)",
    ]


def test_own_key_after_data_stays() -> None:
    """A key of one's own after the data is no longer the given one; the seed's before it is."""
    before = "key = Key(0)\npoints = draw(key)\nkey, sub = split(key)\nf = draw(sub)"
    assert taken(before, given=[KEY]) == ["key, sub = split(key)", "f = draw(sub)"]
    after = "points = draw(1)\nkey = Key(7)\nf = draw(key)"
    found = program(after).slice(names=["f"], given=[KEY])
    assert [s.text.strip() for s in found.statements] == ["key = Key(7)", "f = draw(key)"]
    assert found.rebinds == {}


def test_without_leaves_out() -> None:
    """Statements that are to be left out are as if they were not there."""
    held = program("def f(x): return x", "f = 3")
    found = held.slice(names=["f"], without=frozenset({1}))
    assert [s.text for s in found.statements] == ["def f(x): return x"]


def test_roots_run_with_their_needs() -> None:
    """A root is taken with what it reads, even if it binds nothing."""
    held = program("import plt\nx = 1\ny = 2", "plt.scatter(x)")
    assert [s.index for s in held.slice(roots=[3]).statements] == [0, 1, 3]


def test_unbound_names_are_told() -> None:
    """Names that nothing binds are told, so that a message can name them."""
    assert program("def f(): return nowhere").slice(names=["f"]).unresolved == {"nowhere"}
    assert program("x = 1").slice(names=["f"]).unresolved == {"f"}


def test_main_guard_is_open() -> None:
    """Statements under the usual main guard count as statements of the cell."""
    text = "if __name__ == '__main__':\n    z = 3\n    if z:\n        z = 4\ndef f(): return z"
    assert taken(text) == ["z = 3", "if z:\n    z = 4", "def f(): return z"]
    other = "if '__main__' == __name__:\n    f = 3"
    assert taken(other) == ["f = 3"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\n\nf = 1", 4),
        ("x = 1\n\n@d\n# why\ndef f(): return 1", 3),
        ("if __name__ == '__main__':\n    x = 1\n\n    f = 2", 4),
        ("x = '''a\nb\n'''; f = 1", 3),
        ("f = [\n  1,\n]", 1),
    ],
)
def test_text_keeps_line_numbers(text: str, line: int) -> None:
    """A statement's text begins on the line where the student wrote it."""
    (statement,) = program(text).bindings("f")
    assert statement.line == line
    node = ast.parse(statement.text).body[0]
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    assert first == line
    assert ast.dump(node) == ast.dump(statement.node)


def test_two_statements_on_a_line() -> None:
    """Statements that share a line are apart, each with its own characters."""
    assert taken("a = 1; b = 2; f = a") == ["a = 1", "f = a"]
    assert taken("'é'; a = 'é'; f = a; b = f") == ["a = 'é'", "f = a"]
    assert taken("x = '''1\n2'''; f = 1") == ["f = 1"]


def test_functions_are_listed() -> None:
    """Definitions, lambdas and wrapped functions are functions; data and classes are none."""
    text = (
        "import jax\nfrom functools import partial\n"
        "def a(): return 1\nb = lambda: 1\nc = jax.jit(a)\nd = partial(a, 1)\n"
        "e = jax.jit(jax.vmap(a))\ng = partial(jax.jit, static_argnums=0)(a)\n"
        "h = a()\ni = 3\nclass J: pass\nasync def k(): return 1"
    )
    assert program(text).functions() == ["a", "b", "c", "d", "e", "g", "k"]


def test_calls_go_all_the_way() -> None:
    """What a function reads includes what the functions that it calls read."""
    held = program("def f(): return g()\ndef g(): return h() + c\ndef h(): return 1\nc = 2")
    assert held.calls("f") == {"g", "h", "c"}
    assert program("def f(): return f()").calls("f") == {"f"}


@pytest.mark.parametrize(
    ("line", "is_drawing"),
    [
        ("plt.scatter(1, 2)", True),
        ("ax.plot(1)", True),
        ("fig, ax = plt.subplots()", True),
        ("for i in range(3): plt.plot(i)", True),
        ("show_all()", True),
        ("ax = table.plot.scatter('x', 'y')", True),
        ("table.hist()", True),
        ("import matplotlib.pyplot as plt", False),
        ("def draw(): plt.show()", False),
        ("print(1)", False),
        ("x = 1", False),
    ],
)
def test_drawing_is_recognized(line: str, is_drawing: bool) -> None:  # noqa: FBT001
    """Statements that use a plotting package, what it made, or a function that draws, draw."""
    before = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\ndef show_all(): plt.show()"
    held = program(before, line)
    assert held.draws(held.statements[-1]) is is_drawing


def test_what_a_table_drew_is_drawn_on() -> None:
    """Axes that pandas made are a drawing's, though the cell names no plotting package."""
    held = program("import pandas as pd\nax = pd.DataFrame(x).plot()\nax.scatter([0], [0])")
    assert [held.draws(statement) for statement in held.statements] == [False, True, True]


@pytest.mark.parametrize(
    "released", ["f = None", "f = ...", "f: object = ...", "f, g = None, ...", "f = jit(...)"]
)
def test_placeholder_is_not_started(released: str) -> None:
    """A name that is released as nothing is not bound, until something binds it."""
    assert program(released, stubs=released).bindings("f") == []
    assert len(program(released, stubs="x = 1").bindings("f")) == 1
    assert len(program("f = 2", stubs=released).bindings("f")) == 1
    counted = "for i in range(3):\n    f = i if f is None else f + i"
    assert taken("f = None", counted, stubs="f = None") == ["f = None", counted]


@pytest.mark.parametrize(
    ("decorator", "is_taken"),
    [("@f.defjvp", True), ("@f.register(int)", True), ("@jax.jit", False), ("@other", False)],
)
def test_decorators_register(decorator: str, *, is_taken: bool) -> None:
    """A function that is given to a method of a part's object, as its derivative is, belongs."""
    start = "import jax\ndef other(g): return g\nf = jax.custom_jvp(abs)"
    found = taken(start, f"{decorator}\ndef rule(x): return x")
    assert any(text.startswith(decorator) for text in found) is is_taken


def test_drawing_package_by_other_name() -> None:
    """A plotting package counts under whatever name it was imported."""
    held = program(
        "from matplotlib import pyplot as p\nimport seaborn as s\np.plot()\ns.scatterplot()"
    )
    assert [held.draws(statement) for statement in held.statements] == [False, False, True, True]


def test_loops_and_calls_are_told() -> None:
    """Loops, and bare calls of certain names, can be found at the top level."""
    held = program(
        "while True: pass\nfor i in x: pass\nexit()\nsys.exit(1)\nx = exit\nprint(exit())"
    )
    assert [s.is_loop for s in held.statements] == [True, True, False, False, False, False]
    names = frozenset({"exit"})
    assert [s.names_any(names) for s in held.statements] == [False, False, True, True, False, True]


@pytest.mark.parametrize(
    "lines",
    [
        "def set_c():\n    global c\n    c = 1\nset_c()\ndef f(): return c",
        "def fill(a): a.append(1)\nxs = []\nfill(xs)\ndef f(): return xs",
        "class M:\n    def fit(self): self.v = 1\nm = M()\nm.fit()\ndef f(): return m.v",
        "class C: pass\nc = C()\nsetattr(c, 'x', 1)\ndef f(): return c.x",
    ],
)
def test_calls_with_effects_are_needed(lines: str) -> None:
    """A bare call of the student's own that changes what is read later is needed."""
    assert taken(lines) == [s.text.strip() for s in program(lines).statements]


def test_results_of_calls_are_apart() -> None:
    """To do something with what a function returned, as in a measurement, does not change it."""
    text = "def f(x): return x\nf(1).block_until_ready()\nf(1).real[0] = 2\ndef g(): return f"
    assert taken(text, names=("g",)) == ["def f(x): return x", "def g(): return f"]


def test_walrus_in_comprehension_binds() -> None:
    """A name bound inside a comprehension at the top level is bound for the notebook."""
    text = "xs = [1]\nys = [y := x for x in xs]\ndef f(): return y"
    assert taken(text) == text.split("\n")


def test_main_guard_keeps_strings() -> None:
    """Taking a statement out of the main guard leaves the lines of its strings as they are."""
    text = "if __name__ == '__main__':\n    f = '''x\n    y'''"
    (statement,) = program(text).bindings("f")
    (guard,) = ast.parse(statement.text).body
    assert isinstance(guard, ast.If)
    assert ast.dump(guard.body[0]) == ast.dump(statement.node)


PIECES = st.sampled_from(
    [
        "{a} = 1", "{a} = {b}", "{a}, {b} = {c}, {a}", "{a} += {b}", "{a}[{b}] = {c}", "{a}.x = {b}",
        "{a}.append({b})", "def {a}({b}): return {b} + {c}", "def {a}({b}={c}):\n    pass",
        "@{a}\ndef {b}(): return {c}", "{a} = lambda {b}: {c}", "{a} = [{b} for {b} in {c}]",
        "class {a}({b}):\n    y = {c}\n    def m(self): return {a}", "import {a}", "from {a} import {b} as {c}",
        "from {a} import *", "for {a} in {b}:\n    {c} = {a}", "while {a}: {b}()", "if ({a} := {b}): {c}",
        "with {a} as {b}: {c} = 1", "try:\n    {a}\nexcept {b} as {c}: pass", "del {a}", "{a}({b}); {c} = 1",
        "def {a}():\n    global {b}\n    {b} = {c}", "if __name__ == '__main__':\n    {a} = {b}\n    {c}()",
        "{a} = await {b}", "async def {a}(): await {b}", "{a}: {b} = {c}", "{a}: {b}", "print({a})",
        "global {a}\n{a} = 1", "match {a}:\n    case [{b}, *{c}]: {b}", "{a} = f'{{{b}!r:{{{c}}}}}'",
        "# only a comment", "", "%matplotlib inline", "!pip install {a}", "def broken(:", "plt.plot({a})",
    ]
)  # fmt: skip
NAMES = st.sampled_from(["f", "g", "h", "key", "points", "annotations", "jax"])


@st.composite
def _cell(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(PIECES, min_size=0, max_size=4))
    return "\n".join(piece.format(a=draw(NAMES), b=draw(NAMES), c=draw(NAMES)) for piece in pieces)


@settings(max_examples=150, deadline=None)
@given(st.lists(_cell(), max_size=5), st.booleans())
def test_slices_hold_for_any_cells(cells: list[str], with_given: bool) -> None:  # noqa: FBT001
    """Any cells have slices: subsets in document order, the same each time, and parseable."""
    gifts = [POINTS, KEY] if with_given else []
    held, again = program(*cells), program(*cells)
    order = [s.index for s in held.statements]
    assert order == list(range(len(order)))
    for names in (("f",), ("g", "h"), ()):
        found = held.slice(names=names, given=gifts)
        indices = [s.index for s in found.statements]
        assert indices == sorted(set(indices))
        assert set(indices) <= set(order)
        twin = again.slice(names=names, given=gifts)
        assert [s.index for s in twin.statements] == indices
        assert (twin.rebinds, twin.unresolved) == (found.rebinds, found.unresolved)
        assert set(found.rebinds) <= set(indices)
    for statement in held.statements:
        assert statement.fresh - {"*"} <= statement.binds
        held.draws(statement)
    held.functions()


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="fgx=+()[]:'\"#\\\n \t;@.,0é\x0c\u2028\x85", max_size=60))
def test_slices_hold_for_noise(source: str) -> None:
    """Text that may or may not be Python never breaks the extraction."""
    held = program(source)
    held.slice(names=["f", "x"])
    for statement in held.statements:
        assert statement.text.count("\n") + 1 >= statement.line


ENV = "import os\nos.environ['JAX_ENABLE_X64'] = '1'"


@pytest.mark.parametrize(
    ("source", "is_set"),
    [
        (f"{ENV}\nimport jax", True),
        ("%env JAX_ENABLE_X64=1\nimport jax", True),
        ("%set_env JAX_ENABLE_X64 1", True),
        ("from os import environ\nenviron.update(JAX_ENABLE_X64='1')\nimport jax", True),
        ("import os\nos.environ |= {'JAX_THREEFRY_PARTITIONABLE': '0'}", True),
        ("def on():\n    os.environ['JAX_ENABLE_X64'] = '1'\nimport os\non()", True),
        (f"def later():\n    import jax\n{ENV}", True),
        (f"import jax\n{ENV}", False),
        (f"from jax import random\n{ENV}", False),
        (f"import flax.linen as nn\n{ENV}", False),
        ("!export JAX_ENABLE_X64=1", False),
    ],
)
def test_variable_counts_before_jax(source: str, is_set: bool) -> None:  # noqa: FBT001
    """A variable that JAX reads is set in every slice, if that is before JAX is imported."""
    found = program(source).slice(names=["f"]).statements
    assert any(statement.is_variable for statement in found) is is_set


@pytest.mark.parametrize("line", ["%pylab", "%pylab inline", "pylab inline", "pylab", "% pylab"])
def test_pylab_gives_its_names(line: str) -> None:
    """%pylab imports what IPython's does, the stars among it."""
    found = program(line)
    assert sum(s.is_star for s in found.statements) == 2
    assert all(found.bindings(n) for n in ("np", "plt", "pylab", "mlab", "display", "figsize"))
    assert found.draws(program(f"{line}\nscatter(x, y)").statements[-1])


def test_pylab_without_stars() -> None:
    """%pylab --no-import-all leaves the stars out."""
    found = program("%pylab --no-import-all inline")
    assert found.bindings("plt")
    assert not any(s.is_star for s in found.statements)


def test_program_of_submission_has_its_code_cells() -> None:
    """The program of a submission is that of its code cells, text cells left out."""
    cells = (
        Cell(number=1, kind="markdown", source="a = 1"),
        Cell(number=2, kind="code", source="%time b = 2"),
    )
    submission = Submission(path="a.ipynb", sha256="", cells=cells)
    whole = Program.of(submission)
    assert [(s.cell, *s.binds) for s in whole.statements] == [(2, "b")]
