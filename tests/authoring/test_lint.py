"""What shows in an assignment before anything is graded: every problem, each with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_class import run

from grader import ready
from grader.assignment import Assignment, Case, Check, Input, Mistake, Part, registry
from grader.authoring import lint
from grader.authoring.new import scaffold
from grader.errors import AssignmentError
from grader.judging.answer_key import draw_key
from grader.results import Visibility

Changes = dict[str, tuple[str, str]]
FEW = """def inputs(draw, rows):
    \"\"\"The inputs of a test case: a table with `rows` rows and three columns.\"\"\"
    return {"x": draw.normal(2.0, 1.5, (rows, 3))}


CASES = ready.random_cases(inputs, example=6, hidden=(5, 12))

"""
"""Three cases, whose names fit into a line."""


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """The problems of a new assignment with few cases in which texts of its files are changed."""

    def problems(**changes: tuple[str, str]) -> tuple[str, ...]:
        folder = scaffold("tiny", tmp_path)
        declaration = folder / "assignment.py"
        before, _, rest = declaration.read_text("utf-8").partition("def inputs(")
        _, _, after = rest.partition("ASSIGNMENT = ")
        declaration.write_text(f"{before}{FEW}ASSIGNMENT = {after}", "utf-8")
        for file, (old, new) in changes.items():
            path = folder / ("tiny.ipynb" if file == "notebook" else f"{file}.py")
            text = path.read_text("utf-8")
            assert old in text
            path.write_text(text.replace(old, new), "utf-8")
        return lint.problems(registry.load(str(folder)), 1)

    return problems


def test_sound_assignments_have_none(
    changed: Callable[..., tuple[str, ...]], tmp_path: Path
) -> None:
    """A new assignment has no problems, nor has the built-in one."""
    assert changed() == ()
    assert lint.problems(registry.load(str(scaffold("whole", tmp_path))), 1) == ()
    assert lint.problems(registry.load("kmeans"), 1) == ()


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            {"notebook": ("def covariance(", "def covarianze(")},
            ["notebook 'tiny.ipynb': has no function 'covariance'; did you mean 'covarianze'?"],
        ),
        (
            {"notebook": ("def covariance(", "def something(")},
            ["notebook 'tiny.ipynb': has no function 'covariance'; add a cell with its TODO"],
        ),
        (
            {"notebook": ("def center(x)", "def center(x, axis)")},
            [
                "notebook 'tiny.ipynb', cell 5: `center` takes (x, axis), but the part's inputs are (x); make them agree"
            ],
        ),
        (
            {
                "assignment": (
                    "mistakes=mistakes.CENTER,",
                    'needs=("kept",), mistakes=mistakes.CENTER,',
                ),
                "reference": ("import jax.numpy as jnp\n", "import jax.numpy as jnp\n\nkept = 1\n"),
            },
            [
                "notebook 'tiny.ipynb': does not mention 'kept', which part 'center' needs; add its "
                "definition, or say that students must write it"
            ],
        ),
        (
            {"notebook": ('"nbformat": 4', '"nbformat": 4,,')},
            ["notebook 'tiny.ipynb': tiny.ipynb: "],
        ),
        (
            {"assignment": ("draw.normal(2.0", "draw.norml(2.0")},
            [
                "parts 'center' and 'covariance': drawing the test cases raised AttributeError: "
                "'numpy.random._generator.Generator' object has no attribute 'norml' in "
                "assignment.py, line 12; fix `cases`"
            ],
        ),
        (
            {"assignment": ('return {"x":', 'return {"y":')},
            [
                "parts 'center' and 'covariance', test cases 'example', 'hidden 5', and 'hidden 12': the "
                "input 'x' is missing; add it to what `cases` returns"
            ],
        ),
        (
            {"reference": ("return x - jnp.mean(x, axis=0)", "return x + jnp.nan")},
            [
                "parts 'center' and 'covariance', test cases 'example', 'hidden 5', and 'hidden 12': the reference returns NaN; fix the reference or the test case"
            ],
        ),
        (
            {"reference": ("return moved.T @ moved / x.shape[0]", "return lambda: 1")},
            [
                "part 'covariance', test cases 'example', 'hidden 5', and 'hidden 12': the reference returns "
                "function, which is not an array; say with `observe` what of it is looked at; fix the reference or the test case"
            ],
        ),
        (
            {
                "assignment": ("hidden=(5, 12)", "hidden=(5, 12, 13)"),
                "reference": ("return x - jnp.mean(x, axis=0)", "return x + jnp.inf"),
            },
            [
                "parts 'center' and 'covariance', 4 test cases (the first: 'example'): the reference returns infinity; fix the reference or the test case",
            ],
        ),
        (
            {"reference": ("return moved.T @ moved / x.shape[0]", "return moved / missing")},
            [
                "part 'covariance', test cases 'example', 'hidden 5', and 'hidden 12': the reference raised "
                "NameError: name 'missing' is not defined in reference.py, line 20; fix the reference"
            ],
        ),
        (
            {
                "reference": ("return moved.T @ moved / x.shape[0]", "moved.T @ moved"),
                "assignment": ("mistakes=mistakes.COVARIANCE,", ""),
            },
            [
                "part 'covariance': the reference returns None in every test case, as does an answer "
                "that does nothing; return a value, or omit `example` and `hidden`",
                "part 'covariance', test case 'example': the reference and its substitute in "
                "`alternative.py` disagree; fix the one that is wrong",
            ],
        ),
        (
            {"assignment": ("mistakes=mistakes.CENTER,", "rtol=1e-9, mistakes=mistakes.CENTER,")},
            [
                "part 'center': rtol 1e-09 is too tight: the reference's answers are float32, which is "
                "exact only to 1.2e-07; use 0.0001, or 1e-06 at least"
            ],
        ),
        (
            {
                "assignment": (
                    "mistakes=mistakes.COVARIANCE,",
                    "rtol=1e-9, mistakes=mistakes.COVARIANCE,",
                )
            },
            [  # and not that the stand-in differs by its rounding
                "part 'covariance': rtol 1e-09 is too tight: the reference's answers are float32, which "
                "is exact only to 1.2e-07; use 0.0001, or 1e-06 at least"
            ],
        ),
        (
            {"assignment": ('return {"x":', '{"x":')},
            [
                "parts 'center' and 'covariance': ready.random_cases: inputs: returned None; return a dict of "
                "inputs, {'x': ...}"
            ],
        ),
        (
            {"assignment": ("mistakes=mistakes.CENTER,", "rtol=0.5, mistakes=mistakes.CENTER,")},
            [
                "part 'center': rtol 0.5 is too loose: an answer that is off by 50% passes; use 0.0001, or 0.1 "
                "at most"
            ],
        ),
        (
            {"mistakes": ("return x - jnp.mean(x)", "return x - jnp.mean(x, axis=0)")},
            [
                "part 'center', mistake 'one_mean_for_all': is correct on every test case (example, "
                "hidden 5, hidden 12); add one that catches it"
            ],
        ),
        (
            {"mistakes": ("import jax.numpy", "from .reference import center\nimport jax.numpy")},
            [
                f"part {part!r}, mistake {name!r}: its file does not run by itself: attempted "
                "relative import with no known parent package; import only what students can import"
                for part, name in (
                    ("center", "one_mean_for_all"),
                    ("covariance", "divided_by_columns"),
                )
            ],
        ),
        (
            {"mistakes": ("moved = center(x)", "moved = centr(x)")},
            [
                "part 'covariance', mistake 'divided_by_columns': name 'centr' is not defined; "
                "define it there, or add a substitute to `alternative.py`"
            ],
        ),
        (
            {"alternative": ("x.mean(axis=0)", "x.mean(axis=1)[:3]")},
            [
                "part 'center', test case 'example': the reference and its substitute in `alternative.py` disagree; fix the one that is wrong"
            ],
        ),
        (
            {
                "reference": ("jnp.mean(x, axis=0)", "jnp.mean(x)"),
                "mistakes": ("(x)\n\n", "(x) + 1\n\n"),
            },
            [
                "part 'center', test case 'example': the reference and its substitute in `alternative.py` disagree; fix the one that is wrong"
            ],
        ),
        (
            {"alternative": ("x = jnp.asarray(x)", "x = 1 / 0")},
            [
                "part 'center', test case 'example': its substitute raised ZeroDivisionError: division by "
                "zero in alternative.py, line 7; fix `alternative.py`"
            ],
        ),
    ],
)
def test_problem_has_its_place(
    changed: Callable[..., tuple[str, ...]], changes: Changes, lines: list[str]
) -> None:
    """Each problem is a line that says where it is and what to do."""
    found = [line.removeprefix("assignment 'tiny': ") for line in changed(**changes)]
    assert len(found) == len(lines), found
    for line, wanted in zip(found, lines, strict=True):
        assert line == wanted or (wanted.endswith(": ") and line.startswith(wanted)), line


def test_alike_mistakes_are_told(changed: Callable[..., tuple[str, ...]]) -> None:
    """Two mistakes with the same answers are never named, so the audit names them."""
    twin = "def twin(x):\n    return x - x.mean()\n\n\nCENTER = (\n    Mistake(twin, 'A.'),\n"
    assert changed(mistakes=("CENTER = (\n", twin)) == (
        "assignment 'tiny': part 'center', mistakes 'twin' and 'one_mean_for_all': give the same results on every test case (example, hidden 5, hidden 12), so neither is reported; add a test case, or remove one of them",
    )


@pytest.mark.parametrize(
    ("of", "found"), [("2 * {call}", 0), ("{call}", 1)], ids=["elsewhere", "at the answer"]
)
def test_mistake_may_show_elsewhere(of: str, found: int) -> None:
    """What only a check with an expression of its own can tell is left to the audit."""

    def twice(x: Any) -> Any:
        return 2 * x

    part = ready.part(
        twice,
        cases=ready.random_cases(lambda d, n: {"x": d.normal(size=n)}, example=3, hidden=(4,)),
        example=1,
        checks=(Check("c", ready.moments(mean=0, of=of), points=1),),
        mistakes=(Mistake(doubled, "It is added to itself."),),
        title="T",
        task="D.",
    )
    made = Assignment("tiny", title="Tiny", notebook=Path(__file__), parts=(part,))
    said = [line for line in lint.problems(made, 1) if "is correct on every" in line]
    assert len(said) == found


def doubled(x: Any) -> Any:
    """The same in other words."""
    return x + x


def test_many_cases_are_counted(changed: Callable[..., tuple[str, ...]]) -> None:
    """The names of many cases are not listed."""
    more = ("hidden=(5, 12)", "hidden=(5, 12, 13)")
    same = ("return x - jnp.mean(x)", "return x - jnp.mean(x, axis=0)")
    assert changed(assignment=more, mistakes=same) == (
        "assignment 'tiny': part 'center', mistake 'one_mean_for_all': is correct on every test case (4 of them); add one that catches it",
    )


def test_problems_are_gathered(changed: Callable[..., tuple[str, ...]]) -> None:
    """Nothing stops at the first problem."""
    found = changed(
        notebook=("def covariance(", "def something("),
        mistakes=("return x - jnp.mean(x)", "return x - jnp.mean(x, axis=0)"),
        alternative=("x.mean(axis=0)", "x.mean(axis=1)[:3]"),
    )
    assert [line.split(": ")[1] for line in found] == [
        "notebook 'tiny.ipynb'",
        "part 'center', mistake 'one_mean_for_all'",
        "part 'center', test case 'example'",
    ]


# Cases ---------------------------------------------------------------------------------------


def of_cases(*cases: object, again: tuple[object, ...] | None = None) -> list[str]:
    """Get what is wrong with cases that are drawn, and drawn again."""
    drawn = [cases, cases if again is None else again]
    part = Part(
        "one",
        title="One",
        task="Do.",
        inputs=(Input("x"),),
        cases=lambda _: drawn.pop(0),  # type: ignore[arg-type,return-value]
        reference=lambda x: x,
        checks=(Check("a", lambda _: None, points=1),),
    )
    made = Assignment("tiny", title="Tiny", notebook=Path(__file__), parts=(part,))
    found = lint.problems(made, 1)
    start = "assignment 'tiny': part 'one'"
    return [line.removeprefix(start) for line in found if line.startswith(start)]


def case(name: str, *values: float) -> Case:
    """Get a case with a vector."""
    return Case(name, inputs={"x": np.array(values, np.float32)})


@pytest.mark.parametrize(
    ("cases", "again", "words"),
    [
        ((), None, ": `cases` returned no test case; return at least one"),
        ((3,), None, ": `cases` did not return a tuple of Case; return (Case(...),)"),
        (
            (case("a", 1), case("a", 1, 2)),
            None,
            ": 2 test cases are named 'a'; use each name once",
        ),
        (
            (case("a", 1), Case("b", inputs={"x": np.zeros(2)}, visibility="public")),  # type: ignore[arg-type]
            None,
            ": test case 'b': visibility: expected a Visibility, got 'public'; write Visibility.PUBLIC or "
            "Visibility.HIDDEN",
        ),
        (
            (case("a", 1), case("b", 2)),
            None,
            ": all test cases have the same size; add another size, so that a hard-coded number fails",
        ),
        (
            (case("a", 1), case("b", 1, 2)),
            (case("a", 1), case("b", 1, 3)),
            ": the same seed gives different test cases the second time; use only the random generator that `cases` receives",
        ),
        (
            (case("a", 1), case("b", 1, np.inf)),
            None,
            ", test case 'b': the reference returns infinity; fix the reference or the test case",
        ),
    ],
)
def test_bad_cases_are_told(
    cases: tuple[object, ...], again: tuple[object, ...] | None, words: str
) -> None:
    """What is wrong with the cases is told before anything is graded with them."""
    assert of_cases(*cases, again=again) == [words]


def test_cases_of_a_check_are_there() -> None:
    """A ready-made check that looks at a case that is never drawn is told, with the nearest name."""
    drawn = (case("total", 1), case("b", 1, 2))
    checks = (
        Check("a", ready.matches_reference("b", "tal"), points=1),
        Check("c", ready.vectorized("z"), points=1),
    )
    part = Part("one", title="One", task="Do.", cases=lambda _: drawn, checks=checks)
    lines = [
        "part 'one': check 'a': uses 'tal', which is not a test case; did you mean 'total'?",
        "part 'one': check 'c': uses 'z', which is not a test case; test cases: total, b",
    ]
    made = Assignment("tiny", title="Tiny", notebook=Path(__file__), parts=(part,))
    found = lint.problems(made, 1)
    assert [line.removeprefix("assignment 'tiny': ") for line in found][1:] == lines
    with pytest.raises(AssignmentError) as caught:
        draw_key(made, 1)
    assert caught.value.lines == tuple(lines)


def test_numbers_have_no_size() -> None:
    """Cases that hold plain numbers need no other size."""
    assert of_cases(Case("a", inputs={"x": 1.0}), Case("b", inputs={"x": 2.0})) == []


# The command ---------------------------------------------------------------------------------


def test_audit_grades_nothing_then(tmp_path: Path) -> None:
    """The audit lists the problems and grades nothing; the exit code is 1."""
    folder = scaffold("tiny", tmp_path)
    notebook = folder / "tiny.ipynb"
    notebook.write_text(notebook.read_text("utf-8").replace("def covariance(", "def b("), "utf-8")
    ran = run("audit", folder, "--json", tmp_path / "found.json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out == (
        "Audit of tiny (seed 1)\n\nNothing was graded; fix these problems first.\n\nProblems: 1\n"
        "  - assignment 'tiny': notebook 'tiny.ipynb': has no function 'covariance'; add\n"
        "    a cell with its TODO\n\nProblems found: the assignment is not sound yet.\n"
    )
    assert '"is_sound": false' in (tmp_path / "found.json").read_text("utf-8")


# Parameters of every kind ----------------------------------------------------------------------


def of_part(folder: Path, reference: Any, notebook: str, *cases: Case, **more: Any) -> list[str]:
    """Get what is wrong with a part that is what its reference says."""
    (folder / "tiny.py").write_text(notebook, "utf-8")
    one = ready.part(
        reference, title="One", task="Do.", cases=lambda _: cases, example=1, hidden=1, **more
    )
    made = Assignment("tiny", title="Tiny", notebook=folder / "tiny.py", parts=(one,))
    found = [line.removeprefix("assignment 'tiny': ") for line in lint.problems(made, 1)]
    return [line for line in found if "which is not a test case" not in line]


def drawn(**inputs: Any) -> tuple[Case, ...]:
    """Get a public case and a hidden one, of inputs (one, other)."""
    both = [{name: pair[at] for name, pair in inputs.items()} for at in range(2)]
    public = Case("example", inputs=both[0], visibility=Visibility.PUBLIC)
    return (public, Case("hidden", inputs=both[1]))


SMALL, LARGE = np.ones(2, np.float32), np.arange(3, dtype=np.float32)
RAW = np.array([0, 7], np.uint32), np.array([0, 8], np.uint32)


def scaled(x: Any, factor: float = 2.0) -> Any:
    """An optional parameter."""
    return factor * x


def scaled_by_name(x: Any, *, factor: Any) -> Any:
    """A parameter that must be named."""
    return factor * x


def summed(*arrays: Any) -> Any:
    """Any number of arrays."""
    return sum(array.sum() for array in arrays)


def drawn_with(key: Any) -> Any:
    """A key alone."""
    return key + key


def grown(x: Any, steps: int) -> Any:
    """A number that differs."""
    return x * steps


def stepped(params: Any) -> Any:
    """A tree."""
    return params["layers"][0]["w"] * params["rate"]


def tree(weights: Any) -> dict[str, Any]:
    """Parameters as a course has them."""
    return {"layers": [{"w": weights}], "rate": 0.5}


@pytest.mark.parametrize(
    ("reference", "notebook", "cases"),
    [
        (scaled, "def scaled(x): ...", drawn(x=(SMALL, LARGE))),
        (scaled, "def scaled(x, factor): ...", drawn(x=(SMALL, LARGE), factor=(1.0, 2.0))),
        (scaled, "def scaled(x, factor=2.0): ...", drawn(x=(SMALL, LARGE), factor=(1.0, 2.0))),
        (scaled, "def scaled(x, *, factor=2.0): ...", drawn(x=(SMALL, LARGE))),
        (scaled_by_name, "def scaled_by_name(x, *, factor): ...", drawn(x=(SMALL, LARGE), factor=(1.0, 2.0))),
        (scaled_by_name, "def scaled_by_name(x, factor): ...", drawn(x=(SMALL, LARGE), factor=(1.0, 2.0))),
        (scaled_by_name, "def scaled_by_name(**more): ...", drawn(x=(SMALL, LARGE), factor=(1.0, 2.0))),
        (summed, "def summed(*arrays): ...", drawn(arrays=((SMALL, LARGE), (LARGE,)))),
        (summed, "def summed(*arrays): ...", drawn(arrays=([SMALL], []))),
        (drawn_with, "def drawn_with(key): ...", drawn(key=RAW)),
        (grown, "def grown(x, steps): ...", drawn(x=(SMALL, SMALL), steps=(1, 5))),
        (stepped, "def stepped(params): ...", drawn(params=(tree(SMALL), tree(LARGE)))),
    ],
    ids=lambda value: getattr(value, "__name__", value if isinstance(value, str) else ""),
)  # fmt: skip
def test_parameters_of_every_kind(
    tmp_path: Path, reference: Any, notebook: str, cases: tuple[Case, ...]
) -> None:
    """Optional, named, and any number of parameters, keys, numbers, and trees are no problem."""
    assert of_part(tmp_path, reference, notebook, *cases) == []


def test_parameters_that_do_not_fit(tmp_path: Path) -> None:
    """A notebook whose function cannot get the inputs is told, whatever kind they are of."""
    cases = drawn(x=(SMALL, LARGE), factor=(1.0, 2.0))
    (line,) = of_part(tmp_path, scaled_by_name, "def scaled_by_name(x): ...", *cases)
    assert line == (
        "notebook 'tiny.py', cell 1: `scaled_by_name` takes (x), but the part's inputs are "
        "(x, factor); make them agree"
    )
    (line,) = of_part(tmp_path, scaled, "def scaled(x, factor, more): ...", *cases)
    assert "`scaled` takes (x, factor, more), but" in line


def mistake_by_position(x: Any, factor: Any) -> Any:
    """It is subtracted. Source: misread."""
    return x - factor


def mistake_by_name(x: Any, *, factor: Any) -> Any:
    """It is added. Source: misread."""
    return x + factor


def mistake_of_any(*inputs: Any) -> Any:
    """The first alone. Source: misread."""
    return inputs[0]


def mistake_of_all(**inputs: Any) -> Any:
    """The second alone. Source: misread."""
    return inputs["factor"] * inputs["factor"] * inputs["x"]


def mistake_without(x: Any) -> Any:
    """One is not taken. Source: misread."""
    return x


def test_mistakes_take_inputs_of_every_kind(tmp_path: Path) -> None:
    """A known mistake may take the inputs by position, by name, or all of them."""
    cases = drawn(x=(SMALL, LARGE), factor=(1.5, 2.5))
    wrong = (mistake_by_position, mistake_by_name, mistake_of_any, mistake_of_all)
    for known in wrong:
        mistakes = (Mistake(known, "It is wrong."),)
        text = "def scaled_by_name(x, factor): ..."
        assert of_part(tmp_path, scaled_by_name, text, *cases, mistakes=mistakes) == []
    with pytest.raises(
        AssignmentError, match=r"takes \(x\), but the part's inputs are \(x, factor\)"
    ):
        of_part(tmp_path, scaled_by_name, text, *cases, mistakes=(Mistake(mistake_without, "No."),))
