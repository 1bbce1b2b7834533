"""Kills what uploads and what grades, again and again, and counts what is missing afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from course.killed_process import grade, upload

from grader.course.records import connection, courses

TESTS = Path(__file__).resolve().parent.parent
DRAIN_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What is there after a storm; a right store has no lost, doubled, or broken things."""

    acknowledged: int
    submissions: int
    kills: int
    lost: tuple[str, ...]
    """Acknowledged, and not there as they were submitted."""
    results: int
    without_result: int
    failed: int
    gaps: tuple[str, ...]
    problems: tuple[str, ...]
    p95_ms: float
    """How long an upload took, in the storm."""
    drained_s: float


@dataclass(frozen=True, kw_only=True)
class Storm:
    """Processes that upload and grade, of which one is killed every now and then.

    They are forked by a process that has loaded all there is to load, and has no connection.
    """

    folder: str
    file: str
    """Where uploads are acknowledged."""
    seconds: float
    uploaders: int = 2
    workers: int = 2
    per_s: float = 20.0
    kill_every_s: float = 1.0
    postmaster: int = 0
    """The server of the database: every tenth time one of its own processes is killed."""
    seed: int = 1

    def rage(self) -> Raged:
        """Let it rage, then grade what is left."""
        done = subprocess.run(
            [sys.executable, "-m", "course.killing", json.dumps(asdict(self))],
            cwd=TESTS,
            env={**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=self.seconds + DRAIN_S,
        )
        assert done.returncode == 0, done.stderr
        return Raged(**json.loads(done.stdout))


@dataclass(frozen=True, kw_only=True)
class Raged:
    """What the storm did, and how long it took to grade what was left then."""

    kills: int
    said: list[str]
    """By those that ended by themselves."""
    drained_s: float


class Eye:
    """Where the storm is made."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.said = Path(storm.file).with_suffix(".said")
        self.running: dict[int, str] = {}
        """The kinds of processes, by their number."""
        self.kills = 0

    def rage(self) -> None:
        """Kill and start, until the time is over."""
        storm, rng = self.storm, random.Random(self.storm.seed)  # noqa: S311
        for kind in ["upload"] * storm.uploaders + ["grade"] * storm.workers:
            self.start(kind)
        end = time.monotonic() + storm.seconds
        following = time.monotonic() + storm.kill_every_s
        while time.monotonic() < end:
            time.sleep(0.01)
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self.start(self.running.pop(ended[0]))
            if time.monotonic() >= following:
                following += storm.kill_every_s
                self.kill(rng)
        for pid in self.running:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def kill(self, rng: random.Random) -> None:
        """Kill one of them."""
        self.kills += 1
        if self.storm.postmaster and self.kills % 10 == 0:
            killed = _kill_a_child(self.storm.postmaster, rng)
            if killed:
                return
        os.kill(rng.choice([*self.running]), signal.SIGKILL)

    def start(self, kind: str) -> int:
        """Fork a process that uploads or grades."""
        pid = os.fork()
        if pid:
            self.running[pid] = kind
            return pid
        try:
            self._be(kind)
        except BaseException as error:  # noqa: BLE001
            with self.said.open("a", encoding="utf-8") as out:
                out.write(f"{kind}: {type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)

    def _be(self, kind: str) -> None:
        storm = self.storm
        if kind == "upload":
            upload(storm.folder, Path(storm.file), storm.per_s / storm.uploaders)
        else:
            grade(storm.folder, 1 if kind == "grade" else 2, is_forever=kind == "grade")


def _kill_a_child(postmaster: int, rng: random.Random) -> int:
    """Kill a process of the database's server; 0 where there is none."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text("ascii").split()
    backends = [
        int(pid) for pid in children if b"[local]" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    if not backends:
        return 0
    chosen = rng.choice(backends)
    os.kill(chosen, signal.SIGKILL)
    return chosen


def postmaster_of(url: str) -> int:
    """The process of the server that listens in the folder of an address."""
    folder = url.partition("host=")[2].partition("&")[0]
    return int(Path(folder, "data", "postmaster.pid").read_text("ascii").split()[0])


def main(told: str) -> None:
    """Make a storm, and tell what it did."""
    storm = Storm(**json.loads(told))
    connection.connect(courses.find(storm.folder).database)
    from grader.course.operations import worker  # noqa: F401

    eye = Eye(storm)
    eye.rage()
    began = time.monotonic()
    while os.waitpid(eye.start("drain"), 0)[1] and time.monotonic() - began < DRAIN_S:
        time.sleep(0.5)  # the database's server may just be starting again
    said = eye.said.read_text("utf-8").splitlines() if eye.said.exists() else []
    raged = Raged(kills=eye.kills, said=said, drained_s=time.monotonic() - began)
    print(json.dumps(asdict(raged)))  # noqa: T201


def aftermath(storm: Storm, raged: Raged) -> Aftermath:
    """What is there, in the course that is open in this process."""
    from grader.course.records import blobs, verify
    from grader.course.records.models import Job, Result, Submission

    lines = [line.split() for line in Path(storm.file).read_text("ascii").splitlines()]
    kept = {(row.enrolment.student, row.attempt): row.blob_id for row in _rows()}
    lost = [f"{who} {n}" for who, n, digest, _ in lines if kept.get((who, int(n))) != digest]
    for digest in {line[2] for line in lines}:
        blobs.get(digest)
    last = Counter[str]()
    for who, n in kept:
        last[who] = max(last[who], n)
    counted = Counter(who for who, _ in kept)
    took = sorted(float(line[3]) for line in lines)
    return Aftermath(
        acknowledged=len(lines),
        submissions=len(kept),
        kills=raged.kills,
        lost=tuple(lost),
        results=Result.objects.count(),
        without_result=Job.objects.filter(result=None).count(),
        failed=Job.objects.filter(state="failed").count(),
        gaps=tuple(who for who in counted if counted[who] != last[who]),
        problems=(*verify.problems(), *_doubled(Submission, Job)),
        p95_ms=took[int(0.95 * len(took))] if took else 0.0,
        drained_s=raged.drained_s,
    )


def _rows() -> list[object]:
    from grader.course.records.models import Submission

    return list(Submission.objects.select_related("enrolment").defer("blob__bytes"))


def _doubled(submissions: object, jobs: object) -> list[str]:
    """Submissions that were graded twice without anybody asking for it."""
    del submissions
    rows = jobs.objects.values_list("submission_id", flat=True)  # type: ignore[attr-defined]
    return [f"submission {one} has {n} jobs" for one, n in Counter(rows).items() if n > 1]


if __name__ == "__main__":
    main(sys.argv[1])
