"""The result as Classroom 50's `result.json`, schema `classroom50/result/v1`.

Source: foundation50/classroom50, `wiki/Advanced-Autograding.md`. It counts in integers, so points
are scaled: by 10, or by as much more as it takes for the points of each part to be integers. The
tests of a submission add up to its score, and exact points are in keys of their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from grader.catalog import Catalog, catalog
from grader.report import service_text
from grader.report.screen import trouble_text
from grader.results import PartResult, SubmissionResult, SubmissionStatus, rounded_points

SCHEMA = "classroom50/result/v1"
_SCALES = (10, 100, 1000, 10_000)
"""The last one suffices: points are stored with 4 decimals."""


@dataclass(frozen=True, kw_only=True)
class SubmissionIdentity:
    """Which submission a result is of, as the runner names it."""

    classroom: str
    assignment: str
    owner: str
    submission: str
    """The tag; begins with `submit/`."""
    commit: str
    release: str
    review: str
    submitted_at: str
    """`YYYY-MM-DDThh:mm:ssZ`."""
    assignment_type: str = "individual"


def head(identity: SubmissionIdentity) -> dict[str, Any]:
    """The beginning of `result.json`: of what it is the result."""
    return {
        "schema": SCHEMA,
        "classroom": identity.classroom,
        "assignment": identity.assignment,
        "assignment_type": identity.assignment_type,
        "owner": identity.owner,
        "submission": identity.submission,
        "commit": identity.commit,
        "release": identity.release,
        "review": identity.review,
        "datetime": identity.submitted_at,
    }


def render_classroom50(
    result: SubmissionResult,
    identity: SubmissionIdentity,
    *,
    lang: str = "en",
    folder: Path | None = None,
) -> dict[str, Any]:
    """The content of `result.json`; the same for the same result and identity.

    `folder` is the assignment's, where its own sentences are translated.
    """
    texts = catalog(lang, folder)
    parts = result.parts
    scale = _scale(parts)
    most = [_exact(part.max_score, scale) for part in parts]
    given = _shared_out([_exact(part.score, scale) for part in parts], sum(most, Decimal(0)))
    tests = [
        _test(part, number, (units, int(whole)), texts)
        for number, (part, units, whole) in enumerate(zip(parts, given, most, strict=True), 1)
    ]
    return {
        **head(identity),
        "score": sum(given),
        "max-score": int(sum(most)),
        "tests": tests,
        "grader": {
            "points": rounded_points(result.score),
            "max-points": rounded_points(result.max_score),
            "open-points": rounded_points(result.open_points),
            "scale": scale,
            "status": str(result.status),
            "sha256": result.sha256,
            "output": service_text.about(result, texts),
        },
    }


def status_of(result: SubmissionResult) -> str:
    """The status of the commit: `success` with all points that the grader gives."""
    is_read = result.status is not SubmissionStatus.UNREADABLE
    is_passed = is_read and all(map(service_text.is_passed, result.parts))
    return "success" if is_passed else "failure"


def summary_of(result: SubmissionResult, *, lang: str = "en") -> str:
    """One line about the submission with no text of the student's in it."""
    texts = catalog(lang)
    if result.status is SubmissionStatus.GRADED:
        return service_text.total(result, texts)
    return f"{service_text.total(result, texts)}; {trouble_text(str(result.status), '', texts)}"


def release_body(
    result: SubmissionResult, *, report: str = "", lang: str = "en", folder: Path | None = None
) -> str:
    """The text of the release, as Markdown: all that students read is in a block of code.

    `report` is the name of the file that has the whole report, if there is one.
    """
    texts = catalog(lang, folder)
    lines = service_text.about(result, texts)
    for number, part in enumerate(result.parts, 1):
        head = f"{texts.say('student.part', number=number)}: {service_text.title(part, texts)}"
        told = service_text.about_part(part, number, texts)
        lines += ["", head, *(f"  {line}" for line in told)]
    text = "\n".join(lines)
    longest = max((len(run) for run in _runs(text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = f"### {service_text.total(result, texts)}\n\n{fence}text\n{text}\n{fence}\n"
    return f"{body}\n{texts.say('service.report', file=report)}\n" if report else body


def _runs(text: str) -> list[str]:
    """The runs of backticks in a text."""
    return ["`" * len(run) for run in "".join(c if c == "`" else " " for c in text).split()]


def _test(part: PartResult, number: int, units: tuple[int, int], texts: Catalog) -> dict[str, Any]:
    points, whole = units
    return {
        "test-name": f"{number}. {service_text.title(part, texts)}",
        "passed": service_text.is_passed(part),
        "score": points,
        "max-score": whole,
        "part": part.name,
        "points": rounded_points(part.score),
        "max-points": rounded_points(part.max_score),
        "open-points": rounded_points(part.open_points),
        "status": str(part.status),
        "output": service_text.about_part(part, number, texts),
    }


def _exact(points: float, scale: int) -> Decimal:
    return Decimal(str(rounded_points(points))) * scale


def _scale(parts: Sequence[PartResult]) -> int:
    """The smallest scale by which the points of every part are an integer."""
    for scale in _SCALES:
        if all(_exact(part.max_score, scale) % 1 == 0 for part in parts):
            return scale
    return _SCALES[-1]


def _shared_out(exact: Sequence[Decimal], most: Decimal) -> list[int]:
    """Integers that add up to the rounded sum, each next to its exact number.

    The sum is rounded once, to the nearest; less than all points are never all of them. What is
    left after rounding each down goes to those that lost most by it.
    """
    sum_of_all = sum(exact, Decimal(0))
    rounded = math.floor(sum_of_all + Decimal("0.5"))
    if sum_of_all < most:
        rounded = min(rounded, int(most) - 1)
    units = [math.floor(one) for one in exact]
    by_loss = sorted(range(len(exact)), key=lambda i: (units[i] - exact[i], i))
    for i in by_loss[: rounded - sum(units)]:
        units[i] += 1
    return units
