"""Ready-made parts, cases and checks, asked as the grader asks them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

from grader import ready
from grader.assignment import Case, Check, Incorrect, Visibility
from grader.errors import AssignmentError
from grader.sandbox.failures import Failure


def inputs(draw: np.random.Generator, size: int) -> dict[str, Any]:
    """Get a vector, a matrix, a pair and a whole number."""
    x = draw.normal(size=size)
    return {"x": x, "table": draw.normal(size=(size, 2)), "pair": (x, 3), "k": size}


def doubled(x: Any) -> Any:
    """Twice x."""
    return 2 * x


CASES = ready.random_cases(inputs, example=4, hidden=(5, 9))


def by_key(key: Any, answer: Any) -> Any:
    """A student who is asked for one case, and who answers by the key alone."""
    return SimpleNamespace(
        cases=(Case("example", inputs={"key": key}),),
        part_name="part",
        runs_as_program=lambda *_: True,
        evaluate=lambda *_, **more: answer(more.get("key", key)),
    )


def test_keys_may_agree_by_chance() -> None:
    """An answer of two values follows its key although another key often gives the same."""
    run = ready.follows_key("key")
    for key in jax.random.split(jax.random.key(0), 30):
        run(by_key(key, lambda key: float(jax.random.bernoulli(key))))
        with pytest.raises(Incorrect):
            run(by_key(key, lambda _: 1.0))


def drawn(seed: int = 0) -> tuple[Case, ...]:
    """Get the cases of a seed."""
    return CASES(np.random.default_rng(seed))


def student(answers: Mapping[str, Any], want: Any = None, sizes: Any = None, **more: Any) -> Any:
    """Get a student whose answers are known; `want` is expected of every case."""

    def answer(case: Case) -> Any:
        value = answers[case.name]
        if isinstance(value, Exception):
            raise value
        return value

    return SimpleNamespace(
        cases=more.get("cases", drawn()),
        answer=answer,
        expected=lambda _: want,
        rtol=more.get("rtol", 1e-4),
        program_size=lambda case: sizes[case.name],
        part_name="doubled",
        is_strict=False,
        observes=(),
    )


def refusal(check: Any, asked: Any) -> Incorrect:
    """Get what a check finds not right."""
    with pytest.raises(Incorrect) as caught:
        check(asked)
    return caught.value


RIGHT = np.array([1.0, 2.0, 4.0], np.float32)
ALL = ("example", "hidden 5", "hidden 9")


# Cases ---------------------------------------------------------------------------------------


def test_example_is_same_for_all() -> None:
    """The public case is the same for every seed, the hidden ones are not."""
    one, two = drawn(1), drawn(2)
    assert [case.name for case in one] == list(ALL)
    assert [case.visibility for case in one] == [Visibility.PUBLIC, *2 * [Visibility.HIDDEN]]
    assert np.array_equal(one[0].inputs["x"], two[0].inputs["x"])
    assert not np.array_equal(one[1].inputs["x"], two[1].inputs["x"])
    assert [len(case.inputs["x"]) for case in one] == [4, 5, 9]


def test_floats_are_rounded() -> None:
    """Floats become float32, in tuples too; whole numbers stay."""
    (case, *_) = drawn()
    assert case.inputs["table"].dtype == case.inputs["pair"][0].dtype == np.float32
    assert (case.inputs["k"], case.inputs["pair"][1]) == (4, 3)


# Parts ---------------------------------------------------------------------------------------


def test_part_follows_reference() -> None:
    """A part is named and called like its reference, gets its inputs only, and adds up its points."""
    made = ready.part(
        doubled, title="Twice", task="Double.", cases=CASES, example=1, hidden=2, traceable=3
    )
    assert (made.name, [item.name for item in made.inputs], made.points) == ("doubled", ["x"], 6)
    assert [(check.name, check.points) for check in made.checks] == [
        ("the example", 1),
        ("other inputs", 2),
        ("vectorized and traceable", 3),
    ]
    for case in made.cases(np.random.default_rng(0)):
        assert np.array_equal(made.reference(**case.inputs), 2 * case.inputs["x"])  # type: ignore[misc]


def test_defaults_are_optional() -> None:
    """A reference's parameter with a default is an optional input; catch-alls are none."""

    @jax.jit
    def scaled(x: Any, k: Any = 1, **_: Any) -> Any:
        return x * k

    made = ready.part(scaled, title="T", task="D.", cases=CASES, example=1, hidden=2)
    assert made.name == "scaled"
    assert [(item.name, item.is_optional) for item in made.inputs] == [("x", False), ("k", True)]


