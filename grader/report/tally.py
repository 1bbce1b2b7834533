"""A class counted: points, parts, checks and known mistakes, from stored results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from grader.report import wording
from grader.report.attention import graded
from grader.report.stored import StoredPart, StoredResult
from grader.results import CheckStatus, State, Visibility

_REVIEW_BELOW = 0.1
_REVIEW_FROM = 10
"""A check is to be reviewed when fewer than a tenth of at least ten students pass it."""
BINS = 10


@dataclass(frozen=True, kw_only=True)
class PartTally:
    """How a class did in a part; `number` counts the parts from 1."""

    number: int
    name: str
    title: str
    max_score: float
    correct: tuple[str, ...]
    """The students whose part is correct, has some of its points, has none of them."""
    partly: tuple[str, ...]
    none: tuple[str, ...]
    mean: float | None
    """Of the students of whom all points of the part are known; None where there are none."""
    open: tuple[str, ...] = ()
    """The students of whom a person has to decide points; they are in none of the others."""


@dataclass(kw_only=True)
class CheckTally:
    """How many of how many passed a check."""

    name: str
    part: int
    is_hidden: bool
    is_by_hand: bool = False
    passed: int = 0
    n: int = 0
    missed: list[str] = field(default_factory=list)
    """The students who do not pass it, in the order in which they were met."""

    @property
    def share(self) -> float:
        """The share that passed, from 0 to 1."""
        return self.passed / self.n

    @property
    def is_suspect(self) -> bool:
        """Whether so few passed that the check itself may be at fault."""
        return self.n >= _REVIEW_FROM and self.share < _REVIEW_BELOW


@dataclass(kw_only=True)
class OpenTally:
    """The students of whom a person has to decide a check, and the points that are open."""

    name: str
    part: int
    index: int
    """Which of the checks of its part it is that a person decides, counted from 0."""
    title: str = ""
    points: float = 0.0
    students: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class MistakeTally:
    """Who made a known mistake, and the lines of code where it shows. Without a name: none fits."""

    name: str
    parts: set[int] = field(default_factory=set)
    said: str = ""
    students: dict[str, None] = field(default_factory=dict)
    """Each once, in the order in which they were met."""
    lines: Counter[str] = field(default_factory=Counter)

    @property
    def line(self) -> str:
        """The line of code that most of them wrote, the shortest of equals; '' without one."""
        ranked = sorted(self.lines.items(), key=lambda item: (-item[1], len(item[0]), item[0]))
        return ranked[0][0] if ranked else ""


def part_names(results: Sequence[StoredResult]) -> tuple[str, ...]:
    """The names of the parts in the order in which the results first name them."""
    return tuple(dict.fromkeys(part.name for result in results for part in result.parts))


def maximum(results: Sequence[StoredResult]) -> float:
    """The points that there are to earn."""
    return max((result.max_score for result in results), default=0.0)


def histogram(results: Sequence[StoredResult]) -> list[int]:
    """How many students are in each of ten equal bins of points; the last holds full marks."""
    counted = graded(results)
    most = maximum(counted) or 1.0
    counts = [0] * BINS
    for result in counted:
        share = result.score / most
        counts[min(BINS - 1, max(0, int(share * BINS + 1e-9)))] += 1
    return counts


def part_tallies(results: Sequence[StoredResult]) -> list[PartTally]:
    """How the class did in each part, in the order of the parts."""
    held: dict[str, list[tuple[str, StoredPart]]] = {name: [] for name in part_names(results)}
    first: dict[str, StoredPart] = {}
    for result in results:
        for part in result.parts:
            first.setdefault(part.name, part)
    for result in graded(results):
        for part in result.parts:
            held[part.name].append((result.student, part))
    return [_part(number, first[name], held[name]) for number, name in enumerate(held, 1)]


def _part(number: int, first: StoredPart, held: Sequence[tuple[str, StoredPart]]) -> PartTally:
    students: dict[str, list[str]] = {"correct": [], "partly": [], "none": [], "open": []}
    for student, part in held:
        students[_group(part)].append(student)
    known = [part.score for _, part in held if not part.open_points]
    return PartTally(
        number=number,
        name=first.name,
        title=first.title or first.name,
        max_score=first.max_score,
        correct=tuple(students["correct"]),
        partly=tuple(students["partly"]),
        none=tuple(students["none"]),
        mean=fmean(known) if known else None if held else 0.0,
        open=tuple(students["open"]),
    )


def _group(part: StoredPart) -> str:
    """Under which count a part is."""
    if part.open_points:
        return "open"
    is_correct = part.state == State.CORRECT
    return "correct" if is_correct else "partly" if part.score > 0 else "none"


def open_tallies(results: Sequence[StoredResult]) -> list[OpenTally]:
    """The checks that a person has to decide, in the order of the parts, with their points."""
    names = part_names(results)
    rows: dict[tuple[int, int], OpenTally] = {}
    for result in graded(results):
        for part in result.parts:
            number = names.index(part.name) + 1
            for i, check in enumerate(check for check in part.checks if check.is_by_hand):
                if check.status != CheckStatus.OPEN:
                    continue
                new = OpenTally(name=part.name, part=number, index=i, title=check.name)
                row = rows.setdefault((number, i), new)
                row.points += check.max_score
                row.students.append(result.student)
    return [rows[key] for key in sorted(rows)]


def check_tallies(results: Sequence[StoredResult]) -> list[CheckTally]:
    """Every check that gives points with its pass rate, hardest first."""
    names = part_names(results)
    rows: dict[tuple[int, str], CheckTally] = {}
    for result in graded(results):
        for part in result.parts:
            number = names.index(part.name) + 1
            for check in part.checks:
                if check.status in {CheckStatus.ADVICE, CheckStatus.OPEN}:
                    continue
                row = rows.setdefault(
                    (number, check.name),
                    CheckTally(
                        name=check.name,
                        part=number,
                        is_hidden=check.visibility == Visibility.HIDDEN,
                        is_by_hand=check.is_by_hand,
                    ),
                )
                row.n += 1
                if check.status == CheckStatus.PASSED:
                    row.passed += 1
                else:
                    row.missed.append(result.student)
    return sorted(rows.values(), key=lambda row: row.share)


def mistake_tallies(results: Sequence[StoredResult]) -> list[MistakeTally]:
    """The known mistakes that were found, most frequent first; last, always, what fits none."""
    names = part_names(results)
    found: dict[tuple[int, str], MistakeTally] = {}
    unknown = MistakeTally(name="")
    for result in graded(results):
        for part in result.parts:
            number = names.index(part.name) + 1
            known = [check for check in part.checks if check.mistake]
            for mistake in dict.fromkeys(check.mistake for check in known):
                row = found.setdefault((number, mistake), MistakeTally(name=mistake))
                said = (c.noticed for c in known if c.mistake == mistake and c.noticed)
                row.said = row.said or next(said, "")
                _add(row, number, result.student)
                if part.code:
                    row.lines[part.code] += 1
            lost = [check for check in part.checks if check.status in wording.LOSING]
            is_lost = any(not check.is_by_hand for check in lost)
            if is_lost and not known and part.state in (State.PARTLY, State.NOT_YET):
                _add(unknown, number, result.student)
    rows = sorted(found.items(), key=lambda item: (-len(item[1].students), item[0]))
    return [*(row for _, row in rows), unknown]


def _add(row: MistakeTally, part: int, student: str) -> None:
    row.parts.add(part)
    row.students[student] = None
