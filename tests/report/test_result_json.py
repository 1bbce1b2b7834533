"""Tests of `grader.report.result_json`."""

import json
from pathlib import Path

import pytest
from sample_results import (
    HIDDEN,
    MEANS,
    PUBLIC,
    check,
    every_state,
    part,
    result,
    traced,
    typical,
    unreadable,
)

from grader.catalog import catalog
from grader.report.result_json import as_data, dumps, load, stored
from grader.report.stored import CommonPieces
from grader.results import Excerpt, State


def test_schema_exactly() -> None:
    """The result has the keys of the contract, in its order, and the agreed extras."""
    data = as_data(stored(typical()))
    assert list(data) == [
        "schema", "assignment", "student", "submission", "status", "score", "max_score",
        "parts", "messages", "seed", "duration_s", "environment",
    ]  # fmt: skip
    assert data["schema"] == "grader.result/1"
    assert list(data["submission"]) == ["path", "sha256"]
    assert set(data["parts"][0]) == {
        "name", "title", "status", "score", "max_score", "checks", "state", "notes", "code",
    }  # fmt: skip
    assert set(data["parts"][0]["checks"][0]) == {
        "name", "status", "score", "max_score", "visibility", "message", "hint", "mistake",
        "noticed",
    }  # fmt: skip


def test_program_and_what_ran() -> None:
    """A traced part has its program and its code, a check what ran; a part without has no key."""
    first, other = as_data(stored(traced()))["parts"]
    assert (first["program"], first["source"]) == ("0123456789abcdef", MEANS)
    assert [check.get("ran", "-") for check in first["checks"]] == ["code", "program", "-"]
    assert not {"program", "source"} & {*other}
    assert "ran" not in other["checks"][0]


def test_code_without_a_program_is_not_kept() -> None:
    """The code of a part is kept for programs to be compared, as text that does nothing."""
    code = Excerpt(source="x = '\x1b[2J'\r\ny = 1")
    assert stored(result(part(excerpt=code))).parts[0].source == ""
    assert stored(result(part(program="a" * 16))).parts[0].source == ""
    kept = stored(result(part(program="a" * 16, excerpt=code))).parts[0].source
    assert kept == "x = '⟨U+001B⟩[2J'\ny = 1"


def test_results_of_before_are_read(tmp_path: Path) -> None:
    """A result that was written before there were programs is read, and written as it was."""
    data = as_data(stored(traced()))
    for part_data in data["parts"]:
        for key in ("program", "source"):
            part_data.pop(key, None)
        for check_data in part_data["checks"]:
            check_data.pop("ran", None)
    path = tmp_path / "result.json"
    path.write_text(json.dumps(data))
    old = load(path)
    assert [(one.program, one.source) for one in old.parts] == [("", "")] * 2
    assert {check.ran for one in old.parts for check in one.checks} == {""}
    assert as_data(old) == data


@pytest.mark.parametrize("made", [typical(), every_state(), unreadable(), traced()])
def test_json_round_trip(made: object, tmp_path: Path) -> None:
    """What is written is read back equal, and written again to the same bytes."""
    data = as_data(stored(made))  # type: ignore[arg-type]
    path = tmp_path / "result.json"
    path.write_bytes(dumps(stored(made)).encode())
    assert as_data(load(path)) == data
    assert dumps(load(path)) == dumps(stored(made))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "not a complete JSON file"),
        (b"{", "not a complete JSON file"),
        (b"\xff{}", "not a complete JSON file"),
        (b'{"score": NaN}', "not a complete JSON file"),
        (b"[" * 100_000, "not a complete JSON file"),
        (b"[]", "result is not an object"),
        (b'{"schema": "other/1"}', "result.schema has an unexpected value"),
    ],
)
def test_foreign_files_refused(text: bytes, said: str, tmp_path: Path) -> None:
    """A half-written file or one of something else is refused in one line."""
    path = tmp_path / "result.json"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=said) as caught:
        load(path)
    assert str(caught.value).endswith("; grade the submission again")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("status",), "done", "result.status"),
        (("score",), True, "result.score"),
        (("score",), 10**400, "result.score"),
        (("parts", 0, "state"), "fine", r"parts\[0\].state"),
        (("parts", 0, "checks", 0, "score"), "1", r"parts\[0\].checks\[0\].score"),
    ],
)
def test_changed_values_refused(
    where: tuple[str | int, ...], value: object, said: str, tmp_path: Path
) -> None:
    """A value of the wrong kind is refused with its place."""
    data = as_data(stored(typical()))
    inner = data
    for key in where[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[where[-1]] = value  # type: ignore[index]
    path = tmp_path / "result.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match=said):
        load(path)


def test_every_cut_refused(tmp_path: Path) -> None:
    """No beginning of a result is taken for a result."""
    text = dumps(stored(result(part(checks=(check(),)))))
    path = tmp_path / "result.json"
    for end in range(0, len(text.rstrip()), 7):
        path.write_text(text[:end])
        with pytest.raises(ValueError, match=r"result\.json"):
            load(path)


def test_odd_environment_is_plain() -> None:
    """What JSON cannot hold in the environment becomes text."""
    data = as_data(stored(result(environment={"x": float("nan"), "p": Path("a"), "t": ("b", 1)})))
    assert data["environment"] == {
        "x": "nan", "p": "a", "t": ["b", 1], "lang": "en", "texts": catalog().digest,
    }  # fmt: skip


def test_hidden_numbers_stay_out() -> None:
    """Of a hidden check no sentence with a number reaches the data."""
    hidden = check("v", "failed", visibility=HIDDEN, message="It is off. Entry 3 is 4142.5")
    shown = check("w", "failed", visibility=PUBLIC, message="Entry 3 is 4142.5")
    data = as_data(stored(result(part(State.NOT_YET, checks=(hidden, shown)))))
    assert [c["message"] for c in data["parts"][0]["checks"]] == ["It is off.", "Entry 3 is 4142.5"]


def test_a_class_holds_what_is_common_once() -> None:
    """The results of a class are equal to those that were graded, and share equal checks."""
    one, other = (stored(typical()) for _ in range(2))
    pieces = CommonPieces()
    first, second = pieces.shared(one), pieces.shared(other)
    assert (first, second) == (one, other)
    checks = zip(
        (check for part in first.parts for check in part.checks),
        (check for part in second.parts for check in part.checks),
        strict=True,
    )
    assert all(left is right for left, right in checks)
    assert first.environment is second.environment
