"""Stand-ins of packages that only show something do nothing, whatever they are asked."""

from __future__ import annotations

import asyncio
import builtins
import copy
import importlib.util
import sys
import types
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from grader.reading.plotting_packages import OTHER_FIGURES
from grader.sandbox.inside.stand_ins.bars import Bar
from grader.sandbox.inside.stand_ins.idle import Idle
from grader.sandbox.inside.stand_ins.imports import with_stand_ins
from grader.sandbox.inside.stand_ins.package_list import SHOWING, above
from grader.sandbox.inside.stand_ins.shell import SHELL


def without(*names: str) -> Callable[..., Any]:
    """The plain import on a machine that lacks these packages."""

    def plain(
        name: str, scope: Any = None, local: Any = None, wanted: Any = (), level: int = 0
    ) -> Any:
        for part in above(name):
            if part in names:
                raise ModuleNotFoundError(f"No module named {part!r}", name=part)
        return builtins.__import__(name, scope, local, wanted, level)

    return plain


LACKING = (*SHOWING - {"google.colab"}, "google", "chex")


def run(source: str, *lacking: str) -> dict[str, Any]:
    """The names after the source ran as a student's, on a machine that lacks these packages."""
    import_ = with_stand_ins(without(*(lacking or LACKING)))
    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": import_}}
    exec(source, names)  # noqa: S102
    return names


BAR_FORMS = (
    "from tqdm import tqdm\nwith tqdm(total=3) as b:\n  for i in range(3): out.append(i); b.update(1)\nassert b.n == 3",
    "from tqdm import tqdm\nfor i in tqdm(iterable=range(3), desc='x'): out.append(i)",
    "from tqdm.notebook import tqdm\nfor i in (b := tqdm(range(3))): out.append(i); b.set_postfix(n=len(b))",
    "from tqdm.auto import trange\nfor i in trange(3, leave=False): out.append(i)",
    "import tqdm\nfor i in tqdm.tqdm([0, 1, 2]): out.append(i); tqdm.tqdm.write('x')",
    "import tqdm.auto as t\nt.tqdm.pandas()\nt.tqdm._instances.clear()\nout += list(t.tqdm(range(3)))",
    "from tqdm import tqdm\nclass B(tqdm): pass\nout += list(B(range(3)))\nassert isinstance(B(), tqdm)",
    "from tqdm.contrib import tenumerate\nout += [i for i, _ in tenumerate('abc', total=3)]",
    "from tqdm.contrib.concurrent import thread_map\nout += thread_map(int, [0, 1, 2])",
    "from rich.progress import track\nfor i in track(range(3), description='x'): out.append(i)",
    "from rich.progress import Progress\nwith Progress() as p: out += list(p.track(range(3)))",
    "from alive_progress import alive_bar, alive_it\nwith alive_bar(3) as bar: bar()\nout += list(alive_it(range(3)))",
    "import progressbar\nout += list(progressbar.ProgressBar()(range(3)))",
    "from fastprogress import master_bar\nfor i in (b := master_bar(range(3))): out.append(i); b.child.comment = 'x'",
    "from tqdm import *\nout += list(tqdm(range(3)))",
)  # fmt: skip


@pytest.mark.parametrize("source", BAR_FORMS)
def test_bar_gives_its_items(source: str) -> None:
    """A progress bar gives what it goes through, in whatever form it is used."""
    names = run("out = []\n" + source)
    assert names["out"] == [0, 1, 2]


def test_bar_counts() -> None:
    """A bar counts what is reported, and what it went through; a disabled one does not."""
    bar = Bar(range(4), "x", initial=1)
    assert (len(bar), bar.total, bar.n, 3 in bar, bar[2], str(bar)) == (4, 4, 1, True, 2, "x")
    assert list(reversed(bar)) == [3, 2, 1, 0]
    assert list(bar) == [0, 1, 2, 3]
    assert bar.n == 5
    bar.reset(total=9)
    assert bar.format_dict["total"] == 9
    silent = Bar(range(4), disable=True)
    assert (list(silent), silent.n) == ([0, 1, 2, 3], 0)
    assert list(np.asarray(Bar([1, 2]))) == [1, 2]


