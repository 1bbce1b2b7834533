"""What the machine does to a child is never the student's fault, and what code does to itself is."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_class import RIGHT, assignment, hand_in, run

from grader.assignment import registry
from grader.course.job import Job, run_job
from grader.judging.answer_key import AnswerKey, draw_key
from grader.judging.grade import grade, grade_ours
from grader.reading.submission import parse_bytes
from grader.results import State
from grader.running.session import Space
from grader.sandbox.endings import SuspectError
from grader.sandbox.server import ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server runs on Linux")

KILLED = "the system ended the process that runs the code (signal 9); most often memory ran out: free some, or grade fewer at a time, and run again"
ENDED_SERVER = "the process that starts all others was ended from outside; free memory, or find out what ended it, and run again"
SEGFAULT = "import ctypes\ndef double(x): return ctypes.string_at(0)\ndef triple(x): return 3 * x\n"

Hit = Callable[[Space], None]


@pytest.fixture(scope="module")
def answer_key(tmp_path_factory: pytest.TempPathFactory) -> AnswerKey:
    """The tiny assignment, with public checks: a hidden one does not tell by what code ended."""
    tiny = assignment(tmp_path_factory.mktemp("tiny"))
    text = (tiny / "assignment.py").read_text("utf-8")
    public = text.replace("points=points)", "points=points, visibility=Visibility.PUBLIC)")
    imports = "from grader.results import Visibility\n\n\ndef cases"
    (tiny / "assignment.py").write_text(public.replace("\n\ndef cases", imports, 1), "utf-8")
    return draw_key(registry.load(str(tiny)), 1)


@pytest.fixture
def server() -> Iterator[ForkServer]:
    """A fork server of one's own, which may be killed."""
    with ForkServer() as running:
        yield running


@pytest.fixture
def hits(monkeypatch: pytest.MonkeyPatch) -> Callable[[Hit, str, range], None]:
    """Give what lets the machine hit a child each time that a function is about to be called."""

    def arrange(hit: Hit, function: str, times: range) -> None:
        ask = Space.ask
        seen: list[int] = []

        def struck(space: Space, operation: str, **body: Any) -> Any:
            if operation in {"evaluate", "trace"} and function in body["expression"]:
                seen.append(0)
                if len(seen) - 1 in times:
                    hit(space)
            return ask(space, operation, **body)

        monkeypatch.setattr(Space, "ask", struck)

    return arrange


def kill_child(space: Space) -> None:
    """Kill the child as the kernel's memory killer does, when it is there already."""
    if space.child is None or not space.child.is_alive:
        space.load()
    assert space.child is not None
    os.kill(space.child.pid, signal.SIGKILL)


def kill_server(space: Space) -> None:
    """Kill the fork server, and with it its children."""
    kill_child(space)
    space.session.server._process.kill()
    space.session.server._process.wait()


def graded(source: str, answer_key: AnswerKey, server: ForkServer, *, is_last: bool = False) -> Any:
    """Get the result of a submission."""
    submission = parse_bytes(source.encode(), name="a.py")
    return grade(submission, answer_key, server, student="a", timeout_s=60, is_last=is_last)


def marked(source: str, answer_key: AnswerKey, server: ForkServer, *, is_last: bool = False) -> Any:
    """Get what marking makes of a submission."""
    one = Job(student="a", name="a.py", data=source.encode())
    return run_job(one, answer_key, server, timeout_s=60, lang="en", is_last=is_last)


@pytest.mark.parametrize(
    ("hit", "what"), [(kill_child, KILLED), (kill_server, ENDED_SERVER)], ids=["child", "server"]
)
def test_first_end_is_suspect(
    hits: Any, answer_key: AnswerKey, server: ForkServer, hit: Hit, what: str
) -> None:
    """What ends a child from outside stops the grading, and the next one has all points."""
    hits(hit, "double", range(1))
    with pytest.raises(SuspectError) as caught:
        graded(RIGHT, answer_key, server)
    assert str(caught.value.what) == what
    assert graded(RIGHT, answer_key, server).score == 10


