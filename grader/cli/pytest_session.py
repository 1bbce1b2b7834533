"""A session of pytest that grades: what is collected, what a test says, and the exit code."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.assignment import registry
from grader.assignment.declaration import Assignment
from grader.assignment.part import Check, Part
from grader.catalog import Catalog, catalog
from grader.cli.arguments import DEFAULT_TIMEOUT_S
from grader.course.options import new_seed
from grader.errors import GraderError
from grader.report import wording
from grader.report.numbers import score
from grader.report.outcome import FAILED, SKIPPED, Outcome, check_outcome
from grader.results import CheckStatus, SubmissionResult
from grader.safe_text import NAME_LIMIT, visible

if TYPE_CHECKING:
    from grader.judging.answer_key import AnswerKey
    from grader.sandbox.server import ForkServer


class GradingPlugin:
    """The hooks of a session. Raises UsageError if there is no such assignment."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        workerinput: Mapping[str, Any] | None = getattr(config, "workerinput", None)
        self._is_worker = workerinput is not None
        seed = option.grader_seed if workerinput is None else workerinput["grader_seed"]
        self.seed = new_seed() if seed is None else int(seed)
        self.threshold: float | None = option.grader_threshold
        try:
            self.grading = Grading(
                registry.load(option.grader),
                seed=self.seed,
                timeout_s=option.grader_timeout or DEFAULT_TIMEOUT_S,
                lang=option.grader_lang or "en",
            )
        except GraderError as error:
            raise pytest.UsageError(f"--grader: {error.lines[0]}") from None
        self._totals: dict[str, dict[str, Any]] = {}
        self._has_other_failure = False

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give each worker of pytest-xdist the seed."""
        node.workerinput["grader_seed"] = self.seed

    def pytest_report_header(self) -> str:
        """Say what is graded, and with which seed it can be repeated."""
        return f"grader: {self.grading.assignment.name}, seed {self.seed}"

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """Collect submissions, and let nobody else do it: their code must not be imported."""
        found = yield
        if file_path.suffix == ".ipynb" or _is_script(file_path, parent):
            return [GradedFile.from_parent(parent, path=file_path, grading=self.grading)]
        return found

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the file's points into each report, which xdist carries, and say where a skip is."""
        report = yield
        if isinstance(item, CheckItem) and report.when == "call":
            report.grader = self.grading.total(item.path)  # type: ignore[attr-defined]
            if report.skipped and isinstance(report.longrepr, tuple):
                report.longrepr = (str(item.path), 1, report.longrepr[2])
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the points of each file, and whether anything else failed."""
        total = getattr(report, "grader", None)
        if total is not None:
            self._totals[report.nodeid.split("::")[0]] = total
        elif report.failed:
            self._has_other_failure = True

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """End student code; with a threshold, let the points decide the exit code, not the checks.

        A worker of xdist has no time left later.
        """
        self.grading.close()
        is_cut = bool(session.shouldfail or session.shouldstop)
        if self.threshold is not None and not (is_cut or self._is_worker):
            shares = [total["share"] for total in self._totals.values()]
            others = self._has_other_failure
            session.exitstatus = decided(exitstatus, shares, self.threshold, others_failed=others)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the points of each file, and the tips."""
        if not self._totals:
            return
        texts = self.grading.texts
        terminalreporter.section(f"grader: {self.grading.assignment.name}, seed {self.seed}")
        for path, total in sorted(self._totals.items()):
            said = total["said"]
            if self.threshold is not None:
                has_passed = _reaches(total["share"], self.threshold)
                text_id = "ci.reached" if has_passed else "ci.not_reached"
                said = texts.say(text_id, said=said, threshold=f"{self.threshold:g}")
            terminalreporter.line(f"{visible(path, NAME_LIMIT)}: {said}")
            for tip in total["tips"]:
                terminalreporter.line(f"  {tip}")

    def pytest_unconfigure(self) -> None:
        """End the processes that run student code."""
        self.grading.close()


def decided(
    exitstatus: int, shares: Sequence[float | None], threshold: float, *, others_failed: bool
) -> int:
    """The exit code by the shares of the points, None where a share is not known.

    A session that ended otherwise, that graded nothing, or in which other tests failed, keeps its
    own.
    """
    is_open = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
    if not is_open or not shares or others_failed:
        return exitstatus
    has_passed = all(_reaches(share, threshold) for share in shares)
    return pytest.ExitCode.OK if has_passed else pytest.ExitCode.TESTS_FAILED


def _reaches(share: float | None, threshold: float) -> bool:
    return share is not None and share >= threshold - 1e-9


def _is_script(path: Path, parent: pytest.Collector) -> bool:
    """Whether a file is a submission: one that was named and is no test file."""
    patterns = parent.config.getini("python_files")
    is_test = any(fnmatch(path.name, pattern) for pattern in patterns)
    home = parent.config.invocation_params.dir
    # isinitpath forgets what a folder contains that is named as well.
    named = {Path(home, arg.split("::")[0]) for arg in parent.config.args}
    return path.suffix == ".py" and not is_test and path in named


