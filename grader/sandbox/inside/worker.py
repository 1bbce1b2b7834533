"""The child's side of one submission: run statements, call functions, tell what came back.

Serves requests from the judge over one socket until that closes. Holds nothing but the
student's code and the inputs of the call at hand. Nothing it says is believed without being
checked: it may have been taken over by the code that it runs.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import builtins
import contextlib
import functools
import inspect
import linecache
import socket
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from inside import beginning, figures, frames, notebook
from inside.evaluator import counts, interpreter, programs

FLAGS = __future__.annotations.compiler_flag | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
MAX_COMPILED_EQUATIONS = 600
"""A traced program longer than this is run operation by operation: compiling it would cost more."""
MAX_EQUATIONS = 1_000_000
MAX_MESSAGE = 2_000
MAX_FRAMES = 12

Request = Mapping[str, Any]


class Worker:
    """The namespaces ("spaces") of one submission, by number."""

    def __init__(self) -> None:
        self.spaces: dict[int, dict[str, Any]] = {}
        self.modules: dict[int, dict[str, dict[str, Any]]] = {}
        """The namespaces of files that the statements of a space import, by name."""

    def answer(self, request: Request) -> Any:
        """What the request asks for; whatever the student's code raises is part of the answer."""
        operation: Callable[..., Any] = getattr(self, "on_" + request["op"])
        try:
            return operation(request)
        except BaseException as error:  # noqa: BLE001  (student code may raise anything)
            return {"error": tell(error)}

    def on_open(self, request: Request) -> Any:
        """Make an empty namespace that behaves like a notebook's."""
        figures.clear()
        module = types.ModuleType("__main__")
        space = module.__dict__
        space["__builtins__"] = notebook.builtins_for_students()
        notebook.offer_modules(request["modules"])
        linked = request.get("linked", {})
        self.modules[request["space"]] = {
            name: notebook.add_module(name, is_package=linked[name]) for name in linked
        }
        self.spaces[request["space"]] = space
        if request["main"]:
            sys.modules["__main__"] = module
        return {}

    def _all_of(self, request: Request) -> list[dict[str, Any]]:
        number = request["space"]
        return [self.spaces[number], *self.modules[number].values()]

    def on_bind(self, request: Request) -> Any:
        """Bind names to values, as JAX arrays of the submission's own float type."""
        for name, value in request["values"].items():
            for space in self._all_of(request):
                space[name] = to_inside(value)
        return {}

    def on_execute(self, request: Request) -> Any:
        """Run one top-level statement of a cell."""
        space = self.spaces[request["space"]]
        if request.get("module"):
            space = self.modules[request["space"]][request["module"]]
        run(request["source"], request["cell"], space)
        if request.get("is_variable"):
            notebook.read_environment()
        for name, value in request["rebind"].items():
            space[name] = to_inside(value)
        return {}

    def on_stand_in(self, request: Request) -> Any:
        """Bind names to trusted functions made from the assignment's stand-ins."""
        module: dict[str, Any] = {"__name__": "stand_in", "__builtins__": builtins}
        exec(compile(request["source"], "<stand-in>", "exec"), module)  # noqa: S102
        module.update({name: to_inside(value) for name, value in request["values"].items()})
        for name, expression in request["names"].items():
            function = eval(expression, module)  # noqa: S307
            for space in self._all_of(request):
                space[name] = function
        return {}

    def on_describe(self, request: Request) -> Any:
        """Which of the names are bound, to what, and how the callable ones may be called."""
        space = self.spaces[request["space"]]
        return {name: describe(space[name]) for name in request["names"] if name in space}

    def on_read(self, request: Request) -> Any:
        """The values of names as plain data."""
        space = self.spaces[request["space"]]
        return {name: to_plain(space[name]) for name in request["names"] if name in space}

    def on_evaluate(self, request: Request) -> Any:
        """The value of an expression over the inputs and the student's names."""
        scope = {**self.spaces[request["space"]], **TRUSTED}
        inputs = {name: to_inside(value) for name, value in request["inputs"].items()}
        code = compile(request["expression"], "<call>", "eval")
        return evaluate(code, scope, inputs, request["mode"])

    def on_draw(self, request: Request) -> Any:
        """Run a drawing expression, if there is one, and tell what stands in all figures."""
        scope = {**self.spaces[request["space"]], **TRUSTED}
        scope.update({name: to_inside(value) for name, value in request["inputs"].items()})
        error = None
        if request["expression"]:
            try:
                eval(compile(request["expression"], "<call>", "eval"), scope)  # noqa: S307
            except BaseException as raised:  # noqa: BLE001
                error = tell(raised)
        return {"figures": figures.collect(picture=request["picture"]), "error": error}

    def on_control(self, _: Request) -> Any:
        """Whether a program that is known to work does; asked before any student's code runs."""
        return {"is_sound": beginning.control()}

    def on_clear_figures(self, _: Request) -> Any:
        """Forget all figures drawn so far."""
        figures.clear()
        return {}


