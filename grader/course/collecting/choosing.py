"""Which of a student's files is graded: the one that contains most of the assignment.

A notebook that is untouched, empty or broken does not hide a script, and the other way round.
A script that the graded file imports or runs is a part of it, and no choice.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import GraderError
from grader.reading.submission import parse_bytes


@dataclass(frozen=True)
class Choice:
    """The places in the list of the file that is graded and of those that could have been."""

    chosen: int
    passed_over: tuple[int, ...] = ()


def choose(
    names: Sequence[str], load: Callable[[int], bytes], rank: Callable[[int], int], *, most: int
) -> Choice:
    """The choice among files, by their paths, in the order in which they are preferred.

    `rank` is how much each holds, -1 if it cannot be read. Of notebooks and of scripts, `most` of
    each are looked at.
    """
    if len(names) == 1:
        return Choice(0)
    scripts = [i for i, name in enumerate(names) if is_script(name)][:most]
    notebooks = [i for i, name in enumerate(names) if not is_script(name)]
    ranks = {i: rank(i) for i in (*notebooks[:most], *scripts)}
    chosen = max(ranks, key=lambda i: ranks[i])  # of equals the first
    if not scripts or max(ranks.values()) == sys.maxsize:
        return Choice(chosen, tuple(i for i in notebooks if i != chosen))
    code = {i: _code(load, i, names[i]) for i in ranks}
    used: set[int] = set()
    while is_script(names[chosen]):
        used.add(chosen)
        users = [
            i
            for i in code
            if i not in used
            and ranks[i] > (0 if i in notebooks else 1)
            and uses(code[i], names[chosen])
        ]
        if not users:
            break
        chosen = max(users, key=lambda i: ranks[i])
    taken = _taken(chosen, code, names)
    others = [
        i
        for i in sorted({*notebooks, *code} - {chosen})
        if i in notebooks or (ranks[i] > 1 and i not in taken)
    ]
    return Choice(chosen, tuple(others))


def _taken(chosen: int, code: Mapping[int, str], names: Sequence[str]) -> set[int]:
    """The scripts that the chosen file uses, and those that these use in turn."""
    taken: set[int] = set()
    pending = [chosen]
    while pending:
        at = pending.pop()
        scripts = [i for i in code if i not in taken and i != chosen and is_script(names[i])]
        new = [i for i in scripts if uses(code[at], names[i])]
        taken.update(new)
        pending += new
    return taken


def is_script(name: str) -> bool:
    """Whether a file is a script, by its name."""
    return name.lower().endswith(".py")


def uses(code: str, script: str) -> bool:
    """Whether code imports or runs a script."""
    folders, _, last = script[:-3].rpartition("/")
    stem = re.escape(folders.rpartition("/")[2] if last == "__init__" else last)
    pattern = (
        rf"^\s*(from\s+[\w.]*\b{stem}\b[\w.]*\s+import\b|from\s+[\w.]+\s+import\b.*\b{stem}\b"
        rf"|import\s[\w\s.,]*\b{stem}\b)|\brun\b.*\b{stem}\b|\bimport_module\(.*\b{stem}\b"
        rf"|[\"'/]{stem}\.py[\"']"
    )
    return re.search(pattern, code, re.MULTILINE) is not None


def _code(load: Callable[[int], bytes], index: int, name: str) -> str:
    """The code in a file, '' where it cannot be read."""
    try:
        cells = parse_bytes(load(index), name=name).cells
    except GraderError:
        return ""
    return "\n".join(cell.source for cell in cells if cell.kind == "code")
