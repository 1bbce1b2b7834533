"""Exported magics: the calls that nbconvert writes, and Colab's comments, as a notebook has them."""

from __future__ import annotations

import pytest

from grader.reading.exported_magics import as_notebook

CODE = 'def f(x):\n    """A \\t tab."""\n    return x\n'
SHOWN = ["# %%time", *CODE.rstrip("\n").split("\n")]


@pytest.mark.parametrize(
    "call",
    [
        f"get_ipython().run_cell_magic('time', '', {CODE!r})",
        f"get_ipython().run_cell_magic(u'time', u'', u{CODE!r})",
        f"get_ipython().run_cell_magic(magic_name='time', line='', cell={CODE!r})",
        f"get_ipython().run_cell_magic(\n    'time',\n    '',\n    {CODE!r},\n)",
        f"get_ipython().run_cell_magic('time', '', r'''{CODE}''')",
        f"ip.run_cell_magic('time', '', {CODE!r})  # how long?",
        f"get_ipython().run_cell_magic('time', '', {CODE!r});",
    ],
)
def test_cell_magic_is_opened(call: str) -> None:
    """The text of a cell is code again, each line of it standing where the call begins."""
    text, origin = as_notebook(f"a = 1\n{call}\nb = 2")
    assert text.split("\n") == ["a = 1", *SHOWN, "b = 2"]
    assert origin == (1, 2, 2, 2, 2, 3 + call.count("\n"))


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("get_ipython().run_line_magic('time', 'x = f(1)')", "%time x = f(1)"),
        ("get_ipython().magic('pylab inline')", "%pylab inline"),
        ("get_ipython().system('pip install x')", "!pip install x"),
        ("y = get_ipython().getoutput('ls')", "y = !ls"),
        ("r = get_ipython().run_line_magic('timeit', '-o f(1)')", "r = %timeit -o f(1)"),
        ("    get_ipython().run_line_magic('matplotlib', 'inline')", "    %matplotlib inline"),
    ],
)
def test_line_magic_is_written(call: str, line: str) -> None:
    """A call for one line is the line of the notebook, with its indentation and its target."""
    assert as_notebook(call) == (line, (1,))


def test_cell_of_another_language_is_comment() -> None:
    """What is no Python under an exported magic stays out, also under a second magic."""
    shell = "get_ipython().run_cell_magic('bash', '', 'ls\\n')"
    nested = "get_ipython().run_cell_magic('time', '', '%%html\\n<b>\\n')"
    text, _ = as_notebook(f"{shell}\n{nested}")
    assert text.split("\n") == ["# %%bash", "# ls", "# %%time", "# # %%html", "# <b>"]


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "get_ipython().run_cell_magic('time', '', code)",
        "get_ipython().run_cell_magic('time', '',",
        "get_ipython()",
        "# get_ipython().run_line_magic('time', 'x')",
        "get_ipython().run_line_magic(*names)",
    ],
)
def test_other_text_stays(text: str) -> None:
    """What is no call with texts stays as it is."""
    assert as_notebook(text) == (text, ())


def test_colab_comments_are_code() -> None:
    """Colab comments a whole cell out for its magic; lines of magics alone stay one by one."""
    header = "# Commented out IPython magic to ensure Python compatibility."
    text = f"# %time before\n{header}\n# %%time\n# def f(x):\n#     return x\n\n# note\n# %time y = f(1)"
    assert as_notebook(text)[0].split("\n") == [
        "# %time before",
        header,
        "# %%time",
        "def f(x):",
        "    return x",
        "",
        "# note",
        "%time y = f(1)",
    ]


def test_colab_shell_cell_stays_comment() -> None:
    """A cell of another language that Colab commented out is none of the student's Python."""
    header = "# Commented out IPython magic to ensure Python compatibility."
    text = f"{header}\n# %%bash\n# ls 'x"
    assert as_notebook(text) == (text, ())
