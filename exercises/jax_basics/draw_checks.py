"""What is checked of draws: that they are normal and independent, and what becomes of the keys.

Every limit is five standard errors or more: a right answer is refused less than once in a
million runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from exercises.jax_basics.answers import takes
from exercises.jax_basics.many_entries import case_of
from grader.assignment import Case, Incorrect, Student
from grader.catalog import say
from grader.compare import as_array, describe_value
from grader.sandbox import Failure

Array = NDArray[Any]
SAME_NUMBERS = 1e-3
"""Two samplers that turn the same bits into normal numbers agree so closely."""
MAX_ERRORS = 5.5
"""How many standard errors a mean, a share or a correlation of draws may be off."""
MAX_GAP = 2.8
"""The largest Kolmogorov-Smirnov gap, times the root of the number of draws."""
LEAST_DIFFERENT = 0.993
"""The share of different numbers: in float32, two draws in a thousand are equal by chance."""
FORCED = 1e-5
"""A mean of draws that is so near to zero, for each of five keys, was made so."""
GRID = np.linspace(-4, 4, 401)
NORMAL = np.array([0.5 * (1 + math.erf(limit / math.sqrt(2))) for limit in GRID])
"""The share of normal numbers below each limit of the grid."""
SHARES = ((1.0, 0.3173105), (2.0, 0.0455003), (2.5, 0.0124193), (3.0, 0.0026998))
"""How many normal numbers are larger in size than a limit."""
DRAWS_IN_A_ROW = 5

ONE_WORD = (
    "only one of the two numbers in `key` is used, so different keys can give the same numbers"
)


def _draw(student: Student, name: str) -> tuple[Any, Array]:
    """The key and the numbers for a case. Raises Incorrect when that is not what came back."""
    case = case_of(student, name)
    value = student.answer(case)
    if not (isinstance(value, (tuple, list)) and len(value) == 2):
        raise Incorrect(
            say(
                "your code returned {what}; expected the two values `new_key` and `x`",
                what=describe_value(value),
            )
        )
    x = as_array(value[1])
    if x is None or x.shape != case.inputs["shape"]:
        turned = as_array(value[0])
        if turned is not None and turned.shape == case.inputs["shape"]:
            raise Incorrect("the two values are swapped; return the new key first, then `x`")
        raise Incorrect("`x` does not have the requested shape")
    if x.dtype.kind != "f" or not np.isfinite(x).all():
        raise Incorrect("`x` contains something other than finite floats")
    return value[0], x.astype(float)


def _numbers(student: Student, *names: str) -> list[Array]:
    return [_draw(student, name)[1] for name in names]


# The distribution --------------------------------------------------------------------------


def draw_is_normal(student: Student) -> None:
    """The draws have the shape, and many of them follow the standard normal distribution."""
    few = _numbers(student, "key", "next number", "far number")
    tables = _numbers(student, "large", "large, other key")
    for table in tables:
        # Half of the numbers with the other sign are no numbers of their own.
        if len(np.unique(np.abs(table))) < LEAST_DIFFERENT * table.size:
            raise Incorrect("many numbers in `x` are equal, but each must be drawn independently")
    x = np.concatenate([table.ravel() for table in tables])
    _follows_normal(x)
    if max(map(_correlation, tables)) > MAX_ERRORS / math.sqrt(tables[0].size):
        raise Incorrect("the numbers in `x` depend on each other")
    if all(abs(draw.mean()) < FORCED for draw in (*few, *tables)):
        raise Incorrect("the mean of every draw is exactly zero; draws are only near it by chance")
    if all(abs(draw.std() - 1) < FORCED for draw in (*few, *tables)):
        raise Incorrect(
            "the standard deviation of every draw is exactly one; draws are only near it by chance"
        )
    takes(student, "key", "shape")


def _follows_normal(x: Array) -> None:
    """The moments, the tails and the whole distribution. Raises Incorrect."""
    error = MAX_ERRORS / math.sqrt(x.size)
    if abs(x.mean()) > error:
        raise Incorrect("the mean of many draws is not zero")
    if abs(x.std() - 1) > error / math.sqrt(2):
        raise Incorrect("the standard deviation of many draws is not one")
    for limit, share in SHARES:
        off = (np.abs(x) > limit).mean() - share
        if abs(off) > error * math.sqrt(share * (1 - share)):
            raise Incorrect("`x` has too many or too few numbers far from zero")
    # Standard errors of the third and the fourth moment: the roots of 6 and of 24 over n.
    skew, tails = ((x - x.mean()) ** 3).mean(), ((x - x.mean()) ** 4).mean() - 3
    if abs(skew) > error * math.sqrt(6) or abs(tails) > 1.3 * error * math.sqrt(24):
        raise Incorrect("the numbers in `x` do not follow the normal distribution")
    share = np.searchsorted(np.sort(x), GRID) / x.size
    if np.abs(share - NORMAL).max() * math.sqrt(x.size) > MAX_GAP:
        raise Incorrect("the numbers in `x` do not follow the normal distribution")


def _correlation(table: Array) -> float:
    """The largest correlation of a number, or its square, with the next in a row, and so on."""
    x = table.ravel()
    lags = 1, table.shape[-1], x.size // 2
    both = [y - y.mean() for y in (x, x**2)]
    # No product of vectors, for which NumPy starts threads.
    return max(abs((y * np.roll(y, lag)).mean() / (y * y).mean()) for y in both for lag in lags)


# Keys --------------------------------------------------------------------------------------


def draw_follows_key(student: Student) -> None:
    """The same key gives the same numbers, and each other key gives others."""
    names = "key", "same key", "next number", "far number", "other first word"
    first, same, following, far, word = _numbers(student, *names)
    if not np.array_equal(first, same):
        raise Incorrect("the same key gave different numbers the second time")
    is_used = not _is_alike(first, word)
    if _is_alike(first, following) and _is_alike(first, far):
        if is_used:
            raise Incorrect(ONE_WORD)
        raise Incorrect("a different key gave the same numbers, so the key is not used")
    if not is_used:
        raise Incorrect(ONE_WORD, earned=0.5)
    if any(_is_alike(*two) for two in combinations((first, following, far), 2)):
        raise Incorrect("some different keys give the same numbers, so a part of `key` is lost")
    pairs = [*combinations((first, following, far, word), 2)]
    pairs.append(tuple(_numbers(student, "large", "large, other key")))
    if any(_depend(*two) for two in pairs):
        raise Incorrect("the numbers for different keys depend on each other")
    takes(student, "key")


def _depend(one: Array, other: Array) -> bool:
    """Whether two draws have more in common than chance."""
    found = abs(float(np.corrcoef(one.ravel(), other.ravel())[0, 1]))
    return found > MAX_ERRORS / math.sqrt(one.size)


IMPLEMENTATIONS = {2: "threefry2x32", 4: "rbg"}
"""JAX's kinds of keys, by how many numbers they contain."""


