"""The known mistakes of the exercise on a neural network: predictable, told apart, in plain words.

That each loses points in its part and only there is what `grader audit neural_net` finds.
"""

import inspect
import re
from itertools import combinations
from typing import Any

import pytest

from exercises.neural_net import mistakes
from grader.assignment import Mistake, Part, registry
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.known_mistakes import predict, same

ASSIGNMENT = registry.load("neural_net")
BY_THEMSELVES = {"init_mlp": 10, "train": 7}
"""Parts of which so many mistakes cannot be predicted: random numbers differ, checks say enough."""
EACH = [
    pytest.param(part, mistake, id=f"{part.name}-{mistake.name}")
    for part in ASSIGNMENT.parts
    for mistake in part.mistakes
]
PREDICTED = [part for part in ASSIGNMENT.parts if part.mistakes and part.name not in BY_THEMSELVES]


@pytest.fixture(scope="module")
def answer_key() -> AnswerKey:
    """Cases and right answers for a fixed seed."""
    return draw_key(ASSIGNMENT, 11)


def shown(answer_key: AnswerKey, part: Part) -> dict[str, dict[str, Any]]:
    """By mistake, what it answers to the cases for which it is wrong."""
    found: dict[str, dict[str, Any]] = {}
    for mistake in part.mistakes:
        answers = found[mistake.name] = {}
        for case in answer_key.cases[part.name]:
            predicted = predict(mistake, ASSIGNMENT, part, case)
            right = answer_key.expected[part.name][case.name]
            if predicted is not None and not same(predicted, right, None):
                answers[case.name] = predicted
    return found


@pytest.mark.parametrize("part", PREDICTED, ids=lambda part: part.name)
def test_mistakes_can_be_told(part: Part, answer_key: AnswerKey) -> None:
    """Each is wrong for two cases or more, and no two give the same wrong answers."""
    found = shown(answer_key, part)
    assert [name for name, answers in found.items() if len(answers) < 2] == []
    alike = [
        (one, two)
        for one, two in combinations(found, 2)
        if found[one].keys() == found[two].keys()
        and all(same(found[one][name], found[two][name], None) for name in found[one])
    ]
    assert alike == []


def test_every_function_is_listed() -> None:
    """Each function of the module stands in a table, with the parameters of its part."""
    listed = {param.values[1].function for param in EACH}
    written = {f for _, f in inspect.getmembers(mistakes, inspect.isfunction)}
    assert listed == written
    assert len(written) >= 25
    for part, mistake in (param.values for param in EACH):
        wanted = [item.name for item in part.inputs]
        assert list(inspect.signature(mistake.function).parameters) == wanted, mistake.name


@pytest.mark.parametrize(("part", "mistake"), EACH)
def test_words_are_short_and_plain(part: Part, mistake: Mistake) -> None:
    """A source, at most two short sentences, only a hint asks; no code, no grader's words."""
    assert re.search(r"\.\s+Source: \S.*\.\s*$", mistake.function.__doc__ or "", re.DOTALL)
    assert "?" not in mistake.message
    for text in filter(None, (mistake.message, mistake.hint)):
        assert re.fullmatch(r"[A-Z`].*[.?]", text)
        sentences = re.split(r"(?<=[.?])\s", text)
        assert len(sentences) <= 2
        assert all(len(sentence.split()) <= 20 for sentence in sentences)
        assert not re.search(r"!|jnp\.|\w\(| = |\*\*|@", text)
        assert not re.search(r"\b(fail|incorrect|bad|error|assert|test|we)\b", text.lower())
    assert mistake.hint, part.name


@pytest.mark.parametrize(("part", "mistake"), [p for p in EACH if p.values[1].line_pattern])
def test_line_marks_one_line(part: Part, mistake: Mistake) -> None:
    """The pattern of the line fits exactly one line of the mistake's own code."""
    body = inspect.getsource(mistake.function).split('"""')[2].strip().splitlines()
    assert [bool(re.search(mistake.line_pattern, line)) for line in body].count(True) == 1, (
        part.name
    )
