"""The audit of an assignment: mutants, soundness, survivors, and the K-Means exercise itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import cli, registry
from grader.audit import Audit, Specimen, audit, specimens
from grader.audit_report import as_data, render
from grader.material import prepare
from grader.mutants import mutants
from grader.sandbox import ForkServer

DECLARATION = '''
"""One part: the mean of absolute values."""
from pathlib import Path

import numpy as np

from grader.assignment import Assignment, Case, Check, Input, Mistake, NotRight, Part
from grader.compare import difference

HERE = Path(__file__).parent


def cases(draw):
    return (
        Case("one", inputs={{"x": draw.normal(size=7).astype(np.float32)}}),
        Case("two", inputs={{"x": 2 + draw.normal(size=9).astype(np.float32)}}),
    )


def value(student):
    for case in student.cases:
        found = difference(got=student.answer(case), want=student.expected(case), name="it",
                           rtol=student.rtol)
        if found and {strict}:
            raise NotRight(found.message)


def plain_mean(x):
    """The sign is kept. Source: forgotten."""
    return jnp.mean(x)


ASSIGNMENT = Assignment(
    "size",
    title="Size",
    notebook=HERE / "size.py",
    solutions=(HERE / "right.py",),
    parts=(
        Part("size", title="Size", task="Mean size.", inputs=(Input("x"),), cases=cases,
             reference=lambda x: np.abs(x).mean(), rtol={rtol},
             mistakes=(Mistake(plain_mean, "The signs are kept.", hint="Look at the signs."),),
             checks=(Check("value", value, points=4),)),
    ),
)
import jax.numpy as jnp
'''
RIGHT = "import jax.numpy as jnp\n\n\ndef size(x):\n    return jnp.mean(jnp.abs(x))\n"


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """One fork server for all audits here."""
    with ForkServer() as running:
        yield running


def audited(
    folder: Path, server: ForkServer, *, strict: bool, rtol: str = "1e-4", right: str = ""
) -> Audit:
    """The audit of a tiny assignment whose check looks, or does not."""
    folder.mkdir()
    text = DECLARATION.format(strict=strict, rtol=rtol)
    (folder / "assignment.py").write_text(text, encoding="utf-8")
    (folder / "size.py").write_text("def size(x):\n    pass\n", encoding="utf-8")
    (folder / "right.py").write_text(right or RIGHT, encoding="utf-8")
    material = prepare(registry.load(str(folder)), 5)
    return audit(material, server, jobs=1, timeout_s=20)


def test_mutants_in_full() -> None:
    """A function gives its mutants in the order of its text, each once, with a name that lasts."""
    source = "def f(x, axis):\n    return jnp.sqrt(x.sum(axis=1)) - 1\n"
    assert [mutant.key for mutant in mutants("f", source)] == [
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+pass",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return jnp.sqrt(x.sum(axis=1)) + 1",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return x.sum(axis=1) - 1",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return jnp.sqrt(x.mean(axis=1)) - 1",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return jnp.sqrt(x.prod(axis=1)) - 1",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return jnp.sqrt(x.sum()) - 1",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return jnp.sqrt(x) - 1",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return jnp.sqrt(x.sum(axis=0)) - 1",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return jnp.sqrt(x.sum(axis=1)) - 0",
        "f: -return jnp.sqrt(x.sum(axis=1)) - 1|+return jnp.sqrt(x.sum(axis=1)) - 2",
    ]


def test_sound_assignment(tmp_path: Path, server: ForkServer) -> None:
    """An assignment whose checks look is sound, and the audit says so."""
    found = audited(tmp_path / "sound", server, strict=True)
    assert found.problems == ()
    text = render(found)
    assert "Known mistakes       1 of 1 lose points in their part\n" in text
    assert "0 survive: mutation score 100 %\n" in text
    assert text.endswith("\nThe assignment is sound.\n")
    assert json.loads(json.dumps(as_data(found)))["is_sound"] is True


def test_blind_check_is_found(tmp_path: Path, server: ForkServer) -> None:
    """An assignment whose check never objects is not sound: all that slips through is listed."""
    found = audited(tmp_path / "blind", server, strict=False)
    assert (
        "mistake 'plain_mean': size loses nothing; add a check or a case that shows it"
        in found.problems
    )
    # Only a function without its one statement is told: it is not there.
    assert len(found.survivors) == len(found.of("mutant")) - 1
    text = render(found)
    assert (
        "+    return jnp.sum(jnp.abs(x))\n"
        "Name: 'size: -return jnp.mean(jnp.abs(x))|+return jnp.sum(jnp.abs(x))'\n"
    ) in text
    assert text.endswith("\nThe assignment is not sound.\n")


def test_tight_tolerance_is_found(tmp_path: Path, server: ForkServer) -> None:
    """A tolerance that refuses a right answer for its rounding is told, with the error."""
    rounds = RIGHT.replace("jnp.abs(x)", "jnp.abs(x / 7)").replace("))", ")) * 7")
    found = audited(tmp_path / "tight", server, strict=True, rtol="1e-12", right=rounds)
    (line,) = [line for line in found.problems if line.startswith("tolerance")]
    assert re.fullmatch(
        r"tolerance of size: rtol 1e-12 is too tight: 'right' is right and errs by \de-0[789]; "
        "allow more",
        re.sub(r"(\d)\.\d(e-0)", r"\1\2", line),
    )


def test_loose_tolerance_is_found(tmp_path: Path, server: ForkServer) -> None:
    """A tolerance that lets wrong answers pass is told, with the wrong answer's error."""
    found = audited(tmp_path / "loose", server, strict=True, rtol="0.9")
    (line,) = [line for line in found.problems if line.startswith("tolerance")]
    assert re.fullmatch(
        r"tolerance of size: rtol 0\.9 is too loose: '.+' is wrong by \d\.\de-\d\d and passes; "
        "allow less, or choose cases that tell it apart",
        line,
    )


def test_assignment_without_solutions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An assignment without a right answer cannot be audited, in one line."""
    text = DECLARATION.format(strict=True, rtol="1e-4").replace(
        '    solutions=(HERE / "right.py",),\n', ""
    )
    (tmp_path / "assignment.py").write_text(text, encoding="utf-8")
    (tmp_path / "size.py").write_text("def size(x):\n    pass\n", encoding="utf-8")
    assert cli.main(["audit", str(tmp_path)]) == cli.UNUSABLE
    assert capsys.readouterr().err == (
        "grader: assignment 'size': `solutions` names no file; name a right answer to audit it\n"
    )


@pytest.mark.parametrize(("name", "each", "least"), [("kmeans", 3, 70), ("jax_basics", 4, 30)])
def test_built_in_is_sound(server: ForkServer, name: str, each: int, least: int) -> None:
    """Right answers get all points; of the wrong ones a share, taken evenly, loses some.

    `grader audit` takes them all.
    """
    material = prepare(registry.load(name), 1)
    wrong = [one.name for one in specimens(material.assignment) if one.part]
    some = frozenset(wrong[::each])

    def choose(one: Specimen) -> bool:
        return one.name in some

    found = audit(material, server, jobs=2, timeout_s=30, choose=choose)
    assert found.problems == ()
    assert len(found.of("mistake")) + len(found.of("mutant")) > least
