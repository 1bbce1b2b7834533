"""`grader doctor`: whether student code is isolated on this machine."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from grader.cli.arguments import add_command
from grader.cli.exit_codes import NOT_REACHED, REACHED

EXAMPLE = """example:
  grader doctor
"""


def add_doctor(commands: Any) -> None:
    """Add the command to the parser's."""
    parser = add_command(
        commands,
        "doctor",
        summary="check that student code runs isolated on this machine",
        description="Try to break out of the sandbox, and report which layers hold.",
        example=EXAMPLE,
    )
    parser.add_argument("--verbose", action="store_true", help="show the details of each layer")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from grader.sandbox import doctor
    from grader.sandbox.server import ForkServer

    with ForkServer() as server:
        diagnosis = doctor.examine(server)
    sys.stdout.write(doctor.render(diagnosis, is_verbose=options.verbose))
    return NOT_REACHED if diagnosis.missing else REACHED
