"""Progress bars: they go through what they are given, as the real ones do, and show nothing."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any

from .idle import CALLS, KNOWN, Idle, nothing
from .package_list import BARS


class _BarType(type):
    """So that what the class of a bar is asked works too."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Idle(f"tqdm.{name}")


class Bar(Idle, metaclass=_BarType):
    """A progress bar as tqdm's: it goes through its items and counts them."""

    write = staticmethod(nothing)
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


def _called(path: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Bar | None:
    is_bar = "." not in path or _is_run_through(args[0] if args else None)
    return Bar(*args, **named) if is_bar else None


CALLS.update(dict.fromkeys(BARS, _called))
_ALL_BARS = dict.fromkeys(("tqdm", "tqdm_notebook", "tqdm_gui", "tqdm_asyncio", "tqdm_rich"), Bar)
KNOWN["tqdm"] = {
    **_ALL_BARS,
    **dict.fromkeys(("trange", "tnrange", "tgrange", "tarange", "trrange"), _range),
    "tenumerate": _enumerated,
    "tzip": _zipped,
    "tmap": _mapped,
    "product": _product,
    "thread_map": _all_mapped,
    "process_map": _all_mapped,
}
KNOWN["rich"] = {"track": Bar}
