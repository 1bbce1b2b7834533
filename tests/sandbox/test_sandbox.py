"""The real fork server: what crosses the wall, what stops a child, and that the next one works."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.errors import SandboxError
from grader.sandbox.child import Budget, Child
from grader.sandbox.failures import Failure, FileLine, Place, failure_of
from grader.sandbox.inside.frames import Code, Key, Opaque, Plain, Record
from grader.sandbox.server import ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server runs on Linux")

KINDS = ("scatter", "plot", "text", "patch", "line")


class Inside:
    """One child with one namespace, asked the way that grading asks."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.ask("open", modules={}, main=True)

    def ask(self, op: str, budget: Budget | None = None, **body: Any) -> Any:
        """Get the answer to a request."""
        room = budget or Budget(cpu_s=20, wall_s=100)
        return self.child.ask({"op": op, "space": 1, **body}, room)

    def run(self, source: str, *, cell: int = 1, budget: Budget | None = None) -> None:
        """Execute a statement, or several, as a cell."""
        self.ask("execute", budget, source=source, cell=cell, rebind={})

    def value(self, expression: str, mode: str = "eager", **inputs: Any) -> Any:
        """Get the value of an expression."""
        return self.ask("evaluate", expression=expression, inputs=inputs, mode=mode)["value"]

    def marks(self, source: str, *, picture: bool = False) -> dict[str, Any]:
        """Get what stands in all figures after the source has run."""
        self.ask("clear_figures")
        self.run(source)
        answer = self.ask("draw", expression="", inputs={}, picture=picture)
        assert answer["error"] is None
        figures: dict[str, Any] = answer["figures"]
        return figures


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """One fork server for all tests here."""
    os.environ["GRADER_TEST_SECRET"] = "the answer"
    with ForkServer() as running:
        yield running
    del os.environ["GRADER_TEST_SECRET"]


@pytest.fixture(scope="module")
def shared(server: ForkServer) -> Iterator[Inside]:
    """A child for code that leaves it as it was."""
    child = server.fork(cpu_s=60)
    yield Inside(child)
    child.end()


@pytest.fixture
def inside(server: ForkServer) -> Iterator[Inside]:
    """A child of one's own, for code that may end it; the next child must work."""
    child = server.fork(cpu_s=20)
    yield Inside(child)
    child.end()


def failed(inside: Inside, source: str, budget: Budget | None = None) -> Failure:
    """Get the Failure in which a statement ends."""
    with pytest.raises(Failure) as caught:
        inside.run(source, budget=budget)
    return caught.value


def works(server: ForkServer) -> bool:
    """Tell whether a fresh child still answers rightly."""
    child = server.fork(cpu_s=10)
    try:
        return bool(Inside(child).value("1 + 1") == 2)
    finally:
        child.end()


# What crosses --------------------------------------------------------------------------------


def test_arrays_cross_both_ways(shared: Inside) -> None:
    """Inputs arrive as JAX arrays, answers come back as NumPy arrays of the same type."""
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    for mode in ("auto", "eager"):
        got = shared.value("x * 2", mode, x=x)
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got, x * 2)
    assert shared.value("isinstance(x, jax.Array)", x=x) is True
    assert shared.value("type(x) is np.ndarray", x=Plain(x)) is True


def test_structures_cross_as_they_are(shared: Inside) -> None:
    """Tuples, lists, dicts, text, None and numbers keep their kinds; other things a name only."""
    expression = "(None, True, 3, 0.5, 'é', [1, (2,)], {'a': jnp.zeros(2)})"
    *plain, last = shared.value(expression)
    assert plain == [None, True, 3, 0.5, "é", [1, (2,)]]
    assert last["a"].tolist() == [0, 0]
    assert shared.value("(object(), len, 1j)") == (
        Opaque("object"),
        Opaque("builtin_function_or_method", "function"),
        1j,
    )


def test_trace_tells_program_size(shared: Inside) -> None:
    """A traced program's size is told; loops over the data show in it."""
    shared.run("def loop(x): return sum(x[i] for i in range(x.shape[0]))")
    sizes = [
        shared.ask("evaluate", expression="loop(x)", inputs={"x": np.ones(n)}, mode="trace")
        for n in (5, 10)
    ]
    assert sizes[0]["equations"] < sizes[1]["equations"]


def test_scikit_learn_finds_no_pools_of_threads(shared: Inside) -> None:
    """It looks for them before it measures, in a file that is behind the walls."""
    pytest.importorskip("sklearn")
    shared.run("from sklearn.metrics import pairwise_distances_argmin_min as nearest")
    assert shared.value("nearest([[1.0], [5.0]], [[4.0], [0.0]])[0].tolist()") == [1, 0]


