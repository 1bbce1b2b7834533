"""A JAX that is not the tested one changes no points: its programs are compiled."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import jax
import pytest

from grader.assignment import registry
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.grade import grade
from grader.reading.submission import read_submission
from grader.results import SubmissionResult
from grader.sandbox import control, doctor, server
from grader.sandbox.inside.evaluator import jax_internals
from grader.sandbox.server import ForkServer

SAMPLE = Path(__file__).parents[2] / "exercises" / "kmeans" / "samples" / "hana.ipynb"
"""Its cells run JAX outside of functions, and its parts use what they bind."""
CALL = re.compile(r"= _pjit_call_impl_python\(")
DEFINITION = "def _pjit_call_impl_python("


def with_other_keyword(text: str) -> str:
    """JAX's `pjit.py` in which the hook takes its program under another name."""
    changed = """

def _called(*values, jaxpr, **more):
  return _pjit_call_impl_python(*values, closed_jaxpr=jaxpr, **more)

_as_before = _pjit_call_impl_python

def _pjit_call_impl_python(*values, closed_jaxpr, **more):
  return _as_before(*values, jaxpr=closed_jaxpr, **more)
"""
    assert CALL.search(text)
    return CALL.sub("= _called(", text) + changed


def with_more_returned(text: str) -> str:
    """JAX's `pjit.py` in which the hook returns one value more."""
    changed = """

def _called(*values, **more):
  *results, _ = _pjit_call_impl_python(*values, **more)
  return results

_as_before = _pjit_call_impl_python

def _pjit_call_impl_python(*values, **more):
  return (*_as_before(*values, **more), "one more")
"""
    assert CALL.search(text)
    return CALL.sub("= _called(", text) + changed


def renamed(*names: str) -> Callable[[str], str]:
    """A file of JAX in which these names, where they are not those of `jaxlib`, are others."""
    pattern = re.compile(rf"(?<!xc\.)(?<!_jax\.)\b({'|'.join(names)})\b")
    return lambda text: pattern.sub(r"\1_2", text)


def without_literal(text: str) -> str:
    """A file of JAX in which the class of constants has another name."""
    is_core = (
        "\nclass Literal:" in text or "core import (Trace" in text or "TraceTag, Jaxpr" in text
    )
    pattern = (
        r"\bLiteral\b(?! as)" if is_core else r"(?<=core\.)Literal\b|\bLiteral(?= as Literal,)"
    )
    return re.sub(pattern, "Literal_2", text)


NAMES = ("trace_state_clean", "batched_device_put", "make_ir_context", "_backends", "_impl")
CHANGES: dict[str, tuple[str, Callable[[str], str]]] = {
    "hook with another keyword": ("_src/pjit.py", with_other_keyword),
    "hook with one value more": ("_src/pjit.py", with_more_returned),
    "no hook": ("**/*.py", renamed("_pjit_call_impl_python")),
    "no constants": ("**/*.py", without_literal),
    "no other name": ("**/*.py", renamed(*NAMES)),
}


@dataclass(frozen=True)
class Graded:
    """What a class is graded with, and what the sample gets with JAX as it is."""

    answer_key: AnswerKey
    right: SubmissionResult

    def again(self, running: ForkServer) -> SubmissionResult:
        """The sample's result in another server."""
        submission = read_submission(SAMPLE)
        return grade(submission, self.answer_key, running, student="hana", timeout_s=60)


@pytest.fixture(scope="module")
def graded() -> Graded:
    """The sample graded with JAX as it is."""
    answer_key = draw_key(registry.load("kmeans"), 7)
    with ForkServer() as running:
        control.require(running)
        assert running.versions["compiled"] == ""
        bare = Graded(answer_key, None)  # type: ignore[arg-type]
        return Graded(answer_key, bare.again(running))


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have children import a JAX that was changed in one of the ways."""

    def change(name: str) -> None:
        own = Path(jax.__file__).parent
        copy = tmp_path / "site-packages" / "jax"
        shutil.copytree(own, copy, copy_function=os.link)
        pattern, alter = CHANGES[name]
        count = 0
        for path in sorted(copy.glob(pattern)):
            text = path.read_text("utf-8")
            if (new := alter(text)) != text:
                path.unlink()  # the file is JAX's own
                path.write_text(new, "utf-8")
                count += 1
        assert count
        packages = server._packages()
        monkeypatch.setattr(server, "_packages", lambda: [str(copy.parent), *packages])

    return change


@pytest.fixture
def trusting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have children take any JAX for one that was tested."""
    start = "from inside.evaluator import jax_internals\n    jax_internals.is_known = lambda: True\n    "
    text = server.ZYGOTE.read_text("utf-8")
    before = "from inside import frames, warmup"
    assert before in text
    text = text.replace(before, start + before)
    wrapper = tmp_path / "zygote.py"
    wrapper.write_text(
        f"exec(compile({text!r}, 'zygote', 'exec'),"
        f" {{'__name__': '__main__', '__file__': {str(server.ZYGOTE)!r}}})\n",
        "utf-8",
    )
    monkeypatch.setattr(server, "ZYGOTE", wrapper)


