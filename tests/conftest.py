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

LONGEST = """
    test_submissions test_attacks test_tutorial test_strict_audit test_mistakes_solvers
    test_exercise_solvers test_exercise_neural_net test_cluster test_course_page test_any_order
    test_new test_recipes test_every_way test_wheel test_release test_points_by_hand
""".split()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: else a process is left alone with one in the end."""
    order = {f"{name}.py": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """One fork server for all that a module grades."""
    with ForkServer() as running:
        yield running
