"""What is sent of a course: the same rows give the same bytes, and each export is kept."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sample_results
from course import made_work, sent_course
from course.course_store import ZONE, Store
from english import reasons
from service_rules import classroom50_problem, gradescope_problems

from grader.results import Mark


def _actor() -> Any:
    from grader.course.records.events import Actor

    return Actor(name="tests", via="test")


def _found() -> Any:
    from grader.course.operations import assignments, grade_rows

    return grade_rows.graded(assignments.find("kmeans"), ZONE)


def _person(student: str) -> Any:
    from grader.course.operations import people

    return people.find(student)


def _decide(student: str, value_mp: int | None, part: str | None = None, **more: Any) -> Any:
    from grader.course.gradebook.facts import OverrideKind
    from grader.course.operations import assignments, decisions

    kind = more.pop("kind", OverrideKind.SET)
    return decisions.override(
        _person(student),
        assignments.find("kmeans"),
        kind=kind,
        value_mp=value_mp,
        part=part,
        reason="tests",
        actor=_actor(),
        **more,
    )


def _comment(student: str, text: str, **more: Any) -> Any:
    from grader.course.operations import assignments, decisions

    return decisions.comment(
        _person(student), assignments.find("kmeans"), text=text, actor=_actor(), **more
    )


def test_rows_have_every_name(store: Store) -> None:
    """A row has the names that the system knows a student by, the mark, and the comments."""
    from grader.course.exchange.rows import GradeRow
    from grader.course.operations.grade_rows import System, grade_rows

    sent_course.take_moodle(store)
    _comment("Ada Lovelace_10", "Well done.\n")
    _comment("Ada Lovelace_10", "Look again.", part="two")
    _comment("Ada Lovelace_10", "Ask the tutor.", is_staff=True)
    ada, alex, bo = grade_rows(_found(), System.MOODLE)
    assert ada == GradeRow(
        student="Ada Lovelace_10",
        name="Ada Lovelace",
        lms_number="10",
        mark_mp=100_000,
        max_mp=100_000,
        comment="Well done.\n\nPart 2: Look again.",
        return_path="Ada Lovelace_10_assignfeedback_file/feedback.html",
    )
    assert (alex.mark_mp, bo.mark_mp) == (40_000, None)
    canvas = grade_rows(_found(), System.CANVAS)
    assert {(row.lms_number, row.return_path) for row in canvas} == {("", "")}


def test_removed_and_replaced_comments_are_not_sent(store: Store) -> None:
    """Of a comment that was changed the last text is sent, of one that was removed nothing."""
    from grader.course.records.connection import writing
    from grader.course.records.models import Comment

    sent_course.take_moodle(store)
    first = _comment("Ada Lovelace_10", "old")
    removed = _comment("Ada Lovelace_10", "gone")
    with writing():
        values = {"submission": first.submission, "by": "tests", "at": first.at}
        Comment.objects.create(text="new", replaces=first, **values)
        Comment.objects.filter(id=removed.id).update(removed_at=first.at)
    assert _found()[0].comments == (("", "new"),)


def test_team_is_named_as_in_the_download(store: Store) -> None:
    """A team's row has its name; those without a team have neither number nor path."""
    from grader.course.operations.grade_rows import System, grade_rows

    path = "Team Ä 1_7_assignfeedback_file/feedback.html"
    sent_course.take(
        store,
        made_work.entry("Team Ä 1_7", b"a", ending="7", return_path=path),
        made_work.entry("Default group", b"b"),
    )
    default, team = grade_rows(_found(), System.MOODLE)
    assert (team.group, team.lms_number, team.return_path) == ("Team Ä 1", "", path)
    assert (default.group, default.lms_number, default.return_path) == ("", "", "")


def test_canvas_number_holds_in_other_assignments(store: Store) -> None:
    """Canvas's number of a person is known wherever something came from Canvas."""
    from grader.course.gradebook.facts import OverrideKind
    from grader.course.operations import assignments, decisions
    from grader.course.operations.grade_rows import System, grade_rows, graded
    from grader.course.records.connection import writing
    from grader.course.records.models import Assignment, Course

    entries = [sent_course.canvas_entry(n, *ids) for n, ids in sent_course.CANVAS.items()]
    sent_course.take(store, *entries)
    row = grade_rows(_found(), System.CANVAS)[0]
    assert (row.lms_number, row.return_path) == ("101", "lovelaceada_101_9001_feedback.html")
    with writing():
        Assignment.objects.create(course=Course.objects.get(), slug="x", title="x", position=2)
    other = assignments.find("x")
    decisions.override(
        _person("lovelaceada_101"),
        other,
        kind=OverrideKind.EXCUSE,
        value_mp=None,
        reason="tests",
        actor=_actor(),
    )
    (sent,) = grade_rows(graded(other, ZONE), System.CANVAS)
    assert (sent.lms_number, sent.return_path, sent.is_excused) == ("101", "", True)


