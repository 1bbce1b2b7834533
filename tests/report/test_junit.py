"""Tests of `grader.report.junit`."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_class
from sample_results import HIDDEN, PUBLIC, check, every_state, part, result, typical, unreadable

from grader.report.junit import render_junit
from grader.results import State, SubmissionResult, SubmissionStatus

HOSTILE = (
    "<script>alert(1)</script>", "]]>", "&lol;", "\x00\x07\x1b[31m", "\u202egnp.exe", "\ud800",
    "\ufffe\uffff", '"><failure type="x"/>', "<!DOCTYPE x [<!ENTITY y 'z'>]>", "::error::x\x7f",
    "##[error]x\r\n\tnext", "-->", "\x85\u2028",
)  # fmt: skip
ALLOWED = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
    "properties": set(),
    "property": {"name", "value"},
    "system-out": set(),
}
"""The attributes of each element that the schema allows and that are written."""


def parsed(text: str | bytes) -> ET.Element:
    """The root of what we wrote ourselves, read back."""
    return ET.fromstring(text)  # noqa: S314  (our own file)


def read(made: SubmissionResult) -> ET.Element:
    """The only suite of the file, read back."""
    root = parsed(render_junit(made).encode("utf-8"))
    (suite,) = root
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    return suite


def outcomes(suite: ET.Element) -> dict[str, tuple[str, str] | None]:
    """What became of each test case: the element and its type, or None when it passed."""
    found = {}
    for case in suite.iter("testcase"):
        held = [item for item in case if item.tag != "system-out"]
        assert len(held) <= 1
        found[case.attrib["name"]] = (held[0].tag, held[0].attrib["type"]) if held else None
    return found


def test_suite_has_counts_and_marks() -> None:
    """The suite counts its test cases, and the marks stand in its properties."""
    suite = read(typical())
    assert suite.attrib == {
        "name": "kmeans", "tests": "12", "failures": "4", "errors": "1", "skipped": "1",
        "time": "6.200",
    }  # fmt: skip
    assert [tuple(item.attrib.values()) for item in suite.iter("property")] == [
        ("score", "47"), ("max_score", "100"),
        ("score.init", "15"), ("max_score.init", "15"),
        ("score.update_assignment", "17"), ("max_score.update_assignment", "25"),
        ("score.update_centroids", "5"), ("max_score.update_centroids", "25"),
        ("score.improve_centroids", "0"), ("max_score.improve_centroids", "25"),
        ("score.visualization", "10"), ("max_score.visualization", "10"),
    ]  # fmt: skip


@pytest.mark.parametrize("made", [typical(), every_state(), unreadable(), result()])
def test_only_what_the_schema_allows(made: SubmissionResult) -> None:
    """Elements and attributes are those of the schema, in its order; no marks in a test case."""
    root = parsed(render_junit(made))
    for item in root.iter():
        assert set(item.attrib) <= ALLOWED[item.tag], item.tag
    order = [item.tag for item in root[0]]
    assert order == sorted(order, key=["properties", "testcase", "system-out"].index)
    assert root.attrib["tests"] == str(len(list(root.iter("testcase"))))
    assert re.fullmatch(r"\d+\.\d{1,3}", root.attrib["time"])


def test_each_check_is_a_case() -> None:
    """A check is a test case of its part's class, and advice is none."""
    suite = read(typical())
    names = [(case.attrib["classname"], case.attrib["name"]) for case in suite.iter("testcase")]
    assert names[0] == ("kmeans.init", "`initial_centroids` has shape (k, d)")
    assert names[-1] == ("kmeans.visualization", "points and centroids")
    assert "one number" not in {name for _, name in names}
    assert suite.findtext("system-out") == (
        "init: `initial_distortion` is one number for each point; `while_loop` carries a single one."
    )


def test_outcomes_by_kind() -> None:
    """A wrong value is a failure, an exception an error of its name, a skipped check is skipped."""
    checks = (
        check("right"),
        check("wrong", "failed", visibility=PUBLIC, message="it differs in 3 entries"),
        check("raised", "error", stopped_by="TypeError", message="it raised an error"),
        check("odd", "error", stopped_by=" My\nError<>", visibility=PUBLIC),
        check("own", "error", stopped_by="Told_by_name"),
        check("slow", "error", stopped_by="timeout"),
        check("dead", "error", stopped_by="crashed"),
        check("unknown", "error"),
        check("later", "skipped", message="not checked: first earn points for “right”"),
    )
    suite = read(result(part(State.PARTLY, checks=checks)))
    assert outcomes(suite) == {
        "right": None,
        "wrong": ("failure", "wrong-value"),
        "raised": ("error", "TypeError"),
        "odd": ("error", "MyError<>"),
        "own": ("error", "error"),
        "slow": ("error", "timeout"),
        "dead": ("error", "crashed"),
        "unknown": ("error", "error"),
        "later": ("skipped", "skipped"),
    }
    (failure,) = suite.iter("failure")
    assert failure.attrib["message"] == failure.text == "It differs in 3 entries."
    (skipped,) = suite.iter("skipped")
    assert skipped.attrib["message"] == "Not checked: first earn points for “right”."


