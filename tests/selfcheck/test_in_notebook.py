"""Tests of `grader.selfcheck`: `check`, what it says and shows, and the example data."""

import dataclasses
import json
import linecache
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sound_pages import contrast

import grader
from exercises.kmeans.assignment import ASSIGNMENT
from grader import ready
from grader.assignment import Assignment, Case, Check, Incorrect, Input, Part
from grader.authoring.public_cases import export
from grader.compare import difference
from grader.errors import UsageError
from grader.judging.answer_key import draw_key
from grader.results import Visibility
from grader.selfcheck import examples, run
from grader.selfcheck.examples import load
from grader.selfcheck.in_notebook import SelfCheck, check

RIGHT = """
import jax, jax.numpy as jnp
points, num_clusters = jnp.zeros((800, 2)), 4
def update_assignment(samples, centroids):
    table = jnp.linalg.norm(samples[:, None] - centroids[None], axis=-1)
    return table.argmin(1), table.min(1)
def update_centroids(samples, assignment, k):
    belongs = (assignment[:, None] == jnp.arange(k)) * 1.0
    return belongs.T @ samples / belongs.sum(0)[:, None]
def improve_centroids(values, k):
    assignment, distortions = update_assignment(points, values[0])
    return update_centroids(points, assignment, k), distortions.mean(), values[1]
"""
HOSTILE = (
    "<script>alert(1)</script>", "</style></div><b>", '"><img src=x onerror=alert(1)>',
    "\x1b[31m\x07", "\u202egnp.exe", "{{7*7}}", "&#x202e;", "\ud800", "x" * 9000, '<&">' * 2000,
    "\x00" * 5000, "字" * 3000, "`</code><script>`",
)  # fmt: skip


