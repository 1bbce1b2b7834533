"""Which row of a gradebook is whose: by Canvas's ID, the SIS ID, the login, and a name last."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.catalog import Text, say
from grader.course.exchange.canvas_columns import CanvasColumns, is_student
from grader.course.exchange.names import plain, words_of
from grader.course.exchange.rows import GradeRow
from grader.course.exchange.tables import Table

_TWO_NAMES = say("course.left.two_names")
_TWO_ROWS = say("course.left.two_rows")
_TWO_MARKS = say("course.left.same_row")


@dataclass(frozen=True, kw_only=True)
class Students:
    """Our row for each row of the file that has one, and whom no row was found for."""

    by_row: Mapping[int, GradeRow]
    unmatched: tuple[str, ...] = ()
    left: tuple[tuple[str, Text], ...] = ()


def match_students(table: Table, people: CanvasColumns, rows: Sequence[GradeRow]) -> Students:
    """Find the rows of each student in the file; who is in several sections may have several."""
    index = _Index(table, people)
    ours = Counter(words_of(row.sort_name or row.name) for row in rows)
    unmatched: list[str] = []
    left: dict[str, Text] = {}
    found: dict[int, list[GradeRow]] = defaultdict(list)
    for row in rows:
        people_found = index.people(row)
        names = words_of(row.sort_name or row.name)
        by_name = index.by_name.get(names, set()) if names and index.may_be_named(row) else set()
        if len(people_found) > 1:
            left[row.student] = _TWO_ROWS
        elif not people_found and by_name and (len(by_name) > 1 or ours[names] > 1):
            left[row.student] = _TWO_NAMES
        elif not people_found and not by_name:
            unmatched.append(row.student)
        else:
            for place in index.rows[next(iter(people_found or by_name))]:
                found[place].append(row)
    by_row = {}
    for place, some in sorted(found.items()):
        if len(some) == 1:
            by_row[place] = some[0]
        else:
            left |= {row.student: _TWO_MARKS for row in some}
    return Students(by_row=by_row, unmatched=tuple(unmatched), left=tuple(left.items()))


class _Index:
    """The people of a gradebook, by what it says of them; a person is the first row of an ID."""

    def __init__(self, table: Table, people: CanvasColumns) -> None:
        self.rows: dict[int, list[int]] = defaultdict(list)
        self.by_id: dict[str, int] = {}
        self.by_sis: dict[str, set[int]] = defaultdict(set)
        self.by_login: dict[str, set[int]] = defaultdict(set)
        self.by_name: dict[frozenset[str], set[int]] = defaultdict(set)
        for place, row in enumerate(table.rows):
            if not is_student(row):
                continue
            key = row[people.id].strip()
            person = self.by_id.setdefault(key, place) if key else place
            self.rows[person].append(place)
            for column, found in (
                (people.sis_user, self.by_sis),
                (people.sis_login, self.by_login),
            ):
                if column is not None and row[column].strip():
                    found[plain(row[column])].add(person)
            self.by_name[words_of(" ".join(row[one] for one in people.names))].add(person)

    def people(self, row: GradeRow) -> set[int]:
        """Whom the IDs say, the first kind of ID that says anybody, and all others that do."""
        found: set[int] = set()
        if row.lms_number.strip() in self.by_id:
            found.add(self.by_id[row.lms_number.strip()])
        if row.number.strip():
            found |= self.by_sis.get(plain(row.number), set())
        if row.login.strip():
            found |= self.by_login.get(plain(row.login), set())
        if not found and row.email.strip():
            found |= self.by_login.get(plain(row.email), set())
        return found

    def may_be_named(self, row: GradeRow) -> bool:
        """Whether a name may say who it is: no ID of Canvas's says that it is somebody else."""
        return not row.lms_number.strip()
