"""Subtly wrong answers to the first steps in JAX lose points, right ones in any style lose none.

The words of each say what is wrong, or no more than that something is.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from exercises.jax_basics import cases
from grader.assignment import registry
from grader.judging.answer_key import draw_key
from grader.judging.context import Context
from grader.judging.grade import judge_part
from grader.reading.submission import parse_bytes
from grader.results import PartResult
from grader.sandbox.server import ForkServer

SEEDS = (1, 2, 7, 11, 22, 33)
IMPORTS = """
import jax
import jax.numpy as jnp
import numpy as np
from jax import grad, jit, lax, random, vmap
x_small = jnp.arange(3.0)
"""
SIZES = "correct for the example, but not for other sizes: look for a hard-coded number"
SHAPES = "correct for the example, but not for arrays of other sizes or shapes"
ONE = "correct for other sizes, but not where an axis has length one"
LARGE = "correct in all sizes for moderate numbers, but not for large ones"
SMALL = "correct in all sizes, but not where numbers are small, zero, or equal"
NORMAL = "the numbers in `x` do not follow the normal distribution"
FAR = "`x` has too many or too few numbers far from zero"
EQUAL = "many numbers in `x` are equal, but each must be drawn independently"
Judge = Callable[[str, str], PartResult]

_key = cache(lambda seed: draw_key(registry.load("jax_basics"), seed))


@pytest.fixture(params=SEEDS[:2], ids=lambda seed: f"seed {seed}")
def judged(server: ForkServer, request: pytest.FixtureRequest) -> Judge:
    """The result of one part, from the lines of its function."""

    def judge(part: str, text: str) -> PartResult:
        submission = parse_bytes((IMPORTS + text).encode(), name="alice.py")
        context = Context(submission, _key(request.param), server, timeout_s=60)
        try:
            return judge_part(context, context.assignment.part(part))
        finally:
            context.session.close()

    return judge


def told(result: PartResult) -> set[str]:
    """What the checks that were lost say."""
    return {str(check.message) for check in result.checks if check.score < check.max_score}


def defined(head: str, body: str, decorator: str = "") -> str:
    """A function with the body."""
    lines = body.replace("\n", "\n    ")
    return f"{decorator}\ndef {head}:\n    {lines}\n"


DRAW = "new_key, sub = random.split(key)\nx = random.normal(sub, shape)\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return new_key, random.truncated_normal(sub, -3, 3, shape)", FAR),
        ("return new_key, jnp.clip(x, -2.5, 2.5)", EQUAL),
        ("return new_key, random.t(sub, 10.0, shape) * jnp.sqrt(0.8)", FAR),
        ("return new_key, 0.97 * x", "the standard deviation of many draws is not one"),
        ("return new_key, x + 0.05", "the mean of many draws is not zero"),
        (
            "return new_key, x - x.mean()",
            "the mean of every draw is exactly zero; draws are only near it by chance",
        ),
        (
            "return new_key, x / x.std()",
            "the standard deviation of every draw is exactly one; draws are only near it by chance",
        ),
        (
            "half = x.ravel()[: x.size // 2]\nreturn new_key, jnp.r_[half, -half, x.ravel()[2 * half.size :]].reshape(shape)",
            EQUAL,
        ),
        (
            "y = (x + jnp.roll(x, 1)) / jnp.sqrt(2.0)\nreturn new_key, y",
            "the numbers in `x` depend on each other",
        ),
        ("return key[::-1], x", "after some draws, `new_key` gives the same numbers again"),
        (
            "seed = np.random.default_rng(int(key[0]))\nreturn new_key, seed.normal(size=shape)",
            "only one of the two numbers in `key` is used, so different keys can give the same "
            "numbers",
        ),
        (
            "seed = np.random.default_rng(int(key[1]))\nreturn new_key, seed.normal(size=shape)",
            "only one of the two numbers in `key` is used, so different keys can give the same "
            "numbers",
        ),
        (
            "key = key % 1000\nreturn new_key, random.normal(random.split(key)[1], shape)",
            "some different keys give the same numbers, so a part of `key` is lost",
        ),
    ],
)
def test_draw_that_is_not_normal(judged: Judge, body: str, words: str) -> None:
    """Tails, moments, dependence and keys: each is seen and told."""
    result = judged("draw_normal", defined("draw_normal(key, shape)", DRAW + body))
    assert result.score < result.max_score
    assert words in told(result)


@pytest.mark.parametrize(
    ("part", "body", "words"),
    [
        ("gram(x)", "x = jnp.asarray(x)[:, :100]\nreturn x @ x.T", SIZES),
        ("gram(x)", "return jnp.dot(x, x.T)[:20]", SIZES),
        ("gram(x)", "return jnp.squeeze(jnp.dot(x, x.T))", ONE),
        ("gram(x)", "return jnp.clip(jnp.dot(x, x.T), -1000, 1000)", LARGE),
        ("gram(x)", "return jnp.round(jnp.dot(x, x.T), 4)", SMALL),
        (
            "gram(x)",
            "n, d = x.shape\nreturn jnp.dot(x.T, x) if n == d > 1 else jnp.dot(x, x.T)",
            "correct for other shapes, but not for square matrices",
        ),
        ("sum_logistic(x)", "return jax.nn.sigmoid(x[:500]).sum()", SIZES),
        ("sum_logistic(x)", "return jax.nn.sigmoid(jnp.clip(x, -5, 5)).sum()", LARGE),
        ("grad_sum_logistic(x)", "s = jax.nn.sigmoid(x)\nreturn (s * (1 - s))[:16]", SIZES),
        ("grad_sum_logistic(x)", "x = jnp.clip(x, -5, 5)\ns = 1 / (1 + jnp.exp(-x))\n"
         "return s * (1 - s)", LARGE),
        ("hessian_fn(x, v)", "s = 1 / (1 + jnp.exp(-x))\n"
         "return (s * (1 - s) * (1 - 2 * s) * v).squeeze()", ONE),
        ("hessian_fn(x, v)", "s = 1 / (1 + jnp.exp(-x))\n"
         "return s * (1 - s) * (1 - 2 * s) * jnp.clip(v, -10, 10)", LARGE),
        ("hessian_fn(x, v)", "s = 1 / (1 + jnp.exp(-x))\n"
         "return s * (1 - s) * (1 - 2 * s) * jnp.round(v, 4)", SMALL),
        ("batched_apply_matrix(w, v_batched)", "try:\n    return v_batched @ w\n"
         "except TypeError:\n    return v_batched @ w.T",
         "correct for other shapes, but not for square matrices"),
        ("batched_apply_matrix(w, v_batched)", "return (v_batched @ w.T)[:, :100]", SIZES),
        ("batched_apply_matrix(w, v_batched)", "return (v_batched @ w.T)[:100]", SIZES),
        ("batched_apply_matrix(w, v_batched)", "return jnp.squeeze(v_batched @ w.T)", ONE),
    ],
)  # fmt: skip
def test_values_that_are_wrong_elsewhere(judged: Judge, part: str, body: str, words: str) -> None:
    """What is right for ordinary data only loses points, and is told where it is wrong."""
    result = judged(part.partition("(")[0], defined(part, body))
    assert result.score < result.max_score
    assert words in told(result)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("jnp.where(x > 0.01, x, 0)", SMALL),
        ("jnp.where(x > 0, x, 1e-4 * x)", SMALL),
        ("jnp.clip(x, 0, 100)", LARGE),
        ("jnp.atleast_1d(jnp.maximum(x, 0))", SHAPES),
        ("jnp.maximum(x, 0).squeeze()", SHAPES),
        ("jnp.maximum(x[:100], 0) if x.ndim else jnp.maximum(x, 0)", SIZES),
    ],
)
def test_relu_that_is_wrong_elsewhere(judged: Judge, body: str, words: str) -> None:
    """Near zero, far from it, and in other shapes."""
    result = judged("relu", defined("relu(x)", f"return {body}", "@jit"))
    assert result.score < result.max_score
    assert words in told(result)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("jnp.squeeze(jnp.asarray(x))", "the result has another shape than the input array"),
        ("jnp.atleast_2d(x)", "the result has another shape than the input array"),
        (
            "jnp.asarray(x)[:100] if x.ndim else jnp.asarray(x)",
            "the result has another shape than the input array",
        ),
        ("jnp.clip(jnp.asarray(x), -10, 10)", "the result is not equal to the input array"),
        ("jnp.round(jnp.asarray(x), 5)", None),
        ("x_small if x.shape == x_small.shape else jnp.asarray(x)", None),
    ],
)
def test_device_that_changes_arrays(judged: Judge, body: str, words: str | None) -> None:
    """A JAX array of another shape or with other values is wrong, and no matter of packages."""
    result = judged("to_device", defined("to_device(x)", f"return {body}"))
    assert result.score == 0
    assert words is None or words in told(result)
    assert not any("package" in str(check.hint) for check in result.checks)


HESSIAN = "def hessian_fn(x, v):\n    return jax.jvp(grad(sum_logistic), (x,), (v,))[1]\n"
SUM = "def sum_logistic(x):\n    return jax.nn.sigmoid(x).sum()\n"


@pytest.mark.parametrize(
    ("body", "points", "words"),
    [
        ("return vmap(f)(jnp.eye(n)).squeeze()", 9, ONE),
        ("return vmap(f)(jnp.eye(3))", 4, SIZES),
        (
            "return vmap(f)(jnp.eye(n)) if n <= 16 else jnp.stack([f(v) for v in jnp.eye(n)])",
            10,
            "Python loops over the unit vectors one by one, so the traced program grows with `x`",
        ),
    ],
)
def test_hessian_that_is_wrong_elsewhere(
    judged: Judge, body: str, points: float, words: str
) -> None:
    """One entry, a size that is written down, and a loop for many entries only."""
    body = f"n, f = x.shape[0], lambda v: hessian_fn(x, v)\n{body}"
    result = judged("hessian_fn_vmap", SUM + HESSIAN + defined("hessian_fn_vmap(x)", body))
    assert result.score == points
    assert any(text.startswith(words) for text in told(result))
    # An error of shapes is none of tracing.
    assert not any("cannot trace" in text for text in told(result))


@pytest.mark.parametrize("body", ["lax.stop_gradient(s.sum())", "(s + lax.stop_gradient(s)).sum()"])
def test_stopped_gradient(judged: Judge, body: str) -> None:
    """A derivative that is cut off is no matter of packages."""
    half = body.replace("(s +", "0.5 * (s +")
    text = f"s = jax.nn.sigmoid(x)\nreturn {half}"
    result = judged("sum_logistic", defined("sum_logistic(x)", text))
    assert (result.score, told(result)) == (
        4,
        {"the gradient that JAX computes is not the gradient of the sum"},
    )
    assert not any("package" in str(check.hint) for check in result.checks)


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("draw_normal(key, shape)", "new_key, sub = random.split(key)\n"
         "u = random.uniform(sub, (12, *shape))\nreturn new_key, u.sum(0) - 6"),
        ("draw_normal(key, shape)", "a, b = random.split(key)\nn = np.random.default_rng(\n"
         "    np.asarray(b)).standard_normal(shape)\nreturn a, n"),
        ("gram(x)", "x = np.asarray(x)\n"
         "return jnp.array([[float(np.vdot(a, b)) for b in x] for a in x])"),
        ("sum_logistic(x)", "return sum(jnp.exp(y) / (1 + jnp.exp(y)) for y in x)"),
        ("grad_sum_logistic(x)", "return jnp.exp(x) / (1 + jnp.exp(x)) ** 2"),
        ("grad_sum_logistic(x)", "return 1 / (jnp.exp(x / 2) + jnp.exp(-x / 2)) ** 2"),
        ("grad_sum_logistic(x)", "return np.array([float(jax.nn.sigmoid(y)) for y in x]) * (\n"
         "    1 - 1 / (1 + np.exp(-np.asarray(x))))"),
        ("hessian_fn(x, v)", "e = jnp.exp(x)\nreturn e * (1 - e) / (1 + e) ** 3 * v"),
        ("hessian_fn(x, v)", "f = lambda y: 1 / (1 + jnp.exp(-y))\n"
         "return jnp.array([grad(grad(f))(a) * b for a, b in zip(x, v)])"),
        ("hessian_fn(x, v)", "f = lambda y: (0.5 + 0.5 * jnp.tanh(y / 2)).sum()\n"
         "return jax.hessian(f)(x) @ v"),
        ("hessian_jac(x)", "f = lambda y: jnp.exp(y) / (1 + jnp.exp(y)) ** 2\n"
         "return jax.jacrev(f)(x)"),
        ("batched_apply_matrix(w, v_batched)", "return jnp.einsum('md,bd->bm', w, v_batched)"),
        ("batched_apply_matrix(w, v_batched)", "w, v = np.asarray(w), np.asarray(v_batched)\n"
         "return np.stack([v @ row for row in w], axis=1)"),
    ],
)  # fmt: skip
def test_right_in_any_style(judged: Judge, part: str, body: str) -> None:
    """Textbook formulas, NumPy, and loops where they are allowed keep all points."""
    result = judged(part.partition("(")[0], defined(part, body))
    assert result.score == result.max_score, told(result)


@pytest.mark.parametrize("name", [name for name in dir(cases) if name.startswith("for_")])
def test_shapes_do_not_follow_the_seed(name: str) -> None:
    """The seed decides the numbers of a case, and never its shape."""
    draw = getattr(cases, name)
    shapes = [
        [(case.name, [np.shape(leaf) for leaf in case.leaves()]) for case in draw(rng)]
        for rng in map(np.random.default_rng, SEEDS)
    ]
    assert all(found == shapes[0] for found in shapes)
