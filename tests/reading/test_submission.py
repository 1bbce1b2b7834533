"""Files to cells: E02 to E26 of the situations, one test each."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest
from english import said
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.reading.cells import parse_cell
from grader.reading.files import os_error
from grader.reading.limits import MAX_FILE_BYTES
from grader.reading.submission import Submission, parse_bytes, read_submission
from grader.reading.unreadable import SourceError, UnreadableError


def notebook(*cells: object, **more: object) -> bytes:
    """Get the bytes of a notebook."""
    return json.dumps({"cells": list(cells), "nbformat": 4, "metadata": {}, **more}).encode()


def code(source: object, **more: object) -> dict[str, object]:
    """Get a code cell as a notebook holds it."""
    return {"cell_type": "code", "source": source, **more}


def sources(data: bytes, name: str = "x.ipynb") -> list[tuple[str, str]]:
    """Get the kind and the text of each cell."""
    return [(cell.kind, cell.source) for cell in parse_bytes(data, name=name).cells]


def refusal(data: bytes, name: str = "x.ipynb") -> str:
    """Get the message with which a file is refused."""
    with pytest.raises(UnreadableError) as caught:
        parse_bytes(data, name=name)
    return str(caught.value)


def test_file_becomes_submission(tmp_path: Path) -> None:
    """A notebook on disk gives its cells, its name without the folder, and its hash."""
    data = notebook(code("x = 1"), {"cell_type": "markdown", "source": "# T"})
    (tmp_path / "alice.ipynb").write_bytes(data)
    submission = read_submission(tmp_path / "alice.ipynb", modules={"helper": "y = 1"})
    assert isinstance(submission, Submission)
    assert submission.path == "alice.ipynb"
    assert submission.sha256 == hashlib.sha256(data).hexdigest()
    assert [(c.number, c.kind, c.source) for c in submission.cells] == [
        (1, "code", "x = 1"),
        (2, "markdown", "# T"),
    ]
    assert submission.modules == {"helper": "y = 1"}
    assert said(submission.notes) == ()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """E14: a folder, a link, a pipe, a missing or huge file: each gets its own line."""
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "link.ipynb").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.ipynb")
    with (tmp_path / "huge.ipynb").open("wb") as huge:
        huge.truncate(MAX_FILE_BYTES + 1)
    wants = {
        "folder.ipynb": "is a folder, not a file; name the notebook inside it",
        "link.ipynb": "is a link, not a file; submit the file itself",
        "pipe.ipynb": "is not a regular file; submit a notebook",
        "missing.ipynb": "file not found; check the path",
        "huge.ipynb": "the file is too large (50 MiB, limit 50); "
        "clear the notebook's outputs and submit it again",
        "nul\0.ipynb": "file not found; check the path",
    }
    for name, want in wants.items():
        with pytest.raises(UnreadableError) as caught:
            read_submission(tmp_path / name)
        shown = str(tmp_path / name).replace("\0", "⟨U+0000⟩")
        assert str(caught.value) == f"{shown}: {want}"


@pytest.mark.parametrize(
    ("data", "want"),
    [
        (b"", "the file is empty; upload it again"),  # E02
        (b"\xef\xbb\xbf \n", "the file is empty; upload it again"),
        (b"hello", "this is not a notebook (not valid JSON); submit the .ipynb file itself"),
        (b"%PDF-1.4", "this is a PDF, not a notebook; submit the .ipynb file itself"),  # E22
        (b"\x89PNG\r\n", "this is a PNG image, not a notebook; submit the .ipynb file itself"),
        (b"PK\x03\x04", "this is a zip archive, not a notebook; submit the .ipynb file itself"),
        (
            b"<!DOCTYPE html>\n<html>",
            "this is a web page (HTML), not a notebook; submit the .ipynb file itself",
        ),
        (
            b"# JAX\n\nIn [None]:\nimport jax\n\nSome text here",
            "this is a notebook printed as text; submit the .ipynb file itself",
        ),
        (
            b"\x01\x02\x03" * 50,
            "this is not text, so it is neither a notebook nor a script; submit the .ipynb file itself",
        ),
        (
            b'{"cells": [\n{"source": "a',
            "the file is cut off: it ends at line 2, in the middle of the notebook; upload it again",
        ),
        (
            b'{"cells": [\n}',
            "the file is damaged at line 2 (not valid JSON); save the notebook again",
        ),
        (
            b'{"cells": [' + b"9" * 5000 + b"]}",
            "the file is damaged (a number is too long); save the notebook again",
        ),
        (
            b'{"cells": [\n<<<<<<< HEAD\n',  # E11
            "line 2 is a Git conflict marker; keep one version and submit it again",
        ),
        (
            b'{"a": 1}',
            "this is JSON but not a notebook, because it has no cells; submit the .ipynb file itself",
        ),
        (
            b"[]",
            "this is JSON but not a notebook, because it has no cells; submit the .ipynb file itself",
        ),
        (
            b'{"cells": {}}',
            "this is not a notebook, because its `cells` is not a list; submit the .ipynb file itself",
        ),
        (
            b'{"cells": ' + b"[" * 100_000,
            "this is not a notebook (nested too deeply); submit the .ipynb file itself",
        ),
        (b"[" * 2_000_001, "the notebook is too large; clear its outputs first"),
        (
            notebook(*[{}] * 2001),
            "it has too many cells (2,001, limit 2,000); remove those you do not need",
        ),
        (
            notebook(code("x" * 600_000), code("x" * 600_000)),
            (
                "it contains too much code (1,200,000 characters, limit 1,048,576); "
                "load large data from a file"
            ),
        ),
    ],
)
def test_unreadable_file_says_what_it_is(data: bytes, want: str) -> None:
    """E02, E22: a file that is no notebook is refused in one line with what it is."""
    assert refusal(data) == f"x.ipynb: {want}"


def test_name_in_message_is_one_line() -> None:
    """A hostile file name cannot forge lines or colors of a log."""
    assert refusal(b"", "a\n\x1b[0m.ipynb") == (
        "a ⟨U+001B⟩[0m.ipynb: the file is empty; upload it again"
    )


def test_nbformat_3_is_read() -> None:
    """E03: the cells of all worksheets, `input` as source, headings as text."""
    heading = {"cell_type": "heading", "level": 1, "source": "T"}
    cell = {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "prompt_number": 3}
    data = {"nbformat": 3, "worksheets": [{"cells": [heading, cell]}, {"cells": [cell]}, 7]}
    want = [("markdown", "T"), ("code", "x = 1\ny = 2"), ("code", "x = 1\ny = 2")]
    assert sources(json.dumps(data).encode()) == want


@pytest.mark.parametrize("worksheets", [None, [], [{}], "BAD"])
def test_no_cells_is_no_crash(worksheets: object) -> None:
    """E04: a notebook without worksheets or cells has no code, and says so."""
    data = json.dumps({"nbformat": 3, "worksheets": worksheets}).encode()
    submission = parse_bytes(data, name="x.ipynb")
    assert submission.cells == ()
    assert said(submission.notes) == ("no code was found in this file",)


def test_bad_metadata_is_ignored() -> None:
    """E05, E08, E09: wrong metadata, ids and version numbers change nothing."""
    cell = code("x = 1", id=7, metadata="BAD", execution_count="BAD", outputs=3)
    data = {"cells": [cell, cell], "metadata": {"language_info": "BAD"}, "nbformat_minor": 99}
    assert sources(json.dumps(data).encode()) == [("code", "x = 1")] * 2
    assert sources(json.dumps({"cells": [cell], "metadata": 3}).encode()) == [("code", "x = 1")]


def test_source_may_be_text_or_list() -> None:
    """E06: a source is one string or a list of lines, with or without line ends."""
    cells = [code("x\ny"), code(["x\n", "y"]), code(["x", "y"]), code(["x\n", 3, "y"])]
    assert sources(notebook(*cells)) == [("code", "x\ny")] * 4


def test_damaged_cells_are_left_out() -> None:
    """What is no cell, has no text or too much of it is left out with a note."""
    data = notebook(3, code("x = 1"), code(None), {"cell_type": "raw", "source": "x" * 1_048_577})
    submission = parse_bytes(data, name="x.ipynb")
    assert [cell.number for cell in submission.cells] == [2, 3, 4]
    assert said(submission.notes) == (
        "cell 1 is damaged and was skipped",
        "cell 3 has no text and was skipped",
        "cell 4 is longer than a million characters and was skipped",
    )


def test_many_notes_are_shortened() -> None:
    """A thousand damaged cells do not make a thousand notes."""
    notes = parse_bytes(notebook(*[1] * 30, code("x = 1")), name="x.ipynb").notes
    assert str(notes[-1]) == "and 10 more such cells"
    assert len(notes) == 21


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_unicode_is_recognized(encoding: str) -> None:
    """E10: UTF-8, 16 and 32, with and without a byte order mark, for both kinds of file."""
    text = "x = 'é, Ж and \u4e2d'"
    assert sources(text.encode(encoding), "x.py") == [("code", text)]
    data = json.dumps({"cells": [code(text)]}, ensure_ascii=False).encode(encoding)
    assert sources(data) == [("code", text)]


def test_latin_1_is_read() -> None:
    """E10: Latin-1 is read, with a note unless a coding line declares it."""
    plain = parse_bytes("x = 'é'".encode("latin-1"), name="x.py")
    assert plain.cells[0].source == "x = 'é'"
    assert said(plain.notes) == (
        "the file is not UTF-8, so it was read as Latin-1; accented letters may look wrong",
    )
    declared = parse_bytes("# coding: cp1251\nx = 'Ж'".encode("cp1251"), name="x.py")
    assert declared.cells[0].source == "# coding: cp1251\nx = 'Ж'"
    assert said(declared.notes) == ()


def test_line_ends_are_normalized() -> None:
    r"""E10: \r\n and \r become \n in scripts and in cells."""
    assert sources(b"x = 1\r\ny = 2\rz = 3", "x.py") == [("code", "x = 1\ny = 2\nz = 3")]
    assert sources(notebook(code("x\r\ny"))) == [("code", "x\ny")]


def test_lone_surrogates_are_replaced() -> None:
    """Half a character, which JSON can spell, becomes the replacement character."""
    assert sources(b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}') == [
        ("code", "\ufffd")
    ]


def test_content_decides_not_the_suffix() -> None:
    """E13: a notebook called .py and a script called .ipynb are read as what they are."""
    assert sources(notebook(code("x = 1")), "x.py") == [("code", "x = 1")]
    assert sources(b"import jax\nx = 1", "x.ipynb") == [("code", "import jax\nx = 1")]


@pytest.mark.parametrize(
    ("name", "want"), [("kmeans", "kmeans"), ("a.b-c", "a.b-c"), (3, None), (None, None)]
)
def test_assignment_comes_from_metadata(name: object, want: str | None) -> None:
    """The notebook's metadata may name the assignment."""
    data = notebook(code("x"), metadata={"grader": {"assignment": name}})
    assert parse_bytes(data, name="x.ipynb").assignment == want


