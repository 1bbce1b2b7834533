"""Names of people and groups, as far as two systems write them alike."""

from __future__ import annotations

import re
import unicodedata

DEFAULT_GROUPS = frozenset(
    {"default group", "standardgruppe", "groupe par défaut", "المجموعة الافتراضية"}
)
"""What Moodle calls those who are in no group, in the words of `group_key`."""
_GONE = re.compile(r"""['"/\\:*?<>|`’]""")


def words_of(name: str) -> frozenset[str]:
    """The words of a name, without signs, capitals and order: "O'Brien, Ada" is "Ada OBrien"."""
    text = _folded(_GONE.sub("", name.replace("_", " ")))
    spaced = "".join(char if _is_of_word(char) else " " for char in text)
    return frozenset(spaced.split())


def group_key(name: str) -> str:
    """What a group's name in a worksheet and in the name of a file have in common."""
    return " ".join(_folded(_GONE.sub("", name.replace("_", " "))).split())


def plain(text: str) -> str:
    """An address or a number to compare: without spaces around it and capitals."""
    return _folded(text).strip()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _is_of_word(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] == "M"