def run(source: str, cell: int, space: dict[str, Any]) -> None:
    """Execute a statement's text as part of the numbered cell, with top-level await allowed."""
    filename = f"<cell {cell}>"
    code = compile(source, filename, "exec", flags=FLAGS, dont_inherit=True)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    result = eval(code, space)  # noqa: S307
    if inspect.iscoroutine(result):
        asyncio.run(result)


def evaluate(  # noqa: PLR0911  (one return a way)
    code: types.CodeType, scope: dict[str, Any], inputs: dict[str, Any], mode: str
) -> dict[str, Any]:
    """Value of the code: compiled as one program where it can be traced, else run plainly.

    `mode` is "auto", "eager" (never traced), "trace" (only the program's size), "builds" or
    "steps" (only these are counted).
    """
    arrays = {name: value for name, value in inputs.items() if isinstance(value, jax.Array)}
    fixed = {name: value for name, value in inputs.items() if name not in arrays}

    def call(arrays: dict[str, Any]) -> Any:
        return eval(code, {**scope, **fixed, **arrays})  # noqa: S307

    if mode == "builds":
        again = {name: _again(value) for name, value in arrays.items()}
        return {"builds": counts.builds(call, arrays, again)}
    if mode == "steps":
        return {"steps": counts.steps(call, arrays)}
    trace_error: dict[str, Any] | None = None
    if mode != "eager":
        try:
            with jax.disable_jit(False):
                closed, shapes = _make_jaxpr(call, return_shape=True)(arrays)
            equations = count_equations(closed.jaxpr)
        except BaseException as error:  # noqa: BLE001
            trace_error = tell(error)
            if mode == "trace" or isinstance(error, (SystemExit, MemoryError)):
                return {"error": trace_error}
        else:
            if mode == "trace":
                return {"equations": equations}
            with contextlib.suppress(Exception):
                value = traced(closed, shapes, arrays, equations)
                return {"value": to_plain(value), "mode": "jit", "equations": equations}
            return {"value": to_plain(call(arrays)), "mode": "eager", "equations": equations}
    value = to_plain(call(arrays))
    return {"value": value, "mode": "eager", "trace_error": trace_error}


def _again(value: jax.Array) -> Any:
    """The same array once more, as another object."""
    if jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        return jax.random.wrap_key_data(jax.random.key_data(value))
    return to_inside(np.asarray(value))


def traced(closed: Any, shapes: Any, arrays: dict[str, Any], equations: int) -> Any:
    """The traced program's result. Raises when it is too long to be compiled, and has to be."""
    leaves = jax.tree.leaves(arrays)
    try:
        results = interpreter.run(closed, leaves)
    except Exception:
        if equations > MAX_COMPILED_EQUATIONS:
            raise
        program = functools.partial(jax.core.eval_jaxpr, closed.jaxpr, closed.consts)
        with jax.disable_jit(False), programs.compiled():
            results = jax.jit(program)(*leaves)
    return jax.tree.unflatten(jax.tree.structure(shapes), results)


_make_jaxpr = jax.make_jaxpr
"""As it was before any student's code ran; what that puts in its place tells no sizes."""


def count_equations(jaxpr: Any) -> int:
    """How many operations a traced program has, its inner programs counted where they stand."""
    total = 0
    pending = [jaxpr]
    while pending and total < MAX_EQUATIONS:
        current = pending.pop()
        total += len(current.eqns)
        for equation in current.eqns:
            for parameter in equation.params.values():
                items = parameter if isinstance(parameter, (tuple, list)) else (parameter,)
                for item in items:
                    inner = getattr(item, "jaxpr", item)
                    if hasattr(inner, "eqns"):
                        pending.append(inner)
    return total


