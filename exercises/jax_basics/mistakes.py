"""Known mistakes of the exercise on first steps in JAX: plausible wrong functions, and the words.

Each is written like a student's function, on its own and with the same parameters, and can be
submitted as one. Those whose answer can be predicted use only what NumPy and jax.numpy share, so
that they run with `jnp` bound to NumPy; the others are there to prove that they lose points.
"""
# ruff: noqa: F821  (the notebook's globals, which the grader binds)

import jax
import jax.numpy as jnp
import numpy as np

from grader.assignment import Mistake

# draw_normal(key, shape) --------------------------------------------------------------------------


def draws_from_the_key(key, shape):
    """The key itself draws and is then split. Source: the subkey is made and not used."""
    new_key, _ = jax.random.split(key)
    return new_key, jax.random.normal(key, shape)


def returns_the_key_that_drew(key, shape):
    """The subkey draws and is returned. Source: the two keys of a split are taken for one."""
    new_key = jax.random.split(key)[0]
    return new_key, jax.random.normal(new_key, shape)


def returns_the_same_key(key, shape):
    """The key that came in is returned. Source: a key is taken for a state that moves by itself."""
    _, subkey = jax.random.split(key)
    return key, jax.random.normal(subkey, shape)


def draws_with_a_fixed_key(key, shape):
    """The numbers come from a key of its own. Source: a line of the tutorial is copied whole."""
    new_key, _ = jax.random.split(key)
    return new_key, jax.random.normal(jax.random.PRNGKey(0), shape)


def draws_with_numpy(key, shape):
    """The numbers come from NumPy's hidden state. Source: the habit of NumPy."""
    new_key, _ = jax.random.split(key)
    return new_key, jnp.asarray(np.random.normal(size=shape))  # noqa: NPY002


def draws_uniform(key, shape):
    """Uniform numbers. Source: the other sampler."""
    new_key, subkey = jax.random.split(key)
    return new_key, jax.random.uniform(subkey, shape)


def draws_positive_only(key, shape):
    """Absolute values. Source: a picture of half the distribution."""
    new_key, subkey = jax.random.split(key)
    return new_key, jnp.abs(jax.random.normal(subkey, shape))


def draws_swapped(key, shape):
    """The numbers first. Source: the order in which the values came to mind."""
    new_key, subkey = jax.random.split(key)
    return jax.random.normal(subkey, shape), new_key


def draws_one_row(key, shape):
    """One row, repeated. Source: the shape is taken apart."""
    new_key, subkey = jax.random.split(key)
    return new_key, jnp.broadcast_to(jax.random.normal(subkey, shape[-1:]), shape)


# to_device(x), gram(x) ----------------------------------------------------------------------------


def stays_in_numpy(x):
    """The array itself. Source: a NumPy array works everywhere, so nothing is done."""
    return np.asarray(x)


def copies_in_numpy(x):
    """A copy in NumPy. Source: a copy is taken for a transfer."""
    return np.array(x, np.float32)


def loses_digits(x):
    """Half precision. Source: the type that is said to be fast on a device."""
    return jnp.asarray(x, jnp.float16)


def columns_for_rows(x):
    """The products of the columns. Source: the transposed factor comes first."""
    return jnp.dot(x.T, x)


def squares_of_entries(x):
    """Each entry squared. Source: the star is taken for the product of matrices."""
    return jnp.multiply(x, x)


def squared_lengths(x):
    """The diagonal alone. Source: a row is multiplied by itself only."""
    return jnp.sum(x * x, axis=1)


def gram_by_number_of_columns(x):
    """Divided by the number of columns. Source: the covariance matrix."""
    return jnp.dot(x, x.T) / x.shape[1]


def gram_in_numpy(x):
    """NumPy's product. Source: `np` and `jnp` look alike."""
    return np.dot(np.asarray(x), np.asarray(x).T)


# relu(x) ------------------------------------------------------------------------------------------


def relu_not_compiled(x):
    """Correct, operation by operation. Source: `jit` is left out."""
    return jnp.where(x > 0, x, 0)


def relu_compiled_each_time(x):
    """Compiled again in each call. Source: `jit` is inside the function, on a new lambda."""
    return jax.jit(lambda y: jnp.maximum(y, 0))(x)


def absolute_values(x):
    """Negative entries without their sign. Source: the sign is dropped instead of the entry."""
    return jnp.abs(x)


def smaller_of_both(x):
    """The smaller of the entry and zero. Source: the comparison is inverted."""
    return jnp.minimum(x, 0)


def steps_of_zero_and_one(x):
    """Whether the entry is positive, as a number. Source: the derivative instead of the function."""
    return jnp.where(x > 0, 1.0, 0.0)


def leaky(x):
    """A hundredth of the negative entries is kept. Source: another function of the family."""
    return jnp.where(x > 0, x, 0.01 * x)


