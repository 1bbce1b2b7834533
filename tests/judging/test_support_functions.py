"""Functions that support the work: seen in the text, and never taken for a part."""

from __future__ import annotations

import pytest

from grader.judging.support_functions import decorating_or_loading
from grader.reading.cells import Cell, parse_cell
from grader.reading.program import Program


def program(source: str) -> Program:
    """Get the program of a single cell."""
    return Program([parse_cell(Cell(number=1, kind="code", source=source))])


@pytest.mark.parametrize(
    "source",
    [
        "def f(g):\n    def inner(*args):\n        return g(*args)\n    return inner",
        "def f(g):\n    return lambda x: g(x)",
        "def f(g):\n    @wraps(g)\n    def inner(x):\n        return g(x)\n    return inner",
        "@f\ndef other(x):\n    return x",
        "@f(3)\ndef other(x):\n    return x",
        "def f(path):\n    return open(path).read()",
        "def f(path):\n    return np.load(path)",
        "def f(path):\n    return pd.read_csv(path)",
        "def f(url):\n    return requests.get(url).text",
        "def f(n):\n    return fetch_openml(n)",
        "def get(path):\n    return np.loadtxt(path)\ndef f(x):\n    return get(x) + 1",
    ],
)
def test_decorators_and_loaders_are_known(source: str) -> None:
    """A function that decorates others, or reads files at any depth, is told by its text."""
    assert "f" in decorating_or_loading(program(source))


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x + 1",
        "def f(x):\n    def inner(y):\n        return y + 1\n    return inner(x)",
        "def f(x, k):\n    return vmap(lambda j: x[j])(jnp.arange(k))",
        "@jax.jit\ndef f(x):\n    return x",
        "f = jax.jit(lambda x: x)",
    ],
)
def test_answers_are_no_support(source: str) -> None:
    """A function that computes is none of them, with inner functions and decorators too."""
    assert decorating_or_loading(program(source)) == set()
