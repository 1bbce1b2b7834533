"""The submissions of a class that a person should know of, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.catalog import Catalog
from grader.report import wording
from grader.report.stored import StoredPart, StoredResult
from grader.results import State, SubmissionStatus
from grader.safe_text import visible

LOOKS = {
    "unreadable": wording.LOOKS[State.UNCHECKED],
    "unchecked": wording.LOOKS[State.UNCHECKED],
    "crashed": wording.LOOKS[State.ERROR],
    "gone": wording.LOOKS[State.UNCHECKED],
    "empty": wording.LOOKS[State.NOT_STARTED],
    "several": wording.LOOKS[State.UNCHECKED],
    "timeout": wording.LOOKS[State.TIMEOUT],
    "late": wording.Look("none", "i-stop", "!", "[lt]", "2"),
}
"""How each kind looks, the most pressing kind first."""
FOR_INFORMATION = frozenset({"timeout", "late"})
"""Kinds that nobody has to do anything about."""
_UNMARKED = (State.NOT_STARTED, State.NOT_FOUND)


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Something that a person should know of; `kind` names its texts in the catalog."""

    kind: str
    student: str
    happened: str
    """What happened, in sentences."""
    brief: str = ""
    """The same in a word or two beside the kind: the parts, or the first message."""

    @property
    def is_information(self) -> bool:
        """Whether there is nothing to do about it."""
        return self.kind in FOR_INFORMATION


def handed_in(results: Sequence[StoredResult]) -> list[StoredResult]:
    """The results of what is in the sources, without those of an earlier run alone."""
    return [result for result in results if not result.is_gone]


def graded(results: Sequence[StoredResult]) -> list[StoredResult]:
    """The results that count: those that have points, of what is handed in now."""
    return [result for result in handed_in(results) if result.is_judged]


def attention(results: Sequence[StoredResult], texts: Catalog) -> tuple[Attention, ...]:
    """The submissions that a person should know of, the most pressing kind first."""
    found: dict[str, list[Attention]] = {kind: [] for kind in LOOKS}
    for result in results:
        for item in (_trouble(result, texts), _choice(result, texts), _lateness(result, texts)):
            if item is not None:
                found[item.kind].append(item)
    return tuple(item for kind in LOOKS for item in found[kind])


def count_of(troubles: Sequence[Attention]) -> int:
    """How many students there is something to do about; who is named for two reasons is one."""
    return len({item.student for item in troubles if not item.is_information})


def _trouble(  # noqa: PLR0911  (one return a kind, in the order of the kinds)
    result: StoredResult, texts: Catalog
) -> Attention | None:
    status, parts = result.status, result.parts
    states = [part.state for part in parts]
    said = " ".join(wording.sentence(visible(text)) for text in result.messages[:2])
    first = visible(result.messages[0]) if result.messages else ""

    def trouble(kind: str, happened: str, brief: str = "") -> Attention:
        return Attention(kind=kind, student=result.student, happened=happened, brief=brief)

    if result.is_gone:
        what = "" if result.is_judged else said
        return trouble("gone", f"{texts.say('staff.gone_text')} {what}".strip())
    if status == SubmissionStatus.UNREADABLE:
        return trouble("unreadable", said, first)
    if State.UNCHECKED in states:
        listed = _listed(parts, State.UNCHECKED, texts)
        happened = texts.say("staff.unchecked_text", parts=listed)
        return trouble("unchecked", f"{happened} {said}".strip(), listed)
    if status == SubmissionStatus.CRASHED:
        return trouble("crashed", said or texts.say("staff.crashed_text"), first)
    if State.TIMEOUT in states:
        listed = _listed(parts, State.TIMEOUT, texts)
        return trouble("timeout", texts.say("staff.timeout_part", parts=listed), listed)
    if status == SubmissionStatus.TIMEOUT:
        return trouble("timeout", said or texts.say("staff.timeout_text"))
    if states and all(state in _UNMARKED for state in states):
        return trouble("empty", texts.say("staff.empty_text"))
    return None


def _choice(result: StoredResult, texts: Catalog) -> Attention | None:
    """That one of several files was graded, whatever came of it."""
    others = result.passed_over
    if not others:
        return None
    name, listed = visible(result.shown_path), visible(", ".join(others))
    happened = texts.say("staff.several_text", name=name, others=listed)
    return Attention(kind="several", student=result.student, happened=happened, brief=listed)


def _lateness(result: StoredResult, texts: Catalog) -> Attention | None:
    """That it was submitted late, which costs nothing here."""
    if not result.is_late or result.is_gone:
        return None
    return Attention(kind="late", student=result.student, happened=texts.say("staff.late_text"))


def _listed(parts: Sequence[StoredPart], state: State, texts: Catalog) -> str:
    numbers = [i for i, part in enumerate(parts, 1) if part.state is state]
    words = [texts.say("terminal.part", number=number) for number in numbers]
    return wording.enumerated(words, texts)
