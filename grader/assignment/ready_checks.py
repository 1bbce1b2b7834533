"""Ready-made checks for answers of which many are right: random ones, numbers, metrics.

Each is a function that makes the `run` of a `Check`. `of=` is the expression that is looked at, as
in `observe`; a number may be given as a function of the inputs, by their names.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.answers import leaves, written
from grader.assignment.field_values import is_function, is_number, refuse, short
from grader.assignment.part import Incorrect
from grader.assignment.student import Student
from grader.assignment.tables import Case
from grader.catalog import Text, say
from grader.compare import as_array, describe_value
from grader.errors import AssignmentError
from grader.reading.python_parser import syntax_tree
from grader.results import Visibility
from grader.sandbox.values import evaluated, is_key, new_key, trusted

CALL = "{call}"
SIGMAS = 5.0
"""So many standard errors a moment of a right sample may be off."""
FEW = 8
"""Of fewer numbers, only exact copies are told from chance."""
OTHER_KEYS = 10
"""So many other keys give an answer of two equally likely values again in one of 1,000 runs."""

Run = Callable[[Student], None]
Number = float | Callable[..., Any]


def follows_key(key: str, *, of: str = CALL) -> Run:
    """A check that the same key gives the same answer and another key another one.

    Where few answers are possible, as for a count, two keys may give the same one by chance: only
    if many do is the key ignored.

    `key` is the name of the input. Raises AssignmentError for arguments of another kind.
    """
    refuse("follows_key", [*_of_text("key", key), *_of_expression(of)])

    def check(student: Student) -> None:
        for number, case in enumerate(student.cases):
            _must_be_key(student.part_name, case, key)
            # A program that is the same each time remembers nothing; code is called plainly.
            mode = "auto" if student.runs_as_program(of, case) else "eager"
            first = _numbers(student, case, of, mode=mode, _turn=1)
            again = _numbers(student, case, of, mode=mode, _turn=2)
            if not _are_equal(first, again):
                raise Incorrect(say("ready.key_again", key=key))
            is_typed = getattr(case.inputs[key], "dtype", None) != np.uint32
            seeds = range(1_000_003 + number, 1_000_003 + 1000 * OTHER_KEYS, 1000)
            others = (new_key(seed, is_typed=is_typed) for seed in seeds)
            numbers = (_numbers(student, case, of, mode=mode, **{key: one}) for one in others)
            if all(_are_equal(first, other) for other in numbers):
                raise Incorrect(say("ready.key_ignored", key=key))

    return described(check, "The same key gives the same result, and another key another.", of)


def moments(*, mean: Number | None = None, std: Number | None = None, of: str = CALL) -> Run:
    """A check of the mean and the standard deviation of all numbers of an answer.

    They may be off by what the size of the sample allows at 5 sigma. Raises AssignmentError where
    neither is given.
    """
    refuse("moments", [*_of_moments(mean, std), *_of_expression(of)])

    def check(student: Student) -> None:
        for case in student.cases:
            found = _numbers(student, case, of)
            sample = np.concatenate([x.ravel() for _, x in found]) if found else np.zeros(0)
            if sample.size == 0:
                raise Incorrect(say("ready.no_numbers"))
            if not np.isfinite(sample).all():
                raise Incorrect(say("ready.odd_numbers"))
            _check_moments(case, sample.astype(float), mean, std)

    return described(check, "The mean and standard deviation are as expected.", of)


def independent(*, of: str = CALL) -> Run:
    """A check that no leaf of a random tree is a copy of another one: that keys were split.

    Leaves are compared whatever their scale and shape; constant ones are left out.
    """
    refuse("independent", _of_expression(of))

    def check(student: Student) -> None:
        for case in student.cases:
            random = [
                (name, x.ravel().astype(float))
                for name, x in _numbers(student, case, of)
                if x.size > 1 and np.ptp(x) > 0
            ]
            for at, (one, x) in enumerate(random):
                for two, y in random[:at]:
                    if _are_copies(x, y):
                        words = say("ready.copies", first_leaf=two, second_leaf=one)
                        raise Incorrect(words, hint=say("ready.copies_hint"))

    return described(check, "The arrays are drawn independently of each other.", of)


def near(value: Number, *, within: Number, of: str = CALL) -> Run:
    """A check that a number is near a value: at most `within` away from it."""
    refuse("near", [*of_number("value", value), *_of_size("within", within)])
    refuse("near", _of_expression(of))

    def check(student: Student) -> None:
        for case in student.cases:
            got = _number(student, case, of)
            want, room = settled(value, case), settled(within, case)
            if not abs(got - want) <= room:
                is_made = callable(value) or callable(within)
                raise Incorrect(_near_words(case, got, want, room, is_made=is_made))

    return described(check, "The number is near the expected one.", of)


def at_least(bound: Number, *, of: str = CALL, partial: Sequence[tuple[Number, float]] = ()) -> Run:
    """A check that a metric reaches a bound.

    `partial` are lower bounds, each with the share of the points that it gives. Of several cases
    the worst counts.
    """
    wrong = [*of_number("bound", bound), *_of_partial(bound, partial)]
    refuse("at_least", [*wrong, *_of_expression(of)])

    def check(student: Student) -> None:
        worst: Incorrect | None = None
        for case in student.cases:
            got = _number(student, case, of)
            if got >= settled(bound, case):
                continue
            reached = (share for low, share in partial if got >= settled(low, case))
            earned = max(reached, default=0.0)
            values = _told(got, bound, settled(bound, case))
            found = Incorrect(say("ready.below", **values), earned=earned)
            worst = found if worst is None or earned < worst.earned else worst
        if worst is not None:
            raise worst

    return described(check, "The metric reaches its bound.", of)


def satisfies(expression: str, *, says: Text) -> Run:
    """A check that an expression over `{call}` and the inputs is true; `says` is told otherwise.

    Of an array all entries must be true.
    """
    refuse("satisfies", [*_of_expression(expression, "expression"), *_of_text("says", says)])

    def check(student: Student) -> None:
        for case in student.cases:
            found = as_array(student.evaluate(expression, case))
            if found is None or found.dtype.kind not in "biuf" or not bool(np.all(found)):
                raise Incorrect(says)

    return described(check, "A condition is true.", expression)


# Behind them -------------------------------------------------------------------------------


def described(check: Run, says: str, expression: str) -> Run:
    """The check with what it says about itself, and the expression that it looks at."""
    check.__doc__ = says
    check.expression = expression  # type: ignore[attr-defined]
    return check


def _numbers(
    student: Student, case: Case, of: str, *, mode: str = "auto", **more: Any
) -> list[tuple[str, NDArray[Any]]]:
    """The numeric leaves of what is looked at, each with its name in code."""
    value = student.evaluate(of, case, mode=mode, **more)
    found = []
    for place, leaf in leaves(value, lists_are_leaves=True):
        array = as_array(leaf)
        if array is None and leaf is not None and not isinstance(leaf, (str, bytes, frozenset)):
            name = f"`result{written(place)}`"
            raise Incorrect(say("difference.structure", name=name, what=describe_value(leaf)))
        if array is not None:
            found.append((f"result{written(place)}", array))
    return found


def _number(student: Student, case: Case, of: str) -> float:
    """What is looked at as one finite number."""
    value = student.evaluate(of, case)
    array = as_array(value)
    if array is None or array.size != 1 or array.dtype.kind not in "biuf":
        raise Incorrect(say("ready.no_number", what=describe_value(value)))
    number = float(array.reshape(()))
    if not math.isfinite(number):
        raise Incorrect(say("ready.odd_numbers"))
    return number


def settled(value: Number, case: Case) -> float:
    """A number, or what a function makes of the inputs that it names."""
    if not callable(value):
        return float(value)
    known = trusted("")
    wanted = inspect.signature(value).parameters.values()
    needed = [item.name for item in wanted if item.default is item.empty]
    for name in needed:
        if name not in case.inputs:
            msg = f"a function of {name!r}, which is not an input; inputs: {_named(case)}"
            raise AssignmentError(f"ready-made check, test case {case.name!r}: {msg}")
    names = [item.name for item in wanted if item.name in case.inputs]
    found = value(**{name: evaluated(case.inputs[name], known) for name in names})
    if np.size(found) != 1 or np.asarray(found).dtype.kind not in "biuf":
        msg = f"a function of {', '.join(names)} gives {short(found)}; make it give one number"
        raise AssignmentError(f"ready-made check, test case {case.name!r}: {msg}")
    return float(np.asarray(found).reshape(()))


def _named(case: Case) -> str:
    return ", ".join(case.inputs) or "none"


def _must_be_key(part: str, case: Case, name: str) -> None:
    """Raises AssignmentError where an input is not there, or is no random key."""
    where = f"part {part!r}, ready.follows_key, test case {case.name!r}: {name!r}"
    if name not in case.inputs:
        msg = f"{where} is not an input; inputs: {_named(case)}"
        raise AssignmentError(msg)
    if not is_key(case.inputs[name]):
        msg = f"{where} is not a random key; draw it with ready.key(draw)"
        raise AssignmentError(msg)


def _are_equal(one: Sequence[Any], two: Sequence[Any]) -> bool:
    return len(one) == len(two) and all(
        np.array_equal(a, b, equal_nan=a.dtype.kind in "fc" and b.dtype.kind in "fc")
        for (_, a), (_, b) in zip(one, two, strict=True)
    )


def _check_moments(
    case: Case,
    sample: NDArray[Any],
    mean: Number | None,
    std: Number | None,
) -> None:
    count = sample.size
    wanted = None if std is None else settled(std, case)
    spread = float(sample.std()) if wanted is None else wanted
    if mean is not None:
        want, got = settled(mean, case), float(sample.mean())
        if abs(got - want) > SIGMAS * spread / math.sqrt(count) + 1e-6 * abs(want):
            words = _told(got, mean, want)
            raise Incorrect(say("ready.mean", **words))
    if wanted is not None and count > 1:
        got = float(sample.std(ddof=1))
        if abs(got - wanted) > SIGMAS * _error_of_std(sample, wanted):
            words = _told(got, std, wanted)
            raise Incorrect(say("ready.std", **words))


def _told(got: float, bound: Number | None, value: float) -> dict[str, str]:
    """The values of a message; a bound that is made of the inputs is no more told than these."""
    name = "expected" if callable(bound) else "bound"
    return {"reached": f"{got:.3g}", "bound": "", "expected": "", name: f"{value:.3g}"}


def _error_of_std(sample: NDArray[Any], std: float) -> float:
    """The standard error of a sample's standard deviation, by its fourth moment.

    At least that of a uniform distribution: few numbers tell little of the fourth moment.
    """
    centered = (sample - sample.mean()) / std if std > 0 else sample
    kurtosis = max(float((centered**4).mean()), 1.8, 3.0 if sample.size < 1000 else 0.0)
    return std * math.sqrt((kurtosis - 1) / (4 * sample.size)) + 1e-6 * std


def _are_copies(x: NDArray[Any], y: NDArray[Any]) -> bool:
    """Whether numbers go together that should not, in the order in which both are drawn."""
    count = min(x.size, y.size)
    one, two = x[:count] - x[:count].mean(), y[:count] - y[:count].mean()
    size = float(np.sqrt((one**2).sum() * (two**2).sum()))
    if size == 0 or count < 3:
        return False
    correlation = abs(float((one * two).sum())) / size
    return correlation > (0.999 if count < FEW * 4 else max(0.5, SIGMAS / math.sqrt(count)))


def _near_words(case: Case, got: float, want: float, room: float, *, is_made: bool) -> Text:
    """That a number is too far off; a value that is made of hidden inputs is not told."""
    if is_made and case.visibility is Visibility.HIDDEN:
        return say("ready.not_near_hidden")
    values = {"reached": f"{got:.6g}", "bound": f"{want:.6g}", "room": f"{room:.2g}"}
    return say("ready.not_near", **values)


# Refusals ----------------------------------------------------------------------------------


def _of_text(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and not value.strip():
        yield f"{name}: is empty; write a text"
    elif not isinstance(value, str) and not hasattr(value, "id"):
        yield f"{name}: expected a text, got {short(value)}; put it in quotes"


def _of_expression(text: Any, name: str = "of") -> Iterator[str]:
    if not isinstance(text, str):
        yield f"{name}: expected an expression as a text, got {short(text)}; put it in quotes"
        return
    try:
        syntax_tree(text.replace(CALL, "call()"), mode="eval")
    except (SyntaxError, ValueError) as error:
        yield f"{name}: {text!r} is not an expression: {error}; fix it"
        return
    if CALL not in text:
        yield f"{name}: {text!r} does not contain {CALL}, the call of the part; add it"


def of_number(name: str, value: Any) -> Iterator[str]:
    """What is wrong with what should be a number, or a function that gives one."""
    if not (is_number(value) or is_function(value)):
        got = short(value)
        yield f"{name}: expected a number or a function of the inputs, got {got}; change it"
    elif is_number(value) and not math.isfinite(value):
        yield f"{name}: expected a finite number, got {value}; change it"


def _of_size(name: str, value: Any) -> Iterator[str]:
    """The same for what cannot be below zero."""
    yield from of_number(name, value)
    if is_number(value) and value < 0:
        yield f"{name}: expected a number of at least 0, got {value}; change it"


def _of_moments(mean: Any, std: Any) -> Iterator[str]:
    if mean is None and std is None:
        yield "mean, std: both are missing; pass one of them"
    if mean is not None:
        yield from of_number("mean", mean)
    if std is not None:
        yield from _of_size("std", std)


def _of_partial(bound: Any, partial: Any) -> Iterator[str]:
    is_list = isinstance(partial, (tuple, list)) and all(
        isinstance(one, (tuple, list)) and len(one) == 2 for one in partial
    )
    if not is_list:
        got = short(partial)
        yield f"partial: expected (bound, share) pairs, got {got}; write partial=[(0.8, 0.5)]"
        return
    for low, share in partial:
        yield from of_number("partial", low)
        if is_number(low) and is_number(bound) and low >= bound:
            yield f"partial: expected a bound below {bound}, got {low}; change it"
        if not is_number(share) or not 0 <= share <= 1:
            yield f"partial: expected a share from 0 to 1, got {short(share)}; change it"
