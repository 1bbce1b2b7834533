"""Ready-made assignments, parts, cases and checks: an ordinary part in a few lines."""

from grader.assignment.ready import assignment, drawn, equal, part, vectorised

__all__ = ["assignment", "drawn", "equal", "part", "vectorised"]
