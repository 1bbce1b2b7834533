"""What every report says of points that a person gives: open, decided, never lost."""

from __future__ import annotations

import pytest
from sample_results import PUBLIC, by_hand, check, part, result, written
from sound_pages import HOSTILE, Page, assert_sound

from grader.catalog import catalog
from grader.course.decided import decided, with_marks
from grader.report.actions import actions
from grader.report.class_text import batch_summary
from grader.report.html import render_student
from grader.report.junit import render_junit
from grader.report.overview import INDEX, Run, overview_files
from grader.report.result_json import as_data, dumps, load, stored
from grader.report.tally import check_tallies, mistake_tallies, open_tallies, part_tallies
from grader.report.text import render_check
from grader.results import Mark, State, SubmissionResult

TEXTS = catalog()
KEY = ("why", "answer in words")


def open_result(answer: str = "It compiles.", student: str = "ann") -> SubmissionResult:
    """A correct part, and an answer that waits."""
    return result(part(checks=(check(),)), written(answer), student=student)


def marked(points: float, comment: str = "", student: str = "ann") -> SubmissionResult:
    """The same, decided."""
    whole = open_result(student=student)
    return decided(with_marks(whole, {KEY: Mark(points=points, comment=comment, seen="v1")}))


def said(made: SubmissionResult, lang: str = "en") -> str:
    """What a student reads."""
    return " ".join(assert_sound(render_student(made, lang=lang)).said.split())


def test_page_says_what_is_open() -> None:
    """A page says how many points are open, that they are not lost, and asks for nothing."""
    text = said(open_result())
    assert "10 of 15 points" in text
    assert "5 points are still open and not lost: a person decides about them." in text
    assert "Part 1 is correct. Part 2 is open." in text
    assert "0 / 5 points · 5 open" in text
    assert "Points that are still open are not included in this sum yet." in text
    assert "What to do next" not in text
    assert "All parts are correct" not in text
    assert actions(open_result(), TEXTS) == ()


def test_page_in_german() -> None:
    """So does a German one."""
    text = said(open_result(), "de")
    assert "5 Punkte sind noch offen und nicht verloren" in text
    assert "Deine Antwort It compiles." in text


def test_one_point_is_one() -> None:
    """The sentences are right for a single point too."""
    check_ = by_hand("answer in words", max_score=1.0)
    text = said(result(written(max_score=1.0, checks=(check_,))))
    assert "1 point is still open and not lost: a person decides about it." in text


def test_comment_is_shown() -> None:
    """A comment is shown in lines; of a correct part too, which is not folded away then."""
    page = render_student(marked(5, "Very\nclear."))
    assert_sound(page)
    assert '<p class="lines">Very\nclear.</p>' in page
    assert '<div class="card rows">' in page, "the other part is folded"
    assert page.count('<details class="fold">') == 1
    assert said(marked(5)).count("All parts are correct. Well done.") == 1


def test_lost_points_say_how_many() -> None:
    """What was decided and is not all is a next thing to do, with its points."""
    text = said(marked(3, "Say why."))
    assert "+2 points" in text
    assert "Answer in words: 3 of 5 points." in text
    assert "Comment Say why." in text


def test_open_points_are_not_to_win() -> None:
    """What can be won in a part with an open check is what the grader took."""
    lost = check("values", "failed", visibility=PUBLIC, message="it is zero")
    made = result(part(State.NOT_YET, checks=(lost, by_hand())))
    (action,) = actions(made, TEXTS)
    assert action.points == 5
    text = said(made)
    assert "A person decides about 5 points of this part." in text
    assert "It is zero." in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_answer_is_text(text: str) -> None:
    """Whatever an answer or a comment contains is shown as text."""
    mark = Mark(points=1, comment=text, seen="v1")
    made = decided(with_marks(open_result(text), {KEY: mark}))
    assert_sound(render_student(made))
    pages = overview_files(
        [stored(open_result(text))], Run(title="T", seed=1, rubrics={"why": [text]})
    )
    assert_sound(pages[INDEX], is_scripted=True)
    assert_terminal_is_safe(render_check(made))
    render_junit(made)


