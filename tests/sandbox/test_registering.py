"""Classes that student code makes known to JAX, in one namespace after the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from test_sandbox import Inside

from grader.sandbox.failures import Failure
from grader.sandbox.server import ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server runs on Linux")

OF_A_PACKAGE = """
import jax
from types import SimpleNamespace as Space

jax.tree_util.register_pytree_node(
    Space, lambda s: (tuple(vars(s).values()), tuple(vars(s))),
    lambda names, values: Space(**dict(zip(names, values))),
)
"""
OWN = """
import jax

class Own: pass

jax.tree_util.register_pytree_node(Own, lambda o: ((1.0,), None), lambda *_: Own())
"""


@pytest.fixture
def inside() -> Iterator[Inside]:
    """A child."""
    with ForkServer() as running:
        child = running.fork(cpu_s=20)
        yield Inside(child)
        child.end()


def test_class_of_a_package_is_registered_again(inside: Inside) -> None:
    """Each namespace may register a class that all share, as a notebook does once."""
    inside.run(OF_A_PACKAGE)
    inside.run(OF_A_PACKAGE)
    assert inside.value("jax.tree.leaves(Space(a=2.0, b=3.0))") == [2.0, 3.0]


def test_own_class_is_registered_once(inside: Inside) -> None:
    """Who registers the same class of one's own twice sees JAX's error; a new class is another."""
    inside.run(OWN)
    inside.run(OWN)
    assert inside.value("jax.tree.leaves(Own())") == [1.0]
    with pytest.raises(Failure, match="Duplicate custom PyTreeDef"):
        inside.run("jax.tree_util.register_pytree_node(Own, len, len)")
    with pytest.raises(Failure, match="Duplicate custom PyTreeDef"):
        inside.run("jax.tree_util.register_pytree_node(dict, len, len)\nimport x")
