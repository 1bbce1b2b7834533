"""The self-check in a notebook: `from grader import check`, then `check(update_assignment)`.

It runs the public cases in the notebook's own process, within a soft time limit, and compares
with expected values that come as a file, see `grader.selfcheck.examples`. It is no grade: what
hidden checks find is decided after handing in, so it never says that all is right. It prints nothing
and raises nothing: whatever there is to say is in the object that comes back.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import math
import os
import signal
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import numpy as np

from grader.catalogue import Catalogue, Message, catalogue, say
from grader.compare import Difference, Reason, agreement, describe, difference
from grader.errors import UsageError
from grader.report import wording
from grader.report.numbers import pair, score
from grader.report.page import environment
from grader.results import State
from grader.running import jax_errors
from grader.running.call_forms import ITEM, Form, Parameter, forms, order_told, other_orders
from grader.safe_text import NAME_LIMIT, visible
from grader.selfcheck.examples import ExampleCase, ExamplePart, Examples, Value, load

__all__ = ["SelfCheck", "check"]

LIMIT_S = 10.0
MOST_FINDINGS = 3
MOST_BYTES = 4096
GOOD_FIT = 0.5
"""A form of call with which so much of the answer is right needs no other to be tried."""
_COLUMNS = 78
_LENGTHS = (300, 120, 40)
"""A text may be so long; the next one is tried when the whole would be too large."""
_MOST_WRAPPERS = 20


@dataclass(frozen=True, slots=True, repr=False)
class SelfCheck:
    """What a self-check says, as a notebook shows it and as plain text. It holds nothing else."""

    _html: str
    _text: str

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        """The text as HTML, for notebooks."""
        return self._html

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001  (IPython's call)
        """The plain text, for IPython in a terminal."""
        del cycle
        printer.text(self._text)


@dataclass(frozen=True, kw_only=True)
class _Said:
    """What there is to say, before it is drawn."""

    title: str
    word: str = ""
    look: wording.Look = wording.LOOKS[State.NOT_STARTED]
    findings: tuple[wording.Finding, ...] = ()
    next_step: str = ""
    small: tuple[str, ...] = ()

    @property
    def sign(self) -> str:
        return self.look.glyph


class _Stopped(Exception):  # noqa: N818  (an outcome of student code, no error of ours)
    """The student's function raised."""

    def __init__(self, error: BaseException, line: int | None) -> None:
        super().__init__()
        self.kind = type(error).__name__
        self.line = line
        try:
            self.message = str(error)
        except Exception:  # noqa: BLE001  (an exception whose text raises in turn)
            self.message = ""


class _TooLong(BaseException):
    """The time is used up. No Exception, so that the student's code does not catch it."""


class _Problem(Exception):  # noqa: N818  (something to tell the student, no error of ours)
    """Why nothing could be checked: a text of the catalogue."""

    def __init__(self, text_id: str, **values: str) -> None:
        super().__init__(text_id)
        self.text_id, self.values = text_id, values


def check(
    function: Callable[..., Any],
    part: str | None = None,
    *,
    data: Path | str | None = None,
    lang: str = "en",
) -> SelfCheck:
    """Try a part on the example data, and say how it compares.

    `part` is needed when the function has another name than its part. `data` is the file with
    the example data, or the `NAME` of `NAME.selfcheck.json`; without it, the one such file in
    the working directory is taken. Raises UsageError for a language without texts.
    """
    texts = catalogue(lang)
    try:
        said = _checked(function, part, _examples(data), texts)
    except _Problem as problem:
        title = texts.say(f"selfcheck.{problem.text_id}", **problem.values)
        said = _Said(title=title)
    return _drawn(said, lang)


def _examples(data: Path | str | None) -> Examples:
    if data is None:
        found = sorted(Path().glob("*.selfcheck.json"))
        if len(found) > 1:
            raise _Problem("many_data", name=_short(found[0].name.removesuffix(".selfcheck.json")))
    else:
        found = [p for p in (Path(data), Path(f"{data}.selfcheck.json")) if os.path.isfile(p)]  # noqa: PTH113  (never raises)
    if not found:
        raise _Problem("no_data")
    try:
        return load(found[0])
    except UsageError:
        raise _Problem("bad_data") from None