def test_second_end_leaves_part_unchecked(
    hits: Any, answer_key: AnswerKey, server: ForkServer
) -> None:
    """A part that is ended again and again could not be checked; the others keep their points."""
    hits(kill_child, "double", range(100))
    result = graded(RIGHT, answer_key, server, is_last=True)
    double, triple = result.parts
    assert (double.state, double.score) == (State.UNCHECKED, 0.0)
    assert [str(check.message) for check in double.checks] == [f"could not be checked: {KILLED}"]
    assert (triple.state, triple.score) == (State.CORRECT, 4.0)
    assert str(result.messages[0]) == KILLED
    assert result.unchecked


def test_one_more_end_costs_nothing(hits: Any, answer_key: AnswerKey, server: ForkServer) -> None:
    """When a submission is judged again, a part that is ended once more is tried once more."""
    hits(kill_child, "double", range(1))
    result = graded(RIGHT, answer_key, server, is_last=True)
    assert (result.score, result.unchecked) == (10.0, "")


def test_marking_tells_suspect_and_failed(
    hits: Any, answer_key: AnswerKey, server: ForkServer
) -> None:
    """Marking says that nothing is decided, and at last that the grader failed."""
    hits(kill_child, "double", range(100))
    first = marked(RIGHT, answer_key, server)
    assert (first.suspect, first.stored.status) == (True, "crashed")
    assert first.stored.messages == (KILLED,)
    last = marked(RIGHT, answer_key, server, is_last=True)
    assert (last.suspect, last.failed, last.stored.score) == (False, True, 4.0)
    assert last.stored.messages[0] == KILLED


def test_broken_process_is_the_students_when_a_control_works(
    answer_key: AnswerKey, server: ForkServer
) -> None:
    """Code that breaks its process each time loses its part, and nothing else is in doubt."""
    with pytest.raises(SuspectError):
        graded(SEGFAULT, answer_key, server)
    result = graded(SEGFAULT, answer_key, server, is_last=True)
    assert [part.state for part in result.parts] == [State.ERROR, State.CORRECT]
    assert not result.unchecked
    assert (
        str(result.parts[0].checks[0].message) == "your code crashed the Python process (signal 11)"
    )


