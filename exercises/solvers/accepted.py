"""What the audit finds in the exercise on solvers, and why it is fair."""

MUTANTS = {
    "bisect: -return b - a > jnp.maximum(tol, jnp.spacing(jnp.abs(b)))"
    "|+return b - a >= jnp.maximum(tol, jnp.spacing(jnp.abs(b)))": (
        "a bracket as wide as the tolerance may be halved once more"
    ),
    "bisect: -return b - a > jnp.maximum(tol, jnp.spacing(jnp.abs(b)))"
    "|+return b - a > jnp.maximum(tol, jnp.spacing(b))": (
        "only tolerances above the spacing of the numbers are asked for"
    ),
    "bisect: -a, b = jax.lax.while_loop(is_wide, halve, (a, b))"
    "|+b, a = jax.lax.while_loop(is_wide, halve, (a, b))": (
        "the middle of the bracket is the same with its ends exchanged"
    ),
}
"""Mutants of `solutions/plain.py` that are correct as well."""

PARTS = ("newton", "rk4", "jacobian", "log1pexp", "bisect")
OWN_FUNCTION = "each test case has a function of its own, so no answer fits another one"
BY_CHANCE = "an identity is met again only by chance"
TOO_LONG = "so many take longer than all other test cases in a Python loop, which is allowed"
ONE_NUMBER = "the task asks for one number at a time, and arrays come by `vmap` alone"
FINER = "a finer tolerance than the task asks for gives a root that is near enough"
NEARLY = "such a small change of the tolerance keeps the middle of the last bracket within it"

HOLES = {
    **dict.fromkeys(
        (f"{part}: calls answered by the identity of the inputs" for part in PARTS), BY_CHANCE
    ),
    **dict.fromkeys(
        (
            *(
                f"{part}: calls answered by the shapes of the inputs"
                for part in PARTS
                if part != "log1pexp"
            ),
            "rk4: calls compiled with y0 from outside",
            "rk4: calls compiled with ts from outside",
            "jacobian: calls compiled with x from outside",
        ),
        OWN_FUNCTION,
    ),
    **dict.fromkeys(
        (
            "rk4: ts with only the first 500 entries",
            "rk4: result with only the first 500 rows",
            "jacobian: x with only the first 500 entries",
        ),
        TOO_LONG,
    ),
    "rk4: ts squeezed": "the task asks for at least two times",
    **dict.fromkeys(
        (
            f"log1pexp: {leaf} {what}"
            for leaf in ("x", "result")
            for what in (
                *(f"with only the first {n} entries" for n in (10, 100, 500)),
                "without an odd last one of its entries",
                "in whole tens of entries",
                "with one item lost",
                "squeezed",
            )
        ),
        ONE_NUMBER,
    ),
    **dict.fromkeys((f"bisect: tol clipped at {n}" for n in (10, 1000, 10000)), FINER),
    "bisect: tol in float16": NEARLY,
}
"""Wrong answers that keep all points."""
