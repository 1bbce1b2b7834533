"""One submission against one assignment: find each part, run it, judge it, take the best.

A part is first judged as it stands. When that is not all right, the other ways that the rules
allow are tried, and the best one counts: earlier parts replaced by right ones (no double
punishment), globals bound to the real values (partly right), another candidate.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import grader
from grader import diagnose, mistakes
from grader.assignment import Advice, Assignment, Case, Check, Mistake, NotRight, Part
from grader.attempt import Attempt, Student, drawing_statements
from grader.calling import forms, parameters_of
from grader.cells import code_in_text, parse_cell
from grader.compare import agreement, as_array
from grader.errors import GraderError
from grader.extract import Given, Program
from grader.fingerprint import fingerprint
from grader.material import Material
from grader.results import (
    CheckResult,
    CheckStatus,
    PartResult,
    PartStatus,
    State,
    SubmissionResult,
    SubmissionStatus,
    points,
)
from grader.sandbox import Budget, Failure, ForkServer
from grader.session import Session
from grader.submission import Submission

GLOBAL_SHARE = 0.7
"""The share of its points that a check of values gives when a global was read for a parameter."""
NEAR_NAME = 0.7
MAX_STOPPED = 3
MAX_CANDIDATES = 6
ASSUMED_NAMES = frozenset("jax jnp np plt jit vmap grad lax random partial".split())
"""Names that work inside without an import, see `inside/notebook.py`."""
_SEEN = {
    "text": "in the text cell {cell}, which is not run: make it a code cell.",
    "comment": "in cell {cell} behind comment signs, and comments are not graded.",
    "string": "in cell {cell} inside a string, and text is not graded.",
}
GOOD_FIT = 0.5
"""A form of call with which so much of the answer is right needs no other to be tried."""


class OurFault(Failure):
    """A check itself failed: what it would have given is not known."""

    def __init__(self, message: str) -> None:
        super().__init__("ours", message=message)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A part judged in one way."""

    student: Student
    checks: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()
    failure: Failure | None = None
    mistake: Mistake | None = None

    @property
    def score(self) -> float:
        """The points earned in this way."""
        return sum(check.score for check in self.checks)

    def is_better(self, other: Judged) -> bool:
        """Whether it earned more; a function of its own goes before what another one shows."""
        mine = (round(self.score, 6), self.student.attempt.kind != "through")
        return mine > (round(other.score, 6), other.student.attempt.kind != "through")

    @property
    def is_full(self) -> bool:
        """Whether these are all points that the part offers."""
        return self.score > self.student.attempt.part.points - 1e-9


