"""The exercise on solvers, in 64 bits: five parts, 100 points."""

import inspect
from pathlib import Path

from exercises.solvers import accepted, cases, mistakes
from exercises.solvers.checks import equal, stops_early, transformed
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

ASSIGNMENT = Assignment(
    "solvers",
    title="Solvers in JAX",
    notebook=HERE / "solvers.ipynb",
    float64=True, total=100,
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
                equal("other functions", 10, *cases.NEWTON),
                equal("derivative by JAX", 5, *cases.BY_JAX, hint=mistakes.HINT_BY_JAX),
            ),
        ),
        ready.part(
            reference.rk4, cases=cases.for_rk4, example=5, mistakes=mistakes.RK4,
            title="The classical Runge–Kutta method",
            task="Solve a differential equation, and return its solution at all times.",
            checks=(
                equal("other equations", 6, *cases.EVEN),
                equal("uneven steps", 4, *cases.UNEVEN, hint=mistakes.HINT_STEPS),
                equal("backward in time", 2, *cases.BACKWARD, hint=mistakes.HINT_STEPS),
                Check("no Python loop over the times", ready.vectorized(*cases.TRACED), points=8,
                      compares_values=False, needs=("uneven steps", "other equations")),
            ),
        ),
        ready.part(
            reference.jacobian, cases=cases.for_jacobian, example=4, mistakes=mistakes.JACOBIAN,
            rtol=1e-6, title="The Jacobian",
            task="Compute all first derivatives of a function of a vector.",
            checks=(
                equal("other functions", 7, *cases.JACOBIAN),
                equal("where the function curves", 4, *cases.CURVED, hint=mistakes.HINT_CURVED),
            ),
        ),
        ready.part(
            reference.log1pexp, cases=cases.for_log1pexp, example=5, mistakes=mistakes.LOG1PEXP,
            observe=DERIVATIVES, title="A function with safe derivatives",
            task="Compute log(1 + exp(x)) so that values and derivatives are correct everywhere.",
            checks=(
                equal("at zero", 4, *cases.OTHERS, *cases.AT_ZERO, hint=mistakes.HINT_AT_ZERO),
                equal("at large numbers", 4, *cases.AT_LIMITS, hint=mistakes.HINT_LARGE),
                equal("at very negative numbers", 3, *cases.SMALL, hint=mistakes.HINT_DIGITS),
                transformed("under jit and vmap", 4, COMPILED, "value", *cases.MIXED),
            ),
        ),
        ready.part(
            reference.bisect, cases=cases.for_bisect, example=3, mistakes=mistakes.BISECT,
            observe={"root": "snapped({call}, root, tol)"}, helpers=HERE / "expressions.py",
            title="Bisection", task="Halve a bracket until the root is known to a tolerance.",
            checks=(
                equal("other functions", 2, *cases.BISECT),
                equal("falling functions", 4, *cases.FALLING, hint=mistakes.HINT_HALF),
                equal("flat functions", 2, *cases.FLAT, hint=mistakes.HINT_STOP),
                equal("root at a midpoint", 2, *cases.EXACT, hint=mistakes.HINT_EXACT),
                stops_early("stops at the tolerance", 2, *cases.COARSE, needs=("other functions",)),
                transformed("loop in JAX", 3, BY_LOOP, "root", *cases.BY_LOOP),
                equal("smallest tolerance", 2, *cases.FINE, hint=mistakes.HINT_SMALLEST),
            ),
        ),
    ),
)  # fmt: skip
