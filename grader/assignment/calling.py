"""How the assignment calls its own functions with the inputs of a test case: by their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any


def call_with(function: Callable[..., Any], inputs: Mapping[str, Any]) -> Any:
    """What the function returns for those of the inputs that it has parameters for.

    An input of the name of its `*args` is passed item by item. Of a class, it is an instance.
    """
    taken = inspect.signature(function).parameters.values()
    positional: list[Any] = []
    named: dict[str, Any] = {}
    # What stands before `*args` cannot be named once there are any.
    is_spread = any(item.kind is item.VAR_POSITIONAL and item.name in inputs for item in taken)
    for item in taken:
        if item.kind is item.VAR_KEYWORD:
            known = {one.name for one in taken}
            named |= {name: value for name, value in inputs.items() if name not in known}
        elif item.name not in inputs:
            continue
        elif item.kind is item.VAR_POSITIONAL:
            positional += inputs[item.name]
        elif item.kind is item.POSITIONAL_ONLY or (
            is_spread and item.kind is item.POSITIONAL_OR_KEYWORD
        ):
            positional.append(inputs[item.name])
        else:
            named[item.name] = inputs[item.name]
    return function(*positional, **named)
