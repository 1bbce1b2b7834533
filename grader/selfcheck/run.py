"""A student's function called on the example data, in the notebook's own process."""

from __future__ import annotations

import contextlib
import functools
import inspect
import linecache
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from grader.answers import items_of
from grader.catalog import Message, say
from grader.compare import Difference, describe_value, difference, matching_share
from grader.running.call_forms import Form, Parameter, forms, order_told, other_orders
from grader.sandbox.values import run, stand_for, to_plain, trusted
from grader.selfcheck.examples import ExampleCase, ExamplePart, Value
from grader.selfcheck.guards import TimeLimitReached, bound, limited, silent

CALL = "{call}"
LIMIT_S = 10.0
GOOD_FIT = 0.5
"""A form of call with which so much of the answer is right needs no other to be tried."""
_MOST_WRAPPERS = 20

Outcome = tuple[Value, Difference | Message | None]
"""A check's first value that is not as expected and how it differs; else a value and None."""


class StudentError(Exception):
    """The student's function raised; `line` is that of its cell, and `code` what stands there."""

    def __init__(self, error: BaseException, line: int | None, code: str = "") -> None:
        super().__init__()
        self.kind = type(error).__name__
        self.line = line
        self.code = code
        try:
            self.message = str(error)
        except Exception:  # noqa: BLE001  (an exception whose text raises in turn)
            self.message = ""


def globals_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The notebook's namespace, in which the function was defined."""
    found = innermost(function)
    namespace = getattr(found, "__globals__", None)
    return namespace if isinstance(namespace, dict) else vars(sys.modules["__main__"])


def innermost(function: Any) -> Any:
    """The function below `jax.jit`, `functools.partial` and other wrappers."""
    for _ in range(_MOST_WRAPPERS):
        is_partial = isinstance(function, functools.partial)
        inner = function.func if is_partial else getattr(function, "__wrapped__", None)
        if not callable(inner):
            break
        function = inner
    return function


class Run:
    """The calls of one function for one part; every answer is computed once."""

    def __init__(
        self, function: Callable[..., Any], part: ExamplePart, namespace: dict[str, Any]
    ) -> None:
        self.function, self.part, self.namespace = function, part, namespace
        self.cases = {case.name: case for case in part.cases}
        self._form: Form | None = None
        self._answers: dict[str, Any] = {}
        try:
            found = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            self.parameters: list[Parameter] | None = None
        else:
            self.parameters = [
                Parameter(name=p.name, kind=p.kind.name, has_default=p.default is not p.empty)
                for p in found
            ]

    def outcomes(self) -> list[Outcome]:
        """What each check finds. Raises StudentError or TimeLimitReached."""
        with limited(LIMIT_S), silent():
            return [self._outcome(check.values) for check in self.part.checks]

    def argument_order(self) -> Message | None:
        """How the arguments must be exchanged for all to be right, as far as the time goes."""
        with contextlib.suppress(TimeLimitReached), limited(LIMIT_S), silent():
            return self._exchanged()
        return None

    def _exchanged(self) -> Message | None:
        part, chosen = self.part, self._chosen_form()
        tried = {form.expression for form in self._forms()}
        for form in other_orders(chosen, part.name, self.parameters) if not part.any_order else ():
            if form.expression not in tried:
                self._form, self._answers = form, {}
                with contextlib.suppress(StudentError):
                    if all(self._outcome(check.values)[1] is None for check in part.checks):
                        return order_told(form, part.name, part.inputs)
        return None

    def _outcome(self, values: Sequence[Value]) -> Outcome:
        for value in values:
            found = self._difference(value)
            if found is not None:
                return value, found
        return values[0], None

    def _difference(self, value: Value) -> Difference | Message | None:
        answer, count = self._answer(self.cases[value.case]), self.cases[value.case].count
        if isinstance(value.index, int) and len(items_of(answer)) < count:
            return say("difference.count", what=describe_value(answer), count=count)
        return difference(
            got=_picked(answer, value),
            want=value.want,
            name=value.called,
            rtol=self.part.rtol,
            ignore_kind=value.ignore_kind,
            strict_tree=self.part.is_strict,
        )

    def _answer(self, case: ExampleCase) -> Any:
        if case.name not in self._answers:
            form = self._chosen_form()
            if case.name not in self._answers:
                self._answers[case.name] = self._call(form, case)
        return self._answers[case.name]

    def _chosen_form(self) -> Form:
        """The first form of call that fits the first case; the likeliest one when none does."""
        if self._form is None:
            found = self._forms()
            first = self.part.cases[0]
            self._form = found[0]
            for form in found if len(found) > 1 else ():
                with contextlib.suppress(StudentError):
                    answer = self._call(form, first)
                    if self._fit(answer, first) >= GOOD_FIT:
                        self._form, self._answers[first.name] = form, answer
                        break
        return self._form

    def _forms(self) -> list[Form]:
        part = self.part
        return forms(part.name, self.parameters, part.inputs, any_order=part.any_order)

    def _fit(self, answer: Any, case: ExampleCase) -> float:
        wanted = [v for check in self.part.checks for v in check.values if v.case == case.name]
        picked = [_picked(answer, value) for value in wanted]
        return matching_share(got=tuple(picked), want=tuple(v.want for v in wanted))

    def _call(self, form: Form, case: ExampleCase) -> Any:
        import jax  # noqa: PLC0415  (the notebook has it; messages need it not)

        known = trusted(self.part.helpers)
        inside = partial(stand_for, scope=known, keeps_width=self.part.keeps_width)
        values = {name: inside(value) for name, value in case.inputs.items()}
        looked = (self.part.observe or CALL).replace(CALL, form.expression)
        scope = {**known, **values, self.part.name: self.function}
        if self.part.observe:  # it may name what the notebook has
            scope = {**self.namespace, **scope}

        set_globals = {
            name: inside(case.given[name])
            for name, role in self.part.roles.items()
            if name in case.given and role not in form.roles
        }
        # What is compiled keeps the globals that it has seen: with others it must not be.
        uncompiled = jax.disable_jit() if set_globals else contextlib.nullcontext()
        try:
            with bound(self.namespace, set_globals), uncompiled:
                return to_plain(run(looked, scope))
        except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever the student's code raises)
            raise StudentError(error, *_line(error.__traceback__, self.namespace)) from None


def _line(trace: TracebackType | None, namespace: Mapping[str, Any]) -> tuple[int | None, str]:
    """The line of a cell where the student's own code raised, and its code; or None and ''."""
    found: tuple[int | None, str] = None, ""
    while trace is not None:
        is_cell = "ipykernel" in (name := trace.tb_frame.f_code.co_filename) or "ipython" in name
        if is_cell and trace.tb_frame.f_globals is namespace:
            found = trace.tb_lineno, linecache.getline(name, trace.tb_lineno).strip()
        trace = trace.tb_next
    return found


def _picked(answer: Any, value: Value) -> Any:
    """What of an answer a check looks at; None where it is not there."""
    if value.index is None:
        return answer
    if isinstance(value.index, str):
        return answer.get(value.index) if isinstance(answer, dict) else None
    items = items_of(answer)
    return items[value.index][1] if len(items) > value.index else None
