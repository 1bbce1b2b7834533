"""The door to Python's parser: nothing gets through that harms, and nothing but SyntaxError back."""

from __future__ import annotations

import gc
import io
import re
import time
import tokenize
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from grader.reading.python_parser import parse_python, syntax_tree

GRADER = Path(__file__).parents[2] / "grader"


def test_parser_raises_only_syntax_errors() -> None:
    """The parser's door turns every failure into a SyntaxError."""
    for text in ["\0", "\ud800", "(" * 300, "1+" * 9000]:
        with pytest.raises(SyntaxError):
            parse_python(text)


def test_threads_parse_without_harm() -> None:
    """Many threads that parse at once get their trees, wherever one stops for another."""
    text = "\n".join(f"def f{i}(x):\n    return [x + {i}, (x, (x, x[{i}]))]" for i in range(60))
    before = gc.get_threshold()

    def give_way(*_: object) -> None:
        time.sleep(0)

    gc.callbacks.append(give_way)
    gc.set_threshold(20)
    try:
        with ThreadPoolExecutor(8) as pool:
            doors = [parse_python, syntax_tree, syntax_tree] * 100
            trees = list(pool.map(lambda parse: parse(text), doors))
    finally:
        gc.callbacks.remove(give_way)
        gc.set_threshold(*before)
    assert {len(tree.body) for tree in trees} == {60}


def test_nothing_else_parses() -> None:
    """No other file builds syntax trees: it would spoil the count of one that goes by the door."""
    door = GRADER / "reading" / "python_parser.py"
    parsing = re.compile(r"\bast\.(parse|literal_eval)\b|PyCF_ONLY_AST")
    others = [path for path in GRADER.rglob("*.py") if path != door]
    assert not [
        path.name for path in others if parsing.search(_code(path.read_text(encoding="utf-8")))
    ]


def _code(text: str) -> str:
    """The names and signs of a text, without what stands in quotes."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "".join(token.string for token in tokens if token.type in (tokenize.NAME, tokenize.OP))


def test_garbage_is_collected_again() -> None:
    """The parser leaves the collector of garbage as it was, on or off, whatever it is given."""
    for text in ("x = 1", "x ="):
        for was in (True, False):
            (gc.enable if was else gc.disable)()
            try:
                with suppress(SyntaxError):
                    syntax_tree(text)
                assert gc.isenabled() is was
            finally:
                gc.enable()
