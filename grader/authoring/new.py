"""Creates the folder of a new assignment: small, complete, and working, to adapt."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from importlib import resources
from pathlib import Path

import jinja2

from grader.assignment import registry
from grader.errors import UsageError

FILES = {
    "assignment.py.j2": ("assignment.py", "parts, checks, and points"),
    "reference.py.j2": ("reference.py", "reference solutions"),
    "alternative.py.j2": ("alternative.py", "the same in another style"),
    "mistakes.py.j2": ("mistakes.py", "known mistakes"),
    "notebook.ipynb.j2": ("{name}.ipynb", "the notebook for students"),
    "test_assignment.py.j2": ("test_{name}.py", "a test of the assignment"),
    "README.md.j2": ("README.md", "useful commands"),
}
"""The templates, what each becomes, and what that is."""
LONGEST = 40


def scaffold(name: str, where: Path) -> Path:
    """The folder of a new assignment, made in the folder `where`. Raises UsageError.

    All of it is there in the end or nothing, and what was there before is left as it is.
    """
    _check(name)
    target = where / name
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target}: already exists; choose another name or --dir")
    temporary = None
    try:
        where.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=where, prefix=".new-"))
        for file, text in _texts(name).items():
            (temporary / file).write_text(text, encoding="utf-8")
        temporary.chmod(0o755)
        temporary.rename(target)
    except OSError as error:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        raise UsageError(
            f"{target}: cannot be created: {error.strerror}; choose another folder with --dir"
        ) from error
    return target


def contents(name: str) -> dict[str, str]:
    """The files of a new assignment, and what each of them is."""
    return {file.format(name=name): what for file, what in FILES.values()}


def _check(name: str) -> None:
    is_plain = re.fullmatch(r"[a-z][a-z0-9_]*", name) and not keyword.iskeyword(name)
    if not is_plain or len(name) > LONGEST:
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).lstrip("_0123456789")[:LONGEST].rstrip("_")
        proposal = near if near and not keyword.iskeyword(near) else "my_exercise"
        raise UsageError(
            f"name {name!r}: use lowercase letters, digits, and _ (a letter first, at most "
            f"{LONGEST}); try {proposal!r}"
        )
    if name in registry.names():
        raise UsageError(f"name {name!r}: already taken by an installed assignment; choose another")


def _texts(name: str) -> dict[str, str]:
    """The files and what is in them."""
    folder = resources.files("templates") / "new"
    environment = jinja2.Environment(
        autoescape=False,  # noqa: S701  (Python and JSON, and the name is a plain one)
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    values = {"name": name, "title": name.replace("_", " ").strip().capitalize()}
    return {
        file.format(name=name): environment.from_string(
            (folder / template).read_text(encoding="utf-8")
        ).render(values)
        for template, (file, _) in FILES.items()
    }
