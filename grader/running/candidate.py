"""A candidate: one way to run a part, of which the best one counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from grader.assignment import Case, Part
from grader.running.call_forms import Form


class CandidateKind(StrEnum):
    """What is taken for a part."""

    FUNCTION = "function"
    CELL = "cell"
    THROUGH = "through"
    """One of the values that another part's function returns."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One way to run a part: which function or cell it is, and with what around it.

    `stand_ins` maps names in the student's program to expressions that take their place. With
    `is_bound`, globals hold the real values also where the same values are passed as arguments.
    """

    kind: CandidateKind
    part: Part
    function: str = ""
    form: Form | None = None
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    is_bound: bool = False
    is_global_read_elsewhere: bool = False
    """Whether binding costs nothing, since only an earlier part reads the global."""
    without: frozenset[int] = frozenset()
    """The indices of statements that do not run."""
    calls_before: tuple[Case, ...] = ()
    """Cases that it is called for, plainly and in this order, before anything is asked."""
    has_typed_keys: bool = False
    """Whether random keys are given as `jax.random.key` makes them, not as raw numbers."""
    runs_as_code: bool = False
    """Whether its code runs on the values even where JAX could trace it."""
    has_raw_keys: bool = False
    """Whether typed random keys are given as raw numbers."""
    is_apart: bool = False
    """Whether it runs in a process in which nothing but plain code runs."""
