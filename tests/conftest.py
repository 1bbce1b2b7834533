"""What all tests share: a fork server, and property tests that try the same in every run."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from grader.sandbox.server import ForkServer

# A failure in a run of CI must be one that anybody can repeat. `--hypothesis-profile explore`
# tries others.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """One fork server for all that a module grades."""
    with ForkServer() as running:
        yield running
