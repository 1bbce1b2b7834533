"""Which notebook of a submission each part is in, where one exercise has several.

Each notebook is graded as if alone: what another one binds is not there. A part is judged where
something has its name; where several have it, or none has, in each of them, and the best counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from grader.assignment import Part
from grader.judging.candidates import has_cell
from grader.judging.context import Context
from grader.reading.written_answers import names_in, written_answer
from grader.results import PartResult, PartStatus, State


def homes(contexts: Sequence[Context], part: Part) -> list[Context]:
    """The notebooks that the part is to be looked for in."""
    written = [one for one in contexts if _is_written(one, part)]
    if written:
        return written
    return [one for one in contexts if _is_there(one, part)] or list(contexts)


def _is_there(context: Context, part: Part) -> bool:
    """Whether a notebook has a place for the part, filled in or not."""
    if part.is_written and part.name in names_in(context.submission.cells):
        return True
    return any(context.program.bindings(name, with_stubs=True) for name in part.names)


def _is_written(context: Context, part: Part) -> bool:
    if part.is_written:
        known = context.answer_key.handed_out
        return bool(written_answer(part.name, context.submission.cells, context.cells, known).text)
    has_function = bool(context.program.bindings(part.name))
    return has_function or (part.cell is not None and has_cell(context, part))


def judged_at_home(
    contexts: Sequence[Context], part: Part, judge: Callable[[Context, Part], PartResult]
) -> tuple[Context, PartResult]:
    """The result of a part in the notebook where it is, and that notebook."""
    if len(contexts) == 1:
        return contexts[0], judge(contexts[0], part)
    return best([(one, judge(one, part)) for one in homes(contexts, part)])


def best(results: Sequence[tuple[Context, PartResult]]) -> tuple[Context, PartResult]:
    """The result that counts, and the notebook that it is from; of equals the first."""
    context, result = max(results, key=lambda one: _rank(one[1]))
    is_found = result.status is not PartStatus.MISSING or result.state is not State.NOT_FOUND
    return context, replace(result, notebook=context.submission.path) if is_found else result


def _rank(result: PartResult) -> tuple[bool, float, bool, bool]:
    """What could not be checked goes before all else: its points may be more."""
    return (
        result.state is State.UNCHECKED,
        result.score,
        result.status is not PartStatus.MISSING,
        result.state is not State.NOT_FOUND,
    )
