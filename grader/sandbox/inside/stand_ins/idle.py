"""What a package that is not there consists of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

from .package_list import GIVING, STARRED, TEXTS

KNOWN: dict[str, Mapping[str, Any]] = {}
"""By package, what does more than nothing there, in whichever of its modules it is.

The modules next to this one fill it and `CALLS` when they are imported."""
CALLS: dict[str, Callable[[str, tuple[Any, ...], Mapping[str, Any]], Any]] = {}
"""By package, what makes the value of a call there, or None where it is idle like others."""

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
        if args and callable(args[0]) and not is_class(path):
            return args[0]
        call = CALLS.get(path.partition(".")[0])
        made = call(path, args, named) if call else None
        return Idle(path if path.endswith(")") else f"{path}()") if made is None else made

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


def is_class(path: str) -> bool:
    """Whether a dotted name reads like that of a class."""
    name = path.rpartition(".")[2]
    return name[:1].isupper() and not name.endswith(")")


def _self(self: Any, *_: Any) -> Any:
    return self


def _other(_: Any, other: Any) -> Any:
    return other


def _never(_: Any, __: object) -> bool:
    return False


def _as_given(first: Any = "", *_: Any, **__: Any) -> Any:
    return first


def nothing(*_: Any, **__: Any) -> None:
    """Take anything, do nothing."""
    return


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
