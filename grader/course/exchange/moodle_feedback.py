"""Reports as Moodle takes them in one zip file: `ANY_NUMBER_assignfeedback_file/feedback.html`.

Only NUMBER says whose a report is: a participant's, of a team the group's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from grader.catalog import Text, say
from grader.course.exchange.feedback_zip import FeedbackZip, odd_file, short_name, zipped
from grader.course.exchange.filled import ReadBackError
from grader.course.exchange.moodle_matching import DEFAULT_REASON, is_default_group
from grader.course.exchange.rows import GradeRow

_FOLDER = re.compile(r"(?P<any>[^_/]*)_(?P<number>[1-9][0-9]{0,17})_assignfeedback_file")
_PLUGINS = {("assignfeedback", "file"), ("assignsubmission", "file")}
_NO_NUMBER = say("course.left.no_number")
_NO_TEAM = say("course.left.no_team")
_TWO = say("course.left.same_number")

Files = Sequence[tuple[GradeRow, Mapping[str, bytes]]]
"""The files for each student, by the names that they have in the folder of the student."""


def moodle_feedback(files: Files) -> FeedbackZip:
    """The zip file for "Upload multiple feedback files in a zip", read back by Moodle's rules.

    Raises: ReadBackError where Moodle would not give each report to whom it is for.
    """
    rows = [row for row, _ in files]
    left: dict[str, Text] = {}
    by_number: dict[str, list[int]] = defaultdict(list)
    for index, (row, own) in enumerate(files):
        number, why = _number(row, rows)
        why = why or next((odd for name in own if (odd := odd_file(name))), "")
        if why:
            left[row.student] = why
        elif own:
            by_number[number].append(index)
    paths: dict[str, tuple[str, str, bytes]] = {}
    for number, indices in by_number.items():
        same = all(files[one][1] == files[indices[0]][1] for one in indices)
        if not same or len({_is_team(files[one][0]) for one in indices}) > 1:
            left |= {files[one][0].student: _TWO for one in indices}
            continue
        row, own = files[indices[0]]
        folder = f"{_any(row)}_{number}_assignfeedback_file"
        paths |= {f"{folder}/{name}": (row.student, number, own[name]) for name in own}
    data = zipped({path: content for path, (_, _, content) in paths.items()})
    _read_back({path: number for path, (_, number, _) in paths.items()})
    found = tuple((student, path) for path, (student, _, _) in sorted(paths.items()))
    return FeedbackZip(data=data, paths=found, left=tuple(left.items()))


def _is_team(row: GradeRow) -> bool:
    return bool(row.group)


def _known(row: GradeRow) -> re.Match[str] | None:
    """What the path says that the download's name led to, if it is Moodle's."""
    return _FOLDER.fullmatch(row.return_path.split("/")[0])


def _number(row: GradeRow, rows: Sequence[GradeRow]) -> tuple[str, Text]:
    """The participant's number, or the group's, or why there is none."""
    if is_default_group(row, rows):
        return "", DEFAULT_REASON
    known, own = _known(row), re.search(r"[0-9]{1,18}$", row.lms_number.strip())
    number = "" if own is None else own[0].lstrip("0")
    if row.group:
        return (known["number"], "") if known is not None else ("", _NO_TEAM)
    if known is not None and number not in {"", known["number"]}:
        return "", say("course.left.two_numbers")
    number = number or ("" if known is None else known["number"])
    return number, "" if number else _NO_NUMBER


def _any(row: GradeRow) -> str:
    known = _known(row)
    return short_name(row.group or row.name or row.student if known is None else known["any"])


def _read_back(expected: Mapping[str, str]) -> None:
    """Compare with whom Moodle would give each file to."""
    for path, number in expected.items():
        if moodle_owner(path) != number:
            msg = f"{path}: Moodle would not take it for number {number}; report this"
            raise ReadBackError(msg)


def moodle_owner(path: str) -> str:
    """The number that Moodle reads in a path of a zip file; '' where it ignores the file."""
    pieces = path.split("/")
    if pieces[-1].startswith((".", "~")):
        return ""
    for piece in pieces:
        found = piece.split("_", 4)
        is_named = len(found) >= 4 and (found[2], found[3]) in _PLUGINS
        if is_named and re.fullmatch(r" ?[0-9]+", found[1]):
            return found[1].strip().lstrip("0")
    return ""
