"""The children of one submission, and the namespaces in which its statements have run."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import numpy as np

from grader.assignment.files import Content
from grader.catalog import say
from grader.reading.plain_code import called_back, reaches, statements_in, uncounted
from grader.reading.remembering import keeps_something, may_remember
from grader.reading.slices import Slice
from grader.reading.statements import Statement, plain_names
from grader.sandbox.child import Budget, Child, batches
from grader.sandbox.endings import SuspectError
from grader.sandbox.failures import Failure, FailureReason
from grader.sandbox.inside import frames
from grader.sandbox.server import ForkServer

MAX_RESTARTS = 4


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """Trusted functions to bind: name to expression, over the assignment's stand-in text."""

    text: str
    names: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """How an end is taken that the machine or the student's code may have brought about.

    It is the student's where the question is not open; where the part has ended so before, a
    control decides.
    """

    is_open: bool = False
    is_repeated: bool = False


@dataclass
class Session:
    """The children of one submission. Close it to end them all.

    Stand-ins live in children of their own, so that a part that is judged on its own work never
    shares a process with a correct answer.
    """

    server: ForkServer
    modules: Mapping[str, str]
    cpu_s: float
    linked: Mapping[str, bool] = field(default_factory=dict)
    """Namespaces of files whose statements are run one by one, and whether each is a package."""
    given: frozenset[str] = frozenset()
    """The names of files among the modules that come with the assignment."""
    budget: Budget = field(init=False)
    children: dict[str, Child] = field(default_factory=dict)
    fatal_statements: dict[tuple[str, int], Failure] = field(default_factory=dict)
    """Statements that ended their process, by kind of child and index, and how: not run again."""
    unresolved: set[str] = field(default_factory=set)
    """Names that slices read and no statement binds."""
    doubt: Doubt = field(default_factory=Doubt)
    """What an end that is suspect means at present."""
    spaces: dict[bytes, Space] = field(default_factory=dict)
    """Namespaces that candidates share, by their keys."""
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    loaded: dict[str, list[Space]] = field(default_factory=dict)
    """By kind of child, the namespaces that were made there."""

    def __post_init__(self) -> None:
        self.budget = Budget.of(self.cpu_s)

    def child(self, kind: str) -> Child:
        """The living child of a kind, forked when there is none.

        "own" and "stand-ins" run code; with "traced" before it one only traces; "evaluating" is
        one that gets programs and no code.
        """
        child = self.children.get(kind)
        if child is None or not child.is_alive:
            first, *_ = kind.split()
            task = {"traced": "trace", "evaluating": "evaluate"}.get(first, "serve")
            child = self.server.fork(cpu_s=self.cpu_s * 10, task=task)
            child.on_suspect = self._on_suspect
            self.children[kind] = child
        return child

    @cached_property
    def own(self) -> frozenset[str]:
        """The names of files that the code may import, without what is in them."""
        linked = {name.partition(".")[0] for name in self.linked}
        whole = {name.partition(".")[0] for name in self.modules} - linked
        # What is installed is what an import gives, whatever file is called like it.
        return frozenset(linked | {name for name in whole if find_spec(name) is None})

    def is_plain(self, kind: str) -> bool:
        """Whether nothing but plain code has run in the children of a kind."""
        return not any(space.reaches for space in self.loaded.get(kind, ()))

    def _on_suspect(self, failure: Failure) -> None:
        """Raise SuspectError unless it is known that the student's code did it."""
        suspect = failure.suspect
        if suspect is None or (suspect.is_doubtful and not self.doubt.is_open):
            return
        if suspect.is_doubtful and self.doubt.is_repeated and self.server.is_sound():
            self.doubt = Doubt(is_open=False)
            return
        raise SuspectError(suspect.what)

    def evaluate(self, program: Mapping[str, Any]) -> dict[str, Any]:
        """What a program gives, in a child that gets no code. Raises Failure when that ends."""
        child = self.child("evaluating")
        answer: dict[str, Any] = child.ask(dict(program), self.budget)
        return answer

    def close(self) -> None:
        """End all children."""
        for child in self.children.values():
            child.end()


