"""Whose a file is by the name that a learning management system gave it.

Moodle      NAME_NUMBER_assignsubmission_file/PATH, flat NAME_NUMBER_assignsubmission_file_FILE;
            of a team the group's name and number, of those without a group `Default group` alone
Canvas      NAME_NUMBER_UPLOAD_FILE, NAME_LATE_NUMBER_UPLOAD_FILE, NAME_NUMBER_text.html
Blackboard  ASSIGNMENT_NAME_attempt_TIME_FILE, and ASSIGNMENT_NAME_attempt_TIME.txt for each
ILIAS       LASTNAME_FIRSTNAME_LOGIN_NUMBER/PATH; of a team Team_NUMBER/PATH

A number is the one by which the system knows the person, never a group's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from grader.catalog import Message, say
from grader.course.collecting.student_ids import safe_id

_MOODLE = re.compile(
    r"(?P<name>.*?)(?:_(?P<id>\d+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?",
    re.DOTALL,
)
_CANVAS = (
    re.compile(r"(?P<late>LATE_)?(?P<name>anon)_(?P<id>[A-Za-z0-9]+)_(?P<upload>\d+)_(?P<file>.+)"),
    re.compile(
        r"(?P<name>(?:(?!\d+_)[^_]*_)+\d{1,2})(?P<late>_LATE)?_(?P<id>\d{3,})_(?P<upload>\d{4,})"
        r"_(?P<file>.+)",
        re.DOTALL,
    ),  # group_3: one or two digits in front of two long numbers are the name's
    re.compile(
        r"(?P<name>.*?)(?P<late>_LATE)?_(?P<id>\d+)_(?P<upload>\d+)_(?P<file>.+)", re.DOTALL
    ),
)
_CANVAS_TEXT = re.compile(
    r"(?P<name>.*?)(?P<late>_LATE)?_(?P<id>\d+|(?<=anon_)[A-Za-z0-9]+)_(?P<file>(text|link)\.html)",
    re.DOTALL,
)
_BLACKBOARD = re.compile(
    r"(?P<whose>.+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)?", re.DOTALL
)
_ILIAS = re.compile(r"(?P<name>[^_]+_[^_]+_.+)_(?P<id>\d{3,})", re.DOTALL)
_ILIAS_TEAM = re.compile(r"(?P<name>Team)_(?P<id>\d+)")
REPORT = "feedback.html"
_LONG_UPLOAD = 4
"""A number with more digits than this is an upload's even where it is the only one."""


@dataclass(frozen=True, kw_only=True)
class FileOwner:
    """What a system's name says: whose the file is, and how its owner called it."""

    name: str
    number: str = ""
    file: str = ""
    """The owner's name for the file, '' where this is the name of a folder."""
    is_late: bool = False
    is_text: bool = False
    """What was typed into the system, or what the system wrote itself."""
    order: str = ""
    """Of several attempts the one that comes last by this is the one that counts."""
    group: str | None = None
    """The number of a group, '' for those who are in none; None where it is a person."""
    return_path: str = ""
    """Under which name in a zip the system takes a report back for this file; '' if it does not."""

    @property
    def whose(self) -> tuple[str, str]:
        """Get what the files of one person, or of one group, have in common."""
        return self.name, self.number or self.group or ""

    @property
    def notes(self) -> tuple[Message, ...]:
        """Get what is to be known about a group's submission."""
        if self.group is None:
            return ()
        known = say("file.group", number=self.group) if self.group else say("file.default_group")
        return (known,)


def named(
    folders: Sequence[str],
    files: Sequence[str],
    *,
    groups: Collection[str] = (),
    is_place: bool = False,
) -> dict[str, FileOwner]:
    """Get what the names in one folder or zip say, by name; none where no system wrote them.

    `groups` are names of groups that a worksheet of Moodle lists; `is_place` says that the folder
    is called as one for submissions.
    """
    names = [*folders, *files]
    return (
        _moodle(names, groups)
        or _blackboard(names)
        or _canvas(names)
        or _ilias(folders, least=1 if is_place else 2)
    )


def named_alone(name: str, *, groups: Collection[str] = ()) -> FileOwner | None:
    """Get what a name says that no others stand beside, where it can be nothing else."""
    found = _moodle([name], groups) or _blackboard([name]) or _canvas([name], is_late_only=True)
    return found.get(name)


def _moodle(names: Sequence[str], groups: Collection[str]) -> dict[str, FileOwner]:
    """Get Moodle's names. That of the default group has no number: then all are groups."""
    found = {name: match for name in names if (match := _MOODLE.fullmatch(name))}
    matches = {name: match for name, match in found.items() if match["name"] or match["id"]}
    whose = {match["name"].strip() for match in matches.values()}
    is_team = any(not match["id"] for match in matches.values()) or (
        bool(groups) and whose <= {name.replace("_", " ").strip() for name in groups}
    )
    return {
        name: FileOwner(
            name=match["name"],
            number="" if is_team else match["id"] or "",
            file=match["file"] or "",
            is_text=match["plugin"] == "onlinetext",
            group=(match["id"] or "") if is_team else None,
            return_path=_to_moodle(match),
        )
        for name, match in matches.items()
    }


