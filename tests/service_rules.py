"""What Gradescope and Classroom 50 accept, written from their documents, for tests to read back."""

from __future__ import annotations

import json
import math
from typing import Any

VISIBILITIES = {"visible", "hidden", "after_due_date", "after_published"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
FORMAT_KEYS = {"output_format", "test_output_format", "test_name_format", "name_format"}
_TEXTS = ("commit", "release", "review", "datetime")
TOP = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "test_output_format": str,
    "test_name_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "extra_data": dict,
    "tests": list,
    "leaderboard": list,
}
TEST = {
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "name": str,
    "name_format": str,
    "number": str,
    "output": str,
    "output_format": str,
    "tags": list,
    "visibility": str,
    "extra_data": dict,
}


def gradescope_problems(text: str) -> list[str]:
    """What Gradescope could not take of a `results.json`; and text in another format than text."""
    found: list[str] = []
    data = json.loads(text, parse_constant=lambda name: found.append(f"number {name}"))
    if not isinstance(data, dict):
        return ["not an object"]
    found += _typed(data, TOP, "top")
    tests = data.get("tests", [])
    scored = all(isinstance(test, dict) and "score" in test for test in tests)
    if "score" not in data and not (tests and scored):
        found.append("no score")
    for number, test in enumerate(tests):
        found += _typed(test, TEST, f"test {number}")
        if test.get("status", "passed") not in {"passed", "failed"}:
            found.append(f"test {number}: status")
    return found


def _typed(data: dict[str, Any], wanted: dict[str, Any], where: str) -> list[str]:
    found = [f"{where}: key {name}" for name in data.keys() - wanted.keys()]
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, wanted.get(name, object)):
            found.append(f"{where}: {name} has type {type(value).__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            found.append(f"{where}: {name} is {value}")
        if name.endswith("visibility") and value not in VISIBILITIES:
            found.append(f"{where}: {name} is {value}")
        if name in FORMAT_KEYS and value not in FORMATS:
            found.append(f"{where}: {name} is {value}")
    return found


def classroom50_problem(text: str, *, classroom: str, assignment: str, owner: str) -> str:
    """Why Classroom 50 would refuse a `result.json`, '' if it would not."""
    data = json.loads(text)
    wanted = {
        "schema": "classroom50/result/v1",
        "classroom": classroom,
        "assignment": assignment,
        "owner": owner,
        "assignment_type": "individual",
    }
    found = [f"{key} is {data.get(key)!r}" for key in wanted if data.get(key) != wanted[key]]
    found += [name for name in _TEXTS if not (isinstance(data.get(name), str) and data[name])]
    if not str(data.get("submission", "")).startswith("submit/"):
        found.append("submission")
    found += [_counted(data)]
    tests = data.get("tests")
    if not isinstance(tests, list):
        return "tests"
    found += [f"test {number}: {_of_test(test)}" for number, test in enumerate(tests)]
    by = data.get("submitted_by")
    if by is not None and not (isinstance(by, dict) and by.get("username")):
        found.append("submitted_by")
    return next((one for one in found if one and not one.endswith(": ")), "")


def _of_test(test: object) -> str:
    if not isinstance(test, dict):
        return "not an object"
    name = test.get("test-name")
    if not isinstance(name, str) or not name or not isinstance(test.get("passed"), bool):
        return "test-name or passed"
    return _counted(test)


def _counted(data: dict[str, Any]) -> str:
    """What is wrong with the points of a result or a test: integers, and no more than the most."""
    for name in ("score", "max-score"):
        value = data.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return f"{name} is {value!r}"
    return "score > max-score" if data["score"] > data["max-score"] else ""
