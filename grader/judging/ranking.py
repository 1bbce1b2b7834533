"""How much of an assignment a file contains, to choose the one that is graded among several."""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from grader.assignment import Assignment, Part, registry
from grader.judging.answer_key import cells_handed_out, handed_out
from grader.judging.near_names import is_near
from grader.reading.cells import Cell
from grader.reading.definitions import shape_of
from grader.reading.program import Program
from grader.reading.statements import Statement
from grader.reading.submission import Submission, parse_bytes, read_submission
from grader.reading.unreadable import UnreadableError
from grader.reading.written_answers import names_in, written_answer
from grader.running.bare_cells import drawing_statements

A_POINT = 1000
"""What a filled in point weighs; the names of an assignment's parts, nearly written, weigh less."""
A_NEAR_NAME = 10


class Rank:
    """How much the bytes of a file hold that a student wrote for the assignment, or for any.

    -1 is unreadable, 0 empty or as it was released, 1 code of some other kind.
    """

    def __init__(self, assignment: Assignment | None) -> None:
        self._assignment = assignment

    @cached_property
    def _wanted(self) -> tuple[_Wanted, ...]:
        among = [self._assignment] if self._assignment else [one for _, one in registry.loadable()]
        return tuple(_Wanted.of(one, is_sure=self._assignment is not None) for one in among)

    def __call__(self, data: bytes, name: str) -> int:
        """The rank of a file with these bytes and this name."""
        read = _read(data, name)
        if read is None:
            return -1
        return max((one.rank(*read) for one in self._wanted), default=0)

    def holds(self, data: bytes, name: str) -> bool:
        """Whether a file contains parts of the assignment, filled in or not."""
        read = _read(data, name)
        return read is not None and any(one.is_held_by(*read) for one in self._wanted)

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of all notebooks of assignments that have several."""
        several = [one.notebooks for one in self._wanted if len(one.notebooks) > 1]
        return tuple(dict.fromkeys(stem for notebooks in several for stem in notebooks))

    def notebook_of(self, data: bytes, name: str) -> str:
        """The stem of the notebook that a file is for, of those of an assignment that has several.

        '' where it has only one, or the file holds none of its parts.
        """
        read = _read(data, name)
        if read is None or not self._wanted:
            return ""
        return max(self._wanted, key=lambda one: one.share(*read)).notebook_of(*read)


def notebook_held(submission: Submission, assignment: Assignment) -> str:
    """The stem of the one of several notebooks that a submission is for, or ''."""
    wanted = _Wanted.of(assignment, is_sure=True)
    return wanted.notebook_of(submission, Program.of(submission))


@lru_cache(maxsize=4)
def _read(data: bytes, name: str) -> tuple[Submission, Program] | None:
    try:
        submission = parse_bytes(data, name=name)
        return submission, Program.of(submission)
    except UnreadableError:
        return None


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """The parts that a file can hold, and what every file has from the start."""

    parts: tuple[Part, ...]
    shapes: frozenset[str]
    handed_out: tuple[tuple[Cell, ...], ...]
    notebooks: Mapping[str, Mapping[str, float]]
    """By the stem of each notebook, the names of its parts, and what the parts are worth."""

    @classmethod
    def of(cls, assignment: Assignment, *, is_sure: bool) -> _Wanted:
        ready = frozenset() if is_sure else registry.ready_made_names(assignment.name)
        return cls(
            parts=tuple(part for part in assignment.parts if part.name not in ready),
            shapes=frozenset(shape_of(node) for node in handed_out(assignment)),
            handed_out=cells_handed_out(assignment),
            notebooks={path.stem: _parts_in(path, assignment) for path in assignment.notebooks},
        )

    def is_held_by(self, submission: Submission, program: Program) -> bool:
        names = {name for part in self.parts for name in part.names}
        in_words = {part.name for part in self.parts if part.is_written}
        is_there = not in_words.isdisjoint(names_in(submission.cells))
        return is_there or any(program.bindings(name, with_stubs=True) for name in names)

    def share(self, submission: Submission, program: Program) -> float:
        """The share of the points whose parts are there, filled in or not."""
        in_words = {*names_in(submission.cells)}
        there = [
            part.points
            for part in self.parts
            if part.name in in_words
            or any(program.bindings(name, with_stubs=True) for name in part.names)
        ]
        return sum(there) / (sum(part.points for part in self.parts) or 1.0)

    def notebook_of(self, submission: Submission, program: Program) -> str:
        """The stem of the one of several notebooks of whose parts most are there, or ''."""
        if len(self.notebooks) < 2:
            return ""
        there = {*names_in(submission.cells)}
        held = {
            stem: sum(
                points
                for name, points in names.items()
                if name in there or program.bindings(name, with_stubs=True)
            )
            for stem, names in self.notebooks.items()
        }
        most = max(held, key=lambda stem: held[stem])
        return most if held[most] else ""

    def rank(self, submission: Submission, program: Program) -> int:
        own = [s for s in program.statements if shape_of(s.node) not in self.shapes]
        answered = {
            part.name for part in self.parts if self._is_answered(part, submission, program)
        }
        if not own and not answered:
            return 0
        code = [part for part in self.parts if not part.is_written]
        filled = {part.name for part in code if _is_filled(part, program, own)} | answered
        points = sum(
            part.points
            for part in self.parts
            if part.name in filled or _is_inlined(part, program, filled)
        )
        near = sum(_is_near(part, program) for part in self.parts)
        return int(points * A_POINT) + near * A_NEAR_NAME + 1

    def _is_answered(self, part: Part, submission: Submission, program: Program) -> bool:
        """Whether a part that is answered in words is answered."""
        if not part.is_written:
            return False
        found = written_answer(part.name, submission.cells, program.cells, self.handed_out)
        return bool(found.text)


def _parts_in(path: Path, assignment: Assignment) -> dict[str, float]:
    """The names that a notebook has of parts, as it is released, and what each part is worth."""
    if len(assignment.notebooks) < 2:
        return {}
    submission = read_submission(path)
    program, in_words = Program.of(submission), {*names_in(submission.cells)}
    return {
        name: part.points
        for part in assignment.parts
        for name in part.names
        if name in in_words or program.bindings(name, with_stubs=True)
    }


def _is_filled(part: Part, program: Program, own: Sequence[Statement]) -> bool:
    """Whether a part is written as a function, or as cells in another way than released."""
    indexes = {s.index for s in own}
    bindings = program.bindings(part.name)
    if any(s.index in indexes and not isinstance(s.node, ast.Import) for s in bindings):
        return True
    names = part.cell.defines if part.cell else ()
    found = [s for name in names for s in program.bindings(name)]
    if part.cell and part.cell.draws_after:
        drawn = drawing_statements(program, part.cell.draws_after)
        found += [program.statements[index] for index in drawn]
    return any(s.index in indexes and part.name not in s.reads for s in found)


def _is_inlined(part: Part, program: Program, filled: Container[str]) -> bool:
    """Whether a part without a place of its own may be in a later part, which is written."""
    later = part.inlined_in
    return bool(later and later.part in filled and not program.bindings(part.name, with_stubs=True))


def _is_near(part: Part, program: Program) -> bool:
    return any(is_near(name, part.name) for name in program.functions())
