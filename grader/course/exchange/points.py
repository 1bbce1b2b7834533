"""Points as files of other systems write them: rounded once, half up, to 1/100 point."""

from __future__ import annotations

import re
from fractions import Fraction

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,15})?")


def rounded(points: Fraction) -> Fraction:
    """Points, rounded half up to two decimals."""
    return Fraction((points * 100 + Fraction(1, 2)).__floor__(), 100)


def points_of(mark_mp: int, *, max_mp: int, to: Fraction | None = None) -> Fraction:
    """A mark in 1/1000 point, rounded; of another maximum where `to` is one."""
    exact = Fraction(mark_mp, 1000)
    return rounded(exact if to is None else exact * to / Fraction(max_mp, 1000))


def points_text(points: Fraction, point: str = ".") -> str:
    """Points of two decimals at most, without needless zeros: "87.5", "100"."""
    hundredths = int(rounded(abs(points)) * 100)
    text = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return ("-" if points < 0 and hundredths else "") + text.replace(".", point)


def read_points(text: str) -> Fraction | None:
    """The number that a cell says, with a decimal point or comma; None where it says none."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    return Fraction(text.strip().replace(",", "."))
