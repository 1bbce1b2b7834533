"""Tests of `grader.report.feedback_cells` and `grader.report.renumbered`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden_files import assert_golden
from sample_results import PUBLIC, by_hand, check, part, result, typical, unreadable, written

from grader.catalog import catalog, say
from grader.report.feedback_cells import part_text, summary_text
from grader.report.renumbered import Numbering
from grader.results import Excerpt, Mark, State, SubmissionResult

EN = catalog()


def all_cells(made: SubmissionResult, lang: str = "en") -> str:
    """All cells of a result."""
    texts = catalog(lang)
    numbers = range(1, len(made.parts) + 1)
    cells = [part_text(n, made.parts[n - 1], texts) for n in numbers]
    return "\n\n----\n\n".join([summary_text(made, numbers, texts), *cells]) + "\n"


@pytest.mark.parametrize("lang", ["en", "de"])
def test_cells_read_like_the_report(lang: str) -> None:
    """Each part says what became of it, why, where, and what to do next; short, in both languages."""
    assert_golden(f"notebook_{lang}.md", all_cells(typical(), lang))


def test_unreadable_says_what_to_do() -> None:
    """A file that cannot be read has one cell: why, and what to submit."""
    said = summary_text(unreadable(), (), EN)
    assert "it ends in the middle of line 212" in said
    assert "Open the file in Jupyter" in said
    assert "points" not in said


def test_people_are_quoted() -> None:
    """A comment of a person is shown, line by line, and their open points are called open."""
    mark = Mark(points=5, comment="Well <b>put</b>.\n$x$")
    done = written(checks=(replace(by_hand("answer in words"), mark=mark),))
    said = part_text(1, done, EN)
    assert "Well &#60;b&#62;put&#60;/b&#62;.<br><code>&#36;</code>x<code>&#36;</code>" in said
    assert "0 / 5 (5 open)" in part_text(1, written(), EN)
    assert "0 / 5 (5 open)" in summary_text(result(written()), [1], EN)


def test_hidden_values_stay_hidden() -> None:
    """Of a hidden check nothing with a number of its case is said."""
    told, hint = "the mean is 271828; look at the mean", "it was 271828"
    hidden = check("mean", "failed", message=told, hint=hint)
    said = part_text(1, part(State.PARTLY, checks=(hidden,)), EN)
    assert "look at the mean" in said.lower()
    assert "271828" not in said
    shown = replace(hidden, visibility=PUBLIC)
    assert "271828" in part_text(1, part(State.PARTLY, checks=(shown,)), EN)


def test_numbers_are_those_of_the_notebook() -> None:
    """Cells have the numbers that they have between the feedback, at any depth of a sentence."""
    numbering = Numbering(cells={3: 5, 7: 11}, file="b.ipynb")
    place = say("cell.place", cell=3, line=2)
    told = say("note.needed", place=place, what=say("cell.at", place=place, what="x"))
    assert "cell 5, line 2" in str(numbering.text(told))
    assert "cell 3" not in str(numbering.text(told))
    order = numbering.text(say("note.run_order", name="f", last=3, cell=7))
    assert "in cell 5, but the version in cell 11" in str(order)
    own = say("cell.notebook_place", file="b.ipynb", cell=7, line=1)
    other = say("cell.notebook_place", file="a.ipynb", cell=7, line=1)
    assert str(numbering.text(own)) == "cell 11, line 1"
    assert numbering.text(other) == other
    assert numbering.text("cell 3") == "cell 3"


def test_lines_of_a_script_are_lines_of_its_cells() -> None:
    """A place in a script is one in the cell that it became."""
    numbering = Numbering(cells={1: 2, 2: 4}, first_lines={1: 1, 2: 10})
    assert str(numbering.text(say("cell.script_place", line=12))) == "cell 4, line 3"
    code = Excerpt(source="a\nb", first_line=11, marked=12)
    moved = numbering.part(part(excerpt=code, cell=2))
    assert moved.cell == 4
    assert moved.excerpt == replace(code, cell=4, first_line=2, marked=3)
    assert numbering.part(part(cell=9)).cell is None
