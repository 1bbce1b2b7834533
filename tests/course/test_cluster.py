"""A class graded by a Dask cluster: the same results and pages, and clear words when it cannot."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sample_results import typical
from tiny_class import HALF, NONE, RIGHT, assignment, hand_in, results, run

from grader.course import cluster, dask_places, dask_worker
from grader.course.collecting.archives import FoundFile, Location
from grader.course.collecting.entry import Entry
from grader.course.dask_places import DaskCluster
from grader.course.job import Job, JobResult
from grader.errors import LostError, SandboxError, UsageError
from grader.report.result_json import stored

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a scheduler with one worker of two threads, each process of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None
        ) as made:
            yield made.scheduler_address


def pages(out: Path) -> dict[str, str]:
    """Every result and report, durations left out."""
    found = {}
    for path in sorted(out.glob("students/*/*")):
        text = path.read_text("utf-8")
        if path.suffix == ".json":
            text = json.dumps({**json.loads(text), "duration_s": 0})
        found[f"{path.parent.name}/{path.name}"] = re.sub(
            r"· (under )?[0-9]+ seconds?</p>", "", text
        )
    return found


@pytest.mark.filterwarnings("ignore")
def test_cluster_grades_alike(address: str, tmp_path: Path) -> None:
    """Results and reports are those of threads here, also of what cannot be read."""
    tiny = assignment(tmp_path)
    folder = hand_in(tmp_path / "class", ann=RIGHT, bob=HALF, cat=NONE)
    (folder / "dan.ipynb").write_text("{", "utf-8")
    common = ("batch", folder, "-a", tiny, "--seed", 5, "--notebooks")
    there = run(*common, "--out", tmp_path / "there", "--dask", address)
    here = run(*common, "--out", tmp_path / "here")
    assert (there.code, here.code) == (0, 0), there.err
    assert pages(tmp_path / "there") == pages(tmp_path / "here")
    assert len(pages(tmp_path / "there")) == 12


def order(folder: Path, **changes: Any) -> dask_worker.Order:
    """What a class is graded with, by the versions of somebody else."""
    known = {"seed": 1, "lang": "en", "timeout_s": 5.0, "fingerprint": "other", **changes}
    return dask_worker.Order(assignment=str(folder), **known)


@pytest.mark.filterwarnings("ignore")
def test_other_version_is_refused(address: str, tmp_path: Path) -> None:
    """Where every worker would grade by something else, it is told before anything is graded."""
    wanted = order(assignment(tmp_path))
    said = re.escape(f"--dask {address}: worker tcp://") + (
        ".* cannot grade: different version of the grader or the assignment; install the same on all machines"
    )
    with (
        pytest.raises(SandboxError, match=f"^{said}$"),
        cluster.connected(address, wanted, pytest.fail),
    ):
        pass


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of somebody who listens and is no scheduler."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "wrong",
    [
        "tcp://127.0.0.1:1",
        "127.0.0.1",
        "no-such-host.invalid:8786",
        "odd://127.0.0.1:1",
        "tls://127.0.0.1:1",
        "a b",
        "deaf",
    ],
)
def test_wrong_address_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    deaf: str,
    wrong: str,
) -> None:
    """Where no scheduler answers, the command says so and how to start one, and no one else."""
    monkeypatch.setattr(cluster, "ANSWER_WITHIN_S", 0.5)
    where = deaf if wrong == "deaf" else wrong
    folder = hand_in(tmp_path / "class", ann=RIGHT)
    options = ("-a", assignment(tmp_path), "--out", tmp_path / "out")
    ran = run("batch", folder, *options, "--dask", where)
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        f"grader: --dask {where}: no scheduler responds; start one with `dask scheduler`\n",
    )
    assert capfd.readouterr() == ("", "")


def test_wrong_address_says_nothing_at_the_end(tmp_path: Path) -> None:
    """A client that could not even be made is silent when Python ends, too."""
    folder = hand_in(tmp_path / "class", ann=RIGHT)
    options = ("-a", str(assignment(tmp_path)), "--out", str(tmp_path / "out"))
    where = "odd://127.0.0.1:1"
    done = subprocess.run(
        [sys.executable, "-m", "grader", "batch", str(folder), *options, "--dask", where],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"grader: --dask {where}: no scheduler responds; start one with `dask scheduler`\n",
    )


@pytest.mark.filterwarnings("ignore")
def test_empty_cluster_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster without workers is waited for, with a line that says so, and not for ever."""
    monkeypatch.setattr(dask_places, "WORKERS_WITHIN_S", 0.5)
    folder = hand_in(tmp_path / "class", ann=RIGHT)
    options = ("-a", assignment(tmp_path), "--out", tmp_path / "out")
    with distributed.LocalCluster(n_workers=0, dashboard_address=None) as made:
        ran = run("batch", folder, *options, "--dask", made.scheduler_address)
        start = f"grader: --dask {made.scheduler_address}: no workers"
    assert (ran.code, ran.err) == (
        2,
        f"{start} yet; waiting 0.5 s for the first\n{start}; start some with `dask worker`\n",
    )


