"""The histogram of a class: how many students have how many points, as numbers for a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.catalog import Catalog
from grader.report.attention import graded
from grader.report.numbers import score
from grader.report.stored import StoredResult
from grader.report.tally import BINS, histogram, maximum

_LEFT, _STEP, _GAP = 3.0, 9.4, 0.6
"""In per cent of the width, so that letters keep their size when the drawing is narrow."""
_BASE, _HIGHEST = 140.0, 116.0


def histogram_view(results: Sequence[StoredResult], texts: Catalog, *, gone: int) -> dict[str, Any]:
    """Bars, the edges between them, and the whole in words; `gone` of the class are not counted."""
    counted = graded(results)
    counts, most = histogram(results), maximum(counted) or 1.0
    top = max(*counts, 1)
    bars = [
        {
            "x": f"{_LEFT + _STEP * i + _GAP / 2:.1f}",
            "width": f"{_STEP - _GAP:.1f}",
            "middle": f"{_LEFT + _STEP * (i + 0.5):.1f}",
            "y": f"{_BASE - _HIGHEST * count / top:.1f}",
            "height": f"{_HIGHEST * count / top:.1f}",
            "count": count,
            "count_y": f"{_BASE - 5 - _HIGHEST * count / top:.1f}",
        }
        for i, count in enumerate(counts)
    ]
    edges = [
        {"x": f"{_LEFT + _STEP * i:.1f}", "label": score(most * i / BINS), "is_second": i % 2 == 1}
        for i in range(BINS + 1)
    ]
    said = ", ".join(
        texts.say("staff.histogram_bin", label=_range(i, most / BINS, most), n=count)
        for i, count in enumerate(counts)
    )
    caption = texts.say("staff.histogram_caption", n=len(counted), max_score=score(most))
    left_out = len(results) - len(counted)
    if left_out:
        caption += " " + texts.say("staff.not_counted", n=left_out)
    if gone:
        caption += " " + texts.say("staff.gone_counted", n=gone)
    label = texts.say("staff.histogram", bins=said)
    return {"bars": bars, "edges": edges, "label": label, "caption": caption}


def _range(i: int, width: float, most: float) -> str:
    """The points of a bin in words; whole points belong to one bin alone."""
    low, high = i * width, (i + 1) * width
    if i == BINS - 1:
        return f"{score(low)}–{score(most)}"
    if width > 1 and width == int(width):
        return f"{score(low)}–{score(high - 1)}"
    return f"{score(low)}–{score(high)}" if width != 1 else score(low)
