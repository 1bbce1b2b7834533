"""`grader course export csv`, and the files of Moodle and Canvas."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader import atomic
from grader.cli.course.opening import (
    REFUSED,
    add_assignment,
    add_verb,
    is_confirmed,
    opened,
    print_json,
    texts_of,
)
from grader.cli.course.tables import print_table
from grader.cli.exit_codes import REACHED, UNUSABLE
from grader.cli.terminal import show, tell
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

if TYPE_CHECKING:
    from grader.catalog import Catalog, Text
    from grader.course.exchange.filled import Change
    from grader.course.operations.sending import Sending
    from grader.course.records.courses import OpenCourse

_OUT = {"--out": "name the file to write: --out FILE"}
LARGEST_MB = 50
_MB = 1_000_000


def add_csv(kinds: Any, name: str) -> None:
    """Add `export csv`."""
    parser = add_verb(
        kinds,
        name,
        summary="the marks as CSV",
        description="Write the marks that count as CSV, as grader course marks --csv prints them.",
        example="grader course export csv --out marks.csv",
        run=_csv,
        missing=_OUT,
    )
    parser.add_argument("-a", "--assignment", metavar="NAME", help="only this one (default: all)")
    _add_out(parser, "FILE", "file to write")


def add_moodle(kinds: Any, name: str) -> None:
    """Add `export moodle`."""
    parser = add_verb(
        kinds,
        name,
        summary="grades and comments in Moodle's grading worksheet",
        description=(
            "Fill in the grading worksheet that Moodle gave: grades and comments, all else stays "
            "as it is. What changes is shown, and asked about where grades are there already."
        ),
        example="grader course export moodle worksheet.csv -a kmeans --out graded.csv",
        run=_moodle,
        missing={"WORKSHEET": "name the grading worksheet that Moodle gave", **_OUT},
        is_shown=True,
    )
    parser.add_argument("file", type=Path, metavar="WORKSHEET", help="as Moodle gave it")
    add_assignment(parser)
    _add_out(parser, "FILE", "file to write")
    parser.add_argument(
        "--scale", action="store_true", help="convert marks to the worksheet's maximum grade"
    )
    parser.add_argument(
        "--grade-column", default="", metavar="T", help="title of the column with grades"
    )
    parser.add_argument(
        "--comment-column", default="", metavar="T", help="title of the column with comments"
    )


def add_canvas(kinds: Any, name: str) -> None:
    """Add `export canvas`."""
    parser = add_verb(
        kinds,
        name,
        summary="marks in Canvas's gradebook",
        description=(
            "Fill in the column of an assignment in the gradebook that Canvas exported; all else "
            "stays as it is. What changes is shown, and asked about where marks are there already."
        ),
        example="grader course export canvas gradebook.csv -a kmeans --out graded.csv",
        run=_canvas,
        missing={"GRADEBOOK": "name the gradebook that Canvas exported", **_OUT},
        is_shown=True,
    )
    parser.add_argument("file", type=Path, metavar="GRADEBOOK", help="as Canvas exported it")
    add_assignment(parser)
    _add_out(parser, "FILE", "file to write")
    parser.add_argument(
        "--column", default="", metavar="TITLE", help="title of the assignment's column"
    )
    parser.add_argument(
        "--scale", action="store_true", help="convert marks to the points possible in Canvas"
    )


def add_feedback(kinds: Any, name: str) -> None:
    """Add `export moodle-feedback` or `export canvas-feedback`."""
    system = name.partition("-")[0]
    parser = add_verb(
        kinds,
        name,
        summary=f"reports as a zip file that {system.capitalize()} takes",
        description=(
            f"Write the reports of the attempts that count as a zip file, named so that "
            f"{system.capitalize()} gives each student their own."
        ),
        example=f"grader course export {name} -a kmeans --out feedback.zip",
        run=_feedback,
        missing={"--out": "name the zip file to write: --out ZIP"},
    )
    add_assignment(parser)
    _add_out(parser, "ZIP", "zip file to write")
    parser.set_defaults(kind=name, system=system)


def _add_out(parser: argparse.ArgumentParser, metavar: str, text: str) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar=metavar, help=text)


# What they do -------------------------------------------------------------------------------


def _csv(options: argparse.Namespace) -> int:
    from grader.course.exchange.csv_table import marks_csv

    with opened(options) as (course, actor):
        from grader.course.operations import assignments, exports, ledger
        from grader.course.operations.tables import mark_row

        require_out(options.out, course)
        of = assignments.find(options.assignment) if options.assignment else None
        entries = ledger.Ledger(zone=course.zone).entries(of.id if of else None)
        rows = [mark_row(one) for one in entries]
        data = marks_csv(rows).encode()
        exports.keep(
            kind="csv",
            assignment=of,
            rows=rows,
            data=data,
            params={},
            actor=actor,
            write=lambda: atomic.write(options.out, data),
        )
    texts = texts_of(options)
    tell_written(options.out, texts, texts.say("course.n_rows", n=len(rows)))
    return REACHED


def _moodle(options: argparse.Namespace) -> int:
    data = _read(options)
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, grade_rows, sending

        require_out(options.out, course)
        assignment = assignments.the_only(options.assignment)
        made = sending.worksheet(
            grade_rows.graded(assignment, course.zone),
            data,
            file=_shown(options.file),
            scale=options.scale,
            grade_column=options.grade_column,
            comment_column=options.comment_column,
        )
        return _finish(options, made, "moodle", assignment, actor)


def _canvas(options: argparse.Namespace) -> int:
    data = _read(options)
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, grade_rows, sending

        require_out(options.out, course)
        assignment = assignments.the_only(options.assignment)
        made = sending.gradebook(
            grade_rows.graded(assignment, course.zone),
            data,
            assignment=assignment,
            file=_shown(options.file),
            column=options.column,
            scale=options.scale,
        )
        return _finish(options, made, "canvas", assignment, actor)


def _feedback(options: argparse.Namespace) -> int:
    if options.out.suffix.lower() != ".zip":
        raise UsageError(
            f"--out: {_shown(options.out)} is not the name of a zip file; name one, such as "
            "feedback.zip"
        )
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, grade_rows, sending

        require_out(options.out, course)
        assignment = assignments.the_only(options.assignment)
        found = grade_rows.graded(assignment, course.zone)
        made = sending.feedback(
            found,
            grade_rows.System(options.system),
            assignment=assignment,
            lang=course.lang,
        )
        texts = texts_of(options)
        tell_left(made.left, texts)
        if not made.students:
            raise UsageError(
                f"{assignment.slug}: no report can go to {options.system.capitalize()}; "
                "nothing was written"
            )
        _keep(options, made, options.kind, assignment, actor)
    tell_written(options.out, texts, texts.say("course.n_reports", n=made.students))
    return REFUSED if made.left else REACHED


def _finish(
    options: argparse.Namespace, made: Sending, kind: str, assignment: Any, actor: Any
) -> int:
    """Show what changes, ask where something is replaced, and write."""
    texts = texts_of(options)
    if not options.json:
        _preview(made, _shown(options.file), texts)
    absent = texts.say("course.left.not_in_file")
    tell_left([*((one, absent) for one in made.unmatched), *made.left], texts)
    question = texts.say("course.replace", n=made.replaced)
    is_wanted = not made.replaced or is_confirmed(options, question)
    if is_wanted:
        _keep(options, made, kind, assignment, actor)
    if options.json:
        print_json(_as_data(made, options.out if is_wanted else None, texts))
    elif is_wanted:
        tell_written(options.out, texts)
        show_advice(made.advice, texts)
    if not is_wanted:
        return UNUSABLE
    return REFUSED if made.left or made.unmatched else REACHED


def _as_data(made: Sending, out: Path | None, texts: Catalog) -> dict[str, Any]:
    return {
        "changes": [
            {
                "student": one.who,
                "line": one.line,
                "old": one.old_grade,
                "new": one.new_grade,
                "old_comment": one.old_comment,
                "new_comment": one.new_comment,
            }
            for one in made.changes
        ],
        "unmatched": list(made.unmatched),
        "left": [{"student": student, "why": texts.tell(why)} for student, why in made.left],
        "advice": [texts.tell(line) for line in made.advice],
        "out": None if out is None else str(out),
    }


def _keep(
    options: argparse.Namespace, made: Sending, kind: str, assignment: Any, actor: Any
) -> None:
    from grader.course.operations import exports

    exports.keep(
        kind=kind,
        assignment=assignment,
        rows=made.rows,
        data=made.data,
        params=made.params,
        actor=actor,
        write=lambda: atomic.write(options.out, made.data),
    )


def _preview(made: Sending, file: str, texts: Catalog) -> None:
    grades = texts.say("course.n_grades", n=made.grades)
    comments = texts.say("course.n_comments", n=made.comments)
    said = texts.say("course.export_preview", file=file, grades=grades, comments=comments)
    show(said + "\n", sys.stdout)
    if made.changes:
        print_table(
            ("student", "line", "old", "new", "comment"),
            [
                (one.who, str(one.line), one.old_grade, one.new_grade, _comment(one, texts))
                for one in made.changes
            ],
            right="line old new",
            texts=texts,
        )


def _comment(one: Change, texts: Catalog) -> str:
    """What becomes of a comment, in a word."""
    if one.old_comment == one.new_comment:
        return ""
    return texts.say("course.comment_changed" if one.old_comment else "course.comment_new")


# Files --------------------------------------------------------------------------------------


def _read(options: argparse.Namespace) -> bytes:
    """The file to fill in. Raises UsageError, also where the result would replace it."""
    file: Path = options.file
    try:
        if file.stat().st_size > LARGEST_MB * _MB:
            raise UsageError(f"{_shown(file)}: is larger than {LARGEST_MB} MB; name a CSV file")
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{_shown(file)}: cannot be read: {error.strerror}; name a CSV file"
        ) from error
    if is_same(options.out, file):
        raise UsageError(f"--out: {_shown(file)} is the file to fill in; name another one")
    return data


def require_out(out: Path, course: OpenCourse) -> None:
    """Raise UsageError where a file must not be written to this place."""
    if os.path.isdir(out):  # noqa: PTH112  (never raises, however long)
        raise UsageError(f"--out: {_shown(out)} is a folder; name a file")
    folder = course.home.folder
    own = () if folder is None else _of_course()
    if folder is not None and any(is_same(out, folder / name) for name in own):
        raise UsageError(f"--out: {_shown(out)} is the course's own; name another file")


def _of_course() -> Sequence[str]:
    from grader.course.records.courses import ADDRESS, FILE, SECRET, SETTINGS

    return SETTINGS, FILE, SECRET, ADDRESS


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same file."""
    try:
        return one.resolve() == other.resolve() or one.samefile(other)
    except (OSError, RuntimeError):
        return False


def tell_left(left: Sequence[tuple[str, Text]], texts: Catalog) -> None:
    """A line for each student of whom something was not written."""
    for student, why in left:
        tell(f"{visible(student, NAME_LIMIT)}: {texts.tell(why)}")


def show_advice(advice: Sequence[Text], texts: Catalog) -> None:
    """A line for each thing to do with what was written."""
    for line in advice:
        show(f"- {texts.tell(line)}\n", sys.stdout)


def tell_written(out: Path, texts: Catalog, what: str = "") -> None:
    """Say where it is."""
    if what:
        said = texts.say("course.written_what", out=_shown(out), what=what)
    else:
        said = texts.say("course.written", out=_shown(out))
    show(said + "\n", sys.stdout)


def _shown(path: Path) -> str:
    return visible(str(path), limit=300)