def to_inside(value: Any) -> Any:
    """A value from the judge as the student's code gets it: arrays become JAX arrays."""
    if isinstance(value, frames.Code):
        return eval(value.expression, dict(TRUSTED))  # noqa: S307
    if isinstance(value, frames.Plain):
        return value.array
    if isinstance(value, np.ndarray):
        # Converted by NumPy and put, since `jnp.asarray` compiles a program for each shape.
        own = jax.dtypes.canonicalize_dtype(float if value.dtype.kind == "f" else value.dtype)
        return jax.device_put(value.astype(own, copy=True))
    if isinstance(value, (tuple, list)):
        return type(value)(to_inside(item) for item in value)
    if isinstance(value, dict):
        return {name: to_inside(item) for name, item in value.items()}
    return value


def to_plain(value: Any, depth: int = 0) -> Any:
    """What the student's code returned, as plain data; whatever is none becomes Opaque."""
    if value is None or type(value) in {bool, int, float, str}:
        return value if not isinstance(value, str) else value[:MAX_MESSAGE]
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        value = jax.random.key_data(value)
    if isinstance(value, (tuple, list)) and depth < frames.MAX_DEPTH:
        if len(value) > 16:
            with contextlib.suppress(Exception):
                array = np.asarray(value)
                if array.dtype.name in frames.DTYPES:
                    return array
        items = [to_plain(item, depth + 1) for item in value[: frames.MAX_LEAVES // 10]]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict) and depth < frames.MAX_DEPTH:
        return {str(key)[:100]: to_plain(item, depth + 1) for key, item in value.items()}
    if hasattr(value, "__array__"):
        with contextlib.suppress(Exception):
            array = np.asarray(value)
            if array.dtype.name not in frames.DTYPES and array.dtype.kind in "fV":
                array = array.astype(np.float32)
            if array.dtype.name in frames.DTYPES:
                return array
    return frames.Opaque(type(value).__name__)


def describe(value: Any) -> dict[str, Any]:
    """Whether a value is callable, its type, and its parameters as (name, kind, has default)."""
    parameters = None
    if callable(value):
        with contextlib.suppress(Exception):
            parameters = [
                (item.name, item.kind.name, item.default is not item.empty)
                for item in inspect.signature(value).parameters.values()
            ][:50]
    return {
        "callable": callable(value),
        "type": type(value).__name__,
        "parameters": parameters,
        "is_async": inspect.iscoroutinefunction(value),
    }


def tell(error: BaseException) -> dict[str, Any]:
    """An exception as plain data: its class, text, and where in the student's cells it arose."""
    try:
        message = without_inner_trace(str(error))[:MAX_MESSAGE]
    except BaseException:  # noqa: BLE001
        message = ""
    passed = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        passed.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        passed.append((str(error.filename), error.lineno or 1, ""))
    places = [(name[6:-1], *rest) for name, *rest in passed if name.startswith("<cell ")]
    told: dict[str, Any] = {
        "kind": type(error).__name__,
        "message": message,
        "places": places[-MAX_FRAMES:],
    }
    own = [item for item in passed if item[0].startswith("<cell ") or item[0].endswith(".py>")]
    if own and own[-1][0].endswith(".py>"):
        told["file"] = own[-1][0][1:-1], own[-1][1]
    return told


def without_inner_trace(message: str) -> str:
    """A message in which another error is printed whole, with only the last line of that."""
    head, mark, trace = message.partition("Traceback (most recent call last):")
    return head + trace.strip().rpartition("\n")[2] if mark else message


def as_imported(module: types.ModuleType, *inner: str) -> types.ModuleType:
    """A copy of a module's names, and of modules in it, that later changes to it do not reach."""
    copy = types.ModuleType(module.__name__)
    copy.__dict__.update(module.__dict__)
    for name in inner:
        setattr(copy, name, as_imported(getattr(module, name)))
    return copy


TRUSTED: dict[str, Any] = {
    "jax": as_imported(jax, "lax", "random", "tree"),
    "jnp": as_imported(jnp, "linalg"),
    "np": as_imported(np, "linalg"),
    "partial": functools.partial,
}
"""What the judge's expressions name, as it was before any student's code ran."""


def hide() -> None:
    """Let no import find what runs here. The functions keep what they need."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "inside"]:
        del sys.modules[name]


def serve(connection: socket.socket) -> None:
    """Answer requests until the judge closes the connection."""
    notebook.prepare()
    hide()
    worker = Worker()
    while True:
        try:
            request = frames.receive(connection)
        except (EOFError, OSError):
            return
        connection.sendall(frames.encode(worker.answer(request)))
