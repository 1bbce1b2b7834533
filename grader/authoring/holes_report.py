"""The holes of an assignment and its mistakes that cannot be told, as lines for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from grader.authoring.audit import Audit
from grader.authoring.holes import Hole

WIDTH = 80
FEW, SHOWN = 20, 2
"""With more holes than so many, so many are shown for each case."""


def hole_lines(audit: Audit) -> Iterator[str]:
    """The holes that are not accepted, by part and by the case that would show them."""
    found = audit.open_holes
    if not found:
        return
    yield ""
    yield f"Holes: {len(found)} wrong answers keep all points of their part"
    part, groups = "", _grouped(found)
    for name, case, ways in groups:
        if name != part:
            yield f"  {name}"
            part = name
        left = len(ways) - SHOWN if len(found) > FEW else 0
        shown = "; ".join(ways[:SHOWN] if left > 0 else ways)
        yield from _wrapped(f"{case}: {shown}{f'; {left} more' if left > 0 else ''}", "    ")
    example = found[0].name
    yield from _wrapped(
        f"Accept a hole by its whole name, such as {example!r}. Of several limits the first is "
        "listed; --json lists all.",
        "  ",
    )


def _grouped(found: Sequence[Hole]) -> Iterator[tuple[str, str, list[str]]]:
    """Part, case to add, and what would show, with all leaves of which it is true."""
    groups: dict[tuple[str, str], dict[str, list[Hole]]] = {}
    ladders: set[str] = set()
    for hole in found:
        if hole.ladder and hole.ladder in ladders:
            continue
        ladders.add(hole.ladder)
        ways = groups.setdefault((hole.part, _case(hole)), {})
        ways.setdefault(hole.what, []).append(hole)
    for part in dict.fromkeys(hole.part for hole in found):
        for (own, case), ways in groups.items():
            if own == part:
                shows = next((x.shows for holes in ways.values() for x in holes if x.shows), "")
                heading = f"{case} ({shows})" if shows else case
                yield part, heading, [_way(what, holes) for what, holes in ways.items()]


def _case(hole: Hole) -> str:
    if hole.is_check:
        return "Nothing fails"
    return f"Add {hole.case}" if hole.case else "No check notices"


def _way(what: str, holes: Sequence[Hole]) -> str:
    where = ", ".join(dict.fromkeys(hole.where for hole in holes))
    if holes[0].is_check:
        return where
    return f"{where} {what}"


def untold_lines(audit: Audit) -> Iterator[str]:
    """The mistakes that are never told, by the reason."""
    if not audit.untold:
        return
    yield ""
    yield f"Known mistakes that are never reported: {len(audit.untold)}"
    reasons: dict[str, list[str]] = {}
    for one in audit.untold:
        reasons.setdefault(one.reason, []).append(one.name)
    for reason, names in reasons.items():
        yield from _wrapped(f"{reason}: {', '.join(names)}", "  ")


def same_as_correct_lines(audit: Audit) -> Iterator[str]:
    """The mistakes that are the same program as a correct answer, by part and answer."""
    if not audit.same_as_correct:
        return
    yield ""
    count = len(audit.same_as_correct)
    yield f"Known mistakes with the same program as a correct solution: {count}"
    groups: dict[tuple[str, str], list[str]] = {}
    for one in audit.same_as_correct:
        groups.setdefault((one.part, one.solution), []).append(one.name)
    for (part, solution), names in groups.items():
        yield from _wrapped(f"{part}, as in {solution}: {', '.join(names)}", "  ")
    yield "  No check can tell these from the solution."


def distortion_line(audit: Audit) -> str:
    """How many distortions were caught, accepted, and left out."""
    made = audit.of("distortion")
    kept = {hole.name for hole in audit.holes} - {hole.name for hole in audit.open_holes}
    caught = sum(trial.is_caught for trial in made)
    line = f"  {'Distortions':20} {caught} of {len(made)} caught, {len(kept)} accepted"
    return line + (f", {audit.without_effect} without effect" if audit.without_effect else "")


def unable_lines(audit: Audit) -> Iterable[str]:
    """The parts that have no distortions, with the reason."""
    if audit.unable:
        yield from _wrapped(f"Not distorted: {'; '.join(audit.unable)}", "  ")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH - 1,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
    )


def holes_as_data(audit: Audit) -> list[dict[str, Any]]:
    """All holes as plain data for JSON, with the reason of those that are accepted."""
    reasons = audit.assignment.accepted_holes
    return [
        {
            "part": hole.part,
            "name": hole.name,
            "case": hole.case,
            "shows": hole.shows,
            "accepted": reasons.get(hole.name, ""),
        }
        for hole in audit.holes
    ]
