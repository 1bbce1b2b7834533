"""An exercise in several notebooks: each part is found in one, and sees only what is there."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_class import run

from grader import ready
from grader.assignment import Assignment, registry
from grader.assignment.filled_in import Answer, filled_in, untouched, with_cells
from grader.authoring import lint
from grader.authoring.release import release, save
from grader.course.collecting.collect import Collection, collect
from grader.errors import AssignmentError
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.judging.ranking import Rank
from grader.reading.submission import joined, parse_bytes
from grader.report.html import render_student
from grader.report.result_json import as_data, stored
from grader.report.text import render_check
from grader.results import PartStatus, SubmissionResult
from grader.sandbox.server import ForkServer

RIGHT = "def double(x):\n    return x + x\n", "def triple(x):\n    return 3 * x\n"
BARE = "def double(x):\n    # TODO\n    pass\n", "def triple(x):\n    # TODO\n    pass\n"
SOURCE = '''
"""Two parts in two notebooks."""
from pathlib import Path

import numpy as np

from grader.assignment import Assignment, Case, Check, Input, Incorrect, Part
from grader.compare import difference

HERE = Path(__file__).parent


def cases(draw):
    return tuple(Case(f"{n} numbers", inputs={"x": draw.normal(size=n).astype(np.float32)})
                 for n in (3, 5))


def right(student):
    for case in student.cases:
        found = difference(got=student.answer(case), want=student.expected(case), name="it")
        if found:
            raise Incorrect(found.message)


def part(name, factor, **more):
    return Part(name, title=name.title(), task="Multiply.", inputs=(Input("x"),), cases=cases,
                reference=lambda x: factor * x, checks=(Check("values", right, points=5),), **more)


ASSIGNMENT = Assignment(
    "pair", title="Pair", notebook=(HERE / "first.ipynb", HERE / "second.ipynb"),
    parts=(part("double", 2), part("triple", 3)),
    solutions=(HERE / "reference.py",),
)
'''


def notebook(*cells: str) -> str:
    """Get a notebook with these cells."""
    made = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for number, text in enumerate(cells)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an assignment in two notebooks."""
    folder = tmp_path / "pair"
    folder.mkdir()
    (folder / "assignment.py").write_text(SOURCE, "utf-8")
    (folder / "reference.py").write_text("\n\n".join(RIGHT), "utf-8")
    (folder / "first.ipynb").write_text(notebook("import jax", BARE[0]), "utf-8")
    (folder / "second.ipynb").write_text(notebook("import jax", BARE[1]), "utf-8")
    return folder


@pytest.fixture
def assignment(folder: Path) -> Assignment:
    """The assignment in two notebooks."""
    return registry.load(str(folder))


def graded(assignment: Assignment, server: ForkServer, *texts: str) -> SubmissionResult:
    """Get the result of notebooks, by the text of their cells."""
    names = ("first.ipynb", "second.ipynb")
    one = joined([parse_bytes(t.encode(), name=n) for n, t in zip(names, texts, strict=False)])
    return grade(one, draw_key(assignment, 1), server, student="s", timeout_s=30)


# Grading -------------------------------------------------------------------------------------


def test_each_part_is_found_in_its_notebook(assignment: Assignment, server: ForkServer) -> None:
    """Both count as one submission, and the result says where each part is."""
    found = graded(assignment, server, notebook(RIGHT[0]), notebook("1", RIGHT[1]))
    assert [(p.name, p.score, p.notebook) for p in found.parts] == [
        ("double", 5, "first.ipynb"),
        ("triple", 5, "second.ipynb"),
    ]
    told = [str(note) for part in found.parts for note in part.notes]
    assert [*filter(None, told)] == [
        "Found in first.ipynb, cell 1.",
        "Found in second.ipynb, cell 2.",
    ]


