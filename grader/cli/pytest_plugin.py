"""Grading with pytest: `pytest kmeans.ipynb --grader kmeans` has a test for each check.

pytest loads this module wherever the grader is installed. So it imports nothing of the grader
before the option is there.
"""

from __future__ import annotations

import pytest

_NEEDS_GRADER = ("threshold", "seed", "timeout", "lang")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("grader", "grading of JAX notebooks")
    group.addoption(
        "--grader",
        metavar="ASSIGNMENT",
        help="assignment name, folder, or package.module:attribute, by which to grade notebooks, "
        "and the scripts that are named, unless they are test files",
    )
    group.addoption(
        "--grader-threshold",
        type=_percent,
        metavar="PERCENT",
        help="exit with 0 if each score is at least PERCENT, although checks fail "
        "(default: every check must pass)",
    )
    group.addoption(
        "--grader-seed",
        type=_seed,
        metavar="N",
        help="seed for the hidden test cases (default: random)",
    )
    group.addoption(
        "--grader-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="CPU seconds per submission (default: 60)",
    )
    group.addoption(
        "--grader-lang",
        type=_language,
        metavar="LANG",
        help="language of the messages, en or de (default: en)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register what grades, if there is anything to grade."""
    if config.option.grader is None:
        for name in _NEEDS_GRADER:
            if getattr(config.option, f"grader_{name}") is not None:
                msg = f"--grader-{name}: needs an assignment; add --grader ASSIGNMENT"
                raise pytest.UsageError(msg)
        return
    from grader.cli.pytest_session import GradingPlugin

    config.pluginmanager.register(GradingPlugin(config), "grader-session")


def _percent(text: str) -> float:
    from grader.cli.arguments import percent

    return percent(text)


def _seed(text: str) -> int:
    from grader.cli.arguments import seed

    return seed(text)


def _seconds(text: str) -> float:
    from grader.cli.arguments import seconds

    return seconds(text)


def _language(text: str) -> str:
    from grader.cli.arguments import language

    return language(text)
