"""Sorting short arrays by counting, so that what sorts can be kept compiled.

`random.permutation`, `random.choice` without replacement, `argsort` and `median` sort, and a
program with XLA's own sort on a CPU cannot be written to a file: whoever draws distinct rows would
compile anew in each run. An element's place is the number of elements that go before it, by the
same order: stable, NaN last, zeros of either sign equal. Long arrays are sorted by XLA.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

MAX_PAIRS = 300_000


def install() -> None:
    """Have short arrays sorted by counting. Does nothing where JAX has no such names."""
    lax: Any = getattr(jax._src.lax, "lax", None)  # noqa: SLF001
    mlir: Any = jax._src.interpreters.mlir  # noqa: SLF001
    by_xla = getattr(lax, "_sort_lower", None)
    if by_xla is None:
        return
    by_counting = mlir.lower_fun(sort_by_counting, multiple_results=True)

    def lower(context: Any, *operands: Any, dimension: int, **how: Any) -> Any:
        key = context.avals_in[0]
        is_short = key.size * key.shape[dimension] <= MAX_PAIRS
        if is_short and how["num_keys"] == 1 and key.dtype.kind in "fiu":
            return by_counting(context, *operands, dimension=dimension)
        return by_xla(context, *operands, dimension=dimension, **how)

    mlir.register_lowering(lax.sort_p, lower, platform="cpu")


def sort_by_counting(*operands: Any, dimension: int) -> list[Any]:
    """The operands along a dimension in the order of the first one, like `jax.lax.sort`."""
    key = jnp.moveaxis(operands[0], dimension, -1)
    ours, others = key[..., :, None], key[..., None, :]
    is_before = others < ours
    is_equal = others == ours
    if jnp.issubdtype(key.dtype, jnp.floating):
        is_before |= jnp.isnan(ours) & ~jnp.isnan(others)
        is_equal |= jnp.isnan(ours) & jnp.isnan(others)
    number = jnp.arange(key.shape[-1])
    is_earlier = number[None, :] < number[:, None]
    place = jnp.sum(is_before | (is_equal & is_earlier), axis=-1)
    order = jnp.sum(jnp.where(place[..., None, :] == number[:, None], number, 0), axis=-1)
    return [
        jnp.moveaxis(
            jnp.take_along_axis(jnp.moveaxis(operand, dimension, -1), order, axis=-1), -1, dimension
        )
        for operand in operands
    ]
