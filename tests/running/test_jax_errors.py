"""Each row of the table explains the message it stands for, in the words of old and new JAX."""

# The snippets are mistakes on purpose, and their helpers take anything:
# ruff: noqa: ANN401, FBT003, NPY001, NPY002, PLE0643, PLR0133, PLW0108, PT011, PTH123, SIM115, RUF100

from __future__ import annotations

import re
import time
import unicodedata
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, build_opener

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import jit, lax, random, vmap

from grader.catalog import catalog, languages
from grader.running.jax_errors import ERROR_ROWS, MAX_SHOWN, explain, tidy_message

if TYPE_CHECKING:
    from collections.abc import Callable

# Arrays are made inside functions: a test module that only gets collected starts no JAX backend.


def _data() -> jax.Array:
    return jnp.arange(16.0).reshape(8, 2)


def _few() -> jax.Array:
    return jnp.arange(8.0).reshape(4, 2)


def _labels() -> jax.Array:
    return jnp.zeros(8, dtype="int32")


def _key() -> jax.Array:
    return random.key(0)


def _run(source: str) -> Callable[[], object]:
    """A snippet of statements, for what no expression can raise."""
    return partial(exec, source, {"__name__": "__main__", "jit": jit})


def _loop(condition: Callable[[Any], Any], body: Callable[[Any], Any], start: object) -> object:
    return lax.while_loop(condition, body, start)


def _subscript(value: Any, index: object) -> object:
    return value[index]


def _unpack(value: Any) -> object:
    first, second, third = value
    return first, second, third


def _two(first: object, second: object) -> object:
    return first, second


def _once_more() -> object:
    return _once_more()


def _leak(wrap: Callable[[Callable[[Any], Any]], Callable[[Any], Any]]) -> object:
    kept: list[Any] = []

    def keep(x: Any) -> Any:
        kept.append(x)
        return x

    wrap(keep)(jnp.arange(3.0))
    return kept[0] + 1


def _leak_in_loop() -> object:
    kept: list[Any] = []

    def body(x: Any) -> Any:
        kept.append(x)
        return x + 1

    lax.while_loop(lambda x: x < 3, body, 0)
    return jnp.array(kept)


def _reuse_a_key() -> object:
    with jax.debug_key_reuse(True):
        key = random.key(0)
        return random.normal(key) + random.normal(key)


def _own_file_without_a_name() -> object:
    message = "cannot import name 'f' from 'helper' (helper.py)"
    raise ImportError(message)


def _ask_nobody() -> object:
    return build_opener(ProxyHandler({})).open("http://127.0.0.1:9/", timeout=5)


def _fill_numpy(x: Any) -> Any:
    rows = np.zeros(3)
    rows[0] = x
    return rows


_METHOD = """
class Model:
    @jit
    def step(self, x):
        return x
Model().step(1.0)
"""

_LOCAL_METHOD = f"def make():\n{_METHOD.replace(chr(10), chr(10) + '    ')}\nmake()"


