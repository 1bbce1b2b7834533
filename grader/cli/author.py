"""The commands for assignment authors: new, release, assignments."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.arguments import add_command

if TYPE_CHECKING:
    from grader.assignment.registry import InstalledAssignment

NEW_EXAMPLE = """example:
  grader new my_exercise
"""
RELEASE_EXAMPLE = """example:
  grader release kmeans --out students/
"""
ASSIGNMENTS_EXAMPLE = """example:
  grader assignments
"""


def add_commands(commands: Any) -> None:
    """Add the commands to the parser's."""
    _new(commands)
    _release(commands)
    _assignments(commands)


# new ---------------------------------------------------------------------------------------


def _new(commands: Any) -> None:
    parser = add_command(
        commands,
        "new",
        summary="create a new assignment",
        description="Create a small assignment that already works, to adapt.",
        example=NEW_EXAMPLE,
        missing={"NAME": "name the new assignment: grader new my_exercise"},
    )
    parser.add_argument("name", metavar="NAME", help="lowercase letters, digits, and _")
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="parent folder (default: current folder)",
    )
    parser.set_defaults(run=_run_new)


def _run_new(options: argparse.Namespace) -> int:
    from grader.authoring.new import contents, scaffold

    made = scaffold(options.name, options.dir)
    files = contents(options.name)
    width = max(map(len, files))
    lines = [f"Created {made}. It works as it is; adapt it to your exercise:", ""]
    lines += [f"  {name:{width}}  {what}" for name, what in files.items()]
    lines += ["", f"Then test it: grader audit {made}"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


# release -----------------------------------------------------------------------------------


def _release(commands: Any) -> None:
    parser = add_command(
        commands,
        "release",
        summary="create the files for students",
        description=(
            "Create the student notebook and the self-check data. Refuses to write them if they "
            "contain answers or hidden test cases."
        ),
        example=RELEASE_EXAMPLE,
        missing={
            "ASSIGNMENT": "name an assignment or its folder; see grader release --help",
            "--out": "name a folder for the files: --out students/",
        },
    )
    parser.add_argument(
        "assignment",
        metavar="ASSIGNMENT",
        help="assignment name, folder, or package.module:attribute",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the files"
    )
    parser.add_argument("--force", action="store_true", help="overwrite existing files")
    parser.set_defaults(run=_run_release)


def _run_release(options: argparse.Namespace) -> int:
    from grader.assignment import registry
    from grader.authoring.notebook_run import run_notebook
    from grader.authoring.release import release, save
    from grader.sandbox.server import ForkServer

    assignment = registry.load(options.assignment)
    with warnings.catch_warnings(action="ignore"), ForkServer() as server:
        made = release(assignment, server, run_notebook)
    save(made, assignment, options.out, force=options.force)
    lines = [f"Released {assignment.name} to {options.out}:", ""]
    lines += [f"  {name}" for name in made.files]
    lines += [
        "",
        "Checked: the notebook earns 0 points, and the files contain no answers or hidden",
        "test cases.",
    ]
    lines += [f"The notebook was {made.note}"] if made.note else []
    for part, why in made.untold.items():
        lines.append(f"Self-check: `{part}` is graded only after submission, since {why}.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


# assignments -------------------------------------------------------------------------------


def _assignments(commands: Any) -> None:
    parser = add_command(
        commands,
        "assignments",
        summary="list installed assignments",
        description="List the installed assignments: name, points, title, package.",
        example=ASSIGNMENTS_EXAMPLE,
    )
    parser.set_defaults(run=_run_assignments)


def _run_assignments(_: argparse.Namespace) -> int:
    from grader.assignment import registry

    listed = registry.installed()
    width = max((len(one.name) for one in listed), default=0)
    lines = [_line(one, width) for one in listed]
    sys.stdout.write("\n".join(lines or ["No assignments are installed."]) + "\n")
    return 0


def _line(one: InstalledAssignment, width: int) -> str:
    from grader.safe_text import visible

    if one.assignment is None:
        said = f"cannot be used ({one.source}): {one.problem}"
    else:
        points = one.assignment.points
        noun = "point" if points == 1 else "points"
        said = f"{f'{points:g} {noun}':10}  {one.assignment.title} ({one.source})"
    return visible(f"{one.name:{width}}  {said}", 500)
