"""Whether code may remember something between calls: each sign, and what is none."""

from __future__ import annotations

import pytest

from grader.reading.python_parser import syntax_tree
from grader.reading.remembering import keeps_something, may_remember

KEEPS = {
    "global": "def f(x):\n    global n\n    n = x\n    return n",
    "nonlocal": "def make():\n    n = 0\n    def f(x):\n        nonlocal n\n        n += 1\n        return n\n    return f",
    "item of a global": "def f(x):\n    seen[x.shape] = x\n    return x",
    "item of an outer list": "def make():\n    n = [0]\n    def f(x):\n        n[0] += 1\n        return n[0]\n    return f",
    "item under another name": "def f(x):\n    d = seen\n    d[0] = x\n    return x",
    "method of a global": "def f(x):\n    return seen.setdefault(x.shape, x)",
    "method in a lambda": "f = lambda x: seen.setdefault(x.shape, x)",
    "attribute": "def f(x):\n    f.calls = getattr(f, 'calls', 0) + 1\n    return x",
    "attribute of an object": "class A:\n    def __call__(self, x):\n        self.n = x\n        return x",
    "default list": "def f(x, seen=[]):\n    seen.append(x)\n    return seen[0]",
    "default by keyword": "def f(x, *, seen={}):\n    seen[0] = x\n    return x",
    "cache": "@functools.lru_cache\ndef f(x):\n    return x",
    "cache by hand": "f = memoize(g)",
    "iterator": "def f(x):\n    return x * next(numbers)",
    "draws of NumPy": "def f(x):\n    return x + np.random.normal(size=3)",
    "identity": "def f(x):\n    return table.get(id(x), x)",
    "in place": "def f(x):\n    return np.add(x, 1, out=buffer)",
    "copied in place": "def f(x):\n    np.copyto(buffer, x)\n    return buffer",
    "item removed": "def f(x):\n    del seen[0]\n    return x",
    "namespace": "def f(x):\n    globals()['n'] = x\n    return x",
    "callback": "def f(x):\n    return jax.pure_callback(g, x, x)",
    "random of Python": "import random",
    "draws imported": "from numpy import random",
}
PLAIN = {
    "values": "def f(x):\n    y = x + 1\n    return y",
    "an array filled in place": "def f(x):\n    out = np.zeros(3)\n    out[0] = x\n    return out",
    "a list filled": "def f(x):\n    rows = []\n    for r in x:\n        rows.append(r)\n    return rows",
    "two of them": "def f(x):\n    a, (b, *c) = [], ([], [])\n    a.append(x)\n    b.append(x)\n    return a",
    "an update that gives a new array": "def f(x):\n    return x.at[0].add(1)",
    "a global that is read": "def f(x):\n    return x * points.mean()",
    "keys": "def f(key):\n    key, sub = random.split(key)\n    return jax.random.normal(sub)",
    "default number": "def f(x, n=3, name='a', axis=None):\n    return x",
    "outside of functions": "table['a'] = np.random.normal(size=next(sizes))",
    "defaults": "def f(key=random.PRNGKey(0), sizes=(1, 2), names=[]):\n    return key",
    "a new object": "class A:\n    def __init__(self, k):\n        self.k = k",
    "its own inner function": "def f(x):\n    def g(y):\n        z = y\n        return z\n    return g(x)",
    "a timer": "import time\ndef f(x):\n    start = time.time()\n    return x",
    "packages": "import jax.numpy as jnp\nfrom functools import partial\nfrom jax import random",
}


@pytest.mark.parametrize("source", KEEPS.values(), ids=KEEPS)
def test_sign_is_seen(source: str) -> None:
    """What may outlive a call is seen by the text."""
    assert may_remember(syntax_tree(source).body)


@pytest.mark.parametrize("source", PLAIN.values(), ids=PLAIN)
def test_plain_code_has_none(source: str) -> None:
    """What a call makes itself is forgotten with it."""
    assert not may_remember(syntax_tree(source).body)


LOOKS = {
    "frames": "import sys\ndef f(x):\n    return x * (sys._getframe().f_back is not None)",
    "garbage": "import gc\ndef f(x):\n    found = [y for y in gc.get_objects() if y is x]\n    return x * len(found)",
    "globals": "def f(x):\n    return x if 'points' in globals() else 0",
    "identity": "def f(x):\n    return table.get(id(x), x)",
    "what was seen in this call": "def f(x):\n    seen = set()\n    seen.add(id(x))\n    return x",
}
KEPT = KEEPS.keys() - LOOKS.keys() - {"random of Python", "draws imported"}


@pytest.mark.parametrize("name", sorted(KEPT))
def test_what_is_left_behind_is_seen(name: str) -> None:
    """What changes something outside of a call does more than look."""
    assert keeps_something(syntax_tree(KEEPS[name]).body)


@pytest.mark.parametrize("source", LOOKS.values(), ids=LOOKS)
def test_looking_leaves_nothing(source: str) -> None:
    """What only looks around may remember, and leaves nothing behind."""
    nodes = syntax_tree(source).body
    assert may_remember(nodes)
    assert not keeps_something(nodes)
