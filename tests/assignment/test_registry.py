"""Finding an assignment: by name, in a folder, as a module's attribute, or by guessing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_class import results, run

import grader
from grader.assignment import Assignment, CellForm, Check, Part, registry
from grader.errors import AssignmentError, UsageError
from grader.reading.submission import Submission, parse_bytes

TINY = """
from pathlib import Path
from grader.assignment import Assignment, Check, Part
{extra}
ASSIGNMENT = Assignment(
    "tiny",
    title="Tiny",
    notebook=Path(__file__),
    parts=(Part("one", title="One", task="Do.", cases=lambda _: (),
                checks=(Check("a", print, points={points}),)),),
)
"""


@pytest.fixture(autouse=True)
def own_modules() -> Iterator[None]:
    """Forget the modules and folders that loading an assignment adds."""
    modules, path = set(sys.modules), list(sys.path)
    yield
    for name in set(sys.modules) - modules:
        if name.startswith(("grader_assignment_", "tiny_", "bad_")):
            del sys.modules[name]
    sys.path[:] = path


def folder(where: Path, *, extra: str = "", points: float = 1.0, name: str = "tiny") -> Path:
    """Get a folder that holds a tiny assignment."""
    made = where / name
    made.mkdir()
    (made / "assignment.py").write_text(TINY.format(extra=extra, points=points), "utf-8")
    return made


def refusal(where: str) -> str:
    """Get the message with which an assignment is not found."""
    with pytest.raises(UsageError) as caught:
        registry.load(where)
    return str(caught.value)


def test_built_in_has_name() -> None:
    """The installed assignments are known by name."""
    assert "kmeans" in registry.names()
    assert list(registry.names()) == sorted(registry.names())
    assert registry.load("kmeans").name == "kmeans"


def test_folder_is_loaded(tmp_path: Path) -> None:
    """A folder with an assignment.py is an assignment, and may import what lies beside it."""
    made = folder(tmp_path, extra="from tiny_beside import VALUE\nfrom . import reference")
    (made / "tiny_beside.py").write_text("VALUE = 1\n", "utf-8")
    (made / "reference.py").write_text("VALUE = 1\n", "utf-8")
    assert registry.load(str(made)).name == "tiny"


def test_folders_keep_apart(tmp_path: Path) -> None:
    """Two folders of one name, with modules of one name, are two assignments; changes are seen."""
    loaded = []
    for place, value in (("a", 1), ("b", 2), ("a", 3)):
        (tmp_path / place).mkdir(exist_ok=True)
        made = tmp_path / place / "tiny"
        if not made.exists():
            folder(tmp_path / place, extra="from . import beside", points="beside.VALUE")  # type: ignore[arg-type]
        (made / "beside.py").write_text(f"VALUE = {value}.0{' ' * value}\n", "utf-8")
        loaded.append(registry.load(str(made)).points)
    assert loaded == [1, 2, 3]


def test_package_folder_is_loaded(tmp_path: Path) -> None:
    """A folder that is a package is imported as one, so that relative imports work."""
    made = folder(tmp_path, extra="from .beside import VALUE", name="tiny_package")
    (made / "__init__.py").write_text("", "utf-8")
    (made / "beside.py").write_text("VALUE = 1\n", "utf-8")
    assert registry.load(str(made)).name == "tiny"


def test_dotted_folder_is_loaded(tmp_path: Path) -> None:
    """A folder may be called whatever it is."""
    assert registry.load(str(folder(tmp_path, name="week.2 (new)"))).name == "tiny"


def test_attribute_is_loaded() -> None:
    """An attribute of an importable module is an assignment."""
    assert registry.load("exercises.kmeans.assignment:ASSIGNMENT").name == "kmeans"


def test_unknown_name_lists_known() -> None:
    """An unknown name is refused, and the known ones are listed."""
    known = ", ".join(registry.names())
    for where in ("spectra", "", "exercises/nowhere", "nowhere.ipynb", "x\0y", "n" * 300):
        assert refusal(where) == (
            f"assignment {where!r}: not found; use {known}, a folder, or package.module:name"
        )


def test_near_miss_is_told() -> None:
    """A name that is nearly right is told as the one that was meant."""
    assert refusal("kmean") == "assignment 'kmean': not found; did you mean 'kmeans'?"


def test_module_without_name() -> None:
    """A module without the name in it is told as that."""
    assert refusal("my_course.week1.assignment") == (
        "assignment 'my_course.week1.assignment': ':NAME' is missing after the module; try "
        "'my_course.week1.assignment:ASSIGNMENT'"
    )


def test_folder_without_assignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without an assignment.py is told as that, and so is a file that is none."""
    monkeypatch.chdir(tmp_path)
    for where in (str(tmp_path), "."):
        assert refusal(where) == (
            f"assignment {where!r}: folder without assignment.py; name another folder, or create one with grader new"
        )
    notebook = tmp_path / "tiny.ipynb"
    notebook.write_text("{}", "utf-8")
    assert refusal(str(notebook)) == (
        f"assignment {str(notebook)!r}: is a file, not an assignment; name the folder that contains assignment.py"
    )


