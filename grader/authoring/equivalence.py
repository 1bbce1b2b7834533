"""Whether a mutant that no check notices differs from the right answer at all, as far as is seen.

It is asked about further inputs: cases that the part draws from other seeds, and probes made of
its cases. One that gives what the reference gives on all of them is as good as the reference.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from grader.assignment import Case, Part
from grader.assignment.drawing import draw_cases
from grader.authoring.lint_cases import without_warnings
from grader.authoring.part_values import alike
from grader.authoring.probes import probes
from grader.authoring.tolerances import is_finite
from grader.compare import difference
from grader.judging.answer_key import AnswerKey, generator
from grader.judging.reference_answers import reference_answer
from grader.running.student import Student
from grader.sandbox.child import Budget
from grader.sandbox.failures import Failure
from grader.sandbox.values import carried

DRAWS = 3
"""From so many further seeds cases are drawn."""


class FurtherCases:
    """Cases beside those of the checks, and the reference's answers; made once for a part."""

    def __init__(self, answer_key: AnswerKey) -> None:
        self.answer_key = answer_key
        self._known: dict[str, list[tuple[Case, Any]]] = {}
        self._lock = threading.Lock()

    def of(self, part: Part) -> list[tuple[Case, Any]]:
        """The cases of a part for which the reference has an answer, with that."""
        with self._lock:
            if part.name not in self._known:
                with np.errstate(all="ignore"), without_warnings():
                    self._known[part.name] = [*self._answered(part)]
            return self._known[part.name]

    def _answered(self, part: Part) -> Iterator[tuple[Case, Any]]:
        for number, case in enumerate((*self._drawn(part), *self._probed(part))):
            named = replace(case, name=f"further {number}")
            with contextlib.suppress(Exception):
                want = reference_answer(self.answer_key.assignment, part, named)
                if is_finite(want):
                    yield named, want

    def _drawn(self, part: Part) -> Iterator[Case]:
        assignment = self.answer_key.assignment
        for number in range(DRAWS):
            draw = generator(self.answer_key.seed, part.name, f"further {number}")
            yield from draw_cases(part, draw, folder=assignment.folder, files=assignment.files)

    def _probed(self, part: Part) -> Iterator[Case]:
        cases = self.answer_key.cases[part.name]
        plain = [{name: carried(x) for name, x in case.inputs.items()} for case in cases]
        for kind in alike(plain):
            for probe in probes(kind, {}):
                if probe.kind != "cases":
                    yield replace(cases[-1], inputs=probe.values)


def seems_equal(further: FurtherCases, student: Student, *, cpu_s: float) -> bool:
    """Whether a part's code gives what the reference gives on all further cases; False if none.

    It may take so many CPU seconds.
    """
    part = student.candidate.part
    if part.reference is None:
        return False
    known = further.of(part)
    student.session.budget = Budget.of(cpu_s)
    other = student.with_cases([case for case, _ in known], {case.name: w for case, w in known})
    for case, want in known:
        try:
            got = other.answer(case)
        except Failure:
            return False
        if difference(got=got, want=want, rtol=part.tolerance, ignore_kind=True) is not None:
            return False
    return bool(known)
