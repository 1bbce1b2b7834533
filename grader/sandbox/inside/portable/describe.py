"""A traced program described as plain data: a text, and the arrays and keys that it names.

Callables are not carried: an inner program that stands beside one (a function with a derivative of
its own) is enough. What says where arrays lie is left out, since there is one device. Printing is
left out as well. Anything else that is not plain data raises PortableError.
"""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from ..evaluator import jax_internals
from ..frames import Key
from . import data
from .data import PortableError
from .names import KNOWN

SHARDING = frozenset({"sharding", "out_sharding"})
"""Parameters that say where arrays lie, and are told to be None: there is one device."""
LEFT_OUT = frozenset(
    "in_shardings out_shardings in_layouts out_layouts layout ctx_mesh donated_invars "
    "compiler_options_kvs resource_env keep_unused inline name debug_info prevent_cse "
    "differentiated policy jvp_jaxpr_fun jvp_jaxpr_thunk fwd_jaxpr_thunk bwd out_trees num_consts "
    "symbolic_zeros linear computation consts _split_transpose unroll update_jaxpr update_consts "
    "copy_semantics".split()
)
"""Parameters that say nothing about the values: the same, how a call is compiled, and how it is
differentiated where that is done already."""
IN_WHOLE = {"scan": frozenset({"num_consts"}), "scatter": frozenset({"update_jaxpr"})}
"""Parameters of that name which do say something, by operation."""
BROUGHT = ("consts", "update_consts")
"""Parameters with the constants of an inner program, which are not carried."""
COMPILED = frozenset({"jit", "pjit"})
CALLS = {
    **dict.fromkeys(("remat2", "checkpoint", "remat_opt"), "jaxpr"),
    **dict.fromkeys(
        ("custom_jvp_call", "custom_vjp_call", "closed_call", "core_call"), "call_jaxpr"
    ),
    **dict.fromkeys(("custom_vjp_call_jaxpr",), "fun_jaxpr"),
    "custom_vmap_call": "call",
    "call": "call_jaxpr",
}
"""Operations that run one inner program, and the parameter that contains it."""
SAME = frozenset(
    "device_put name sharding_constraint pvary layout_constraint reshard stop_gradient".split()
)
"""Operations that give what they get."""
EMPTY = frozenset({"empty", "empty2"})
"""Operations that give an array of which nobody reads the numbers."""
SILENT = frozenset("debug_callback debug_print".split())
"""Operations that only print."""

_tracer: Any = jax.core.Tracer
_prng_key: Any = jax.dtypes.prng_key
_issubdtype: Any = jax.numpy.issubdtype
_key_data, _key_impl = jax.random.key_data, jax.random.key_impl
_literal: Any = jax_internals.literal()
_PRIMITIVES = jax_internals.operations()
"""JAX's own: what has the name of one may still do something else."""


def describe(closed: Any) -> tuple[bytes, list[Any]]:
    """The text of a program as JAX traced it, and its constants. Raises PortableError."""
    writer = _Writer()
    try:
        writer.program(closed, 0)
        tree = [data.FORMAT, writer.types, writer.programs]
        text = json.dumps(tree, separators=(",", ":"), allow_nan=False).encode()
    except PortableError:
        raise
    except Exception as error:  # a size that is a name, an array that is gone, and the like
        raise PortableError(f"{type(error).__name__:.40}") from error
    if len(text) > data.MAX_TEXT:
        raise PortableError("large")
    return text, writer.constants