def test_same_rows_give_the_same_bytes(store: Store) -> None:
    """Nothing of an export depends on when it is made, or by whom."""
    from grader.course.operations import assignments, sending, service_files
    from grader.course.operations.exports import digest_of
    from grader.course.operations.grade_rows import System

    sent_course.take_moodle(store)
    kmeans = assignments.find("kmeans")

    def all_of_it() -> list[tuple[str, bytes]]:
        found = _found()
        services = [
            service_files.service_files(found, kmeans, kind=kind, lang="en").sending
            for kind in service_files.FILES
        ]
        made = [
            sending.worksheet(found, sent_course.worksheet(), file="w.csv"),
            sending.feedback(found, System.MOODLE, assignment=kmeans, lang="en"),
            *services,
        ]
        return [(digest_of(one.rows), one.data) for one in made]

    before = all_of_it()
    assert all_of_it() == before
    _decide("Alex Müller_4", 50_000)
    after = all_of_it()
    assert [one != other for one, other in zip(before, after, strict=True)] == [True] * 4


def test_export_is_kept(store: Store) -> None:
    """What was sent can be read again, with who sent it, an event, and the digest of its rows."""
    from grader.course.operations import assignments, exports
    from grader.course.records import blobs, events
    from grader.course.records.models import Event, Export

    sent_course.take_moodle(store)
    written: list[str] = []
    rows = [one.entry.mark for one in _found()]
    row = exports.keep(
        kind="moodle",
        assignment=assignments.find("kmeans"),
        rows=rows,
        data=b"bytes",
        params={"file": "w.csv"},
        actor=_actor(),
        write=lambda: written.append("once"),
    )
    held = Export.objects.get()
    assert (held.kind, held.by, held.rows) == ("moodle", "tests", exports.digest_of(rows))
    assert held.params == {"assignment": "kmeans", "file": "w.csv"}
    assert blobs.get(held.blob_id) == b"bytes"
    last = Event.objects.order_by("-id")[0]
    assert (last.verb, last.object, last.at) == ("export", "kmeans", held.at)
    assert last.detail == {"kind": "moodle", "id": row.pid, "rows": held.rows}
    assert written == ["once"]
    assert [*events.broken()] == []


def test_export_that_cannot_be_written_is_not_kept(store: Store) -> None:
    """Where the file cannot be written nothing says that it was."""
    from grader.course.operations import exports
    from grader.course.records.models import Event, Export
    from grader.errors import UsageError

    del store
    before = Event.objects.count()

    def write() -> None:
        raise UsageError("/x: cannot be written: No space left on device; choose another folder")

    with pytest.raises(UsageError):
        exports.keep(
            kind="csv", assignment=None, rows=[], data=b"x", params={}, actor=_actor(), write=write
        )
    assert (Export.objects.count(), Event.objects.count()) == (0, before)


def test_last_export_is_that_of_its_file(store: Store) -> None:
    """The latest export of an assignment to the same place is found, and no other."""
    from grader.course.operations import assignments, exports

    del store
    kmeans = assignments.find("kmeans")

    def keep(db: str, sent: int) -> None:
        params = {"db": db, "sent": {"1": {"one": sent}}}
        exports.keep(
            kind="nbgrader", assignment=kmeans, rows=[], data=None, params=params, actor=_actor()
        )

    assert exports.last("nbgrader", kmeans, db="/a") is None
    for db, sent in (("/a", 1), ("/a", 2), ("/b", 3)):
        keep(db, sent)
    found = exports.last("nbgrader", kmeans, db="/a")
    assert found is not None
    assert found.params["sent"] == {"1": {"one": 2}}
    assert exports.last("moodle", kmeans, db="/a") is None


