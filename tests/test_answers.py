"""Tests of `grader.answers`."""

from __future__ import annotations

import collections

import numpy as np

from grader.answers import Field, leaves, mapped, pairs, written
from grader.sandbox.inside.frames import Record

POINT = Record("Point", ("x", "y"), (1, [2, 3]), is_tuple=True)


def test_leaves_have_places() -> None:
    """Each leaf comes with its place, in order; a list of numbers may be a leaf of its own."""
    assert [*leaves((1, (2, [3, 4])))] == [((0,), 1), ((1, 0), 2), ((1, 1, 0), 3), ((1, 1, 1), 4)]
    assert [*leaves((1, [3, 4]), lists_are_leaves=True)] == [((0,), 1), ((1,), [3, 4])]
    assert [*leaves([{"w": 1}], lists_are_leaves=True)] == [((0, "w"), 1)]
    assert [*leaves(5)] == [((), 5)]
    assert [*leaves(())] == []


def test_places_are_written_as_in_code() -> None:
    """Indexes and keys stand in brackets, fields after a dot."""
    tree = {"layers": [{"w": 1}], 3: POINT}
    assert [written(place) for place, _ in leaves(tree)] == [
        '["layers"][0]["w"]',
        "[3].x",
        "[3].y[0]",
        "[3].y[1]",
    ]
    assert written((Field("mean"),)) == ".mean"


def test_trees_keep_their_form() -> None:
    """A function of every leaf leaves each node what it is, named tuples and records as well."""
    pair = collections.namedtuple("pair", "a b")  # noqa: PYI024  (whose fields have no type)
    tree = (1, [2, (3,)], {"w": 4}, pair(5, 6), POINT)
    made = mapped(lambda leaf: leaf * 2, tree)
    assert made[:4] == (2, [4, (6,)], {"w": 8}, pair(10, 12))
    assert type(made[3]) is pair
    assert made[4].values == (2, [4, 6])
    array = np.zeros(2)
    assert mapped(lambda leaf: leaf, array) is array


def test_pairs_need_the_same_form() -> None:
    """Leaves are paired by place, tuples and lists alike; None where one is built otherwise."""
    assert pairs(got=[1, (2,)], want=(3, [4])) == [((0,), 1, 3), ((1, 0), 2, 4)]
    assert pairs(got=(1, 2, 3), want=(1, 2)) is None
    assert pairs(got=1, want=(1,)) is None
    assert pairs(got=(1, 2), want=5) == [((), (1, 2), 5)]
    assert pairs(got=(), want=()) == []


def test_pairs_go_by_name() -> None:
    """Dicts are paired by their keys and records by their fields, whatever their order."""
    assert pairs(got={"b": 1, "a": 2}, want={"a": 3, "b": 4}) == [(("a",), 2, 3), (("b",), 1, 4)]
    assert pairs(got={"a": 1}, want={"a": 1, "b": 2}) is None
    other = Record("P", ("y", "x"), ([5, 6], 7))
    assert pairs(got=other, want=POINT) == [
        ((Field("x"),), 7, 1),
        ((Field("y"), 0), 5, 2),
        ((Field("y"), 1), 6, 3),
    ]
    assert pairs(got=Record("P", ("x", "z"), (1, 2)), want=POINT) is None


def test_plain_attributes_may_be_fields() -> None:
    """A class that JAX knows the contents of matches one whose fields are these and a name."""
    whole = Record("L", ("w", "name"), (1, "a"))
    other = Record("L", ("w",), (2,), extras=(("name", "b"), ("cached", 3)))
    assert pairs(got=other, want=whole) == [((Field("w"),), 2, 1), ((Field("name"),), "b", "a")]
    assert pairs(got=whole, want=other) == [((Field("w"),), 1, 2)]
    assert pairs(got=Record("L", ("w",), (2,)), want=whole) is None
    assert pairs(got=Record("L", ("w", "v"), (2, 3)), want=other) is None


def test_named_tuples_are_sequences() -> None:
    """A named tuple pairs with a tuple by position; another record with no sequence."""
    assert pairs(got=(7, (8, 9)), want=POINT) is not None
    assert pairs(got=POINT, want=(7, (8, 9))) is not None
    assert pairs(got=Record("P", ("x", "y"), (1, [2, 3])), want=(1, [2, 3])) is None
