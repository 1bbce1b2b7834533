"""The child that runs programs: whatever it is asked, it answers, or ends as code would."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from jax import lax
from portable_programs import changed

from grader.sandbox.child import Budget, Child
from grader.sandbox.failures import Failure, FailureReason
from grader.sandbox.inside import frames
from grader.sandbox.inside.frames import Key, Opaque, Record, Shaped
from grader.sandbox.inside.portable import data
from grader.sandbox.inside.portable.data import PortableError
from grader.sandbox.inside.portable.describe import describe
from grader.sandbox.server import ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server runs on Linux")

ROW = np.array([1.0, 2.0, 3.0], np.float32)
LARGE = (1 << 31) - 1


@pytest.fixture(scope="module")
def child(server: ForkServer) -> Iterator[Child]:
    """One child for all questions that end no child."""
    made = server.fork(cpu_s=60, task="evaluate")
    yield made
    made.end()


def ask(child: Child, request: dict[str, Any], *, cpu_s: float = 20) -> Any:
    """Get the answer to a request."""
    return child.ask(request, Budget(cpu_s=cpu_s, wall_s=5 * cpu_s))


def asking(function: Any, *inputs: Any, tree: object = None, **more: Any) -> dict[str, Any]:
    """A request to run a function's program, whose results are a tuple."""
    closed = jax.make_jaxpr(function)(*inputs)
    text, constants = describe(closed)
    usual = tuple(Shaped(i, "", a.shape) for i, a in enumerate(closed.out_avals))
    request = {"program": text, "constants": tuple(constants), "inputs": list(inputs)}
    return {**request, "tree": usual if tree is None else tree, **more}


def written(*equations: Any, types: Any, inputs: Any = (), outputs: Any = ()) -> bytes:
    """A text of one program, as JAX would not write it."""
    return json.dumps([1, types, [[[], list(inputs), list(equations), list(outputs)]]]).encode()


def assert_answers(child: Child) -> None:
    """It goes on with a program that is none of those before."""
    answer = ask(child, asking(lambda x: x + 1, ROW))
    assert answer["value"][0].tolist() == [2, 3, 4]


def test_values_are_what_the_program_gives(child: Child) -> None:
    """By NumPy, or by XLA where NumPy is not sure, in the tree that was asked for."""
    record = Record("Point", ("x",), (Shaped(1, "", (3,)),), is_tuple=True)
    tree = {"a": [Shaped(0, "", (3,)), 3, None], "b": record, (1, b"c"): "text"}
    answer = ask(child, asking(lambda x: (x * 2, jnp.fft.fft(x).real), ROW, tree=tree))
    assert answer["value"]["a"][0].tolist() == [2, 4, 6]
    assert answer["value"]["a"][1:] == [3, None]
    assert answer["value"]["b"].values[0].tolist() == pytest.approx([6, -1.5, -1.5])
    assert answer["value"][1, b"c"] == "text"


def test_64_bits_are_kept(child: Child) -> None:
    """With or without the compiler, and those of 32 bits afterwards as well."""
    with jax.enable_x64(True):
        wide = ROW.astype(np.float64) / 3
        asked = [asking(lambda x: x * 2, wide), asking(lambda x: jnp.fft.fft(x).real, wide)]
    for request in asked:
        (value,) = ask(child, request)["value"]
        assert value.dtype == np.float64
    (value,) = ask(child, asking(lambda x: jnp.fft.fft(x).real * 0.1, ROW))["value"]
    assert value.dtype == np.float32


def test_64_bits_within_a_program_are_kept(server: ForkServer) -> None:
    """Also where neither the inputs nor the results have any."""

    def differs(x: Any) -> Any:
        finer = x.astype(float) + 1e-9
        return jnp.fft.fft(finer).real[0] > x.sum()

    with jax.enable_x64(True):
        request = asking(differs, np.ones(3, np.int32))
    child = server.fork(cpu_s=60, task="evaluate")
    (value,) = ask(child, request)["value"]
    child.end()
    assert value.item() is True