def test_part_without_traceable() -> None:
    """Without points for it, nothing is said about vectorized code."""
    made = ready.part(doubled, title="T", task="D.", cases=CASES, example=1, hidden=2, rtol=1e-2)
    assert [check.name for check in made.checks] == ["the example", "other inputs"]
    assert made.rtol == 1e-2


def test_folder_has_usual_names(tmp_path: Path) -> None:
    """A folder's files are found by their names, and alternative.py stands in for what it defines."""
    (tmp_path / "tiny.ipynb").write_text("{}", "utf-8")
    part = ready.part(doubled, title="T", task="D.", cases=CASES, example=1, hidden=2)

    def made() -> Any:
        return ready.assignment("tiny", title="Tiny", folder=tmp_path, parts=(part,), total=3)

    assert (made().solutions, made().substitutes, made().part("doubled").substitute) == ((), "", "")
    (tmp_path / "reference.py").write_text("", "utf-8")
    (tmp_path / "alternative.py").write_text("def doubled(x): return x + x\n", "utf-8")
    assert [path.name for path in made().solutions] == ["reference.py", "alternative.py"]
    assert made().part("doubled").substitute == "doubled"
    (tmp_path / "alternative.py").write_text("def other(:\n", "utf-8")
    with pytest.raises(
        AssignmentError,
        match=r"alternative\.py: is not valid Python: invalid syntax in line 1; fix the text",
    ):
        made()


@pytest.mark.parametrize(
    ("wrong", "lines"),
    [
        ({"hidden": 5}, ["hidden: expected a tuple of sizes, got 5; write hidden=(5, 12)"]),
        (
            {"hidden": "512"},
            ["hidden: expected a tuple of sizes, got '512'; write hidden=(5, 12)"],
        ),
        (
            {"hidden": (5, "9")},
            ["hidden: expected a tuple of sizes, got (5, '9'); write hidden=(5, 12)"],
        ),
        ({"hidden": ()}, ["hidden: expected different sizes, got (); write hidden=(5, 12)"]),
        (
            {"hidden": (5, 5)},
            ["hidden: expected different sizes, got (5, 5); write hidden=(5, 12)"],
        ),
        (
            {"inputs": {"x": 1}, "example": "4", "hidden": None},
            [
                "inputs: expected a function, got {'x': 1}; pass its name without calling it",
                "example: expected a size, got '4'; write example=4",
                "hidden: expected a tuple of sizes, got None; write hidden=(5, 12)",
            ],
        ),
    ],
)
def test_sizes_that_are_none(wrong: dict[str, Any], lines: list[str]) -> None:
    """What cannot be sizes is refused where it stands, by the argument's name."""
    with pytest.raises(AssignmentError) as caught:
        ready.random_cases(**{"inputs": inputs, "example": 4, "hidden": (5, 9), **wrong})
    assert caught.value.lines == tuple(f"ready.random_cases: {line}" for line in lines)


def test_sizes_may_be_tuples() -> None:
    """What a size means is up to the inputs: it may be two numbers."""
    made = ready.random_cases(
        lambda draw, size: {"x": draw.normal(size=size)}, example=(2, 3), hidden=((3, 2),)
    )  # type: ignore[arg-type]
    assert [case.name for case in made(np.random.default_rng(0))] == ["example", "hidden (3, 2)"]


def test_arguments_of_part_are_told() -> None:
    """Points that are no numbers, and what is no function, are told by the argument's name."""
    with pytest.raises(AssignmentError) as caught:
        ready.part(
            "doubled",  # type: ignore[arg-type]
            title="T",
            task="D.",
            cases=(),  # type: ignore[arg-type]
            example=(5, 9),  # type: ignore[arg-type]
            hidden="2",  # type: ignore[arg-type]
            traceable=-1,
            returns="slope",
        )
    assert caught.value.lines == (
        "ready.part: reference: expected a function, got 'doubled'; pass reference.NAME without calling it",
        "ready.part: cases: expected a function that draws test cases, got (); write cases=ready.random_cases(...)",
        "ready.part: example: expected points, a number of at least 0, got (5, 9); change it",
        "ready.part: hidden: expected points, a number of at least 0, got '2'; change it",
        "ready.part: traceable: expected points, a number of at least 0, got -1; change it",
        "ready.part: returns: expected a tuple of names, got 'slope'; put a comma after it",
    )


