"""The guarded door to Python's parser: hostile text in, a syntax tree of bounded depth out.

What a student wrote is parsed here and nowhere else; only `exported_magics` looks at one call of
bounded size by itself.
"""

from __future__ import annotations

import ast
import re
from collections import Counter

from grader.catalogue import Message, say
from grader.reading.limits import (
    MAX_LINE_CHARS,
    MAX_NESTING,
    MAX_PARSED_CHARS,
    MAX_STATEMENTS_ON_A_LINE,
)
from grader.reading.silence import no_warnings


def parse_python(text: str) -> ast.Module:
    """Get the syntax tree of hostile text, at most `MAX_NESTING` deep.

    Raises:
        SyntaxError: whatever is wrong, be it a NUL character, size or depth.

    """
    _refuse_extremes(text)
    try:
        with no_warnings():
            tree: ast.Module = compile(
                text,
                "<cell>",
                "exec",
                flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                dont_inherit=True,
            )
    except SyntaxError:
        raise
    except (RecursionError, MemoryError, OverflowError):
        raise extreme(say("cell.deep")) from None
    except ValueError:  # NUL characters, lone surrogates
        raise extreme(say("cell.characters")) from None
    _refuse_deep_tree(tree)
    return tree


def parses(text: str) -> bool:
    """Tell whether the text is Python."""
    try:
        parse_python(text)
    except SyntaxError:
        return False
    return True


class ExtremeError(SyntaxError):
    """Text that is refused for its size or depth, not for its grammar."""

    why: Message


def extreme(why: Message, line: int = 1) -> ExtremeError:
    """Get the error for text that is refused, with the line that is too much."""
    error = ExtremeError(str(why), ("<cell>", line, 1, ""))
    error.why = why
    return error


def _refuse_extremes(text: str) -> None:
    if len(text) > MAX_PARSED_CHARS:
        raise extreme(say("cell.long", most=MAX_PARSED_CHARS))
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE_CHARS:
            raise extreme(say("cell.long_line", most=MAX_LINE_CHARS), number)
    depth = 0
    for bracket in re.finditer(r"[()\[\]{}]", text):
        depth = depth + 1 if bracket[0] in "([{" else max(0, depth - 1)
        if depth > MAX_NESTING:
            at = text.count("\n", 0, bracket.start()) + 1
            raise extreme(say("cell.brackets", most=MAX_NESTING), at)


def _refuse_deep_tree(tree: ast.Module) -> None:
    """Python's parser allows trees on which a recursive visitor would overflow the stack."""
    crowd = Counter(node.lineno for node in tree.body).most_common(1)
    if crowd and crowd[0][1] > MAX_STATEMENTS_ON_A_LINE:
        raise extreme(say("cell.crowded"), crowd[0][0])
    level: list[ast.AST] = [tree]
    for _ in range(MAX_NESTING):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise extreme(say("cell.deep"))
