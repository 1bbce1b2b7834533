"""Compiled programs kept between runs: written by trusted code alone, read-only to students'.

Compilation is most of what grading costs, and students write much the same programs over the
same few shapes. So the assignment's own right solutions are graded once by a fork server whose
children may write to the cache; every later child may only read it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import grader
from grader.assignment import Case
from grader.errors import GraderError
from grader.grade import grade
from grader.material import Material
from grader.sandbox import ForkServer
from grader.sandbox.server import XLA_FLAGS
from grader.submission import read_submission

WORTH_IT = 24
"""From so many submissions on, filling an empty cache costs less than it saves."""
FILL_TIMEOUT_S = 120.0


def folder() -> Path | None:
    """Where compiled programs are kept, made if need be; None when there is no safe place.

    It must be ours and closed to other people's writing, since what is in it is run. Root's own
    home would be closed to the user that its children become, so root has a public place.
    """
    if sys.platform != "linux":
        return None
    is_root = os.geteuid() == 0
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    base = Path("/var/cache") if is_root else Path(home)
    path = base / "jax-exercise-grader" / f"programs-{_setting()}"
    try:
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        status = path.stat()
    except OSError:
        return None
    is_ours = status.st_uid == os.geteuid() and not status.st_mode & 0o022
    return path if is_ours and not path.is_symlink() else None


def is_filled(place: Path, material: Material) -> bool:
    """Whether the assignment's own solutions have been compiled into it, for the same shapes."""
    return _stamp(place, material).is_file()


def fill(place: Path, material: Material) -> None:
    """Compile what the assignment's own solutions need. A failure leaves the cache as it is."""
    assignment = material.assignment
    try:
        with ForkServer(cache=place, fills_cache=True) as server:
            for path in (*assignment.warm_up, *assignment.solutions):
                grade(
                    read_submission(path),
                    material,
                    server,
                    student=path.stem,
                    timeout_s=FILL_TIMEOUT_S,
                )
        _stamp(place, material).write_bytes(b"")
    except (GraderError, OSError):
        return


def _setting() -> str:
    """What a compiled program depends on beside itself: versions, options, the processor."""
    versions = f"{version('jax')}-{version('jaxlib')}-{sys.implementation.cache_tag}"
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    features = sorted({line for line in lines if line.startswith(("model name", "flags", "Feat"))})
    rest = f"{grader.__version__} {XLA_FLAGS} {platform.machine()} {features}"
    return f"{versions}-{hashlib.sha256(rest.encode()).hexdigest()[:12]}"


def _stamp(place: Path, material: Material) -> Path:
    assignment = material.assignment
    digest = hashlib.sha256(f"{grader.__version__} {assignment.name}".encode())
    for cases in material.cases.values():
        shapes = [
            (case.name, name, np.shape(array)) for case in cases for name, array in _arrays(case)
        ]
        digest.update(repr(shapes).encode())
    for path in _texts((*assignment.warm_up, *assignment.solutions)):
        digest.update(path.read_bytes())
    return place / f"filled-{assignment.name}-{digest.hexdigest()[:16]}"


def _arrays(case: Case) -> list[tuple[str, Any]]:
    items = {**case.inputs, **case.given}.items()
    return [(name, value) for name, value in sorted(items) if isinstance(value, np.ndarray)]


def _texts(paths: Sequence[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file())
