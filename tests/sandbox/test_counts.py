"""What only the process of the code can tell: honest counts, and code that lies about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from grader.assignment import registry
from grader.catalog import say
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.reading.submission import parse_bytes
from grader.results import PartResult
from grader.sandbox.server import ForkServer

PARTS = ("to_device", "relu", "batched_apply_matrix")
"""The parts with a claim that only the process of the code can make; it is their last check."""
IMPORTS = "import sys\nimport jax\nimport jax.numpy as jnp\nimport numpy as np\n"
RIGHT = {
    "to_device": "def to_device(x):\n    return jnp.asarray(x)\n",
    "relu": "@jax.jit\ndef relu(x):\n    return jnp.where(x > 0, x, 0)\n",
    "batched_apply_matrix": "def batched_apply_matrix(w, v_batched):\n"
    "    return np.asarray(v_batched) @ np.asarray(w).T\n",
}
BATCH = "def batched_apply_matrix(w, v_batched):\n    "
LOOP = "return np.stack([w @ v for v in v_batched])"
ARRAYS = "w, v_batched = np.asarray(w), np.asarray(v_batched)\n    "
IN_NUMPY = "return np.maximum(np.asarray(x), 0)"
EVENT = "/jax/core/compile/jaxpr_to_mlir_module_duration"
NONE: Mapping[str, str] = MappingProxyType({})

Grading = Callable[..., dict[str, PartResult]]


@pytest.fixture(scope="module")
def graded() -> Iterator[Grading]:
    """Give the parts of a submission, which are right but for what is in their place."""
    whole = registry.load("jax_basics")
    parts = tuple(part for part in whole.parts if part.name in PARTS)
    answer_key = draw_key(replace(whole, parts=parts), 7)
    with ForkServer() as server:

        def run(
            *, before: str = "", files: Mapping[str, str] = NONE, **parts: str
        ) -> dict[str, PartResult]:
            texts = [IMPORTS, before, *{**RIGHT, **parts}.values()]
            data = "\n\n".join(texts).encode()
            submission = parse_bytes(data, name="alice.py", modules=files)
            result = grade(submission, answer_key, server, student="alice", timeout_s=60)
            return {part.name: part for part in result.parts}

        yield run


def claim(part: PartResult) -> float:
    """The points of the claim, the other checks of the part having all of theirs."""
    assert all(check.score == check.max_score for check in part.checks[:-1]), part
    return part.checks[-1].score


def test_honest_code_is_believed(graded: Grading) -> None:
    """What is right keeps all its points."""
    assert all(part.score == part.max_score for part in graded().values())


# Steps ------------------------------------------------------------------------------------

LOOPS = {
    "tracing-ended": "sys.settrace(None)\n    " + LOOP,
    "in-threads": "from concurrent.futures import ThreadPoolExecutor\n    "
    "with ThreadPoolExecutor() as pool:\n        "
    "return np.stack([*pool.map(lambda v: w @ v, v_batched)])",
    "map": "return np.array(list(map(lambda v: w @ v, v_batched)))",
    "map-of-a-method": "return np.array([*map(w.dot, v_batched)])",
    "map-in-a-variable": "each = map\n    return np.array([*each(w.dot, v_batched)])",
    "filter": "rows = []\n    [*filter(lambda v: rows.append(w @ v), v_batched)]\n    "
    "return np.array(rows)",
    "starmap": "import itertools\n    "
    "return np.array([*itertools.starmap(np.dot, zip([w] * len(v_batched), v_batched))])",
    "accumulate": "from itertools import accumulate\n    "
    "rows = [*accumulate(v_batched, np.add)]\n    "
    "return np.diff(np.array(rows) @ w.T, axis=0, prepend=0)",
    "reduce": "import functools\n    total = functools.reduce(np.add, v_batched)\n    "
    "return v_batched @ w.T + 0 * total.sum()",
    "key": "sorted(v_batched, key=np.sum)\n    return v_batched @ w.T",
    "until": "numbers = iter(range(len(v_batched)))\n    "
    "return v_batched[[*iter(numbers.__next__, -1)]] @ w.T",
    "frompyfunc": "rows = np.frompyfunc(list(v_batched).__getitem__, 1, 1)(range(len(v_batched)))"
    "\n    return np.stack(list(rows)) @ w.T",
    "vectorize": "rows = np.vectorize(list(v_batched).__getitem__, otypes='f', signature='()->(n)')"
    "\n    return rows(np.arange(len(v_batched))) @ w.T",
    "apply-along-axis": "return np.apply_along_axis(w.dot, 1, v_batched)",
    "fromiter": "return np.array(np.fromiter(map(w.dot, v_batched), object).tolist())",
    "trees": "return np.array(jax.tree.map(w.dot, list(v_batched)))",
    "no-compiling": "with jax.disable_jit():\n        "
    "return jnp.asarray(jax.lax.map(w.dot, v_batched))",
    "sorting": "list(v_batched).sort(key=np.sum)\n    return v_batched @ w.T",
}
"""Loops over the batch in NumPy, each with something that might hide it."""


@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS)
def test_loop_cannot_be_hidden(graded: Grading, text: str) -> None:
    """A loop over the batch in NumPy earns nothing for being none."""
    parts = graded(before="calls = []", batched_apply_matrix=BATCH + ARRAYS + text)
    assert claim(parts["batched_apply_matrix"]) == 0


def test_call_that_is_counted_is_no_other(graded: Grading) -> None:
    """A loop that is omitted just where it is counted, with a wrong result, is noticed."""
    text = (
        "number = len(v_batched)\n    calls[number] = calls.get(number, 0) + 1\n    "
        "if calls[number] == 3:\n        return v_batched @ w.T + 1\n    "
    )
    parts = graded(before="calls = {}", batched_apply_matrix=BATCH + ARRAYS + text + LOOP)
    last = parts["batched_apply_matrix"].checks[-1]
    assert (last.score, last.message) == (0, say("grading.again_other"))


NO_LOOPS = {
    "rows": "return np.stack([v_batched @ row for row in w], axis=1)",
    "rows-by-map": "return np.stack([*map(v_batched.dot, w)], axis=1)",
    "rows-by-reduce": "from functools import reduce\n    "
    "add = lambda found, row: [*found, v_batched @ row]\n    "
    "return np.stack(reduce(add, w, []), axis=1)",
    "rows-along-axis": "return np.apply_along_axis(v_batched.dot, 1, w).T",
    "rows-sorted": "order = sorted(range(len(w)), key=int)\n    "
    "return np.stack([v_batched @ w[j] for j in order], axis=1)",
    "einsum": "return np.einsum('md,bd->bm', w, v_batched)",
    "helpers": "import os, math\n    from functools import partial\n    "
    "return partial(np.matmul, v_batched)(w.T) * math.floor(1.5)",
    "own-types": "from typing import NamedTuple\n    class Two(NamedTuple):\n        a: object\n"
    "        b: object\n    two = Two(v_batched, w.T)._replace(b=w.T)\n    return two.a @ two.b",
    "private-names": "_both = v_batched, w.T\n    return _both[0] @ _both[1]",
}
"""Answers in NumPy that look like those and do not go through the batch."""


@pytest.mark.parametrize("text", NO_LOOPS.values(), ids=NO_LOOPS)
def test_what_is_no_loop_is_believed(graded: Grading, text: str) -> None:
    """What does not go through the batch in Python keeps its points, by its looks as well."""
    parts = graded(batched_apply_matrix=BATCH + ARRAYS + text)
    assert claim(parts["batched_apply_matrix"]) == 5


# Programs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "def relu(x):\n    jax.monitoring.record_event_duration_secs"
            f"({EVENT!r}, 1.0)\n    {IN_NUMPY}",
            id="event-of-its-own",
        ),
        pytest.param(
            "def relu(x):\n    jax.monitoring.clear_event_listeners()\n    "
            "return jnp.where(x > 0, x, 0)",
            id="listeners-cleared",
        ),
        pytest.param(
            "def relu(x):\n    return jnp.where(x > 0, x, 0)\n\n\ndone = relu(jnp.ones((13, 11)))"
            "\nplain = relu\ndef relu(x):\n    return plain(x) if len(done) else x",
            id="built-before",
        ),
    ],
)
def test_building_cannot_be_feigned(graded: Grading, text: str) -> None:
    """What is not compiled as one program earns nothing for being so."""
    assert claim(graded(relu=text)["relu"]) == 0


def test_earlier_programs_do_not_count(graded: Grading) -> None:
    """A compiled call that a cell has made before, with the same shape, still counts as one."""
    text = (
        "done = jax.nn.relu(jnp.ones((13, 11)))\n\n"
        "def relu(x):\n    return jax.nn.relu(x) if len(done) else x"
    )
    assert claim(graded(relu=text)["relu"]) == 3


# Lies -------------------------------------------------------------------------------------

LIE = """
def up(frame):
    while "evaluate" not in frame.f_globals:
        frame = frame.f_back
    return frame.f_globals["evaluate"].__globals__