class Grading:
    """The submissions of a session, each graded once and only when it is asked about."""

    def __init__(self, assignment: Assignment, *, seed: int, timeout_s: float, lang: str) -> None:
        self.assignment, self.timeout_s = assignment, timeout_s
        self.texts: Catalog = catalog(lang, assignment.folder)
        self._seed = seed
        self._open = ExitStack()
        self._ready: tuple[ForkServer, AnswerKey] | None = None
        self._graded: dict[Path, SubmissionResult | str] = {}

    def outcome(self, path: Path, part: Part, check: Check) -> Outcome:
        """What became of a check of the submission in a file."""
        result = self._result(path)
        if isinstance(result, str):
            return Outcome(status=FAILED, text=result)
        return check_outcome(result, part.name, str(check.name), self.texts)

    def total(self, path: Path) -> dict[str, Any]:
        """The points of the submission in a file as plain data; a share that is not known: None."""
        result = self._result(path)
        if isinstance(result, str):
            return {"said": result, "share": None, "tips": []}
        decided = result.max_score - result.open_points
        share = 100.0 * result.score / decided if decided > 0 else 100.0
        numbers = {"score": score(result.score), "max_score": score(result.max_score)}
        text_id = "terminal.total_open" if result.open_points else "terminal.total"
        tips = (
            {"number": number, "said": wording.plain(wording.finding(check, self.texts))}
            for number, part in enumerate(result.parts, 1)
            for check in part.checks
            if check.status is CheckStatus.ADVICE
        )
        return {
            "said": self.texts.say(text_id, open=score(result.open_points), **numbers),
            "share": None if result.unchecked else share,
            "tips": [self.texts.say("ci.tip", **tip) for tip in tips],
        }

    def _result(self, path: Path) -> SubmissionResult | str:
        """The result, or the line that says why there is none."""
        if path not in self._graded:
            try:
                self._graded[path] = self._grade(path)
            except GraderError as error:
                self._graded[path] = visible(error.lines[0], 2000)
            except Exception as error:  # noqa: BLE001  (the outermost edge: it is told in a line)
                said = visible(f"{type(error).__name__}: {error}")
                self._graded[path] = f"internal error: {said}; please report it"
        return self._graded[path]

    def _grade(self, path: Path) -> SubmissionResult:
        from grader.course.alone import graded_surely
        from grader.course.job import job_of_files
        from grader.reading.files import read_file

        job = job_of_files([(path, read_file(path, shown=path.name))])
        submission = job.read()
        server, answer_key = self._tools()
        return graded_surely(job, answer_key, server, submission, timeout_s=self.timeout_s)

    def _tools(self) -> tuple[ForkServer, AnswerKey]:
        """What all submissions are graded with, made for the first of them."""
        from grader.judging.answer_key import draw_key
        from grader.sandbox import control, machine
        from grader.sandbox.server import ForkServer

        if self._ready is None:
            machine.require()
            server = self._open.enter_context(ForkServer())
            control.require(server)
            self._ready = server, draw_key(self.assignment, self._seed)
        return self._ready

    def close(self) -> None:
        """End what runs."""
        self._open.close()


class GradedFile(pytest.File):
    """A submission."""

    def __init__(self, *, grading: Grading, **more: Any) -> None:
        super().__init__(**more)
        self.grading = grading

    def collect(self) -> Iterator[GradedPart]:
        """The parts of the assignment, whether they are in the file or not."""
        for part in self.grading.assignment.parts:
            yield GradedPart.from_parent(self, name=part.name, part=part, grading=self.grading)


class GradedPart(pytest.Collector):
    """A part of a submission."""

    def __init__(self, *, part: Part, grading: Grading, **more: Any) -> None:
        super().__init__(**more)
        self.part, self.grading = part, grading

    def collect(self) -> Iterator[CheckItem]:
        """The checks that give points."""
        english = catalog("en", self.grading.assignment.folder)
        for check in self.part.checks:
            if check.points > 0:
                name = visible(english.tell(check.name), NAME_LIMIT).replace("::", ":")
                more = {"part": self.part, "check": check, "grading": self.grading}
                yield CheckItem.from_parent(self, name=name, **more)


class CheckFailed(Exception):  # noqa: N818  (it is no error of ours)
    """A check did not pass; its text is for the student."""


class CheckItem(pytest.Item):
    """A check of a part."""

    def __init__(self, *, part: Part, check: Check, grading: Grading, **more: Any) -> None:
        super().__init__(**more)
        self.part, self.check, self.grading = part, check, grading

    def runtest(self) -> None:
        """Pass, skip, or fail as the check did."""
        found = self.grading.outcome(self.path, self.part, self.check)
        if found.status == SKIPPED:
            pytest.skip(found.text)
        if found.status == FAILED:
            raise CheckFailed(found.text)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The sentences of the report, without a traceback."""
        if isinstance(excinfo.value, CheckFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The file, and the part and the check as a heading."""
        return self.path, None, f"{self.part.name}: {self.name}"
