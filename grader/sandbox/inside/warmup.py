"""Imports what most submissions need, before any fork, and starts no JAX backend."""

from __future__ import annotations

import importlib.metadata
import platform
import threading
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np

mpl.use("Agg")

import matplotlib.pyplot as plt


def versions() -> dict[str, str]:
    """Warm everything up; the versions that results record. RuntimeError if unfit to fork."""
    shape: Any = jax.ShapeDtypeStruct((3, 2), np.float32)  # type: ignore[no-untyped-call]
    jax.make_jaxpr(lambda x: jnp.linalg.norm(x - x[:1], axis=-1).argmin())(shape)
    jax.make_jaxpr(jax.vmap(lambda x: jnp.where(x > 0, x, 0).sum() / x.mean()))(shape)
    jax.make_jaxpr(lambda x: jax.lax.while_loop(lambda v: v.sum() < 1, lambda v: v + 1, x))(shape)
    figure = plt.figure()
    figure.add_subplot().scatter([0.0], [0.0])
    figure.canvas.draw()
    plt.close("all")
    if threading.active_count() != 1 or jax._src.xla_bridge._backends:  # noqa: SLF001
        raise RuntimeError("the fork server started a thread or a JAX backend")
    return {
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
        "matplotlib": importlib.metadata.version("matplotlib"),
    }
