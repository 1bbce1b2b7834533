"""What a value in a declaration is, and how it is shown to its author."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real

from grader.errors import AssignmentError


def with_article(word: str) -> str:
    """The word with `a` or `an`."""
    return f"{'an' if word[0] in 'aeiouAEIOU' else 'a'} {word}"


def is_number(value: object) -> bool:
    """Whether it is one number, no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_function(value: object) -> bool:
    """Whether it can be called, whatever its declared type says."""
    return callable(value)


def short(value: object) -> str:
    """A value as it stands, or what it is where that is long."""
    text = repr(value)
    is_plain = len(text) <= 40 and not text.startswith("<")
    return text if is_plain else with_article(type(value).__name__)


def refuse(name: str, problems: Iterable[str]) -> None:
    """Raise an AssignmentError where there are problems, so that the call's line is known."""
    found = [f"ready.{name}: {line}" for line in problems]
    if found:
        raise AssignmentError(*found)
