"""What a child says that it traced: a program, none, or a failure, whatever it says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from attacks.catalog import IMPORTS, RIGHT
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment import registry
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.reading.submission import read_submission
from grader.results import SubmissionResult
from grader.running.tracing import NotCarried, Traced, TraceSpace, shaped
from grader.sandbox.failures import Failure
from grader.sandbox.inside import frames
from grader.sandbox.inside.frames import Code, Key, Opaque, Plain, Record, Shaped
from grader.sandbox.inside.portable.describe import describe
from grader.sandbox.server import ForkServer

ROW = np.ones(3, np.float32)
TEXT, CONSTANTS = describe(jax.make_jaxpr(lambda x: (x + ROW[::-1].copy(), jnp.sin(x)))(ROW))
RESULTS = [Shaped(0, "", (3,)), Shaped(1, "", (3,))]
HONEST = {"program": TEXT, "constants": tuple(CONSTANTS), "tree": RESULTS}


def told(answer: object) -> Traced | NotCarried | Failure:
    """What the judge makes of an answer to a question for a program of one input."""
    space = TraceSpace.__new__(TraceSpace)
    space.reads_values = False
    space.ask = lambda *_, **__: answer  # type: ignore[method-assign]
    return space._traced({"leaves": [("float32", (3,))]})


def test_what_was_traced_is_a_program() -> None:
    """The honest answer is taken."""
    found = told({"traced": HONEST})
    assert isinstance(found, Traced)
    assert found.size == 2
    assert len(found.digest) == 16
    assert found.is_same(found)


ODD_TREES = {
    "none": None,
    "a result too few": RESULTS[:1],
    "a result twice": [RESULTS[0], RESULTS[0]],
    "a result that is not there": [RESULTS[0], Shaped(2, "", (3,))],
    "a result in a set": [RESULTS[0], frozenset({RESULTS[1]})],
    "a result as a key": [RESULTS[0], {RESULTS[1]: 1}],
    "a result beside a record": [RESULTS[0], Record("A", (), (), extras=(("x", RESULTS[1]),))],
    "a result deep beside a record": [
        RESULTS[0],
        Record("A", (), (), extras=(("x", ({"a": [RESULTS[1]]},)),)),
    ],
}


@pytest.mark.parametrize("name", ODD_TREES)
def test_odd_trees_are_no_programs(name: str) -> None:
    """Results stand where they are filled in, each once."""
    assert isinstance(told({"traced": {**HONEST, "tree": ODD_TREES[name]}}), NotCarried)


def test_large_trees_are_no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be too much to be sent on is refused."""
    monkeypatch.setattr(frames, "MAX_VALUE_BYTES", 1_000)
    for beside in (b"x" * 1_001, Plain(np.ones(200)), Key(np.ones((100, 4))), np.ones(200)):
        tree = [*RESULTS, {b"y": (beside,)}]
        assert isinstance(told({"traced": {**HONEST, "tree": tree}}), NotCarried)
    assert isinstance(told({"traced": {**HONEST, "tree": [*RESULTS, np.ones(20)]}}), Traced)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=3),
    st.sampled_from([TEXT, ROW, Key(ROW), Code("x"), Plain(ROW), Opaque("x"), *RESULTS]),
    st.just(tuple(CONSTANTS)),
)  # fmt: skip
NAMES = st.sampled_from(
    ["program", "constants", "tree", "error", "not_carried", "equations", "kind", "places", "x"]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(NAMES, inner, max_size=3),
        st.builds(lambda one: Record("A", ("a",), (one,), extras=(("b", one),)), inner),
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=300)
@given(st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=3).map(lambda d: {**HONEST, **d})))
def test_odd_answers_are_taken_for_something(answer: object) -> None:
    """Whatever a child says, it is a program of which all can be told, none, or a failure."""
    for said in (answer, {"traced": answer}):
        found = told(said)
        assert isinstance(found, (Traced, NotCarried, Failure))
        if isinstance(found, Traced):
            assert found.size >= 0
            assert len(found.digest) in {0, 16}
            assert found.is_same(found)


