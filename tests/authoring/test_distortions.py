"""Distortions of a right answer: what they are, what shows them, and the holes that they find."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import pytest

from grader.assignment import registry
from grader.assignment.solutions import solutions
from grader.authoring import witnesses
from grader.authoring.audit import Audit, audit
from grader.authoring.audit_report import as_data, render
from grader.authoring.distorted import helpers
from grader.authoring.distortion_table import (
    DRAWS,
    FIGURES,
    GROUPS,
    INTEGERS,
    KEYS,
    PRECISION,
    RANGES,
    SIGNS,
)
from grader.authoring.variants import Variant
from grader.authoring.witnesses import Bench, benches
from grader.cli import entry, exit_codes
from grader.errors import AssignmentError
from grader.judging.answer_key import draw_key
from grader.sandbox.server import ForkServer

DECLARATION = '''
"""Two parts: a product of matrices, and noise from a key."""
from pathlib import Path

import jax
import numpy as np

from grader.assignment import Assignment, Case, Check, Global, Input, Incorrect, Mistake, Part
from grader.compare import difference

HERE = Path(__file__).parent
STRICT = {strict}


def case(name, x, w):
    return Case(
        name,
        inputs={{"x": x.astype(np.float32), "w": w.astype(np.float32)}},
        globals={{"table": x.astype(np.float32)}},
        decoy_globals={{"table": np.full((4, 2), 3, np.float32)}},
    )


def products(draw):
    x, w = draw.uniform(0.1, 2, (10, 3)), draw.normal(size=(3, 2))
    yield case("one", x, w)
    yield case("two", draw.uniform(-2, -0.1, (20, 4)), draw.normal(size=(4, 3)))
    if STRICT:
        yield case("large", x * 3e4, w)
        yield case("small", x * 1e-3, w)
        yield case("zeros", np.where(np.arange(30).reshape(10, 3) % 3, x, 0), w)
        yield case("wide", draw.normal(size=(3, 205)), draw.normal(size=(205, 3)))
        yield case("long", np.repeat(draw.normal(size=(601, 2)), 2, axis=0)[:1201], w[:2])
        yield case("square", draw.normal(size=(3, 3)), draw.normal(size=(3, 3)))
        yield case("single", draw.normal(size=(1, 1)), draw.normal(size=(1, 1)))
        yield case("notebook", draw.normal(size=(4, 2)), draw.normal(size=(2, 2)))


def noises(draw):
    keys = [[70 + i, 100 + i] for i in range(9)] if STRICT else [[0, 5], [0, 5], [0, 9]]
    x = draw.normal(size=300).astype(np.float32)
    return tuple(
        Case(f"key {{i}}", inputs={{"key": np.asarray(key, np.uint32), "x": x[: 300 - i]}})
        for i, key in enumerate(keys)
    )


def value(student):
    for one in student.cases:
        found = difference(got=student.answer(one), want=student.expected(one), rtol=1e-4)
        if found:
            raise Incorrect(found.message)


def any_noise(student):
    if any(np.shape(student.answer(one)) != one.inputs["x"].shape for one in student.cases):
        raise Incorrect("the shape is wrong")


def seen(student):
    pass


def first_only(key, x):
    """Without noise. Source: forgotten."""
    return x[:1]


def only_three_columns(x, w):
    """Source: a fixed size."""
    return x[:, :3] @ w[:3]


def sum_of_both(x, w):
    """Source: a plus for a product."""
    return x[:, :1] + w[0, 0]


ASSIGNMENT = Assignment(
    "tiny",
    title="Tiny",
    notebook=HERE / "tiny.py",
    solutions=(HERE / "right.py",),
    accepted_holes={accepted},
    parts=(
        Part("product", title="P", task="Multiply.", inputs=(Input("x"), Input("w")),
             cases=lambda draw: tuple(products(draw)), globals=(Global(name="table", role="x"),),
             reference=lambda x, w: np.asarray(x, float) @ np.asarray(w, float),
             mistakes=(
                 Mistake(sum_of_both, "A sum.", hint="Look."),
                 Mistake(only_three_columns, "Three columns.", hint="Look."),
             ),
             checks=(Check("value", value, points=3),)),
        Part("noise", title="N", task="Draw.", inputs=(Input("key"), Input("x")), cases=noises,
             reference=lambda key, x: x + jax.random.normal(key, x.shape),
             mistakes=(Mistake(first_only, "One.", hint="Look."),),
             checks=(Check("noise", value if STRICT else any_noise, points=1),
                     Check("seen", seen, points=0))),
    ),
)
import jax.numpy as jnp
'''
RIGHT = """import jax
import jax.numpy as jnp


