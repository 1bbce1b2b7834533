"""Arguments: commands and options as argparse has them, and the values that they may take."""

from __future__ import annotations

import argparse
import math
import os
import textwrap
from collections.abc import Mapping
from typing import Any

import grader

DEFAULT_TIMEOUT_S = 60.0
DEFAULT_LANG = "en"
SERVICE_TIMEOUT_S = 40.0
"""For a service that ends a run after 10 minutes: the wall clock allows five times that, twice."""


def add_command(  # noqa: PLR0913  (all but two by name)
    commands: Any,
    name: str,
    *,
    summary: str,
    description: str,
    example: str,
    missing: Mapping[str, str] | None = None,
    **more: Any,
) -> argparse.ArgumentParser:
    """The parser of a new command, which knows its version.

    `missing` says what to do about a required argument that is not there.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=textwrap.fill(description, 79),
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        missing=missing,
        **more,
    )
    add_version(parser)
    return parser


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add `--version`."""
    parser.add_argument("--version", action="version", version=f"grader {grader.__version__}")


def add_grading(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that grades submissions."""
    parser.add_argument(
        "-a",
        "--assignment",
        metavar="NAME",
        help="assignment name, folder, or package.module:attribute "
        "(default: detected from the submission)",
    )
    add_running(parser)


def add_lang(parser: argparse.ArgumentParser) -> None:
    """Add the language of what students read."""
    parser.add_argument(
        "--lang",
        type=language,
        default=DEFAULT_LANG,
        metavar="LANG",
        help="report language, en or de (default: en)",
    )


def add_running(parser: argparse.ArgumentParser, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
    """Add the options that say how submissions of a known assignment are graded."""
    parser.add_argument(
        "--seed", type=seed, metavar="N", help="seed for the hidden test cases (default: random)"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=timeout_s,
        metavar="SECONDS",
        help=f"CPU seconds per submission (default: {timeout_s:g})",
    )
    add_lang(parser)
    parser.add_argument(
        "--require-isolation",
        action="store_true",
        help="refuse to grade unless all isolation layers work (see grader doctor)",
    )


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add `--jobs`."""
    parser.add_argument(
        "--jobs",
        type=positive_int,
        default=_cores(),
        metavar="N",
        help="submissions to grade in parallel (default: number of cores)",
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
    return _number(text, 1.0, 86_400.0, "seconds from 1 to 86400")


def _number(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        msg = f"expected {what}, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return value


def language(text: str) -> str:
    """A language with texts."""
    from grader.catalog import languages

    known = languages()
    if text not in known:
        msg = f"expected {' or '.join(known)}, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return text


def positive_int(text: str) -> int:
    """A number of jobs."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1024:
        msg = f"expected an integer from 1 to 1024, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def seed(text: str) -> int:
    """A seed."""
    if not text.isascii() or not text.isdigit() or int(text) >= 1 << 63:
        msg = f"expected an integer from 0 to 2^63, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)
