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
import inspect
import linecache
import socket
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax

from inside import beginning, figures, frames, notebook, tracing
from inside.calls import Inputs, Traces, evaluate
from inside.errors import tell
from inside.files import Files
from inside.trees import to_inside, to_plain
from inside.trusted import LOADED, TRUSTED, helpers

_config: Any = jax.config
FLAGS = __future__.annotations.compiler_flag | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

MAX_PLACES = 1000
"""So many copies of an input are made at most until one is where an earlier input was."""
MAX_COPIED = 1 << 20
"""Larger inputs, in bytes, are not copied for that."""

Request = Mapping[str, Any]


class Worker:
    """The namespaces ("spaces") of one submission, by number."""

    def __init__(self) -> None:
        self.spaces: dict[int, dict[str, Any]] = {}
        self.modules: dict[int, dict[str, dict[str, Any]]] = {}
        """The namespaces of files that the statements of a space import, by name."""
        self.traces: dict[int, Traces] = {}
        """What tracing gave in a space, by `Inputs.key`."""
        self.helpers: dict[int, dict[str, Any]] = {}
        """What the expressions that are asked of a space may name beside the student's own."""
        self.keeps_width = False
        """Whether floats keep their 64 bits."""
        self.places: dict[str, set[int]] = {}
        """Where the inputs of later calls were in memory, by name."""
        self.files = Files()

    def answer(self, request: Request) -> Any:
        """What the request asks for; whatever the student's code raises is part of the answer."""
        operation: Callable[..., Any] = getattr(self, "on_" + request["op"])
        try:
            with self.files.there(request.get("space") if request["op"] != "open" else None):
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
        self.files.give(request["space"], request.get("files", {}))
        self.traces[request["space"]] = {}
        self.keeps_width = bool(request.get("float64"))
        if self.keeps_width:
            _config.update("jax_enable_x64", True)
        self.helpers[request["space"]] = {**helpers(request.get("helpers", "")), **TRUSTED}
        if request["main"]:
            sys.modules["__main__"] = module
        return {}

    def _all_of(self, request: Request) -> list[dict[str, Any]]:
        number = request["space"]
        return [self.spaces[number], *self.modules[number].values()]

    def _inside(self, request: Request, value: Any, arrays: Sequence[Any] = ()) -> Any:
        """An input as the student's code gets it; what it stands for is looked up in the space."""
        number = request["space"]
        own, known = self.spaces[number], self.helpers[number]

        def evaluated(text: str) -> Any:
            scope = {
                **{name: own[name] for name in request.get("needs", ()) if name in own},
                **known,
            }
            return eval(compile(text, "<input>", "eval"), scope)  # noqa: S307

        def class_of(record: frames.Record) -> Any:
            found = own.get(record.type_name)
            return found if isinstance(found, type) else None

        return to_inside(value, evaluated, class_of, keeps_width=self.keeps_width, arrays=arrays)

    def on_keep(self, request: Request) -> Any:
        """Remember what is in files that namespaces will have."""
        self.files.keep(request["contents"])
        return {}

    def on_bind(self, request: Request) -> Any:
        """Bind names to values, as JAX arrays of the submission's own float type."""
        for name, value in request["values"].items():
            for space in self._all_of(request):
                space[name] = self._inside(request, value)
        self.traces[request["space"]].clear()
        return {}

    def on_execute(self, request: Request) -> Any:
        """Run one top-level statement of a cell."""
        self.traces[request["space"]].clear()
        space = self._run(request, request)
        for name, value in request["rebind"].items():
            space[name] = self._inside(request, value)
        return {}

    def _run(self, request: Request, statement: Request) -> dict[str, Any]:
        """Run a statement in the namespace that is its own, and give that."""
        space = self.spaces[request["space"]]
        if statement.get("module"):
            space = self.modules[request["space"]][statement["module"]]
        run(statement["source"], statement["cell"], space)
        if statement.get("is_variable"):
            notebook.read_environment()
        return space

    def on_stand_in(self, request: Request) -> Any:
        """Bind names to trusted functions made from the assignment's stand-ins."""
        values = request["values"].items()
        self._stand_in(request, request, {n: self._inside(request, value) for n, value in values})
        self.traces[request["space"]].clear()
        return {}

    def _stand_in(self, request: Request, texts: Request, values: Mapping[str, Any]) -> None:
        module: dict[str, Any] = {"__name__": LOADED, "__builtins__": builtins}
        exec(compile(texts["source"], "<stand-in>", "exec", dont_inherit=True), module)  # noqa: S102
        module.update(values)
        for name, expression in texts["names"].items():
            function = eval(expression, module)  # noqa: S307
            for space in self._all_of(request):
                space[name] = function

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
        scope = {**self.spaces[request["space"]], **self.helpers[request["space"]]}
        make = self._in_place_of_another if request.get("later") else self._made
        made = {name: make(request, name, value) for name, value in request["inputs"].items()}
        code = compile(request["expression"], "<call>", "eval")
        inputs = Inputs.of(made)
        key = b"" if request.get("anew") else inputs.key(request["expression"])
        return evaluate(code, scope, inputs, request["mode"], self.traces[request["space"]], key)

    def on_trace(self, request: Request) -> Any:
        """The program of an expression, or of the names that statements bind, on shapes alone.

        With "statements", these run within the trace, in an empty namespace, with what they read.
        """
        number = request["space"]
        problems: dict[int, Any] = {}

        def call(arrays: Sequence[Any]) -> Any:
            if "statements" in request:
                self._run_within(request, arrays, problems)
            space = self.spaces[number]
            if "names" in request:
                return tracing.read(space, request["names"])
            scope = {**space, **self.helpers[number]}
            inputs = request["inputs"].items()
            scope.update({name: self._inside(request, value, arrays) for name, value in inputs})
            return eval(compile(request["expression"], "<call>", "eval"), scope)  # noqa: S307

        shapes = tracing.types_of(request["leaves"], keeps_width=self.keeps_width)
        told = tracing.traced(call, shapes)
        names = request.get("describe", ())
        described = self.on_describe({"space": number, "names": names})
        if "statements" in request:
            self.spaces[number].clear()
        return {"traced": told, "problems": problems, "described": described}

    def _run_within(
        self, request: Request, arrays: Sequence[Any], problems: dict[int, Any]
    ) -> None:
        """Bind the values, and run the statements; those whose names come later once more."""
        values = {n: self._inside(request, v, arrays) for n, v in request["values"].items()}
        for space in self._all_of(request):
            space.update(values)
        if request["stand_ins"]:
            self._stand_in(request, request["stand_ins"], values)
        pending = list(request["statements"])
        while pending:
            waiting = []
            for index, statement in pending:
                problems.pop(index, None)
                try:
                    space = self._run(request, statement)
                    space.update({n: values[n] for n in statement["rebind"] if n in values})
                except (SystemExit, KeyboardInterrupt, MemoryError):
                    raise
                except BaseException as error:  # noqa: BLE001  (student code may raise anything)
                    problems[index] = tell(error)
                    if isinstance(error, NameError):
                        waiting.append((index, statement))
            if len(waiting) == len(pending):
                return
            pending = waiting

    def _made(self, request: Request, _: str, value: Any) -> Any:
        return self._inside(request, value)

    def _in_place_of_another(self, request: Request, name: str, value: Any) -> Any:
        """The value, if it can be where an earlier one was: code that goes by `id` is seen so.

        What the code still holds keeps its place, and no other value gets that.
        """
        made = [self._inside(request, value)]
        before = self.places.setdefault(name, set())
        is_small = getattr(value, "nbytes", 0) < MAX_COPIED
        while is_small and before and id(made[-1]) not in before and len(made) < MAX_PLACES:
            made.append(self._inside(request, value))
        before.add(id(made[-1]))
        return made[-1]

    def on_draw(self, request: Request) -> Any:
        """Run a drawing expression, if there is one, and tell what stands in all figures."""
        scope = {**self.spaces[request["space"]], **self.helpers[request["space"]]}
        inputs = request["inputs"].items()
        scope.update({name: self._inside(request, value) for name, value in inputs})
        error = None
        if request["expression"]:
            try:
                code = compile(request["expression"], "<call>", "eval")
                figures.look_at(eval(code, scope))  # noqa: S307
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
