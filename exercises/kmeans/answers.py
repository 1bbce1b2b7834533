"""Reading what a submission returned for a case."""

from __future__ import annotations

from typing import Any

from grader.assignment import Case, Incorrect, Student
from grader.catalog import Text, say
from grader.compare import describe_value, difference
from grader.results import Visibility


def named(student: Student, *names: str) -> tuple[Case, ...]:
    """The student's cases of these names, in this order."""
    cases = {case.name: case for case in student.cases}
    return tuple(cases[name] for name in names if name in cases)


def pair(value: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    """The parts of a returned tuple, further ones left out. Raises Incorrect when it is shorter."""
    if isinstance(value, (tuple, list)) and len(value) >= len(names):
        return tuple(value[: len(names)])
    wanted = ", ".join(f"`{name}`" for name in names)
    raise Incorrect(
        say(
            "your code returned {what}; expected the values {names}",
            what=describe_value(value),
            names=wanted,
        )
    )


def of_hidden(case: Case, public: Text, hidden: Text) -> Text:
    """What is said of a case: of a hidden one nothing with a number of it."""
    return public if case.visibility is Visibility.PUBLIC else hidden


SLIGHT = 0.1
"""A hard-coded size makes more than this share of the entries wrong."""


class SlightlyIncorrect(Incorrect):
    """An answer of the right form in which most entries are right."""


HIDDEN_SHAPE = "{name} has the wrong shape for the hidden test case"
HIDDEN_VALUES = "{name} is not correct for the hidden test case"


def must_match(case: Case, value: Any, want: Any, name: str) -> None:
    """Raises Incorrect where a value is not as expected."""
    found = difference(got=value, want=want, name=name, ignore_kind=True)
    if found:
        is_shape = found.reason == "shape"
        hidden = HIDDEN_SHAPE if is_shape else HIDDEN_VALUES
        is_slight = found.is_off is not None and found.count <= SLIGHT * found.is_off.size
        kind = SlightlyIncorrect if is_slight else Incorrect
        raise kind(
            of_hidden(case, found.message, say(hidden, name=name)),
            differences=(found,) if case.visibility is Visibility.PUBLIC else (),
        )
