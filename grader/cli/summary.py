"""The summary of a class on the terminal, once its folder is written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.terminal import has_color, is_ascii, show, width

if TYPE_CHECKING:
    from grader.course.batch import Batch


def print_summary(batch: Batch, out: Path, duration_s: float | None) -> None:
    """Print how a class did; without a duration it was graded before."""
    from grader.report.class_text import batch_summary

    paths = [
        ("overview", str(out / "index.html")),
        ("grades", str(out / "grades.csv")),
        ("students", str(out / "students")),
    ]
    if batch.to_mark.exists():
        paths.append(("to_mark", str(out / batch.to_mark.name)))
    if batch.options.reports_zip is not None:
        paths.append(("reports", str(batch.options.reports_zip)))
    show(
        batch_summary(
            batch.rows,
            duration_s=duration_s,
            paths=paths,
            width=width(),
            color=has_color(sys.stdout),
            ascii_only=is_ascii(sys.stdout),
            lang=batch.options.lang,
        ),
        sys.stdout,
    )
