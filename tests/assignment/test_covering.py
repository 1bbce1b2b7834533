"""Cases that cover: every pair is met, the shapes stand, and the values have what they promise."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest

from grader import ready
from grader.assignment import Case, Visibility
from grader.errors import AssignmentError

SIZES = ((1, 1), (4, 4), (1003, 5), (7, 120))


def inputs(draw: np.random.Generator, size: Any, scale: float, kind: str) -> dict[str, Any]:
    """Get a table of that size, and what it was asked with."""
    x = np.float64(ready.values(draw, size, scale=scale, kind=kind))
    return {"x": x, "told": (scale, kind), "size": size}


def drawn(seed: int = 0, **more: Any) -> tuple[Case, ...]:
    """Get the cases of a seed."""
    vary = {"kind": ready.KINDS, "scale": ready.SCALES}
    made = ready.cover(inputs, **{"sizes": SIZES, "example": (6, 3), **vary, **more})
    return made(np.random.default_rng(seed))


def generator() -> np.random.Generator:
    """Get what draws the same numbers in each test."""
    return np.random.default_rng(0)


# Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "counts", [(4, 5, 3), (2, 2, 2, 2), (6, 1), (3,), (3, 3, 3, 3), (7, 2, 5, 3), (5, 4, 3, 2, 2)]
)
def test_each_pair_is_met(counts: tuple[int, ...]) -> None:
    """Each two levels of two factors are in one setting, and the settings are few."""
    levels = {f"factor{at}": tuple(range(count)) for at, count in enumerate(counts)}
    found = ready.pairs(**levels)
    for (one, a), (two, b) in combinations(levels.items(), 2):
        assert {(row[one], row[two]) for row in found} == set(product(a, b))
    assert {row["factor0"] for row in found} == set(range(counts[0]))
    largest = sorted(counts)[-2:]
    assert len(found) <= 1.5 * np.prod(largest)
    assert list(found[0].values()) == [0] * len(counts)
    assert len({tuple(row.values()) for row in found}) == len(found)


def test_levels_may_be_anything() -> None:
    """Levels that have no order and no hash are as good as numbers."""
    found = ready.pairs(a=([1], {"b": 2}), b=(None, print, np.zeros(2)))
    assert len(found) == 6
    assert sum(row["b"] is print for row in found) == 2


def test_settings_of_nothing() -> None:
    """Without factors there is one setting, which sets nothing."""
    assert ready.pairs() == ({},)


# Cases ---------------------------------------------------------------------------------------


def test_cases_cover() -> None:
    """Each size meets each kind and scale; a public example comes first, with the first levels."""
    example, *hidden = drawn()
    assert (example.name, example.visibility) == ("example", Visibility.PUBLIC)
    assert (example.inputs["size"], example.inputs["told"]) == ((6, 3), (1.0, "plain"))
    assert [case.name for case in hidden] == [f"hidden {n}" for n in range(1, len(hidden) + 1)]
    assert {case.visibility for case in hidden} == {Visibility.HIDDEN}
    met = {(case.inputs["size"], *case.inputs["told"]) for case in hidden}
    assert {(size, kind) for size, _, kind in met} == set(product(SIZES, ready.KINDS))
    assert {(size, scale) for size, scale, _ in met} == set(product(SIZES, ready.SCALES))
    assert {(scale, kind) for _, scale, kind in met} == set(product(ready.SCALES, ready.KINDS))
    assert len(hidden) <= 24


def test_settings_stand_for_every_seed() -> None:
    """Another seed draws other numbers of the same shapes and settings; the example is the same."""
    one, two = drawn(1), drawn(2)
    for a, b in zip(one, two, strict=True):
        assert (a.name, a.inputs["size"], a.inputs["told"]) == (
            b.name,
            b.inputs["size"],
            b.inputs["told"],
        )
        assert a.inputs["x"].shape == b.inputs["x"].shape
        assert np.array_equal(a.inputs["x"], b.inputs["x"]) == (a.name == "example")
    assert all(
        np.array_equal(a.inputs["x"], b.inputs["x"]) for a, b in zip(one, drawn(1), strict=True)
    )


def test_example_may_set_levels() -> None:
    """An example with a setting has the first levels of the others."""
    (example, *_) = drawn(example=((2, 3), {"kind": "ties"}))
    assert (example.inputs["size"], example.inputs["told"]) == ((2, 3), (1.0, "ties"))
    assert drawn(example=None)[0].name == "hidden 1"


def test_floats_are_rounded() -> None:
    """Floats become float32, in a case of one's own and its globals too; its name is replaced."""

    def whole(draw: np.random.Generator, size: int) -> Case:
        x = draw.normal(size=size)
        return Case("mine", inputs={"x": (x, 3)}, globals={"w": x}, decoy_globals={"w": x[:1]})

    assert drawn()[1].inputs["x"].dtype == np.float32
    one, two = ready.cover(whole, sizes=(2, 5))(generator())
    assert (one.name, two.name) == ("hidden 1", "hidden 2")
    assert one.inputs["x"][0].dtype == one.globals["w"].dtype == np.float32
    assert (one.inputs["x"][1], one.decoy_globals["w"].dtype) == (3, np.float32)


