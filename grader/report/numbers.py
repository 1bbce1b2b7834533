"""How numbers are written in reports: four significant digits, true minus, no tails."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.results import rounded_points as stored

_SMALLEST_FIXED, _LARGEST_FIXED = 0.001, 99_999.5
_SMALLEST_PLAIN = 1e-6
_MOST_DIGITS = 17
_TENTHS_BELOW = 9.95


def score(value: float) -> str:
    """Points as people read them: at most two decimals, none when they are zero."""
    return f"{stored(value):.2f}".rstrip("0").rstrip(".")


def number(value: object, digits: int = 4) -> str:
    """A number from an array: "3.691", "−0.08742", "1.234e-5", "NaN"."""
    scalar: Any = np.asarray(value)[()]
    if isinstance(scalar, (np.bool_, np.integer)):
        return str(scalar).replace("-", "−")
    if isinstance(scalar, np.complexfloating):
        imaginary = number(scalar.imag, digits)
        joined = imaginary if imaginary.startswith("−") else f"+{imaginary}"
        return f"{number(scalar.real, digits)}{joined}i"
    return _real(float(scalar), digits)


def _real(value: float, digits: int) -> str:
    if math.isnan(value):
        return "NaN"
    sign = "−" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}infinity"
    if size == 0:
        return "0"
    if _SMALLEST_FIXED <= size < _LARGEST_FIXED:
        exponent = int(f"{size:.{digits - 1}e}".partition("e")[2])
        return f"{sign}{size:.{max(0, digits - 1 - exponent)}f}"
    mantissa, _, exponent_text = f"{size:.{digits - 1}e}".partition("e")
    return f"{sign}{mantissa}e{int(exponent_text)}"


def short(value: float) -> str:
    """A number that was chosen round, such as a tolerance: "0.0001", "0.5", "1e-9"."""
    rounded = float(f"{value:.2g}")
    text = f"{rounded:.7f}" if _SMALLEST_PLAIN <= rounded < _LARGEST_FIXED else number(rounded)
    mantissa, mark, exponent = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + mark + exponent


def pair(got: object, want: object) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they differ."""
    texts = number(got), number(want)
    if texts[0] != texts[1] or bool(np.asarray(got == want)):
        return texts
    for digits in range(5, _MOST_DIGITS + 1):
        texts = number(got, digits), number(want, digits)
        if texts[0] != texts[1]:
            break
    return texts


def percent(part: int, whole: int) -> str:
    """A share in per cent with three digits: "99.5", "0.125"; "100" only for all of it."""
    text = f"{100 * part / whole:.3g}" if whole else "0"
    return "99.9" if text == "100" and part != whole else text


def duration(seconds: float) -> str:
    """A run time: "0.4 s", "41 s", "4 min 12 s"."""
    if seconds < _TENTHS_BELOW:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
