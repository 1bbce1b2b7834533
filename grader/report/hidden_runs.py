"""Where hidden test cases met a student's code, and where only what JAX recorded of it."""

from __future__ import annotations

from collections.abc import Sequence

from grader.catalog import Catalog
from grader.report import wording
from grader.results import PartResult, Visibility


def hidden_runs(parts: Sequence[PartResult], texts: Catalog) -> list[str]:
    """At most two sentences, each with the parts that it is about, by number.

    A part of which nothing ran on a hidden test case is in neither.
    """
    never_met: list[int] = []
    met: list[int] = []
    for number, part in enumerate(parts, 1):
        hidden = (check for check in part.checks if check.visibility is Visibility.HIDDEN)
        ran = {check.ran for check in hidden if check.ran}
        if ran:
            (never_met if ran == {"program"} else met).append(number)
    said = (("student.how_program", never_met), ("student.how_code", met))
    return [
        texts.say(text_id, n=len(found), parts=wording.numbered(found, texts))
        for text_id, found in said
        if found
    ]
