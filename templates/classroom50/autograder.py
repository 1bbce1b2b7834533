"""Grades a submission with jax-exercise-grader; Classroom 50 runs it in the student's checkout.

Ends with 0 whenever the grader ran to the end, and with another number when it failed. Nothing of
the checkout is imported: Python runs with `-I`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 13)


def main() -> int:
    """The exit code."""
    settings = json.loads((HERE / "settings.json").read_text("utf-8"))
    name = settings["assignment"]
    assignment = str(HERE / name) if settings["is_folder"] else name
    command = ["-m", "grader", "autograde", "classroom50", "-a", assignment]
    with tempfile.TemporaryDirectory() as folder:
        if has_grader(settings["version"]):
            python = sys.executable
        elif OLDEST <= sys.version_info[:2] <= NEWEST:
            python = installed(Path(folder))
        else:
            here = ".".join(map(str, sys.version_info[:2]))
            sys.stderr.write(
                f"autograder.py: Python {here} is not supported; set python to 3.13 in runtime\n"
            )
            return 1
        return run(python, *command, *settings["arguments"])


def has_grader(version: str) -> bool:
    """Whether this Python has the grader already, as in a container of your own."""
    code = "import grader, sys; sys.exit(grader.__version__ != sys.argv[1])"
    return run(sys.executable, "-c", code, version, quiet=True) == 0


def installed(folder: Path) -> str:
    """A new Python with the grader and the packages that it needs, by their hashes."""
    run(sys.executable, "-m", "venv", str(folder), check=True)
    python = str(folder / "bin" / "python")
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    pinned = ("--only-binary", ":all:", "--require-hashes", "-r", str(HERE / "requirements.txt"))
    (wheel,) = HERE.glob("jax_exercise_grader-*.whl")
    run(python, *pip, *pinned, check=True)
    run(python, *pip, "--no-deps", "--no-index", str(wheel), check=True)
    return python


def run(python: str, *arguments: str, check: bool = False, quiet: bool = False) -> int:
    """The exit code of a Python that imports nothing from the current folder."""
    out = subprocess.DEVNULL if quiet else None
    command = [python, "-I", *arguments]
    return subprocess.run(command, check=check, stdout=out, stderr=out).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