def test_folder_is_a_path(tmp_path: Path) -> None:
    """A folder as text, and a part in place of a tuple, are told as what they are."""
    one = ready.part(doubled, title="T", task="D.", cases=CASES, example=1, hidden=2)
    with pytest.raises(AssignmentError) as caught:
        ready.assignment("tiny", folder=".", parts=(one,), title="Tiny")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "ready.assignment: folder: expected a path, got '.'; write folder=Path(__file__).parent"
    )
    (tmp_path / "tiny.ipynb").write_text("{}", "utf-8")
    with pytest.raises(AssignmentError) as caught:
        ready.assignment("tiny", folder=tmp_path, parts=one, title="Tiny")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "assignment 'tiny': parts: expected a tuple, got a Part; put a comma after it"
    )


# Checks --------------------------------------------------------------------------------------


def test_equal_takes_right_answers() -> None:
    """Right answers pass, also rounded ones, lists, and whole numbers for floats."""
    for value in (RIGHT, RIGHT * (1 + 1e-5), [1.0, 2.0, 4.0], np.array([1, 2, 4])):
        ready.matches_reference()(student(dict.fromkeys(ALL, value), RIGHT))
        ready.matches_reference("example")(student(dict.fromkeys(ALL, value), RIGHT))


def test_tolerance_is_the_parts() -> None:
    """How far a value may be off is said by the part."""
    asked = student(dict.fromkeys(ALL, RIGHT * 1.01), RIGHT, rtol=0.02)
    ready.matches_reference("example")(asked)
    asked.rtol = 0.001
    assert (
        str(refusal(ready.matches_reference("example"), asked).message)
        == "the result is incorrect in 3 of 3 entries"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (RIGHT + 1, "the result is not correct for a hidden test case"),
        (RIGHT[:2], "the result has the wrong shape for a hidden test case"),
        (RIGHT > 0, "the result contains the wrong type of numbers for a hidden test case"),
        (RIGHT * np.nan, "the result contains NaN or infinity for a hidden test case"),
        (
            None,
            "the result is None. Does your function end with `return`? `print` only displays a value",
        ),
    ],
)
def test_hidden_values_stay_hidden(value: Any, words: str) -> None:
    """What is said of a hidden case gives no value away, and comes without evidence."""
    found = refusal(ready.matches_reference(), student(dict.fromkeys(ALL, value), RIGHT))
    assert (str(found.message), found.differences, found.earned) == (words, (), 0.0)


def test_public_difference_is_shown() -> None:
    """What is said of the example comes with its values."""
    asked = student(dict.fromkeys(ALL, RIGHT + 1), RIGHT)
    (difference,) = refusal(ready.matches_reference("example"), asked).differences
    assert difference.got is not None


def test_hard_coded_number_is_suspected() -> None:
    """An answer that is right for the example alone is told as such, also when it raises."""
    for value in (RIGHT + 1, Failure("raised", kind="TypeError", message="no")):
        answers = {"example": RIGHT, "hidden 5": value, "hidden 9": value}
        assert str(refusal(ready.matches_reference(), student(answers, RIGHT)).message) == (
            "correct for the example, but not for inputs of other sizes: look for a hard-coded number"
        )


def test_what_is_right_for_another_size_is_not_hard_coded() -> None:
    """A special case that is missed, such as a constant column, is told as what it is."""
    answers = {"example": RIGHT, "hidden 5": RIGHT, "hidden 9": np.full(3, np.nan)}
    assert str(refusal(ready.matches_reference(), student(answers, RIGHT)).message) == (
        "the result contains NaN or infinity for a hidden test case"
    )


def test_failure_is_no_finding() -> None:
    """What the student's code raises goes on to the grader, and so does a time that is used up."""
    raised, late = Failure("raised", kind="TypeError", message="no"), Failure("timeout")
    for failure, example in ((raised, raised), (late, RIGHT)):
        answers = {"example": example, "hidden 5": failure, "hidden 9": failure}
        with pytest.raises(Failure) as caught:
            ready.matches_reference()(student(answers, RIGHT))
        assert caught.value is failure


def test_tuples_are_compared_by_value() -> None:
    """Several values are told apart, by their names where these are declared."""
    want = (RIGHT, np.float32(2))
    check = ready.matches_reference("example", returns=("slope", "offset"))
    check(student({name: [RIGHT, 2.0] for name in ALL}, want))
    asked = student(dict.fromkeys(ALL, (RIGHT, 3.0)), want)
    assert str(refusal(check, asked).message) == "`offset` is not the expected number"
    assert (
        str(refusal(ready.matches_reference("example"), asked).message)
        == "value 2 is not the expected number"
    )
    for value, said in ((RIGHT, "an array of shape (3,)"), ((RIGHT,), "a tuple of 1 value")):
        asked = student(dict.fromkeys(ALL, value), want)
        assert str(refusal(check, asked).message) == f"your code returned {said}; expected 2 values"