def test_notebooks_may_be_exchanged(assignment: Assignment, server: ForkServer) -> None:
    """A part counts in whichever of the notebooks it is, and once."""
    found = graded(assignment, server, notebook(RIGHT[1]), notebook("\n".join(RIGHT)))
    assert found.score == 10
    found = graded(assignment, server, notebook(*RIGHT), notebook(BARE[1]))
    assert found.score == 10


def test_a_part_in_both_counts_where_it_is_better(
    assignment: Assignment, server: ForkServer
) -> None:
    """A wrong copy elsewhere costs nothing."""
    wrong = "def double(x):\n    return x\n"
    found = graded(assignment, server, notebook(wrong), notebook(*RIGHT))
    assert [(part.score, part.notebook) for part in found.parts] == [(5, "second.ipynb")] * 2


def test_names_are_each_notebooks_own(assignment: Assignment, server: ForkServer) -> None:
    """A name that both bind has in each part the value of the part's own notebook."""
    first = notebook("k = 2", "def double(x):\n    return k * x\n")
    second = notebook("k = 3", "def triple(x):\n    return k * x\n")
    assert graded(assignment, server, first, second).score == 10
    assert graded(assignment, server, second, first).score == 10


def test_a_helper_in_the_other_notebook_is_not_seen(
    assignment: Assignment, server: ForkServer
) -> None:
    """What only the other notebook defines is a name without a value."""
    first = notebook("def times(x, k):\n    return k * x\n", RIGHT[0])
    second = notebook("def triple(x):\n    return times(x, 3)\n")
    found = graded(assignment, server, first, second)
    assert [part.score for part in found.parts] == [5, 0]
    assert "times" in str(found.parts[1].checks[0].message)


def test_an_answer_in_words_is_found_in_its_notebook(
    assignment: Assignment, folder: Path, server: ForkServer
) -> None:
    """What is written below the line in any of the notebooks is the answer."""

    def second(answer: str) -> str:
        found = json.loads(notebook(BARE[1]))
        text = f"<!-- answer: why -->\n{answer}"
        found["cells"].append({"cell_type": "markdown", "id": "w", "metadata": {}, "source": text})
        return json.dumps(found)

    why = ready.written("why", title="Why", task="Say why.", points=2, rubric="2 for a reason")
    with_words = replace(assignment, parts=(*assignment.parts, why))
    assert "have no text cell with the line <!-- answer: why -->" in lint.problems(with_words, 1)[0]
    (folder / "second.ipynb").write_text(second(""), "utf-8")
    assert not lint.problems(with_words, 1)
    found = graded(with_words, server, notebook(RIGHT[0]), second("Because.")).parts[2]
    assert (found.answer, found.notebook) == ("Because.", "second.ipynb")
    bare = graded(with_words, server, notebook(BARE[0]), second("")).parts[2]
    assert (bare.status, bare.notebook) == (PartStatus.MISSING, "second.ipynb")
    rank = Rank(with_words)
    assert rank.notebook_of(second("Because.").encode(), "x.ipynb") == "second"


def test_one_of_the_notebooks_alone(assignment: Assignment, server: ForkServer) -> None:
    """Parts of the notebook that was not submitted are missing."""
    found = graded(assignment, server, notebook(RIGHT[0]))
    assert [part.status for part in found.parts] == [PartStatus.PASSED, PartStatus.MISSING]
    assert not found.notebooks


def test_untouched_parts_are_in_their_notebook(assignment: Assignment, server: ForkServer) -> None:
    """A part that is as it was released is not started, there where it is."""
    found = graded(assignment, server, *map(notebook, BARE))
    assert [(part.score, part.notebook, str(part.state)) for part in found.parts] == [
        (0, "first.ipynb", "not_started"),
        (0, "second.ipynb", "not_started"),
    ]


