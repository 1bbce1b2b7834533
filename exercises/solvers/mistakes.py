"""Known mistakes of the exercise on solvers: plausible wrong functions, and the words.

Each is written like a student's function, on its own and with the same parameters, and can be
submitted as one.
"""

import jax
import jax.numpy as jnp

from grader.assignment import Mistake

# newton(f, x0, steps) -----------------------------------------------------------------------------


def plus_for_minus(f, x0, steps):
    """The step is added. Source: the sign of the update is lost on the way from the paper."""
    x = x0
    for _ in range(steps):
        x = x + f(x) / jax.grad(f)(x)
    return x


def slope_for_quotient(f, x0, steps):
    """The slope is subtracted. Source: gradient descent is the method at hand."""
    x = x0
    for _ in range(steps):
        x = x - jax.grad(f)(x)
    return x


def value_for_quotient(f, x0, steps):
    """The value is subtracted, undivided. Source: the derivative is left out of the formula."""
    x = x0
    for _ in range(steps):
        x = x - f(x)
    return x


def quotient_inverted(f, x0, steps):
    """The derivative over the value. Source: the fraction from memory."""
    x = x0
    for _ in range(steps):
        x = x - jax.grad(f)(x) / f(x)
    return x


def one_step_more(f, x0, steps):
    """One step too many. Source: the first step is taken before the loop."""
    x = x0 - f(x0) / jax.grad(f)(x0)
    for _ in range(steps):
        x = x - f(x) / jax.grad(f)(x)
    return x


def one_step_less(f, x0, steps):
    """One step too few. Source: the start is counted as the first iterate."""
    x = x0
    for _ in range(1, steps):
        x = x - f(x) / jax.grad(f)(x)
    return x


def slope_at_start(f, x0, steps):
    """The slope of the start throughout. Source: the derivative is moved out of the loop."""
    slope = jax.grad(f)(x0)
    x = x0
    for _ in range(steps):
        x = x - f(x) / slope
    return x


def until_it_converges(f, x0, steps):
    """Fifty steps, whatever `steps` says. Source: a solver that is used, not the one of the task."""
    x = x0
    for _ in range(50):
        x = x - f(x) / jax.grad(f)(x)
    return x


def minimum_for_root(f, x0, steps):
    """The second derivative below the first. Source: Newton's method of optimization."""
    slope = jax.grad(f)
    x = x0
    for _ in range(steps):
        x = x - slope(x) / jax.grad(slope)(x)
    return x


def all_iterates(f, x0, steps):
    """All iterates, the start included. Source: they were printed while testing."""
    found = [x0]
    for _ in range(steps):
        x = found[-1]
        found.append(x - f(x) / jax.grad(f)(x))
    return jnp.stack([jnp.asarray(x) for x in found])


def central_slope(f, x0, steps):
    """The slope by differences. Source: the derivative as in the course on numerics."""
    x, h = x0, 1e-6
    for _ in range(steps):
        x = x - f(x) * 2 * h / (f(x + h) - f(x - h))
    return x


# rk4(f, y0, ts) -----------------------------------------------------------------------------------


def euler(f, y0, ts):
    """Euler's method. Source: the example of the notebook is copied."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h = ts[i + 1] - ts[i]
        ys.append(ys[-1] + h * f(ts[i], ys[-1]))
    return jnp.stack(ys)


def midpoint_method(f, y0, ts):
    """The midpoint method. Source: two slopes seem to be enough."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h, y = ts[i + 1] - ts[i], ys[-1]
        k1 = f(ts[i], y)
        ys.append(y + h * f(ts[i] + h / 2, y + h / 2 * k1))
    return jnp.stack(ys)


