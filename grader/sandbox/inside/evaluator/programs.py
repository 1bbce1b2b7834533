"""What happens when JAX is about to build a program: it is noted, and run without being compiled.

Students' programs are small and run a few times, so `interpreter` evaluates them. Only what that
cannot do goes on to XLA.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

import jax

from . import interpreter, jax_internals

LOWERED = "/jax/core/compile/jaxpr_to_mlir_module_duration"
"""What JAX tells who listens for each program that it builds."""

_notes: list[dict[int, Any]] = []


@contextlib.contextmanager
def noted() -> Iterator[dict[int, Any]]:
    """The programs that this process asks for meanwhile, by their identity."""
    notes: dict[int, Any] = {}
    _notes.append(notes)
    try:
        yield notes
    finally:
        _notes.remove(notes)


def install(*, evaluates: bool = True) -> None:
    """Look at each program before it is built; `evaluates` is for where nothing else is said.

    With a JAX that is not known all programs are built, and only noted; where JAX builds them by
    another way than the hook, they are noted by what JAX tells of itself.
    """
    build = jax_internals.hook()
    if build is None:
        jax.monitoring.register_event_duration_secs_listener(_listen)
    else:
        is_able = jax_internals.is_known()
        jax_internals.set_hook(_running(build, is_able=is_able, evaluates=evaluates))


def _listen(event: str, duration_secs: float, **_: Any) -> None:
    del duration_secs
    if event == LOWERED:
        _note(object())


def _note(program: Any) -> None:
    for notes in _notes:
        notes[id(program)] = program


@contextlib.contextmanager
def evaluated() -> Iterator[None]:
    """Evaluate what is run meanwhile, in a process that otherwise compiles."""
    _install_for_some()
    with _said(evaluates=True):
        yield


@contextlib.contextmanager
def compiled() -> Iterator[None]:
    """Compile what is run meanwhile, in a process that otherwise evaluates."""
    with _said(evaluates=False):
        yield


_evaluates: ContextVar[bool] = ContextVar("evaluates")


@contextlib.contextmanager
def _said(*, evaluates: bool) -> Iterator[None]:
    token = _evaluates.set(evaluates)
    try:
        yield
    finally:
        _evaluates.reset(token)


@functools.cache
def _install_for_some() -> None:
    install(evaluates=False)


def _running(build: Callable[..., Any], *, is_able: bool, evaluates: bool) -> Any:
    unsure: WeakSet[Any] = WeakSet()

    @functools.wraps(build)
    def run(*values: Any, **program: Any) -> Any:
        # Whatever is not as expected here means that XLA compiles; nothing of it may be raised.
        closed = program.get("jaxpr")
        _note(closed if closed is not None else object())
        if is_able and _evaluates.get(evaluates):
            try:
                if closed not in unsure and _is_plain(program):
                    return interpreter.run(closed, values), None, None, []
            except Exception:  # noqa: BLE001  (the same)
                with contextlib.suppress(TypeError):
                    unsure.add(closed)
        return build(*values, **program)

    return run


def _is_plain(program: Mapping[str, Any]) -> bool:
    """Whether nothing is asked for but the values, on the device that there is."""
    return not (
        any(program["donated_invars"])
        or program["compiler_options_kvs"]
        or any(layout is not None for layout in (*program["in_layouts"], *program["out_layouts"]))
        or any(map(_is_specified, (*program["in_shardings"], *program["out_shardings"])))
    )


def _is_specified(sharding: Any) -> bool:
    return type(sharding).__name__ != "UnspecifiedValue"
