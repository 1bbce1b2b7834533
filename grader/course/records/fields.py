"""Columns for any text that a name, a file or a command line may have.

No database holds lone surrogates (bytes that are no UTF-8), and PostgreSQL holds no NUL. Both are
kept as characters for private use, and are themselves again when they are read.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import models

_FIRST = 0x10F000
_NUL = _FIRST + 0x800
_HOLD = {0: _NUL} | {0xD800 + n: _FIRST + n for n in range(0x800)}
_TELL = {kept: code for code, kept in _HOLD.items()}
_UNHELD = re.compile("[\0\ud800-\udfff]")
_HELD = re.compile(f"[{chr(_FIRST)}-{chr(_NUL)}]")
_IN_JSON = re.compile(rf"{_HELD.pattern}|\\udbf[c-e]")
"""What is held, as such or as JSON writes it in ASCII."""


def held(value: Any) -> Any:
    """A text, or the texts in plain data, as every database can hold them."""
    if isinstance(value, str):
        return value.translate(_HOLD) if _UNHELD.search(value) else value
    if isinstance(value, dict):
        return {held(key): held(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [held(one) for one in value]
    return value


def told(value: Any) -> Any:
    """What was held."""
    if isinstance(value, str):
        return value.translate(_TELL) if _HELD.search(value) else value
    if isinstance(value, dict):
        return {told(key): told(one) for key, one in value.items()}
    if isinstance(value, list):
        return [told(one) for one in value]
    return value


class _AnyText:
    """What the columns of text have in common; for migrations they are Django's own."""

    def get_prep_value(self, value: Any) -> Any:
        """What is written."""
        return held(super().get_prep_value(value))  # type: ignore[misc]

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """What is read."""
        return told(value)

    def deconstruct(self) -> Any:
        """What a migration says."""
        name, _, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{type(self).__mro__[2].__name__}", args, kwargs


class _CharField(_AnyText, models.CharField):
    """A short text."""


class _TextField(_AnyText, models.TextField):
    """A text."""


class _JSONField(models.JSONField):
    """Plain data."""

    def get_prep_value(self, value: Any) -> Any:
        """What is written."""
        return super().get_prep_value(held(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """What is read."""
        known = value is not None and _IN_JSON.search(str(value)) is not None
        found = super().from_db_value(value, expression, connection)
        return told(found) if known else found

    def deconstruct(self) -> Any:
        """What a migration says."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


CharField: Any = _CharField
TextField: Any = _TextField
JSONField: Any = _JSONField