def test_file_is_loaded(tmp_path: Path) -> None:
    """The path of an assignment.py means its folder."""
    assert registry.load(str(folder(tmp_path) / "assignment.py")).name == "tiny"


@pytest.mark.parametrize(
    ("extra", "file", "words"),
    [
        (
            "from . import reference",
            "",
            "assignment.py, line 4: reference.py is imported, but it is not in the folder; add it, or fix the import",
        ),
        (
            "from .reference import centr",
            "",
            "assignment.py, line 4: reference.py is imported, but it is not in the folder; add it, or fix the import",
        ),
        (
            "from .reference import centr",
            "center = 1\n",
            "assignment.py, line 4: 'centr' is imported, but reference.py does not define it; add it, or fix the import",
        ),
        (
            "from . import reference\nreference.centr",
            "center = 1\n",
            "cannot be loaded: assignment.py, line 5: AttributeError: module 'reference' has no "
            "attribute 'centr'; fix it",
        ),
    ],
)
@pytest.mark.parametrize("is_package", [False, True])
def test_missing_file_is_told(
    tmp_path: Path, extra: str, file: str, words: str, *, is_package: bool
) -> None:
    """What is imported and is not there is told by its file, not by a name that nobody wrote."""
    name = "tiny_packed" if is_package else "tiny"
    made = folder(tmp_path, extra=extra, name=name)
    if is_package:
        (made / "__init__.py").write_text("", "utf-8")
        words = words.replace("'reference'", "'tiny_packed.reference'")
    if file:
        (made / "reference.py").write_text(file, "utf-8")
    for name in [name for name in sys.modules if name.startswith("tiny_packed")]:
        del sys.modules[name]
    assert refusal(str(made)) == f"assignment {str(made)!r}: {words}"


def test_ready_made_call_has_its_line(tmp_path: Path) -> None:
    """What a call of the ready-made refuses is told with the line of the call."""
    call = "from grader import ready\nready.drawn(print, example=4,\n            hidden=5)\n"
    where = str(folder(tmp_path, extra=call))
    assert refusal(where) == (
        f"assignment {where!r}: assignment.py, line 5: ready.random_cases: hidden: expected a tuple of sizes, got 5; write hidden=(5, 12)"
    )


@pytest.mark.parametrize(
    ("where", "words"),
    [
        (
            "nowhere.at.all:X",
            "cannot be loaded: ModuleNotFoundError: No module named 'nowhere'; fix it",
        ),
        (
            "exercises.kmeans.assignment:NOTHING",
            "cannot be loaded: AttributeError: module 'exercises.kmeans.assignment' has no "
            "attribute 'NOTHING'; fix it",
        ),
        (":X", "cannot be loaded: ValueError: Empty module name; fix it"),
        ("math:pi", "math:pi is not an Assignment; name one"),
    ],
)
def test_bad_attribute_is_told(where: str, words: str) -> None:
    """A module or attribute that is not there, or is something else, is told in one line."""
    assert refusal(where) == f"assignment {where!r}: {words}"


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("raise RuntimeError('no data')", "assignment.py, line 4: RuntimeError: no data"),
        (
            "import bad_nowhere",
            "assignment.py, line 4: ModuleNotFoundError: No module named 'bad_nowhere'",
        ),
        ("raise SystemExit(3)", "assignment.py, line 4: SystemExit: 3"),
        ("x = (", "assignment.py, line 4: SyntaxError: '(' was never closed"),
        (
            "Check(*[1, 2, 3])",
            "assignment.py, line 4: TypeError: Check.__init__() takes 3 positional arguments but 4 were given",
        ),
    ],
)
def test_broken_folder_is_told(tmp_path: Path, extra: str, words: str) -> None:
    """A folder whose assignment raises on import is refused, with what it raised."""
    where = str(folder(tmp_path, extra=extra))
    assert refusal(where) == f"assignment {where!r}: cannot be loaded: {words}; fix it"
    assert refusal(where) == f"assignment {where!r}: cannot be loaded: {words}; fix it"


