"""An assignment with points that a person gives: lint, audit, release, self-check, check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_class import run
from words_class import CODE, HANDED_OUT, LINE, UNTOUCHED, answered, assignment, notebook

from grader.assignment import registry
from grader.authoring import lint
from grader.authoring.public_cases import export
from grader.judging.ranking import Rank


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


def test_audit_is_sound(words: Path) -> None:
    """Solutions need no answer in words, and what a person decides is no loss of theirs."""
    ran = run("audit", words, "--jobs", 1, "--json", words.parent / "audit.json")
    assert ran.code == 0, ran.out
    assert "Correct solutions    1 of 1 get full points" in ran.out
    found = json.loads((words.parent / "audit.json").read_text("utf-8"))
    assert {trial["part"] for trial in found["trials"]} <= {"", "double", "triple"}
    assert not any("explanation" in hole["name"] for hole in found["holes"])


def test_release_keeps_the_cell(words: Path, tmp_path: Path) -> None:
    """The released notebook has the cell with the line, and nothing of a rubric."""
    ran = run("release", words, "--out", tmp_path / "students")
    assert ran.code == 0, ran.err
    text = (tmp_path / "students" / "words.ipynb").read_text("utf-8")
    cells = json.loads(text)["cells"]
    assert "".join(cells[2]["source"]) == HANDED_OUT
    assert cells[2]["id"] == "c2"
    assert "SECRET" not in "".join(p.read_text("utf-8") for p in (tmp_path / "students").iterdir())


@pytest.mark.parametrize(
    ("cell", "do"),
    [
        (("markdown", "Write here."), "add the line to a text cell"),
        (("markdown", "<!-- answer: why_jitt -->"), "did you mean 'why_jitt'?"),
        (("code", f"# {LINE}"), "add the line to a text cell"),
    ],
)
def test_line_must_be_there(tmp_path: Path, cell: tuple[str, str], do: str) -> None:
    """A notebook without a cell for the answer is a problem of the declaration."""
    folder = assignment(tmp_path)
    (folder / "words.ipynb").write_text(notebook((*UNTOUCHED[:2], cell)), "utf-8")
    assert lint.problems(registry.load(str(folder)), 1) == (
        "assignment 'words': notebook 'words.ipynb': has no text cell with the line <!-- answer: "
        f"why_jit -->; {do}",
    )


def test_self_check_knows_no_check_by_hand(words: Path) -> None:
    """The file for the self-check has the parts, with the points of code that the grader gives."""
    parts = export(registry.load(str(words)))["parts"]
    assert [(part["name"], part["points"]) for part in parts] == [
        ("double", 4), ("triple", 4), ("why_jit", 5),
    ]  # fmt: skip
    assert "SECRET" not in json.dumps(parts)


@pytest.mark.parametrize(
    ("cells", "threshold", "ended"),
    [
        (answered(), 100, (0, "8/15\n")),
        ((*CODE, UNTOUCHED[2]), 100, (1, "8/15\n")),
        ((CODE[0], *UNTOUCHED[1:]), 30, (0, "4/15\n")),
        ((CODE[0], *UNTOUCHED[1:]), 31, (1, "4/15\n")),
        (UNTOUCHED, 1, (1, "0/15\n")),
    ],
    ids=["answered", "without answer", "reached", "missed", "untouched"],
)
def test_threshold_is_of_what_is_decided(
    words: Path,
    tmp_path: Path,
    cells: tuple[tuple[str, str], ...],
    threshold: int,
    ended: tuple[int, str],
) -> None:
    """The threshold counts no open points; an answer that is missing is not open."""
    file = tmp_path / "ann.ipynb"
    file.write_text(notebook(cells), "utf-8")
    ran = run("check", file, "-a", words, "--threshold", threshold, "--quiet")
    assert (ran.code, ran.out) == ended, ran.err


def test_check_says_what_is_open(words: Path, tmp_path: Path) -> None:
    """Terminal, JUnit and report of a single submission say what is open, and show no rubric."""
    file, html, junit = (tmp_path / name for name in ("ann.ipynb", "a.html", "a.xml"))
    file.write_text(notebook(answered()), "utf-8")
    ran = run("check", file, "-a", words, "--html", html, "--junit", junit)
    assert "8 of 15 points, 7 open" in ran.out
    assert "7 points are still open and not lost" in ran.out
    xml, page = junit.read_text("utf-8"), html.read_text("utf-8")
    assert '<property name="open_points" value="7" />' in xml
    assert xml.count('<skipped type="open"') == 2
    assert 'failures="0" errors="0"' in xml
    assert "SECRET" not in ran.out + xml + page


def test_answers_in_words_rank(words: Path) -> None:
    """Of several files, one with an answer alone is more than an untouched or empty one."""
    rank = Rank(registry.load(str(words)))
    files = {
        "untouched": notebook(UNTOUCHED),
        "other": notebook([("code", "x = 1")]),
        "words": notebook([("markdown", f"{LINE}\nIt compiles.")]),
        "whole": notebook(answered()),
    }
    ranks = {name: rank(text.encode(), "a.ipynb") for name, text in files.items()}
    assert ranks["untouched"] == 0
    assert ranks["untouched"] < ranks["other"] < ranks["words"] < ranks["whole"]
    assert rank.holds(files["words"].encode(), "a.ipynb")
    assert not rank.holds(files["other"].encode(), "a.ipynb")
