"""The files that Gradescope or Classroom 50 grades an assignment with, all that they need in them.

The grader comes along as a wheel, other packages by their pins and hashes.
"""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import jinja2

import grader
from grader import atomic
from grader.authoring.archive import packed
from grader.authoring.assignment_copy import AssignmentCopy, copied
from grader.authoring.own_wheel import constraints, own_wheel
from grader.authoring.pins import Pins, pins
from grader.errors import UsageError
from grader.report.gradescope import unfinished

REQUIREMENTS = "requirements.txt"
SOURCE = "/autograder/source"
EXECUTABLE = ("run_autograder", "setup.sh")
OTHER_WORK_S = 170
"""So long a slow container may take for all but the submission."""
GRADESCOPE_LIMIT_S = 600
"""After so long Gradescope ends a run, if nothing else is set."""
CLASSROOM50_BYTES = 10 * 1024**2


@dataclass(frozen=True, kw_only=True)
class BundleOptions:
    """How a bundle grades."""

    lang: str = "en"
    timeout_s: float
    seed: int | None = None

    @property
    def arguments(self) -> list[str]:
        """The options of `grader autograde`."""
        words = ["--timeout", f"{self.timeout_s:g}", "--lang", self.lang]
        return words if self.seed is None else [*words, "--seed", str(self.seed)]

    @property
    def limit_s(self) -> int:
        """After so long a run is ended: the wall clock allows five times the CPU time, twice."""
        return math.ceil(10 * self.timeout_s) + OTHER_WORK_S


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The files by name, and what is said of them."""

    files: Mapping[str, bytes]
    points: float
    pins: Pins


def gradescope(where: str, options: BundleOptions) -> Bundle:
    """The files at the root of the zip file. Raises UsageError."""
    copy = copied(where)
    name = f"{SOURCE}/{copy.name}" if copy.files else copy.name
    script = _template("gradescope", "run_autograder.j2").render(
        unfinished=json.dumps(unfinished(options.lang), ensure_ascii=False),
        arguments=shlex.join(["-a", name, *options.arguments]),
        limit_s=options.limit_s,
    )
    setup = (resources.files("templates") / "gradescope" / "setup.sh").read_bytes()
    return _bundle(copy, {"run_autograder": script.encode(), "setup.sh": setup})


def classroom50(where: str, options: BundleOptions) -> Bundle:
    """The files of the folder of an assignment's autograder. Raises UsageError."""
    copy = copied(where)
    settings = {
        "assignment": copy.name,
        "is_folder": bool(copy.files),
        "arguments": options.arguments,
        "version": grader.__version__,
    }
    script = (resources.files("templates") / "classroom50" / "autograder.py").read_bytes()
    text = json.dumps(settings, indent=1) + "\n"
    made = _bundle(copy, {"autograder.py": script, "settings.json": text.encode()})
    size = sum(map(len, made.files.values()))
    if size > CLASSROOM50_BYTES:
        raise UsageError(
            f"assignment {where!r}: the bundle has {size / 1024**2:.1f} MiB and Classroom 50 takes "
            f"{CLASSROOM50_BYTES >> 20}; make its files smaller"
        )
    return made


def _bundle(copy: AssignmentCopy, own: Mapping[str, bytes]) -> Bundle:
    found = pins(constraints().decode("utf-8"))
    name, wheel = own_wheel()
    files = {**copy.files, **own, name: wheel, REQUIREMENTS: found.text.encode()}
    return Bundle(files=files, points=copy.assignment.points, pins=found)


def _template(*path: str) -> jinja2.Template:
    text = resources.files("templates").joinpath(*path).read_text(encoding="utf-8")
    return jinja2.Environment(
        autoescape=False,  # noqa: S701  (a script; what is filled in is quoted)
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    ).from_string(text)


def save_zip(made: Bundle, path: Path, *, force: bool) -> None:
    """Write the zip file. Raises UsageError when there is one already, unless that is wanted."""
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file, such as {path / 'autograder.zip'}")
    _require_new(path, force=force)
    atomic.write(path, packed(made.files, EXECUTABLE))


def save_folder(made: Bundle, folder: Path, *, force: bool) -> None:
    """Write the files. Raises UsageError when one is there already, unless that is wanted."""
    for name in made.files:
        _require_new(folder / name, force=force)
    for name, data in made.files.items():
        atomic.write(folder / name, data)


def _require_new(path: Path, *, force: bool) -> None:
    if os.path.lexists(path) and not force:
        raise UsageError(f"{path}: already exists; use --force to overwrite it")
