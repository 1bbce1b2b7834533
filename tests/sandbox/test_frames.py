"""Frames: plain data there and back, and every broken rule refused."""

from __future__ import annotations

import ast
import json
import math
import socket
import struct
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.sandbox.inside import frames
from grader.sandbox.inside.frames import Code, FrameError, Key, Opaque, Plain, Record, Shaped


def back(value: object) -> Any:
    """Get a value as it comes out at the other end."""
    data = frames.encode(value)
    header, buffers = frames.lengths(data[: frames.PREFIX_BYTES])
    head = data[frames.PREFIX_BYTES :][:header]
    tail = data[frames.PREFIX_BYTES + header :]
    assert len(tail) == buffers
    return frames.decode(head, tail)


def is_same(one: Any, two: Any) -> bool:
    """Tell whether two plain values are equal in type, shape, dtype and bytes."""
    if isinstance(one, np.ndarray):
        return (
            isinstance(two, np.ndarray)
            and one.dtype == two.dtype
            and one.shape == two.shape
            and one.tobytes() == two.tobytes()
        )
    if type(one) is not type(two):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(two) and all(map(is_same, one, two))
    if isinstance(one, dict):
        return list(one) == list(two) and all(is_same(one[key], two[key]) for key in one)
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(two)
    return bool(one == two) and repr(one) == repr(two)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ARRAYS = hnp.arrays(
    dtype=st.sampled_from(sorted(frames.DTYPES - {"bfloat16"})),
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**200), 2**200), st.floats(), TEXT, ARRAYS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(TEXT, st.binary(max_size=3), st.integers()), inner, max_size=3),
    ),
    max_leaves=12,
)
SHAPES = st.lists(st.integers(0, 9), max_size=3).map(tuple)
KINDS = st.recursive(
    st.one_of(VALUES, st.builds(Shaped, st.integers(0, 99), TEXT, SHAPES), st.builds(Opaque, TEXT)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.builds(lambda one: Record("A", ("a",), (one,), extras=(("b", one),)), inner),
        st.builds(lambda one: {b"a": one, (b"b", Shaped(1, "", ())): one}, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=100)
@given(KINDS)
def test_what_was_read_can_be_sent_on(value: object) -> None:
    """What one child said comes whole to another: told again, it is the same bytes."""
    assert frames.encode(back(value)) == frames.encode(value)


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_values_come_back(value: object) -> None:
    """Plain data come back equal in type, shape, dtype, order and bits."""
    assert is_same(back(value), value)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=20))
def test_noise_is_refused(header: bytes, buffers: bytes) -> None:
    """Whatever bytes come, they are a value or a FrameError."""
    try:
        frames.decode(header, buffers)
    except FrameError:
        return


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.just("float32")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(list("nbifsatldepox")), inner, max_size=2),
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(JSON, st.binary(max_size=16))
def test_odd_trees_are_refused(tree: object, buffers: bytes) -> None:
    """Whatever JSON the header is, it is a value or a FrameError."""
    try:
        frames.decode(json.dumps(tree).encode(), buffers)
    except FrameError:
        return


def test_marked_values_come_back() -> None:
    """Expressions, arrays that stay NumPy's, and what is no data keep their marks."""
    assert back(Code("jnp.arange(3)")) == Code("jnp.arange(3)")
    plain = back(Plain(np.arange(3)))
    assert isinstance(plain, Plain)
    assert plain.array.tolist() == [0, 1, 2]
    assert back(Opaque("Model")) == Opaque("Model")


def test_other_values_become_opaque() -> None:
    """What is no plain data crosses as the name of its type, and nothing of it is run."""

    class Model:
        """No plain data."""

        def __reduce__(self) -> Any:
            raise RuntimeError

    assert back([Model(), 10**5000, {1}]) == [
        Opaque("Model"),
        Opaque("int", "large"),
        Opaque("set"),
    ]
    assert back(np.array([None])) == Opaque("array of object")
    assert back(np.array(["a"])) == Opaque("array of str32")


def test_trees_come_back() -> None:
    """Records, keys, sets, bytes, complex numbers, and dicts with other keys than text cross."""
    record = Record("Point", ("x", "y"), (1, [2.5, None]), is_tuple=True, extras=(("n", "a"),))
    value = {1: record, (2, "a"): b"\x00\xff", None: frozenset({1, "b"}), "n": 7**300}
    assert back(value) == value
    bytes_in_keys = {b"a": np.arange(2), (b"bc", 1): b"d", "e": b"f"}
    assert is_same(back(bytes_in_keys), bytes_in_keys)
    shaped = [Shaped(0, "float32", (2, 3)), {"k": (Shaped(1, "key:threefry2x32", ()),)}]
    assert back(shaped) == shaped
    key = back(Key(np.arange(2, dtype=np.uint32)))
    assert isinstance(key, Key)
    assert key.data.tolist() == [0, 1]
    assert back(1j) == 1j
    half = np.arange(3).astype(ml_dtypes.bfloat16)
    assert back(half).dtype == half.dtype
    assert back(half).astype(float).tolist() == [0, 1, 2]


