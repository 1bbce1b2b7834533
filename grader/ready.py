"""Ready-made assignments, parts, cases and checks: an ordinary part in a few lines.

`drawn`, `equal` and `vectorised` are short names of `random_cases`, `matches_reference` and
`vectorized`.
"""

from grader.assignment.by_hand import by_hand, written
from grader.assignment.covering import cover, pairs, random_cases
from grader.assignment.figure_check import figure
from grader.assignment.inputs import code, key
from grader.assignment.ready import (
    assignment,
    matches_reference,
    part,
)
from grader.assignment.ready_checks import (
    at_least,
    follows_key,
    independent,
    moments,
    near,
    satisfies,
)
from grader.assignment.sample_values import GROUPS, KINDS, SCALES, labels, values
from grader.assignment.vectorized import vectorized

__all__ = [
    "GROUPS",
    "KINDS",
    "SCALES",
    "assignment",
    "at_least",
    "by_hand",
    "code",
    "cover",
    "drawn",
    "equal",
    "figure",
    "follows_key",
    "independent",
    "key",
    "labels",
    "matches_reference",
    "moments",
    "near",
    "pairs",
    "part",
    "random_cases",
    "satisfies",
    "values",
    "vectorised",
    "vectorized",
    "written",
]

drawn = random_cases
equal = matches_reference
vectorised = vectorized
