"""The concrete `Student`: asks the child, and caches each answer.

`Student` is a candidate together with the cases. Check functions are given one, and know of it
what `grader.assignment.Student` says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.assignment import Assignment, Case
from grader.catalog import say
from grader.errors import AssignmentError
from grader.old_names import warn
from grader.reading.program import Program
from grader.reading.statements import Statement
from grader.running import cell_runs, claims
from grader.running.bare_cells import own_statements
from grader.running.call_forms import free_names
from grader.running.candidate import Candidate, CandidateKind
from grader.running.mark_table import is_table
from grader.running.namespaces import Namespaces
from grader.running.programs import Programs, Question
from grader.running.session import Session, Space
from grader.sandbox.failures import Failure, FailureReason
from grader.sandbox.inside import frames
from grader.sandbox.values import carried

CALL = "{call}"
LEAKED = frozenset(
    {
        "UnexpectedTracerError",
        "TracerArrayConversionError",
        "TracerBoolConversionError",
        "TracerIntegerConversionError",
        "ConcretizationTypeError",
    }
)
"""What a plain call raises that meets something which an earlier tracing left behind."""
COUNTED = {"trace": "equations", "builds": "builds", "steps": "steps"}
"""What the child answers instead of a value, by mode."""


class Student:
    """A student's code as a check sees it. Any method that runs it may raise Failure."""

    def __init__(  # noqa: PLR0913, PLR0917  (what it is made of)
        self,
        session: Session,
        program: Program,
        assignment: Assignment,
        candidate: Candidate,
        cases: Sequence[Case],
        expected: Mapping[str, Any],
    ) -> None:
        self.session = session
        self.program = program
        self.assignment = assignment
        self.candidate = candidate
        self.cases = tuple(cases)
        self._expected = expected
        self._namespaces = Namespaces(session, program, assignment, candidate, self.cases)
        self._answers: dict[tuple[Any, ...], Any] = {}
        self.programs = Programs(session, self._namespaces, self._own_question())
        self.ran: list[str] = []
        """What answered the questions of the check at hand: "program" or "code", each time."""
        self.looks: list[str] = []
        """The cases whose figures the check at hand has asked for."""
        self._apart: Student | None = None
        self.counted: Student = self
        """Who is asked how much a call does: a first call does more than a later one."""

    @property
    def rtol(self) -> float:
        """The part's tolerance."""
        return self.candidate.part.tolerance

    @property
    def is_strict(self) -> bool:
        """Whether a list is no tuple in an answer."""
        return self.candidate.part.strict_tree

    @property
    def observes(self) -> tuple[str, ...]:
        """The names of what is looked at, where that is several things."""
        observe = self.candidate.part.observe
        return () if isinstance(observe, str) else tuple(observe)

    @property
    def part_name(self) -> str:
        """The part's name in the declaration."""
        return self.candidate.part.name

    @property
    def function(self) -> str:
        """What the part is called in the submission; '' where it is a cell."""
        return self.candidate.function

    @property
    def arguments(self) -> frozenset[str] | None:
        """The inputs that the call passes as arguments; None where nothing is called."""
        return self.candidate.form.roles if self.candidate.form else None

    def expected(self, case: Case) -> Any:
        """The reference's answer to a case."""
        return self._expected[case.name]

    def answer(self, case: Case) -> Any:
        """The part's answer to a case: the function's value, or a tuple of the cell's names."""
        if self.candidate.kind is CandidateKind.CELL:
            return self._cell_answer(case)
        value = self.evaluate(self.candidate.part.observed or CALL, case)
        if self.candidate.kind is CandidateKind.THROUGH:
            through = self.candidate.part.inlined_in
            assert through is not None
            if not isinstance(value, (tuple, list)) or len(value) <= through.index:
                raise Failure(FailureReason.RAISED, kind="", message=say("stopped.nothing_shown"))
            return value[through.index]
        return value

    def evaluate(self, expression: str, case: Case, *, mode: str = "auto", **more: Any) -> Any:
        """The value of an expression over the case's inputs, `{call}` being the part's call.

        Raises AssignmentError for another mode than "auto" and "eager".
        """
        if mode not in {"auto", "eager"}:
            msg = f'student.evaluate: mode: expected "auto" or "eager", got {mode!r}; change it'
            raise AssignmentError(f"part {self.part_name!r}: {msg}")
        return self.reply(expression, case, mode=mode, **more)["value"]

    def runs_as_program(self, expression: str, case: Case) -> bool:
        """Whether an expression is answered by its traced program, apart from the code."""
        question = Question(expression=self._text(expression))
        return self._by_program(question, case, {}) is not None

    def program_size(self, case: Case) -> int:
        """How many operations the part has when JAX traces it for a case."""
        text, asked = self.candidate.part.observed or CALL, self.counted
        if asked.programs.are_on:
            return asked.read_size(text, case)
        told = asked.plain().reply(text, case, mode="trace")
        claims.must_be_counted(asked.space(case).called_back)
        return claims.counts(told["equations"], 1)[0]

    def read_size(self, expression: str, case: Case) -> int:
        """The size of a program as it is read here, which the code cannot lie about.

        Where the program was not seen to give the right answer, the code has to be plain, and
        must do its work in the program.
        """
        self.ran.append("program")
        question = Question(expression=self._text(expression))
        inputs = self._namespaces.inputs(case.inputs)
        size, is_large = self._once(
            ("size", question, case.name), lambda: self.programs.size(question, case, inputs)
        )
        found, want = self._by_program(question, case, {}), self._expected.get(case.name)
        if not is_large and not claims.is_right(found, want, self.rtol):
            space = self._namespaces.traced(case)
            claims.must_be_plain(space.reaches)
            claims.must_be_counted(space.called_back)
        return int(size)

    @property
    def program_digest(self) -> str:
        """What its programs for all cases do; '' where there are none to be read."""
        return self.programs.digest(self.cases)

    def builds(self, case: Case) -> tuple[int, int]:
        """How many programs a first plain call builds for a case, and how many a second one."""
        first, second = self._counts(case, "builds", 2)
        return first, second

    def steps(self, case: Case) -> int:
        """How many lines and calls in the cells and in NumPy a plain call runs for a case."""
        return self._counts(case, "steps", 1)[0]

    @property
    def reaches(self) -> str:
        """The first name by which its code could reach what runs beside it, or ''."""
        return self.space(self.cases[0]).reaches

    def plain(self) -> Student:
        """The same student in a process whose claims are believed. Raises Incorrect if it is not.

        That is the one at hand, unless other code that is not plain has run there.
        """
        space = self.space(self.cases[0])
        claims.must_be_plain(space.reaches)
        if self.session.is_plain(space.kind):
            return self
        self._apart = self._apart or self.with_candidate(is_apart=True)
        return self._apart

    def _counts(self, case: Case, mode: str, size: int) -> tuple[int, ...]:
        """What is counted of plain calls, which must give what other calls do."""
        asked = self.counted.plain()
        claims.must_be_counted(self.space(case).uncounted if mode == "steps" else "")
        told = asked.reply(CALL, case, mode=mode)
        claims.must_agree(told.get("value"), asked.evaluate(CALL, case), size)
        return claims.counts(told[mode], size)

    def reply(self, expression: str, case: Case, *, mode: str = "auto", **more: Any) -> Any:
        """All that the child tells about an expression: value, mode, equations."""
        text = self._text(expression)
        inputs = self._namespaces.inputs({**case.inputs, **more})
        wanted = {name: inputs[name] for name in sorted(inputs.keys() & free_names(text))}
        if mode == "auto" and self.candidate.calls_before:
            mode = "eager"
        others = _encoded(more)
        if mode == "auto":
            question = Question(expression=text)
            value = self._by_program(question, case, more)
            if value is not None:
                self.ran.append("program")
                return {"value": value[0], "mode": "program"}
            mode = "eager" if self.programs.is_untraced(question, case) else mode
        self.ran.append("code")
        try:
            return self._once(
                (text, case.name, mode, others), lambda: self._by_code(text, case, mode, wanted)
            )
        except Failure as failure:
            if not more:
                failure.asked = expression, case.name
            raise

    def _by_code(self, text: str, case: Case, mode: str, inputs: Mapping[str, Any]) -> Any:
        """What the child that runs the code on the values tells about an expression."""
        space = self.space(case)
        question = {"expression": text, "inputs": inputs, "anew": space.may_remember}
        question["later"] = bool(self.candidate.calls_before)
        if self.candidate.part.needs:
            question["needs"] = list(self.candidate.part.needs)
        try:
            answer = space.ask("evaluate", mode=mode, **question)
        except Failure as failure:
            # Tracing left something behind in the student's globals: once more, plainly.
            if not _is_left_behind(failure, mode, may_remember=space.may_remember):
                raise
            answer = self._namespaces.anew(case).ask("evaluate", mode="eager", **question)
        if COUNTED.get(mode, "value") not in answer:
            raise Failure(FailureReason.NOT_PLAIN_DATA, message="an answer without a value")
        return answer

    def _by_program(
        self, question: Question, case: Case, more: Mapping[str, Any]
    ) -> tuple[Any, ...] | None:
        """What a program answers, as (value,); None where the code is to run."""
        inputs = self._namespaces.inputs({**case.inputs, **more}) if question.expression else {}
        found: tuple[Any, ...] | None = self._once(
            ("program", question, case.name, _encoded(more)),
            lambda: self.programs.value(question, case, inputs),
        )
        return found

    def _text(self, expression: str) -> str:
        """An expression with the call in its place."""
        form = self.candidate.form
        return expression.replace(CALL, form.expression if form else "")

    def figure(self, case: Case, *, picture: bool = False) -> dict[str, Any]:
        """All marks that the part draws for a case, see `inside/figures.py`."""
        self.looks.append(case.name)
        self.ran.append("code")
        drawn: dict[str, Any] = self._once(
            ("draw", case.name, picture), lambda: self._draw(case, picture=picture)
        )
        return drawn

    def drawing(self, case: Case, *, picture: bool = False) -> dict[str, Any]:
        """What `figure` gives, as it was called before."""
        marks = self.figure(case, picture=picture)
        warn("student.drawing", "student.figure", level=3)
        return {**marks, "colour": marks["color"]}

    @property
    def drawn(self) -> list[dict[str, Any] | None]:
        """What was told of each figure that was asked for; None where its code stopped."""
        told = [answer for key, answer in self._answers.items() if key[0] == "draw"]
        return [marks if isinstance(marks, dict) else None for marks in told]

    def statements(self) -> list[Statement]:
        """The statements that have run for the part, of one namespace after the other."""
        return self._namespaces.statements()

    @property
    def may_remember(self) -> bool:
        """Whether what it has run so far may depend on calls before."""
        return self._namespaces.may_remember

    def problems(self) -> list[tuple[Statement, Failure]]:
        """Statements that raised in the namespace of the first case, with what they raised."""
        return cell_runs.problems(self._namespaces.first)

    def reads(self) -> set[str]:
        """The names that the statements of the part read, at once or when they are called."""
        space = self._namespaces.first
        statements = space.statements.statements if space else ()
        return {name for s in statements for name in s.reads | s.later | s.mutates}

    def import_failure(self, statement: Statement, module: str) -> Failure | None:
        """What an import of the module raises in the namespace of the first case, if it does."""
        text = "\n" * (statement.line - 1) + f"__import__({module!r})"
        space = self._namespaces.first
        try:
            if space is not None:
                space.ask("execute", source=text, cell=statement.cell, rebind={})
        except Failure as failure:
            return failure if failure.reason is FailureReason.RAISED else None
        return None

    def space(self, case: Case) -> Space:
        """The namespace for a case, shared by cases with the same global values."""
        return self._namespaces.of(case)

    def _cell_answer(self, case: Case) -> Any:
        """The values of the names that a bare cell binds, as a tuple."""
        value = self._by_program(self.programs.own, case, {})
        self.ran.append("code" if value is None else "program")
        if value is not None:
            return value[0]
        return self._once(("cell", case.name), lambda: self._read(case))

    def _own_question(self) -> Question:
        if self.candidate.kind is not CandidateKind.CELL:
            return Question(expression=self._text(self.candidate.part.observed or CALL))
        cell = self.candidate.part.cell
        return Question(names=tuple(cell.defines) if cell else ())

    def _read(self, case: Case) -> tuple[Any, ...]:
        cell = self.candidate.part.cell
        assert cell is not None
        space = self.space(case)
        cell_runs.must_end(space, self._own_statements())
        return cell_runs.values(space, cell.defines, self.problems())

    def _own_statements(self) -> list[Statement]:
        return own_statements(self.program, self.candidate.part.cell)

    def _draw(self, case: Case, *, picture: bool) -> dict[str, Any]:
        space, own = self.space(case), self._own_statements()
        is_cell = self.candidate.kind is CandidateKind.CELL
        if is_cell:
            space.load()  # running the cell is what draws
            cell_runs.must_end(space, own)
        else:
            space.ask("clear_figures")
        text = "" if is_cell or not self.candidate.form else self.candidate.form.expression
        inputs = {} if is_cell else self._namespaces.inputs(case.inputs)
        answer = space.ask("draw", expression=text, inputs=inputs, picture=picture)
        figures = answer.get("figures")
        if not is_table(figures):
            raise Failure(FailureReason.NOT_PLAIN_DATA, message="an answer without figures")
        error = cell_runs.first_error(space, own) if is_cell else None
        return {**figures, "error": error or answer.get("error")}

    def _once(self, key: tuple[Any, ...], ask: Any) -> Any:
        """Ask once; a Failure is remembered and raised again, so that no limit is paid twice."""
        if key not in self._answers:
            try:
                self._answers[key] = ask()
            except Failure as failure:
                self._answers[key] = failure
        answer = self._answers[key]
        if isinstance(answer, Failure):
            raise answer
        return answer

    def with_candidate(self, **changes: Any) -> Student:
        """The same student, running the part in another way."""
        candidate = replace(self.candidate, **changes)
        return Student(
            self.session, self.program, self.assignment, candidate, self.cases, self._expected
        )

    def with_cases(
        self, cases: Sequence[Case], expected: Mapping[str, Any] | None = None
    ) -> Student:
        """The same student and memory, looked at through other cases."""
        wanted = self._expected if expected is None else expected
        other = Student(self.session, self.program, self.assignment, self.candidate, cases, wanted)
        other._namespaces, other._answers = self._namespaces, self._answers
        other.programs, other.looks, other.ran = self.programs, self.looks, self.ran
        return other


def _encoded(more: Mapping[str, Any]) -> bytes:
    return frames.encode({name: carried(value) for name, value in more.items()})


def _is_left_behind(failure: Failure, mode: str, *, may_remember: bool) -> bool:
    """Whether a call met something that an earlier tracing left behind."""
    if may_remember and mode in {"auto", "eager"}:
        return failure.kind in LEAKED
    return failure.kind == "UnexpectedTracerError" and mode == "auto"
