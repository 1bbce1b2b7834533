"""The speed-ups that the exercises show, and the reference's Lloyd loop beside scikit-learn's.

Each pair runs alternating in this one process, and medians are compared: trust the ratios, not
the digits. The loops start from the same centroids and make the same number of steps.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from reference import jax_basics, kmeans

ROUNDS = 9
SIZE, ENTRIES = 3000, 1_000_000
POINTS, DIMENSIONS, CLUSTERS, STEPS = 100_000, 16, 32, 10
INSTALL = "scikit-learn is not installed; `pip install '.[bench]'` to compare with it"

Run = Callable[[], Any]


def per_run_s(run: Run, repeat: int) -> float:
    """Seconds that a run takes, as a mean over some runs in a row."""
    started = time.perf_counter()
    for _ in range(repeat):
        jax.block_until_ready(run())
    return (time.perf_counter() - started) / repeat


def compare(title: str, slow: tuple[str, Run], fast: tuple[str, Run], *, repeat: int = 1) -> float:
    """The ratio of the medians of both, printed with them; each runs once before it counts."""
    runs = dict((slow, fast))
    took: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        jax.block_until_ready(run())
    for _ in range(ROUNDS):
        for name, run in runs.items():
            took[name].append(per_run_s(run, repeat))
    medians_ms = {name: 1000 * statistics.median(times) for name, times in took.items()}
    ratio = medians_ms[slow[0]] / medians_ms[fast[0]]
    print(f"{title}: {ratio:.1f} x")
    for name, median_ms in medians_ms.items():
        print(f"    {name:44} {median_ms:10.4f} ms")
    return ratio


def hessians() -> None:
    """Three products of the Hessian and a vector, against the compiled Hessian."""
    x = jnp.arange(3.0)
    unit_vectors = list(jnp.identity(3))
    compiled = jax.jit(jax_basics.hessian_jac)
    compare(
        "compiled Hessian",
        ("three Hessian-vector calls", lambda: [jax_basics.hessian_fn(x, v) for v in unit_vectors]),
        ("the Hessian, compiled", lambda: compiled(x)),
    )


def batches() -> None:
    """A list over the batch, against the mapped function."""
    first, second = jax.random.split(jax.random.key(0))
    w = jax.random.normal(first, (150, 100))
    samples = jax.random.normal(second, (10, 100))
    compare(
        "vmap",
        ("naive batch", lambda: jnp.stack([jnp.dot(w, v) for v in samples])),
        ("mapped and compiled", lambda: jax_basics.batched_apply_matrix(w, samples)),
        repeat=20,
    )


def relus() -> None:
    """The operations of relu one by one, against the compiled function."""
    x = jax.random.normal(jax.random.key(1), (ENTRIES,))
    compare(
        "compiled relu",
        ("operation by operation", lambda: jnp.where(x > 0, x, 0)),
        ("compiled", lambda: jax_basics.relu(x)),
        repeat=20,
    )


def inputs() -> None:
    """A product with an array of NumPy as input, against one that lies on the device."""
    x = np.random.default_rng(2).normal(size=(SIZE, SIZE)).astype(np.float32)
    on_device = jax_basics.to_device(x)
    compare(
        "device-resident input",
        ("array of NumPy", lambda: jnp.dot(x, x.T)),
        ("array on the device", lambda: jnp.dot(on_device, on_device.T)),
    )


def lloyd() -> float | None:
    """The reference's loop against scikit-learn's; None without scikit-learn."""
    try:
        from sklearn.cluster import KMeans  # noqa: PLC0415  (may be missing)
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    except ImportError:
        print(INSTALL, file=sys.stderr)
        return None
    warnings.simplefilter("ignore", ConvergenceWarning)
    samples = np.random.default_rng(3).normal(size=(POINTS, DIMENSIONS)).astype(np.float32)
    start = samples[:CLUSTERS].copy()
    points, centroids = jnp.asarray(samples), jnp.asarray(start)
    theirs = KMeans(CLUSTERS, init=start, n_init=1, max_iter=STEPS, tol=0, algorithm="lloyd")

    @jax.jit
    def ours(points: jax.Array, centroids: jax.Array) -> jax.Array:
        def step(_: int, values: kmeans.Values) -> kmeans.Values:
            return kmeans.improve_centroids(values, CLUSTERS, points=points, convention="incoming")

        far = jnp.asarray(jnp.inf, points.dtype)
        return jax.lax.fori_loop(0, STEPS, step, (centroids, far, far))[0]

    ratio = compare(
        f"Lloyd, {POINTS} points, {DIMENSIONS} dimensions, {CLUSTERS} clusters, {STEPS} steps",
        ("scikit-learn", lambda: theirs.fit(samples).cluster_centers_),
        ("reference", lambda: ours(points, centroids)),
    )
    # The centroids themselves part ways: a sample between two goes with the rounding.
    ends = [jnp.asarray(theirs.cluster_centers_), ours(points, centroids)]
    first, second = (float(kmeans.update_assignment(points, c)[1].mean()) for c in ends)
    words = f"mean distances at the end, after {theirs.n_iter_} steps"
    print(f"    {words:44} {first:10.5f} and {second:.5f}")
    return ratio


def main() -> None:
    """Print every ratio."""
    print(f"JAX {jax.__version__} on {jax.default_backend()}, {os.cpu_count()} cores")
    hessians()
    batches()
    relus()
    inputs()
    lloyd()


if __name__ == "__main__":
    main()
