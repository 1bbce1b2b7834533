"""What a check may tell a student: of a hidden one, nothing with a value of its case in it.

A sentence is a message, an id and its values, so a value is kept back by leaving out the sentence
that has a place for it. Only what an assignment wrote as prose has to be searched for numbers.
"""

from __future__ import annotations

import builtins
import re
import string
from collections.abc import Iterator

from grader.catalog import Catalog, Message, Text, everywhere, say
from grader.results import CheckResult, CheckStatus, Visibility
from grader.safe_text import visible

_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+")
_NUMBER = re.compile(r"(?<![A-Za-z_\d])\d")
_PLACE = re.compile(
    rf"\b(?:(?:{'|'.join(everywhere('pattern.places'))})[a-z]{{0,2}} \d+|[123]-?D\b)", re.IGNORECASE
)
"""Numbers of prose that name a place in the student's own code (line 3, cell 7), or a dimension."""
_OPEN = frozenset({"cell", "line", "part", "axis", "version", "position", "returns"})
"""Values that name such a place, a version of Python, or what the task says is returned: no value
of a case."""
_OWN = frozenset({"reached", "bound", "room", "first_leaf", "second_leaf"})
"""Values that the code computed itself, what the task says it must reach, places in an answer."""
_LEAF = re.compile(r'`?[A-Za-z_]\w{0,30}(\[(\d{1,3}|"\w{1,30}")\]|\.[A-Za-z_]\w{0,30}){1,8}`?')
"""A place in an answer: how that is built is part of the task."""
_LONGEST_QUOTE = 40
"""What an error message of a student's making may quote is kept as short as a name."""
_INSTEAD = {"grading.ours": "grading.unchecked", "grading.machine": "grading.unchecked"}
"""What is said in place of a message whose values are not for students."""
_LIBRARY_ERRORS = frozenset(
    {
        "ConcretizationTypeError", "JaxRuntimeError", "KeyReuseError", "LinAlgError",
        "NonConcreteBooleanIndexError", "TracerArrayConversionError", "TracerBoolConversionError",
        "TracerIntegerConversionError", "UnexpectedTracerError", "XlaRuntimeError",
    }
)  # fmt: skip


def disclosed_message(check: CheckResult, texts: Catalog) -> str:
    """The check's message as a student may read it: of a hidden check, no value of its case.

    Of an error in a hidden check its class and place stay; what Python said can quote the input.
    """
    text = check.message
    if isinstance(text, str) and check.status is CheckStatus.ERROR and _is_hidden(check):
        text, _, _ = texts.tell(text).partition(": ")
    return _disclosed(text, check, texts)


def disclosed_hint(check: CheckResult, texts: Catalog) -> str:
    """The check's hint as a student may read it: of a hidden check, no value of its case.

    What a known mistake says was written beforehand, and stands as it is.
    """
    if check.mistake or check.noticed:
        return visible(texts.tell(check.hint))
    return _disclosed(check.hint, check, texts)


def is_known_error(kind: str) -> bool:
    """Whether an exception is Python's or JAX's; the name of any other is the student's text."""
    return kind in _LIBRARY_ERRORS or isinstance(getattr(builtins, kind, None), type)


def _is_hidden(check: CheckResult) -> bool:
    return check.visibility is Visibility.HIDDEN


def _disclosed(text: Text, check: CheckResult, texts: Catalog) -> str:
    if not _is_hidden(check):
        return visible(texts.tell(text))
    return visible(" ".join(said for said in _sentences(text, texts) if said)).rstrip(";:, ")


def _sentences(text: Text, texts: Catalog) -> Iterator[str | None]:
    """The sentences of a text of a hidden check; None for each that is kept back."""
    if isinstance(text, Message) and texts.knows(text):
        yield from _of_message(text, texts)
    else:
        for said in _SENTENCE_END.split(texts.tell(text)):
            yield None if _has_number(said) or _quotes_at_length(said) else said


def _of_message(message: Message, texts: Catalog) -> Iterator[str | None]:
    """Those of a message of ours, whose own words are no secret: its values decide."""
    if message.id in _INSTEAD:
        yield texts.say(_INSTEAD[message.id])
        return
    values = dict(message.values)
    if message.id == "cell.at" and _whole("what", values["what"], texts) is None:
        yield texts.tell(say("cell.at", place=values["place"], what="")).rstrip(": ")
        return
    if message.id == "stopped.raised":
        kind = str(values["kind"])
        yield kind if is_known_error(kind) else None
        return
    for template in _SENTENCE_END.split(texts.template(message)):
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
        if names and not string.Formatter().vformat(template, (), _Nothing()).strip():
            # Nothing but values, which may be sentences: each is told as far as it may be.
            for name in names:
                yield from _of_value(name, values[name], texts)
            continue
        told = {name: _whole(name, values[name], texts) for name in names}
        if None in told.values():
            yield None
            continue
        said = template.format(**told)
        yield None if _quotes_at_length(said) else said


def _of_value(name: str, value: object, texts: Catalog) -> Iterator[str | None]:
    if name in _OWN or (isinstance(value, str) and _LEAF.fullmatch(value)):
        yield str(value)
    elif isinstance(value, (str, Message)):
        yield from _sentences(value, texts)
    else:
        yield str(value) if name in _OPEN else None


def _whole(name: str, value: object, texts: Catalog) -> str | None:
    """A value in words, None where any of it is kept back."""
    said = [*_of_value(name, value, texts)]
    return None if None in said else " ".join(str(one) for one in said)


class _Nothing(dict[str, str]):
    """Nothing for every name, to see what a template says without its values."""

    def __missing__(self, key: str) -> str:
        return ""


def _has_number(text: str) -> bool:
    return _NUMBER.search(_PLACE.sub("", text)) is not None


def _quotes_at_length(text: str) -> bool:
    return any(len(quoted) > _LONGEST_QUOTE for quoted in re.findall(r"`([^`]*)`", text))
