"""The packages that students plot with, and whether code draws with one of them."""

from __future__ import annotations

import ast

from grader.reading.walked import walked

OTHER_FIGURES = frozenset(
    "plotly bokeh altair holoviews hvplot pyvista vpython plotnine ggplot pygal pyecharts k3d "
    "ipyvolume mayavi vispy bqplot lets_plot folium chart_studio cufflinks dash".split()
)
"""Packages whose figures are none of matplotlib's, which alone are judged."""
DRAWING_PACKAGES = OTHER_FIGURES | {"matplotlib", "seaborn", "pylab", "mpl_toolkits"}
DRAWING_NAMES = frozenset({"plt", "sns", "pylab"})
STAR_DRAWS = frozenset(
    "scatter plot figure subplot subplots show title xlabel ylabel xlim ylim axis legend colorbar "
    "gca gcf clf cla grid imshow contour contourf fill text annotate savefig tight_layout "
    "plot_date errorbar hexbin pcolormesh arrow axhline axvline suptitle draw close".split()
)
"""What `from pylab import *` brings along to draw with."""
DRAWING_METHODS = frozenset({"plot", "hist", "boxplot"})
"""Of tables: pandas draws although the code names no plotting package."""


def has_drawing_method(node: ast.stmt) -> bool:
    """Whether it uses a method of tables that draws."""
    return any(isinstance(i, ast.Attribute) and i.attr in DRAWING_METHODS for i in walked(node))


def other_figures(node: ast.AST) -> frozenset[str]:
    """The packages that code imports or names as a backend and whose figures are not judged."""
    named: set[str] = set()
    for item in walked(node):
        if isinstance(item, ast.Import):
            named |= {name.name.partition(".")[0] for name in item.names}
        elif isinstance(item, ast.ImportFrom):
            named.add((item.module or "").partition(".")[0])
        elif isinstance(item, ast.keyword) and item.arg == "backend":
            named.add(str(getattr(item.value, "value", "")))
    return OTHER_FIGURES & named