@pytest.mark.parametrize("name", ["os:system", "../evil", "/etc/x", ""])
def test_assignment_must_be_a_name(name: str) -> None:
    """A path or an import in the metadata, by which a student could run code, is ignored."""
    data = notebook(code("x"), metadata={"grader": {"assignment": name}})
    submission = parse_bytes(data, name="x.ipynb")
    assert submission.assignment is None
    assert said(submission.notes) == (
        "the notebook's metadata `grader.assignment` is not a plain name and was ignored",
    )


def test_foreign_kernel_is_only_noted() -> None:
    """E24: another kernel language is noted when cells do not parse, and never refused."""
    julia = {"kernelspec": {"language": "julia"}}
    data = notebook(code("function f(x) x end"), metadata=julia)
    assert said(parse_bytes(data, name="x.ipynb").notes) == (
        "the notebook says it is written in julia; only Python is graded",
    )
    assert said(parse_bytes(notebook(code("x = 1"), metadata=julia), name="x.ipynb").notes) == ()


def test_outputs_prove_nothing() -> None:
    """E18, E25, E26: stored outputs are not read."""
    cell = code("x = 1", outputs=[{"evalue": "ignored"}, {"data": "A" * 2_000_000}])
    assert sources(notebook(cell)) == [("code", "x = 1")]


