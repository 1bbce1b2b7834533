"""The exercise on solvers, in 64 bits: five parts, 100 points."""

from __future__ import annotations

import inspect
from pathlib import Path

from exercises.solvers import accepted, cases, checks, mistakes
from grader import ready
from grader.assignment import Assignment, Check
from reference import solvers as reference

HERE = Path(__file__).parent
SOLUTIONS = "plain loops mapped formulas typed"
DERIVATIVES = {
    "value": "jnp.array([{call} for x in x])",
    "first derivative": "jnp.array([jax.grad(lambda x: {call})(x) for x in x])",
    "second derivative": "jnp.array([jax.grad(jax.grad(lambda x: {call}))(x) for x in x])",
}
COMPILED = "jax.jit(jax.vmap(lambda x: {call}))(x)"
BY_LOOP = "snapped(jax.jit(lambda a, b, tol: {call})(a, b, tol), root, tol)"


def _equal(title: str, points: float, *names: str, hint: str = "") -> Check:
    """A check that the answers to some of the test cases are the reference's."""
    return Check(title, ready.matches_reference(*names), points=points, hint=hint)


ASSIGNMENT = Assignment(
    "solvers",
    title="Solvers in JAX",
    notebook=HERE / "solvers.ipynb",
    float64=True,
    total=100,
    solutions=tuple(HERE / f"solutions/{name}.py" for name in SOLUTIONS.split()),
    reference_cells=(inspect.getsource(reference),),
    equivalent_mutants=accepted.MUTANTS,
    accepted_holes=accepted.HOLES,
    parts=(
        ready.part(
            reference.newton, cases=cases.for_newton, example=5, mistakes=mistakes.NEWTON,
            rtol=1e-8, title="Newton’s method",
            task="Take a number of Newton steps, with the derivative by JAX.",
            checks=(
                _equal("other functions", 10, *cases.NEWTON),
                _equal("derivative by JAX", 5, *cases.BY_JAX, hint=mistakes.HINT_BY_JAX),
            ),
        ),
        ready.part(
            reference.rk4, cases=cases.for_rk4, example=5, mistakes=mistakes.RK4,
            title="The classical Runge–Kutta method",
            task="Solve a differential equation, and return its solution at all times.",
            checks=(
                _equal("other equations", 6, *cases.EVEN),
                _equal("uneven steps", 4, *cases.UNEVEN, hint=mistakes.HINT_STEPS),
                _equal("backward in time", 2, *cases.BACKWARD, hint=mistakes.HINT_STEPS),
                Check("no Python loop over the times", ready.vectorized(*cases.TRACED), points=8,
                      compares_values=False, needs=("uneven steps", "other equations")),
            ),
        ),
        ready.part(
            reference.jacobian, cases=cases.for_jacobian, example=4, mistakes=mistakes.JACOBIAN,
            rtol=1e-6, title="The Jacobian",
            task="Compute all first derivatives of a function of a vector.",
            checks=(
                _equal("other functions", 7, *cases.JACOBIAN),
                _equal("where the function curves", 4, *cases.CURVED, hint=mistakes.HINT_CURVED),
            ),
        ),
        ready.part(
            reference.log1pexp, cases=cases.for_log1pexp, example=5, mistakes=mistakes.LOG1PEXP,
            observe=DERIVATIVES, title="A function with safe derivatives",
            task="Compute log(1 + exp(x)) so that values and derivatives are correct everywhere.",
            checks=(
                _equal("at zero", 4, *cases.OTHERS, *cases.AT_ZERO, hint=mistakes.HINT_AT_ZERO),
                _equal("at large numbers", 4, *cases.AT_LIMITS, hint=mistakes.HINT_LARGE),
                _equal("at very negative numbers", 3, *cases.SMALL, hint=mistakes.HINT_DIGITS),
                Check("under jit and vmap", checks.transformed(COMPILED, "value", *cases.MIXED),
                      points=4, compares_values=False),
            ),
        ),
        ready.part(
            reference.bisect, cases=cases.for_bisect, example=3, mistakes=mistakes.BISECT,
            observe={"root": "snapped({call}, root, tol)"}, helpers=HERE / "expressions.py",
            title="Bisection", task="Halve a bracket until the root is known to a tolerance.",
            checks=(
                _equal("other functions", 2, *cases.BISECT),
                _equal("falling functions", 4, *cases.FALLING, hint=mistakes.HINT_HALF),
                _equal("flat functions", 2, *cases.FLAT, hint=mistakes.HINT_STOP),
                _equal("root at a midpoint", 2, *cases.EXACT, hint=mistakes.HINT_EXACT),
                Check("stops at the tolerance", checks.stops_at(*cases.COARSE), points=2,
                      needs=("other functions",), compares_values=False),
                Check("loop in JAX", checks.transformed(BY_LOOP, "root", *cases.BY_LOOP), points=3,
                      compares_values=False),
                _equal("smallest tolerance", 2, *cases.FINE, hint=mistakes.HINT_SMALLEST),
            ),
        ),
    ),
)  # fmt: skip
