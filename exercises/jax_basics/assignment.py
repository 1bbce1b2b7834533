"""The exercise on first steps in JAX: ten parts, 100 points."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np

from exercises.jax_basics import cases, checks, draw_checks, mistakes
from grader.assignment import Assignment, Check, Global, Input, Part
from grader.results import Visibility
from grader.sandbox import Plain
from reference import jax_basics as reference

HERE = Path(__file__).parent
PUBLIC = Visibility.PUBLIC

X = Input("x", (r"x|xs|a|arr|array|data|values?|inputs?|points?|matrix|mat",))
GLOBAL_X = tuple(Global(name=name, role="x") for name in cases.NAMES_OF_X)


def _numbers(x: Any) -> Any:
    """The array in a value that stays a NumPy array inside, or the value."""
    return x.array if isinstance(x, Plain) else np.asarray(x, np.float32)


EQUIVALENT_MUTANTS = {
    "draw_normal: -key, subkey = jax.random.split(key)|+subkey, key = jax.random.split(key)": (
        "the two keys of a split are alike"
    ),
    "relu: -return jnp.where(x > 0, x, 0)|+return jnp.where(x >= 0, x, 0)": (
        "where they differ, the entry is 0"
    ),
    "hessian_fn: -intermediate_fn = lambda y: jnp.vdot(jax.grad(sum_logistic)(y), v)"
    "|+intermediate_fn = lambda y: jnp.vdot(v, jax.grad(sum_logistic)(y))": (
        "the product of two real vectors is the same in either order"
    ),
}
"""Mutants of `solutions/plain.py` that are correct as well, and why."""

TOO_LONG = "so many products take longer than all other cases, and 100 rows are asked for"
ACCEPTED_HOLES = {
    "draw_normal: result[1] transposed when square": "a transposed draw is as random",
    "gram: result with only the first 500 rows": TOO_LONG,
    "gram: result with at least one dimension": "the result has two",
    **dict.fromkeys(
        (
            f"{part}: {what}"
            for part in ("hessian_fn_vmap", "hessian_jac")
            for what in ("x with only the first 500 entries", "result with only the first 500 rows")
        ),
        TOO_LONG,
    ),
    **dict.fromkeys(
        (
            f"{part}: x clipped at 10"
            for part in ("grad_sum_logistic", "hessian_fn", "hessian_fn_vmap", "hessian_jac")
        ),
        "entries are at most 10 in size, as exponentials of larger ones lose their digits",
    ),
    **dict.fromkeys(
        (f"{part}: x in float16" for part in ("hessian_fn", "hessian_fn_vmap", "hessian_jac")),
        "such small errors of the entries change the second derivatives by less than is allowed",
    ),
    **dict.fromkeys(
        (
            f"{part}: calls answered by the identity of the inputs"
            for part in (
                *("draw_normal", "to_device", "gram", "relu", "sum_logistic", "grad_sum_logistic"),
                *("hessian_fn", "hessian_fn_vmap", "hessian_jac", "batched_apply_matrix"),
            )
        ),
        "an identity is met again only by chance",
    ),
    "draw_normal: result[1] with two equal rows for one key in eight": (
        "a few keys show it only by chance, and each further key costs time for everybody"
    ),
}
"""Wrong answers that keep all points, and why that is fair."""

ASSIGNMENT = Assignment(
    "jax_basics",
    title="First steps in JAX",
    notebook=HERE / "jax_basics.ipynb",
    substitutes=(HERE / "stand_ins.py").read_text(encoding="utf-8"),
    solutions=tuple(
        HERE / "solutions" / f"{name}.py" for name in ("plain", "transformed", "formulas", "loops")
    ),
    reference_cells=(inspect.getsource(reference),),
    equivalent_mutants=EQUIVALENT_MUTANTS,
    accepted_holes=ACCEPTED_HOLES,
    parts=(
        Part(
            "draw_normal",
            title="Draw from a subkey",
            task="Draw standard normal numbers from a subkey, and return a key for the next draw.",
            inputs=(
                Input("key", (r".*key|rng.*|seed|k|prng",)),
                Input("shape", (r"shape|size|dims?|sh|s",)),
            ),
            cases=cases.for_draw,
            globals=(Global(name="key", role="key"),),
            mistakes=mistakes.DRAW,
            checks=(
                Check(
                    "standard normal distribution",
                    draw_checks.draw_is_normal,
                    points=4,
                    hint=mistakes.HINT_NORMAL,
                ),
                Check(
                    "numbers depend on the key",
                    draw_checks.draw_follows_key,
                    points=2,
                    hint=mistakes.HINT_KEYS,
                ),
                Check(
                    "each key is used once",
                    draw_checks.draw_moves_on,
                    points=4,
                    hint=mistakes.HINT_KEYS,
                    needs=("numbers depend on the key",),
                ),
            ),
        ),
        Part(
            "to_device",
            title="Put an array on the device",
            task="Put a NumPy array on the default device.",
            inputs=(X,),
            cases=cases.for_device,
            globals=GLOBAL_X,
            mistakes=mistakes.DEVICE,
            checks=(
                Check(
                    "equal JAX array",
                    checks.on_device,
                    points=5,
                    visibility=PUBLIC,
                ),
            ),
        ),
        Part(
            "gram",
            title="Multiply a matrix by its transpose",
            task="Multiply a matrix by its transpose.",
            inputs=(X,),
            cases=cases.for_gram,
            globals=GLOBAL_X,
            reference=lambda x: reference.gram(_numbers(x)),
            mistakes=mistakes.GRAM,
            checks=(
                Check(
                    "row products, on the example", checks.gram_example, points=2, visibility=PUBLIC
                ),
                Check("row products, on another matrix", checks.gram_others, points=3),
                Check("row products, of a NumPy array", checks.gram_numpy, points=2),
                Check(
                    "returns a JAX array",
                    checks.gram_is_jax,
                    points=3,
                    compares_values=False,
                    needs=("row products, on another matrix",),
                ),
            ),
        ),
        Part(
            "relu",
            title="A compiled function",
            task="Replace negative entries with zero, in a single compiled function.",
            inputs=(X,),
            cases=cases.for_relu,
            globals=GLOBAL_X,
            reference=lambda x: reference.relu(_numbers(x)),
            mistakes=mistakes.RELU,
            checks=(
                Check(
                    "larger of x and zero, on the example",
                    checks.relu_example,
                    points=3,
                    visibility=PUBLIC,
                ),
                Check("other sizes and dimensions", checks.relu_others, points=4),
                Check(
                    "compiled once",
                    checks.relu_compiled,
                    points=3,
                    compares_values=False,
                    hint=mistakes.HINT_COMPILED,
                    needs=("larger of x and zero, on the example", "other sizes and dimensions"),
                ),
            ),
        ),
        Part(
            "sum_logistic",
            title="A function to differentiate",
            task="Sum the logistic function over all entries.",
            inputs=(X,),
            cases=cases.for_function,
            globals=GLOBAL_X,
            reference=lambda x: reference.sum_logistic(_numbers(x)),
            substitute="sum_logistic",
            mistakes=mistakes.SUM,
            checks=(
                Check("sum, on the example", checks.function_example, points=2, visibility=PUBLIC),
                Check("sum, on other numbers", checks.function_others, points=2),
                Check(
                    "JAX can differentiate it",
                    checks.is_differentiable,
                    points=1,
                    compares_values=False,
                    needs=("sum, on the example", "sum, on other numbers"),
                ),
            ),
        ),
        Part(
            "grad_sum_logistic",
            title="The gradient",
            task="Compute the derivative of the sum with respect to each entry.",
            inputs=(X,),
            cases=cases.for_function,
            globals=GLOBAL_X,
            reference=lambda x: reference.grad_sum_logistic(_numbers(x)),
            depends_on=("sum_logistic",),
            substitute="grad_sum_logistic",
            mistakes=mistakes.GRADIENT,
            checks=(
                Check(
                    "gradient, on the example", checks.function_example, points=4, visibility=PUBLIC
                ),
                Check("gradient, on other numbers", checks.function_others, points=6),
            ),
        ),
        Part(
            "hessian_fn",
            title="The Hessian times a vector",
            task="Multiply the Hessian of the sum by a vector.",
            inputs=(X, Input("v", (r"v|vec.*|vs|u|d|direction|tangent|unit.*",))),
            cases=cases.for_product,
            globals=GLOBAL_X,
            reference=lambda x, v: reference.hessian_fn(_numbers(x), _numbers(v)),
            depends_on=("sum_logistic", "grad_sum_logistic"),
            substitute="hessian_fn",
            mistakes=mistakes.PRODUCT,
            checks=(
                Check(
                    "product, on the example", checks.product_example, points=4, visibility=PUBLIC
                ),
                Check("product, on other numbers", checks.product_others, points=6),
            ),
        ),
        Part(
            "hessian_fn_vmap",
            title="The Hessian at once",
            task="Compute the full Hessian from its products with all unit vectors at once.",
            inputs=(X,),
            cases=cases.for_function,
            globals=GLOBAL_X,
            reference=lambda x: reference.hessian_jac(_numbers(x)),
            depends_on=("sum_logistic", "grad_sum_logistic", "hessian_fn"),
            substitute="hessian_fn_vmap",
            mistakes=mistakes.VMAPPED,
            checks=(
                Check(
                    "Hessian, on the example", checks.function_example, points=4, visibility=PUBLIC
                ),
                Check("Hessian, of another size", checks.function_others, points=6),
                Check(
                    "vectorized and traceable",
                    checks.has_fixed_size,
                    points=5,
                    compares_values=False,
                    needs=("Hessian, on the example", "Hessian, of another size"),
                ),
            ),
        ),
        Part(
            "hessian_jac",
            title="The Hessian as a Jacobian",
            task="Compute the full Hessian as the Jacobian of the gradient.",
            inputs=(X,),
            cases=cases.for_function,
            globals=GLOBAL_X,
            reference=lambda x: reference.hessian_jac(_numbers(x)),
            depends_on=("sum_logistic", "grad_sum_logistic", "hessian_fn", "hessian_fn_vmap"),
            mistakes=mistakes.MATRIX,
            checks=(
                Check(
                    "Hessian, on the example", checks.function_example, points=4, visibility=PUBLIC
                ),
                Check("Hessian, of another size", checks.function_others, points=6),
            ),
        ),
        Part(
            "batched_apply_matrix",
            title="A batch at once",
            task="Multiply a matrix by each vector of a batch.",
            inputs=(
                Input("w", (r"w|ws|weights?|mat|matrix|m",)),
                Input("v_batched", (r"v.*|samples?|xs?|batch.*|data|inputs?",)),
            ),
            cases=cases.for_batch,
            globals=(
                Global(name="w", role="w"),
                Global(name="samples", role="v_batched"),
                Global(name="x", role="v_batched"),
            ),
            reference=lambda w, v_batched: reference.batched_apply_matrix(
                _numbers(w), _numbers(v_batched)
            ),
            mistakes=mistakes.BATCH,
            checks=(
                Check(
                    "products, on the example", checks.batch_example, points=4, visibility=PUBLIC
                ),
                Check("products, on another batch", checks.batch_others, points=6),
                Check(
                    "no Python loop over the batch",
                    checks.has_no_loop,
                    points=5,
                    compares_values=False,
                    needs=("products, on the example", "products, on another batch"),
                ),
            ),
        ),
    ),
)
