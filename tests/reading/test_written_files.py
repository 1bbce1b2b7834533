"""Files that a submission's own code puts where it imports them from."""

from __future__ import annotations

import pytest

from grader.reading.cells import Cell
from grader.reading.limits import MAX_WRITTEN_FILES
from grader.reading.written_files import with_own, written_by


def own(*sources: str, **modules: str) -> dict[str, str]:
    """What a submission of these cells can import, beside these files."""
    cells = [
        Cell(number=number, kind="code", source=source)
        for number, source in enumerate(sources, start=1)
    ]
    return with_own({name.replace("__", "."): text for name, text in modules.items()}, cells)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("%%writefile helper.py\nx = 1", "helper"),
        ("# mine\n\n%%file ./helper.py\nx = 1", "helper"),
        ("%% writefile -a 'lib/helper.py'\nx = 1", "lib.helper"),
        ("%%writefile /content/helper.py\nx = 1", "helper"),
        ("# %%writefile helper.py\n# x = 1", "helper"),
        ("%%writefile notes.txt\nx", ""),
        ("%%writefile ../helper.py\nx = 1", ""),
        ("x = 1\n# %%writefile helper.py", ""),
    ],
)
def test_cells_that_write_a_module(source: str, name: str) -> None:
    """A cell writes a module where its first line says so and the file lies beside."""
    assert written_by(source) == name


def test_written_files_are_offered() -> None:
    """A cell's file replaces one of the same name, `-a` adds to it."""
    written = "%%writefile helper.py\nx = 1"
    assert own(written, helper="x = 0") == {"helper": "x = 1"}
    assert own(written, "%%writefile -a helper.py\ny = 2") == {"helper": "x = 1\ny = 2"}
    assert own("%%writefile -a helper.py\ny = 2") == {"helper": "y = 2"}


def test_exported_cells_write_too() -> None:
    """What nbconvert makes of the cell is read like the cell."""
    call = r"get_ipython().run_cell_magic('writefile', 'helper.py', 'x = 1\n\ny = 2\n')"
    assert own(f"# In[1]:\n\n\n{call}") == {"helper": "x = 1\n\ny = 2"}


@pytest.mark.parametrize(
    "line",
    [
        'sys.path.append("src")',
        'sys.path.insert(0, os.path.join(os.getcwd(), "src"))',
        "sys.path.extend(['./src'])",
        'os.chdir("src")',
        "%cd src",
        "cd /content/drive/MyDrive/homework/src",
    ],
)
def test_folders_on_the_path(line: str) -> None:
    """The files of a folder that the code adds to the path are found by their own names."""
    assert own(line, src__helper="x = 1") == {"src.helper": "x = 1", "helper": "x = 1"}


def test_other_folders_are_not_on_the_path() -> None:
    """A file beside comes first, and one in a folder that no code names keeps its place."""
    path = 'sys.path.append("src")'
    both = {"src.helper": "x = 1", "helper": "x = 0"}
    assert own(path, src__helper="x = 1", helper="x = 0") == both
    assert own("import sys", src__helper="x = 1") == {"src.helper": "x = 1"}
    assert own(path, old__helper="x = 1") == {"old.helper": "x = 1"}


def test_files_are_bounded() -> None:
    """Cells cannot write more files than may be handed in."""
    cells = [f"%%writefile f{number}.py\nx = 1" for number in range(MAX_WRITTEN_FILES + 5)]
    assert len(own(*cells)) == MAX_WRITTEN_FILES
