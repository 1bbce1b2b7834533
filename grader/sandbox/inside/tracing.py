"""A call traced on shapes alone: what the code does with arrays, as a program that is plain data.

No number of an input is here. The statements that read one of them run within the trace as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax

from inside.calls import count_equations
from inside.errors import tell
from inside.evaluator import jax_internals
from inside.portable.data import KEYS, PortableError, dtype_named
from inside.portable.describe import describe
from inside.trees import own_dtype, to_shapes

_shape: Any = jax.ShapeDtypeStruct
_make_jaxpr = jax.make_jaxpr
"""As they were before any student's code ran."""


def types_of(leaves: Sequence[Any], *, keeps_width: bool) -> list[Any]:
    """The types by which arrays of these dtypes and shapes are traced."""
    found: list[Any] = []
    for name, shape in leaves:
        if name.startswith(KEYS):
            dtype = jax_internals.key_type(name.removeprefix(KEYS))
        else:
            dtype = own_dtype(dtype_named(name), keeps_width=keeps_width)
        found.append(_shape(shape, dtype))
    return found


def traced(call: Callable[[Sequence[Any]], Any], shapes: Sequence[Any]) -> dict[str, Any]:
    """The program of a call and how its results are put together, or why there is none."""
    trees: list[Any] = []

    def whole(*arrays: Any) -> Any:
        tree, results = to_shapes(call(arrays))
        trees.append(tree)
        return results

    try:
        with jax.disable_jit(False):
            closed = _make_jaxpr(whole)(*shapes)
    except BaseException as error:  # noqa: BLE001  (student code may raise anything)
        return {"error": tell(error)}
    try:
        text, constants = describe(closed)
    except PortableError as error:
        return {"not_carried": str(error), "equations": count_equations(closed.jaxpr)}
    return {"program": text, "constants": tuple(constants), "tree": trees[-1]}


def read(space: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The values of names in their order. Raises NameError for one that is not bound."""
    for name in names:
        if name not in space:
            raise NameError(name)
    return tuple(space[name] for name in names)
