"""The command line: arguments, printing, exit codes. Heavy modules load when they are needed."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import grader
from grader.cli.author import add_commands
from grader.errors import GraderError, SandboxError, UsageError
from grader.sandbox.endings import SuspectError

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.reading.submission import Submission
    from grader.results import SubmissionResult
    from grader.sandbox import ForkServer

REACHED, NOT_REACHED, UNUSABLE, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 130
DEFAULT_TIMEOUT_S = 60.0
LATER_S = 0.1
"""After so long a signal that was lost is sent again."""

CHECK_EXAMPLE = """example:
  grader check kmeans.ipynb --html feedback.html
"""
BATCH_EXAMPLE = """example:
  grader batch submissions/ late.zip --out graded/
"""


AUDIT_EXAMPLE = """example:
  grader audit kmeans
"""
DOCTOR_EXAMPLE = """example:
  grader doctor
"""


class _Parser(argparse.ArgumentParser):
    """argparse, but an error is one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        self.exit(UNUSABLE, f"{self.prog}: {message}; see {self.prog} --help\n")


class _Ended(KeyboardInterrupt):
    """A signal that asks a run to end, on its way to where everything is put away."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.code = INTERRUPTED - signal.SIGINT + number


@contextmanager
def _ended_politely() -> Iterator[None]:
    """SIGTERM and SIGHUP end what runs in here as Ctrl-C does; one that is ignored stays so."""

    def end(number: int, _: FrameType | None) -> None:
        for other in before:
            signal.signal(other, signal.SIG_IGN)  # the end takes a moment, and is not ended itself
        raise _Ended(number)

    def tell(ignored: sys.UnraisableHookArgs) -> None:
        # A signal came where Python raises nothing, in what runs while garbage is collected.
        if not isinstance(ignored.exc_value, KeyboardInterrupt):
            tell_before(ignored)
            return
        number = getattr(ignored.exc_value, "number", signal.SIGINT)
        if number in before:
            signal.signal(number, end)
        here = threading.get_ident()  # whose waiting it has to end
        later = threading.Timer(LATER_S, signal.pthread_kill, (here, number))
        later.daemon = True
        later.start()

    numbers = (signal.SIGTERM, signal.SIGHUP)
    is_main = threading.current_thread() is threading.main_thread()
    before = [n for n in numbers if is_main and signal.getsignal(n) is signal.SIG_DFL]
    tell_before = sys.unraisablehook
    for number in before:
        signal.signal(number, end)
    if is_main:
        sys.unraisablehook = tell
    try:
        yield
    finally:
        for number in before:
            signal.signal(number, signal.SIG_DFL)
        sys.unraisablehook = tell_before


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code."""
    try:
        options = _parser().parse_args(arguments)
        with _ended_politely():
            return int(options.run(options))
    except BrokenPipeError:
        # Whoever read our output has gone; there is no one to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUR_FAULT
    except KeyboardInterrupt as interrupt:
        return _stopped(interrupt)
    except SandboxError as error:
        _tell(str(error))
        return OUR_FAULT
    except GraderError as error:
        for line in error.lines:
            _tell(line)
        return UNUSABLE
    except Exception as error:  # noqa: BLE001  (it is told)
        return _failed(error)


def _failed(error: Exception) -> int:
    """Say that the grader failed, unless it was asked to end."""
    if interrupt := _interrupt_behind(error):
        return _stopped(interrupt)
    if os.environ.get("GRADER_TRACEBACK"):
        raise error
    place = f"{type(error).__name__}: {error}".splitlines()[0]
    _tell(f"the grader itself failed: {place}; set GRADER_TRACEBACK=1 to see where, and report it")
    return OUR_FAULT


def _stopped(interrupt: KeyboardInterrupt) -> int:
    _tell("stopped; run the same command again to go on")
    return interrupt.code if isinstance(interrupt, _Ended) else INTERRUPTED


