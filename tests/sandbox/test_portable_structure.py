"""What is told of a program by looking at its data: size, what stands at its top, digest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from grader.sandbox.inside.frames import Shaped
from grader.sandbox.inside.portable import data, rebuild, structure
from grader.sandbox.inside.portable.describe import describe

HERE = Path(__file__).resolve()
GRID = np.ones((5, 4), np.float32)
TREE = (Shaped(0, "", (5, 4)),)


def program(function: Callable[..., Any], *inputs: Any) -> data.Program:
    """Get a program as another process reads it."""
    return data.read(*describe(jax.make_jaxpr(function)(*(inputs or (GRID,)))))


def digest(function: Callable[..., Any], *inputs: Any, tree: object = TREE) -> str:
    """Get the digest of a function's program."""
    return structure.digest(program(function, *inputs), tree)


# Sizes --------------------------------------------------------------------------------------


def body(carry: Any, row: Any) -> Any:
    """Two operations."""
    return carry + row, carry * row


SIZES: dict[str, tuple[Callable[..., Any], int]] = {
    "nothing": (lambda x: x, 0),
    "one after the other": (lambda x: jnp.sin(jnp.cos(x)), 2),
    "a call": (jax.jit(lambda x: jnp.sin(jnp.cos(x))), 3),
    "a call twice": (lambda x: (f := jax.jit(jnp.sin))(f(x)), 4),
    "a loop": (lambda x: lax.scan(lambda c, r: (c + r, c * r), x.sum(0), x), 4),
    "branches": (lambda x: lax.cond(x.sum() > 0, jnp.sin, jnp.cos, x), 6),
}


def counted(jaxpr: Any) -> int:
    """How many equations there are in a program of JAX's, those of inner ones where they stand."""
    total = 0
    for equation in jaxpr.eqns:
        total += 1
        for value in equation.params.values():
            for item in value if isinstance(value, (tuple, list)) else (value,):
                inner = getattr(item, "jaxpr", item)
                total += counted(inner) if hasattr(inner, "eqns") else 0
    return total


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_those_of_the_trace(name: str) -> None:
    """Inner programs count each time that they stand somewhere."""
    function, known = SIZES[name]
    size = structure.size(program(function))
    assert size == counted(jax.make_jaxpr(function)(GRID).jaxpr)
    assert size == known


def test_sizes_grow_with_what_is_written_out() -> None:
    """A Python loop grows with its input, a loop of JAX's does not."""

    def unrolled(x: Any) -> Any:
        total = x[0]
        for row in x[1:]:
            total = total * row
        return total

    def looped(x: Any) -> Any:
        return lax.scan(body, x[0], x)

    large = np.ones((50, 4), np.float32)
    assert structure.size(program(unrolled, large)) > structure.size(program(unrolled)) + 45
    assert structure.size(program(looped, large)) == structure.size(program(looped))


# Digests ------------------------------------------------------------------------------------


def plain(x: Any) -> Any:
    """The one that others are the same as."""
    shifted = x - x.mean(axis=0)
    return jnp.sqrt((shifted**2).sum(axis=1)) + 0.5


def renamed(matrix: Any) -> Any:
    """The same with other names."""
    a = matrix - matrix.mean(axis=0)
    return jnp.sqrt((a**2).sum(axis=1)) + 0.5


def _squared(z: Any) -> Any:
    return (z**2).sum(axis=1)


def _centered(values: Any) -> Any:
    return values - values.mean(axis=0)


def with_helpers(x: Any) -> Any:
    """The same in several functions, some of which are compiled, or only called."""
    return jnp.sqrt(jax.checkpoint(_squared)(jax.jit(_centered)(x))) + 0.5


def with_dead_code(x: Any) -> Any:
    """The same with lines that nobody needs."""
    unused = jnp.sin(x) @ jnp.ones((4, 2))
    shifted = x - x.mean(axis=0)
    jax.debug.print("{}", unused.sum())
    unused = lax.scan(body, x[0], x)
    total = (shifted**2).sum(axis=1)
    del unused
    return jnp.sqrt(total) + 0.5


def dead_in_another_order(x: Any) -> Any:
    """The same with such lines elsewhere."""
    shifted = x - x.mean(axis=0)
    unused = jnp.cos(x)
    total = (shifted**2).sum(axis=1)
    return jnp.sqrt(total) + 0.5 if unused is not None else total


@jax.custom_jvp
def with_own_derivative(x: Any) -> Any:
    """The same with a derivative of its own."""
    return plain(x)


with_own_derivative.defjvp(lambda p, t: (plain(*p), t[0].sum(axis=1)))

