"""`grader course export` and `import`: marks out to other systems, and in from them."""

from __future__ import annotations

from typing import Any

from grader.cli.arguments import add_command
from grader.cli.course import folders

EXPORTS = (folders.add_export_folder,)
IMPORTS = (folders.add_import_folder,)


def add_exporting(verbs: Any) -> None:
    """Add the verbs."""
    for name, summary, kinds in (
        ("export", "write marks for another system", EXPORTS),
        ("import", "take marks over from another system", IMPORTS),
    ):
        parser = add_command(
            verbs,
            name,
            summary=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            example=f"example:\n  grader course {name} folder --help\n",
            missing={},
        )
        of = parser.add_subparsers(title="kinds", metavar="KIND", required=True)
        for add in kinds:
            add(of)
        parser.commands = of.choices  # type: ignore[attr-defined]
        parser.missing["KIND"] = (  # type: ignore[attr-defined]
            f"name a kind: {', '.join(of.choices)}; see grader course {name} --help"
        )