def product(x, w):
    return jnp.asarray(x) @ jnp.asarray(w)


def noise(key, x):
    return x + jax.random.normal(key, x.shape)
"""
STUBS = "def product(x, w):\n    pass\n\n\ndef noise(key, x):\n    pass\n"
FAMILIES = (
    "product: x clipped at 1000",
    "product: x with 0 for values below 0.01",
    "product: x with only the first 100 columns",
    "product: result with only the first 500 rows",
    "product: x in whole tens of rows",
    "product: result squeezed",
    "product: w transposed when square",
    "product: x exchanged with w when the shapes agree",
    "product: x with 0 for repeated ones",
    "product: x taken from the notebook's table when the shapes agree",
    "noise: key without its first word",
    "noise: key modulo 3",
    "noise: result clipped at 2.5",
    "noise: result with two equal rows for one key in eight",
)
"""One of each family that is no fault of state."""


def written(folder: Path, *, strict: bool, accepted: str = "{}") -> Path:
    """The folder of an assignment whose cases cover, or do not."""
    folder.mkdir()
    text = DECLARATION.format(strict=strict, accepted=accepted)
    (folder / "assignment.py").write_text(text, encoding="utf-8")
    (folder / "tiny.py").write_text(STUBS, encoding="utf-8")
    (folder / "right.py").write_text(RIGHT, encoding="utf-8")
    return folder


def audited(folder: Path, server: ForkServer, names: tuple[str, ...]) -> Audit:
    """What comes of some distortions, and of the mistakes."""
    answer_key = draw_key(registry.load(str(folder)), 5)

    def choose(one: Variant) -> bool:
        return one.name in names or one.kind == "mistake"

    return audit(answer_key, server, jobs=2, timeout_s=20, choose=choose)


def of_part(name: str, part: str) -> Bench:
    """A part of an installed assignment, with its first correct solution."""
    answer_key = draw_key(registry.load(name), 1)
    answer = next(iter(solutions(answer_key.assignment).values()))
    found = benches(answer_key, answer, ["visualization"])
    return next(one for one in found if one.part.name == part)


def test_many_kinds() -> None:
    """There are kinds for ranges, precision, groups, keys, draws and figures, each named once."""
    rows = (*RANGES, *SIGNS, *PRECISION, *INTEGERS, *GROUPS, *KEYS)
    names = [row[0] for row in (*rows, *FIGURES)]
    assert len(names) == len(set(names)) > 35
    assert {row[0] for row in DRAWS} >= {"with heavier tails", "made to mean 0 and spread 1"}


def test_helpers_that_are_needed() -> None:
    """A distorted answer gets the helpers that it calls, with theirs, and no others."""
    text = helpers("return _counted(x, 127)")
    assert [line for line in text.splitlines() if line.startswith(("def", "import"))] == [
        "import jax.numpy as _jnp",
        "import numpy as _np",
        "def _numpy_of(x):",
        "def _rank(x):",
        "def _counted(x, most):",
    ]


def test_names_last() -> None:
    """Names say the part, the leaf and the fault, for inputs, globals, results and calls."""
    names = [one.name for one in of_part("kmeans", "improve_centroids").distortions()]
    assert len(names) == len(set(names))
    assert {
        "improve_centroids: points with only the first 500 rows",
        "improve_centroids: values[0] clipped at 10",
        "improve_centroids: result[1] never above values[1]",
        "improve_centroids: result[2] with 0 when k is above 10",
        "improve_centroids: points in float16, for result[1] only",
        "improve_centroids: calls right the first two times only",
    } <= {*names}


@pytest.mark.parametrize("part", ["init", "update_centroids", "visualization"])
def test_helpers_are_there(part: str) -> None:
    """Whatever a distortion calls is among the helpers."""
    for one in of_part("kmeans", part).distortions():
        lines = "\n".join(one.lines)
        called = set(re.findall(r"\b_[a-z]\w+", lines)) - {"_kept"}
        assert all(f"def {name}(" in helpers(lines) for name in called), one.name


def test_figures_are_distorted() -> None:
    """A part that draws has its figure distorted, and which rows are drawn."""
    found = list(of_part("kmeans", "visualization").distortions())
    assert {one.where for one in found} == {"figure", "points", "centroids", "assignment"}
    assert sum(one.where == "figure" for one in found) == len(FIGURES)


def test_witness_says_the_case() -> None:
    """What shows a distortion is a case of the part, or one to add; nothing shows what is right."""
    bench = of_part("jax_basics", "gram")
    wanted = {"clipped at 10", "with one item lost", "transposed when square"}
    made = (one for one in bench.distortions() if one.where == "result" and one.what in wanted)
    found = {one.what: bench.witness(one) for one in made}
    shown = {what: witness and witness.says for what, witness in found.items()}
    assert shown["clipped at 10"] == ""
    derivative = of_part("jax_basics", "hessian_jac")
    (clipped,) = (one for one in derivative.distortions() if one.name.endswith("x clipped at 10"))
    larger = derivative.witness(clipped)
    assert larger is not None
    assert larger.says == "larger values"
    assert shown["with one item lost"] == ""
    assert shown["transposed when square"] is None  # it is symmetric


def test_blind_cases_have_holes(tmp_path: Path, server: ForkServer) -> None:
    """Where the cases are narrow, each family keeps its points, and the audit says what to add."""
    found = audited(written(tmp_path / "blind", strict=False), server, FAMILIES)
    assert {hole.name for hole in found.open_holes} == {*FAMILIES}
    assert found.problems == ()
    said = {hole.name: (hole.case, hole.shows) for hole in found.holes}
    assert said["product: x clipped at 1000"][0] == "larger values"
    assert said["product: x in whole tens of rows"] == (
        "an odd number of rows of x",
        "the cases have 10, 20",
    )
    text = render(found)
    assert "Holes: 14 wrong answers keep all points of their part\n  product\n" in text
    assert "    Add more keys for key, split ones too: key without its first word;" in text
    assert max(map(len, text.splitlines())) <= 80
    holes = json.loads(json.dumps(as_data(found)))["holes"]
    assert {hole["name"]: hole["accepted"] for hole in holes} == dict.fromkeys(FAMILIES, "")


def test_covering_cases_have_none(tmp_path: Path, server: ForkServer) -> None:
    """Where the cases cover, each family loses points."""
    found = audited(written(tmp_path / "strict", strict=True), server, FAMILIES)
    assert found.open_holes == ()
    assert len(found.of("distortion")) == len(FAMILIES)
    assert "Distortions          14 of 14 caught, 0 accepted\n" in render(found)


def test_mistakes_that_are_never_told(tmp_path: Path, server: ForkServer) -> None:
    """A mistake that differs on cases of one size only is listed."""
    found = audited(written(tmp_path / "untold", strict=False), server, ())
    assert [(one.part, one.name, one.reason) for one in found.untold] == [
        ("product", "only_three_columns", "differs on cases of one size only")
    ]
    assert "Known mistakes that are never reported: 1\n" in render(found)


def test_strict_fails_on_holes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Holes are listed, and only --strict fails on them; an accepted one that is none is a problem."""
    accepted = "{'product: x clipped at 10': 'small numbers only', 'product: x upside down': 'odd'}"
    folder = written(tmp_path / "holes", strict=False, accepted=accepted)
    real = witnesses.distortions
    monkeypatch.setattr(
        witnesses, "distortions", lambda part: (one for one in real(part) if "clipped" in one.what)
    )
    with warnings.catch_warnings(action="ignore"):
        assert (
            entry.main(["audit", str(folder), "--jobs", "2", "--strict"]) == exit_codes.NOT_REACHED
        )
    text = capsys.readouterr().out
    line = "accepted hole 'product: x upside down': there is no such hole; remove it"
    assert line in " ".join(text.split())
    assert "Nothing fails: check 'seen' that nothing fails" not in text
    assert "    Nothing fails: check 'seen'\n" in text
    assert " 1 accepted" in text


def test_accepted_hole_without_reason(tmp_path: Path) -> None:
    """Who accepts a hole says why."""
    folder = written(tmp_path / "empty", strict=False, accepted="{'product: x clipped at 10': ' '}")
    with pytest.raises(AssignmentError) as caught:
        registry.load(str(folder))
    assert str(caught.value) == (
        "assignment 'tiny': accepted hole 'product: x clipped at 10': no reason given; say why it "
        "may keep its points"
    )
