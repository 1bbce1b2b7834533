"""What the audit finds in the exercise on solvers, and why it is fair."""

MUTANTS = {
    "bisect: -return b - a > jnp.maximum(tol, jnp.spacing(jnp.abs(b)))"
    "|+return b - a >= jnp.maximum(tol, jnp.spacing(jnp.abs(b)))": (
        "a bracket as wide as the tolerance may be halved once more"
    ),
}
"""Mutants of `solutions/plain.py` that are correct as well."""

HOLES: dict[str, str] = {}
"""Wrong answers that keep all points."""
