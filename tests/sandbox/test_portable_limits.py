"""Texts of any kind: a program, or one error; and what is read of a program, in bounded time."""

from __future__ import annotations

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from portable_programs import FEW, ODD, TEXTS, changed

from grader.sandbox.inside.evaluator import interpreter
from grader.sandbox.inside.evaluator.arithmetic import UnsureError
from grader.sandbox.inside.frames import Key, Opaque, Shaped
from grader.sandbox.inside.portable import data, structure
from grader.sandbox.inside.portable.data import PortableError
from grader.sandbox.inside.portable.describe import describe
from grader.sandbox.inside.portable.names import KNOWN


def looked_at(text: bytes, constants: Any) -> None:
    """A text is a program, of which everything can be told, or raises PortableError."""
    try:
        program = data.read(text, constants)
    except PortableError:
        return
    assert structure.size(program) <= structure.MOST
    assert all(equation.primitive.name in KNOWN for equation in program.jaxpr.eqns)
    assert len(structure.digest(program, None)) in {0, 16}


CONSTANTS = st.one_of(
    st.sampled_from([None, 1, "x", b"x", Opaque("Model"), Shaped(0, "float32", (2,)), np.array(None)]),
    st.sampled_from([np.ones((5, 4), np.float32), np.ones(3), np.ones(2, np.uint32), np.array(2)]),
    st.sampled_from([Key(np.ones(2, np.uint32)), Key(np.ones((4, 2), np.uint32), "rbg"), [], {}]),
    st.sampled_from([Key(np.array(1.5)), Key(np.ones((), np.uint32)), (np.ones(3),)]),
)  # fmt: skip


@settings(max_examples=250)
@given(st.data())
def test_changed_texts_are_read_or_refused(drawn: st.DataObject) -> None:
    """Other numbers, and parts that change places, are a program or PortableError."""
    text, constants = drawn.draw(changed())
    looked_at(text, constants)


@settings(max_examples=150)
@given(st.data())
def test_changed_bytes_are_read_or_refused(drawn: st.DataObject) -> None:
    """Whatever bytes are flipped, left out or put in, it is a program or PortableError."""
    text, constants = TEXTS[drawn.draw(st.sampled_from(FEW))]
    start = drawn.draw(st.integers(0, len(text)))
    stop = start + drawn.draw(st.integers(0, 4))
    looked_at(text[:start] + drawn.draw(st.binary(max_size=4)) + text[stop:], constants)


@settings(max_examples=100)
@given(st.sampled_from(("constants", "half constant", "typed keys", "another generator")), st.lists(CONSTANTS, max_size=4))  # fmt: skip
def test_other_constants_are_read_or_refused(name: str, constants: list[Any]) -> None:
    """Constants of another type, or none, or too many, are a program or PortableError."""
    looked_at(TEXTS[name][0], constants)


JSON = st.recursive(ODD, lambda inner: st.lists(inner, max_size=4), max_leaves=20)


@settings(max_examples=200)
@given(JSON, JSON)
def test_odd_trees_are_refused(types: object, programs: object) -> None:
    """Whatever JSON it is, it is a program or PortableError."""
    looked_at(json.dumps([1, types, programs]).encode(), ())
    looked_at(json.dumps(types).encode(), ())


# One rule each ------------------------------------------------------------------------------

F = ["float32", [2], False]
B = ["bool", [], False]
ONE = [[], [0], [["neg", [], [0], [0]]], [1]]
"""A program of one operation."""


def text(*programs: Any, types: Any = (F, B)) -> bytes:
    """A text with these programs."""
    return json.dumps([1, list(types), list(programs)]).encode()


def calling(at: int, times: int, *, name: str = "call", parameter: Any = None) -> list[Any]:
    """A program that calls an earlier one several times."""
    called = parameter or [["jaxpr", ["p", at]]]
    return [[], [0], [[name, called, [i], [0]] for i in range(times)], [times]]


def one(name: str, params: Any = (), inputs: Any = (0,), outputs: Any = (0,)) -> list[Any]:
    """A program of one operation."""
    return [[], [0], [[name, list(params), list(inputs), list(outputs)]], [1]]


