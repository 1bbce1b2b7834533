"""A class: how two jobs compare with one, and whether memory stays flat.

    python benchmarks/class.py [SUBMISSIONS]

The same notebooks are graded with one job and with two, alternating. `make bench` grades a small
class; give 1000 to see the memory over a large one.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from grader.course.batch import open_batch
from grader.course.options import Options
from grader.course.store import Store

SITUATIONS = Path(__file__).parent.parent / "tests" / "submissions" / "kmeans"
NOTEBOOKS = ("E52_renamed_functions", "E57_mapped_ids", "E59_decorated", "E70_helper_later")
ROUNDS = 2
SMALL = 64


def hand_in(folder: Path, count: int) -> None:
    """Fill a folder with so many notebooks."""
    found = [next((SITUATIONS / name).glob("*.ipynb")) for name in NOTEBOOKS]
    for number in range(count):
        shutil.copy(found[number % len(found)], folder / f"s{number:04}.ipynb")


def graded_s(folder: Path, out: Path, jobs: int) -> tuple[float, list[float]]:
    """Wall seconds from the first result to the last, and the judge's memory in MiB on the way."""
    options = Options(assignment="kmeans", seed=1, timeout_s=60, jobs=jobs, is_fresh=True)
    with open_batch([folder], Store(out), options) as batch:
        seen = [(time.perf_counter(), _memory_mib()) for _ in batch.run()]
        batch.finish(0)
    return seen[-1][0] - seen[0][0], [memory for _, memory in seen]


def _memory_mib() -> float:
    """What this process holds now, or its peak where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


def main(count: int) -> None:
    """Print the throughputs and their ratio for a small class, the memory for a large one."""
    took: dict[int, list[float]] = {1: [], 2: []}
    is_small = count <= SMALL
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place, "class"), Path(place, "out")
        folder.mkdir()
        hand_in(folder, count)
        for jobs in (1, 2) * ROUNDS if is_small else (2,):
            seconds, memory = graded_s(folder, out, jobs)
            took[jobs].append(seconds)
    each = {jobs: (count - 1) / statistics.median(runs) for jobs, runs in took.items() if runs}
    for jobs, rate in each.items():
        print(f"{count} submissions: {rate:.2f} a second with {jobs} at a time")
    if is_small:
        print(f"two at a time are {each[2] / each[1]:.2f} times as fast as one")
    early, late = memory[max(0, count // 10 - 1)], memory[-1]
    print(f"memory of the judge: {early:.0f} MiB after a tenth, {late:.0f} MiB at the end")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SMALL)
