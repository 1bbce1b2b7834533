"""The audit of an assignment: mutants, soundness, survivors, and the K-Means exercise itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.assignment import registry
from grader.authoring import trials, witnesses
from grader.authoring.audit import Audit, audit
from grader.authoring.audit_report import as_data, render
from grader.authoring.mutants import mutants
from grader.authoring.tolerances import margin
from grader.catalog import say
from grader.cli import entry, exit_codes
from grader.errors import AssignmentError
from grader.judging import grade
from grader.judging.answer_key import draw_key
from grader.judging.context import Context
from grader.sandbox.endings import SuspectError
from grader.sandbox.server import ForkServer

DECLARATION = '''
"""One part: the mean of absolute values."""
from pathlib import Path

import numpy as np

from grader.assignment import Assignment, Case, Check, Input, Mistake, Incorrect, Part
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
            raise Incorrect(found.message)


def plain_mean(x):
    """The sign is kept. Source: forgotten."""
    return jnp.mean(x)


ASSIGNMENT = Assignment(
    "size",
    title="Size",
    notebook=HERE / "size.py",
    solutions=(HERE / "alternative.py",),
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


@pytest.fixture(autouse=True)
def _without_distortions(monkeypatch: pytest.MonkeyPatch) -> None:
    """They have tests of their own, and take their time."""
    monkeypatch.setattr(witnesses, "distortions", lambda _: iter(()))


def written(  # noqa: PLR0913  (all but the first by name)
    folder: Path,
    *,
    strict: bool = True,
    rtol: str = "1e-4",
    right: str = RIGHT,
    notebook: str = "def size(x):\n    pass\n",
    change: tuple[str, str] = ("", ""),
) -> Path:
    """The folder of a tiny assignment whose check looks, or does not."""
    folder.mkdir()
    text = DECLARATION.format(strict=strict, rtol=rtol)
    assert change[0] in text
    (folder / "assignment.py").write_text(text.replace(*change, 1), encoding="utf-8")
    (folder / "size.py").write_text(notebook, encoding="utf-8")
    (folder / "alternative.py").write_text(right, encoding="utf-8")
    return folder


def audited(folder: Path, server: ForkServer, **more: Any) -> Audit:
    """The audit of a tiny assignment."""
    answer_key = draw_key(registry.load(str(written(folder, **more))), 5)
    return audit(answer_key, server, jobs=1, timeout_s=20)


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
    assert " 0 equivalent, 0 survived\n  Mutation score       100%\n" in text
    assert text.endswith("\nAll good: the assignment is sound.\n")
    assert json.loads(json.dumps(as_data(found)))["is_sound"] is True


def test_mistake_with_the_same_program(
    tmp_path: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake whose part has the program of the solution's is listed, and is no problem."""
    judge_part = trials.judge_part

    def judged(*arguments: Any, **options: Any) -> Any:
        return replace(judge_part(*arguments, **options), program="0123456789abcdef")

    monkeypatch.setattr(trials, "judge_part", judged)
    found = audited(tmp_path / "size", server)
    assert [(one.part, one.name, one.solution) for one in found.same_as_correct] == [
        ("size", "plain_mean", "alternative")
    ]
    assert found.problems == ()


