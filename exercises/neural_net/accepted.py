"""What the audit finds in the exercise on a neural network, and why it is fair."""

from __future__ import annotations

MOVE = "make_adam: -return p - lr * m_hat / (jnp.sqrt(v_hat) + 1e-8)|+"
BY_CHANCE = "an identity is met again only by chance, the more so of several inputs at once"
OUTSIDE = "it stays wrong only where all parameters, and the rate, are those of an earlier call"

LAYER = ('params[0]["w"]', 'params[0]["b"]')
FAR = "the parts before have numbers of such scale; after a step from there, losses overflow"

MUTANTS = {
    f"{MOVE}return p - lr * m_hat / (jnp.sqrt(v_hat) {other})": (
        "the form at the end of section 2 of the paper is correct too; its epsilon differs from "
        "the other one's by more than this"
    )
    for other in ("- 1e-8", "+ 2e-08")
}
"""Mutants of `solutions/plain.py` that are as correct as what other solutions do."""

HOLES = {
    **{
        f"{part}: calls answered by the identity of the inputs": BY_CHANCE
        for part in ("forward", "cross_entropy", "sgd_step", "make_adam")
    },
    **{
        f"{part}: calls compiled with {name} from outside": OUTSIDE
        for part, names in {"forward": "x", "cross_entropy": "xy", "sgd_step": "xy"}.items()
        for name in names
    },
    **{
        f"sgd_step: {leaf} clipped at {limit}": FAR
        for leaf in (*LAYER, "lr", 'result[0][0]["w"]', 'result[0][0]["b"]', "result[1]")
        for limit in (10, 1000, 10000)
        if (leaf, limit) != ("lr", 10000)
    },
    **dict.fromkeys(
        (
            'sgd_step: params[0]["b"] with 0 for values below 0.01',
            "sgd_step: x with 0 for values below 0.01",
            'sgd_step: params[0]["w"] in float16, for result[0][0]["b"] only',
            'sgd_step: params[0]["b"] in float16, for result[0][0]["w"] only',
            *(f"sgd_step: {leaf} in float16, for result[1] only" for leaf in (*LAYER, "x")),
        ),
        FAR,
    ),
    'sgd_step: lr rounded to 3 decimals, for result[0][0]["b"] only': (
        "at the small rate only the weights move, and nobody has another rate for the biases"
    ),
    'sgd_step: result[0][0]["b"] with only the first 500 entries': (
        "nobody tells a layer of more than 500 units from one of 131"
    ),
    'sgd_step: result[0][0]["b"] with 0 for values below 0.01': (
        "a step leaves so small a bias by chance only, and the part before has some"
    ),
    "make_adam: calls answered by the shapes of the inputs": (
        "an optimizer is kept for its rate, and one of the same rate is the same"
    ),
}
"""Wrong answers that keep all points."""