def largest_entry(x):
    """One number. Source: `max` for `maximum`."""
    return jnp.maximum(jnp.max(x), 0)


# sum_logistic(x), grad_sum_logistic(x) ------------------------------------------------------------


def mean_logistic(x):
    """The mean. Source: losses are means."""
    return jnp.mean(1 / (1 + jnp.exp(-x)))


def logistic_of_each(x):
    """Without the sum. Source: the sum sign is overlooked."""
    return 1 / (1 + jnp.exp(-x))


def sum_with_wrong_sign(x):
    """The sign of the exponent is missing. Source: the formula from memory."""
    return jnp.sum(1 / (1 + jnp.exp(x)))


def logistic_of_the_sum(x):
    """The sum is inside. Source: sum and function are swapped."""
    return 1 / (1 + jnp.exp(-jnp.sum(x)))


def sum_of_tanh(x):
    """Another curve of the same form. Source: both are called sigmoid."""
    return jnp.sum(jnp.tanh(x))


def gradient_of_the_mean(x):
    """The gradient of the mean. Source: losses are means."""
    s = 1 / (1 + jnp.exp(-x))
    return s * (1 - s) / x.shape[0]


def gradient_is_the_function(x):
    """The logistic function itself. Source: the chain rule stops early."""
    return 1 / (1 + jnp.exp(-x))


def gradient_with_plus(x):
    """A plus instead of a minus. Source: a slip in the quotient rule."""
    s = 1 / (1 + jnp.exp(-x))
    return s * (1 + s)


def gradient_with_minus(x):
    """The sign flipped. Source: the inner derivative is counted twice."""
    s = 1 / (1 + jnp.exp(-x))
    return -s * (1 - s)


def gradient_summed(x):
    """One number. Source: the sum of the function is kept."""
    s = 1 / (1 + jnp.exp(-x))
    return jnp.sum(s * (1 - s))


# hessian_fn(x, v), hessian_fn_vmap(x), hessian_jac(x) ---------------------------------------------


def gradient_times_v(x, v):
    """The gradient times v. Source: one derivative too few."""
    s = 1 / (1 + jnp.exp(-x))
    return s * (1 - s) * v


def v_forgotten(x, v):
    """The diagonal of the Hessian. Source: `v` is replaced by ones."""
    s = 1 / (1 + jnp.exp(-x))
    return s * (1 - s) * (1 - 2 * s)


def curvature_along_v(x, v):
    """One number, v times the Hessian times v. Source: multiplied once more."""
    s = 1 / (1 + jnp.exp(-x))
    return jnp.sum(s * (1 - s) * (1 - 2 * s) * v * v)


def derivative_along_v(x, v):
    """One number, the gradient times v. Source: the second derivative is not taken."""
    s = 1 / (1 + jnp.exp(-x))
    return jnp.sum(s * (1 - s) * v)


def product_with_minus(x, v):
    """The sign flipped. Source: a slip in the second derivative."""
    s = 1 / (1 + jnp.exp(-x))
    return -s * (1 - s) * (1 - 2 * s) * v


def rows_scaled_by_v(x, v):
    """A matrix. Source: entry by entry instead of the product of matrix and vector."""
    s = 1 / (1 + jnp.exp(-x))
    return jnp.diag(s * (1 - s) * (1 - 2 * s)) * v


def hessian_by_list(x):
    """Correct, one unit vector at a time. Source: the list of the tutorial."""
    return jnp.stack([hessian_fn(x, v) for v in jnp.identity(x.shape[0])])


def hessian_of_three(x):
    """Three unit vectors whatever the size. Source: the tutorial's own number."""
    return jax.vmap(lambda v: hessian_fn(x, v))(jnp.identity(3))


def hessian_diagonal(x):
    """The diagonal alone. Source: the product with ones instead of the unit vectors."""
    s = 1 / (1 + jnp.exp(-x))
    return s * (1 - s) * (1 - 2 * s)


def gradient_on_diagonal(x):
    """The gradient on the diagonal. Source: one derivative too few."""
    s = 1 / (1 + jnp.exp(-x))
    return jnp.diag(s * (1 - s))


def outer_product_of_gradients(x):
    """The outer product of the gradient. Source: the Gauss-Newton matrix."""
    s = 1 / (1 + jnp.exp(-x))
    return jnp.outer(s * (1 - s), s * (1 - s))


def hessian_with_minus(x):
    """The sign flipped. Source: a slip in the second derivative."""
    s = 1 / (1 + jnp.exp(-x))
    return jnp.diag(-s * (1 - s) * (1 - 2 * s))


def jacobian_of_the_sum(x):
    """The Jacobian of the function, a vector. Source: one derivative too few."""
    s = 1 / (1 + jnp.exp(-x))
    return s * (1 - s)


