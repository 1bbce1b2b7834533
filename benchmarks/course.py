"""A course at the end of a large term, and one whose processes are killed all the time.

    python benchmarks/course.py [SUBMISSIONS] [DATABASE...]
    python benchmarks/course.py storm SECONDS [DATABASE...]

The first fills a store with so many submissions (50,000 unless said) of 500 students, each with a
result, and measures commands as people run them. The second uploads and grades while something is
killed every second, and counts what is missing. DATABASE is sqlite or postgresql.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT / "tests"), str(ROOT)]  # this file has the name of the tests' folder

from course import database_server, killing  # noqa: E402
from course.course_store import Makers, Store  # noqa: E402

from grader.course.records import connection  # noqa: E402

SITUATIONS = ROOT / "tests" / "submissions" / "kmeans"
NOTEBOOKS = ("E52_renamed_functions", "E57_mapped_ids", "E59_decorated", "E70_helper_later")
FILES = 300
GOALS_S = {
    "marks": 2,
    "marks of one student": 1,
    "take 300 files": 10,
    "take them again": 10,
    "regrade show": 5,
    "regrade show, best counts": 5,
}
DATABASES = ("sqlite", "postgresql")


@contextmanager
def stores(kinds: Sequence[str]) -> Iterator[Iterator[Store]]:
    """A new course in each of these databases."""
    with tempfile.TemporaryDirectory(prefix="course-") as place:
        makers = Makers(Path(place))

        def made() -> Iterator[Store]:
            for kind in kinds:
                if kind == "postgresql" and (why := database_server.why_not()):
                    print(f"{kind}: {why}")
                    continue
                store = makers.make(kind, Path(place, kind))
                yield store
                makers.remove(store)

        try:
            yield made()
        finally:
            makers.stop()


class Times:
    """What was measured; printed as a table."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, str]] = []

    def add(self, what: str, took_s: float, note: str = "") -> None:
        """Note how long something took."""
        goal = GOALS_S.get(what)
        self.rows.append((what, took_s, note or (f"goal {goal} s" if goal else "")))
        print(f"  {what:<32}{took_s:8.2f} s  {self.rows[-1][2]}", flush=True)


def command(store: Store, *words: str | Path) -> float:
    """How long a command takes, from the beginning of its process to its end."""
    full = [sys.executable, "-m", "grader", "course", *map(str, words)]
    began = time.perf_counter()
    done = subprocess.run(
        [*full, "--course", str(store.folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    took_s = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(full)}: {done.returncode}: {done.stderr[-2000:]}")
    return took_s


def large(store: Store, submissions: int) -> None:
    """Measure a large course."""
    from course import full_course  # noqa: PLC0415  (needs an open course)

    times = Times()
    began = time.perf_counter()
    full_course.fill(submissions)
    times.add("filling the store", time.perf_counter() - began, f"{submissions} submissions")
    campaign, best = full_course.add_campaigns()
    connection.close()
    if store.kind == "sqlite":
        size = (store.folder / "course.db").stat().st_size / 2**20
        print(f"  course.db: {size:.0f} MiB")
    times.add("marks", command(store, "marks", "--csv"))
    times.add("marks of one student", command(store, "marks", "--student", "s0007"))
    times.add("regrade show", command(store, "regrade", "show", campaign))
    times.add("regrade show, best counts", command(store, "regrade", "show", best))
    files = store.folder / "files"
    files.mkdir()
    found = [next((SITUATIONS / name).glob("*.ipynb")) for name in NOTEBOOKS]
    for n in range(FILES):
        text = found[n % len(found)].read_text("utf-8")
        data = json.loads(text)
        data["metadata"]["bench"] = n
        (files / f"s{n:04}.ipynb").write_text(json.dumps(data), "utf-8")
    times.add("take 300 files", command(store, "take", files, "-a", "kmeans"))
    times.add("take them again", command(store, "take", files, "-a", "kmeans"))
    _backup(store, times)
    times.add("verify", command(store, "verify"))


def _backup(store: Store, times: Times) -> None:
    """A backup while two threads grade."""
    words = [sys.executable, "-m", "grader", "course", "grade", "--jobs", "2"]
    with (store.folder / "log").open("w") as log:
        grading = subprocess.Popen(
            [*words, "--course", str(store.folder)], stdout=log, stderr=subprocess.STDOUT
        )
    time.sleep(10)
    before = _graded(store)
    took_s = command(store, "backup", store.folder / "copy")
    after = _graded(store)
    size = (store.folder / "copy").stat().st_size / 2**20
    times.add("backup while grading", took_s, f"{size:.0f} MiB, {after - before} graded meanwhile")
    grading.kill()
    grading.wait()


def _graded(store: Store) -> int:
    return (store.folder / "log").read_text("utf-8").count("\n")


def storm(store: Store, seconds: float, postmaster: int) -> None:
    """Kill something every second."""
    file = store.folder / "acknowledged"
    raged = killing.Storm(
        folder=str(store.folder), file=str(file), seconds=seconds, postmaster=postmaster
    )
    told = raged.rage()
    store.opened()
    after = killing.aftermath(raged, told)
    for name, value in asdict(after).items():
        print(f"  {name:<16}{value if not isinstance(value, list | tuple) else len(value)}")
    for line in (*after.lost, *after.gaps, *after.problems, *sorted(set(told.said))):
        print(f"    {line}")


def main(words: list[str]) -> None:
    """Measure what was asked for."""
    kinds = [word for word in words if word in DATABASES] or list(DATABASES)
    numbers = [int(word) for word in words if word.isdigit()]
    with stores(kinds) as made:
        for store in made:
            print(f"{store.kind}, {os.cpu_count()} cores")
            if "storm" in words:
                pid = killing.postmaster_of(store.url) if store.url else 0
                storm(store, (numbers or [120])[0], pid)
            else:
                large(store, (numbers or [50_000])[0])
            shutil.rmtree(store.folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