def test_broken_process_is_the_machines_when_a_control_breaks(
    answer_key: AnswerKey, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a program that is known to work breaks down too, the part could not be checked."""
    monkeypatch.setattr(ForkServer, "is_sound", lambda _: False)
    result = graded(SEGFAULT, answer_key, server, is_last=True)
    assert [part.state for part in result.parts] == [State.UNCHECKED, State.CORRECT]


def test_control_works(server: ForkServer) -> None:
    """The program that is known to work does so here."""
    assert server.is_sound()


@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
        ("os.killpg(0, signal.SIGTERM)", "signal 15"),
        ("signal.raise_signal(signal.SIGHUP)", "signal 1"),
        ("signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)", "signal 19"),
        ("os.abort()", "signal 6"),
        ("os._exit(3)", "exit code 3"),
    ],
)
def test_own_end_is_known_at_once(
    answer_key: AnswerKey, server: ForkServer, line: str, how: str
) -> None:
    """Code that ends its own process by any of the usual ways is known to have done so."""
    source = f"import os, signal, threading\ndef double(x): {line}\ndef triple(x): return 3 * x\n"
    result = graded(source, answer_key, server)
    assert (result.score, result.unchecked) == (4.0, "")
    assert str(result.parts[0].checks[0].message) == f"your code crashed the Python process ({how})"


def test_no_code_can_kill_its_own_process(answer_key: AnswerKey, server: ForkServer) -> None:
    """The system refuses the signals that kill, by whatever way; handlers are called."""
    source = (
        "import ctypes, os, signal\nseen = []\n"
        "signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))\n"
        "def double(x):\n"
        "    assert [ctypes.CDLL(None).kill(os.getpid(), s) for s in (9, 15, 19)] == [-1] * 3\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    os.kill(os.getpid(), signal.SIGCHLD)\n"
        "    os.kill(os.getpid(), 0)\n"
        "    return len(seen) * 2 * x if seen == [15] else (seen.clear(), 2 * x)[1]\n"
        "def triple(x): return 3 * x\n"
    )
    assert graded(source, answer_key, server).score == 10


def test_child_is_killed_first(server: ForkServer) -> None:
    """When memory runs out the kernel takes a child before the grader."""
    child = server.fork(cpu_s=5)
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text(encoding="ascii") == "1000\n"
    child.end()


def test_halted_child_is_suspect(server: ForkServer) -> None:
    """A child that was halted from outside did not use up its time itself."""
    from grader.sandbox.child import Budget  # noqa: PLC0415
    from grader.sandbox.failures import Failure  # noqa: PLC0415

    child = server.fork(cpu_s=5)
    os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(Failure) as caught:
        child.ask({"op": "clear_figures"}, Budget(cpu_s=5, wall_s=0.3))
    suspect = caught.value.suspect
    assert suspect is not None
    assert str(suspect.what) == (
        "the process that runs the code was paused from outside; run again"
    )


def test_child_that_was_kept_from_running_is_suspect(server: ForkServer) -> None:
    """The wall clock's end is in doubt where the child waited for a CPU most of the time."""
    child = server.fork(cpu_s=5)
    assert child._too_late(10.0, 4.0).suspect is None
    suspect = child._too_late(10.0, 6.0).suspect
    child.end()
    assert suspect is not None
    assert suspect.is_doubtful
    assert str(suspect.what) == (
        "the machine was too busy to let the code run; grade fewer at a time, and run again"
    )


def test_child_that_cannot_start_is_the_machines(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a child lacks before any student code runs is told with what to do."""
    monkeypatch.setattr(ForkServer, "_hello", lambda *_: {"lacks": "RuntimeError: no thread"})
    with pytest.raises(SuspectError) as caught:
        server.fork(cpu_s=5)
    assert str(caught.value) == (
        "student code cannot be run here: RuntimeError: no thread; free memory and disk space, "
        "raise the limits on processes and memory (ulimit -u and -v, pids.max, memory.max), and "
        "run again"
    )


def test_check_judges_again(hits: Any, tmp_path: Path) -> None:
    """`check` of a submission whose child was killed once gives all points."""
    hits(kill_child, "double", range(1))
    file = hand_in(tmp_path, a=RIGHT) / "a.py"
    ran = run("check", file, "-a", assignment(tmp_path), "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "10/10\n", "")


def test_check_says_what_the_machine_did(hits: Any, tmp_path: Path) -> None:
    """`check` ends with 3 and one line when a part could not be checked, and gives no total."""
    hits(kill_child, "double", range(100))
    file = hand_in(tmp_path, a=RIGHT) / "a.py"
    ran = run("check", file, "-a", assignment(tmp_path), "--quiet")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == f"grader: {file}: could not be checked: {KILLED}\n"


def test_missing_temporary_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a temporary folder there is one line that says what to set."""
    from grader.sandbox import server as module  # noqa: PLC0415

    def full(**_: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.tempfile, "mkdtemp", full)
    with pytest.raises(module.SandboxError) as caught:
        ForkServer()
    assert str(caught.value) == (
        "no temporary folder: No space left on device; set TMPDIR to a folder with free space"
    )


def test_python_that_cannot_be_started_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A Python that cannot be executed is named, and no folder is left."""
    monkeypatch.setattr(sys, "executable", "/dev/null")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(Exception) as caught:  # noqa: PT011  (the text is what counts)
        ForkServer()
    assert str(caught.value) == (
        "/dev/null cannot be started (Permission denied); make it readable and executable for the "
        "user who runs the grader"
    )
    assert list(tmp_path.iterdir()) == []


def ours(source: str, answer_key: AnswerKey, server: ForkServer) -> Any:
    """Get the result of a submission that is no student's."""
    submission = parse_bytes(source.encode(), name="a.py")
    return grade_ours(submission, answer_key, server, student="ours", timeout_s=60)


def test_ours_is_judged_again(hits: Any, answer_key: AnswerKey, server: ForkServer) -> None:
    """What is graded to try an assignment is judged again where the machine ended it."""
    hits(kill_child, "double", range(1))
    assert ours(RIGHT, answer_key, server).score == 10
    hits(kill_child, "double", range(100))
    with pytest.raises(SuspectError) as caught:
        ours(RIGHT, answer_key, server)
    assert str(caught.value) == KILLED


def test_ours_that_ends_itself_is_no_doubt(answer_key: AnswerKey, server: ForkServer) -> None:
    """An assignment's own code that breaks its process is told by its points."""
    assert ours(SEGFAULT, answer_key, server).score == 4
