"""What is checked in the exercise on a neural network beside what the reference gives."""

from __future__ import annotations

from exercises.neural_net import cases, mistakes
from grader import ready
from grader.assignment import Check
from grader.results import Visibility

ACCURACY = "accuracy(forward, {call}, z, target)"
COMPILED = "agree(compiled_adam_steps({call}, params, grads), adam_steps({call}, params, grads))"
NOT_COMPILED = "`update` gives other parameters when `jax.jit` compiles it"

INIT = (
    Check(
        "He scale in the first layer",
        ready.moments(mean=0, std=1, of="standardized({call}[:1], sizes)"),
        points=3,
        hint=mistakes.HINT_SCALE,
    ),
    Check(
        "He scale in the last layer",
        ready.moments(mean=0, std=1, of="standardized({call}[-1:], sizes[-2:])"),
        points=3,
        hint=mistakes.HINT_SCALE,
    ),
    Check(
        "layers are independent",
        ready.independent(of="weights({call})"),
        points=2,
        hint=mistakes.HINT_KEYS,
    ),
    Check(
        "weights depend on the key",
        ready.follows_key("key", of="weights({call})"),
        points=2,
        hint=mistakes.HINT_KEYS,
    ),
)
LOSS = (
    Check(
        "loss, on the example",
        ready.matches_reference("example"),
        points=5,
        visibility=Visibility.PUBLIC,
    ),
    Check("loss, on other batches", ready.matches_reference(*cases.ORDINARY), points=5),
    Check(
        "loss of large logits",
        ready.matches_reference(*cases.NAMES_OF_LARGE),
        points=5,
        hint=mistakes.HINT_LARGE,
    ),
)
ADAM = (
    Check(
        "compiled update",
        ready.satisfies(COMPILED, says=NOT_COMPILED),
        points=4,
        hint=mistakes.HINT_STATE,
    ),
)
TRAIN = (
    Check(
        "accuracy on held-out digits",
        ready.at_least(0.9, partial=[(0.8, 0.5)], of=ACCURACY),
        points=15,
        hint=mistakes.HINT_TRAIN,
    ),
)