def test_an_error_names_the_notebook(assignment: Assignment, server: ForkServer) -> None:
    """Cell numbers alone would not tell: each place says which notebook it is in."""
    second = notebook("1", "def triple(x):\n    return x / nothing\n", "def open(:\n")
    found = graded(assignment, server, notebook(RIGHT[0]), second)
    assert "second.ipynb, cell 2, line 2" in str(found.parts[1].checks[0].message)
    assert str(found.messages[0]).startswith("second.ipynb, cell 3, line 1: ")
    shown = render_check(found, width=100, color=False, ascii_only=True, report="")
    assert "second.ipynb, cell 2, line 2" in " ".join(shown.split())
    page = render_student(found)
    assert "Your code (second.ipynb, cell 2)" in page
    assert "second.ipynb, Zelle 2" in render_student(found, lang="de")


def test_the_result_names_all_notebooks(assignment: Assignment, server: ForkServer) -> None:
    """`path` and `sha256` are those of the first; one notebook has no key more than before."""
    both = as_data(stored(graded(assignment, server, *map(notebook, RIGHT))))
    first, second = both["submission"]["notebooks"]
    assert first == {name: both["submission"][name] for name in ("path", "sha256")}
    assert second["path"] == "second.ipynb"
    assert len(second["sha256"]) == 64
    assert both["parts"][1]["notebook"] == "second.ipynb"
    one = as_data(stored(graded(assignment, server, notebook(*RIGHT))))
    assert "notebooks" not in one["submission"]
    assert "notebook" not in one["parts"][0]


# The assignment ------------------------------------------------------------------------------


def refusal(assignment: Assignment, notebooks: object) -> str:
    """Get what is wrong with notebooks."""
    with pytest.raises(AssignmentError) as found:
        replace(assignment, notebook=notebooks)
    return found.value.lines[0].partition(": ")[2]


def test_what_may_be_declared(assignment: Assignment, folder: Path) -> None:
    """Paths of one folder, each once; a single path is as good as ever."""
    first, second = assignment.notebooks
    assert replace(assignment, notebook=first).notebooks == (first,)
    assert "is there 2 times" in refusal(assignment, (first, first))
    assert "is empty" in refusal(assignment, ())
    assert "which is not a Path" in refusal(assignment, (first, "second.ipynb"))
    assert "expected a path" in refusal(assignment, "first.ipynb")
    assert "'gone.ipynb' does not exist" in refusal(assignment, (first, folder / "gone.ipynb"))
    (folder / "inner").mkdir()
    moved = folder / "inner" / "third.ipynb"
    moved.write_bytes(second.read_bytes())
    assert "are in different folders" in refusal(assignment, (first, moved))


def test_lint_looks_into_all(assignment: Assignment, folder: Path) -> None:
    """Each part must be in one of the notebooks."""
    assert not lint.problems(assignment, 1)
    (folder / "second.ipynb").write_text(notebook("import jax"), "utf-8")
    (problem,) = lint.problems(assignment, 1)
    assert "'first.ipynb' and 'second.ipynb': have no function 'triple'" in problem


def test_release_has_all(assignment: Assignment, server: ForkServer, tmp_path: Path) -> None:
    """Each notebook is cleared and copied; an answer in any of them is told with its place."""
    save(release(assignment, server), assignment, tmp_path / "out", force=False)
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["first.ipynb", "second.ipynb"]
    for name in made:
        metadata = json.loads((tmp_path / "out" / name).read_text("utf-8"))["metadata"]
        assert metadata["grader"] == {"assignment": "pair"}
    path = assignment.notebooks[1]
    path.write_text(notebook("import jax", RIGHT[1]), "utf-8")
    with pytest.raises(AssignmentError, match=r"second\.ipynb, cell 2: `triple` earns 5"):
        release(assignment, server)


def test_answers_are_put_where_they_belong(assignment: Assignment, server: ForkServer) -> None:
    """Each function stands in its notebook, and what it calls of another one beside it."""
    functions = {"double": RIGHT[0], "triple": "def triple(x):\n    return double(x) + one(x)\n"}
    answer = Answer(functions, "def one(x):\n    return x\n")
    made = filled_in(assignment, answer)
    texts = ["\n".join(cell.source for cell in one.cells) for one in made.notebooks]
    assert ["def triple" in text for text in texts] == [False, True]
    assert ["def double" in text for text in texts] == [True, True]
    key = draw_key(assignment, 1)
    assert grade(made, key, server, student="s", timeout_s=30).score == 10
    assert grade(untouched(assignment), key, server, student="s", timeout_s=30).score == 0
    cells = with_cells(assignment, ["\n".join(RIGHT)])
    assert grade(cells, key, server, student="s", timeout_s=30).score == 10