def _checked(
    function: Callable[..., Any], name: str | None, examples: Examples, texts: Catalogue
) -> _Said:
    names = [part.name for part in examples.parts]
    if not callable(function):
        raise _Problem("no_function", name=_short(name or names[0]))
    namespace = _globals_of(function)
    name = name or _name_of(function, names, namespace)
    part = next((part for part in examples.parts if part.name == name), None)
    if part is None:
        raise _Problem("unnamed", parts=", ".join(f"`{_short(one)}`" for one in names))
    title = f"{texts.say('student.part', number=part.number)}: `{_short(part.name)}`"
    if not part.checks:
        later = texts.say("selfcheck.later_text")
        return _Said(title=title, word=texts.say("selfcheck.later"), small=(later,))
    run = _Run(function, part, namespace)
    try:
        with _limited(LIMIT_S), _silent():
            outcomes = [run.difference(check.values) for check in part.checks]
    except _Stopped as stopped:
        return _stopped(title, stopped, run, texts)
    except _TooLong:
        words = wording.sentence(texts.say("selfcheck.timeout", n=round(LIMIT_S)))
        return _halted(title, State.TIMEOUT, words, texts.say("next.timeout"), part, texts)
    return _compared(title, run, outcomes, texts)


def _short(text: str) -> str:
    return visible(text, NAME_LIMIT)


# Running -----------------------------------------------------------------------------------


def _globals_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The notebook's namespace, in which the function was defined."""
    found = _innermost(function)
    namespace = getattr(found, "__globals__", None)
    return namespace if isinstance(namespace, dict) else vars(sys.modules["__main__"])


def _innermost(function: Any) -> Any:
    """The function below `jax.jit`, `functools.partial` and other wrappers."""
    for _ in range(_MOST_WRAPPERS):
        is_partial = isinstance(function, functools.partial)
        inner = function.func if is_partial else getattr(function, "__wrapped__", None)
        if not callable(inner):
            break
        function = inner
    return function


def _name_of(
    function: Callable[..., Any], names: Sequence[str], namespace: Mapping[str, Any]
) -> str:
    own = getattr(function, "__name__", "")
    bound = [name for name in names if namespace.get(name) is function]
    return bound[0] if bound and own not in names else str(own)