CURRENT: tuple[tuple[int, Callable[[], object]], ...] = (
    (1, lambda: _few().__setitem__(0, 1.0)),
    (1, lambda: jit(lambda x: x.__setitem__(0, 1.0))(_few())),
    (2, lambda: vmap(lambda i: _data()[_labels() == i].mean(0))(jnp.arange(4))),
    (2, lambda: jit(lambda a: _data()[a == 0].mean(0))(_labels())),
    (3, lambda: vmap(lambda i: jnp.where(_labels() == i))(jnp.arange(4))),
    (3, lambda: jit(jnp.argwhere)(_labels())),
    (4, lambda: jit(lambda x: 1 if x > 0 else 0)(1.0)),
    (4, lambda: vmap(lambda x: max(x, 0))(jnp.arange(3.0))),
    (4, lambda: _loop(lambda v: v[0] > 1 and v[0] < 3, lambda v: v, (1.0,))),
    (5, lambda: _loop(lambda v: v > 0, lambda v: v, jnp.arange(3.0))),
    (5, lambda: _loop(lambda v: v > 0, lambda v: v, jnp.arange(1.0))),
    (5, lambda: _loop(lambda _: None, lambda v: v, 1.0)),
    (6, lambda: _loop(lambda v: v[0] > 0, lambda v: (v[1], v[1]), (1.0, jnp.arange(3.0)))),
    (6, lambda: _loop(lambda v: v < 3, lambda v: v * 1.5, jnp.int32(1))),
    (6, lambda: lax.scan(lambda _, x: (x, x), 1.0, _data())),
    (6, lambda: lax.fori_loop(0, 3, lambda *_: _data(), 1.0)),
    (7, lambda: _loop(lambda v: v[0] > 0, lambda v: v[:2], (1.0, 2.0, 3.0))),
    (7, lambda: _loop(lambda v: v[0] > 0, list, (1.0, 2.0))),
    (7, lambda: _loop(lambda v: v[0] > 0, lambda _: None, (1.0, 2.0))),
    (11, lambda: jit(lambda x: np.sqrt(x))(_data())),
    (11, lambda: vmap(np.array)(_data())),
    (12, lambda: jit(lambda k: list(range(k)))(4)),
    (12, lambda: vmap(lambda i: [1, 2, 3][i])(jnp.arange(3))),
    (13, lambda: jit(jnp.arange)(4)),
    (13, lambda: jit(lambda k: jnp.linspace(0, 1, k))(4)),
    (14, lambda: jit(lambda k: jnp.zeros((k, 2)))(4)),
    (14, lambda: jit(lambda k: _data().reshape(k, -1))(4)),
    (14, lambda: jit(jnp.eye)(4)),
    (15, lambda: jit(float)(1.0)),
    (15, lambda: jit(int)(1)),
    (15, lambda: jit(lambda x: x.mean().item())(_data())),
    (15, lambda: jit(lambda x: x.tolist())(_data())),
    (16, lambda: jit(_two, static_argnums=0)(_data(), 4)),
    (16, lambda: jit(_two, static_argnums=1)(1.0, [4])),
    (17, _run(_METHOD)),
    (17, _run(_LOCAL_METHOD)),
    (18, lambda: _leak(jit)),
    (18, lambda: _leak(vmap)),
    (18, _leak_in_loop),
    (20, lambda: vmap(_two)(_data(), _few())),
    (21, lambda: vmap(_two, in_axes=(0,))(_data(), _few())),
    (21, lambda: vmap(_two, in_axes=(0, (0, 0)))(_data(), _few())),
    (22, lambda: vmap(lambda k: k)(4)),
    (23, lambda: _data() - _few()),
    (23, lambda: jnp.where(_labels() == 0, _data(), 0)),
    (23, lambda: np.zeros((8, 2)) - np.zeros((4, 2))),
    (24, lambda: _subscript(4, None)),
    (26, lambda: jnp.zeros((1, 2, 3)).sum(3)),
    (26, lambda: np.zeros((1, 2, 3)).sum(3)),
    (26, lambda: jnp.linalg.norm(_data(), axis=3)),
    (27, lambda: jnp.argmin([1, 2])),
    (27, lambda: jnp.linalg.norm([1, 2])),
    (27, lambda: jnp.mean([1, 2])),
    (28, lambda: _few()[jnp.zeros(8)]),
    (28, lambda: np.zeros(8)[np.zeros(8)]),
    (28, lambda: _subscript(np.zeros(8), 1.5)),
    (28, lambda: _subscript([1, 2], 1.5)),
    (30, lambda: random.choice(_data(), (4,))),
    (30, lambda: random.choice(0, _data(), (4,))),
    (30, lambda: random.normal(None, (2,))),
    (31, lambda: random.choice(_key(), _data(), 4)),
    (32, lambda: random.randint(_key(), (4,))),
    (33, _reuse_a_key),
    (34, lambda: jax.devices("no_such_device")),
    (35, lambda: random.shuffle),
    (35, _run("from jax.random import shuffle")),
    (36, lambda: jax.ops.index_update),
    (36, _run("from jax.ops import index_update")),
    (37, lambda: jnp.clip(_data(), a_min=1)),
    (37, lambda: _data().clip(a_min=1)),
    (38, lambda: jax.tree_map),
    (38, lambda: jnp.row_stack),
    (38, lambda: jnp.DeviceArray),
    (38, _run("from jax.config import config")),
    (38, _run("from jax import linear_util")),
    (39, lambda: np.int),
    (39, lambda: np.float),
    (40, lambda: jnp.array([1.0], dtype="float64")),
    (41, lambda: lax.add(jnp.int32(1), jnp.float32(1))),
    (42, lambda: bool(_few() == _few())),
    (42, lambda: bool(np.ones(3) == 1)),
    (43, lambda: jax.grad(lambda x: x * 2)(_data())),
    (43, lambda: jax.grad(lambda _: None)(1.0)),
    (44, _run("assignment")),
    (45, lambda: _unpack((1, 2))),
    (45, lambda: _unpack(_few()[:2])),
    (46, lambda: jit(jnp.unique)(_labels())),
    (46, lambda: jit(jnp.bincount)(_labels())),
    (46, lambda: jit(lambda x, k: jax.ops.segment_sum(x, x, k))(_labels(), 4)),
    (46, lambda: jit(jax.nn.one_hot)(_labels(), 4)),
    (46, lambda: jit(jnp.repeat)(_labels(), _labels())),
    (47, lambda: jit(lambda x: x)("a")),
    (47, lambda: jit(lambda x: x)(object())),
    (47, lambda: vmap(lambda x: x)("a")),
    (47, lambda: jnp.array("abc")),
    (47, lambda: jit(lambda: "a")()),
    (49, lambda: jit(lambda x: x - None)(1.0)),
    (49, lambda: jit(lambda x: x - [1])(1.0)),
    (49, lambda: vmap(lambda x: None - x)(_data())),
    (49, lambda: _data() < None),
    (50, lambda: _subscript([[1]], None)),
    (50, lambda: _subscript([[1]], (0, 1))),
    (51, lambda: jit(list)(4)),
    (52, lambda: jit(lambda x: f"{x:.2f}")(1.0)),
    (52, lambda: f"{_data():.2f}"),
    (53, lambda: _data() @ _few()),
    (53, lambda: np.zeros((8, 2)) @ np.zeros((4, 2))),
    (53, lambda: np.dot(np.zeros((8, 2)), np.zeros((4, 2)))),
    (54, lambda: jnp.argmin(_data(), dim=1)),
    (55, lambda: np.random.choice(np.zeros((8, 2)), 4)),
    (56, lambda: jnp.zeros((2.5, 2))),
    (57, lambda: _data().at[0].set(jnp.zeros(5))),
    (57, lambda: jnp.broadcast_to(_data(), (3, 2))),
    (58, lambda: jnp.no_such_name),
    (59, lambda: jit(lambda k: _data()[:k])(4)),
    (60, _run("def f():\n    print(u)\n    u = 1\nf()")),
    (61, _once_more),
    (62, lambda: np.zeros((10**7, 10**8))),
    (63, _run("import no_such_package")),
    (64, lambda: 1 / 0),
    (64, lambda: 1.0 // 0),
    (64, lambda: 0.0**-1),
    (65, lambda: [1][3]),
    (65, lambda: np.zeros(3)[7]),
    (65, list[int]().pop),
    (66, lambda: {}["a"]),
    (67, lambda: None.mean),
    (68, lambda: _two(1)),
    (68, lambda: _two()),
    (69, lambda: _unpack(None)),
    (70, lambda: _two(1, 2, 3)),
    (71, lambda: _two(1, k=3)),
    (71, lambda: _two(1, first=3)),
    (72, _run("x = None\nx()")),
    (72, _run("for x in None: pass")),
    (72, lambda: _subscript(None, 0)),
    (73, lambda: _data()(3)),
    (74, _run("for x in 4: pass")),
    (74, lambda: len(jnp.array(1))),
    (75, lambda: _unpack((1, 2, 3, 4))),
    (75, lambda: jit(_unpack)(_data())),
    (76, lambda: "a" + 1),
    (76, lambda: _data() + "a"),
    (76, lambda: "a" < 1),
    (77, lambda: [1].shape),
    (77, lambda: (1).mean),
    (78, lambda: _data().no_such_name),
    (78, lambda: jit(lambda x: x.numpy())(1.0)),
    (79, _run("x = (1, 2)\nx[0] = 3")),
    (80, lambda: jnp.concatenate([_data(), jnp.zeros((3, 3))])),
    (80, lambda: jnp.stack([_data(), _few()])),
    (80, lambda: np.concatenate([np.zeros((2, 2)), np.zeros((3, 3))])),
    (81, lambda: _data().reshape(3, 3)),
    (81, lambda: np.zeros(16).reshape(3, 3)),
    (82, lambda: random.choice(_key(), _data(), (40,), replace=False)),
    (83, lambda: lax.scan(lambda c, _: c, 1.0, _data())),
    (84, lambda: random.normal(random.split(_key()))),
    (85, lambda: lax.cond(True, lambda: 1.0, _data)),
    (85, lambda: lax.cond(True, lambda: 1.0, lambda: (1.0, 2.0))),
    (86, lambda: _data()[jnp.ones(3, bool)]),
    (86, lambda: np.zeros(8)[np.ones(3, bool)]),
    (87, lambda: _data()[0, 0, 0]),
    (87, lambda: np.zeros((8, 2))[0, 0, 0]),
    (88, lambda: float(_data())),
    (88, lambda: range(jnp.array([2, 2]))),
    (89, lambda: jnp.sum(None)),
    (89, lambda: jnp.array(None)),
    (90, lambda: jit(_fill_numpy)(1.0)),
    (91, lambda: jax.grad(lambda x: x * 2)(1)),
    (91, lambda: jax.grad(jnp.argmin)(_data())),
    (92, lambda: vmap(_two, in_axes=(None, None))(_data(), _few())),
    (93, lambda: _data()[[0, 1]]),
    (94, lambda: jit(3)),
    (94, lambda: lax.while_loop(1, 2, 3)),
    (95, lambda: jit(lambda x: x, static_argnums=3)(1.0)),
    (95, lambda: jit(lambda x: x, static_argnames="k")(1.0)),
    (96, lambda: lax.scan(lambda c, x: (c, x), 0.0, (_data(), _few()))),
    (97, lambda: lax.fori_loop(0, 4.0, lambda _, c: c, 0.0)),
    (98, lambda: lax.scan(lambda c, x: (c, x), 0.0, None)),
    (99, lambda: jit(lambda n: jax.nn.softmax(_data(), axis=n))(0)),
    (100, _run("from numpy import no_such_name")),
    (113, lambda: open("data/no_such_file.csv", encoding="utf-8")),
    (113, lambda: np.loadtxt("no_such_file.csv")),
    (101, lambda: open("", encoding="utf-8")),
    (114, _ask_nobody),
    (115, _own_file_without_a_name),
    (102, _run("a = (")),
    (102, _run("if 1:\na = 1")),
    (103, _run("assert False")),
    (104, _run("raise NotImplementedError")),
    (105, lambda: float("a")),
    (106, lambda: range(1.5)),
    (107, lambda: {_data(): 1}),
    (108, lambda: _subscript(_two, 0)),
    (109, lambda: setattr(_data(), "shape", (1,))),
    (110, _run("raise NameError('no name')")),
    (111, _run("raise ImportError('no package')")),
    (112, _run("raise EOFError('no one')")),
)

_TRACED = "Traced<ShapedArray(bool[])>with<DynamicJaxprTrace(level=1/0)>"
_ABSTRACT = "Abstract tracer value encountered where concrete value is expected: "

OLDER: tuple[tuple[int, str, str], ...] = (
    (
        1,
        "TypeError",
        (
            "'<class 'jaxlib.xla_extension.ArrayImpl'>' object does not support item "
            "assignment. JAX arrays are immutable. Instead of ``x[idx] = y``, use ``x = "
            "x.at[idx].set(y)``"
        ),
    ),
    (
        1,
        "TypeError",
        "'<class 'jaxlib.xla_extension.DeviceArray'>' object does not support item assignment.",
    ),
    (1, "TypeError", "'DeviceArray' object does not support item assignment"),
    (
        2,
        "NonConcreteBooleanIndexError",
        "Array boolean indices must be concrete; got ShapedArray(bool[800])",
    ),
    (
        3,
        "ConcretizationTypeError",
        f"{_ABSTRACT}{_TRACED}\nThe size argument of jnp.nonzero must be statically specified",
    ),
    (
        4,
        "ConcretizationTypeError",
        f"{_ABSTRACT}{_TRACED}\nThe problem arose with the `bool` function. ",
    ),
    (
        5,
        "TypeError",
        "cond_fun must return a boolean scalar, but got output type(s) [ShapedArray(bool[800])].",
    ),
    (
        6,
        "TypeError",
        (
            "body_fun output and input must have identical types, got\n('DIFFERENT "
            "ShapedArray(float32[800]) vs. ShapedArray(float32[])',)."
        ),
    ),
    (
        7,
        "TypeError",
        (
            "body_fun output and input must have same type structure, got PyTreeDef((*, "
            "*)) and PyTreeDef((*, *, *))."
        ),
    ),
    (
        11,
        "TracerArrayConversionError",
        (
            "The numpy.ndarray conversion method __array__() was called on the JAX Tracer "
            f"object {_TRACED}"
        ),
    ),
    (
        12,
        "TracerIntegerConversionError",
        f"The __index__() method was called on the JAX Tracer object {_TRACED}",
    ),
    (
        13,
        "ConcretizationTypeError",
        f"{_ABSTRACT}{_TRACED}\nIt arose in the jnp.arange argument 'stop'",
    ),
    (
        13,
        "ConcretizationTypeError",
        f"{_ABSTRACT}{_TRACED}\nIt arose in jax.numpy.arange argument `stop`.",
    ),
    (
        14,
        "TypeError",
        (
            "Shapes must be 1D sequences of concrete values of integer type, got "
            "(Traced<ShapedArray(int32[], "
            "weak_type=True)>with<DynamicJaxprTrace(level=1/0)>, 2)."
        ),
    ),
    (
        15,
        "ConcretizationTypeError",
        f"{_ABSTRACT}{_TRACED}\nThe problem arose with the `float` function.",
    ),
    (
        16,
        "ValueError",
        (
            "Non-hashable static arguments are not supported. An error occurred during a "
            "call to 'f' while trying to hash an object of type <class "
            "'jaxlib.xla_extension.ArrayImpl'>, [[0. 1.]\n [2. 3.]]. The error "
            "was:\nTypeError: unhashable type: 'ArrayImpl'"
        ),
    ),
    (
        17,
        "TypeError",
        (
            "Cannot interpret value of type <class '__main__.Model'> as an abstract array; "
            "it does not have a dtype attribute"
        ),
    ),
    (
        21,
        "ValueError",
        (
            "vmap in_axes specification must be a tree prefix of the corresponding value, "
            "got specification (0,) for value tree PyTreeDef((*, *))."
        ),
    ),
    (23, "ValueError", "Incompatible shapes for broadcasting: ((800, 2), (4, 2))"),
    (
        28,
        "TypeError",
        (
            "Indexer must have integer or boolean type, got indexer with type float32 at "
            "position 0, indexer value [0. 1. 2.]"
        ),
    ),
    (
        34,
        "RuntimeError",
        (
            "Unknown backend: 'gpu' requested, but no platforms that are instances of gpu "
            "are present. Platforms present are: cpu"
        ),
    ),
    (37, "TypeError", "_clip() got an unexpected keyword argument 'a_min'"),
    (
        40,
        "UserWarning",
        (
            "Explicitly requested dtype <class 'jax.numpy.float64'> requested in array is "
            "not available, and will be truncated to dtype float32."
        ),
    ),
    (
        46,
        "ConcretizationTypeError",
        f"{_ABSTRACT}{_TRACED}\nThe error arose for the first argument of jnp.unique().",
    ),
    (47, "TypeError", "Argument 'abc' of type <class 'str'> is not a valid JAX type"),
    (
        47,
        "TypeError",
        (
            "Error interpreting argument to <function f at 0x7f2a42562980> as an abstract "
            "array. The problematic value is of type <class 'torch.Tensor'> and was passed "
            "to the function at path args[0]."
        ),
    ),
    (57, "ValueError", "Incompatible shapes for broadcasting: (5,) and requested shape (2,)"),
    (60, "UnboundLocalError", "local variable 'new' referenced before assignment"),
    (62, "XlaRuntimeError", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4 bytes."),
    (
        80,
        "TypeError",
        (
            "Cannot concatenate arrays with shapes that differ in dimensions other than "
            "the one being concatenated: dimension 0 for shapes (8, 2), (3, 3)."
        ),
    ),
    (88, "TypeError", "only size-1 arrays can be converted to Python scalars"),
)


@pytest.fixture(scope="module")
def current() -> tuple[tuple[int, str, str], ...]:
    """Row, class and text of every snippet, as the installed libraries word them."""
    raised = []
    for row, snippet in CURRENT:
        with (
            jax.numpy_dtype_promotion("standard"),
            jax.numpy_rank_promotion("allow"),
            jax.enable_x64(False),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error" if row == 40 else "ignore")
            with pytest.raises(Exception) as caught:
                snippet()
        raised.append((row, caught.type.__name__, str(caught.value)))
    return tuple(raised)


def test_explains_current_wordings(current: tuple[tuple[int, str, str], ...]) -> None:
    """What the installed JAX, NumPy and Python raise is explained by the row it belongs to."""
    found = [explain(kind, text) for _, kind, text in current]
    missed = [
        (row, got and got.row, kind, text)
        for (row, kind, text), got in zip(current, found, strict=True)
        if got is None or got.row != row
    ]
    assert missed == []


@pytest.mark.parametrize(("row", "kind", "text"), OLDER)
def test_explains_older_wordings(row: int, kind: str, text: str) -> None:
    """The wordings of older versions lead to the same rows."""
    explanation = explain(kind, text)
    assert explanation is not None
    assert explanation.row == row


def test_every_row_is_raised() -> None:
    """Each row that raises has a snippet that raises it."""
    assert {row.number for row in ERROR_ROWS} == {row for row, _ in CURRENT}


def test_table_is_complete() -> None:
    """Rows 1 to 50 are there once each, but those of mistakes that raise nothing."""
    numbers = [row.number for row in ERROR_ROWS]
    assert len(set(numbers)) == len(numbers)
    assert set(range(1, 51)) - set(numbers) == {8, 9, 10, 19, 25, 29, 48}


@pytest.mark.parametrize("lang", languages())
def test_every_row_has_texts(lang: str) -> None:
    """The catalog holds a cause and an advice for each row, and for none that is not there."""
    wanted = {f"error.{row.number}.{what}" for row in ERROR_ROWS for what in ("cause", "advice")}
    assert {key for key in catalog(lang).texts if key.startswith("error.")} == wanted


def test_wordings_fit_one_row(current: tuple[tuple[int, str, str], ...]) -> None:
    """A wording fits one row alone, or its own and after it a more general one."""
    general = {23, 27, 38, 47, 50, 56, 58, 63, 68, 71, 73, 76, 78, 79, 99, 100, 101, 107, 108}
    ambiguous = []
    for row, _, text in (*current, *OLDER):
        flat = " ".join(text.split())
        fitting = [r.number for r in ERROR_ROWS if any(re.search(f, flat) for f in r.fragments)]
        if fitting and (fitting[0] != row or not set(fitting[1:]) <= general):
            ambiguous.append((row, fitting, flat))
    assert ambiguous == []


def test_class_decides_last() -> None:
    """A reworded message of a telling class is explained; an unknown one is not."""
    for kind, row in (
        ("TracerBoolConversionError", 4),
        ("NonConcreteBooleanIndexError", 2),
        ("ConcretizationTypeError", 99),
        ("IndexError", 65),
        ("NameError", 110),
    ):
        explanation = explain(kind, "new words")
        assert explanation is not None
        assert explanation.row == row
    assert explain("TypeError", "new words") is None
    assert explain("", "") is None


_TEXTS = [
    (f"{lang}: {key}", text)
    for lang in languages()
    for key, text in catalog(lang).texts.items()
    if key.startswith("error.")
]


@pytest.mark.parametrize(("row", "text"), _TEXTS)
def test_texts_are_short(row: str, text: str) -> None:
    """A cause is one plain sentence, an advice at most two, in the report's words."""
    prose = re.sub(r"`[^`]*`", "code", text)
    assert text[0].isupper() or text[0] == "`", row
    assert text.endswith("."), row
    assert "\n" not in text, row
    assert len(re.findall(r"\. ", prose)) <= (1 if row.endswith("advice") else 0), row
    assert not re.search(r"[!?]", prose), row
    longest = max(len(sentence.split()) for sentence in text.split(". "))
    assert longest <= (20 if row.startswith("en") else 22), row
    banned = r"\b(?:you failed|wrong|incorrect|illegal|bad|oops|assertion|did you mean|harness)\b"
    assert ": " not in text or row.endswith("advice"), row  # what follows may quote the input
    assert not re.search(banned, prose, re.IGNORECASE), row


def test_placeholders_are_filled() -> None:
    """A row that names something has a fragment that catches it, and is not met by class."""
    for row in ERROR_ROWS:
        texts = catalog().texts
        said = [texts[f"error.{row.number}.{what}"] for what in ("cause", "advice")]
        if "{name}" in "".join(said):
            assert all("(?P<name>" in fragment for fragment in row.fragments), row.number
            assert row.kind == (), row.number
        assert row.fragments or row.kind, row.number


def explained(kind: str, message: str) -> tuple[int, str, str] | None:
    """The row, cause and advice for an exception, in English."""
    found = explain(kind, message)
    return found and (found.row, str(found.cause), str(found.advice))


def test_wording_of_explanations() -> None:
    """The full text of some explanations."""
    assert explained("TypeError", "JAX arrays are immutable and do not support") == (
        1,
        "JAX arrays cannot be changed in place, but this line assigns to some of the entries.",
        "Write `new = new.at[i].set(...)`, or build the whole array at once with `vmap`.",
    )
    assert explained(
        "TracerBoolConversionError", "Attempted boolean conversion of traced array"
    ) == (
        4,
        "Python's `if`, `while`, `and`, `or`, `not`, `max`, or `min` needs an actual value, which JAX does not know while tracing.",
        "Use `jnp.where`, `jnp.maximum`, `&`, or `jax.lax.cond` instead of a Python branch.",
    )
    assert explained("NameError", "name 'assignment' is not defined") == (
        44,
        "The name `assignment` is not defined where this line runs.",
        "Look for a line you still need to fill in, a typo, or a cell that was not run. Then run all cells.",
    )
    assert explained("ModuleNotFoundError", "No module named 'chex'") == (
        63,
        "The package `chex` is not installed where this is graded, and no file of that name was submitted.",
        "Use the packages that the notebook came with, and submit your own files too.",
    )
    assert explained("ImportError", "cannot import name 'f' from 'helper' (helper.py)") == (
        115,
        "Your own file does not define `f`.",
        "Compare the spelling with the file, and submit the version that defines it.",
    )
    assert explained("FileNotFoundError", "[Errno 2] No such file or directory: 'd/x.npy'") == (
        113,
        "The code opens the file `x.npy`, which does not exist where the notebook is checked.",
        "Create the data in the notebook, or use the files that came with it.",
    )
    assert explained("URLError", "<urlopen error [Errno -3] Temporary failure>") == (
        114,
        "The code needs the internet, and there is no connection where this is graded.",
        "Create the data in the notebook, or use the files that came with it.",
    )
    assert explained("KeyError", "'a'") == (
        66,
        "The dictionary has no entry for this key.",
        "Print the dictionary's keys, and compare the spelling.",
    )


SHOWN: tuple[tuple[int, str], ...] = (
    (
        1,
        (
            "TypeError: JAX arrays are immutable and do not support in-place item assignment. "
            "Instead of x[idx] = y, use x = x.at[idx].set(y) or another .at[] method"
        ),
    ),
    (2, "NonConcreteBooleanIndexError: Array boolean indices must be concrete; got bool[8]"),
    (
        3,
        (
            "ConcretizationTypeError: The size argument of jnp.nonzero must be statically "
            "specified to use jnp.nonzero within JAX transformations."
        ),
    ),
    (
        4,
        (
            "TracerBoolConversionError: Attempted boolean conversion of traced array with shape "
            "bool[]."
        ),
    ),
    (
        6,
        (
            "TypeError: while_loop body function carry input and carry output must have equal "
            "types. The input carry component v[0] has type float32[] but the output carry "
            "component has type float32[3]."
        ),
    ),
    (
        7,
        (
            "TypeError: while_loop body function carry input and carry output must have the same "
            "pytree structure. The input carry v is a tuple of length 3 but the output is a tuple "
            "of length 2."
        ),
    ),
    (13, "ConcretizationTypeError: It arose in the jnp.arange argument 'stop'"),
    (
        16,
        (
            "ValueError: Non-hashable static arguments are not supported. An error occurred while "
            "trying to hash an object of type <class 'jax.Array'>, [...]."
        ),
    ),
    (
        17,
        (
            "TypeError: Error interpreting argument to <function Model.step> as an abstract array. "
            "The problematic value is of type <class '__main__.Model'> and was passed to the "
            "function at path self."
        ),
    ),
    (18, "UnexpectedTracerError: Encountered an unexpected tracer."),
    (
        23,
        "TypeError: sub got incompatible shapes for broadcasting: (8, 2), (4, 2).",
    ),
    (44, "NameError: name 'assignment' is not defined"),
    (66, "KeyError: 'a'"),
    (100, "ImportError: cannot import name 'no_such_name' from 'numpy'"),
    (115, "ImportError: cannot import name 'f' from 'helper' (helper.py)"),
    (103, "AssertionError"),
)


def test_shows_real_messages(current: tuple[tuple[int, str, str], ...]) -> None:
    """The full text that a student sees of the first real message of a row."""
    first = {row: (kind, text) for row, kind, text in reversed(current)}
    assert {row: tidy_message(*first[row]) for row, _ in SHOWN} == dict(SHOWN)


def test_leaves_out_the_machine(current: tuple[tuple[int, str, str], ...]) -> None:
    """No address, object id, link, path or remark about tracing is shown of any real message."""
    for row, kind, text in (*current, *OLDER):
        shown = tidy_message(kind, text)
        hidden = (
            r"0x[0-9a-f]{4}|object id|https?:|/\w+/|The error occurred while tracing|BatchTr.*id"
        )
        assert not re.search(hidden, shown), row
        assert 0 < len(shown) <= MAX_SHOWN, row
        assert tidy_message(kind, text.replace("\n", " ")) == shown, row


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("values [[1. 2.]\n [3. 4.]] of (2, 2)", "E: values [...] of (2, 2)"),
        ("Array([1., nan], dtype=float32)", "E: Array([...], dtype=float32)"),
        ("got [[0.]\n [1.]]", "E: got [...]"),
        ("got [[1. 2.]\n [3. 4", "E: got [...]"),
        ("expected [8], got float32[8,2]", "E: expected [8], got float32[8,2]"),
        ("no file '/home/someone else/data.csv'", "E: no file 'data.csv'"),
        ("no file /home/someone/data.csv today", "E: no file ... today"),
        (r"no file C:\Users\someone\data.csv today", "E: no file ... today"),
        ("n/2 and a/b/c are quotients", "E: n/2 and a/b/c are quotients"),
        ("<f.<locals>.g object at 0x7f2a42562980>", "E: <f.<locals>.g object>"),
        (f"got {_TRACED}", "E: got Tracer(bool[])"),
        ("a\x1b[31mb\x00\u202e", "E: a⟨U+001B⟩[31mb⟨U+0000⟩⟨U+202E⟩"),
        ("a\u2066b\ud800", "E: a⟨U+2066⟩b⟨U+D800⟩"),
        ("a\r\n\tb\u2028c", "E: a b c"),
        ("x" * 300, "E: " + "x" * 193 + " ..."),
        ("word " * 60, "E: " + "word " * 38 + "..."),
        ("One. " + "Two " * 60 + ". Three.", "E: One."),
        ("", "E"),
        ("See https://docs.jax.dev/en/latest/errors.html", "E"),
    ],
)
def test_tidies_texts(text: str, shown: str) -> None:
    """Each kind of data or boilerplate is left out or made visible."""
    assert tidy_message("E", text) == shown


_HOSTILE = st.lists(
    st.sampled_from(
        [
            "[",
            "]",
            "[1. ",
            "2]",
            "/",
            "~/",
            "C:\\",
            "'",
            '"',
            "at 0x7f",
            "See https://",
            "\n",
            "\u202e",
        ]
    )
    | st.text(max_size=5)
    | st.characters(),
    max_size=60,
).map("".join)


@settings(max_examples=150, deadline=None)
@given(kind=_HOSTILE, text=_HOSTILE)
def test_any_text_is_safe(kind: str, text: str) -> None:
    """Arbitrary text raises nothing, and no control character or long line comes out."""
    shown = tidy_message(kind, text)
    assert len(shown) <= MAX_SHOWN
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    explanation = explain(kind, text)
    assert explanation is None or "{" not in str(explanation.cause)


@pytest.mark.parametrize(
    "unit",
    ["[", "[[", "[1", "1 ", "1", "/", "~/", "a/", "'/", "x.", "<function ", "'x' and ", ". A", "T"],
)
def test_long_texts_are_quick(unit: str) -> None:
    """A text made to be slow costs less than half a second."""
    start = time.process_time()
    for text in (unit * 100_000, "[" + unit * 1500 + " " * 1000 + "x" * 3000):
        tidy_message("TypeError", text)
        explain("TypeError", text)
    assert time.process_time() - start < 0.5
