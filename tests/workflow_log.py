"""The log of a step as the runner of GitHub Actions reads it: which commands act.

Written from actions/runner, `src/Runner.Common/ActionCommand.cs` and
`src/Runner.Worker/ActionCommandManager.cs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

KNOWN = (
    *("error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "add-path"),
    *("set-env", "set-output", "save-state", "add-matcher", "remove-matcher", "echo"),
)
_DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
_OLD = {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%25": "%"}


@dataclass(frozen=True)
class Command:
    """A command that the runner carries out."""

    name: str
    properties: Mapping[str, str]
    message: str


def commands(log: str) -> Iterator[Command]:
    """The commands that act in what a step has printed."""
    token = ""
    for line in log.split("\n"):
        known = (*KNOWN, "stop-commands", *((token,) if token else ()))
        found = _new(line, known) or _old(line, known)
        if found is None:
            continue
        if token:
            token = "" if found.name.lower() == token.lower() else token
        elif found.name.lower() == "stop-commands":
            token = found.message
        else:
            yield found
    assert not token, "commands are still stopped at the end"


def _new(line: str, known: tuple[str, ...]) -> Command | None:
    line = line.lstrip()
    head, separator, message = line[2:].partition("::")
    if not line.startswith("::") or not separator:
        return None
    return _command(head, message, known, ",", _PROPERTY, _DATA)


def _old(line: str, known: tuple[str, ...]) -> Command | None:
    _, start, rest = line.partition("##[")
    head, separator, message = rest.partition("]")
    if not start or not separator:
        return None
    return _command(head, message, known, ";", _OLD, _OLD)


def _command(  # noqa: PLR0913, PLR0917  (the two forms differ in these)
    head: str,
    message: str,
    known: tuple[str, ...],
    comma: str,
    of_properties: Mapping[str, str],
    of_message: Mapping[str, str],
) -> Command | None:
    name, _, rest = head.partition(" ")
    if name.lower() not in {one.lower() for one in known}:
        return None
    pairs = [pair.split("=", 1) for pair in rest.strip().split(comma) if "=" in pair]
    properties = {key: _decoded(value, of_properties) for key, value in pairs}
    return Command(name, properties, _decoded(message, of_message))


def _decoded(text: str, codes: Mapping[str, str]) -> str:
    for code, char in codes.items():
        text = text.replace(code, char)
    return text


def outputs(file: str) -> dict[str, str]:
    """The outputs in the file of a step; the last of a name counts."""
    return dict(line.split("=", 1) for line in file.splitlines())
