"""Which packages only show something, and what of theirs is known by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SHOWING = frozenset(
    # What notebooks come with.
    "IPython google.colab kaggle_secrets ipywidgets ipykernel ipympl matplotlib_inline pip otter "
    "nbgrader nest_asyncio jupyter_black nb_black lab_black jupyterthemes watermark "
    # Progress bars, and text in color or in tables.
    "tqdm alive_progress progressbar fastprogress enlighten halo yaspin rich termcolor colorama "
    "tabulate prettytable "
    # What watches or logs a run.
    "wandb tensorboard tensorboardX mlflow comet_ml loguru icecream line_profiler memory_profiler "
    "pyinstrument snoop pysnooper "
    # Figures other than matplotlib's.
    "plotly bokeh altair holoviews hvplot pyvista vpython plotnine ggplot pygal pyecharts k3d "
    "ipyvolume mayavi vispy bqplot lets_plot folium chart_studio cufflinks dash".split()
)
BARS = frozenset("tqdm alive_progress progressbar fastprogress enlighten".split())
"""Packages whose calls give what they are given to go through."""
TEXTS = frozenset({"termcolor", "colorama"})
"""Packages whose functions give text, and whose constants are text."""

GIVING = frozenset({"wandb.config", "plotly.express.data", "bokeh.sampledata"})
"""What gives data in such a package: without it, it is the package that is missing."""

STARRED: Mapping[str, Sequence[str]] = {
    "tqdm": ("tqdm", "trange", "tqdm_notebook", "tnrange"),
    "ipywidgets": tuple(
        "interact interactive interactive_output interact_manual fixed widgets link jslink Layout "
        "IntSlider FloatSlider IntText FloatText BoundedIntText Text Textarea Dropdown Checkbox "
        "Button ToggleButton ToggleButtons RadioButtons Select Output HTML Label Image Play "
        "IntProgress FloatProgress HBox VBox Box GridBox Tab Accordion".split()
    ),
    "IPython": tuple(
        "display clear_output HTML Image Markdown Math Latex Audio Video SVG JSON Javascript "
        "IFrame YouTubeVideo Pretty DisplayHandle update_display set_matplotlib_formats".split()
    ),
}
"""By package, the names that `import *` gives."""


def package_of(name: str) -> str:
    """The package of SHOWING that a dotted name is in, or ''."""
    return next((part for part in above(name) if part in SHOWING), "")


def above(name: str) -> list[str]:
    """A dotted name and the names of the packages that it is in."""
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]
