"""Tests of `grader.report.github`, `gitlab`, and `problems`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sample_results import PUBLIC, check, part, result, typical, unreadable
from workflow_log import Command, commands, outputs

from grader.catalog import catalog, say
from grader.report import github
from grader.report.gitlab import render_code_quality
from grader.report.problems import Problem, problems
from grader.results import Excerpt, GradedNotebook, State

HOSTILE = (
    "::error::x", "##[error]x", "%0A::error::x", "%250A", "a,b=c:d", "\n::set-env name=A::b",
    "\r\n##[add-path]/x", "::stop-commands::x", "%3A%2C", "::::", "##[error", "]", ";file=x", "100%",
)  # fmt: skip
TEXTS = catalog()


@pytest.mark.parametrize("said", HOSTILE)
def test_command_says_what_it_is_given(said: str) -> None:
    """A message and the properties come back from the runner as they were."""
    line = github.command("error", said, file=said, line=3, title=said)
    assert "\n" not in line
    assert list(commands(line)) == [
        Command("error", {"file": said, "line": "3", "title": said}, said)
    ]


@pytest.mark.parametrize("said", [*HOSTILE, "", "a\n", "\n".join(HOSTILE)])
def test_nothing_acts_while_stopped(said: str) -> None:
    """What is printed behind a token does nothing, and what follows acts again."""
    log = github.stopped(said, "0123456789abcdef") + github.command("notice", "here")
    assert list(commands(log)) == [Command("notice", {}, "here")]


def test_properties_without_value_are_left_out() -> None:
    """A property that is not known is not named."""
    assert github.command("error", "x", file="", line=None) == "::error::x"


def test_outputs_are_lines() -> None:
    """Each output is one line, whatever its value."""
    text = github.outputs({"score": "87.5", "passed": "true\nscore=100"})
    assert outputs(text) == {"score": "87.5", "passed": "true score=100"}


def test_annotations_name_part_and_place() -> None:
    """What costs points is an error with cell and line in its title, a tip a warning."""
    found = problems(typical(), TEXTS, {"kmeans_robin.ipynb": "hw/kmeans_robin.ipynb"})
    told = list(commands("\n".join(github.annotation_commands(found))))
    assert [(one.name, one.properties["title"]) for one in told] == [
        ("error", "Find the new assignment: cell 14, line 3"),
        ("error", "Find the new centroids: cell 16"),
        ("error", "One improvement step: cell 20, line 2"),
        ("warning", "Initialize the centroids"),
    ]
    assert {one.properties["file"] for one in told} == {"hw/kmeans_robin.ipynb"}
    assert all("line" not in one.properties for one in told)


def script(line: int | None = 7) -> Excerpt:
    """Lines 5 to 9 of a script."""
    return Excerpt(source="a\nb\nc\nd\ne", first_line=5, marked=line)


@pytest.mark.parametrize(("marked", "line"), [(7, "7"), (None, "5")])
def test_script_has_lines(marked: int | None, line: str) -> None:
    """The line of a script is that of its file; without one it is where the code begins."""
    made = result(part(State.NOT_YET, checks=(check("v", "failed"),), excerpt=script(marked)))
    (told,) = commands("\n".join(github.annotation_commands(problems(made, TEXTS, {}))))
    assert told.properties["line"] == line


def test_ten_of_each_are_shown() -> None:
    """GitHub shows ten errors and ten warnings of a step, so no more are printed."""
    tip = check("t", "advice", message="a tip")
    many = (
        part(State.NOT_YET, name=f"p{i}", checks=(check("v", "failed"), tip)) for i in range(30)
    )
    found = problems(result(*many), TEXTS, {})
    names = [one.name for one in commands("\n".join(github.annotation_commands(found)))]
    assert (len(found), names) == (60, ["error"] * 10 + ["warning"] * 10)


def test_unreadable_is_one_problem() -> None:
    """A file that cannot be read is one problem, with the reason."""
    (found,) = problems(unreadable(), TEXTS, {})
    assert found == Problem(
        key="file",
        part="",
        title="We could not read your file",
        text="lindqvist.ipynb: not a notebook, it ends in the middle of line 212.",
        path="lindqvist.ipynb",
    )


def test_unread_cell_is_a_problem_of_its_own() -> None:
    """A cell that Python cannot read is said once, before the parts."""
    broken = say(
        "cell.at", place=say("cell.place", cell=3, line=2), what=say("cell.brackets", most=9)
    )
    first, _ = problems(result(part(State.NOT_FOUND), messages=(broken,)), TEXTS, {})
    assert (first.title, first.part) == ("cell 3, line 2", "")


def test_unchecked_is_our_fault() -> None:
    """What could not be checked is said once, as our problem."""
    (found,) = problems(result(part(State.UNCHECKED), part(State.UNCHECKED)), TEXTS, {})
    assert found.text.startswith("We could not check this part. The problem is on our side")


def test_part_is_in_its_notebook() -> None:
    """Of several notebooks a problem names the one that its part is in."""
    books = tuple(GradedNotebook(path=f"{name}.ipynb", sha256="") for name in "ab")
    made = result(part(State.NOT_YET, notebook="b.ipynb"), notebooks=books, path="a.ipynb")
    (found,) = problems(made, TEXTS, {"a.ipynb": "x/a.ipynb", "b.ipynb": "y/b.ipynb"})
    assert found.path == "y/b.ipynb"


def test_path_is_made_visible() -> None:
    """A file's name cannot hide characters, or break what it is written to."""
    made = result(part(State.NOT_YET))
    (found,) = problems(made, TEXTS, {"alice.ipynb": "a\x1b\ud800.ipynb"})
    assert found.path == "a⟨U+001B⟩⟨U+D800⟩.ipynb"
    assert json.loads(render_code_quality(made, {"alice.ipynb": "\ud800"}).encode())