class Markup(HTMLParser):
    """The tags and the text of a piece of HTML; every element must be closed."""

    def __init__(self, html: str) -> None:
        """Read the piece."""
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag and its attributes."""
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag != "wbr":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The innermost open element ends."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    """What the K-Means exercise exports, after a way through JSON."""
    data: dict[str, Any] = json.loads(json.dumps(export(ASSIGNMENT), allow_nan=False))
    return data


@pytest.fixture
def notebook(
    exported: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], dict[str, Any]]:
    """A folder with the example data, and a way to run cells in it."""
    (tmp_path / "kmeans.selfcheck.json").write_text(json.dumps(exported), "utf-8")
    monkeypatch.chdir(tmp_path)

    def run(source: str) -> dict[str, Any]:
        space: dict[str, Any] = {"__name__": "__main__"}
        for number, cell in enumerate((RIGHT, source), 1):
            file = f"<ipython-input-{number}>"
            lines = cell.splitlines(keepends=True)
            monkeypatch.setitem(linecache.cache, file, (len(cell), None, lines, file))
            exec(compile(cell, file, "exec"), space)  # noqa: S102
        return space

    return run


Notebook = Callable[[str], dict[str, Any]]


def assert_fit(said: SelfCheck) -> Markup:
    """The output is small, a single element without anything that acts or stands out."""
    html = said._repr_html_()
    assert len(html.encode("utf-8")) < 4096
    markup = Markup(html)
    assert re.match(r'<div class="gl \w+">', html)
    assert markup.tags.count("div") == 1
    allowed = {
        "div",
        "style",
        "p",
        "strong",
        "span",
        "ul",
        "li",
        "b",
        "code",
        "wbr",
        "small",
        "pre",
    }
    assert set(markup.tags) <= allowed
    assert set(markup.attributes) == {"class"}
    (style,) = re.findall(r"<style>(.*?)</style>", html)
    assert all(".gl" in rule for rule in re.findall(r"([^{}]+)\{", style))
    assert not re.search(r"prefers-color-scheme|url|@", style)
    for colour in re.findall(r"#[0-9a-f]{6}", style):
        assert all(contrast(colour, page) > 3 for page in ("#ffffff", "#111111")), colour
    for text in (html, repr(said)):
        assert all(char.isprintable() or char == "\n" for char in text)
        assert "all passed" not in text.lower()
    assert all(len(line) <= 80 for line in repr(said).splitlines())
    return markup


# The data ----------------------------------------------------------------------------------


def test_export_holds_public_cases_only(exported: dict[str, Any]) -> None:
    """Of each part only public cases are there, with the values that public checks look at."""
    parts = {part["name"]: part for part in exported["parts"]}
    looked = {
        name: [
            (one["points"], v["index"], v["name"]) for one in part["checks"] for v in one["values"]
        ]
        for name, part in parts.items()
        if "checks" in part
    }
    assert looked == {
        "update_assignment": [(5.0, 0, "`assignment`"), (3.0, 1, "`distortions`")],
        "update_centroids": [(6.0, None, "the array of new centroids")],
        "improve_centroids": [(4.0, 0, "`new_centroids`")],
    }
    assert {case["name"] for part in parts.values() for case in part.get("cases", ())} == {
        "example"
    }
    assert parts["init"] == {
        "name": "init",
        "title": "Initialize the centroids",
        "number": 1,
        "points": 15.0,
    }


def test_export_has_no_hidden_number(exported: dict[str, Any]) -> None:
    """No entry of a hidden case and no text of the reference or a stand-in is in the file."""
    text = json.dumps(exported)
    numbers = set(re.findall(r"-?\d+\.\d{4,}", text))
    for part, cases in draw_key(ASSIGNMENT, 0).cases.items():
        for case in cases:
            if case.visibility is Visibility.HIDDEN:
                for name in ("samples", "centroids", "points"):
                    values = np.ravel(case.inputs.get(name, ())).astype(np.float32)
                    assert not {str(v) for v in values if len(str(v)) > 6} & numbers, part
    assert "def " not in text
    assert "jnp.sqrt" not in text


def test_load_gives_back_the_arrays(exported: dict[str, Any], tmp_path: Path) -> None:
    """What is read equals what was exported, in float32."""
    path = tmp_path / "kmeans.selfcheck.json"
    path.write_text(json.dumps(exported), "utf-8")
    part = load(path).parts[1]
    want = draw_key(ASSIGNMENT, 0).expected["update_assignment"]["example"]
    for one, right in zip(part.checks, want, strict=True):
        assert np.array_equal(one.values[0].want, right.astype(one.values[0].want.dtype))
    assert part.checks[1].values[0].want.dtype == np.float32
    assert part.cases[0].expressions == {}
    assert load(path).parts[2].cases[0].expressions["jnp.arange(k)"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"schema": "other"}',
        b'{"schema": "grader.selfcheck/1"}',
        b'{"schema": "grader.selfcheck/1", "assignment": "x", "parts": [1]}',
        b'{"schema": "grader.selfcheck/1", "assignment": "x", "parts": [{"name": "a", "title": "", '
        b'"number": 1, "points": 1, "cases": [{"name": "c", "inputs": {"x": {"dtype": "object", '
        b'"shape": [1], "data": [1]}}, "expressions": {}, "given": {}, "count": 0}]}]}',
    ],
)  # fmt: skip
def test_other_files_refused(text: bytes, tmp_path: Path) -> None:
    """A file of something else is refused in one line, and the notebook says so."""
    path = tmp_path / "x.selfcheck.json"
    path.write_bytes(text)
    with pytest.raises(UsageError, match=r"x\.selfcheck\.json: not the data .*; download it"):
        load(path)
    said = repr(check(max, data=path))
    assert said == "The example data file cannot be read. Download it again."


def tiny(tmp_path: Path, **more: Any) -> Assignment:
    """An assignment whose only part doubles a number, checked in public."""

    def cases(draw: np.random.Generator) -> tuple[Case, ...]:
        del draw
        return (
            Case("one", inputs={"x": np.array([1, np.nan, np.inf])}, visibility=Visibility.PUBLIC),
        )

    def right(student: Any) -> None:
        for case in student.cases:
            found = difference(got=student.answer(case), want=student.expected(case), name="it")
            if found:
                raise Incorrect(found.message)

    def traced(student: Any) -> None:
        assert student.program_size(student.cases[0]) < 5

    checks = (
        Check("values", right, points=2, visibility=Visibility.PUBLIC),
        Check("traced", traced, points=3, visibility=Visibility.PUBLIC),
    )
    (tmp_path / "n.py").write_text("x = 1\n")
    part = Part("double", title="", task="", inputs=(Input("x"),), cases=cases, checks=checks,
                reference=lambda x: 2 * x, **more)  # fmt: skip
    return Assignment("tiny", title="Tiny", notebook=tmp_path / "n.py", parts=(part,))


def test_other_questions_are_no_data(tmp_path: Path) -> None:
    """A check that asks for more than an answer is left out, and NaN and infinity are kept."""
    data = json.loads(json.dumps(export(tiny(tmp_path)), allow_nan=False))
    (part,) = data["parts"]
    assert [one["name"] for one in part["checks"]] == ["values"]
    assert part["checks"][0]["values"][0]["want"]["data"] == [2.0, "nan", "inf"]
    path = tmp_path / "tiny.selfcheck.json"
    path.write_text(json.dumps(data))
    said = " ".join(repr(check(lambda x: 2 * x, "double", data=path)).split())
    assert "2 of 2 points so far. 3 more points" in said


# The check ---------------------------------------------------------------------------------


def test_ready_made_checks_are_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ready-made part is exported, and the self-check keeps to the part's tolerance."""

    def halved(x: Any) -> Any:
        return (x / 2, x.sum())

    def asks_for_call(student: Any) -> None:
        assert student.arguments == {"x"}
        assert student.function == "halved"
        ready.matches_reference("example")(student)

    cases = ready.random_cases(
        lambda draw, n: {"x": draw.uniform(1, 2, n)}, example=3, hidden=(2, 4)
    )
    made = ready.part(
        halved, title="H", task="D.", cases=cases, example=1, hidden=2, returns=("half", "total"),
        rtol=0.1,
    )  # fmt: skip
    called = Check("called", asks_for_call, points=1, visibility=Visibility.PUBLIC)
    (tmp_path / "n.py").write_text("def halved(x): ...", "utf-8")
    whole = Assignment(
        "tiny",
        title="Tiny",
        notebook=tmp_path / "n.py",
        parts=(dataclasses.replace(made, checks=(*made.checks, called)),),
    )
    data = export(whole)
    assert [one["name"] for one in data["parts"][0]["checks"]] == ["the example", "called"]
    (tmp_path / "tiny.selfcheck.json").write_text(json.dumps(data), "utf-8")
    monkeypatch.chdir(tmp_path)
    near = check(lambda x: (x * 0.49, x.sum() * 1.01), "halved")
    assert "matches the example data" in repr(near).lower()
    far = check(lambda x: (x * 0.3, x.sum()), "halved")
    assert "half is incorrect in 3 of 3 entries" in repr(far)


