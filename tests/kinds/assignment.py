"""An assignment with each kind of part that a course on JAX has."""

from pathlib import Path

from grader import ready
from grader.assignment import Check

from . import reference

HERE = Path(__file__).parent
HELPERS = """
def run(pair, params, grads):
    init, update = pair
    state = init(params)
    for _ in range(5):
        params, state = update(grads, state, params)
    return params
"""


def params(draw, n):
    def layer(i, o):
        return {"w": draw.normal(size=(i, o)), "b": draw.normal(size=o)}

    layers = {name: [layer(3, n), layer(n, 2)] for name in ("params", "grads")}
    return {**layers, "lr": float(draw.uniform(0.1, 0.5))}


def functions(draw, n):
    f = ("lambda x: x ** 3 - 2", "lambda x: jnp.cos(x) - x", "lambda x: x ** 2 - 3")[n % 3]
    return {"f": ready.code(f), "x0": 1.0 + draw.uniform(), "steps": n}


def point(draw, n):
    return {"p": reference.Point(draw.normal(size=n), draw.normal(size=n))}


def drawn(inputs):
    return ready.drawn(inputs, example=4, hidden=(3, 5))


def part(name, inputs, **more):
    points = {} if "checks" in more else {"example": 2, "hidden": 3}
    made = drawn(inputs)
    more = {"title": name, "task": "Write it.", **points, **more}
    return ready.part(getattr(reference, name), cases=made, **more)


WEIGHTS = (
    Check("follows the key", ready.follows_key("key"), points=2),
    Check("keys are split", ready.independent(), points=2),
    Check(
        "scale",
        ready.moments(mean=0, std=lambda sizes: (2 / sizes[0]) ** 0.5, of="{call}[0]['w']"),
        points=2,
    ),
    Check(
        "biases",
        ready.satisfies(
            "all((layer['b'] == 0).all() for layer in {call})", says="biases are not 0"
        ),
        points=1,
    ),
    Check(
        "shapes",
        ready.satisfies(
            "[layer['w'].shape for layer in {call}] == list(zip(sizes[:-1], sizes[1:]))",
            says="the weights have other shapes",
        ),
        points=1,
    ),
)

ASSIGNMENT = ready.assignment(
    "kinds",
    folder=HERE,
    title="Kinds",
    parts=(
        part("sgd_step", params, traceable=1),
        part("newton", functions),
        part("make_momentum", params, observe="run({call}, params, grads)", helpers=HELPERS),
        part(
            "StandardScaler",
            lambda draw, n: {"x": draw.normal(size=(n, 3)), "z": draw.normal(size=(4, 3))},
            observe={"scaled": "{call}.fit(x).transform(z)"},
        ),
        part(
            "log1pexp",
            lambda draw, n: {"x": draw.normal(size=n) * 50},
            observe={
                "value": "{call}",
                "derivative": "jax.vmap(jax.grad(lambda x: {call}))(x)",
            },
        ),
        part(
            "init_weights",
            lambda draw, n: {"key": ready.key(draw), "sizes": (10 * n, 20 * n, 5)},
            free=True,
            checks=WEIGHTS,
        ),
        part(
            "batches",
            lambda draw, n: {"x": draw.normal(size=(2 * n + 1, 3)), "size": 2},
            observe="list({call})",
        ),
        part("describe", lambda draw, n: {"x": draw.normal(size=n), "name": "abc", "digits": 3}),
        part("middle", point, needs=("Point",)),
        part(
            "total",
            lambda draw, n: {
                "first": draw.normal(size=n),
                "rest": tuple(draw.normal(size=n) for _ in range(n)),
            },
        ),
        part(
            "kalman",
            lambda draw, n: {"z": draw.normal(size=8 * n), "q": 0.1, "r": 0.5},
            traceable=1,
        ),
        part("half", lambda draw, n: {"x": draw.normal(size=n)}),
    ),
)
