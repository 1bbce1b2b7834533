"""Whose a submission is: entries of a download, and the people of the course.

A number by which Moodle knows somebody is another one in each assignment, so an ID with a number in
it never finds a person by itself; names do, where one person alone has them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from grader.course.collecting.students import key_of
from grader.course.exchange.rosters import RosterPerson, read_roster
from grader.course.operations.names import plain
from grader.course.records.models import Enrolment, Identity
from grader.errors import UsageError

PROVIDER = "import"
CANVAS = "canvas"
_MOODLE = "_assignfeedback_file/"
_LARGEST_TABLE = 4 * 1024 * 1024
_CUT_AT = 60
"""An ID may be cut: from so many letters on a name that begins like it is the same."""


class Named(Protocol):
    """A submission as the system that it came from names it, such as an entry of a class."""

    @property
    def student(self) -> str:
        """The ID that it has in a batch."""
        ...

    @property
    def ending(self) -> str:
        """What the ID ends in: the number, or that of a group."""
        ...

    @property
    def number(self) -> str:
        """By which the system knows the student."""
        ...

    @property
    def return_path(self) -> str:
        """Under which name in a zip file the system takes the report back."""
        ...


@dataclass(frozen=True, kw_only=True)
class Key:
    """By what the system that a submission came from knows its student."""

    issuer: str
    subject: str


def key_for(entry: Named, slug: str) -> Key:
    """The key of an entry: Canvas's number holds everywhere, all others in their assignment."""
    if entry.number and entry.return_path and _MOODLE not in entry.return_path:
        return Key(issuer=CANVAS, subject=entry.number)
    return Key(issuer=slug, subject=entry.student)


@dataclass(kw_only=True)
class Matcher:
    """Finds the person of each entry of a download."""

    slug: str
    rows: list[Enrolment]
    by_number: Mapping[str, RosterPerson] = field(default_factory=dict)
    """What a worksheet next to the download says of its numbers."""
    names: Counter[str] = field(default_factory=Counter)
    """How often each name is in the download."""
    identities: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, slug: str, entries: Sequence[Named], sources: Iterable[Path]) -> Matcher:
        """A matcher of a download."""
        return cls(
            slug=slug,
            rows=_students(),
            by_number=numbers_in(sources),
            names=Counter(plain(name_of(entry)) for entry in entries),
            identities=_identities(slug),
        )

    def renew(self) -> bool:
        """Look who has come to the course since, by another command; whether anybody has."""
        if Enrolment.objects.filter(role="student").count() == len(self.rows):
            return False
        self.rows, self.identities = _students(), _identities(self.slug)
        return True

    def find(self, entry: Named) -> Enrolment | None:
        """The person of an entry, None where nobody or several could be meant."""
        key = key_for(entry, self.slug)
        person = self.identities.get((key.issuer, key.subject))
        if person is not None:
            return next((row for row in self.rows if row.person_id == person), None)
        told = self.in_worksheet(entry)
        if told is not None and (row := self._by_worksheet(told)) is not None:
            return row
        if not entry.ending:
            return self._by_id(entry.student)
        return self._by_name(entry) if entry.number else None

    def in_worksheet(self, entry: Named) -> RosterPerson | None:
        """What a worksheet next to the download says of an entry's number.

        The name must agree: a worksheet of another assignment gives the number to somebody else.
        """
        told = self.by_number.get(entry.number) if entry.number else None
        if told is None:
            return None
        name, whole = plain(name_of(entry)), plain(told.name)
        is_cut = len(name) >= _CUT_AT and whole.startswith(name)
        return told if name == whole or is_cut else None

    def _by_worksheet(self, told: RosterPerson) -> Enrolment | None:
        for wanted, of in ((told.email, "email"), (told.number, "number")):
            if not wanted:
                continue
            found = [row for row in self.rows if key_of(_value(row, of)) == key_of(wanted)]
            if len(found) == 1:
                return found[0]
        return None

    def _by_id(self, student: str) -> Enrolment | None:
        wanted = key_of(student)
        for of in ("student", "login", "number", "mailbox", "email"):
            found = [
                row for row in self.rows if _value(row, of) and key_of(_value(row, of)) == wanted
            ]
            if len(found) == 1:
                return found[0]
        return self._named(plain(student))

    def _by_name(self, entry: Named) -> Enrolment | None:
        wanted = plain(name_of(entry))
        return self._named(wanted) if self.names[wanted] == 1 else None

    def _named(self, wanted: str) -> Enrolment | None:
        """The only person of that name, whole or, where it is long, its beginning."""
        if not wanted:
            return None
        found = [
            row
            for row in self.rows
            for name in {plain(row.person.name), plain(row.person.sort_name)} - {""}
            if name == wanted or (len(wanted) >= _CUT_AT and name.startswith(wanted))
        ]
        people = {row.id: row for row in found}
        return next(iter(people.values())) if len(people) == 1 else None

    def learn(self, entry: Named, row: Enrolment) -> Identity | None:
        """Know from now on whose this entry is, within a transaction; None where it is known."""
        key = key_for(entry, self.slug)
        if (key.issuer, key.subject) in self.identities:
            return None
        self.identities[key.issuer, key.subject] = row.person_id
        if row not in self.rows:
            self.rows.append(row)
        made: Identity
        made, is_new = Identity.objects.get_or_create(
            provider=PROVIDER,
            issuer=key.issuer,
            subject=key.subject,
            defaults={"person_id": row.person_id},
        )
        return made if is_new else None


def _students() -> list[Enrolment]:
    return list(Enrolment.objects.select_related("person").filter(role="student"))


def _identities(slug: str) -> dict[tuple[str, str], int]:
    known = Identity.objects.filter(provider=PROVIDER, issuer__in=(slug, CANVAS))
    return {
        (issuer, subject): person
        for issuer, subject, person in known.values_list("issuer", "subject", "person_id")
    }


def _value(row: Enrolment, of: str) -> str:
    if of in {"email", "mailbox"}:
        email = str(row.person.email)
        return email if of == "email" else email.partition("@")[0]
    return str(getattr(row, of) or "")


def name_of(entry: Named) -> str:
    """The name in an entry's ID, without the number behind it."""
    return entry.student.removesuffix(f"_{entry.ending}") if entry.ending else entry.student


def numbers_in(sources: Iterable[Path]) -> dict[str, RosterPerson]:
    """Who is who by number, from worksheets that are a source or lie in one."""
    found: dict[str, RosterPerson] = {}
    for source in sources:
        tables = sorted(source.glob("*.csv")) if source.is_dir() else [source]
        for table in tables:
            for one in _worksheet(table):
                found.setdefault(one.lms_id, one)
    return found


def _worksheet(table: Path) -> tuple[RosterPerson, ...]:
    try:
        if table.suffix.lower() != ".csv" or table.stat().st_size > _LARGEST_TABLE:
            return ()
        return tuple(one for one in read_roster(table.read_bytes(), "moodle") if one.lms_id)
    except (OSError, UsageError):
        return ()
