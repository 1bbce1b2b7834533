"""What Jupyter and Colab make of a magic when they export a notebook, turned back into the magic.

A script that nbconvert or VS Code wrote holds `get_ipython().run_cell_magic('time', '', '...')`
with the cell's code in a string; Colab puts comment signs before the whole cell. Read as the
notebook had it, the code is there again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.reading.limits import MAX_CALL_CHARS, MAX_CALL_LINES, MAX_MAGIC_CHARS
from grader.reading.python_parser import syntax_tree
from grader.reading.silence import no_warnings

FOREIGN = frozenset(
    """
    ! bash sh zsh cmd script shell sx system html svg javascript js css latex markdown mermaid r
    ruby perl julia python python2 python3 pypy cython cuda cpp sql bigquery writefile
    writetemplate file
    """.split()
)
"""Cell magics whose body is not valid Python, or Python that does not run in the notebook."""

_CALL = re.compile(
    r"([ \t]*)(?:([\w.,()\[\] \t*]+?)[ \t]*=[ \t]*)?"
    r"(?:get_ipython[ \t]*\(\)[ \t]*\.[ \t]*(?:magic|system|getoutput|run_cell|run_\w+_magic)"
    r"|\w+[ \t]*\.[ \t]*run_(?:cell|line)_magic)[ \t]*\("
)
_COLAB = "# Commented out IPython magic to ensure Python compatibility."
_COLAB_MAGIC = re.compile(r"([ \t]*)# ?(%{1,2}|!)(\w*)(.*)")


@dataclass(frozen=True)
class _Call:
    """One call of the shell: the method, its texts, and the name that gets what it returns."""

    method: str
    texts: tuple[str, ...]
    target: str


def as_notebook(text: str) -> tuple[str, tuple[int, ...]]:
    """Get the text with exported magics as a notebook has them, and each line's line in `text`.

    The lines are () where nothing was exported.
    """
    if _COLAB in text:
        text = "\n".join(_uncommented(text.split("\n")))
    if "_magic" not in text and "get_ipython" not in text:
        return text, ()
    rows: list[str] = []
    origin: list[int] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        found, end = _call_at(lines, at)
        new = _written(found, lines[at]) if found else [lines[at]]
        rows += new
        origin += [at + 1] * len(new)
        at = end
    if rows == lines:
        return text, ()
    return "\n".join(rows), tuple(origin)


def _call_at(lines: Sequence[str], at: int) -> tuple[_Call | None, int]:
    """Get the call of the shell that begins on a line, and the line after it."""
    head = _CALL.match(lines[at])
    if head is None:
        return None, at + 1
    size = 0
    for end in range(at, min(len(lines), at + MAX_CALL_LINES)):
        size += len(lines[end])
        if size > MAX_CALL_CHARS:
            break
        if ")" not in lines[end]:
            continue
        found = _call("\n".join(lines[at : end + 1]).strip(), (head[2] or "").strip())
        if found is not None:
            return found, end + 1
    return None, at + 1


def _call(text: str, target: str) -> _Call | None:
    try:
        with no_warnings():
            (statement,) = syntax_tree(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    call = getattr(statement, "value", None)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    values = [*call.args, *(item.value for item in call.keywords)]
    found = [item.value for item in values if isinstance(item, ast.Constant)]
    texts = tuple(item for item in found if isinstance(item, str))
    if len(texts) != len(values):
        return None
    return _Call(method=call.func.attr, texts=texts, target=target)


def _written(call: _Call, line: str) -> list[str]:
    """Get the lines of the notebook that became the call."""
    indent = line[: len(line) - len(line.lstrip())]
    texts = (*call.texts, "", "", "")
    to = f"{call.target} = " if call.target else ""
    if call.method in {"run_cell_magic", "run_cell"}:
        name, given, body = texts[:3] if call.method == "run_cell_magic" else ("", "", texts[0])
        rows = [f"# %%{name} {given}".rstrip(), *_body(name, body)]
        rows += [f"{to}None"] if to else []
    elif call.method == "run_line_magic":
        rows = [f"{to}%{texts[0]} {texts[1]}"]
    else:
        sign = "%" if call.method == "magic" else "!"
        rows = [f"{to}{sign}{texts[0]}"]
    if call.method not in {"run_cell_magic", "run_cell"}:
        rows = [" ".join(row.split("\n")).rstrip() for row in rows]
    return [indent + row if row else row for row in rows]


def _body(name: str, body: str) -> list[str]:
    """Get the lines below a cell magic, as comments where they are no Python of the notebook."""
    lines = body.replace("\r\n", "\n").rstrip("\n").split("\n")
    is_foreign = name.lower() in FOREIGN
    for i, line in enumerate(lines):
        more = re.match(r"%%[ \t]*(!|\w*)", line.strip())
        if more is None and line.strip() and not line.lstrip().startswith("#"):
            break
        if more is not None:
            is_foreign = is_foreign or more[1].lower() in FOREIGN
            lines[i] = f"# {line.strip()}"
    return [f"# {line}" for line in lines] if is_foreign else lines


def _uncommented(lines: Sequence[str]) -> list[str]:
    """Get Colab's script with its magics, and the cells below one, as they were."""
    rows: list[str] = []
    is_body = has_magics = False
    for line in lines:
        has_magics = has_magics or line.strip() == _COLAB
        magic = _COLAB_MAGIC.fullmatch(line[:MAX_MAGIC_CHARS]) if has_magics else None
        if magic is not None and magic[2] == "%%":
            is_body = magic[3].lower() not in FOREIGN
            rows.append(line)
        elif magic is not None and (magic[3] or is_body):
            rows.append(magic[1] + magic[2] + magic[3] + magic[4])
        elif is_body and line.startswith("#"):
            rows.append(line[2:] if line.startswith("# ") else line[1:])
        else:
            is_body = False
            rows.append(line)
    return rows
