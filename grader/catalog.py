"""The sentences that people read, by id: `templates/texts.LANG.toml`.

The code holds no sentence of its own. It makes a `Message`, an id and the values that go into
it, and where reports are built a `Catalog` turns it into the text of a language.
A course edits or translates the file.

The sentences of an assignment stand in English in its declaration and its checks; they are
their own ids. A file `texts.LANG.toml` next to the assignment maps them to another language,
and what is missing there stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from grader.errors import AssignmentError, UsageError

__all__ = ["Text", "say"]


@dataclass(frozen=True)
class Message:
    """A sentence before it has a language; `str` gives it in English.

    `id` is one of the catalog, or an assignment's own sentence with places such as `{name}`.
    Values may be messages themselves.
    """

    id: str
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return catalog().tell(self)


Text = str | Message
"""A sentence: a message, or one that stands as it is unless the assignment translates it."""


def say(text_id: str, **values: object) -> Message:
    """The message of this id with its values; `n` picks a plural form."""
    return Message(text_id, tuple(values.items()))


def joined(text_id: str, items: Sequence[Text]) -> Text:
    """Items as a list in words, by a text with the places `first` and `last`."""
    *others, last = items
    return say(text_id, first=joined(text_id, others), last=last) if others else last


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The texts of one language: flat ids such as `state.word.correct` to templates."""

    lang: str
    texts: Mapping[str, str]
    own: Mapping[str, str] = field(default_factory=dict)
    """An assignment's own sentences to what stands for them in this language."""

    def say(self, text_id: str, **values: object) -> str:
        """The text of this id with its values filled in; `n` picks `one` or `other`."""
        text = self._form(text_id, values)
        return text.format(**values) if "{" in text else text

    def _form(self, text_id: str, values: Mapping[str, object]) -> str:
        text = self.texts.get(text_id)
        if text is None:
            form = "one" if values.get("n") == 1 else "other"
            text = self.texts[f"{text_id}.{form}"]
        return text

    def knows(self, message: Message) -> bool:
        """Whether the message is one of the grader's own, not of an assignment."""
        return self.has(message.id) or self.has(f"{message.id}.other")

    def template(self, message: Message) -> str:
        """What the message says before its values are filled in."""
        return self._form(message.id, dict(message.values))

    def tell(self, text: Text) -> str:
        """A message, or a sentence of the assignment, in this language."""
        if isinstance(text, str):
            return self.own.get(text, text)
        values = {
            name: self.tell(value) if isinstance(value, (str, Message)) else value
            for name, value in text.values
        }
        if self.knows(text):
            return self.say(text.id, **values)
        return self.own.get(text.id, text.id).format(**values)

    @cached_property
    def digest(self) -> str:
        """8 hexadecimal digits over the language and all its texts."""
        said = json.dumps([self.lang, [*self.texts.items()], [*self.own.items()]])
        return hashlib.sha256(said.encode()).hexdigest()[:8]

    def has(self, text_id: str) -> bool:
        """Whether there is a text of this id."""
        return text_id in self.texts


@cache
def catalog(lang: str = "en", folder: Path | None = None) -> Catalog:
    """The texts in a language, with those of the assignment in a folder, if it has any.

    Raises: UsageError when there is no file for it; AssignmentError when the assignment's
    file cannot be used.
    """
    texts = _texts(lang)
    own = _own(folder / f"texts.{lang}.toml") if folder is not None else {}
    return Catalog(lang=lang, texts=texts, own=_titles(lang, texts) | own)


@cache
def _texts(lang: str) -> Mapping[str, str]:
    """The grader's own texts in a language, parsed once. Raises UsageError when there are none."""
    source = files("templates").joinpath(f"texts.{lang}.toml")
    if not (lang.isalpha() and source.is_file()):
        msg = f"texts: no texts in the language {lang!r}; add templates/texts.{lang}.toml"
        raise UsageError(msg)
    return dict(_flat(_read(source), ""))


def languages() -> tuple[str, ...]:
    """The languages that there are texts in, sorted."""
    names = (item.name for item in files("templates").iterdir())
    found = (name[6:-5] for name in names if name.startswith("texts.") and name.endswith(".toml"))
    return tuple(sorted(found))


def everywhere(text_id: str) -> tuple[str, ...]:
    """The words that a text lists in every language, `|` between them."""
    return tuple(
        word for lang in languages() for word in catalog(lang).say(text_id).split("|") if word
    )


def _titles(lang: str, texts: Mapping[str, str]) -> dict[str, str]:
    """The titles that ready-made checks have in a declaration, where they are English."""
    english = {} if lang == "en" else catalog().texts
    return {text: texts[key] for key, text in english.items() if key.startswith("title.")}


def _own(path: Path) -> dict[str, str]:
    """An assignment's sentences in one language; the sections of its file are for its readers."""
    if not path.is_file():
        return {}
    try:
        table = _read(path)
    except (OSError, ValueError) as error:
        msg = f"{path.name}: cannot be read: {error}; fix the assignment's texts"
        raise AssignmentError(msg) from error
    return {key: text for section in table.values() for key, text in _pairs(section, path.name)}


def _pairs(section: object, name: str) -> Iterator[tuple[str, str]]:
    if not isinstance(section, Mapping):
        msg = f"{name}: a text is outside of a [section]; move it into one"
        raise AssignmentError(msg)
    for key, text in section.items():
        if not isinstance(text, str):
            msg = (
                f"{name}: expected a string for {key!r}, got {type(text).__name__}; put it in "
                "quotes"
            )
            raise AssignmentError(msg)
        yield str(key), text


def _read(source: Path | Traversable) -> dict[str, object]:
    return tomllib.loads(source.read_text("utf-8"))


def _flat(table: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)
