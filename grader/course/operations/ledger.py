"""The marks of a course: the rows of the store loaded as facts, and what follows from them.

A few queries load everything, however many students there are; `gradebook` computes.
"""

from __future__ import annotations

import gc
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet, TextField
from django.db.models.functions import Cast

from grader.course.gradebook.as_of import as_of
from grader.course.gradebook.facts import (
    Attempt,
    Choice,
    Counts,
    Extension,
    LateRule,
    Override,
    OverrideKind,
    PartPoints,
    ResultFacts,
    Schedule,
    Work,
)
from grader.course.gradebook.marks import Mark, marks_of
from grader.course.gradebook.policy import LatePolicy
from grader.course.gradebook.policy_json import policy_from_json
from grader.course.records import models

Key = tuple[int, int]
"""An enrolment and an assignment."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What counts for a student in an assignment; `mark` says what follows from what."""

    enrolment: int
    student: str
    number: str
    name: str
    assignment: str
    mark: Mark


@dataclass(kw_only=True)
class Ledger:
    """The facts of a course at a time, from which marks follow.

    `instead` names results that hold in place of those that do, by submission: that is how a
    campaign is looked at before it counts. Submissions and results are loaded once, so a ledger
    can be asked again with others instead, and is then of the same moment.
    """

    zone: ZoneInfo
    at: datetime | None = None
    instead: Mapping[int, int] = field(default_factory=dict)
    student: int | None = None
    _policies: dict[str, LatePolicy] = field(default_factory=dict)
    _parts: dict[str, tuple[PartPoints, ...]] = field(default_factory=dict)
    _standing: dict[int, ResultFacts] | None = None
    _submitted: list[tuple[Any, ...]] | None = None

    def entries(
        self, assignment: int | None = None, *, among: Collection[int] | None = None
    ) -> list[Entry]:
        """What counts, by student and assignment; free late days are those of all assignments.

        Only for the enrolments `among` which it is asked, where they are named.
        """
        with _without_collecting():
            return self._entries(assignment, among)

    def _entries(self, assignment: int | None, among: Collection[int] | None) -> list[Entry]:
        rows = [row for row in self._enrolments() if among is None or row["id"] in among]
        works = self._works()
        names = {one.id: one for one in self._assignments}
        found = []
        for row in rows:
            mine = [(one.id, works(row["id"], one)) for one in self._assignments]
            marks = marks_of([work for _, work in mine], self.zone)
            for (a, _), mark in zip(mine, marks, strict=True):
                if assignment in {None, a}:
                    found.append(
                        Entry(
                            enrolment=row["id"],
                            student=row["student"],
                            number=row["number"] or "",
                            name=row["person__name"],
                            assignment=names[a].slug,
                            mark=mark,
                        )
                    )
        return found

    # Loading --------------------------------------------------------------------------------

    def _enrolments(self) -> list[dict[str, Any]]:
        of = models.Enrolment.objects.filter(role="student")
        if self.student is not None:
            of = of.filter(id=self.student)
        has_work = Q(submission__isnull=False) | Q(override__isnull=False)
        of = of.filter(Q(active=True) | has_work).distinct()
        return list(of.order_by("student").values("id", "student", "number", "person__name"))

    def _works(self) -> Any:
        known = list(models.Assignment.objects.order_by("position", "id"))
        releases = {one.id: self._release(one) for one in known}
        self._assignments = [one for one in known if self.at is None or releases[one.id]]
        schedules = {one.id: self._schedule(one) for one in self._assignments}
        attempts, chosen = self._attempts(), self._choices()
        extensions, (overrides, by_hand) = self._extensions(), self._overrides()
        items = _items_of(one for key in by_hand for one in attempts.get(key, ()))

        def work(enrolment: int, assignment: models.Assignment) -> Work:
            key, release = (enrolment, assignment.id), releases[assignment.id]
            found = attempts.get(key, ())
            if key in by_hand:
                found = tuple(_decided(one, items, by_hand[key]) for one in found)
            made = Work(
                assignment=assignment.slug,
                max_mp=release.max_mp if release else 0,
                part_max_mp=tuple((name, most) for name, most in release.parts) if release else (),
                schedule=schedules[assignment.id],
                attempts=found,
                choices=chosen.get(key, ()),
                extensions=extensions.get(key, ()),
                overrides=overrides.get(key, ()),
            )
            return made if self.at is None else as_of(made, self.at)

        return work

    def _then(self, rows: QuerySet[Any], column: str = "at") -> QuerySet[Any]:
        """The rows that were there at the time."""
        return rows if self.at is None else rows.filter(**{f"{column}__lte": self.at})

    def _mine(self, rows: QuerySet[Any], path: str = "enrolment") -> QuerySet[Any]:
        return rows if self.student is None else rows.filter(**{path: self.student})

    def _schedule(self, assignment: models.Assignment) -> Schedule:
        rows = self._then(models.Schedule.objects.filter(assignment=assignment))
        row = rows.order_by("-version").first()
        if row is None:
            return Schedule()
        return Schedule(
            counts=Counts(row.counts),
            opens_at=row.opens_at,
            due_at=row.due_at,
            closes_at=row.closes_at,
            policy=self._policy(row.policy),
        )

    def _policy(self, data: Any) -> LatePolicy:
        text = json.dumps(data, sort_keys=True)
        if text not in self._policies:
            self._policies[text] = policy_from_json(data) if data else LatePolicy()
        return self._policies[text]

    def _release(self, assignment: models.Assignment) -> models.Release | None:
        rows = self._then(models.Release.objects.filter(assignment=assignment), "created_at")
        found: models.Release | None = rows.order_by("-n").first()
        return found

    def _attempts(self) -> Mapping[Key, tuple[Attempt, ...]]:
        held = self._held()
        found: defaultdict[Key, list[Attempt]] = defaultdict(list)
        for sid, enrolment, assignment, number, started in self._submissions():
            attempt = Attempt(id=sid, number=number, started_at=started, result=held.get(sid))
            found[enrolment, assignment].append(attempt)
        return {key: tuple(attempts) for key, attempts in found.items()}

    def _submissions(self) -> list[tuple[Any, ...]]:
        if self._submitted is None:
            rows = self._then(self._mine(models.Submission.objects.all()), "received_at")
            columns = ("id", "enrolment_id", "assignment_id", "attempt", "started_at")
            self._submitted = list(rows.order_by("id").values_list(*columns))
        return self._submitted

    def _held(self) -> dict[int, ResultFacts]:
        """The result that holds for each submission."""
        if self._standing is None:
            rows = self._then(self._mine(models.Standing.objects.all(), "submission__enrolment"))
            latest = rows.values("submission").annotate(last=Max("id")).values("last")
            wanted = models.Standing.objects.filter(id__in=latest)
            self._standing = self._loaded(wanted, "result__")
        if not self.instead:
            return self._standing
        other = models.Result.objects.filter(id__in=[*self.instead.values()])
        return self._standing | self._loaded(other)

    def _loaded(self, rows: QuerySet[Any], prefix: str = "") -> dict[int, ResultFacts]:
        """The facts of results by submission; parts are the same in many, and read once."""
        rows = rows.annotate(told=Cast(f"{prefix}parts", TextField()))
        columns = (f"{prefix}{name}" for name in ("id", "status", "is_failed"))
        return {
            sid: ResultFacts(
                id=rid, status="crashed" if is_failed else status, parts=self._parts_of(told)
            )
            for sid, rid, status, is_failed, told in rows.values_list(
                "submission_id", *columns, "told"
            ).iterator(5000)
        }

    def _parts_of(self, told: str) -> tuple[PartPoints, ...]:
        found = self._parts.get(told)
        if found is None:
            found = self._parts[told] = tuple(
                PartPoints(name=n, auto_mp=auto, max_mp=most, open_mp=waits)
                for n, auto, most, waits in json.loads(told)
            )
        return found

    def _choices(self) -> Mapping[Key, tuple[Choice, ...]]:
        found: defaultdict[Key, list[Choice]] = defaultdict(list)
        for row in self._then(self._mine(models.Choice.objects.order_by("id"))):
            key = row.enrolment_id, row.assignment_id
            found[key].append(Choice(attempt=row.submission_id, at=row.at))
        return {key: tuple(rows) for key, rows in found.items()}

    def _extensions(self) -> Mapping[Key, tuple[Extension, ...]]:
        found: defaultdict[Key, list[Extension]] = defaultdict(list)
        for row in self._then(self._mine(models.Extension.objects.order_by("id"))):
            found[row.enrolment_id, row.assignment_id].append(
                Extension(
                    id=row.id,
                    at=row.at,
                    due_at=row.due_at,
                    closes_at=row.closes_at,
                    late_days=row.late_days,
                    is_exempt=row.exempt,
                    reason=row.reason,
                    revoked_at=row.revoked_at,
                )
            )
        return {key: tuple(rows) for key, rows in found.items()}

    def _overrides(
        self,
    ) -> tuple[Mapping[Key, tuple[Override, ...]], Mapping[Key, Mapping[tuple[str, str], int]]]:
        """Overrides of parts and totals; and apart, the points of checks that people decide."""
        found: defaultdict[Key, list[Override]] = defaultdict(list)
        checks: defaultdict[Key, dict[tuple[str, str], int]] = defaultdict(dict)
        for row in self._then(self._mine(models.Override.objects.order_by("id"))):
            key = row.enrolment_id, row.assignment_id
            is_revoked = row.revoked_at and (self.at is None or row.revoked_at <= self.at)
            if row.check_name:
                if is_revoked:
                    checks[key].pop((row.part, row.check_name), None)
                else:
                    checks[key][row.part, row.check_name] = row.value_mp
                continue
            found[key].append(
                Override(
                    id=row.id,
                    at=row.at,
                    part=row.part,
                    kind=OverrideKind(row.kind),
                    value_mp=row.value_mp,
                    late=LateRule(row.late),
                    reason=row.reason,
                    by=row.by,
                    revoked_at=row.revoked_at,
                )
            )
        return {key: tuple(rows) for key, rows in found.items()}, checks


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Not look for garbage among a hundred thousand facts that all stay: half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _items_of(attempts: Iterable[Attempt]) -> dict[int, dict[tuple[str, str], int]]:
    """What the checks that a person decides offer, by the results of these attempts."""
    ids = [one.result.id for one in attempts if one.result is not None]
    rows = models.Result.objects.filter(id__in=ids).values_list("id", "items") if ids else ()
    return {rid: {(part, check): most for part, check, most in told} for rid, told in rows}


def _decided(
    attempt: Attempt,
    items_of: Mapping[int, Mapping[tuple[str, str], int]],
    given: Mapping[tuple[str, str], int],
) -> Attempt:
    """The attempt with the points that people gave for checks of its parts."""
    if attempt.result is None:
        return attempt
    items = items_of[attempt.result.id]
    parts = tuple(_with_points(part, items, given) for part in attempt.result.parts)
    return replace(attempt, result=replace(attempt.result, parts=parts))


def _with_points(
    part: PartPoints, items: Mapping[tuple[str, str], int], given: Mapping[tuple[str, str], int]
) -> PartPoints:
    mine: Iterable[tuple[str, str]] = [key for key in items if key[0] == part.name and key in given]
    points, decided = sum(min(given[key], items[key]) for key in mine), sum(items[k] for k in mine)
    if part.auto_mp is None:
        return part
    return replace(
        part,
        auto_mp=min(part.auto_mp + points, part.max_mp),
        open_mp=max(0, part.open_mp - decided),
    )
