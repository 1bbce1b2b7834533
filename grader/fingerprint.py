"""What a result depends on beside the submission and the seed, as one number.

A batch that is resumed grades again whatever was graded with another assignment, other packages,
other modules beside the notebook, or in another language.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import grader
from grader.assignment import Assignment
from grader.catalogue import Catalogue

PACKAGES = ("jax", "jaxlib", "numpy", "matplotlib")


def fingerprint(assignment: Assignment, modules: Mapping[str, str], texts: Catalogue) -> str:
    """16 hexadecimal digits over versions, the assignment's own files, the texts, the modules."""
    digest = hashlib.sha256(_of_assignment(assignment).encode())
    for said in (texts.texts, texts.own):
        digest.update(json.dumps([texts.lang, *said.items()]).encode())
    for name, text in sorted(modules.items()):
        digest.update(f"{name}\0{len(text)}\0".encode())
        digest.update(text.encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


def _of_assignment(assignment: Assignment) -> str:
    digest = hashlib.sha256(f"{grader.__version__} {platform.python_version()}".encode())
    digest.update(" ".join(version(package) for package in PACKAGES).encode())
    folder = assignment.notebook.parent
    own = sorted([*folder.glob("*.py"), *folder.glob("*.ipynb")])
    for path in (*own, *_references(assignment, folder)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _references(assignment: Assignment, folder: Path) -> list[Path]:
    """The files of reference functions that lie outside the assignment's folder."""
    codes = [getattr(part.reference, "__code__", None) for part in assignment.parts]
    paths = {Path(code.co_filename) for code in codes if code is not None}
    return sorted(path for path in paths if path.parent != folder and path.is_file())