def test_right_part_matches(notebook: Notebook) -> None:
    """A right function matches the example data, in words that promise no more."""
    said = check(notebook("")["update_assignment"])
    assert repr(said) == (
        "Part 2: Find the new assignment (update_assignment)   Matches the example data\n"
        "  [ok] assignment is correct.\n"
        "  [ok] distortions is correct.\n"
        "  Self-check on the example data: 8 of 8 points so far. 17 more points depend\n"
        "  on hidden test cases after you submit."
    )
    markup = assert_fit(said)
    assert "✓ Matches the example data" in markup.text


def test_squared_distances_are_found(notebook: Notebook) -> None:
    """A wrong value is told with its worst entry, what is right is told first."""
    space = notebook(
        "def update_assignment(samples, centroids):\n"
        "    print('noise')\n"
        "    table = ((samples[:, None] - centroids[None]) ** 2).sum(-1)\n"
        "    return table.argmin(1), table.min(1)\n"
    )
    said = check(space["update_assignment"])
    assert repr(said) == (
        "Part 2: Find the new assignment (update_assignment)   Partly correct\n"
        "  [ok] assignment is correct.\n"
        "  [  ] distortions is incorrect in 130 of 130 entries: distortions[28] is\n"
        "       18.80, expected 4.335.\n"
        "  Next step: Compute this entry by hand, and find the first step where your\n"
        "  code disagrees.\n"
        "  Self-check on the example data: 5 of 8 points so far. 17 more points depend\n"
        "  on hidden test cases after you submit."
    )
    assert_fit(said)


@pytest.mark.parametrize(
    "source",
    [
        "def update_assignment(p, q):\n"
        "    table = jnp.linalg.norm(q[:, None] - p[None], axis=-1)\n"
        "    return table.argmin(1), table.min(1)",
        "def update_assignment(samples, centroids):\n"
        "    assert centroids.shape[0] > 100\n"
        "    table = jnp.linalg.norm(centroids[:, None] - samples[None], axis=-1)\n"
        "    return table.argmin(1), table.min(1)",
    ],
)
def test_exchanged_arguments_are_told(notebook: Notebook, source: str) -> None:
    """What is right with its arguments exchanged does not match, and is told so."""
    said = check(notebook(source)["update_assignment"])
    assert "Matches" not in repr(said)
    words = " ".join(repr(said).split())
    assert (
        "Next step: This is correct if the first two arguments are swapped: it is called as update_assignment(samples, centroids)."
        in words
    )
    assert_fit(said)