# Collecting ----------------------------------------------------------------------------------


def collected(assignment: Assignment, *sources: Path) -> Collection:
    """Get the class in sources."""
    rank = Rank(assignment)
    return collect(
        sources, rank=rank, holds=rank.holds, notebook_of=rank.notebook_of, stems=rank.stems
    )


def files_of(found: Collection) -> dict[str, list[str]]:
    """Get the graded files of each student."""
    return {entry.student: [one.name for one in (entry, *entry.others)] for entry in found.entries}


def laid(place: Path, **files: str) -> Path:
    """Get a folder with files; in names, `__` is a slash, and `_` before the end a dot."""
    for name, text in files.items():
        path = place / f"{name.replace('__', '/')}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return place


def test_a_student_has_both(assignment: Assignment, tmp_path: Path) -> None:
    """What is in a student's folder for different notebooks is one submission."""
    one, two = map(notebook, RIGHT)
    place = laid(
        tmp_path / "in",
        anna__first=one,
        anna__second=two,
        bob__second=two,
        cora__work__b=two,
        cora__work__a=one,
    )
    found = collected(assignment, place)
    assert files_of(found) == {
        "anna": ["first.ipynb", "second.ipynb"],
        "bob": ["second.ipynb"],
        "cora": ["a.ipynb", "b.ipynb"],
    }
    assert not found.chosen


def test_of_several_for_one_the_best_is_taken(assignment: Assignment, tmp_path: Path) -> None:
    """For each notebook one file is chosen, and this is said."""
    one, two = map(notebook, RIGHT)
    place = laid(
        tmp_path / "in",
        anna__first=notebook(BARE[0]),
        anna__first_new=one,
        anna__second=two,
        bob__first=one,
    )
    found = collected(assignment, place)
    assert files_of(found)["anna"] == ["first_new.ipynb", "second.ipynb"]
    anna = found.entries[0]
    assert anna.passed_over == ("first.ipynb",)
    assert str(anna.notes[0]) == (
        "several files for the same notebook: first_new.ipynb, second.ipynb were graded, not "
        "first.ipynb"
    )
    assert "first_new.ipynb, " in str(found.chosen[0])


def test_one_students_folder_alone(assignment: Assignment, tmp_path: Path) -> None:
    """Notebooks called like the exercise's are one student's; others may be a class."""
    one, two = map(notebook, RIGHT)
    alone = laid(tmp_path / "anna", first=one, second=two)
    assert files_of(collected(assignment, alone)) == {"anna": ["first.ipynb", "second.ipynb"]}
    flat = laid(tmp_path / "flat", anna=one, bob=two)
    people = {"anna": ["anna.ipynb"], "bob": ["bob.ipynb"]}
    assert files_of(collected(assignment, flat)) == people
    assert (
        files_of(collected(assignment, laid(tmp_path / "in", in__anna=one, in__bob=two))) == people
    )
    packed = tmp_path / "zips" / "anna.zip"
    packed.parent.mkdir()
    shutil.make_archive(str(packed.with_suffix("")), "zip", alone)
    assert files_of(collected(assignment, packed.parent)) == {
        "anna": ["first.ipynb", "second.ipynb"]
    }


