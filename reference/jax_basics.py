"""First steps in JAX: random keys, devices, compiling, derivatives and mapping, in ten functions.

All functions work under `jax.jit`, in 32 and in 64 bits; those of one vector also under `jax.vmap`.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


@partial(jax.jit, static_argnames="shape")
def draw_normal(key: jax.Array, shape: tuple[int, ...]) -> tuple[jax.Array, jax.Array]:
    """Return a key for the next draw, and standard normal numbers of the given shape.

    The numbers come from a subkey, so that neither the key that came in nor the one that goes
    out gives them again.

    Shapes: key (2,) or a typed key (), shape s -> key as it came in, s.
    Source: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as
    easy as 1, 2, 3", Proc. SC11 (2011); the splitting of keys: K. Claessen and M. H. Palka,
    "Splittable pseudorandom number generators using cryptographic hashing", Haskell '13 (2013).
    """
    new_key, subkey = jax.random.split(key)
    return new_key, jax.random.normal(subkey, shape)


def to_device(x: np.ndarray) -> jax.Array:
    """Return the array on the default device, in the widest float type that is switched on.

    Shapes: x any -> the same.
    Source: the exercise; `jax.device_put`.
    """
    return jax.device_put(x)


@jax.jit
def gram(x: jax.Array) -> jax.Array:
    """Return the products of all pairs of rows, the matrix that bears J. P. Gram's name.

    Shapes: x (n, d) -> (n, n).
    Raises: ValueError when `x` is no matrix.
    Source: R. A. Horn and C. R. Johnson, "Matrix Analysis", 2nd ed. (2013), section 7.2.
    """
    if x.ndim != 2:
        msg = f"gram: x must have shape (n, d), got {x.shape}; give a matrix with a vector a row"
        raise ValueError(msg)
    return x @ x.T


@jax.jit
def relu(x: jax.Array) -> jax.Array:
    """Return the larger of each entry and zero; compiled once for each shape.

    Shapes: x any -> the same.
    Source: V. Nair and G. E. Hinton, "Rectified linear units improve restricted Boltzmann
    machines", Proc. 27th ICML (2010), 807-814.
    """
    return jnp.maximum(x, 0)


def sum_logistic(x: jax.Array) -> jax.Array:
    """Return the sum of the logistic function of all entries.

    Shapes: x (n,) -> ().
    Source: the exercise; the function: P.-F. Verhulst, "Recherches mathematiques sur la loi
    d'accroissement de la population", Nouv. Mem. Acad. R. Brux. 18 (1845), 1-42.
    """
    return jnp.sum(1 / (1 + jnp.exp(-x)))


def grad_sum_logistic(x: jax.Array) -> jax.Array:
    """Return the gradient of `sum_logistic`.

    Shapes: x (n,) -> (n,).
    Source: reverse mode: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed. (2008),
    chapter 3. In closed form it is s (1 - s), with the logistic function s.
    """
    return jax.grad(sum_logistic)(x)


def hessian_fn(x: jax.Array, v: jax.Array) -> jax.Array:
    """Return the Hessian of `sum_logistic` at `x` times `v`, without forming the Hessian.

    Shapes: x (n,), v (n,) -> (n,).
    Raises: ValueError when `v` has another shape than `x`.
    Source: B. A. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation
    6(1) (1994), 147-160.
    """
    if v.shape != x.shape:
        msg = f"hessian_fn: v must have the shape {x.shape} of x, got {v.shape}; give one direction"
        raise ValueError(msg)
    return jax.grad(lambda y: jnp.vdot(grad_sum_logistic(y), v))(x)


def hessian_fn_vmap(x: jax.Array) -> jax.Array:
    """Return the Hessian of `sum_logistic`: its products with all unit vectors at once.

    Shapes: x (n,) -> (n, n).
    Source: the exercise; `jax.vmap`.
    """
    unit_vectors = jnp.identity(x.shape[0], x.dtype)
    return jax.vmap(lambda v: hessian_fn(x, v))(unit_vectors)


def hessian_jac(x: jax.Array) -> jax.Array:
    """Return the Hessian of `sum_logistic` as the Jacobian of its gradient.

    Forward over reverse: the gradient has as many entries as `x`, so that forward mode is not
    behind, and nothing of the inner pass has to be kept for it.

    Shapes: x (n,) -> (n, n).
    Source: Griewank and Walther (2008), as above, chapter 5.
    """
    return jax.jacfwd(jax.grad(sum_logistic))(x)


@jax.jit
def batched_apply_matrix(w: jax.Array, v_batched: jax.Array) -> jax.Array:
    """Return the product of the matrix with each vector of a batch.

    Shapes: w (m, d), v_batched (b, d) -> (b, m).
    Source: the exercise; `jax.vmap`.
    """
    return jax.vmap(lambda v: w @ v)(v_batched)
