"""What is checked in the exercise on first steps in JAX, part by part."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from grader.assignment import Advice, Case, Incorrect, Student
from grader.catalog import say
from grader.compare import as_array, describe_value, difference
from grader.results import Visibility
from grader.sandbox import Failure

Array = NDArray[Any]
WITHOUT_PARAMETER = 0.7
"""The share that is earned where a global takes the place of a parameter."""
EXACT = 1e-6
"""Room for a float64 that became a float32."""
SAME_NUMBERS = 1e-3
"""Two samplers that turn the same bits into normal numbers agree so closely."""
MAX_MEAN, MAX_SPREAD, MAX_GAP = 0.05, 0.05, 0.02
"""Of 20,000 draws: 7 and 10 standard errors, and a Kolmogorov-Smirnov gap of 2.8 / sqrt(n)."""

HINT_PARAMETER = "What does the function need as a parameter so that it works on other data?"
HINT_TRACED = (
    "Look for a step that needs actual values before the end, such as a NumPy call, "
    "`float()`, or an `if`."
)
HINT_AT_ONCE = "Which JAX transformation replaces a list of calls with a single one?"
ONLY_THE_EXAMPLE = "correct for the example, but not for other sizes: look for a hard-coded number"


def _case(student: Student, name: str) -> Case:
    return next(case for case in student.cases if case.name == name)


def _hidden(case: Case, public: str, hidden: str) -> str:
    return public if case.visibility is Visibility.PUBLIC else hidden


def _same(student: Student, name: str) -> None:
    """The answer to a case equals the reference's. Raises Incorrect."""
    case = _case(student, name)
    want = student.expected(case)
    found = difference(got=student.answer(case), want=want, ignore_kind=True)
    if found is None:
        return
    words = "the result is not correct for the hidden test case"
    if found.reason == "shape":
        words = "the result has the wrong shape for the hidden test case"
    is_public = case.visibility is Visibility.PUBLIC
    raise Incorrect(
        found.message if is_public or found.reason == "structure" else words,
        differences=(found,) if is_public else (),
    )


def _takes(student: Student, *roles: str) -> None:
    """Each role is passed as an argument. Raises Incorrect that earns a share when one is not."""
    given = student.arguments
    missing = [role for role in roles if given is not None and role not in given]
    if missing:
        raise Incorrect(
            say(
                "`{function}` is correct only with a global variable; make `{role}` a parameter",
                function=student.function,
                role=missing[0],
            ),
            earned=WITHOUT_PARAMETER,
            hint=HINT_PARAMETER,
        )


def _values(name: str, *roles: str) -> Callable[[Student], None]:
    """A check that the answer to a case is correct, and that the roles are taken as parameters."""

    def check(student: Student) -> None:
        if name == "example":
            _same(student, name)
        else:
            _hidden_alone(student, name)
        _takes(student, *roles)

    check.__doc__ = f"The answer to the case {name!r} is correct."
    return check


def _hidden_alone(student: Student, name: str) -> None:
    """The same for a hidden case, which says so when the example alone is correct."""
    try:
        _same(student, name)
    except (Incorrect, Failure) as found:
        if isinstance(found, Failure) and found.is_final:
            raise
        try:
            _same(student, "example")
        except (Incorrect, Failure):
            raise found from None
        raise Incorrect(ONLY_THE_EXAMPLE) from None


def _is_jax(student: Student, case: Case) -> bool:
    """Whether the answer to a case is a JAX array on the default device."""
    text = "(lambda y: isinstance(y, jax.Array) and list(y.devices()) == jax.devices()[:1])({call})"
    return student.evaluate(text, case, mode="eager") is True


# draw_normal -------------------------------------------------------------------------------


def _draw(student: Student, name: str) -> tuple[Any, Array]:
    """The key and the numbers for a case. Raises Incorrect when that is not what came back."""
    case = _case(student, name)
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


