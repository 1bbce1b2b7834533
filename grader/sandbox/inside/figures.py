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
from matplotlib._pylab_helpers import Gcf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba, to_rgba_array
from matplotlib.markers import MarkerStyle

_SYMBOLS = (mpl.collections.PathCollection, mpl.collections.LineCollection)
NO_COLOR = (0.0, 0.0, 0.0, 0.0)
KINDS = ("scatter", "plot", "text", "patch", "line")
MAX_FIGURES = 20
MAX_MARKS = 50_000
PICTURE_WIDTH = 560
PICTURE_HEIGHT = 460

_drawn: list[mpl_figure.Figure] = []
_looked_at: set[int] = set()
"""Those of the figures, by identity, that were shown, saved, or displayed."""


def watch() -> None:
    """Keep hold of every figure from now on, also of those that the code closes."""
    make = mpl_figure.Figure.__init__

    def remember(self: mpl_figure.Figure, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        if type(self) is mpl_figure.Figure and len(_drawn) < MAX_FIGURES:
            _drawn.append(self)

    mpl_figure.Figure.__init__ = remember  # type: ignore[method-assign]
    plt.rcParams["figure.max_open_warning"] = 0


def show(*_: Any, **__: Any) -> None:
    """What `plt.show` does here: every open figure has been looked at."""
    _looked_at.update(map(id, _open()))


def look_at(*values: Any, **_: Any) -> None:
    """Note that values were displayed or saved; only figures, and those of axes, matter."""
    for value in values:
        drawn = getattr(value, "figure", value)
        if isinstance(drawn, mpl_figure.Figure):
            _looked_at.add(id(drawn))


def _open() -> list[Any]:
    return [manager.canvas.figure for manager in Gcf.get_all_fig_managers()]


def _is_closed_unseen(drawn: mpl_figure.Figure) -> bool:
    """Whether a figure of pyplot was closed before anybody could see it."""
    is_of_pyplot = getattr(drawn, "number", None) is not None
    return is_of_pyplot and id(drawn) not in _looked_at and drawn not in _open()


def clear() -> None:
    """Forget all figures."""
    _drawn.clear()
    _looked_at.clear()
    plt.close("all")


def collect(*, picture: bool) -> dict[str, Any]:
    """All marks in all figures, and the picture of the fullest one if asked for.

    Marks come in the order in which they are drawn, so the last of several on a spot is seen.

    Shapes: xy, place (m, 2), color, edge (m, 4), background (m, 3), size (m,), and as integers
    kind (index into KINDS), shape (equal numbers are equal symbols), artist, axes, figure and
    visible, each (m,); pixels (height, width, 3) uint8 or None. `panels` tells labels, scales,
    and how many lines and points there are, for each pair of axes.
    """
    table = _Table()
    closed = 0
    panels: list[dict[str, Any]] = []
    for number, drawn in enumerate(_drawn[:MAX_FIGURES]):
        if _is_closed_unseen(drawn):
            closed += 1
            continue
        for axes_number, axes in enumerate(drawn.axes):
            if axes.get_visible():
                table.add_axes(axes, axes_number, number)
                panels.append(_panel(axes))
    pixels = None
    if picture and _drawn:
        counts = np.bincount(np.asarray(table.columns("figure"), int), minlength=len(_drawn))
        pixels = render(_drawn[int(np.argmax(counts))])
    told = {"figures": len(_drawn), "closed": closed, "panels": panels, "pixels": pixels}
    return {**table.arrays(), **told}


def _panel(axes: Any) -> dict[str, Any]:
    """The texts and scales of one panel, and how many lines and points are drawn in it."""
    lines = [line for line in axes.lines if line.get_visible()]
    drawn = [line for line in lines if line.get_linestyle() not in {"None", "none", " ", ""}]
    marked = [line for line in lines if line.get_marker() not in {"None", "none", " ", "", None}]
    scattered = [c for c in axes.collections if isinstance(c, mpl.collections.PathCollection)]
    points = [np.asarray(line.get_xdata()).size for line in marked]
    points += [np.asarray(c.get_offsets()).size // 2 for c in scattered if c.get_visible()]
    return {
        **{name: str(getattr(axes, f"get_{name}")())[:200] for name in ("xlabel", "ylabel")},
        "title": str(axes.get_title() or axes.get_title("left") or axes.get_title("right"))[:200],
        **{f"{axis}scale": str(getattr(axes, f"get_{axis}scale")())[:40] for axis in "xy"},
        "lines": len(drawn),
        "points": int(sum(points)),
    }


class _Table:
    """Marks gathered artist by artist."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.shapes: dict[Any, int] = {}
        self.count = 0

    def add_axes(self, axes: Any, axes_number: int, figure_number: int) -> None:
        where = {"axes": axes_number, "figure": figure_number}
        ground = _background(axes)
        artists = (*axes.collections, *axes.lines, *axes.texts, *axes.patches)
        for artist in sorted(artists, key=lambda artist: artist.get_zorder()):
            if artist.get_visible() and self.count < MAX_MARKS:
                self.add(_marks(artist), artist, axes, {**where, "background": ground})

    def add(
        self, marks: dict[str, Any] | None, artist: Any, axes: Any, where: dict[str, Any]
    ) -> None:
        if marks is None:
            return
        xy = np.asarray(marks["xy"], float).reshape(-1, 2)[: MAX_MARKS - self.count]
        count = len(xy)
        color, edge = (_colors(marks[name], count) for name in ("color", "edge"))
        size = _cycled(np.asarray(marks["size"], float).reshape(-1, 1), count, 1)[:, 0]
        keep = np.isfinite(xy).all(axis=1) & ((color[:, 3] > 0) | (edge[:, 3] > 0))
        place, is_visible = _places(xy, artist, axes)
        self.rows.append(
            {
                "xy": xy[keep],
                "place": place[keep],
                "color": color[keep],
                "edge": edge[keep],
                "size": size[keep],
                "visible": is_visible[keep].astype(np.int32),
                "kind": KINDS.index(marks["kind"]),
                "shape": self.shapes.setdefault(marks["shape"], len(self.shapes)),
                "artist": len(self.rows),
                **where,
            }
        )
        self.count += count

    def columns(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows for _ in range(len(row["xy"]))]

    def arrays(self) -> dict[str, Any]:
        def stacked(name: str, shape: tuple[int, ...]) -> Any:
            parts = [row[name] for row in self.rows]
            return np.concatenate(parts) if parts else np.zeros(shape)

        return {
            **{name: stacked(name, (0, 2)) for name in ("xy", "place")},
            **{name: stacked(name, (0, 4)) for name in ("color", "edge")},
            "size": stacked("size", (0,)),
            "background": np.reshape(self.columns("background"), (-1, 3)).astype(float),
            "visible": stacked("visible", (0,)).astype(np.int32),
            **{
                name: np.asarray(self.columns(name), np.int32)
                for name in ("kind", "shape", "artist", "axes", "figure")
            },
        }


def _cycled(values: Any, count: int, width: int) -> Any:
    if len(values) == 0:
        return np.zeros((count, width))
    return np.resize(values, (count, width)) if len(values) != count else values


def _colors(values: Any, count: int) -> Any:
    return np.broadcast_to(_cycled(to_rgba_array(values), count, 4), (count, 4))


def _places(xy: Any, artist: Any, axes: Any) -> tuple[Any, Any]:
    """Where marks are in the picture, in points, and which of them are inside of it.

    Outside are those beyond the limits of the axes, and what a logarithm has no place for.
    """
    axes.get_xlim(), axes.get_ylim()  # limits are set late, when they are first asked for
    with np.errstate(all="ignore"):
        pixels = np.asarray(axes.transData.transform(xy), float).reshape(-1, 2)
    box = (axes if artist.get_clip_on() else axes.figure).bbox
    is_inside = (pixels >= box.min - 1).all(axis=1) & (pixels <= box.max + 1).all(axis=1)
    is_flat = axes.name == "rectilinear"
    return pixels * 72 / axes.figure.dpi, is_inside if is_flat else np.ones(len(xy), bool)


def _background(axes: Any) -> Any:
    """Red, green and blue behind the marks of axes; NaN where a picture or areas are behind."""
    areas = [item for item in axes.collections if not isinstance(item, _SYMBOLS)]
    if axes.images or areas:
        return np.full(3, np.nan)
    layers = [axes.figure.get_facecolor()]
    if axes.axison and axes.patch.get_visible():
        layers.append(axes.get_facecolor())
    ground = np.ones(3)
    for color in map(to_rgba, layers):
        ground = np.asarray(color[:3]) * color[3] + ground * (1 - color[3])
    return ground


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
        box = artist.get_bbox_patch()
        behind = _faded(box.get_facecolor(), artist) if box is not None else NO_COLOR
        color = _faded(artist.get_color(), artist)
        return _one("text", position, color, behind, shape) if artist.get_text() else None
    if isinstance(artist, mpl.patches.Patch) and hasattr(artist, "get_center"):
        face: Any = artist.get_facecolor()
        edge: Any = artist.get_edgecolor() if artist.get_linewidth() > 0 else NO_COLOR
        face = face if face[3] > 0 else edge
        return _one("patch", artist.get_center(), face, edge, ("patch", type(artist).__name__))
    return None


def _one(kind: str, xy: Any, color: Any, edge: Any, shape: Any) -> dict[str, Any]:
    marks = {"kind": kind, "xy": [xy], "size": [0.0], "shape": shape}
    return {**marks, "color": to_rgba(color), "edge": to_rgba(edge)}


def _faded(color: Any, artist: Any) -> Any:
    """A color with the artist's own opacity, if it has one."""
    alpha = artist.get_alpha()
    return to_rgba(color, float(alpha) if np.ndim(alpha) == 0 and alpha is not None else None)


def _symbol(path: Any) -> tuple[Any, ...]:
    """The outline of a symbol: of the same numbers for a scatter and a line with markers."""
    return ("symbol", *np.round(path.vertices, 3).ravel()[:40])


def _scatter_marks(artist: Any) -> dict[str, Any]:
    artist.update_scalarmappable()
    offsets: Any = np.ma.filled(np.ma.asarray(artist.get_offsets(), float), np.nan)
    color, edge = artist.get_facecolors(), artist.get_edgecolors()
    if not np.any(artist.get_linewidths()):
        edge = [NO_COLOR]
    if len(color) == 0 or not np.asarray(color)[:, 3].any():
        color = edge
    paths = artist.get_paths()
    return {
        "kind": "scatter",
        "xy": offsets,
        "color": color,
        "edge": edge if np.size(edge) else [NO_COLOR],
        "size": artist.get_sizes() if len(artist.get_sizes()) else [0.0],
        "shape": _symbol(paths[0]) if paths else (),
    }


def _line_marks(artist: Any) -> dict[str, Any]:
    has_marker = artist.get_marker() not in {None, "None", "none", "", " "}
    face, edge = artist.get_markerfacecolor(), artist.get_markeredgecolor()
    if not has_marker or (isinstance(face, str) and face.lower() == "none"):
        face = edge if has_marker else artist.get_color()
    has_edge = has_marker and artist.get_markeredgewidth() > 0
    shape: tuple[Any, ...] = ("line",)
    if has_marker:
        marker = MarkerStyle(artist.get_marker())
        shape = _symbol(marker.get_path().transformed(marker.get_transform()))
    return {
        "kind": "plot" if has_marker else "line",
        "xy": np.column_stack(
            [np.ma.filled(np.ma.asarray(data, float), np.nan).ravel() for data in artist.get_data()]
        ),
        "color": _faded(face, artist),
        "edge": _faded(edge, artist) if has_edge else NO_COLOR,
        "size": [artist.get_markersize() ** 2],
        "shape": shape,
    }


def render(drawn: mpl_figure.Figure) -> Any:
    """The figure as pixels on white, at most PICTURE_WIDTH by PICTURE_HEIGHT; None if it fails."""
    try:
        width, height = drawn.get_size_inches()
        drawn.set_dpi(min(100.0, PICTURE_WIDTH / width, PICTURE_HEIGHT / height))
        canvas: Any = FigureCanvasAgg(drawn)
        canvas.draw()
        rgba = np.asarray(canvas.buffer_rgba())
    except Exception:  # noqa: BLE001  (a figure that cannot be drawn has no picture)
        return None
    if rgba[..., 3].min() == 255:  # nothing shows through
        return rgba[..., :3].copy()
    rgba = rgba.astype(np.float32)
    alpha = rgba[..., 3:] / 255
    return (rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