# A cluster that does what it is told -----------------------------------------------------------


@dataclass
class Promise:
    """A future of the fake cluster."""

    key: str
    value: Any = None
    told: list[Any] = field(default_factory=list)

    def done(self) -> bool:
        """Whether it has a value: only the answer whether a worker is ready has one at once."""
        return isinstance(self.value, (str, Exception))

    def result(self) -> Any:
        """The value."""
        if isinstance(self.value, Exception):
            raise self.value
        return self.value

    def add_done_callback(self, call: Any) -> None:
        """Keep who is to be told."""
        self.told.append(call)

    def end(self, value: Any) -> None:
        """Let it end."""
        self.value = value
        for call in self.told:
            call(self)


@dataclass
class FakeClient:
    """Workers by name, each with what it answers when it is asked whether it is ready."""

    answers: dict[str, Any]
    given: list[tuple[str, Promise]] = field(default_factory=list)
    is_lost: bool = False

    def nthreads(self) -> dict[str, int]:
        """Every worker has one thread."""
        if self.is_lost:
            raise OSError
        return dict.fromkeys(self.answers, 1)

    def submit(self, call: Any, *arguments: Any, workers: list[str], **_: Any) -> Promise:
        """Keep what a worker is to do."""
        del arguments
        (name,) = workers
        if call is cluster.open_there:
            return Promise("open", self.answers[name])
        promise = Promise(f"{name}-{len(self.given)}")
        self.given.append((name, promise))
        return promise


@dataclass
class Made:
    """A crew over a fake cluster, and the lines that were told."""

    client: FakeClient
    crew: cluster.Workers
    lines: list[str]


ONE = Job(student="ann", name="ann.py")
RESULT = JobResult(stored=stored(typical()), page="")


def made(
    monkeypatch: pytest.MonkeyPatch, *, place: DaskCluster | None = None, **answers: Any
) -> Made:
    """A crew that looks at its workers each time."""
    monkeypatch.setattr(cluster, "LOOK_EACH_S", -1.0)
    client, lines = FakeClient(answers), list[str]()
    place = place or DaskCluster(place="here", address="here", patience_s=60.0)
    crew = cluster.Workers(client, place, "desk", order(Path("x")), lines.append)
    return Made(client, crew, lines)


def test_late_worker_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets nothing to do, one line says why, and the others go on."""
    one = made(monkeypatch, a="")
    one.crew.wait()
    one.client.answers |= {"b": "it is old", "c": ModuleNotFoundError("No module named 'grader'")}
    assert one.crew.ended(0) == []
    assert one.lines == [
        "--dask here: worker b cannot grade: it is old",
        "--dask here: worker c cannot grade: ModuleNotFoundError: No module named 'grader'; "
        "install the same jax-exercise-grader there",
    ]
    one.crew.take(entry(), ONE)
    assert [name for name, _ in one.client.given] == ["a"]
    assert not one.crew.has_room
    assert one.crew.ended(0) == []
    assert len(one.lines) == 2


def test_lost_worker_leaves_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker had that is gone, or that raised, is to be graded again."""
    one = made(monkeypatch, a="", b="")
    one.crew.wait()
    assert one.crew.ended(0) == []
    one.crew.take(entry(), ONE)
    one.crew.take(entry(), ONE)
    assert sorted(name for name, _ in one.client.given) == ["a", "b"]
    (_, first), (name, second) = one.client.given
    first.end(RuntimeError("the process is gone"))
    assert [ended.result for ended in one.crew.ended(0)] == [None]
    assert one.crew.has_room
    assert not one.crew.is_idle
    del one.client.answers[name]
    assert [ended.result for ended in one.crew.ended(0)] == [None]
    assert one.crew.is_idle
    second.end(RESULT)
    assert one.crew.ended(0) == []


