"""Workflow commands and step outputs of GitHub Actions.

The runner reads commands from all that a step prints: a line that starts with `::`, and
`##[command]` anywhere in a line that is not of the first kind. So whatever a student may have
written is printed while commands are stopped, or inside a command that is escaped.
Source: actions/runner, `src/Runner.Common/ActionCommand.cs`; github/docs, workflow commands.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.report.problems import Problem

MOST_OF_A_KIND = 10
"""GitHub shows so many errors and so many warnings of a step."""


def command(name: str, message: str, **properties: object) -> str:
    """The line of a workflow command; a property that is None or empty is left out."""
    pairs = [f"{key}={_property(str(value))}" for key, value in properties.items() if value]
    head = f"{name} {','.join(pairs)}" if pairs else name
    return f"::{head}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def annotation_commands(problems: Sequence[Problem]) -> list[str]:
    """The commands that show problems next to their files: errors for lost points, then tips."""
    errors = [one for one in problems if one.costs_points][:MOST_OF_A_KIND]
    warnings = [one for one in problems if not one.costs_points][:MOST_OF_A_KIND]
    return [
        command(kind, one.text, file=one.path, line=one.line, title=one.title)
        for kind, found in (("error", errors), ("warning", warnings))
        for one in found
    ]


def stopped(text: str, token: str) -> str:
    """`text` as it is printed while no command acts; `token` is one that nobody can know."""
    end = "" if text.endswith("\n") or not text else "\n"
    return f"::stop-commands::{token}\n{text}{end}::{token}::\n"


def outputs(values: dict[str, str]) -> str:
    """What is appended to the file of a step's outputs; each value is a single line."""
    return "".join(f"{name}={' '.join(value.split())}\n" for name, value in values.items())