@cache
def _drawn_by(key: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Array, ...]:
    """What a key draws itself, in 32 and in 64 bits."""
    kind = IMPLEMENTATIONS[len(key)]
    found = []
    for bits in (32, 64):
        with jax.enable_x64(bits == 64):
            typed = jax.random.wrap_key_data(np.array(key, np.uint32), impl=kind)
            found.append(np.asarray(jax.random.normal(typed, shape)))
    return tuple(found)


def _by_itself(key: Array, shape: tuple[int, ...]) -> tuple[Array, ...]:
    """What a key that came back draws itself, computed here. Raises Incorrect when it is no key."""
    if key.ndim == 1 and len(key) in IMPLEMENTATIONS and key.dtype == np.uint32:
        return _drawn_by(tuple(int(number) for number in key), shape)
    raise _no_key(key)


def _no_key(value: object) -> Incorrect:
    return Incorrect(say("`new_key` is not a random key; it is {what}", what=describe_value(value)))


def draw_moves_on(student: Student) -> None:
    """The new key is another one, draws other numbers, and neither key drew these directly."""
    new_key, x = _draw(student, "key")
    case = case_of(student, "key")
    moved = as_array(new_key)
    if moved is None:
        raise _no_key(new_key)
    if np.array_equal(moved, case.inputs["key"]):
        raise Incorrect("`new_key` is the input key, so the next draw gives the same numbers")
    if np.array_equal(moved, as_array(_draw(student, "next number")[0])):
        raise Incorrect("`new_key` is the same for different keys")
    draws = [x]
    for _, following in zip(range(1, DRAWS_IN_A_ROW), _chain(student, case, moved), strict=False):
        if _is_alike(x, following):
            words = "`new_key` produces the same numbers again"
            again = "after some draws, `new_key` gives the same numbers again"
            raise Incorrect(words if len(draws) == 1 else again)
        if any(_is_alike(one, following) or _depend(one, following) for one in draws):
            raise Incorrect("after some draws, `new_key` gives numbers that are not new")
        draws.append(following)
    shape = case.inputs["shape"]
    if any(_is_alike(x, one) for one in _by_itself(case.inputs["key"], shape)):
        raise Incorrect(
            "`x` is drawn with `key`, which is also split: reusing a key gives numbers "
            "that are not independent"
        )
    if any(_is_alike(x, one) for one in _by_itself(moved, shape)):
        raise Incorrect("`x` is drawn with the key you return, so the next draw repeats it")
    takes(student, "key")


def _chain(student: Student, case: Case, key: Array) -> Iterator[Array]:
    """What is drawn with a key that came back, and with the key that this gives, and so on."""
    number = 1
    while True:
        coming = replace(
            case,
            name=f"next key {number}",
            inputs={**case.inputs, "key": key},
            globals={**case.globals, "key": key},
        )
        try:
            value = student.answer(coming)
        except Failure as failure:
            if failure.is_final:
                raise
            value = None
        is_pair = isinstance(value, (tuple, list)) and len(value) == 2
        moved, x = map(as_array, value) if is_pair else (None, None)
        if moved is None or x is None or x.shape != case.inputs["shape"]:
            raise Incorrect("`new_key` cannot be used as the key for the next draw") from None
        yield x
        key, number = moved, number + 1


def _is_alike(one: Array, other: Array) -> bool:
    """Whether two draws are the same numbers, in any order and by any way from bits to normal."""
    a, b = (np.sort(np.asarray(draw, float).ravel()) for draw in (one, other))
    return a.shape == b.shape and bool(np.mean(np.abs(a - b) < SAME_NUMBERS) > 0.99)
