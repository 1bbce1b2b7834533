"""Ready-made assignments, parts, cases and checks: an ordinary part in a few lines.

`drawn`, `equal` and `vectorised` are short names of `random_cases`, `matches_reference` and
`vectorized`.
"""

from grader.assignment.ready import (
    assignment,
    matches_reference,
    part,
    random_cases,
    vectorized,
)

__all__ = [
    "assignment",
    "drawn",
    "equal",
    "matches_reference",
    "part",
    "random_cases",
    "vectorised",
    "vectorized",
]

drawn = random_cases
equal = matches_reference
vectorised = vectorized
