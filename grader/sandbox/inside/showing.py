"""Stand-ins for packages that only show something: progress bars, widgets, figures, logs.

Where such a package is not installed, the student's `import` gives an object that does nothing,
whatever it is asked: no answer depends on it, so none may be lost by it. A package that computes
something is never stood in for.

Only the student's code sees stand-ins. They are in no `sys.modules` and no finder knows them, so
that an installed package which looks for IPython, say, finds what is really there.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import sys
import types
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

SHOWING = frozenset(
    # What notebooks come with.
    "IPython google.colab kaggle_secrets ipywidgets ipykernel ipympl matplotlib_inline pip otter "
    "nbgrader nest_asyncio jupyter_black nb_black lab_black jupyterthemes watermark "
    # Progress bars, and text in colour or in tables.
    "tqdm alive_progress progressbar fastprogress enlighten halo yaspin rich termcolor colorama "
    "tabulate prettytable "
    # What watches or logs a run.
    "wandb tensorboard tensorboardX mlflow comet_ml loguru icecream line_profiler memory_profiler "
    "pyinstrument snoop pysnooper "
    # Figures other than matplotlib's.
    "plotly bokeh altair holoviews hvplot pyvista vpython plotnine ggplot pygal pyecharts k3d "
    "ipyvolume mayavi vispy bqplot lets_plot folium chart_studio cufflinks dash".split()
)
BARS = frozenset("tqdm alive_progress progressbar fastprogress enlighten".split())
"""Packages whose calls give what they are given to go through."""
TEXTS = frozenset({"termcolor", "colorama"})
"""Packages whose functions give text, and whose constants are text."""

GIVING = frozenset({"wandb.config", "plotly.express.data", "bokeh.sampledata"})
"""What gives data in such a package: without it, it is the package that is missing."""

OPERATORS = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "or", "xor"),
)


class Idle:
    """What a package that is not there consists of: whatever it is asked works, and does nothing.

    An operation gives its left operand, an order is never so, a decorator gives what it decorates.
    """

    __version__ = "0"
    __array_ufunc__ = None
    """So that NumPy leaves operations to this class."""

    def __init__(self, path: str = "", **known: Any) -> None:
        self.__dict__.update(known, _path=path)

    def __getattr__(self, name: str) -> Any:
        path = self.__dict__.get("_path", "")
        package = path.partition(".")[0]
        if name == "__all__" and package in STARRED:
            return STARRED[package]
        if name.startswith("__"):
            raise AttributeError(name)
        if f"{package}.{name}" in GIVING or f"{path}.{name}" in GIVING:
            raise ModuleNotFoundError(f"No module named '{package}'", name=package)
        if name in KNOWN.get(package, {}):
            return KNOWN[package][name]
        if package in TEXTS and (name.islower() or name.isupper()):
            return _as_given if name.islower() else ""
        if name.endswith(("Error", "Exception", "Warning")):
            return type(name, (Exception,), {})
        made = self.__dict__[name] = Idle(f"{path}.{name}")
        return made

    def __call__(self, *args: Any, **named: Any) -> Any:  # noqa: D102
        path = self.__dict__.get("_path", "")
        package, name = path.partition(".")[0], path.rpartition(".")[2]
        first = args[0] if args else None
        is_class = name[:1].isupper() and not name.endswith(")")
        if callable(first) and not is_class:
            return first
        if package in BARS and (path == package or _is_run_through(first)):
            return Bar(*args, **named)
        known = _widget(name, args, named) if package == "ipywidgets" and is_class else {}
        return Idle(path if path.endswith(")") else f"{path}()", **known)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        first = next(base for base in bases if isinstance(base, Idle))
        return (Based,) if first is self else ()

    def __instancecheck__(self, _: object) -> bool:
        return False

    def __subclasscheck__(self, _: type) -> bool:
        return False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def __await__(self) -> Any:
        yield from ()
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __next__(self) -> Any:
        raise StopIteration

    async def __aiter__(self) -> AsyncIterator[Any]:
        nothing: tuple[Any, ...] = ()
        for item in nothing:
            yield item

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __contains__(self, _: object) -> bool:
        return False

    def __getitem__(self, _: object) -> Any:
        return Idle(self.__dict__.get("_path", ""))

    def __setitem__(self, _: object, __: object) -> None:
        return None

    def __delitem__(self, _: object) -> None:
        return None

    def __delattr__(self, name: str) -> None:
        self.__dict__.pop(name, None)

    def __str__(self) -> str:
        return ""

    __repr__ = __str__

    def __format__(self, _: str) -> str:
        return ""

    def __fspath__(self) -> str:
        return ""

    def __int__(self) -> int:
        return 0

    __index__ = __int__

    def __float__(self) -> float:
        return 0.0

    def __complex__(self) -> complex:
        return 0j


def _self(self: Any, *_: Any) -> Any:
    return self


def _other(_: Any, other: Any) -> Any:
    return other


def _never(_: Any, __: object) -> bool:
    return False


def _as_given(first: Any = "", *_: Any, **__: Any) -> Any:
    return first


def _nothing(*_: Any, **__: Any) -> None:
    return None


for _name in OPERATORS:
    setattr(Idle, f"__{_name}__", _self)
    setattr(Idle, f"__i{_name}__", _self)
    setattr(Idle, f"__r{_name}__", _other)
for _name in ("neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil"):
    setattr(Idle, f"__{_name}__", _self)
for _name in ("lt", "le", "gt", "ge"):
    setattr(Idle, f"__{_name}__", _never)


class Based(Idle):
    """The base of a class that a student derives from something that is not there."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()


