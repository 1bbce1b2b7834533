"""What is said of a hidden case, by what the cases with a wrong answer have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader import ready
from grader.assignment import Case
from grader.assignment.case_pattern import only_the_example, unusual
from grader.results import Visibility


def inputs(draw: np.random.Generator, size: Any, **setting: Any) -> dict[str, Any]:
    """Get a table of a size."""
    return {"x": ready.values(draw, size, **setting)}


COVER = ready.cover(
    inputs,
    example=(6, 3),
    sizes=((5, 3), (1, 2), (4, 4), (103, 5)),
    kind=ready.KINDS,
    scale=ready.SCALES,
)
CASES = COVER(np.random.default_rng(0))


def shape(case: Case) -> tuple[int, ...]:
    """Get the shape of a case's table."""
    return np.shape(case.inputs["x"])


def sizes(*found: tuple[int, ...]) -> tuple[Case, ...]:
    """Get hidden cases of these sizes without a setting, behind a public one of two rows."""
    first = Case("example", inputs={"x": np.zeros((2, 3))}, visibility=Visibility.PUBLIC)
    others = (Case(f"{n}", inputs={"x": np.zeros(one)}) for n, one in enumerate(found))
    return (first, *others)


ONLY_ONE = "In all other test cases the result is correct. Try {}."


@pytest.mark.parametrize(
    ("is_wrong", "words"),
    [
        (lambda case: case.setting["kind"] == "ties", "inputs in which values repeat"),
        (lambda case: case.setting["kind"] == "zeros", "inputs with zeros and tiny numbers"),
        (lambda case: case.setting["kind"] == "offset", "numbers that are far from zero"),
        (
            lambda case: case.setting["kind"] == "negative",
            "inputs in which all numbers are negative",
        ),
        (lambda case: case.setting["scale"] == 1e3, "large numbers"),
        (lambda case: case.setting["scale"] == 1e-3 and len(case.inputs["x"]) > 1, "small numbers"),
        (lambda case: shape(case) == (1, 2), "inputs with a single row, column, or entry"),
        (lambda case: shape(case) == (4, 4), "inputs with as many rows as columns"),
        (lambda case: len(case.inputs["x"]) > 100, "large inputs"),
    ],
)
def test_common_setting_is_named(is_wrong: Callable[[Case], bool], words: str) -> None:
    """What all wrong cases have and no right one explains is said, without a value."""
    assert str(unusual(CASES, lambda case: not is_wrong(case))) == ONLY_ONE.format(words)


def test_groups_are_named() -> None:
    """So are the kinds of groups."""
    made = ready.cover(
        lambda draw, n, groups: {"a": ready.labels(draw, n, 3, kind=groups)},
        sizes=(9, 40),
        groups=ready.GROUPS,
    )
    cases = made(np.random.default_rng(0))
    for kind, words in (
        ("empty", "a group without members"),
        ("single", "a group with exactly one member"),
        ("large", "a group with more than half of all members"),
    ):
        said = unusual(cases, lambda case, kind=kind: case.setting["groups"] != kind)  # type: ignore[misc]
        assert str(said) == ONLY_ONE.format(words)


def test_ordinary_inputs_are_told_apart() -> None:
    """Where nothing is common to all wrong cases, it is said that the ordinary ones are right."""

    def is_right(case: Case) -> bool:
        return case.setting["kind"] == "plain" and case.setting["scale"] < 10

    assert str(unusual(CASES, is_right)) == (
        "Ordinary inputs give the correct result. Try large and small numbers, zeros, repeated values, and a single row."
    )


def test_wrong_everywhere_is_nothing_special() -> None:
    """An answer that is wrong for ordinary inputs too is no matter of the inputs."""
    assert unusual(CASES, lambda _: False) == ""
    assert unusual(CASES, lambda case: case.setting["kind"] == "ties") == ""
    assert unusual(CASES, lambda case: shape(case) == (1, 2)) == ""
    assert unusual(sizes((3, 3), (4, 3)), lambda case: len(case.inputs["x"]) < 4) == ""


def test_own_levels_have_no_words() -> None:
    """A factor of an instructor's own is not put into words that may mean something else."""
    made = ready.cover(lambda draw, n, kind: inputs(draw, (n, 3)), sizes=(9, 40), kind=("large", 3))
    cases = made(np.random.default_rng(0))
    said = unusual(cases, lambda case: case.setting["kind"] == "large")
    assert str(said).startswith("Ordinary inputs give the correct result.")


# Sizes ---------------------------------------------------------------------------------------


def test_size_is_said_where_it_is_so() -> None:
    """Right for the public cases and for none of two other shapes: nothing less is about sizes."""
    two = sizes((3, 3), (4, 3))
    assert only_the_example(two, lambda case: case.name == "example")
    assert not only_the_example(two, lambda case: case.name != "1")
    assert not only_the_example(two, lambda _: False)
    assert not only_the_example(two[1:], lambda _: False)


def test_one_other_shape_says_nothing_of_size() -> None:
    """With one other shape alone, its numbers may be what is wrong."""
    assert not only_the_example(sizes((3, 3), (3, 3)), lambda case: case.name == "example")


def test_same_shape_speaks_against_size() -> None:
    """What is wrong for a hidden case of the example's shape is wrong for another reason."""
    cases = sizes((2, 3), (3, 3), (4, 3))
    assert not only_the_example(cases, lambda case: case.name == "example")
    assert only_the_example(cases, lambda case: len(case.inputs["x"]) == 2)


def test_single_item_may_be_right_by_chance() -> None:
    """A single row that is right does not speak against a hard-coded size where others are wrong."""
    cases = sizes((1, 3), (3, 3), (4, 3))
    assert only_the_example(cases, lambda case: case.name in {"example", "0"})
    assert not only_the_example(cases[:3], lambda case: case.name in {"example", "0"})
