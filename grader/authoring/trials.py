"""A variant graded in the way of a submission: what its parts got, and what they returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from grader.authoring.check_errors import Fault, recording_errors
from grader.authoring.equivalence import FurtherCases, seems_equal
from grader.authoring.tolerances import Leaves, answers
from grader.authoring.variants import Variant
from grader.judging.answer_key import AnswerKey
from grader.judging.context import CandidateResult, Context, share
from grader.judging.grade import judge_part
from grader.judging.notebooks import judged_at_home
from grader.results import PartResult, State
from grader.running.student import Student
from grader.sandbox.endings import SuspectError
from grader.sandbox.server import ForkServer

ROUNDING = 1e-6
MORE, LEAST_S = 5.0, 2.0
"""How many times the CPU seconds of the right answer, and how many more, a mutant may take."""
FAULTS = frozenset({"mutant", "distortion"})
"""The kinds of variants that are made from the right answer, with one fault in one part."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A variant and what came of it: the parts that were judged, and what they returned."""

    variant: Variant
    parts: tuple[PartResult, ...]
    judged: Mapping[str, CandidateResult] = field(repr=False)
    answers: Mapping[str, Leaves] = field(repr=False)
    faults: tuple[Fault, ...] = ()
    """What the checks of a part raised that could not be judged for it."""
    cpu_s: Mapping[str, float] = field(default_factory=dict, repr=False)
    """The CPU seconds that each part took."""
    is_equal: bool = False
    """Whether a mutant that loses nothing is as right as the answer, as far as was seen."""

    @property
    def name(self) -> str:
        """What was graded, for a person."""
        kind = {"right": "solution"}.get(self.variant.kind, self.variant.kind)
        return f"{kind} {self.variant.name!r}"

    @property
    def losses(self) -> tuple[PartResult, ...]:
        """The parts that lost points; those that a person gives are none of them."""
        return tuple(part for part in self.parts if part.score < part.graded_points - ROUNDING)

    @property
    def is_caught(self) -> bool:
        """Whether the part with the fault lost points."""
        return any(part.name == self.variant.part for part in self.losses)


def tried(  # noqa: PLR0913  (all but the first by name)
    variant: Variant,
    *,
    answer_key: AnswerKey,
    server: ForkServer,
    timeout_s: float,
    right: Trial | None = None,
    further: FurtherCases | None = None,
) -> Trial:
    """What came of a variant; once more where the machine ended its process.

    Of a mutant or a distortion only its own part is judged, where `right` is the trial that it was
    made from. Many mutants never end, so they get a few times what the right answer took, at most
    their share of `timeout_s`; a distortion may have to be called once more for all test cases.
    """
    known: dict[str, CandidateResult] = {}
    share_s = share(answer_key.assignment, timeout_s)
    if variant.kind in FAULTS and right is not None:
        known = {name: judged for name, judged in right.judged.items() if name != variant.part}
        if variant.kind == "mutant":
            least_s = LEAST_S + MORE * right.cpu_s.get(variant.part, timeout_s)
            timeout_s *= min(1.0, least_s / share_s)
    equal = partial(seems_equal, further, cpu_s=share_s) if further is not None else None
    try:
        return _tried(variant, answer_key, server, timeout_s, known, equal)
    except SuspectError:
        return _tried(variant, answer_key, server, timeout_s, known, equal)


def _tried(  # noqa: PLR0913, PLR0917  (what it depends on)
    variant: Variant,
    answer_key: AnswerKey,
    server: ForkServer,
    timeout_s: float,
    known: Mapping[str, CandidateResult],
    equal: Callable[[Student], bool] | None,
) -> Trial:
    contexts = [
        Context(one, answer_key, server, timeout_s=timeout_s)
        for one in variant.submission.notebooks
    ]
    for context in contexts:
        context.judged.update(_known_there(context, known, is_alone=len(contexts) == 1))
    parts, found, all_judged, cpu_s = [], {}, dict(known), {}
    judge = partial(judge_part, with_hints=variant.kind not in FAULTS)
    faults: list[Fault] = []
    folder = answer_key.assignment.folder
    is_equal = False
    try:
        for part in answer_key.assignment.parts:
            if part.name in known:
                continue
            raised: list[Fault] = []
            recording = recording_errors(part, folder, raised)
            before_s = _cpu_s(contexts)
            context, result = judged_at_home(contexts, recording, judge)
            cpu_s[part.name] = _cpu_s(contexts) - before_s
            parts.append(result)
            faults += raised if result.state is State.UNCHECKED else []
            judged = context.judged.get(part.name)
            if judged is not None:
                all_judged[part.name] = judged
            is_asked = variant.kind != "distortion" and variant.part in {"", part.name}
            if judged is not None and is_asked:
                found[part.name] = answers(judged.student)
            if variant.kind == "mutant" and judged is not None and equal is not None:
                is_marked = variant.key in answer_key.assignment.equivalent_mutants
                is_full = parts[-1].score > parts[-1].graded_points - ROUNDING
                if is_full and not is_marked:
                    is_equal = part.free or equal(judged.student)
    finally:
        for context in contexts:
            context.session.close()
    return Trial(
        variant=variant,
        parts=tuple(parts),
        judged=all_judged,
        answers=found,
        faults=tuple(faults),
        cpu_s=cpu_s,
        is_equal=is_equal,
    )


def _cpu_s(contexts: Sequence[Context]) -> float:
    """The CPU seconds that the living children of a trial have used."""
    children = [child for one in contexts for child in one.session.children.values()]
    return sum(child.cpu_s() for child in children if child.is_alive)


def _known_there(
    context: Context, known: Mapping[str, CandidateResult], *, is_alone: bool
) -> dict[str, CandidateResult]:
    """What is known of the parts that are in a notebook, of several by its name."""
    path = context.submission.path
    return {
        name: judged
        for name, judged in known.items()
        if is_alone or any(cell.file == path for cell in judged.student.program.cells)
    }