def test_faulty_declaration_keeps_words(tmp_path: Path) -> None:
    """A declaration with problems is refused with its own list of them."""
    where = str(folder(tmp_path, points=0.0))
    with pytest.raises(AssignmentError) as caught:
        registry.load(where)
    assert str(caught.value) == (
        "assignment 'tiny': part 'one': its checks have no points, got 0; give a check points"
    )


MISSPELLED = """
from grader.assignment import Part, Check as C
from grader import ready
part = Part("one", titel="One", task="Do.", cases=print,
            checks=(C("a", print, point=1), C("b", print, points=1, is_hidden=True)))
other = ready.part(print, title="Two", tusk="Do.", cases=print, example=1, hiden=2)
dict(titel=1)
"""


def test_misspelled_arguments_are_gathered(tmp_path: Path) -> None:
    """Every misspelled argument is told with its line and the likeliest right one, not the first."""
    made = folder(tmp_path, extra=MISSPELLED)
    (made / "wrong.py").write_text(
        "from grader.assignment import Case\nCase('a', inputs={}, inpts={})\n"
    )
    with pytest.raises(AssignmentError) as caught:
        registry.load(str(made))
    assert caught.value.lines == tuple(
        f"assignment {str(made)!r}: {line}"
        for line in (
            "assignment.py, line 7: Part has no argument 'titel'; did you mean 'title'?",
            "assignment.py, line 8: C has no argument 'point'; did you mean 'points'?",
            "assignment.py, line 8: C has no argument 'is_hidden'; it takes name, run, points, "
            "visibility, compares_values, needs, hint, is_by_hand, rubric",
            "assignment.py, line 9: ready.part has no argument 'tusk'; did you mean 'task'?",
            "assignment.py, line 9: ready.part has no argument 'hiden'; did you mean 'hidden'?",
            "wrong.py, line 2: Case has no argument 'inpts'; did you mean 'inputs'?",
        )
    )


def test_folder_without_table(tmp_path: Path) -> None:
    """An assignment.py without an ASSIGNMENT is refused."""
    made = tmp_path / "tiny_empty"
    made.mkdir()
    (made / "assignment.py").write_text("x = 1\n", "utf-8")
    assert refusal(str(made)) == (
        f"assignment {str(made)!r}: assignment.py does not define ASSIGNMENT; give the declaration that name"
    )


# Listing -------------------------------------------------------------------------------


