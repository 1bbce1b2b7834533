"""The door to Python's parser: nothing gets through that harms, and nothing but SyntaxError back."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.reading.python_parser import parse_python


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
            trees = list(pool.map(parse_python, [text] * 300))
    finally:
        gc.callbacks.remove(give_way)
        gc.set_threshold(*before)
    assert {len(tree.body) for tree in trees} == {60}
