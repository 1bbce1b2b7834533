"""The known mistakes of the exercise on solvers: wrong, told apart, plainly worded.

That each loses points in its part and only there is what `grader audit solvers` finds.
"""

import inspect
import re
from itertools import combinations
from typing import Any

import pytest
from strict_audit import assert_sound

from exercises.solvers import mistakes
from grader.assignment import Mistake, Part, registry
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.known_mistakes import predict, same

ASSIGNMENT = registry.load("solvers")
EACH = [
    pytest.param(part, mistake, id=f"{part.name}-{mistake.name}")
    for part in ASSIGNMENT.parts
    for mistake in part.mistakes
]


@pytest.fixture(scope="module")
def answer_key() -> AnswerKey:
    """Cases and right answers for a fixed seed."""
    return draw_key(ASSIGNMENT, 11)


@pytest.fixture(scope="module")
def wrong(answer_key: AnswerKey) -> dict[str, dict[str, Any]]:
    """By mistake, what it predicts for the cases on which it is wrong."""
    found: dict[str, dict[str, Any]] = {}
    for part, mistake in (param.values for param in EACH):
        there = found[mistake.name] = {}
        for case in answer_key.cases[part.name]:
            predicted = predict(mistake, ASSIGNMENT, part, case)
            right = answer_key.expected[part.name][case.name]
            if predicted is not None and not is_same(part, predicted, right):
                there[case.name] = predicted
    return found


def is_same(part: Part, one: Any, other: Any) -> bool:
    """Whether two answers are equal as far as the part asks."""
    return same(one, other, None, rtol=part.tolerance)


@pytest.mark.parametrize(("part", "mistake"), EACH)
def test_mistake_differs_from_right(
    part: Part, mistake: Mistake, wrong: dict[str, dict[str, Any]]
) -> None:
    """Each is wrong on two cases at least, so that it can be told."""
    assert len(wrong[mistake.name]) >= 2, part.name


@pytest.mark.parametrize("part", ASSIGNMENT.parts, ids=lambda part: part.name)
def test_mistakes_are_told_apart(part: Part, wrong: dict[str, dict[str, Any]]) -> None:
    """No two mistakes of a part give the same answers."""
    alike = [
        (one.name, other.name)
        for one, other in combinations(part.mistakes, 2)
        if wrong[one.name].keys() == wrong[other.name].keys()
        and all(
            is_same(part, value, wrong[other.name][case]) for case, value in wrong[one.name].items()
        )
    ]
    assert alike == []


def test_every_function_is_listed() -> None:
    """Each function of the module is in a table, with the parameters of its part."""
    listed = {param.values[1].function for param in EACH}
    written = {f for _, f in inspect.getmembers(mistakes, inspect.isfunction)}
    assert listed == written
    assert len(listed) >= 25
    for part, mistake in (param.values for param in EACH):
        wanted = [item.name for item in part.inputs]
        assert list(inspect.signature(mistake.function).parameters) == wanted, mistake.name


@pytest.mark.parametrize(("part", "mistake"), EACH)
def test_words_are_short_and_plain(part: Part, mistake: Mistake) -> None:
    """A source, at most two short sentences, only a hint asks; no code, no grader's words."""
    assert re.search(r"\.\s+Source: \S.*\.\s*$", mistake.function.__doc__ or "", re.DOTALL)
    assert "?" not in mistake.message
    for text in filter(None, (mistake.message, mistake.hint)):
        assert re.fullmatch(r"[A-Z].*[.?]", text)
        sentences = re.split(r"(?<=[.?])\s", text)
        assert len(sentences) <= 2
        assert all(len(sentence.split()) <= 20 for sentence in sentences)
        assert not re.search(r"!|jnp\.|\w\(| = |\*\*|@", text)
        assert not re.search(r"\b(fail|incorrect|bad|assert|test|we)\b", text.lower())
    assert mistake.hint, part.name


@pytest.mark.parametrize(("part", "mistake"), [p for p in EACH if p.values[1].line_pattern])
def test_line_marks_one_line(part: Part, mistake: Mistake) -> None:
    """The pattern of the line fits exactly one line of the mistake's own code."""
    body = inspect.getsource(mistake.function).split('"""')[2].strip().splitlines()
    assert [bool(re.search(mistake.line_pattern, line)) for line in body].count(True) == 1, (
        part.name
    )


def test_exercise_is_sound() -> None:
    """Right answers get full points, of the wrong ones a share loses some, and no hole is open."""
    assert_sound("solvers", each=24, share=30, least=3)
