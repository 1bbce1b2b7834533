"""Golden submissions: the real command on every situation, compared with what must come of it.

A folder `submissions/ASSIGNMENT/SITUATION/` holds what is handed in and `expected.json`:

    situation, says    the number of the situation, and one sentence
    command            "check" (one submission) or "batch" (all files beside it are the sources)
    options            more arguments for the command; such a submission is run by itself
    status, parts      of the result; a status may be a list of allowed ones, a score a pair
                       [least, most] where the contract leaves room
    messages, unsaid   patterns that some line of the result must match, or none may
    students, skipped  of a batch: the same by student, and patterns for standard error
    exit, error        of a refused submission: the exit code, and a pattern for the one line

Submissions of "check" without options are graded as one class, each in a folder of its own,
because starting the grader costs more than grading.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import registry
from grader.cli import entry
from grader.reading.submission import read_submission

HERE = Path(__file__).parent / "submissions"
SEED = "20240229"
CLEAR_SHARE = 50.0
"""A submission with so many points must be recognized without being told its assignment."""


@dataclass(frozen=True)
class Golden:
    """A folder with a submission and what is expected of it."""

    folder: Path
    expected: dict[str, Any]

    @property
    def assignment(self) -> str:
        """The name of the assignment, from the outer folder."""
        return self.folder.parent.name

    @property
    def sources(self) -> list[Path]:
        """What is handed in: everything but `expected.json`."""
        return sorted(path for path in self.folder.iterdir() if path.name != "expected.json")

    @property
    def is_shared(self) -> bool:
        """Whether it is graded together with the others."""
        wanted = self.expected
        return wanted["command"] == "check" and not {"exit", "options"} & wanted.keys()


EACH = {"neural_net": 3, "solvers": 2}
"""Of exercises whose submissions take seconds, one in so many is graded; ALL_GOLDEN=1 takes all."""


def _all() -> list[Golden]:
    files = sorted(HERE.glob("*/*/expected.json"))
    found = [Golden(path.parent, json.loads(path.read_text(encoding="utf-8"))) for path in files]
    if os.environ.get("ALL_GOLDEN"):
        return found
    place: Counter[str] = Counter()
    return [one for one in found if _is_chosen(one, place)]


def _is_chosen(one: Golden, place: Counter[str]) -> bool:
    """Whether its turn has come among those of its exercise that are graded together."""
    if not one.is_shared:
        return True
    place[one.assignment] += 1
    return (place[one.assignment] - 1) % EACH.get(one.assignment, 1) == 0


GOLDEN = _all()


@dataclass(frozen=True)
class Ran:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str


def _run(*arguments: str | Path) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = entry.main([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def _results(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("students/*/result.json"))
    }


@pytest.fixture(scope="session")
def graded(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], tuple[Ran, dict[str, Any]]]:
    """Give one run over all shared submissions of an assignment, and its results by folder."""

    @functools.cache
    def of(assignment: str) -> tuple[Ran, dict[str, Any]]:
        home = tmp_path_factory.mktemp(assignment)
        for golden in GOLDEN:
            if golden.is_shared and golden.assignment == assignment:
                (source,) = golden.sources
                target = home / "class" / golden.folder.name
                target.mkdir(parents=True)
                shutil.copyfile(source, target / source.name)
        arguments = ("--jobs", "2", "--seed", SEED, "-a", assignment)
        ran = _run("batch", home / "class", "--out", home / "out", *arguments)
        # Not asserted here: a failure would not be cached, and every test would run it again.
        return ran, _results(home / "out")

    return of


def _said(result: dict[str, Any]) -> list[str]:
    """All lines of a result that a person may read."""
    lines = list(result["messages"])
    for part in result["parts"]:
        lines += part.get("notes", [])
        for check in part["checks"]:
            lines += [check["message"], check["hint"]]
    return [line for line in lines if line]


def _fits(got: Any, want: Any) -> bool:
    if isinstance(want, list) and all(isinstance(item, str) for item in want):
        return got in want
    if isinstance(want, list):
        return bool(want[0] <= got <= want[1])
    return bool(got == want)


def _differences(got: dict[str, Any], want: dict[str, Any]) -> Iterator[str]:
    """The lines in which a result differs from what is expected of it."""
    if got["status"] != want["status"]:
        yield f"status: got {got['status']}, want {want['status']}"
    parts = {part["name"]: part for part in got["parts"]}
    for name, wanted in want["parts"].items():
        part = parts[name]
        if not (_fits(part["status"], wanted["status"]) and _fits(part["score"], wanted["score"])):
            yield (
                f"{name}: got {part['status']} {part['score']:g}, "
                f"want {wanted['status']} {wanted['score']}"
            )
            yield from (
                f"    {check['name']}: {check['status']} {check['score']:g} {check['message']}"
                for check in part["checks"]
                if check["status"] not in {"passed", "skipped"}
            )
    said = _said(got)
    for pattern in want.get("messages", []):
        if not any(re.search(pattern, line) for line in said):
            yield f"never said: {pattern}"
    for pattern in want.get("unsaid", []):
        yield from (f"must not be said: {line}" for line in said if re.search(pattern, line))


def _assert_none(golden: Golden, found: list[str], said: list[str]) -> None:
    if found:
        name, sentence = golden.folder.name, golden.expected["says"]
        shown = "\n  ".join([*found, "", "said:", *(f"  {line[:200]}" for line in said[:30])])
        pytest.fail(f"{name}: {sentence}\n  {shown}", pytrace=False)


def _named(goldens: list[Golden]) -> Any:
    names = [golden.folder.name for golden in goldens]
    return pytest.mark.parametrize("golden", goldens, ids=names)


@_named([golden for golden in GOLDEN if golden.is_shared])
def test_situation_gets_its_result(
    golden: Golden, graded: Callable[[str], tuple[Ran, dict[str, Any]]]
) -> None:
    """A submission gets the parts, points and messages that its situation calls for."""
    ran, results = graded(golden.assignment)
    assert golden.folder.name in results, ran.err
    assert ran.code == 0, ran.err
    result = results[golden.folder.name]
    _assert_none(golden, list(_differences(result, golden.expected)), _said(result))


@_named([g for g in GOLDEN if "options" in g.expected])
def test_situation_with_options(golden: Golden, tmp_path: Path) -> None:
    """A submission that needs options of its own gets the same from `check`."""
    (source,) = golden.sources
    file = tmp_path / "result.json"
    options = ("--json", file, "--seed", SEED, "-a", golden.assignment, "--quiet")
    ran = _run("check", source, *options, *golden.expected["options"])
    assert ran.code in {0, 1}, ran.err
    result = json.loads(file.read_text(encoding="utf-8"))
    _assert_none(golden, list(_differences(result, golden.expected)), _said(result))


@_named([golden for golden in GOLDEN if "exit" in golden.expected])
def test_situation_is_refused(golden: Golden) -> None:
    """A file that cannot be graded is refused with one line that says what to do."""
    (source,) = golden.sources
    ran = _run("check", source, "--seed", SEED, "-a", golden.assignment)
    found = []
    if ran.code != golden.expected["exit"]:
        found.append(f"exit code: got {ran.code}, want {golden.expected['exit']}")
    if ran.err.count("\n") != 1 or "Traceback" in ran.err:
        found.append("standard error is not one line")
    if not re.search(golden.expected["error"], ran.err):
        found.append(f"never said: {golden.expected['error']}")
    if ran.out:
        found.append(f"standard output is not empty: {ran.out[:100]}")
    _assert_none(golden, found, ran.err.splitlines())


@_named([golden for golden in GOLDEN if golden.expected["command"] == "batch"])
def test_situation_in_a_class(golden: Golden, tmp_path: Path) -> None:
    """A class gets a result for each of its students and no other, and says what it left out."""
    options = ("--jobs", "2", "--seed", SEED, "-a", golden.assignment)
    ran = _run("batch", *golden.sources, "--out", tmp_path / "out", *options)
    assert ran.code == 0, ran.err
    results = _results(tmp_path / "out")
    wanted = golden.expected["students"]
    found, said = [], ran.err.splitlines()
    if results.keys() != wanted.keys():
        found.append(f"students: got {sorted(results)}, want {sorted(wanted)}")
    for student in sorted(results.keys() & wanted.keys()):
        more = _differences(results[student], wanted[student])
        found += [f"{student}: {line}" for line in more]
        said += _said(results[student])
    for pattern in golden.expected["skipped"]:
        if not re.search(pattern, ran.err):
            found.append(f"standard error never says: {pattern}")
    _assert_none(golden, found, said)


def _least(golden: Golden) -> float:
    scores = [part["score"] for part in golden.expected["parts"].values()]
    return sum(score[0] if isinstance(score, list) else score for score in scores)


@_named([golden for golden in GOLDEN if golden.is_shared and _least(golden) >= CLEAR_SHARE])
def test_assignment_is_recognized(golden: Golden) -> None:
    """A submission with half of the points says by itself which assignment it is for."""
    (source,) = golden.sources
    assert registry.guess(read_submission(source)).name == golden.assignment


@_named(GOLDEN)
def test_expectation_is_well_formed(golden: Golden) -> None:
    """An expectation names its situation and says in one sentence what must happen."""
    wanted = golden.expected
    assert wanted["situation"] == golden.folder.name[:3]
    assert re.fullmatch(r"[^\n]+\.", wanted["says"])
    assert golden.sources
    text = json.dumps(wanted)
    assert not re.search(r"(^|[\s\"])/\w+/|Traceback|\d\.\d+\.\d", text)
