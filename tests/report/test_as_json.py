"""Tests of `grader.report.as_json`, and of `grader.course.kept`, which packs by it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
from sample_results import (
    check,
    distances_differ,
    every_state,
    part,
    picture,
    result,
    traced,
    typical,
    whole,
)

from grader.catalog import say
from grader.course.kept import pack, unpack
from grader.report.as_json import from_json, to_json
from grader.report.html import render_student
from grader.report.result_json import stored
from grader.report.stored import StoredCheck
from grader.results import Excerpt, SubmissionResult, Visibility

NESTED = say("stopped.error_at", place=say("cell.place", cell=3, line=1), said="x", shape=(3, None))


@pytest.mark.parametrize(
    "made", [typical(), every_state(), result(), result(combined=whole()), traced()]
)
def test_packed_result_comes_back(made: SubmissionResult) -> None:
    """A result that was packed gives the same page and the same data in every language."""
    back = unpack(pack(made))
    for lang in ("en", "de"):
        assert render_student(back, lang=lang) == render_student(made, lang=lang)
        assert stored(back, lang=lang) == stored(made, lang=lang)
    assert pack(back) == pack(made)


def test_messages_and_arrays_come_back() -> None:
    """Messages in messages, pictures and arrays are what they were."""
    shown = check("a", "failed", visibility=Visibility.PUBLIC, differences=(distances_differ(),))
    made = result(
        part(checks=(replace(shown, message=NESTED),), notes=(NESTED,)), messages=(NESTED,)
    )
    made = replace(
        made, parts=(replace(made.parts[0], picture=picture(), excerpt=Excerpt(source="x = 1")),)
    )
    back = unpack(pack(made))
    assert back.messages == back.parts[0].notes == (NESTED,)
    assert back.parts[0].checks[0].message == NESTED
    (difference,) = back.parts[0].checks[0].differences
    assert isinstance(difference.got, np.ndarray)
    assert np.array_equal(difference.got, distances_differ().got)
    assert (back.parts[0].picture, back.parts[0].excerpt) == (picture(), Excerpt(source="x = 1"))


def test_result_of_before_programs_is_unpacked() -> None:
    """What was packed before results had programs comes back without them."""
    data = json.loads(gzip.decompress(pack(traced())))
    for one in data["parts"]:
        del one["program"]
        for item in one["checks"]:
            del item["ran"]
    made = unpack(gzip.compress(json.dumps(data).encode()))
    assert [one.program for one in made.parts] == ["", ""]
    assert {item.ran for one in made.parts for item in one.checks} == {""}


def test_hidden_comparisons_are_not_kept() -> None:
    """Arrays of a hidden check are in no file."""
    hidden = check("a", "failed", visibility=Visibility.HIDDEN, differences=(distances_differ(),))
    back = unpack(pack(result(part(checks=(hidden,)))))
    assert back.parts[0].checks[0].differences == ()


@pytest.mark.parametrize(
    "data", [b"", b"x", b"[1]", b"{}", b'{"parts": 1}', b'{"messages": [{"say": "a", "values": [1]}]}',
             b"[" * 100_000],
)  # fmt: skip
def test_anything_else_is_refused(data: bytes) -> None:
    """What is no packed result is a ValueError, whatever is wrong with it."""
    for packed in (data, gzip.compress(data)):
        with pytest.raises(ValueError, match="^not a packed result: "):
            unpack(packed)


def test_wrong_field_has_a_place() -> None:
    """A value of another type is told with its place."""
    made = stored(typical()).parts[0].checks[0]
    data = json.loads(json.dumps(to_json(made)))
    assert from_json(StoredCheck, data) == made
    with pytest.raises(ValueError, match=r"^check\.status has an unexpected value$"):
        from_json(StoredCheck, {**data, "status": "fine"}, "check")
    del data["name"]
    with pytest.raises(ValueError, match=r"^name is missing$"):
        from_json(StoredCheck, data)
