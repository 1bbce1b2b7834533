"""The result as JUnit XML, for CI systems: a test case for each check.

Source: pytest-dev/pytest, `testing/example_scripts/junit-10.xsd` and `src/_pytest/junitxml.py`.
The format knows no marks; they stand in the properties of the suite, where strict readers
allow them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # only written here, never read
from pathlib import Path

from grader.catalog import Catalog, catalog
from grader.report import wording
from grader.report.disclosure import disclosed_hint, disclosed_message, is_known_error
from grader.report.grades_csv import number_cell
from grader.results import (
    CheckResult,
    CheckStatus,
    PartResult,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
)
from grader.safe_text import MESSAGE_LIMIT, NAME_LIMIT, visible

WRONG_VALUE = "wrong-value"
DECIDED = "by-hand"
_ILLEGAL = re.compile(r"[^\t\n\r -~\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped; and U+007F, which readers stumble over."""
_REASONS = ("timeout", "crashed", "not_plain_data")
"""What may end a check beside an exception."""
_ERROR_TYPES = {State.TIMEOUT: "timeout", State.UNCHECKED: "unchecked"}
_LONGEST = 4000


def render_junit(result: SubmissionResult, *, lang: str = "en", folder: Path | None = None) -> str:
    """The text of a JUnit file; the same bytes for the same result, apart from the time.

    `folder` is the assignment's, where its own sentences are translated.
    """
    texts = catalog(lang, folder)
    name = _text(result.assignment, NAME_LIMIT)
    cases = [_case(check, part, name, texts) for part, check in _judged(result)]
    if result.status is not SubmissionStatus.GRADED:
        cases.insert(0, _submission_case(result, name, texts))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
    }
    time = {"time": _seconds(result.duration_s)}
    suites = ET.Element("testsuites", {"name": "grader", **counts, **time})
    skipped = {"skipped": str(sum(case.find("skipped") is not None for case in cases))}
    suite = ET.SubElement(suites, "testsuite", {"name": name, **counts, **skipped, **time})
    properties = ET.SubElement(suite, "properties")
    for key, value in _marks(result):
        ET.SubElement(properties, "property", {"name": key, "value": value})
    suite.extend(cases)
    advice = [_advice(part, check, texts) for part in result.parts for check in _advised(part)]
    if advice:
        ET.SubElement(suite, "system-out").text = "\n".join(advice)
    ET.indent(suites, " ")
    body = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _judged(result: SubmissionResult) -> list[tuple[PartResult, CheckResult]]:
    """Every check but advice: readers that count test cases would take it for a mark."""
    return [
        (part, check)
        for part in result.parts
        for check in part.checks
        if check.status is not CheckStatus.ADVICE
    ]


def _advised(part: PartResult) -> list[CheckResult]:
    return [check for check in part.checks if check.status is CheckStatus.ADVICE]


def _advice(part: PartResult, check: CheckResult, texts: Catalog) -> str:
    said = wording.sentence(disclosed_message(check, texts) or texts.tell(check.name))
    return f"{_text(part.name, NAME_LIMIT)}: {_text(said)}"


def _marks(result: SubmissionResult) -> list[tuple[str, str]]:
    marks = [("score", result.score), ("max_score", result.max_score)]
    if result.open_points:
        marks.append(("open_points", result.open_points))
    for part in result.parts:
        name = _text(part.name, NAME_LIMIT)
        marks += [(f"score.{name}", part.score), (f"max_score.{name}", part.max_score)]
    return [(key, number_cell(value)) for key, value in marks]


def _case(check: CheckResult, part: PartResult, assignment: str, texts: Catalog) -> ET.Element:
    case = ET.Element(
        "testcase",
        {
            "classname": f"{assignment}.{_text(part.name, NAME_LIMIT)}",
            "name": _text(texts.tell(check.name), NAME_LIMIT),
        },
    )
    said = _text(wording.finding(check, texts))
    if check.status is CheckStatus.FAILED:
        kind = DECIDED if check.is_by_hand else WRONG_VALUE
        _outcome(case, "failure", kind, said, _details(said, check, texts))
    elif check.status is CheckStatus.ERROR:
        kind = _text("".join(check.stopped_by.split()), NAME_LIMIT)
        is_told = check.visibility is Visibility.PUBLIC or is_known_error(kind)
        kind = kind if is_told or kind in _REASONS else ""
        kind = kind or _ERROR_TYPES.get(part.state, "error")
        _outcome(case, "error", kind, said, _details(said, check, texts))
    elif check.status is CheckStatus.SKIPPED:
        _outcome(case, "skipped", "skipped", said)
    elif check.status is CheckStatus.OPEN:
        _outcome(case, "skipped", "open", said)
    elif check.message:
        ET.SubElement(case, "system-out").text = said
    return case


def _submission_case(result: SubmissionResult, assignment: str, texts: Catalog) -> ET.Element:
    """The submission as a whole, which was not graded to its end: an error of that type."""
    case = ET.Element("testcase", {"classname": assignment, "name": "submission"})
    said = " ".join(wording.sentence(visible(texts.tell(message))) for message in result.messages)
    said = _text(said or wording.sentence(texts.say(f"terminal.{result.status}")))
    _outcome(case, "error", str(result.status), said, said)
    return case


def _outcome(case: ET.Element, tag: str, kind: str, message: str, text: str = "") -> None:
    short = visible(message, MESSAGE_LIMIT)
    outcome = ET.SubElement(case, tag, {"type": kind, "message": short})
    outcome.text = text or None


def _details(said: str, check: CheckResult, texts: Catalog) -> str:
    """The finding, what was noticed, and the hint, a line each."""
    comment = check.mark.comment if check.mark else ""
    lines = (texts.tell(check.noticed), disclosed_hint(check, texts), comment)
    more = (wording.sentence(_text(line)) for line in lines if line)
    return "\n".join((said, *more))


def _seconds(value: float) -> str:
    return f"{value:.3f}"


def _text(text: str, limit: int = _LONGEST) -> str:
    """`text` without characters that act, and without those that XML cannot hold."""
    return _ILLEGAL.sub(lambda found: f"#x{ord(found[0]):02X}", visible(text, limit))
