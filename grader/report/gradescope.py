"""The result as Gradescope's `results.json`: one visible test for each part.

Source: gradescope/autograder_samples, `docs/specs.md`. A hidden test would hide the total from
students, so there is none: hidden checks are summed up in the output of their part. All text has
the format `text`, which Gradescope shows as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.catalog import Catalog, catalog
from grader.report import service_text
from grader.report.numbers import score
from grader.results import PartResult, SubmissionResult, SubmissionStatus, rounded_points

_TEXT = "text"
_MOST_POINTS = 1e9
_FORMATS = {
    "output_format": _TEXT,
    "test_output_format": _TEXT,
    "test_name_format": _TEXT,
    "visibility": "visible",
    "stdout_visibility": "hidden",
}


def render_gradescope(
    result: SubmissionResult,
    *,
    previous: float | None = None,
    lang: str = "en",
    folder: Path | None = None,
) -> dict[str, Any]:
    """The content of `results.json`; the same for the same result, apart from the time.

    `previous` are the points of the submission before this one, `folder` is the assignment's,
    where its own sentences are translated.
    """
    texts = catalog(lang, folder)
    tests = [_test(part, number, texts) for number, part in enumerate(result.parts, 1)]
    points = rounded_points(math.fsum(test["score"] for test in tests))
    lines = service_text.about(result, texts)
    if previous is not None and result.status is not SubmissionStatus.UNREADABLE:
        lines.append(_compared(points, previous, texts))
    return {
        "score": points,
        "execution_time": rounded_points(result.duration_s),
        "output": "\n".join(lines),
        **_FORMATS,
        "tests": tests,
        "extra_data": {
            "assignment": result.assignment,
            "status": str(result.status),
            "sha256": result.sha256,
            "max_score": rounded_points(result.max_score),
            "open_points": rounded_points(result.open_points),
        },
    }


def unfinished(lang: str = "en") -> dict[str, Any]:
    """The content of `results.json` until there is a result: no points, and why."""
    return {"score": 0.0, "output": catalog(lang).say("service.unfinished"), **_FORMATS}


def previous_points(metadata: object) -> float | None:
    """The points of the submission before this one, by `submission_metadata.json`; None if none.

    One on which the autograder failed does not count.
    """
    earlier = metadata.get("previous_submissions") if isinstance(metadata, Mapping) else None
    found = [one for one in earlier if _is_scored(one)] if isinstance(earlier, list) else []
    latest = max(found, key=_submitted_at, default=None)  # of equals the first
    return None if latest is None else float(latest["score"])


def total_points(metadata: object) -> float | None:
    """The points of the assignment at Gradescope, None where they are not known."""
    assignment = metadata.get("assignment") if isinstance(metadata, Mapping) else None
    said = assignment.get("total_points") if isinstance(assignment, Mapping) else None
    try:
        points = float(said) if isinstance(said, (str, int, float)) else math.nan
    except (ValueError, OverflowError):
        return None
    return points if math.isfinite(points) else None


def _is_scored(one: object) -> bool:
    if not isinstance(one, Mapping) or one.get("autograder_error"):
        return False
    points = one.get("score")
    if isinstance(points, bool) or not isinstance(points, (int, float)):
        return False
    return abs(points) <= _MOST_POINTS


def _submitted_at(one: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(one.get("submission_time"))).timestamp()
    except (ValueError, OverflowError, OSError):
        return -math.inf


def _test(part: PartResult, number: int, texts: Catalog) -> dict[str, Any]:
    return {
        "number": str(number),
        "name": service_text.title(part, texts),
        "name_format": _TEXT,
        "score": rounded_points(part.score),
        "max_score": rounded_points(part.max_score),
        "status": "passed" if service_text.is_passed(part) else "failed",
        "output": "\n".join(service_text.about_part(part, number, texts)),
        "output_format": _TEXT,
        "visibility": "visible",
    }


def _compared(points: float, previous: float, texts: Catalog) -> str:
    """How many points more or fewer this submission has than the one before it."""
    difference = rounded_points(points - previous)
    kind = "same" if not difference else "better" if difference > 0 else "worse"
    values = {"before": score(previous), "difference": score(abs(difference))}
    return texts.say(f"service.{kind}", **values)