SAME = {
    "itself": plain,
    "names": renamed,
    "helpers": with_helpers,
    "compiled": jax.jit(plain),
    "compiled twice": jax.jit(jax.jit(renamed)),
    "dead code": with_dead_code,
    "dead code elsewhere": dead_in_another_order,
    "own derivative": with_own_derivative,
    "printing": lambda x: jax.debug.print("{}", x) or plain(x),
    "put on a device": lambda x: plain(jax.device_put(x)),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_steps_have_one_digest(name: str) -> None:
    """Names, what is compiled, and what nobody uses make no difference."""
    assert digest(SAME[name]) == digest(plain)


OTHER: dict[str, Callable[..., Any]] = {
    "another number": lambda x: jnp.sqrt((_centered(x) ** 2).sum(axis=1)) + 0.25,
    "a number of another sign": lambda x: jnp.sqrt((_centered(x) ** 2).sum(axis=1)) - 0.5,
    "another axis": lambda x: jnp.sqrt((_centered(x) ** 2).sum(axis=0)) + 0.5,
    "another axis before": lambda x: jnp.sqrt(
        ((x - x.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    ) + 0.5,
    "another power": lambda x: jnp.sqrt((_centered(x) ** 4).sum(axis=1)) + 0.5,
    "another operation": lambda x: jnp.exp((_centered(x) ** 2).sum(axis=1)) + 0.5,
    "without the root": lambda x: (_centered(x) ** 2).sum(axis=1) + 0.5,
    "another dtype": lambda x: plain(x).astype(jnp.float16),
    "dtype within": lambda x: plain(x.astype(jnp.bfloat16)).astype(jnp.float32),
    "one step more": lambda x: plain(x) * 2,
    "in another order": lambda x: plain(x[::-1])[::-1],
    "a constant array": lambda x: plain(x) + np.arange(5, dtype=np.float32),
    "another constant array": lambda x: plain(x) + np.arange(5, dtype=np.float32)[::-1].copy(),
    "constant": lambda x: jnp.ones(5),
    "in a loop": lambda x: lax.map(lambda row: row.sum(), x),
    "in a loop, otherwise": lambda x: lax.map(lambda row: row.sum() + 1, x),
    "in a loop backwards": lambda x: lax.scan(body, x[0], x, reverse=True)[0],
    "in a loop forwards": lambda x: lax.scan(body, x[0], x)[0],
    "the rows of a loop": lambda x: lax.scan(body, x[0], x)[1],
    "left minus right": lambda x: x[0] - x[1],
    "right minus left": lambda x: x[1] - x[0],
    "a branch": lambda x: lax.cond(x[0, 0] > 0, jnp.sin, jnp.cos, x),
    "the other branch": lambda x: lax.cond(x[0, 0] > 0, jnp.cos, jnp.sin, x),
    "indices": lambda x: x.at[jnp.array([0, 1])].add(1.0),
    "indices, set": lambda x: x.at[jnp.array([0, 1])].set(1.0),
    "indices, clipped": lambda x: x.at[jnp.array([0, 1])].add(1.0, mode="clip"),
    "applied": lambda x: x.at[1].apply(jnp.sin),
    "applied otherwise": lambda x: x.at[1].apply(jnp.cos),
    "mapped while": jax.vmap(lambda r: lax.while_loop(lambda v: v.sum() < 9, lambda v: v * 2, r)),
    "while": lambda x: lax.while_loop(lambda v: v.sum() < 9, lambda v: v * 2, x),
    "while, otherwise": lambda x: lax.while_loop(lambda v: v.sum() < 8, lambda v: v * 2, x),
    "infinity": lambda x: x + jnp.inf,
    "minus infinity": lambda x: x - jnp.inf,
    "not a number": lambda x: x + jnp.nan,
    "minus zero": lambda x: x + -0.0,
    "zero": lambda x: x + 0.0,
    "sum": lambda x: lax.reduce(x, 0.0, lambda a, b: a + b * 2, (0,)),
    "sum of others": lambda x: lax.reduce(x, 0.0, lambda a, b: a + b * 3, (0,)),
    "precision": lambda x: lax.dot(x.T, x, precision="highest"),
    "usual precision": lambda x: lax.dot(x.T, x),
    "key": lambda x: jax.random.normal(jax.random.key(0), (3,)),
    "another key": lambda x: jax.random.normal(jax.random.key(1), (3,)),
    "key of another kind": lambda x: jax.random.normal(jax.random.key(0, impl="rbg"), (3,)),
}  # fmt: skip


def test_other_steps_have_other_digests() -> None:
    """Whatever changes a result, for some input, changes the digest."""
    found = {name: digest(function) for name, function in {"plain": plain, **OTHER}.items()}
    shared = {one: sorted(n for n in found if found[n] == one) for one in found.values()}
    assert [names for names in shared.values() if len(names) > 1] == []


def test_inputs_and_results_count() -> None:
    """The shapes of the inputs, the order of the results, and how they are put together count."""
    x, y = GRID, GRID + 1
    found = [
        digest(plain),
        digest(plain, np.ones((6, 4), np.float32)),
        digest(plain, GRID.astype(np.float16)),
        digest(plain, tree=[TREE]),
        digest(plain, tree=("a", *TREE)),
        digest(plain, tree=np.arange(5_000)),
        digest(plain, tree=np.where(np.arange(5_000) == 2_500, 0, np.arange(5_000))),
        digest(lambda a, b: (a + b, a - b), x, y),
        digest(lambda a, b: (a - b, a + b), x, y),
        digest(lambda a, b: (b - a, a + b), x, y),
        digest(lambda a, b: (b, a), x, y),
        digest(lambda a, b: (a, b), x, y),
        digest(lambda a, b: (a, a), x, y),
    ]
    assert len(set(found)) == len(found)


def test_rebuilt_programs_have_their_digest() -> None:
    """A program made a function again, and traced again, does the same step by step."""
    others = ("indices", "another dtype", "a constant array", "in a loop", "while", "applied")
    for function in (plain, with_helpers, *(OTHER[name] for name in others)):
        one = program(function)
        again = program(lambda x, one=one: rebuild.call(one, [x]))
        assert structure.digest(again, TREE) == structure.digest(one, TREE)


def told() -> str:
    """What several programs are in this process."""
    found = [digest(plain), digest(with_helpers), *map(digest, OTHER.values())]
    return " ".join(found)


def test_digests_are_the_same_in_other_processes() -> None:
    """They depend on neither the process nor the order of sets in it."""
    code = f"import sys; sys.path[:0] = {[str(HERE.parents[2]), str(HERE.parent)]!r}\n"
    code += "import test_portable_structure as own; print(own.told())"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "JAX_PLATFORMS": "cpu"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == told()