def test_no_number_is_told() -> None:
    """Of inputs only shapes go to a child that traces, whatever they are in."""
    secret = np.array([[1234.5, 6789.25]], np.float32)
    record = Record("A", ("a", "b"), (secret, [secret]), extras=(("n", 3),))
    value = {"a": [secret, (secret, {"b": record})], "k": Key(secret.view(np.uint32)), "n": 3}
    value["p"] = [Plain(secret)]
    leaves: list[Any] = []
    sent = frames.encode(shaped(value, leaves))
    assert len(leaves) == 5
    assert secret.tobytes() not in sent
    for number in secret.ravel():
        assert str(number).encode() not in sent


# Graded -------------------------------------------------------------------------------------

TAKING_OVER = """\
import sys
def taking_over(function):
    frame = sys._getframe()
    while frame is not None:
        inside = frame.f_globals.get("tracing")
        if hasattr(inside, "traced"):
            real = inside.traced
            inside.traced = lambda call, shapes: answer(real(call, shapes), shapes)
            return function
        frame = frame.f_back
    return function
def answer(told, shapes):
    return ANSWER
@taking_over
"""
"""What a child that traces says is put together by the submission."""
NESTED = [
    [["float32", [2], False]],
    [
        [[], [0], [], [0]],
        *(
            [[], [0], [["call", [["jaxpr", ["p", at]]], [0], [0]]] * 2, [2]]
            for at in range(60)
        ),
    ],
]  # fmt: skip
ANSWERS = {
    "nothing": "None",
    "something else": "{'program': 3, 'constants': {}, 'tree': ()}",
    "no tree": "{k: told[k] for k in told if k != 'tree'}",
    "no text": "{**told, 'program': b'[' * 100_000}",
    "odd keys": "{**told, 'tree': {b'x': told.get('tree'), (b'y',): b'z'}}",
    "many values": "{**told, 'tree': [told.get('tree'), *[0] * 19_960]}",
    "a deep tree": "{**told, 'tree': [[[[[[[[[[[[[[[[[[[[told.get('tree')]]]]]]]]]]]]]]]]]]]]}",
    "nested calls": f"{{**told, 'program': {json.dumps([1, *NESTED]).encode()!r}}}",
    "a lie about constants": "{**told, 'constants': (1, 2, 3)}",
    "other programs each time": "{**told, 'program': told.get('program', b'') + b' ' * id(told)"
    "} if id(told) % 2 else {}",
}
ENDLESS = """\
import json
def endless(told):
    number, types, (*inner, main) = json.loads(told["program"])
    kind = main[1][0]
    types += [["bool", [], False]]
    body = [[], [kind], [["neg", [], [0], [kind]]], [1]]
    goes_on = [[], [kind], [], [[len(types) - 1, True]]]
    at = len(inner)
    params = [["body_jaxpr", ["p", at]], ["body_nconsts", 0],
              ["cond_jaxpr", ["p", at + 1]], ["cond_nconsts", 0]]
    main[2].insert(0, ["while", params, [0], [kind]])
    first = len(main[0]) + len(main[1])
    def moved(atom):
        if type(atom) is not int or 0 < atom < first:
            return atom
        return atom + 1 if atom else first
    main[2][1:] = [[n, p, [moved(a) for a in given], out] for n, p, given, out in main[2][1:]]
    main[3] = [moved(atom) for atom in main[3]]
    text = json.dumps([number, types, [*inner, body, goes_on, main]]).encode()
    return {**told, "program": text}
"""
"""The program that was traced, with a loop before it that never ends."""


