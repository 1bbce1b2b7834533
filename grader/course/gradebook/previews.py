"""What applying a regrade would change: old and new next to each other, before it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from grader.course.gradebook.marks import Mark
from grader.course.gradebook.points import PartMark


class Change(StrEnum):
    """Which way something goes; in this order previews list students."""

    DOWN = "down"
    UP = "up"
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class PartChange:
    """What the checks gave for a part, before and after; None where it was not checked."""

    name: str
    before_mp: int | None
    after_mp: int | None
    is_overridden: bool = False

    @property
    def change(self) -> Change:
        """Which way it goes."""
        return change_of(self.before_mp, self.after_mp)


@dataclass(frozen=True, kw_only=True)
class PreviewRow:
    """A student: the result's own points, and the mark that counts, each before and after."""

    student: str
    raw_before_mp: int | None
    raw_after_mp: int | None
    mark_before_mp: int | None
    mark_after_mp: int | None
    parts: tuple[PartChange, ...] = ()
    is_hidden: bool = False
    """Whether the result changes, and an override keeps the mark the same."""

    @property
    def change(self) -> Change:
        """Which way the mark goes; a mark that is no longer known goes down."""
        return change_of(self.mark_before_mp, self.mark_after_mp)

    @property
    def raw_change(self) -> Change:
        """Which way the result's own points go."""
        return change_of(self.raw_before_mp, self.raw_after_mp)


@dataclass(frozen=True, kw_only=True)
class PartCounts:
    """For how many students what the checks gave for a part goes which way."""

    name: str
    n_up: int
    n_down: int
    n_same: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    """All students: those that go down first, the largest drop on top, then up, then the same."""

    rows: tuple[PreviewRow, ...]
    parts: tuple[PartCounts, ...]

    def count(self, change: Change) -> int:
        """For how many students the mark goes this way."""
        return sum(row.change is change for row in self.rows)

    @property
    def n_up(self) -> int:
        """How many marks go up."""
        return self.count(Change.UP)

    @property
    def n_down(self) -> int:
        """How many marks go down."""
        return self.count(Change.DOWN)

    @property
    def n_same(self) -> int:
        """How many marks stay the same."""
        return self.count(Change.SAME)


def change_of(before: int | None, after: int | None) -> Change:
    """Which way points go; what is not known is below 0."""
    difference = _size(after) - _size(before)
    if not difference:
        return Change.SAME
    return Change.UP if difference > 0 else Change.DOWN


def _size(points: int | None) -> int:
    return -1 if points is None else points


def preview(before: Mapping[str, Mark], after: Mapping[str, Mark]) -> Preview:
    """What changes for each student. Raises ValueError where the students are not the same."""
    if before.keys() != after.keys():
        raise ValueError(f"only on one side: {sorted(before.keys() ^ after.keys())}")
    rows = [_row(student, mark, after[student]) for student, mark in before.items()]
    return Preview(rows=tuple(sorted(rows, key=_order)), parts=tuple(_counts(rows)))


def only_up(seen: Preview) -> tuple[str, ...]:
    """The students to apply a regrade to so that no mark goes down, by name.

    Where the mark stays the same, those whose result goes up: it counts when the override that
    hides it is revoked.
    """
    return tuple(sorted(row.student for row in seen.rows if _is_up(row)))


def _is_up(row: PreviewRow) -> bool:
    is_same = row.change is Change.SAME
    return row.change is Change.UP or (is_same and row.raw_change is Change.UP)


def _row(student: str, before: Mark, after: Mark) -> PreviewRow:
    parts = tuple(_part_changes(before.parts, after.parts))
    is_changed = before.raw_mp != after.raw_mp or any(p.change is not Change.SAME for p in parts)
    is_overridden = after.override is not None or any(part.is_overridden for part in parts)
    return PreviewRow(
        student=student,
        raw_before_mp=before.raw_mp,
        raw_after_mp=after.raw_mp,
        mark_before_mp=before.mark_mp,
        mark_after_mp=after.mark_mp,
        parts=parts,
        is_hidden=is_changed and is_overridden and before.mark_mp == after.mark_mp,
    )


def _part_changes(before: Iterable[PartMark], after: Iterable[PartMark]) -> Iterable[PartChange]:
    old, new = ({part.name: part for part in parts} for parts in (before, after))
    for name in {**old, **new}:
        sides = (old.get(name), new.get(name))
        autos = [None if side is None else side.auto_mp for side in sides]
        yield PartChange(
            name=name,
            before_mp=autos[0],
            after_mp=autos[1],
            is_overridden=sides[1] is not None and sides[1].override is not None,
        )


def _counts(rows: Iterable[PreviewRow]) -> Iterable[PartCounts]:
    changes: dict[str, Counter[Change]] = {}
    for row in rows:
        for part in row.parts:
            changes.setdefault(part.name, Counter())[part.change] += 1
    for name, count in changes.items():
        yield PartCounts(
            name=name,
            n_up=count[Change.UP],
            n_down=count[Change.DOWN],
            n_same=count[Change.SAME],
        )


def _order(row: PreviewRow) -> tuple[int, int, bool, str]:
    """Down before up before the same; the largest change first; then those that are hidden."""
    size = abs(_size(row.mark_after_mp) - _size(row.mark_before_mp))
    return [*Change].index(row.change), -size, not row.is_hidden, row.student
