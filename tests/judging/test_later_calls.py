"""Calls after the first: what only the first one gets right is wrong, and is told so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import tiny_class

from grader.assignment import Case
from grader.judging import later_calls
from grader.sandbox.failures import Failure, FailureReason

ASSIGNMENT = '''
"""A part, one that uses it, and one with a key."""
from pathlib import Path

import jax

from grader import ready
from grader.assignment import Incorrect


def twice(x):
    return 2 * x


def total(x):
    return twice(x).sum()


def draw(key):
    return jax.random.uniform(key, (3,))


CASES = ready.random_cases(lambda draw, n: {"x": draw.normal(size=n)}, example=4, hidden=(3, 7))
KEYS = ready.random_cases(
    lambda draw, n: {"key": draw.integers(1, 1 << 20, 2).astype("uint32")}, example=1, hidden=(2,)
)
STAND_INS = "def twice(x):\\n    return 2 * x\\n"

ASSIGNMENT = ready.assignment("calls", title="Calls", folder=Path(__file__).parent, substitutes=STAND_INS, parts=(
    ready.part(twice, title="T", task="T.", cases=CASES, example=2, hidden=3, traceable=1, substitute="twice"),
    ready.part(total, title="T", task="T.", cases=CASES, example=2, hidden=3, depends_on=("twice",)),
    ready.part(draw, title="T", task="T.", cases=KEYS, example=2, hidden=3)))
'''
STUBS = (
    "def twice(x):\n    ...\n\ndef total(x):\n    ...\n\ndef draw(key):\n    ...\n\n"
    "import jax\nimport jax.numpy as jnp\n"
)
FIRST = (
    "correct in the first call only: a second call with other numbers gives the first call's answer"
)
OTHER = (
    "correct in the first call only: a later call gives a different answer, even for the same "
    "arguments"
)
TOTAL = "\ndef total(x): return twice(x).sum()\n"
DRAW = "\ndef draw(key): return jax.random.uniform(key, (3,))\n"
WRONG = {
    "memo by shape": ("seen = {}\ndef twice(x): return seen.setdefault(x.shape, 2 * x)", FIRST),
    "memo in a default": (
        "def twice(x, seen={}):\n    if x.shape not in seen: seen[x.shape] = 2 * x\n    return seen[x.shape]",
        FIRST,
    ),
    "stale global in a compiled helper": (
        "a = None\n@jax.jit\ndef _f(y): return a + y\ndef twice(x):\n    global a\n    a = x\n    return _f(jnp.zeros_like(x)) + x",
        OTHER,
    ),
    "memo by identity": (
        "seen = {}\ndef twice(x):\n    if id(x) not in seen: seen[id(x)] = jnp.sin(x) * 0 + 2 * x\n    return seen[id(x)]",
        FIRST,
    ),
    "counter": (
        "n = 0\ndef twice(x):\n    global n\n    n += 1\n    return 2 * x if n < 4 else x",
        OTHER,
    ),
    "counter of NumPy": (
        "import numpy as np\nn = [0]\ndef twice(x):\n    n[0] += 1\n    return 2 * np.asarray(x) + (n[0] > 7)",
        OTHER,
    ),
    "attribute": (
        "def twice(x):\n    twice.last = getattr(twice, 'last', {})\n    return twice.last.setdefault(len(x), 2 * x)",
        FIRST,
    ),
}
RIGHT = {
    "plain": "def twice(x): return 2 * x",
    "memo by value": "seen = {}\ndef twice(x):\n    import numpy as np\n    return seen.setdefault(np.asarray(x).tobytes(), 2 * x)",
    "memo of a constant": "seen = {}\ndef twice(x):\n    if len(x) not in seen: seen[len(x)] = jnp.full(len(x), 2.0)\n    return seen[len(x)] * x",
    "cached helper": "import functools\n@functools.lru_cache\ndef two(n): return 2.0\ndef twice(x): return two(len(x)) * x",
    "calls counted for oneself": "n = 0\ndef twice(x):\n    global n\n    n += 1\n    return 2 * x",
    "memo by identity that holds": "seen = {}\ndef twice(x):\n    return seen.setdefault(id(x), (x, 2 * x))[1]",
    "last one kept": "def twice(x):\n    twice.last = x\n    return 2 * x",
}
KEY_IN_TURN = (
    "n = 0\ndef draw(key):\n    global n\n    n += 1\n"
    "    return jax.random.uniform(key if n < 4 else jax.random.fold_in(key, n), (3,))"
)
SCRIPTS = {
    **{name: source + TOTAL + DRAW for name, (source, _) in WRONG.items()},
    **{name: source + TOTAL + DRAW for name, source in RIGHT.items()},
    "key in turn": RIGHT["plain"] + TOTAL + KEY_IN_TURN,
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Get the parts of the result of each script, all of them graded as one class."""
    home = tmp_path_factory.mktemp("calls")
    usual = "import jax\nimport jax.numpy as jnp\n"
    sources = {name: usual + source for name, source in SCRIPTS.items()}
    return tiny_class.graded_parts(home, "calls", ASSIGNMENT, STUBS, sources)


@pytest.mark.parametrize("name", WRONG)
def test_right_in_the_first_call_only(graded: dict[str, Any], name: str) -> None:
    """It loses the points of other numbers, is told why, and the next part is not punished."""
    parts = graded[name]
    hidden = parts["twice"]["checks"][1]
    assert (hidden["score"], hidden["message"]) == (0, WRONG[name][1])
    assert parts["total"]["status"] == "passed", parts["total"]


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_kept_may_be_harmless(graded: dict[str, Any], name: str) -> None:
    """Code that keeps something and gives the same in every call is right."""
    assert [check["status"] for check in graded[name]["twice"]["checks"][:2]] == ["passed"] * 2


def test_same_key_gives_the_same(graded: dict[str, Any]) -> None:
    """A key that is used in another way in each call does not decide what is drawn."""
    check = graded["key in turn"]["draw"]["checks"][1]
    assert (check["score"], check["message"]) == (0, OTHER)


@pytest.mark.parametrize(
    ("reason", "is_same"), [(FailureReason.TIMEOUT, True), (FailureReason.RAISED, False)]
)
def test_no_time_is_no_other_answer(reason: FailureReason, *, is_same: bool) -> None:
    """Later calls for which no time is left say nothing; an error in them is another answer."""

    def failing(_: Case) -> Any:
        raise Failure(reason, kind="ValueError")

    first: Any = SimpleNamespace(cases=(Case("one"),), answer=lambda _: 1.0, expected=lambda _: 1.0)
    later: Any = SimpleNamespace(answer=failing)
    assert later_calls._gives_the_same(first, later) is is_same
