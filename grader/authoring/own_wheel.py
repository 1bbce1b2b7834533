"""The grader itself as a wheel, made of what is installed, since it is on no package index.

It is the same from an installed wheel and from a checkout that is installed with `pip install -e`.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from grader.authoring.archive import packed
from grader.errors import UsageError

DISTRIBUTION = "jax-exercise-grader"
PACKAGES = ("exercises", "grader", "reference", "templates")
CONSTRAINTS = "constraints.txt"
_WHEEL = "Wheel-Version: 1.0\nGenerator: grader bundle\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_KEPT = ("METADATA", "entry_points.txt", "licenses/LICENSE")
"""What is taken over from the installed package's own data."""


def own_wheel() -> tuple[str, bytes]:
    """The name and the bytes of the wheel. Raises UsageError."""
    found = installed()
    name = f"{DISTRIBUTION.replace('-', '_')}-{found.version}"
    files = {f"templates/{CONSTRAINTS}": constraints()}
    for package in PACKAGES:
        folder = folder_of(package)
        inside = files_below(folder)
        files |= {f"{package}/{path}": (folder / path).read_bytes() for path in inside}
    about = f"{name}.dist-info"
    texts = {one: found.read_text(one) for one in _KEPT}
    files |= {f"{about}/{one}": text.encode() for one, text in texts.items() if text}
    files[f"{about}/WHEEL"] = _WHEEL.encode()
    lines = [f"{path},sha256={_digest(files[path])},{len(files[path])}" for path in sorted(files)]
    record = f"{about}/RECORD"
    files[record] = "".join(f"{line}\n" for line in (*lines, f"{record},,")).encode()
    return f"{name}-py3-none-any.whl", packed(files)


def installed() -> Distribution:
    """What is known of the grader as an installed package. Raises UsageError."""
    try:
        return distribution(DISTRIBUTION)
    except PackageNotFoundError:
        raise UsageError(
            f"{DISTRIBUTION}: is not installed as a package; install it with pip"
        ) from None


def constraints() -> bytes:
    """The pinned packages with their hashes. Raises UsageError."""
    templates = folder_of("templates")
    for path in (templates / CONSTRAINTS, templates.parent / CONSTRAINTS):
        if path.is_file():
            return path.read_bytes()
    raise UsageError(f"{CONSTRAINTS}: is not installed with the grader; install it again")


def folder_of(package: str) -> Path:
    """Where one of the grader's own packages is. Raises UsageError."""
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise UsageError(f"{package}: is not installed; install {DISTRIBUTION} again")
    return Path(places[0])


def files_below(folder: Path) -> list[str]:
    """The files of a folder that are worth packing, by their paths with `/`, sorted."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        here = Path(place).relative_to(folder)
        paths = [here / name for name in names if name[0] != "." and not name.endswith(".pyc")]
        found += [path.as_posix() for path in paths if (folder / path).is_file()]
    return sorted(found)


def _digest(data: bytes) -> str:
    digest = hashlib.sha256(data).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
