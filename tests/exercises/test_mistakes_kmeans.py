"""The known mistakes of the K-Means exercise: predictable, wrong, told apart, plainly worded."""

import ast
import builtins
import inspect
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from exercises.kmeans import cases, mistakes, stand_ins, starts
from grader.assignment import Case, Incorrect, Mistake
from grader.compare import difference
from grader.sandbox.failures import Failure, FailureReason

PARTS = {
    "init": mistakes.INIT,
    "update_assignment": mistakes.ASSIGNMENT,
    "update_centroids": mistakes.CENTROIDS,
    "improve_centroids": mistakes.IMPROVE,
}
INPUTS = {
    "update_assignment": ("samples", "centroids"),
    "update_centroids": ("samples", "assignment", "k"),
    "improve_centroids": ("values", "k"),
}
DRAWN = {
    "update_assignment": cases.for_assignment,
    "update_centroids": cases.for_means,
    "improve_centroids": cases.for_improve,
}
SEEN = {
    "update_assignment": ("example", "many samples", "huge numbers", "one sample"),
    "update_centroids": ("example", "many samples", "as many of all", "one coordinate"),
    "improve_centroids": ("example", "many samples", "many clusters"),
}
"""A case of each shape."""
NEVER_TOLD: set[str] = set()
"""Mistakes that give what is right, or what another gives, on all but one of those."""

QUICK = {"xla_backend_optimization_level": 0}
"""Each program runs once or twice, so compiling it well is not worth the time."""

EACH = [pytest.param(m, id=m.name) for table in PARTS.values() for m in table]
PREDICTED = [pytest.param(part, m, id=m.name) for part in DRAWN for m in PARTS[part]]


def case_of(part: str, name: str) -> Case:
    """The case of that name, drawn with a fixed seed."""
    return next(c for c in DRAWN[part](np.random.default_rng(5)) if c.name == name)


CASES = {(part, name): case_of(part, name) for part in DRAWN for name in SEEN[part]}
STARTS = starts.for_init(np.random.default_rng(5))
EMPTY = case_of("update_centroids", "empty cluster")


def bound(function: Callable[..., Any], numpy_like: ModuleType, case: Case) -> Callable[..., Any]:
    """The function with `jnp` and the notebook's globals bound; `num_clusters` to the decoy."""
    names: dict[str, Any] = {"__builtins__": builtins, "jnp": numpy_like}
    for name in ("update_assignment", "update_centroids"):
        names[name] = FunctionType(getattr(stand_ins, name).__code__, names)
        names[name].__defaults__ = getattr(stand_ins, name).__defaults__
    names["points"] = numpy_like.asarray(case.inputs["points"])
    names["num_clusters"] = case.decoy_globals["num_clusters"]
    return FunctionType(function.__code__, names)


def answer(part: str, function: Callable[..., Any], case: Case) -> Any:
    """What it returns for the case, with `jnp` bound to NumPy."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # an empty cluster: 0/0, a median of nothing
        try:
            value = bound(function, np, case)(*(case.inputs[role] for role in INPUTS[part]))
        except (IndexError, TypeError, ValueError):  # nothing is predicted then
            return None
    return as_arrays(value)


def jax_answers(part: str, *cases_of_one_shape: Case) -> dict[tuple[str, str], Any]:
    """What the part's mistakes return with JAX, by mistake and case; one program for them all."""
    first = cases_of_one_shape[0]
    fixed = {role: first.inputs[role] for role in INPUTS[part] if role == "k"}
    functions = {
        m.name: bound(m.function, jnp, first)
        for m in PARTS[part]
        if answer(part, m.function, first) is not None
    }
    program = jax.jit(
        lambda given: {n: f(**given, **fixed) for n, f in functions.items()},
        compiler_options=QUICK,
    )
    found = {}
    for case in cases_of_one_shape:
        given = {role: case.inputs[role] for role in INPUTS[part] if role != "k"}
        for name, value in program(jax.tree.map(jnp.asarray, given)).items():
            found[name, case.name] = as_arrays(value)
    return found


def as_arrays(value: Any) -> Any:
    """A returned array or tuple with every entry as a NumPy array."""
    return jax.tree.map(np.asarray, value)


