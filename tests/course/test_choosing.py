"""Which of a student's files is graded, by rank and by what imports what."""

from __future__ import annotations

import pytest

from grader.course.collecting.choosing import Choice, choose, uses
from grader.reading.unreadable import UnreadableError

FILES = {"k.ipynb": b'{"cells": [], "nbformat": 4}', "a.py": b"a = 1", "b.py": b"b = 1"}


def chosen(ranks: dict[str, int], **texts: str) -> tuple[str, list[str]]:
    """Get the file chosen by these ranks, and those that could have been."""
    names = list(ranks)
    data = {name: texts.get(name.split(".")[0], "x = 1").encode() for name in names}
    found = choose(names, lambda i: data[names[i]], lambda i: ranks[names[i]], most=20)
    return names[found.chosen], [names[i] for i in found.passed_over]


def test_highest_rank_is_graded() -> None:
    """A script that holds more than a notebook is graded, and the notebook is named."""
    assert chosen({"k.ipynb": 0, "a.py": 5}) == ("a.py", ["k.ipynb"])


def test_notebook_goes_first_among_equals() -> None:
    """Of equals the notebook, then the first."""
    assert chosen({"k.ipynb": 5, "a.py": 5}) == ("k.ipynb", ["a.py"])
    assert chosen({"a.py": 5, "b.py": 5}) == ("a.py", ["b.py"])


def test_script_without_parts_is_no_choice() -> None:
    """A script that holds nothing of the assignment is not named."""
    assert chosen({"k.ipynb": 5, "a.py": 1}) == ("k.ipynb", [])


def test_importing_script_is_graded() -> None:
    """What imports the fullest file, and holds some itself, is graded with it."""
    assert chosen({"a.py": 3, "b.py": 7}, a="from b import *") == ("a.py", [])
    assert chosen({"a.py": 1, "b.py": 7}, a="from b import *") == ("b.py", [])


def test_file_that_cannot_be_read_comes_last() -> None:
    """A file that fails to load, or is empty, is chosen only if there is no other."""

    def load(index: int) -> bytes:
        if index == 0:
            raise UnreadableError("k.ipynb", "gone")
        return b"a = 1"

    assert choose(["k.ipynb", "a.py"], load, lambda i: i - 1, most=20) == Choice(1, (0,))


def test_one_file_is_not_loaded() -> None:
    """There is nothing to choose among one."""
    assert choose(["a.py"], lambda _: b"", lambda _: 0, most=20) == Choice(0)


@pytest.mark.parametrize(
    ("text", "is_used"),
    [
        ("from a import *", True),
        ("import numpy, a", True),
        ("from lib.a import f", True),
        ("from lib import a", True),
        ("%run a.py", True),
        ("exec(open('a.py').read())", True),
        ("x = 1  # from a to b", False),
        ("from ab import a_b", False),
        ("y = ba.a", False),
    ],
)
def test_use_of_a_script_is_seen(text: str, is_used: bool) -> None:  # noqa: FBT001
    """An import, a run or an opened file is a use."""
    assert uses(text, "lib/a.py") is is_used
    assert uses("from lib import *", "lib/__init__.py")
