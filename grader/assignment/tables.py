"""The small tables of a declaration: cases, inputs, globals, and the forms that a part may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.answers import leaves
from grader.reading.slices import Given
from grader.results import Visibility
from grader.sandbox.inside.frames import Plain


@dataclass(frozen=True, eq=False)
class Case:
    """One set of inputs: by role for the call, by name for the globals that the code may read.

    `decoys` are values for the same globals that differ in size and content: a function that is
    given the real values as arguments must not need them.
    """

    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    given: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    decoys: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    visibility: Visibility = field(default=Visibility.HIDDEN, kw_only=True)

    def leaves(self) -> list[Any]:
        """All arrays and numbers in the inputs in the order of their names, out of their tuples."""
        found = (leaf for _, leaf in leaves(dict(self.inputs)))
        return [leaf.array if isinstance(leaf, Plain) else leaf for leaf in found]


@dataclass(frozen=True)
class Input:
    """A role in a call: its name, what parameters for it are called, and the forms it takes.

    `aliases` are regular expressions, tried on the whole parameter name in any case. `forms` are
    expressions in place of the plain name (`jnp.arange(k)`). With `mapped` a parameter may also
    stand for one item, and the call is mapped over the items: (aliases, items' expression).
    `is_optional` inputs are only passed to parameters that ask for them.
    """

    name: str
    aliases: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    mapped: tuple[str, str] | None = field(default=None, kw_only=True)
    is_optional: bool = field(default=False, kw_only=True)
    from_part: tuple[str, int] | None = field(default=None, kw_only=True)
    """The earlier part, and the index in its answer, whose value this is in the exercise."""


@dataclass(frozen=True, kw_only=True)
class Global:
    """A name that the grader binds for each case. `role` is the input that it duplicates."""

    name: str
    role: str = ""
    until: str = ""

    @property
    def given(self) -> Given:
        """The same for the extraction."""
        return Given(name=self.name, until=self.until)


@dataclass(frozen=True, kw_only=True)
class CellForm:
    """How a part looks as a bare cell: the names that it must define, or that it draws after one.

    `defines` are read after the cell has run; with `draws_after`, the drawing statements after
    the last binding of that name are the part.
    """

    defines: tuple[str, ...] = ()
    draws_after: str = ""


@dataclass(frozen=True)
class Through:
    """A part's answer taken from a later part's: that part's name, and the index to take."""

    part: str
    index: int


Cases = Callable[[np.random.Generator], tuple[Case, ...]]
"""What draws the cases of a part."""
