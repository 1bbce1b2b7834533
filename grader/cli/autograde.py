"""`grader autograde`: the submission that a service lays in a folder, and the files it wants back.

The command ends with 0 whenever it ran to the end, also with 0 points.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.arguments import SERVICE_TIMEOUT_S, add_command, add_running
from grader.cli.exit_codes import OUR_FAULT, REACHED
from grader.cli.terminal import tell
from grader.errors import SandboxError, UsageError

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.course.job import Job
    from grader.report.classroom50 import SubmissionIdentity
    from grader.results import SubmissionResult

EXAMPLE = """example:
  grader autograde gradescope -a kmeans
"""
SERVICES = ("gradescope", "classroom50")
ROOT = Path("/autograder")
REPORT = "feedback.html"
_MOST_METADATA = 32 << 20
_VARIABLES = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
}
"""What the runner of Classroom 50 says in its environment, by what it is."""
_TIME_IN_TAG = re.compile(r"submit/(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\dZ)")


def add_autograde(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = add_command(
        commands,
        "autograde",
        summary="grade a submission where a service runs it",
        description=(
            "Grade the one submission that Gradescope or Classroom 50 puts in a folder, and write "
            "the files that the service reads. The exit code is 0 whenever it ran to the end."
        ),
        example=EXAMPLE,
        missing={
            "SERVICE": f"name a service: {' or '.join(SERVICES)}; see grader autograde --help",
            "-a/--assignment": "name an assignment: -a NAME",
        },
    )
    add_service(parser)
    parser.add_argument(
        "--root",
        type=Path,
        metavar="DIR",
        help=f"gradescope: folder of the autograder (default: {ROOT}); classroom50: folder with "
        "the submission (default: the current one)",
    )
    add_running(parser, timeout_s=SERVICE_TIMEOUT_S)
    parser.set_defaults(run=_run)


def add_service(
    parser: argparse.ArgumentParser,
    what: str = "assignment name, folder, or package.module:attribute",
) -> None:
    """Add the arguments that name a service and an assignment; `what` says how."""
    parser.add_argument(
        "service", type=_service, metavar="SERVICE", help=f"{' or '.join(SERVICES)}"
    )
    parser.add_argument(
        "-a",
        "--assignment",
        required=True,
        metavar="NAME",
        help=what,
    )


def _service(text: str) -> str:
    if text not in SERVICES:
        msg = f"expected {' or '.join(SERVICES)}, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return text


def _run(options: argparse.Namespace) -> int:
    if options.service == "gradescope":
        return _gradescope(options, options.root or ROOT)
    return _classroom50(options, options.root or Path())


# Gradescope --------------------------------------------------------------------------------


def _gradescope(options: argparse.Namespace, root: Path) -> int:
    from grader import atomic
    from grader.report.gradescope import (
        previous_points,
        render_gradescope,
        total_points,
        unfinished,
    )

    if not root.is_dir():
        raise UsageError(f"{root}: folder not found; name the folder of the autograder with --root")
    results = root / "results" / "results.json"
    atomic.write(results, _json(unfinished(options.lang)))
    metadata = _metadata(root / "submission_metadata.json")
    assignment, result = _graded(root / "submission", "submission", options)
    made = render_gradescope(
        result, previous=previous_points(metadata), lang=options.lang, folder=assignment.folder
    )
    atomic.write(results, _json(made))
    _show_staff(result, assignment, options.lang, total_points(metadata))
    return OUR_FAULT if result.unchecked else REACHED


def _metadata(path: Path) -> object:
    """What Gradescope says of the submission, None where it says nothing that can be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_METADATA + 1)
        return json.loads(data) if len(data) <= _MOST_METADATA else None
    except (OSError, ValueError, RecursionError):
        return None


def _show_staff(
    result: SubmissionResult, assignment: Assignment, lang: str, points: float | None
) -> None:
    """Print what Gradescope shows to instructors only."""
    from grader.catalog import catalog
    from grader.cli.terminal import is_ascii
    from grader.report.grades_csv import number_cell
    from grader.report.text import render_check

    texts = catalog(lang)
    shown = render_check(
        result, ascii_only=is_ascii(sys.stdout), lang=lang, folder=assignment.folder
    )
    lines = [shown, texts.say("service.seed", seed=result.seed)]
    if points is not None and points < result.max_score - 1e-9:
        values = {"there": number_cell(points), "here": number_cell(result.max_score)}
        lines.append(texts.say("service.total_points", **values))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


# Classroom 50 ------------------------------------------------------------------------------


