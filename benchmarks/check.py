"""How long `grader check` takes from a cold start, beside what no check could do without.

That is to import JAX, make one array, and compile the student's functions; of both the time is
measured in the same run, alternating. Seconds on the wall.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from grader.reading.submission import read_submission

SITUATIONS = Path(__file__).parent.parent / "tests" / "submissions" / "kmeans"
NOTEBOOKS = ("E52_renamed_functions", "E53_inlined_means", "E59_decorated", "E70_helper_later")
IMPORT = "import jax, jax.numpy as jnp; jnp.zeros(1)"
COMPILE = """
import sys
import jax

spent = 0.0


def add(event, duration, **_):
    global spent
    if event.startswith("/jax/core/compile/"):
        spent += duration


jax.monitoring.register_event_duration_secs_listener(add)
for cell in sys.stdin.read().split("\\0"):
    try:
        exec(compile(cell, "<cell>", "exec"), globals())
    except Exception:
        continue
print(spent)
"""
"""Runs the cells of a notebook; prints the seconds in which JAX traced, lowered and compiled."""


def wall_s(*command: str) -> float:
    """Seconds that a command takes."""
    started = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - started


def compile_s(path: Path) -> float:
    """Seconds of compilation when the notebook is run in a plain process."""
    cells = [cell.source for cell in read_submission(path).cells if cell.kind == "code"]
    ran = subprocess.run(
        [sys.executable, "-c", COMPILE],
        input="\0".join(cells),
        capture_output=True,
        text=True,
        check=True,
        env={"MPLBACKEND": "Agg", "JAX_PLATFORMS": "cpu", "PATH": ""},
    )
    return float(ran.stdout.splitlines()[-1])


def main() -> None:
    """Print the ratio for each notebook."""
    grader = str(Path(sys.executable).with_name("grader"))
    for name in NOTEBOOKS:
        (path,) = (SITUATIONS / name).glob("*.ipynb")
        checks, imports, compiles = [], [], []
        for _ in range(3):
            checks.append(wall_s(grader, "check", str(path), "-a", "kmeans", "--seed", "1"))
            imports.append(wall_s(sys.executable, "-c", IMPORT))
            compiles.append(compile_s(path))
        check, imported, compiled = map(statistics.median, (checks, imports, compiles))
        print(
            f"{name:26} check {check:.2f} s   import {imported:.2f} s   compile {compiled:.2f} s"
            f"   check takes {check / imported:.1f} imports,"
            f" {check / (imported + compiled):.2f} of import and compile"
        )


if __name__ == "__main__":
    main()
