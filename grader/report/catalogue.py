"""The sentences of the reports, by id: `templates/texts.LANG.toml`.

A course edits or translates the file; the code holds no sentence of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from grader.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The texts of one language: flat ids such as `state.word.correct` to templates."""

    lang: str
    texts: Mapping[str, str]

    def say(self, text_id: str, **values: object) -> str:
        """The text of this id with its values filled in; `n` picks `one` or `other`."""
        text = self.texts.get(text_id)
        if text is None:
            form = "one" if values.get("n") == 1 else "other"
            text = self.texts[f"{text_id}.{form}"]
        return text.format(**values) if "{" in text else text

    def has(self, text_id: str) -> bool:
        """Whether there is a text of this id."""
        return text_id in self.texts


@cache
def catalogue(lang: str = "en") -> Catalogue:
    """The texts in a language.

    Raises: UsageError when there is no file for it.
    """
    source = files("templates").joinpath(f"texts.{lang}.toml")
    if not (lang.isalpha() and source.is_file()):
        msg = f"texts: no texts in this language, got {lang!r}; add templates/texts.{lang}.toml"
        raise UsageError(msg)
    return Catalogue(lang=lang, texts=dict(_flat(tomllib.loads(source.read_text("utf-8")), "")))


def languages() -> tuple[str, ...]:
    """The languages that there are texts in, sorted."""
    names = (item.name for item in files("templates").iterdir())
    found = (name[6:-5] for name in names if name.startswith("texts.") and name.endswith(".toml"))
    return tuple(sorted(found))


def _flat(table: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)