def test_keys_come_and_go(child: Child) -> None:
    """Typed keys are inputs and results, which are told as their words."""
    key = Key(np.array([3, 4], np.uint32))
    closed = jax.make_jaxpr(jax.random.split)(jax.random.wrap_key_data(key.data))
    text, constants = describe(closed)
    request = {"program": text, "constants": tuple(constants), "inputs": [key]}
    answer = ask(child, {**request, "tree": Shaped(0, "", (2,))})
    want = jax.random.key_data(jax.random.split(jax.random.wrap_key_data(key.data)))
    np.testing.assert_array_equal(answer["value"], want)


DEEP: Any = 1
for _ in range(frames.MAX_DEPTH - 2):
    DEEP = (DEEP,)
F3, F0 = ["float32", [3], False], ["float32", [], False]
UNSURE: dict[str, dict[str, Any]] = {
    "a result that is not there": asking(lambda x: x, ROW, tree=(Shaped(5, "", (3,)),)),
    "an input too few": asking(lambda x: x + 1, ROW, inputs=[]),
    "an input too many": asking(lambda x: x + 1, ROW, inputs=[ROW, ROW]),
    "an input of another shape": asking(lambda x: x + 1, ROW, inputs=[ROW[:2]]),
    "an input that is none": asking(lambda x: x + 1, ROW, inputs=[Opaque("array")]),
    "a key for an array": asking(lambda x: x + 1, ROW, inputs=[Key(np.ones(2, np.uint32))]),
    "no text": asking(lambda x: x + 1, ROW, program=b"[]"),
    "a text of another type": asking(lambda x: x + 1, ROW, program=3),
    "constants of another type": asking(lambda x: x + ROW[::-1], ROW, constants=(ROW.astype(int),)),
    "too few constants": asking(lambda x: x + ROW[::-1].copy(), ROW, constants=()),
    "results of another type": {
        "program": written(["neg", [], [0], [1]], types=[F3, F0], inputs=[0], outputs=[1]),
        "constants": (), "inputs": [ROW], "tree": Shaped(0, "", (3,)),
    },
    "results of another number": {
        "program": written(["split", [], [0], [0, 0]], types=[F3], inputs=[0], outputs=[2]),
        "constants": (), "inputs": [ROW], "tree": Shaped(0, "", (3,)),
    },
    "parameters that are not there": {
        "program": written(["dot_general", [], [0, 0], [1]], types=[F3, F0], inputs=[0], outputs=[1]),
        "constants": (), "inputs": [ROW], "tree": Shaped(0, "", (3,)),
    },
    "a loop of nothing": {
        "program": written(["while", [], [0], [0]], types=[F3], inputs=[0], outputs=[1]),
        "constants": (), "inputs": [ROW], "tree": Shaped(0, "", (3,)),
    },
    "an enumeration for a tuple": {
        "program": written(
            ["gather", [["mode", ["e", ["GatherDimensionNumbers", "__class__"]]]], [0, 0], [0]],
            types=[F3], inputs=[0], outputs=[1],
        ),
        "constants": (), "inputs": [ROW], "tree": Shaped(0, "", (3,)),
    },
    "a generator that is not there": {
        "program": written(types=[["key:none", [3], False]], inputs=[0], outputs=[0]),
        "constants": (), "inputs": [Key(np.ones((3, 2), np.uint32), "none")], "tree": (),
    },
    "many values": asking(lambda x: x, ROW, tree=(Shaped(0, "", (3,)), *[1] * frames.MAX_LEAVES)),
}  # fmt: skip


@pytest.mark.parametrize("name", UNSURE)
def test_odd_requests_are_answered(child: Child, name: str) -> None:
    """What does not fit together is not known, and the child goes on."""
    assert set(ask(child, UNSURE[name])) == {"unsure"}
    assert_answers(child)


def test_deep_trees_are_told(child: Child) -> None:
    """A tree of any depth that can be sent comes back."""
    answer = ask(child, asking(lambda x: x, ROW, tree=DEEP))
    assert answer["value"] == DEEP