def test_random_cases_may_vary() -> None:
    """With factors, random cases are those that cover; without, they are named by their sizes."""
    vary = {"scale": (1.0, 1e3), "kind": ("plain", "ties")}
    made = ready.random_cases(inputs, example=4, hidden=(3, 5), **vary)(generator())
    same = ready.cover(inputs, example=4, sizes=(3, 5), **vary)(generator())
    assert [case.name for case in made] == [case.name for case in same]
    for a, b in zip(made, same, strict=True):
        assert np.array_equal(a.inputs["x"], b.inputs["x"])
    plain = ready.random_cases(lambda draw, n: {"x": draw.normal(size=n)}, example=4, hidden=(3, 5))
    assert [case.name for case in plain(generator())] == ["example", "hidden 3", "hidden 5"]


@pytest.mark.parametrize(
    ("wrong", "lines"),
    [
        (
            {"inputs": 3},
            ["inputs: expected a function, got 3; pass its name without calling it"],
        ),
        ({"sizes": 5}, ["sizes: expected a tuple of sizes, got 5; write sizes=(5, 12)"]),
        ({"sizes": (5, 5)}, ["sizes: expected different sizes, got (5, 5); write sizes=(5, 12)"]),
        ({"sizes": ()}, ["sizes: expected different sizes, got (); write sizes=(5, 12)"]),
        (
            {"example": "4"},
            ["example: expected a size, or a size and its setting, got '4'; write example=4"],
        ),
        (
            {"example": (4, {"color": 1})},
            ["example: sets 'color', which does not vary; add color=(...) or remove it"],
        ),
        (
            {"kind": "plain", "scale": ()},
            [
                "scale: expected levels, got (); name one or more",
                "kind: expected a tuple of levels, got 'plain'; put a comma after it",
            ],
        ),
        (
            {"k": (1, 2)},
            ["inputs: has no parameter 'k', which varies; add it, or remove k=(...)"],
        ),
    ],
)
def test_wrong_arguments_are_told(wrong: dict[str, Any], lines: list[str]) -> None:
    """What cannot be covered is told by the argument's name, a line for each."""
    usual: dict[str, Any] = {"inputs": inputs, "sizes": (3, 5), "scale": (1,), "kind": ("plain",)}
    with pytest.raises(AssignmentError) as caught:
        ready.cover(**{**usual, **wrong})
    assert caught.value.lines == tuple(f"ready.cover: {line}" for line in lines)


def test_inputs_are_a_dict() -> None:
    """What is no dict of inputs is told when it is drawn."""
    made = ready.cover(lambda _draw, size: [size], sizes=(3, 5))
    with pytest.raises(AssignmentError) as caught:
        made(generator())
    assert str(caught.value) == (
        "ready.cover: inputs: returned [3]; return a dict of inputs, {'x': ...}"
    )


def test_wrong_factors_are_told() -> None:
    """Settings of one's own are refused in the same words."""
    with pytest.raises(AssignmentError) as caught:
        ready.pairs(scale=1.0, kind=())
    assert caught.value.lines == (
        "ready.pairs: scale: expected a tuple of levels, got 1.0; put a comma after it",
        "ready.pairs: kind: expected levels, got (); name one or more",
    )


