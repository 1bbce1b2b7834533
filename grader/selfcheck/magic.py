"""The self-check as a magic: `%load_ext grader`, then `%%check` in the first line of a cell.

The cell runs as it would without that line: output, value, errors and the numbers of its lines are
the same. Then its part is checked, as `grader.selfcheck.in_notebook` does it.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from grader.catalog import languages
from grader.errors import UsageError
from grader.reading.magics import without_cell_magics
from grader.reading.python_parser import parse_python
from grader.reading.silence import no_warnings
from grader.safe_text import visible
from grader.selfcheck.in_notebook import check_cell, not_checked

NAME = "check"
OPTIONS = ("--data", "--lang")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What stands behind `%%check`."""

    part: str | None = None
    data: str | None = None
    lang: str = "en"


def load_ipython_extension(shell: Any) -> None:
    """Add the magic to a shell; IPython calls this for `%load_ext grader`."""

    def check(line: str, cell: str) -> None:
        """Run the cell, then check its part on the example data.

        %%check                            the part that the cell defines
        %%check update_assignment          this part, also in a function of another name
        %%check --lang de --data kmeans    in German, with the data in kmeans.selfcheck.json
        """
        _check(shell, line, cell)

    shell.register_magic_function(check, "cell", NAME)


def unload_ipython_extension(shell: Any) -> None:
    """Take the magic away; IPython calls this for `%unload_ext grader`."""
    shell.magics_manager.magics["cell"].pop(NAME, None)


def _check(shell: Any, line: str, cell: str) -> None:
    from IPython.display import display  # noqa: PLC0415  (only a notebook has it)

    try:
        asked = _asked(line)
    except UsageError as error:
        _refuse(error.lines[0])
    defined = _defined(shell, cell)
    try:
        _run_as_usual(shell, cell)
    except BaseException:
        display(not_checked(asked.lang))  # type: ignore[no-untyped-call]
        raise
    for said in check_cell(defined, shell.user_ns, asked.part, data=asked.data, lang=asked.lang):
        display(said)  # type: ignore[no-untyped-call]


def _refuse(why: str) -> NoReturn:
    """Raise what IPython shows as a line, without a traceback."""
    from IPython.core.error import UsageError as ShownError  # noqa: PLC0415

    raise ShownError(f"%%{NAME}: {why}")


def _asked(line: str) -> Asked:
    """What the line asks for. Raises UsageError."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        words = line.split()
    given: dict[str, str] = {}
    names: list[str] = []
    while words:
        word = words.pop(0)
        option, sign, value = word.partition("=")
        if not word.startswith("-"):
            names.append(word)
        elif option not in OPTIONS:
            known = " and ".join(OPTIONS)
            raise UsageError(f"no such option: {visible(word, 40)}; there are {known}")
        elif not sign and not words:
            raise UsageError(f"{option}: the value is missing; write {option} VALUE")
        else:
            given[option.removeprefix("--")] = value if sign else words.pop(0)
    if len(names) > 1:
        said = visible(" ".join(names), 80)
        raise UsageError(f"one part at a time, got {said}; write one name or none")
    asked = Asked(part=names[0] if names else None, **given)
    if asked.lang not in languages():
        known = " and ".join(languages())
        raise UsageError(f"no texts in the language {asked.lang!r}; there are {known}")
    return asked


# The cell ----------------------------------------------------------------------------------


def _defined(shell: Any, cell: str) -> tuple[str, ...]:
    """The names that the cell's own statements bind, in order; none where it is no Python."""
    try:
        text = str(shell.transform_cell(without_cell_magics(cell)[0]))
        tree = parse_python(text)
    except SyntaxError:
        return ()
    _refuse_await(text)
    names: dict[str, None] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names[node.name] = None
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {one.id: None for one in targets if isinstance(one, ast.Name)}
    return tuple(names)


def _refuse_await(text: str) -> None:
    """Refuse a cell that awaits outside of a function: within another cell it cannot run."""
    if not _compiles(text) and _compiles(text, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        _refuse(f"this cell has await outside of a function; use {NAME}(...) in a cell below")


def _compiles(text: str, flags: int = 0) -> bool:
    try:
        with no_warnings():
            compile(text, NAME, "exec", flags=flags, dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _run_as_usual(shell: Any, cell: str) -> None:
    """Run the cell with its lines where they are. Raises what it raises, shown as it would be."""
    has_magic = cell.lstrip().startswith("%%")  # which must be in the first line
    with _kept_traceback(shell) as kept:
        result = shell.run_cell(cell if has_magic else f"# %%{NAME}\n{cell}")
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return
    shown = kept[-1] if kept else []
    # A shell shows these in its own way, with our lines.
    if isinstance(error, (SyntaxError, BaseExceptionGroup)):
        kind = type(type(error).__name__, (Exception,), {})
        error = kind(str(error))
    error._render_traceback_ = lambda: shown  # what IPython asks for
    raise error


@contextmanager
def _kept_traceback(shell: Any) -> Iterator[list[Sequence[str]]]:
    """Keep the traceback that the shell would show: what is raised again shows it, once."""
    kept: list[Sequence[str]] = []
    name = "_showtraceback"
    own: Callable[..., None] | None = vars(shell).get(name)
    setattr(shell, name, lambda _type, _error, lines: kept.append(lines))
    try:
        yield kept
    finally:
        if own is None:
            delattr(shell, name)
        else:
            setattr(shell, name, own)
