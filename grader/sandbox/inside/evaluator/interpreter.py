"""Traced programs run by NumPy instead of XLA.

A student's program runs once or twice on a few hundred numbers: compiling it costs a hundred times
what it computes. Here its equations are evaluated one after the other. What NumPy cannot be told
to do as XLA does it (a type, an operation, a loop of very many steps) raises, and is compiled.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from ..frames import Key
from ..portable import data
from . import jax_internals, keys, primitives
from .arithmetic import require

MAX_STEPS = 30_000
"""Equations evaluated for one program. Beyond that, compiling costs less."""
TYPES = frozenset(
    np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64"),
        *("uint8", "uint16", "uint32", "uint64", "float32", "float64"),
    )
)
INNER = {
    **dict.fromkeys(("jit", "call", "remat2"), "jaxpr"),
    **dict.fromkeys(("custom_jvp_call", "custom_vjp_call"), "call_jaxpr"),
}
"""Primitives that only run an inner program, and the parameter that contains it."""

_config: Any = jax.config
_LITERALS: Any = frozenset({jax_internals.literal(), data.Literal})
_wrap, _key_data = jax.random.wrap_key_data, jax.random.key_data
_put: Any = jax_internals.put()
_gettrace, _settrace = sys.gettrace, sys.settrace


def run(closed: Any, values: Sequence[Any]) -> list[Any]:
    """The results of a traced program on its flat inputs, as JAX arrays.

    Raises an exception of any kind when XLA might give others.
    """
    require(not closed.effects)
    require(not (_config.jax_debug_nans or _config.jax_debug_infs))
    watching = _gettrace()
    _settrace(None)  # who counts the student's steps does not see these
    try:
        results = _results(closed, values)
    finally:
        _settrace(watching)
    is_committed = any(map(jax_internals.is_committed, values))
    return [
        _to_jax(result, aval, is_committed=is_committed)
        for result, aval in zip(results, closed.out_avals, strict=True)
    ]


def numbers(program: data.Program, values: Sequence[Any]) -> list[Any]:
    """The results of a program as plain data, as NumPy arrays; keys are their words.

    Raises an exception of any kind when XLA might give others.
    """
    return [
        keys.words(result) if keys.is_key(aval) else np.array(result, order="C")
        for result, aval in zip(_results(program, values), program.out_avals, strict=True)
    ]


def _results(closed: Any, values: Sequence[Any]) -> list[Any]:
    inputs = [_to_numpy(value, aval) for value, aval in zip(values, closed.in_avals, strict=True)]
    with np.errstate(all="ignore"):
        return _Run().closed(closed, inputs)


class _Run:
    """One evaluation, which ends when it takes too many steps."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def closed(self, closed: Any, inputs: Sequence[Any]) -> list[Any]:
        """The results of a program that brings its constants with it, or has none."""
        jaxpr = getattr(closed, "jaxpr", closed)
        constants = [
            _to_numpy(value, variable.aval)
            for value, variable in zip(getattr(closed, "consts", ()), jaxpr.constvars, strict=True)
        ]
        self.left -= len(jaxpr.eqns) + len(jaxpr.invars) // 16
        require(self.left >= 0)
        known = dict(zip(jaxpr.constvars, constants, strict=True))
        known.update(zip(jaxpr.invars, inputs, strict=True))

        def value(atom: Any) -> Any:
            return _constant(atom) if type(atom) in _LITERALS else known[atom]

        for equation in jaxpr.eqns:
            results = self.equation(equation, [value(atom) for atom in equation.invars])
            for variable, result in zip(equation.outvars, results, strict=True):
                aval = variable.aval
                require(result.shape == aval.shape and result.dtype == _type(aval))
                known[variable] = result
        return [value(atom) for atom in jaxpr.outvars]

    def equation(self, equation: Any, inputs: list[Any]) -> Sequence[Any]:
        """The results of one operation."""
        name = equation.primitive.name
        rule = primitives.RULES.get(name)
        if rule is not None:
            result = rule(*inputs, **equation.params)
            return result if isinstance(result, (list, tuple)) else (result,)
        if name in INNER:
            return self.closed(equation.params[INNER[name]], inputs)
        higher: Any = getattr(self, "on_" + name, None)
        require(higher is not None)
        results: list[Any] = higher(inputs, equation)
        return results

    def on_cond(self, inputs: list[Any], equation: Any) -> list[Any]:
        """One of several branches."""
        branches = equation.params["branches"]
        index = min(max(int(inputs[0]), 0), len(branches) - 1)
        return self.closed(branches[index], inputs[1:])

    def on_while(self, inputs: list[Any], equation: Any) -> list[Any]:
        """Steps as long as a condition holds."""
        condition, body = equation.params["cond_jaxpr"], equation.params["body_jaxpr"]
        first, second = equation.params["cond_nconsts"], equation.params["body_nconsts"]
        for_condition, for_body = inputs[:first], inputs[first : first + second]
        carry = inputs[first + second :]
        require(condition.out_avals[0].shape == ())
        while self.closed(condition, [*for_condition, *carry])[0]:
            self.left -= 1
            carry = self.closed(body, [*for_body, *carry])
        return carry

    def on_scan(self, inputs: list[Any], equation: Any) -> list[Any]:
        """A step for each element, with something handed on."""
        parameters = equation.params
        length, consts, carried = (parameters[x] for x in ("length", "num_consts", "num_carry"))
        fixed, carry = inputs[:consts], inputs[consts : consts + carried]
        elements = inputs[consts + carried :]
        require(length > 0)
        order = range(length)
        rows: list[list[Any]] = []
        for index in reversed(order) if parameters["reverse"] else order:
            self.left -= 1
            picked = [element[index] for element in elements]
            results = self.closed(parameters["jaxpr"], [*fixed, *carry, *picked])
            carry, row = results[:carried], results[carried:]
            rows.append(row)
        if parameters["reverse"]:
            rows.reverse()
        return [*carry, *map(np.stack, zip(*rows, strict=True))]

    def on_random_wrap(self, inputs: list[Any], _: Any) -> list[Any]:
        """Keys from their words."""
        return [keys.packed(inputs[0])]

    def on_random_unwrap(self, inputs: list[Any], _: Any) -> list[Any]:
        """The words of keys."""
        return [keys.words(inputs[0])]

    def on_random_clone(self, inputs: list[Any], _: Any) -> list[Any]:
        """The same keys."""
        return inputs

    def on_random_seed(self, inputs: list[Any], equation: Any) -> list[Any]:
        """Keys from numbers."""
        impl = equation.params["impl"]
        if isinstance(impl, data.Generator):
            impl = jax_internals.generator_named(impl.name)
        program = keys.traced(impl, "seed", (), inputs)
        return [keys.packed(self.closed(program, inputs)[0])]

    def on_random_split(self, inputs: list[Any], equation: Any) -> list[Any]:
        """New keys from keys."""
        return [keys.packed(self._drawn("split", inputs, equation, (equation.params["shape"],)))]

    def on_random_fold_in(self, inputs: list[Any], equation: Any) -> list[Any]:
        """Keys with a number mixed in."""
        both = list(np.broadcast_arrays(*inputs))
        return [keys.packed(self._drawn("fold_in", both, equation, ()))]

    def on_random_bits(self, inputs: list[Any], equation: Any) -> list[Any]:
        """Random bits from keys."""
        how = (equation.params["bit_width"], equation.params["shape"])
        return [self._drawn("random_bits", inputs, equation, how)]

    def _drawn(self, method: str, inputs: list[Any], equation: Any, how: tuple[Any, ...]) -> Any:
        """What a method of the generator makes of keys."""
        values = [keys.words(inputs[0]), *inputs[1:]]
        impl = jax_internals.generator(equation.invars[0].aval.dtype)
        return self.closed(keys.traced(impl, method, how, values), values)[0]


def _constant(literal: Any) -> Any:
    return np.asarray(literal.val, _type(literal.aval))


def _type(aval: Any) -> Any:
    """NumPy's type for an abstract value's. Raises for one that is not known here."""
    if aval.dtype in TYPES:
        return aval.dtype
    require(keys.is_key(aval))
    return keys.KEY


def _to_numpy(value: Any, aval: Any) -> Any:
    if keys.is_key(aval):
        words = value.data if isinstance(value, Key) else np.asarray(_key_data(value))
        array = keys.packed(words)
    else:
        array = np.asarray(value, _type(aval))
    require(array.shape == aval.shape)
    return array


def _to_jax(array: Any, aval: Any, *, is_committed: bool) -> Any:
    if keys.is_key(aval):
        name = jax_internals.generator(aval.dtype).name
        return _wrap(jax.device_put(keys.words(array)), impl=name)
    device, sharding = _place()
    copied = [np.array(array, order="C")]
    return _put(aval, sharding, copied, [device], committed=is_committed)


@functools.cache
def _place() -> tuple[Any, Any]:
    """The device there is, and what says that an array lies on it alone."""
    (device, *_) = jax.devices()
    return device, jax.sharding.SingleDeviceSharding(device)
