"""When two values agree: the rule of the house, and the words for each way to differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from grader.compare import (
    FLOAT32_RTOL,
    Reason,
    as_array,
    describe_value,
    difference,
    matching_share,
)

NAN, INF = float("nan"), float("inf")


def said(got: object, want: object, **options: Any) -> tuple[Reason, str] | None:
    """Get the reason and the message of a difference, None without one."""
    found = difference(got=got, want=want, **options)
    return None if found is None else (found.reason, str(found.message))


class Lying:
    """An object that claims to be equal to everything and to be an array of zeros."""

    shape = (3,)
    dtype = np.dtype(np.float64)

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __array__(self, *_: Any, **__: Any) -> NDArray[Any]:
        return np.zeros(3)


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (
            None,
            np.zeros(3),
            "the result is None. Does your function end with `return`? `print` only displays a value",
        ),
        ("0", 0.0, "the result is text; expected a number"),
        ({}, 0.0, "the result is an empty dict; expected a number"),
        (b"", 0.0, "the result is bytes; expected a number"),
        ([], 5.0, "the result is a list of 0 values; expected a number"),
        ((), 5.0, "the result is a tuple of 0 values; expected a number"),
        (("x",), 5.0, "the result is a tuple of 1 value; expected a number"),
        ([[1.0, 2.0], [3.0]], 5.0, "the result is a list of 2 values; expected a number"),
        ([1.0, None], np.zeros(2), "the result is a list of 2 values, not an array"),
        (Lying(), np.zeros(3), "the result is a value of type Lying, not an array"),
        ([Lying()], np.zeros((1, 3)), "the result is a list of 1 value, not an array"),
        (np.array([None]), np.zeros(1), "the result is a value of type ndarray, not an array"),
        (np.array(["a"]), np.zeros(1), "the result is a value of type ndarray, not an array"),
        (2**70, 5, "the result is an integer of more than 64 bits; expected a number"),
    ],
)
def test_no_array_is_told(got: object, want: object, words: str) -> None:
    """What is no number, array or list of them differs in structure, and is named."""
    assert said(got, want) == (Reason.STRUCTURE, words)


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (0.0, np.zeros(3), "the result has shape (); expected (3,)"),
        (np.zeros((3, 1)), np.zeros(3), "the result has shape (3, 1); expected (3,)"),
        (np.zeros((1, 3)), np.zeros(3), "the result has shape (1, 3); expected (3,)"),
        (np.zeros(3), np.zeros((3, 1)), "the result has shape (3,); expected (3, 1)"),
        (np.zeros(0), 5.0, "the result has shape (0,); expected ()"),
        (np.zeros((0, 3)), np.zeros((3, 0)), "the result has shape (0, 3); expected (3, 0)"),
        (np.ones(1), 1.0, "the result has shape (1,); expected ()"),
        ([1.0], 1.0, "the result has shape (1,); expected ()"),
    ],
)
def test_shape_is_never_broadcast(got: object, want: object, words: str) -> None:
    """Another shape is wrong, also where NumPy would broadcast it."""
    assert said(got, want) == (Reason.SHAPE, words)


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (True, 1.0, "the result contains booleans; expected floats"),
        (True, 1, "the result contains booleans; expected integers"),
        (1, True, "the result contains integers; expected booleans"),
        (1 + 0j, 1.0, "the result contains complex numbers; expected floats"),
        (1.0, 1 + 0j, "the result contains floats; expected complex numbers"),
        (1, 1.0, "the result contains integers; expected floats"),
        (np.uint8([1]), np.float32([1]), "the result contains integers; expected floats"),
        (1.0, 1, "the result contains floats; expected integers"),
    ],
)
def test_kind_must_be_right(got: object, want: object, words: str) -> None:
    """Booleans, integers, floats and complex numbers are four kinds."""
    assert said(got, want) == (Reason.DTYPE, words)


def test_kind_can_be_ignored() -> None:
    """On request integers pass for floats and the reverse; booleans and complex never do."""
    assert said(1, 1.0, ignore_kind=True) is None
    assert said(1.0, 1, ignore_kind=True) is None
    assert said(2, 1.0, ignore_kind=True) == (
        Reason.VALUES,
        "the result is not the expected number",
    )
    booleans = (Reason.DTYPE, "the result contains booleans; expected floats")
    assert said(True, 1.0, ignore_kind=True) == booleans
    assert said(1 + 1j, 1.0, ignore_kind=True) == (
        Reason.DTYPE,
        "the result contains complex numbers; expected floats",
    )


def test_width_does_not_matter() -> None:
    """The widths of one kind, and the signs of integers, pass for each other."""
    values = np.array([1.5, 2.5])
    assert said(values.astype(np.float32), values) is None
    assert said(values.astype(np.float16), values) is None
    assert said(values, values.astype(np.float32)) is None
    assert said(np.uint8([1, 2]), np.int64([1, 2])) is None
    assert said([1, 2], np.int32([1, 2])) is None
    assert said(np.complex64([1j]), np.complex128([1j])) is None


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (NAN, 1.0, "the result is NaN"),
        (INF, 1.0, "the result is infinite"),
        (complex(NAN, 0), 1j, "the result is NaN"),
        ([1.0, NAN, NAN], np.ones(3), "the result is NaN in 2 of 3 entries"),
        ([1.0, -INF], np.ones(2), "the result is infinite in 1 of 2 entries"),
        ([NAN, INF], np.ones(2), "the result is NaN in 2 of 2 entries"),
        (
            [[1.0, 1.0], [NAN, NAN], [1.0, 1.0]],
            np.ones((3, 2)),
            "the result contains NaN in 1 of 3 rows: row 1",
        ),
        (
            [[INF, 1.0], [1.0, 1.0], [1.0, INF]],
            np.ones((3, 2)),
            "the result contains infinity in 2 of 3 rows: rows 0, 2",
        ),
        (
            np.full((5, 2), NAN),
            np.ones((5, 2)),
            "the result contains NaN in 5 of 5 rows: rows 0, 1, 2, …",
        ),
    ],
)
def test_not_finite_is_told(got: object, want: object, words: str) -> None:
    """NaN or infinity in place of a number is its own reason, with the rows that hold it."""
    assert said(got, want) == (Reason.FINITE, words)


@pytest.mark.parametrize(
    ("got", "want", "is_same"),
    [
        (NAN, NAN, True),
        (INF, INF, True),
        (-INF, INF, False),
        (1e300, INF, False),
        (NAN, INF, False),
        (INF, NAN, False),
        (0.0, NAN, False),
        ([NAN, 1.0], [NAN, 1.0], True),
        ([1.0, NAN], [NAN, 1.0], False),
        ([INF, 1.0], [INF, 1.001], False),
    ],
)
def test_wanted_pattern_counts(got: object, want: object, is_same: bool) -> None:  # noqa: FBT001
    """Where the reference is NaN or infinite, only the very same is right."""
    assert (difference(got=got, want=want) is None) is is_same


def test_values_that_differ() -> None:
    """A difference counts its entries and tells what was allowed for each."""
    want = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = difference(got=want + np.array([[0, 0], [0, 1]]), want=want, name="`gram(x)`")
    assert found is not None
    assert str(found.message) == "`gram(x)` is incorrect in 1 of 4 entries"
    assert found.reason is Reason.VALUES
    assert found.count == 1
    assert found.is_off is not None
    assert found.is_off.tolist() == [[False, False], [False, True]]
    assert found.allowed is not None
    np.testing.assert_allclose(found.allowed, FLOAT32_RTOL * (want + 4), rtol=1e-12)
    assert said(2.0, 1.0) == (Reason.VALUES, "the result is not the expected number")


def test_other_reasons_count_nothing() -> None:
    """Without entries to compare there is no count and no array."""
    found = difference(got=None, want=1.0)
    assert found is not None
    assert (found.count, found.got, found.is_off, found.allowed) == (0, None, None, None)


def test_scale_is_the_reference() -> None:
    """The student's own huge value buys no tolerance, the reference's scale does."""
    want = np.array([1000.0, 0.0])
    assert said([1000.0, 0.05], want) is None
    assert said([1000.0, 0.2], want) == (Reason.VALUES, "the result is incorrect in 1 of 2 entries")
    assert said([1e9, 0.0], np.zeros(2)) == (
        Reason.VALUES,
        "the result is incorrect in 1 of 2 entries",
    )
    assert said([1e-30, 0.0], np.zeros(2)) is not None
    assert said([INF, 50.0], [INF, 1.0]) is not None


def test_extreme_values_do_not_warn() -> None:
    """Numbers near the end of the range are compared without a warning."""
    assert said([1e308], [-1.7e308]) == (Reason.VALUES, "the result is incorrect in 1 of 1 entries")
    assert said([1.7e308], [1.7e308]) is None
    assert said(1e308 + 1e308j, 1e308 + 1e308j) is None


def _by_rows(x: NDArray[np.float32]) -> NDArray[np.float32]:
    total = np.zeros(x.shape[1:], np.float32)
    for row in x:
        total = total + row
    return total


ORDERS: tuple[Callable[[NDArray[np.float32]], Any], ...] = (
    _by_rows,
    lambda x: _by_rows(x[::-1]),
    lambda x: x.T.copy().sum(axis=-1).T if x.ndim > 1 else x[::-1].sum(),
    lambda x: np.einsum("n...->...", x),
    lambda x: np.ones(len(x), np.float32) @ x,
    lambda x: x[::2].sum(axis=0) + x[1::2].sum(axis=0),
)


@pytest.mark.parametrize("n", [2, 7, 100, 800, 3000])
@pytest.mark.parametrize("d", [1, 2, 5, 17])
def test_float32_order_is_free(n: int, d: int) -> None:
    """A correct float32 sum or mean in another order is never rejected, near zero as well."""
    draw = np.random.default_rng([n, d])
    for offset, scale in ((0.0, 1.0), (10.0, 3.0), (0.0, 1e-4), (-100.0, 1e3)):
        x = (draw.normal(size=(n, d)) * scale + offset).astype(np.float32)
        # A sum that cancels is right to within the rounding of its terms, not of itself.
        want = np.concatenate([x.astype(np.float64).mean(axis=0), np.abs(x).mean(axis=0)])
        for order in ORDERS:
            got = np.concatenate([order(x) / np.float32(n), order(np.abs(x)) / np.float32(n)])
            assert said(got.astype(np.float32), want) is None


def test_distances_in_any_form() -> None:
    """Distances by the difference and by the expanded square agree near the origin."""
    draw = np.random.default_rng(5)
    for n, k, d in ((30, 3, 2), (101, 4, 7), (12, 5, 3)):
        x = draw.normal(size=(n, d)).astype(np.float32)
        c = draw.normal(size=(k, d)).astype(np.float32)
        want = np.sqrt(((x[:, None].astype(float) - c) ** 2).sum(-1)).min(axis=1)
        square = (x * x).sum(1)[:, None] + (c * c).sum(1) - 2 * x @ c.T
        assert said(np.sqrt(((x[:, None] - c) ** 2).sum(-1)).min(1), want) is None
        assert said(np.sqrt(square).min(axis=1), want) is None
        assert said(square.min(axis=1), want) is not None


def test_wrong_boolean_is_no_number() -> None:
    """A single boolean is told as what it is."""
    found = difference(got=True, want=np.False_)
    assert found is not None
    assert str(found.message) == "the result has the wrong truth value"
    assert difference(got=np.True_, want=True) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (3, "a single number"),
        (np.float32(1), "a single number"),
        (np.zeros((3, 2)), "an array of shape (3, 2)"),
        ((1, 2), "a tuple of 2 values"),
        ((1,), "a tuple of 1 value"),
        ([], "a list of 0 values"),
        ("x", "text"),
        (2**70, "an integer of more than 64 bits"),
    ],
)
def test_values_are_described(value: object, words: str) -> None:
    """A value is described by what kind of thing it is, in a few words."""
    assert str(describe_value(value)) == words


def test_lists_become_arrays() -> None:
    """Lists and tuples of numbers, nested or of arrays, are arrays; ragged ones are none."""
    stacked = as_array([np.ones(2), (1, 2)])
    assert stacked is not None
    assert stacked.tolist() == [[1.0, 1.0], [1.0, 2.0]]
    assert as_array([[1], [2, 3]]) is None
    assert as_array([]) is None


def test_agreement_is_a_share() -> None:
    """Of several wanted values, the share that agrees is told; another length is none."""
    want = (np.ones(2), np.zeros(3))
    assert matching_share(got=(np.ones(2), np.ones(3)), want=want) == 0.5
    assert matching_share(got=list(want), want=want) == 1.0
    assert matching_share(got=np.ones(2), want=want) == 0.0
    assert matching_share(got=want[:1], want=want) == 0.0
    assert matching_share(got=1, want=np.float64(1)) == 1.0


NUMBERS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(allow_nan=True, allow_infinity=True),
)
ARRAYS = hnp.arrays(
    dtype=st.sampled_from(
        ["bool", "int8", "uint64", "int64", "float16", "float32", "float64", "complex64"]
    ),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
PLAIN = st.recursive(
    st.one_of(st.none(), NUMBERS, st.text(max_size=5), ARRAYS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(PLAIN, st.one_of(ARRAYS, st.floats(), st.integers(-100, 100)))
def test_any_value_gets_answer(got: object, want: object) -> None:
    """Whatever plain value comes, there is a difference with a sentence, or none; no error."""
    for ignore_kind in (False, True):
        found = difference(got=got, want=want, ignore_kind=ignore_kind)
        assert found is None or str(found.message).startswith("the result ")


@settings(max_examples=200, deadline=None)
@given(ARRAYS)
def test_value_agrees_with_itself(value: NDArray[Any]) -> None:
    """Every array agrees with itself, and with itself as nested lists where it has entries."""
    assert difference(got=value, want=value) is None
    assert difference(got=value.copy(), want=value) is None
    if value.size and value.dtype.kind != "u":
        assert difference(got=value.tolist(), want=value) is None


@settings(max_examples=100, deadline=None)
@given(
    hnp.arrays("float64", 4, elements=st.floats(-1e6, 1e6)),
    hnp.arrays("float64", 4, elements=st.floats(-1e6, 1e6)),
    st.floats(1e-3, 1e3),
)
def test_unit_does_not_matter(
    got: NDArray[np.float64], want: NDArray[np.float64], unit: float
) -> None:
    """Nothing depends on the unit: a difference stays one when both sides are scaled."""
    far = got + 10 * np.abs(want).max() + 1
    assert difference(got=far * unit, want=want * unit) is not None
    near = want + 0.5 * FLOAT32_RTOL * np.abs(want).max()
    assert difference(got=near * unit, want=want * unit) is None
