"""Nothing hidden reaches a student, by no way: canaries in every hidden place, searched for."""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tiny_class import hand_in, run

from grader.assignment import registry
from grader.authoring.public_cases import export
from grader.course.kept import unpack
from grader.course.store import Store
from grader.report.classroom50 import SubmissionIdentity, release_body, render_classroom50
from grader.report.gradescope import render_gradescope
from grader.selfcheck.in_notebook import check

SEED = 986421357908642
IDENTITY = (
    *("classroom", "assignment", "owner", "submission", "commit", "release", "review"),
    "submitted_at",
)
HIDDEN = 271828.25
"""In the hidden inputs. Twice and three times as much is the expected answer there."""
SIZE = 1729
DECLARED = '''
"""Two parts that look at a hidden input; the first at a public one, too."""
from pathlib import Path

import numpy as np

from grader.assignment import Advice, Assignment, Case, Check, Input, Mistake, Incorrect, Part
from grader.compare import difference
from grader.results import Visibility

CANARY = "canary-in-the-reference"


def cases(draw):
    return (Case("open", inputs={"x": np.arange(3.0)}, visibility=Visibility.PUBLIC),
            Case("closed", inputs={"x": np.full(@SIZE@, @HIDDEN@)}))


def canary_of_the_reference(x):
    return 2 * x + 0 * len(CANARY)


def looks(name):
    def look(student):
        case = next(case for case in student.cases if case.name == name)
        found = difference(got=student.answer(case), want=student.expected(case), name="it")
        if found:
            raise Incorrect(f"{found.message}; got {student.answer(case)}, want {found.want}",
                           hint=f"It was {case.inputs['x']}. Look again", differences=(found,))
        return Advice(f"right for {case.inputs['x']}")
    return look


def plus_one(x):
    return 2 * x + 1


def part(name, factor, mistakes=()):
    return Part(name, title=name.title(), task="Multiply.", inputs=(Input("x"),), cases=cases,
                reference=lambda x: canary_of_the_reference(x) * factor / 2, mistakes=mistakes,
                checks=(Check("open", looks("open"), points=2, visibility=Visibility.PUBLIC),
                        Check("closed", looks("closed"), points=3)))


ASSIGNMENT = Assignment(
    "canary", title="Canary", notebook=Path(__file__).with_name("tiny.py"),
    parts=(part("double", 2, (Mistake(plus_one, message="One too much.", line_pattern="1"),)),
           part("triple", 3)))
'''.replace("@SIZE@", str(SIZE)).replace("@HIDDEN@", str(HIDDEN))

