"""What the grader does with each Python and each JAX that it is for; `make matrix` runs it.

For each pair an environment is made, the sample submissions are graded in it, and tests are run:
those of the interpreter and of traced programs, the attacks, and, without `--quick`, all golden
submissions and the rest of the sandbox. What the samples get must be the same in all. A table says
how each environment did, what was skipped in it, and which ones this machine has no Python for.

Only the standard library is needed, so that any Python can start it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
LINES = {
    "0.8": "constraints/jax-0.8.txt",
    "0.9": "constraints/jax-0.9.txt",
    "0.10": "constraints.txt",
}
"""The lines of JAX, and the file that pins all packages for each."""
SEED = "20240229"
QUICK = (
    *("tests/sandbox/test_jax_internals.py", "tests/sandbox/test_interpreter.py"),
    *("tests/sandbox/test_evaluating.py", "tests/sandbox/test_picking.py"),
    *("tests/sandbox/test_portable.py", "tests/sandbox/test_portable_structure.py"),
    *("tests/sandbox/test_counts.py", "tests/sandbox/test_attacks.py"),
)
"""The tests that look at JAX's private names, and the attacks."""
FULL = ("tests/sandbox", "tests/running", "tests/test_submissions.py")
CHANGING = {"duration_s", "environment"}
"""What may differ between two runs of the same submission."""
OWN_VERSION = re.compile(r"\bPython 3\.\d+\b")
"""What a message about syntax says that no other Python would say."""


@dataclass(frozen=True, kw_only=True)
class Python:
    """An interpreter that was asked for, and where it is; `path` is None where it is not."""

    asked: str
    version: str = ""
    path: Path | None = None


@dataclass(kw_only=True)
class Row:
    """How an environment did. `absent` says why it was not even tried, `problem` what ended it."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    samples: str = "-"
    absent: str = ""
    problem: str = ""
    seconds: float = 0.0

    @property
    def is_bad(self) -> bool:
        """Whether something failed here."""
        return bool(self.failed or self.problem) or self.samples.startswith("differ")


# Interpreters ------------------------------------------------------------------------------


def _places(name: str) -> Iterator[Path]:
    """The files of that name on the path, then those of versions that pyenv has but not selects."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield Path(folder) / name
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    version = name.removeprefix("python")
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/{name}"), reverse=True)


def find_python(asked: str) -> Python:
    """The interpreter of a version ("3.12") or at a path, if it is there and runs."""
    is_version = asked.replace(".", "").isdigit()
    for path in _places(f"python{asked}") if is_version else [Path(asked)]:
        if not os.access(path, os.X_OK):
            continue
        code = "import sys, venv; print(*sys.version_info[:3], sep='.'); print(sys.executable)"
        ran = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            version, executable = ran.stdout.splitlines()
            return Python(asked=asked, version=version, path=Path(executable))
    return Python(asked=asked)


# Environments ------------------------------------------------------------------------------