def test_error_in_a_callback_is_told_by_its_last_line(shared: Inside) -> None:
    """JAX prints the whole trace of what a callback raised into its own message."""
    shared.run("def host(x):\n    raise ValueError('no such thing')")
    shape = "jax.ShapeDtypeStruct((3,), np.float32)"
    with pytest.raises(Failure) as raised:
        shared.value(f"jax.pure_callback(host, {shape}, x)", "auto", x=np.ones(3, np.float32))
    message = str(raised.value.message)
    assert message.endswith("calling callback: ValueError: no such thing")


def test_untraceable_code_runs_plainly(shared: Inside) -> None:
    """What cannot be traced runs plainly, and why it cannot is told beside the value."""
    shared.run("def branch(x): return x if x.sum() > 0 else -x")
    answer = shared.ask("evaluate", expression="branch(x)", inputs={"x": np.ones(2)}, mode="auto")
    assert (answer["mode"], answer["value"].tolist()) == ("eager", [1, 1])
    assert answer["trace_error"]["kind"] == "TracerBoolConversionError"


def test_exception_tells_cell_and_line(shared: Inside) -> None:
    """An exception comes with its class, its text, and the lines of the cells it went through."""
    shared.run("\n\ndef f(x):\n    return 1 / x", cell=4)
    with pytest.raises(Failure) as caught:
        shared.run("y = 1\nf(0)", cell=7)
    failure = caught.value
    assert (failure.reason, failure.kind) == ("raised", "ZeroDivisionError")
    assert failure.message == "division by zero"
    assert failure.places == (
        Place(cell=7, line=2, function="<module>"),
        Place(cell=4, line=4, function="f"),
    )
    assert not failure.is_final
    assert shared.value("1") == 1


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("import sys; sys.exit(3)", "SystemExit", "3"),
        ("exit()", "SystemExit", ""),
        ("quit(1)", "SystemExit", "1"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("x = (", "SyntaxError", "'(' was never closed (<cell 1>, line 1)"),
        ("input('name?')", "EOFError", "input() cannot be answered during grading"),
        ("nowhere", "NameError", "name 'nowhere' is not defined"),
        ("def r(): r()\nr()", "RecursionError", "maximum recursion depth exceeded"),
        ("raise type('Odd', (BaseException,), {})('x')", "Odd", "x"),
    ],
)
def test_whatever_raises_is_told(shared: Inside, source: str, kind: str, message: str) -> None:
    """Every exception, exits included, is an answer, and the child lives on."""
    failure = failed(shared, source)
    assert (failure.reason, failure.kind, failure.message) == ("raised", kind, message)


@pytest.mark.parametrize(
    "body",
    [
        "def __str__(self): raise ValueError",
        "def __str__(self): raise SystemExit",
        "def __str__(self): return 3",
        "def __repr__(self): raise ValueError\n    __str__ = __repr__",
    ],
)
def test_exception_without_text(shared: Inside, body: str) -> None:
    """An exception that cannot even be turned into text is told by its class."""
    failure = failed(shared, f"class Odd(Exception):\n    {body}\nraise Odd")
    assert (failure.reason, failure.kind, failure.message) == ("raised", "Odd", "")


def test_long_message_is_cut(shared: Inside) -> None:
    """A huge message arrives cut to a bounded length."""
    assert len(failed(shared, "raise ValueError('x' * 10_000_000)").message) == 2000


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("def __eq__(self, o): return True", "Liar"),
        ("def __array__(self, *a, **k): raise SystemExit", "raised"),
        ("def __array__(self, *a, **k): return 'x'", "Liar"),
        ("def __array__(self, *a, **k): return np.array([self])", "Liar"),
        ("__class__ = property(lambda self: np.ndarray)", "Liar"),
        ("__class__ = property(lambda self: 1 / 0)", "raised"),
        ("def __getattr__(self, n): raise KeyboardInterrupt", "raised"),
        ("def __reduce__(self): return (print, ('run',))", "Liar"),
    ],
)
def test_lying_object_is_opaque(shared: Inside, body: str, kind: str) -> None:
    """An object that pretends to be an array is not an array to the judge, whatever it does."""
    shared.run(f"import numpy as np\nclass Liar:\n    {body}")
    try:
        assert shared.value("Liar()") == Opaque(kind)
    except Failure as failure:
        assert failure.reason == kind  # noqa: PT017
    assert shared.value("2") == 2


def test_array_like_becomes_array(shared: Inside) -> None:
    """What converts to a numeric array crosses as that array, with nothing of its class."""
    shared.run(
        "class Like:\n    def __array__(self, *a, **k):\n        import numpy\n        return numpy.ones(2)"
    )
    got = shared.value("Like()")
    assert type(got) is np.ndarray
    assert got.tolist() == [1, 1]


