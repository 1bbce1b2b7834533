"""Inputs that are no data: functions and other code as text, and random keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.assignment.field_values import refuse, short
from grader.reading.python_parser import syntax_tree
from grader.sandbox.inside.frames import Code
from grader.sandbox.values import new_key

MOST = 1 << 31


def code(text: str) -> Code:
    """A value written as Python text: `ready.code("lambda x: x ** 3 - 2")`, a function mostly.

    It is evaluated for the reference, stand-ins and known mistakes, and beside the student's code;
    it may name `jax`, `jnp`, `np`, and what `helpers` and `needs` bring. Raises AssignmentError
    for what is no expression.
    """
    refuse("code", _of_text(text))
    return Code(text.strip())


def key(draw: np.random.Generator | int, *, typed: bool = True) -> Any:
    """A random key, drawn or of a number: a typed one, as `jax.random.key` makes it, or a raw one.

    Shapes: () if typed, else (2,) of uint32. Raises AssignmentError for what is no generator and
    no number.
    """
    is_generator = isinstance(draw, np.random.Generator)
    refuse("key", () if is_generator else _of_seed(draw))
    seed = int(draw.integers(MOST)) if isinstance(draw, np.random.Generator) else int(draw)
    return new_key(seed, is_typed=typed)


def _of_text(text: Any) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"text: expected Python as a text, got {short(text)}; put it in quotes"
        return
    try:
        syntax_tree(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        yield f'{text!r} is not an expression: {error}; write one, such as "lambda x: x + 1"'


def _of_seed(seed: Any) -> Iterator[str]:
    if (
        not isinstance(seed, (int, np.integer))
        or isinstance(seed, bool)
        or not 0 <= seed < 2 * MOST
    ):
        yield f"draw: expected the generator of the cases or a number, got {short(seed)}; pass draw"