def test_growing_program_is_a_loop() -> None:
    """A program that grows with the inputs is a loop; one of the same size is none."""
    ready.vectorized()(student({}, sizes={"hidden 5": 10, "hidden 9": 12}))
    found = refusal(ready.vectorized(), student({}, sizes={"hidden 5": 10, "hidden 9": 14}))
    assert str(found.message) == (
        "the traced program grows with the input, because a Python loop handles the items one by one. Use array operations or `jax.vmap`, or `jax.lax.scan` where a step needs the one before it"
    )


def test_untraceable_is_told() -> None:
    """What JAX cannot trace is told; a time that is used up is not that."""

    def asked(failure: Failure) -> Any:
        made = student({})

        def size(_: Case) -> int:
            raise failure

        made.program_size = size
        return made

    raised = Failure("raised", kind="TracerArrayConversionError", message="no")
    found = refusal(ready.vectorized(), asked(raised))
    assert str(found.message) == ("JAX cannot trace your code, so it does not work under `jit`")
    assert str(found.hint).startswith("Look for NumPy calls")
    assert found.__cause__ is raised
    with pytest.raises(Failure):
        ready.vectorized()(asked(Failure("timeout")))


def test_one_size_shows_no_loop() -> None:
    """Where all cases are of one size nothing can be said, and nothing is given."""
    same = tuple(Case(name, inputs={"x": RIGHT}) for name in ("a", "b"))
    with pytest.raises(AssignmentError) as caught:
        ready.vectorized()(student({}, cases=same, sizes={"a": 1, "b": 1}))
    assert str(caught.value) == (
        "part 'doubled': vectorized: needs test cases of two sizes; add another size"
    )


def test_checks_document_themselves() -> None:
    """A check that was made says what it looks at."""
    checks = [
        Check("a", ready.matches_reference(), points=1),
        Check("b", ready.vectorized(), points=1),
    ]
    assert all(check.run.__doc__ for check in checks)


def test_single_item_is_no_measure() -> None:
    """A program for one row may be shorter: larger sizes are compared where there are any."""
    shapes = ((1, 3), (4, 3), (9, 3))
    cases = tuple(
        Case(name, inputs={"x": np.zeros(shape)}) for name, shape in zip("abc", shapes, strict=True)
    )
    ready.vectorized()(student({}, cases=cases, sizes={"a": 1, "b": 20, "c": 21}))
    wide = (*cases, Case("d", inputs={"x": np.zeros((4, 99))}))
    asked = student({}, cases=wide, sizes={"a": 1, "b": 20, "c": 20, "d": 120})
    assert refusal(ready.vectorized(), asked)  # a loop over the columns
    refusal(ready.vectorized(), student({}, cases=cases, sizes={"a": 20, "b": 1, "c": 20}))
    refusal(ready.vectorized(), student({}, cases=cases[:2], sizes={"a": 1, "b": 20}))
    ready.vectorized("a", "b")(student({}, cases=cases, sizes={"a": 20, "b": 20}))


def test_hint_is_what_wrong_cases_share() -> None:
    """What is wrong for one kind of inputs only is told with it, what is wrong stays the message."""
    made = ready.cover(inputs_of_scale, example=4, sizes=(5, 9), scale=(1.0, 1e3))
    cases = made(np.random.default_rng(0))
    answers = {case.name: RIGHT + (case.setting["scale"] > 1) for case in cases}
    found = refusal(ready.matches_reference(), student(answers, RIGHT, cases=cases))
    assert (str(found.message), str(found.hint)) == (
        "the result is not correct for a hidden test case",
        "In all other test cases the result is correct. Try large numbers.",
    )


def inputs_of_scale(draw: np.random.Generator, size: int, scale: float) -> dict[str, Any]:
    """Get a vector of a scale."""
    return {"x": ready.values(draw, size, scale=scale)}


def test_no_time_for_other_cases() -> None:
    """What is found incorrect stays so when the time is used up by the other cases."""
    made = ready.cover(inputs_of_scale, example=4, sizes=(5, 9), scale=(1.0, 1e3))
    cases = made(np.random.default_rng(0))
    answers: dict[str, Any] = {case.name: Failure("timeout") for case in cases}
    answers |= {"example": RIGHT, "hidden 1": RIGHT + 1}
    found = refusal(ready.matches_reference(), student(answers, RIGHT, cases=cases))
    assert (str(found.message), found.hint) == (
        "the result is not correct for a hidden test case",
        "",
    )
