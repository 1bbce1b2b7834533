"""Imports what most submissions need, before any fork, and starts no JAX backend."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
from typing import Any

import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
from jax import random

mpl.use("Agg")

import matplotlib.pyplot as plt

from inside.evaluator import jax_internals, picking


def forget_pools() -> None:
    """Tell who asks, such as scikit-learn, that there are no pools of threads to limit.

    To look for them `threadpoolctl` reads what the process has mapped, which is behind the walls;
    each pool has one thread here anyway.
    """
    try:
        threadpoolctl: Any = importlib.import_module("threadpoolctl")
    except ImportError:
        return
    threadpoolctl.ThreadpoolController._load_libraries = lambda _: None  # noqa: SLF001


def draws(key: Any, x: Any) -> Any:
    """One draw by each of the usual samplers, for JAX to have gone the way once."""
    weights = jnp.abs(x[:, 0])
    return (
        random.split(key),
        random.split(key, 3),
        random.fold_in(key, 1),
        random.normal(key, (3, 2)),
        random.uniform(key, (3, 2), minval=x.min(axis=0), maxval=x.max(axis=0)),
        random.randint(key, (), 0, 3),
        random.permutation(key, 3),
        random.choice(key, x, (2,), replace=False),
        random.choice(key, 3, p=weights / weights.sum()),
    )


def versions(*, evaluates: bool) -> dict[str, str]:
    """Warm everything up; the versions that results record. RuntimeError if unfit to fork.

    With them comes why students' programs are compiled, '' where they are evaluated.
    """
    config: Any = jax.config
    config.update("jax_traceback_filtering", "off")  # only cells are told, and it is slow
    if evaluates and jax_internals.is_known():
        jax_internals.share_context()
        picking.install()
    forget_pools()
    shape: Any = jax.ShapeDtypeStruct((3, 2), np.float32)  # type: ignore[no-untyped-call]
    jax.make_jaxpr(lambda x: jnp.linalg.norm(x - x[:1], axis=-1).argmin())(shape)
    jax.make_jaxpr(jax.vmap(lambda x: jnp.where(x > 0, x, 0).sum() / x.mean()))(shape)
    jax.make_jaxpr(lambda x: jax.lax.while_loop(lambda v: v.sum() < 1, lambda v: v + 1, x))(shape)
    jax.make_jaxpr(draws)(jax.ShapeDtypeStruct((2,), np.uint32), shape)  # type: ignore[no-untyped-call]
    figure = plt.figure()
    figure.add_subplot().scatter([0.0], [0.0])
    figure.canvas.draw()
    plt.close("all")
    if jax_internals.threads() != 1 or jax_internals.has_backend():
        raise RuntimeError("the fork server started a thread or a JAX backend")
    return {
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
        "matplotlib": importlib.metadata.version("matplotlib"),
        "compiled": jax_internals.why_compiled() if evaluates else "the control gave other results",
    }
