"""The command line: which command is run, and what exit code its end has.

Heavy modules load when they are needed: `--help` and wrong arguments answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from grader.cli import audit, author, autograde, batch, bundle, check, doctor
from grader.cli.arguments import add_version
from grader.cli.course import work
from grader.cli.course.commands import add_course
from grader.cli.exit_codes import OUR_FAULT, UNUSABLE
from grader.cli.interrupts import ended_politely, exit_code, interrupt_behind
from grader.cli.parser import Parser, listed
from grader.cli.terminal import tell
from grader.errors import GraderError, SandboxError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    try:
        options = _parser().parse_args(arguments)
        with ended_politely():
            return int(options.run(options))
    except BrokenPipeError:
        # Whoever read our output has gone; there is no one to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUR_FAULT
    except KeyboardInterrupt as interrupt:
        return _stopped(interrupt)
    except SandboxError as error:
        tell(str(error))
        return OUR_FAULT
    except GraderError as error:
        for line in error.lines:
            tell(line)
        return UNUSABLE
    except Exception as error:  # noqa: BLE001  (it is told)
        return _failed(error)


def _failed(error: Exception) -> int:
    """Say that the grader failed, unless it was asked to end."""
    if interrupt := interrupt_behind(error):
        return _stopped(interrupt)
    if os.environ.get("GRADER_TRACEBACK"):
        raise error
    place = f"{type(error).__name__}: {error}".splitlines()[0]
    tell(f"internal error: {place}; set GRADER_TRACEBACK=1 for the traceback, and please report it")
    return OUR_FAULT


def _stopped(interrupt: KeyboardInterrupt) -> int:
    tell("interrupted; run the same command again to continue")
    return exit_code(interrupt)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="grader",
        description="Grade JAX notebooks: one submission or a whole class.",
        epilog=check.EXAMPLE + batch.EXAMPLE.removeprefix("example:\n"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check.add_check(commands)
    batch.add_batch(commands)
    add_course(commands)
    work.add_worker(commands)
    autograde.add_autograde(commands)
    bundle.add_bundle(commands)
    doctor.add_doctor(commands)
    audit.add_audit(commands)
    author.add_commands(commands)
    parser.commands = commands.choices
    parser.missing["COMMAND"] = f"name a command: {listed(parser.commands)}; see grader --help"
    return parser


if __name__ == "__main__":
    sys.exit(main())
