"""What needs no course does not load what courses need: it would take half a second."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"django", "psycopg", "sqlite3", "distributed"}
SAMPLE = Path(__file__).parent.parent / "submissions" / "kmeans" / "E70_helper_later"
CODE = """
import sys
from grader.cli.entry import main
try:
    code = main(sys.argv[1:])
except SystemExit as error:
    code = error.code
print("\\n" + " ".join(sorted({name.partition(".")[0] for name in sys.modules})))
raise SystemExit(code)
"""


def loaded(*words: str | Path) -> set[str]:
    """What a command has loaded by its end, by its packages' names."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", [("--help",), ("course", "--help"), ("course", "take", "--help")])
def test_help_loads_no_database(words: tuple[str, ...]) -> None:
    """Neither Django nor a database is loaded to explain a command."""
    assert not loaded(*words) & HEAVY


def test_check_and_batch_without_a_course_load_no_database(tmp_path: Path) -> None:
    """Neither Django nor a database is loaded to grade files."""
    notebook = next(SAMPLE.glob("*.ipynb"))
    (tmp_path / "class").mkdir()
    shutil.copy(notebook, tmp_path / "class" / "alice.ipynb")
    out = tmp_path / "out"
    check = loaded("check", notebook, "-a", "kmeans")
    batch = loaded("batch", tmp_path / "class", "-a", "kmeans", "--out", out)
    assert not (check | batch) & (HEAVY - {"sqlite3"})
    assert (out / "grades.csv").is_file()
