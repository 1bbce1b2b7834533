"""Functions of an assignment's own, called with the inputs of a case by the names of parameters."""

from __future__ import annotations

from typing import Any

import pytest

from grader.assignment.calling import call_with


def plain(x: Any, y: Any = 2) -> Any:
    """Two parameters, of which one is optional."""
    return x, y


def by_name(x: Any, *, y: Any = 2) -> Any:
    """One that must be named."""
    return x, y


def by_position(x: Any, /, y: Any = 2) -> Any:
    """One that cannot be named."""
    return x, y


def several(x: Any, *more: Any, y: Any = 2) -> Any:
    """Any number of them."""
    return x, *more, y


def everything(**inputs: Any) -> Any:
    """All by name."""
    return inputs


class Made:
    """What is made of inputs."""

    def __init__(self, x: Any) -> None:
        self.x = x


@pytest.mark.parametrize("function", [plain, by_name, by_position])
def test_inputs_come_by_name(function: Any) -> None:
    """Each parameter gets the input of its name; an optional one is left out where there is none."""
    assert function(1, y=3) == call_with(function, {"y": 3, "x": 1, "z": 4})
    assert function(1) == call_with(function, {"x": 1})


def test_items_are_spread() -> None:
    """An input of the name of `*args` is passed item by item, in a tuple or a list."""
    assert call_with(several, {"x": 1, "more": (4, 5), "y": 3}) == (1, 4, 5, 3)
    assert call_with(several, {"x": 1, "more": []}) == (1, 2)
    assert call_with(several, {"x": 1, "y": 3}) == (1, 3)


def test_all_inputs_are_taken() -> None:
    """A function of `**inputs` gets all; a class gets what its instances are made of."""
    assert call_with(everything, {"x": 1, "y": 2}) == {"x": 1, "y": 2}
    assert call_with(Made, {"x": 1, "y": 2}).x == 1
