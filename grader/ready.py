"""Ready-made assignments, parts, cases and checks: an ordinary part in a few lines.

`drawn`, `equal` and `vectorised` are short names of `random_cases`, `matches_reference` and
`vectorized`.
"""

from grader.assignment.covering import cover, pairs, random_cases
from grader.assignment.ready import (
    assignment,
    matches_reference,
    part,
    vectorized,
)
from grader.assignment.sample_values import GROUPS, KINDS, SCALES, labels, values

__all__ = [
    "GROUPS",
    "KINDS",
    "SCALES",
    "assignment",
    "cover",
    "drawn",
    "equal",
    "labels",
    "matches_reference",
    "pairs",
    "part",
    "random_cases",
    "values",
    "vectorised",
    "vectorized",
]

drawn = random_cases
equal = matches_reference
vectorised = vectorized
