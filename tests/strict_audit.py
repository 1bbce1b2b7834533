"""A share of the audit of a built-in exercise, which takes a few minutes as a whole.

That of the neural network takes minutes however small its share is: only `make audit` has it.
"""

from __future__ import annotations

import zlib

from grader.assignment import registry
from grader.authoring.audit import audit
from grader.authoring.variants import Variant, variants_of
from grader.judging.answer_key import draw_key
from grader.sandbox.server import ForkServer


def assert_sound(name: str, *, each: int, share: int, least: int) -> None:
    """Right answers get full points; of the wrong ones a share, taken evenly, loses some.

    Of mistakes and mutants one in `each` is tried, of distortions about one in `share`, of both
    kinds more than `least`. `make audit` takes them all.
    """
    answer_key = draw_key(registry.load(name), 1)
    wrong = [one.name for one in variants_of(answer_key.assignment) if one.part]
    some = frozenset(wrong[::each])

    def choose(one: Variant) -> bool:
        is_chosen = zlib.crc32(one.name.encode()) % share == 0
        return is_chosen if one.kind == "distortion" else one.name in some

    with ForkServer() as server:
        found = audit(answer_key, server, jobs=2, timeout_s=120, choose=choose)
    assert found.problems == ()
    assert [hole.name for hole in found.open_holes] == []
    assert len(found.of("mistake")) + len(found.of("mutant")) > least
    assert len(found.of("distortion")) > least