def test_lost_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line says which worker is gone, and how much of its work is done again."""
    one = made(monkeypatch, a="", b="")
    one.crew.wait()
    assert one.crew.ended(0) == []
    one.crew.take(entry(), ONE)
    one.client.answers.clear()
    one.crew.ended(0)
    busy = one.client.given[0][0]
    idle = "b" if busy == "a" else "a"
    assert sorted(one.lines) == sorted(
        [
            f"--dask here: lost worker {busy}; submissions to grade again: 1",
            f"--dask here: lost worker {idle}",
        ]
    )


def growing(started: list[str], **known: Any) -> DaskCluster:
    """A cluster of one worker that notes when another one is asked for."""
    known = {"patience_s": 60.0, "replace": lambda: started.append("again"), **known}
    return DaskCluster(place="local:1", address="here", is_ours=True, wanted=1, **known)


def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have workers replaced at each look, in the same thread."""

    class Here:
        def __init__(self, target: Any, **_: Any) -> None:
            self.start = target

    monkeypatch.setattr(cluster, "REPLACE_EACH_S", -1.0)
    monkeypatch.setattr(cluster.threading, "Thread", Here)
    monkeypatch.setattr(cluster, "within", lambda _, call: call())


def test_ended_workers_are_replaced_so_often_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times a worker; then a line says so, and nobody is waited for any longer."""
    at_once(monkeypatch)
    started: list[str] = []
    one = made(monkeypatch, place=growing(started, patience_s=9e9), a="")
    one.crew.wait()
    for number in range(4):
        one.client.answers = {f"worker-{number}": ""}
        one.crew.ended(0)
        one.crew.ended(0)
        assert len(started) == 2 * min(number + 1, 3)
    assert one.lines[-1] == "--dask local:1: lost 4 workers, so no more are started"
    assert one.crew._patience_s == dask_places.WORKERS_WITHIN_S


def test_worker_that_cannot_be_replaced_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is a line, once, and nobody is waited for any longer."""
    at_once(monkeypatch)

    def refuse() -> None:
        raise RuntimeError("Command failed.\nstderr:\nsbatch: error: no more jobs today")

    one = made(monkeypatch, place=growing([], patience_s=9e9, replace=refuse), a="")
    one.crew.wait()
    one.client.answers = {"b": ""}
    one.crew.ended(0)
    one.crew.ended(0)
    assert one.lines[1:] == [
        "--dask local:1: cannot start another worker: sbatch: error: no more jobs today"
    ]
    assert one.crew._patience_s == dask_places.WORKERS_WITHIN_S


def test_hanging_worker_stalls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker has for too long is graded elsewhere; until it ends, it gets nothing else.

    A cluster of which every thread hangs is gone, though its workers are there.
    """
    monkeypatch.setattr(dask_worker, "LEAST_LIMIT_S", -1.0)
    monkeypatch.setattr(dask_worker, "ROOM", -1.0)
    one = made(monkeypatch, a="")
    one.crew.wait()
    one.crew.take(entry(), ONE)
    assert [ended.result for ended in one.crew.ended(0)] == [None]
    assert one.crew.is_idle
    assert not one.crew.has_room
    assert not one.crew.is_gone
    one.crew._patience_s = -1.0
    assert one.crew.is_gone
    one.client.given[0][1].end(RESULT)
    assert one.crew.ended(0) == []
    assert one.crew.has_room
    assert not one.crew.is_gone


def test_ended_work_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker has graded is what it says."""
    one = made(monkeypatch, a="")
    one.crew.wait()
    one.crew.take(entry(), ONE)
    one.client.given[0][1].end(RESULT)
    assert [ended.result for ended in one.crew.ended(0)] == [RESULT]
    assert (one.crew.is_idle, one.crew.has_room) == (True, True)