def heun(f, y0, ts):
    """Heun's method. Source: a method with the mean of two slopes, from the lecture before."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h, y = ts[i + 1] - ts[i], ys[-1]
        k1 = f(ts[i], y)
        ys.append(y + h / 2 * (k1 + f(ts[i] + h, y + h * k1)))
    return jnp.stack(ys)


def k3_from_k1(f, y0, ts):
    """The third slope starts from the first. Source: a line is copied and half changed."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h, y = ts[i + 1] - ts[i], ys[-1]
        k1 = f(ts[i], y)
        k2 = f(ts[i] + h / 2, y + h / 2 * k1)
        k3 = f(ts[i] + h / 2, y + h / 2 * k1)
        k4 = f(ts[i] + h, y + h * k3)
        ys.append(y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return jnp.stack(ys)


def k4_at_middle(f, y0, ts):
    """The last slope is taken at the middle of the step. Source: the line before is copied."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h, y = ts[i + 1] - ts[i], ys[-1]
        k1 = f(ts[i], y)
        k2 = f(ts[i] + h / 2, y + h / 2 * k1)
        k3 = f(ts[i] + h / 2, y + h / 2 * k2)
        k4 = f(ts[i] + h / 2, y + h * k3)
        ys.append(y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return jnp.stack(ys)


def k4_with_half_step(f, y0, ts):
    """The last slope moves half a step. Source: the line before is copied."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h, y = ts[i + 1] - ts[i], ys[-1]
        k1 = f(ts[i], y)
        k2 = f(ts[i] + h / 2, y + h / 2 * k1)
        k3 = f(ts[i] + h / 2, y + h / 2 * k2)
        k4 = f(ts[i] + h, y + h / 2 * k3)
        ys.append(y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return jnp.stack(ys)


def full_steps_inside(f, y0, ts):
    """The middle slopes move a whole step. Source: the half is overlooked in the formula."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h, y = ts[i + 1] - ts[i], ys[-1]
        k1 = f(ts[i], y)
        k2 = f(ts[i] + h / 2, y + h * k1)
        k3 = f(ts[i] + h / 2, y + h * k2)
        k4 = f(ts[i] + h, y + h * k3)
        ys.append(y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return jnp.stack(ys)


def time_stands_still(f, y0, ts):
    """All slopes at the time of the start of the step. Source: tried with equations without time."""
    ys = [y0]
    for i in range(len(ts) - 1):
        t, h, y = ts[i], ts[i + 1] - ts[i], ys[-1]
        k1 = f(t, y)
        k2 = f(t, y + h / 2 * k1)
        k3 = f(t, y + h / 2 * k2)
        k4 = f(t, y + h * k3)
        ys.append(y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return jnp.stack(ys)


def equal_weights(f, y0, ts):
    """The plain mean of the slopes. Source: the weights from memory."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h, y = ts[i + 1] - ts[i], ys[-1]
        k1 = f(ts[i], y)
        k2 = f(ts[i] + h / 2, y + h / 2 * k1)
        k3 = f(ts[i] + h / 2, y + h / 2 * k2)
        k4 = f(ts[i] + h, y + h * k3)
        ys.append(y + h / 4 * (k1 + k2 + k3 + k4))
    return jnp.stack(ys)


def weights_without_twos(f, y0, ts):
    """A sixth of each slope. Source: the factors of two are overlooked."""
    ys = [y0]
    for i in range(len(ts) - 1):
        h, y = ts[i + 1] - ts[i], ys[-1]
        k1 = f(ts[i], y)
        k2 = f(ts[i] + h / 2, y + h / 2 * k1)
        k3 = f(ts[i] + h / 2, y + h / 2 * k2)
        k4 = f(ts[i] + h, y + h * k3)
        ys.append(y + h / 6 * (k1 + k2 + k3 + k4))
    return jnp.stack(ys)


def first_step_everywhere(f, y0, ts):
    """The first step size for all steps. Source: times are taken for evenly spaced."""
    ys, h = [y0], ts[1] - ts[0]
    for i in range(len(ts) - 1):
        t, y = ts[i], ys[-1]
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h / 2 * k1)
        k3 = f(t + h / 2, y + h / 2 * k2)
        k4 = f(t + h, y + h * k3)
        ys.append(y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return jnp.stack(ys)


def last_value_only(f, y0, ts):
    """The value at the last time. Source: the loop keeps only what the next step needs."""
    y = y0
    for i in range(len(ts) - 1):
        h = ts[i + 1] - ts[i]
        k1 = f(ts[i], y)
        k2 = f(ts[i] + h / 2, y + h / 2 * k1)
        k3 = f(ts[i] + h / 2, y + h / 2 * k2)
        k4 = f(ts[i] + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def without_start(f, y0, ts):
    """The first row is missing. Source: what `scan` gathers does not include where it starts."""
    ys, y = [], y0
    for i in range(len(ts) - 1):
        h = ts[i + 1] - ts[i]
        k1 = f(ts[i], y)
        k2 = f(ts[i] + h / 2, y + h / 2 * k1)
        k3 = f(ts[i] + h / 2, y + h / 2 * k2)
        k4 = f(ts[i] + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        ys.append(y)
    return jnp.stack(ys)


# jacobian(f, x) -----------------------------------------------------------------------------------


def transposed(f, x):
    """The transposed matrix. Source: a difference for each input is a row."""
    h = 1e-6
    return jnp.stack([(f(x + d) - f(x - d)) / (2 * h) for d in h * jnp.eye(len(x))])


def one_sided(f, x):
    """Differences to one side. Source: the definition of the derivative, with a small number."""
    h = 1e-6
    return jnp.stack([(f(x + d) - f(x)) / h for d in h * jnp.eye(len(x))], axis=1)


def one_sided_tiny(f, x):
    """Differences to one side with a tiny step. Source: smaller is taken for more exact."""
    h = 1e-8
    return jnp.stack([(f(x + d) - f(x)) / h for d in h * jnp.eye(len(x))], axis=1)


def twice_as_large(f, x):
    """Divided by the step, not by twice the step. Source: the formula of one-sided differences."""
    h = 1e-6
    return jnp.stack([(f(x + d) - f(x - d)) / h for d in h * jnp.eye(len(x))], axis=1)


def backward_minus_forward(f, x):
    """The sign flipped. Source: the two values are swapped."""
    h = 1e-6
    return jnp.stack([(f(x - d) - f(x + d)) / (2 * h) for d in h * jnp.eye(len(x))], axis=1)


def all_inputs_at_once(f, x):
    """One derivative for each output. Source: the step is added to all inputs together."""
    h = 1e-6
    return (f(x + h) - f(x - h)) / (2 * h)


def gradient_of_the_sum(f, x):
    """One derivative for each input. Source: `grad` needs a number, so the outputs are added up."""
    h = 1e-6
    return jnp.stack([jnp.sum(f(x + d) - f(x - d)) / (2 * h) for d in h * jnp.eye(len(x))])


def first_output_only(f, x):
    """The derivatives of the first output. Source: `grad` needs a number, so one output is taken."""
    h = 1e-6
    return jnp.stack([(f(x + d) - f(x - d))[0] / (2 * h) for d in h * jnp.eye(len(x))])


# log1pexp(x) --------------------------------------------------------------------------------------


def as_written(x):
    """The formula as it is. Source: it is correct on paper."""
    return jnp.log(1 + jnp.exp(x))


def with_log1p_alone(x):
    """The exponential still overflows. Source: one half of the problem is fixed."""
    return jnp.log1p(jnp.exp(x))


def positive_part(x):
    """The larger of the number and 0. Source: the limit for large numbers of both signs."""
    return jnp.maximum(x, 0.0)


def kink_at_zero(x):
    """The formula for the value alone. Source: what is stable for values is taken for enough."""
    return jnp.maximum(x, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


def both_branches(x):
    """A selection of two formulas. Source: what is not selected is taken for not computed."""
    return jnp.where(x > 30.0, x, jnp.log1p(jnp.exp(x)))


def clipped(x):
    """The number is clipped first. Source: clipping is the first remedy for overflow."""
    return jnp.log1p(jnp.exp(jnp.clip(x, -50.0, 50.0)))


def wrong_sign(x):
    """The sign of the exponent flipped. Source: the formula of the logistic loss."""
    return jnp.log1p(jnp.exp(-jnp.abs(x))) + jnp.maximum(-x, 0.0)


def logistic_for_log(x):
    """The logistic function. Source: the derivative is taken for the function."""
    return 1 / (1 + jnp.exp(-x))


def rule_without_derivative(x):
    """A rule of its own whose slope is a constant for JAX. Source: `stop_gradient` against NaN."""
    safe = jax.lax.stop_gradient(jax.nn.sigmoid(x))
    return jax.lax.stop_gradient(jnp.logaddexp(x, 0.0) - safe * x) + safe * x


# bisect(f, a, b, tol) -----------------------------------------------------------------------------


def wrong_half(f, a, b, tol):
    """The half without the root is kept. Source: the two updates are swapped."""

    def halve(bracket):
        a, b = bracket
        x = (a + b) / 2
        is_left = jnp.sign(f(a)) != jnp.sign(f(x))
        return jnp.where(is_left, x, a), jnp.where(is_left, b, x)

    a, b = jax.lax.while_loop(lambda s: s[1] - s[0] > tol, halve, (jnp.asarray(a), jnp.asarray(b)))
    return (a + b) / 2


def assumes_rising(f, a, b, tol):
    """The sign of the value alone decides. Source: tried with a rising function."""

    def halve(bracket):
        a, b = bracket
        x = (a + b) / 2
        is_below = f(x) < 0
        return jnp.where(is_below, x, a), jnp.where(is_below, b, x)

    a, b = jax.lax.while_loop(lambda s: s[1] - s[0] > tol, halve, (jnp.asarray(a), jnp.asarray(b)))
    return (a + b) / 2


def loses_exact_root(f, a, b, tol):
    """A midpoint that is the root is dropped. Source: the product of the values is not below 0."""

    def halve(bracket):
        a, b = bracket
        x = (a + b) / 2
        is_left = f(a) * f(x) < 0
        return jnp.where(is_left, a, x), jnp.where(is_left, x, b)

    a, b = jax.lax.while_loop(lambda s: s[1] - s[0] > tol, halve, (jnp.asarray(a), jnp.asarray(b)))
    return (a + b) / 2


def small_value_for_near(f, a, b, tol):
    """Stops where the value is small. Source: a small value is taken for a small distance."""

    def halve(state):
        a, b, count = state
        x = (a + b) / 2
        is_left = jnp.sign(f(a)) != jnp.sign(f(x))
        return jnp.where(is_left, a, x), jnp.where(is_left, x, b), count + 1

    def is_large(state):
        a, b, count = state
        return (jnp.abs(f((a + b) / 2)) > tol) & (count < 100)

    a, b, _ = jax.lax.while_loop(is_large, halve, (jnp.asarray(a), jnp.asarray(b), 0))
    return (a + b) / 2


def twenty_steps(f, a, b, tol):
    """Twenty steps, whatever the tolerance. Source: enough for the example."""
    for _ in range(20):
        x = (a + b) / 2
        is_left = jnp.sign(f(a)) != jnp.sign(f(x))
        a, b = jnp.where(is_left, a, x), jnp.where(is_left, x, b)
    return (a + b) / 2


def thirty_steps(f, a, b, tol):
    """Thirty steps, whatever the tolerance. Source: enough for all that was tried."""
    for _ in range(30):
        x = (a + b) / 2
        is_left = jnp.sign(f(a)) != jnp.sign(f(x))
        a, b = jnp.where(is_left, a, x), jnp.where(is_left, x, b)
    return (a + b) / 2


def both_ends(f, a, b, tol):
    """Both ends. Source: the state of the loop is returned."""

    def halve(bracket):
        a, b = bracket
        x = (a + b) / 2
        is_left = jnp.sign(f(a)) != jnp.sign(f(x))
        return jnp.where(is_left, a, x), jnp.where(is_left, x, b)

    return jax.lax.while_loop(lambda s: s[1] - s[0] > tol, halve, (jnp.asarray(a), jnp.asarray(b)))


def half_of_the_width(f, a, b, tol):
    """Half of the width for the middle. Source: a minus for the plus."""

    def halve(bracket):
        a, b = bracket
        x = (b - a) / 2
        is_left = jnp.sign(f(a)) != jnp.sign(f(x))
        return jnp.where(is_left, a, x), jnp.where(is_left, x, b)

    a, b = jax.lax.fori_loop(0, 60, lambda _, s: halve(s), (jnp.asarray(a), jnp.asarray(b)))
    return (b - a) / 2


HINT_UPDATE = "Compare the update with the formula in the notebook, sign by sign."
HINT_COUNT = "Count the steps by hand for `steps` equal to 1."
HINT_BY_JAX = "Which JAX function turns `f` into its derivative?"
HINT_SLOPES = "Compare the time and the state of each slope with the table in the notebook."
HINT_ORDER = "Halve the step size. By which factor does the error decrease?"
HINT_STEPS = "Which two times decide how long a step is?"
HINT_ROWS = "Compare the number of rows of your result with the number of times."
HINT_WEIGHTS = "What do the weights of the slopes add up to?"
HINT_SHAPE = "Compare the shape of your result with the number of outputs and inputs of `f`."
HINT_LINEAR = "Try a linear function, whose Jacobian you know."
HINT_CURVED = "Compare the error of a one-sided and of a central difference for the square at zero."
HINT_AT_ZERO = "Compute the second derivative at zero by hand, and compare."
HINT_LARGE = (
    "Which intermediate result is infinite for a large number, and what does `grad` do with it?"
)
HINT_DIGITS = "Which digits of a tiny number are left after you add one to it?"
HINT_HALF = "Draw the function between `a` and `b`. Which half contains the change of sign?"
HINT_STOP = "Which quantity has to be at most `tol` at the end?"
HINT_EXACT = "What happens if the value at the midpoint is exactly zero?"
HINT_SMALLEST = "Does the stopping condition become true if `f` is steep and `tol` is tiny?"

# fmt: off
# (tables: the mistake, what we noticed, a hint, where it shows)

NEWTON = (
    Mistake(plus_for_minus, "The Newton step has the wrong sign.",
            hint=HINT_UPDATE, line_pattern=r"x \+ f"),
    Mistake(slope_for_quotient,
            "The derivative is subtracted. The task asks for the value divided by the derivative.",
            hint=HINT_UPDATE, line_pattern=r"x - "),
    Mistake(value_for_quotient, "The value is not divided by the derivative.",
            hint=HINT_UPDATE, line_pattern=r"x - "),
    Mistake(quotient_inverted, "The derivative is divided by the value. It should be swapped.",
            hint=HINT_UPDATE, line_pattern=r"x - "),
    Mistake(one_step_more, "The result is one Newton step too far.", hint=HINT_COUNT),
    Mistake(one_step_less, "One Newton step is missing.", hint=HINT_COUNT, line_pattern=r"range"),
    Mistake(slope_at_start, "The derivative at `x0` is used in every step.",
            hint="At which point does each step need the derivative?", line_pattern=r"slope ="),
    Mistake(until_it_converges, "The result is the root itself, not the iterate after `steps` steps.",
            hint=HINT_COUNT, line_pattern=r"range"),
    Mistake(minimum_for_root,
            "These are the steps to a minimum of the function. The task asks for a root.",
            hint="Count how many derivatives you take.", line_pattern=r"slope\(x\)"),
    Mistake(all_iterates, "All iterates are returned. The task asks for the last one.",
            hint="What should the result be after the last step?", line_pattern=r"return"),
    Mistake(central_slope, "The derivative is a difference quotient. The task asks for JAX.",
            hint=HINT_BY_JAX, line_pattern=r"x - f"),
)

RK4 = (
    Mistake(euler, "This is Euler’s method, with one slope per step.", hint=HINT_ORDER),
    Mistake(midpoint_method, "This is the midpoint method, with two slopes per step.",
            hint=HINT_ORDER),
    Mistake(heun, "This is Heun’s method, with two slopes per step.", hint=HINT_ORDER),
    Mistake(k3_from_k1, "The third slope starts from the first one. It should start from the second.",
            hint=HINT_SLOPES, line_pattern=r"k3 ="),
    Mistake(k4_at_middle, "The last slope is taken at the middle of the step, not at its end.",
            hint=HINT_SLOPES, line_pattern=r"k4 ="),
    Mistake(k4_with_half_step, "The state of the last slope moves half a step instead of a full one.",
            hint=HINT_SLOPES, line_pattern=r"k4 ="),
    Mistake(full_steps_inside, "The states of the middle slopes move a full step instead of half a step.",
            hint=HINT_SLOPES),
    Mistake(time_stands_still, "All slopes of a step are taken at its first time.",
            hint=HINT_SLOPES),
    Mistake(equal_weights, "All four slopes have the same weight.",
            hint="Which slopes count twice?", line_pattern=r"/ 4"),
    Mistake(weights_without_twos, "The weights of the slopes do not add up to 1.",
            hint=HINT_WEIGHTS, line_pattern=r"/ 6"),
    Mistake(first_step_everywhere, "Every step is as long as the first one.",
            hint=HINT_STEPS, line_pattern=r"ts\[1\]"),
    Mistake(last_value_only, "Only the value at the last time is returned.",
            hint=HINT_ROWS, line_pattern=r"return"),
    Mistake(without_start, "The first row, the initial value, is missing.",
            hint=HINT_ROWS, line_pattern=r"return"),
)

JACOBIAN = (
    Mistake(transposed, "The matrix is transposed: each row belongs to an input.",
            hint=HINT_SHAPE, line_pattern=r"stack"),
    Mistake(one_sided, "These are one-sided differences, which are not accurate enough.",
            hint=HINT_CURVED, line_pattern=r"stack"),
    Mistake(one_sided_tiny,
            "These are one-sided differences. A smaller step does not make them accurate enough.",
            hint=HINT_CURVED, line_pattern=r"stack"),
    Mistake(twice_as_large, "All derivatives are twice as large as they should be.",
            hint="How far apart are the two points of the difference?", line_pattern=r"/ h"),
    Mistake(backward_minus_forward, "All derivatives have the wrong sign.",
            hint=HINT_LINEAR, line_pattern=r"stack"),
    Mistake(all_inputs_at_once, "All inputs are moved together, so there is one derivative per output.",
            hint=HINT_SHAPE, line_pattern=r"return"),
    Mistake(gradient_of_the_sum, "The outputs are added up, so there is one derivative per input.",
            hint=HINT_SHAPE, line_pattern=r"return"),
    Mistake(first_output_only, "Only the derivatives of the first output are returned.",
            hint=HINT_SHAPE, line_pattern=r"return"),
)

LOG1PEXP = (
    Mistake(as_written, "This is the formula as written. It overflows, and small results become 0.",
            hint=HINT_DIGITS, line_pattern=r"log\("),
    Mistake(with_log1p_alone, "The exponential overflows for large numbers.",
            hint=HINT_LARGE, line_pattern=r"log1p"),
    Mistake(positive_part, "This is the larger of `x` and 0, which is only near the function.",
            hint="Compare the value at 0 with the formula.", line_pattern=r"maximum"),
    Mistake(kink_at_zero, "The values are correct, but the second derivative at 0 is 0.",
            hint=HINT_AT_ZERO, line_pattern=r"abs"),
    Mistake(both_branches, "The values are correct, but derivatives at large numbers are NaN.",
            hint=HINT_LARGE, line_pattern=r"where"),
    Mistake(clipped, "The function is constant for large numbers of both signs.",
            hint="What should the derivative be for a very large number?", line_pattern=r"clip"),
    Mistake(wrong_sign, "The function falls, but it should rise.",
            hint="What should the function return for a very large number?"),
    Mistake(logistic_for_log, "This is the derivative of the function, not the function.",
            hint="Compare the value at 0 with the formula.", line_pattern=r"return"),
    Mistake(rule_without_derivative, "The second derivative is 0 everywhere.",
            hint=HINT_AT_ZERO, line_pattern=r"safe ="),
)

BISECT = (
    Mistake(wrong_half, "The half without the root is kept.", hint=HINT_HALF),
    Mistake(assumes_rising, "The root is found only if the function rises.",
            hint=HINT_HALF, line_pattern=r"< 0"),
    Mistake(loses_exact_root, "A root exactly at a midpoint is lost.",
            hint=HINT_EXACT, line_pattern=r"< 0"),
    Mistake(small_value_for_near,
            "The loop stops at a small value of `f`. That does not mean that the root is near.",
            hint=HINT_STOP, line_pattern=r"> tol"),
    Mistake(twenty_steps, "The number of steps does not depend on `tol`.",
            hint=HINT_STOP, line_pattern=r"range"),
    Mistake(thirty_steps, "The number of steps does not depend on `tol`.",
            hint=HINT_STOP, line_pattern=r"range"),
    Mistake(both_ends, "Both ends of the bracket are returned. The task asks for one number.",
            hint="Which single number is a good answer if the root is between the ends?",
            line_pattern=r"return jax"),
    Mistake(half_of_the_width, "The midpoint is computed as half of the width of the bracket.",
            hint="What is the midpoint of 2 and 4?", line_pattern=r"x ="),
)
