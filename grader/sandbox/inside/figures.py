"""What the student's code drew, as plain numbers: where each mark is, its color, its kind.

A figure is told by its marks, not by the calls that made them. A mark is one drawn symbol: a
point of a scatter, a point of a line that has a marker, a text, the center of a patch, or a
vertex of a line without markers.
"""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import figure as mpl_figure
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba, to_rgba_array

KINDS = ("scatter", "plot", "text", "patch", "line")
MAX_FIGURES = 20
MAX_MARKS = 50_000
PICTURE_WIDTH = 560
PICTURE_HEIGHT = 460

_drawn: list[mpl_figure.Figure] = []


def watch() -> None:
    """Keep hold of every figure from now on, also of those that the code closes."""
    make = mpl_figure.Figure.__init__

    def remember(self: mpl_figure.Figure, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        if type(self) is mpl_figure.Figure and len(_drawn) < MAX_FIGURES:
            _drawn.append(self)

    mpl_figure.Figure.__init__ = remember  # type: ignore[method-assign]
    plt.rcParams["figure.max_open_warning"] = 0


def clear() -> None:
    """Forget all figures."""
    _drawn.clear()
    plt.close("all")


def collect(*, picture: bool) -> dict[str, Any]:
    """All marks in all figures, and the picture of the fullest one if asked for.

    Marks come in the order in which they are drawn, so the last of several on a spot is seen.

    Shapes: xy (m, 2), color (m, 4), size (m,), and as integers kind (index into KINDS),
    shape (equal numbers are equal symbols), artist, axes and figure, each (m,);
    pixels (height, width, 3) uint8 or None.
    """
    table = _Table()
    for number, drawn in enumerate(_drawn[:MAX_FIGURES]):
        for axes_number, axes in enumerate(drawn.axes):
            if axes.get_visible():
                table.add_axes(axes, axes_number, number)
    pixels = None
    if picture and _drawn:
        counts = np.bincount(np.asarray(table.columns("figure"), int), minlength=len(_drawn))
        pixels = render(_drawn[int(np.argmax(counts))])
    return {**table.arrays(), "figures": len(_drawn), "pixels": pixels}


class _Table:
    """Marks gathered artist by artist."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.shapes: dict[Any, int] = {}
        self.count = 0

    def add_axes(self, axes: Any, axes_number: int, figure_number: int) -> None:
        place = {"axes": axes_number, "figure": figure_number}
        artists = (*axes.collections, *axes.lines, *axes.texts, *axes.patches)
        for artist in sorted(artists, key=lambda artist: artist.get_zorder()):
            if artist.get_visible() and artist.get_alpha() != 0 and self.count < MAX_MARKS:
                self.add(_marks(artist), place)

    def add(self, marks: dict[str, Any] | None, place: dict[str, int]) -> None:
        if marks is None:
            return
        xy = np.asarray(marks["xy"], float).reshape(-1, 2)[: MAX_MARKS - self.count]
        keep = np.isfinite(xy).all(axis=1)
        count = len(xy)
        color = np.broadcast_to(_cycled(to_rgba_array(marks["color"]), count, 4), (count, 4))
        size = _cycled(np.asarray(marks["size"], float).reshape(-1, 1), count, 1)[:, 0]
        keep &= color[:, 3] > 0
        self.rows.append(
            {
                "xy": xy[keep],
                "color": color[keep],
                "size": size[keep],
                "kind": KINDS.index(marks["kind"]),
                "shape": self.shapes.setdefault(marks["shape"], len(self.shapes)),
                "artist": len(self.rows),
                **place,
            }
        )
        self.count += count

    def columns(self, name: str) -> list[int]:
        return [row[name] for row in self.rows for _ in range(len(row["xy"]))]

    def arrays(self) -> dict[str, Any]:
        def stacked(name: str, shape: tuple[int, ...]) -> Any:
            parts = [row[name] for row in self.rows]
            return np.concatenate(parts) if parts else np.zeros(shape)

        return {
            "xy": stacked("xy", (0, 2)),
            "color": stacked("color", (0, 4)),
            "size": stacked("size", (0,)),
            **{
                name: np.asarray(self.columns(name), np.int32)
                for name in ("kind", "shape", "artist", "axes", "figure")
            },
        }


def _cycled(values: Any, count: int, width: int) -> Any:
    if len(values) == 0:
        return np.zeros((count, width))
    return np.resize(values, (count, width)) if len(values) != count else values


def _marks(artist: Any) -> dict[str, Any] | None:
    if isinstance(artist, mpl.collections.PathCollection):
        return _scatter_marks(artist)
    if isinstance(artist, mpl.lines.Line2D):
        return _line_marks(artist)
    if isinstance(artist, mpl.text.Text):
        position: Any = artist.get_position()
        if isinstance(artist, mpl.text.Annotation):
            position = artist.xy
        # A number centered on a position marks it; so does the place that an annotation names.
        shape = ("text", artist.get_text()[:20])
        return _one("text", position, artist.get_color(), shape) if artist.get_text() else None
    if isinstance(artist, mpl.patches.Patch) and hasattr(artist, "get_center"):
        color: Any = artist.get_facecolor()
        color = color if color[3] > 0 else artist.get_edgecolor()
        return _one("patch", artist.get_center(), color, ("patch", type(artist).__name__))
    return None


def _one(kind: str, xy: Any, color: Any, shape: Any) -> dict[str, Any]:
    return {"kind": kind, "xy": [xy], "color": to_rgba(color), "size": [0.0], "shape": shape}


def _scatter_marks(artist: Any) -> dict[str, Any]:
    artist.update_scalarmappable()
    offsets: Any = np.ma.filled(np.ma.asarray(artist.get_offsets(), float), np.nan)
    color = artist.get_facecolors()
    if len(color) == 0 or not np.asarray(color)[:, 3].any():
        color = artist.get_edgecolors()
    paths = artist.get_paths()
    shape = tuple(np.round(paths[0].vertices, 3).ravel()[:40]) if paths else ()
    return {
        "kind": "scatter",
        "xy": offsets,
        "color": color,
        "size": artist.get_sizes() if len(artist.get_sizes()) else [0.0],
        "shape": ("scatter", shape),
    }


def _line_marks(artist: Any) -> dict[str, Any]:
    has_marker = artist.get_marker() not in {None, "None", "none", "", " "}
    face = artist.get_markerfacecolor()
    if not has_marker or (isinstance(face, str) and face.lower() == "none"):
        face = artist.get_markeredgecolor() if has_marker else artist.get_color()
    return {
        "kind": "plot" if has_marker else "line",
        "xy": np.column_stack(
            [np.ma.filled(np.ma.asarray(data, float), np.nan).ravel() for data in artist.get_data()]
        ),
        "color": to_rgba(face, artist.get_alpha()),
        "size": [artist.get_markersize() ** 2],
        "shape": ("plot", str(artist.get_marker())),
    }


def render(drawn: mpl_figure.Figure) -> Any:
    """The figure as pixels on white, at most PICTURE_WIDTH by PICTURE_HEIGHT; None if it fails."""
    try:
        width, height = drawn.get_size_inches()
        drawn.set_dpi(min(100.0, PICTURE_WIDTH / width, PICTURE_HEIGHT / height))
        canvas: Any = FigureCanvasAgg(drawn)
        canvas.draw()
        rgba = np.asarray(canvas.buffer_rgba(), np.float32)
    except Exception:  # noqa: BLE001  (a figure that cannot be drawn has no picture)
        return None
    alpha = rgba[..., 3:] / 255
    return (rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
