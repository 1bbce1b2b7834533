"""Plots of points as inline SVG: shared axes, few bytes, and nothing where nothing can be drawn."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from sample_results import result, whole

from grader.catalog import catalog
from grader.report import plots
from grader.report.html import render_student
from grader.results import CombinedRun, Plot


def test_plots_share_their_axes() -> None:
    """A point that is in both lies in the same place in both, whatever its group."""
    mine, theirs = whole().plots
    axes = plots.frame((mine, theirs))
    one, other = (
        plots.plot_view(mine, axes, catalog()),
        plots.plot_view(theirs, axes, catalog()),
    )
    assert one.paths[0][1].startswith(other.paths[0][1])
    assert (one.sizes, other.sizes) == ((4, 2), (3, 3))


def test_points_lie_inside_the_drawing() -> None:
    """Every point keeps its distance from the edge, and y goes up."""
    plot = whole().plots[0]
    places = plots.frame((plot,)).place(plot.points)
    assert places.min() >= plots.MARGIN - 1e-6
    assert (places <= np.array([plots.WIDTH, plots.HEIGHT]) - plots.MARGIN + 1e-6).all()
    assert places[0, 1] > places[2, 1]


def test_marks_far_outside_are_left_out() -> None:
    """A mark that is not finite, or far from all points, is not drawn; the points are."""
    plot = replace(whole().plots[0], marks=np.array([[np.nan, 0.0], [1e9, 0.0]]))
    drawn = plots.plot_view(plot, plots.frame((plot,)), catalog())
    assert (drawn.marks, drawn.sizes) == ((), (4, 2))


@pytest.mark.parametrize(
    "change",
    [
        {"points": np.zeros((0, 2)), "groups": np.zeros(0, int)},
        {"points": np.full((6, 2), np.inf)},
        {"points": np.zeros((6, 3))},
        {"groups": np.full(6, 2)},
        {"groups": np.full(6, -1)},
        {"marks": np.zeros((2, 3))},
    ],
)
def test_what_cannot_be_drawn_is_left_out(change: dict[str, object]) -> None:
    """Without points in the plane there is no section, and the report is whole."""
    made = whole()
    plot: Plot = replace(made.plots[0], **change)  # type: ignore[arg-type]
    odd: CombinedRun = replace(made, plots=(plot, made.plots[1]))
    assert "h-run" not in render_student(result(combined=odd))


def test_equal_points_are_drawn() -> None:
    """All points in one place are a plot too."""
    plot = replace(whole().plots[0], points=np.ones((6, 2)))
    drawn = plots.plot_view(plot, plots.frame((plot,)), catalog())
    assert len(set(re.findall("M[0-9. ]+", drawn.paths[0][1]))) == 1


def test_many_points_stay_small() -> None:
    """Of very many points a fixed share is drawn, the same each time."""
    points = np.random.default_rng(0).normal(size=(50_000, 2))
    plot = Plot(title="", points=points, groups=np.arange(50_000) % 3, marks=np.zeros((3, 2)))
    drawn = plots.plot_view(plot, plots.frame((plot,)), catalog())
    assert sum(path.count("M") for _, path in drawn.paths) == plots.MOST_POINTS
    assert sum(len(path) for _, path in drawn.paths) < 60_000
    assert sum(drawn.sizes) == 50_000


def test_report_shows_both_plots() -> None:
    """Sentences, two drawings with a description, a key and the same as a table."""
    page = render_student(result(combined=whole()))
    assert page.count('<svg class="plot"') == 2
    assert "Your loop stopped after 1 step. The distance goes from 3 to 1.5." in page
    assert "6 points; points per cluster: 4, 2" in page
    assert "5 of 6 points are in the same cluster in both." in page
    assert "(0.5, 0.25)" in re.sub(r"(\.\d*?)0+\b", r"\1", page)
