"""Points that a person gives, from the submission to the report: the real command."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sound_pages import assert_sound
from tiny_class import Ran, results, run
from words_class import CODE, UNTOUCHED, answered, assignment, hand_in

HEADER = "student,part,check,points,comment\n"
FORMULA = "=HYPERLINK(1)\n\n<script>alert(49)</script> & more"
TEXT_ONLY = (("markdown", "<!-- answer: why_jit -->\nOnly words."),)


@dataclass(frozen=True)
class Class:
    """A class that was graded: its sources, its assignment, and the folder of its results."""

    home: Path
    words: Path
    out: Path

    def run(self, *more: str | Path, is_merging: bool = False) -> Ran:
        """Run the command again, with the submissions or only to merge."""
        sources = () if is_merging else (self.home,)
        return run("batch", *sources, "-a", self.words, "--out", self.out, "--jobs", 1, *more)

    def merge(self, rows: str, *more: str | Path, is_merging: bool = True) -> Ran:
        """Merge a table with these rows."""
        file = self.out.parent / "marks.csv"
        file.write_text(HEADER + rows, "utf-8")
        return self.run("--marks", file, *more, is_merging=is_merging)

    @property
    def to_mark(self) -> list[dict[str, str]]:
        """The rows of what a person has to decide."""
        file = self.out / "to_mark.csv"
        text = file.read_bytes().decode("utf-8") if file.exists() else ""
        return [*csv.DictReader(io.StringIO(text, newline=""))]

    @property
    def files(self) -> dict[str, bytes]:
        """All that is in the folder."""
        found = (path for path in self.out.rglob("*") if path.is_file())
        return {str(path.relative_to(self.out)): path.read_bytes() for path in found}

    def part(self, student: str, name: str) -> dict[str, Any]:
        """A part of a student's result."""
        return next(one for one in results(self.out)[student]["parts"] if one["name"] == name)

    def page(self, student: str) -> str:
        """A student's report."""
        return (self.out / "students" / student / "feedback.html").read_text("utf-8")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """A class that was graded once."""
    folder = tmp_path_factory.mktemp("class")
    home = hand_in(
        folder / "class",
        ann=answered(FORMULA),
        bob=(("code", "def double(x):\n    return x\n"), *UNTOUCHED[1:]),
        cal=TEXT_ONLY,
        dan=UNTOUCHED,
    )
    made = Class(home, assignment(folder), folder / "out")
    assert made.run("--seed", "1").code == 0
    return made


@pytest.fixture
def own(graded: Class, tmp_path: Path) -> Class:
    """The same for a test alone."""
    for folder in (graded.home, graded.out, graded.words):
        shutil.copytree(folder, tmp_path / folder.name)
    return Class(tmp_path / graded.home.name, tmp_path / graded.words.name, tmp_path / "out")


def test_open_until_decided(graded: Class) -> None:
    """What waits for a person is open and worth 0 until then; what is not there is missing."""
    found = results(graded.out)
    assert {name: (one["score"], one.get("open_points")) for name, one in found.items()} == {
        "ann": (8.0, 7.0), "bob": (0.0, 2.0), "cal": (0.0, 5.0), "dan": (0.0, None),
    }  # fmt: skip
    states = {name: [p["status"] for p in one["parts"]] for name, one in found.items()}
    assert states == {
        "ann": ["open", "passed", "open"],
        "bob": ["open", "missing", "missing"],
        "cal": ["missing", "missing", "open"],
        "dan": ["missing", "missing", "missing"],
    }
    assert [check["status"] for check in graded.part("bob", "double")["checks"]] == [
        "failed",
        "open",
    ]
    assert graded.part("bob", "double")["state"] == "not_yet"
    keys = [*found["ann"]]
    assert keys[keys.index("score") + 1] == "open_points"


def test_text_alone_is_an_answer(graded: Class) -> None:
    """A submission without code whose answer is a text is no empty one, and is not told so."""
    assert results(graded.out)["cal"]["messages"] == []
    assert results(graded.out)["cal"]["parts"][2]["answer"] == "Only words."
    page = assert_sound((graded.out / "index.html").read_text("utf-8"), is_scripted=True).said
    assert "Almost empty 1 Every part is untouched or missing." in " ".join(page.split())