class _Writer:
    """The tables of a text as they grow."""

    def __init__(self) -> None:
        self.types: list[Any] = []
        self.programs: list[Any] = []
        self.constants: list[Any] = []
        self._types: dict[Any, int] = {}
        self._programs: dict[int, tuple[int, Any]] = {}
        self._constants: dict[int, tuple[int, Any]] = {}
        self.equations = 0
        self.bytes = 0

    def program(self, closed: Any, depth: int) -> int:
        """The number of a program, described when it is first seen."""
        jaxpr = getattr(closed, "jaxpr", closed)
        known = self._programs.get(id(closed))
        if known is not None:
            return known[0]
        if depth > data.MAX_NESTED:
            raise PortableError("deep")
        numbers: dict[Any, Any] = {}
        places = []
        for variable, value in zip(jaxpr.constvars, getattr(closed, "consts", ()), strict=True):
            numbers[variable] = len(numbers)
            places.append([self._constant(value, variable.aval), self._type(variable.aval)])
        for variable in jaxpr.invars:
            numbers[variable] = len(numbers)
        inputs = [self._type(variable.aval) for variable in jaxpr.invars]
        self.equations += len(jaxpr.eqns)
        if self.equations > data.MAX_EQUATIONS:
            raise PortableError("many")
        equations: list[Any] = []
        count = len(numbers)
        for equation in jaxpr.eqns:
            count = self._equation(equation, numbers, count, equations, depth)
        outputs = [self._atom(atom, numbers) for atom in jaxpr.outvars]
        self.programs.append([places, inputs, equations, outputs])
        self._programs[id(closed)] = len(self.programs) - 1, closed
        return len(self.programs) - 1

    def _equation(
        self, equation: Any, numbers: dict[Any, Any], count: int, equations: list[Any], depth: int
    ) -> int:
        """How many variables there are after an equation, which is added to the others."""
        name = _operation(equation.primitive)
        if name in SILENT and not equation.outvars:
            return count
        if name in SAME and len(equation.invars) == len(equation.outvars):
            for variable, atom in zip(equation.outvars, equation.invars, strict=True):
                numbers[variable] = self._atom(atom, numbers)
            return count
        if name == "platform_index":
            place = _platform(equation.params["platforms"])
            numbers[equation.outvars[0]] = [self._type(equation.outvars[0].aval), place]
            return count
        atoms = equation.invars
        if name in EMPTY:
            equations.append(self._emptied(equation.outvars[0].aval))
            numbers[equation.outvars[0]] = count
            return count + 1
        if name == "custom_linear_solve":
            name, params, atoms = self._solving(equation, depth)
        elif name in CALLS:
            params = [["p", self.program(equation.params[CALLS[name]], depth + 1)]]
            name, params = "call", [["jaxpr", params[0]]]
        else:
            name = "jit" if name in COMPILED else name
            if name not in KNOWN or any(equation.params.get(part) for part in BROUGHT):
                raise PortableError(f"operation {name:.40}")
            params = self._parameters(name, equation.params, depth)
        inputs = [self._atom(atom, numbers) for atom in atoms]
        outputs = []
        for variable in equation.outvars:
            numbers[variable] = count
            outputs.append(self._type(variable.aval))
            count += 1
        equations.append([name, params, inputs, outputs])
        return count

    def _emptied(self, aval: Any) -> list[Any]:
        """Zeros, in the place of what JAX leaves undefined."""
        shape = ["t", [int(size) for size in aval.shape]]
        params = [["broadcast_dimensions", ["t", []]], ["shape", shape], ["sharding", None]]
        scalar = self._type(aval.update(shape=(), sharding=None))
        return ["broadcast_in_dim", params, [[scalar, 0]], [self._type(aval)]]

    def _solving(self, equation: Any, depth: int) -> tuple[str, list[Any], Sequence[Any]]:
        """A linear system's solution as a call of what solves it."""
        lengths, programs = equation.params["const_lengths"], equation.params["jaxprs"]
        before = lengths.matvec + lengths.vecmat
        consts = equation.invars[before : before + lengths.solve]
        right = equation.invars[sum(lengths) :]
        solving = ["p", self.program(programs.solve, depth + 1)]
        return "call", [["jaxpr", solving]], [*consts, *right]

    def _parameters(self, name: str, params: Any, depth: int) -> list[Any]:
        kept = IN_WHOLE.get(name, frozenset())
        return [
            [key, None if key in SHARDING else self._parameter(value, depth)]
            for key, value in sorted(params.items())
            if key not in LEFT_OUT or key in kept
        ]

    def _parameter(self, value: Any, depth: int) -> Any:  # noqa: PLR0911, C901  (a table of kinds)
        if value is None or type(value) in {bool, int}:
            return value
        if type(value) is float:
            return value if math.isfinite(value) else ["f", repr(value)]
        if type(value) is str:
            return ["s", value]
        if hasattr(value, "key_shape") and hasattr(value, "name"):
            return ["g", value.name]
        if getattr(value, "name", "") in KNOWN and value in _PRIMITIVES:
            return ["o", value.name]
        if isinstance(value, enum.Enum):
            return ["e", [type(value).__name__, value.name]]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            both = zip(value._fields, value, strict=True)
            fields = [[key, self._parameter(item, depth)] for key, item in both]
            return ["n", [type(value).__name__, fields]]
        if isinstance(value, (tuple, list)):
            items = [self._parameter(item, depth) for item in value]
            return ["t" if isinstance(value, tuple) else "l", items]
        if isinstance(value, (np.bool_, np.integer, np.floating)):
            return self._parameter(value.item(), depth)
        if hasattr(getattr(value, "jaxpr", value), "eqns"):
            return ["p", self.program(value, depth + 1)]
        if isinstance(value, np.dtype) or _issubdtype(value, _prng_key):
            return ["d", _dtype_name(value)]
        if isinstance(value, type) and issubclass(value, np.generic):
            return ["d", _dtype_name(np.dtype(value))]
        raise PortableError(f"parameter {type(value).__name__:.40}")

    def _type(self, aval: Any) -> int:
        found = self._types.get(aval)
        if found is None:
            sizes = [int(size) for size in aval.shape]
            found = self._types[aval] = len(self.types)
            is_weak = bool(getattr(aval, "weak_type", False))
            self.types.append([_dtype_name(aval.dtype), sizes, is_weak])
        return found

    def _atom(self, atom: Any, numbers: dict[Any, Any]) -> Any:
        if type(atom) is not _literal:
            return numbers[atom]
        return [self._type(atom.aval), _number(np.asarray(atom.val, atom.aval.dtype).item())]

    def _constant(self, value: Any, aval: Any) -> int:
        known = self._constants.get(id(value))
        if known is not None:
            return known[0]
        if isinstance(value, _tracer):
            raise PortableError("a constant that is traced")
        if _issubdtype(aval.dtype, _prng_key):
            found: Any = Key(np.asarray(_key_data(value)), str(_key_impl(value)))
            self.bytes += found.data.nbytes
        else:
            found = np.asarray(value, aval.dtype)
            self.bytes += found.nbytes
        if self.bytes > data.MAX_CONSTANT_BYTES:
            raise PortableError("large")
        self.constants.append(found)
        self._constants[id(value)] = len(self.constants) - 1, value
        return len(self.constants) - 1


def _operation(primitive: Any) -> str:
    """The name of a primitive of JAX's own."""
    if primitive not in _PRIMITIVES:
        raise PortableError(f"operation {primitive.name:.40} of another package")
    return str(primitive.name)


def _platform(platforms: Any) -> int:
    """Which of the branches for several platforms is that of a processor."""
    for at, names in enumerate(platforms):
        if names is None or "cpu" in names:
            return at
    raise PortableError("no branch for this platform")


def _number(value: Any) -> Any:
    if isinstance(value, complex):
        return [_number(value.real), _number(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def _dtype_name(dtype: Any) -> str:
    generator = jax_internals.generator(dtype)
    name: str = data.KEYS + generator.name if generator is not None else np.dtype(dtype).name
    if generator is None and name not in data.DTYPES:
        raise PortableError(f"dtype {name:.40}")
    return name