# What ends a child ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
        ("import os; os.abort()", "signal 6"),
        ("import ctypes; ctypes.string_at(0)", "signal 11"),
    ],
)
def test_death_is_a_crash(server: ForkServer, inside: Inside, source: str, message: str) -> None:
    """A child that ends itself is told as crashed with how it ended, and the next one works."""
    failure = failed(inside, source)
    assert failure.reason == "crashed"
    assert str(failure.message) == message
    assert failure.is_final
    with pytest.raises(Failure) as again:
        inside.value("1")
    assert (again.value.reason, str(again.value.message)) == (
        "crashed",
        "the process had already ended",
    )
    assert works(server)


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import jax\njax.lax.while_loop(lambda v: True, lambda v: v + 1, 0)",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "sum(iter(int, 1))",
        "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
    ],
)
def test_endless_work_is_stopped(server: ForkServer, inside: Inside, source: str) -> None:
    """Work without end is stopped when its CPU time is used up, also where no signal is heard."""
    failure = failed(inside, source, Budget(cpu_s=0.5, wall_s=60))
    assert (failure.reason, failure.message) == ("timeout", "CPU time")
    assert failure.is_final
    assert works(server)


@pytest.mark.parametrize(
    "source",
    [
        "import time; time.sleep(1e6)",
        "import threading; threading.Event().wait()",
        "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n"
        "    except Exception: pass\ntime.sleep(1e6)",
    ],
)
def test_endless_sleep_is_stopped(server: ForkServer, inside: Inside, source: str) -> None:
    """Sleep without end is stopped by the wall clock, whatever signals the code ignores."""
    failure = failed(inside, source, Budget(cpu_s=10, wall_s=1))
    assert (failure.reason, failure.message) == ("timeout", "wall clock")
    assert works(server)


def test_used_up_budget_asks_nothing(inside: Inside) -> None:
    """Without time left nothing is run any more."""
    failure = failed(inside, "x = 1", Budget(cpu_s=0, wall_s=5))
    assert (failure.reason, failure.message) == (
        "timeout",
        "the time for this part was already used up",
    )


def test_time_is_taken_off(shared: Inside) -> None:
    """What a request takes is taken off the budget that it is asked with."""
    budget = Budget.of(10.0)
    assert (budget.cpu_s, budget.wall_s) == (10.0, 50.0)
    shared.run("sum(range(3_000_000))", budget=budget)
    assert budget.cpu_s < 10
    assert budget.wall_s < 50


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("np.zeros(40_000_000)", Opaque("array", "large")),
        ("{str(i): i for i in range(30_000)}", Opaque("dict", "many")),
        ("(np.zeros(4), np.zeros(20_000_000), np.zeros(20_000_000))", Opaque("array", "large")),
        ("'a' * (1 << 21)", Opaque("str", "large")),
        ("[np.zeros(()) for _ in range(30_000)] + [None]", Opaque("list", "many")),
    ],
)
def test_huge_result_is_told(inside: Inside, expression: str, what: Opaque) -> None:
    """A result beyond the limits is named with the reason, and nothing of it is left out."""
    value = inside.value(expression)
    assert (value[-1] if isinstance(value, tuple) else value) == what
    assert inside.value("1 + 1") == 2


def test_large_value_crosses(inside: Inside) -> None:
    """An array of 100 MiB goes in and comes out whole."""
    x = np.arange(26_000_000, dtype=np.float32)
    got = inside.ask("evaluate", expression="x", inputs={"x": x}, mode="eager")["value"]
    np.testing.assert_array_equal(got, x)


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("(i for i in range(3))", "generator"),
        ("lambda x: x", "function"),
        ("int", "class"),
        ("np", "module"),
        ("object()", ""),
    ],
)
def test_what_is_no_data_says_why(shared: Inside, expression: str, kind: str) -> None:
    """What cannot be carried is told with the reason by which a student can mend it."""
    value = shared.value(expression)
    assert isinstance(value, Opaque)
    assert value.why == kind