def draw_is_normal(student: Student) -> None:
    """The draws have the shape, and many of them follow the standard normal distribution."""
    _draw(student, "other shape")
    x = np.sort(_draw(student, "large")[1].ravel())
    n = x.size
    if len(np.unique(x)) < 0.95 * n:
        raise Incorrect("many numbers in `x` are equal, but each must be drawn independently")
    if abs(x.mean()) > MAX_MEAN:
        raise Incorrect("the mean of many draws is not zero")
    if abs(x.std() - 1) > MAX_SPREAD:
        raise Incorrect("the standard deviation of many draws is not one")
    normal = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in x])
    rank = np.arange(n + 1) / n
    if max((rank[1:] - normal).max(), (normal - rank[:-1]).max()) > MAX_GAP:
        raise Incorrect("the numbers in `x` do not follow the normal distribution")
    _takes(student, "key", "shape")


def draw_follows_key(student: Student) -> None:
    """The same key gives the same numbers, another key gives others."""
    first = _draw(student, "large")[1]
    if not np.array_equal(first, _draw(student, "same key")[1]):
        raise Incorrect("the same key gave different numbers the second time")
    if _is_alike(first, _draw(student, "other key")[1]):
        raise Incorrect("a different key gave the same numbers, so the key is not used")
    _takes(student, "key")


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
    new_key, x = _draw(student, "large")
    case = _case(student, "large")
    moved = as_array(new_key)
    if moved is None:
        raise _no_key(new_key)
    if np.array_equal(moved, case.inputs["key"]):
        raise Incorrect("`new_key` is the input key, so the next draw gives the same numbers")
    shape = case.inputs["shape"]
    if _is_alike(x, _next(student, case, moved)):
        raise Incorrect("`new_key` produces the same numbers again")
    if any(_is_alike(x, one) for one in _by_itself(case.inputs["key"], shape)):
        raise Incorrect(
            "`x` is drawn with `key`, which is also split: reusing a key gives numbers "
            "that are not independent"
        )
    if any(_is_alike(x, one) for one in _by_itself(moved, shape)):
        raise Incorrect("`x` is drawn with the key you return, so the next draw repeats it")
    _takes(student, "key")


def _next(student: Student, case: Case, new_key: Array) -> Array:
    """What is drawn with the new key. Raises Incorrect."""
    coming = replace(
        case,
        name="next key",
        inputs={**case.inputs, "key": new_key},
        globals={**case.globals, "key": new_key},
    )
    try:
        value = student.answer(coming)
    except Failure as failure:
        if failure.is_final:
            raise
        raise Incorrect("`new_key` cannot be used as the key for the next draw") from None
    x = as_array(value[1]) if isinstance(value, (tuple, list)) and len(value) == 2 else None
    if x is None:
        raise Incorrect("`new_key` cannot be used as the key for the next draw")
    return x


def _is_alike(one: Array, other: Array) -> bool:
    """Whether two draws are the same numbers, in any order and by any way from bits to normal."""
    a, b = (np.sort(np.asarray(draw, float).ravel()) for draw in (one, other))
    return a.shape == b.shape and bool(np.mean(np.abs(a - b) < SAME_NUMBERS) > 0.99)


# to_device, gram ---------------------------------------------------------------------------


def on_device(student: Student) -> None:
    """The result is an equal JAX array on the default device."""
    for case in student.cases:
        want = case.inputs["x"].array
        value = student.evaluate("{call}", case, mode="eager")
        found = difference(got=value, want=want, rtol=EXACT, ignore_kind=True)
        if found:
            words = "the result is not equal to the input array"
            raise Incorrect(_hidden(case, found.message, words))
        if not _is_jax(student, case):
            raise Incorrect("the result is not a JAX array on the default device")
    _takes(student, "x")


gram_example = _values("example", "x")
gram_hidden = _values("hidden", "x")
gram_numpy = _values("numpy", "x")


def gram_is_jax(student: Student) -> None:
    """The result is a JAX array, for a JAX array and for a NumPy array."""
    for name in ("example", "numpy"):
        if not _is_jax(student, _case(student, name)):
            kind = say("a NumPy array") if name == "numpy" else say("a JAX array")
            raise Incorrect(say("for {kind} the result is not a JAX array", kind=kind))


# relu --------------------------------------------------------------------------------------


relu_example = _values("example", "x")