def graded(
    tmp_path: Path, server: ForkServer, *cells: str, timeout_s: float = 8.0
) -> SubmissionResult:
    """Grade a notebook with these cells."""
    raw = [
        {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": 1}
        for text in cells
    ]
    path = tmp_path / "kmeans.ipynb"
    whole = {"cells": raw, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(whole), encoding="utf-8")
    key = draw_key(registry.load("kmeans"), 1)
    return grade(read_submission(path), key, server, student="a", timeout_s=timeout_s)


def runs(result: SubmissionResult, name: str) -> set[str]:
    """Where the checks of a part got their answers."""
    (part,) = [part for part in result.parts if part.name == name]
    return {check.ran for check in part.checks if check.ran}


linux = pytest.mark.skipif(sys.platform != "linux", reason="the fork server runs on Linux")


@linux
@pytest.mark.parametrize("name", ANSWERS)
def test_forged_traces_stop_nothing(tmp_path: Path, server: ForkServer, name: str) -> None:
    """Whatever a child says that it traced, the submission is graded to its end.

    What is no program is as good as none: the code runs. What is one is judged as it is.
    """
    taking = TAKING_OVER.replace("ANSWER", ANSWERS[name])
    result = graded(tmp_path, server, IMPORTS, f"{taking}{RIGHT['init']}")
    assert result.status.value == "graded"
    where, points = runs(result, "init"), result.score
    assert (where, points) == (({"program"}, 0) if name == "odd keys" else ({"code"}, 15))


@linux
def test_programs_without_forgery_are_evaluated(tmp_path: Path, server: ForkServer) -> None:
    """The same submission without that is judged by its programs."""
    result = graded(tmp_path, server, IMPORTS, RIGHT["init"])
    assert (runs(result, "init"), result.score) == ({"program"}, 15)


@linux
def test_forged_endless_programs_are_out_of_time(tmp_path: Path, server: ForkServer) -> None:
    """A program that never ends costs its own part, as an endless loop in the code would."""
    taking = TAKING_OVER.replace("ANSWER", "endless(told) if 'program' in told else told")
    text = f"{ENDLESS}{taking}{RIGHT['update_centroids']}"
    result = graded(tmp_path, server, IMPORTS, text, timeout_s=2.0)
    assert result.status.value == "graded"
    (part,) = [part for part in result.parts if part.name == "update_centroids"]
    assert part.score == 0
    assert part.checks[0].stopped_by == "timeout"


SHORTENED = """\
import json
def shortened(told):
    number, types, (*_, main) = json.loads(told["program"])
    if len(main[2]) < 1000:
        return told
    made, first = [], len(main[0]) + len(main[1])
    known = [*(kind for _, kind in main[0]), *main[1], *(k for e in main[2] for k in e[3])]
    for atom in main[3]:
        kind = known[atom]
        name, shape, _ = types[kind]
        types.append([name, [], False])
        params = [["broadcast_dimensions", ["t", []]], ["shape", ["t", shape]], ["sharding", None]]
        made.append(["broadcast_in_dim", params, [[len(types) - 1, 0]], [kind]])
    outs = [first + i for i in range(len(made))]
    text = json.dumps([number, types, [[main[0], main[1], made, outs]]]).encode()
    return {**told, "program": text}
"""
"""A long program exchanged for a short one, which gives something else."""
LOOPING = """\
def update_assignment(samples, centroids):
    rows = [jnp.sqrt(jnp.sum((sample - centroids) ** 2, axis=1)) for sample in samples]
    distances = jnp.stack(rows)
    return jnp.argmin(distances, axis=1), jnp.min(distances, axis=1)
"""


@linux
@pytest.mark.parametrize("is_forged", [False, True])
def test_short_programs_that_are_wrong_are_not_believed(
    tmp_path: Path, server: ForkServer, *, is_forged: bool
) -> None:
    """The size of a program counts where the same program gives the right answer."""
    taking = TAKING_OVER.replace("ANSWER", "shortened(told) if 'program' in told else told")
    text = f"{SHORTENED}{taking}{LOOPING}" if is_forged else LOOPING
    result = graded(tmp_path, server, IMPORTS, text)
    (part,) = [part for part in result.parts if part.name == "update_assignment"]
    first, *_, last = part.checks
    assert (first.status.value, first.score) == ("passed", 5)
    assert (last.status.value, last.score) == ("failed", 0)
    assert (getattr(last.message, "id", "") == "grading.not_plain") is is_forged
