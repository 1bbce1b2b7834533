"""Marks as Gradescope and Classroom 50 take them: a file for each student."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from grader.course.collecting.student_ids import unique_ids
from grader.course.exchange.csv_table import points_cell
from grader.course.exchange.feedback_zip import zipped
from grader.course.exchange.service_lines import EXCUSED, VOID, CourseMark, MarkedPart
from grader.course.exchange.services import classroom50_result, gradescope_result
from grader.course.gradebook.facts import OverrideKind
from grader.course.gradebook.marks import WAITING, Mark
from grader.course.operations.grade_rows import NOT_GRADED, Graded, results
from grader.course.operations.sending import Sending, open_points
from grader.course.records.models import Assignment, Submission
from grader.report.classroom50 import SubmissionIdentity

GRADESCOPE, CLASSROOM50 = "gradescope", "classroom50"
FILES = {GRADESCOPE: "results.json", CLASSROOM50: "result.json"}


@dataclass(frozen=True, kw_only=True)
class ServiceFiles:
    """The files of a class by their paths, and the export that they are."""

    files: Mapping[str, bytes]
    sending: Sending
    """Its `data` is a zip file of all."""


def service_files(
    found: Sequence[Graded], assignment: Assignment, *, kind: str, lang: str
) -> ServiceFiles:
    """A file for each student who has a result or a mark; who waits is left out and named."""
    ready = [one for one in found if _is_ready(one)]
    held = results({one.result for one in ready if one.result is not None})
    pids = dict(Submission.objects.filter(assignment=assignment).values_list("id", "pid"))
    marks = [course_mark(assignment.title, one.entry.mark) for one in ready]
    names = unique_ids([(one.student, "") for one in ready])
    files = {}
    for one, mark, name in zip(ready, marks, names, strict=True):
        result = held.get(one.result or 0)
        if kind == GRADESCOPE:
            data = gradescope_result(result, mark, lang=lang)
        else:
            data = classroom50_result(result, mark, _identity(one, pids), lang=lang)
        files[f"{name}/{FILES[kind]}"] = data
    left = [(one.student, NOT_GRADED) for one in found if not _is_ready(one)]
    sending = Sending(
        rows=marks,
        data=zipped(files),
        params={"lang": lang},
        left=tuple(left),
        advice=open_points(ready),
        students=len(files),
    )
    return ServiceFiles(files=files, sending=sending)


def _is_ready(one: Graded) -> bool:
    """Whether there is a result, or somebody decided."""
    return one.entry.mark.status != WAITING or bool(_decided_at(one.entry.mark))


def _decided_at(mark: Mark) -> list[datetime]:
    """When people decided about the points."""
    held = (mark.override, *(part.override for part in mark.parts))
    return [one.at for one in held if one is not None]


def course_mark(title: str, mark: Mark) -> CourseMark:
    """A mark as services show it; the reasons in the log are not for students."""
    return CourseMark(
        assignment=title,
        mark_mp=mark.mark_mp,
        max_mp=mark.max_mp,
        parts=tuple(
            MarkedPart(
                name=part.name,
                max_mp=part.max_mp,
                auto_mp=part.auto_mp,
                mark_mp=part.mark_mp,
                open_mp=part.open_mp,
                is_changed=part.override is not None,
            )
            for part in mark.parts
        ),
        override=_override(mark),
        late_mp=mark.late_mp,
    )


def _override(mark: Mark) -> str:
    if mark.override is None:
        return ""
    if mark.override.kind is OverrideKind.EXCUSE:
        return EXCUSED
    if mark.override.kind is OverrideKind.VOID:
        return VOID
    return points_cell(mark.total_mp)


def _identity(one: Graded, pids: Mapping[int, str]) -> SubmissionIdentity:
    """Which submission it is. The store knows no commit, and the service wants an address."""
    mark = one.entry.mark
    pid = pids[mark.attempt.id] if mark.attempt else "none"
    at = mark.attempt.started_at if mark.attempt else max(_decided_at(mark))
    address = f"urn:grader:submission:{pid}"
    return SubmissionIdentity(
        classroom=one.row.course.slug,
        assignment=one.entry.assignment,
        owner=one.row.login or one.student,
        submission=f"submit/{pid}",
        commit=address,
        release=address,
        review=address,
        submitted_at=f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    )
