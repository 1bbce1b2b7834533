"""What all commands of a course share: which course, who acts, and how things are asked."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from grader.cli.arguments import add_command, language
from grader.cli.exit_codes import NOT_REACHED
from grader.cli.terminal import show, tell
from grader.safe_text import visible

if TYPE_CHECKING:
    from grader.catalog import Catalog
    from grader.course.records.courses import OpenCourse
    from grader.course.records.events import Actor

Run = Callable[[argparse.Namespace], int]
REFUSED = NOT_REACHED
"""A rule refused something, and the rest was done."""
MOST = 100_000
"""What nobody counts up to."""


def add_verb(  # noqa: PLR0913  (all but two by name)
    verbs: Any,
    name: str,
    *,
    summary: str,
    description: str,
    example: str,
    run: Run,
    missing: dict[str, str] | None = None,
    is_shown: bool = False,
) -> argparse.ArgumentParser:
    """The parser of a verb with the options that all have."""
    parser = add_command(
        verbs,
        name,
        summary=summary,
        description=description,
        example=f"example:\n  {example}\n",
        missing=missing,
    )
    parser.add_argument(
        "--course",
        metavar="DIR",
        help="course folder or PostgreSQL URL (default: $GRADER_COURSE, else this folder or one "
        "above it)",
    )
    parser.add_argument(
        "--by", metavar="NAME", help="who does it, for the log (default: your user name)"
    )
    add_lang(parser)
    if is_shown:
        parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=run)
    return parser


def add_lang(parser: argparse.ArgumentParser) -> None:
    """Add `--lang` as commands of a course have it."""
    parser.add_argument(
        "--lang",
        type=language,
        metavar="LANG",
        help="language of what is printed, en or de (default: the course's)",
    )


def add_assignment(parser: argparse.ArgumentParser, *, is_required: bool = False) -> None:
    """Add `-a` as commands of a course have it."""
    parser.add_argument(
        "-a",
        "--assignment",
        metavar="NAME",
        required=is_required,
        help="assignment of the course" + ("" if is_required else " (default: the only one)"),
    )


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[tuple[OpenCourse, Actor]]:
    """The course and who acts; errors of the database are told as a line.

    What a rule refuses ends the command with `REFUSED`.
    """
    from grader.course.records import connection, courses

    home = courses.find(options.course)
    course = courses.opened(home)
    options.lang = getattr(options, "lang", None) or course.lang
    texts = texts_of(options)
    for line in course.said:
        tell(texts.tell(line))
    from grader.course.operations.decisions import RefusedError
    from grader.course.operations.people import UnknownError
    from grader.course.records.events import Actor

    try:
        with connection.told(home.database):
            yield course, Actor(name=options.by or courses.user_name())
    except (RefusedError, UnknownError) as error:
        tell(str(error))
        raise SystemExit(REFUSED) from None
    finally:
        connection.close()


def texts_of(options: argparse.Namespace) -> Catalog:
    """The texts in the language that was chosen, else that of the course once it is open."""
    from grader.catalog import catalog

    return catalog(getattr(options, "lang", None) or "en")


def is_confirmed(options: argparse.Namespace, question: str, *, is_required: bool = False) -> bool:
    """Whether the person at the terminal wants it, who has seen what changes.

    Without a terminal nobody is asked; where it `is_required` only `--yes` goes on then.
    """
    texts = texts_of(options)
    if options.yes or not (is_required or sys.stdin.isatty()):
        return True
    if not sys.stdin.isatty():
        tell(texts.say("course.unchanged_yes"))
        return False
    show(texts.say("course.confirm", question=visible(question)) + " ", sys.stderr)
    answer = sys.stdin.readline().strip().lower()
    if answer in {"y", "yes", "j", "ja"}:
        return True
    tell(texts.say("course.unchanged"))
    return False


def print_json(data: Any) -> None:
    """Print JSON that is the same for the same data."""
    show(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n", sys.stdout)


def points(value_mp: int | None) -> str:
    """Points for people, "" where there are none."""
    return "" if value_mp is None else f"{value_mp / 1000:.3f}".rstrip("0").rstrip(".")


def count(text: str) -> int:
    """A whole number from 0 on. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        msg = f"expected a whole number from 0 to {MOST}, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def mp(text: str) -> int:
    """Points in 1/1000 from what a person typed. Raises ArgumentTypeError."""
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text.replace(",", ".", 1)) * 1000
        whole = int(value)
    except (InvalidOperation, ValueError, OverflowError):
        msg = f"expected a number of points, got {text!r}"
        raise argparse.ArgumentTypeError(msg) from None
    if value != whole or abs(whole) > 10**12:
        msg = f"expected points with at most 3 decimals, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return whole