def test_trees_come_out(shared: Inside) -> None:
    """Named tuples, dataclasses, registered classes, keys, half precision and sets are told."""
    shared.run(
        "import dataclasses, typing, collections\n"
        "class P(typing.NamedTuple):\n    x: int\n    y: int\n"
        "@dataclasses.dataclass\nclass D:\n    a: int\n"
        "class R:\n    def __init__(self, *v): self.v = v\n"
        "jax.tree_util.register_pytree_node(R, lambda r: (r.v, None), lambda _, v: R(*v))"
    )
    assert shared.value("P(1, [2])") == Record("P", ("x", "y"), (1, [2]), is_tuple=True)
    assert shared.value("D(1)") == Record("D", ("a",), (1,))
    assert shared.value("R(1, 2)") == Record("R", ("", ""), (1, 2))
    shared.run(
        "class L:\n    def __init__(self, w, name): self.w, self.name, self._k = w, name, 1\n"
        "jax.tree_util.register_pytree_node("
        "L, lambda l: ((l.w,), l.name), lambda n, c: L(*c, n))"
    )
    made = shared.value("L(jnp.zeros(2), 'a')")
    assert (made.names, made.extras) == (("w",), (("name", "a"),))
    shared.run(
        "class N(typing.NamedTuple):\n    w: int\n    name = 'a'\n    def f(self): return 1\n"
        "@dataclasses.dataclass\nclass E:\n    w: int = 0\n    name = 'a'\n"
    )
    assert shared.value("N(1)").extras == shared.value("E(1)").extras == (("name", "a"),)
    assert shared.value("{1: 'a', (2, 3): b'c'}") == {1: "a", (2, 3): b"c"}
    assert shared.value("{1, 'b'}") == frozenset({1, "b"})
    assert shared.value("range(3)") == [0, 1, 2]
    assert shared.value("jax.random.key(3)").tolist() == [0, 3]
    half = shared.value("jnp.ones(2, jnp.bfloat16)")
    assert (half.dtype.name, half.astype(float).tolist()) == ("bfloat16", [1.0, 1.0])
    assert shared.value("jnp.ones(2, jnp.float16)").dtype == np.float16


def test_trees_go_in(shared: Inside) -> None:
    """Dicts keep their order, keys stay typed, text is code, and records are objects."""
    inputs = {
        "tree": {"w": np.ones(2), "b": [1, None]},
        "key": Key(np.array([0, 3], np.uint32)),
        "f": Code("lambda x: x ** 2"),
        "p": Record("Pair", ("x", "y"), (np.ones(1), 2), is_tuple=True),
        "s": Record("State", ("m",), (np.ones(1),)),
    }

    def value(expression: str, mode: str) -> Any:
        return shared.ask("evaluate", expression=expression, inputs=inputs, mode=mode)["value"]

    for mode in ("auto", "eager"):
        assert value("[*tree]", mode) == ["w", "b"]
        assert value("jnp.issubdtype(key.dtype, jax.dtypes.prng_key)", mode) == np.True_
        assert value("f(3)", mode) == 9
        assert value("(p.x + p[1])[0] + s.m[0]", mode) == 4
        assert len(value("jax.tree.leaves(s)", mode)) == 1


def test_memory_bomb_is_contained(server: ForkServer, inside: Inside) -> None:
    """Memory without end is an error of that code or the end of its child, and of nothing else."""
    failure = failed(inside, "x = []\nwhile True: x.append(bytearray(1 << 26))")
    assert failure.kind == "MemoryError" or failure.reason == "crashed"
    assert works(server)


def test_long_output_goes_nowhere(shared: Inside) -> None:
    """A gigabyte that is printed is held by no one and hurts no one."""
    shared.run("line = 'x' * (1 << 24)\nfor _ in range(64): print(line, flush=True)")
    shared.run("import sys, os\nsys.stderr.write('y' * 1000)\nos.write(1, b'z' * 1000)")
    assert shared.value("1") == 1


def test_threads_left_behind_are_ended(server: ForkServer, inside: Inside) -> None:
    """Threads that go on do not keep a child alive when it is ended."""
    inside.run(
        "import threading, time\n"
        "for _ in range(5): threading.Thread(target=time.sleep, args=(1e6,)).start()"
    )
    assert inside.value("threading.active_count()") == 6
    inside.child.end()
    assert not Path(f"/proc/{inside.child.pid}").exists()
    assert works(server)


GARBAGE = """
import os, stat
data = {data}
for fd in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, data)
    except OSError: pass
"""


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 64,
        b"\x00" * 16,
        b"GET / HTTP/1.0\r\n\r\n" * 4,
        b"\x02" + b"\x00" * 15 + b"{}",
        b"\x04" + b"\x00" * 15 + b"null",
        b"\x07" + b"\x00" * 15 + b'{"n":0}',
        b"\x06" + b"\x00" * 7 + b"\x08" + b"\x00" * 7 + b'{"a":1',
    ],
)
def test_forged_frames_are_refused(server: ForkServer, inside: Inside, data: bytes) -> None:
    """Bytes that are no frame, written where the answer goes, end the child and nothing else."""
    failure = failed(inside, GARBAGE.format(data=data))
    assert failure.reason == "not_plain_data"
    assert failure.is_final
    assert works(server)


