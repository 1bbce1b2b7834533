"""The namespaces that a candidate runs in: which statements, with which values for its globals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar, cast

import numpy as np

from grader.answers import items_of
from grader.assignment import Assignment, Case
from grader.assignment.files import Content, laid
from grader.assignment.part_texts import without
from grader.reading.program import Program
from grader.reading.slices import Given
from grader.reading.statements import Statement
from grader.running.bare_cells import cell_roots
from grader.running.candidate import Candidate, CandidateKind
from grader.running.session import Session, Space, StandIns
from grader.running.tracing import TraceSpace, shaped
from grader.sandbox.inside import frames
from grader.sandbox.inside.frames import Key, Record
from grader.sandbox.values import carried

AnySpace = TypeVar("AnySpace", bound=Space)


class Namespaces:
    """The namespaces of one candidate, each made when it is first asked for."""

    def __init__(
        self,
        session: Session,
        program: Program,
        assignment: Assignment,
        candidate: Candidate,
        cases: Sequence[Case] = (),
    ) -> None:
        self.session = session
        self.program = program
        self.assignment = assignment
        self.candidate = candidate
        self.cases = tuple(cases)
        self._spaces: dict[bytes, Space] = {}
        self._traced: dict[bytes, TraceSpace] = {}
        self._seen: dict[Case, tuple[dict[str, Any], TraceSpace]] = {}
        self._known: dict[tuple[tuple[str, Any], ...], tuple[dict[str, Any], Space]] = {}

    @property
    def first(self) -> Space | None:
        """The namespace of the case that was asked first, if there was one."""
        return next(iter(self._all()), None)

    def _all(self) -> list[Space]:
        """The namespaces that know a case's values, then those in which it is only traced."""
        return [*self._spaces.values(), *self._traced.values()]

    def statements(self) -> list[Statement]:
        """The statements of all namespaces, one namespace after the other."""
        return [s for space in self._all() for s in space.statements.statements]

    @property
    def may_remember(self) -> bool:
        """Whether a function in one of them may depend on calls before."""
        return any(space.may_remember for space in self._all())

    @property
    def keeps_something(self) -> bool:
        """Whether a function in one of them may leave something behind for a later call."""
        return any(space.keeps_something for space in self._all())

    def of(self, case: Case) -> Space:
        """The namespace for a case, shared by cases with the same global values and files."""
        values, files = self._values(case), laid(case)
        digests = {name: content.digest for name, content in files.items()}
        # First by identity, which costs nothing; the values are kept, so that no other has theirs.
        same = (*((name, id(value)) for name, value in sorted(values.items())), *digests.items())
        if same not in self._known:
            key = frames.encode([dict(sorted(values.items())), digests])
            if key not in self._spaces:
                self._spaces[key] = self._shared(values, files)
            self._known[same] = values, self._spaces[key]
        return self._known[same][1]

    def traced(self, case: Case) -> TraceSpace:
        """The namespace in which a case is traced, shared by cases of the same shapes."""
        if case not in self._seen:
            values, files = self._values(case), laid(case)
            digests = {name: content.digest for name, content in files.items()}
            key = frames.encode([shaped(dict(sorted(values.items())), []), digests])
            if key not in self._traced:
                space = self._new(values, files, TraceSpace)
                if self.candidate.kind is not CandidateKind.CELL and not space.may_remember:
                    space = cast("TraceSpace", self.session.spaces.setdefault(space.key, space))
                self._traced[key] = space
            self._seen[case] = values, self._traced[key]
        values, space = self._seen[case]
        if space.reads_values:
            space.given = values
        return space

    def anew(self, case: Case) -> Space:
        """Another namespace for a case, in which nothing was called before."""
        return self._new(self._values(case), laid(case), Space)

    def _values(self, case: Case) -> dict[str, Any]:
        # Only what the part may read: the others may hold its answers.
        known = {item.name for item in self.candidate.part.globals}
        given = {name: value for name, value in case.globals.items() if name in known}
        if self.candidate.is_bound:
            return self.inputs(given)
        roles = self.candidate.form.roles if self.candidate.form else frozenset()
        duplicated = {item.name for item in self.candidate.part.globals if item.role in roles}
        # Calls that come before others share a namespace: the decoys are those of one case.
        decoys = (*self.candidate.calls_before, case)[0].decoy_globals
        return self.inputs(
            {
                name: decoys.get(name, value) if name in duplicated else value
                for name, value in given.items()
            }
        )

    def inputs(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as plain data, random keys among them of the kind that the candidate wants."""
        found = {name: carried(value) for name, value in values.items()}
        if self.candidate.has_raw_keys:
            return {n: v.data if isinstance(v, Key) else v for n, v in found.items()}
        if not self.candidate.has_typed_keys:
            return found
        return {name: Key(v) if is_raw_key(name, v) else v for name, v in found.items()}

    def _shared(self, values: Mapping[str, Any], files: Mapping[str, Content]) -> Space:
        """The namespace of another candidate with the same statements and values, or a new one.

        A function that remembers nothing is the same in both, and so are its programs.
        """
        space = self._new(values, files, Space)
        if self.candidate.kind is CandidateKind.CELL or space.may_remember:
            return space
        return self.session.spaces.setdefault(space.key, space)

    def _new(
        self, values: Mapping[str, Any], files: Mapping[str, Content], kind: type[AnySpace]
    ) -> AnySpace:
        candidate = self.candidate
        given = [item.given for item in candidate.part.globals]
        given += [Given(name=name) for name in candidate.stand_ins]
        cell = candidate.part.cell
        names: tuple[str, ...] = (candidate.function,) if candidate.function else ()
        roots: list[int] = []
        if candidate.kind is CandidateKind.CELL and cell is not None:
            names = cell.defines
            roots = cell_roots(self.program, cell)
        statements = self.program.slice(
            names=(*names, *self._beside()), roots=roots, given=given, without=candidate.without
        )
        stand_ins = None
        if candidate.stand_ins:
            text = _without_part(self.assignment.substitutes, candidate.part.substitute)
            stand_ins = StandIns(text=text, names=candidate.stand_ins)
        calls, setting = self._calls(), self._setting()
        apart = candidate.is_apart
        return kind(
            self.session, statements, values, stand_ins, calls, files, setting, is_apart=apart
        )

    def _beside(self) -> tuple[str, ...]:
        """The student's own names that expressions use and inputs are objects of, if they are."""
        part = self.candidate.part
        classes = {name for case in self.cases for name in classes_in(case)}
        found = (*part.needs, *sorted(classes - {*part.needs}))
        return tuple(n for n in found if self.program.bindings(n, with_stubs=True))

    def _setting(self) -> dict[str, Any]:
        helpers, float64 = self.candidate.part.helper_text, self.assignment.float64
        return {
            **({"helpers": helpers} if helpers else {}),
            **({"float64": True} if float64 else {}),
        }

    def _calls(self) -> list[tuple[str, dict[str, Any]]]:
        """The calls to make first, with their inputs."""
        form = self.candidate.form
        if form is None:
            return []
        words = set(re.findall(r"\w+", form.expression))
        return [
            (form.expression, {n: v for n, v in self.inputs(case.inputs).items() if n in words})
            for case in self.candidate.calls_before
        ]


def is_raw_key(name: str, value: Any) -> bool:
    """Whether a value is a random key, or several, as `jax.random.PRNGKey` makes them."""
    is_words = isinstance(value, np.ndarray) and value.dtype == np.uint32
    return is_words and value.shape[-1:] == (2,) and re.search(r"key|rng", name.lower()) is not None


@lru_cache(maxsize=1 << 10)
def classes_in(case: Case) -> frozenset[str]:
    """The names of the classes that inputs of a case are objects of."""
    pending = [carried(value) for value in case.inputs.values()]
    found = set()
    while pending:
        value = pending.pop()
        if isinstance(value, Record):
            found.add(value.type_name)
        pending += [item for _, item in items_of(value)]
    return frozenset(found)


@cache
def _without_part(text: str, name: str) -> str:
    """The text without the function: a part's own correct version is never next to its code."""
    return without(text, name) if name else text
