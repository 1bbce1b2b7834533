"""The Code Quality report that GitLab shows in a merge request.

Source: gitlab-org/gitlab `doc/ci/testing/code_quality.md`, "Code Quality report format".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from grader.catalog import catalog
from grader.report.problems import Problem, problems
from grader.results import SubmissionResult
from grader.safe_text import NAME_LIMIT, visible


def render_code_quality(
    result: SubmissionResult,
    paths: Mapping[str, str],
    *,
    lang: str = "en",
    folder: Path | None = None,
) -> str:
    """The text of the file: a list of what costs points and of the tips.

    `paths` says where in the repository a file is, by the name that it has in the result.
    """
    found = problems(result, catalog(lang, folder), paths)
    name = visible(result.assignment, NAME_LIMIT)
    return json.dumps([_issue(one, name) for one in found], indent=1, ensure_ascii=False) + "\n"


def _issue(problem: Problem, assignment: str) -> dict[str, object]:
    return {
        "description": f"{problem.title}: {problem.text}" if problem.title else problem.text,
        "check_name": f"{assignment}.{problem.part}" if problem.part else assignment,
        "fingerprint": _fingerprint(assignment, problem.path, problem.key),
        "severity": _severity(problem),
        "location": {"path": problem.path, "lines": {"begin": problem.line or 1}},
    }


def _severity(problem: Problem) -> str:
    if not problem.costs_points:
        return "info"
    return "major" if problem.part else "critical"


def _fingerprint(*names: str) -> str:
    """The same for the same problem in another commit."""
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()[:32]