def test_state_names_the_error() -> None:
    """Without an exception's name the part's state says what kind of error it was."""
    for state, kind in ((State.TIMEOUT, "timeout"), (State.UNCHECKED, "unchecked")):
        suite = read(result(part(state, checks=(check("v", "error"),))))
        assert outcomes(suite) == {"v": ("error", kind)}


@pytest.mark.parametrize("status", ["unreadable", "timeout", "crashed"])
def test_ungraded_is_an_error(status: str) -> None:
    """A submission that was not graded to its end is one error of that type, with its reason."""
    made = replace(unreadable(), status=SubmissionStatus(status), parts=(part(State.NOT_FOUND),))
    suite = read(made)
    assert outcomes(suite) == {"submission": ("error", status)}
    assert suite.attrib["errors"] == "1"
    assert suite[1][0].attrib["message"] == (
        "lindqvist.ipynb: not a notebook, it ends in the middle of line 212."
    )


def test_hidden_checks_keep_their_numbers() -> None:
    """Of a hidden check no sentence with a number is told, and of an error not its message."""
    checks = (
        check("a", "failed", visibility=HIDDEN, message="It is off. Entry 3 is 4142.5"),
        check("b", "error", visibility=HIDDEN, message="ValueError in cell 3: got 4142.5"),
        check("c", "failed", visibility=PUBLIC, message="Entry 3 is 4142.5"),
    )
    text = render_junit(result(part(State.NOT_YET, checks=checks)))
    assert text.count("4142.5") == 2  # the message and the text of c
    assert "It is off." in text


def test_noticed_and_hint_are_told() -> None:
    """What was noticed and the hint stand below the finding."""
    lost = check("v", "failed", message="It is off", noticed="These are squares", hint="Look again")
    (failure,) = read(result(part(State.NOT_YET, checks=(lost,)))).iter("failure")
    assert failure.text == "It is off.\nThese are squares.\nLook again."


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown(text: str) -> None:
    """Whatever a submission holds, the file can be read back, and says it in visible characters."""
    checks = (
        check(text, "failed", visibility=PUBLIC, message=f"x{text}", noticed=text, hint=text),
        check("e", "error", visibility=PUBLIC, message=text, stopped_by=f"E{text}"),
        check("a", "advice", visibility=PUBLIC, message=text),
    )
    hostile = part(State.PARTLY, name=text, checks=checks)
    for status in SubmissionStatus:
        made = result(hostile, assignment=text, path=text, messages=(text,), status=status)
        written = render_junit(made)
        assert not re.search(
            r"[^\n\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", written
        )
        assert "\u202e" not in written
        suite = parsed(written.encode("utf-8"))[0]
        assert len(list(suite.iter("failure"))) == 1
        assert {item.tag for item in suite.iter()} <= set(ALLOWED)


def test_command_writes_file(tmp_path: Path) -> None:
    """`grader check --junit FILE` writes it beside the other reports."""
    folder = tiny_class.assignment(tmp_path)
    source = "def double(x):\n    raise KeyError('no')\ndef triple(x): return 3 * x\n"
    hand_in = tiny_class.hand_in(tmp_path / "in", alice=source) / "alice.py"
    junit = tmp_path / "junit.xml"
    ran = tiny_class.run("check", hand_in, "-a", folder, "--junit", junit, "--quiet")
    assert (ran.code, ran.out, ran.err) == (1, "4/10\n", "")
    suite = parsed(junit.read_bytes())[0]
    marks = {item.attrib["name"]: item.attrib["value"] for item in suite.iter("property")}
    assert marks == {
        "score": "4", "max_score": "10", "score.double": "0", "max_score.double": "6",
        "score.triple": "4", "max_score.triple": "4",
    }  # fmt: skip
    (error,) = suite.iter("error")
    assert error.attrib["type"] == "KeyError"