def test_files_of_a_class_without_folders(assignment: Assignment, tmp_path: Path) -> None:
    """Names that are alike but for the exercise's notebook are one student's."""
    one, two = map(notebook, RIGHT)
    flat = laid(
        tmp_path / "flat",
        anna_first=one,
        anna_second=two,
        bob_second=two,
        **{"First Cora": one, "second cora": two, "first": one},
    )
    assert files_of(collected(assignment, flat)) == {
        "anna": ["anna_first.ipynb", "anna_second.ipynb"],
        "bob_second": ["bob_second.ipynb"],
        "Cora": ["First Cora.ipynb", "second cora.ipynb"],
        "first": ["first.ipynb"],
    }


def test_a_download_has_both(assignment: Assignment, tmp_path: Path) -> None:
    """Folders and names as a learning management system writes them."""
    one, two = map(notebook, RIGHT)
    moodle = tmp_path / "moodle"
    for person in ("Anna A_12345", "Bob B_12346"):
        laid(moodle / f"{person}_assignsubmission_file_", first=one, second=two)
    canvas = laid(
        tmp_path / "canvas",
        annaa_11_2345_first=one,
        annaa_11_2346_second=two,
        bobb_12_2347_first=one,
        bobb_12_2348_second=two,
    )
    both = ["first.ipynb", "second.ipynb"]
    assert [*files_of(collected(assignment, moodle)).values()] == [both, both]
    assert [*files_of(collected(assignment, canvas)).values()] == [both, both]


def test_the_assignment_need_not_be_named(
    assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a name, files are taken together only for the exercise that they are most like."""
    single = replace(assignment, name="double", notebook=assignment.notebooks[0])
    single = replace(single, parts=assignment.parts[:1])
    known = {"pair": assignment, "double": single}
    monkeypatch.setattr(registry, "loadable", lambda: iter(known.items()))
    monkeypatch.setattr(registry, "ready_made_names", lambda _: frozenset())
    rank = Rank(None)
    assert rank.stems == ("first", "second")
    names = [rank.notebook_of(notebook(text).encode(), "x.ipynb") for text in (*RIGHT, "x = 1")]
    assert names == ["", "second", ""]


def test_other_exercises_choose_as_before(tmp_path: Path, assignment: Assignment) -> None:
    """Of an exercise in one notebook one file is graded."""
    one, two = map(notebook, RIGHT)
    place = laid(tmp_path / "in", anna__first=one, anna__second=two)
    single = replace(assignment, notebook=assignment.notebooks[0], parts=assignment.parts[:1])
    assert Rank(single).stems == ()
    found = collected(single, place)
    assert files_of(found) == {"anna": ["first.ipynb"]}
    assert found.entries[0].passed_over == ("second.ipynb",)


def test_a_batch_goes_on_by_all_notebooks(folder: Path, tmp_path: Path) -> None:
    """A result is kept as long as neither notebook has changed."""
    one, two = map(notebook, RIGHT)
    place = laid(tmp_path / "in", anna__first=one, anna__second=two, bob__second=two)
    command = ("batch", place, "-a", folder, "--out", tmp_path / "out")
    assert run(*command).code == 0
    result = tmp_path / "out" / "students" / "anna" / "result.json"
    assert json.loads(result.read_text("utf-8"))["score"] == 10
    assert "2 results kept" in run(*command).err
    laid(place, anna__second=notebook(BARE[1]))
    assert "1 result kept" in run(*command).err
    assert json.loads(result.read_text("utf-8"))["score"] == 5


def test_check_takes_all_notebooks(folder: Path, tmp_path: Path) -> None:
    """One for each; two for the same notebook are refused, and one alone lacks the other's part."""
    one, two = map(notebook, RIGHT)
    place = laid(tmp_path / "in", first=one, second=two, again=one)
    paths = [place / f"{name}.ipynb" for name in ("first", "second", "again")]
    assert run("check", *paths[:2], "-a", folder, "--quiet").out == "10/10\n"
    assert run("check", paths[1], "-a", folder, "--quiet").out == "5/10\n"
    ran = run("check", paths[0], paths[2], "-a", folder)
    assert (ran.code, ran.out) == (2, "")
    assert "are both for the notebook 'first'; name one per notebook" in ran.err
