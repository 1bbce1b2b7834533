"""The student as a check sees them: ask for an answer, get plain arrays or a Failure.

An `Attempt` is one way to run a part: which function or cell it is, how it is called, whether
earlier parts are the student's own or stand-ins, whether globals hold the real values.
`Student` is an attempt together with the cases, and what check functions are given.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from grader.assignment import Assignment, Case, CellForm, Part, Unset
from grader.catalogue import say
from grader.reading.program import Program
from grader.reading.slices import Given
from grader.reading.statements import Statement, plain_names
from grader.running.call_forms import Form
from grader.running.session import Session, Space, StandIns
from grader.sandbox import Code, Failure
from grader.sandbox.inside import frames

CALL = "{call}"
COUNTED = {"trace": "equations", "builds": "builds", "steps": "steps"}
"""What the inside answers in place of a value, by mode."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One way to run a part.

    `kind` is "function", "cell" or "through". `stand_ins` maps names in the student's program
    to expressions that take their place. With `is_bound`, globals hold the real values also
    where the same values are passed as arguments.
    """

    kind: str
    part: Part
    function: str = ""
    form: Form | None = None
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    is_bound: bool = False
    is_excused: bool = False
    """Whether binding costs nothing, since only an earlier part reads the global."""
    without: frozenset[int] = frozenset()
    has_typed_keys: bool = False
    """Whether random keys are given as `jax.random.key` makes them, not as raw numbers."""


class Student:
    """An attempt with its cases. Every method that runs student code may raise Failure."""

    def __init__(  # noqa: PLR0913, PLR0917  (what it is made of)
        self,
        session: Session,
        program: Program,
        assignment: Assignment,
        attempt: Attempt,
        cases: Sequence[Case],
        expected: Mapping[str, Any],
    ) -> None:
        self.session = session
        self.program = program
        self.assignment = assignment
        self.attempt = attempt
        self.cases = tuple(cases)
        self._expected = expected
        self._spaces: dict[tuple[Any, ...], Space] = {}
        self._answers: dict[tuple[Any, ...], Any] = {}
        self._keys: dict[int, tuple[Any, Code]] = {}
        self.looks: list[str] = []
        """The cases whose figures the check at hand has asked for."""

    @property
    def rtol(self) -> float:
        """The part's tolerance."""
        return self.attempt.part.rtol

    @property
    def part_name(self) -> str:
        """The part's name in the declaration."""
        return self.attempt.part.name

    @property
    def function(self) -> str:
        """What the part is called in the submission; '' where it is a cell."""
        return self.attempt.function

    @property
    def arguments(self) -> frozenset[str] | None:
        """The inputs that the call passes as arguments; None where nothing is called."""
        return self.attempt.form.roles if self.attempt.form else None

    def expected(self, case: Case) -> Any:
        """The reference's answer to a case."""
        return self._expected[case.name]

    def answer(self, case: Case) -> Any:
        """The part's answer to a case: the function's value, or a tuple of the cell's names."""
        if self.attempt.kind == "cell":
            return self._once(("cell", case.name), lambda: self._read(case))
        value = self.evaluate(CALL, case)
        if self.attempt.kind == "through":
            through = self.attempt.part.through
            assert through is not None
            if not isinstance(value, (tuple, list)) or len(value) <= through.index:
                raise Failure("raised", kind="", message=say("stopped.nothing_shown"))
            return value[through.index]
        return value

    def evaluate(self, expression: str, case: Case, *, mode: str = "auto", **more: Any) -> Any:
        """The value of an expression over the case's inputs, `{call}` being the part's call."""
        return self.reply(expression, case, mode=mode, **more)["value"]

    def program_size(self, case: Case) -> int:
        """How many operations the part has when JAX traces it for a case."""
        form = self.attempt.form
        key = (form.expression if form else "", case.name, "auto", frames.encode({}))
        known = self._answers.get(key)
        if isinstance(known, dict) and isinstance(known.get("equations"), int):
            return int(known["equations"])
        size = self.reply(CALL, case, mode="trace")["equations"]
        if not isinstance(size, int):
            raise Failure("violated", message="a program without a size")
        return size

    def builds(self, case: Case) -> tuple[int, int]:
        """How many programs a first plain call builds for a case, and how many a second one."""
        counts = self.reply(CALL, case, mode="builds")["builds"]
        if not (isinstance(counts, tuple) and [*map(_is_count, counts)] == [True, True]):
            raise Failure("violated", message="builds without numbers")
        return counts[0], counts[1]

    def steps(self, case: Case) -> int:
        """How many lines and calls in the cells and in NumPy a plain call runs for a case."""
        count = self.reply(CALL, case, mode="steps")["steps"]
        if not _is_count(count):
            raise Failure("violated", message="steps without a number")
        return int(count)

    def reply(self, expression: str, case: Case, *, mode: str = "auto", **more: Any) -> Any:
        """All that the inside tells about an expression: value, mode, equations."""
        text = expression.replace(CALL, self.attempt.form.expression if self.attempt.form else "")
        inputs = self._with_keys({**case.inputs, **more})
        names = sorted(inputs.keys() & set(re.findall(r"\w+", text)))

        def ask() -> Any:
            wanted = {name: inputs[name] for name in names}
            try:
                answer = self.space(case).ask("evaluate", expression=text, inputs=wanted, mode=mode)
            except Failure as failure:
                # Tracing left something behind in the student's globals: once more, plainly.
                if failure.kind != "UnexpectedTracerError" or mode != "auto":
                    raise
                space = self._new_space(self._values(case))
                answer = space.ask("evaluate", expression=text, inputs=wanted, mode="eager")
            key = COUNTED.get(mode, "value")
            if key not in answer:
                raise Failure("violated", message="an answer without a value")
            return answer

        return self._once((text, case.name, mode, frames.encode(more)), ask)

    def drawing(self, case: Case, *, picture: bool = False) -> dict[str, Any]:
        """All marks that the part draws for a case, see `inside/figures.py`."""
        self.looks.append(case.name)
        drawn: dict[str, Any] = self._once(
            ("draw", case.name, picture), lambda: self._draw(case, picture=picture)
        )
        return drawn

    def drawn_picture(self) -> Any:
        """The pixels of a figure that a check asked for, or None."""
        for key, answer in self._answers.items():
            if key[0] == "draw" and isinstance(answer, dict) and answer.get("pixels") is not None:
                return answer["pixels"]
        return None

    def other_figures(self) -> list[str]:
        """The packages that the part uses and whose figures are not looked at, where others are."""
        if not any(key[0] == "draw" for key in self._answers):
            return []
        statements = [s for space in self._spaces.values() for s in space.statements.statements]
        return sorted({name for statement in statements for name in statement.other_figures})

    def has_drawn(self) -> bool:
        """Whether a check that asked for figures was told of any mark."""
        drawn = [answer for key, answer in self._answers.items() if key[0] == "draw"]
        return any(isinstance(one, dict) and np.size(one.get("xy", ())) for one in drawn)

    def globals_for_parameters(self, apart: Sequence[str] = ()) -> list[str]:
        """The globals that the part reads although it gets the same as arguments.

        What only the functions `apart` need does not count.
        """
        attempt = self.attempt
        if attempt.kind != "function" or attempt.form is None:
            return []
        roles = attempt.form.roles
        duplicated = {item.name for item in attempt.part.globals if item.role in roles}
        given = [Given(name=name) for name in (*sorted(duplicated), *apart)]
        statements = self.program.slice(
            names=[attempt.function], given=given, without=attempt.without
        ).statements
        return sorted(duplicated & plain_names({n for s in statements for n in s.reads | s.later}))

    def problems(self) -> list[tuple[Statement, Failure]]:
        """Statements that raised in the namespace of the first case, with what they raised."""
        for space in list(self._spaces.values())[:1]:
            return [
                (statement, space.problems[statement.index])
                for statement in space.statements.statements
                if statement.index in space.problems
            ]
        return []

    def reads(self) -> set[str]:
        """The names that the statements of the part read, at once or when they are called."""
        spaces = list(self._spaces.values())[:1]
        statements = [s for space in spaces for s in space.statements.statements]
        return {name for s in statements for name in s.reads | s.later | s.mutates}

    def import_failure(self, statement: Statement, module: str) -> Failure | None:
        """What an import of the module raises in the namespace of the first case, if it does."""
        text = "\n" * (statement.line - 1) + f"__import__({module!r})"
        for space in list(self._spaces.values())[:1]:
            try:
                space.ask("execute", source=text, cell=statement.cell, rebind={})
            except Failure as failure:
                return failure if failure.reason == "raised" else None
        return None

    def space(self, case: Case) -> Space:
        """The namespace for a case, shared by cases with the same global values."""
        values = self._values(case)
        key = tuple(sorted((name, id(value)) for name, value in values.items()))
        if key not in self._spaces:
            self._spaces[key] = self._new_space(values)
        return self._spaces[key]

    def _values(self, case: Case) -> dict[str, Any]:
        # Only what the part may read: the others may hold its answers.
        known = {item.name for item in self.attempt.part.globals}
        given = {name: value for name, value in case.given.items() if name in known}
        if self.attempt.is_bound:
            return self._with_keys(given)
        roles = self.attempt.form.roles if self.attempt.form else frozenset()
        duplicated = {item.name for item in self.attempt.part.globals if item.role in roles}
        return self._with_keys(
            {
                name: case.decoys.get(name, value) if name in duplicated else value
                for name, value in given.items()
            }
        )

    def _with_keys(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values, raw random keys among them as typed ones where the attempt wants that."""
        if not self.attempt.has_typed_keys:
            return dict(values)
        return {name: self._key(v) if is_raw_key(name, v) else v for name, v in values.items()}

    def _key(self, raw: Any) -> Code:
        # The same object for the same key, since a namespace is known by the values in it.
        if id(raw) not in self._keys:
            words = f"np.array({raw.tolist()}, 'uint32')"
            self._keys[id(raw)] = raw, Code(f"jax.random.wrap_key_data({words})")
        return self._keys[id(raw)][1]

    def _new_space(self, values: Mapping[str, Any]) -> Space:
        attempt = self.attempt
        given = [item.given for item in attempt.part.globals]
        given += [Given(name=name) for name in attempt.stand_ins]
        cell = attempt.part.cell
        names: tuple[str, ...] = (attempt.function,) if attempt.function else ()
        roots: list[int] = []
        if attempt.kind == "cell" and cell is not None:
            names = cell.defines
            roots = cell_roots(self.program, cell)
        statements = self.program.slice(
            names=names, roots=roots, given=given, without=attempt.without
        )
        stand_ins = None
        if attempt.stand_ins:
            text = without_function(self.assignment.stand_ins, attempt.part.stand_in)
            stand_ins = StandIns(text=text, names=attempt.stand_ins)
        return Space(self.session, statements, values, stand_ins)

    def _read(self, case: Case) -> tuple[Any, ...]:
        cell = self.attempt.part.cell
        assert cell is not None
        space = self.space(case)
        self._must_end(space)
        found = space.ask("read", names=cell.defines)
        problems = self.problems()
        last = problems[-1][1] if problems else None
        failed = {name: failure for s, failure in problems for name in s.binds}
        return tuple(
            found[name] if name in found else Unset(name, failed.get(name, last))
            for name in cell.defines
        )

    def _draw(self, case: Case, *, picture: bool) -> dict[str, Any]:
        space = self.space(case)
        is_cell = self.attempt.kind == "cell"
        if is_cell:
            space.load()  # running the cell is what draws
            self._must_end(space)
        else:
            space.ask("clear_figures")
        text = "" if is_cell or not self.attempt.form else self.attempt.form.expression
        inputs = {} if is_cell else self._with_keys(case.inputs)
        answer = space.ask("draw", expression=text, inputs=inputs, picture=picture)
        figures = answer.get("figures")
        if not is_table(figures):
            raise Failure("violated", message="an answer without figures")
        return {**figures, "error": self._drawing_error(space) or answer.get("error")}

    def _drawing_error(self, space: Space) -> dict[str, Any] | None:
        """What the first statement of the part's own cells raised, as the inside tells it."""
        own = {s.index for s in own_statements(self.program, self.attempt.part.cell)}
        for statement in space.statements.statements if self.attempt.kind == "cell" else ():
            failure = space.problems.get(statement.index)
            if failure is not None and statement.index in own:
                places = [(str(p.cell), p.line, p.function) for p in failure.places]
                return {"kind": failure.kind, "message": str(failure.message), "places": places}
        return None

    def _must_end(self, space: Space) -> None:
        """Raise the Failure of a statement in the part's own cells that ended the process."""
        if space.child is None or not space.child.is_alive:
            space.load()
        own = {s.cell for s in own_statements(self.program, self.attempt.part.cell)}
        for statement in space.statements.statements:
            failure = space.problems.get(statement.index)
            if failure is None or statement.cell not in own:
                continue
            if failure.is_final or failure.kind in {"SystemExit", "KeyboardInterrupt"}:
                raise failure

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

    def with_attempt(self, **changes: Any) -> Student:
        """The same student, running the part in another way."""
        attempt = replace(self.attempt, **changes)
        return Student(
            self.session, self.program, self.assignment, attempt, self.cases, self._expected
        )

    def with_cases(
        self, cases: Sequence[Case], expected: Mapping[str, Any] | None = None
    ) -> Student:
        """The same student and memory, looked at through other cases."""
        wanted = self._expected if expected is None else expected
        other = Student(self.session, self.program, self.assignment, self.attempt, cases, wanted)
        other._spaces, other._answers, other._keys = self._spaces, self._answers, self._keys
        other.looks = self.looks
        return other


MARK_COLUMNS = {
    "xy": ("f", (2,)),
    "colour": ("f", (4,)),
    "size": ("f", ()),
    **dict.fromkeys(("kind", "shape", "artist", "axes", "figure"), ("i", ())),
}
"""Of a table of marks, the kind of number and the shape of a row in each column."""


def is_table(figures: object) -> bool:
    """Whether what came back is a table of marks, a row each, see `inside/figures.py`."""
    if not isinstance(figures, dict):
        return False
    columns = [figures.get(name) for name in MARK_COLUMNS]
    rows = {column.shape[:1] for column in columns if isinstance(column, np.ndarray)}
    return len(rows) == 1 and all(
        isinstance(column, np.ndarray)
        and column.dtype.kind == kind
        and column.ndim == 1 + len(row)
        and column.shape[1:] == row
        for column, (kind, row) in zip(columns, MARK_COLUMNS.values(), strict=True)
    )


def is_raw_key(name: str, value: Any) -> bool:
    """Whether a value is a random key, or several, as `jax.random.PRNGKey` makes them."""
    is_words = isinstance(value, np.ndarray) and value.dtype == np.uint32
    return is_words and value.shape[-1:] == (2,) and re.search(r"key|rng", name.lower()) is not None


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


STOPPERS = frozenset({"exit", "_exit", "quit", "abort", "kill", "raise_signal", "sleep"})


@cache
def without_function(text: str, name: str) -> str:
    """The text without the function: a part's own right version is never beside its code."""
    tree = ast.parse(text)
    tree.body = [item for item in tree.body if getattr(item, "name", None) != name or not name]
    return ast.unparse(tree)


def own_statements(program: Program, cell: CellForm | None) -> list[Statement]:
    """The statements that do a bare cell's own work: its last bindings, or its drawing."""
    if cell is None:
        return []
    if cell.draws_after:
        return [program.statements[i] for i in drawing_statements(program, cell.draws_after)]
    return [s for name in cell.defines for s in program.bindings(name)[-1:]]


def cell_roots(program: Program, cell: CellForm) -> list[int]:
    """What must run for a bare cell: its drawing, and loops or exits that stand before its work."""
    own = own_statements(program, cell)
    last = {statement.cell: statement.index for statement in own}
    before = [
        s.index
        for s in program.statements
        if s.cell in last and s.index < last[s.cell] and (s.is_loop or s.names_any(STOPPERS))
    ]
    drawing = [s.index for s in own] if cell.draws_after else []
    return sorted({*before, *drawing})


def drawing_statements(program: Program, after: str) -> list[int]:
    """The drawing statements after the name is last bound, or those of the last such cell."""
    drawing = [s for s in program.statements if program.draws(s)]
    bindings = program.bindings(after)
    if bindings:
        last_bound = bindings[-1].definition
        first = last_bound.index
        found = [s.index for s in drawing if s.index > first or s.cell == last_bound.cell]
        if found:
            return found
    last = drawing[-1].cell if drawing else 0
    return [s.index for s in drawing if s.cell == last]
