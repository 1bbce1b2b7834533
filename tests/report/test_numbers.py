"""Tests of `grader.report.numbers`."""

import numpy as np
import pytest

from grader.report.numbers import duration, number, pair, percent, score, short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.6912, "3.691"), (10.1, "10.10"), (-0.08742, "−0.08742"), (0.0, "0"), (-0.0, "0"),
        (1.2345e-5, "1.234e-5"), (9.99996, "10.00"), (123456.0, "1.235e5"), (99_999.0, "99999"),
        (float("nan"), "NaN"), (float("-inf"), "−infinity"), (np.int32(-3), "−3"), (True, "True"),
        (1 - 2j, "1.000−2.000i"),
    ],
)  # fmt: skip
def test_number_texts(value: object, text: str) -> None:
    """Numbers have four significant digits and a true minus sign."""
    assert number(value) == text


def test_equal_looks_get_digits() -> None:
    """Two numbers that differ never look the same."""
    assert pair(1.00001, 1.00002) == ("1.00001", "1.00002")
    assert pair(2.0, 2.0) == ("2.000", "2.000")


def test_short_texts() -> None:
    """Shares, points, tolerances and times are short."""
    assert [percent(796, 800), percent(1, 1), percent(99_999, 100_000)] == ["99.5", "100", "99.9"]
    assert [score(12.0), score(8.3333), score(0.5)] == ["12", "8.33", "0.5"]
    assert [short(1e-4), short(0.00038912), short(2.0), short(1e-9)] == [
        "0.0001", "0.00039", "2", "1e-9",
    ]  # fmt: skip
    assert [duration(0.41), duration(41.2), duration(252)] == ["0.4 s", "41 s", "4 min 12 s"]
