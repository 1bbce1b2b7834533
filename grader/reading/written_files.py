"""Files that a submission's own code puts where it imports them from.

A `%%writefile` cell writes a file next to the notebook; a line with `sys.path` or `%cd` has the
files of a folder found as if they stood there.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from grader.reading.cells import Cell
from grader.reading.exported_magics import as_notebook
from grader.reading.limits import MAX_FOLDERS, MAX_WRITTEN_FILES

_WRITE = re.compile(
    r"(?:[ \t]*(?:\#[^\n]*)?\n)*[ \t]*(\#[ \t]*)?%%[ \t]*(?:writefile|file)[ \t]+"
    r"(-a[ \t]+)?[\"']?(?:\./|/content/)*(\w[\w/]*)\.py[\"']?[ \t]*(?:\n|$)"
)
_ON_PATH = re.compile(
    r"sys\.path\.(?:append|insert|extend)[ \t]*\(([^\n]{1,500})"
    r"|os\.chdir[ \t]*\(([^\n]{1,500})"
    r"|^[ \t]*%?cd[ \t]+([^\n]{1,500})",
    re.MULTILINE,
)
_FOLDER = re.compile(r"\w+(?:/\w+)*")


def written_by(source: str) -> str:
    """The module that a `%%writefile` cell writes, or ""; its lines may be comments."""
    found = _WRITE.match(source)
    return found[3].replace("/", ".") if found else ""


def with_own(modules: Mapping[str, str], cells: Sequence[Cell]) -> dict[str, str]:
    """The modules submitted, and what the code of these cells writes or has found next to them."""
    sources = [as_notebook(cell.source)[0] for cell in cells if cell.kind == "code"]
    found = dict(modules)
    for source in sources:
        write, name = _WRITE.match(source), written_by(source)
        if write is None or (len(found) >= MAX_WRITTEN_FILES and name not in found):
            continue
        body = source[write.end() :]
        if write[1]:
            body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
        found[name] = f"{found[name]}\n{body}" if write[2] and name in found else body
    folders = itertools.islice(_folders([*sources, *found.values()]), MAX_FOLDERS)
    for folder in dict.fromkeys(folders):
        for name in sorted(found):
            inner = name.removeprefix(f"{folder}.")
            if inner not in {name, "__init__"} and len(found) < 2 * MAX_WRITTEN_FILES:
                found.setdefault(inner, found[name])
    return found


def _folders(texts: Iterable[str]) -> Iterator[str]:
    """The folders that code looks for modules in, dotted, as far as they may be submitted.

    Of `/content/drive/MyDrive/homework/src` that is each end: the rest is the student's machine.
    """
    for text in texts:
        for line in _ON_PATH.finditer(text):
            for path in _FOLDER.findall(" ".join(filter(None, line.groups()))):
                parts = path.split("/")
                yield from (".".join(parts[i:]) for i in range(len(parts)))