def same(*, got: Any, want: Any) -> bool:
    """Whether two arrays are equal as far as float32 goes, infinite entries included."""
    if difference(got=got, want=want) is not None:
        return False
    return np.array_equal(np.isinf(got), np.isinf(want))


def agree(*, got: Any, want: Any, outputs: tuple[int, ...] = ()) -> bool:
    """Whether both are equal, in the given places of the tuple or as a whole."""
    if want is None or got is None:
        return got is want
    if isinstance(got, tuple) != isinstance(want, tuple):
        return False
    if not isinstance(want, tuple):
        return same(got=got, want=want)
    if len(got) != len(want):
        return False
    return all(same(got=got[i], want=want[i]) for i in outputs or range(len(want)))


def right_answers(part: str, case: Case) -> Iterator[Any]:
    """Every answer that counts as right: part 4 may report either distortion."""
    if part == "update_assignment":
        yield answer(part, stand_ins.update_assignment, case)
    elif part == "update_centroids":
        yield cases.means(*(case.inputs[role] for role in INPUTS[part]))
    else:
        centroids, came_in, _ = case.inputs["values"]
        points, labels = case.inputs["points"], case.inputs["assignment"]
        moved = cases.means(points, labels, case.inputs["k"])
        for measured in (centroids, moved):
            reported = cases.distances(points, measured).min(axis=1).mean()
            yield moved, np.asarray(reported), np.asarray(came_in)


@pytest.fixture(scope="module")
def predicted() -> dict[tuple[str, str], Any]:
    """The NumPy answer of each mistake to each seen case, by the mistake's and the case's name."""
    return {
        (mistake.name, name): answer(part, mistake.function, CASES[part, name])
        for part in DRAWN
        for mistake in PARTS[part]
        for name in SEEN[part]
    }


@pytest.fixture(scope="module")
def compiled() -> dict[tuple[str, str], Any]:
    """The JAX answers of all mistakes, by the mistake's and the case's name."""
    found = {}
    for part in DRAWN:
        for name in SEEN[part]:
            has_empty = part == "update_centroids" and name == "example"
            more = (EMPTY,) if has_empty else ()
            found |= jax_answers(part, CASES[part, name], *more)
    return found


class Starter:
    """Stands in for a student: each case of part 1 has its answer ready."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.cases = STARTS
        self.answers = answers

    def answer(self, case: Case) -> Any:
        """What was returned for the case."""
        return self.answers[case.name]

    def evaluate(self, *_: Any, **__: Any) -> Any:
        """Nothing else is defined than the start."""
        raise Failure(FailureReason.RAISED, kind="NameError")


@pytest.fixture(scope="module")
def started() -> dict[str, dict[str, Any]]:
    """The answers of each wrong start, by the case's name and the mistake's."""
    found = {}
    programs: dict[int, Any] = {}
    for case in STARTS:
        k = case.globals["num_clusters"]
        program = programs.setdefault(
            k,
            jax.jit(
                lambda key, points, k=k: [m.function(key, points, k) for m in PARTS["init"]],
                compiler_options=QUICK,
            ),
        )
        key = jnp.asarray(case.globals["key"])
        values = program(key, jnp.asarray(case.globals["points"]))
        found[case.name] = {
            m.name: as_arrays(value) for m, value in zip(PARTS["init"], values, strict=True)
        }
    return found


@pytest.mark.parametrize(("part", "mistake"), PREDICTED)
def test_numpy_predicts_jax(
    part: str, mistake: Mistake, predicted: dict[Any, Any], compiled: dict[Any, Any]
) -> None:
    """With `jnp` bound to NumPy, a mistake gives what it gives when it is compiled by JAX."""
    for name in SEEN[part]:
        got = compiled.get((mistake.name, name))
        assert agree(got=got, want=predicted[mistake.name, name]), (part, name)


def test_numpy_predicts_empty_clusters(compiled: dict[Any, Any]) -> None:
    """So it does when a cluster has no samples."""
    part = "update_centroids"
    wrong = [
        mistake.name
        for mistake in PARTS[part]
        if not agree(
            got=compiled[mistake.name, EMPTY.name], want=answer(part, mistake.function, EMPTY)
        )
    ]
    assert wrong == []


@pytest.mark.parametrize(("part", "mistake"), PREDICTED)
def test_mistake_is_wrong(part: str, mistake: Mistake, predicted: dict[Any, Any]) -> None:
    """Each differs from every right answer, where it says so, on cases of at least two sizes."""
    differs = [
        name
        for name in SEEN[part]
        if predicted[mistake.name, name] is not None
        and not any(
            agree(got=right, want=predicted[mistake.name, name], outputs=mistake.compare_outputs)
            for right in right_answers(part, CASES[part, name])
        )
    ]
    assert (len(differs) < 2) == (mistake.name in NEVER_TOLD), differs
    wrong = predicted[mistake.name, "example"]
    places = range(len(wrong)) if isinstance(wrong, tuple) else ()
    assert set(mistake.compare_outputs) <= set(places)


@pytest.mark.parametrize("part", DRAWN)
def test_mistakes_are_told_apart(part: str, predicted: dict[Any, Any]) -> None:
    """The answers of one mistake never fit another one of its part on all cases."""
    confused = [
        (handed_in.name, other.name)
        for handed_in in PARTS[part]
        for other in PARTS[part]
        if handed_in is not other
        and all(
            agree(
                got=predicted[handed_in.name, name],
                want=predicted[other.name, name],
                outputs=other.compare_outputs,
            )
            for name in SEEN[part]
        )
    ]
    assert confused == []


@pytest.mark.parametrize("mistake", mistakes.INIT, ids=lambda m: m.name)
def test_wrong_start_loses_points(mistake: Mistake, started: dict[str, dict[str, Any]]) -> None:
    """Each wrong start fails a check of part 1."""
    student = Starter({name: values[mistake.name] for name, values in started.items()})
    earned = []
    for check in (
        starts.start_shape,
        starts.start_inside,
        starts.start_distinct,
        starts.start_follows_key,
        starts.start_distortion,
    ):
        try:
            check(student)
        except Incorrect as finding:
            earned.append(finding.earned)
    assert earned
    assert min(earned) < 1


def test_names_are_unique() -> None:
    """A mistake's name is its id in reports, so no two share one, across all parts."""
    names = [mistake.name for table in PARTS.values() for mistake in table]
    assert len(names) == len(set(names))


