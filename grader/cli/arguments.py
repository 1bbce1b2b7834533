"""Arguments: commands and options as argparse has them, and the values that they may take."""

from __future__ import annotations

import argparse
import math
import os
from typing import Any, NoReturn

import grader
from grader.cli.exit_codes import UNUSABLE

DEFAULT_TIMEOUT_S = 60.0


class Parser(argparse.ArgumentParser):
    """argparse, but an error is one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        """End with the line."""
        self.exit(UNUSABLE, f"{self.prog}: {message}; see {self.prog} --help\n")


def add_command(
    commands: Any, name: str, *, summary: str, description: str, example: str
) -> argparse.ArgumentParser:
    """The parser of a new command, which knows its version."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(parser)
    return parser


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add `--version`."""
    parser.add_argument("--version", action="version", version=f"grader {grader.__version__}")


def add_grading(parser: argparse.ArgumentParser) -> None:
    """Add what every command that grades submissions can be told."""
    parser.add_argument(
        "-a",
        "--assignment",
        metavar="NAME",
        help="a name, a folder with an assignment.py, or package.module:attribute",
    )
    parser.add_argument(
        "--seed", type=seed, metavar="N", help="draw the hidden inputs from N (default: new ones)"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=DEFAULT_TIMEOUT_S,
        metavar="SECONDS",
        help=f"CPU seconds for a submission (default: {DEFAULT_TIMEOUT_S:g})",
    )
    parser.add_argument(
        "--lang",
        type=language,
        default="en",
        metavar="LANG",
        help="the language of the reports, en or de (default: en)",
    )
    parser.add_argument(
        "--require-isolation",
        action="store_true",
        help="refuse to grade without every layer of isolation, see grader doctor",
    )


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add `--jobs`."""
    parser.add_argument(
        "--jobs",
        type=positive_int,
        default=_cores(),
        metavar="N",
        help="how many submissions at a time (default: the usable cores)",
    )


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def percent(text: str) -> float:
    """A percentage. Raises ArgumentTypeError, as all of these."""
    return _number(text, 0.0, 100.0, "a percentage from 0 to 100")


def seconds(text: str) -> float:
    """A time limit."""
    return _number(text, 1.0, 86_400.0, "a number of seconds from 1 to 86400")


def _number(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        msg = f"{what} is needed, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return value


def language(text: str) -> str:
    """A language that there are texts in."""
    from grader.catalog import languages

    known = languages()
    if text not in known:
        msg = f"a language that there are texts in is needed, {' or '.join(known)}, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return text


def positive_int(text: str) -> int:
    """A number of jobs."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1024:
        msg = f"a whole number from 1 to 1024 is needed, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def seed(text: str) -> int:
    """A seed."""
    if not text.isascii() or not text.isdigit() or int(text) >= 1 << 63:
        msg = f"a whole number from 0 to 2^63 is needed, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)