def test_percent_script_splits_at_marks() -> None:
    """E21: `# %%` begins a cell whose magics are dealt with alone; lines are the file's."""
    text = b"import x\n# %% [markdown]\n# hi\n#%%\n%timeit f(x)\n# %%time\ny = 1\n# %% a title\nz\n"
    cells = parse_bytes(text, name="x.py").cells
    assert [(c.kind, c.source, c.first_line) for c in cells] == [
        ("code", "import x", 1),
        ("markdown", "# %% [markdown]\nhi", 2),
        ("code", "#%%\n%timeit f(x)\n# %%time\ny = 1", 4),
        ("code", "# %% a title\nz", 8),
    ]
    assert all(parse_cell(cell).problem is None for cell in cells)


def test_nbconvert_script_keeps_file_order() -> None:
    """E20: `# In[39]:` begins a cell; the order of the file counts, not the number."""
    text = b"#!/usr/bin/env python\n\n# In[39]:\n\nx = 1\n\n# In[ ]:\n\n\n# In[2]:\n\ny = 2\n"
    cells = parse_bytes(text, name="x.py").cells
    assert [cell.source for cell in cells][1:] == [
        "# In[39]:\n\nx = 1",
        "# In[ ]:",
        "# In[2]:\n\ny = 2",
    ]


