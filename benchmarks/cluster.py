"""A large class on a Dask cluster: its pace, the memory of each process, and the overview.

    python benchmarks/cluster.py [SUBMISSIONS]

The golden submissions of K-Means are graded here first. The quicker half is then handed in again
and again under generated names, and graded by a scheduler and two workers, each a process of its
own. Every copy must have the points of its original. Memory is what
a process and its children have for themselves, with their share of what they have in common
(PSS); it is flat where the last tenth needs no more than the second. With Chromium installed, the
overview is opened. `make bench` grades a small class; give 10000 for a large one.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

SITUATIONS = Path(__file__).parent.parent / "tests" / "submissions" / "kmeans"
CHROMIUM = ("chromium", "chromium-browser")
SMALL = 40
LOOK_EACH_S = 2.0


def graded(sources: list[Path], out: Path, *options: str) -> float:
    """Seconds that `grader batch` takes to grade them into `out`."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "grader", "batch", *map(str, sources), "--out", str(out)]
    with Path(f"{out}.txt").open("w", encoding="utf-8") as said:
        subprocess.run(
            [*command, "-a", "kmeans", "--seed", "1", *options],
            check=True,
            stdout=said,
            stderr=said,
        )
    return time.perf_counter() - started


def points(out: Path) -> dict[str, tuple[float, float]]:
    """Points and seconds of each student who was graded."""
    found = {}
    for path in out.glob("students/*/result.json"):
        result = json.loads(path.read_text("utf-8"))
        if result["status"] == "graded":
            found[path.parent.name] = result["score"], result["duration_s"]
    return found


def originals(place: Path) -> dict[str, tuple[Path, float]]:
    """The quicker half of the golden submissions and their points, by name."""
    single = {}
    for folder in sorted(SITUATIONS.iterdir()):
        files = [path for path in folder.iterdir() if path.name != "expected.json"]
        if len(files) == 1 and files[0].is_file() and files[0].suffix in {".ipynb", ".py"}:
            single[folder.name] = files[0]
    source = place / "originals"
    for name, file in single.items():
        (source / name).mkdir(parents=True)
        shutil.copy(file, source / name)
    graded([source], place / "first", "--timeout", "10")
    found = points(place / "first")
    quick = sorted(single.keys() & found.keys(), key=lambda name: found[name][1])
    return {name: (single[name], found[name][0]) for name in quick[: len(quick) // 2]}


def hand_in(folder: Path, known: dict[str, tuple[Path, float]], count: int) -> dict[str, float]:
    """Fill a folder with so many students; the points that each must have."""
    wanted, names = {}, sorted(known)
    for number in range(count):
        file, score = known[names[number % len(names)]]
        student = f"s{number:06}"
        (folder / student).mkdir(parents=True)
        shutil.copy(file, folder / student)
        wanted[student] = score
    return wanted


@contextlib.contextmanager
def cluster(place: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """A scheduler's address, and the processes of the cluster."""
    file = place / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    with (place / "cluster.txt").open("w", encoding="utf-8") as said:
        scheduler = subprocess.Popen([*dask, "scheduler", "--port", "0", *common], stderr=said)
        workers = []
        try:
            while not file.exists():
                time.sleep(0.1)
            for _ in range(2):
                call = [*dask, "worker", "--nthreads", "1", *common]
                workers.append(subprocess.Popen(call, stderr=said))
            address = json.loads(file.read_text("utf-8"))["address"]
            pids = {f"worker {number}": one.pid for number, one in enumerate(workers, 1)}
            yield address, {"scheduler": scheduler.pid, **pids}
        finally:
            for one in (*workers, scheduler):
                one.terminate()
            for one in (*workers, scheduler):
                one.wait()


def pss_mib(pid: int) -> float:
    """What a process and its children hold, in MiB."""
    found = 0.0
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                found += int(line.split()[1]) / 1024
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                found += pss_mib(int(child))
    return found


class Watch:
    """The memory of some processes while something runs, and how far it is."""

    def __init__(self, pids: dict[str, int], out: Path) -> None:
        self._pids, self._students = pids, out / "students"
        self.seen: dict[str, list[tuple[int, float]]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self._ended.wait(LOOK_EACH_S):
            with contextlib.suppress(OSError):
                done = sum(1 for _ in self._students.iterdir())
                for name, pid in {**self._pids, **self._judge()}.items():
                    self.seen.setdefault(name, []).append((done, pss_mib(pid)))

    def _judge(self) -> dict[str, int]:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                said = path.read_bytes().split(b"\0")
                if b"batch" in said and str(self._students.parent).encode() in said:
                    return {"judge": int(path.parent.name)}
        return {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def show_memory(seen: dict[str, list[tuple[int, float]]], count: int) -> None:
    """Print the medians of the second and the last tenth, and the peak."""
    for name, looks in sorted(seen.items()):
        early = [mib for done, mib in looks if count // 10 <= done < count // 5]
        late = [mib for done, mib in looks if done >= count - count // 10]
        if not early or not late:
            print(f"{name}: too short a run to tell; peak {max(mib for _, mib in looks):.0f} MiB")
            continue
        print(
            f"{name}: {statistics.median(early):.0f} MiB in the second tenth, "
            f"{statistics.median(late):.0f} in the last, peak {max(mib for _, mib in looks):.0f}"
        )


def show_overview(out: Path) -> None:
    """Open the pages of the overview in Chromium, and print how long each takes to be there."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    pages = sorted(out.glob("*.html"))
    size = ", ".join(f"{page.name} {page.stat().st_size / 2**20:.1f} MiB" for page in pages[:2])
    print(f"{len(pages)} pages of the overview: {size}")
    if program is None:
        print("no Chromium; the overview is not opened", file=sys.stderr)
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (of the tests)

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for page in pages[:2]:
            tab = browser.new_page()
            started = time.perf_counter()
            tab.goto(page.as_uri(), wait_until="load")
            tab.evaluate("new Promise(end => requestAnimationFrame(() => setTimeout(end)))")
            print(f"{page.name} is drawn after {time.perf_counter() - started:.2f} s")
        browser.close()


def main(count: int) -> None:
    """Print pace, memory, and whether all copies have the points of their originals."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        known = originals(place)
        print(f"{len(known)} golden submissions")
        wanted = hand_in(place / "class", known, count)
        out = place / "out"
        with cluster(place) as (address, pids), Watch(pids, out) as watch:
            seconds = graded([place / "class"], out, "--dask", address)
        print(f"{count} submissions by two workers: {count / seconds:.2f} a second")
        show_memory(watch.seen, count)
        got = {student: score for student, (score, _) in points(out).items()}
        other = [name for name, score in wanted.items() if got.get(name) != score]
        print(f"{len(other)} have other points than their originals {other[:5]}")
        show_overview(out)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SMALL)
