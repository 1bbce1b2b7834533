"""Which files the student's side may open: Python, its packages, what the system needs, its own.

Of installed packages all are open but the hidden ones, by a rule each, so that an installed
reference stays closed; names in the folder can be listed. Hidden is also all that belongs to a
package which brings assignments.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from . import landlock
from .landlock import READ_DIR, READ_FILE, WRITE_FILE, Rule

GROUP = "grader.assignments"
"""The entry points of packages that bring assignments, and so hold answers too."""

_SITE_FOLDERS = ("site-packages", "dist-packages")
_PATH_FILES = (".pth", ".egg-link")
_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/usr/share/locale",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/proc/cpuinfo",  # without these two, XLA's reductions fail
    "/sys/devices/system/cpu",
    "/proc/meminfo",
    "/proc/sys/vm/overcommit_memory",
    "/dev/urandom",  # XLA's compiler asks for it
    "/dev/random",
)


def rules(*, writable: str | None, hidden: Iterable[str]) -> list[Rule]:
    """Every path that a child may open, and what it may do there."""
    found = [
        *_library_rules(),
        *_package_rules(hidden),
        *(Rule(path) for path in _SYSTEM_FILES),
        Rule("/dev/null", READ_FILE | WRITE_FILE),
    ]
    if writable is not None:
        found.append(Rule(os.path.realpath(writable), landlock.CHANGE))
    return found


def remove(folder: str) -> None:
    """Remove a folder with all that is in it, also what its owner may not list or enter."""
    if not folder:
        return
    # Folders are emptied upwards, level by level: any depth, and no recursion that could end.
    name = secrets.token_hex(8)
    moved = 0
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
        is_moving = True
        while is_moving:
            is_moving = False
            for entry in list(os.scandir(folder)):
                with contextlib.suppress(OSError):
                    if not entry.is_dir(follow_symlinks=False):
                        os.unlink(entry.path)
                        continue
                    os.chmod(entry.path, 0o700)
                    for inner in list(os.scandir(entry.path)):
                        if inner.is_dir(follow_symlinks=False):
                            os.chmod(inner.path, 0o700)
                            moved += 1
                            os.rename(inner.path, os.path.join(folder, f"{name}-{moved}"))
                            is_moving = True
                        else:
                            os.unlink(inner.path)
                    os.rmdir(entry.path)
        os.rmdir(folder)


def is_open_to_others(path: Path) -> bool:
    """Whether anybody may read the path and reach it from the root."""
    real = path.resolve()
    reach = all(folder.stat().st_mode & 0o001 for folder in real.parents)
    return reach and real.stat().st_mode & 0o004 != 0


def _library_rules() -> list[Rule]:
    """Rules for the standard library and the system's shared libraries, no site-packages."""
    base = Path(sys.base_prefix)
    roots = {
        os.path.realpath(path)
        for path in (
            *_SYSTEM_LIBRARIES,
            base / "lib",
            base / "lib64",
            sysconfig.get_path("stdlib"),
            sysconfig.get_path("platstdlib"),
        )
        if os.path.isdir(path)
    }
    hidden = {os.path.realpath(folder) for folder in site_folders()}
    for root in roots:
        for name in _SITE_FOLDERS:
            hidden |= {str(path) for path in Path(root).glob(f"python*/{name}")}
            hidden.add(str(Path(root) / name))
    found: list[Rule] = []
    for root in sorted(roots):
        if not _is_below(root, roots - {root}):
            found += landlock.carve(Path(root), frozenset(hidden))
    return found


def _package_rules(hidden: Iterable[str]) -> list[Rule]:
    """One rule a package, so that the hidden ones stay closed; the folder's names can be listed."""
    closed = {name.lower() for name in hidden}
    found: list[Rule] = []
    for folder in site_folders():
        found.append(Rule(folder, READ_DIR))
        holding = closed | _holding_answers(Path(folder))
        for entry in os.scandir(folder):
            name = entry.name.lower()
            is_path_file = name.endswith(_PATH_FILES) or name.startswith("__editable__")
            if _stem(name) not in holding and not is_path_file and entry.name != "__pycache__":
                found.append(Rule(entry.path))
    return found


def _holding_answers(folder: Path) -> set[str]:
    """The names of all that belongs to packages with assignments, by what they were installed with.

    Where a package's list of files is gone, the modules that it names as assignments remain.
    """
    found: set[str] = set()
    for info in [*folder.glob("*.dist-info"), *folder.glob("*.egg-info")]:
        text = _text(info / "entry_points.txt")
        _, is_there, rest = text.partition(f"[{GROUP}]")
        if not is_there:
            continue
        modules = re.findall(r"=\s*(\w+)", rest.split("\n[")[0])
        listed = (_text(info / "RECORD") + _text(info / "top_level.txt")).splitlines()
        names = [info.name, *modules, *(re.split(r"[/,]", line)[0] for line in listed)]
        found |= {_stem(name) for name in names}
    return found - {""}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _stem(name: str) -> str:
    return name.lower().split(".")[0].split("-")[0]


def site_folders() -> list[str]:
    """The folders of installed packages that this Python imports from."""
    folders = {
        os.path.realpath(path)
        for path in sys.path
        if Path(path).name in _SITE_FOLDERS and os.path.isdir(path)
    }
    return sorted(folders)


def _is_below(path: str, roots: Iterable[str]) -> bool:
    return any(path.startswith(root + os.sep) for root in roots)