def test_table_of_what_is_open(graded: Class) -> None:
    """Every open check has a row, with what the marker needs, and no cell is a formula."""
    rows = graded.to_mark
    assert [*rows[0]][:5] == HEADER.strip().split(",")
    assert [(r["student"], r["part"], r["check"], r["max_points"]) for r in rows] == [
        ("ann", "double", "explanation", "2"), ("bob", "double", "explanation", "2"),
        ("ann", "why_jit", "", "5"), ("cal", "why_jit", "", "5"),
    ]  # fmt: skip
    assert {(r["points"], r["comment"]) for r in rows} == {("", "")}
    assert rows[0]["answer"] == "def double(x):\n    return 2 * x"
    assert rows[2]["answer"] == f"'{FORMULA}"
    assert rows[2]["rubric"] == "SECRET: 2 for compiling"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_rubric_is_for_staff(graded: Class) -> None:
    """The overview shows the rubric; no file of a student does."""
    files = graded.files
    assert b"SECRET: 2 for compiling" in files["index.html"]
    assert [n for n, data in files.items() if "students/" in n and b"SECRET" in data] == []


def test_report_shows_the_answer_as_text(graded: Class) -> None:
    """The report shows the student's words with their lines, as text and nothing else."""
    page = graded.page("ann")
    assert_sound(page)
    assert "=HYPERLINK(1)\n\n&lt;script&gt;alert(49)&lt;/script&gt; &amp; more</blockquote>" in page
    assert "7 points are still open and not lost" in page
    assert "decides about 5 points of this part" in page
    assert "What to do next" not in page


def test_marks_are_merged(own: Class) -> None:
    """Points and comments are in results, reports and tables; the same table changes nothing."""
    rows = 'ann,why_jit,,3.5,"Good <b>,\nbut why?"\nann,double,explanation,2,\ncal,why_jit,,5,\n'
    ran = own.merge(rows)
    assert (ran.code, "grader: 3 marks merged from" in ran.err) == (0, True), ran.err
    ann = results(own.out)["ann"]
    assert (ann["score"], "open_points" in ann) == (13.5, False)
    assert [part["status"] for part in ann["parts"]] == ["passed", "passed", "partial"]
    assert own.part("cal", "why_jit")["status"] == "passed"
    page = own.page("ann")
    assert '<p class="lines">Good &lt;b&gt;,\nbut why?</p>' in page
    assert "still open" not in page
    grades = (own.out / "grades.csv").read_text("utf-8").splitlines()
    assert grades[1] == "ann,ann.ipynb,graded,13.5,15,6,4,3.5,"
    assert [(row["student"], row["part"]) for row in own.to_mark] == [("bob", "double")]
    before = own.files
    assert own.merge(rows).code == 0
    assert own.files == before
    assert own.merge(rows, is_merging=False).code == 0
    assert own.files == before


def test_later_tables(own: Class) -> None:
    """A row replaces an earlier one, a row that is not there leaves it, and `open` takes it back."""
    own.merge("ann,why_jit,,3,First\nann,double,,1,\n")
    own.merge("ann,why_jit,,4,\nann,double,,,\n")
    assert [part["score"] for part in results(own.out)["ann"]["parts"]] == [5, 4, 4]
    assert "First" not in own.page("ann")
    ran = own.merge("ann,why_jit,,open,\nann,double,,open,\n")
    assert ran.code == 0
    assert results(own.out)["ann"]["open_points"] == 7
    assert len(own.to_mark) == 4


def test_stale_table_is_removed(own: Class) -> None:
    """Where nothing is open, there is no table."""
    own.merge("ann,why_jit,,0,\nann,double,,0,\nbob,double,,0,\ncal,why_jit,,0,\n")
    assert not (own.out / "to_mark.csv").exists()
    assert own.part("ann", "why_jit")["status"] == "failed"
    assert "still open" not in (own.out / "index.html").read_text("utf-8")


@pytest.mark.parametrize("is_merging", [True, False])
def test_faulty_table_writes_nothing(own: Class, *, is_merging: bool) -> None:
    """All problems are told by line, the exit code is 2, and no file changes."""
    before = own.files
    ran = own.merge("ann,why_jit,,3,\nzoe,why_jit,,6,\nann,double,no,1,\n", is_merging=is_merging)
    assert ran.code == 2
    lines = [line.partition("marks.csv, ")[2] for line in ran.err.splitlines()]
    assert [line.split(":")[:2] for line in lines] == [
        ["line 3", " student"], ["line 3", " points"], ["line 4", " check"],
    ]  # fmt: skip
    assert own.files == before


def test_graded_again_with_the_same_answer(own: Class) -> None:
    """Marks stay when everything is graded again, and in another language."""
    own.merge("ann,why_jit,,3,Good.\nbob,double,,1,\n")
    before = results(own.out)
    ran = own.run("--fresh")
    assert ran.code == 0, ran.err
    assert {n: one["score"] for n, one in results(own.out).items()} == {
        n: one["score"] for n, one in before.items()
    }
    assert own.run("--lang", "de").code == 0
    assert own.part("ann", "why_jit")["checks"][0]["name"] == "Antwort in Worten"
    assert "Kommentar" in own.page("ann")
    assert "Good." in own.page("ann")