def test_forged_answer_is_plain_data(server: ForkServer, inside: Inside) -> None:
    """A well-formed answer ahead of the true one is only data: odd entries are left out."""
    forged = b'{"d":[["error",{"d":[["kind",{"i":"3"}],["message",{"n":0}],["places",{"l":[{"i":"1"}]}]]}]]}'
    frame = bytes([len(forged)]) + b"\0" * 15 + forged
    failure = failed(inside, GARBAGE.format(data=frame))
    assert (failure.reason, failure.kind, failure.message) == ("raised", "Exception", "")
    assert failure.places == ()
    assert works(server)


def test_closed_connection_is_a_crash(server: ForkServer, inside: Inside) -> None:
    """Code that closes the way back has ended its own process as far as the judge can tell."""
    failure = failed(inside, "import os; os.closerange(3, 64)", Budget(cpu_s=5, wall_s=5))
    assert failure.reason in {"crashed", "timeout"}
    assert works(server)


@pytest.mark.parametrize(
    "place",
    [("x", 1, "f"), (1, 1), "text", ("1", "2", "f"), ("1", 2, 3), ("1", None, "f"), ("-1", 1, "f")],
)
def test_odd_places_are_left_out(place: object) -> None:
    """A place that is no cell number, line and function is left out, the rest is kept."""
    failure = failure_of({"kind": "E", "message": "m", "places": [place, ("2", 3, "g")]})
    assert failure.places == (Place(cell=2, line=3, function="g"),)


@pytest.mark.parametrize("number", ["²", "9" * 5000])
def test_forged_cell_number_is_left_out(number: str) -> None:
    """A cell number that no cell has, from a file name that code made up, is left out."""
    failure = failure_of({"kind": "E", "message": "m", "places": [(number, 1, "f")]})
    assert failure.places == ()


# What is on the other side -------------------------------------------------------------------


def test_environment_holds_no_secret(shared: Inside) -> None:
    """None of the judge's own variables, arguments or folders are in the child."""
    shared.run("import os, sys")
    names = set(shared.value("list(os.environ)"))
    assert "GRADER_TEST_SECRET" not in names
    assert names & {"PATH", "HOME", "TMPDIR", "JAX_PLATFORMS"}
    assert not names & {"VIRTUAL_ENV", "PYTHONPATH", "PYTEST_CURRENT_TEST", "USER", "LOGNAME"}
    assert shared.value("sys.argv") == ["notebook"]
    assert (
        shared.value("[n for n in sys.modules if n.split('.')[0] in ('grader', 'reference')]") == []
    )


@pytest.mark.parametrize(
    "path",
    [
        "reference/kmeans.py",
        "exercises/kmeans/checks.py",
        "exercises/kmeans/mistakes.py",
        "grader/judging/grade.py",
        "tests/sandbox/test_sandbox.py",
    ],
)
def test_reference_cannot_be_read(server: ForkServer, shared: Inside, path: str) -> None:
    """The reference, the checks and the judge are out of reach of student code."""
    if "landlock" not in server.isolation:
        pytest.skip("this machine has no Landlock")
    file = Path(__file__).parents[2] / path
    assert file.is_file()
    failure = failed(shared, f"open({str(file)!r}).read()")
    assert failure.kind in {"PermissionError", "FileNotFoundError"}
    shared.run("import sys")
    module = path.removesuffix(".py").replace("/", ".")
    assert failed(shared, f"import {module}").kind == "ModuleNotFoundError"


def test_spaces_do_not_share_names(shared: Inside) -> None:
    """Each namespace is fresh: what one binds is not in another."""
    shared.run("only_here = 1")
    answer = shared.child.ask(
        {"op": "open", "space": 2, "modules": {}, "main": False}, Budget.of(5)
    )
    assert answer == {}
    request = {"op": "read", "space": 2, "names": ["only_here"]}
    assert shared.child.ask(request, Budget.of(5)) == {}
    assert shared.ask("read", names=["only_here", "nowhere"]) == {"only_here": 1}


def test_functions_are_described(shared: Inside) -> None:
    """What a name is bound to is told: whether it is callable, and by which parameters."""
    shared.run("def f(a, b=1, *, c): pass\nd = 3")
    said = shared.ask("describe", names=["f", "d", "nowhere"])
    assert said["f"]["parameters"] == [
        ("a", "POSITIONAL_OR_KEYWORD", False),
        ("b", "POSITIONAL_OR_KEYWORD", True),
        ("c", "KEYWORD_ONLY", False),
    ]
    assert (said["d"]["callable"], said["d"]["type"]) == (False, "int")
    assert set(said) == {"f", "d"}


