"""The people of a course: found by what staff call them, added, and brought up to date."""

from __future__ import annotations

import difflib
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from grader.course.collecting.students import key_of
from grader.course.exchange.rosters import RosterPerson
from grader.course.operations.names import plain
from grader.course.records.connection import writing
from grader.course.records.events import Actor, now, record
from grader.course.records.models import Course, Enrolment, Invitation, Person
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

STUDENT, TA, INSTRUCTOR = "student", "ta", "instructor"
INVITED_DAYS = 14
MOST_NAMED = 5


class UnknownError(UsageError):
    """Nobody in the course is called so, or several are."""


def find(text: str, among: Sequence[Enrolment] | None = None) -> Enrolment:
    """The person that staff mean: by ID, number, sign-in name, address, or a name that one has.

    Raises: UnknownError.
    """
    rows = list(Enrolment.objects.select_related("person")) if among is None else among
    wanted, shown = text.strip(), repr(visible(text, NAME_LIMIT))
    for keys in (_ids, _numbers, _addresses, _names):
        found = [one for one in rows if key_of(wanted) in {key_of(k) for k in keys(one) if k}]
        if len(found) == 1:
            only: Enrolment = found[0]
            return only
        if found:
            listed = ", ".join(sorted(one.student for one in found)[:MOST_NAMED])
            raise UnknownError(f"{shown}: are several people; name one by ID: {listed}")
    near = difflib.get_close_matches(wanted, [k for one in rows for k in _ids(one)], n=1)
    do = f"did you mean {near[0]!r}?" if near else "grader course marks lists all IDs"
    raise UnknownError(f"{shown}: nobody in the course is called so; {do}")


def _ids(one: Enrolment) -> tuple[str, ...]:
    return one.student, one.person.pid


def _numbers(one: Enrolment) -> tuple[str, ...]:
    return one.number or "", one.login


def _addresses(one: Enrolment) -> tuple[str, ...]:
    return (one.person.email,)


def _names(one: Enrolment) -> tuple[str, ...]:
    return one.person.name, one.person.sort_name


def add(  # noqa: PLR0913  (every argument by name)
    *,
    student: str,
    name: str,
    sort_name: str = "",
    email: str = "",
    login: str = "",
    number: str = "",
    section: str = "",
    role: str = STUDENT,
) -> Enrolment:
    """A new person in the course, within a transaction."""
    person = Person.objects.create(name=name or student, sort_name=sort_name, email=email)
    made: Enrolment = Enrolment.objects.create(
        course=Course.objects.get(),
        person=person,
        student=student,
        role=role,
        section=section,
        login=login,
        number=number or None,
    )
    return made


# Rosters ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RosterChange:
    """A person of whom something is different in a roster, with what, before and after."""

    student: str
    what: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class RosterPreview:
    """What a roster would do: who is new, of whom something changes, and who is not in it."""

    new: tuple[RosterPerson, ...]
    changed: tuple[RosterChange, ...]
    gone: tuple[str, ...]
    same: int
    matched: tuple[tuple[int, RosterPerson], ...]
    """The enrolments that rows of the roster are about."""

    @property
    def is_asked(self) -> bool:
        """Whether it changes anything that is there."""
        return bool(self.changed or self.gone)


def roster_preview(roster: Iterable[RosterPerson]) -> RosterPreview:
    """What taking a roster would do. Raises UsageError where a row fits several people."""
    rows = list(Enrolment.objects.select_related("person"))
    roster = list(roster)
    names = Counter(plain(one.name) for one in roster)
    new: list[RosterPerson] = []
    changed: list[RosterChange] = []
    matched: list[tuple[int, RosterPerson]] = []
    for one in roster:
        row = _match(one, rows)
        if row is None and names[plain(one.name)] == 1:
            row = _by_name(one, rows)
        if row is None:
            new.append(one)
            continue
        matched.append((row.id, one))
        if what := tuple(_different(row, one)):
            changed.append(RosterChange(student=row.student, what=what))
    there = {row_id for row_id, _ in matched}
    gone = [r.student for r in rows if r.active and r.role == STUDENT and r.id not in there]
    return RosterPreview(
        new=tuple(new),
        changed=tuple(changed),
        gone=tuple(sorted(gone)),
        same=len(matched) - len(changed),
        matched=tuple(matched),
    )


def _match(one: RosterPerson, rows: Sequence[Enrolment]) -> Enrolment | None:
    """The enrolment of a person in a roster: by ID, then number, then address."""
    for value, keys in ((one.student, _ids), (one.number, _numbers), (one.email, _addresses)):
        if not value:
            continue
        found = [row for row in rows if key_of(value) in {key_of(k) for k in keys(row) if k}]
        if len(found) == 1:
            return found[0]
    return None


def _by_name(one: RosterPerson, rows: Sequence[Enrolment]) -> Enrolment | None:
    """The only person of that name, of whom nothing else is known: who came with a submission."""
    wanted = plain(one.name)
    found = [row for row in rows if wanted and plain(row.person.name) == wanted]
    bare = [row for row in found if not (row.person.email or row.number or row.login)]
    return bare[0] if len(found) == len(bare) == 1 else None


def _different(row: Enrolment, one: RosterPerson) -> Iterable[tuple[str, str, str]]:
    pairs = (
        ("name", row.person.name, one.name),
        ("email", row.person.email, one.email),
        ("number", row.number or "", one.number),
        ("section", row.section, one.section),
        ("role", row.role, one.role),
    )
    for what, before, after in pairs:
        if after and before != after:
            yield what, before, after
    if not row.active:
        yield "active", "no", "yes"


def take_roster(preview: RosterPreview, actor: Actor) -> list[Enrolment]:
    """Take a roster over; the new people. Who is not in it any more becomes inactive."""
    with writing():
        added = [
            add(
                student=free_id(one.student),
                name=one.name,
                sort_name=one.sort_name,
                email=one.email,
                login=one.login,
                number=one.number,
                section=one.section,
                role=one.role or STUDENT,
            )
            for one in preview.new
        ]
        for row_id, one in preview.matched:
            _update(Enrolment.objects.select_related("person").get(pk=row_id), one)
        Enrolment.objects.filter(student__in=preview.gone).update(active=False)
        detail = {
            "new": [row.student for row in added],
            "changed": [[c.student, [list(w) for w in c.what]] for c in preview.changed],
            "gone": list(preview.gone),
        }
        record(actor, "roster", "roster", detail)
    return added


def _update(row: Enrolment, one: RosterPerson) -> None:
    person = row.person
    person.name, person.email = one.name or person.name, one.email or person.email
    person.sort_name = one.sort_name or person.sort_name
    person.save()
    row.number, row.section = one.number or row.number, one.section or row.section
    row.role, row.login, row.active = one.role or row.role, one.login or row.login, True
    row.save()


def free_id(student: str) -> str:
    """The ID, with a number behind it where somebody else has it."""
    taken = {key_of(one) for one in Enrolment.objects.values_list("student", flat=True)}
    found, n = student, 1
    while key_of(found) in taken:
        n += 1
        found = f"{student}-{n}"
    return found


# Invitations -----------------------------------------------------------------


def invite(role: str, row: Enrolment | None = None) -> str:
    """An invitation that holds once, within a transaction: its token, which is kept nowhere."""
    token = secrets.token_urlsafe(24)
    Invitation.objects.create(
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        course=Course.objects.get(),
        role=role,
        person=row.person if row is not None else None,
        expires_at=now() + timedelta(days=INVITED_DAYS),
    )
    return token