def test_answer_that_changed_is_open_again(own: Class) -> None:
    """A mark is for what was seen: another answer, or other code, is open again, and that is said."""
    seen = {(row["student"], row["part"]): row["seen"] for row in own.to_mark}
    own.merge("ann,why_jit,,3,Good.\nann,double,,1,\ncal,why_jit,,2,\n")
    hand_in(own.home, ann=answered("It fuses."), cal=(*TEXT_ONLY, CODE[1]))
    ran = own.run()
    assert ran.code == 0, ran.err
    for part in ("double", "why_jit"):
        assert f"grader: ann: the answer to {part} or its points have changed" in ran.err.replace(
            "`", ""
        )
    assert "cal: the answer" not in ran.err
    assert [part["status"] for part in results(own.out)["ann"]["parts"]] == [
        "open",
        "passed",
        "open",
    ]
    assert own.part("cal", "why_jit")["score"] == 2
    file = own.out.parent / "seen.csv"
    file.write_text(
        f"{HEADER.strip()},seen\nann,why_jit,,3,,{seen['ann', 'why_jit']}\n"
        f"cal,why_jit,,4,,{seen['cal', 'why_jit']}\n",
        "utf-8",
    )
    ran = own.run("--marks", file, is_merging=True)
    assert ran.code == 0
    assert f"{file}, line 2: the submission of ann has changed since" in ran.err
    assert own.part("ann", "why_jit")["status"] == "open"
    assert own.part("cal", "why_jit")["score"] == 4


def test_graded_and_merged_in_one_run(graded: Class, tmp_path: Path) -> None:
    """A first run with marks grades, then merges; the zip file has the comments."""
    fresh = Class(graded.home, graded.words, tmp_path / "out")
    archive = tmp_path / "feedback.zip"
    ran = fresh.merge("ann,why_jit,,3,Good.\n", "--zip", archive, is_merging=False)
    assert ran.code == 0, ran.err
    assert fresh.part("ann", "why_jit")["score"] == 3
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    assert "Good." in (tmp_path / "unpacked" / "ann" / "feedback.html").read_text("utf-8")


def test_only_one_graded_all_merged(own: Class) -> None:
    """With `--only`, one is graded again, and the marks of all are merged."""
    ran = own.merge("ann,why_jit,,3,\ncal,why_jit,,2,\n", "--only", "ann", is_merging=False)
    assert ran.code == 0, ran.err
    assert (own.part("ann", "why_jit")["score"], own.part("cal", "why_jit")["score"]) == (3, 2)


def test_unreadable_has_nothing_to_decide(own: Class) -> None:
    """A row about a submission that could not be read is told, and the others are merged."""
    (own.home / "eve.ipynb").write_text("{", "utf-8")
    assert own.run().code == 0
    ran = own.merge("eve,why_jit,,3,\nann,why_jit,,3,\n")
    assert ran.code == 0
    assert "line 2: eve has no graded submission, so there is nothing to decide" in ran.err
    assert own.part("ann", "why_jit")["score"] == 3


def test_merging_needs_results(graded: Class, tmp_path: Path) -> None:
    """Without submissions, there must be marks and results, and nothing that grades."""
    empty = Class(graded.home, graded.words, tmp_path / "out")
    ran = empty.merge("ann,why_jit,,3,\n")
    assert (ran.code, ran.err) == (
        2, f"grader: {tmp_path / 'out'}: no results found; name the submissions to grade\n",
    )  # fmt: skip
    assert not (tmp_path / "out").exists()
    for option in ("--fresh", "--only=ann", "--notebooks", "--zip=x.zip"):
        ran = graded.run("--marks", tmp_path / "x.csv", option, is_merging=True)
        name = option.partition("=")[0]
        assert (ran.code, ran.err) == (
            2,
            f"grader batch: {name}: needs the submissions; name them as you did to grade them\n",
        )


def test_class_counts_what_is_open(graded: Class) -> None:
    """Overview and terminal say how many points are open, and count them under no loss."""
    page = assert_sound((graded.out / "index.html").read_text("utf-8"), is_scripted=True).said
    words = " ".join(page.split())
    assert "14 points still open" in words
    assert "To be graded by hand" in words
    assert "Part 3: answer in words: 10 points open, of 2 students." in words
    assert "1. Double ( 2 open ) 0 0 2" in words
    ran = graded.run()
    assert "Still open: 14 points of 3 students, which count as 0 here." in ran.out
    assert f"To mark   {graded.out / 'to_mark.csv'}" in ran.out
    data = json.loads((graded.out / "students/ann/result.json").read_text("utf-8"))
    assert "rubric" not in json.dumps(data)
