"""The parts of a program as plain data, and a program read from a text and arrays.

A text is JSON: tables of types and of programs, in which a program names only earlier ones, so
that none contains itself. Everything is bounded and checked before it is used; what breaks a rule
raises PortableError. Nothing here needs JAX, and nothing runs when a program is read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..frames import Key
from .names import CALLING, KNOWN, TYPES

MAX_TEXT = 4 << 20
MAX_EQUATIONS = 8_000
MAX_VALUES = 400_000
"""So many variables, numbers and parameters a text may have, the same one each time it is named."""
MAX_PROGRAMS = 2_000
MAX_CONSTANTS = 2_000
MAX_CONSTANT_BYTES = 16 << 20
MAX_NAME = 60
MAX_ITEMS = 4_000
MAX_DEPTH = 8
MAX_RANK = 32
MAX_LENGTH = 1 << 31
MAX_NESTED = 64
"""So many programs may stand in each other."""

FORMAT = 1
DTYPES = frozenset(
    "bool int4 int8 int16 int32 int64 uint4 uint8 uint16 uint32 uint64 "
    "bfloat16 float16 float32 float64 complex64 complex128".split()
)
KEYS = "key:"
"""How the name of a type of random keys begins."""


class PortableError(Exception):
    """The text is no program that may be read, or the program is none that can be described."""


@dataclass(frozen=True)
class KeyType:
    """The type of random keys of one of JAX's generators, by its name."""

    name: str


@dataclass(frozen=True)
class Generator:
    """One of JAX's generators, by its name."""

    name: str


class Enumerated(NamedTuple):
    """A member of one of JAX's enumerations."""

    type_name: str
    name: str


@dataclass(frozen=True)
class Fields:
    """A named tuple of JAX's: its fields can be asked for by their names."""

    type_name: str
    fields: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class Type:
    """The shape and the dtype of a value."""

    shape: tuple[int, ...]
    dtype: Any
    weak_type: bool = False


@dataclass(frozen=True, eq=False)
class Variable:
    """A value of a program that is not known before it runs."""

    aval: Type


@dataclass(frozen=True, eq=False)
class Literal:
    """A number that stands in a program."""

    val: Any
    aval: Type


@dataclass(frozen=True)
class Operation:
    """What an equation does, by JAX's name."""

    name: str


