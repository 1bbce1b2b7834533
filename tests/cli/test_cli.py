"""The commands as people meet them: exit codes, what is printed where, and every error line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tiny_class import HALF, NONE, RIGHT, assignment, hand_in, run, timeless

import grader
from grader.assignment import registry
from grader.cli.interrupts import Interrupted, ended_politely
from grader.course import job
from grader.errors import SandboxError

ROOT = Path(__file__).parents[2]


def _from(cause: BaseException) -> RuntimeError:
    """What Python raises where a signal comes while a class of an import is made."""
    error = RuntimeError("Error calling __set_name__ on 'Field' instance")
    error.__cause__ = cause
    return error


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny assignment."""
    return assignment(tmp_path_factory.mktemp("assignment"))


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a right, a half right and an untouched submission, and a damaged one."""
    folder = hand_in(tmp_path_factory.mktemp("class"), alice=RIGHT, bob=HALF, carol=NONE)
    (folder / "dave.ipynb").write_text("{", "utf-8")
    return folder


# What check says -----------------------------------------------------------------------------


def test_right_submission_reaches_threshold(tiny: Path, handed_in: Path) -> None:
    """All points: exit code 0, one screen on standard output, nothing on standard error."""
    ran = run("check", handed_in / "alice.py", "-a", tiny)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert " ".join(lines[0].split()) == "Tiny - alice.py 10 of 10 points"
    assert lines[2:4] == [" [ok] 1 Double  6/6", " [ok] 2 Triple  4/4"]
    assert lines[5] == " All parts are correct. Well done."
    assert not {"\x1b", "\r"} & set(ran.out)


@pytest.mark.parametrize(
    ("name", "threshold", "code"),
    [
        ("bob", None, 1),
        ("bob", "60", 0),
        ("bob", "60.1", 1),
        ("bob", "0", 0),
        ("carol", None, 1),
        ("carol", "0", 0),
    ],
)
def test_threshold_decides_exit(
    tiny: Path, handed_in: Path, name: str, threshold: str | None, code: int
) -> None:
    """The exit code is 0 from the threshold on and 1 below it."""
    more = ("--threshold", threshold) if threshold is not None else ()
    ran = run("check", handed_in / f"{name}.py", "-a", tiny, "--quiet", *more)
    score = {"bob": "6/10", "carol": "0/10"}[name]
    assert (ran.code, ran.out, ran.err) == (code, f"{score}\n", "")


def test_json_alone_on_standard_output(tiny: Path, handed_in: Path, tmp_path: Path) -> None:
    """With --json - nothing but the result goes to standard output; the page is written beside."""
    page = tmp_path / "new" / "page.html"
    ran = run("check", handed_in / "bob.py", "-a", tiny, "--json", "-", "--html", page)
    assert (ran.code, ran.err) == (1, "")
    result = json.loads(ran.out)
    assert (result["student"], result["score"], result["status"]) == ("bob", 6, "graded")
    assert page.read_text("utf-8").startswith("<!")


def test_same_seed_same_result(tiny: Path, handed_in: Path, tmp_path: Path) -> None:
    """With a seed the result is the same twice but for its duration; without one it is drawn."""
    results = []
    for number, more in enumerate([("--seed", "5"), ("--seed", "5"), (), ()]):
        file = tmp_path / f"{number}.json"
        run("check", handed_in / "alice.py", "-a", tiny, "--quiet", "--json", file, *more)
        results.append(json.loads(file.read_text("utf-8")))
    assert json.dumps(timeless(results[0])) == json.dumps(timeless(results[1]))
    assert results[0]["seed"] == 5
    assert results[2]["seed"] != results[3]["seed"]


def test_report_is_named_on_screen(tiny: Path, handed_in: Path, tmp_path: Path) -> None:
    """The screen says where the report was written."""
    page = tmp_path / "page.html"
    ran = run("check", handed_in / "alice.py", "-a", tiny, "--html", page)
    assert ran.out.splitlines()[-1] == f" Report  {page}"


# What cannot be used -------------------------------------------------------------------------

KNOWN = ", ".join(registry.names())


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("check {c}/none.py", "grader: {c}/none.py: file not found; check the path"),
        (
            "check {c}",
            "grader: {c}: is a folder; name a notebook inside it, or use grader batch",
        ),
        (
            "check {c}/dave.ipynb -a {a}",
            "grader: dave.ipynb: the file is cut off: it ends at line 1, in the middle of the notebook; upload it again",
        ),
        (
            "check {c}/alice.py -a kmean",
            "grader: assignment 'kmean': not found; did you mean 'kmeans'?",
        ),
        (
            "check {c}/alice.py",
            "grader: alice.py: cannot tell which assignment this is; choose with -a: {known}, or a folder",
        ),
        (
            "check {c}/alice.py -a {a} --html {c}",
            "grader: {c}: cannot be written: Is a directory; choose another folder",
        ),
        (
            "check {c}/alice.py -a {a} --json {c}",
            "grader: {c}: cannot be written: Is a directory; choose another folder",
        ),
        (
            "batch {c}/none --out {t}",
            "grader: {c}/none: file or folder not found; check the path",
        ),
        (
            "batch {t} --out {t}/out -a {a}",
            "grader: {t}: no notebooks or scripts found; name a folder, zip file, or files with submissions (.ipynb or .py)",
        ),
        (
            "batch {c} --out {c}/alice.py -a {a}",
            "grader: {c}/alice.py: is a file; name a folder with --out",
        ),
        (
            "batch {c} --out {t}/out",
            "grader: cannot tell which assignment these are for; choose with -a: {known}, or a folder",
        ),
        (
            "batch {c} --out {t}/out -a kmean",
            "grader: assignment 'kmean': not found; did you mean 'kmeans'?",
        ),
        (
            "check",
            "grader check: name a submission to grade; see grader check --help",
        ),
        (
            "batch {c}",
            "grader batch: name a folder for the results: --out graded/",
        ),
        (
            "batch --out {t}/out",
            "grader batch: name the submissions to grade; see grader batch --help",
        ),
        ("release", "grader release: name an assignment or its folder; see grader release --help"),
        ("release x", "grader release: name a folder for the files: --out students/"),
        ("audit", "grader audit: name an assignment or its folder; see grader audit --help"),
        ("new", "grader new: name the new assignment: grader new my_exercise"),
        (
            "",
            "grader: name a command: check, batch, course, worker, autograde, bundle, doctor, audit, new, release, or assignments; "
            "see grader --help",
        ),
        ("chek x", "grader: unknown command 'chek'; did you mean 'check'?"),
        (
            "frob",
            "grader: unknown command 'frob'; use check, batch, course, worker, autograde, bundle, doctor, audit, new, "
            "release, or assignments",
        ),
        ("check x --htm y", "grader check: unknown option '--htm'; did you mean '--html'?"),
        ("check x --htm=y", "grader check: unknown option '--htm'; did you mean '--html'?"),
        ("batch x --ot y", "grader batch: unknown option '--ot'; did you mean '--out'?"),
        ("check x --frob", "grader check: unknown option '--frob'; see grader check --help"),
        ("check x -z", "grader check: unknown option '-z'; see grader check --help"),
        ("--frob check x", "grader: unknown option '--frob'; see grader --help"),
        (
            "check {c}/alice.py {c}/bob.py --quiet -a {a}",
            "grader: only one submission at a time, got also '{c}/bob.py'; use grader batch for "
            "several",
        ),
        ("doctor x", "grader doctor: unexpected argument 'x'; see grader doctor --help"),
        ("check x --html", "grader check: --html: its value is missing; see grader check --help"),
        ("check x -a", "grader check: --assignment: its value is missing; see grader check --help"),
        (
            "check x --quiet=y",
            "grader check: --quiet: takes no value, got 'y'; see grader check --help",
        ),
        ("check x --lang fr", "grader check: --lang: expected de or en, got 'fr'"),
        ("check -- --htm", "grader: --htm: file not found; check the path"),
    ],
)
def test_unusable_is_one_line(
    tiny: Path, handed_in: Path, tmp_path: Path, arguments: str, line: str
) -> None:
    """What cannot be used is exit code 2 and one line that says what to do."""
    names = {"a": str(tiny), "c": str(handed_in), "t": str(tmp_path), "known": KNOWN}
    ran = run(*(word.format(**names) for word in arguments.split()))
    assert (ran.code, ran.out, ran.err) == (2, "", line.format(**names) + "\n")


def test_problems_are_lines(tiny: Path, handed_in: Path, tmp_path: Path) -> None:
    """An assignment with several problems is exit code 2 and a line for each."""
    folder = tmp_path / "many"
    folder.mkdir()
    text = (tiny / "assignment.py").read_text("utf-8").replace("points=points", "points=-points")
    (folder / "assignment.py").write_text(text, "utf-8")
    ran = run("check", handed_in / "alice.py", "-a", folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "grader: assignment 'tiny': notebook 'tiny.py' does not exist; check the path\n"
        + "".join(
            f"grader: assignment 'tiny': part {name!r}{line}\n"
            for name, points in (("double", -6), ("triple", -4))
            for line in (
                f": its checks have no points, got {points}; give a check points",
                f", check 'values': points: expected a number of at least 0, got {points}; change it",
            )
        )
    )


@pytest.mark.parametrize(
    ("option", "values", "wanted"),
    [
        ("check --threshold", "-1 101 x nan inf", "a percentage from 0 to 100"),
        ("check --timeout", "0 -5 0.5 x nan inf 1e9", "seconds from 1 to 86400"),
        ("batch --timeout", "0 x", "seconds from 1 to 86400"),
        ("check --seed", "-1 1.5 x \uff19 9223372036854775808", "an integer from 0 to 2^63"),
        ("batch --seed", "-1 x", "an integer from 0 to 2^63"),
        ("batch --jobs", "0 -1 1.5 x ² 1025", "an integer from 1 to 1024"),
    ],
)
def test_bad_number_is_told(option: str, values: str, wanted: str) -> None:
    """A number that an option cannot take is told with what it can."""
    command, name = option.split()
    for value in values.split():
        ran = run(command, "x", f"{name}={value}")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"grader {command}: {name}: expected {wanted}, got {value!r}\n"


# What cannot be read -------------------------------------------------------------------------

DAMAGED = "dave.ipynb: the file is cut off: it ends at line 1, in the middle of the notebook"


def test_unreadable_has_files(tiny: Path, handed_in: Path, tmp_path: Path) -> None:
    """An unreadable submission is exit code 2 and one line, and has a page and results as well."""
    page, data, junit = (tmp_path / "new" / f"f.{name}" for name in ("html", "json", "xml"))
    files = ("--html", page, "--json", data, "--junit", junit)
    ran = run("check", handed_in / "dave.ipynb", "-a", tiny, *files, "--seed", 4)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"grader: {DAMAGED}; upload it again\n"
    result = json.loads(data.read_text("utf-8"))
    known = (result["status"], result["score"], result["max_score"], result["seed"])
    assert known == ("unreadable", 0, 10, 4)
    assert result["messages"] == [f"{DAMAGED}; upload it again"]
    assert DAMAGED.rpartition(": ")[2] in page.read_text("utf-8")
    assert 'type="unreadable"' in junit.read_text("utf-8")
    ran = run("check", handed_in / "dave.ipynb", "-a", tiny, "--json", "-")
    assert (ran.code, json.loads(ran.out)["status"]) == (2, "unreadable")


def test_unreadable_is_as_in_a_class(tiny: Path, handed_in: Path, tmp_path: Path) -> None:
    """The result of an unreadable submission is the one that a class has."""
    file = tmp_path / "dave.json"
    run("check", handed_in / "dave.ipynb", "-a", tiny, "--json", file, "--seed", 4)
    run("batch", handed_in / "dave.ipynb", "-a", tiny, "--out", tmp_path / "out", "--seed", 4)
    of_class = tmp_path / "out" / "students" / "dave" / "result.json"
    one, two = (json.loads(path.read_text("utf-8")) for path in (file, of_class))
    assert timeless(one) == timeless(two)


@pytest.mark.parametrize(
    ("name", "text", "assignment"),
    [
        ("kmeans.ipynb", "", "kmeans"),
        ("x.ipynb", '{"cells": [{"source": "def update_centroids(', "kmeans"),
        ("x.ipynb", "hello", None),
    ],
)
def test_assignment_of_unreadable(
    tmp_path: Path, name: str, text: str, assignment: str | None
) -> None:
    """The assignment of an unreadable file is told by its name or words, or -a is asked for."""
    (tmp_path / name).write_text(text, "utf-8")
    ran = run("check", tmp_path / name, "--json", tmp_path / "x.json")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    if assignment is None:
        assert ran.err.endswith(
            f"(nothing written: {name}: cannot tell which assignment this is; choose with -a: "
            f"{KNOWN}, or a folder)\n"
        )
        assert not (tmp_path / "x.json").exists()
    else:
        result = json.loads((tmp_path / "x.json").read_text("utf-8"))
        assert result["assignment"] == assignment


def test_hostile_name_is_shown_safely(tmp_path: Path) -> None:
    """A file name cannot move the cursor or break the line."""
    ran = run("check", tmp_path / "a\x1b[2J\nb\u202e.py")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert not {"\x1b", "\u202e"} & set(ran.err)


# When we fail --------------------------------------------------------------------------------


def _raise(error: BaseException) -> object:
    def failing(*_: object, **__: object) -> None:
        raise error

    return failing


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            RuntimeError("boom\nsecond line"),
            3,
            "grader: internal error: RuntimeError: boom; set GRADER_TRACEBACK=1 for the traceback, and please report it",
        ),
        (
            AssertionError(),
            3,
            "grader: internal error: AssertionError: ; set GRADER_TRACEBACK=1 for the traceback, and please report it",
        ),
        (SandboxError("the wall fell; run again"), 3, "grader: the wall fell; run again"),
        (
            KeyboardInterrupt(),
            130,
            "grader: interrupted; run the same command again to continue",
        ),
        (
            _from(KeyboardInterrupt()),
            130,
            "grader: interrupted; run the same command again to continue",
        ),
        (
            _from(_from(Interrupted(15))),
            143,
            "grader: interrupted; run the same command again to continue",
        ),
    ],
)
def test_our_failure_is_one_line(  # noqa: PLR0913, PLR0917  (fixtures)
    tiny: Path,
    handed_in: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    line: str,
) -> None:
    """A failure of the grader is exit code 3 and one line, never a traceback."""
    monkeypatch.delenv("GRADER_TRACEBACK", raising=False)
    monkeypatch.setattr(job, "grade", _raise(error))
    ran = run("check", handed_in / "alice.py", "-a", tiny)
    assert (ran.code, ran.out, ran.err) == (code, "", line + "\n")


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), Interrupted(signal.SIGTERM)])
def test_signal_that_nothing_raises_is_not_lost(interrupt: KeyboardInterrupt) -> None:
    """A signal that comes while garbage is collected ends the run a moment later."""

    class Interrupted:
        def __del__(self) -> None:
            raise interrupt

    def work() -> None:
        with ended_politely():
            Interrupted()
            threading.Event().wait(30)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell may ignore
    try:
        with pytest.raises(type(interrupt)):
            work()
    finally:
        signal.signal(signal.SIGINT, before)


def test_traceback_on_request(tiny: Path, handed_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Developers get the exception itself when they ask for it."""
    monkeypatch.setenv("GRADER_TRACEBACK", "1")
    monkeypatch.setattr(job, "grade", _raise(RuntimeError("boom")))
    with pytest.raises(RuntimeError, match="^boom$"):
        run("check", handed_in / "alice.py", "-a", tiny)


