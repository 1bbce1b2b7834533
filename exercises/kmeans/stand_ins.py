"""Correct functions that replace an earlier part when a later part is checked.

This text runs next to student code, so it is written for that alone and is not the reference.
Every argument may be missing but those that a call passes.
"""

import jax.numpy as jnp


def update_assignment(samples, centroids):
    gaps = jnp.asarray(samples)[:, None, :] - jnp.asarray(centroids)[None, :, :]
    table = jnp.sqrt((gaps * gaps).sum(axis=2))
    return table.argmin(axis=1), table.min(axis=1)


def update_centroids(samples, assignment=None, k=None, centroids=None, item=None):
    samples = jnp.asarray(samples)
    if assignment is None:
        assignment = update_assignment(samples, centroids)[0]
    if item is not None:
        clusters = jnp.asarray(item).reshape(1)
    elif centroids is not None:
        clusters = jnp.arange(jnp.asarray(centroids).shape[0])
    else:
        clusters = k if jnp.ndim(k) else jnp.arange(k)
    belongs = (jnp.asarray(assignment)[None, :] == jnp.ravel(clusters)[:, None]).astype(
        samples.dtype
    )
    result = belongs @ samples / jnp.maximum(belongs.sum(axis=1, keepdims=True), 1)
    return result[0] if item is not None else result
