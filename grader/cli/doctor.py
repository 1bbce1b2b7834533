"""`grader doctor`: which layers of isolation hold on this machine."""

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
        summary="test the isolation of student code on this machine",
        description="Try to break out of the isolation, and say which layers hold.",
        example=EXAMPLE,
    )
    parser.set_defaults(run=_run)


def _run(_: argparse.Namespace) -> int:
    from grader.sandbox import doctor
    from grader.sandbox.server import ForkServer

    with ForkServer() as server:
        diagnosis = doctor.examine(server)
    sys.stdout.write(doctor.render(diagnosis))
    return NOT_REACHED if diagnosis.missing else REACHED