# The real program ----------------------------------------------------------------------------


def _program(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grader", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **more},
    )


def test_version_is_told() -> None:
    """Every command tells the version."""
    for arguments in ([], ["check"], ["batch"], ["audit"], ["new"], ["release"], ["assignments"]):
        ran = run(*arguments, "--version")
        assert (ran.code, ran.out, ran.err) == (0, f"grader {grader.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "example"),
    [
        (["--help"], "grader check kmeans.ipynb --html feedback.html"),
        (["check", "--help"], "grader check kmeans.ipynb --html feedback.html"),
        (["batch", "--help"], "grader batch submissions/ late.zip --out graded/"),
        (["autograde", "--help"], "grader autograde gradescope -a kmeans"),
        (["bundle", "--help"], "grader bundle gradescope -a kmeans --out autograder.zip"),
        (["new", "--help"], "grader new my_exercise"),
        (["release", "--help"], "grader release kmeans --out students/"),
        (["assignments", "--help"], "grader assignments"),
    ],
)
def test_help_has_example(arguments: list[str], example: str) -> None:
    """Every command's help ends with an example that can be copied."""
    ran = run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    assert f"  {example}\n" in ran.out


HEAVY = "{'numpy', 'jax', 'matplotlib', 'jinja2', 'PIL', 'scipy'}"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "--help"], ["check", "nowhere.py"], ["frob"]]
)
def test_quick_answers_load_nothing(arguments: list[str]) -> None:
    """Help, wrong arguments and missing files are answered without the heavy packages."""
    code = (
        "import sys\nfrom grader.cli.entry import main\n"
        f"try: main({arguments!r})\nexcept SystemExit: pass\n"
        f"print('loaded', sorted({HEAVY} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded []"


def test_program_is_the_command(tiny: Path, handed_in: Path) -> None:
    """The module is the command, with the same exit codes, and plain text into a pipe."""
    done = _program("check", str(handed_in / "bob.py"), "-a", str(tiny), PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (1, "")
    assert " ◆ 2 Triple" in done.stdout
    assert not {"\x1b", "\r"} & set(done.stdout)
    plain = _program("check", str(handed_in / "bob.py"), "-a", str(tiny), PYTHONIOENCODING="ascii")
    assert plain.returncode == 1
    assert plain.stdout.isascii()


def test_class_outlives_its_reader(tiny: Path, handed_in: Path, tmp_path: Path) -> None:
    """When the reader of a batch's output is gone, as with `| head`, the class is still graded."""
    out = tmp_path / "out"
    names = [str(handed_in / name) for name in ("bob.py", "alice.py")]
    command = [sys.executable, "-m", "grader", "batch", *names, "-a", str(tiny), "--out", str(out)]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=write, check=False, cwd=ROOT)
    os.close(write)
    assert done.returncode == 0
    assert (out / "index.html").exists()


def test_closed_pipe_is_silent(tiny: Path, handed_in: Path) -> None:
    """When the reader of our output is gone, there is no traceback."""
    command = [sys.executable, "-m", "grader", "check", str(handed_in / "bob.py"), "-a", str(tiny)]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT
    )
    os.close(write)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