def assert_terminal_is_safe(text: str) -> None:
    """No character acts."""
    assert all(char.isprintable() or char == "\n" for char in text)


def test_result_has_what_applies() -> None:
    """The result says what is open, and what was answered and decided; nothing where it is not."""
    data = as_data(stored(open_result("One.\nTwo.")))
    assert data["open_points"] == 5
    assert data["parts"][1]["answer"] == "One.\nTwo."
    assert data["parts"][1]["open_points"] == 5
    assert not {"answer", "open_points", "seen"} & {*data["parts"][0]}
    data = as_data(stored(marked(3, "Say\nwhy.")))
    assert "open_points" not in data
    (one,) = data["parts"][1]["checks"]
    assert (one["score"], one["comment"], one["status"]) == (3, "Say\nwhy.", "failed")


@pytest.mark.parametrize("made", [open_result("One.\nTwo."), marked(3, "Say\nwhy."), marked(5)])
def test_result_is_read_back(
    made: SubmissionResult, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is written is read back equal."""
    path = tmp_path_factory.mktemp("result") / "result.json"
    path.write_text(dumps(stored(made)), "utf-8")
    assert load(path) == stored(made)


def test_junit_skips_what_is_open() -> None:
    """An open check is skipped, and a decided one that is not all says its points and comment."""
    xml = render_junit(open_result())
    assert '<skipped type="open" message="Answer in words: open until a person decides." />' in xml
    assert '<property name="open_points" value="5" />' in xml
    xml = render_junit(marked(3, "Say why."))
    assert '<failure type="by-hand" message="Answer in words: 3 of 5 points.">' in xml
    assert "Say why." in xml
    assert "open_points" not in xml


def test_class_counts_nothing_open_as_lost() -> None:
    """A class counts open parts apart: no check is missed, no mean is lower, nobody has none."""
    data = [stored(open_result(student="ann")), stored(marked(3, student="bob"))]
    first, second = part_tallies(data)
    assert (first.open, first.correct) == ((), ("ann", "bob"))
    assert (second.open, second.partly, second.none, second.mean) == (("ann",), ("bob",), (), 3.0)
    (waits,) = open_tallies(data)
    assert (waits.part, waits.points, waits.students) == (2, 5.0, ["ann"])
    assert [(row.name, row.n, row.missed) for row in check_tallies(data)] == [
        ("answer in words", 1, ["bob"]), ("values", 2, []),
    ]  # fmt: skip
    assert [row.students for row in mistake_tallies(data)] == [{}]
    only = part_tallies(data[:1])
    assert (only[1].mean, only[1].none) == (None, ())


def test_overview_shows_rubric_and_open_points() -> None:
    """Staff see how many points are open in which check, its rubric, and who it is."""
    data = [stored(open_result(student="ann")), stored(marked(3, student="bob"))]
    run = Run(title="Sample", seed=1, rubrics={"why": ["2 for this\n3 for that"]})
    page = assert_sound(overview_files(data, run)[INDEX], is_scripted=True)
    text = " ".join(page.said.split())
    assert "5 points still open" in text
    assert "Part 2: answer in words: 5 points open, of 1 student." in text
    assert "Rubric: 2 for this 3 for that" in text
    assert "2. Why ( 1 open ) 0 1 0 3.0 / 5" in text
    assert "open, a person decides" in text
    assert isinstance(page, Page)
    done = assert_sound(overview_files(data[1:], run)[INDEX], is_scripted=True).said
    assert "open" not in done.replace("--open", "")


def test_terminal_of_a_class() -> None:
    """The summary says what is open, where anything is."""
    summary = batch_summary([stored(open_result())], duration_s=1.0)
    assert "Still open: 5 points of 1 student, which count as 0 here.\n" in summary
    assert "open" not in batch_summary([stored(marked(3))], duration_s=1.0)
