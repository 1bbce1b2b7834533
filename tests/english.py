"""Messages as people read them in English, for comparing with their full text."""

from __future__ import annotations

from collections.abc import Iterable

from grader.catalog import Message, Text


def said(messages: Iterable[Message]) -> tuple[str, ...]:
    """What messages say."""
    return tuple(map(str, messages))


def reasons(left: Iterable[tuple[str, Text]]) -> tuple[tuple[str, str], ...]:
    """Who was passed over, and what the reasons say."""
    return tuple((who, str(why)) for who, why in left)
