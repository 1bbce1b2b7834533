"""Which of our marks belongs to which row of a grading worksheet; never by a name alone.

The participant's number decides, of those without one an e-mail address or a number of the person
that the worksheet has. The number is another in each assignment, so the name beside it is looked
at too: a worksheet of another assignment would give everybody a stranger's mark. A team's mark
goes to all rows of its group, but to those with a mark of their own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grader.catalog import Text, say
from grader.course.exchange.moodle_columns import Columns, participant
from grader.course.exchange.names import DEFAULT_GROUPS, group_key, plain, words_of
from grader.course.exchange.rows import GradeRow
from grader.course.exchange.tables import Record, Table
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

_IN_ZIP = re.compile(r"([^_]*)_[0-9]+_assignfeedback_file/")
DEFAULT_REASON = say("course.left.default_group")
_TWO = say("course.left.same_row")


@dataclass(frozen=True, kw_only=True)
class Matches:
    """Our row for each row of the file that has one, and whom no row was found for."""

    by_row: Mapping[int, GradeRow]
    unmatched: tuple[str, ...] = ()
    left: tuple[tuple[str, Text], ...] = ()
    is_confirmed: bool = True
    """Whether a name, an e-mail or a group in the file says that the numbers are the same."""


def known_name(row: GradeRow) -> str:
    """The name of a person or a team, of those that have none the one in the download."""
    found = _IN_ZIP.match(row.return_path)
    return row.name or (found[1] if found is not None else row.student)


def is_default_group(row: GradeRow, rows: Iterable[GradeRow]) -> bool:
    """Whether a submission is that of all who are in no group, whose entry has no number."""
    if group_key(row.group or known_name(row)) in DEFAULT_GROUPS:
        return True
    if not row.group or _IN_ZIP.match(row.return_path):
        return False
    return any(one.group and _IN_ZIP.match(one.return_path) for one in rows)


def match_rows(table: Table, columns: Columns, rows: Sequence[GradeRow]) -> Matches:
    """Find the row of the file for each of ours.

    Raises: UsageError where most of the numbers have another name in the file.
    """
    found = _Matching(table, columns, rows)
    found.run()
    return found.result()


@dataclass
class _Found:
    """What is found so far: the rows of the file for each of ours, by their places."""

    own: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    teams: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    unmatched: list[str] = field(default_factory=list)
    left: dict[str, Text] = field(default_factory=dict)


class _Matching:
    """The index of a worksheet, and our rows as they are found in it."""

    def __init__(self, table: Table, columns: Columns, rows: Sequence[GradeRow]) -> None:
        self.table, self.columns, self.rows = table, columns, rows
        self.by_number: dict[str, list[int]] = defaultdict(list)
        self.by_identity: dict[str, set[int]] = defaultdict(set)
        for place, row in enumerate(table.rows):
            self.by_number[participant(row[columns.number])].append(place)
            for column in columns.identities():
                if row[column].strip():
                    self.by_identity[plain(row[column])].add(place)
        self.group = columns.group if columns.group is not None else self._group_by_form()
        self.groups = self._groups()
        people = () if columns.name is None else table.column(columns.name)
        self.people = {group_key(one) for one in people}
        self.found = _Found()
        self.strangers: list[tuple[GradeRow, Record]] = []
        self.known = 0

    def run(self) -> None:
        for index, row in enumerate(self.rows):
            team = self._team(row)
            if team:
                self._find_team(index, row, team)
            elif is_default_group(row, self.rows):
                self.found.left[row.student] = DEFAULT_REASON
            else:
                self._find_person(index, row)
        if len(self.strangers) > self.known:
            self._refuse()
        for row, other in self.strangers:
            self.found.left[row.student] = say("course.left.stranger", who=self._shown(other))

    def result(self) -> Matches:
        """Our row for each row of the file: a mark of one's own before the team's."""
        by_row = {}
        for place, indices in sorted((self.found.teams | self.found.own).items()):
            some = [self.rows[one] for one in indices]
            alike = {(one.mark_mp, one.max_mp, one.is_excused, one.comment) for one in some}
            if len(alike) == 1:
                by_row[place] = some[0]
            else:
                self.found.left |= {one.student: _TWO for one in some}
        unmatched = tuple(self.found.unmatched)
        return Matches(
            by_row=by_row,
            unmatched=unmatched,
            left=tuple(self.found.left.items()),
            is_confirmed=bool(self.known or self.found.teams or not by_row),
        )

    def _group_by_form(self) -> int | None:
        """In a language that is not known: the column before the grade that has our groups."""
        groups = {group_key(row.group) for row in self.rows if row.group}
        found = [
            column
            for column in range(self.columns.grade)
            if groups & {group_key(cell) for cell in self.table.column(column)}
            or self._is_of_groups(column)
        ]
        return found[0] if len(found) == 1 else None

    def _is_of_groups(self, column: int) -> bool:
        """Whether a column has names of ours that are groups': mostly not beside their numbers.

        Beside their own numbers they are people's; without numbers nobody can say.
        """
        status = self.columns.grade if self.columns.status is None else self.columns.status
        cells = {group_key(cell) for cell in self.table.column(column) if cell.strip()}
        beside = others = 0
        for row in self.rows if column > status else ():
            name, number = group_key(known_name(row)), _digits(row.lms_number) or _in_path(row)
            if name in cells and number:
                places = self.by_number.get(number, [])
                own = {group_key(self.table.rows[one][column]) for one in places}
                beside, others = beside + (name in own), others + (name not in own)
        return others > beside

    def _groups(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        if self.group is not None:
            for place, row in enumerate(self.table.rows):
                found[group_key(row[self.group])].append(place)
        return found

    def _team(self, row: GradeRow) -> str:
        """The key of the team that a row is of, '' for a person's."""
        name = group_key(known_name(row))
        if row.group:
            return group_key(row.group)
        return name if name and name in self.groups and name not in self.people else ""

    def _find_team(self, index: int, row: GradeRow, team: str) -> None:
        if team in DEFAULT_GROUPS or is_default_group(row, self.rows):
            self.found.left[row.student] = DEFAULT_REASON
            return
        members = self.groups.get(team, [])
        spellings = {self.table.rows[one][self.group or 0] for one in members}
        own = [place for place in self._by_identity(row) if place in members]
        if self.group is None:
            self.found.left[row.student] = say("course.left.no_groups")
        elif not members:
            self.found.unmatched.append(row.student)
        elif len(spellings) > 1:
            named = ", ".join(visible(one, NAME_LIMIT) for one in sorted(spellings))
            self.found.left[row.student] = say("course.left.groups", names=named)
        for place in own if len(own) == 1 and len(spellings) == 1 else ():
            self.found.own[place].append(index)
        for place in members if len(spellings) == 1 else ():
            self.found.teams[place].append(index)

    def _find_person(self, index: int, row: GradeRow) -> None:
        number = _digits(row.lms_number)
        places = self.by_number.get(number, [])[:1] if number else self._by_identity(row)
        if not places:
            self.found.unmatched.append(row.student)
        elif len(places) > 1:
            self.found.left[row.student] = say("course.left.same_identity")
        else:
            self._check(index, row, places[0])

    def _by_identity(self, row: GradeRow) -> list[int]:
        """The rows with the person's e-mail, else with the number or the login."""
        for one in (row.email, row.number, row.login):
            if one.strip() and (found := self.by_identity.get(plain(one))):
                return sorted(found)
        return []

    def _check(self, index: int, row: GradeRow, place: int) -> None:
        """Take a row of the file where nothing says that it is of somebody else."""
        verdict = self._is_same(row, place)
        self.known += verdict is True
        if verdict is False:
            self.strangers.append((row, self.table.rows[place]))
        elif verdict is None and self.groups:
            self.found.left[row.student] = say("course.left.maybe_team")
        else:
            self.found.own[place].append(index)

    def _is_same(self, row: GradeRow, place: int) -> bool | None:
        """Whether a row of the file is of this person; None where nothing says it."""
        record = self.table.rows[place]
        if place in self._by_identity(row):
            return True
        if self._by_identity(row):
            return False
        ours, word = (
            words_of(self._name(row)),
            words_of(record[self.columns.number].rstrip("0123456789")),
        )
        theirs = words_of("" if self.columns.name is None else record[self.columns.name])
        if not ours or not theirs or ours == word or "".join(ours) == "".join(word):
            return None
        joined = "".join(sorted("".join(ours))) == "".join(sorted("".join(theirs)))
        return bool(ours & theirs) or joined

    @staticmethod
    def _name(row: GradeRow) -> str:
        """A name to compare, '' for an ID that need not be one."""
        return known_name(row) if row.name or _IN_ZIP.match(row.return_path) else ""

    def _refuse(self) -> None:
        row, other = self.strangers[0]
        ours = visible(known_name(row), NAME_LIMIT)
        msg = (
            f"{self.table.file}: is of another assignment or another download: "
            f"{self._shown(other)} in it, and {ours} with us; download the worksheet of this "
            "assignment"
        )
        raise UsageError(msg)

    def _shown(self, record: Record) -> Text:
        """Who somebody is in the file: "Participant 10 is Ada Lovelace"."""
        number = visible(record[self.columns.number], NAME_LIMIT)
        name: Text = say("course.left.somebody")
        if self.columns.name is not None:
            name = visible(record[self.columns.name], NAME_LIMIT)
        return say("course.left.is_name", number=number, name=name)


def _in_path(row: GradeRow) -> str:
    """The number of a participant or a group in the path that a download led to."""
    found = _IN_ZIP.match(row.return_path)
    return "" if found is None else _digits(found[0].rsplit("_assign", 1)[0])


def _digits(number: str) -> str:
    """The number by which Moodle knows a participant, of `10` and of `Participant 10`."""
    found = re.search(r"[0-9]{1,18}$", number.strip())
    return "" if found is None else found[0].lstrip("0") or "0"


def twice(table: Table, columns: Columns) -> tuple[str, ...]:
    """The participants that the file has two rows of; Moodle takes the first."""
    counts = Counter(table.column(columns.number))
    return tuple(cell for cell, count in counts.items() if count > 1)
