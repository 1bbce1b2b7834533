"""What the expressions of the declaration use: an answer that is near enough becomes the root."""

from typing import Any

import jax.numpy as jnp


def snapped(x: Any, root: float, tol: float) -> Any:
    """The root where `x` is at most `tol` from it, with room for rounding, and `x` elsewhere."""
    if not isinstance(x, (float, int)) and not hasattr(x, "dtype"):
        return x
    within = 1.000001 * tol + 2.3e-16 * jnp.abs(root)
    return jnp.where(jnp.abs(jnp.asarray(x) - root) <= within, root, x)
