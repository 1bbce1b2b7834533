"""How long the command takes to answer, beside an empty Python: ratios, alternating in one run.

`grader --help` and an argument error import nothing heavy, so they should stay within a few
times the start of Python itself.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "grader --help": [sys.executable, "-m", "grader", "--help"],
    "grader check (no argument)": [sys.executable, "-m", "grader", "check"],
    "grader check nothing.ipynb": [sys.executable, "-m", "grader", "check", "nothing.ipynb"],
}


def main() -> None:
    """Print the median of each command and its ratio to the first."""
    took: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run(command, capture_output=True, check=False)
            took[name].append(time.perf_counter() - started)
    base = statistics.median(took["python -c pass"])
    for name, times in took.items():
        median = statistics.median(times)
        print(f"{name:30} {1000 * median:7.0f} ms   {median / base:5.1f} x")


if __name__ == "__main__":
    main()