class Space:
    """A namespace in which a slice has been run with given values; made when first asked."""

    def __init__(  # noqa: PLR0913, PLR0917  (what it is made of)
        self,
        session: Session,
        statements: Slice,
        values: Mapping[str, Any],
        stand_ins: StandIns | None = None,
        calls: Sequence[tuple[str, Mapping[str, Any]]] = (),
        files: Mapping[str, Content] = MappingProxyType({}),
        setting: Mapping[str, Any] = MappingProxyType({}),
        *,
        is_apart: bool = False,
    ) -> None:
        """With plain calls, each an expression and its inputs, to make before anything is asked.

        `files` lie where the code starts; `setting` is what the child is told when it is opened.
        Where it `is_apart`, its child is one in which no other code than plain code runs.
        """
        self.session = session
        self.statements = statements
        self.values = values
        self.stand_ins = stand_ins
        self.calls = tuple(calls)
        self.files = {name: content.digest for name, content in files.items()}
        self._contents = {content.digest: content for content in files.values()}
        self.setting = dict(setting)
        nodes = [statement.node for statement in statements.statements]
        imports = _imports_any(statements.statements, session.modules)
        self.may_remember = may_remember(nodes) or imports
        self.keeps_something = keeps_something(nodes) or imports
        self.kind = "stand-ins" if stand_ins and stand_ins.names else "own"
        self.kind += " apart" if is_apart else ""
        self.child: Child | None = None
        self.number = 0
        self.problems: dict[int, Failure] = {}
        session.unresolved |= statements.unresolved

    @cached_property
    def key(self) -> bytes:
        """What is the same for namespaces in which the same has run with the same values."""
        names = dict(self.stand_ins.names) if self.stand_ins else {}
        rebinds = {str(at): sorted(names) for at, names in sorted(self.statements.rebinds.items())}
        indexes = [statement.index for statement in self.statements.statements]
        values = {name: self.values[name] for name in sorted(self.values)}
        calls = [[expression, dict(inputs)] for expression, inputs in self.calls]
        said = [self.kind, self.files, self.setting]
        return frames.encode([indexes, rebinds, names, values, calls, *said])

    @cached_property
    def reaches(self) -> str:
        """The first name by which its code could reach what runs beside it, or ''."""
        return self._first(reaches)

    @cached_property
    def uncounted(self) -> str:
        """The first name by which it could go through items without being counted, or ''."""
        return self._first(uncounted)

    @cached_property
    def called_back(self) -> str:
        """The first name by which a program of its code could leave work to Python, or ''."""
        return self._first(called_back)

    def _first(self, find: Callable[..., str]) -> str:
        """What is found first in the statements, or in files that they import as a whole."""
        statements, modules = self.statements.statements, self.session.modules
        own: list[ast.stmt] = [statement.node for statement in statements]
        given: list[ast.stmt] = []
        for name, text in modules.items() if _imports_any(statements, modules) else ():
            (given if name in self.session.given else own).extend(statements_in(text))
        return find(own, self.session.own, given)

    def ask(self, operation: str, **body: Any) -> Any:
        """The child's answer to one request in this namespace. Raises Failure."""
        if self.child is None or not self.child.is_alive:
            self.load()
        return self._ask(operation, **body)

    def _ask(self, operation: str, **body: Any) -> Any:
        """The same of the namespace as it is."""
        assert self.child is not None
        request = {"op": operation, "space": self.number, **body}
        return self.child.ask(request, self.session.budget)

    def load(self) -> None:
        """Run the slice in a fresh namespace; statements that end the process are omitted."""
        for _ in range(MAX_RESTARTS):
            self.child = self.session.child(self.kind)
            self.session.loaded.setdefault(self.kind, []).append(self)
            self.number = next(self.session.numbers)
            self.problems = {}
            if self._run_all():
                self._call()
                return
        raise Failure(FailureReason.CRASHED, message=say("stopped.by_cells"))

    def _call(self) -> None:
        """Make the calls, whatever they give; raises only what ends the process."""
        for expression, inputs in self.calls:
            try:
                self.ask("evaluate", expression=expression, inputs=inputs, mode="eager", later=True)
            except Failure as failure:
                if failure.is_final:
                    raise

    def _open(self) -> None:
        """Have an empty namespace, in a child that is forked where there is none."""
        self.child = self.session.child(self.kind)
        self.number = next(self.session.numbers)
        self._all_answers(self._opening())

    def _opening(self) -> list[bytes]:
        opened = self._encoded(
            "open",
            modules=dict(self.session.modules),
            linked=dict(self.session.linked),
            main=True,
            files=self.files,
            **self.setting,
        )
        return [*self._keeping(), opened]

    def _run_all(self) -> bool:
        opening = [*self._opening(), self._encoded("bind", values=dict(self.values))]
        if texts := self._stand_in_texts():
            opening.append(self._encoded("stand_in", **texts, values=dict(self.values)))
        self._all_answers(opening)
        pending = list(self.statements.statements)
        while pending:
            outcomes = self._run(pending)
            waiting = []
            for statement, failure in outcomes:
                if failure is None:
                    self.problems.pop(statement.index, None)
                    continue
                self.problems[statement.index] = failure
                if failure.kind == "NameError":
                    waiting.append(statement)
            if len(outcomes) < len(pending):
                return False
            # A name that a later cell binds: try again while that helps.
            if len(waiting) == len(pending):
                break
            pending = waiting
        return True

    def _keeping(self) -> Iterator[bytes]:
        """Requests to keep what is in the files, as far as the child has not got it yet."""
        assert self.child is not None
        for digest in sorted(self._contents.keys() - self.child.kept):
            self.child.kept.add(digest)
            data = np.frombuffer(self._contents[digest], np.uint8)
            yield self._encoded("keep", contents={digest: data})

    def _run(self, statements: list[Statement]) -> list[tuple[Statement, Failure | None]]:
        """How each statement ended, up to one that ends the process, which is omitted."""
        assert self.child is not None
        fatal = self.session.fatal_statements
        ended = {s.index: fatal.get((self.kind, s.index)) for s in statements}
        harmless = [s for s in statements if ended[s.index] is None]
        turn = iter(harmless)
        for run in batches([self._execution(s) for s in harmless]):
            self.child.send(run, self.session.budget)
            for statement in itertools.islice(turn, len(run)):
                failure = ended[statement.index] = self._outcome()
                if failure is not None and failure.is_final:
                    fatal[self.kind, statement.index] = failure
                    statements = statements[: statements.index(statement)]
                    return [(s, ended[s.index]) for s in statements]
        return [(s, ended[s.index]) for s in statements]

    def _execution(self, statement: Statement) -> bytes:
        values = {name: self.values[name] for name in self._rebound(statement, self.values)}
        return self._encoded("execute", **self._told(statement), rebind=values)

    def _rebound(self, statement: Statement, values: Mapping[str, Any]) -> list[str]:
        """The names among the values that are bound again after a statement."""
        rebind = self.statements.rebinds.get(statement.index, frozenset())
        return sorted(plain_names(rebind) & values.keys())

    @staticmethod
    def _told(statement: Statement) -> dict[str, Any]:
        """What the child is told of a statement."""
        return {
            "source": statement.text,
            "cell": statement.cell,
            "is_variable": statement.is_variable,
            "module": statement.module,
        }

    def _stand_in_texts(self) -> dict[str, Any] | None:
        """What the child is told of the stand-ins, if there are any."""
        if not (self.stand_ins and self.stand_ins.names):
            return None
        return {"source": self.stand_ins.text, "names": dict(self.stand_ins.names)}

    def _outcome(self) -> Failure | None:
        """What the next statement raised; it may use up half of the part's time at most."""
        assert self.child is not None
        whole = self.session.budget
        limit = Budget(cpu_s=min(whole.cpu_s, self.session.cpu_s / 2), wall_s=whole.wall_s / 2)
        before = limit.cpu_s, limit.wall_s
        try:
            self.child.answer(limit)
        except Failure as failure:
            return failure
        finally:
            whole.cpu_s -= before[0] - limit.cpu_s
            whole.wall_s -= before[1] - limit.wall_s
        return None

    def _encoded(self, operation: str, **body: Any) -> bytes:
        return frames.encode({"op": operation, "space": self.number, **body})

    def _all_answers(self, requests: list[bytes]) -> None:
        assert self.child is not None
        for run in batches(requests):
            self.child.send(run, self.session.budget)
            for _ in run:
                self.child.answer(self.session.budget)


def _imports_any(statements: Iterable[Statement], modules: Mapping[str, str]) -> bool:
    """Whether one imports a file that was handed in and is run as a whole."""
    tops = {name.partition(".")[0] for name in modules}
    imports = [s for s in statements if isinstance(s.node, (ast.Import, ast.ImportFrom))]
    return bool(tops) and any(tops & set(re.findall(r"\w+", s.text)) for s in imports)
