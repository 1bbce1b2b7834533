"""Tests of `grader.report.markdown`, read back by a parser of CommonMark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden_files import assert_golden
from hypothesis import given
from hypothesis import strategies as st
from sample_results import check, every_state, part, result, typical, unreadable

from grader.report.markdown import SUMMARY_LIMIT, cell, code, fence, render_summary, text
from grader.results import Excerpt, State, SubmissionResult, SubmissionStatus
from grader.safe_text import visible

markdown_it = pytest.importorskip("markdown_it")

HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=y>", "<!-- ", "</details>", "&lt;b&gt; &amp; &#64;",
    "![x](http://evil/x.png)", "[click](https://evil)", "[a]: https://evil", "<https://evil>",
    "https://evil.example/x", "www.evil.example", "@everyone", "a@b.example", "#1", "org/repo#12",
    "$x$", "$$x$$", ":tada:", "`", "``", "`a", "a``b`c", "**", "*x*", "_x_", "~~x~~", "***x",
    "# x", "- x", "+ x", "1. x", "12) x", "> x", "---", "===", "    x", "|", "a | b", "\\|", "`a|b`",
    "`a\\`", "\\", "\\`x`", "```", "~~~", "a\n\n# b", "a\r\n- b", "\x1b[31m", "\u202egnp.exe", "\ud800",
    "`<b>`", "**<b>**", "**`x`**", "`` ` ``", "x\\", "<", "a<b>c", "!", "![", "](", "* * *", "=", "[x]",
)  # fmt: skip
ACTS = {
    *("html_block", "html_inline", "image", "link_open", "heading_open", "hr", "code_block"),
    *("bullet_list_open", "ordered_list_open", "blockquote_open", "em_open", "s_open", "fence"),
}
"""Tokens that no text may become."""


def tokens(source: str) -> list[tuple[str, str]]:
    """The tokens of a document, with what is in each; those within a line are among them."""
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found = []
    for token in parser.parse(source):
        found.append((token.type, token.content if token.type != "inline" else ""))
        found += [(inner.type, inner.content) for inner in token.children or ()]
    return found


def shown(source: str) -> str:
    """What a reader sees of a document without its structure."""
    return "".join(said for kind, said in tokens(source) if kind in {"text", "code_inline"})


def words(said: str) -> str:
    """A text without the marks of code and emphasis, and without space."""
    return "".join(visible(said, 2000).replace("`", "").replace("*", "").split())


@pytest.mark.parametrize("said", HOSTILE)
def test_text_stays_text(said: str) -> None:
    """Whatever is in a text, it is shown as it is, and nothing in it is markup."""
    source = text(said)
    assert {kind for kind, _ in tokens(source)} & ACTS == set()
    assert words(shown(source)) == words(said)


@given(st.text(alphabet=" \\`*_[]()<>#|~&!@$:/.-+=1aw\n", max_size=40))
def test_any_text_stays_text(said: str) -> None:
    """So is any other text that is made of marks."""
    source = text(said)
    assert {kind for kind, _ in tokens(source)} & ACTS == set()
    assert words(shown(source)) == words(said)


@given(st.text(alphabet=" \\`*_<|a", max_size=30))
def test_any_cell_is_one_cell(said: str) -> None:
    """A text in a table is one cell of it; a bar is a broken one there."""
    kinds = [kind for kind, _ in tokens(f"| a | b |\n| - | - |\n| {cell(said)} | x |\n")]
    assert kinds.count("td_open") == 2
    assert "html_inline" not in kinds


@pytest.mark.parametrize(
    "said", ["a", "`", "a`b``c", "` x `", "``", "<b>", "\\", "*x*", "$x$", "@x"]
)
def test_code_is_shown_as_it_is(said: str) -> None:
    """A text as code is what the reader sees, whatever backticks are in it."""
    assert [said.strip()] == [inner for kind, inner in tokens(code(said)) if kind == "code_inline"]


def test_what_github_acts_on_is_code() -> None:
    """A link, a mention, a formula, and an emoji in a sentence are code, where nothing acts."""
    said = "see https://evil.example and WWW.evil.example, ask @all about #1, $x$ is :tada:"
    spans = [inner for kind, inner in tokens(text(said)) if kind == "code_inline"]
    assert spans == ["https://evil.example", "WWW.evil.example,", "@all", "#1,", "$x$", ":tada:"]


@pytest.mark.parametrize("line", ["```", "~~~", "````````", "</code>", "    x", "\\```"])
def test_fence_is_not_left(line: str) -> None:
    """Lines of code stay in their block, whatever is in them."""
    (kind, inner), *rest = tokens(fence(["a", line, "# b"]))
    assert (kind, inner, rest) == ("fence", f"a\n{line}\n# b\n", [])


@pytest.mark.parametrize("lang", ["en", "de"])
def test_summary_as_it_is(lang: str) -> None:
    """The summary says points, causes, steps, places, and tips, in each language."""
    assert_golden(f"summary.{lang}.md", render_summary(typical(), lang=lang))


def test_every_state_has_a_row() -> None:
    """Each part is a row of the table; what is not known has no points."""
    source = render_summary(every_state())
    rows = [line for line in source.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) == 1 + len(State)
    assert "| 8 | The unchecked part | ? Could not be checked | – |" in rows


def test_correct_submission_is_praised() -> None:
    """Where nothing is left to do the summary says so, and is short."""
    assert render_summary(result(part())).split("\n\n") == [
        "## Sample exercise: 10 of 10 points",
        "`alice.ipynb`",
        "| | Part | Result | Points |\n| ---: | --- | --- | ---: |\n"
        "| 1 | Double the numbers | ✓ Correct | 10 / 10 |",
        "All parts are correct. Well done.",
        "",
    ]


def test_unreadable_says_why() -> None:
    """Of a file that cannot be read there are no points, but the reason and what to do."""
    blocks = render_summary(unreadable()).split("\n\n")
    assert blocks[0] == "## Sample exercise: could not be read"
    assert blocks[2] == ("lindqvist.ipynb: not a notebook, it ends in the middle of line 212.")


def test_crash_is_ours() -> None:
    """A submission that could not be checked is not said to be wrong."""
    made = replace(result(part(State.UNCHECKED)), status=SubmissionStatus.CRASHED)
    assert "The problem is on our side, not in your code." in render_summary(made)


def huge() -> SubmissionResult:
    """Many parts, each with as much text as there may be."""
    one = check("c", "failed", message="`x` <b> " * 500)
    tip = check("t", "advice", message="\N{SNOWMAN}" * 3000)
    code_of = Excerpt(source="`" * 5000 + "\n" * 50, cell=1, marked=1)
    return result(
        *(part(State.PARTLY, name=f"p{i}", checks=(one, tip), excerpt=code_of) for i in range(400))
    )


@pytest.mark.parametrize("limit", [SUMMARY_LIMIT, 50_000, 200, 10, 0])
def test_summary_is_never_too_long(limit: int) -> None:
    """The summary has at most so many bytes, and says where it was cut."""
    source = render_summary(huge(), limit=limit)
    assert limit - 20_000 < len(source.encode()) <= limit < 1 << 20
    assert (not source) or source.endswith("The report has everything.\n\n")


def test_hidden_check_keeps_its_numbers() -> None:
    """Of a hidden check no number is told."""
    hidden = check("values", "failed", message="271828 is not 314159", hint="Try 271828")
    assert "271828" not in render_summary(result(part(State.NOT_YET, checks=(hidden,))))
