"""Known mistakes that are the same program as a correct solution: found and reported."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest
from sample_results import part

from exercises.kmeans.assignment import ASSIGNMENT
from grader.authoring.audit import Audit
from grader.authoring.audit_report import as_data, render
from grader.authoring.trials import Trial
from grader.authoring.untold import SameAsCorrect, same_as_correct
from grader.authoring.variants import Variant
from grader.reading.submission import Submission
from grader.results import PartResult

NOTHING = Submission(path="a.py", sha256="", cells=())


def trial(kind: str, name: str, *parts: PartResult, of: str = "") -> Trial:
    """What came of a variant, with these parts."""
    variant = Variant(kind=kind, name=name, submission=NOTHING, part=of)
    nothing = MappingProxyType({})
    return Trial(variant=variant, parts=parts, judged=nothing, answers=nothing)


def means(program: str, name: str = "means") -> PartResult:
    """A part with a program."""
    return part(name=name, program=program * 16 if program else "")


RIGHT = trial("right", "alternative", means("a"), means("b", "step"))
OTHER = trial("right", "with_loops", means("c"), means(""))
CELLS = trial("reference", "reference", means("d"))
ALIKE = trial("mistake", "no_division", means("a"), of="means")


def found(*trials: Trial) -> list[tuple[str, str, str]]:
    """The mistakes that are found among these."""
    return [(one.part, one.name, one.solution) for one in same_as_correct(trials)]


def test_same_program_is_found() -> None:
    """A mistake with the program of any correct answer is found, with the first of these."""
    assert found(RIGHT, ALIKE) == [("means", "no_division", "alternative")]
    assert found(ALIKE, RIGHT) == [("means", "no_division", "alternative")]
    third = trial("mistake", "third", means("c"), of="means")
    fourth = trial("mistake", "fourth", means("d"), of="means")
    assert found(RIGHT, OTHER, CELLS, third, fourth) == [
        ("means", "third", "with_loops"), ("means", "fourth", "reference"),
    ]  # fmt: skip
    again = replace(OTHER, parts=RIGHT.parts)
    assert found(RIGHT, again, ALIKE) == [("means", "no_division", "alternative")]


@pytest.mark.parametrize(
    "other",
    [
        trial("mistake", "another", means("e"), of="means"),
        trial("mistake", "not_traced", means(""), of="means"),
        trial("mistake", "in_another_part", means("a", "step"), of="step"),
        trial("mistake", "right_elsewhere", means("e"), means("b", "step"), of="means"),
        trial("mutant", "mutant", means("a"), of="means"),
        trial("untouched", "untouched notebook", means("a")),
    ],
    ids=lambda one: one.variant.name,
)
def test_others_are_not(other: Trial) -> None:
    """Only a mistake's own part counts, with a program, against the same part of correct answers."""
    assert found(RIGHT, OTHER, other) == []


def test_no_correct_answer_is_like_it() -> None:
    """Two mistakes that are one program, or one like the untouched notebook, are not meant."""
    again = trial("mistake", "again", means("a"), of="means")
    assert found(OTHER, trial("untouched", "u", means("a")), ALIKE, again) == []


def report_on(*same: SameAsCorrect) -> Audit:
    """An audit that found these."""
    return Audit(
        assignment=ASSIGNMENT,
        seed=1,
        trials=(RIGHT, ALIKE),
        gaps=(),
        problems=(),
        duration_s=1.0,
        same_as_correct=same,
    )


def one(name: str, solution: str = "alternative") -> SameAsCorrect:
    """A mistake that is the same as a solution."""
    return SameAsCorrect(part="means", name=name, solution=solution)


def test_report_has_number_and_names() -> None:
    """The report counts them and names them with the solution; they make no assignment unsound."""
    audit = report_on(one("no_division"), one("third"), one("fourth", "with_loops"))
    text = render(audit)
    assert (
        "\nKnown mistakes with the same program as a correct solution: 3\n"
        "  means, as in alternative: no_division, third\n"
        "  means, as in with_loops: fourth\n"
        "  No check can tell these from the solution.\n"
    ) in text
    assert text.endswith("All good: the assignment is sound.\n")
    many = render(report_on(*(one(f"mistake_{i}") for i in range(20))))
    assert max(map(len, many.splitlines())) <= 80
    data = json.loads(json.dumps(as_data(audit)))
    assert data["same_as_correct"][2] == {
        "part": "means", "name": "fourth", "solution": "with_loops",
    }  # fmt: skip
    assert len(data["same_as_correct"]) == 3
    assert data["is_sound"] is True


def test_report_without_any() -> None:
    """Where there are none, the report does not speak of them, and the list is empty."""
    assert "same program" not in render(report_on())
    assert as_data(report_on())["same_as_correct"] == []