# Values --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ready.KINDS)
@pytest.mark.parametrize("scale", [*ready.SCALES, 1e-6])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (40, 1), (30, 5), (2, 3, 4), (9,), 9, ()])
def test_each_row_has_a_moderate_entry(kind: str, scale: float, shape: Any) -> None:
    """Whatever the scale and kind, a row has an entry that is neither tiny nor large."""
    x = ready.values(generator(), shape, scale=scale, kind=kind)
    assert x.dtype == np.float32
    assert x.shape == (shape if isinstance(shape, tuple) else (shape,))
    size = np.abs(np.atleast_1d(x))
    assert ((size > 0.3) & (size < 2.5)).any(axis=-1).all()


def test_scale_is_the_size() -> None:
    """Most entries are of the scale that is asked for."""
    for scale in ready.SCALES:
        x = ready.values(generator(), (200, 9), scale=scale)
        assert 0.4 * scale < np.median(np.abs(x)) < scale


def test_kinds_have_their_trouble() -> None:
    """Ties, zeros, an offset and negative numbers are there where they are asked for."""
    ties = ready.values(generator(), (40, 3), kind="ties")
    assert len(np.unique(ties)) <= 4
    assert np.unique(ties, axis=0, return_counts=True)[1].min() >= 2
    zeros = ready.values(generator(), (40, 3), kind="zeros")
    exact = zeros[zeros == 0]
    assert np.signbit(exact).any()
    assert not np.signbit(exact).all()
    assert ((zeros != 0) & (np.abs(zeros) < 1e-3)).any()
    offset = ready.values(generator(), (400, 4), scale=100.0, kind="offset")
    far = np.abs(offset.mean(axis=0)) > 5 * offset.std(axis=0)
    assert far.sum() == 3
    assert (ready.values(generator(), (40, 3), kind="negative") < 0).all()


def test_wrong_values_are_told() -> None:
    """What cannot be drawn is told by the argument's name."""
    with pytest.raises(AssignmentError) as caught:
        ready.values(3, (2, -1), scale=0, kind="odd")  # type: ignore[arg-type]
    assert caught.value.lines == (
        "ready.values: draw: expected the generator that `inputs` gets, got 3; write draw first",
        "ready.values: shape: expected a whole number or a tuple of them, got (2, -1); write (n, d)",
        "ready.values: scale: expected a number above 0, got 0; write scale=1e3",
        "ready.values: kind: expected one of plain, ties, zeros, offset, negative, got 'odd'; write one of these",
    )


# Labels --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ready.GROUPS)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 12, 1000])
@pytest.mark.parametrize("k", [1, 2, 3, 5, 12])
def test_groups_hold_or_are_refused(kind: str, n: int, k: int) -> None:
    """Each kind has its groups for every number of items, or there are too few and it says so."""
    try:
        found = ready.labels(generator(), n, k, kind=kind)
    except AssignmentError as error:
        said = str(error)
        assert n < 2 * k + 1 or k == 1
        assert said.startswith(("ready.labels: n: expected", "ready.labels: k: expected"))
        return
    assert (found.dtype, found.shape) == (np.int32, (n,))
    counts = np.bincount(found, minlength=k)
    assert len(counts) == k
    assert (counts == 0).sum() == (kind == "empty")
    if kind == "all" and n > k > 1:
        assert counts.min() < counts.max()
    if kind == "single":
        assert (counts == 1).sum() == 1 or n < 2 * k - 1
    if kind == "large":
        assert counts.max() > n / 2
    special = {"empty": counts.argmin(), "large": counts.argmax()}.get(kind)
    assert special is None or k < 3 or 0 < special < k - 1


def test_labels_are_in_no_order() -> None:
    """Members of a group do not stand next to each other."""
    found = ready.labels(generator(), 50, 3)
    assert (np.diff(found) != 0).sum() > 10


def test_too_few_items_are_told() -> None:
    """What groups need is said with the number."""
    for asked, line in (
        (
            {"n": 3, "k": 4},
            "n: expected 4 items or more for 4 groups and kind='all', got 3; write a larger n or another kind",
        ),
        (
            {"n": 4, "k": 3, "kind": "large"},
            "n: expected 6 items or more for 3 groups and kind='large', got 4; write a larger n or another kind",
        ),
        (
            {"n": 4, "k": 1, "kind": "empty"},
            "k: expected 2 groups or more for kind='empty', got 1; write k=2",
        ),
        ({"n": 4.0, "k": 2}, "n: expected a whole number of at least 1, got 4.0; change it"),
    ):
        with pytest.raises(AssignmentError) as caught:
            ready.labels(generator(), **asked)  # type: ignore[arg-type]
        assert str(caught.value) == f"ready.labels: {line}"
