"""Tests of `grader.report.evidence`."""

import io

import numpy as np
import pytest
from PIL import Image
from sample_results import distances_differ, means_differ, picture

from grader.catalog import catalog
from grader.compare import Difference, difference
from grader.report.evidence import Comparison, compared, png
from grader.results import Picture

TEXTS = catalog()


def shown(got: object, want: object, name: str = "x") -> Comparison:
    """How two arrays that differ are shown."""
    found = difference(got=got, want=want, name=name)
    assert found is not None
    comparison = compared(found, TEXTS)
    assert comparison is not None
    return comparison


def test_facts_of_long_array() -> None:
    """A long array shows its facts, its five worst entries and a strip."""
    comparison = compared(distances_differ(), TEXTS)
    assert comparison is not None
    assert comparison.name == "distortions"
    assert comparison.facts == (
        ("Shape", "(800,), as expected"),
        ("Entries that differ", "799 of 800 (99.9%)"),
        ("Largest difference", "10.62 at `distortions[243]`"),
        ("Largest relative difference", "2.798 × the expected value, at `distortions[243]`"),
        ("Tolerance", "0.00038 + 0.0001 × |expected value|"),
    )
    assert comparison.caption == "The 5 entries furthest outside the tolerance"
    assert len(comparison.rows) == 5
    assert comparison.strip is not None
    assert len(comparison.strip.blocks) <= 80
    assert comparison.strip.caption == (
        "Largest difference in each block of 10 entries, from index 0 to 799. "
        "The differences are spread across the whole array."
    )


def test_small_array_shown_whole() -> None:
    """An array of at most twelve numbers is shown row by row, nothing cut."""
    comparison = compared(means_differ(), TEXTS)
    assert comparison is not None
    assert comparison.rows[0] == ("0", "(1.161, −0.2590)", "(4.838, −1.079)", "3.677")
    assert len(comparison.rows) == 4
    assert comparison.strip is None


def test_single_number() -> None:
    """A single number is a row without a place."""
    comparison = shown(2.5, 1.25)
    assert comparison.rows == (("value", "2.500", "1.250", "1.250"),)


def test_integers_have_no_distance() -> None:
    """Labels are shown side by side, the first five that differ."""
    want = np.arange(100) % 4
    got = want.copy()
    got[60:] = 0
    comparison = shown(got, want, "assignment")
    assert comparison.columns == ("Entry", "Yours", "Expected")
    assert [row[0] for row in comparison.rows] == ["[61]", "[62]", "[63]", "[65]", "[66]"]
    assert [word for word, _ in comparison.facts] == ["Shape", "Entries that differ"]
    assert comparison.strip is not None
    assert comparison.strip.caption.endswith("Only entries 61 to 99 differ.")


def test_odd_values_come_first() -> None:
    """NaN and infinite entries are listed as such."""
    want = np.linspace(1, 2, 50)
    got = want.copy()
    got[[3, 7]] = np.nan, np.inf
    comparison = shown(got, want)
    assert comparison.caption == "The first 2 entries that are NaN or infinite"
    assert {row[1] for row in comparison.rows} == {"NaN", "infinity"}
    assert comparison.strip is not None
    assert comparison.strip.legend[-1] == (4, "NaN or infinite")


def test_strips_say_where() -> None:
    """The strip's sentence says how the differences lie."""
    want = np.where(np.arange(100) % 2, 1.5, 0.0)
    got = np.where(want == 0, 0.25, want)
    strip = shown(got, want).strip
    assert strip is not None
    assert strip.caption.endswith("Only entries with an expected value of 0 differ.")
    want = np.full((60, 3), 2.5)
    got = want * np.where(np.arange(60) % 2, 1, 2)[:, None]
    strip = shown(got, want).strip
    assert strip is not None
    assert strip.caption == (
        "Largest difference in each row, from row 0 to 59. "
        "The differences are spread across the whole array."
    )


def test_no_strip_where_all_differ() -> None:
    """Where every entry differs, no strip has to show where they do."""
    assert shown(np.full(60, 2.5), np.full(60, 1.25)).strip is None


@pytest.mark.parametrize(
    ("got", "want", "yours", "expected"),
    [
        ([1.5, 4.0], [1.5, 2.0], "[1.500, 4.000]", "[1.500, 2.000]"),
        (range(9), range(1, 10), "[0, 1, 2, 3, 4, 5, …]", "[1, 2, 3, 4, 5, 6, …]"),
        ([[1, 2]] * 4, [[1, 3]] * 4, "[[1, 2], [1, 2], [1, 2], …]", "[[1, 3], [1, 3], [1, 3], …]"),
        (3.5, 4.0, "3.500", "4.000"),
        ([0.0] * 9 + [1.0], [0.0] * 10, "", ""),
        (np.ones((1, 1, 1)), np.zeros((1, 1, 1)), "", ""),
    ],
)
def test_both_are_printed(got: object, want: object, yours: str, expected: str) -> None:
    """The first values of both stand below each other, as far as one of them differs."""
    comparison = shown(np.asarray(got), np.asarray(want))
    assert (comparison.yours, comparison.expected) == (yours, expected)


@pytest.mark.parametrize("size", [41, 79, 80, 81, 799, 12_345])
def test_strip_covers_whole_width(size: int) -> None:
    """The blocks of a strip cover it once, whatever the length."""
    got = np.arange(size) * 1.5 + 0.5
    strip = shown(got, np.arange(size) + 0.5).strip
    assert strip is not None
    assert len(strip.blocks) <= 80
    assert sum(float(block.width) for block in strip.blocks) == pytest.approx(100, abs=0.5)


def test_other_shapes_not_compared() -> None:
    """Without two arrays of one shape there is no comparison."""
    found = difference(got=np.zeros(3), want=np.zeros(4))
    assert found is not None
    assert compared(found, TEXTS) is None
    assert compared(Difference(name="x", reason=found.reason, message=""), TEXTS) is None


def test_picture_is_small_png() -> None:
    """A picture becomes a palette PNG of the same size, always the same bytes."""
    drawn = png(picture())
    assert drawn is not None
    data, width, height = drawn
    assert (width, height) == (400, 300)
    assert len(data) < 4000
    assert Image.open(io.BytesIO(data)).convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert png(picture()) == drawn


@pytest.mark.parametrize(
    ("pixels", "width", "height"),
    [(b"", 0, 0), (b"abc", 2, 1), (b"abc", -1, -1), (b"", 10**6, 10**6)],
)
def test_unfit_pictures_refused(pixels: bytes, width: int, height: int) -> None:
    """Pixels that do not fit their size are no picture."""
    assert png(Picture(pixels=pixels, width=width, height=height)) is None
