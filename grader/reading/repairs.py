"""A cell's text repaired until it is Python: magics, prompts, characters of the web, lost quotes.

Repairs are tried one after another, the least first, and each keeps the line numbers.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from grader.catalog import Message, say
from grader.reading.limits import MAX_REPAIRED_CHARS
from grader.reading.magics import without_cell_magics, without_magics
from grader.reading.python_parser import parse_python

AS_IT_STANDS = 0
"""The index of the first attempt, in which nothing is changed."""


def attempts(source: str) -> Iterator[tuple[str, Message | None]]:
    """Yield texts to try, the least changed first, each with what is worth saying about it."""
    yield source, None
    base, _ = without_cell_magics(dedented(source))
    yield without_magics(base), None
    if len(source) > MAX_REPAIRED_CHARS:
        return
    yield without_magics(base, block_filler=""), None
    for keep_rest in (True, False):
        if any(_PROMPT.match(line) for line in base.split("\n")):
            text = _without_prompts(base, keep_rest=keep_rest)
            yield without_magics(text), say("cell.prompts")
    for text in _respelt(base):
        yield without_magics(text), _RESPELT_NOTE
        yield without_magics(_without_prompts(text, keep_rest=True)), _RESPELT_NOTE
    if (flipped := stray_quotes_repaired(base)) is not None:
        yield flipped, say("cell.flipped")


_RESPELT_NOTE = say("cell.respelt")


def dedented(text: str) -> str:
    """Get the text without the indentation of its first line, as IPython does it."""
    for line in text.split("\n"):
        body = line.lstrip(" \t")
        if body and not body.startswith("#"):
            indent = line[: len(line) - len(body)]
            dedented = textwrap.dedent(text)
            if not indent or dedented != text:
                return dedented
            return "\n".join(row.removeprefix(indent) for row in text.split("\n"))
    return text


def commented(text: str) -> str:
    """Get the text with every line as a comment."""
    return "\n".join(f"# {line}" if line.strip() else "" for line in text.split("\n"))


_PROMPT = re.compile(r"\s*(>>> ?|In ?\[[ \d]*\]: ?)")
_CONTINUATION = re.compile(r"\s*\.\.\.+:? ?")
_OUTPUT = re.compile(r"\s*Out ?\[\d*\]:")


def has_prompts(tree: ast.Module) -> bool:
    """Tell whether a prompt was parsed: `In [1]: x = 1` is an annotation to Python."""
    return any(
        isinstance(s, ast.AnnAssign)
        and isinstance(s.target, ast.Subscript)
        and isinstance(s.target.value, ast.Name)
        and s.target.value.id in {"In", "Out"}
        for s in tree.body
    )


def _without_prompts(text: str, *, keep_rest: bool) -> str:
    """Get the text without prompts; lines that have none stay, or are output and go."""
    rows: list[str] = []
    after_prompt = False
    for line in text.split("\n"):
        prompt = _PROMPT.match(line) or (after_prompt and _CONTINUATION.match(line)) or None
        after_prompt = prompt is not None
        if prompt:
            rows.append(line[prompt.end() :])
        elif _OUTPUT.match(line) or not (keep_rest or not line.strip()):
            rows.append(f"# {line.strip()}")
        else:
            rows.append(line)
    return "\n".join(rows)


_INVISIBLE: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\xad\u200e\u200f"), None),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], None),
    **dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
}
_SIGNS: dict[int, str | None] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if not chr(code).isalnum()},
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    0x2026: "...",
    0x3001: ",",
}
_DOUBLE: dict[int, str | None] = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\xab\xbb"), '"')
_SINGLE: dict[int, str | None] = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032"), "'")


def _respelt(text: str) -> Iterator[str]:
    """Yield the text with ever more characters of the web replaced, the harmless first."""
    table: dict[int, str | None] = {}
    for more in (_INVISIBLE, _SIGNS, _DOUBLE, _SINGLE):
        table = table | more
        if (respelt := text.translate(table)) != text:
            yield respelt


def hides_code(tree: ast.Module, text: str) -> bool:
    """Tell whether the text has no code of its own but a bare string that imports."""
    return (
        all(isinstance(s, ast.Expr) for s in tree.body)
        and any(
            isinstance(s, ast.Expr)
            and isinstance(s.value, ast.Constant)
            and re.search(r"^(import|from) \w", str(s.value.value), re.MULTILINE)
            for s in tree.body
        )
        and stray_quotes_repaired(text) is not None
    )


def stray_quotes_repaired(text: str) -> str | None:
    r'''Get the text with a stray triple quote repaired: what lies between its """ is the code.

    For a text that lost its first """; None unless that gives Python with an import or a def.
    '''
    pieces = text.split('"""')
    if len(pieces) < 2 or not _has_content(pieces[0]):
        return None
    flipped = "".join(p if i % 2 else commented(p) for i, p in enumerate(pieces))
    try:
        body = parse_python(flipped).body
    except SyntaxError:
        return None
    wanted = (ast.Import, ast.ImportFrom, ast.FunctionDef)
    return flipped if any(isinstance(s, wanted) for s in body) else None


def _has_content(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))
