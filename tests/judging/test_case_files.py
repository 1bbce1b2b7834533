"""Files of an exercise: student code, the reference and known mistakes find those of the case."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.assignment import Assignment, Case, Check, Incorrect, Input, Mistake, Part
from grader.assignment.student import Student
from grader.compare import difference
from grader.errors import AssignmentError, SandboxError
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.reading.submission import parse_bytes
from grader.results import PartResult, SubmissionResult
from grader.sandbox.server import ForkServer

LARGE = 8 << 20


def packed(**arrays: np.ndarray) -> bytes:
    """Get what is in an `.npz` file."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def images(count: int, seed: int) -> bytes:
    """Get a file of as many images, which are noise."""
    drawn = np.random.default_rng(seed).normal(size=(count, 8, 8)).astype(np.float32)
    return packed(x=drawn)


def cases(draw: np.random.Generator) -> tuple[Case, ...]:
    """One case with the exercise's own files and one with another."""
    return (
        Case("own", inputs={"n": 2}),
        Case("other", inputs={"n": 3}, files={"digits.npz": images(50, int(draw.integers(1, 9)))}),
        Case("path", inputs={"n": 2}, files={"digits.npz": "kept/third.npz"}),
    )


def brightness(n: int) -> np.ndarray:
    """Get the mean of the first images."""
    return np.load("digits.npz")["x"][:n].mean()


def brightness_of_all(n: int) -> np.ndarray:
    """Get the mean of all images, which is wrong."""
    return np.load("digits.npz")["x"].mean() + 0 * n