# batched_apply_matrix(w, v_batched) ---------------------------------------------------------------


def batch_by_list(w, v_batched):
    """Correct, one vector at a time. Source: the naive batch of the tutorial."""
    return jnp.stack([jnp.dot(w, v) for v in v_batched])


def batch_by_map(w, v_batched):
    """Correct, by Python's `map`. Source: Python's map is taken for JAX's."""
    return jnp.array(list(map(lambda v: w @ v, v_batched)))  # noqa: C417


def batch_transposed(w, v_batched):
    """A result in each column. Source: the order of the seed's first product."""
    return jnp.dot(w, v_batched.T)


def first_vector_only(w, v_batched):
    """One vector of the batch. Source: tried with one and left like that."""
    return jnp.dot(w, v_batched[0])


def sum_over_the_batch(w, v_batched):
    """The results added up. Source: one index too many in the sum."""
    return jnp.sum(jnp.dot(v_batched, w.T), axis=0)


def scaled_by_batch(w, v_batched):
    """Divided by the size of the batch. Source: a mean where none is asked for."""
    return jnp.dot(v_batched, w.T) / v_batched.shape[0]


HINT_KEYS = "Follow each key through the function, and count how often it is used."
HINT_NORMAL = "Plot a histogram of many draws, and compare it with the distribution in the task."
HINT_KIND = "Which package creates the value you return, NumPy or JAX?"
HINT_DIGITS = "Which type does the result have, and how many digits does that type keep?"
HINT_COMPILED = (
    "Which line turns your function into a single compiled program, and how often does "
    "that line run?"
)
HINT_DERIVE = "Check the formula against `jax.grad` for a single number."
HINT_SHAPE = "Compare the shape of your result with the one in the task."
HINT_AT_ONCE = "Which JAX transformation replaces a list of calls with a single one?"
HINT_COUNT = "Count how many derivatives you take."

# fmt: off
# (tables: the mistake, what we noticed, a hint, where it shows)

DRAW = tuple(
    Mistake(function, says, hint=HINT_KEYS)
    for function, says in (
        (draws_from_the_key, "The numbers are drawn with `key` itself, which is also split."),
        (returns_the_key_that_drew, "The returned key is the same one that drew the numbers."),
        (returns_the_same_key, "The input key is returned unchanged."),
        (draws_with_a_fixed_key, "The numbers come from a fixed key."),
        (draws_with_numpy, "The numbers come from NumPy, which does not use the key."),
        (draws_uniform, "The numbers are uniformly distributed between 0 and 1."),
        (draws_positive_only, "There are no negative numbers."),
        (draws_swapped, "The two return values are swapped."),
        (draws_one_row, "All rows are equal."),
    )
)

DEVICE = tuple(
    Mistake(function, says, hint=hint)
    for function, says, hint in (
        (stays_in_numpy, "The input array is returned unchanged.", HINT_KIND),
        (copies_in_numpy, "The result is a NumPy array.", HINT_KIND),
        (loses_digits, "The result has half precision, so digits are lost.", HINT_DIGITS),
    )
)

GRAM = (
    Mistake(columns_for_rows,
            "These are the products of the columns. The task asks for the products of the rows.",
            hint=HINT_SHAPE, line_pattern=r"\.T"),
    Mistake(squares_of_entries,
            "Each entry is squared. The task asks for a matrix product.",
            hint=HINT_SHAPE, line_pattern=r"\*|multiply"),
    Mistake(squared_lengths,
            "Each row is multiplied only by itself.",
            hint=HINT_SHAPE, line_pattern=r"sum\("),
    Mistake(gram_by_number_of_columns,
            "Everything is divided by the number of columns.",
            hint="Is there anything left to do after the product?", line_pattern=r"/"),
    Mistake(gram_in_numpy, "The result is a NumPy array.", hint=HINT_KIND),
)

RELU = (
    Mistake(relu_not_compiled, "The function is not compiled.",
            hint=HINT_COMPILED),
    Mistake(relu_compiled_each_time, "The function is compiled again in every call.",
            hint=HINT_COMPILED),
    Mistake(absolute_values,
            "Negative entries only lose their sign. The task asks for 0 instead.",
            hint="Follow one negative entry through the function.", line_pattern=r"abs"),
    Mistake(smaller_of_both,
            "This is the smaller of each entry and 0. The task asks for the larger.",
            hint="Look at the direction of the comparison.", line_pattern=r"minimum|<"),
    Mistake(steps_of_zero_and_one,
            "Positive entries become 1. They should stay as they are.",
            hint="Follow one positive entry through the function.", line_pattern=r"where|>"),
    Mistake(leaky,
            "A hundredth of each negative entry remains, as in leaky ReLU.",
            hint="Follow one negative entry through the function.", line_pattern=r"0?\.01"),
    Mistake(largest_entry,
            (
                "The result is a single number, the largest entry. The task asks for one "
                "value per entry."
            ),
            hint=HINT_SHAPE, line_pattern=r"max"),
)