def filling(
    name: str, params: list[Any], given: list[Any], dtype: str, size: int
) -> dict[str, Any]:
    """A request for a result of many numbers of which none is sent."""
    types = [F0, [dtype, [size], False]]
    text = written([name, params, given, [1]], types=types, inputs=[0], outputs=[1])
    tree = Shaped(0, "", (size,))
    return {"program": text, "constants": (), "inputs": [np.float32(1)], "tree": tree}


LARGE_RESULTS = {
    "iota": ["iota", [["dimension", 0], ["dtype", ["d", "int32"]], ["shape", ["t", [LARGE]]],
                      ["sharding", None]], []],
    "broadcast": ["broadcast_in_dim", [["broadcast_dimensions", ["t", []]],
                                       ["shape", ["t", [LARGE]]], ["sharding", None]], [0]],
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE_RESULTS)
def test_large_results_end_no_more_than_the_child(server: ForkServer, name: str) -> None:
    """What needs more memory than there is, is not known, or ends the child; then the next goes."""
    dtype = "int32" if name == "iota" else "float32"
    child = server.fork(cpu_s=60, task="evaluate")
    try:
        answer = ask(child, filling(*LARGE_RESULTS[name], dtype, LARGE), cpu_s=60)
        assert set(answer) == {"unsure"} or isinstance(answer["value"], Opaque)
    except Failure as failure:
        assert failure.reason is FailureReason.CRASHED  # noqa: PT017
    finally:
        child.end()
    after = server.fork(cpu_s=60, task="evaluate")
    assert_answers(after)
    after.end()


def test_endless_loops_end_with_the_time(server: ForkServer) -> None:
    """They are out of time, as the code itself would be."""
    child = server.fork(cpu_s=60, task="evaluate")
    endless = asking(lambda x: lax.while_loop(lambda v: v[0] < 9, jnp.cos, x), ROW)
    try:
        with pytest.raises(Failure) as caught:
            ask(child, endless, cpu_s=1)
        assert caught.value.reason is FailureReason.TIMEOUT
        assert caught.value.suspect is None
        assert not child.is_alive
    finally:
        child.end()


class Renewed:
    """A child that is forked again where a question ended it."""

    def __init__(self, server: ForkServer) -> None:
        self.server = server
        self.child = server.fork(cpu_s=60, task="evaluate")

    def ask(self, request: dict[str, Any]) -> Any:
        """Get the answer, or how the child ended."""
        if not self.child.is_alive:
            self.child = self.server.fork(cpu_s=60, task="evaluate")
        try:
            return ask(self.child, request, cpu_s=3)
        except Failure as failure:
            return failure


@pytest.fixture(scope="module")
def renewed(server: ForkServer) -> Iterator[Renewed]:
    """One for all examples."""
    made = Renewed(server)
    yield made
    made.child.end()


@settings(max_examples=80)
@given(changed())
def test_changed_programs_harm_nobody(renewed: Renewed, one: tuple[bytes, Any]) -> None:
    """A program that was changed has a value, is not known, or ends the child that runs it."""
    text, constants = one
    try:
        program = data.read(text, constants)
    except PortableError:
        return
    request = {"program": text, "constants": tuple(constants)}
    request["inputs"] = [given_for(aval) for aval in program.in_avals]
    request["tree"] = tuple(Shaped(i, "", ()) for i in range(len(program.out_avals)))
    answer = renewed.ask(request)
    if isinstance(answer, Failure):
        assert answer.reason in {FailureReason.TIMEOUT, FailureReason.CRASHED}
    else:
        assert set(answer) in ({"value"}, {"unsure"})


def given_for(aval: data.Type) -> Any:
    """Get an input of a type; a small one where it is too large."""
    shape = aval.shape if np.prod(aval.shape) < 1e6 else ()
    if isinstance(aval.dtype, data.KeyType):
        return Key(np.ones((*shape, 2), np.uint32), aval.dtype.name)
    return np.ones(shape, aval.dtype) if aval.dtype.name in frames.DTYPES else np.ones(shape)
