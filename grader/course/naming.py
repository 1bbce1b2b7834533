"""Which students `--only` means: by ID, by number, or by as much of a name as tells them apart."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from grader.course.collecting.entry import Entry
from grader.course.collecting.students import key_of
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

_MOST_SHOWN = 3


def named_students(names: Sequence[str], entries: Sequence[Entry]) -> tuple[str, ...]:
    """The IDs of the students with these names.

    Raises: UsageError where a name is nobody's, or that of several.
    """
    return tuple(dict.fromkeys(_named(name, entries) for name in names))


def _named(name: str, entries: Sequence[Entry]) -> str:
    students = [entry.student for entry in entries]
    if name in students:
        return name
    wanted = key_of(name.strip())
    if not wanted:
        raise UsageError("--only: the ID is empty; the overview lists the IDs")
    ways = (
        [entry.student for entry in entries if entry.number and entry.number == name.strip()],
        [student for student in students if key_of(student) == wanted],
        [student for student in students if key_of(student).startswith(wanted)],
    )
    shown = visible(name, NAME_LIMIT)
    for found in ways:
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"--only {shown}: could be {_listed(found)}; name one of them")
    by_key = {key_of(student): student for student in students}
    near = difflib.get_close_matches(wanted, by_key, n=_MOST_SHOWN, cutoff=0.6)
    near = near or [key for key in by_key if wanted in key]
    known = _listed([by_key[one] for one in near])
    what_to_do = f"did you mean {known}?" if near else "the overview lists the IDs"
    raise UsageError(f"--only {shown}: no submission has this ID; {what_to_do}")


def _listed(students: Sequence[str]) -> str:
    shown = " or ".join(visible(one, NAME_LIMIT) for one in students[:_MOST_SHOWN])
    more = len(students) - _MOST_SHOWN
    return f"{shown} or {more} more" if more > 0 else shown
