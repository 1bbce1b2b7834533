"""`grader audit`: test whether an assignment is sound."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import Any

from grader.cli.arguments import DEFAULT_TIMEOUT_S, add_command, add_jobs, seed
from grader.cli.exit_codes import NOT_REACHED, REACHED
from grader.cli.terminal import is_live
from grader.errors import UsageError

EXAMPLE = """example:
  grader audit kmeans
"""


def add_audit(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = add_command(
        commands,
        "audit",
        summary="test an assignment: correct solutions keep all points, wrong ones lose some",
        description=(
            "Test an assignment with correct solutions, known mistakes, mutants, and distortions."
        ),
        example=EXAMPLE,
        missing={"ASSIGNMENT": "name an assignment or its folder; see grader audit --help"},
    )
    parser.add_argument(
        "assignment",
        metavar="ASSIGNMENT",
        help="assignment name, folder, or package.module:attribute",
    )
    add_jobs(parser)
    parser.add_argument(
        "--seed", type=seed, default=1, metavar="N", help="seed for the test cases (default: 1)"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="also fail on holes: wrong answers that keep all points and are not accepted",
    )
    parser.add_argument("--json", metavar="FILE", help="write the findings as JSON to FILE")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from grader import atomic
    from grader.assignment import registry
    from grader.authoring import lint
    from grader.authoring.notebook_run import run_notebook
    from grader.judging.answer_key import draw_key
    from grader.sandbox import control, machine
    from grader.sandbox.server import ForkServer

    try:
        from grader.authoring.audit import audit, refused
        from grader.authoring.audit_report import as_data, render
    except ModuleNotFoundError as error:
        msg = (
            f"grader audit needs the package {error.name}; run pip install "
            "'jax-exercise-grader[audit]'"
        )
        raise UsageError(msg) from error
    machine.require(options.jobs)
    assignment = registry.load(options.assignment)
    problems = lint.problems(assignment, options.seed)
    if problems:
        found = refused(assignment, options.seed, problems)
    else:
        jobs, timeout_s = options.jobs, DEFAULT_TIMEOUT_S
        # NumPy warnings in checks and references show in the results, or do not matter.
        with warnings.catch_warnings(action="ignore"), ForkServer() as server:
            control.require(server)
            answer_key = draw_key(assignment, options.seed)
            found = audit(
                answer_key, server, jobs=jobs, timeout_s=timeout_s, tell=_count, run=run_notebook
            )
    if is_live(sys.stderr):
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if options.json:
        import json

        atomic.write(Path(options.json), json.dumps(as_data(found), indent=1) + "\n")
    sys.stdout.write(render(found, is_strict=options.strict))
    is_open = options.strict and bool(found.open_holes)
    return NOT_REACHED if found.problems or is_open else REACHED


def _count(done: int, total: int) -> None:
    """Show the progress where a line can be redrawn."""
    if is_live(sys.stderr):
        print(f"\r\x1b[K  {done} of {total}", end="", file=sys.stderr, flush=True)