def relu_shapes(student: Student) -> None:
    """It is correct for arrays of one, two, and three dimensions."""
    for name in ("vector", "matrix", "cube"):
        try:
            _same(student, name)
        except Incorrect as found:
            try:
                _same(student, "example")
            except Incorrect:
                raise found from None
            words = "correct for the example, but not for arrays of other sizes or shapes"
            raise Incorrect(words) from None
    _takes(student, "x")


def relu_compiled(student: Student) -> Advice | None:
    """The first call of a shape builds one program, a further call none."""
    case = _case(student, "compiled")
    first, second = student.builds(case)
    if first and _is_done_by_numpy(student, case):
        first = 0
    if second:
        raise Incorrect("every call compiles the function again, so compiling does not help")
    if first != 1:
        many = say("the first call compiles a separate program for each operation")
        none = say("nothing is compiled, because JAX does not do the work")
        text = "{what}; a compiled function compiles a single program"
        raise Incorrect(say(text, what=many if first else none))
    name = student.function
    if student.evaluate(f"hasattr({name}, 'lower')", case, mode="eager") is not True:
        return Advice(
            say(
                (
                    "`{name}` itself is not compiled, but it counts because its body is a single "
                    "call to a compiled function"
                ),
                name=name,
            )
        )
    return None


NUMPY_KINDS = frozenset({"TracerArrayConversionError", "ConcretizationTypeError"})


def _is_done_by_numpy(student: Student, case: Case) -> bool:
    """Whether JAX cannot trace it since NumPy or Python asks for the numbers."""
    try:
        student.program_size(case)
    except Failure as failure:
        if failure.is_final:
            raise
        return failure.kind in NUMPY_KINDS
    return False


# Derivatives -------------------------------------------------------------------------------


function_example = _values("example", "x")
function_hidden = _values("hidden", "x")
product_example = _values("example", "x", "v")
product_hidden = _values("hidden", "x", "v")


def is_differentiable(student: Student) -> None:
    """JAX can take its gradient, which is that of the sum."""
    case = _case(student, "hidden")
    given = student.arguments
    if given is not None and "x" not in given:
        raise Incorrect(
            "your function has no parameter, so there is nothing to differentiate with respect to"
        )
    try:
        value = student.evaluate("jax.grad(lambda x: {call})(x)", case)
    except Failure as failure:
        if failure.is_final:
            raise
        raise Incorrect(
            "JAX cannot differentiate your function: use JAX operations throughout"
        ) from None
    s = 1 / (1 + np.exp(-case.inputs["x"]))
    if difference(got=value, want=s * (1 - s)):
        raise Incorrect("the gradient that JAX computes is not the gradient of the sum")


def has_fixed_size(student: Student) -> None:
    """JAX can trace it, and the traced program does not grow with the number of entries."""
    few, more = _case(student, "hidden"), _case(student, "more")
    try:
        sizes = [student.program_size(case) for case in (few, more)]
    except Failure as failure:
        if failure.is_final:
            raise
        words = "JAX cannot trace your function, so it does not work under `jit`"
        raise Incorrect(words, hint=HINT_TRACED) from failure
    if sizes[1] - sizes[0] > (len(more.inputs["x"]) - len(few.inputs["x"])) / 2:
        raise Incorrect(
            "Python loops over the unit vectors one by one, so the traced program grows with `x`",
            hint=HINT_AT_ONCE,
        )


# batched_apply_matrix ----------------------------------------------------------------------


batch_example = _values("example", "w", "v_batched")
batch_hidden = _values("hidden", "w", "v_batched")


def has_no_loop(student: Student) -> None:
    """The work in Python does not grow with the batch, whether JAX or NumPy does the rest."""
    few, more = _case(student, "hidden"), _case(student, "more")
    _same(student, "more")
    try:
        sizes = [student.program_size(case) for case in (few, more)]
    except Failure as failure:
        if failure.is_final:
            raise
        # NumPy cannot be traced, and need not be: what runs in Python is counted.
        sizes = [student.steps(case) for case in (few, more)]
    if sizes[1] - sizes[0] > (len(more.inputs["v_batched"]) - len(few.inputs["v_batched"])) / 2:
        raise Incorrect("a Python loop handles the batch one vector at a time", hint=HINT_AT_ONCE)
