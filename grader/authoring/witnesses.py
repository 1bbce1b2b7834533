"""Whether a distortion is wrong: an input on which it differs from the right answer.

The course's own correct answer is run here, in the audit's process, with its distortion.
"""

from __future__ import annotations

import ast
import contextlib
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from grader.answers import pairs
from grader.assignment import Case, Part
from grader.assignment.files import beside
from grader.assignment.filled_in import filled_in
from grader.assignment.part_texts import Answer, statements_in
from grader.authoring.distorted import Signature, distorted, signature_of
from grader.authoring.distortions import Answered, Distortion, distortions
from grader.authoring.part_values import (
    Leaf,
    Values,
    alike,
    all_leaves,
    axes_of,
    leaves_of,
    roles_of,
    values_of,
)
from grader.authoring.probes import Probe, probes
from grader.authoring.tolerances import is_finite
from grader.compare import as_array, difference
from grader.judging.answer_key import AnswerKey
from grader.judging.reference_answers import plain
from grader.reading.statements import Statement, statements_of
from grader.sandbox.inside.evaluator import programs
from grader.sandbox.inside.frames import Record
from grader.sandbox.inside.trusted import LOADED
from grader.sandbox.values import carried, precision, stand_for, trusted
from grader.selfcheck.guards import TimeLimitReached, limited

IDLE = (ast.Expr, ast.For, ast.While)
"""What computes or shows something, where it registers nothing."""
MAX_LEAVES = 4
"""So many leaves of an input or of the result are distorted."""
LIMIT_S = 20.0
"""So long an answer may take on a probe, which need not be an input that it is made for."""
PREAMBLE = "import jax\nimport jax.numpy as jnp\nimport numpy as np\n"


@dataclass(frozen=True, kw_only=True)
class Witness:
    """What shows that a distortion is wrong: the case to add, empty for one that there is."""

    says: str


class Bench:
    """A part's right answer, to be run beside its distortions."""

    def __init__(self, answer_key: AnswerKey, part: Part, answer: Answer, *, draws: bool) -> None:
        self.part = part
        self.problem = ""
        self.answered: Answered | None = None
        self._cases = answer_key.cases[part.name]
        self._is_wide = answer_key.assignment.float64
        notebooks = filled_in(answer_key.assignment, answer).notebooks
        filled = [s for one in notebooks for s in statements_of(one.parsed_cells)]
        with beside(self._cases[0]):
            self._space = _space(answer, filled)
        self._known: list[tuple[Probe, Any]] | None = None
        self._has_loop: bool | None = None
        """Whether the answer has a loop of JAX's that may run for ever, once it is known."""
        signature = signature_of(part, answer, filled)
        if isinstance(signature, str):
            self.problem = signature
            return
        roles = roles_of(part, signature)
        if roles is None:
            self.problem = "its call is not plain"
            return
        self._signature = signature
        values = [values_of(case, roles, signature) for case in self._cases]
        self._kinds = alike(values)
        self._decoys = dict(_decoys(part, signature, roles, self._cases[0]))
        self._bind(self._cases[0])
        self._right = self._function(())
        self.answered = self._answered(values, draws=draws)

    def _answered(self, values: Sequence[Values], *, draws: bool) -> Answered | None:
        result: Any = None
        if not draws:
            try:
                result = self._run(self._right, values[0])
            except Exception as error:  # noqa: BLE001  (the answer is the course's own)
                self.problem = f"it raises {type(error).__name__} outside of the sandbox: {error}"
                return None
        most = max(self._kinds, key=lambda kind: sum(leaf.ndim for leaf in all_leaves(kind[0])))
        if not draws and most[0] is not values[0]:
            with contextlib.suppress(Exception):
                result = self._run(self._right, most[0])
        return Answered(
            part=self.part,
            signature=self._signature,
            inputs=_some(all_leaves(most[0])),
            results=_some(leaf for leaf, _ in leaves_of("", result)),
            axes=tuple(axes_of(most)),
            shared=tuple(self._decoys),
            plain=self._plain(),
            draws=draws,
            is_of_any_shape=len(self._kinds) > 1,
        )

    def _plain(self) -> tuple[str, ...]:
        """The inputs that are NumPy arrays in some case, those of a tree left out."""
        found = [leaf for kind in self._kinds for leaf in all_leaves(kind[0])]
        return tuple(dict.fromkeys(x.owner for x in found if x.is_plain and not x.place))

    def distortions(self) -> Iterator[Distortion]:
        """All distortions of the part."""
        if self.answered is not None:
            yield from distortions(self.answered)

    def witness(self, one: Distortion) -> Witness | None:
        """Where it differs from the right answer; None where that was not found."""
        if not one.probes:
            return Witness(says="")
        wrong = self._function(one.lines)
        for probe, want in self._probes():
            if not any(f"{probe.kind} ".startswith(f"{kind} ") for kind in one.probes):
                continue
            try:
                got = self._run(wrong, probe.values)
            except Exception:  # noqa: BLE001  (it is wrong in another way than is meant)
                got = None
            if self._differs(got, want):
                return Witness(says=probe.says)
        return None

    def measured(self, leaf: Leaf) -> list[Any]:
        """What a leaf is on the cases, of inputs or of the result."""
        found = []
        for probe, want in self._probes():
            if probe.kind == "cases":
                known = all_leaves(probe.values) if leaf.owner else dict(leaves_of("", want))
                found += [x for one, x in known.items() if one.label == leaf.label]
        return found

    def _probes(self) -> list[tuple[Probe, Any]]:
        """All probes that the right answer has finite values for, and these."""
        if self._known is None:
            self._known = []
            for kind in self._kinds:
                for probe in probes(kind, self._decoys):
                    with contextlib.suppress(Exception):
                        want = self._run(self._right, probe.values)
                        if is_finite(want):
                            self._known.append((probe, want))
            # First what there is, then what is to be added, of all kinds of cases.
            self._known.sort(key=lambda one: one[0].kind != "cases")
        return self._known

    def _differs(self, got: Any, want: Any) -> bool:
        both = pairs(got=got, want=want)
        if both is None:
            return True
        rtol = self.part.tolerance
        return any(
            difference(got=g, want=w, rtol=rtol, ignore_kind=True) is not None
            for _, g, w in both
            if as_array(w) is not None
        )

    def _bind(self, case: Case) -> None:
        given = {item.role for item in self.part.globals}
        for name, value in case.globals.items():
            is_decoy = name in case.decoy_globals and bool(given)
            self._space[name] = self._inside(case.decoy_globals[name] if is_decoy else value)

    def _function(self, lines: Sequence[str]) -> Any:
        text, needed = distorted(self._signature, lines or ("return {call}",), is_outside=False)
        space = dict(self._space)
        whole = f"{PREAMBLE}{needed}\n\n{text}"
        exec(compile(whole, "<distortion>", "exec", dont_inherit=True), space)  # noqa: S102
        return space[self.part.name], space

    def _run(self, function: Any, values: Values) -> Any:
        """The answer as plain arrays, traced where that can be, as in the sandbox."""
        with precision(float64=self._is_wide):
            try:
                with limited(LIMIT_S):
                    return plain(self._value(function, values))
            except TimeLimitReached as error:
                raise TimeoutError from error

    def _value(self, function: Any, values: Values) -> Any:
        made, space = function
        jax = self._space["jax"]
        signature = self._signature
        inside = {name: self._inside(value) for name, value in values.items()}
        arrays = {name: x for name, x in inside.items() if isinstance(x, jax.Array)}

        def call(arrays: Mapping[str, Any]) -> Any:
            both = {**inside, **arrays}
            space.update({name: both[name] for name in signature.globals})
            named = {name: both[name] for name in signature.by_name if name in both}
            return made(*(both[name] for name in signature.positional if name in both), **named)

        quiet = warnings.catch_warnings(action="ignore")
        files = beside(self._cases[0])
        with np.errstate(all="ignore"), quiet, programs.evaluated(), files:
            if self._has_loop is None:
                self._has_loop = _has_loop(jax, call, arrays)
            # A compiled loop that does not end could not be stopped: Python's can.
            with contextlib.suppress(Exception):
                if not self._has_loop:
                    return jax.jit(call)(arrays)
            with jax.disable_jit():
                return call(arrays)

    def _inside(self, value: Any) -> Any:
        """A value as the sandbox gives it to the student's code."""
        known = trusted(self.part.helper_text)
        return stand_for(carried(value), known, self._class_of)

    def _class_of(self, record: Record) -> Any:
        found = self._space.get(record.type_name)
        return found if isinstance(found, type) else None


