"""The known mistakes of the first steps in JAX: predictable, wrong, told apart, plainly worded.

That each loses points in its part and only there is what `grader audit jax_basics` finds.
"""

import inspect
import re
from itertools import combinations
from typing import Any

import pytest

from exercises.jax_basics import mistakes
from grader.assignment import Case, Mistake, Part, registry
from grader.compare import difference
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.known_mistakes import predict
from grader.sandbox import Plain

ASSIGNMENT = registry.load("jax_basics")
BY_STRUCTURE = {
    "gram_in_numpy",
    "relu_not_compiled",
    "relu_compiled_each_time",
    "hessian_by_list",
    "batch_by_list",
    "batch_by_map",
    "hessian_of_three",
}
"""Right values, or none but for three numbers: what the checks themselves say is enough."""
BY_LOOKING = {"draw_normal", "to_device"}
"""Parts whose mistakes cannot be predicted: a key decides, or what kind of array comes back."""
EACH = [
    pytest.param(part, mistake, id=f"{part.name}-{mistake.name}")
    for part in ASSIGNMENT.parts
    for mistake in part.mistakes
]
PREDICTED = [
    pytest.param(part, mistake, id=f"{part.name}-{mistake.name}")
    for part in ASSIGNMENT.parts
    for mistake in part.mistakes
    if part.name not in BY_LOOKING and mistake.name not in BY_STRUCTURE
]


@pytest.fixture(scope="module")
def answer_key() -> AnswerKey:
    """Cases and right answers for a fixed seed."""
    return draw_key(ASSIGNMENT, 11)


def cases_of(answer_key: AnswerKey, part: Part) -> list[Case]:
    """The cases whose inputs NumPy computes with."""
    return [
        case
        for case in answer_key.cases[part.name]
        if not any(isinstance(value, Plain) for value in case.inputs.values())
    ]


def is_same(one: Any, other: Any) -> bool:
    """Whether two answers are equal as far as float32 goes."""
    return difference(got=one, want=other) is None


@pytest.mark.parametrize(("part", "mistake"), PREDICTED)
def test_mistake_differs_from_right(part: Part, mistake: Mistake, answer_key: AnswerKey) -> None:
    """Each is wrong on cases of two sizes, the example among them, so that it can be told."""
    wrong = {}
    for case in cases_of(answer_key, part):
        predicted = predict(mistake, ASSIGNMENT, part, case)
        assert predicted is not None
        if not is_same(predicted, answer_key.expected[part.name][case.name]):
            wrong[case.name] = [getattr(value, "shape", ()) for value in case.inputs.values()]
    assert len({str(shapes) for shapes in wrong.values()}) >= 2
    assert "example" in wrong


@pytest.mark.parametrize("part", ASSIGNMENT.parts, ids=lambda part: part.name)
def test_mistakes_are_told_apart(part: Part, answer_key: AnswerKey) -> None:
    """No two mistakes of a part give the same answers."""
    told = [m for p, m in (param.values for param in PREDICTED) if p is part]
    answers = {
        m.name: [predict(m, ASSIGNMENT, part, c) for c in cases_of(answer_key, part)] for m in told
    }
    same = [
        (one, other)
        for one, other in combinations(answers, 2)
        if all(is_same(a, b) for a, b in zip(answers[one], answers[other], strict=True))
    ]
    assert same == []


def test_every_function_is_listed() -> None:
    """Each function of the module stands in a table, with the parameters of its part."""
    listed = {param.values[1].function for param in EACH}
    written = {f for _, f in inspect.getmembers(mistakes, inspect.isfunction)}
    assert listed == written
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
        assert not re.search(r"\b(fail|incorrect|bad|error|assert|test|we)\b", text.lower())
    assert mistake.hint, part.name


@pytest.mark.parametrize(("part", "mistake"), [p for p in EACH if p.values[1].line_pattern])
def test_line_marks_one_line(part: Part, mistake: Mistake) -> None:
    """The pattern of the line fits exactly one line of the mistake's own code."""
    body = inspect.getsource(mistake.function).split('"""')[2].strip().splitlines()
    assert [bool(re.search(mistake.line_pattern, line)) for line in body].count(True) == 1, (
        part.name
    )
