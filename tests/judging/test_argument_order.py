"""Arguments in another order: what is right with them exchanged is wrong, and is told so."""

from __future__ import annotations

from typing import Any

import pytest
import tiny_class

from grader.assignment import Input
from grader.catalog import catalog
from grader.running.call_forms import Parameter, forms, order_told, other_orders

ASSIGNMENT = '''
"""Four parts of two or three inputs."""
from pathlib import Path

from grader import ready


def one(A, B):
    return A - 2 * B


def other(A, B):
    return A - 3 * B


def three(a, b, c):
    return a - 2 * b + 5 * c


def made(names, reference, **more):
    cases = ready.random_cases(
        lambda draw, n: {name: draw.normal(size=n) for name in names}, example=4, hidden=(3, 7)
    )
    return ready.part(reference, title="T", task="T.", cases=cases, example=2, hidden=3, **more)


ASSIGNMENT = ready.assignment("orders", title="Orders", folder=Path(__file__).parent, parts=(
    made("AB", one), made("AB", other, any_order=True), made("abc", three)))
'''
STUBS = "def one(A, B):\n    ...\ndef other(A, B):\n    ...\ndef three(a, b, c):\n    ...\n"
FIRST_TWO = "This is correct if the first two arguments are swapped: it is called as `one(A, B)`."
HINT = (
    "Put the parameters in the order of the task, and check every call of the function afterwards."
)


WRONG = (
    "def one(A, B): return B - 2 * A",
    "def one(a, b): return b - 2 * a",
    "def one(x, y): return y - 2 * x",
    "def one(*args): return args[1] - 2 * args[0]",
    "one = lambda x, y: y - 2 * x",
    "import jax\n@jax.jit\ndef one(x, y): return y - 2 * x",
    "import functools\none = functools.partial(lambda s, x, y: s * y - 2 * x, 1)",
)
RIGHT = (
    "def one(A, B): return A - 2 * B",
    "def one(x, y): return x - 2 * y",
    "def one(B, A): return A - 2 * B",
    "def one(b, a): return a - 2 * b",
    "def one(B, x): return x - 2 * B",
    "def one(*, B, A): return A - 2 * B",
    "def one(x, y, verbose=False): return x - 2 * y",
)
IN_NO_ORDER = (
    "def one(A, B): return 2 * B - A",
    "def one(A, B): return (B - 2 * A)[:3]",
    "def one(A, B): return B - 2 * A + 0.1",
    "def one(A, B): raise ValueError",
)
FREE = "def other(x, y): return y - 3 * x"
OF_THREE = {
    "def three(p, q, r): return p - 2 * r + 5 * q": "This is correct if the arguments `b` and `c` are swapped: it is called as `three(a, b, c)`.",
    "def three(p, q, r): return q - 2 * r + 5 * p": "This is correct if its arguments come in another order: it is called as `three(a, b, c)`.",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Get the parts of the result of each script, all of them graded as one class."""
    home = tmp_path_factory.mktemp("orders")
    sources = (*WRONG, *RIGHT, *IN_NO_ORDER, FREE, *OF_THREE)
    return tiny_class.graded_parts(home, "orders", ASSIGNMENT, STUBS, {s: s for s in sources})


@pytest.mark.parametrize("source", WRONG)
def test_exchanged_arguments_are_wrong_and_told(graded: dict[str, Any], source: str) -> None:
    """An answer that is right with its two arguments exchanged gets nothing, and is told why."""
    part = graded[source]["one"]
    assert (part["status"], part["score"]) == ("failed", 0)
    assert part["checks"][0]["noticed"] == FIRST_TWO
    assert part["checks"][0]["hint"] == HINT


@pytest.mark.parametrize("source", RIGHT)
def test_declared_order_or_names_are_right(graded: dict[str, Any], source: str) -> None:
    """The order of the task is right, and so is the one that the parameters' names tell."""
    assert graded[source]["one"]["status"] == "passed"


def test_any_order_is_for_parts_that_say_so(graded: dict[str, Any]) -> None:
    """Where the order is free, parameters whose names do not tell may come in any."""
    assert graded[FREE]["other"]["status"] == "passed"


@pytest.mark.parametrize(("source", "sentence"), OF_THREE.items())
def test_other_arguments_are_named(graded: dict[str, Any], source: str, sentence: str) -> None:
    """Of three arguments, the two that are exchanged are named, or the order is given."""
    assert graded[source]["three"]["checks"][0]["noticed"] == sentence


@pytest.mark.parametrize("source", IN_NO_ORDER)
def test_right_in_no_order_is_told_nothing(graded: dict[str, Any], source: str) -> None:
    """What is right in no order on every case is not said to be."""
    assert [check["noticed"] for check in graded[source]["one"]["checks"]] == ["", ""]


def test_german_sentences() -> None:
    """The sentences are there in German too."""
    inputs = (Input("a"), Input("b"), Input("c"))
    parameters = [
        Parameter(name=name, kind="POSITIONAL_OR_KEYWORD", has_default=False) for name in "xyz"
    ]
    (form, *_) = forms("f", parameters, inputs)
    orders = other_orders(form, "f", parameters)
    told = {o.expression: catalog("de").tell(order_told(o, "f", inputs)) for o in orders}
    assert told["f(b, a, c)"] == (
        "Das ist richtig, wenn die ersten beiden Argumente vertauscht sind: die Funktion wird "
        "als `f(a, b, c)` aufgerufen."
    )
    assert told["f(c, b, a)"] == (
        "Das ist richtig, wenn die Argumente `a` und `c` vertauscht sind: die Funktion wird "
        "als `f(a, b, c)` aufgerufen."
    )
    assert told["f(b, c, a)"] == (
        "Das ist richtig, wenn die Argumente in anderer Reihenfolge kommen: die Funktion wird "
        "als `f(a, b, c)` aufgerufen."
    )