def test_names_tell_the_order(notebook: Notebook) -> None:
    """Parameters in another order match by their names, without regard to case."""
    source = (
        "def update_assignment(CENTROIDS, Samples):\n"
        "    table = jnp.linalg.norm(Samples[:, None] - CENTROIDS[None], axis=-1)\n"
        "    return table.argmin(1), table.min(1)\n"
    )
    assert "Matches" in repr(check(notebook(source)["update_assignment"]))


@pytest.mark.parametrize(
    "source",
    [
        "update_centroids = jax.jit(update_centroids, static_argnames='k')",
        "update_centroids = lambda labels, pts, k: jnp.stack([pts[labels == j].mean(0) for j in range(k)])",
        "def update_centroids(x, *, assignment, cluster_ids):\n"
        "    return jnp.stack([x[assignment == j].mean(0) for j in cluster_ids])",
        "def update_centroids(samples, assignment, cluster_id):\n"
        "    return jnp.where((assignment == cluster_id)[:, None], samples, 0).sum(0) / (assignment == cluster_id).sum()",
        "import functools\n"
        "def means(scale, samples, assignment, k):\n"
        "    return scale * jnp.stack([samples[assignment == j].mean(0) for j in range(k)])\n"
        "update_centroids = functools.partial(means, 1.0)",
        "def update_centroids(samples, assignment):\n"
        "    return jnp.stack([samples[assignment == j].mean(0) for j in range(num_clusters)])",
    ],
)  # fmt: skip
def test_usual_forms_of_call(notebook: Notebook, source: str) -> None:
    """Other names and orders of parameters, wrappers and one cluster at a time are all right."""
    space = notebook(source)
    said = check(space["update_centroids"], "update_centroids")
    assert "Part 3: Find the new centroids (update_centroids)   Matches the example data" in repr(
        said
    )


def test_globals_hold_the_example(notebook: Notebook) -> None:
    """A global that the part reads holds the example's points for the check, and only then."""
    space = notebook("improve_centroids = jax.jit(improve_centroids, static_argnames='k')")
    values = (space["jnp"].zeros((4, 2)), np.float32(1), np.float32(2))
    before = space["improve_centroids"](values, 4)
    mine = space["points"]
    assert "Matches the example data" in repr(check(space["improve_centroids"]))
    assert space["points"] is mine
    after = space["improve_centroids"](values, 4)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after, strict=True))


def test_globals_return_after_errors(notebook: Notebook) -> None:
    """The notebook's globals are as they were, also when the function stops or binds them."""
    space = notebook(
        "def improve_centroids(values, k):\n    global points\n    points = 3\n    1 / 0"
    )
    mine = space["points"]
    said = repr(check(space["improve_centroids"]))
    assert "[er] A number is divided by zero." in said
    assert "  > 4  1 / 0\n       ZeroDivisionError: division by zero" in said
    assert space["points"] is mine


def test_earlier_part_is_named(notebook: Notebook) -> None:
    """A part that calls another one of the student's is told to look there first."""
    space = notebook("def update_centroids(samples, assignment, k):\n    return samples[:k]")
    said = repr(check(space["improve_centroids"]))
    assert "Next step: Your code calls update_assignment and update_centroids. Check" in said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("pass", "Your code returned None; expected 2 values."),
        ("return samples[:, 0]", "Your code returned an array of shape (130,); expected 2 values."),
        (
            "return samples, samples[:, 0] * jnp.nan",
            "assignment has shape (130, 2); expected (130,).",
        ),
        ("return samples[:, 0], samples[:, 0]", "assignment contains floats; expected integers."),
        ("raise SystemExit(3)", "SystemExit: 3."),
        (
            "return samples[0] if samples[0, 0] > centroids else 1",
            "> 2 return samples[0] if samples[0, 0] > centroids else 1 ValueError:",
        ),
    ],
)
def test_findings_by_kind(notebook: Notebook, body: str, said: str) -> None:
    """What is wrong is said by kind; an error comes with its line."""
    space = notebook(f"def update_assignment(samples, centroids):\n    {body}")
    found = check(space["update_assignment"])
    assert said in " ".join(repr(found).split())
    assert "0 of 8 points so far" in repr(found)
    assert_fit(found)