def _some(found: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """The leaves that are distorted: of a large tree the first ones and the last ones.

    What is in between is treated like these, and each would be graded dozens of times.
    """
    by_owner: dict[str, list[Leaf]] = {}
    for leaf in found:
        by_owner.setdefault(leaf.owner, []).append(leaf)
    return tuple(
        leaf
        for own in by_owner.values()
        for leaf in (own if len(own) <= MAX_LEAVES else [*own[:2], *own[-2:]])
    )


def _has_loop(jax: Any, call: Any, arrays: Mapping[str, Any]) -> bool:
    """Whether the traced program of a call has a `while` in it; True where it has none."""
    try:
        return " while[" in str(jax.make_jaxpr(call)(arrays))
    except Exception:  # noqa: BLE001  (not all that is right can be traced)
        return True


def _space(answer: Answer, filled: Sequence[Statement]) -> dict[str, Any]:
    """The namespace of a notebook with the answer in it: imports and definitions, no data."""
    space: dict[str, Any] = {"__name__": LOADED}
    quiet = warnings.catch_warnings(action="ignore")
    with quiet:
        exec(PREAMBLE, space)  # noqa: S102  (the assignment's own text, here and below)
        needed = statements_in(answer.rest)
        for statement in (*needed, *filled):
            is_run = statement in needed or statement.is_definition or bool(statement.registers)
            if not is_run and (statement.is_data or isinstance(statement.node, IDLE)):
                continue
            with contextlib.suppress(Exception):
                code = compile(statement.text.strip("\n"), "<answer>", "exec", dont_inherit=True)
                exec(code, space)  # noqa: S102
    return space


def _decoys(
    part: Part, signature: Signature, roles: Mapping[str, str], case: Case
) -> Iterator[tuple[str, Any]]:
    """The globals of the notebook that an input may be mistaken for, one of each shape."""
    seen = set()
    for name, role in roles.items():
        for item in part.globals:
            value = case.decoy_globals.get(item.name)
            is_other = item.name != name and item.name not in signature.inputs
            shape = name, np.shape(() if value is None else value)
            is_new = shape not in seen and value is not None and np.ndim(value) > 0
            if item.role == role and is_other and is_new:
                seen.add(shape)
                yield f"{name} {item.name}", value


def benches(answer_key: AnswerKey, answer: Answer, drawing: Sequence[str]) -> Iterator[Bench]:
    """The right answer of each part; `drawing` are the parts whose figures are looked at."""
    make = partial(Bench, answer_key, answer=answer)
    for part in (one for one in answer_key.assignment.parts if not one.is_written):
        yield make(part=part, draws=part.name in drawing)
