"""`grader bundle`: the files that Gradescope or Classroom 50 grades an assignment with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.arguments import SERVICE_TIMEOUT_S, add_command, add_lang, seconds, seed
from grader.cli.autograde import add_service

if TYPE_CHECKING:
    from grader.authoring.bundle import Bundle, BundleOptions

EXAMPLE = """example:
  grader bundle gradescope -a kmeans --out autograder.zip
"""


def add_bundle(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = add_command(
        commands,
        "bundle",
        summary="create an autograder for Gradescope or Classroom 50",
        description=(
            "Create what Gradescope or Classroom 50 grades an assignment with: the scripts that "
            "the service runs, the grader, the assignment, and the pinned packages."
        ),
        example=EXAMPLE,
        missing={
            "SERVICE": "name a service: gradescope or classroom50; see grader bundle --help",
            "-a/--assignment": "name an assignment: -a NAME",
            "--out": "name a zip file for Gradescope (--out autograder.zip), a folder for "
            "Classroom 50",
        },
    )
    add_service(parser, "name of an assignment that comes with the grader, or folder of yours")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="PATH",
        help="gradescope: zip file to write; classroom50: folder for the files",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=SERVICE_TIMEOUT_S,
        metavar="SECONDS",
        help=f"CPU seconds per submission (default: {SERVICE_TIMEOUT_S:g})",
    )
    parser.add_argument(
        "--seed",
        type=seed,
        metavar="N",
        help="seed for the hidden test cases (default: random for each submission)",
    )
    add_lang(parser)
    parser.add_argument("--force", action="store_true", help="overwrite existing files")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from grader.authoring import bundle

    how = bundle.BundleOptions(lang=options.lang, timeout_s=options.timeout, seed=options.seed)
    if options.service == "gradescope":
        made = bundle.gradescope(options.assignment, how)
        bundle.save_zip(made, options.out, force=options.force)
        lines = _for_gradescope(made, how, options.out)
    else:
        made = bundle.classroom50(options.assignment, how)
        bundle.save_folder(made, options.out, force=options.force)
        lines = _for_classroom50(made, options.out)
    lines.append(f"Packages: {made.pins.count}, pinned with hashes.")
    if made.pins.lacking:
        lines.append(f"Student code cannot use {', '.join(made.pins.lacking)}: not installed here.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _for_gradescope(made: Bundle, how: BundleOptions, path: Path) -> list[str]:
    from grader.authoring.bundle import GRADESCOPE_LIMIT_S

    todo = (
        f"At Gradescope, set the autograder points to {made.points:g}, and choose a container with "
        "1.5 GB of memory or more."
    )
    lines = [f"Created {path}, {path.stat().st_size / 1024**2:.1f} MiB.", todo]
    if how.limit_s > GRADESCOPE_LIMIT_S:
        minutes = -(-how.limit_s // 60)
        lines.append(f"A submission may take {minutes} minutes: set that as the timeout, too.")
    return lines


def _for_classroom50(made: Bundle, folder: Path) -> list[str]:
    lines = [f"Created in {folder}:", ""]
    lines += [f"  {name}" for name in sorted(made.files)[:20]]
    if len(made.files) > 20:
        lines.append(f"  and {len(made.files) - 20} more")
    return [*lines, ""]