def test_modules_beside_can_be_imported(server: ForkServer) -> None:
    """Python files that were handed in beside the notebook are importable; a broken one tells why."""
    child = server.fork(cpu_s=10)
    ask = Budget.of(10)
    modules = {"helper": "VALUE = 41", "broken": "VALUE = ("}
    child.ask({"op": "open", "space": 1, "modules": modules, "main": True}, ask)
    run = {"op": "execute", "space": 1, "cell": 1, "rebind": {}}
    child.ask({**run, "source": "from helper import VALUE"}, ask)
    assert child.ask({"op": "read", "space": 1, "names": ["VALUE"]}, ask) == {"VALUE": 41}
    with pytest.raises(Failure) as caught:
        child.ask({**run, "source": "import broken"}, ask)
    assert caught.value.kind == "SyntaxError"
    assert caught.value.file == FileLine(name="broken.py", line=1)
    child.end()


def test_error_in_a_file_names_its_line(server: ForkServer) -> None:
    """What a handed-in file raises when it is imported or called names it, each time anew."""
    child = server.fork(cpu_s=10)
    ask = Budget.of(10)
    modules = {"late": "def f():\n    return 1 / 0", "early": "import chex_no_such_package"}
    child.ask({"op": "open", "space": 1, "modules": modules, "main": True}, ask)
    run = {"op": "execute", "space": 1, "cell": 4, "rebind": {}}
    for source, name, line in (
        ("import late\nlate.f()", "late.py", 2),
        ("import early", "early.py", 1),
        ("\nimport early", "early.py", 1),
    ):
        with pytest.raises(Failure) as caught:
            child.ask({**run, "source": source}, ask)
        assert caught.value.file == FileLine(name=name, line=line)
        assert [place.cell for place in caught.value.places] == [4]
    child.end()


def test_file_has_its_own_names(server: ForkServer) -> None:
    """A file's statements run in a namespace of its own, in which given names are bound too."""
    child = server.fork(cpu_s=10)
    ask = Budget.of(10)
    opened = {"op": "open", "space": 1, "modules": {}, "linked": {"m": False}, "main": True}
    child.ask(opened, ask)
    child.ask({"op": "bind", "space": 1, "values": {"points": 3}}, ask)
    run = {"op": "execute", "space": 1, "cell": 1, "rebind": {}}
    child.ask({**run, "module": "m", "source": "def f(): return points, k\nk = 1"}, ask)
    child.ask({**run, "source": "from m import f\nk = 2\ngot = f()"}, ask)
    assert child.ask({"op": "read", "space": 1, "names": ["got"]}, ask) == {"got": (3, 1)}
    child.end()


@pytest.mark.parametrize(("text", "wide"), [("1", True), ("True", True), ("off", False)])
def test_variables_are_read_as_jax_reads_them(server: ForkServer, text: str, wide: bool) -> None:  # noqa: FBT001
    """A variable of the environment sets the option after the statement that sets it."""
    child = server.fork(cpu_s=10)
    ask = Budget.of(10)
    child.ask({"op": "open", "space": 1, "modules": {}, "main": True}, ask)
    run = {"op": "execute", "space": 1, "cell": 1, "rebind": {}}
    source = f"import os\nos.environ['JAX_ENABLE_X64'] = {text!r}"
    child.ask({**run, "source": source, "is_variable": True}, ask)
    child.ask({**run, "source": "import jax\nx64 = jax.config.jax_enable_x64"}, ask)
    assert child.ask({"op": "read", "space": 1, "names": ["x64"]}, ask) == {"x64": wide}
    child.end()


# A notebook's surroundings -------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "import jax\njax.config.update('jax_platform_name', 'gpu')",
        "import jax\njax.config.update('jax_platforms', 'tpu')\njax.numpy.ones(2) + 1",
        "from jax import config\nconfig.update('jax_debug_nans', True)\n1 / jax.numpy.zeros(2)",
        "import jax\njax.config.jax_disable_jit = True\nassert not jax.config.jax_disable_jit",
        "import numpy as np\nnp.set_printoptions(precision=3)\nnp.seterr(all='ignore')",
        "from google.colab import drive, files\ndrive.mount('/content/drive')\nfiles.upload()",
        "import google.colab.drive as d\nd.mount('x')",
        "from IPython.display import display, clear_output\nclear_output(wait=True)\ndisplay(3)",
        "from tqdm import tqdm\nassert list(tqdm(range(3))) == [0, 1, 2]",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "display(3)",
        "import matplotlib.pyplot as plt\nplt.ion()\nplt.plot([1])\nplt.show()\nplt.pause(1)",
        "import matplotlib\nmatplotlib.use('TkAgg')",
        "import matplotlib.pyplot as plt\nplt.style.use('seaborn')\nplt.savefig('/nowhere/x.png')",
        "import asyncio\nasync def f(): return 3\nassert await f() == 3",
        "import warnings\nwarnings.warn('old')",
        "assert __name__ == '__main__'",
    ],
)
def test_notebook_lines_are_harmless(shared: Inside, source: str) -> None:
    """Lines that only make sense in a notebook or on another machine change nothing."""
    shared.run(source)
    assert shared.value("x + 1", "auto", x=np.ones(2)).dtype == np.float32


