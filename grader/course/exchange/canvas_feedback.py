"""Reports as Canvas takes them in one zip file: under the names of the files that they are for.

Canvas splits a name at `_` and takes the first two pieces that are digits: user, attachment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from grader.catalog import Text, say
from grader.course.exchange.feedback_zip import FeedbackZip, odd_file, zipped
from grader.course.exchange.filled import ReadBackError
from grader.course.exchange.rows import GradeRow

_PATH = re.compile(r"(?P<start>[^/\\]+_)(?P<file>feedback\.html)")
_NO_PATH = say("course.left.no_path")
_TWO = say("course.left.same_file")


def canvas_feedback(files: Sequence[tuple[GradeRow, Mapping[str, bytes]]]) -> FeedbackZip:
    """The zip file for "Upload Submissions", read back by Canvas's rules.

    Raises: ReadBackError where Canvas would not give each report to whom it is for.
    """
    left: dict[str, Text] = {}
    paths: dict[str, tuple[str, bytes]] = {}
    owners: dict[tuple[str, str], str] = {}
    for row, own in files:
        found = _PATH.fullmatch(row.return_path)
        numbers = None if found is None else canvas_numbers(row.return_path)
        if found is None or numbers is None:
            left[row.student] = _NO_PATH
            continue
        why = _why_not(row, numbers, own)
        if owners.setdefault(numbers, row.student) != row.student:
            why = _TWO
        if why:
            left[row.student] = why
            continue
        for name, content in own.items():
            paths[found["start"] + name] = (row.student, content)
    data = zipped({path: content for path, (_, content) in paths.items()})
    _read_back({path: student for path, (student, _) in paths.items()}, owners)
    found_paths = tuple((student, path) for path, (student, _) in sorted(paths.items()))
    return FeedbackZip(data=data, paths=found_paths, left=tuple(left.items()))


def _why_not(row: GradeRow, numbers: tuple[str, str], own: Mapping[str, bytes]) -> Text:
    is_anonymous = row.return_path.lower().startswith(("anon_", "late_anon_"))
    if row.lms_number and not is_anonymous and row.lms_number != numbers[0]:
        return say("course.left.two_users")
    if any("/" in name for name in own):
        return say("course.left.folders")
    if any(PurePosixPath(name).name.startswith("link") for name in own):
        return say("course.left.link")
    return next((odd for name in own if (odd := odd_file(name))), "")


def canvas_numbers(name: str) -> tuple[str, str] | None:
    """The user and the attachment that Canvas reads in a name; None where it ignores the file."""
    if name.startswith("._") or re.search(r"_link[^_]*$", name):
        return None
    pieces = name.split("_")
    if "anon" in pieces[:2]:
        after = pieces[pieces.index("anon") + 1 :]
        found = after[:2] if len(after) > 2 and after[1].isdigit() else []
    else:
        found = [piece for piece in pieces if re.fullmatch(r"[0-9]+", piece)][:2]
    return (found[0], found[1]) if len(found) == 2 else None


def _read_back(paths: Mapping[str, str], owners: Mapping[tuple[str, str], str]) -> None:
    for path, student in paths.items():
        numbers = canvas_numbers(path)
        if numbers is None or owners.get(numbers) != student:
            raise ReadBackError(f"{path}: Canvas would not take it for {student}; report this")