def test_plain_script_is_one_cell() -> None:
    """A script without marks is one cell."""
    assert sources(b"import x\n\n\ndef f():\n    pass\n", "x.py") == [
        ("code", "import x\n\n\ndef f():\n    pass\n")
    ]


def test_python_2_line_costs_its_block_only() -> None:
    """E23: in a script that does not parse, the blocks that do are saved."""
    text = b'import x\n\n@jit\ndef f():\n  return 1\n\nprint "a"\nif x:\n  a\nelse:\n  b = (\n1)\n'
    submission = parse_bytes(text, name="x.py")
    assert [(cell.source, cell.first_line) for cell in submission.cells] == [
        ("import x\n\n@jit\ndef f():\n  return 1\n", 1),
        ('print "a"', 7),
        ("if x:\n  a\nelse:\n  b = (\n1)\n", 8),
    ]
    assert said(submission.notes) == ("line 7: this is Python 2 print; write print(...)",)
    assert [str(parse_cell(cell).problem) for cell in submission.cells] == [
        "None",
        "line 7: this is Python 2 print; write print(...)",
        "None",
    ]


def test_colab_script_is_read() -> None:
    """E19: Colab's export has its text as bare strings and its `!pip` lines raw."""
    text = b'# -*- coding: utf-8 -*-\n"""# Title\n\nprose "quoted" here\n"""\n!pip install x\ny = 1'
    cells = [parse_cell(cell) for cell in parse_bytes(text, name="x.py").cells]
    assert [cell.problem for cell in cells] == [None] * 3
    assert len(cells[2].statements) == 1


def test_colab_script_with_lost_quotes_is_read() -> None:
    """E31: where the first triple quote is lost, text and code are put right."""
    text = b'A title here\n"""\nimport jax\n\ndef f(x):\n    return x\n\n"""more prose here'
    cells = [parse_cell(cell) for cell in parse_bytes(text, name="x.py").cells]
    assert [len(cell.statements) for cell in cells] == [2]


def test_script_of_broken_lines_is_one_cell() -> None:
    """A script of thousands of broken lines is one broken cell, soon."""
    submission = parse_bytes(b"x y\n" * 5000, name="x.py")
    assert len(submission.cells) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("cells", "worksheets", "source", "input", "cell_type", "metadata"),
                    *("grader", "assignment", "kernelspec", "language", "language_info"),
                    *("name", "nbformat"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def read_or_refuse(data: bytes, name: str) -> None:
    """Check that the bytes give a submission or a one-line message."""
    try:
        submission = parse_bytes(data, name=name)
    except UnreadableError as error:
        assert str(error).startswith(name)  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017
    else:
        for cell in submission.cells:
            cell.source.encode()
            parse_cell(cell)


@settings(max_examples=150, deadline=None)
@given(st.binary() | st.text().map(str.encode), st.sampled_from(["x.ipynb", "x.py", "x"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    """Whatever the bytes: a submission or one UnreadableError."""
    read_or_refuse(data, name)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(data: object) -> None:
    """Whatever the JSON: a submission or one UnreadableError."""
    read_or_refuse(json.dumps(data).encode(), "x.ipynb")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("x = 1", "def f():", "  y", "@jit", "print x", "# %%", "# In[1]:", '"""'),
                *("!ls", "# %% [markdown]", "else:", "(", ")", "", "text of prose here"),
            ]
        )
    )
)
def test_any_script_keeps_its_lines(lines: list[str]) -> None:
    """Whatever the script: each cell stands in the file where it says it does."""
    try:
        cells = parse_bytes("\n".join(lines).encode(), name="x.py").cells
    except UnreadableError:
        return
    for cell in cells:
        assert cell.first_line is not None
        if cell.kind == "code":
            rows = cell.source.rstrip("\n").split("\n")
            assert lines[cell.first_line - 1 :][: len(rows)] == rows


@pytest.mark.parametrize(
    ("number", "is_ours", "what"),
    [
        (errno.ENOENT, True, "file not found; check the path"),
        (errno.EACCES, True, "permission denied; check the file's permissions"),
        (errno.EIO, True, "the file cannot be read; copy it again"),
        (errno.ESTALE, True, "the file cannot be read; copy it again"),
        (errno.ELOOP, False, "the file cannot be read; copy it again"),
    ],
)
def test_whose_fault_an_error_is(number: int, what: str, *, is_ours: bool) -> None:
    """What the system does not give is its own fault; a link is that of whoever made it."""
    error = os_error(OSError(number, ""), "a.py")
    assert (isinstance(error, SourceError), str(error)) == (is_ours, f"a.py: {what}")
