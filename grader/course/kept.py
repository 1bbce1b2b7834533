"""Packs a result with its evidence, so that it can be put into other words without grading."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import replace

from grader.report.as_json import from_json, to_json
from grader.results import PartResult, SubmissionResult, Visibility

_LEVEL = 1
"""Quick: pictures are mostly white, and a class waits for it."""


def pack(result: SubmissionResult) -> bytes:
    """The result as bytes, the same for the same result; without comparisons that stay hidden."""
    kept = replace(result, parts=tuple(map(_shown, result.parts)))
    return gzip.compress(json.dumps(to_json(kept)).encode("ascii"), _LEVEL, mtime=0)


def unpack(data: bytes) -> SubmissionResult:
    """The result in what `pack` made. Raises ValueError for anything else."""
    try:
        return from_json(SubmissionResult, json.loads(gzip.decompress(data)))
    except (OSError, EOFError, zlib.error, ValueError, TypeError, RecursionError) as error:
        msg = f"not a packed result: {error}"
        raise ValueError(msg) from error


def _shown(part: PartResult) -> PartResult:
    hidden = Visibility.HIDDEN
    checks = tuple(replace(c, differences=()) if c.visibility is hidden else c for c in part.checks)
    return replace(part, checks=checks)