def make_environment(folder: Path, python: Path, constraints: Path, uv: Path) -> None:
    """An environment with the pinned packages and this tree; as it is if it already is that."""
    pins = constraints.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    want = f"{python} {hashlib.sha256(pins).hexdigest()}"
    stamp = folder / ".installed"
    if stamp.exists() and stamp.read_text("utf-8") == want:
        return
    shutil.rmtree(folder, ignore_errors=True)
    install = [uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python"]
    pinned = [*install, "--only-binary", ":all:", "--require-hashes", "-r", constraints]
    own = [*install, "--no-deps", "--no-build-isolation", "-e", ROOT]
    environment = {**os.environ, "UV_FIND_LINKS": ""}
    for command in ([uv, "venv", "--quiet", "--python", python, folder], pinned, own):
        subprocess.run(command, check=True, env=environment)
    stamp.write_text(want, "utf-8")


# Samples -----------------------------------------------------------------------------------


def grade_samples(folder: Path, out: Path) -> dict[str, Any]:
    """What each sample gets, by assignment and student, without what may change."""
    found: dict[str, Any] = {}
    for samples in sorted(ROOT.glob("exercises/*/samples")):
        name = samples.parent.name
        command = [folder / "bin" / "grader", "batch", samples, "-a", name, "--fresh"]
        command += ["--seed", SEED, "--out", out / name, "--jobs", "2"]
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        found |= read_results(out / name, name)
    return found


def read_results(out: Path, name: str) -> dict[str, Any]:
    """The results of a graded class, without what may change.

    Whether a part has a program is kept, and not which: JAX traces the same code into somewhat
    other operations in each line. A class is graded with one JAX, and only within it are programs
    compared.
    """
    found: dict[str, Any] = {}
    for path in sorted(out.glob("students/*/result.json")):
        result = json.loads(OWN_VERSION.sub("Python", path.read_text("utf-8")))
        for part in result["parts"]:
            if "program" in part:
                part["program"] = "some"
        found[f"{name}/{path.parent.name}"] = {
            key: value for key, value in result.items() if key not in CHANGING
        }
    return found


def differences(got: Any, want: Any, where: str = "") -> Iterator[str]:
    """A line for each place where two results differ."""
    if isinstance(got, dict) and isinstance(want, dict):
        for key in sorted(got.keys() | want.keys()):
            yield from differences(got.get(key), want.get(key), f"{where}/{key}")
    elif isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        for i, (one, other) in enumerate(zip(got, want, strict=True)):
            named = one.get("name", i) if isinstance(one, dict) else i
            yield from differences(one, other, f"{where}/{named}")
    elif got != want:
        yield f"{where}: got {got!r}, want {want!r}"


# Tests -------------------------------------------------------------------------------------


def run_tests(folder: Path, report: Path, chosen: tuple[str, ...], jobs: int, row: Row) -> None:
    """Run these tests in an environment, and count into its row."""
    command = [folder / "bin" / "python", "-m", "pytest", "-q", "--no-header", "-r", "fE"]
    command += ["-p", "no:cacheprovider", "-n", str(jobs), "--dist", "loadfile"]
    command += [f"--junit-xml={report}", *chosen]
    report.unlink(missing_ok=True)
    subprocess.run(command, check=False, cwd=ROOT)
    if not report.exists():
        row.problem = "the tests did not run"
        return
    count_tests(report, row)


def count_tests(report: Path, row: Row) -> None:
    """Add what pytest's JUnit XML says to a row."""
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - written by our pytest
    for case in cases:
        skipped = case.find("skipped")
        if skipped is not None:
            row.skipped[skipped.get("message", "")] += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            row.failed += 1
        else:
            row.passed += 1
    if not cases:
        row.problem = "the tests did not run"


# All of it ---------------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    """All environments, a line each, and what was skipped in which."""
    lines = [("environment", "samples", "passed", "failed", "skipped", "minutes")]
    for row in rows:
        counts = (str(row.passed), str(row.failed), str(row.skipped.total()))
        lines.append((row.name, row.samples, *counts, f"{row.seconds / 60:.1f}"))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [_in_columns(lines[0], widths)]
    for row, line in zip(rows, lines[1:], strict=True):
        said = row.absent or row.problem
        text.append(f"{row.name:{widths[0]}}  {said}" if said else _in_columns(line, widths))
    for reason in sorted({reason for row in rows for reason in row.skipped}):
        text.append(f"skipped: {reason}")
        text += [f"  {row.skipped[reason]} in {row.name}" for row in rows if row.skipped[reason]]
    return "\n".join(text)


def _in_columns(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


@dataclass(kw_only=True)
class Matrix:
    """What is run, and what the samples got where they were graded first."""

    chosen: argparse.Namespace
    first: str = ""
    want: dict[str, Any] = field(default_factory=dict)

    def run(self, python: Python, line: str) -> Row:
        """How a pair does."""
        row = Row(name=f"Python {python.version or python.asked}, JAX {line}")
        if python.path is None:
            row.absent = "not run: this machine does not have this Python"
            return row
        print(f"\n== {row.name}", flush=True)
        start = time.monotonic()
        folder = self.chosen.out / f"py{python.version}-jax{line}"
        try:
            make_environment(folder, python.path, ROOT / LINES[line], self.chosen.uv.resolve())
            self.compare(grade_samples(folder, self.chosen.out / "graded" / folder.name), row)
        except subprocess.CalledProcessError as error:
            row.problem = f"failed: {' '.join(map(str, error.cmd[:4]))} ..."
            print(row.problem, error.stderr or "", flush=True)
            return row
        report = self.chosen.out / f"{folder.name}.xml"
        run_tests(folder, report, QUICK if self.chosen.quick else FULL, self.chosen.jobs, row)
        row.seconds = time.monotonic() - start
        return row

    def compare(self, got: dict[str, Any], row: Row) -> None:
        """Say whether the samples get what they got first."""
        if not self.want:
            self.first, self.want = row.name, got
        lines = list(differences(got, self.want))
        for one in lines[:20]:
            print(f"not as with {self.first}: {one}")
        row.samples = f"differ in {len(lines)}" if lines else f"{len(got)} same"


def main(arguments: list[str]) -> int:
    """Run what was asked for; 1 where something failed or differs, or nothing could run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pythons", default=" ".join(PYTHONS), help="versions or paths")
    parser.add_argument("--jax", default=" ".join(LINES), help="lines of JAX")
    parser.add_argument("--quick", action="store_true", help="fewer tests")
    parser.add_argument("--jobs", type=int, default=2, help="processes that run the tests")
    parser.add_argument("--uv", type=Path, required=True, help="the uv that installs packages")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "matrix")
    chosen = parser.parse_args(arguments)
    unknown = [line for line in chosen.jax.split() if line not in LINES]
    if unknown:
        parser.error(f"--jax: no such line, got {unknown[0]}; use {', '.join(LINES)}")
    matrix = Matrix(chosen=chosen)
    rows = []
    for asked in chosen.pythons.split():
        python = find_python(asked)
        rows += [matrix.run(python, line) for line in chosen.jax.split()]
    print(f"\n{table(rows)}")
    ran = [row for row in rows if not row.absent]
    return int(not ran or any(row.is_bad for row in ran))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
