"""A program as plain data made a function for JAX again, step by step by JAX's own operations.

Each operation checks what it is given, so that a program that does not fit together raises here
and is never run. Loops and branches are made by JAX's public functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ..evaluator import jax_internals
from ..frames import Key
from .data import (
    Enumerated,
    Fields,
    Generator,
    KeyType,
    Literal,
    Operation,
    PortableError,
    Program,
    Type,
)

lax: Any = jax.lax
_wrap: Any = jax.random.wrap_key_data


def call(program: Program, inputs: Sequence[Any]) -> list[Any]:
    """What a program gives for arrays, traced or not. Raises whatever JAX raises."""
    jaxpr = program.jaxpr
    known: dict[Any, Any] = dict(zip(jaxpr.invars, inputs, strict=True))
    for variable, value in zip(jaxpr.constvars, program.consts, strict=True):
        known[variable] = _checked(array_of(value), variable.aval)

    def of(atom: Any) -> Any:
        if isinstance(atom, Literal):
            return _checked(lax.convert_element_type(atom.val, atom.aval.dtype), atom.aval)
        return known[atom]

    for equation in jaxpr.eqns:
        name = equation.primitive.name
        given = [of(atom) for atom in equation.invars]
        rule: Any = _HIGHER.get(name, partial(_plain, name))
        results = rule(equation.params, given)
        for variable, result in zip(equation.outvars, results, strict=True):
            known[variable] = _checked(result, variable.aval)
    return [of(atom) for atom in jaxpr.outvars]


def _checked(array: Any, aval: Type) -> Any:
    """The array, if it is of this type: without 64 bits, JAX makes others of such as have them."""
    if array.shape != aval.shape or array.dtype != _dtype(aval.dtype):
        raise PortableError("a value of another type")
    return array


def array_of(value: Any) -> Any:
    """An array or keys as JAX has them."""
    if isinstance(value, Key):
        return _wrap(jnp.asarray(value.data), impl=value.generator)
    return jnp.asarray(value)


def _plain(name: str, params: Any, given: Sequence[Any]) -> Sequence[Any]:
    primitive = jax_internals.operation(name)
    if primitive is None:
        raise PortableError(f"operation {name}")
    found = {key: _parameter(value) for key, value in params.items()}
    results: Any = primitive.bind(*given, **found)
    return results if primitive.multiple_results else [results]


def _parameter(value: Any) -> Any:  # noqa: PLR0911  (a table of kinds)
    if isinstance(value, Enumerated):
        return jax_internals.type_named(value.type_name)[value.name]
    if isinstance(value, Fields):
        fields = {name: _parameter(item) for name, item in value.fields.items()}
        return jax_internals.type_named(value.type_name)(**fields)
    if isinstance(value, Generator):
        return jax_internals.generator_named(value.name)
    if isinstance(value, Operation):
        return jax_internals.operation(value.name)
    if isinstance(value, KeyType):
        return _dtype(value)
    if isinstance(value, (tuple, list)):
        return type(value)(_parameter(item) for item in value)
    if isinstance(value, Program):
        raise PortableError("a program as a parameter")
    return value


def _dtype(dtype: Any) -> Any:
    return jax_internals.key_type(dtype.name) if isinstance(dtype, KeyType) else dtype


# What runs inner programs --------------------------------------------------------------------


def _call(params: Any, given: Sequence[Any]) -> list[Any]:
    return call(params["jaxpr"], given)


def _while(params: Any, given: Sequence[Any]) -> Sequence[Any]:
    condition, body = params["cond_jaxpr"], params["body_jaxpr"]
    first, second = params["cond_nconsts"], params["body_nconsts"]
    for_condition, for_body = given[:first], given[first : first + second]
    carry = tuple(given[first + second :])

    def goes_on(carried: Any) -> Any:
        return call(condition, [*for_condition, *carried])[0]

    def step(carried: Any) -> Any:
        return tuple(call(body, [*for_body, *carried]))

    def steps(carried: Any) -> Any:
        which = goes_on(carried)
        return tuple(map(partial(_where, which), step(carried), carried))

    found: Sequence[Any]
    if condition.out_avals[0].shape:  # of several loops at once, only those that go on change
        found = lax.while_loop(lambda carried: goes_on(carried).any(), steps, carry)
    else:
        found = lax.while_loop(goes_on, step, carry)
    return found


def _where(which: Any, new: Any, old: Any) -> Any:
    """The new value where it is wanted, `which` having the first axes of both."""
    return jnp.where(which.reshape(which.shape + (1,) * (new.ndim - which.ndim)), new, old)


def _scan(params: Any, given: Sequence[Any]) -> list[Any]:
    consts, carried = params["num_consts"], params["num_carry"]
    fixed, first = given[:consts], tuple(given[consts : consts + carried])

    def body(carry: Any, row: Any) -> tuple[Any, Any]:
        results = call(params["jaxpr"], [*fixed, *carry, *row])
        return tuple(results[:carried]), tuple(results[carried:])

    rows = tuple(given[consts + carried :])
    last, stacked = lax.scan(body, first, rows, length=params["length"], reverse=params["reverse"])
    return [*last, *stacked]


def _cond(params: Any, given: Sequence[Any]) -> Sequence[Any]:
    branches: list[Callable[..., Any]] = [
        lambda *values, branch=branch: tuple(call(branch, values)) for branch in params["branches"]
    ]
    index = lax.convert_element_type(given[0], jnp.int32)
    found: Sequence[Any] = lax.switch(index, branches, *given[1:])
    return found


def _reduce(params: Any, given: Sequence[Any]) -> list[Any]:
    half = len(given) // 2

    def combine(left: Sequence[Any], right: Sequence[Any]) -> Any:
        return tuple(call(params["jaxpr"], [*left, *right]))

    operands, starts = tuple(given[:half]), tuple(given[half:])
    return list(lax.reduce(operands, starts, combine, params["dimensions"]))


def _put(params: Any, given: Sequence[Any]) -> list[Any]:
    """What a scatter puts in the places of others, or makes of these."""
    others = {key: value for key, value in params.items() if key != "update_jaxpr"}
    function = params.get("update_jaxpr")
    if function is None:
        return _scatter(lax.scatter)(others, given)
    found = {key: _parameter(value) for key, value in others.items()}
    operand, indices, updates = given
    return [
        lax.scatter_apply(
            operand,
            indices,
            lambda old: call(function, [old, old])[0],
            found.pop("dimension_numbers"),
            update_shape=updates.shape,
            **found,
        )
    ]


def _scatter(function: Callable[..., Any]) -> Callable[[Any, Sequence[Any]], list[Any]]:
    def rule(params: Any, given: Sequence[Any]) -> list[Any]:
        return [function(*given, **{key: _parameter(value) for key, value in params.items()})]

    return rule


_HIGHER: dict[str, Callable[[Any, Sequence[Any]], Sequence[Any]]] = {
    "jit": _call,
    "call": _call,
    "while": _while,
    "scan": _scan,
    "cond": _cond,
    "reduce": _reduce,
    "scatter": _put,
    "scatter-add": _scatter(lax.scatter_add),
    "scatter-sub": _scatter(lax.scatter_sub),
    "scatter-mul": _scatter(lax.scatter_mul),
    "scatter-min": _scatter(lax.scatter_min),
    "scatter-max": _scatter(lax.scatter_max),
}