def test_float64_is_students_choice(inside: Inside) -> None:
    """A submission that turns on 64 bits gets its inputs and gives its answers in 64 bits."""
    assert inside.value("x", x=np.ones(2)).dtype == np.float32
    inside.run("import jax\njax.config.update('jax_enable_x64', True)")
    assert inside.value("x + 0.1", "auto", x=np.ones(2)).dtype == np.float64


def test_lost_imports_are_there(shared: Inside) -> None:
    """The exercise's own imports work as names also where their cell was lost."""
    assert shared.value("jnp.sum(np.ones(2)) + 0 * vmap(grad(jnp.sin))(jnp.ones(1))[0]") == 2


# Figures -------------------------------------------------------------------------------------


def test_scatter_is_told_by_marks(shared: Inside) -> None:
    """A scatter gives one mark a point: where it is, its color, its size."""
    marks = shared.marks(
        "import matplotlib.pyplot as plt\nplt.scatter([0, 1, 2], [3, 4, 5], c=['r', 'b', 'r'], s=9)"
    )
    assert marks["xy"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert marks["color"].tolist() == [[1, 0, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1]]
    assert [KINDS[kind] for kind in marks["kind"]] == ["scatter"] * 3
    assert marks["size"].tolist() == [9, 9, 9]
    assert (marks["figures"], marks["pixels"]) == (1, None)


def test_color_numbers_become_colors(shared: Inside) -> None:
    """Colors given as numbers become those that are seen: equal for equal numbers."""
    marks = shared.marks(
        "import matplotlib.pyplot as plt\nplt.scatter([0, 1, 2], [0, 0, 0], c=[0, 1, 0])"
    )
    colors = marks["color"].tolist()
    assert colors[0] == colors[2] != colors[1]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("plt.plot([0, 1], [2, 3], 'o')", "plot"),
        ("[plt.plot(i, i + 2, 'x') for i in (0, 1)]", "plot"),
        ("[plt.scatter(i, i + 2) for i in (0, 1)]", "scatter"),
        ("plt.plot([0, 1], [2, 3])", "line"),
        ("[plt.text(i, i + 2, 'c') for i in (0, 1)]", "text"),
        ("[plt.gca().add_patch(plt.Circle((i, i + 2), 0.1)) for i in (0, 1)]", "patch"),
        ("plt.scatter(jnp.array([0, 1]), jnp.array([2, 3])); plt.show()", "scatter"),
        ("plt.scatter([0, 1], [2, 3]); plt.savefig('a.png'); plt.close()", "scatter"),
        ("plt.scatter([0, 1], [2, 3]); plt.savefig('x.png'); plt.close('all')", "scatter"),
        ("fig, ax = plt.subplots(); ax.scatter([0, 1], [2, 3]); plt.clf", "scatter"),
        ("plt.scatter([0, 1, float('nan')], [2, 3, 4])", "scatter"),
    ],
)
def test_marks_however_drawn(shared: Inside, call: str, kind: str) -> None:
    """The same marks are told however they were drawn, one call or many, shown or closed."""
    marks = shared.marks(f"import matplotlib.pyplot as plt\n{call}")
    assert marks["xy"].tolist() == [[0, 2], [1, 3]]
    assert {KINDS[number] for number in marks["kind"]} == {kind}


def test_unseen_marks_do_not_count(shared: Inside) -> None:
    """What is transparent or hidden is no mark."""
    marks = shared.marks(
        "import matplotlib.pyplot as plt\nplt.scatter([0], [1], alpha=0)\n"
        "plt.scatter([0], [1]).set_visible(False)\nplt.scatter([5], [6], c=[(0, 0, 1, 0)])\n"
        "plt.gca().scatter([7], [8], c='g')"
    )
    assert marks["xy"].tolist() == [[7, 8]]


def test_figures_and_axes_are_numbered(shared: Inside) -> None:
    """Marks tell in which figure and which axes they stand."""
    marks = shared.marks(
        "import matplotlib.pyplot as plt\n_, (a, b) = plt.subplots(1, 2)\na.plot(0, 0, 'o')\n"
        "b.plot(1, 1, 'o')\nplt.figure()\nplt.plot(2, 2, 'o')"
    )
    assert marks["figure"].tolist() == [0, 0, 1]
    assert marks["axes"].tolist() == [0, 1, 0]
    assert marks["figures"] == 2


def test_picture_is_bounded(shared: Inside) -> None:
    """The picture is plain pixels of a bounded size, whatever size the figure asks for."""
    for size in ((4, 3), (300, 2), (0.1, 0.1)):
        marks = shared.marks(
            f"import matplotlib.pyplot as plt\nplt.figure(figsize={size})\nplt.plot([1, 2], 'o')",
            picture=True,
        )
        pixels = marks["pixels"]
        if pixels is not None:
            assert pixels.dtype == np.uint8
            assert pixels.shape[0] <= 460
            assert pixels.shape[1] <= 560
            assert pixels.shape[2] == 3


