"""What an author is told of expressions, helpers, and ready-made checks that do not work."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grader import ready
from grader.assignment import Assignment, Case, Check
from grader.errors import AssignmentError
from grader.judging.answer_key import draw_key
from grader.running.student import Student
from grader.sandbox.values import carried

HERE = Path(__file__)


def double(x: Any) -> Any:
    """The reference."""
    return 2 * x


def inputs(draw: np.random.Generator, n: int) -> dict[str, Any]:
    """One array."""
    return {"x": draw.normal(size=n)}


def declared(reference: Any = double, draw: Any = inputs, **more: Any) -> Assignment:
    """An assignment of one part."""
    cases = ready.random_cases(draw, example=4, hidden=(3, 9))
    points = {"title": "Double", "task": "Double it.", "example": 2}
    part = ready.part(reference, cases=cases, **points, **more)
    return Assignment("tiny", title="Tiny", notebook=HERE, parts=(part,))


def refusal(**more: Any) -> str:
    """Why the declaration is refused."""
    with pytest.raises(AssignmentError) as caught:
        declared(**more)
    return str(caught.value).removeprefix("assignment 'tiny': part 'double'")[2:]


@pytest.mark.parametrize(
    ("observe", "said"),
    [
        (3, "observe: expected a text or a dict of texts, got 3; put it in quotes"),
        ({}, 'observe: is empty; name what is looked at: {"value": "{call}"}'),
        ({1: "{call}"}, "observe: expected texts, got 1; put it in quotes"),
        ("list({call}", "observe: 'list({call}' is not an expression: '(' was never closed"),
        ("x + 1", "observe: 'x + 1' does not contain {call}, the call of the part; add it"),
        ("{cal}", "observe: '{cal}' does not contain {call}, the call of the part; add it"),
    ],
)
def test_observe_is_refused(observe: Any, said: str) -> None:
    """What is looked at is an expression that contains the call, or some of them by name."""
    assert refusal(observe=observe).startswith(said)


def test_helpers_are_no_name_of_a_file() -> None:
    """A text that is the name of a file is meant as a path."""
    said = refusal(helpers="helpers.py")
    assert said == "helpers: 'helpers.py' is a text, not a path; write HERE / 'helpers.py'"


def test_check_takes_a_student() -> None:
    """What makes a check has to be called."""
    said = refusal(checks=(Check("keys", ready.independent, points=1),))
    assert said == (
        "check 'keys': expected a function of a student, got one with other parameters; call it "
        "if it makes a check, as in ready.independent()"
    )


def test_expression_of_check_has_the_call() -> None:
    """A ready-made check of something else than the call is refused where it is written."""
    with pytest.raises(AssignmentError) as caught:
        ready.satisfies("x > 0", says="No.")
    assert str(caught.value).endswith(
        "expression: 'x > 0' does not contain {call}, the call of the part; add it"
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: ready.at_least(0.9, partial=[("a", 0.5)]),
            "at_least: partial: expected a number or a function of the inputs, got 'a'; change it",
        ),
        (
            lambda: ready.at_least(0.9, partial=[(0.95, 0.5)]),
            "at_least: partial: expected a bound below 0.9, got 0.95; change it",
        ),
        (
            lambda: ready.near(0, within=-1),
            "near: within: expected a number of at least 0, got -1; change it",
        ),
        (
            lambda: ready.near(float("nan"), within=1),
            "near: value: expected a finite number, got nan; change it",
        ),
        (
            lambda: ready.moments(std=-1),
            "moments: std: expected a number of at least 0, got -1; change it",
        ),
    ],
)
def test_numbers_of_checks_make_sense(make: Any, said: str) -> None:
    """A bound that nothing, or everything, is within is refused."""
    with pytest.raises(AssignmentError) as caught:
        make()
    assert str(caught.value) == f"ready.{said}"


def failing(x: Any) -> Any:
    """A reference that raises."""
    return x / missing  # type: ignore[name-defined]  # noqa: F821


def of_code(f: Any) -> Any:
    """A reference that calls its input."""
    return f(1.0)


UNKNOWN = "NameError: name 'missing' is not defined"
HELPERS = "def halved(y):\n    return y / missing\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"observe": "missing({call})"}, f"`observe` raised {UNKNOWN}; fix the expression"),
        (
            {"observe": "halved({call})", "helpers": HELPERS},
            f"`helpers`, line 2: {UNKNOWN}; fix the helpers",
        ),
        (
            {"observe": "{call}", "helpers": "1 / 0"},
            "`helpers`, line 1: ZeroDivisionError: division by zero; fix the helpers",
        ),
        (
            {
                "reference": of_code,
                "draw": lambda _, n: {"f": ready.code(f"lambda y: missing({n})")},
            },
            f"`ready.code` raised {UNKNOWN}; fix the text",
        ),
        (
            {"draw": lambda _, n: {"y": np.zeros(n)}, "observe": "{call}"},
            "the input 'x' is missing; add it to what `cases` returns",
        ),
    ],
)
def test_what_raised_is_named(more: dict[str, Any], said: str) -> None:
    """An error is that of the expression, the helpers, or the code in which it arose."""
    assignment = declared(**more)
    with pytest.raises(AssignmentError) as caught:
        draw_key(assignment, 1)
    where = f"part {assignment.parts[0].name!r}, test case 'example': "
    assert str(caught.value) == where + said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "the input 'double' has the name of the part; rename the input"),
        (
            {"needs": ("np",), "name": "np"},
            "the input 'np' has a name in `needs`; rename the input",
        ),
    ],
)
def test_inputs_hide_no_name(more: dict[str, Any], said: str) -> None:
    """An input that has the name of what an expression calls would be called in its place."""
    name = more.pop("name", "double")
    assignment = declared(draw=lambda _, n: {"x": np.zeros(n), name: 1}, observe="{call}", **more)
    with pytest.raises(AssignmentError) as caught:
        draw_key(assignment, 1)
    assert str(caught.value) == f"part 'double': {said}"


def test_helpers_come_before_the_students_names() -> None:
    """A name of the helpers is theirs for the reference too, if a part needs one that is so called."""
    helpers = "def inputs(y):\n    return 0 * y\n"
    key = draw_key(declared(observe="inputs({call})", helpers=helpers, needs=("inputs",)), 1)
    assert not key.expected["double"]["example"].any()


def test_reference_is_named_with_its_line() -> None:
    """An error of the reference's own is still told as such."""
    with pytest.raises(AssignmentError) as caught:
        draw_key(declared(failing, observe="{call}"), 1)
    assert f"the reference raised {UNKNOWN} in test_wrong_expressions.py, line" in str(caught.value)


