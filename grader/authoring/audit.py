"""Whether an assignment judges rightly: right answers get all points, wrong ones lose some.

An audit grades the reference, the untouched exercise, right answers in several styles, every
known mistake and mechanical mutants of a right answer, each in the way of a submission.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from grader.assignment import Assignment, Part
from grader.assignment.filled_in import (
    Answer,
    answer_of,
    filled_in,
    mistaken,
    untouched,
    with_cells,
)
from grader.authoring.check_errors import Fault, counted, watched
from grader.authoring.check_errors import problems as fault_problems
from grader.authoring.mutants import mutants
from grader.authoring.release import earning
from grader.authoring.tolerances import Gap, Leaves, answers, gap, largest_errors
from grader.errors import AssignmentError
from grader.judging.answer_key import Material
from grader.judging.context import Grading, Judged
from grader.judging.grade import judge_part
from grader.reading.submission import Submission
from grader.results import PartResult, State
from grader.sandbox import ForkServer
from grader.sandbox.endings import SuspectError

SCHEMA = "grader.audit/1"
ROUNDING = 1e-6
ROUGH = 1e-2
"""An answer that is farther off is no rounding."""
SMALL = 1e-6
"""A wrong answer that is nearer differs by rounding only."""


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """A submission to be graded. `part` is where its fault is, or '' in a right one."""

    kind: str
    name: str
    submission: Submission = field(repr=False)
    part: str = ""
    key: str = ""
    """A mutant's name in `Assignment.equivalent_mutants`."""
    diff: str = ""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A specimen and what came of it: the parts that were judged, and what they returned."""

    specimen: Specimen
    parts: tuple[PartResult, ...]
    judged: Mapping[str, Judged] = field(repr=False)
    answers: Mapping[str, Leaves] = field(repr=False)
    faults: tuple[Fault, ...] = ()
    """What the checks of a part raised that could not be judged for it."""

    @property
    def name(self) -> str:
        """What was graded, for a person."""
        return f"{self.specimen.kind} {self.specimen.name!r}"

    @property
    def losses(self) -> tuple[PartResult, ...]:
        """The parts that lost points."""
        return tuple(part for part in self.parts if part.score < part.max_score - ROUNDING)

    @property
    def is_caught(self) -> bool:
        """Whether the part with the fault lost points."""
        return any(part.name == self.specimen.part for part in self.losses)


@dataclass(frozen=True, kw_only=True)
class Audit:
    """All that an audit found; the assignment is sound when `problems` is empty."""

    assignment: Assignment
    seed: int
    trials: tuple[Trial, ...]
    gaps: tuple[Gap, ...]
    problems: tuple[str, ...]
    duration_s: float

    def of(self, kind: str) -> tuple[Trial, ...]:
        """The trials of a kind: reference, untouched, right, mistake, mutant."""
        return tuple(trial for trial in self.trials if trial.specimen.kind == kind)

    @property
    def survivors(self) -> tuple[Trial, ...]:
        """The mutants that lost nothing and are not marked equivalent."""
        marked = self.assignment.equivalent_mutants
        alive = (trial for trial in self.of("mutant") if not trial.is_caught)
        return tuple(trial for trial in alive if trial.specimen.key not in marked)


def refused(assignment: Assignment, seed: int, problems: tuple[str, ...]) -> Audit:
    """The audit of an assignment that cannot be graded with: its problems and nothing else."""
    return Audit(
        assignment=assignment, seed=seed, trials=(), gaps=(), problems=problems, duration_s=0.0
    )


def audit(  # noqa: PLR0913  (all but two by name)
    material: Material,
    server: ForkServer,
    *,
    jobs: int,
    timeout_s: float,
    tell: Callable[[int, int], None] | None = None,
    choose: Callable[[Specimen], bool] | None = None,
) -> Audit:
    """Audit the assignment that the material is for.

    `tell` hears how many of how many are done. `choose` leaves out some mistakes and mutants.
    Raises: AssignmentError when the declaration has no right answer to begin with.
    """
    started = time.monotonic()
    assignment = material.assignment
    base, *others = specimens(assignment)
    left = tuple(earning(untouched(assignment), material, server))
    if left:  # right answers would count as not started
        where = f"assignment {assignment.name!r}"
        return refused(assignment, material.seed, tuple(f"{where}: {line}" for line in left))
    if choose is not None:
        others = [one for one in others if not one.part or choose(one)]
    first = _trial(base, material, server, timeout_s, {})
    trials = [first]
    work = partial(_trial_of, material=material, server=server, timeout_s=timeout_s, right=first)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            for trial in pool.map(work, others):
                trials.append(trial)
                if tell is not None:
                    tell(len(trials), len(others) + 1)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    gaps = tuple(_gaps(material, trials))
    problems = [
        *fault_problems([(trial.name, fault) for trial in trials for fault in trial.faults]),
        *_losses(trials),
        *(problem for trial in trials for problem in _problems(assignment, trial)),
    ]
    if choose is None:
        keys = {trial.specimen.key for trial in trials}
        unknown = sorted(key for key in assignment.equivalent_mutants if key not in keys)
        problems += [f"equivalent mutant {key!r}: there is no such mutant" for key in unknown]
    return Audit(
        assignment=assignment,
        seed=material.seed,
        trials=tuple(trials),
        gaps=gaps,
        problems=(*problems, *_tolerances(material, trials), *_gap_problems(gaps)),
        duration_s=time.monotonic() - started,
    )


# What is graded ---------------------------------------------------------------------------------


def specimens(assignment: Assignment) -> list[Specimen]:
    """All submissions of an audit, the right answer that the wrong ones come from first."""
    if not assignment.solutions:
        where = f"assignment {assignment.name!r}"
        raise AssignmentError(
            f"{where}: `solutions` names no file; name a right answer to audit it"
        )
    names = [part.name for part in assignment.parts]
    right = {path.stem: _read(assignment, path, names) for path in assignment.solutions}
    base = next(iter(right.values()))
    found = [
        Specimen(kind="right", name=name, submission=filled_in(assignment, answer))
        for name, answer in right.items()
    ]
    if assignment.reference_cells:
        cells = with_cells(assignment, assignment.reference_cells)
        found.append(Specimen(kind="reference", name="reference", submission=cells))
    bare = Specimen(kind="untouched", name="untouched notebook", submission=untouched(assignment))
    return [*found, bare, *_mistakes(assignment, base), *_mutants(assignment, base)]


def _read(assignment: Assignment, path: object, names: Sequence[str]) -> Answer:
    where = f"assignment {assignment.name!r}, solution {getattr(path, 'name', path)!r}"
    try:
        answer = answer_of(path.read_text(encoding="utf-8"), names)  # type: ignore[attr-defined]
    except SyntaxError as error:
        line = f"{where}, line {error.lineno}: is no Python: {error.msg}; mend the file"
        raise AssignmentError(line) from error
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{where}: cannot be read: {error}; mend the file") from error
    missing = [name for name in names if name not in answer.functions]
    if missing:
        raise AssignmentError(f"{where}: has no function {', '.join(missing)}; write every part")
    return answer


def _mistakes(assignment: Assignment, base: Answer) -> Iterator[Specimen]:
    for part in assignment.parts:
        for mistake in part.mistakes:
            answer = mistaken(base, part.name, mistake)
            yield Specimen(
                kind="mistake",
                name=mistake.name,
                part=part.name,
                submission=filled_in(assignment, answer),
            )


def _mutants(assignment: Assignment, base: Answer) -> Iterator[Specimen]:
    for part in assignment.parts:
        for mutant in mutants(part.name, base.functions[part.name]):
            answer = base.with_function(part.name, mutant.source)
            yield Specimen(
                kind="mutant",
                name=mutant.id,
                part=part.name,
                key=mutant.key,
                diff=mutant.diff,
                submission=filled_in(assignment, answer),
            )


def _trial_of(
    specimen: Specimen, *, material: Material, server: ForkServer, timeout_s: float, right: Trial
) -> Trial:
    """The trial of a specimen; of a mutant, only its own part is judged, the others are right."""
    known = dict(right.judged) if specimen.kind == "mutant" else {}
    known.pop(specimen.part, None)
    return _trial(specimen, material, server, timeout_s, known)


def _trial(
    specimen: Specimen,
    material: Material,
    server: ForkServer,
    timeout_s: float,
    known: Mapping[str, Judged],
) -> Trial:
    """What came of a specimen; once more where the machine ended its process."""
    try:
        return _tried(specimen, material, server, timeout_s, known)
    except SuspectError:
        return _tried(specimen, material, server, timeout_s, known)


def _tried(
    specimen: Specimen,
    material: Material,
    server: ForkServer,
    timeout_s: float,
    known: Mapping[str, Judged],
) -> Trial:
    grading = Grading(specimen.submission, material, server, timeout_s=timeout_s)
    grading.judged.update(known)
    parts, found = [], {}
    faults: list[Fault] = []
    folder = material.assignment.notebook.parent
    try:
        for part in material.assignment.parts:
            if part.name in known:
                continue
            raised: list[Fault] = []
            parts.append(judge_part(grading, watched(part, folder, raised)))
            faults += raised if parts[-1].state is State.UNCHECKED else []
            judged = grading.judged.get(part.name)
            if judged is not None and specimen.part in {"", part.name}:
                found[part.name] = answers(judged.student)
    finally:
        grading.session.close()
    return Trial(
        specimen=specimen,
        parts=tuple(parts),
        judged=grading.judged,
        answers=found,
        faults=tuple(faults),
    )


# What is found ----------------------------------------------------------------------------------


def _problems(assignment: Assignment, trial: Trial) -> Iterator[str]:
    """What one answer shows by itself."""
    specimen = trial.specimen
    if specimen.kind == "untouched":
        for part in trial.parts:
            if part.score > 0:
                yield f"untouched notebook: {part.name} earns {part.score:g} points; want 0"
    if specimen.kind == "mistake" and not trial.is_caught:
        yield f"{trial.name}: {specimen.part} loses nothing; add a check or a case that shows it"
    if specimen.kind == "mutant":
        is_marked = specimen.key in assignment.equivalent_mutants
        if not trial.is_caught and not is_marked:
            yield f"{trial.name}: it survives; add a check or a case, or mark it equivalent"


def _losses(trials: Sequence[Trial]) -> Iterator[str]:
    """Checks that take points from answers that are right in their part, each of them once."""
    lost: dict[tuple[str, str], list[tuple[Trial, PartResult, str]]] = {}
    for trial in trials:
        for part in trial.losses if trial.specimen.kind != "untouched" else ():
            if part.name != trial.specimen.part and part.state is not State.UNCHECKED:
                check, said = _reason(part)
                lost.setdefault((part.name, check), []).append((trial, part, said))
    for (name, check), found in lost.items():
        where = f"part {name!r}, check {check!r}" if check else f"part {name!r}"
        scores = sorted({part.score for _, part, _ in found})
        earned = f"{scores[0]:g}" if len(scores) == 1 else f"{scores[0]:g} to {scores[-1]:g}"
        verb = "gets" if len(found) == 1 else "get"
        others = len({said for *_, said in found}) - 1
        more = f" (and {others} other messages)" if others > 1 else " (and another message)"
        yield (
            f"{where}: {counted([trial.name for trial, *_ in found])} {verb} {earned} of "
            f"{found[0][1].max_score:g} points: {found[0][2]}{more if others else ''}; mend the "
            "check, or the answer if it is wrong"
        )


def _reason(part: PartResult) -> tuple[str, str]:
    """The first check of a part that takes points, and what it says."""
    for check in part.checks:
        if check.score < check.max_score - ROUNDING:
            return str(check.name), str(check.message) or "it says nothing"
    return "", "; ".join(map(str, part.notes))


def _gaps(material: Material, trials: Sequence[Trial]) -> Iterator[Gap]:
    right = [trial for trial in trials if trial.specimen.kind in {"reference", "right"}]
    for part in material.assignment.parts:
        if part.reference is None:
            continue
        values = {check.name for check in part.checks if check.is_value}
        wrong: dict[str, Leaves] = {}
        for trial in trials:
            judged = trial.judged.get(part.name)
            if trial.specimen.part != part.name or judged is None:
                continue
            # One that reads a global is wrong for another reason than its numbers.
            is_lost = any(
                check.name in values and check.score < check.max_score - ROUNDING
                for check in judged.checks
            )
            if is_lost and not judged.student.candidate.is_bound:
                wrong[trial.specimen.name] = trial.answers[part.name]
        found = gap(
            part.name,
            material.expected[part.name],
            [trial.answers[part.name] for trial in right if part.name in trial.answers],
            wrong,
            part.rtol,
        )
        if found is not None:
            yield found


def _tolerances(material: Material, trials: Sequence[Trial]) -> Iterator[str]:
    """Tolerances that refuse a right answer, or let a wrong one pass, by its numbers alone."""
    for part in material.assignment.parts:
        if part.reference is None:
            continue
        where, rtol = f"tolerance of {part.name}: rtol {part.rtol:g}", part.rtol
        right, wrong = _undecided(material.assignment, part, trials)
        far = largest_errors(material.expected[part.name], right)
        name = max(far, key=far.__getitem__, default="")
        if name and rtol < far[name] <= ROUGH:
            yield (
                f"{where} is too tight: {name!r} is right and errs by {far[name]:.1e}; allow more"
            )
        near = largest_errors(material.expected[part.name], wrong)
        near = {name: error for name, error in near.items() if 0 < error <= rtol}
        name = max(near, key=near.__getitem__, default="")
        if name and near[name] > SMALL:
            yield (
                f"{where} is too loose: {name!r} is wrong by {near[name]:.1e} and passes; allow "
                "less, or choose cases that tell it apart"
            )


def _undecided(
    assignment: Assignment, part: Part, trials: Sequence[Trial]
) -> tuple[dict[str, Leaves], dict[str, Leaves]]:
    """What right answers that lose points return, and what wrong ones that lose none do."""
    right, wrong = {}, {}
    for trial in trials:
        specimen = trial.specimen
        is_lost = any(one.name == part.name for one in trial.losses)
        if part.name not in trial.answers or specimen.key in assignment.equivalent_mutants:
            continue
        if specimen.kind in {"reference", "right"} and is_lost:
            right[specimen.name] = trial.answers[part.name]
        if specimen.part == part.name and not is_lost:
            wrong[specimen.name] = trial.answers[part.name]
    return right, wrong


def _gap_problems(gaps: Sequence[Gap]) -> Iterator[str]:
    for found in gaps:
        if found.smallest_wrong is not None and found.smallest_wrong <= found.largest_right:
            yield (
                f"tolerance of {found.part}: {found.wrong_name!r} errs by "
                f"{found.smallest_wrong:.1e}, a right answer by {found.largest_right:.1e}; choose "
                "cases that tell them apart"
            )
