"""The built-in exercises have no hole that they do not accept with a reason."""

from __future__ import annotations

import zlib

import pytest

from grader.assignment import registry
from grader.authoring.audit import audit
from grader.authoring.variants import Variant, variants_of
from grader.judging.answer_key import draw_key
from grader.sandbox.server import ForkServer


@pytest.mark.parametrize(
    ("name", "each", "least"),
    [("kmeans", 3, 70), ("jax_basics", 4, 30), ("neural_net", 6, 30), ("solvers", 6, 25)],
)
def test_built_in_is_sound(name: str, each: int, least: int) -> None:
    """Right answers get full points; of the wrong ones a share, taken evenly, loses some.

    `grader audit --strict` takes them all.
    """
    answer_key = draw_key(registry.load(name), 1)
    wrong = [one.name for one in variants_of(answer_key.assignment) if one.part]
    some = frozenset(wrong[::each])

    def choose(one: Variant) -> bool:
        is_chosen = zlib.crc32(one.name.encode()) % 5 == 0
        return is_chosen if one.kind == "distortion" else one.name in some

    with ForkServer() as server:
        found = audit(answer_key, server, jobs=2, timeout_s=30, choose=choose)
    assert found.problems == ()
    assert [hole.name for hole in found.open_holes] == []
    assert len(found.of("mistake")) + len(found.of("mutant")) > least
    assert len(found.of("distortion")) > least