def test_forgetting_erases_what_was_sent(store: Store) -> None:
    """An export has everybody's names in it, so its bytes go with the first who is erased."""
    from grader.course.operations import assignments, exports
    from grader.course.records import blobs, forget
    from grader.course.records.models import Export

    sent_course.take_moodle(store)
    kmeans = assignments.find("kmeans")
    exports.keep(kind="csv", assignment=kmeans, rows=[], data=b"Ada", params={}, actor=_actor())
    forget.forget(_person("Ada Lovelace_10"), _actor())
    assert blobs.get(Export.objects.get().blob_id) == b""


def test_who_has_no_mark_is_named(store: Store) -> None:
    """Who submitted and has no mark is named with the reason, who is excused is not."""
    from grader.course.gradebook.facts import OverrideKind
    from grader.course.operations import sending

    sent_course.take_moodle(store)
    made = sending.worksheet(_found(), sent_course.worksheet(), file="w.csv")
    assert reasons(made.left) == (("Bo Li_5", "is not graded yet; run grader course grade"),)
    _decide("Bo Li_5", None, kind=OverrideKind.EXCUSE)
    assert sending.worksheet(_found(), sent_course.worksheet(), file="w.csv").left == ()


def test_services_show_what_people_changed(store: Store) -> None:
    """The score of a service is the mark, with what was set by hand; reasons are not in it."""
    from grader.course.operations import assignments, service_files

    sent_course.take_moodle(store)
    _decide("Alex Müller_4", 30_000, "two")
    _decide("Ada Lovelace_10", 12_500)
    kmeans = assignments.find("kmeans")
    made = {
        kind: service_files.service_files(_found(), kmeans, kind=kind, lang="en")
        for kind in service_files.FILES
    }
    files = made["gradescope"].files
    assert [*files] == ["Ada Lovelace_10/results.json", "Alex Müller_4/results.json"]
    assert [json.loads(data)["score"] for data in files.values()] == [12.5, 70.0]
    assert [gradescope_problems(data.decode()) for data in files.values()] == [[], []]
    assert not any(b"tests" in data.replace(b'"tests"', b"") for data in files.values())
    for path, data in made["classroom50"].files.items():
        owner = path.partition("/")[0]
        names = {"assignment": "kmeans", "owner": owner, "classroom": json.loads(data)["classroom"]}
        assert classroom50_problem(data.decode(), **names) == ""
    waiting = ("Bo Li_5", "is not graded yet; run grader course grade")
    assert {reasons(one.sending.left) for one in made.values()} == {(waiting,)}


def test_report_has_the_points_that_people_gave(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A page is made again where a person decided about a check, all others are as graded."""
    from grader.course.kept import pack
    from grader.course.operations import assignments, sending
    from grader.course.operations.grade_rows import System

    sent_course.take_moodle(store)
    full = sample_results.result(sample_results.written(), student="Ada")
    kept = _with_evidence("Ada Lovelace_10", pack(full))
    monkeypatch.setattr(sending, "declaration_of", lambda _: SimpleNamespace(folder=tmp_path))
    monkeypatch.setattr(
        sending,
        "given_points",
        lambda _: {kept: {("why", "answer in words"): Mark(points=4.0, comment="Almost.")}},
    )
    kmeans = assignments.find("kmeans")
    made = sending.feedback(_found(), System.MOODLE, assignment=kmeans, lang="en")
    with zipfile.ZipFile(BytesIO(made.data)) as archive:
        ada, alex = (archive.read(name).decode() for name in sorted(archive.namelist()))
    assert "Almost." in ada
    assert alex == "<p>Alex Müller_4</p>"


def _with_evidence(student: str, kept: bytes) -> int:
    """Let a student's next attempt have a result with this evidence; the student's row."""
    from grader.course.operations import queue
    from grader.course.operations.outcomes import finish
    from grader.course.records.models import Job

    name, number = student.split("_")
    store_entry = sent_course.moodle_entry(name, number)
    again = replace(store_entry, found=replace(store_entry.found, data=b"again"))
    assert [one.is_new for one in made_work.taking(_course(), (again,)).run()] == [True]
    held = queue.lease("tests")
    assert held is not None
    job = Job.objects.select_related("release", "submission").get(id=held.job)
    made = sent_course.result(student, job.release.parts, (40, 0))
    finish(held, replace(made, kept=kept), _actor())
    return int(job.submission.enrolment_id)


def _course() -> Any:
    from grader.course.records.models import Course

    return Course.objects.get()