def right(student: Student) -> None:
    """Compare the answers to all cases."""
    for case in student.cases:
        found = difference(got=student.answer(case), want=student.expected(case))
        if found:
            raise Incorrect(found.message)


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """An assignment with two files, one of them large, and another one that a case has."""
    (tmp_path / "data").mkdir()
    (tmp_path / "kept").mkdir()
    (tmp_path / "digits.npz").write_bytes(images(LARGE // 256, 1))
    (tmp_path / "kept" / "third.npz").write_bytes(images(20, 3))
    (tmp_path / "data" / "table.csv").write_text("a,b\n1,2\n3,4\n", "utf-8")
    (tmp_path / "e.py").write_text("def brightness(n):\n    pass\n", "utf-8")
    mistake = Mistake(brightness_of_all, "This takes all images.")
    part = Part(
        "brightness",
        title="B",
        task="B.",
        cases=cases,
        reference=brightness,
        checks=(Check("values", right, points=4),),
        inputs=(Input("n"),),
        mistakes=(mistake,),
    )
    return Assignment(
        "e",
        title="E",
        parts=(part,),
        notebook=tmp_path / "e.py",
        files=("digits.npz", "data/table.csv"),
    )


def graded(assignment: Assignment, server: ForkServer, text: str) -> SubmissionResult:
    """Get the result of a script."""
    submission = parse_bytes(text.encode(), name="s.py")
    key = draw_key(assignment, 1)
    return grade(submission, key, server, student="s", timeout_s=60)


def points(assignment: Assignment, server: ForkServer, text: str) -> float:
    """Get the points of a script."""
    return graded(assignment, server, text).score


def part_of(result: SubmissionResult) -> PartResult:
    """Get its only part."""
    return result.parts[0]


def test_code_reads_the_file_of_the_case(assignment: Assignment, server: ForkServer) -> None:
    """A file is read where it is needed, or once at the top: each case has its own."""
    inside = (
        "import numpy as np\ndef brightness(n):\n    return np.load('digits.npz')['x'][:n].mean()\n"
    )
    top = (
        "import numpy as np\ndata = np.load('digits.npz')\n"
        "def brightness(n):\n    return data['x'][:n].mean()\n"
    )
    assert points(assignment, server, inside) == 4
    assert points(assignment, server, top) == 4


@pytest.mark.parametrize(
    "read",
    [
        "open('data/table.csv').readlines()[1]",
        "pathlib.Path('data/table.csv').read_text().splitlines()[1]",
        "pathlib.Path('data', 'table.csv').open().readlines()[1]",
        "'%d,%d' % tuple(np.genfromtxt('data/table.csv', delimiter=',', skip_header=1)[0])",
        "'%d,%d' % tuple(np.loadtxt('./data/table.csv', delimiter=',', skiprows=1)[0])",
        "os.listdir('data')[0].replace('table.csv', '1,2')",
        "[os.chdir('data'), open('table.csv').readlines()[1], os.chdir('..')][1]",
        "'1,2' if jnp.load('digits.npz')['x'].shape[1:] == (8, 8) else ''",
    ],
)
def test_every_way_to_open_a_file(assignment: Assignment, server: ForkServer, read: str) -> None:
    """Relative paths lead to it in all of Python and NumPy."""
    text = (
        "import os, pathlib\nimport numpy as np\nimport jax.numpy as jnp\n"
        f"assert ({read}).strip() == '1,2'\nfactor = 1\n"
        f"assert ({read}).strip() == '1,2'\nok = 1\n"
        "def brightness(n):\n"
        f"    return ok * np.load('digits.npz')['x'][:n].mean()\n"
    )
    assert points(assignment, server, text) == 4


def test_pandas_reads_it(assignment: Assignment, server: ForkServer) -> None:
    """The usual way to read a table works, where the package is there."""
    pytest.importorskip("pandas")
    text = (
        "import numpy as np\nimport pandas as pd\ntable = pd.read_csv('data/table.csv')\n"
        "two = float(table['b'][0])\n"
        "def brightness(n):\n    return two / 2 * np.load('digits.npz')['x'][:n].mean()\n"
    )
    assert points(assignment, server, text) == 4


@pytest.mark.parametrize(
    "spoils",
    [
        "open('digits.npz', 'wb').write(b'')",
        "os.remove('digits.npz')",
        "os.rename('digits.npz', 'other.npz')",
        "os.remove('digits.npz'); open('digits.npz', 'wb').write(b'x')",
        "os.remove('digits.npz'); os.mkdir('digits.npz'); open('digits.npz/x', 'w').write('x')",
        "os.remove('digits.npz'); os.mkdir('digits.npz', 0)",
        "os.rename('data', 'other'); open('data', 'w').write('x')",
        "os.rename('data/table.csv', 'digits.npz')",
        "os.mkdir('away'); os.chdir('away')",
    ],
)
def test_files_stay_as_they_are(assignment: Assignment, server: ForkServer, spoils: str) -> None:
    """Whatever code does to a file, the next time that code is asked it is there again."""
    text = (
        "import os\nimport numpy as np\n"
        f"def spoil():\n    try:\n        {spoils}\n    except OSError:\n        pass\n"
        "spoil()\n"
        "x = np.load(os.path.join(os.path.dirname(os.getcwd()) if 'away' in os.getcwd() else '.',"
        " 'digits.npz'))['x']\n"
        "def brightness(n):\n    spoil()\n    return x[:n].mean()\n"
    )
    assert points(assignment, server, text) == 4


def test_a_file_cannot_be_written(assignment: Assignment, server: ForkServer) -> None:
    """What is said of it is what Python says, in the student's line."""
    text = "def brightness(n):\n    open('digits.npz', 'wb')\n"
    found = part_of(graded(assignment, server, text)).checks[0]
    assert "Permission" in str(found)


def test_many_namespaces_keep_a_file_open(assignment: Assignment, server: ForkServer) -> None:
    """As many cases as there are, each with its own file that stays open, are no problem."""

    def many(draw: np.random.Generator) -> tuple[Case, ...]:
        return tuple(
            Case(
                f"c{i}",
                inputs={"n": int(draw.integers(1, 4))},
                files={"digits.npz": images(5, i)},
            )
            for i in range(150)
        )

    part = replace(assignment.parts[0], cases=many)
    text = (
        "import numpy as np\ndata = np.load('digits.npz')\n"
        "def brightness(n):\n    return data['x'][:n].mean()\n"
    )
    assert points(replace(assignment, parts=(part,)), server, text) == 4


def test_what_code_writes_stays_beside(assignment: Assignment, server: ForkServer) -> None:
    """Code may write files of its own and read them again."""
    text = (
        "import numpy as np\ndef brightness(n):\n    np.save('mine.npy', np.load('digits.npz')['x'])\n"
        "    return np.load('mine.npy')[:n].mean()\n"
    )
    assert points(assignment, server, text) == 4


def test_a_known_mistake_reads_the_same(assignment: Assignment, server: ForkServer) -> None:
    """It is recognized by what it makes of each case's file."""
    text = "import numpy as np\ndef brightness(n):\n    return np.load('digits.npz')['x'].mean()\n"
    found = part_of(graded(assignment, server, text))
    assert found.checks[0].mistake == "brightness_of_all"


def test_a_file_that_is_not_there_is_named(assignment: Assignment, server: ForkServer) -> None:
    """The cell that opens it and its name are told, not the name that is missing afterwards."""
    text = (
        "import numpy as np\n# %%\ndata = np.load('/content/digit.npz')\n# %%\n"
        "def brightness(n):\n    return data['x'][:n].mean()\n"
    )
    found = part_of(graded(assignment, server, text))
    assert found.score == 0
    said = str(found.checks[0].message), str(found.checks[0].hint)
    assert said[0].startswith("line 3 could not be run")
    assert "opens the file `digit.npz`, which does not exist" in said[0]
    assert "are `digits.npz` and `data/table.csv`" in said[1]


def test_a_module_of_the_exercise_is_imported(assignment: Assignment, server: ForkServer) -> None:
    """A file of the exercise that is Python can be imported, as beside the notebook."""
    (assignment.folder / "tools.py").write_text("def first(x, n):\n    return x[:n]\n", "utf-8")
    text = (
        "import numpy as np\nfrom tools import first\n"
        "def brightness(n):\n    return first(np.load('digits.npz')['x'], n).mean()\n"
    )
    assert points(assignment, server, text) == 0
    with_it = replace(assignment, files=(*assignment.files, "tools.py"))
    assert points(with_it, server, text) == 4


def test_the_fingerprint_knows_what_is_in_files(assignment: Assignment) -> None:
    """Another content of a file, of the assignment or of a case, is another class."""
    before = draw_key(assignment, 1).shared
    assert draw_key(assignment, 1).shared == before
    (assignment.folder / "kept" / "third.npz").write_bytes(images(21, 3))
    after = draw_key(assignment, 1).shared
    (assignment.folder / "data" / "table.csv").write_text("a,b\n1,3\n", "utf-8")
    assert len({before, after, draw_key(assignment, 1).shared}) == 3


def test_a_reference_that_misses_a_file_is_told(assignment: Assignment) -> None:
    """A reference finds the declared files alone."""
    with pytest.raises(AssignmentError, match=r"digits\.npz"):
        draw_key(replace(assignment, files=("data/table.csv",)), 1)


def test_without_landlock_no_student_is_blamed(
    assignment: Assignment, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file can be laid, that is said before anything is graded."""
    monkeypatch.setattr(ForkServer, "isolation", [])
    with pytest.raises(SandboxError, match="has files"):
        graded(assignment, server, "def brightness(n):\n    pass\n")
