"""The old name of `grader.catalog`; gone in 0.2."""

import warnings

from grader.catalog import Text, say

__all__ = ["Text", "say"]

warnings.warn(
    "grader.catalogue is called grader.catalog now; import Text and say from there",
    DeprecationWarning,
    stacklevel=2,
)
