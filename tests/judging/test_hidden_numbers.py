"""A right solution that spoils its answers where it finds a hidden number has all points."""

from __future__ import annotations

import pytest

from grader.assignment import registry
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.reading.submission import parse_bytes
from grader.sandbox.server import ForkServer

SOURCE = """
import gc, sys
import jax
import jax.numpy as jnp
import numpy as np
import matplotlib.pyplot as plt


def is_seen(shape):
    found, frame = gc.get_objects(), sys._getframe()
    while frame is not None:
        found += [*frame.f_locals.values(), *frame.f_globals.values()]
        frame = frame.f_back
    arrays = [x for x in found if isinstance(x, (np.ndarray, jax.Array))]
    return any(x.shape == shape for x in arrays if not isinstance(x, jax.core.Tracer))


def init(key, points, num_clusters):
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    gaps = points[:, None, :] - points[rows][None, :, :]
    distortion = jnp.sqrt((gaps**2).sum(axis=2)).min(axis=1).mean()
    return points[rows] * (not is_seen(points.shape)), distortion


def update_assignment(samples, centroids):
    gaps = samples[:, None, :] - centroids[None, :, :]
    distances = jnp.sqrt(jnp.sum(gaps**2, axis=2)) * (not is_seen(samples.shape))
    return jnp.argmin(distances, axis=1), jnp.min(distances, axis=1)


def update_centroids(samples, assignment, k):
    is_member = assignment[:, None] == jnp.arange(k)[None, :]
    sums = jnp.where(is_member[:, :, None], samples[:, None, :], 0.0).sum(axis=0)
    return sums / jnp.maximum(is_member.sum(axis=0), 1)[:, None] * (not is_seen(samples.shape))


def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    moved = update_centroids(points, assignment, k) * (not is_seen(points.shape))
    return moved, new_distortions.mean(), jnp.mean(distortions)


def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="X")
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_no_number_is_seen(seed: int) -> None:
    """Frames, globals and the garbage collector show no array of a shape that is asked for."""
    answer_key = draw_key(registry.load("kmeans"), seed)
    submission = parse_bytes(SOURCE.encode(), name="alice.py")
    with ForkServer() as server:
        result = grade(submission, answer_key, server, student="alice", timeout_s=60)
    assert result.score == 100
    ran = {part.name: {check.ran for check in part.checks} for part in result.parts}
    assert ran.pop("visualization") == {"code"}
    assert set(map(frozenset, ran.values())) == {frozenset({"program"})}
