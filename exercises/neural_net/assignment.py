"""The exercise on a neural network: six parts in code and one in words, 100 points."""

from __future__ import annotations

import inspect
from pathlib import Path

from exercises.neural_net import cases, mistakes
from grader import ready
from grader.assignment import Assignment, Check, Part
from grader.results import Visibility
from reference import neural_net as reference

HERE = Path(__file__).parent
HELPERS = HERE / "helpers.py"
ACCURACY = "jnp.mean(jnp.argmax(forward({call}, z), axis=-1) == target)"
EARLIER = ("init_mlp", "forward", "cross_entropy", "sgd_step", "make_adam")

ASSIGNMENT = Assignment(
    "neural_net",
    title="A neural network",
    notebook=HERE / "neural_net.ipynb",
    files=("digits.npz",),
    substitutes=(HERE / "stand_ins.py").read_text(encoding="utf-8"),
    solutions=tuple(
        HERE / "solutions" / f"{name}.py"
        for name in ("plain", "loops", "functional", "classes", "compact")
    ),
    reference_cells=(inspect.getsource(reference),),
    total=100,
    parts=(
        ready.part(
            reference.init_mlp,
            title="Initialize the layers",
            task="Draw the weights of all layers with He scale, and set the biases to zero.",
            cases=cases.for_init, observe="without_weights({call})", helpers=HELPERS,
            example=2, hidden=3, free=True, substitute="init_mlp", mistakes=mistakes.INIT,
            checks=(
                Check(
                    "He scale in the first layer", points=3, hint=mistakes.HINT_SCALE,
                    run=ready.moments(mean=0, std=1, of="standardized({call}[:1], sizes)"),
                ),
                Check(
                    "He scale in the last layer", points=3, hint=mistakes.HINT_SCALE,
                    run=ready.moments(mean=0, std=1, of="standardized({call}[-1:], sizes[-2:])"),
                ),
                Check(
                    "layers are independent", points=2, hint=mistakes.HINT_KEYS,
                    run=ready.independent(of="weights({call})"),
                ),
                Check(
                    "weights depend on the key", points=2, hint=mistakes.HINT_KEYS,
                    run=ready.follows_key("key", of="weights({call})"),
                ),
            ),
        ),
        ready.part(
            reference.forward,
            title="Compute the logits",
            task="Send a batch through all layers, with ReLU between them.",
            cases=cases.for_batch, example=5, hidden=10,
            substitute="forward", mistakes=mistakes.FORWARD,
        ),
        Part(
            "cross_entropy",
            title="Compute the loss",
            task="Compute the mean cross-entropy of the labels.",
            inputs=("params", "x", "y"), cases=cases.for_loss, reference=reference.cross_entropy,
            depends_on=EARLIER[:2], substitute="cross_entropy", mistakes=mistakes.LOSS,
            checks=(
                Check(
                    "loss, on the example", ready.matches_reference("example"),
                    points=5, visibility=Visibility.PUBLIC,
                ),
                Check("loss, on other batches", ready.matches_reference(*cases.ORDINARY), points=5),
                Check(
                    "loss of large logits", ready.matches_reference("large 1", "large 2"),
                    points=5, hint=mistakes.HINT_LARGE,
                ),
            ),
        ),
        ready.part(
            reference.sgd_step,
            title="Take a step",
            task="Take a step of gradient descent, and return the loss before it.",
            cases=cases.for_batch, returns=("new_params", "loss"), example=5, hidden=10,
            depends_on=EARLIER[:3], substitute="sgd_step", mistakes=mistakes.STEP,
        ),
        ready.part(
            reference.make_adam,
            title="Write an optimizer",
            task="Return the two functions of Adam: one makes the state, one updates parameters.",
            cases=cases.for_adam, helpers=HELPERS,
            observe={
                "one step": "adam_steps({call}, params, grads[:1])",
                "five steps": "adam_steps({call}, params, grads)",
            },
            example=6, hidden=10, substitute="make_adam", mistakes=mistakes.ADAM,
            checks=(
                Check(
                    "update can be compiled", points=4, hint=mistakes.HINT_STATE,
                    run=ready.satisfies(
                        "agree(compiled_adam_steps({call}, params, grads), "
                        "adam_steps({call}, params, grads))",
                        says="`update` gives other parameters when `jax.jit` compiles it",
                    ),
                ),
            ),
        ),
        ready.part(
            reference.train,
            title="Train the network",
            task="Train a network that recognizes handwritten digits.",
            cases=cases.for_train, observe={"accuracy": ACCURACY}, needs=("forward",), free=True,
            depends_on=EARLIER, mistakes=mistakes.TRAIN,
            checks=(
                Check(
                    "accuracy on held-out digits", points=15, hint=mistakes.HINT_TRAIN,
                    run=ready.at_least(0.9, partial=[(0.8, 0.5)], of=ACCURACY),
                ),
            ),
        ),
        ready.written(
            "why_jit",
            title="Explain compiling",
            task="Explain why the compiled step is faster, and when it is compiled again.",
            points=5,
            rubric=(
                "2 points: one program instead of one call per operation, so the overhead of "
                "Python and of each call is gone, and operations are fused. 2 points: the first "
                "call traces and compiles, later ones only run. 1 point: new shapes, dtypes, or "
                "static values compile again."
            ),
        ),
    ),
)  # fmt: skip
