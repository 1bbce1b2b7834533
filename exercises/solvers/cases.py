"""The inputs on which the exercise on solvers is graded.

The example is the same for everybody. Numbers in everything hidden are drawn from the run's seed;
what a test case is there to show is in its name. Functions are texts with numbers in them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader import ready
from grader.assignment import Case, Visibility

Draw = np.random.Generator
PUBLIC = Visibility.PUBLIC


def _case(name: str, function: str, **inputs: Any) -> Case:
    """A test case of a function and other inputs; the one called `example` is public."""
    visibility = PUBLIC if name == "example" else Visibility.HIDDEN
    inputs = {"f": ready.code(function), **inputs}
    return Case(name, inputs=inputs, visibility=visibility)


def _number(draw: Draw, least: float, most: float) -> float:
    """A number that its text gives exactly."""
    return float(round(draw.uniform(least, most), 6))


# newton(f, x0, steps) -----------------------------------------------------------------------------

NEWTON = ("one step", "curve", "exponential", "falling", "long", "slow", "no step")
BY_JAX = ("by JAX", "by JAX, again", "far")


def for_newton(draw: Draw) -> tuple[Case, ...]:
    """Functions whose iterates differ until the last step, and some that only JAX differentiates.

    In two of them, JAX is not shown a part of the function, so its derivative is not the slope, and
    differences give other iterates. In the last one, differences have too few digits, as the start
    is far away.
    """
    c, d, e, g, h = (_number(draw, 1, 3) for _ in range(5))
    start = [_number(draw, 1.5, 2.5) for _ in range(6)]
    return (
        _case("example", "lambda x: x ** 3 - 2", x0=1.5, steps=3),
        _case("one step", f"lambda x: x ** 2 - {c}", x0=start[0] + 1, steps=1),
        _case("curve", f"lambda x: jnp.cos(x) - {d} * x", x0=start[1] / 4, steps=2),
        _case("exponential", f"lambda x: jnp.exp(x) - {0.1 * e}", x0=0.1 * start[2], steps=3),
        _case("falling", f"lambda x: {g} - x - x ** 3", x0=-start[3], steps=4),
        _case("long", f"lambda x: x ** 3 + x - {h}", x0=start[4], steps=40),
        _case("slow", f"lambda x: (x - {c}) ** 3", x0=start[5] - 6, steps=12),
        _case("no step", f"lambda x: x ** 2 - {d}", x0=start[0], steps=0),
        _case(
            "by JAX",
            f"lambda x: x - jax.lax.stop_gradient(jnp.cos(x / {e}))",
            x0=start[1],
            steps=5,
        ),
        _case(
            "by JAX, again",
            f"lambda x: x * x + jax.lax.stop_gradient(x - {g + 1})",
            x0=start[3],
            steps=3,
        ),
        _case("far", f"lambda x: x ** 2 - {d}", x0=-1e6 * start[5], steps=3),
    )


# rk4(f, y0, ts) -----------------------------------------------------------------------------------

EVEN = ("pendulum", "time alone", "one step", "many entries", "long")
UNEVEN, BACKWARD = ("uneven", "uneven, other size"), ("backward",)
TRACED = ("uneven", "uneven, longer")
PENDULUM = "lambda t, y: jnp.array([y[1], -jnp.sin(y[0])])"


def for_rk4(draw: Draw) -> tuple[Case, ...]:
    """Equations with and without time in them, with equal steps, other steps, and steps back.

    Among the many entries are an exact zero, a tiny one and two that are equal; among the times a
    tiny one, one that is repeated, and some that are large.
    """
    c, d, e = (_number(draw, 0.5, 1.5) for _ in range(3))
    turning = f"lambda t, y: jnp.array([y[1], -{c} * y[0]]) * jnp.cos(t) + t * y"

    def start(n: int, scale: float = 1.0) -> Any:
        return scale * (draw.choice([-1.0, 1.0], size=n) + draw.normal(size=n) / 4)

    def uneven(n: int, last: float) -> Any:
        gaps = draw.uniform(0.2, 1.8, size=n - 1)
        return np.concatenate([[0.0], np.cumsum(gaps) * last / gaps.sum()]) + draw.uniform(-1, 1)

    many = start(101, 3e4)
    many[[20, 40, 60]] = 0.0, 0.005 * d, many[61]
    times = uneven(10, 0.4)

    return (
        _case(
            "example",
            "lambda t, y: -2 * t * y",
            y0=np.array([1.0, 3.0]),
            ts=np.array([0.0, 0.25, 0.5, 0.75, 1.0]),
        ),
        _case("pendulum", PENDULUM, y0=start(2), ts=np.linspace(0, 3, 13)),
        _case(
            "time alone",
            f"lambda t, y: jnp.exp({d} * t) * jnp.ones_like(y)",
            y0=start(1),
            ts=np.linspace(1, 3, 6),
        ),
        _case(
            "one step",
            f"lambda t, y: jnp.array([y[1], -{c} * y[0]]) * jnp.cos({e} * t)",
            y0=start(2),
            ts=12000 + d + np.array([0, 0.4]),
        ),
        _case(
            "many entries",
            f"lambda t, y: jnp.roll(y, 1) * jnp.sin({e} * t)",
            y0=many,
            ts=np.linspace(-1, 1, 8),
        ),
        _case("long", turning, y0=start(2, 20), ts=np.linspace(0.004, 2, 121)),
        _case("uneven", turning, y0=start(2), ts=uneven(7, 2)),
        _case("uneven, longer", turning, y0=start(2), ts=uneven(60, 2.5)),
        _case(
            "uneven, other size",
            "lambda t, y: jnp.array([10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], "
            "y[0] * y[1] - 8 / 3 * y[2]])",
            y0=start(3),
            ts=np.insert(times, 4, times[4]),
        ),
        _case("backward", turning, y0=start(2), ts=uneven(9, 1.5)[::-1].copy()),
    )


# jacobian(f, x) -----------------------------------------------------------------------------------

JACOBIAN = ("wide", "square", "one output", "one input", "many entries", "large")
CURVED = ("strongly curved", "strongly curved, more entries")


def for_jacobian(draw: Draw) -> tuple[Case, ...]:
    """Functions of all shapes, and some that are almost flat where the derivative is taken.

    There a difference to one side is off by half of the step times the second derivative, which
    is far more than the tolerance. A difference to both sides is exact for them. Among the many
    entries are an exact zero and two that are equal.
    """
    c, d = (_number(draw, 1, 2) for _ in range(2))
    x = [draw.uniform(0.5, 1.5, size=n) * draw.choice([-1.0, 1.0], size=n) for n in (4, 3, 5, 1, 2)]
    many = draw.normal(size=133)
    many[[30, 60]] = 0.0, many[61]
    curved = f"lambda x: 2e4 * jnp.stack([x @ x, x[0] ** 2, {c} * x[0] * x[1] - x[1] ** 2])"
    return (
        _case(
            "example",
            "lambda x: jnp.stack([x[0] * x[1], jnp.sin(x[0]), x[1] ** 2])",
            x=np.array([1.0, 2.0]),
        ),
        _case("wide", f"lambda x: jnp.stack([{c} * x @ x, jnp.prod(x)])", x=x[0]),
        _case(
            "square",
            f"lambda x: jnp.stack([x[0] * x[1], x[1] * x[2] ** 2, jnp.exp({d} * x[0])])",
            x=x[1],
        ),
        _case("one output", f"lambda x: jnp.sum(jnp.sin({c} * x), keepdims=True)", x=x[2]),
        _case("one input", f"lambda x: jnp.concatenate([x, {d} * x ** 2, jnp.cos(x)])", x=x[3]),
        _case(
            "many entries",
            f"lambda x: jnp.sin({c} * x).reshape(7, -1).sum(axis=1)",
            x=many,
        ),
        _case(
            "large",
            f"lambda x: jnp.stack([{d} * x[0] ** 3, x[0] * x[1], x[1] - x[0], x[1] ** 2])",
            x=90 * x[4],
        ),
        _case(CURVED[0], curved, x=1e-4 * x[4]),
        _case(CURVED[1], curved, x=1e-4 * x[0]),
    )


# log1pexp(x) --------------------------------------------------------------------------------------

OTHERS, AT_ZERO, AT_LIMITS, SMALL = (
    ("moderate", "moderate, more"),
    ("zero", "zero among others"),
    ("a hundred", "a thousand", "thousands"),
    ("very negative", "very negative, more"),
)
MIXED = ("moderate", "zero among others", "a hundred")


def for_log1pexp(draw: Draw) -> tuple[Case, ...]:
    """Moderate numbers, zero, and large numbers of both signs.

    Very negative ones are in test cases without others: so their digits count, although the
    results are tiny. What is tiny at a large positive number may be 0, since others are near.
    """

    def some(n: int, scale: float = 1.0) -> Any:
        return scale * draw.choice([-1.0, 1.0], size=n) * draw.uniform(0.2, 3, size=n)

    def case(name: str, *x: Any) -> Case:
        visibility = PUBLIC if name == "example" else Visibility.HIDDEN
        numbers = np.concatenate([np.atleast_1d(one) for one in x]).astype(float)
        return Case(name, inputs={"x": numbers}, visibility=visibility)

    return (
        case("example", [-2.0, -0.5, 0.5, 3.0]),
        case("moderate", some(3)),
        case("moderate, more", some(5), some(6, 8.0)),
        case("zero", 0.0),
        case("zero among others", some(2), 0.0),
        case("a hundred", -100.0, 100.0, some(2)),
        case("a thousand", -1000.0, some(1), 1000.0),
        case("thousands", some(2), draw.uniform(800, 20000, size=2), -2000.0),
        case("very negative", -100.0),
        case("very negative, more", -draw.uniform(80, 83, size=2)),
    )


# bisect(f, a, b, tol) -----------------------------------------------------------------------------

BISECT = ("rising", "wide", "coarse", "nothing to do", "roots nearby")
FALLING = ("falling", "coarse, falling", "zero at the root, falling")
FLAT = ("flat", "small values")
EXACT = ("root in the middle", "root at a quarter")
COARSE = ("coarse", "coarse, falling")
FINE = ("smallest tolerance", "smallest tolerance, large root")
BY_LOOP = ("rising", "wide", "coarse")


def for_bisect(draw: Draw) -> tuple[Case, ...]:
    """Functions that rise and fall, flat and steep ones, with coarse tolerances and the smallest.

    The steep ones of the smallest tolerance are never as small as it, at no number of 64 bits.
    Roots nearby are so near that a bracket with rounded ends contains another of them, or none.
    """
    c, d, e = (_number(draw, 0.5, 1.5) for _ in range(3))
    middle = float(draw.integers(1, 9))
    root = math.sqrt(2)
    near = (float(draw.integers(200, 225)) + 0.56) / 2**15  # amid numbers of 16 bits
    gap = 1e-6
    three = f"lambda x: 1e18 * (x - {near - gap!r}) * (x - {near!r}) * ({near + gap!r} - x)"

    def case(name: str, function: str, *numbers: float) -> Case:
        return _case(name, function, **dict(zip(("a", "b", "tol", "root"), numbers, strict=True)))

    return (
        case("example", "lambda x: x ** 2 - 2", 0.0, 2.0, 1e-6, root),
        case("rising", f"lambda x: jnp.exp(x) - {2 * c}", -1.0, 3.0, 1e-8, math.log(2 * c)),
        case("falling", f"lambda x: jnp.cos({d} * x)", 0.0, 3 / d, 1e-8, math.pi / 2 / d),
        case("wide", f"lambda x: 1e3 * (x + {3e4 * c})", -1e6, 1.3e6, 1e-2, -3e4 * c),
        case("roots nearby", three, near - 0.4 * gap, near + 0.7 * gap, 1e-12, near),
        case("flat", f"lambda x: (x - {e}) ** 3", -1.0, 4.0, 1e-5, e),
        case("small values", f"lambda x: 1e-4 * (x + {e})", -7.0, 1.0, 1e-5, -e),
        case("coarse", f"lambda x: x ** 3 - {c}", 0.0, 2.0, 0.1, c ** (1 / 3)),
        case("nothing to do", f"lambda x: x - {e}", e - 0.2, e + 0.3, 1.0, e),
        case("root in the middle", "lambda x: x", -middle, middle, 1e-7, 0.0),
        case("zero at the root, falling", f"lambda x: {c} - x", 0.0, 3.0, 1e-7, c),
        case("root at a quarter", f"lambda x: 3 * x - {3 * middle}", 0.0, 4 * middle, 1e-4, middle),
        case("smallest tolerance", "lambda x: 1e6 * (x * x - 2)", 0.0, 2.0, 3.4e-16, root),
        case(
            "smallest tolerance, large root",
            "lambda x: 1e6 * (x * x / 2 ** 34 - 2)",
            0.0,
            2.0**18,
            1.5 * float(np.spacing(root * 2**17)),
            root * 2**17,
        ),
        case("coarse, falling", f"lambda x: {d} - x ** 3", -1.0, 5.0, 0.03, d ** (1 / 3)),
    )