@dataclass(frozen=True, eq=False)
class Equation:
    """One operation of a program."""

    primitive: Operation
    invars: tuple[Variable | Literal, ...]
    outvars: tuple[Variable, ...]
    params: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Jaxpr:
    """A program without its constants."""

    constvars: tuple[Variable, ...]
    invars: tuple[Variable, ...]
    eqns: tuple[Equation, ...]
    outvars: tuple[Variable | Literal, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """A program with its constants; its attributes have JAX's names."""

    jaxpr: Jaxpr
    consts: tuple[Any, ...]

    @property
    def in_avals(self) -> list[Type]:
        """The types of what it is called with."""
        return [variable.aval for variable in self.jaxpr.invars]

    @property
    def out_avals(self) -> list[Type]:
        """The types of what it returns."""
        return [atom.aval for atom in self.jaxpr.outvars]

    @property
    def effects(self) -> frozenset[Any]:
        """None: a program that does something beside computing is not carried."""
        return frozenset()


def read(text: bytes, constants: Sequence[Any]) -> Program:
    """The program in a text, with the arrays and keys that it names. Raises PortableError."""
    if len(text) > MAX_TEXT:
        raise PortableError("too large")
    _check_constants(constants)
    try:
        tree = json.loads(text, parse_constant=_refuse)
        number, types, programs = tree
        if number != FORMAT:
            raise PortableError("another format")
        reader = _Reader(_list(types), constants)
        with np.errstate(all="ignore"):
            for body in _list(programs, MAX_PROGRAMS):
                reader.add(body)
        if not reader.programs:
            raise PortableError("no program")
    except PortableError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise PortableError(f"malformed: {type(error).__name__}") from error
    return reader.programs[-1]


def _check_constants(constants: Sequence[Any]) -> None:
    """Raise PortableError unless these are arrays and keys, and not too many."""
    if len(constants) > MAX_CONSTANTS:
        raise PortableError("too many constants")
    size = 0
    for value in constants:
        array = value.data if isinstance(value, Key) else value
        if not isinstance(array, np.ndarray):
            raise PortableError("a constant other than an array")
        size += array.nbytes
    if size > MAX_CONSTANT_BYTES:
        raise PortableError("constants that are too large")


def _refuse(literal: str) -> Any:
    raise PortableError(f"{literal} in a program")


class _Reader:
    """Reads the tables of a text, one after the other."""

    def __init__(self, types: Sequence[Any], constants: Sequence[Any]) -> None:
        self.types = [_type(body) for body in types]
        self.constants = constants
        self.programs: list[Program] = []
        self.nested: list[int] = []
        self.equations = 0
        self.values = 0
        self.deepest = 0

    def add(self, body: Any) -> None:
        """Read one more program, which may contain those before it."""
        places, inputs, equations, outputs = body
        self.deepest = 0
        consts = [self._constant(place) for place in _list(places, MAX_CONSTANTS)]
        constvars = tuple(Variable(aval) for _, aval in consts)
        invars = tuple(Variable(self._aval(number)) for number in self._many(inputs))
        known: list[Variable] = [*constvars, *invars]
        self.equations += len(_list(equations, MAX_EQUATIONS))
        if self.equations > MAX_EQUATIONS:
            raise PortableError("too many equations")
        eqns = tuple(self._equation(equation, known) for equation in equations)
        outvars = tuple(self._atom(atom, known) for atom in self._many(outputs))
        if self.deepest > MAX_NESTED:
            raise PortableError("too deep")
        self.nested.append(self.deepest + 1)
        jaxpr = Jaxpr(constvars, invars, eqns, outvars)
        self.programs.append(Program(jaxpr, tuple(value for value, _ in consts)))

    def _constant(self, body: Any) -> tuple[Any, Type]:
        place, number = body
        aval = self._aval(number)
        value = self.constants[_index(place, len(self.constants))]
        if isinstance(value, Key):
            words, dtype = value.data, KeyType(value.generator)
            is_same = words.dtype == np.uint32 and words.ndim and words.shape[:-1] == aval.shape
        else:
            is_same, dtype = value.shape == aval.shape, value.dtype
        if not is_same or type(aval.dtype) is not type(dtype) or aval.dtype != dtype:
            raise PortableError("a constant of another type")
        return value, aval

    def _many(self, value: Any, limit: int = MAX_ITEMS) -> list[Any]:
        """A list, whose items count."""
        found = _list(value, limit)
        self.values += len(found)
        if self.values > MAX_VALUES:
            raise PortableError("too many values")
        return found

    def _aval(self, number: Any) -> Type:
        return self.types[_index(number, len(self.types))]

    def _equation(self, body: Any, known: list[Variable]) -> Equation:
        name, params, inputs, outputs = body
        name = _known(name)
        atoms = tuple(self._atom(atom, known) for atom in self._many(inputs))
        found = {_name(key): self._parameter(value, 0) for key, value in self._many(params)}
        outvars = tuple(Variable(self._aval(number)) for number in self._many(outputs))
        if name in CALLING and not _fits(found.get("jaxpr"), atoms, outvars):
            raise PortableError("a call of something else")
        known += outvars
        return Equation(Operation(name), atoms, outvars, found)

    def _atom(self, body: Any, known: Sequence[Variable]) -> Variable | Literal:
        if type(body) is int:
            return known[_index(body, len(known))]
        number, value = body
        aval = self._aval(number)
        if aval.shape != () or not isinstance(aval.dtype, np.dtype):
            raise PortableError("a number of another type")
        return Literal(np.asarray(_number(value), aval.dtype), aval)

    def _parameter(self, body: Any, depth: int) -> Any:  # noqa: PLR0911, C901  (a table of kinds)
        if body is None or type(body) in {bool, int, float}:
            return body
        if depth > MAX_DEPTH:
            raise PortableError("a parameter that is too deep")
        kind, value = body
        if kind == "s":
            return _text(value)
        if kind in {"t", "l"}:
            items = [self._parameter(item, depth + 1) for item in self._many(value)]
            return tuple(items) if kind == "t" else items
        if kind == "d":
            return _dtype(value)
        if kind == "f":
            return float(_text(value))
        if kind == "e":
            name, member = value
            return Enumerated(_type_name(name), _name(member))
        if kind == "o":
            return Operation(_known(value))
        if kind == "g":
            return Generator(_name(value))
        if kind == "n":
            name, fields = value
            pairs = [(_name(n), self._parameter(x, depth + 1)) for n, x in self._many(fields, 40)]
            return Fields(_type_name(name), dict(pairs))
        if kind == "p":
            at = _index(value, len(self.programs))
            self.deepest = max(self.deepest, self.nested[at])
            return self.programs[at]
        raise PortableError("a parameter of an unknown kind")


def _fits(program: Any, given: Sequence[Variable | Literal], results: Sequence[Variable]) -> bool:
    """Whether something is a program that takes such values, and gives such results."""
    if not isinstance(program, Program):
        return False
    taken, made = (list(map(_told, found)) for found in (program.in_avals, program.out_avals))
    return taken == [_told(one.aval) for one in given] and made == [_told(x.aval) for x in results]


def _told(aval: Type) -> tuple[Any, ...]:
    return aval.shape, aval.dtype


def _type(body: Any) -> Type:
    name, shape, is_weak = body
    sizes = tuple(_list(shape, MAX_RANK))
    if not all(type(size) is int and 0 <= size < MAX_LENGTH for size in sizes):
        raise PortableError("an invalid shape")
    if math.prod(sizes) >= MAX_LENGTH:
        raise PortableError("an array that is too large")
    return Type(sizes, _dtype(name), bool(is_weak))


def _dtype(name: Any) -> Any:
    if isinstance(name, str) and name.startswith(KEYS):
        return KeyType(_name(name.removeprefix(KEYS)))
    if name not in DTYPES:
        raise PortableError("a dtype that is not known")
    return dtype_named(name)


def dtype_named(name: str) -> Any:
    """NumPy's dtype of a name; some come with JAX."""
    if name in {"bfloat16", "int4", "uint4"}:
        import ml_dtypes  # noqa: PLC0415  (few need it)

        return np.dtype(getattr(ml_dtypes, name))
    return np.dtype(name)


def _number(value: Any) -> Any:
    """A number as JSON has it, or one that it does not have: a text, or two of a complex one."""
    if type(value) in {bool, int, float}:
        return value
    if isinstance(value, str):
        return float(_text(value))
    real, imaginary = map(_number, value)
    return complex(real, imaginary)


def _index(number: Any, count: int) -> int:
    if type(number) is not int or not 0 <= number < count:
        raise PortableError("something that is not there")
    return number


def _known(name: Any) -> str:
    if name not in KNOWN:
        raise PortableError("an operation that is not known")
    return str(name)


def _type_name(value: Any) -> str:
    if value not in TYPES:
        raise PortableError("a type of parameters that is not known")
    return str(value)


def _name(value: Any) -> str:
    return _text(value, MAX_NAME)


def _text(value: Any, limit: int = MAX_ITEMS) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise PortableError("not a text, or too long")
    return value


def _list(value: Any, limit: int = MAX_ITEMS) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise PortableError("not a list, or too long")
    return value
