"""The small tables of a declaration: test cases, inputs, globals, and the forms of a part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from grader.answers import leaves
from grader.old_names import accepting_old_names
from grader.reading.slices import Given
from grader.results import Visibility
from grader.sandbox.inside.frames import Code, Key, Plain
from grader.sandbox.values import carried


@accepting_old_names
@dataclass(frozen=True, eq=False)
class Case:
    """One test case: arguments for the call and values for the globals that the code may read.

    `decoy_globals` are values for the same globals that differ in size and content: a function
    that gets the real values as arguments must not need them. `setting` is what was set for the
    case, by factor, where its cases cover several. `files` are the assignment's files that have
    other content for this case: a path, from the assignment's folder if it is relative, or bytes.
    A case that was drawn has the content of all of them there.
    """

    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    globals: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    decoy_globals: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    visibility: Visibility = field(default=Visibility.HIDDEN, kw_only=True)
    setting: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    files: Mapping[str, Path | str | bytes] = field(default_factory=dict, kw_only=True, repr=False)

    def leaves(self) -> list[Any]:
        """All that the inputs contain, in the order of their names, out of their trees.

        Keys are their numbers, and functions and other code is text.
        """
        values = [carried(value) for _, value in sorted(self.inputs.items())]
        return [_plain_leaf(leaf) for _, leaf in leaves(values)]


def _plain_leaf(leaf: Any) -> Any:
    if isinstance(leaf, Plain):
        return leaf.array
    if isinstance(leaf, Key):
        return leaf.data
    return leaf.expression if isinstance(leaf, Code) else leaf


@accepting_old_names
@dataclass(frozen=True)
class Input:
    """One input: its name, the parameter names students use for it, and equivalent expressions.

    `aliases` are regular expressions, tried on the whole parameter name in any case. `forms` are
    expressions instead of the plain name (`jnp.arange(k)`). With `mapped` a parameter may also
    stand for one item, and the call is mapped over the items: (aliases, items' expression).
    `is_optional` inputs are only passed to parameters that ask for them.
    """

    name: str
    aliases: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    per_item: tuple[str, str] | None = field(default=None, kw_only=True)
    is_optional: bool = field(default=False, kw_only=True)
    is_keyword: bool = field(default=False, kw_only=True)
    """Whether it is passed by its name where the student's function does not tell."""
    is_variadic: bool = field(default=False, kw_only=True)
    """Whether its value is a tuple that is passed as so many arguments, `*name`."""
    from_part: tuple[str, int] | None = field(default=None, kw_only=True)
    """The earlier part, and the index in its answer, whose value this is in the exercise."""


@accepting_old_names
@dataclass(frozen=True, kw_only=True)
class Global:
    """A notebook variable that the grader sets for each test case.

    `role` names the input with the same value.
    """

    name: str
    role: str = ""
    before: str = ""

    @property
    def given(self) -> Given:
        """The same for the extraction."""
        return Given(name=self.name, until=self.before)


@dataclass(frozen=True, kw_only=True)
class CellForm:
    """How to recognize a part written as a bare cell: by names it defines, or plots after one.

    `defines` are read after the cell has run; with `draws_after`, the drawing statements after
    the last binding of that name are the part.
    """

    defines: tuple[str, ...] = ()
    draws_after: str = ""


@dataclass(frozen=True)
class InlinedIn:
    """Where a part's result appears inside the result of a later part."""

    part: str
    index: int


Cases = Callable[[np.random.Generator], tuple[Case, ...]]
"""What draws the cases of a part."""
