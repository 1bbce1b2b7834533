"""Messages as people read them in English, for comparing with their full text."""

from __future__ import annotations

from collections.abc import Iterable

from grader.catalog import Message


def said(messages: Iterable[Message]) -> tuple[str, ...]:
    """What messages say."""
    return tuple(map(str, messages))