def test_killed_child_is_tried_again(
    tmp_path: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the machine ended says nothing about an assignment, the first time."""
    real, killed = trials.judge_part, [1, 3]

    def judged(*arguments: Any, **options: Any) -> Any:
        killed[:] = [left - 1 for left in killed]
        if 0 in killed:
            raise SuspectError(say("machine.server"))
        return real(*arguments, **options)

    monkeypatch.setattr(trials, "judge_part", judged)
    assert audited(tmp_path / "sound", server, strict=True).problems == ()
    assert max(killed) < 0


def test_fault_has_little_time(
    tmp_path: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mutant gets a few times what the right answer took, and no hints; all others get both."""
    limits, hinted = set(), []

    def context(*arguments: Any, timeout_s: float) -> Context:
        limits.add(timeout_s)
        return Context(*arguments, timeout_s=timeout_s)

    def judged(*arguments: Any, with_hints: bool) -> Any:
        hinted.append(with_hints)
        return grade.judge_part(*arguments, with_hints=with_hints)

    monkeypatch.setattr(trials, "Context", context)
    monkeypatch.setattr(trials, "judge_part", judged)
    answer_key = draw_key(registry.load(str(written(tmp_path / "size"))), 5)
    found = audit(answer_key, server, jobs=1, timeout_s=1000)
    (of_faults,) = limits - {1000}
    assert trials.LEAST_S < of_faults < 500
    assert hinted.count(False) == len(found.of("mutant")) > 4
    assert hinted.count(True) == len(found.trials) - len(found.of("mutant"))


def test_equal_numbers_are_no_margin() -> None:
    """A wrong answer with the numbers of the reference is wrong in something else."""
    right = {("case", ()): np.array([1.0, 2.0])}
    near = {("case", ()): np.array([1.0, 2.5])}
    found = margin("part", {"case": right["case", ()]}, [right], {"a": right, "b": near}, 1e-4)
    assert found is not None
    assert found.wrong_name == "b"


def test_blind_check_is_found(tmp_path: Path, server: ForkServer) -> None:
    """An assignment whose check never objects is not sound: all that slips through is listed."""
    found = audited(tmp_path / "blind", server, strict=False)
    assert (
        "mistake 'plain_mean': size loses no points; add a check or a test case that catches it"
        in found.problems
    )
    # Only a function without its one statement is told: it is not there.
    assert len(found.survivors) == len(found.of("mutant")) - 1
    text = render(found)
    assert (
        "+    return jnp.sum(jnp.abs(x))\n"
        "Name: 'size: -return jnp.mean(jnp.abs(x))|+return jnp.sum(jnp.abs(x))'\n"
    ) in text
    assert text.endswith("\nProblems found: the assignment is not sound yet.\n")


def test_tight_tolerance_is_found(tmp_path: Path, server: ForkServer) -> None:
    """A tolerance that refuses a right answer for its rounding is told, with the error."""
    rounds = RIGHT.replace("jnp.abs(x)", "jnp.abs(x / 7)").replace("))", ")) * 7")
    found = audited(tmp_path / "tight", server, strict=True, rtol="1e-12", right=rounds)
    (line,) = [line for line in found.problems if line.startswith("tolerance")]
    assert re.fullmatch(
        r"tolerance of size: rtol 1e-12 is too tight: 'alternative' is correct, with an error of \de-0[789]; "
        "increase it",
        re.sub(r"(\d)\.\d(e-0)", r"\1\2", line),
    )


def test_loose_tolerance_is_found(tmp_path: Path, server: ForkServer) -> None:
    """A tolerance that lets wrong answers pass is told, with the wrong answer's error."""
    found = audited(tmp_path / "loose", server, strict=True, rtol="0.9")
    (line,) = [line for line in found.problems if line.startswith("tolerance")]
    assert re.fullmatch(
        r"tolerance of size: rtol 0\.9 is too loose: '.+' is wrong by \d\.\de-\d\d and passes; "
        "decrease it, or choose test cases that catch it",
        line,
    )


def test_broken_check_is_told_once(tmp_path: Path, server: ForkServer) -> None:
    """What a check raises is one problem, with its line and how many answers it is about."""
    change = ("in student.cases:", "in student.answers:")
    found = audited(tmp_path / "broken", server, change=change)
    lines = (tmp_path / "broken" / "assignment.py").read_text("utf-8").splitlines()
    line = lines.index("    for case in student.answers:") + 1
    judged = len(found.of("right") + found.of("mistake") + found.of("mutant")) - 1
    assert found.problems == (
        f"part 'size', check 'value': raised in assignment.py, line {line}, for {judged} submissions (the first: solution 'alternative'): AttributeError: 'Student' object has no attribute 'answers'; fix the check",
    )


def test_share_above_one_gives_nothing(tmp_path: Path, server: ForkServer) -> None:
    """A check that gives half as 50 gives no points, and the audit says which it is."""
    change = ("raise Incorrect(found.message)", "raise Incorrect(found.message, earned=50)")
    found = audited(tmp_path / "share", server, change=change)
    (line,) = found.problems
    assert line.startswith("part 'size', check 'value': raised in assignment.py, line 25, for ")
    assert line.endswith(
        ": ValueError: Incorrect: earned: expected a share from 0 to 1, got 50; fix the check"
    )
    assert all(trial.is_caught for trial in found.of("mistake"))


def test_broken_check_beside_the_folder(tmp_path: Path, server: ForkServer) -> None:
    """A check from elsewhere is told with its own file, and one answer by its name."""
    (tmp_path / "elsewhere").mkdir()
    code = "def value(student):\n    for case in student.cases:\n        {}[str(student.answer(case))]\n"
    (tmp_path / "elsewhere" / "checks_of_size.py").write_text(code, encoding="utf-8")
    place = str(tmp_path / "elsewhere")
    import_it = f"\nimport sys; sys.path.append({place!r}); from checks_of_size import value\n"
    found = audited(tmp_path / "apart", server, change=("\nASSIGNMENT", f"{import_it}\nASSIGNMENT"))
    assert len(found.problems) == 1, found.problems
    (line,) = found.problems
    assert re.fullmatch(
        r"part 'size', check 'value': raised in checks_of_size\.py, line 3, for \d+ submissions \(the "
        r"first: solution 'alternative'\): KeyError: '[\d.]+'; fix the check",
        line,
    )


def test_wrong_check_is_told_once(tmp_path: Path, server: ForkServer) -> None:
    """A check that refuses right answers is one problem, however many answers it refuses."""
    two = DECLARATION[DECLARATION.index("        Part(") : DECLARATION.index("    ),\n)\n")]
    two = two.format(strict=True, rtol="1e-4").replace('"size"', '"twice"', 1)
    two = two.replace("value, points=4", "never, points=2, hint='Look.'")
    add = "    parts=(\n" + two
    refuse = (
        "def never(student):\n    raise Incorrect(f'no {student.answer(student.cases[0])}')\n\n"
    )
    change = ("    parts=(\n", add)
    text = f"{RIGHT}\n\ndef twice(x):\n    return jnp.mean(jnp.abs(x))\n"
    notebook = "def size(x):\n    pass\ndef twice(x):\n    pass\n"
    folder = written(tmp_path / "wrong", change=change, right=text, notebook=notebook)
    path = folder / "assignment.py"
    declared = path.read_text("utf-8").replace("\nASSIGNMENT", f"\n{refuse}ASSIGNMENT", 1)
    path.write_text(declared, encoding="utf-8")
    answer_key = draw_key(registry.load(str(folder)), 5)
    found = audit(answer_key, server, jobs=1, timeout_s=20)
    assert len(found.problems) == 1, found.problems
    (line,) = found.problems
    assert re.fullmatch(
        r"part 'twice', check 'value': 2 submissions \(the first: solution 'alternative'\) get 0 of 2 points: "
        r"no 0\.\d+; fix the check, or the solution if it is wrong",
        line,
    )


def test_answer_left_in_is_told_once(tmp_path: Path, server: ForkServer) -> None:
    """An answer that is left in the notebook is one problem, and nothing is graded before it goes."""
    found = audited(tmp_path / "left", server, notebook=RIGHT)
    assert found.trials == ()
    assert found.problems == (
        "assignment 'size': size.py, cell 1: `size` earns 4 of 4 points as it is, so it still contains an answer; replace the answer with # TODO",
    )


def test_no_warnings_on_the_terminal(tmp_path: Path) -> None:
    """What NumPy warns of in a check or a reference is not shown, with paths and all."""
    noisy = ("        found =", "        np.log(np.zeros(1))\n        found =")
    folder = written(tmp_path / "noisy", change=noisy)
    path = folder / "assignment.py"
    loud = "lambda x: np.abs(x).mean() + 0 * np.nan_to_num(1 / (x - x))[0]"
    text = path.read_text("utf-8").replace("lambda x: np.abs(x).mean()", loud)
    path.write_text(text, encoding="utf-8")
    for command in (("audit", folder), ("release", folder, "--out", tmp_path / "out")):
        words = [sys.executable, "-m", "grader", *map(str, command)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert done.returncode == 0, done.stdout


def test_assignment_without_solutions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An assignment without a right answer cannot be audited, in one line."""
    text = DECLARATION.format(strict=True, rtol="1e-4").replace(
        '    solutions=(HERE / "alternative.py",),\n', ""
    )
    (tmp_path / "assignment.py").write_text(text, encoding="utf-8")
    (tmp_path / "size.py").write_text("def size(x):\n    pass\n", encoding="utf-8")
    assert entry.main(["audit", str(tmp_path)]) == exit_codes.UNUSABLE
    assert capsys.readouterr().err == (
        "grader: assignment 'size': `solutions` is empty; name a file with a correct solution\n"
    )


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (
            "x = 1\ndef size(x:\n",
            ", line 2: is not valid Python: '(' was never closed; fix the file",
        ),
        ("x = 1\n", ": does not define size; write all parts"),
    ],
)
def test_solution_that_is_none(tmp_path: Path, server: ForkServer, right: str, words: str) -> None:
    """A solution that is no Python, or lacks a part, is told with its file and line."""
    with pytest.raises(AssignmentError) as caught:
        audited(tmp_path / "none", server, right=right)
    assert str(caught.value) == f"assignment 'size', solution 'alternative.py'{words}"
