"""What is wrong with an assignment, as far as that shows without grading anything.

The notebook is read, the cases are drawn, the reference and the known mistakes are asked. Every
problem is a line of its own, and nothing here stops at the first.
"""

from __future__ import annotations

import ast
import difflib
import itertools
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from grader import mistakes
from grader.assignment import Assignment, Case, Mistake, Part
from grader.cells import parse_cell
from grader.compare import difference
from grader.errors import GraderError
from grader.extract import Program
from grader.material import asked, plain
from grader.submission import read_submission

Answers = dict[str, Any]
"""By the case's name; a case without a usable answer is left out."""


def problems(assignment: Assignment, seed: int) -> tuple[str, ...]:
    """Every problem of the assignment with the cases of this seed, in the order of the parts."""
    found = list(_in_notebooks(assignment))
    for part in assignment.parts:
        cases, said = _cases(part, seed)
        found += said
        expected, said = _expected(part, cases)
        found += said
        found += _of_mistakes(assignment, part, cases, expected)
        found += _of_stand_in(assignment, part, cases, expected)
    return tuple(f"assignment {assignment.name!r}: {line}" for line in found)


# The notebook ------------------------------------------------------------------------------


def _in_notebooks(assignment: Assignment) -> Iterator[str]:
    """Parts that the notebook lacks, or has with other parameters."""
    name = assignment.notebook.name
    try:
        cells = [
            parse_cell(cell)
            for cell in read_submission(assignment.notebook).cells
            if cell.kind == "code"
        ]
    except GraderError as error:
        yield f"notebook {name!r}: {error}"
        return
    for cell in cells:
        if cell.problem:
            yield f"notebook {name!r}: {cell.problem}"
    program = Program(cells)
    functions = {
        s.node.name: (s.cell, s.node)
        for s in program.statements
        if isinstance(s.node, ast.FunctionDef)
    }
    for part in assignment.parts:
        if part.name in functions:
            yield from _parameters(name, part, *functions[part.name])
        elif not part.cell:
            near = difflib.get_close_matches(part.name, functions, n=1)
            do = f"did you mean {near[0]!r}?" if near else "add a cell with its TODO"
            yield f"notebook {name!r}: has no function {part.name!r}; {do}"


