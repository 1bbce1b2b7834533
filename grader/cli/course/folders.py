"""`grader course export folder` and `import folder`: the files of a batch."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from grader.cli.course.opening import add_assignment, add_verb, opened, texts_of
from grader.cli.exit_codes import OUR_FAULT, REACHED
from grader.cli.summary import print_summary
from grader.cli.terminal import show, tell
from grader.safe_text import visible


def add_export_folder(kinds: Any, name: str) -> None:
    """Add `export folder`."""
    parser = add_verb(
        kinds,
        name,
        summary="the files that grader batch writes",
        description="Write what counts of an assignment as grader batch does.",
        example="grader course export folder -a kmeans --out graded/",
        run=export_folder,
        missing={"--out": "name a folder: --out graded/"},
    )
    add_assignment(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")


def add_import_folder(kinds: Any, name: str) -> None:
    """Add `import folder`."""
    parser = add_verb(
        kinds,
        name,
        summary="take over a finished batch",
        description=(
            "Take the results of a finished batch over. What was submitted is not in its folder, "
            "so it cannot be graded again before it is taken with grader course take."
        ),
        example="grader course import folder graded/ -a kmeans",
        run=import_folder,
        missing={"DIR": "name a folder that grader batch wrote"},
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of a batch")
    add_assignment(parser)


def export_folder(options: argparse.Namespace) -> int:
    """Write the folder of a batch; the summary of the class."""
    with opened(options) as (course, _):
        from grader.course.operations import assignments, folder

        assignment = assignments.the_only(options.assignment)
        written = folder.export(course, assignment, options.out, lang=options.lang, tell=tell)
    texts = texts_of(options)
    if written.waiting:
        tell(texts.say("course.no_result", n=written.waiting))
    if written.others:
        names = ", ".join(written.others[:5])
        where = visible(str(options.out), limit=300)
        tell(texts.say("course.other_files", out=where, students=names))
    print_summary(written.batch, options.out, None)
    return OUR_FAULT if written.failed else REACHED


def import_folder(options: argparse.Namespace) -> int:
    """Take a finished batch over."""
    with opened(options) as (course, actor):
        from grader.course.operations import assignments, finished_batch

        assignment = assignments.the_only(options.assignment)
        found = finished_batch.found_in(options.folder, assignment)
        done = list(finished_batch.take(course, assignment, found, actor))
    new, people = sum(one.is_new for one in done), sum(one.is_new_person for one in done)
    texts = texts_of(options)
    of = {"assignment": assignment.slug, "new": new, "same": len(done) - new}
    if people:
        said = texts.say("course.taken_people", **of, people=people)
    else:
        said = texts.say("course.taken", **of)
    show(said + "\n", sys.stdout)
    return REACHED