# Progress bars -------------------------------------------------------------------------------


class _BarType(type):
    """So that what the class of a bar is asked works too."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Idle(f"tqdm.{name}")


class Bar(Idle, metaclass=_BarType):
    """A progress bar as tqdm's: it goes through its items and counts them."""

    write = staticmethod(_nothing)
    _instances: set[Any] = set()  # noqa: RUF012  (students clear it)

    def __init__(
        self,
        iterable: Any = None,
        desc: str | None = None,
        total: Any = None,
        *_: Any,
        **named: Any,
    ) -> None:
        if total is None and hasattr(iterable, "__len__"):
            total = len(iterable)
        super().__init__("tqdm.tqdm()", iterable=iterable, desc=desc or "")
        self.total = total
        self.n = named.get("initial", 0)
        self.disable = bool(named.get("disable"))

    def __iter__(self) -> Iterator[Any]:
        for item in () if self.iterable is None else self.iterable:
            yield item
            self.update()

    async def __aiter__(self) -> AsyncIterator[Any]:
        if hasattr(self.iterable, "__aiter__"):
            async for item in self.iterable:
                yield item
                self.update()
        else:
            for item in self:
                yield item

    def __len__(self) -> int:
        return int(self.total or 0) if self.iterable is None else len(self.iterable)

    def __bool__(self) -> bool:
        return bool(self.total) if self.total is not None else True

    def __contains__(self, item: object) -> bool:
        return self.iterable is not None and item in self.iterable

    def __getitem__(self, index: Any) -> Any:
        return self.iterable[index]

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(self.iterable)

    def __str__(self) -> str:
        return str(self.desc)

    __repr__ = __str__

    def update(self, n: Any = 1) -> None:
        """Count."""
        self.n += 0 if self.disable else n

    def reset(self, total: Any = None) -> None:
        """Count from the start again."""
        self.n = 0
        self.total = self.total if total is None else total

    @property
    def format_dict(self) -> dict[str, Any]:
        """What the bar would show."""
        return {"n": self.n, "total": self.total, "elapsed": 0.0, "prefix": self.desc, "rate": None}

    @classmethod
    def pandas(cls, *_: Any, **__: Any) -> None:
        """Give the tables of pandas, where it was imported, their methods with a progress bar."""
        tables = sys.modules.get("pandas")
        for name, methods in (
            ("DataFrame", ("apply", "map", "applymap")),
            ("Series", ("apply", "map")),
        ):
            kind = getattr(tables, name, None)
            for method in methods:
                if hasattr(kind, method):
                    setattr(kind, f"progress_{method}", getattr(kind, method))

    @classmethod
    async def gather(cls, *awaitables: Any, **_: Any) -> list[Any]:
        """What all of them give."""
        return list(await asyncio.gather(*awaitables))

    @classmethod
    def as_completed(cls, awaitables: Any, **_: Any) -> Any:
        """Them, in the order in which they end."""
        return asyncio.as_completed(awaitables)


def _range(*limits: Any, **named: Any) -> Bar:
    return Bar(range(*limits), **named)


def _enumerated(items: Any, start: int = 0, **_: Any) -> Any:
    return enumerate(items, start)


def _zipped(*items: Any, **_: Any) -> Any:
    return zip(*items, strict=False)


def _mapped(function: Callable[..., Any], *items: Any, **_: Any) -> Any:
    return map(function, *items)


def _all_mapped(function: Callable[..., Any], *items: Any, **_: Any) -> list[Any]:
    return list(map(function, *items))


def _product(*items: Any, **_: Any) -> Any:
    return itertools.product(*items)


def _is_run_through(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Idle))


# Widgets -------------------------------------------------------------------------------------


