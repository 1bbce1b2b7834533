"""How two arrays compare, and a picture, as the report shows them: plain data, no markup.

Only for checks whose values students may see.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from grader.catalog import Catalog
from grader.compare import Difference, Reason
from grader.report.numbers import number, pair, percent, short
from grader.results import Picture
from grader.safe_text import visible

_SMALL = 12
"""Arrays of up to this many numbers are shown whole."""
_WORST = 5
_STRIP_FROM = 40
_FIRST = 6
_FIRST_ROWS = 3
"""So many entries or rows are written as Python prints them."""
_NAME_LIMIT = 40
_MATRIX = 2
_MOST_BLOCKS = 80
_MOST_PIXELS = 4_000_000
_WIDEST = 640
_COLORS = 64


@dataclass(frozen=True, kw_only=True)
class Block:
    """A run of blocks of one shade in a strip, in per cent of its width."""

    x: str
    width: str
    shade: int


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Where in an array the differences lie: shades from 0 (none) to 4 (largest)."""

    blocks: tuple[Block, ...]
    legend: tuple[tuple[int, str], ...]
    ticks: tuple[tuple[str, str, str], ...]
    """Position in per cent, its text, and how the text is anchored there."""
    caption: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One array beside the expected one."""

    name: str
    is_code: bool = False
    """Whether the name is one of the notebook's, not words."""
    yours: str = ""
    expected: str = ""
    """How the two start, as Python prints them; '' where they start alike."""
    facts: tuple[tuple[str, str], ...] = ()
    caption: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    strip: Strip | None = None


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The arrays of a difference with what is derived from them, all of one shape."""

    name: str
    got: NDArray[Any]
    want: NDArray[Any]
    off: NDArray[np.bool_]
    diff: NDArray[np.float64]
    excess: NDArray[np.float64]

    @property
    def is_whole(self) -> bool:
        """Whether the expected values are integers, so that a difference is no distance."""
        if np.iscomplexobj(self.want) or np.iscomplexobj(self.got):
            return False
        return bool(np.all(np.mod(self.want[np.isfinite(self.want)], 1) == 0)) and bool(
            np.all(np.mod(self.got[np.isfinite(self.got)], 1) == 0)
        )

    def pairs(self, index: Any) -> list[tuple[str, str]]:
        """The entries of both at an index, in words; whole numbers without a fraction."""
        sides = self.got[index], self.want[index]
        if self.is_whole and all(np.isfinite(side).all() for side in sides):
            sides = sides[0].astype(np.int64), sides[1].astype(np.int64)
        return [pair(a, b) for a, b in zip(*map(np.ravel, sides), strict=True)]


def compared(difference: Difference, texts: Catalog) -> Comparison | None:
    """What to show of a comparison; None when there are no two arrays of one shape."""
    got, want, off = difference.got, difference.want, difference.is_off
    if got is None or want is None or off is None or got.shape != want.shape or not off.any():
        return None
    with np.errstate(all="ignore"):
        diff = np.abs(_plain(got) - _plain(want)).astype(np.float64)
        allowed = difference.allowed
        safe = np.maximum(allowed, 1e-300) if allowed is not None else np.ones_like(diff)
        excess = np.where(np.isfinite(diff), diff / safe, np.inf)
        sides = _Sides(
            name=_place_name(texts.tell(difference.name)),
            got=got,
            want=want,
            off=off,
            diff=diff,
            excess=np.where(off, excess, -1.0),
        )
        caption, columns, rows = _table(sides, difference, texts)
        yours, expected = _starts(sides)
        # Where every entry differs, a picture of where they do shows nothing.
        has_strip = want.size > _STRIP_FROM and not off.all()
        return Comparison(
            name=sides.name or visible(texts.tell(difference.name), 60),
            is_code=bool(sides.name),
            yours=yours,
            expected=expected,
            facts=_facts(sides, difference, texts),
            caption=caption,
            columns=columns,
            rows=rows,
            strip=_strip(sides, texts) if has_strip else None,
        )


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _place_name(name: str) -> str:
    bare = name.strip("`")
    return bare if bare.isidentifier() and len(bare) <= _NAME_LIMIT else ""


def _index(flat: int, shape: tuple[int, ...]) -> str:
    return f"[{', '.join(str(int(i)) for i in np.unravel_index(flat, shape))}]" if shape else ""


def _starts(sides: _Sides) -> tuple[str, str]:
    """The first entries of both, of a matrix the first rows; nothing where they are alike."""
    shape = sides.want.shape
    window = ((), (slice(_FIRST),), (slice(_FIRST_ROWS), slice(_FIRST)))[min(len(shape), _MATRIX)]
    off = sides.off[window]
    if len(shape) > _MATRIX or not off.any():
        return "", ""
    yours, expected = zip(*sides.pairs(window), strict=True)
    cut = [shown < whole for shown, whole in zip(off.shape, shape, strict=True)]
    return _printed(yours, off.shape, cut), _printed(expected, off.shape, cut)


def _printed(numbers: Sequence[str], shape: Sequence[int], cut: Sequence[bool]) -> str:
    """Numbers in brackets as an array prints them, with dots where it goes on."""
    if not shape:
        return numbers[0]
    step = len(numbers) // shape[0]
    rows = [numbers[start : start + step] for start in range(0, len(numbers), step)]
    items = [_printed(row, shape[1:], cut[1:]) for row in rows]
    return f"[{', '.join((*items, *('…',) * cut[0]))}]"


def _facts(sides: _Sides, difference: Difference, texts: Catalog) -> tuple[tuple[str, str], ...]:
    shape = sides.want.shape
    facts = []
    if shape:
        count = int(sides.off.sum())
        share = percent(count, sides.off.size)
        facts += [
            (texts.say("compare.shape"), texts.say("compare.shape_value", shape=shape)),
            (
                texts.say("compare.differ"),
                texts.say("compare.differ_value", count=count, size=sides.off.size, percent=share),
            ),
        ]
    if difference.reason is not Reason.VALUES or sides.is_whole:
        return tuple(facts)
    finite = np.where(np.isfinite(sides.diff), sides.diff, -1.0)
    relative = np.where(sides.want != 0, finite / np.abs(_plain(sides.want)), -1.0)
    for text_id, values in (("largest", finite), ("relative", relative)):
        flat = int(np.nanargmax(values))
        if not values.flat[flat] > 0:
            continue
        form = f"{text_id}_{'value' if shape else 'scalar'}"
        place = f"`{sides.name}{_index(flat, shape)}`"
        text = texts.say(f"compare.{form}", number=number(values.flat[flat]), place=place)
        if text_id == "relative" and (sides.want == 0).any():
            text = texts.say("compare.relative_zero", text=text)
        facts.append((texts.say(f"compare.{text_id}"), text))
    if difference.rtol > 0:
        known = np.abs(sides.want[np.isfinite(sides.want)])
        absolute = difference.rtol * float(known.max()) if known.size else 0.0
        rtol = short(difference.rtol)
        text = texts.say("compare.allowed_value", absolute=short(absolute), rtol=rtol)
        facts.append((texts.say("compare.allowed"), text))
    return tuple(facts)


def _table(
    sides: _Sides, difference: Difference, texts: Catalog
) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    size, shape = sides.want.size, sides.want.shape
    heads = tuple(texts.say(f"compare.{word}") for word in ("yours", "expected", "difference"))
    if size <= _SMALL and sides.want.ndim == _MATRIX and shape[1] > 1:
        rows = tuple(_vectors(sides, row, texts) for row in range(shape[0]))
        return texts.say("compare.whole"), (texts.say("compare.row"), *heads), rows
    columns = (texts.say("compare.entry"), *heads)
    if size <= _SMALL:
        caption, order = texts.say("compare.whole"), list(range(size))
    else:
        key = ~sides.off if sides.is_whole else -sides.excess
        order = [int(i) for i in np.argsort(key, axis=None, kind="stable")[:_WORST]]
        order = [i for i in order if sides.off.flat[i]]
        caption = texts.say(f"compare.{_order_word(sides, difference)}", n=len(order))
    if sides.is_whole:
        columns = columns[:-1]
    rows = tuple(_entry(sides, flat, texts)[: len(columns)] for flat in order)
    return caption, columns, rows


def _order_word(sides: _Sides, difference: Difference) -> str:
    if difference.reason is Reason.FINITE:
        return "odd"
    return "first" if sides.is_whole else "worst"


def _entry(sides: _Sides, flat: int, texts: Catalog) -> tuple[str, ...]:
    ((got, want),) = sides.pairs(np.unravel_index(flat, sides.want.shape))
    label = _index(flat, sides.want.shape) or texts.say("compare.value")
    return (label, got, want, _gap(sides.diff.flat[flat], bool(sides.off.flat[flat]), texts))


def _gap(diff: float, is_off: bool, texts: Catalog) -> str:  # noqa: FBT001
    if is_off:
        return number(diff)
    return texts.say("compare.within" if diff > 0 else "compare.equal")


def _vectors(sides: _Sides, row: int, texts: Catalog) -> tuple[str, ...]:
    pairs = sides.pairs(row)
    is_off = bool(sides.off[row].any())
    worst = float(np.max(sides.diff[row]))
    got, want = (f"({', '.join(side)})" for side in zip(*pairs, strict=True))
    return (str(row), got, want, _gap(worst, is_off, texts))


def _strip(sides: _Sides, texts: Catalog) -> Strip:
    by_rows = sides.want.ndim > 1 and sides.want.shape[0] > 1
    length = sides.want.shape[0] if by_rows else sides.want.size
    off = np.asarray(sides.off.reshape(length, -1).any(axis=1))
    diff = np.where(sides.off, sides.diff, 0.0).reshape(length, -1).max(axis=1)
    step = -(-length // _MOST_BLOCKS)
    starts = np.arange(0, length, step)
    largest = np.maximum.reduceat(np.where(np.isnan(diff), np.inf, diff), starts)
    limits = () if sides.is_whole else _limits(largest)
    shades = np.where(largest > 0, 1 + np.searchsorted(limits, largest, side="left"), 0)
    shades = np.where(np.isinf(largest) | ((largest > 0) & (len(limits) == 0)), 4, shades)
    words = {"n": step, "last": length - 1}
    form = f"strip{'_rows' if by_rows else ''}{'_single' if step == 1 else ''}"
    lies = _lies(off, sides, by_rows=by_rows, texts=texts)
    return Strip(
        blocks=_runs(shades, starts, length),
        legend=_legend(limits, has_odd=bool(np.isinf(largest).any()), texts=texts),
        ticks=_ticks(length),
        caption=f"{texts.say(f'compare.{form}', **words)} {lies}",
    )


def _limits(largest: NDArray[np.float64]) -> tuple[float, ...]:
    """Three round numbers that split the differences into four shades."""
    finite = largest[np.isfinite(largest)]
    top = float(finite.max()) if finite.size else 0.0
    if top <= 0:
        return ()
    return tuple(dict.fromkeys(_round(top * share) for share in (0.06, 0.25, 0.55)))


def _round(value: float) -> float:
    exponent = np.floor(np.log10(value))
    mantissa = value / 10.0**exponent
    nice = min((1.0, 2.0, 5.0, 10.0), key=lambda step: abs(step - mantissa))
    return float(f"{nice * 10.0**exponent:.3g}")


def _legend(
    limits: tuple[float, ...], *, has_odd: bool, texts: Catalog
) -> tuple[tuple[int, str], ...]:
    entries = [(0, texts.say("compare.equal"))]
    entries += [(i, texts.say("compare.up_to", number=short(x))) for i, x in enumerate(limits, 1)]
    if not limits:
        word = "odd_shade" if has_odd else "differs"
        return (*entries, (4, texts.say(f"compare.{word}")))
    last = texts.say("compare.above", number=short(limits[-1]))
    if has_odd:
        last += f", {texts.say('compare.odd_shade')}"
    return (*entries, (4, last))


def _runs(
    shades: NDArray[np.integer[Any]], starts: NDArray[np.integer[Any]], length: int
) -> tuple[Block, ...]:
    cuts = [0, *(int(i) for i in np.flatnonzero(np.diff(shades)) + 1), len(shades)]
    edges = [*(int(start) for start in starts), length]
    return tuple(
        Block(
            x=f"{100 * edges[a] / length:.2f}",
            width=f"{100 * (edges[b] - edges[a]) / length:.2f}",
            shade=int(shades[a]),
        )
        for a, b in pairwise(cuts)
        if b > a
    )


def _ticks(length: int) -> tuple[tuple[str, str, str], ...]:
    middle = [(25 * i, length * i // 4) for i in (1, 2, 3)]
    inner = tuple((str(share), str(index), "middle") for share, index in middle)
    return (("0", "0", "start"), *inner, ("100", str(length - 1), "end"))


def _lies(off: NDArray[np.bool_], sides: _Sides, *, by_rows: bool, texts: Catalog) -> str:
    """One sentence about where the differences lie."""
    where = np.flatnonzero(off)
    if bool((sides.want[sides.off] == 0).all()) and not sides.is_whole:
        return texts.say("compare.lies_zero")
    first, last = int(where[0]), int(where[-1])
    if last - first + 1 <= 0.7 * off.size:
        form = "lies_range_rows" if by_rows else "lies_range"
        return texts.say(f"compare.{form}", first=first, last=last)
    return texts.say("compare.lies_spread")


def png(picture: Picture) -> tuple[bytes, int, int] | None:
    """The picture as a small PNG with its width and height; None when its pixels do not fit."""
    width, height = picture.width, picture.height
    is_sound = width > 0 and height > 0 and width * height <= _MOST_PIXELS
    if not is_sound or len(picture.pixels) != width * height * 3:
        return None
    image = Image.frombytes("RGB", (width, height), picture.pixels)
    if width > _WIDEST:
        size = (_WIDEST, max(1, round(height * _WIDEST / width)))
        image = image.resize(size, Image.Resampling.BOX)
    small = image.quantize(_COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", compress_level=9)
    return out.getvalue(), image.width, image.height
