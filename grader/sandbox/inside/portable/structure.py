"""What a program as plain data is made of: how large it is, and what it does.

Nothing here takes longer than its limits allow, whatever the program is: one of few bytes may run
inner programs that run inner programs, each several times.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .. import frames
from .data import (
    Enumerated,
    Equation,
    Fields,
    Generator,
    KeyType,
    Literal,
    Operation,
    Program,
    Type,
)
from .names import CALLING

MOST = 1_000_000
"""No larger size is told."""
MAX_WRITTEN = 200_000
"""So many values and parameters a program may have, all written out, that has a digest."""


def size(program: Program) -> int:
    """How many operations a program has, its inner programs counted where they stand."""
    return _counted(program, {}, lambda one: len(one.jaxpr.eqns))


def _written(program: Program) -> int:
    """How many values and parameters a program has, its inner programs where they stand."""

    def own(one: Program) -> int:
        jaxpr = one.jaxpr
        count = len(jaxpr.constvars) + len(jaxpr.invars) + len(jaxpr.outvars)
        for equation in jaxpr.eqns:
            count += 1 + len(equation.invars) + len(equation.outvars)
            count += sum(map(_length, equation.params.values()))
        return count

    return _counted(program, {}, own)


def _counted(program: Program, known: dict[int, int], own: Callable[[Program], int]) -> int:
    """What a program counts by itself, and what those in it do, each where it stands."""
    if id(program) not in known:
        total = own(program)
        for equation in program.jaxpr.eqns:
            total += sum(_counted(inner, known, own) for inner in inner_programs(equation))
        known[id(program)] = min(total, MOST)
    return known[id(program)]


def inner_programs(equation: Equation) -> Iterator[Program]:
    """The programs that an equation contains."""
    pending = [*equation.params.values()]
    while pending:
        value = pending.pop()
        if isinstance(value, Program):
            yield value
        elif isinstance(value, (tuple, list)):
            pending += value
        elif isinstance(value, Fields):
            pending += value.fields.values()


def types(program: Program) -> set[Type]:
    """The types of all values in a program and in those inside it."""
    found: set[Type] = set()
    seen: set[int] = set()
    pending = [program]
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        jaxpr = one.jaxpr
        atoms = [*jaxpr.constvars, *jaxpr.invars, *jaxpr.outvars]
        for equation in jaxpr.eqns:
            atoms += [*equation.invars, *equation.outvars]
            pending += inner_programs(equation)
        found |= {atom.aval for atom in atoms}
    return found


def digest(program: Program, tree: object) -> str:
    """16 hexadecimal digits: the same for programs that do the same, step by step.

    Names, and what is only called or compiled as a whole, make no difference; nor does what
    nobody uses. `tree` is how the results are put together. '' for a program that is too long.
    """
    if _written(program) > MAX_WRITTEN:
        return ""
    text = f"{_Digests().of(program)} {hashlib.sha256(frames.encode(tree)).hexdigest()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class _Digests:
    """The digests of programs and constants, each made once."""

    def __init__(self) -> None:
        self.programs: dict[int, str] = {}
        self.constants: dict[int, str] = {}

    def of(self, program: Program) -> str:
        """What a program does, however its results are put together."""
        if id(program) not in self.programs:
            flat = _Flat(self)
            inputs = [flat.fresh(variable.aval) for variable in program.jaxpr.invars]
            outputs = flat.run(program, inputs)
            text = json.dumps(flat.told(inputs, outputs), separators=(",", ":"))
            self.programs[id(program)] = hashlib.sha256(text.encode()).hexdigest()
        return self.programs[id(program)]

    def constant(self, value: Any) -> str:
        """What is in an array or in keys."""
        if id(value) not in self.constants:
            self.constants[id(value)] = _bytes(value)
        return self.constants[id(value)]

    def parameter(self, value: Any) -> Any:
        """A parameter as what JSON can hold; an inner program by its own digest."""
        if isinstance(value, Program):
            return self.of(value)
        if isinstance(value, Fields):
            fields = {name: self.parameter(item) for name, item in value.fields.items()}
            return [value.type_name, fields]
        if isinstance(value, (tuple, list)) and not isinstance(value, Enumerated):
            return [self.parameter(item) for item in value]
        return value if value is None or type(value) in {bool, int, str} else _word(value)


class _Flat:
    """A program written out: calls replaced by what is called, values numbered by their order."""

    def __init__(self, digests: _Digests) -> None:
        self.digests = digests
        self.types: list[str] = []
        self.steps: list[tuple[str, Any, list[Any], list[int]]] = []

    def fresh(self, aval: Type) -> int:
        """The number of a new value."""
        self.types.append(_type(aval))
        return len(self.types) - 1

    def run(self, program: Program, inputs: Sequence[Any]) -> list[Any]:
        """The numbers of a program's results; literals stand for themselves."""
        jaxpr = program.jaxpr
        known: dict[Any, Any] = dict(zip(jaxpr.invars, inputs, strict=True))
        for variable, value in zip(jaxpr.constvars, program.consts, strict=True):
            known[variable] = ["constant", _type(variable.aval), self.digests.constant(value)]

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
        return [[name, self.digests.parameter(value)] for name, value in told if value is not None]

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


def _length(value: Any) -> int:
    """How long a parameter is, an inner program apart."""
    if isinstance(value, Fields):
        return 1 + sum(map(_length, value.fields.values()))
    if isinstance(value, (tuple, list)):
        return 1 + sum(map(_length, value))
    if isinstance(value, str):
        return 1 + len(value) // 16
    return 1 + value.bit_length() // 64 if type(value) is int else 1


def _word(value: Any) -> str:
    if isinstance(value, Enumerated):
        return f"{value.type_name} {value.name}"
    if isinstance(value, (Generator, KeyType, Operation)):
        return f"{type(value).__name__} {value.name}"
    return str(value)


def _type(aval: Type) -> str:
    return f"{_word(aval.dtype)}{list(aval.shape)}"


def _bytes(value: Any) -> str:
    array = np.asarray(getattr(value, "data", value) if hasattr(value, "generator") else value)
    if array.size == 1:
        return repr(array.item())
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
