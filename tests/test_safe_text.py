"""Tests of `grader.safe_text`."""

from grader.safe_text import fit, pad, visible, width


def test_plain_text_unchanged() -> None:
    """Text that shows what it is stays as it is."""
    assert visible("Zoë’s notebook (2).ipynb – 最終") == "Zoë’s notebook (2).ipynb – 最終"


def test_controls_become_visible() -> None:
    """Escape, C1, bidi, zero-width and line separators are shown by their numbers."""
    text = "a\x1b[2Jb\x9bc\u202ed\u2066e\u200bf\u2028g\x00h\x7f"
    assert visible(text) == (
        "a⟨U+001B⟩[2Jb⟨U+009B⟩c⟨U+202E⟩d⟨U+2066⟩e⟨U+200B⟩f⟨U+2028⟩g⟨U+0000⟩h⟨U+007F⟩"
    )


def test_lone_surrogates_encode() -> None:
    """A lone surrogate, which UTF-8 cannot hold, becomes text that it can."""
    assert visible("a\ud800").encode() == "a⟨U+D800⟩".encode()


def test_lines_become_spaces() -> None:
    """Line ends and tabs are spaces in a line, and stay in code."""
    assert visible("a\r\nb\tc\nd") == "a b c d"
    assert visible("a\r\nb\tc", keep_lines=True) == "a\nb   c"


def test_carriage_return_shows() -> None:
    """A carriage return alone, which overwrites a line in a terminal, is shown."""
    assert visible("safe\rEVIL") == "safe⟨U+000D⟩EVIL"


def test_long_text_cut() -> None:
    """Text past the limit is cut and says so."""
    assert visible("x" * 11, 10) == "x" * 10 + "…"


def test_stacked_marks_capped() -> None:
    """A character carries at most four combining marks."""
    assert visible("e" + "\u0301" * 50) == "e" + "\u0301" * 4


def test_wide_names_fit_columns() -> None:
    """Columns are counted as a terminal draws them."""
    assert width("最終a") == 5
    assert fit("最終提出", 5) == "最終…"
    assert width(pad("最終", 6)) == 6
