"""The marks of a course for Gradescope and for Classroom 50: a file for each student.

Gradescope: `results.json`, one visible test a part; what people and lateness changed of the total
is a test of its own, so the tests add up to the score. Classroom 50: `result.json`, integers by
scaling; it takes no negative test, so parts count for less where the total is less than their sum.
Sources: as in `grader.report.gradescope` and `grader.report.classroom50`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from grader.catalog import Catalog, catalog
from grader.course.exchange import service_lines as lines
from grader.course.exchange.service_lines import CourseMark, MarkedPart
from grader.report.classroom50 import SubmissionIdentity, head
from grader.report.stored import StoredPart, StoredResult
from grader.results import State

_TEXT = "text"
_FORMATS = {
    "output_format": _TEXT,
    "test_output_format": _TEXT,
    "test_name_format": _TEXT,
    "visibility": "visible",
    "stdout_visibility": "hidden",
}
_SCALES = (10, 100, 1000)
"""The last one suffices: marks are in 1/1000 point."""


def gradescope_result(result: StoredResult | None, mark: CourseMark, *, lang: str = "en") -> bytes:
    """The content of `results.json`; without a mark it has no points and says why.

    `result` is the one that counts, None where a person gave a mark without any.
    """
    texts = catalog(lang)
    pairs = _pairs(result, mark)
    tests = [_gradescope_part(*pair, number, texts) for number, pair in enumerate(pairs, 1)]
    tests += [
        _gradescope_change(points, name, len(tests) + number)
        for number, (name, points) in enumerate(_changes(mark, texts), 1)
    ]
    if mark.mark_mp is None:
        for test in tests:
            test["score"] = 0.0
    return _json(
        {
            "score": _points(mark.mark_mp or 0),
            "output": "\n".join(lines.about(result, mark, texts)),
            **_FORMATS,
            "tests": tests,
            "extra_data": {
                "assignment": mark.assignment,
                "status": "" if result is None else str(result.status),
                "sha256": "" if result is None else result.sha256,
                "max_score": _points(mark.max_mp),
                "open_points": _points(mark.open_mp),
                "override": mark.override,
            },
        }
    )


def _pairs(
    result: StoredResult | None, mark: CourseMark
) -> list[tuple[StoredPart | None, MarkedPart]]:
    """Each part as it counts, with what the result says of it."""
    stored = {} if result is None else {part.name: part for part in result.parts}
    return [(stored.get(part.name), part) for part in mark.parts]


def _changes(mark: CourseMark, texts: Catalog) -> list[tuple[str, int]]:
    """What makes the mark of the sum of the parts: a name and points each, in 1/1000 point."""
    if mark.mark_mp is None:
        return []
    changed = mark.mark_mp + mark.late_mp - mark.sum_mp
    late = -mark.late_mp
    if late and not mark.override:  # what the mark was rounded by is of the lateness
        late, changed = late + changed, 0
    name = "course.total" if mark.override else "course.rounding"
    found = [(texts.say(name), changed), (texts.say("course.late"), late)]
    return [(name, points) for name, points in found if points]


def _gradescope_part(
    stored: StoredPart | None, part: MarkedPart, number: int, texts: Catalog
) -> dict[str, Any]:
    return {
        "number": str(number),
        "name": lines.title(stored, part),
        "name_format": _TEXT,
        "score": _points(part.mark_mp or 0),
        "max_score": _points(part.max_mp),
        "status": "passed" if _is_passed(stored, part) else "failed",
        "output": "\n".join(lines.about_part(stored, part, texts)),
        "output_format": _TEXT,
        "visibility": "visible",
    }


def _gradescope_change(points_mp: int, name: str, number: int) -> dict[str, Any]:
    return {
        "number": str(number),
        "name": name,
        "name_format": _TEXT,
        "score": _points(points_mp),
        "max_score": 0.0,
        "status": "passed" if points_mp > 0 else "failed",
        "output": "",
        "output_format": _TEXT,
        "visibility": "visible",
    }


def _is_passed(stored: StoredPart | None, part: MarkedPart) -> bool:
    """Whether a part has all points that the grader gives, or all with what a person changed."""
    if part.mark_mp is None:
        return False
    if part.is_changed:
        return part.mark_mp >= part.max_mp
    is_checked = stored is None or stored.state is not State.UNCHECKED
    return is_checked and part.mark_mp >= part.max_mp - part.open_mp


# Classroom 50 ------------------------------------------------------------------------------


def classroom50_result(
    result: StoredResult | None,
    mark: CourseMark,
    identity: SubmissionIdentity,
    *,
    lang: str = "en",
) -> bytes:
    """The content of `result.json`; all points are integers, and the tests add up to the score.

    A mark above the maximum raises the maximum: the service takes no score above it.
    """
    texts = catalog(lang)
    scale = _scale(mark)
    tests = _classroom50_tests(_pairs(result, mark), mark, scale, texts)
    return _json(
        {
            **head(identity),
            "score": sum(test["score"] for test in tests),
            "max-score": sum(test["max-score"] for test in tests),
            "tests": tests,
            "grader": {
                "points": _points(mark.mark_mp or 0),
                "max-points": _points(mark.max_mp),
                "open-points": _points(mark.open_mp),
                "override": mark.override,
                "late-points": _points(mark.late_mp),
                "scale": scale,
                "status": "" if result is None else str(result.status),
                "sha256": "" if result is None else result.sha256,
                "output": lines.about(result, mark, texts),
            },
        }
    )


def _classroom50_tests(
    pairs: Sequence[tuple[StoredPart | None, MarkedPart]],
    mark: CourseMark,
    scale: int,
    texts: Catalog,
) -> list[dict[str, Any]]:
    exact = [Fraction(max(0, part.mark_mp or 0) * scale, 1000) for _, part in pairs]
    whole = [_units(part.max_mp, scale) for _, part in pairs]
    total = _total(mark, scale, sum(whole))
    given = shared_out(exact, total)
    tests = []
    for number, (pair, units, most) in enumerate(zip(pairs, given, whole, strict=True), 1):
        test = _classroom50_part(pair, number, units, texts)
        test["max-score"] = max(units, most)
        if mark.mark_mp is not None and abs(units - exact[number - 1]) >= 1:
            counted = f"{units / scale:g}"
            test["output"].append(texts.say("course.counted", points=counted))
        tests.append(test)
    return [*tests, *_classroom50_changes(mark, total - sum(given), texts)]


def _classroom50_part(
    pair: tuple[StoredPart | None, MarkedPart], number: int, units: int, texts: Catalog
) -> dict[str, Any]:
    stored, part = pair
    return {
        "test-name": f"{number}. {lines.title(stored, part)}",
        "passed": _is_passed(stored, part),
        "score": units,
        "part": part.name,
        "points": _points(part.mark_mp or 0),
        "max-points": _points(part.max_mp),
        "open-points": 0.0 if part.is_changed else _points(part.open_mp),
        "status": "" if stored is None else str(stored.status),
        "output": lines.about_part(stored, part, texts),
    }


def _classroom50_changes(mark: CourseMark, more: int, texts: Catalog) -> list[dict[str, Any]]:
    """A test for each change of the total; `more` is what parts cannot hold, in whole units."""
    changes = _changes(mark, texts)
    if more and not any(points > 0 for _, points in changes):
        changes = [*changes, (texts.say("course.rounding"), 1)]
    tests = []
    for name, points in changes:
        units, more = (more, 0) if points > 0 else (0, more)
        tests.append(
            {
                "test-name": name,
                "passed": True,
                "score": units,
                "max-score": units,
                "points": _points(points),
            }
        )
    return tests


def shared_out(exact: Sequence[Fraction], total: int) -> list[int]:
    """Integers next to their exact numbers that add up to `total`, as far as the numbers go.

    Where the total is less than the sum, each is reduced in proportion. What is left after
    rounding down goes to those that lost most by it.
    """
    whole = sum(exact, Fraction(0))
    share = min(Fraction(1), total / whole) if whole else Fraction(0)
    scaled = [one * share for one in exact]
    units = [one.__floor__() for one in scaled]
    by_loss = sorted(range(len(scaled)), key=lambda i: (units[i] - scaled[i], i))
    for i in by_loss[: max(0, total - sum(units))]:
        units[i] += 1 if scaled[i] % 1 else 0
    return units


def _total(mark: CourseMark, scale: int, most: int) -> int:
    """The score in units, rounded once; less than all points are never all of them."""
    exact = Fraction(max(0, mark.mark_mp or 0) * scale, 1000)
    rounded = (exact + Fraction(1, 2)).__floor__()
    return min(rounded, most - 1) if exact < most else rounded


def _units(points_mp: int, scale: int) -> int:
    return points_mp * scale // 1000


def _scale(mark: CourseMark) -> int:
    """The smallest scale by which the maximum of every part is an integer."""
    for scale in _SCALES:
        if all(part.max_mp * scale % 1000 == 0 for part in mark.parts):
            return scale
    return _SCALES[-1]


def _points(points_mp: int) -> float:
    return points_mp / 1000


def _json(data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
    return f"{text}\n".encode()
