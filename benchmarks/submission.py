"""Where the time of a submission goes, and how that compares with running its notebook.

The same notebooks are graded and, alternating, executed with nbclient; CPU seconds of the whole
process tree are compared. `phases.py` takes one submission apart.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from pathlib import Path

import nbclient
import nbformat

from exercises.kmeans.assignment import ASSIGNMENT
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.reading.submission import read_submission
from grader.report.html import render_student
from grader.report.result_json import dumps, stored
from grader.sandbox.child import Child
from grader.sandbox.server import ForkServer

SITUATIONS = Path(__file__).parent.parent / "tests" / "submissions" / "kmeans"
NOTEBOOKS = (
    *("E52_renamed_functions", "E53_inlined_means", "E56_methods", "E57_mapped_ids"),
    *("E59_decorated", "E60_one_point", "E70_helper_later", "E88_defaults_need_globals"),
)
SEED = 1


def cpu_s() -> float:
    """CPU seconds of this process and of the children that it has waited for."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def execute(path: Path) -> float:
    """CPU seconds of nbclient running a notebook from top to bottom."""
    before = cpu_s()
    notebook = nbformat.read(path, as_version=4)
    os.environ["MPLBACKEND"] = "Agg"
    nbclient.NotebookClient(notebook, timeout=300, allow_errors=True).execute()
    return cpu_s() - before


class Meter:
    """CPU seconds of the children, each read when it ends."""

    def __init__(self) -> None:
        self.child_s = 0.0

    def watch(self) -> None:
        """Measure every child from now on."""
        end = Child.end
        meter = self

        def ended(child: Child) -> None:
            meter.child_s += child.cpu_s() if child.is_alive else 0.0
            end(child)

        Child.end = ended  # type: ignore[method-assign]


def main() -> None:
    """Print the ratio against nbclient and the parts of a submission's time."""
    meter = Meter()
    meter.watch()
    ratios = []
    answer_key = draw_key(ASSIGNMENT, SEED)
    with tempfile.TemporaryDirectory() as folder, ForkServer() as server:
        warm = server.isolation
        print(f"isolation: {', '.join(warm)}")
        for name in NOTEBOOKS:
            (path,) = (SITUATIONS / name).glob("*.ipynb")
            notebook_s = execute(path)
            before, before_child = time.process_time(), meter.child_s
            result = grade(read_submission(path), answer_key, server, student=name, timeout_s=60.0)
            judge_s = time.process_time() - before
            before = time.process_time()
            Path(folder, "feedback.html").write_text(render_student(result), encoding="utf-8")
            Path(folder, "result.json").write_text(dumps(stored(result)), encoding="utf-8")
            report_s = time.process_time() - before
            graded_s = judge_s + report_s + meter.child_s - before_child
            ratios.append(notebook_s / graded_s)
            print(
                f"{name:26} nbclient {notebook_s:5.2f} s CPU   graded {graded_s:5.2f} s "
                f"(judge {judge_s:.2f}, report {report_s:.2f})   1/{ratios[-1]:.1f}"
            )
    print(f"grading takes 1/{statistics.median(ratios):.1f} of the CPU of nbclient (median)")


if __name__ == "__main__":
    main()
