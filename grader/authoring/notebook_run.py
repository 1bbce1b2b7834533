"""The notebook run from top to bottom in a fresh kernel: as it is released, and solved.

It is run in a copy of its folder, on the CPU and without a screen; whatever it measures with
`%timeit` it measures once. Authors' notebooks are trusted: nothing is walled off here.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignment import Assignment
from grader.assignment.filled_in import filled_in, untouched, with_cells
from grader.assignment.solutions import solutions
from grader.errors import SandboxError
from grader.reading.cells import Cell
from grader.reading.submission import Submission
from grader.safe_text import visible

CELL_TIMEOUT_S = 300.0
START_TIMEOUT_S = 180.0
PACKAGES = ("nbclient", "nbformat", "ipykernel")
"""What the extra `author` installs."""
MAY_RAISE = "raises-exception"
"""The tag of a cell that may raise: Jupyter goes on after it."""
LONGEST = 300
"""So much of an error's text is told."""
ENVIRONMENT = {"MPLBACKEND": "Agg", "JAX_PLATFORMS": "cpu"}
MEASUREMENT = re.compile(r"^((?:\w+\s*=\s*)?%%?timeit)\b(?!.*\s-[nr])", re.MULTILINE)
"""One that does not say itself how often: that it runs is looked at, not how long it takes."""


@dataclass(frozen=True, kw_only=True)
class NotebookRun:
    """What came of running the notebook; `note` says why it was not run, where it was not."""

    problems: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class _Version:
    """A notebook to be run: its cells, and by their numbers in the one that is released."""

    notebook: str
    where: str
    cells: Sequence[Cell]
    numbers: Sequence[int]
    """Of a cell that is not in it, the number is that of the one before."""
    advice: str


def run_notebook(assignment: Assignment, *, timeout_s: float = CELL_TIMEOUT_S) -> NotebookRun:
    """Run the notebook as it is released, and with the first correct answer in it.

    Raises: AssignmentError when a correct answer cannot be read; SandboxError without a kernel.
    """
    if any(importlib.util.find_spec(name) is None for name in PACKAGES):
        return NotebookRun(note="not run; to run it: pip install 'jax-exercise-grader[author]'")
    tagged = {path.name: _tagged(path) for path in assignment.notebooks}
    problems = []
    for version in _versions(assignment):
        with warnings.catch_warnings(action="ignore"), _folder(assignment) as place:
            stopped = _Kernel(place, timeout_s).run(version, tagged[version.notebook])
            gc.collect()  # jupyter_client leaves sockets to it, which warn when they are collected
        if stopped is not None:
            cell, what, advice = stopped
            problems.append(f"{version.where}, cell {cell}: {what}; {advice or version.advice}")
    return NotebookRun(problems=tuple(problems))


# What is run -------------------------------------------------------------------------------


def _versions(assignment: Assignment) -> Iterator[_Version]:
    """Each notebook as it is released and, where there is a correct answer, solved."""
    bare = untouched(assignment).notebooks
    solved: Sequence[Submission] = ()
    if assignment.solutions:
        answer = next(iter(solutions(assignment).values()))
        solved = filled_in(assignment, answer).notebooks
        name = repr(assignment.solutions[0].name)
    elif assignment.reference_cells:
        solved = with_cells(assignment, assignment.reference_cells).notebooks
        name = "the reference"
    for number, path in enumerate(assignment.notebooks):
        where, cells = f"notebook {path.name!r}", bare[number].cells
        advice = f"fix the cell, or tag it `{MAY_RAISE}` if it cannot run before its part is solved"
        yield _Version(path.name, where, cells, range(1, len(cells) + 1), advice)
        if solved:
            full, advice = solved[number].cells, "fix the cell or the solution"
            where = f"{where} solved with {name}"
            yield _Version(path.name, where, full, _numbers(full, cells), advice)


def _numbers(cells: Sequence[Cell], bare: Sequence[Cell]) -> list[int]:
    """The number that each cell has in the notebook as it is released."""
    added = len(cells) - len(bare)
    first = next((i for i, (a, b) in enumerate(zip(cells, bare, strict=False)) if a != b), None)
    at = len(bare) if first is None else first
    # What was added stands before the first cell that is another one, or at the end.
    is_moved = any(cells[i + added].source == bare[i].source for i in range(at, len(bare)))
    shift = added if is_moved else 0
    return [min(i if i <= at else max(at, i - shift), len(bare) - 1) + 1 for i in range(len(cells))]


