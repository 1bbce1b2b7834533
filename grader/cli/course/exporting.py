"""`grader course export` and `import`: marks out to other systems, and in from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.cli.arguments import add_command
from grader.cli.course import export_files, export_services, folders, importing
from grader.cli.parser import listed

EXPORTS: Mapping[str, Callable[[Any, str], None]] = {
    "csv": export_files.add_csv,
    "folder": folders.add_export_folder,
    "moodle": export_files.add_moodle,
    "moodle-feedback": export_files.add_feedback,
    "canvas": export_files.add_canvas,
    "canvas-feedback": export_files.add_feedback,
    "nbgrader": export_services.add_nbgrader,
    "gradescope": export_services.add_service,
    "classroom50": export_services.add_service,
}
"""What adds the command of each kind, under its name."""
IMPORTS: Mapping[str, Callable[[Any, str], None]] = {
    "folder": folders.add_import_folder,
    "nbgrader": importing.add_nbgrader,
}
EXAMPLE = """example:
  grader course export moodle worksheet.csv -a kmeans --out graded.csv
"""
IMPORT_EXAMPLE = """example:
  grader course import nbgrader gradebook.db -a kmeans
"""


def add_exporting(verbs: Any) -> None:
    """Add the verbs."""
    parser = add_command(
        verbs,
        "export",
        summary="send marks and reports to other systems",
        description=(
            "Write the marks and reports that count as files for other systems. What changes in a "
            "file that has grades already is shown first."
        ),
        example=EXAMPLE,
        missing={},
    )
    _add_kinds(parser, EXPORTS)
    parser = add_command(
        verbs,
        "import",
        summary="take over what was decided in other systems",
        description="Take over what was decided in other systems. What changes is shown first.",
        example=IMPORT_EXAMPLE,
        missing={},
    )
    _add_kinds(parser, IMPORTS)


def _add_kinds(parser: Any, kinds: Mapping[str, Callable[[Any, str], None]]) -> None:
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, add in kinds.items():
        add(commands, name)
    parser.commands = commands.choices
    names = listed(kinds) if len(kinds) > 1 else next(iter(kinds))
    parser.missing["COMMAND"] = f"name a command: {names}; see {parser.prog} --help"
