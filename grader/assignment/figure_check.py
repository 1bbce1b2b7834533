"""The ready-made check of a figure: its labels and scales, its lines and points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from grader.assignment.field_values import refuse, short
from grader.assignment.part import Incorrect
from grader.assignment.ready_checks import Run, described, of_number, settled
from grader.assignment.student import Student
from grader.catalog import Message, say

Panel = Mapping[str, Any]
LOGARITHMIC = frozenset({"log", "symlog"})


def figure(  # noqa: PLR0913  (all by name)
    *,
    xlabel: bool = False,
    ylabel: bool = False,
    title: bool = False,
    log: str = "",
    lines: int | None = None,
    points: int | Callable[..., Any] | None = None,
) -> Run:
    """A check of the figure that is drawn: labels with any text, scales, lines and points.

    `log` names the axes with a logarithmic scale: "x", "y", or "xy". `lines` and `points` are
    how many there are, as a number or a function of the inputs. Raises AssignmentError for
    arguments of another kind.
    """
    refuse("figure", _of_figure(log, lines, points))
    texts = {"xlabel": xlabel, "ylabel": ylabel, "title": title}
    wanted = [name for name, is_wanted in texts.items() if is_wanted]

    def check(student: Student) -> None:
        for case in student.cases:
            panels = _panels(student.figure(case))
            counts = {"lines": lines, "points": points}
            exact = {n: int(settled(x, case)) for n, x in counts.items() if x is not None}
            for problem in (*_of_texts(panels, wanted, log), *_of_counts(panels, exact)):
                raise Incorrect(problem)

    return described(check, "The figure has what the task asks for.", "")


def _panels(drawn: Mapping[str, Any]) -> list[Panel]:
    """The panels of a figure; raises Incorrect where nothing is drawn."""
    told, error = drawn.get("panels"), drawn.get("error")
    listed = told if isinstance(told, list) else []
    found: list[Panel] = [one for one in listed if isinstance(one, dict)]
    if not found and isinstance(error, Mapping):
        raise Incorrect(say("ready.figure_error", kind=str(error.get("kind", ""))))
    if not found:
        raise Incorrect(say("ready.no_figure"))
    return found


def _of_texts(panels: Sequence[Panel], wanted: Sequence[str], log: str) -> Iterator[Message]:
    for name in wanted:
        if not all(str(panel.get(name, "")).strip() for panel in panels):
            yield say(f"ready.figure_{name}")
    for axis in log:
        if not all(panel.get(f"{axis}scale") in LOGARITHMIC for panel in panels):
            yield say("ready.figure_log", axis=axis)


def _of_counts(panels: Sequence[Panel], wanted: Mapping[str, int]) -> Iterator[Message]:
    for name, want in wanted.items():
        counts = [panel.get(name) for panel in panels]
        got = sum(count for count in counts if type(count) is int)
        if got != want:
            yield say(f"ready.figure_{name}", reached=got, bound=want)


def _of_figure(log: Any, lines: Any, points: Any) -> Iterator[str]:
    if not isinstance(log, str) or not {*log} <= {"x", "y"}:
        yield f'log: expected "x", "y" or "xy", got {short(log)}; change it'
    for name, value in (("lines", lines), ("points", points)):
        if value is not None:
            yield from of_number(name, value)