LONG_INT = 10**4000
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "deep JSON": b"[" * 200_000,
    "NaN": b"[1,[],[NaN]]",
    "another format": b"[2,[],[]]",
    "no program": text(),
    "long": b" " * (data.MAX_TEXT + 1),
    "a dtype": text(ONE, types=[["object", [2], False]]),
    "a negative size": text(ONE, types=[["float32", [-1], False]]),
    "a huge array": text(ONE, types=[["float32", [1 << 16, 1 << 15], False]]),
    "a large rank": text(ONE, types=[["float32", [1] * 33, False]]),
    "a variable that is not there": text([[], [0], [["neg", [], [1], [0]]], [1]]),
    "a type that is not there": text([[], [2], [], [0]]),
    "a truth value for a number": text([[], [0], [["neg", [], [False], [0]]], [1]]),
    "a program that is not there": text(calling(0, 1)),
    "an unknown operation": text(one("pure_callback")),
    "an unknown operation as a parameter": text(one("neg", [["f", ["o", "pure_callback"]]])),
    "an unknown kind": text(one("neg", [["a", ["x", 1]]])),
    "an enumeration of Python's": text(one("neg", [["a", ["e", ["Enum", "__class__"]]]])),
    "a tuple of something": text(one("neg", [["a", ["n", ["PRNGImpl", []]]]])),
    "a deep parameter": text(one("neg", [["a", json.loads('["t",[' * 12 + "1" + "]]" * 12)]])),
    "a text that is too long": text(one("neg", [["a", ["s", "x" * 5000]]])),
    "many inputs": text([[], [0] * 4001, [], [0]]),
    "many values": text([[], [0], [["neg", [], [0] * 4000, [0]]] * 101, [1]]),
    "many equations": text([[], [0], [["neg", [], [0], [0]]] * (data.MAX_EQUATIONS + 1), [1]]),
    "many programs": text(*[[[], [0], [], [0]]] * (data.MAX_PROGRAMS + 1)),
    "deep programs": text(ONE, *(calling(i, 1) for i in range(data.MAX_NESTED + 2))),
    "a call of nothing": text(one("call")),
    "a call of a number": text(one("jit", [["jaxpr", 3]])),
    "a call with more": text(ONE, one("call", [["jaxpr", ["p", 0]]], (0, 0))),
    "a call for more": text(ONE, one("call", [["jaxpr", ["p", 0]]], (0,), (0, 0))),
    "a call with something else": text(ONE, [[], [1], *one("call", [["jaxpr", ["p", 0]]])[2:]]),
    "a call for something else": text(ONE, one("call", [["jaxpr", ["p", 0]]], (0,), (1,))),
    "an array that is a number": text([[], [], [], [[0, 1.0]]]),
    "a number that is too large": text([[], [], [], [[0, 300]]], types=[["int8", [], False]]),
    "a complex number that is real": text([[], [], [], [[0, [1, 2]]]], types=[["float32", [], 0]]),
    "a constant that is not there": text([[[0, 0]], [], [], [0]]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_rule_is_refused(name: str) -> None:
    """Each rule that a text can break is told by the one error."""
    with pytest.raises(PortableError):
        data.read(BROKEN[name], ())


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("float32", np.ones(3, np.float32)),
        ("float32", np.ones(2)),
        ("float32", Key(np.ones((2, 2), np.uint32))),
        ("key:threefry2x32", np.ones((2, 2), np.uint32)),
        ("key:threefry2x32", Key(np.ones((3, 2), np.uint32))),
        ("key:threefry2x32", Key(np.ones((2, 2)))),
        ("key:threefry2x32", Key(np.ones((2, 4), np.uint32), "rbg")),
        ("float32", Opaque("array")),
        ("float32", [1.0, 2.0]),
    ],
)
def test_constants_are_what_they_are_said_to_be(dtype: str, value: Any) -> None:
    """A constant of another shape, type or generator is refused."""
    with pytest.raises(PortableError):
        data.read(text([[[0, 0]], [], [], [0]], types=[[dtype, [2], False]]), [value])


def test_constants_are_bounded() -> None:
    """No more constants, and no larger ones, are taken than are sent; nor any beside them."""
    many = [np.zeros(2, np.float32)] * (data.MAX_CONSTANTS + 1)
    large = [np.zeros((data.MAX_CONSTANT_BYTES >> 2) + 1, np.int8)] * 4
    for constants in (many, large, [np.zeros(2), {"beside": 1}]):
        with pytest.raises(PortableError):
            data.read(text(ONE), constants)


# Programs that are much longer than their texts ------------------------------------------------

GROWING = {
    "calls": [ONE, *(calling(at, 2) for at in range(60))],
    "calls of nothing": [[[], [0], [], [0]], *(calling(at, 2) for at in range(60))],
    "loops": [
        ONE,
        *(
            calling(
                at,
                2,
                name="scan",
                parameter=[["jaxpr", ["p", at]], ["again", ["p", at]], ["num_carry", 1]],
            )
            for at in range(60)
        ),
    ],
    "branches": [
        ONE,
        *(
            calling(at, 1, name="cond", parameter=[["branches", ["t", [["p", at]] * 3]]])
            for at in range(60)
        ),
    ],
    "branches in tuples": [
        ONE,
        *(
            calling(
                at,
                1,
                name="cond",
                parameter=[["branches", ["n", ["GatherDimensionNumbers", [["a", ["t", [["p", at]] * 2]], ["b", ["p", at]]]]]]],
            )
            for at in range(60)
        ),
    ],
    "wide calls": [
        [[], [0] * 2000, [], [0]],
        *(
            [[], [0], [["call", [["jaxpr", ["p", 0]]], [0] * 2000, [0]]] * 185, [1]],
            [[], [0], [["call", [["jaxpr", ["p", 1]]], [0], [0]]] * 6_500, [1]],
        ),
    ],
    "long parameters": [
        one("neg", [["a", ["t", [["s", "x" * 3000]] * 1000]]]),
        calling(0, 7_000),
    ],
    "long numbers": [one("neg", [["a", ["t", [LONG_INT] * 900]]]), calling(0, 7_000)],
}  # fmt: skip


@pytest.mark.parametrize("name", GROWING)
def test_growing_programs_are_bounded(name: str) -> None:
    """What is written out has no digest where it is too long; sizes are capped, and told at once."""
    program = data.read(text(*GROWING[name]), ())
    if "long" in name:
        assert structure.size(program) == 14_000
    else:
        assert structure.size(program) == structure.MOST
    assert structure.digest(program, None) == ""


@pytest.mark.parametrize("name", [name for name in GROWING if "call" in name or "branch" in name])
def test_growing_programs_are_not_evaluated(name: str) -> None:
    """They end after a few steps."""
    program = data.read(text(*GROWING[name]), ())
    with pytest.raises((UnsureError, ValueError, TypeError, KeyError)):
        interpreter.numbers(program, [np.ones(2, np.float32)])


def test_a_program_of_many_equations_has_a_digest() -> None:
    """What a course's longest programs have is within the limits."""

    def long(x: Any) -> Any:
        for _ in range(3_500):
            x = jnp.sin(x) + 1
        return x

    told, constants = describe(jax.make_jaxpr(long)(np.ones(2, np.float32)))
    program = data.read(told, constants)
    assert structure.size(program) == 7_000
    assert len(structure.digest(program, None)) == 16
