"""Imports the module that declares an assignment, and says in a line what is wrong with it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from grader.assignment.declaration import Assignment
from grader.assignment.source_lines import place, summary
from grader.assignment.typos import misspelled
from grader.errors import AssignmentError, UsageError
from grader.sandbox.server import JAX_SETTINGS

PACKAGE = "grader_assignment_"
"""How the package begins that a folder is loaded as."""


def attribute(module: str, name: str, where: str) -> Assignment:
    """The assignment that a module holds under a name. Raises UsageError."""
    _settle_jax()
    try:
        found = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:
        raise _usage_error(error, where, _folder_of(module), module) from error
    if not isinstance(found, Assignment):
        msg = f"assignment {where!r}: {module}:{name} is not an Assignment; name one"
        raise UsageError(msg)
    return found


def from_folder(folder: Path, where: str) -> Assignment:
    """The `ASSIGNMENT` in a folder's assignment.py. Raises UsageError.

    A folder is loaded as a package, whatever it is called, so that `from . import reference`
    finds what lies next to it. `import reference` does as well, where nothing else has that name.
    """
    folder = folder.resolve()
    root, package = folder, ""
    while (root / "__init__.py").is_file():
        package = f"{root.name}.{package}"
        root = root.parent
    if package and str(root) not in sys.path:
        sys.path.insert(0, str(root))
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # last: a file here must not hide an installed module
    if not package:
        package = f"{_package(folder)}."
    module = f"{package}assignment"
    _settle_jax()
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as error:
        raise _usage_error(error, where, folder, module) from error
    if not hasattr(found, "ASSIGNMENT"):
        msg = (
            f"assignment {where!r}: assignment.py does not define ASSIGNMENT; give the "
            "declaration that name"
        )
        raise UsageError(msg)
    return attribute(module, "ASSIGNMENT", where)


def _settle_jax() -> None:
    """Have JAX compile the references as it does students' code; what the user has set stands."""
    for name, value in JAX_SETTINGS.items():
        os.environ.setdefault(name, value)


def _package(folder: Path) -> str:
    """The name of a new package that is the folder; what was imported of it before is forgotten."""
    number = zlib.crc32(str(folder).encode("utf-8", "surrogateescape"))
    name = f"{PACKAGE}{re.sub(r'[^a-zA-Z0-9]', '_', folder.name)}_{number:08x}"
    for known in [known for known in tuple(sys.modules) if f"{known}.".startswith(f"{name}.")]:
        del sys.modules[known]
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    importlib.invalidate_caches()
    return name


def _folder_of(module: str) -> Path | None:
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return None
    return Path(found.origin).parent if found and found.origin else None


def _usage_error(error: BaseException, where: str, folder: Path | None, module: str) -> UsageError:
    """What stopped the import, with its place in the assignment's own files."""
    at = place(error, folder)
    before = f"{at}: " if at else ""
    if isinstance(error, AssignmentError):
        # What a whole declaration says names the assignment; a call of the ready-made has a line.
        is_whole = all(line.startswith("assignment ") for line in error.lines)
        lines = error.lines if is_whole else [f"{before}{line}" for line in error.lines]
        return error if is_whole else AssignmentError(*_named(where, lines))
    if isinstance(error, TypeError) and folder is not None:
        lines = [line for path in sorted(folder.glob("*.py")) for line in misspelled(path)]
        if lines:
            return AssignmentError(*_named(where, lines))
    package = module.rpartition(".")[0]
    lacking = _lacking(error, package)
    if lacking:
        return UsageError(f"assignment {where!r}: {before}{lacking}")
    is_ours = package.startswith(PACKAGE)  # a name that nobody has written
    said = summary(error).replace(f"{package}.", "") if is_ours else summary(error)
    return UsageError(f"assignment {where!r}: cannot be loaded: {before}{said}; fix it")


def _named(where: str, lines: Sequence[str]) -> list[str]:
    return [f"assignment {where!r}: {line}" for line in lines]


def _lacking(error: BaseException, package: str) -> str:
    """Which file of the folder is missing, or which name a file of it lacks, or ''."""
    if not isinstance(error, ImportError) or not package or not error.name:
        return ""
    wanted = re.match(r"cannot import name '(\w+)' from ", str(error))
    inner = error.name.removeprefix(package).lstrip(".")
    if error.name == package and wanted:  # from . import reference
        return f"{wanted[1]}.py is imported, but it is not in the folder; add it, or fix the import"
    if not error.name.startswith(f"{package}."):
        return ""
    file = f"{inner.replace('.', '/')}.py"
    if wanted:  # from .reference import name
        return (
            f"{wanted[1]!r} is imported, but {file} does not define it; add it, or fix the import"
        )
    return f"{file} is imported, but it is not in the folder; add it, or fix the import"
