"""Why a cell is not Python: a TODO, prose, output, another language, or what the parser says."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence

from grader.catalog import Message, say
from grader.reading.python_parser import ExtremeError
from grader.reading.repairs import dedented
from grader.safe_text import NAME_LIMIT, visible

_TODO = re.compile(
    r"[(,=\[]\s*\?|\?\s*[,)\]]|[^=!<>]=\s*(#.*)?$|<\s*your\b"
    r"|\b(TODO|FIXME|YOUR[ _]CODE|FILL[ _]IN)\b",
    re.IGNORECASE,
)
_OTHER_LANGUAGE = (
    r"\s*(function\b|end\s*$|using\s+[A-Z]|let\s+\w|const\s+\w|var\s+\w|#include\b|public\s"
    r"|</?\w+[^<]*>\s*$)"
)
_ANYWHERE = (
    (r"(?:<{7}|>{7}|\|{7})(?: .*)?$", say("cell.conflict")),
    (r"Traceback \(most recent call last\)", say("cell.output")),
    (r"\s*\{ lambda\b.*\. ?let", say("cell.output")),
    (r"\s*```", say("cell.chat")),
)
_ON_THE_LINE = (
    (r"\s*print\s+[^\s(=.,:)]", say("cell.print_2")),
    (r"\s*(except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+\w+\s*,|exec\s+[\"'])", say("cell.python_2")),
    (
        r"\s*(Out\[\d+\]:|\[\[?\s*-?\d[\d.e+-]*\s+-?\d|[A-Z]\w*(Error|Warning):\s|[-=]{4,}\s*$)",
        say("cell.output"),
    ),
    (_OTHER_LANGUAGE, say("cell.language")),
)
_PROSE = re.compile(r"\s*[^\W\d_][\w'\u2019-]*[,:]?( +[(\"]?[\w'\u2019`-]+[)\"]?[,:.;!?]*){3,}\s*$")
_STATEMENT = re.compile(
    r"\s*(def|class|for|while|if|elif|else|with|return|import|from|lambda|async|assert|raise|del"
    r"|global|nonlocal|except|try|print)\b"
)


def diagnosis(source: str, error: SyntaxError) -> tuple[int, Message, bool]:
    """Get the line, what is wrong there, and whether it is an unfilled TODO."""
    lines = source.split("\n")
    at = min(max(error.lineno or 1, 1), len(lines))
    line = lines[at - 1][:500]
    if isinstance(error, ExtremeError):
        return at, say("cell.extreme", why=error.why), False
    for number, row in enumerate(lines, start=1):
        if what := _matching(_ANYWHERE, row[:500]):
            return number, what, False
    if isinstance(error, TabError):
        return at, say("cell.tabs"), False
    if what := _matching(_ON_THE_LINE, line):
        return at, what, False
    if _TODO.search(line) or _has_empty_body(lines, error.msg):
        return at, say("cell.todo"), True
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    what = say("cell.syntax", version=version, said=visible(error.msg, NAME_LIMIT))
    if _PROSE.match(line) and not _STATEMENT.match(line):
        what = say("cell.prose")
    return at, what, False


def _matching(rules: Iterable[tuple[str, Message]], line: str) -> Message | None:
    return next((what for pattern, what in rules if re.match(pattern, line)), None)


def _has_empty_body(lines: Sequence[str], message: str) -> bool:
    """Tell whether a block has no body yet, rather than one that is not indented."""
    header = re.search(r"expected an indented block.* on line (\d+)", message)
    if header is None:
        return False
    has_comment = False
    for line in lines[int(header[1]) :]:
        if not line.strip():
            continue
        if not line.lstrip().startswith("#"):
            return has_comment or bool(re.match(r"\s*(def|class|async|@)\b", line))
        has_comment = True
    return True


def names_in_text(source: str) -> tuple[str, ...]:
    """Get the names that `def NAME(` or `NAME =` at the left margin seem to define."""
    names: list[str] = []
    for line in dedented(source).split("\n"):
        head = line[:500]
        if found := re.match(r"(?:async\s+)?def\s+(\w+)\s*\(", head):
            names.append(found[1])
        elif found := re.match(r"([^\W\d]\w*(?: *, *\w+)*)\s*(?::[^=]*)?=(?!=)", head):
            names += re.findall(r"\w+", found[1])
    return tuple(dict.fromkeys(unicodedata.normalize("NFKC", name) for name in names))