def _tagged(path: Path) -> frozenset[int]:
    """The numbers of the cells that may raise."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tags = [cell.get("metadata", {}).get("tags", ()) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # a script, an old notebook
        return frozenset()
    return frozenset(number for number, found in enumerate(tags, 1) if MAY_RAISE in found)


@contextlib.contextmanager
def _folder(assignment: Assignment) -> Iterator[Path]:
    """A copy of the notebook's folder without correct answers, and a place for what Jupyter writes.

    The copy is called `work`.
    """
    answers = {path.resolve() for path in assignment.solutions}

    def left_out(folder: str, names: list[str]) -> list[str]:
        paths = ((name, Path(folder, name)) for name in names)
        return [
            name
            for name, path in paths
            if name.startswith((".", "__pycache__")) or path.resolve() in answers
        ]

    with tempfile.TemporaryDirectory(prefix="grader-", ignore_cleanup_errors=True) as made:
        place = Path(made).resolve()
        shutil.copytree(
            assignment.folder,
            place / "work",
            ignore=left_out,
            ignore_dangling_symlinks=True,
        )
        yield place


# The kernel --------------------------------------------------------------------------------


class _Kernel:
    """A kernel of this Python in a folder, for one notebook; its processes end with the run."""

    def __init__(self, place: Path, timeout_s: float) -> None:
        from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415  (an extra)
        from jupyter_client.manager import AsyncKernelManager  # noqa: PLC0415

        self._place, self._timeout_s = place, timeout_s
        # No folder of specifications: what is left is the kernel of the Python that runs.
        self._manager: Any = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=str(place / "kernel.json"),
        )
        self._index = -1
        self._group: int | None = None
        self._is_over = threading.Event()

    def run(self, version: _Version, tagged: frozenset[int]) -> tuple[int, str, str] | None:
        """Where the notebook stops: the cell's number, why, and what to do if that is known."""
        from nbclient import NotebookClient, exceptions  # noqa: PLC0415
        from nbformat import v4  # noqa: PLC0415

        made: Any = v4
        notebook = made.new_notebook(cells=[])
        for cell, number in zip(version.cells, version.numbers, strict=True):
            new = made.new_code_cell if cell.kind == "code" else made.new_markdown_cell
            tags = [MAY_RAISE] if number in tagged else []
            source = MEASUREMENT.sub(r"\1 -n1 -r1", cell.source)
            notebook.cells.append(new(source, metadata={"tags": tags}))
        client: Any = NotebookClient(
            notebook,
            km=self._manager,
            timeout=self._timeout_s,
            startup_timeout=START_TIMEOUT_S,
            on_notebook_start=self._started,
            on_cell_start=self._begun,
        )
        # In a thread of its own nbclient leaves our handlers of signals alone.
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(asyncio.run, self._execute(client))
            try:
                future.result()
            except exceptions.CellExecutionError as error:
                name, said = str(error.ename), str(error.evalue)
                return self._at(version, f"stops with {self._told(name, said)}")
            except exceptions.CellTimeoutError:
                what = f"is still running after {self._timeout_s:g} s"
                return self._at(version, what, "make it faster")
            except exceptions.DeadKernelError as error:
                if self._index < 0:
                    raise _not_started(error) from error
                return self._at(version, "stops the kernel, which happens when memory runs out")
            except (RuntimeError, OSError) as error:
                raise _not_started(error) from error
            finally:
                self._is_over.set()
                self._end()
        return None

    async def _execute(self, client: Any) -> None:
        with open(os.devnull, "wb") as nowhere:  # noqa: ASYNC230, PTH123
            await client.async_execute(
                cwd=str(self._place / "work"),
                env=os.environ | ENVIRONMENT | {"IPYTHONDIR": str(self._place / "ipython")},
                stdin=subprocess.DEVNULL,
                stdout=nowhere,
                stderr=nowhere,
            )

    def _started(self, **_: Any) -> None:
        """Note the group of the kernel's processes, so that they can be ended."""
        self._group = self._manager.provisioner.pid

    def _begun(self, *, cell_index: int, **_: Any) -> None:
        if self._is_over.is_set():
            raise asyncio.CancelledError
        self._index = cell_index

    def _at(self, version: _Version, what: str, advice: str = "") -> tuple[int, str, str]:
        return version.numbers[max(self._index, 0)], what, advice

    def _told(self, name: str, said: str) -> str:
        """An error's type and text, in one line that is the same every time."""
        text = re.sub(r" at 0x[0-9a-f]+", "", said.replace(f"{self._place}/work", "."))
        first = next((line.strip() for line in text.splitlines() if line.strip()), "")
        return visible(f"{name}: {first}" if first else name, LONGEST)

    def _end(self) -> None:
        """End the kernel and what it has started."""
        if self._group is not None:
            with contextlib.suppress(OSError):
                os.killpg(self._group, signal.SIGKILL)


def _not_started(error: Exception) -> SandboxError:
    said = visible(str(error).strip().splitlines()[-1] if str(error).strip() else "", LONGEST)
    return SandboxError(
        f"the kernel that runs the notebook did not start: {type(error).__name__}: {said}; "
        "reinstall ipykernel"
    )