def test_bar_of_awaitables() -> None:
    """`tqdm.gather` and `async for` give what they give without a bar."""

    async def one(i: int) -> int:
        return i

    async def all_of() -> list[list[int]]:
        return [await Bar.gather(one(1), one(2)), [i async for i in Bar(range(2))]]

    assert asyncio.run(all_of()) == [[1, 2], [0, 1]]


DECORATORS = (
    "from ipywidgets import interact\nf = interact(f, k=(1, 5))",
    "from ipywidgets import interact\nf = interact(f)",
    "from ipywidgets import interact_manual\nf = interact_manual(k=3)(f)",
    "import ipywidgets as w\nf = w.Output().capture()(f)",
    "import ipywidgets as w\nout = w.Output()\nf = out.capture(clear_output=True)(f)",
    "from memory_profiler import profile\nf = profile(f)",
    "from line_profiler import LineProfiler\nlp = LineProfiler()\nf = lp(f)\nlp.print_stats()",
    "from IPython.core.magic import register_line_magic\nf = register_line_magic(f)",
)


@pytest.mark.parametrize("source", DECORATORS)
def test_decorator_gives_what_it_decorates(source: str) -> None:
    """A function comes back from a decorator, and is not called by it."""
    names = run(f"called = []\ndef f(k=1): called.append(k)\nplain = f\n{source}")
    assert names["f"] is names["plain"]
    assert names["called"] == []


@pytest.mark.parametrize(
    ("made", "value"),
    [
        ("IntSlider(value=3, min=1)", 3),
        ("IntSlider(3)", 3),
        ("FloatSlider()", 0.0),
        ("IntSlider(min=2)", 2),
        ("Dropdown(options=['a', 'b'])", "a"),
        ("Dropdown(options=[('a', 1), ('b', 2)])", 1),
        ("Select(options={'a': 1})", 1),
        ("Checkbox()", False),
        ("Text()", ""),
        ("fixed(7)", 7),
    ],
)
def test_widget_has_its_value(made: str, value: object) -> None:
    """A widget has the value that it was made with, or that it would start with."""
    assert run(f"from ipywidgets import *\nx = {made}.value")["x"] == value


def test_boxes_have_children() -> None:
    """A box gives what was put in, and what `interactive` makes is a widget."""
    names = run("from ipywidgets import *\nb = HBox([1, 2])\nw = interactive(print, k=1).children")
    assert names["b"].children == (1, 2)
    assert isinstance(names["w"], Idle)


def test_anything_asked_works() -> None:
    """Operations give the left operand, an order is never so, and nothing raises."""
    thing = Idle("plotly").graph_objects.Figure(data=[1])
    thing.layout.title = "x"
    assert thing.layout.title == "x"
    total = 2.0
    total += thing
    assert total == 2.0
    assert thing + 1 is thing
    assert -thing is thing
    assert not thing < 3
    assert thing == thing  # noqa: PLR0124
    assert {thing: 1}[thing] == 1
    assert bool(thing)
    assert (list(thing), len(thing), int(thing), float(thing), complex(thing)) == (
        [],
        0,
        0,
        0.0,
        0j,
    )
    assert f"{thing:>4.2f}{thing}{thing!r}" == ""
    assert not isinstance(3, thing)
    assert 3 not in thing
    thing[0] = 1
    del thing[0], thing.layout
    with thing as same:
        assert same is thing
    assert isinstance(copy.deepcopy(thing[1:].data), Idle)
    assert np.array_equal(np.ones(3) + thing, np.ones(3))
    assert np.array_equal(jnp.ones(3) * thing, np.ones(3))
    assert not hasattr(thing, "__array__")


def test_anything_awaited_works() -> None:
    """So does `await`, `async with` and `async for`."""

    async def use(thing: Any) -> Any:
        async with thing as same:
            return await same, [item async for item in thing]

    thing = Idle("x")
    assert asyncio.run(use(thing)) == (thing, [])