def test_no_figure_has_no_marks(shared: Inside) -> None:
    """Without a drawing there are no marks, and the arrays are empty of the right shapes."""
    marks = shared.marks("x = 1", picture=True)
    assert marks["xy"].shape == (0, 2)
    assert marks["color"].shape == (0, 4)
    assert marks["kind"].shape == (0,)
    assert (marks["figures"], marks["pixels"]) == (0, None)


# The server itself ---------------------------------------------------------------------------


def _children_of(pid: int) -> set[int]:
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.add(int(stat.parent.name))
    return found


def _is_running(pid: int) -> bool:
    """Tell whether a process still runs a moment later: the kernel ends it in its own time."""
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2][1]
        except OSError:
            return False
        if state in "ZX":
            return False
        time.sleep(0.01)
    return True


def test_close_leaves_nothing_behind() -> None:
    """When a server is closed, its children and its folder are gone with it."""
    with ForkServer() as server:
        server_pid = server._process.pid
        home = Path(server._home)
        child, busy = Inside(server.fork(cpu_s=20)), Inside(server.fork(cpu_s=20))
        child.run("x = 1")
        busy.run("import threading, time\nthreading.Thread(target=time.sleep, args=(1e6,)).start()")
        assert _children_of(server_pid) == {child.child.pid, busy.child.pid}
        assert home.is_dir()
    assert not Path(f"/proc/{server_pid}").exists()
    assert not [pid for pid in (child.child.pid, busy.child.pid) if _is_running(pid)]
    child.child.end()
    busy.child.end()
    assert not home.exists()
    with pytest.raises(SandboxError) as caught:
        server.fork(cpu_s=1)
    assert str(caught.value) == "the grader was stopped"


def test_killed_server_is_started_again() -> None:
    """A fork server that was killed from outside is started again for the next child."""
    with ForkServer() as server:
        child = server.fork(cpu_s=5)
        server._process.kill()
        server._process.wait()
        another = Inside(server.fork(cpu_s=20))
        assert another.value("1 + 1") == 2
        another.child.end()
        child.end()


def test_unstartable_server_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork server that cannot start says what Python said last, and what to do."""
    from grader.sandbox import server as module  # noqa: PLC0415

    monkeypatch.setattr(module, "_packages", list)
    with pytest.raises(SandboxError) as caught, ForkServer() as server:
        assert server.versions
    words = str(caught.value)
    assert words.startswith(
        "the process that runs submissions did not start: ModuleNotFoundError: "
    )
    assert words.endswith("; reinstall the grader")


def test_versions_are_told(server: ForkServer) -> None:
    """The versions that results depend on are told by the process that runs the code."""
    assert server.versions["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(server.versions) == {"python", "jax", "numpy", "matplotlib", "compiled"}
    assert {layer["status"] for layer in server.layers} <= {"active", "unavailable"}
    assert set(server.isolation) <= {layer["layer"] for layer in server.layers}


def test_child_sees_no_sibling(server: ForkServer) -> None:
    """A child cannot signal another child or the server."""
    other = Inside(server.fork(cpu_s=5))
    child = Inside(server.fork(cpu_s=5))
    for pid in (other.child.pid, server._process.pid):
        if failed(child, f"import os; os.kill({pid}, 9)").kind not in {
            "PermissionError",
            "OSError",
        }:
            pytest.fail("a child could signal another process")
    assert other.value("1 + 1") == 2
    child.child.end()
    other.child.end()


def test_one_trace_serves_calls_of_one_shape(inside: Inside) -> None:
    """A function is traced once for a shape and a number, and again for others or when asked to."""
    inside.run("calls = []\ndef f(x, n):\n    calls.append(n)\n    return n * x")

    def calls(x: Any, n: int, **more: Any) -> Any:
        inputs = {"x": np.asarray(x, np.float32), "n": n}
        told = inside.ask("evaluate", expression="f(x, n)", inputs=inputs, mode="auto", **more)
        np.testing.assert_array_equal(told["value"], n * inputs["x"])
        return inside.value("len(calls)")

    assert calls([1.0, 2.0], 3) == 1
    assert calls([5.0, 7.0], 3) == 1
    assert calls([5.0, 7.0], 4) == 2
    assert calls([5.0], 4) == 3
    assert calls([1.0, 2.0], 3) == 3
    assert calls([1.0, 2.0], 3, anew=True) == 4
    inside.run("n = 1")  # what a statement changes may be read by the function
    assert calls([1.0, 2.0], 3) == 5
