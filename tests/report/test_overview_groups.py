"""Tests of `grader.report.overview`: groups of students with one wrong program."""

import json
import re
from dataclasses import replace

import pytest
from sample_results import MEANS, check, part, result
from sound_pages import HOSTILE, Page, assert_sound

from grader.report.overview import INDEX, STUDENTS, Run, overview_files
from grader.report.result_json import stored
from grader.results import Excerpt, State, SubmissionResult

RUN = Run(title="Sample", seed=7)


def overview(*made: SubmissionResult) -> Page:
    """The page for these results, after the checks of every page."""
    files = overview_files([stored(item) for item in made], RUN)
    return assert_sound(files[INDEX], is_scripted=True)


def row(page: Page, start: str) -> str:
    """The text of the first row of a table that starts so."""
    return next(text for text in page.rows if text.startswith(start))


def same_wrong(student: str, program: str = "0123456789abcdef") -> SubmissionResult:
    """Somebody whose program is wrong in a way that nobody has described."""
    code = Excerpt(source=MEANS, cell=16)
    lost = (check("other sizes", "failed"),)
    return result(part(State.PARTLY, checks=lost, program=program, excerpt=code), student=student)


def test_same_programs_with_students() -> None:
    """Groups of one program have the part, the line, how many, and links to all the reports."""
    page = overview(*(same_wrong(f"s{i}") for i in range(1, 6)), same_wrong("other", "f" * 16))
    assert row(page, "1 · Double") == (
        "1 · Double the numbers return jnp.where(mask, samples, 0.).mean(axis=0) 5 "
        "s1 , s2 , s3 and 2 more s4 s5"
    )
    text = (
        "Possible new mistakes The students in a row lose points in that part, and their code "
        "computes exactly the same, but no known mistake matches. Read one of their reports. If it "
        "shows a mistake, describe it once as a Mistake in the assignment and run the same command "
        "again: the report of each of these students then explains it."
    )
    assert text in page.said
    table = page.said[page.said.index("Possible new") : page.said.index("Hardest checks")]
    assert "other" not in table
    links = [href for href in page.values("href") if href == "students/s5/feedback.html"]
    assert len(links) == 4  # here, no known mistake, the check, and the table


def test_same_programs_are_filtered() -> None:
    """The count of a group leads to its students in the table."""
    page = overview(*(same_wrong(name, name[0] * 16) for name in ("a1", "a2", "b1", "b2", "a3")))
    rows = dict(zip(("a1", "a2", "a3", "b1", "b2"), page.values("data-f"), strict=True))
    members = {name: {"g0", "g1"} & {*found.split()} for name, found in rows.items()}
    assert members == {"a1": {"g0"}, "a2": {"g0"}, "a3": {"g0"}, "b1": {"g1"}, "b2": {"g1"}}
    labels = json.loads(page.data["labels"])
    assert labels["g0"] == labels["g1"] == "part 1, possible new mistake"
    assert {"#g0", "#g1"} <= {*page.values("href")}
    assert {"g0", "g1"} <= {*page.values("id")}


def test_no_same_programs_no_section() -> None:
    """Without a group there is no section, and a known mistake makes none."""
    assert "Possible new mistakes" not in overview(same_wrong("a"), same_wrong("b", "f" * 16)).said
    known = (check("other sizes", "failed", mistake="sign"),)
    made = [replace(same_wrong(name), parts=()) for name in ("a", "b")]
    parts = (replace(same_wrong("a").parts[0], checks=known),)
    assert "Possible new" not in overview(*(replace(one, parts=parts) for one in made)).said


def test_group_without_a_line() -> None:
    """Where no two wrote the same line, that is said."""
    made = [
        replace(one, parts=(replace(one.parts[0], excerpt=None),))
        for one in (same_wrong("a"), same_wrong("b"))
    ]
    assert row(overview(*made), "1 · Double") == (
        "1 · Double the numbers They share no line of code 2 a , b"
    )


def test_many_groups_are_folded() -> None:
    """Of many groups the first are seen, the others one click away; a large class has its list."""
    made = [same_wrong(f"s{i}", f"{i % 12:016x}") for i in range(36)]
    page = overview(*made)
    shown = [text for text in page.rows if text.startswith("1 · Double")]
    assert len(shown) == 12
    assert page.said.index(shown[7]) < page.said.index("and 4 more") < page.said.index(shown[8])
    large = [stored(same_wrong(f"s{i}", f"{i % 200:016x}")) for i in range(500)]
    pages = overview_files(large, RUN)
    index = assert_sound(pages[INDEX], is_scripted=True)
    assert "and 192 more" in index.said
    assert f"{STUDENTS}#g199" in index.values("href")
    assert "g199" in json.loads(assert_sound(pages[STUDENTS], is_scripted=True).data["labels"])
    assert len(pages[INDEX].encode()) < 200_000


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_code_is_text(text: str) -> None:
    """Whatever a line that is shared holds is shown as text."""
    code = Excerpt(source=f"def f(x):\n    y = {text!r}\n    z = {text}\n")
    parts = (replace(same_wrong("a").parts[0], excerpt=code, program=text),)
    page = overview(*(replace(same_wrong(name), parts=parts) for name in ("a", "b")))
    assert "Possible new mistakes" in page.said
    assert row(page, "1 · Double").endswith(" 2 a , b")


def test_names_in_groups_can_be_hidden() -> None:
    """Every name in a group stands where the checkbox hides it, and so do names in filters."""
    made = [stored(same_wrong(f"canary-name {i}")) for i in range(6)]
    html = overview_files(made, RUN)[INDEX]
    section = html[html.index('id="h-same"') : html.index('id="h-checks"')]
    assert len(re.findall(r'<span class="who">canary-name \d</span>', section)) == 6
    assert len(re.findall(r'<span class="nobody">Student \d</span>', section)) == 6
    seen = re.sub(r'<span class="who">.*?</span>|href="[^"]*"', "", html)
    assert "canary-name" not in seen