def test_lost_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a scheduler nothing can be known of the workers."""
    one = made(monkeypatch, a="")
    one.crew.wait()
    one.client.is_lost = True
    said = "--dask here: lost the scheduler, results so far are kept; restart it and run the same command again"
    with pytest.raises(LostError, match=f"^{re.escape(said)}$"):
        one.crew.ended(0)


def test_all_workers_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without workers for too long the crew is gone."""
    one = made(monkeypatch, a="")
    one.crew.wait()
    assert not one.crew.is_gone
    one.client.answers.clear()
    assert one.crew.ended(0) == []
    assert not one.crew.is_gone
    one.crew._patience_s = -1.0
    assert one.crew.is_gone


def test_no_worker_gets_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that do not say whether they are ready are not waited for without end."""
    monkeypatch.setattr(cluster, "READY_WITHIN_S", -1.0)
    with pytest.raises(UsageError) as caught:
        made(monkeypatch, a=None).crew.wait()
    assert str(caught.value) == "--dask here: no worker becomes ready; check their logs"


def entry() -> Entry:
    """An entry that nothing is read of."""
    found = FoundFile(parts=("ann.py",), location=Location(path=Path("ann.py")))
    return Entry(student="ann", label="ann.py", name="ann.py", found=found)


def test_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the line says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    folder = hand_in(tmp_path / "class", ann=RIGHT)
    options = ("-a", assignment(tmp_path), "--out", tmp_path / "out")
    ran = run("batch", folder, *options, "--dask", "tcp://127.0.0.1:1")
    assert (ran.code, ran.err) == (
        2,
        "grader: --dask needs the package distributed; run pip install 'jax-exercise-grader[dask]'\n",
    )


ENDLESS = "def double(x):\n    while True: pass\ndef triple(x):\n    while True: pass\n"


@pytest.mark.filterwarnings("ignore")
def test_run_goes_on_after_the_scheduler_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler that dies ends the run with a line; the same command without it continues."""
    monkeypatch.setattr(cluster, "LOST_AFTER_S", 10.0)
    folder = hand_in(tmp_path / "class", ann=RIGHT, zoe=ENDLESS)
    file, out = tmp_path / "scheduler.json", tmp_path / "out"
    dask = [sys.executable, "-m", "dask"]
    common = ("--scheduler-file", file, "--no-dashboard")
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((tmp_path / "log").open("w", encoding="utf-8"))

        def start(*command: Any) -> subprocess.Popen[bytes]:
            process = stack.enter_context(subprocess.Popen(command, stdout=log, stderr=log))
            stack.callback(process.kill)
            return process

        scheduler = start(*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *common)
        until(file.exists, scheduler)
        start(*dask, "worker", "--nthreads", "1", *common)
        place = json.loads(file.read_text("utf-8"))["address"]

        ended = threading.Event()

        def end() -> None:
            first = out / "students" / "ann" / "result.json"
            until(lambda: first.exists() or ended.is_set(), scheduler)
            scheduler.kill()

        watch = threading.Thread(target=end)
        watch.start()
        stack.callback(watch.join)
        options = ("-a", assignment(tmp_path), "--out", out, "--seed", "5")
        stack.callback(ended.set)
        lost = run("batch", folder, *options, "--dask", place)
    said = f"--dask {place}: lost the scheduler, results so far are kept; restart it and run the "
    assert lost.code == 3
    assert lost.err.splitlines()[-1].startswith(f"grader: {said}same command again"), lost.err
    again = run("batch", folder, *options, "--timeout", "2")
    assert (again.code, "1 result kept" in again.err) == (0, True), again.err
    assert {name: one["score"] for name, one in results(out).items()} == {"ann": 10.0, "zoe": 0.0}


def until(is_so: Callable[[], bool], running: subprocess.Popen[bytes]) -> None:
    """Wait for something that a process does, as long as it runs."""
    while not is_so():
        assert running.poll() is None
        time.sleep(0.05)
