"""`grader batch --course`: submissions taken, graded and written out, in one command."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

from grader.cli.course import folders, work
from grader.cli.exit_codes import REACHED

ONLY_WITHOUT = ("fresh", "only", "notebooks", "zip", "marks")
"""Options of a batch that a course has other commands for."""


def run(options: argparse.Namespace, refuse: Callable[[str], NoReturn]) -> int:
    """Do what `grader course` take, grade and export folder do; the highest of their exit codes."""
    for name in ONLY_WITHOUT:
        if getattr(options, name):
            refuse(f"--{name}: cannot be combined with --course; see grader course --help")
    if not options.sources:
        refuse("the following arguments are required: SOURCE")
    options.by = options.at = None
    options.retry_failed = options.json = False
    codes = [
        work.run_take(options, seed=options.seed),
        work.run_grade(options, is_isolation_required=options.require_isolation),
    ]
    if options.out is not None:
        codes.append(folders.export_folder(options))
    return max(codes, default=REACHED)
