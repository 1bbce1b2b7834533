"""`grader course`: all its verbs."""

from __future__ import annotations

from typing import Any

from grader.cli.arguments import add_command
from grader.cli.course import decisions, exporting, marks, regrade, setup, upkeep, work

EXAMPLE = """example:
  grader course new jax26 --zone Europe/Berlin
  cd jax26
  grader course add kmeans --due 2026-12-14T23:59
  grader course take ~/downloads/submissions.zip
  grader course grade
  grader course marks
"""


def add_course(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = add_command(
        commands,
        "course",
        summary="run a course: attempts, marks, regrades, exports",
        description=(
            "Run a course: take submissions, grade them, change marks, grade again with a "
            "preview, and send marks to Moodle, Canvas, and others."
        ),
        example=EXAMPLE,
        missing={},
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    setup.add_setup(verbs)
    work.add_work(verbs)
    marks.add_marks(verbs)
    decisions.add_decisions(verbs)
    regrade.add_regrade(verbs)
    exporting.add_exporting(verbs)
    upkeep.add_upkeep(verbs)
    parser.commands = verbs.choices  # type: ignore[attr-defined]
    parser.missing["COMMAND"] = (  # type: ignore[attr-defined]
        "begin with grader course new DIR, or see grader course --help for all commands"
    )
