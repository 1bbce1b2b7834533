"""IDs of students: unique, readable, and safe as the names of folders."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from grader.course.collecting.students import key_of

MAX_ID_CHARS = 80
MAX_ID_BYTES = 200

_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\.|$)", re.IGNORECASE
)


def safe_id(name: str, number: str = "") -> str:
    """Get the name as one that any file system takes as a folder's; letters stay as they are.

    A long name is cut, the number behind it is not, unless it is longer than a number can be.
    """
    ending = f"_{_cleaned(number)}" if number else ""
    if len(ending) > MAX_ID_CHARS // 2:
        name, ending = name + ending, ""
    name = _cleaned(name).lstrip(" .-~")
    short = _shortened(name, MAX_ID_CHARS - len(ending))
    name = (short if short == name else short.rstrip(" .")) + ending
    name = name.rstrip(" .").lstrip(" .-~")
    if _RESERVED.match(name):
        name = _shortened(f"_{name}", MAX_ID_CHARS)
    return name or "student"


def _cleaned(name: str) -> str:
    name = re.sub(r'[/\\:*?"<>|]', "_", re.sub(r"\s+", " ", name))
    name = "".join(c for c in name if unicodedata.category(c)[0] not in "CZ" or c == " ")
    return re.sub(r" +", " ", unicodedata.normalize("NFC", name))


def _shortened(name: str, limit: int) -> str:
    name = name[:limit]
    return name.encode()[: MAX_ID_BYTES - (MAX_ID_CHARS - limit)].decode(errors="ignore")


def unique_ids(names: Sequence[tuple[str, str]]) -> list[str]:
    """Get an ID for each name and number; of equal ones the first keeps it, others are counted."""
    ids = [safe_id(name, number) for name, number in names]
    owners: dict[str, int] = {}
    for i, name in enumerate(ids):
        owners.setdefault(key_of(name), i)
    counts: Counter[str] = Counter()
    for i, name in enumerate(ids):
        while owners[key_of(ids[i])] != i:
            counts[key_of(name)] += 1
            ids[i] = _with_suffix(*names[i], f"-{counts[key_of(name)] + 1}")
            owners.setdefault(key_of(ids[i]), i)
    return ids


def _with_suffix(name: str, number: str, suffix: str) -> str:
    """Get an ID with a suffix, which is not cut either."""
    if number:
        return safe_id(name, number + suffix)
    return _shortened(safe_id(name), MAX_ID_CHARS - len(suffix)).rstrip(" .") + suffix