def test_every_function_is_listed() -> None:
    """Each function of the module stands in a table, and has the parameters of its part."""
    tree = ast.parse(Path(mistakes.__file__).read_text(encoding="utf-8"))
    written = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert written == {mistake.name for table in PARTS.values() for mistake in table}
    for part, table in PARTS.items():
        want = INPUTS.get(part, ("key", "points", "num_clusters"))
        for mistake in table:
            assert tuple(inspect.signature(mistake.function).parameters) == want, mistake.name


@pytest.mark.parametrize("mistake", EACH)
def test_docstring_names_its_source(mistake: Mistake) -> None:
    """Each function says what it gives, and how such a mistake comes about."""
    assert re.search(r"\.\s+Source: \S.*\.\s*$", mistake.function.__doc__, re.DOTALL)


@pytest.mark.parametrize("mistake", EACH)
def test_words_are_short_and_plain(mistake: Mistake) -> None:
    """At most two sentences of at most 20 words; only a hint asks; no code, no grader's words."""
    assert "?" not in mistake.message
    for text in (mistake.message, mistake.hint):
        assert text.endswith((".", "?"))
        assert len(re.findall(r"[.?] ", text)) <= 1
        assert all(len(sentence.split()) <= 20 for sentence in re.split(r"(?<=[.?])\s", text))
        assert not re.search(r"!|jnp\.|jax\.|\w\(| = |\*\*|@", text)
        assert not re.search(
            r"\b(assert|tolerance|test|mock|harness|traceback|you failed|we)\b", text, re.IGNORECASE
        )
        assert set(re.findall(r"`([^`]*)`", text)) <= {
            *("points", "samples", "centroids", "assignment", "distortions", "values", "k", "key"),
            *("num_clusters", "initial_centroids", "initial_distortion", "argmax", "return"),
        }


@pytest.mark.parametrize("mistake", EACH)
def test_line_marks_one_line(mistake: Mistake) -> None:
    """The pattern of the line fits exactly one line of the mistake's own code."""
    if not mistake.line_pattern:
        return
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(mistake.function))).body
    lines = inspect.getsource(mistake.function).splitlines()[function.body[1].lineno - 1 :]
    assert [bool(re.search(mistake.line_pattern, line)) for line in lines].count(True) == 1
