"""A course whose marks are sent: submissions as Moodle and Canvas name them, with made results."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from course import made_work
from course.course_store import Store

SHARED = Path(__file__).resolve().parents[3] / "shared" / "field" / "moodle"
"""True files of a Moodle; they lie next to the repository where it is developed."""
MOODLE = {"Ada Lovelace": "10", "Alex Müller": "4", "Bo Li": "5"}
CANVAS = {"lovelaceada": ("101", "9001"), "mulleralex": ("102", "9002")}
HEADER = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments"
)
NEVER = "-"


def moodle_entry(name: str, number: str) -> Any:
    """The entry of a student in a download from Moodle."""
    path = f"{name}_{number}_assignfeedback_file/feedback.html"
    student = f"{name}_{number}"
    return made_work.entry(
        student, student.encode(), number=number, ending=number, return_path=path
    )


def canvas_entry(name: str, number: str, upload: str) -> Any:
    """The entry of a student in a download from Canvas."""
    path, student = f"{name}_{number}_{upload}_feedback.html", f"{name}_{number}"
    return made_work.entry(
        student, student.encode(), number=number, ending=number, return_path=path
    )


def take(store: Store, *entries: Any) -> None:
    """Take these into the course."""
    assert all(one.is_new for one in made_work.taking(store.opened(), entries).run())


def take_moodle(store: Store) -> None:
    """Three students from Moodle: 40 + 60, 40 + 0, and one who waits."""
    take(store, *(moodle_entry(*one) for one in MOODLE.items()))
    grade({"Ada Lovelace_10": (40, 60), "Alex Müller_4": (40, 0)})


def grade(points: Mapping[str, Sequence[float]]) -> None:
    """Give these students' jobs a result with these points, a part each; the others wait."""
    from grader.course.operations import queue
    from grader.course.operations.outcomes import finish
    from grader.course.records.events import Actor
    from grader.course.records.models import Job

    while (held := queue.lease("tests")) is not None:
        row = Job.objects.select_related("submission__enrolment", "release").get(id=held.job)
        student = row.submission.enrolment.student
        if student not in points:
            Job.objects.filter(id=row.id).update(state=queue.FAILED)
            continue
        made = result(student, row.release.parts, points[student])
        finish(held, made, Actor(name="tests", via="test"))


def result(student: str, parts: Sequence[Any], points: Sequence[float]) -> Any:
    """A result with these points for these parts, which are called Part 1, Part 2."""
    job = SimpleNamespace(student=student, name="kmeans.ipynb", data=student.encode())
    made = made_work.job_result(job, (0, 0))
    pattern = made.stored.parts[0]
    own = tuple(
        replace(pattern, name=name, title=f"Part {n}", score=float(got), max_score=most / 1000)
        for n, ((name, most), got) in enumerate(zip(parts, points, strict=True), 1)
    )
    stored = replace(made.stored, parts=own, score=float(sum(points)))
    return replace(made, stored=stored, page=f"<p>{student}</p>")


def worksheet(**grades: str) -> bytes:
    """The worksheet for `MOODLE`; `p10="50.00"` is a grade that participant 10 has already."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER.split(","))
    for name, number in MOODLE.items():
        grade = grades.get(f"p{number}", "")
        when = "Sunday, 29 November 2026, 6:00 PM" if grade else NEVER
        cells = (f"Participant {number}", name, f"p{number}@example.invalid", "Submitted")
        writer.writerow([*cells, grade, "100.00", "Yes", NEVER, when, ""])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