def student(**case: Any) -> Any:
    """A student whose every answer is 1."""
    cases = (Case("example", inputs=case),)
    return SimpleNamespace(
        cases=cases,
        part_name="double",
        evaluate=lambda *_, **__: np.float32(1),
        answer=lambda _: np.float32(1),
    )


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (
            ready.follows_key("key"),
            "part 'double', ready.follows_key, test case 'example': 'key' is not an input; inputs: x",
        ),
        (
            ready.follows_key("x"),
            "part 'double', ready.follows_key, test case 'example': 'x' is not a random key; draw it "
            "with ready.key(draw)",
        ),
        (
            ready.near(lambda y: y, within=1),
            "ready-made check, test case 'example': a function of 'y', which is not an input; "
            "inputs: x",
        ),
        (
            ready.at_least(lambda x: x),
            "ready-made check, test case 'example': a function of x gives array([0., 0., 0.]); make it "
            "give one number",
        ),
    ],
)
def test_checks_need_their_inputs(run: Any, said: str) -> None:
    """A ready-made check that does not fit the test cases is the declaration's fault."""
    with pytest.raises(AssignmentError) as caught:
        run(student(x=np.zeros(3)))
    assert str(caught.value) == said


def test_evaluate_has_two_modes() -> None:
    """A mode that gives no value is refused; the size of a program has a call of its own."""
    asked: Any = SimpleNamespace(part_name="double")
    with pytest.raises(AssignmentError) as caught:
        Student.evaluate(asked, "{call}", Case("example"), mode="trace")
    assert str(caught.value) == (
        "part 'double': student.evaluate: mode: expected \"auto\" or \"eager\", got 'trace'; change it"
    )


def yielding(x: Any) -> Any:
    """A reference that is a generator."""
    yield x


def test_reference_is_comparable() -> None:
    """What a reference must not return is told when it is to be compared."""
    key = draw_key(declared(yielding), 1)
    case = key.cases["yielding"][0]
    asked = SimpleNamespace(
        cases=(case,),
        part_name="yielding",
        expected=lambda _: key.expected["yielding"]["example"],
        answer=lambda _: np.float32(1),
    )
    with pytest.raises(AssignmentError) as caught:
        ready.matches_reference("example")(asked)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "part 'yielding', test case 'example': the reference returns a generator; say with "
        '`observe` what is looked at, as in observe="list({call})"'
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda n: pd.DataFrame({"a": np.zeros(n)}), "a pandas table; pass its columns as a dict"),
        (lambda n: (i for i in range(n)), "a generator; pass a list of what it yields"),
        (lambda n: "a" * (1 << 20) + n * "b", "longer than 1,048,576 characters, the limit"),
    ],
)
def test_inputs_that_cannot_be_passed(made: Any, said: str) -> None:
    """What students' code could not get as it is, is refused with what to do."""
    with pytest.raises(AssignmentError) as caught:
        draw_key(declared(draw=lambda _, n: {"x": made(n)}), 1)
    assert f"test case 'example': `x` in `inputs` is {said}" in str(caught.value)


@pytest.mark.parametrize(("value", "is_kept"), [([1.0] * 20, list), ({1, 2}, frozenset)])
def test_long_lists_stay_lists(value: Any, is_kept: type) -> None:
    """An input keeps its kind on the way, however long it is."""
    assert type(carried(value)) is is_kept


def test_same_problem_is_told_once() -> None:
    """An input that cannot be passed in any test case is one line."""
    with pytest.raises(AssignmentError) as caught:
        draw_key(declared(draw=lambda _, n: {"x": lambda y: y + n}), 1)
    assert caught.value.lines == (
        "part 'double': test case 'example': `x` in `inputs` is a function; write it as text: "
        'ready.code("lambda x: ...")',
    )