def test_deep_value_becomes_opaque() -> None:
    """A value that is nested too deeply crosses with its depths cut off."""
    deep: Any = 1
    for _ in range(frames.MAX_DEPTH + 5):
        deep = [deep]
    assert "why='deep'" in repr(back(deep))


def test_layouts_come_back_plain() -> None:
    """Strided, transposed and big-endian arrays come back in the plain layout, writable."""
    table = np.arange(12, dtype=">i4").reshape(3, 4)
    for value in (table, table.T, table[::2, ::-1], np.float32(3), np.array(7)):
        got = back(value)
        np.testing.assert_array_equal(got, value)
        assert got.dtype.isnative
        assert got.flags.writeable
        assert got.flags.owndata or got.base is None or got.base.flags.owndata


def test_surrogates_are_replaced() -> None:
    """Text that cannot be written as UTF-8 is made so that it can."""
    assert back("a\ud800b") == "a?b"


A = b"\x00\x00\x80?"  # 1.0 as float32


@pytest.mark.parametrize(
    ("header", "buffers", "words"),
    [
        (b"", b"", "the header is not JSON"),
        (b"{", b"", "the header is not JSON"),
        (b"\xff\xfe\xfd", b"", "the header is not JSON"),
        (b"\x80\x04K\x01.", b"", "the header is not JSON"),
        (b"[" * 100_000, b"", "the header is not JSON"),
        (b'{"i":' + b"9" * 5000 + b"}", b"", "the header is not JSON"),
        (b'{"f":NaN}', b"", "NaN in the header"),
        (b'{"f":Infinity}', b"", "Infinity in the header"),
        (b'{"f":-Infinity}', b"", "-Infinity in the header"),
        (b"3", b"", "a value has one tag"),
        (b"null", b"", "a value has one tag"),
        (b"[]", b"", "a value has one tag"),
        (b"{}", b"", "a value has one tag"),
        (b'{"i":"1","f":"2"}', b"", "a value has one tag"),
        (b'{"l":[3]}', b"", "a value has one tag"),
        (b'{"q":0}', b"", "an unknown tag"),
        (b'{"x":0}', b"", "a value with tag 'x' is malformed"),
        (b'{"x":[0,"float32"]}', b"", "a value with tag 'x' is malformed"),
        (b'{"x":[0,"float32",2]}', b"", "not a list"),
        (b'{"x":[-1,"float32",[]]}', b"", "an array that is not there"),
        (b'{"x":[true,"float32",[]]}', b"", "an array that is not there"),
        (b'{"x":[20000,"float32",[]]}', b"", "an array that is not there"),
        (b'{"x":[0,"float32",[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]]}', b"",
         "an array that is not there"),
        (b'{"x":[0,"float32",[-1]]}', b"", "an invalid shape"),
        (b'{"x":[0,"float32",[true]]}', b"", "an invalid shape"),
        (b'{"x":[0,"float32",[99999999999]]}', b"", "an invalid shape"),
        (b'{"x":[0,3,[]]}', b"", "not a text, or too long"),
        (b'{"x":[0,"' + b"x" * 81 + b'",[]]}', b"", "not a text, or too long"),
        (b'{"__reduce__":[]}', b"", "an unknown tag"),
        (b'{"i":1}', b"", "not a text, or too long"),
        (b'{"i":"' + b"1" * 4003 + b'"}', b"", "not a text, or too long"),
        (b'{"i":"x"}', b"", "a value with tag 'i' is malformed"),
        (b'{"f":1.0}', b"", "not a text, or too long"),
        (b'{"f":"x"}', b"", "a value with tag 'f' is malformed"),
        (b'{"s":[]}', b"", "not a text, or too long"),
        (b'{"o":["' + b"x" * 4001 + b'",""]}', b"", "not a text, or too long"),
        (b'{"o":"x"}', b"", "a value with tag 'o' is malformed"),
        (b'{"y":4}', b"abc", "fewer bytes than are announced"),
        (b'{"y":-1}', b"", "fewer bytes than are announced"),
        (b'{"z":[{"l":[]}]}', b"", "a key that can change"),
        (b'{"d":[[{"l":[]},{"n":0}]]}', b"", "a key that can change"),
        (b'{"r":["P",["x"],[],false,[]]}', b"", "a record with fields that have no name"),
        (b'{"r":["P",[1],[{"n":0}],false,[]]}', b"", "not a text, or too long"),
        (b'{"k":[{"n":0},"x"]}', b"", "a key without numbers"),
        (b'{"t":{}}', b"", "not a list"),
        (b'{"l":"ab"}', b"", "not a list"),
        (b'{"d":{}}', b"", "not a list"),
        (b'{"d":[1]}', b"", "a value with tag 'd' is malformed"),
        (b'{"d":[["a"]]}', b"", "a value with tag 'd' is malformed"),
        (b'{"d":[[1,{"n":0}]]}', b"", "a value has one tag"),
        (b'{"a":5}', b"", "a value with tag 'a' is malformed"),
        (b'{"a":["float32"]}', b"", "a value with tag 'a' is malformed"),
        (b'{"a":[[],[1]]}', A, "a value with tag 'a' is malformed"),
        (b'{"a":["object",[1]]}', b"\0" * 8, "an array of a dtype or rank that is not allowed"),
        (b'{"a":["float128",[1]]}', b"\0" * 16, "an array of a dtype or rank that is not allowed"),
        (b'{"a":["<f4",[1]]}', A, "an array of a dtype or rank that is not allowed"),
        (
            b'{"a":["float32",[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]]}',
            A,
            "an array of a dtype or rank that is not allowed",
        ),
        (b'{"a":["float32",4]}', A, "not a list"),
        (b'{"a":["float32",[-1]]}', A, "an invalid shape"),
        (b'{"a":["float32",[1.0]]}', A, "an invalid shape"),
        (b'{"a":["float32",["1"]]}', A, "an invalid shape"),
        (b'{"a":["float32",[99999999999]]}', A, "an invalid shape"),
        (b'{"a":["float32",[2]]}', A, "an array with fewer bytes than its shape needs"),
        (
            b'{"a":["float32",[67108864,67108864,67108864]]}',
            A,
            "an array with fewer bytes than its shape needs",
        ),
        (b'{"l":[{"a":["float32",[1]]},{"a":["float32",[1]]}]}', A,
         "an array with fewer bytes than its shape needs"),
        (b'{"a":["float32",[1]]}', A + b"\0", "bytes without an array"),
        (b'{"n":0}', b"\0", "bytes without an array"),
        (b'{"a":["bool",[2]]}', b"\x00\x02", "a boolean that is neither 0 nor 1"),
    ],
)  # fmt: skip
def test_broken_rule_is_refused(header: bytes, buffers: bytes, words: str) -> None:
    """Each rule that a frame can break is told by its own words."""
    with pytest.raises(FrameError) as caught:
        frames.decode(header, buffers)
    assert str(caught.value) == words


