"""An error of the student's code, taken apart: what it means, what Python said, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader.catalog import Catalog, Message, Text, say
from grader.report.disclosure import disclosed_message
from grader.results import CheckResult, CheckStatus

_ERRORS = frozenset({"stopped.error", "stopped.error_at", "stopped.needed"})


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An error as a student may read it.

    `cause` is a sentence or two; `python` the exception and its message, of a hidden check the
    exception alone; `is_explained` whether the cause is more than that there was an error.
    """

    cause: str
    python: str
    place: str
    is_explained: bool


def raised(check: CheckResult, texts: Catalog) -> Raised | None:
    """The error that ended a check, None where it ended otherwise or says nothing of it."""
    message = check.message
    if check.status is not CheckStatus.ERROR or not isinstance(message, Message):
        return None
    if message.id not in _ERRORS:
        return None
    values = dict(message.values)
    explained, python = _apart(values["said"])
    place = values.get("place", "")
    needs_other = message.id == "stopped.needed"
    where: list[Text] = [Message(message.id, (*(("place", place),) * bool(place), ("said", "")))]
    causes = [*(where if needs_other or not explained else ()), *explained]
    return Raised(
        cause=" ".join(_disclosed(cause, check, texts) for cause in causes).strip(),
        python=_disclosed(python, check, texts),
        place=texts.tell(place) if isinstance(place, (str, Message)) else "",
        is_explained=bool(explained),
    )


def _apart(said: object) -> tuple[list[Text], Text]:
    """What explains an error, and what Python said."""
    explained: list[Text] = []
    while isinstance(said, Message) and said.id in {"stopped.in_file", "stopped.because"}:
        values = dict(said.values)
        if said.id == "stopped.in_file":
            place = {"file": values["file"], "line": values["line"]}
            explained.append(say("stopped.in_file", **place, said=""))
        else:
            cause = values["cause"]
            explained.append(cause if isinstance(cause, (str, Message)) else "")
        said = values["said"]
    return explained, said if isinstance(said, (str, Message)) else ""


def _disclosed(text: Text, check: CheckResult, texts: Catalog) -> str:
    said = disclosed_message(replace(check, message=text), texts).strip()
    return said[0].upper() + said[1:] if said[:1].islower() and " " in said else said
