"""The exercise on a neural network: six parts in code and one in words, 100 points."""

from __future__ import annotations

import inspect
from pathlib import Path

from exercises.neural_net import accepted, cases, checks, mistakes
from grader import ready
from grader.assignment import Assignment, Input, Part
from reference import neural_net as reference

HERE = Path(__file__).parent
HELPERS = HERE / "helpers.py"
STYLES = ("plain", "loops", "functional", "classes", "compact")
RUBRIC = (
    "2 points: one compiled program replaces many separate calls, so the overhead of Python and of "
    "each call is gone, and operations are fused. 2 points: the first call traces and compiles, "
    "later ones only run. 1 point: other shapes, dtypes, or static values compile again."
)
EARLIER = ("init_mlp", "forward", "cross_entropy", "sgd_step", "make_adam")

ASSIGNMENT = Assignment(
    "neural_net",
    title="A neural network",
    notebook=HERE / "neural_net.ipynb",
    files=("digits.npz",),
    substitutes=(HERE / "stand_ins.py").read_text(encoding="utf-8"),
    solutions=tuple(HERE / "solutions" / f"{name}.py" for name in STYLES),
    reference_cells=(inspect.getsource(reference),),
    total=100,
    equivalent_mutants=accepted.MUTANTS,
    accepted_holes=accepted.HOLES,
    parts=(
        ready.part(
            reference.init_mlp, substitute="init_mlp", cases=cases.for_init, free=True,
            title="Initialize the layers",
            task="Draw the weights of all layers with He scale, and set the biases to zero.",
            observe="without_weights({call})", helpers=HELPERS,
            example=2, hidden=3, checks=checks.INIT, mistakes=mistakes.INIT,
        ),
        ready.part(
            reference.forward, substitute="forward", cases=cases.for_forward,
            title="Compute the logits",
            task="Send a batch through all layers, with ReLU between them.",
            example=5, hidden=10, mistakes=mistakes.FORWARD,
        ),
        Part(
            "cross_entropy", substitute="cross_entropy", cases=cases.for_loss,
            title="Compute the loss", task="Compute the mean cross-entropy of the labels.",
            inputs=tuple(map(Input, ("params", "x", "y"))), reference=reference.cross_entropy,
            depends_on=EARLIER[:2], checks=checks.LOSS, mistakes=mistakes.LOSS,
        ),
        ready.part(
            reference.sgd_step, substitute="sgd_step", cases=cases.for_step,
            title="Take a step",
            task="Take a step of gradient descent, and return the loss before it.",
            returns=("new_params", "loss"), depends_on=EARLIER[:3],
            example=5, hidden=10, mistakes=mistakes.STEP,
        ),
        ready.part(
            reference.make_adam, substitute="make_adam", cases=cases.for_adam,
            title="Write an optimizer",
            task="Return the two functions of Adam: one makes the state, one updates parameters.",
            observe={
                "one_step": "adam_steps({call}, params, grads[:1])",
                "five_steps": "adam_steps({call}, params, grads)",
            },
            helpers=HELPERS, example=6, hidden=10, checks=checks.ADAM, mistakes=mistakes.ADAM,
        ),
        ready.part(
            reference.train, cases=cases.for_train, free=True,
            title="Train the network", task="Train a network that recognizes handwritten digits.",
            observe={"accuracy": checks.ACCURACY}, helpers=HELPERS, needs=("forward",),
            depends_on=EARLIER, checks=checks.TRAIN, mistakes=mistakes.TRAIN,
        ),
        ready.written(
            "why_jit", title="Explain compiling", points=5, rubric=RUBRIC,
            task="Explain why the compiled step is faster, and when it is compiled again.",
        ),
    ),
)  # fmt: skip