# GitLab --------------------------------------------------------------------------------------


def test_code_quality_has_what_gitlab_reads() -> None:
    """Each problem has the keys of the format, and none the fingerprint of another."""
    found = json.loads(render_code_quality(typical(), {"kmeans_robin.ipynb": "hw/k.ipynb"}))
    assert [(one["check_name"], one["severity"]) for one in found] == [
        ("kmeans.update_assignment", "major"),
        ("kmeans.update_centroids", "major"),
        ("kmeans.improve_centroids", "major"),
        ("kmeans.init", "info"),
    ]
    assert found[0]["location"] == {"path": "hw/k.ipynb", "lines": {"begin": 1}}
    assert found[0]["description"].startswith("Find the new assignment: cell 14, line 3: ")
    for one in found:
        assert set(one) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert len({one["fingerprint"] for one in found}) == len(found)


def test_fingerprint_outlives_a_commit() -> None:
    """The same problem has the same fingerprint on another line and in another language."""
    made = [
        part(State.NOT_YET, checks=(check("v", "failed", visibility=PUBLIC),), excerpt=script(line))
        for line in (6, 8)
    ]
    first, second, german = (
        json.loads(render_code_quality(result(one), {}, lang=lang))[0]
        for one, lang in ((made[0], "en"), (made[1], "en"), (made[0], "de"))
    )
    assert first["fingerprint"] == second["fingerprint"] == german["fingerprint"]
    assert first["location"]["lines"]["begin"] != second["location"]["lines"]["begin"]


def test_nothing_to_fix_is_an_empty_list() -> None:
    """A submission that is correct has an empty report, and one that is unreadable a critical."""
    assert json.loads(render_code_quality(result(part()), {})) == []
    (one,) = json.loads(render_code_quality(replace(unreadable(), assignment="x"), {}))
    assert (one["severity"], one["check_name"]) == ("critical", "x")