class _Run:
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

    def exchanged(self) -> Message | None:
        """How the arguments must be exchanged for all values to be right, or None."""
        part, chosen = self.part, self._chosen_form()
        tried = {form.expression for form in self._forms()}
        for form in other_orders(chosen, part.name, self.parameters) if not part.any_order else ():
            if form.expression not in tried:
                self._form, self._answers = form, {}
                with contextlib.suppress(_Stopped):
                    if all(self.difference(one.values)[1] is None for one in part.checks):
                        return order_told(form, part.name, part.inputs)
        return None

    def difference(self, values: Sequence[Value]) -> tuple[Value, Difference | Message | None]:
        """The first value that is not as expected and how it differs, or one that is, and None."""
        for value in values:
            found = self._difference(value)
            if found is not None:
                return value, found
        return values[0], None

    def _difference(self, value: Value) -> Difference | Message | None:
        answer, count = self._answer(self.cases[value.case]), self.cases[value.case].count
        if value.index is not None:
            if not isinstance(answer, tuple) or len(answer) < count:
                return say("difference.count", what=describe(answer), count=count)
            answer = answer[value.index]
        return difference(
            got=answer,
            want=value.want,
            name=value.called,
            rtol=self.part.rtol,
            ignore_kind=value.ignore_kind,
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
                with contextlib.suppress(_Stopped):
                    answer = self._call(form, first)
                    if self._fit(answer, first) >= GOOD_FIT:
                        self._form, self._answers[first.name] = form, answer
                        break
        return self._form

    def _forms(self) -> list[Form]:
        part = self.part
        return forms(part.name, self.parameters, part.inputs, any_order=part.any_order)

    def _fit(self, answer: Any, case: ExampleCase) -> float:
        wanted = [v for one in self.part.checks for v in one.values if v.case == case.name]
        picked = [
            answer if v.index is None else answer[v.index]
            for v in wanted
            if v.index is None or (isinstance(answer, tuple) and len(answer) > v.index)
        ]
        return agreement(got=tuple(picked), want=tuple(v.want for v in wanted))

    def _call(self, form: Form, case: ExampleCase) -> Any:
        import jax  # noqa: PLC0415  (the notebook has it; messages need it not)

        values = {name: _to_jax(value) for name, value in case.inputs.items()}
        values |= {text: _to_jax(value) for text, value in case.expressions.items()}
        keywords = {p.name for p in self.parameters or () if p.kind == "KEYWORD_ONLY"}

        def call(item: Any = None) -> Any:
            given = [
                (name, item if expression == ITEM else values[expression])
                for name, _, expression in form.arguments
            ]
            positional = [value for name, value in given if name not in keywords]
            named = {name: value for name, value in given if name in keywords}
            return self.function(*positional, **named)

        bound = {
            name: _to_jax(case.given[name])
            for name, role in self.part.roles.items()
            if name in case.given and role not in form.roles
        }
        # What is compiled keeps the globals that it has seen: with others it must not be.
        uncompiled = jax.disable_jit() if bound else contextlib.nullcontext()
        try:
            with _bound(self.namespace, bound), uncompiled:
                answer = jax.vmap(call)(values[form.items]) if form.items else call()
                return _to_numpy(answer)
        except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever the student's code raises)
            raise _Stopped(error, _line(error.__traceback__, self.namespace)) from None


def _to_jax(value: Any) -> Any:
    import jax.numpy as jnp  # noqa: PLC0415  (as above)

    if isinstance(value, tuple):
        return tuple(_to_jax(item) for item in value)
    return jnp.asarray(value) if isinstance(value, np.ndarray) else value


def _to_numpy(value: Any) -> Any:
    import jax  # noqa: PLC0415  (as above)

    if isinstance(value, (tuple, list)):
        return tuple(_to_numpy(item) for item in value)
    return np.asarray(value) if isinstance(value, jax.Array) else value


@contextlib.contextmanager
def _bound(namespace: dict[str, Any], values: Mapping[str, Any]) -> Iterator[None]:
    """The notebook's globals hold these values for a moment."""
    before = {name: namespace[name] for name in values if name in namespace}
    namespace.update(values)
    try:
        yield
    finally:
        for name in values:
            namespace.pop(name, None)
        namespace.update(before)


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise _TooLong after so many seconds, where Python can: not inside compiled loops."""

    def stop(_signal: int, _frame: object) -> NoReturn:
        raise _TooLong

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "setitimer"):
        yield
        return
    handler = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """What the student's function prints stays out of the notebook."""
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        yield


def _line(trace: TracebackType | None, namespace: Mapping[str, Any]) -> int | None:
    """The line of a cell where the student's own code raised, or None."""
    found = None
    while trace is not None:
        is_cell = "ipykernel" in (name := trace.tb_frame.f_code.co_filename) or "ipython" in name
        if is_cell and trace.tb_frame.f_globals is namespace:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _order(run: _Run) -> Message | None:
    """How the arguments must be exchanged, as far as the time goes."""
    with contextlib.suppress(_TooLong), _limited(LIMIT_S), _silent():
        return run.exchanged()
    return None


# Saying ------------------------------------------------------------------------------------


def _compared(
    title: str,
    run: _Run,
    outcomes: Sequence[tuple[Value, Difference | Message | None]],
    texts: Catalogue,
) -> _Said:
    right, lost = [], []
    for value, found in outcomes:
        if found is None:
            name = visible(texts.tell(value.called))
            right.append(wording.sentence(texts.say("selfcheck.right", name=name)))
        else:
            lost.append(wording.sentence(_finding(value, found, texts)))
    state = State.PARTLY if right and lost else State.NOT_YET if lost else State.CORRECT
    matched = math.fsum(
        one.points
        for one, (_, found) in zip(run.part.checks, outcomes, strict=True)
        if found is None
    )
    kept = right[: MOST_FINDINGS - min(len(lost), MOST_FINDINGS - bool(right))]
    lines = [(wording.LOOKS[State.CORRECT], text) for text in dict.fromkeys(kept)]
    lines += [(wording.LOOKS[State.NOT_YET], text) for text in dict.fromkeys(lost)]
    first = next((found for _, found in outcomes if found is not None), None)
    return _Said(
        title=title,
        word=texts.say("selfcheck.matches" if not lost else f"state.word.{state}"),
        look=wording.LOOKS[state],
        findings=tuple(wording.Finding(look=look, text=text) for look, text in lines)[
            :MOST_FINDINGS
        ],
        next_step=_next_step(first, run, texts) if first else "",
        small=_small(run.part, matched, texts),
    )


def _finding(value: Value, found: Difference | Message, texts: Catalogue) -> str:
    """What differs, with the worst entry and what it should be."""
    if isinstance(found, Message):
        return texts.tell(found)
    got, want, is_off = found.got, found.want, found.is_off
    if found.reason is not Reason.VALUES or got is None or want is None or is_off is None:
        return texts.tell(found.message)
    if value.want.dtype.kind in "iub" or found.allowed is None:
        flat = int(np.argmax(is_off))
    else:
        with np.errstate(all="ignore"):
            excess = np.abs(got - want) / np.maximum(found.allowed, 1e-300)
        flat = int(np.argmax(np.where(is_off, excess, -1.0)))
    index = ", ".join(str(int(i)) for i in np.unravel_index(flat, want.shape))
    own = texts.tell(found.name)
    name = own.strip("`")
    place = f"`{name if name.isidentifier() else ''}[{index}]`" if want.ndim else own
    shown_got, shown_want = pair(got.flat[flat], want.flat[flat])
    return texts.say(
        "selfcheck.values_here",
        text=texts.tell(found.message),
        place=place,
        got=shown_got,
        want=shown_want,
    )


def _next_step(found: Difference | Message, run: _Run, texts: Catalogue) -> str:
    order = _order(run)
    if order is not None:
        return texts.tell(order)
    code = getattr(_innermost(run.function), "__code__", None)
    used = [name for name in run.part.uses if name in getattr(code, "co_names", ())]
    if used:
        listed = wording.enumerated([f"`{_short(name)}`" for name in used], texts)
        return texts.say("selfcheck.next_uses", parts=listed)
    if isinstance(found, Message):
        return texts.say("next.structure")
    is_values = found.reason is Reason.VALUES
    return texts.say("selfcheck.next_values" if is_values else f"next.{found.reason}")


def _stopped(title: str, stopped: _Stopped, run: _Run, texts: Catalogue) -> _Said:
    text_id = "selfcheck.stopped" if stopped.line is None else "selfcheck.stopped_line"
    told = jax_errors.tidy_message(stopped.kind, stopped.message)
    words = wording.sentence(texts.say(text_id, text=visible(told), line=stopped.line))
    explained = jax_errors.explain(stopped.kind, stopped.message)
    advice = texts.tell(explained.advice) if explained else texts.say("next.error")
    order = _order(run)
    step = texts.tell(order) if order else advice
    return _halted(title, State.ERROR, words, step, run.part, texts)


def _halted(  # noqa: PLR0913, PLR0917  (what is said)
    title: str, state: State, words: str, step: str, part: ExamplePart, texts: Catalogue
) -> _Said:
    look = wording.LOOKS[state]
    return _Said(
        title=title,
        word=texts.say(f"state.word.{state}"),
        look=look,
        findings=(wording.Finding(look=look, text=words),),
        next_step=wording.sentence(step),
        small=_small(part, 0.0, texts),
    )


def _small(part: ExamplePart, matched: float, texts: Catalogue) -> tuple[str, ...]:
    """That this is a self-check, what it found, and what it cannot tell."""
    most = math.fsum(one.points for one in part.checks)
    counts = {"score": score(matched), "max_score": score(most)}
    said = texts.say("selfcheck.so_far", n=most, **counts)
    rest = part.points - most
    if rest > 0:
        said += " " + texts.say("selfcheck.more", n=round(rest, 4), count=score(rest))
    return (said,)


def _drawn(said: _Said, lang: str) -> SelfCheck:
    template = environment(lang).get_template("selfcheck.html.j2")
    html = ""
    for length in _LENGTHS:
        html = template.render(said=_cut(said, length))
        if len(html.encode("utf-8")) < MOST_BYTES:
            break
    return SelfCheck(html, _as_text(_cut(said, _LENGTHS[0]), catalogue(lang)))


def _cut(said: _Said, length: int) -> _Said:
    """The same with no text longer than this, after what is invisible is shown."""

    def cut(text: str) -> str:
        return visible(visible(text, 2 * length), length)

    return _Said(
        title=cut(said.title),
        word=said.word,
        look=said.look,
        findings=tuple(
            wording.Finding(look=line.look, text=cut(line.text)) for line in said.findings
        ),
        next_step=cut(said.next_step),
        small=tuple(cut(line) for line in said.small),
    )


def _as_text(said: _Said, texts: Catalogue) -> str:
    head = wording.plain(said.title) + (f"   {said.word}" if said.word else "")
    lines = textwrap.wrap(head, _COLUMNS)
    for finding in said.findings:
        lines += _wrapped(f"  {finding.look.ascii} ", finding.text)
    if said.next_step:
        lines += _wrapped("  ", f"{texts.say('student.next_step')}: {said.next_step}")
    for line in said.small:
        lines += _wrapped("  ", line)
    return "\n".join(lines)


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(
        wording.plain(text), _COLUMNS, initial_indent=start, subsequent_indent=" " * len(start)
    )