def _classroom50(options: argparse.Namespace, folder: Path) -> int:
    from grader import atomic
    from grader.report.classroom50 import (
        release_body,
        render_classroom50,
        status_of,
        summary_of,
    )
    from grader.report.html import render_student

    identity = _identity(os.environ)
    try:
        assignment, result = _graded(folder, identity.owner, options)
    except SandboxError as error:
        raise SandboxError(_without_commands(str(error))) from error
    if result.unchecked:  # no result: the runner says that it is a failure of the autograder
        tell("a part could not be checked; run the autograder again")
        return OUR_FAULT
    words: dict[str, Any] = {"lang": options.lang, "folder": assignment.folder}
    atomic.write(folder / REPORT, render_student(result, **words))
    atomic.write(folder / "release-body.md", release_body(result, report=REPORT, **words))
    atomic.write(folder / "result.json", _json(render_classroom50(result, identity, **words)))
    summary = summary_of(result, lang=options.lang)
    _put_out(status=status_of(result), summary=summary)
    sys.stdout.write(f"{summary}\n")  # the log is no place for text of the student's
    return REACHED


def _identity(environment: Mapping[str, str]) -> SubmissionIdentity:
    """Which submission it is, as the runner says. Raises UsageError."""
    from grader.report.classroom50 import SubmissionIdentity

    said = {name: environment.get(key, "").strip() for name, key in _VARIABLES.items()}
    owner = environment.get("OWNER", "").strip() or environment.get("USERNAME", "").strip()
    lacking = [_VARIABLES[name] for name, value in said.items() if not value]
    if lacking or not owner:
        name = (lacking or ["OWNER"])[0]
        raise UsageError(f"{name}: is not set; run this in the runner of Classroom 50, or set it")
    return SubmissionIdentity(
        **said,
        owner=owner,
        review=environment.get("REVIEW_URL", "").strip() or said["commit"],
        submitted_at=_submitted_at(said["submission"]),
        assignment_type=environment.get("ASSIGNMENT_TYPE", "").strip() or "individual",
    )


def _submitted_at(tag: str) -> str:
    """The time in a tag, else now; the runner puts the time of the commit there."""
    found = _TIME_IN_TAG.match(tag)
    if found:
        return f"{found[1]}{found[2]}:{found[3]}:{found[4]}"
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _put_out(**values: str) -> None:
    """Add to what the step of the workflow puts out, if this is one."""
    path = os.environ.get("GITHUB_OUTPUT", "")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
    except OSError as error:
        msg = f"GITHUB_OUTPUT: {path} cannot be written: {error.strerror}; set it to a file"
        raise UsageError(msg) from error


def _without_commands(text: str) -> str:
    """A text that gives no command to a workflow, wherever it is in a line."""
    return text.replace("##[", "## [").replace("::", ": :")


# Both --------------------------------------------------------------------------------------


def _graded(
    folder: Path, student: str, options: argparse.Namespace
) -> tuple[Assignment, SubmissionResult]:
    """The assignment, and the result of what is in a student's folder, whatever that is."""
    from grader.sandbox import machine  # only now: what is not there is reported at once
    from grader.sandbox.server import ForkServer

    machine.require()
    with ForkServer() as server:  # it gets ready while the rest is loaded and read
        from grader.assignment import registry
        from grader.course.alone import graded_alone, unreadable_alone
        from grader.reading.unreadable import SourceError, UnreadableError

        assignment = registry.load(options.assignment)
        job = _job(folder, student, assignment)
        try:
            return graded_alone(
                job,
                server,
                lambda _: assignment,
                seed=options.seed,
                timeout_s=options.timeout,
                is_isolation_required=options.require_isolation,
            )
        except SourceError as error:  # never the student's fault
            raise SandboxError(str(error)) from error
        except UnreadableError as error:
            return assignment, unreadable_alone(job, server, assignment, error, seed=options.seed)


def _job(folder: Path, student: str, assignment: Assignment) -> Job:
    """The submission in a student's folder: the file that contains most of the assignment."""
    from dataclasses import replace

    from grader.catalog import say
    from grader.course.collecting.collect import collect_one
    from grader.course.collecting.student_ids import safe_id
    from grader.course.job import Job, job_of
    from grader.judging.ranking import Rank
    from grader.reading.unreadable import UnreadableError

    if not folder.is_dir():
        raise UsageError(f"{folder}: folder not found; name the folder with the submission")
    rank = Rank(assignment)
    try:
        entry = collect_one(
            folder, rank=rank, holds=rank.holds, notebook_of=rank.notebook_of, stems=rank.stems
        )
    except UsageError:  # too many files, or none but results of the grader
        entry = None
    name = safe_id(student)
    if entry is None:
        fault = UnreadableError("", say("service.nothing"))
        return Job(student=name, name=assignment.notebooks[0].name, fault=fault)
    return replace(job_of(entry), student=name)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
