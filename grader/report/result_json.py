"""The result as data, `grader.result/1`: written for programs, read back to resume a batch."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from grader.report.wording import hint, spoken
from grader.results import (
    SCHEMA,
    CheckResult,
    CheckStatus,
    PartResult,
    PartStatus,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
    points,
)
from grader.safe_text import LINE_LIMIT, visible

_LONGEST = 4000
_LARGEST = 1e15
_MOST_PATHS = 100


def result_to_dict(result: SubmissionResult) -> dict[str, Any]:
    """The result in the schema of `result.json`; no evidence, no number of a hidden check."""
    return {
        "schema": SCHEMA,
        "assignment": _text(result.assignment),
        "student": _text(result.student),
        **({"number": _text(result.number)} if result.number else {}),
        "submission": _submission(result),
        "status": str(result.status),
        "score": points(result.score),
        "max_score": points(result.max_score),
        "parts": [_part(part) for part in result.parts],
        "messages": [_text(message) for message in result.messages],
        "seed": int(result.seed),
        "duration_s": points(result.duration_s),
        "environment": _plain(result.environment),
    }


def _submission(result: SubmissionResult) -> dict[str, Any]:
    """The file that was graded, and those of the student that were not, if there are any."""
    graded: dict[str, Any] = {"path": _text(result.path), "sha256": _text(result.sha256)}
    if result.passed_over:
        graded["passed_over"] = [_text(path) for path in result.passed_over[:_MOST_PATHS]]
    return graded


def _part(part: PartResult) -> dict[str, Any]:
    return {
        "name": _text(part.name),
        "title": _text(part.title),
        "status": str(part.status),
        "state": str(part.state),
        "score": points(part.score),
        "max_score": points(part.max_score),
        "code": _code(part),
        "notes": [_text(note) for note in part.notes],
        "checks": [_check(check) for check in part.checks],
    }


def _code(part: PartResult) -> str:
    """The line of the student's code where a known mistake shows, '' without one."""
    excerpt = part.excerpt
    if excerpt is None or excerpt.marked is None or not any(c.mistake for c in part.checks):
        return ""
    lines = excerpt.source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = excerpt.marked - excerpt.first_line
    return visible(lines[at].strip(), LINE_LIMIT) if 0 <= at < len(lines) else ""


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "name": _text(check.name),
        "status": str(check.status),
        "score": points(check.score),
        "max_score": points(check.max_score),
        "visibility": str(check.visibility),
        "message": f"{visible(check.noticed)} {spoken(check)}".strip(),
        "hint": hint(check),
        "mistake": _text(check.mistake),
        "noticed": _text(check.noticed),
    }


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


def dumps(result: Mapping[str, Any]) -> str:
    """The text of `result.json`: the same bytes for the same result, a line end at the end."""
    return json.dumps(result, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def load(path: Path | str) -> dict[str, Any]:
    """A result that was written earlier.

    Raises: OSError when the file cannot be read; ValueError when it is half-written or
    something else than a result.
    """
    where = Path(path)
    try:
        data = json.loads(where.read_bytes().decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        msg = f"{where}: not a whole JSON file, {error}; grade the submission again"
        raise ValueError(msg) from None
    problems = _problems(data)
    if problems:
        said = "; ".join(problems[:5])
        msg = f"{where}: not a result of this grader: {said}; grade the submission again"
        raise ValueError(msg)
    loaded: dict[str, Any] = data
    return loaded


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no JSON number"
    raise ValueError(msg)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return abs(value) <= _LARGEST


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_submission(value: object) -> bool:
    if not isinstance(value, dict) or not _is_texts(value.get("passed_over", [])):
        return False
    return _is_text(value.get("path")) and _is_text(value.get("sha256"))


def _one_of(kind: type[SubmissionStatus | PartStatus | CheckStatus | State | Visibility]) -> _Rule:
    allowed = frozenset(str(member) for member in kind)
    return lambda value: isinstance(value, str) and value in allowed


_Rule = Callable[[object], bool]

_CHECK: Mapping[str, _Rule] = {
    "name": _is_text,
    "status": _one_of(CheckStatus),
    "score": _is_number,
    "max_score": _is_number,
    "visibility": _one_of(Visibility),
    "message": _is_text,
    "hint": _is_text,
    "mistake": _is_text,
    "noticed": _is_text,
}
_PART: Mapping[str, _Rule] = {
    "name": _is_text,
    "title": _is_text,
    "status": _one_of(PartStatus),
    "state": _one_of(State),
    "score": _is_number,
    "max_score": _is_number,
    "code": _is_text,
    "notes": _is_texts,
    "checks": lambda value: isinstance(value, list),
}
_RESULT: Mapping[str, _Rule] = {
    "schema": lambda value: value == SCHEMA,
    "assignment": _is_text,
    "student": _is_text,
    "submission": _is_submission,
    "status": _one_of(SubmissionStatus),
    "score": _is_number,
    "max_score": _is_number,
    "parts": lambda value: isinstance(value, list),
    "messages": _is_texts,
    "seed": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "duration_s": _is_number,
    "environment": lambda value: isinstance(value, dict),
}


def _problems(data: object) -> list[str]:
    problems = _broken(data, _RESULT, "result")
    if isinstance(data, dict) and not _is_text(data.get("number", "")):
        problems.append("result.number has an unexpected value")
    if problems or not isinstance(data, dict):
        return problems
    for i, part in enumerate(data["parts"]):
        problems += _broken(part, _PART, f"parts[{i}]")
        checks = part.get("checks") if isinstance(part, dict) else None
        for j, check in enumerate(checks if isinstance(checks, list) else ()):
            problems += _broken(check, _CHECK, f"parts[{i}].checks[{j}]")
    return problems


def _broken(data: object, rules: Mapping[str, _Rule], where: str) -> list[str]:
    if not isinstance(data, dict):
        return [f"{where} is no object"]
    return [
        f"{where}.{key} is missing" if key not in data else f"{where}.{key} has an unexpected value"
        for key, holds in rules.items()
        if key not in data or not holds(data[key])
    ]