def test_class_can_be_derived() -> None:
    """A class derived from what is not there can be made and asked for anything."""
    names = run(
        "import ipywidgets as w\nclass A(w.HBox, w.Mixin):\n  def __init__(self):\n"
        "    super().__init__([1], layout=2)\n    self.k = 3\na = A()\na.observe(print)"
    )
    assert names["a"].k == 3
    assert issubclass(run("import plotly as p\nE = p.exceptions.PlotlyError")["E"], Exception)


def test_text_stays_text() -> None:
    """Colored text is the text, colors are none, and `ic` gives what it shows."""
    names = run(
        "from termcolor import colored\nfrom colorama import Fore, init\ninit()\n"
        "from icecream import ic\na = ', '.join([colored('x', 'red'), Fore.RED])\nb = ic(4)"
    )
    assert (names["a"], names["b"]) == ("x, ", 4)


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("import wandb\nwandb.config.lr", "wandb"),
        ("import plotly.express as px\npx.data", "plotly"),
    ],
)
def test_data_of_a_package_is_not_made_up(source: str, package: str) -> None:
    """What would give numbers is missing as the package is, and not made of nothing."""
    with pytest.raises(ModuleNotFoundError, match=f"No module named '{package}'"):
        run(source)


@pytest.mark.parametrize("source", ["import chex", "from chex import assert_rank", "import chex.x"])
def test_what_computes_has_no_stand_in(source: str) -> None:
    """A package that is not among those that only show is missing."""
    with pytest.raises(ModuleNotFoundError):
        run(source)


def test_installed_packages_are_used() -> None:
    """No stand-in shadows what is installed, and a missing submodule of it stays missing."""
    names = run("import matplotlib_inline as m\nfrom IPython.display import HTML", "tqdm")
    assert names["m"] is sys.modules["matplotlib_inline"]
    assert names["HTML"].__module__ == "IPython.core.display"
    with pytest.raises(ModuleNotFoundError):
        run("import IPython.no_such_module", "tqdm")


@pytest.mark.parametrize(
    "source", ["from tqdm.notebook import tqdm", "import tqdm.notebook as tqdm"]
)
def test_bar_without_widgets(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed tqdm whose bars for notebooks lack ipywidgets has stand-ins for these."""
    package, bars = types.ModuleType("tqdm"), types.ModuleType("tqdm.notebook")
    vars(package).update(notebook=bars, __path__=[])
    vars(bars).update(IProgress=None)
    monkeypatch.setitem(sys.modules, "tqdm", package)
    monkeypatch.setitem(sys.modules, "tqdm.notebook", bars)
    found = run(source, "ipywidgets")["tqdm"]
    assert found in {Bar, Idle} or found.tqdm is Bar


def test_notebook_has_a_shell() -> None:
    """`get_ipython` gives a shell, also where IPython is installed."""
    for lacking in ("tqdm", "IPython"):
        names = run("from IPython import get_ipython\nimport IPython\nx = get_ipython()", lacking)
        assert names["x"] is SHELL
        assert names["IPython"].get_ipython() is SHELL
        assert "google.colab" not in str(names["x"])


@pytest.mark.parametrize(
    "source",
    [
        "from google.colab import drive as d",
        "import google.colab.drive as d",
        "from google import colab as d",
        "import google.colab\nd = google.colab",
    ],
)
@pytest.mark.parametrize("is_there", [False, True])
def test_google_colab(source: str, is_there: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """`google.colab` is stood in for, whether or not some other package of google is there."""
    lacking = ["google.colab"]
    if is_there:
        google = types.ModuleType("google")
        google.__path__ = []
        monkeypatch.setitem(sys.modules, "google", google)
    else:
        monkeypatch.delitem(sys.modules, "google", raising=False)
        lacking.append("google")
    assert isinstance(run(source, *lacking)["d"], Idle)


def test_only_the_student_sees_them() -> None:
    """No finder and no `sys.modules` knows a stand-in: an installed package finds none."""
    run("import vpython, kaggle_secrets.x\nfrom yaspin import yaspin")
    assert not {"vpython", "kaggle_secrets", "yaspin"} & sys.modules.keys()
    assert importlib.util.find_spec("vpython") is None


def test_other_figures_have_stand_ins() -> None:
    """Each package whose figures are not judged has a stand-in."""
    assert OTHER_FIGURES <= SHOWING
