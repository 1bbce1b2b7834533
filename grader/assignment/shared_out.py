"""What of an answer goes into which notebook, where one exercise has several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.assignment.part import Part
from grader.assignment.part_texts import Answer, names_of
from grader.reading.program import Program
from grader.reading.submission import Submission


def shared_out(
    answer: Answer, parts: Sequence[Part], notebooks: Sequence[Submission]
) -> list[Answer]:
    """An answer for each notebook: its own parts, and before them other parts that these need.

    A notebook does not see what is in another. A part that has no place in any goes into the first.
    """
    if len(notebooks) == 1:
        return [answer]
    programs = [Program.of(one) for one in notebooks]
    own = [{part.name for part in parts if _has_place(part, answer, one)} for one in programs]
    own[0] |= answer.parts.keys() - set().union(*own)
    return [_of_one(answer, names & answer.parts.keys()) for names in own]


def _has_place(part: Part, answer: Answer, program: Program) -> bool:
    names = {part.name, *names_of(part, answer.parts.get(part.name, ""))}
    return any(program.bindings(name, with_stubs=True) for name in names)


def _of_one(answer: Answer, own: set[str]) -> Answer:
    """The answer of a notebook with these parts."""
    needed = set(own)
    pending = [answer.rest, *(_whole(answer, name) for name in own)]
    while pending:
        words = set(re.findall(r"\w+", pending.pop()))
        new = (words & answer.parts.keys()) - needed
        needed |= new
        pending += [_whole(answer, name) for name in new]
    others = [_whole(answer, name) for name in answer.parts if name in needed - own]
    return Answer(
        {name: text for name, text in answer.parts.items() if name in own},
        "\n\n".join(text for text in (answer.rest, *others) if text),
        {name: text for name, text in answer.after.items() if name in own},
    )


def _whole(answer: Answer, name: str) -> str:
    return "\n\n".join(text for text in (answer.parts[name], answer.after.get(name, "")) if text)
