"""Magics, shell and help lines of IPython, turned into comments or into the Python they stand for.

Every line stays where the student wrote it.
"""

from __future__ import annotations

import re

from grader.reading.exported_magics import FOREIGN
from grader.reading.limits import MAX_MAGIC_CHARS
from grader.reading.python_parser import parses

_AUTOMAGIC = frozenset(
    """
    pip pip3 conda mamba uv apt apt-get git wget curl unzip tar ls ll dir cd cat cp mv rm mkdir
    rmdir touch head tail more less python python3 time timeit run load load_ext reload_ext
    matplotlib pylab config env set_env who whos xmode history autoreload export sudo
    """.split()
)
_NOT_AUTOMAGIC = re.compile(r"[=,:)(\]\[+&|^<>@]|[*/%-]=|(in|is|and|or|if|not|for|else)\b")
_LINE_MAGIC = re.compile(r"(\s*)%%?\s*([A-Za-z_]\w*)?(.*)")
_HELP = re.compile(r"\s*(\?.*|%{0,2}[A-Za-z_][\w.*]*(\[\w*\])?\?{1,2}[\s;]*(#.*)?)$")
_ASSIGNED_MAGIC = re.compile(r"(\s*[\w*(\[][\w.()\[\], *]*?)=\s*(!|%\s*[A-Za-z_])")
_TOKEN = re.compile(
    r"#.*|\"\"\"|'''|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?|[(\[{]|[)\]}]", re.DOTALL
)


def without_cell_magics(text: str) -> tuple[str, str]:
    """Get the text with its leading %% lines as comments, and the name of a foreign one."""
    lines = text.split("\n")
    for i, line in enumerate(lines):
        body = line.strip()
        if not body or body.startswith("#"):
            continue
        magic = re.match(r"%%\s*(!|\w*)", body)
        if magic is None:
            break
        if magic[1].lower() in FOREIGN:
            return "\n".join(lines), magic[1]
        lines[i] = f"# {body}"
    return "\n".join(lines), ""


def without_magics(text: str, *, block_filler: str = "pass  ") -> str:
    """Get the text with magics, shell and help lines as comments, outside of strings."""
    rows: list[str] = []
    quote, depth, runs_on, in_magic = "", 0, False, False
    for line in text.split("\n"):
        plain = None
        if in_magic:
            plain = f"# {line}"
        elif not quote and not depth and not runs_on and len(line) < MAX_MAGIC_CHARS:
            plain = _plain_line(line, block_filler)
        in_magic = plain is not None and line.rstrip().endswith("\\")
        row = line if plain is None else plain
        quote, depth, runs_on = _state_after(row, quote, depth)
        rows.append(row)
    return "\n".join(rows)


def _state_after(line: str, quote: str, depth: int) -> tuple[str, int, bool]:
    """Get what is open at the end of a line: a triple quote, brackets, a backslash."""
    at, is_comment = 0, False
    while True:
        if quote:
            end = re.compile(r"\\.|" + quote).search(line, at)
            while end and end[0] != quote:
                end = re.compile(r"\\.|" + quote).search(line, end.end())
            if end is None:
                return quote, depth, False
            quote, at = "", end.end()
        token = _TOKEN.search(line, at)
        if token is None:
            return "", depth, line.endswith("\\") and not is_comment
        at = token.end()
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth = max(0, depth - 1)
        is_comment = token[0].startswith("#")


def _plain_line(line: str, block_filler: str) -> str | None:
    """Get the Python for a line that only IPython understands, None for any other line."""
    body = line.strip()
    hidden = line[: len(line) - len(line.lstrip())]
    hidden += (block_filler if hidden else "") + f"# {body}"
    if body.startswith("%"):
        return _python_of_magic(line) or hidden
    if body.startswith("!") or _HELP.match(line):
        return hidden
    if assigned := _ASSIGNED_MAGIC.match(line):
        return f"{assigned[1]}= None  # {body}"
    word, _, rest = body.partition(" ")
    if word in _AUTOMAGIC and rest and not _NOT_AUTOMAGIC.match(rest.lstrip()):
        if parses(body):
            return None
        return _python_of_magic(line[: len(line) - len(line.lstrip())] + "%" + body) or hidden
    return None


_PYLAB = (
    "import numpy, matplotlib; from matplotlib import pylab, mlab, pyplot; "
    "np = numpy; plt = pyplot; "
    "from IPython.display import display; from IPython.core.pylabtools import figsize, getfigs"
)
_PYLAB_ALL = "from matplotlib.pylab import *; from numpy import *; "
"""What `%pylab` runs, see `import_pylab` in IPython's core/pylabtools.py."""


def _python_of_magic(line: str) -> str | None:
    """Get the Python for a line magic that binds names or sets something in the notebook."""
    magic = _LINE_MAGIC.match(line)
    if magic is None:
        return None
    indent, name, rest = magic[1], magic[2], magic[3].strip()
    if name in {"time", "prun"}:
        rest = re.sub(r"^(-[a-zA-Z]([ ]?[\d.]+)?[ ]+)+", "", rest)
        return indent + rest if rest and parses(rest) else None
    if name == "pylab":
        return indent + ("" if "--no-import-all" in rest else _PYLAB_ALL) + _PYLAB
    if name in {"env", "set_env"}:
        name, value = (item.strip() for item in rest.partition("=" if "=" in rest else " ")[::2])
        is_plain = re.fullmatch(r"\w+", name) and value and "{" not in value
        return f'{indent}__import__("os").environ[{name!r}] = {value!r}' if is_plain else None
    if name == "run" and rest:
        return f'{indent}get_ipython().run_line_magic("run", {rest!r})'
    return None