def points(result: SubmissionResult) -> dict[str, float]:
    """The points of each part."""
    return {part.name: part.score for part in result.parts}


def test_installed_jax_is_one_that_was_tested() -> None:
    """The JAX that the project is locked to is known; another needs a row of `TESTED`."""
    assert jax_internals.TESTED.get(jax.__version__) == jax_internals.digest(), (
        f'run the tests of the evaluator, then add "{jax.__version__}": "{jax_internals.digest()}"'
    )
    assert jax_internals.is_known()
    assert jax_internals.why_compiled() == ""


def test_untested_release_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another release, and a changed file of a known one, are said to be just that."""
    monkeypatch.setattr(jax_internals, "is_known", lambda: False)
    said = f"JAX {jax.__version__} is not as released"
    assert jax_internals.why_compiled() == said
    monkeypatch.setattr(jax_internals, "TESTED", {})
    said = f"JAX {jax.__version__} was not tested with it"
    assert jax_internals.why_compiled() == said


def test_files_that_cannot_be_read_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A JAX without its sources is compiled."""
    monkeypatch.setattr(Path, "read_bytes", lambda _: (_ for _ in ()).throw(PermissionError()))
    assert jax_internals.digest() == ""


@pytest.mark.parametrize("name", CHANGES)
def test_changed_jax_gives_the_same_points(
    name: str, changed: Callable[[str], None], graded: Graded
) -> None:
    """Whatever private name of JAX means something else, nobody's points change, and it is said."""
    changed(name)
    with ForkServer() as running:
        control.require(running)
        assert running.versions["compiled"] == f"JAX {jax.__version__} is not as released"
        result = graded.again(running)
    assert points(result) == points(graded.right)
    said = result.environment["programs"]
    assert said == f"compiled: JAX {jax.__version__} is not as released"


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("name", list(CHANGES)[:3])
def test_control_finds_what_goes_wrong(
    name: str, changed: Callable[[str], None], graded: Graded
) -> None:
    """A changed hook that nothing else has noticed costs no points: the control fails with it."""
    changed(name)
    with ForkServer() as running:
        control.require(running)
        result = graded.again(running)
    assert points(result) == points(graded.right)


@pytest.mark.usefixtures("trusting")
def test_control_makes_all_be_compiled(changed: Callable[[str], None]) -> None:
    """The doctor reports what the control has found."""
    changed("hook with one value more")
    with ForkServer() as running:
        assert control.problem(running)
        control.require(running)
        assert running.versions["compiled"] == "the control gave other results"
        diagnosis = doctor.examine(running)
    assert "\nStudent code is compiled: slower, with the same points.\n" in doctor.render(diagnosis)
    said = doctor.render(diagnosis, is_verbose=True)
    assert "slower, with the same points (the control gave other\nresults).\n" in said


@pytest.fixture
def running() -> Iterator[ForkServer]:
    """A fork server."""
    with ForkServer() as started:
        yield started


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("squares = jnp.zeros(2)", "`squares` has unexpected values"),
        ("nearest = jnp.zeros(6)", "`nearest` has an unexpected type"),
        ("first = lambda: 1", "`first` has an unexpected type"),
        ("other = drawn", "random numbers do not follow their key"),
        ("drawn = None", "random numbers do not follow their key"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_control_tells_what_is_wrong(
    running: ForkServer, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    """Each result of the control's cells counts."""
    monkeypatch.setattr(control, "CELLS", [*control.CELLS, line])
    assert control.problem(running) == said


def test_jax_that_never_works_is_no_ones_fault(
    running: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where JAX works in no way nothing is graded, and one line says so."""
    monkeypatch.setattr(control, "CELLS", [*control.CELLS, "1 / 0"])
    with pytest.raises(control.SandboxError) as error:
        control.require(running)
    assert str(error.value) == (
        "JAX does not work in the sandbox: ZeroDivisionError: division by zero; "
        "reinstall the grader"
    )