def test_endless_loop_is_stopped(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that does not end is stopped, also within the student's own `except`."""
    monkeypatch.setattr(run, "LIMIT_S", 0.3)
    space = notebook(
        "def update_assignment(samples, centroids):\n"
        "    while True:\n"
        "        try:\n"
        "            pass\n"
        "        except Exception:\n"
        "            pass"
    )
    started = time.monotonic()
    said = repr(check(space["update_assignment"]))
    assert time.monotonic() - started < 5
    assert "(update_assignment)   Timed out\n  [to] Your code" in said


@pytest.mark.parametrize("name", ["init", "visualization"])
def test_later_parts_say_so(notebook: Notebook, name: str) -> None:
    """A part that example data cannot tell about is decided after handing in."""
    said = check(notebook("")["update_assignment"], name)
    assert f"({name})   Graded after you submit" in repr(said)
    assert_fit(said)


def test_unusable_arguments_are_told(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be checked is said in a sentence, never raised."""
    space = notebook("")
    function: Any = space["update_assignment"]
    wrong: Any = function(np.zeros((3, 2)), np.zeros((2, 2)))
    assert repr(check(lambda x: x)).startswith("Which part is this function for? Pass the")
    assert repr(check(wrong, "init")).endswith("without calling it:\ncheck(init).")
    assert repr(check(function, data="x" * 5000)).startswith("The example data file was not found.")
    assert "Matches" in repr(check(function, data="kmeans"))
    (tmp_path / "other.selfcheck.json").write_text("{}")
    assert repr(check(function)).startswith("There are several example data files here.")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    for said in (check(function), check(function, data=tmp_path), check(wrong)):
        assert_fit(said)
        assert repr(said).startswith("The example data file was not found.")
        assert repr(said).endswith("Download it from where you got the notebook.")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_errors_are_shown(notebook: Notebook, text: str) -> None:
    """Whatever an exception or a name holds, the output stays small and says it as text."""
    name = text[:400].replace("\0", "?").replace("\ud800", "?")
    space = notebook(
        f"Odd = type({name!r}, (Exception,), {{}})\n"
        f"def update_assignment(samples, centroids):\n    raise Odd({text!r})"
    )
    markup = assert_fit(check(space["update_assignment"]))
    assert "Error" in markup.text
    assert_fit(check(space["update_assignment"], text))


def test_hostile_returns_are_no_trouble(notebook: Notebook) -> None:
    """Objects that raise in every method are told by their type."""
    space = notebook(
        "class Bad:\n"
        "    def __getattribute__(self, name): raise RuntimeError(name)\n"
        "    def __repr__(self): raise RuntimeError\n"
        "class Mute(Exception):\n"
        "    def __str__(self): raise RuntimeError\n"
        "def update_assignment(samples, centroids): return Bad(), Bad()\n"
        "def update_centroids(samples, assignment, k): raise Mute\n"
    )
    for name in ("update_assignment", "update_centroids"):
        assert_fit(check(space[name]))


def test_result_holds_no_numbers(notebook: Notebook) -> None:
    """The object has texts and nothing else, and cannot be changed."""
    said = check(notebook("")["update_assignment"])
    assert {name for name in dir(said) if not name.startswith("__")} == {
        "_html", "_text", "_repr_html_", "_repr_pretty_",
    }  # fmt: skip
    assert not hasattr(said, "__dict__")
    with pytest.raises(AttributeError):
        said._text = ""  # type: ignore[misc]


def test_pretty_prints_for_ipython(notebook: Notebook) -> None:
    """IPython's printer gets the plain text."""
    said = check(notebook("")["update_assignment"])
    printed: list[str] = []
    printer = type("Printer", (), {"text": lambda _, text: printed.append(text)})()
    said._repr_pretty_(printer, False)
    assert printed == [repr(said)]


def test_speaks_german(notebook: Notebook) -> None:
    """`lang="de"` is the same in German."""
    said = check(notebook("")["update_assignment"], lang="de")
    assert "Stimmt mit den Beispieldaten überein" in " ".join(repr(said).split())
    assert "bisher 8 von 8 Punkten" in repr(said)
    with pytest.raises(UsageError):
        check(max, lang="xx")


def test_package_stays_light() -> None:
    """`import grader` loads nothing heavy; `check` comes when it is asked for."""
    source = (
        "import sys, grader\n"
        "assert not {'numpy', 'jax', 'jinja2', 'grader.selfcheck.in_notebook'} & set(sys.modules)\n"
        "from grader import check\n"
        "assert 'jax' not in sys.modules\n"
        "print(check.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert done.stdout == "check\n"
    assert grader.check is check  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        grader.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_data_module_names_its_limit() -> None:
    """A file that is larger than any example is not read."""
    assert examples.MOST_BYTES < 10_000_000
