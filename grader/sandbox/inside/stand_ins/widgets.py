"""Widgets: they remember how they were made, and nobody moves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .idle import CALLS, KNOWN, Idle, is_class


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


def _called(path: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> Idle | None:
    if not is_class(path):
        return None
    return Idle(f"{path}()", **_widget(path.rpartition(".")[2], args, named))


CALLS["ipywidgets"] = _called
KNOWN["ipywidgets"] = {
    "fixed": _fixed,
    "interactive": _interactive,
    "interactive_output": _interactive,
}