def _interrupt_behind(error: BaseException) -> KeyboardInterrupt | None:
    """What an error goes back to where that is a signal: Python makes others of some in imports."""
    before = error.__cause__ or error.__context__
    if before is None or isinstance(before, KeyboardInterrupt):
        return before
    return _interrupt_behind(before)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="grader",
        description="Grade exercises in JAX notebooks: one submission, or a class.",
        epilog=CHECK_EXAMPLE + BATCH_EXAMPLE.removeprefix("example:\n"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _version(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    check = commands.add_parser(
        "check",
        help="grade one submission",
        description="Grade one submission and print a short result.",
        epilog=CHECK_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("submission", type=Path, metavar="SUBMISSION", help="an .ipynb or .py file")
    _common(check)
    check.add_argument("--html", type=Path, metavar="FILE", help="write the report to FILE")
    check.add_argument(
        "--json", metavar="FILE", help="write the result to FILE; - is standard output"
    )
    check.add_argument("--junit", metavar="FILE", help="write the result as JUnit XML to FILE")
    check.add_argument(
        "--threshold",
        type=_percent,
        default=100.0,
        metavar="PERCENT",
        help="exit with 0 from this share of the points on (default: 100)",
    )
    check.add_argument("--quiet", action="store_true", help="print the total only")
    check.set_defaults(run=_check)

    batch = commands.add_parser(
        "batch",
        help="grade a class",
        description="Grade folders, zips and single files, in any mix. A second run resumes.",
        epilog=BATCH_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    batch.add_argument("sources", type=Path, nargs="+", metavar="SOURCE", help="what to grade")
    batch.add_argument("--out", type=Path, required=True, metavar="DIR", help="where results go")
    _common(batch)
    batch.add_argument(
        "--jobs",
        type=_positive_int,
        default=_cores(),
        metavar="N",
        help="how many submissions at a time (default: the usable cores)",
    )
    batch.add_argument("--fresh", action="store_true", help="grade again what is already graded")
    batch.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="grade on the workers of this Dask scheduler, such as tcp://10.0.0.1:8786",
    )
    batch.set_defaults(run=_batch)

    doctor = commands.add_parser(
        "doctor",
        help="test the isolation of student code on this machine",
        description="Try to break out of the isolation, and say which layers hold.",
        epilog=DOCTOR_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _version(doctor)
    doctor.set_defaults(run=_doctor)

    audit = commands.add_parser(
        "audit",
        help="test an assignment: do wrong answers lose points, and right ones none",
        description="Grade right answers, known mistakes and mutants of an assignment.",
        epilog=AUDIT_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _version(audit)
    audit.add_argument("assignment", metavar="ASSIGNMENT", help="as for check --assignment")
    audit.add_argument(
        "--jobs",
        type=_positive_int,
        default=_cores(),
        metavar="N",
        help="how many submissions at a time (default: the usable cores)",
    )
    audit.add_argument(
        "--seed", type=_seed, default=1, metavar="N", help="draw the inputs from N (default: 1)"
    )
    audit.add_argument("--json", metavar="FILE", help="write what was found to FILE")
    audit.set_defaults(run=_audit)
    add_commands(commands)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    _version(parser)
    parser.add_argument(
        "-a",
        "--assignment",
        metavar="NAME",
        help="a name, a folder with an assignment.py, or package.module:attribute",
    )
    parser.add_argument(
        "--seed", type=_seed, metavar="N", help="draw the hidden inputs from N (default: new ones)"
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=DEFAULT_TIMEOUT_S,
        metavar="SECONDS",
        help=f"CPU seconds for a submission (default: {DEFAULT_TIMEOUT_S:g})",
    )
    parser.add_argument(
        "--lang",
        type=_language,
        default="en",
        metavar="LANG",
        help="the language of the reports, en or de (default: en)",
    )
    parser.add_argument(
        "--require-isolation",
        action="store_true",
        help="refuse to grade without every layer of isolation, see grader doctor",
    )


def _version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--version", action="version", version=f"grader {grader.__version__}")


def _check(options: argparse.Namespace) -> int:
    from grader.reading.submission import read_submission
    from grader.sandbox import machine

    machine.require()
    submission = read_submission(options.submission)
    from grader.sandbox import ForkServer  # only now: what cannot be read is told at once

    with ForkServer() as server:  # it gets ready while the rest is loaded
        from grader import atomic
        from grader.assignment import registry
        from grader.catalogue import catalogue
        from grader.report import result_json
        from grader.report.html import render_student
        from grader.report.junit import render_junit
        from grader.report.text import render_check

        assignment = (
            registry.load(options.assignment)
            if options.assignment is not None
            else registry.guess(submission)
        )
        result = _grade_one(options, submission, assignment, server)
        cut_short = result.unchecked
    said = {"lang": options.lang, "folder": assignment.folder}
    if options.html:
        atomic.write(options.html, render_student(result, **said))
    if options.junit:
        atomic.write(Path(options.junit), render_junit(result, **said))
    text = result_json.dumps(result_json.stored(result, **said))
    if options.json and options.json != "-":
        atomic.write(Path(options.json), text)
    if options.json == "-":
        sys.stdout.write(text)
    elif options.quiet and cut_short:
        pass  # a total that is not known
    elif options.quiet:
        sys.stdout.write(f"{result.score:g}/{result.max_score:g}\n")
    else:
        sys.stdout.write(
            render_check(
                result,
                width=_width(),
                colour=_has_colour(sys.stdout),
                ascii_only=_is_ascii(sys.stdout),
                report=str(options.html or ""),
                **said,
            )
        )
    sys.stdout.flush()
    if cut_short:
        _tell(f"{options.submission}: {catalogue(**said).tell(cut_short)}")
        return OUR_FAULT
    share = 100.0 * result.score / result.max_score
    return REACHED if share >= options.threshold - 1e-9 else NOT_REACHED


def _grade_one(
    options: argparse.Namespace,
    submission: Submission,
    assignment: Assignment,
    server: ForkServer,
) -> SubmissionResult:
    import secrets
    from concurrent.futures import ThreadPoolExecutor

    from grader.course.collecting.collect import safe_id
    from grader.judging.answer_key import prepare
    from grader.judging.grade import grade
    from grader.sandbox import ForkServer, control, doctor

    seed = secrets.randbits(32) if options.seed is None else options.seed
    if options.require_isolation:
        doctor.require(server)
    with ThreadPoolExecutor(1) as beside:
        controlled = beside.submit(control.require, server)
        material = prepare(assignment, seed)
        controlled.result()
    student = safe_id(options.submission.name.split(".")[0] or options.submission.name)
    known: dict[str, Any] = {"student": student, "timeout_s": options.timeout}
    try:
        return grade(submission, material, server, **known)
    except SuspectError:  # the machine may have ended it: once more, and all anew
        with ForkServer() as another:
            control.require(another)
            return grade(submission, material, another, **known, is_last=True)


def _batch(options: argparse.Namespace) -> int:
    from grader.cli.progress import Progress
    from grader.course.batch import Batch, Options, now
    from grader.course.store import Store

    started = now()
    progress = Progress(
        sys.stderr,
        is_live=sys.stderr.isatty() and os.environ.get("TERM") != "dumb",
        width=_width(),
        ascii_only=_is_ascii(sys.stderr),
        lang=options.lang,
        clock=now,
    )
    batch = Batch(
        sources=options.sources,
        store=Store(options.out),
        options=Options(
            assignment=options.assignment,
            seed=options.seed,
            timeout_s=options.timeout,
            jobs=options.jobs,
            is_fresh=options.fresh,
            is_isolation_required=options.require_isolation,
            lang=options.lang,
            dask=options.dask,
        ),
        tell=lambda line: progress.apart(lambda: _tell(line)),
    )
    try:
        batch.open()
        _run_with_progress(batch, progress)
        batch.finish(now() - started)
    finally:
        batch.close()
    _print_summary(batch, options.out, now() - started)
    return OUR_FAULT if batch.failures else REACHED


def _audit(options: argparse.Namespace) -> int:
    from grader import atomic
    from grader.assignment import registry
    from grader.authoring import lint
    from grader.judging.answer_key import prepare
    from grader.sandbox import ForkServer, control, machine

    try:
        from grader.authoring.audit import audit, refused
        from grader.authoring.audit_report import as_data, render
    except ModuleNotFoundError as error:
        msg = (
            f"grader audit needs the package {error.name}; pip install 'jax-exercise-grader[audit]'"
        )
        raise UsageError(msg) from error
    machine.require(options.jobs)
    assignment = registry.load(options.assignment)
    problems = lint.problems(assignment, options.seed)
    is_live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def tell(done: int, total: int) -> None:
        if is_live:
            print(f"\r\x1b[K  {done} of {total}", end="", file=sys.stderr, flush=True)

    if problems:
        found = refused(assignment, options.seed, problems)
    else:
        jobs, timeout_s = options.jobs, DEFAULT_TIMEOUT_S
        # What NumPy warns of in checks and references is told by what they give, or is nothing.
        with warnings.catch_warnings(action="ignore"), ForkServer() as server:
            control.require(server)
            material = prepare(assignment, options.seed)
            found = audit(material, server, jobs=jobs, timeout_s=timeout_s, tell=tell)
    if is_live:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    if options.json:
        import json

        atomic.write(Path(options.json), json.dumps(as_data(found), indent=1) + "\n")
    sys.stdout.write(render(found))
    return NOT_REACHED if found.problems else REACHED


def _doctor(_: argparse.Namespace) -> int:
    from grader.sandbox import ForkServer, doctor

    with ForkServer() as server:
        diagnosis = doctor.examine(server)
    sys.stdout.write(doctor.render(diagnosis))
    return NOT_REACHED if diagnosis.missing else REACHED


def _run_with_progress(batch: Any, progress: Any) -> None:
    from functools import partial

    from grader.catalogue import catalogue

    texts = catalogue(batch.options.lang)
    for line in batch.chosen:
        _tell(texts.tell(line))
    for line in batch.skipped:
        _tell(texts.say("omitted.line", what=texts.tell(line)))
    with progress.expect(len(batch.entries)):
        for done in batch.run():
            progress.add(done)
            if done.failed:
                name, said = done.result.student, done.result.messages[:1]
                progress.apart(partial(_tell, f"{name}: {' '.join(said)}"))


def _print_summary(batch: Any, out: Path, duration_s: float) -> None:
    from grader.report.text import batch_summary

    sys.stdout.write(
        batch_summary(
            batch.rows,
            duration_s=duration_s,
            paths=[
                ("overview", str(out / "index.html")),
                ("grades", str(out / "grades.csv")),
                ("students", str(out / "students")),
            ],
            width=_width(),
            colour=_has_colour(sys.stdout),
            ascii_only=_is_ascii(sys.stdout),
            lang=batch.options.lang,
        )
    )
    sys.stdout.flush()


def _tell(message: str) -> None:
    from grader.safe_text import visible

    print(f"grader: {visible(message, 2000)}", file=sys.stderr)


def _width() -> int:
    import shutil

    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))


def _has_colour(stream: TextIO) -> bool:
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not is_plain


def _is_ascii(stream: TextIO) -> bool:
    try:
        "✓◐◆○█░–…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _percent(text: str) -> float:
    return _number(text, 0.0, 100.0, "a percentage from 0 to 100")


def _seconds(text: str) -> float:
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


def _language(text: str) -> str:
    from grader.catalogue import languages

    known = languages()
    if text not in known:
        msg = f"a language that there are texts in is needed, {' or '.join(known)}, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return text


def _positive_int(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1024:
        msg = f"a whole number from 1 to 1024 is needed, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 1 << 63:
        msg = f"a whole number from 0 to 2^63 is needed, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
