"""The guarded door to Python's parser: hostile text in, a syntax tree of bounded depth out.

All text is parsed here and nowhere else: what a student wrote with `parse_python`, what a course
wrote and short lines of bounded size with `syntax_tree`.
"""

from __future__ import annotations

import ast
import gc
import re
import threading
from collections import Counter

from grader.catalog import Message, say
from grader.reading.limits import (
    MAX_LINE_CHARS,
    MAX_NESTING,
    MAX_PARSED_CHARS,
    MAX_STATEMENTS_ON_A_LINE,
)
from grader.reading.silence import no_warnings

_one_at_a_time = threading.Lock()


def parse_python(text: str) -> ast.Module:
    """Get the syntax tree of hostile text, at most `MAX_NESTING` deep.

    Raises:
        SyntaxError: whatever is wrong, be it a NUL character, size or depth.

    """
    _refuse_extremes(text)
    try:
        with no_warnings():
            tree = syntax_tree(text, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        raise
    except (RecursionError, MemoryError, OverflowError):
        raise extreme(say("cell.deep")) from None
    except ValueError:  # NUL characters, lone surrogates
        raise extreme(say("cell.characters")) from None
    _refuse_deep_tree(tree)
    return tree


def syntax_tree(text: str, *, mode: str = "exec", flags: int = 0) -> ast.Module:
    """Get what `ast.parse` gets, with no other thread in between.

    Python 3.11 and 3.12 count the depth of a syntax tree for all threads together: when garbage is
    collected while a tree is built, another thread that parses spoils the count, and a good text is
    a SystemError (https://github.com/python/cpython/issues/106905).
    """
    with _one_at_a_time:
        collects = gc.isenabled()
        gc.disable()
        try:
            tree: ast.Module = compile(
                text, "<unknown>", mode, flags=ast.PyCF_ONLY_AST | flags, dont_inherit=True
            )
        finally:
            if collects:
                gc.enable()
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
