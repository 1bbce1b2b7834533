"""`result.json`, the schema `grader.result/1`: a result put into words, written and read back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from grader.catalog import Catalog, catalog
from grader.report.as_json import from_json, to_json
from grader.report.disclosure import disclosed_hint, disclosed_message
from grader.report.stored import StoredCheck, StoredPart, StoredResult
from grader.results import (
    SCHEMA,
    CheckResult,
    GradedNotebook,
    PartResult,
    SubmissionResult,
    rounded_points,
)
from grader.safe_text import LINE_LIMIT, visible

_LONGEST = 4000
_MOST_PATHS = 100
LONGEST_ANSWER = 20_000
_IF_ANY = frozenset(
    {"open_points", "answer", "seen", "is_by_hand", "comment", "ran", "program", "source"}
)
"""Keys that are left out where there is nothing to say under them."""


def stored(
    result: SubmissionResult, *, lang: str = "en", folder: Path | None = None
) -> StoredResult:
    """The result in the words of a language: no evidence, no value of a hidden check.

    `folder` is the assignment's, where its own sentences are translated.
    """
    texts = catalog(lang, folder)
    return StoredResult(
        assignment=_text(result.assignment),
        student=_text(result.student),
        number=_text(result.number),
        path=_text(result.path),
        sha256=_text(result.sha256),
        notebooks=tuple(
            GradedNotebook(path=_text(one.path), sha256=_text(one.sha256))
            for one in result.notebooks
        ),
        passed_over=tuple(map(_text, result.passed_over[:_MOST_PATHS])),
        is_late=result.is_late,
        status=result.status,
        score=rounded_points(result.score),
        max_score=rounded_points(result.max_score),
        open_points=rounded_points(result.open_points),
        parts=tuple(_part(part, texts) for part in result.parts),
        messages=tuple(_text(texts.tell(message)) for message in result.messages),
        seed=int(result.seed),
        duration_s=rounded_points(result.duration_s),
        environment=_plain({**result.environment, "lang": lang, "texts": texts.digest}),
    )


def _part(part: PartResult, texts: Catalog) -> StoredPart:
    return StoredPart(
        name=_text(part.name),
        title=_text(texts.tell(part.title)),
        status=part.status,
        state=part.state,
        score=rounded_points(part.score),
        max_score=rounded_points(part.max_score),
        code=_code(part),
        notes=tuple(_text(texts.tell(note)) for note in part.notes),
        checks=tuple(_check(check, texts) for check in part.checks),
        open_points=rounded_points(part.open_points),
        answer=visible(_answer(part), LONGEST_ANSWER, keep_lines=True),
        seen=_text(part.seen),
        notebook=_text(part.notebook),
        program=_text(part.program),
        source=_source(part),
    )


def _answer(part: PartResult) -> str:
    """What a person decides about: the text, or the code of the part."""
    is_by_hand = any(check.is_by_hand for check in part.checks)
    code = part.excerpt.source if is_by_hand and part.excerpt else ""
    return part.answer or code


def _source(part: PartResult) -> str:
    """The code of a part, by which those who wrote the same program can be compared."""
    code = part.excerpt.source if part.program and part.excerpt else ""
    return visible(code, LONGEST_ANSWER, keep_lines=True)


def _code(part: PartResult) -> str:
    """The line of the student's code where a known mistake shows, '' without one."""
    excerpt = part.excerpt
    if excerpt is None or excerpt.marked is None or not any(c.mistake for c in part.checks):
        return ""
    lines = excerpt.source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = excerpt.marked - excerpt.first_line
    return visible(lines[at].strip(), LINE_LIMIT) if 0 <= at < len(lines) else ""


def _check(check: CheckResult, texts: Catalog) -> StoredCheck:
    noticed = texts.tell(check.noticed)
    return StoredCheck(
        name=_text(texts.tell(check.name)),
        status=check.status,
        score=rounded_points(check.score),
        max_score=rounded_points(check.max_score),
        visibility=check.visibility,
        message=f"{visible(noticed)} {disclosed_message(check, texts)}".strip(),
        hint=disclosed_hint(check, texts),
        mistake=_text(check.mistake),
        noticed=_text(noticed),
        is_by_hand=check.is_by_hand,
        comment=visible(check.mark.comment, _LONGEST, keep_lines=True) if check.mark else "",
        ran=_text(check.ran),
    )


def _text(text: str) -> str:
    return visible(text, _LONGEST)


def _plain(value: object) -> Any:
    """`value` as JSON can hold it; what it cannot becomes text."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return _text(str(value))


def as_data(result: StoredResult) -> dict[str, Any]:
    """The result in the schema of `result.json`; what does not apply is left out."""
    data = to_json(result)
    graded: dict[str, Any] = {"path": data["path"], "sha256": data["sha256"]}
    if result.notebooks:
        graded["notebooks"] = data["notebooks"]
    for part in data["parts"]:
        if not part["notebook"]:
            del part["notebook"]
    if result.passed_over:
        graded["passed_over"] = data["passed_over"]
    if result.is_late:
        graded["is_late"] = True
    points = ("score", "open_points", "max_score") if result.open_points else ("score", "max_score")
    return {
        "schema": SCHEMA,
        "assignment": data["assignment"],
        "student": data["student"],
        **({"number": data["number"]} if result.number else {}),
        "submission": graded,
        "status": data["status"],
        **{name: data[name] for name in points},
        "parts": [_told_part(part) for part in data["parts"]],
        **{name: data[name] for name in ("messages", "seed", "duration_s", "environment")},
    }


def _told_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part, and its checks, without what does not apply."""
    checks = [_if_any(check) for check in part["checks"]]
    return {**_if_any(part), "checks": checks}


def _if_any(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value or name not in _IF_ANY}


def dumps(result: StoredResult) -> str:
    """The text of `result.json`: the same bytes for the same result, a line end at the end."""
    return json.dumps(as_data(result), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def load(path: Path | str) -> StoredResult:
    """A result that was written earlier.

    Raises: OSError when the file cannot be read; ValueError when it is half-written or
    something else than a result.
    """
    return loads(Path(path).read_bytes(), where=str(Path(path)))


def loads(text: bytes, *, where: str) -> StoredResult:
    """The result in the bytes that `dumps` made. Raises ValueError for anything else."""
    try:
        data = json.loads(text.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        msg = f"{where}: not a complete JSON file: {error}; grade the submission again"
        raise ValueError(msg) from None
    try:
        return _read(data)
    except ValueError as error:
        msg = f"{where}: not a result of this grader: {error}; grade the submission again"
        raise ValueError(msg) from None


def _read(data: object) -> StoredResult:
    if not isinstance(data, dict):
        raise ValueError("result is not an object")  # noqa: TRY004  (a file's fault, as all others)
    if data.get("schema") != SCHEMA:
        raise ValueError("result.schema has an unexpected value")
    graded = data.get("submission")
    if not isinstance(graded, dict):
        raise ValueError("result.submission is not an object")  # noqa: TRY004
    kept = {key: value for key, value in data.items() if key != "is_gone"}
    return from_json(StoredResult, {**kept, **graded}, "result")


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is not a JSON number"
    raise ValueError(msg)