def _canvas(names: Sequence[str], *, is_late_only: bool = False) -> dict[str, FileOwner]:
    """Get Canvas's names; since numbers between `_` are in others' too, not of a few short ones.

    One with `_LATE_` between name and numbers is Canvas's whatever stands beside it.
    """
    matches = {name: match for name in names if (match := _first(_CANVAS, name))}
    texts = {name: match for name in names if (match := _CANVAS_TEXT.fullmatch(name))}
    uploads = [match["upload"] for match in matches.values()]
    people = {(match["name"], match["id"]) for match in matches.values()}
    is_most = len(matches) + len(texts) >= 0.8 * len(names)
    is_sure = len(people) > 1 or any(len(upload) > _LONG_UPLOAD for upload in uploads)
    is_surest = len(people) > 1 and all(len(upload) >= _LONG_UPLOAD for upload in uploads)
    is_canvas = is_surest or (is_sure and is_most) or (bool(texts) and len(texts) == len(names))
    if len(set(uploads)) < len(uploads):
        return {}
    if is_late_only or not is_canvas:
        matches = {name: match for name, match in matches.items() if match["late"]}
        texts = {}
    return {
        name: FileOwner(
            name=match["name"],
            number=match["id"],
            file=match["file"],
            is_late=bool(match["late"]),
            is_text=name in texts,
            return_path="" if name in texts else _to_canvas(match),
        )
        for name, match in (matches | texts).items()
    }


def _to_moodle(match: re.Match[str]) -> str:
    """Get Moodle's path of a feedback file; only the number tells it whose, and `_` ends a name."""
    name = safe_id(match["name"]).replace("_", " ").strip().lstrip(" .-~")
    return f"{name}_{match['id']}_assignfeedback_file/{REPORT}" if match["id"] else ""


def _to_canvas(match: re.Match[str]) -> str:
    """Get Canvas's name of a commented file: all of the name but the file's own.

    Canvas takes the first two pieces between `_` that are digits for the numbers, so a name with
    such a piece (group_3) gets none.
    """
    name = safe_id(match["name"])
    if any(piece.isdigit() for piece in name.split("_")):
        name = name.replace("_", "")
    is_anonymous = match["name"] == "anon"
    late = "LATE" if match["late"] else ""
    pieces = [late, name] if is_anonymous else [name, late]
    return "_".join(piece for piece in (*pieces, match["id"], match["upload"], REPORT) if piece)


def _first(patterns: Sequence[re.Pattern[str]], name: str) -> re.Match[str] | None:
    return next((match for one in patterns if (match := one.fullmatch(name))), None)


def _blackboard(names: Sequence[str]) -> dict[str, FileOwner]:
    """Get Blackboard's names; a user's name may hold `_`, and so may the assignment's."""
    matches = {name: match for name in names if (match := _BLACKBOARD.fullmatch(name))}
    users = _users({match["whose"] for match in matches.values()})
    return {
        name: FileOwner(
            name=users[match["whose"]],
            file=match["file"] or ("attempt.txt" if name.endswith(".txt") else ""),
            is_text=not match["file"] and name.endswith(".txt"),
            order=match["time"],
        )
        for name, match in matches.items()
    }


def _users(whose: Collection[str]) -> Mapping[str, str]:
    """Get the users behind `ASSIGNMENT_USER`: what is not common to all, of one alone the end."""
    words = {one: one.split("_") for one in whose}
    shared = 0
    for same in zip(*(parts[:-1] for parts in words.values()), strict=False):
        if len(set(same)) > 1:
            break
        shared += 1
    return {one: "_".join(parts[shared:]) for one, parts in words.items()}


def _ilias(folders: Sequence[str], *, least: int) -> dict[str, FileOwner]:
    """Get ILIAS's names, where all folders have one and each its own number."""
    teams = {name: match for name in folders if (match := _ILIAS_TEAM.fullmatch(name))}
    people = {name: match for name in folders if (match := _ILIAS.fullmatch(name))}
    numbers = {match["id"] for match in people.values()}
    if len(teams) + len(people) < max(least, len(folders)) or len(numbers) < len(people):
        return {}
    members = {
        name: FileOwner(name=match["name"], number=match["id"]) for name, match in people.items()
    }
    groups = {
        name: FileOwner(name=match["name"], group=match["id"]) for name, match in teams.items()
    }
    return members | groups