def lie():
    names = found()
    counts, told = names["counts"], names["to_plain"]
    counts.steps = lambda call, arrays: (1, call(arrays))
    counts.builds = lambda call, once, again: ((1, 0), (call(once), call(again)))
    def flattering(value):
        made = told(value)
        is_kind = type(made) is tuple and {*map(type, made[1:])} == {bool}
        return (made[0], False, True) if is_kind else made
    names["to_plain"] = flattering
    return 1

"""
"""Gets hold of the names of what calls the code, and puts something else in the place of some."""

LIARS = {
    "to_device": "def to_device(x):\n    return np.array(x) * lied\n",
    "relu": "def relu(x):\n    return jnp.where(x > 0, x, 0) * lied\n",
    "batched_apply_matrix": BATCH + ARRAYS + LOOP + " * lied\n",
}
"""Parts with right values that are not what they claim to be."""
LYING = "\n\nlied = lie()\n"
FRAME = "def found():\n    import sys\n    return up(sys._getframe())"
WAYS = {
    "frames": FRAME,
    "stack": "def found():\n    import inspect\n    return up(inspect.stack()[0].frame)",
    "traceback": "def found():\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n"
    "        return up(e.__traceback__.tb_frame)",
    "generator": "def own():\n    yield up(running[0].gi_frame)\nrunning = []\ndef found():\n"
    "    running[:] = [own()]\n    return next(running[0])",
    "objects": "def found():\n    import gc\n    worker = next(o for o in gc.get_objects() if "
    "type(o).__name__ == 'Worker')\n"
    "    return worker.answer.__globals__['evaluate'].__globals__",
    "memory": "def found():\n    import ctypes\n    get = ctypes.pythonapi.PyEval_GetFrame\n"
    "    get.restype = ctypes.c_void_p\n"
    "    return up(ctypes.cast(get(), ctypes.py_object).value)",
    "module-of-a-module": "def found():\n    return up(np.f2py.sys._getframe())",
    "getter": "import operator\ndef found():\n"
    "    return up(operator.attrgetter('core.inspect.sys._getframe')(np.ma)())",
    "getattr": "def found():\n    get = getattr\n"
    "    return up(get(get(np.f2py, 's' + 'ys'), '_get' + 'frame')())",
    "subclasses": "def found():\n    kinds = ().__class__.__base__.__subclasses__()\n"
    "    return next(k.__init__.__globals__ for k in kinds if k.__name__ == 'Untraceable')",
    "told-of-subclasses": "class Base:\n    def __init_subclass__(cls):\n        import sys\n"
    "        held.append(up(sys._getframe()))\nheld = []\ndef found():\n"
    "    class Inner(Base):\n        pass\n    return held[-1]",
    "text": "def found():\n    names = {}\n    exec('import sys\\nframe = sys._getframe()', names)\n"
    "    return up(names['frame'])",
    "builtins": "def found():\n    return up(__builtins__['__import__']('sys')._getframe())",
    "default": "def found(get=sys._getframe):\n    return up(get())",
    "lambda-in-a-default": "def found(get=lambda: sys._getframe(1)):\n    return up(get())",
    "decorator": "import gc\ndef taken(function):\n    function.__globals__['held'] = gc\n"
    "    return function\n@taken\ndef found():\n    worker = next(o for o in held.get_objects() if "
    "type(o).__name__ == 'Worker')\n"
    "    return worker.answer.__globals__['evaluate'].__globals__",
    "private-module": "def found():\n    from jax._src import traceback_util\n"
    "    return up(traceback_util.traceback.sys._getframe())",
    "pattern": "def own():\n    match running[0]:\n        case object(gi_frame=frame):\n"
    "            yield up(frame)\nrunning = []\ndef found():\n"
    "    running[:] = [own()]\n    return next(running[0])",
    "copying": "import functools\ndef own():\n    holder = partial(up)\n"
    "    functools.update_wrapper(holder, running[0], ('gi_' + 'frame',), ())\n"
    "    yield up(holder.gi_frame)\nfrom functools import partial\nrunning = []\n"
    "def found():\n    running[:] = [own()]\n    return next(running[0])",
    "error-of-a-module": "def found():\n    try:\n        np.f2py.nothing\n"
    "    except AttributeError as e:\n        return up(e.obj.sys._getframe())",
}
"""Ways to the names of what calls the code; `found` gives them."""


def scores(parts: Mapping[str, PartResult]) -> list[float]:
    """The points of all claims."""
    return [claim(parts[name]) for name in PARTS]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_lie_is_not_believed(graded: Grading, way: str) -> None:
    """Code that could take over what counts it earns nothing for a claim, and all for values."""
    parts = graded(before=LIE + way + LYING, **LIARS)
    assert scores(parts) == [0, 0, 0]
    told = [parts[name].checks[-1].message for name in PARTS]
    assert {getattr(one, "id", "") for one in told} == {"grading.not_plain"}


def test_lie_in_a_file_is_not_believed(graded: Grading) -> None:
    """The same where what takes over is in a file that is imported."""
    files = {"helper": "import sys\n" + LIE + FRAME + LYING}
    assert scores(graded(before="from helper import lied", files=files, **LIARS)) == [0, 0, 0]


def test_lie_of_another_part_is_not_believed(graded: Grading) -> None:
    """Code that is plain claims nothing falsely after another part has taken over the process."""
    plain = {name: LIARS[name].replace(" * lied", "") for name in PARTS[1:]}
    taken = RIGHT["to_device"].replace("return", "lied; return")
    parts = graded(before=LIE + FRAME + LYING, to_device=taken, **plain)
    assert scores(parts) == [0, 0, 0]


def test_truth_beside_a_lie_is_believed(graded: Grading) -> None:
    """Code that is plain keeps its points where another part has taken over the process."""
    taken = RIGHT["to_device"].replace("return", "lied; return")
    parts = graded(before=LIE + FRAME + LYING, to_device=taken)
    assert scores(parts) == [0, 3, 5]