def _parameters(name: str, part: Part, cell: int, node: ast.FunctionDef) -> Iterator[str]:
    arguments = node.args
    given = [item.arg for item in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    wanted = [item.name for item in part.inputs if not item.is_optional]
    if wanted and len(given) != len(wanted):
        yield (
            f"notebook {name!r}, cell {cell}: `{part.name}` takes ({', '.join(given)}), the part's "
            f"inputs are ({', '.join(wanted)}); make them agree"
        )


# Cases and the reference -------------------------------------------------------------------


def _cases(part: Part, seed: int) -> tuple[tuple[Case, ...], list[str]]:
    """The cases of a part and what is wrong with them; none when they cannot be used."""
    where = f"part {part.name!r}"

    def draw(make: Callable[[np.random.Generator], Any]) -> Any:
        return make(np.random.default_rng([seed, zlib.crc32(part.name.encode())]))

    try:
        cases, again = draw(part.cases), draw(part.cases)
        for make in part.cases_without.values():
            draw(make)
    except GraderError as error:
        return (), [f"{where}: {line}" for line in error.lines]
    except Exception as error:  # noqa: BLE001  (the instructor's code may raise anything)
        said = f"{type(error).__name__}: {error}"
        return (), [f"{where}: drawing the cases raised {said}; mend `cases`"]
    if not isinstance(cases, tuple) or not all(isinstance(case, Case) for case in cases):
        return (), [f"{where}: `cases` gave no tuple of Case; return one, (Case(...),)"]
    return cases, [f"{where}{line}" for line in _of_cases(part, cases, again)]


def _of_cases(part: Part, cases: Sequence[Case], again: Sequence[Case]) -> Iterator[str]:
    if not cases:
        yield ": `cases` gave no case; return one at least"
        return
    names = [case.name for case in cases]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f": {names.count(name)} cases are called {name!r}; name each once"
    for case in cases:
        for item in part.inputs:
            if item.name not in case.inputs and not item.is_optional:
                yield f", case {case.name!r}: has no input {item.name!r}; add it"
    if not all(_is_same(one, two) for one, two in zip(cases, again, strict=False)):
        yield (
            ": the same seed gives other cases the second time; take all randomness from the "
            "generator that `cases` is given"
        )
    shapes = {str([np.shape(value) for value in case.leaves()]) for case in cases}
    if part.reference and len(shapes) == 1 and any(map(np.ndim, cases[0].leaves())):
        yield ": all cases are of one size; draw another, so that a hard-coded number shows"


def _is_same(one: Case, two: Case) -> bool:
    pairs = zip(one.leaves(), two.leaves(), strict=False)
    return all(np.array_equal(a, b) for a, b in pairs)


def _expected(part: Part, cases: Sequence[Case]) -> tuple[Answers, list[str]]:
    """The reference's answers, and what is wrong with them."""
    found: Answers = {}
    said = []
    for case in cases if part.reference is not None else ():
        assert part.reference is not None
        where = f"part {part.name!r}, case {case.name!r}"
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what is odd in the answer is told below
                value = asked(part.reference, case)
        except Exception as error:  # noqa: BLE001  (as above)
            words = f"{type(error).__name__}: {error}".splitlines()[0]
            said.append(f"{where}: the reference raised {words}; mend the reference")
            continue
        odd = _odd(value)
        if odd:
            said.append(f"{where}: the reference gives {odd}; mend the reference or the case")
        else:
            found[case.name] = value
    return found, said


def _odd(value: Any) -> str:
    """What is wrong with an expected answer, or ''."""
    for leaf in value if isinstance(value, tuple) else (value,):
        if isinstance(leaf, tuple):
            return _odd(leaf)
        if leaf.dtype.kind not in "biufc":
            return f"{type(leaf.item() if leaf.ndim == 0 else leaf).__name__}, which is no array"
        if leaf.dtype.kind in "fc" and np.isnan(leaf).any():
            return "NaN"
        if leaf.dtype.kind in "fc" and not np.isfinite(leaf).all():
            return "infinity"
    return ""


# Known mistakes and stand-ins --------------------------------------------------------------


def _of_mistakes(
    assignment: Assignment, part: Part, cases: Sequence[Case], expected: Answers
) -> Iterator[str]:
    """Mistakes that no case tells from the right answer, or from one another."""
    known = [case for case in cases if case.name in expected]
    names = ", ".join(case.name for case in known)
    told: list[tuple[Mistake, Answers]] = []
    for mistake in part.mistakes:
        where = f"part {part.name!r}, mistake {mistake.name!r}"
        try:
            answers = _predicted(mistake, assignment, part, known)
        except NameError as error:
            yield f"{where}: {error}; define it there, or give it a stand-in in `right.py`"
            continue
        except ImportError as error:
            said = f"{where}: its file does not run by itself: {error}"
            yield f"{said}; import only what students can"
            continue
        is_right = all(_agree(mistake, answers[name], expected[name]) for name in answers)
        if answers and is_right and not any(case.decoys for case in known):
            yield f"{where}: is right on every case ({names}); add a case that shows it"
        elif not is_right:
            told.append((mistake, answers))
    for (one, mine), (two, other) in itertools.combinations(told, 2):
        is_alike = one.outputs == two.outputs and mine.keys() == other.keys()
        if is_alike and all(_agree(one, mine[name], other[name]) for name in mine):
            yield (
                f"part {part.name!r}, mistakes {one.name!r} and {two.name!r}: give the same on "
                f"every case ({names}), so that neither is told; add a case or drop one"
            )


def _predicted(
    mistake: Mistake, assignment: Assignment, part: Part, cases: Sequence[Case]
) -> Answers:
    """What the mistake answers, where NumPy can tell. Raises NameError and ImportError."""
    found: Answers = {}
    for case in cases:
        try:
            value = mistakes.call(mistake, assignment, part, case)
        except (NameError, ImportError):
            raise
        except Exception:  # noqa: BLE001, S112  (only JAX can tell: the audit grades it)
            continue
        if value is not None:
            found[case.name] = value
    return found


def _agree(mistake: Mistake, got: Any, want: Any) -> bool:
    return all(mistakes.same(got, want, index) for index in mistake.outputs or (None,))


def _of_stand_in(
    assignment: Assignment, part: Part, cases: Sequence[Case], expected: Answers
) -> Iterator[str]:
    """A stand-in that is wrong itself."""
    if not part.stand_in:
        return
    names = [item.name for item in part.inputs if not item.is_optional]
    for case in cases:
        if case.name not in expected:
            continue
        where = f"part {part.name!r}, case {case.name!r}: its stand-in"
        try:
            space: dict[str, Any] = {}
            text = compile(assignment.stand_ins, "<stand-ins>", "exec")
            exec(text, space)  # noqa: S102  (the assignment's own)
            function = eval(part.stand_in, space)  # noqa: S307  (the same)
            got = plain(function(**{name: case.inputs[name] for name in names}))
        except Exception as error:  # noqa: BLE001  (as above)
            words = f"{type(error).__name__}: {error}".splitlines()[0]
            yield f"{where} raised {words}; mend `stand_ins`"
            return
        if not _equals(got, expected[case.name], part.rtol):
            yield f"{where} is not right; mend `stand_ins`"
            return


def _equals(got: Any, want: Any, rtol: float) -> bool:
    if isinstance(want, tuple):
        is_alike = isinstance(got, tuple) and len(got) == len(want)
        return is_alike and all(_equals(g, w, rtol) for g, w in zip(got, want, strict=True))
    return difference(got=got, want=want, rtol=rtol, ignore_kind=True) is None
