"""A fingerprint of all that a result depends on next to the submission and the seed.

A batch that is resumed grades again whatever was graded with another assignment, other packages
or other modules next to the notebook. What is said of it, and in which language, has no part in it.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import grader
from grader.assignment import Assignment, Case
from grader.assignment.files import contents, laid

PACKAGES = ("jax", "jaxlib", "numpy", "matplotlib")


def fingerprint(shared: str, modules: Mapping[str, str]) -> str:
    """16 hexadecimal digits over what a class shares and the modules next to a notebook."""
    digest = hashlib.sha256(shared.encode())
    for name, text in sorted(modules.items()):
        digest.update(f"{name}\0{len(text)}\0".encode())
        digest.update(text.encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


def of_class(assignment: Assignment, cases: Iterable[Case] = ()) -> str:
    """What all submissions share: versions, the assignment's own files, and those of its cases."""
    digest = hashlib.sha256(f"{grader.__version__} {platform.python_version()}".encode())
    digest.update(_versions().encode())
    folder = assignment.folder
    own = sorted([*folder.glob("*.py"), *folder.glob("*.ipynb")])
    for path in (*own, *_references(assignment, folder)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    known = contents(folder, assignment.files)
    digests = [*known.items(), *(item for case in cases for item in laid(case).items())]
    for name, digested in sorted({(name, content.digest) for name, content in digests}):
        digest.update(f"{name}\0{digested}\0".encode())
    return digest.hexdigest()


@cache
def _versions() -> str:
    return " ".join(version(package) for package in PACKAGES)


def _references(assignment: Assignment, folder: Path) -> list[Path]:
    """The files of reference functions that lie outside the assignment's folder."""
    codes = [getattr(part.reference, "__code__", None) for part in assignment.parts]
    paths = {Path(code.co_filename) for code in codes if code is not None}
    return sorted(path for path in paths if path.parent != folder and path.is_file())