@pytest.fixture
def three_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install an assignment from another package, one that raises, and one without a module."""
    site = tmp_path / "site"
    info = site / "tiny_course-2.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-course\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text(
        "[grader.assignments]\nzz_good = tiny_good:ASSIGNMENT\n"
        "zz_broken = bad_broken:ASSIGNMENT\nzz_gone = bad_gone:ASSIGNMENT\n"
    )
    (site / "tiny_good.py").write_text(TINY.format(extra="", points=1))
    (site / "bad_broken.py").write_text("raise RuntimeError('no data\\nat all')")
    monkeypatch.syspath_prepend(site)


@pytest.mark.usefixtures("three_packages")
def test_all_packages_are_listed() -> None:
    """Assignments of every package are listed; one that is broken is a line that says so."""
    ran = run("assignments")
    assert (ran.code, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert [line for line in lines if line.startswith("zz_")] == [
        "zz_broken cannot be used (tiny-course 2.1): assignment 'zz_broken': cannot be loaded: "
        "bad_broken.py, line 1: RuntimeError: no data; fix it",
        "zz_gone cannot be used (tiny-course 2.1): assignment 'zz_gone': cannot be loaded: "
        "ModuleNotFoundError: No module named 'bad_gone'; fix it",
        "zz_good 1 point Tiny (tiny-course 2.1)",
    ]
    assert f"kmeans 100 points K-Means in JAX (jax-exercise-grader {grader.__version__})" in lines


@pytest.mark.usefixtures("three_packages")
def test_broken_package_is_no_obstacle() -> None:
    """Guessing goes on with the assignments that can be loaded, in whatever package they are."""
    assert registry.guess(_submission("def update_assignment(s, c): return 1")).name == "kmeans"
    assert registry.guess(_submission("def one(): return 1")).name == "tiny"
    assert registry.ready_made_names("tiny") >= {"relu"}


@pytest.mark.usefixtures("three_packages")
def test_broken_package_does_not_stop_a_class(tmp_path: Path) -> None:
    """Of a student's files the one with parts is chosen, by the assignments that can be loaded."""
    home = tmp_path / "class" / "alice"
    home.mkdir(parents=True)
    (home / "a.py").write_text("import os\n")
    (home / "b.py").write_text(
        "import jax.numpy as jnp\ndef gram(x):\n    return jnp.dot(x, x.T)\n"
    )
    ran = run("batch", tmp_path / "class", "--seed", 1, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert results(tmp_path / "out")["alice"]["score"] == 10


# Guessing ------------------------------------------------------------------------------


def _assignment(name: str, ready_made: tuple[str, ...] = (), **points: float) -> Assignment:
    parts = tuple(
        Part(
            part,
            title=part,
            task="Do.",
            cases=lambda _: (),
            checks=(Check("a", lambda _: None, points=value),),
            cell=CellForm(defines=(f"{part}_value",)),
        )
        for part, value in points.items()
    )
    return Assignment(
        name, title=name, notebook=Path(__file__), parts=parts, provided_functions=ready_made
    )


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install three assignments in place of the real ones."""
    known = {
        "cats": _assignment("cats", feed=60, pet=40),
        "dogs": _assignment("dogs", feed=10, walk=60, fetch=30),
        "fish": _assignment("fish", ready_made=("fetch",), swim=100),
    }
    monkeypatch.setattr(registry, "names", lambda: tuple(sorted(known)))
    monkeypatch.setattr(registry, "load", lambda name: known[name])


def _submission(*sources: str, names: str | None = None) -> Submission:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    metadata = {"grader": {"assignment": names}} if names else {}
    notebook = {"cells": cells, "nbformat": 4, "metadata": metadata}
    return parse_bytes(json.dumps(notebook).encode(), name="alice.ipynb")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def pet(): return 1", "cats"),
        ("def walk(): return 1\ndef pet(): return 1", "dogs"),
        ("def feed(): return 1", "cats"),
        ("def feed(): pass", "cats"),
        ("swim_value = 3", "fish"),
        ("def fetch(): return 1\ndef pet(): return 1", "cats"),
        ("walk = jax.jit(g)", "dogs"),
    ],
)
def test_largest_share_decides(source: str, name: str) -> None:
    """The assignment of whose points the submission holds the most is meant, filled in or not."""
    assert registry.guess(_submission(source)).name == name


@pytest.mark.usefixtures("installed")
def test_answer_in_words_speaks_for_its_part() -> None:
    """A text cell for the answer to a part counts as that part."""
    cells = [{"cell_type": "markdown", "source": "<!-- answer: pet -->\nGently."}]
    book = json.dumps({"cells": cells, "nbformat": 4, "metadata": {}})
    assert registry.guess(parse_bytes(book.encode(), name="alice.ipynb")).name == "cats"


@pytest.mark.usefixtures("installed")
def test_metadata_decides_first() -> None:
    """The notebook's own word counts more than its parts, where it is a known name."""
    assert registry.guess(_submission("def pet(): return 1", names="dogs")).name == "dogs"
    assert registry.guess(_submission("def pet(): return 1", names="birds")).name == "cats"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "source",
    ["x = 1", "def fetch(): return 1", "def swim(): pass\ndef pet(): pass\ndef feed(): pass", ""],
)
def test_tie_or_nothing_asks(source: str) -> None:
    """Where nothing or two assignments fit alike, the names are listed."""
    with pytest.raises(UsageError) as caught:
        registry.guess(_submission(source))
    assert str(caught.value) == (
        "alice.ipynb: cannot tell which assignment this is; choose with -a: cats, dogs, fish, or a folder"
    )