def _nested(depth: int) -> bytes:
    return b'{"l":[' * depth + b'{"n":0}' + b"]}" * depth


def test_depth_is_bounded() -> None:
    """Twelve levels are read, one more is refused."""
    frames.decode(_nested(frames.MAX_DEPTH), b"")
    with pytest.raises(FrameError, match="^too deep or too many values$"):
        frames.decode(_nested(frames.MAX_DEPTH + 1), b"")


def test_number_of_values_is_bounded() -> None:
    """So many values are read, one more is refused."""
    most = [{"n": 0}] * (frames.MAX_LEAVES - 1)
    assert len(frames.decode(json.dumps({"l": most}).encode(), b"")) == frames.MAX_LEAVES - 1
    with pytest.raises(FrameError, match="^too deep or too many values$"):
        frames.decode(json.dumps({"l": [*most, {"n": 0}]}).encode(), b"")


@pytest.mark.parametrize(
    ("header", "buffers"),
    [(frames.MAX_HEADER_BYTES + 1, 0), (0, frames.MAX_BUFFER_BYTES + 1), (2**64 - 1, 2**64 - 1)],
)
def test_huge_lengths_are_refused(header: int, buffers: int) -> None:
    """Lengths beyond the limits are refused before anything is read or held."""
    with pytest.raises(FrameError, match="^a frame that is too large$"):
        frames.lengths(struct.pack("<QQ", header, buffers))


def test_answers_have_smaller_headers() -> None:
    """An answer may be held to a smaller header than a request."""
    prefix = struct.pack("<QQ", frames.MAX_ANSWER_HEADER_BYTES + 1, 0)
    assert frames.lengths(prefix) == (frames.MAX_ANSWER_HEADER_BYTES + 1, 0)
    with pytest.raises(FrameError, match="^a frame that is too large$"):
        frames.lengths(prefix, max_header=frames.MAX_ANSWER_HEADER_BYTES)


def test_empty_array_of_huge_shape() -> None:
    """A shape with a zero in it costs no memory, however large its other numbers are."""
    header = json.dumps({"a": ["float64", [0, *[frames.MAX_BUFFER_BYTES] * 7]]}).encode()
    try:
        assert frames.decode(header, b"").size == 0
    except FrameError as error:
        assert str(error) == "a value with tag 'a' is malformed"  # noqa: PT017


def test_socket_gives_whole_frames() -> None:
    """Frames are received whole, one after another; a hang-up in the middle is EOFError."""
    one, two = socket.socketpair()
    with one, two:
        one.sendall(frames.encode({"x": np.arange(3)}) + frames.encode("next")[:-1])
        assert frames.receive(two)["x"].tolist() == [0, 1, 2]
        one.close()
        with pytest.raises(EOFError):
            frames.receive(two)


def test_nothing_is_unpickled() -> None:
    """The codec uses no module that can run what it reads."""
    tree = ast.parse(Path(frames.__file__).read_text(encoding="utf-8"))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert names == {"functools", "json", "math", "socket", "struct", "numpy", "ml_dtypes"}
    called = {node.func.id for node in ast.walk(tree)
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
    assert not called & {"eval", "exec", "compile", "__import__"}