SUM = (
    Mistake(mean_logistic, "This is the mean. The task asks for the sum.",
            hint="Look at the operation that combines the values.", line_pattern=r"mean"),
    Mistake(logistic_of_each, "The result has one value per entry. The task asks for their sum.",
            hint=HINT_SHAPE, line_pattern=r"return"),
    Mistake(sum_with_wrong_sign, "The exponent has the wrong sign.",
            hint="What should the function return for a very large number?", line_pattern=r"exp\("),
    Mistake(logistic_of_the_sum, "The sum is taken first, and then the logistic function of it.",
            hint="In which order does the formula apply the two?", line_pattern=r"sum\("),
    Mistake(sum_of_tanh, "This is the sum of the hyperbolic tangent, not of the logistic function.",
            hint="Compare the value at 0 with the formula.", line_pattern=r"tanh"),
)

GRADIENT = (
    Mistake(gradient_of_the_mean, "This is the gradient of the mean. The task asks for the gradient of the sum.",
            hint=HINT_DERIVE, line_pattern=r"/\s*(x\.|len|n\b)|mean"),
    Mistake(gradient_is_the_function, "This is the logistic function itself, not its derivative.",
            hint=HINT_COUNT, line_pattern=r"return"),
    Mistake(gradient_with_plus, "One sign is flipped: this is s (1 + s).",
            hint=HINT_DERIVE, line_pattern=r"\*\s*\(1\s*\+"),
    Mistake(gradient_with_minus, "The whole gradient has the wrong sign.",
            hint=HINT_DERIVE, line_pattern=r"return\s+-"),
    Mistake(gradient_summed, "The result is a single number. The task asks for one per entry.",
            hint=HINT_SHAPE, line_pattern=r"sum\("),
)

PRODUCT = (
    Mistake(gradient_times_v, "This is the gradient times `v`: one derivative is missing.",
            hint=HINT_COUNT),
    Mistake(v_forgotten, "This is the diagonal of the Hessian: `v` is not used.",
            hint="Look for `v` in the function."),
    Mistake(curvature_along_v, "The result is a single number: it is multiplied by `v` twice.",
            hint=HINT_SHAPE),
    Mistake(derivative_along_v, "This is the gradient times `v`, which is a single number.", hint=HINT_COUNT),
    Mistake(product_with_minus, "The result has the wrong sign.", hint=HINT_DERIVE),
    Mistake(rows_scaled_by_v,
            "The result is a matrix: the Hessian is multiplied by `v` entry by entry.",
            hint=HINT_SHAPE, line_pattern=r"\*"),
)

MATRIX = (
    Mistake(hessian_diagonal, "This is the diagonal of the Hessian, as a vector.",
            hint=HINT_SHAPE),
    Mistake(gradient_on_diagonal, "The diagonal contains the gradient: one derivative is missing.",
            hint=HINT_COUNT),
    Mistake(outer_product_of_gradients,
            "This is the outer product of the gradient with itself, not the Hessian.",
            hint="Which entries of the Hessian should be 0?", line_pattern=r"outer"),
    Mistake(hessian_with_minus, "The whole matrix has the wrong sign.", hint=HINT_DERIVE),
    Mistake(jacobian_of_the_sum, "This is the gradient: one derivative is missing.",
            hint=HINT_COUNT),
)

VMAPPED = (
    Mistake(hessian_by_list, "The code loops over the unit vectors in a Python list.",
            hint=HINT_AT_ONCE),
    Mistake(hessian_of_three, "There are always three unit vectors.",
            hint="Look for a hard-coded number that should come from `x`."),
    *MATRIX,
)

BATCH = (
    Mistake(batch_by_list, "The code loops over the batch in a Python list.",
            hint=HINT_AT_ONCE),
    Mistake(batch_by_map, "The code loops over the batch with Python's `map`.",
            hint=HINT_AT_ONCE),
    Mistake(batch_transposed, "The result is transposed: each result is a column instead of a row.",
            hint=HINT_SHAPE, line_pattern=r"\.T"),
    Mistake(first_vector_only, "This is the result for the first vector only.",
            hint=HINT_SHAPE, line_pattern=r"\[\s*0"),
    Mistake(sum_over_the_batch, "The results are added up over the batch.",
            hint=HINT_SHAPE, line_pattern=r"sum\("),
    Mistake(scaled_by_batch, "The results are divided by the batch size.",
            hint="Is there anything left to do after the product?", line_pattern=r"/"),
)
# fmt: on
