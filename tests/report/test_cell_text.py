"""Tests of `grader.report.cell_text`: nothing in a text acts in a cell of a notebook."""

from __future__ import annotations

import re

import pytest

from grader.report.cell_text import code, lines, rich, strong, table

HOSTILE = (
    "![a](https://a.example/a.png)", "[a](javascript:alert(1))", "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>", "https://a.example www.a.example a@a.example WWW.a.example",
    "$x^2$ and $$y$$", r"\(x\) \[y\] \begin{equation}z\end{equation} \$", "`a` ``b`` ```c",
    "# heading", "- item", "+ item", "1. item", "12) item", "> quote", "| a | b |", "---",
    "a_b _c_ __d__ *e* **f** ~~g~~", "&lt;script&gt; &#36;x&#36;", "[ref]: https://a.example",
    "<https://a.example>", "@@0@@ ~D {{7*7}} {role}`x`", ":smile: http://a", "</code><b>", "    x",
    "\n\n# a\n", "\x1b[31m", "<!-- answer: why -->", "def double(x):",
)  # fmt: skip
ALLOWED = re.compile(r"</?(?:code|strong|br)>")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("made", [rich, code, strong, lines])
def test_nothing_acts(made: object, text: str) -> None:
    """No sign is left that Markdown, HTML, or a formula is made of, but for our own marks."""
    assert callable(made)
    said = made(text)
    bare = ALLOWED.sub("", said)
    assert (
        re.search(r"[<>\[\]`*|$\\{}~@^!\n]|&(?!#\d+;)|(?<!&)#|:\S|www\.", bare, re.IGNORECASE)
        is None
    )
    assert not re.match(r"[-+=]|\d+[.)]\s|\s", said)
    outside = re.sub(r"<code>.*?</code>", "", said)
    assert "&#36;" not in outside, "a formula is looked for outside of code"
    assert "&#92;" not in outside


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_the_text(text: str) -> None:
    """A Markdown reader makes a paragraph of it, with the words that were in it."""
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True})
    reader.enable(["table", "strikethrough"])
    page = reader.render(rich(text))
    tags = set(re.findall(r"</?([a-z]+)", page))
    assert tags <= {"p", "code", "strong"}
    words = re.findall(r"[a-z]{4,}", text)
    assert all(word in page for word in words)


def test_marks_of_texts_are_kept() -> None:
    """Code and what is strong look so; names and numbers are easy to read in the source."""
    assert rich("`update_assignment` is **not** 3.14, see -1") == (
        "<code>update_assignment</code> is <strong>not</strong> 3.14, see -1"
    )
    assert code("__init__") == "<code>&#95;&#95;init&#95;&#95;</code>"
    assert lines("one\ntwo") == "one<br>two"
    assert table(["a"], [["b"], ["c"]]) == "| a |\n| --- |\n| b |\n| c |"