class Grading:
    """The grading of one submission; `run` gives its result."""

    def __init__(
        self, submission: Submission, material: Material, server: ForkServer, *, timeout_s: float
    ) -> None:
        self.submission = submission
        self.material = material
        self.assignment = material.assignment
        code = [cell for cell in submission.cells if cell.kind == "code"]
        self.cells = [parse_cell(cell) for cell in code]
        self.program = Program(self.cells, material.stubs)
        share_s = timeout_s / len(self.assignment.parts)
        texts = [s.text for s in self.program.statements if "import" in s.text]
        self.session = Session(server, _imported(submission.modules, texts), share_s)
        self.judged: dict[str, Judged] = {}
        self.data_bindings: frozenset[int] = frozenset()
        """Statements that bind the name of a function to something that cannot be called."""
        self.server = server

    def run(self, student_id: str) -> SubmissionResult:
        """Judge all parts in order."""
        started = time.monotonic()
        try:
            parts = tuple(self.part(part) for part in self.assignment.parts)
        finally:
            self.session.close()
        return SubmissionResult(
            assignment=self.assignment.name,
            title=self.assignment.title,
            student=student_id,
            path=self.submission.path,
            sha256=self.submission.sha256,
            status=SubmissionStatus.GRADED,
            parts=parts,
            messages=(*self.submission.notes, *self._cell_notes(), *self._assumed()),
            seed=self.material.seed,
            duration_s=time.monotonic() - started,
            environment=environment(self.server, self.assignment, self.submission.modules),
        )

    def _cell_notes(self) -> Iterator[str]:
        for cell in self.cells:
            if cell.problem:
                yield cell.problem
            yield from cell.notes

    def _assumed(self) -> Iterator[str]:
        """The usual imports that the parts needed and no cell makes."""
        missing = sorted(self.session.unresolved & ASSUMED_NAMES)
        if missing:
            names = ", ".join(f"`{name}`" for name in missing)
            yield f"No cell imports {names}; the import that came with the exercise was assumed."

    def part(self, part: Part) -> PartResult:
        """The result of one part."""
        if not all(judged.is_full for judged in self.judged.values()):
            self.session.close()  # a part that is not right may have changed its process
        best: Judged | None = None
        for source in self.sources(part):
            for judged in self.ways(part, source):
                if best is None or judged.is_better(best):
                    best = judged
                if judged.is_full:
                    break
            if best is not None and best.is_full:
                break
        if best is None:
            return self.missing(part)
        best = self.with_mistake(part, best)
        self.judged[part.name] = best
        return self.result(part, best)

    def with_mistake(self, part: Part, judged: Judged) -> Judged:
        """The same, its first lost check telling the one known mistake that fits, if one does."""
        if judged.is_full:
            return judged
        self.session.budget = Budget.of(self.session.cpu_s)
        mistake = mistakes.recognise(judged.student, self.assignment, part)
        if mistake is None:
            return self.with_near_miss(part, judged)
        lost = [c for c in judged.checks if c.status in {CheckStatus.FAILED, CheckStatus.ERROR}]
        told = replace(lost[0], noticed=mistake.says, hint=mistake.hint) if lost else None
        checks = tuple(
            replace(told if told and check is lost[0] else check, mistake=mistake.name)
            if check in lost
            else check
            for check in judged.checks
        )
        return replace(judged, checks=checks, mistake=mistake)

    def with_near_miss(self, part: Part, judged: Judged) -> Judged:
        """The same, saying so when the function is right in another kind of call."""
        attempt = judged.student.attempt
        if part.near_miss is None or judged.score or attempt.kind != "function":
            return judged
        expression, says = part.near_miss
        case = judged.student.cases[0]
        try:
            value = judged.student.evaluate(expression.format(function=attempt.function), case)
        except Failure:
            return judged
        if agreement(got=value, want=judged.student.expected(case)) < GOOD_FIT:
            return judged
        checks = (replace(judged.checks[0], noticed=says, hint=""), *judged.checks[1:])
        return replace(judged, checks=checks)

    # Where a part may be ------------------------------------------------------------------

    def sources(self, part: Part) -> Iterator[Attempt]:
        """The places where the part may be, the likeliest first."""
        is_found = False
        if self.program.bindings(part.name):
            is_found = True
            yield Attempt(kind="function", part=part, function=part.name)
        if part.cell and self._has_cell(part):
            is_found = True
            yield Attempt(kind="cell", part=part)
        if is_found or self._is_called_untouched(part):
            return
        candidates = self.candidates(part)
        fitting = [name for name in candidates if part.any_name and self.fits(part, name)]
        for name in fitting:
            yield Attempt(kind="function", part=part, function=name)
        if part.through and not fitting:
            later = part.through.part
            names = [later] if self.program.bindings(later) else self.candidates_near(later)
            for name in names[:1]:
                yield Attempt(kind="through", part=part, function=name)
        for name in candidates:
            if name not in fitting:
                yield Attempt(kind="function", part=part, function=name)

    def _is_called_untouched(self, part: Part) -> bool:
        """Whether a later part calls this one by its name, which is bound to nothing of worth."""
        later = [other.name for other in self.assignment.parts if part.name in other.uses]
        return any(part.name in self.program.calls(name) for name in later)

    def _has_cell(self, part: Part) -> bool:
        """Whether cells outside any function do the part's work."""
        cell = part.cell
        assert cell is not None
        own = self.program.bindings(part.name, with_stubs=True)
        if cell.draws_after:
            roots = drawing_statements(self.program, cell.draws_after)
            statements = [self.program.statements[index] for index in roots]
            return any(part.name not in s.reads for s in statements)
        bindings = [s for name in cell.defines for s in self.program.bindings(name)]
        return any(not (own and part.name in s.reads) for s in bindings)

    def candidates(self, part: Part) -> list[str]:
        """Functions under other names that may be the part: any, or those with a near name."""
        taken = {item.name for item in self.assignment.parts}
        taken |= {j.student.attempt.function for j in self.judged.values()}
        names = [
            name
            for name in self.program.functions()
            if name not in taken and self.program.takes_arguments(name)
        ]
        near = self.candidates_near(part.name)
        if not part.any_name:
            others = [name for name in names if name not in near]
            fitting = [name for name in others[:MAX_CANDIDATES] if self.fits(part, name)]
            return near or (fitting if len(fitting) == 1 else [])
        called: set[str] = set()
        for other in self.assignment.parts:
            if part.name in other.uses:
                called |= self.program.calls(other.name)
        ranked = sorted(
            names, key=lambda name: (name not in near, name not in called, names.index(name))
        )
        return [name for name in ranked if name in near or name in called or not called][:4]

    def fits(self, part: Part, name: str) -> bool:
        """Whether a function under another name does the part's work on the first case."""
        if part.reference is None:
            return False
        self.session.budget = Budget.of(self.session.cpu_s)
        student = self.with_form(
            self.student(part, Attempt(kind="function", part=part, function=name))
        )
        case = student.cases[0]
        try:
            return agreement(got=student.answer(case), want=student.expected(case)) >= GOOD_FIT
        except Failure:
            return False

    def candidates_near(self, wanted: str) -> list[str]:
        """Function names close to the wanted one, the closest first."""
        taken = {item.name for item in self.assignment.parts}
        scored = [
            (
                difflib.SequenceMatcher(
                    None, name.lower().replace("_", ""), wanted.replace("_", "")
                ).ratio(),
                name,
            )
            for name in self.program.functions()
            if name not in taken
        ]
        return [name for ratio, name in sorted(scored, reverse=True) if ratio >= NEAR_NAME]

    # How it may be judged -----------------------------------------------------------------

    def ways(self, part: Part, source: Attempt) -> Iterator[Judged]:  # noqa: C901  (in their order)
        """The part judged in every way that the rules allow, the plain one first."""
        first = self.judge(part, source)
        yield first
        replaced = self.replaceable(part, first)
        attempt = first.student.attempt
        is_stopped = first.failure is not None and first.failure.reason == "timeout"
        if is_stopped and all(self.is_right(name) for name in replaced):
            return  # every other way would cost the limit once more
        reads_global = self.reads_global(attempt, ())
        is_excused = reads_global and not self.reads_global(attempt, part.uses)
        bound_source = replace(source, is_bound=True, is_excused=is_excused)
        if reads_global:
            yield self.judge(part, bound_source)
        form = attempt.form
        for role in part.cases_without if form is not None else ():
            if form is not None and role not in form.roles:
                cases, expected = self.material.without(part, role)
                words = f"This part does not take `{role}`, so it was checked with your own value."
                yield self.judge(part, source, notes=(words,), cases=cases, expected=expected)
        own = self.own_inputs(part, source)
        if own:
            words = "This part was checked with what your own earlier part returns."
            yield self.judge(part, source, notes=(words,), cases=own)
        wrong = [name for name in replaced if not self.is_right(name)]
        for count in range(len(replaced), 0, -1):
            if count < len(replaced) and not wrong:
                break  # one try with all of them is enough when they were right before
            for names in combinations(replaced, count):
                stand_ins: dict[str, str] = {}
                for name in names:
                    stand_ins |= self.stand_in(self.assignment.part(name))
                changed = replace(source, stand_ins=stand_ins)
                yield self.judge(part, changed, notes=_follow_through(names, wrong))
                if reads_global:
                    bound = replace(bound_source, stand_ins=stand_ins)
                    yield self.judge(part, bound, notes=_follow_through(names, wrong))

    def own_inputs(self, part: Part, source: Attempt) -> tuple[Case, ...]:
        """The cases with what the student's own earlier parts return, where that differs.

        A convention of the student's own (one-hot labels, say) that a later part shares is
        no mistake of the later part.
        """
        if source.kind != "function":
            return ()
        cases = []
        for case in self.material.cases[part.name]:
            inputs = dict(case.inputs)
            for item in part.inputs:
                earlier = self.judged.get(item.from_part[0]) if item.from_part else None
                if item.from_part is None or earlier is None or earlier.is_full:
                    continue
                if earlier.student.attempt.kind != "function":
                    continue
                student = self.student(earlier.student.attempt.part, earlier.student.attempt)
                try:
                    answer = student.answer(case)
                except Failure:
                    return ()
                index = item.from_part[1]
                if not isinstance(answer, tuple) or len(answer) <= index:
                    return ()
                if as_array(answer[index]) is not None:
                    inputs[item.name] = as_array(answer[index])
            if any(inputs[name] is not case.inputs[name] for name in inputs):
                cases.append(replace(case, inputs=inputs))
        return tuple(cases) if len(cases) == len(self.material.cases[part.name]) else ()

    def replaceable(self, part: Part, judged: Judged) -> list[str]:
        """Earlier parts that this part relies on and that a right one can take the place of."""
        found = []
        for name in part.uses:
            used = self.assignment.part(name)
            if used.stand_in and self.relies_on(judged.student, name):
                found.append(name)
        return found

    def is_right(self, name: str) -> bool:
        """Whether an earlier part earned all its points."""
        judged = self.judged.get(name)
        return judged is not None and judged.is_full

    def relies_on(self, student: Student, name: str) -> bool:
        """Whether the statements of an attempt read the function that is an earlier part."""
        function = self.function_of(name)
        values = student.attempt.part.globals
        statements = self.program.slice(
            names=[student.attempt.function]
            if student.attempt.function
            else (student.attempt.part.cell.defines if student.attempt.part.cell else ()),
            roots=drawing_statements(self.program, student.attempt.part.cell.draws_after)
            if student.attempt.kind == "cell"
            and student.attempt.part.cell
            and student.attempt.part.cell.draws_after
            else (),
            given=[item.given for item in values],
        )
        reads = {n for s in statements.statements for n in s.reads | s.later}
        return function in reads

    def function_of(self, name: str) -> str:
        """What the function of a part is called in this submission."""
        judged = self.judged.get(name)
        is_function = judged is not None and judged.student.attempt.kind == "function"
        return judged.student.attempt.function if judged and is_function else name

    def stand_in(self, part: Part) -> dict[str, str]:
        """The name that a part has here, and the expression of a right function for it."""
        judged = self.judged.get(part.name)
        form = judged.student.attempt.form if judged else None
        if judged is None or form is None or judged.student.attempt.kind != "function":
            return {part.name: part.stand_in}
        if not all(name for name, _, _ in form.arguments):
            return {judged.student.attempt.function: part.stand_in}
        passed = []
        for name, role, expression in form.arguments:
            passed.append(f"{'item' if expression == 'item_' else role}={name}")
        wanted = {item.name for item in part.inputs if not item.is_optional}
        for item in part.globals:
            if item.role in wanted - form.roles:
                passed.append(f"{item.role}={item.name}")
        signature = ", ".join(name for name, _, _ in form.arguments)
        text = f"lambda {signature}, *_args, **_more: {part.stand_in}({', '.join(passed)})"
        return {judged.student.attempt.function: text}

    def reads_global(self, attempt: Attempt, without_parts: Sequence[str]) -> bool:
        """Whether its statements read a global that duplicates one of its arguments.

        Statements that only the named earlier parts need do not count.
        """
        if attempt.kind != "function" or attempt.form is None:
            return False
        duplicated = {item.name for item in attempt.part.globals if item.role in attempt.form.roles}
        apart = [self.function_of(name) for name in without_parts]
        given = [Given(name=name) for name in (*sorted(duplicated), *apart)]
        statements = self.program.slice(
            names=[attempt.function], given=given, without=self.data_bindings
        ).statements
        return any(duplicated & (s.reads | s.later) for s in statements)

    # Judging in one way -------------------------------------------------------------------

    def judge(
        self,
        part: Part,
        attempt: Attempt,
        notes: tuple[str, ...] = (),
        cases: tuple[Case, ...] = (),
        expected: Mapping[str, Any] | None = None,
    ) -> Judged:
        """The part judged in one way, with a time budget of its own."""
        self.session.budget = Budget.of(self.session.cpu_s)
        student = self.student(part, replace(attempt, without=self.data_bindings))
        if cases:
            student = self.new_student(student.attempt, cases, expected)
        if attempt.function:
            student = self.with_form(student)
        checks: list[CheckResult] = []
        failure: Failure | None = None
        for check in part.checks:
            result, raised = self.check(check, student, checks, failure)
            failure = failure or raised
            checks.append(result)
        return Judged(student=student, checks=tuple(checks), notes=notes, failure=failure)

    def student(self, part: Part, attempt: Attempt) -> Student:
        """The student for an attempt, with the part's cases and expected answers."""
        return self.new_student(attempt, self.material.cases[part.name], None)

    def new_student(
        self, attempt: Attempt, cases: Sequence[Case], expected: Mapping[str, Any] | None
    ) -> Student:
        """A student for an attempt and cases, with the usual expected answers unless given."""
        wanted = self.material.expected[attempt.part.name] if expected is None else expected
        return Student(self.session, self.program, self.assignment, attempt, cases, wanted)

    def with_form(self, student: Student) -> Student:
        """The student with the form of call that fits best on the first case."""
        attempt = student.attempt
        called = attempt.part
        if attempt.kind == "through" and called.through:
            called = self.assignment.part(called.through.part)
        student, described = self._described(student)
        found = forms(attempt.function, parameters_of(described.get("parameters")), called.inputs)
        best: tuple[float, int, Student] | None = None
        for number, form in enumerate(found):
            candidate = student.with_attempt(form=form).with_cases(student.cases[:1])
            if len(found) == 1:
                return student.with_attempt(form=form)
            fit = self._fit(candidate)
            if best is None or fit > best[0]:
                best = (fit, number, student.with_attempt(form=form))
            if fit >= GOOD_FIT:
                break
        if best is not None and best[0] <= 0:  # no form does better: the likeliest
            return student.with_attempt(form=found[0])
        return best[2] if best else student

    def _described(self, student: Student) -> tuple[Student, dict[str, object]]:
        """How the function may be called, its name bound by the last statement that makes one."""
        function = student.attempt.function
        while True:
            try:
                space = student.with_attempt(is_bound=True).space(student.cases[0])
                described = space.ask("describe", names=[function]).get(function)
            except Failure:
                return student, {}
            if not isinstance(described, dict):
                return student, {}
            bindings = [
                s for s in self.program.bindings(function) if s.index not in self.data_bindings
            ]
            if described.get("callable") is not False or len(bindings) < 2:
                return student, described
            self.data_bindings |= {bindings[-1].index}
            student = student.with_attempt(without=self.data_bindings)

    def _fit(self, student: Student) -> float:
        """How well a form of call does on the first case: 1 all right, 0 it raised."""
        case = student.cases[0]
        cell = student.attempt.part.cell
        try:
            if cell is not None and cell.draws_after:
                return 0.0 if student.drawing(case).get("error") else 1.0
            value = student.answer(case)
        except Failure as failure:
            return -1.0 if failure.is_final else 0.0
        expected = student.expected(case)
        return 1.0 if expected is None else 0.1 + 0.9 * agreement(got=value, want=expected)

    def check(
        self,
        check: Check,
        student: Student,
        before: Sequence[CheckResult],
        failure: Failure | None,
    ) -> tuple[CheckResult, Failure | None]:
        """One check's result, and the Failure that it met."""
        result = CheckResult(
            name=check.name,
            status=CheckStatus.SKIPPED,
            max_score=check.points,
            visibility=check.visibility,
        )
        if failure is not None and failure.reason == "timeout":
            words = "not looked at: the time for this part was used up"
            return replace(result, message=words), None
        if check.needs and not any(r.score > 0 for r in before if r.name in check.needs):
            names = " or ".join(f"“{name}”" for name in check.needs)
            return replace(result, message=f"not looked at: it needs {names} first"), None
        try:
            advice = check.run(student)
        except NotRight as found:
            earned = points(
                check.points * min(max(found.earned, 0.0), 1.0) * _share(check, student)
            )
            return replace(
                result,
                status=CheckStatus.FAILED,
                score=earned,
                message=found.message,
                hint=found.hint or check.hint,
                differences=found.differences,
            ), None
        except Failure as raised:
            return replace(
                result,
                status=CheckStatus.ERROR,
                message=diagnose.sentence(raised),
                hint=diagnose.advice(raised) or check.hint,
                stopped_by=raised.kind or ("" if raised.reason == "raised" else raised.reason),
            ), raised
        except GraderError:
            raise
        except Exception as error:  # noqa: BLE001  (a check that fails is our fault, not theirs)
            words = f"could not be checked: {type(error).__name__} in the check itself"
            return replace(result, status=CheckStatus.ERROR, message=words), OurFault(words)
        share = _share(check, student)
        message = advice.message if isinstance(advice, Advice) else ""
        if share < 1:
            name = student.attempt.function
            message = (
                f"`{name}` is right only while a global variable of the notebook holds the values "
                "that it gets as an argument: use the parameter in place of the global"
            )
            status = CheckStatus.FAILED
        elif check.points == 0 and message:
            status = CheckStatus.ADVICE
        else:
            status = CheckStatus.PASSED
        score = points(check.points * share)
        return replace(result, status=status, score=score, message=message), None

    # Results ------------------------------------------------------------------------------

    def result(self, part: Part, judged: Judged) -> PartResult:
        """The part's result from the way that counts."""
        score = points(min(judged.score, part.points))
        has_error = any(check.status is CheckStatus.ERROR for check in judged.checks)
        if score > part.points - 1e-6:
            status, state = PartStatus.PASSED, State.CORRECT
        elif score > 0:
            status, state = PartStatus.PARTIAL, State.PARTLY
        elif has_error:
            status, state = PartStatus.ERROR, State.ERROR
        else:
            status, state = PartStatus.FAILED, State.NOT_YET
        if judged.failure is not None and judged.failure.reason == "timeout":
            state = State.TIMEOUT
        if isinstance(judged.failure, OurFault):
            state = State.UNCHECKED
        return PartResult(
            name=part.name,
            title=part.title,
            task=part.task,
            status=status,
            state=state,
            score=score,
            max_score=part.points,
            checks=judged.checks,
            notes=(
                *judged.notes,
                *self._where(part, judged),
                *self._run_order(judged),
                *self._other_globals(judged),
                *self._stopped(judged),
            ),
            excerpt=diagnose.excerpt(
                self.cells, self.program, judged.student, judged.failure, judged.mistake
            ),
            picture=diagnose.picture(judged.student),
        )

    def _where(self, part: Part, judged: Judged) -> Iterator[str]:
        attempt = judged.student.attempt
        if attempt.kind == "function":
            statement = [
                s for s in self.program.bindings(attempt.function) if s.index not in attempt.without
            ][-1]
            called = "" if attempt.function == part.name else f", there named `{attempt.function}`"
            yield f"This part was found in cell {statement.cell}{called}."
        elif attempt.kind == "through":
            yield f"This part was judged by what `{attempt.function}` shows of it."

    def _run_order(self, judged: Judged) -> Iterator[str]:
        """That another definition was run last, where the cells' numbers say so."""
        counts = {cell.number: cell.run_as for cell in self.submission.cells}
        function = judged.student.attempt.function
        bindings = self.program.bindings(function) if function else []
        run = [(counts.get(s.cell) or 0, s.cell) for s in bindings]
        if len({cell for _, cell in run}) > 1 and max(run)[1] != run[-1][1]:
            yield (
                f"`{function}` was run last in cell {max(run)[1]}, but the last in the notebook, "
                f"in cell {run[-1][1]}, counts: restart and run all cells."
            )

    def _stopped(self, judged: Judged) -> Iterator[str]:
        """Statements that the part needs and that raised, where it is not all right."""
        if judged.is_full:
            return
        for statement, failure in judged.student.problems()[:MAX_STOPPED]:
            where = f"Cell {statement.cell}, line {statement.line}"
            yield f"{where}, which this part needs: {diagnose.sentence(failure, is_placed=False)}"

    def _other_globals(self, judged: Judged) -> Iterator[str]:
        """The notebook's data that a function reads from outside, where it is not all right."""
        attempt = judged.student.attempt
        if judged.is_full or attempt.kind != "function":
            return
        known = {item.name for item in attempt.part.globals}
        functions = set(self.program.functions())
        data = {
            name
            for statement in self.program.statements
            if statement.is_data
            for name in statement.binds
        }
        for statement in self.program.bindings(attempt.function)[-1:]:
            names = sorted((statement.later & data) - functions - known)
            if names:
                listed = ", ".join(f"`{name}`" for name in names[:3])
                yield f"It reads the global {listed} of the notebook, from outside the function."

    def missing(self, part: Part) -> PartResult:
        """The result of a part that is not there, with whatever comes near."""
        stubs = self.program.bindings(part.name, with_stubs=True)
        if stubs:
            words = f"The cell {stubs[-1].cell} still holds only what came with the notebook."
            state = State.NOT_STARTED
        else:
            words = f"We did not find `{part.name}`."
            state = State.NOT_FOUND if not part.cell else State.NOT_STARTED
            for cell in self.cells:
                if part.name in cell.defines_text:
                    words = f"`{part.name}` stands in cell {cell.number}, which Python cannot read."
        for place in self.program.nested(part.name)[-1:]:
            words = (
                f"`{part.name}` stands inside the {place.kind} `{place.holder}` in cell "
                f"{place.cell}; write it as a function of its own, at the top level of a cell."
            )
        seen = code_in_text(self.submission.cells, (part.name,))
        if seen:
            words = f"`{part.name}` was seen {_SEEN[seen[0].kind].format(cell=seen[0].number)}"
        checks = tuple(
            CheckResult(
                name=check.name,
                status=CheckStatus.SKIPPED,
                max_score=check.points,
                visibility=check.visibility,
                message="not looked at: this part is missing",
            )
            for check in part.checks
        )
        return PartResult(
            name=part.name,
            title=part.title,
            task=part.task,
            status=PartStatus.MISSING,
            state=state,
            score=0.0,
            max_score=part.points,
            checks=checks,
            notes=(words,),
        )


