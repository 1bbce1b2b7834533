"""What a program as plain data is made of: how large it is, and what stands at its top."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .data import Enumerated, Equation, Fields, Generator, KeyType, Literal, Program, Type

MOST = 1_000_000
"""No larger size is told."""
CALLING = frozenset({"jit", "call"})


def size(program: Program) -> int:
    """How many operations a program has, its inner programs counted where they stand."""
    known: dict[int, int] = {}

    def counted(one: Program) -> int:
        if id(one) not in known:
            total = len(one.jaxpr.eqns)
            for equation in one.jaxpr.eqns:
                total += sum(counted(inner) for inner in inner_programs(equation))
            known[id(one)] = min(total, MOST)
        return known[id(one)]

    return counted(program)


def inner_programs(equation: Equation) -> Iterator[Program]:
    """The programs that an equation contains."""
    for value in equation.params.values():
        for item in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(item, Program):
                yield item


def tops(program: Program) -> list[str]:
    """The operations at the top of a program: all that is compiled as one is a single one."""
    return [equation.primitive.name for equation in program.jaxpr.eqns]


def digest(program: Program, tree: object) -> str:
    """16 hexadecimal digits: the same for programs that do the same, step by step.

    Names, and what is only called or compiled as a whole, make no difference; nor does what
    nobody uses. `tree` is how the results are put together.
    """
    flat = _Flat()
    inputs = [flat.fresh(variable.aval) for variable in program.jaxpr.invars]
    outputs = flat.run(program, inputs)
    text = json.dumps([flat.told(inputs, outputs), str(tree)], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class _Flat:
    """A program written out: calls replaced by what is called, values numbered by their order."""

    LONGEST = 50_000

    def __init__(self) -> None:
        self.types: list[str] = []
        self.steps: list[tuple[str, Any, list[Any], list[int]]] = []

    def fresh(self, aval: Type) -> int:
        """The number of a new value."""
        self.types.append(_type(aval))
        return len(self.types) - 1

    def run(self, program: Program, inputs: Sequence[Any]) -> list[Any]:
        """The numbers of a program's results; literals stand for themselves."""
        if len(self.steps) > self.LONGEST:
            return [["…", _type(aval)] for aval in program.out_avals]
        jaxpr = program.jaxpr
        known: dict[Any, Any] = dict(zip(jaxpr.invars, inputs, strict=True))
        for variable, value in zip(jaxpr.constvars, program.consts, strict=True):
            known[variable] = ["constant", _type(variable.aval), _bytes(value)]

        def of(atom: Any) -> Any:
            if isinstance(atom, Literal):
                return ["constant", _type(atom.aval), _bytes(atom.val)]
            return known[atom]

        for equation in jaxpr.eqns:
            given = [of(atom) for atom in equation.invars]
            name = equation.primitive.name
            if name in CALLING:
                results = self.run(equation.params["jaxpr"], given)
            else:
                results = [self.fresh(variable.aval) for variable in equation.outvars]
                self.steps.append((name, self._params(equation.params), given, results))
            known.update(zip(equation.outvars, results, strict=True))
        return [of(atom) for atom in jaxpr.outvars]

    def _params(self, params: Mapping[str, Any]) -> list[Any]:
        told = sorted(params.items())
        return [[name, _parameter(value)] for name, value in told if value is not None]

    def told(self, inputs: Sequence[int], outputs: Sequence[Any]) -> list[Any]:
        """The steps that the results need, numbered anew."""
        needed = {value for value in outputs if type(value) is int}
        used = []
        for step in reversed(self.steps):
            if needed & set(step[3]):
                needed |= {value for value in step[2] if type(value) is int}
                used.append(step)
        numbers = {value: at for at, value in enumerate(inputs)}
        told: list[Any] = [[self.types[value] for value in inputs]]
        for name, params, given, results in reversed(used):
            numbers |= {value: len(numbers) + at for at, value in enumerate(results)}
            told.append([name, params, [_renamed(value, numbers) for value in given]])
            told.append([self.types[value] for value in results])
        return [*told, [_renamed(value, numbers) for value in outputs]]


def _renamed(value: Any, numbers: Mapping[int, int]) -> Any:
    return numbers[value] if type(value) is int else value


def _parameter(value: Any) -> Any:
    """A parameter as what JSON can hold; an inner program by its own digest."""
    if isinstance(value, Program):
        return digest(value, None)
    if isinstance(value, Fields):
        return [value.type_name, {name: _parameter(item) for name, item in value.fields.items()}]
    if isinstance(value, (tuple, list)) and not isinstance(value, Enumerated):
        return [_parameter(item) for item in value]
    return value if value is None or type(value) in {bool, int, str} else _word(value)


def _word(value: Any) -> str:
    if isinstance(value, (Generator, KeyType, Enumerated)):
        return f"{type(value).__name__} {value.name}"
    return str(value)


def _type(aval: Type) -> str:
    return f"{_word(aval.dtype)}{list(aval.shape)}"


def _bytes(value: Any) -> str:
    array = np.asarray(getattr(value, "data", value) if hasattr(value, "generator") else value)
    if array.size == 1:
        return repr(array.item())
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
