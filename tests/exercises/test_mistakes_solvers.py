"""The known mistakes of the exercise on solvers: wrong, told apart, plainly worded.

That each loses points in its part and only there is what `grader audit solvers` finds.
"""

import inspect
import re
from itertools import combinations
from typing import Any

import pytest

from exercises.solvers import mistakes
from grader.assignment import Mistake, Part, registry
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.known_mistakes import predict, same

ASSIGNMENT = registry.load("solvers")
BY_STRUCTURE = {"branches_in_python", "hundred_steps", "loop_in_python"}
"""Correct values: what the checks themselves say is enough."""
EACH = [
    pytest.param(part, mistake, id=f"{part.name}-{mistake.name}")
    for part in ASSIGNMENT.parts
    for mistake in part.mistakes
]
PREDICTED = [param for param in EACH if param.values[1].name not in BY_STRUCTURE]


@pytest.fixture(scope="module")
def answer_key() -> AnswerKey:
    """Cases and right answers for a fixed seed."""
    return draw_key(ASSIGNMENT, 11)


def wrong_on(answer_key: AnswerKey, part: Part, mistake: Mistake) -> dict[str, Any]:
    """What a mistake predicts for the cases on which it is wrong."""
    found = {}
    for case in answer_key.cases[part.name]:
        predicted = predict(mistake, ASSIGNMENT, part, case)
        right = answer_key.expected[part.name][case.name]
        if predicted is not None and not same(predicted, right, None):
            found[case.name] = predicted
    return found


@pytest.mark.parametrize(("part", "mistake"), PREDICTED)
def test_mistake_differs_from_right(part: Part, mistake: Mistake, answer_key: AnswerKey) -> None:
    """Each is wrong on two cases at least, so that it can be told."""
    assert len(wrong_on(answer_key, part, mistake)) >= 2


@pytest.mark.parametrize("part", ASSIGNMENT.parts, ids=lambda part: part.name)
def test_mistakes_are_told_apart(part: Part, answer_key: AnswerKey) -> None:
    """No mistake gives the answers of another on all cases on which one of them is wrong."""
    told = [m for p, m in (param.values for param in PREDICTED) if p is part]
    wrong = {mistake.name: wrong_on(answer_key, part, mistake) for mistake in told}
    alike = [
        (one, other)
        for one, other in combinations(wrong, 2)
        if wrong[one].keys() == wrong[other].keys()
        and all(same(wrong[one][name], wrong[other][name], None) for name in wrong[one])
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