def _imported(modules: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """The modules that the texts name, and those that these name in turn; others are never run."""
    found: dict[str, str] = {}
    pending = list(texts)
    while pending:
        words = set(re.findall(r"\w+", pending.pop()))
        new = {n: t for n, t in modules.items() if n.split(".")[0] in words and n not in found}
        found |= new
        pending += new.values()
    return found


def ungraded(  # noqa: PLR0913  (every argument by name)
    material: Material,
    server: ForkServer,
    status: SubmissionStatus,
    *,
    student: str,
    path: str,
    sha256: str,
    message: str,
    is_ours: bool = False,
) -> SubmissionResult:
    """The result of a submission that could not be read, or that the grader failed on."""
    parts = tuple(
        PartResult(
            name=part.name,
            title=part.title,
            task=part.task,
            status=PartStatus.MISSING,
            state=State.UNCHECKED if is_ours else State.NOT_FOUND,
            score=0.0,
            max_score=part.points,
        )
        for part in material.assignment.parts
    )
    return SubmissionResult(
        assignment=material.assignment.name,
        title=material.assignment.title,
        student=student,
        path=path,
        sha256=sha256,
        status=status,
        parts=parts,
        messages=(message,),
        seed=material.seed,
        environment=environment(server, material.assignment, {}),
    )


def _share(check: Check, student: Student) -> float:
    attempt = student.attempt
    is_duplicated = attempt.is_bound and not attempt.is_excused and check.is_value
    return GLOBAL_SHARE if is_duplicated else 1.0


def _follow_through(names: Iterable[str], wrong: Sequence[str]) -> tuple[str, ...]:
    told = [f"`{name}`" for name in names if name in wrong]
    if not told:
        return ()
    words = (
        f"This part was checked with a correct version of {' and '.join(told)}, so that a mistake "
        "there costs nothing here."
    )
    return (words,)


def environment(
    server: ForkServer, assignment: Assignment, modules: Mapping[str, str]
) -> dict[str, object]:
    """What a result depends on, in names and as one number, and the layers that were on."""
    versions = server.versions
    return {
        "grader": grader.__version__,
        "python": versions["python"],
        "jax": versions["jax"],
        "numpy": versions["numpy"],
        "matplotlib": versions["matplotlib"],
        "isolation": server.isolation,
        "fingerprint": fingerprint(assignment, modules),
    }


def grade(
    submission: Submission,
    material: Material,
    server: ForkServer,
    *,
    student: str,
    timeout_s: float,
) -> SubmissionResult:
    """The result of one submission. Raises SandboxError when the machinery fails."""
    return Grading(submission, material, server, timeout_s=timeout_s).run(student)