ONLY_CLOSED = "    if len(x) < 9: return {right}\n"
STUDENTS = {
    "right": "def double(x): return 2 * x\ndef triple(x): return 3 * x\n",
    "close": "def double(x): return 2 * x + 1\ndef triple(x): return x\n",
    "quoting": "def double(x):\n    raise ValueError(f'{x} {x.tolist()[:9]} {x.shape}')\n"
    "def triple(x):\n" + ONLY_CLOSED.format(right="3 * x") + "    raise KeyError(x[0].item())\n",
    "printing": "import sys\ndef double(x):\n    print(x, x.shape)\n    print(x, file=sys.stderr)\n"
    "    return 0 * x\ndef triple(x):\n    import warnings\n    warnings.warn(str(x))\n    return x\n",
    "naming": "def double(x):\n" + ONLY_CLOSED.format(right="2 * x")
    + "    raise type('Told_' + str(x[0]).replace('.', '_'), (Exception,), {})('a')\n"
    "def triple(x):\n" + ONLY_CLOSED.format(right="3 * x")
    + "    raise NameError('name ' + repr(x.tobytes().hex()) + ' is not defined')\n",
    "coding": "import base64\ndef double(x):\n    raise ValueError(base64.b64encode(x.tobytes()))\n"
    "def triple(x):\n    raise ValueError(x.tobytes().hex())\n",
    "shaping": "def double(x): return x[:, None] @ x[None]\ndef triple(x): return x[: len(x) - 1]\n",
    "looping": "def double(x):\n" + ONLY_CLOSED.format(right="2 * x")
    + "    while True: pass\ndef triple(x): return {'canary': x}\n",
    "leaving": "import os\ndef double(x):\n    os.write(2, bytes(str(x), 'utf-8'))\n"
    "    os._exit(int(x[0]) % 200)\ndef triple(x): return [x, x]\n",
    "canary-student": "def double(x): pass\n",
    "broken": "def double(x:\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an assignment full of canaries, and a graded class."""
    folder = tmp_path_factory.mktemp("canary-place")
    place = folder / "canary-assignment"
    place.mkdir()
    (place / "assignment.py").write_text(DECLARED, "utf-8")
    (place / "tiny.py").write_text("def double(x):\n    ...\ndef triple(x):\n    ...\n", "utf-8")
    hand_in(folder / "class", **STUDENTS)
    options = ("-a", place, "--seed", SEED, "--timeout", 5)
    ran = run("batch", folder / "class", "--out", folder / "out", "--notebooks", *options)
    assert ran.code == 0, ran.err
    return folder


def canaries(student: str) -> list[str]:
    """What must not be seen: hidden values in each way to write them, places, names of others."""
    hidden = np.full(1, HIDDEN)
    raw = [array.tobytes() for kind in ("f4", "f8") for array in [hidden.astype(kind)]]
    coded = [base64.b64encode(data * 6).decode()[4:16] for data in raw]
    others = [name for name in STUDENTS if name.startswith("canary-") and name != student]
    return [
        "271828", "543656", "815484", "2.718e5", "2.718e+05", "2.71828", str(SIZE), "1728",
        *coded, *(data.hex() for data in raw), "canary-place", "canary-assignment",
        "canary-in", "canary_of", "lambda", "assignment.py", *others,
    ]  # fmt: skip


def inside(text: str) -> Iterator[str]:
    """A text, and what is in it in other forms: escapes, attributes, base64, packed bytes."""
    yield text
    yield html.unescape(text)
    yield text.encode("utf-8", "replace").decode("unicode_escape", "replace")
    for piece in re.findall(r"[A-Za-z0-9+/]{16,}", text):
        data = base64.b64decode(piece[: len(piece) // 4 * 4])
        yield data.decode("latin-1")
        for start in (match.start() for match in re.finditer(b"IDAT", data)):
            yield zlib.decompressobj().decompress(data[start + 4 :]).decode("latin-1")


def found(text: str, student: str, *, is_seed_told: bool = False) -> list[str]:
    """The canaries in a text."""
    wanted = canaries(student) + ([] if is_seed_told else [str(SEED)])
    return [word for word in wanted if any(word in form for form in inside(text))]


def test_search_finds_canaries() -> None:
    """The search itself finds each canary, plain, escaped, or in base64."""
    for word in canaries("x"):
        coded = base64.b64encode(f"some text, {word}, more text".encode()).decode()
        for text in (f"a {word} b", f'<i title="{html.escape(word)}">', f'src="data:,{coded}"'):
            assert word in found(text, "x")


@pytest.mark.parametrize("student", STUDENTS)
def test_files_hold_no_canary(home: Path, student: str) -> None:
    """No byte of a student's folder holds a hidden input, an expected value, a place or a name.

    The seed stands in `result.json`, which the contract asks for, and nowhere else.
    """
    files = {path.name: path for path in (home / "out" / "students" / student).iterdir()}
    assert sorted(files) == ["feedback.html", "feedback.ipynb", "result.json"]
    for name, path in files.items():
        data = path.read_bytes()
        assert found(data.decode("utf-8"), student, is_seed_told=name == "result.json") == []
        assert np.full(1, HIDDEN).tobytes() not in data


@pytest.mark.parametrize("student", STUDENTS)
def test_command_tells_no_canary(home: Path, student: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does what `grader check` prints, nor its report for machines and CI systems."""
    junit, place = home / f"{student}.xml", home / "canary-assignment"
    quality, summary = home / f"{student}.quality.json", home / f"{student}.md"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(home))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_OUTPUT", str(home / f"{student}.outputs"))
    options = ("-a", place, "--seed", SEED, "--timeout", 5, "--junit", junit)
    options = (*options, "--github", "--code-quality", quality)
    ran = run("check", home / "class" / f"{student}.py", *options)
    assert ran.code in {0, 1, 2}
    assert found(ran.out + ran.err, student) == []
    if ran.code != 2:
        for file in (junit, quality, summary):
            shown = re.sub(r"\\([^\w\s])", r"\1", file.read_text("utf-8"))
            assert found(shown, student, is_seed_told=file == junit) == []


@pytest.mark.parametrize("student", STUDENTS)
def test_services_are_told_no_canary(home: Path, student: str) -> None:
    """Nor do the files that Gradescope and Classroom 50 show; not even the seed is in them."""
    kept = Store(home / "out").evidence(student)
    if not kept:  # a file that cannot be read is not kept
        assert student == "broken"
        return
    result, folder = unpack(kept), home / "canary-assignment"
    who = SubmissionIdentity(**dict.fromkeys(IDENTITY, "submit/x"))
    made = [
        json.dumps(render_gradescope(result, previous=1.0, folder=folder)),
        json.dumps(render_classroom50(result, who, folder=folder)),
        release_body(result, report="feedback.html", folder=folder),
    ]
    assert [found(text, student) for text in made] == [[], [], []]


def test_overview_is_where_it_is_told(home: Path) -> None:
    """The page for staff describes the hidden input: the search would see it."""
    assert str(SIZE) in found((home / "out" / "index.html").read_text("utf-8"), "x")


def test_selfcheck_holds_no_canary(home: Path) -> None:
    """The data of the self-check, and what it says, hold nothing of a hidden case."""
    data = home / "canary.selfcheck.json"
    made = export(registry.load(str(home / "canary-assignment")))
    data.write_text(json.dumps(made), "utf-8")
    assert found(data.read_text("utf-8"), "x") == []
    space: dict[str, object] = {}
    exec(STUDENTS["close"], space)  # noqa: S102  (written above)
    said = check(space["double"], data=data)  # type: ignore[arg-type]
    assert "Not yet correct" in repr(said)
    assert found(said._repr_html_() + repr(said), "x") == []


def test_same_bytes_again(home: Path, tmp_path: Path) -> None:
    """The same class, seed and versions give the same bytes, run times aside."""
    place = home / "canary-assignment"
    few = {name: STUDENTS[name] for name in ("right", "close", "quoting", "broken")}
    hand_in(tmp_path / "class", **few)
    options = ("-a", place, "--seed", SEED)
    assert run("batch", tmp_path / "class", "--out", tmp_path / "out", *options).code == 0
    for student in few:
        for name in ("feedback.html", "result.json"):
            pair = [
                (folder / "out" / "students" / student / name).read_text("utf-8")
                for folder in (home, tmp_path)
            ]
            timeless = [
                re.sub(r'"duration_s": [\d.]+|\d+ seconds?|less than 1 second', "", text)
                for text in pair
            ]
            assert timeless[0] == timeless[1]
