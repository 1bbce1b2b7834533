"""What is wrong with an assignment, as far as that shows without grading anything.

The notebook is read, the cases are drawn, the reference and the known mistakes are asked. Every
problem is a line of its own, and nothing here stops at the first.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.assignment import Assignment, Case, Mistake, Part
from grader.assignment.declaration import origin
from grader.assignment.files import beside
from grader.assignment.source_lines import place, summary
from grader.authoring.lint_cases import (
    Answers,
    cases_of,
    expected_of,
    of_tolerance,
    without_warnings,
)
from grader.authoring.problems import LISTED, Problem, gathered
from grader.compare import FLOAT32_RTOL, difference
from grader.errors import GraderError
from grader.judging import known_mistakes
from grader.judging.reference_answers import CALL, module_of, plain_answer
from grader.reading.program import Program
from grader.reading.statements import Statement
from grader.reading.submission import read_submission
from grader.reading.written_answers import names_in
from grader.selfcheck.guards import TimeLimitReached, limited

LIMIT_S = 60.0
"""So long a known mistake may take on a test case."""


def problems(assignment: Assignment, seed: int) -> tuple[str, ...]:
    """Every problem of the assignment with the cases of this seed, in the order of the parts.

    What is wrong in the same words is reported once; what only follows from another is not told.
    """
    found: list[Problem] = []
    doubtful: set[str] = set()
    for part in assignment.parts:
        cases, said = cases_of(part, seed, assignment.folder, assignment.files)
        found += said
        expected, said = expected_of(assignment, part, cases)
        tolerance = [*of_tolerance(part, expected)]
        found += [*said, *tolerance]
        usable = replace(part, rtol=FLOAT32_RTOL) if tolerance else part
        found += _of_mistakes(assignment, usable, cases, expected)
        said = [*_of_stand_in(assignment, usable, cases, expected)]
        # Where an earlier part is in doubt, this one only follows, as far as is known.
        found += said if doubtful.isdisjoint(part.depends_on) else []
        doubtful |= {one.part for one in said}
    lines = [*_in_notebooks(assignment), *gathered(found)]
    return tuple(f"assignment {assignment.name!r}: {line}" for line in lines)


# The notebook ------------------------------------------------------------------------------


def _in_notebooks(assignment: Assignment) -> Iterator[str]:
    """Parts that the notebooks lack, or have with other parameters."""
    bound: dict[str, dict[str, Statement]] = {}
    in_words: list[str] = []
    words: set[str] = set()
    for path in assignment.notebooks:
        try:
            submission = read_submission(path)
            program = Program.of(submission)
        except GraderError as error:
            yield f"notebook {path.name!r}: {error}"
            return
        problems = [cell.problem for cell in program.cells if cell.problem]
        yield from (f"notebook {path.name!r}: {problem}" for problem in problems)
        bound[path.name] = {name: s for s in program.statements for name in s.binds}
        in_words += names_in([cell for cell in submission.cells if cell.kind != "code"])
        words |= {word for cell in submission.cells for word in re.findall(r"\w+", cell.source)}
    yield from _of_parts(assignment.parts, bound, in_words)
    yield from _unsaid(assignment, words)


def _unsaid(assignment: Assignment, words: Collection[str]) -> Iterator[str]:
    """Names that students must define and that the notebooks never mention."""
    names = " and ".join(repr(path.name) for path in assignment.notebooks)
    for part in assignment.parts:
        for name in part.needs:
            if name not in words:
                yield (
                    f"notebook {names}: does not mention {name!r}, which part {part.name!r} needs; "
                    "add its definition, or say that students must write it"
                )


def _of_parts(
    parts: Sequence[Part], bound: Mapping[str, Mapping[str, Statement]], in_words: Sequence[str]
) -> Iterator[str]:
    """The same, by what each notebook binds and which parts are answered in words in any."""
    defined = [name for there in bound.values() for name, s in there.items() if s.is_definition]
    names, lack = " and ".join(map(repr, bound)), "has" if len(bound) == 1 else "have"
    for part in parts:
        if part.is_written:
            yield from _place_of_answer(f"{names}: {lack}", part, in_words)
        elif any(part.name in there for there in bound.values()):
            for name, there in bound.items():
                if part.name in there:
                    yield from _parameters(name, part, there[part.name])
        elif not part.cell:
            near = difflib.get_close_matches(part.name, defined, n=1)
            do = f"did you mean {near[0]!r}?" if near else "add a cell with its TODO"
            has = "has no class" if inspect.isclass(part.reference) else "has no function"
            said = has if lack == "has" else has.replace("has", "have", 1)
            yield f"notebook {names}: {said} {part.name!r}; {do}"


def _place_of_answer(where: str, part: Part, in_words: Collection[str]) -> Iterator[str]:
    """That there is no cell for an answer in words."""
    if part.name in in_words:
        return
    near = difflib.get_close_matches(part.name, in_words, n=1)
    do = f"did you mean {near[0]!r}?" if near else "add the line to a text cell"
    yield f"notebook {where} no text cell with the line <!-- answer: {part.name} -->; {do}"


def _parameters(name: str, part: Part, statement: Statement) -> Iterator[str]:
    node = statement.node
    arguments = _arguments(node)
    if arguments is None or not part.inputs:
        return
    plain = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
    plain = plain[1:] if isinstance(node, ast.ClassDef) else plain
    given = [*plain, *(item.arg for item in arguments.kwonlyargs)]
    needed = len(given) - len(arguments.defaults)
    needed -= sum(default is not None for default in arguments.kw_defaults)
    several = {item.name for item in part.inputs if item.is_variadic}
    wanted = [name for name in part.required if name not in several]
    least = 0 if arguments.vararg or arguments.kwarg else len(wanted)
    is_fitting = least <= len(given) and needed <= len(part.inputs) - len(several)
    if not is_fitting or (several and arguments.vararg is None):
        takes = [*plain, *([f"*{arguments.vararg.arg}"] if arguments.vararg else []), *given]
        takes = list(dict.fromkeys(takes))
        inputs = [f"*{one}" if one in several else one for one in part.required]
        yield (
            f"notebook {name!r}, cell {statement.cell}: `{part.name}` takes "
            f"({', '.join(takes)}), but the part's inputs are ({', '.join(inputs)}); make them "
            "agree"
        )


def _arguments(node: ast.stmt) -> ast.arguments | None:
    """The parameters of a function, or of a class that says how it is made."""
    if isinstance(node, ast.ClassDef):
        methods = (item for item in node.body if isinstance(item, ast.FunctionDef))
        return next((item.args for item in methods if item.name == "__init__"), None)
    return node.args if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None


# Known mistakes and stand-ins --------------------------------------------------------------


def _of_mistakes(
    assignment: Assignment, part: Part, cases: Sequence[Case], expected: Answers
) -> Iterator[Problem]:
    """Mistakes that no case tells from the correct answer, or from one another."""
    known = [case for case in cases if case.name in expected]
    is_many = len(known) > LISTED
    names = f"{len(known)} of them" if is_many else ", ".join(case.name for case in known)
    told_apart: list[tuple[Mistake, Answers]] = []
    for mistake in part.mistakes:
        what = f"mistake {mistake.name!r}"
        try:
            answers = _predicted(mistake, assignment, part, known)
        except NameError as error:
            said = f"{error}; define it there, or add a substitute to `alternative.py`"
            yield Problem(said, part.name, what=what)
            continue
        except _EndlessError as error:
            said = f"does not end within {LIMIT_S:g} s; give its loop a last step"
            yield Problem(said, part.name, error.case, what=what)
            continue
        except ImportError as error:
            said = f"its file does not run by itself: {error}; import only what students can import"
            yield Problem(said, part.name, what=what)
            continue
        # Where it gives no answer, what it does is for the audit to see.
        is_right = len(answers) == len(known) and all(
            _agree(part, mistake, answers[name], expected[name]) for name in answers
        )
        may_show = _looks_elsewhere(part) or any(case.decoy_globals for case in known)
        if answers and is_right and not may_show:
            said = f"is correct on every test case ({names}); add one that catches it"
            yield Problem(said, part.name, what=what)
        elif not is_right:
            told_apart.append((mistake, answers))
    for (one, mine), (two, other) in itertools.combinations(told_apart, 2):
        is_alike = one.compare_outputs == two.compare_outputs and mine.keys() == other.keys()
        is_alike = is_alike and bool(mine)
        if is_alike and all(_agree(part, one, mine[name], other[name]) for name in mine):
            said = (
                f"give the same results on every test case ({names}), so neither is reported; add "
                "a test case, or remove one of them"
            )
            yield Problem(said, part.name, what=f"mistakes {one.name!r} and {two.name!r}")


def _looks_elsewhere(part: Part) -> bool:
    """Whether a check looks at something else than the reference is compared by."""
    looked_at = (getattr(check.run, "expression", None) for check in part.checks)
    return any(one not in {None, part.observed or CALL} for one in looked_at)


class _EndlessError(Exception):
    """A known mistake that does not end on a case."""

    def __init__(self, case: str) -> None:
        super().__init__(case)
        self.case = case


def _predicted(
    mistake: Mistake, assignment: Assignment, part: Part, cases: Sequence[Case]
) -> Answers:
    """What the mistake answers, where NumPy can tell. Raises NameError and ImportError."""
    found: Answers = {}
    for case in cases:
        try:
            with limited(LIMIT_S):
                value = known_mistakes.call(mistake, assignment, part, case)
        except (NameError, ImportError):
            raise
        except TimeLimitReached as error:
            raise _EndlessError(case.name) from error
        except Exception:  # noqa: BLE001, S112  (only JAX can tell: the audit grades it)
            continue
        if value is not None:
            found[case.name] = value
    return found


def _agree(part: Part, mistake: Mistake, got: Any, want: Any) -> bool:
    return all(
        known_mistakes.same(got, want, index, rtol=part.tolerance)
        for index in mistake.compare_outputs or (None,)
    )


def _of_stand_in(
    assignment: Assignment, part: Part, cases: Sequence[Case], expected: Answers
) -> Iterator[Problem]:
    """A stand-in that the reference disagrees with."""
    if not part.substitute or part.free:
        return
    file = origin(assignment)
    for case in cases:
        if case.name not in expected:
            continue
        try:
            space: dict[str, Any] = {}
            text = compile(assignment.substitutes, file, "exec", dont_inherit=True)
            with np.errstate(all="ignore"), without_warnings(), beside(case):
                exec(text, space)  # noqa: S102  (the assignment's own)
                function = eval(part.substitute, space)  # noqa: S307  (the same)
                around = {**module_of(part.reference), **space} if part.reference else space
                got = plain_answer(assignment, part, case, function, around)
        except Exception as error:  # noqa: BLE001  (as above)
            at = place(error, None, [file])
            said = (
                f"its substitute raised {summary(error)}{f' in {at}' if at else ''}; fix `{file}`"
            )
            yield Problem(said, part.name, case.name)
            return
        if not _equals(got, expected[case.name], part.tolerance):
            said = (
                f"the reference and its substitute in `{file}` disagree; fix the one that is wrong"
            )
            yield Problem(said, part.name, case.name)
            return


def _equals(got: Any, want: Any, rtol: float) -> bool:
    return difference(got=got, want=want, rtol=rtol, ignore_kind=True) is None
