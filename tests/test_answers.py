"""Tests of `grader.answers`."""

from __future__ import annotations

import numpy as np

from grader.answers import as_tuples, leaves, mapped, pairs


def test_leaves_have_places() -> None:
    """Each leaf comes with its place, in order; a list may be a leaf of its own."""
    assert [*leaves((1, (2, [3, 4])))] == [((0,), 1), ((1, 0), 2), ((1, 1, 0), 3), ((1, 1, 1), 4)]
    assert [*leaves((1, [3, 4]), lists_are_leaves=True)] == [((0,), 1), ((1,), [3, 4])]
    assert [*leaves(5)] == [((), 5)]
    assert [*leaves(())] == []


def test_trees_keep_their_form() -> None:
    """A function of every leaf leaves tuples tuples and lists lists; lists may become tuples."""
    assert mapped(lambda leaf: leaf * 2, (1, [2, (3,)])) == (2, [4, (6,)])
    assert as_tuples([1, (2, [3])]) == (1, (2, (3,)))
    array = np.zeros(2)
    assert as_tuples(array) is array


def test_pairs_need_the_same_form() -> None:
    """Leaves are paired by place, tuples and lists alike; None where one is built otherwise."""
    assert pairs(got=[1, (2,)], want=(3, [4])) == [((0,), 1, 3), ((1, 0), 2, 4)]
    assert pairs(got=(1, 2, 3), want=(1, 2)) is None
    assert pairs(got=1, want=(1,)) is None
    assert pairs(got=(1, 2), want=5) == [((), (1, 2), 5)]
    assert pairs(got=(), want=()) == []
