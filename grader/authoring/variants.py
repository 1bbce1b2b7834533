"""What an audit grades: correct answers, the untouched notebook, known mistakes and mutants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.assignment import Assignment
from grader.assignment.filled_in import filled_in, untouched, with_cells
from grader.assignment.part_texts import Answer, bound_in, mistaken, names_of
from grader.assignment.solutions import solutions
from grader.authoring.mutants import mutants
from grader.errors import AssignmentError
from grader.reading.submission import Submission


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A submission to be graded. `part` is where its fault is, or '' in a correct one."""

    kind: str
    name: str
    submission: Submission = field(repr=False)
    part: str = ""
    key: str = ""
    """Its name in `Assignment.equivalent_mutants` or `Assignment.accepted_holes`."""
    diff: str = ""


def variants_of(assignment: Assignment) -> list[Variant]:
    """All submissions of an audit, the correct answer that the wrong ones come from first."""
    if not assignment.solutions:
        where = f"assignment {assignment.name!r}"
        raise AssignmentError(f"{where}: `solutions` is empty; name a file with a correct solution")
    right = solutions(assignment)
    base = next(iter(right.values()))
    found = [
        Variant(kind="right", name=name, submission=filled_in(assignment, answer))
        for name, answer in right.items()
    ]
    if assignment.reference_cells:
        cells = with_cells(assignment, assignment.reference_cells)
        found.append(Variant(kind="reference", name="reference", submission=cells))
    bare = Variant(kind="untouched", name="untouched notebook", submission=untouched(assignment))
    return [*found, bare, *_mistakes(assignment, base), *_mutants(assignment, base)]


def _mistakes(assignment: Assignment, base: Answer) -> Iterator[Variant]:
    for part in assignment.parts:
        for mistake in part.mistakes:
            answer = mistaken(base, part.name, mistake)
            yield Variant(
                kind="mistake",
                name=mistake.name,
                part=part.name,
                submission=filled_in(assignment, answer),
            )


def _mutants(assignment: Assignment, base: Answer) -> Iterator[Variant]:
    for part in assignment.parts:
        if part.is_written:
            continue
        names = names_of(part, base.parts[part.name])
        for mutant in mutants(part.name, base.parts[part.name]):
            if not names <= bound_in(mutant.source):  # it is no answer at all
                continue
            answer = base.with_part(part.name, mutant.source)
            yield Variant(
                kind="mutant",
                name=mutant.key,
                part=part.name,
                key=mutant.key,
                diff=mutant.diff,
                submission=filled_in(assignment, answer),
            )