def _widget(name: str, args: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """What a widget remembers of how it was made, its value at least."""
    kept = ("value", "min", "max", "step", "options", "index", "description", "children")
    known = {key: named[key] for key in kept if key in named}
    if name.endswith(("Box", "Tab", "Accordion", "Stack")):
        return {"children": tuple(args[0]) if args else (), **known}
    if args:
        known.setdefault("value", args[0])
    options = known.get("options")
    if isinstance(options, Mapping):
        options = list(options.values())
    if options:
        first = next(iter(options))
        known.setdefault("value", first[1] if isinstance(first, tuple) else first)
    for start, value in (("Int", 0), ("Bounded", 0), ("Play", 0), ("Float", 0.0), ("Text", "")):
        if name.startswith(start):
            known.setdefault("value", known.get("min", value))
    if name in {"Checkbox", "ToggleButton", "Valid"}:
        known.setdefault("value", False)
    return known


def _fixed(value: Any = None, **_: Any) -> Idle:
    return Idle("ipywidgets.fixed()", value=value)


def _interactive(*_: Any, **__: Any) -> Idle:
    return Idle("ipywidgets.interactive()")


# What else does more than nothing ------------------------------------------------------------


class _Told(Idle):
    """`ic` of icecream, which gives what it shows."""

    def __call__(self, *args: Any, **_: Any) -> Any:
        return args[0] if len(args) == 1 else args or None


def _run(function: Callable[..., Any], *args: Any, **named: Any) -> Any:
    return function(*args, **named)


def get_ipython() -> Idle:
    """The shell of a notebook that is not there."""
    return SHELL


SHELL = Idle("IPython.shell()")
_ALL_BARS = dict.fromkeys(("tqdm", "tqdm_notebook", "tqdm_gui", "tqdm_asyncio", "tqdm_rich"), Bar)
KNOWN: Mapping[str, Mapping[str, Any]] = {
    "tqdm": {
        **_ALL_BARS,
        **dict.fromkeys(("trange", "tnrange", "tgrange", "tarange", "trrange"), _range),
        "tenumerate": _enumerated,
        "tzip": _zipped,
        "tmap": _mapped,
        "product": _product,
        "thread_map": _all_mapped,
        "process_map": _all_mapped,
    },
    "rich": {"track": Bar},
    "ipywidgets": {
        "fixed": _fixed,
        "interactive": _interactive,
        "interactive_output": _interactive,
    },
    "IPython": {"get_ipython": get_ipython},
    "icecream": {"ic": _Told("icecream.ic")},
    "line_profiler": {"runcall": _run},
}
"""By package, what does more than nothing there, in whichever of its modules it is."""

STARRED: Mapping[str, Sequence[str]] = {
    "tqdm": ("tqdm", "trange", "tqdm_notebook", "tnrange"),
    "ipywidgets": tuple(
        "interact interactive interactive_output interact_manual fixed widgets link jslink Layout "
        "IntSlider FloatSlider IntText FloatText BoundedIntText Text Textarea Dropdown Checkbox "
        "Button ToggleButton ToggleButtons RadioButtons Select Output HTML Label Image Play "
        "IntProgress FloatProgress HBox VBox Box GridBox Tab Accordion".split()
    ),
    "IPython": tuple(
        "display clear_output HTML Image Markdown Math Latex Audio Video SVG JSON Javascript "
        "IFrame YouTubeVideo Pretty DisplayHandle update_display set_matplotlib_formats".split()
    ),
}
"""By package, the names that `import *` gives."""


# The import ----------------------------------------------------------------------------------


class _Beside(types.ModuleType):
    """An installed module with further names beside its own, for the student alone."""

    def __init__(self, module: types.ModuleType, **names: Any) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(names, _module=module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_module"], name)


def with_stand_ins(plain: Callable[..., Any]) -> Callable[..., Any]:
    """`__import__` for students: stand-ins where nothing is installed, and a notebook's shell."""

    def import_(
        name: str, scope: Any = None, local: Any = None, wanted: Any = (), level: int = 0
    ) -> Any:
        names = [name, *(f"{name}.{item}" for item in wanted or ())]
        package = next((found for found in map(_package, names) if found), "")
        try:
            module = plain(name, scope, local, wanted, level)
        except ModuleNotFoundError as error:
            if level or not package or error.name not in _above(package):
                raise
            if package != "google.colab" or "google" not in sys.modules:
                return stand_in(name if wanted else name.partition(".")[0])
            module = sys.modules["google"]
        return module if level or not package else _completed(module, name, package, wanted or ())

    return import_


def stand_in(name: str) -> Idle:
    """The stand-in of a package, or of a module in it."""
    top, *inner = name.split(".")
    found = _top(top)
    for part in inner:
        found = getattr(found, part)
    return found


@functools.cache
def _top(name: str) -> Idle:
    return Idle(name)


def _completed(module: Any, name: str, package: str, wanted: Sequence[str]) -> Any:
    """An installed module with what it lacks here: a package in it, its widgets, a shell."""
    if package == "google.colab":
        whole = _Beside(module, colab=stand_in(package))
        return stand_in(name) if wanted and name != "google" else whole
    if name == "tqdm.notebook" and sys.modules[name].IProgress is None:
        bars = stand_in(name)  # its own need ipywidgets
        return bars if wanted else _Beside(module, notebook=bars)
    if hasattr(module, "get_ipython") and "*" not in wanted:
        return _Beside(module, get_ipython=get_ipython)
    return module


def _package(name: str) -> str:
    """The package of SHOWING that a dotted name is in, or ''."""
    return next((above for above in _above(name) if above in SHOWING), "")


def _above(name: str) -> list[str]:
    """A dotted name and the names of the packages that it is in."""
    parts = name.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]
