"""What is counted of a call, programs and steps: honest counts, and code that lies about them."""

from collections.abc import Callable, Iterator

import pytest

from grader.assignment import registry
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.reading.submission import parse_bytes
from grader.results import CheckResult
from grader.sandbox.server import ForkServer

TAKEN_OVER = "a process that is taken over tells what it likes about its own counts"
CALLED_FROM_C = "a method of NumPy that `map` calls from C runs no line of Python"
RELU = "\n\ndef relu(x):\n    "
BATCH = "\n\ndef batched_apply_matrix(w, v_batched):\n    "
LOOP = "return np.stack([w @ v for v in v_batched])"
ARRAYS = "w, v_batched = np.asarray(w), np.asarray(v_batched)\n    "
IN_NUMPY = "return np.maximum(np.asarray(x), 0)"
EVENT = "/jax/core/compile/jaxpr_to_mlir_module_duration"
BESIDE = "next(f for f in map(vars_of, range(1, 30)) if 'count_equations' in f)"
VARS_OF = "\n\ndef vars_of(depth):\n    return sys._getframe(depth).f_globals\n"
"""Gets hold of the names of what runs the code, by way of the frames."""


@pytest.fixture(scope="module")
def counted() -> Iterator[Callable[[str, str], CheckResult]]:
    """Give the last check of a part, which is the one that counts, for a submission."""
    answer_key = draw_key(registry.load("jax_basics"), 7)
    with ForkServer() as server:

        def run(part: str, text: str) -> CheckResult:
            lines = (
                "import sys\nimport jax\nimport jax.numpy as jnp\nimport numpy as np\n"
                + VARS_OF
                + text
            )
            submission = parse_bytes(lines.encode(), name="alice.py")
            result = grade(submission, answer_key, server, student="alice", timeout_s=60)
            found = next(item for item in result.parts if item.name == part)
            assert all(check.score == check.max_score for check in found.checks[:-1])
            return found.checks[-1]

        yield run


def cannot(reason: str) -> pytest.MarkDecorator:
    """Marks a lie that works."""
    return pytest.mark.xfail(reason=reason, strict=True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ARRAYS + "sys.settrace(None)\n    " + LOOP, id="tracing-ended"),
        pytest.param(
            "from concurrent.futures import ThreadPoolExecutor\n    "
            + ARRAYS
            + "with ThreadPoolExecutor() as pool:\n        "
            + "return np.stack([*pool.map(lambda v: w @ v, v_batched)])",
            id="loop-in-threads",
        ),
        pytest.param(ARRAYS + "return np.array(list(map(lambda v: w @ v, v_batched)))", id="map"),
        pytest.param(
            ARRAYS + "return np.array([*map(w.dot, v_batched)])",
            id="map-of-a-method",
            marks=cannot(CALLED_FROM_C),
        ),
        pytest.param(
            ARRAYS + f"{BESIDE}['counts'].steps = lambda *_: 1\n    " + LOOP,
            id="counter-of-its-own",
            marks=cannot(TAKEN_OVER),
        ),
    ],
)
def test_loop_cannot_be_hidden(counted: Callable[[str, str], CheckResult], text: str) -> None:
    """A loop over the batch in NumPy earns nothing for being none."""
    assert counted("batched_apply_matrix", BATCH + text).score == 0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "def relu(x):\n    jax.monitoring.record_event_duration_secs"
            f"({EVENT!r}, 1.0)\n    {IN_NUMPY}",
            id="event-of-its-own",
        ),
        pytest.param(
            "def relu(x):\n    jax.monitoring.clear_event_listeners()\n    "
            "return jnp.where(x > 0, x, 0)",
            id="listeners-cleared",
        ),
        pytest.param(
            "def relu(x):\n    return jnp.where(x > 0, x, 0)\n\n\ndone = relu(jnp.ones((13, 11)))"
            "\nplain = relu\ndef relu(x):\n    return plain(x) if len(done) else x",
            id="built-before",
        ),
        pytest.param(
            f"def relu(x):\n    {BESIDE}['counts'].builds = lambda *_: (1, 0)\n    "
            "return jnp.where(x > 0, x, 0)",
            id="counter-of-its-own",
            marks=cannot(TAKEN_OVER),
        ),
    ],
)
def test_building_cannot_be_feigned(counted: Callable[[str, str], CheckResult], text: str) -> None:
    """What is not compiled as one program earns nothing for being so."""
    assert counted("relu", text).score == 0


def test_earlier_programs_do_not_count(counted: Callable[[str, str], CheckResult]) -> None:
    """A compiled call that a cell has made before, with the same shape, still counts as one."""
    text = (
        "done = jax.nn.relu(jnp.ones((13, 11)))"
        + RELU
        + "return jax.nn.relu(x) if len(done) else x"
    )
    assert counted("relu", text).score == 3
