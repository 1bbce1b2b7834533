"""What CI systems show next to files: what costs points and the tips, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.catalog import Catalog
from grader.report import wording
from grader.report.actions import Action, actions
from grader.results import (
    CheckResult,
    CheckStatus,
    PartResult,
    State,
    SubmissionResult,
    SubmissionStatus,
)
from grader.safe_text import MESSAGE_LIMIT, NAME_LIMIT, visible

_LONGEST_PATH = 1000


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing to look at.

    `key` names it in every language and for as long as it is the same; `title` says part and
    place, "Means: cell 7, line 3"; `line` is the line of the file, None where it has none, as in
    a notebook. `part` is the part's name, '' if it is about the file.
    """

    key: str
    part: str
    title: str
    text: str
    path: str
    line: int | None = None
    costs_points: bool = True


def problems(
    result: SubmissionResult, texts: Catalog, paths: Mapping[str, str]
) -> tuple[Problem, ...]:
    """What costs points, in the order in which to do something about it, and then the tips.

    `paths` says where in the repository a file is, by the name that it has in the result.
    """
    return (*_costly(result, texts, paths), *_tips(result, texts, paths))


def _costly(
    result: SubmissionResult, texts: Catalog, paths: Mapping[str, str]
) -> Iterator[Problem]:
    path = _path(result.path, paths)
    if result.status is SubmissionStatus.UNREADABLE:
        said = " ".join(wording.sentence(wording.about_file(one, texts)) for one in result.messages)
        title = texts.say("student.unreadable")
        yield Problem(key="file", part="", title=title, text=_text(said), path=path)
        return
    for item in actions(result, texts):
        part = result.parts[item.number - 1] if item.number else None
        yield _of_action(item, part, texts, path if part is None else _home(part, path, paths))
    if any(part.state is State.UNCHECKED for part in result.parts):
        title, said = texts.say("state.word.unchecked"), texts.say("state.text.unchecked")
        yield Problem(key="unchecked", part="", title=title, text=_text(said), path=path)


def _of_action(item: Action, part: PartResult | None, texts: Catalog, path: str) -> Problem:
    said = _text(" ".join(filter(None, (item.cause, item.step))))
    if part is None:
        key = f"cell {item.place}"
        return Problem(key=key, part="", title=_text(item.place), text=said, path=path)
    check = wording.main_check(part, texts)
    name = "" if check is None else f"{check.name} {check.mistake} {check.stopped_by}"
    return Problem(
        key=f"part {part.name} {name}".rstrip(),
        part=visible(part.name, NAME_LIMIT),
        title=_title(item.title, item.place),
        text=said,
        path=path,
        line=_line(part),
    )


def _tips(result: SubmissionResult, texts: Catalog, paths: Mapping[str, str]) -> Iterator[Problem]:
    path = _path(result.path, paths)
    for part in result.parts:
        for check in part.checks:
            if check.status is CheckStatus.ADVICE:
                yield _tip(part, check, texts, _home(part, path, paths))


def _tip(part: PartResult, check: CheckResult, texts: Catalog, path: str) -> Problem:
    return Problem(
        key=f"tip {part.name} {check.name}",
        part=visible(part.name, NAME_LIMIT),
        title=_title(texts.tell(part.title) or part.name, ""),
        text=_text(wording.finding(check, texts)),
        path=path,
        costs_points=False,
    )


def _title(part: str, place: str) -> str:
    return _text(": ".join(filter(None, (part, place))))


def _text(said: str) -> str:
    return visible(wording.plain(said), 2 * MESSAGE_LIMIT)


def _path(name: str, paths: Mapping[str, str]) -> str:
    return visible(paths.get(name, name), _LONGEST_PATH)


def _home(part: PartResult, path: str, paths: Mapping[str, str]) -> str:
    """The file that a part is in; `path` where that is not known."""
    return _path(part.notebook, paths) if part.notebook in paths else path


def _line(part: PartResult) -> int | None:
    """The line of a script; that of a notebook's cell is none of its file."""
    code = part.excerpt
    if code is None or code.cell is not None or code.file:
        return None
    return code.marked or code.first_line
