"""What all parts of a submission do together: the student's own, with no right one among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from exercises.kmeans.assignment import ASSIGNMENT
from grader.catalog import Text, catalog
from grader.judging.answer_key import draw_key
from grader.judging.grade import grade
from grader.reading.submission import parse_bytes
from grader.results import CombinedRun
from grader.sandbox.server import ForkServer

RIGHT = (Path(__file__).parents[2] / "exercises/kmeans/solutions/plain.py").read_text("utf-8")
NEW = "update_assignment(points, new_centroids)[1].mean()"
Look = Callable[..., CombinedRun | None]


@pytest.fixture(scope="module")
def look() -> Iterator[Look]:
    """Grade a text and get what its parts do together."""
    with ForkServer() as server:

        def run(text: str) -> CombinedRun | None:
            answer_key = draw_key(ASSIGNMENT, 3)
            submission = parse_bytes(text.encode(), name="alice.py")
            return grade(submission, answer_key, server, student="alice", timeout_s=15).combined

        yield run


def said(text: Text) -> str:
    """The sentence as people read it."""
    return str(text)


def test_right_parts_end_with_the_reference(look: Look) -> None:
    """From the student's own start both end in the same clusters, by either convention."""
    for text in (RIGHT, RIGHT.replace("new_distortions.mean()", NEW)):
        seen = look(text.replace("distances.min(axis=1).mean()", "1000.0"))
        assert seen is not None
        mine, theirs = seen.plots
        assert np.allclose(mine.marks, theirs.marks, atol=1e-4)
        assert (mine.groups == theirs.groups).all()
    assert said(seen.sentences[0]).startswith(
        "This is what your own parts do together on the example"
    )


def test_own_start_can_stop_the_loop(look: Look) -> None:
    """An infinite first distortion ends the loop before its first step, and that is told."""
    seen = look(RIGHT.replace("distances.min(axis=1).mean()", "jnp.inf"))
    assert seen is not None
    assert "stopped after 0 steps" in said(seen.sentences[0])


def test_wrong_part_is_not_replaced(look: Look) -> None:
    """A part that is wrong shows in the whole, though later parts are judged without it."""
    wrong = RIGHT.replace("/ jnp.maximum(counts, 1)[:, None]", "/ samples.shape[0]")
    seen = look(wrong)
    assert seen is not None
    mine, theirs = seen.plots
    assert np.abs(mine.marks).max() < np.abs(theirs.marks).max() / 2


def test_code_that_cannot_be_traced_runs_too(look: Look) -> None:
    """Parts in NumPy are stepped through one by one, to the same end."""
    numpy = RIGHT.replace(
        "    assignment, new_distortions = update_assignment(points, centroids)",
        "    import numpy as np\n    centroids = np.asarray(centroids)\n"
        "    assignment, new_distortions = update_assignment(points, centroids)",
    )
    seen, traced = look(numpy), look(RIGHT)
    assert seen is not None
    assert traced is not None
    assert said(seen.sentences[0]) == said(traced.sentences[0])
    assert np.allclose(seen.plots[0].marks, traced.plots[0].marks, atol=1e-4)


@pytest.mark.parametrize(
    "body",
    ["while True: pass", "raise ValueError", "import os; os._exit(3)", "pass", "return 1, 2, 3"],
)
def test_nothing_is_shown_without_a_step(look: Look, body: str) -> None:
    """Where the step does not work there is no whole, and no limit is paid twice."""
    head = "def improve_centroids(values, k):\n"
    assert look(RIGHT.split(head, maxsplit=1)[0] + f"{head}    {body}\n") is None


def test_whole_speaks_every_language(look: Look) -> None:
    """Its sentences are messages, which the exercise's own texts put into German."""
    seen, texts = look(RIGHT), catalog("de", ASSIGNMENT.folder)
    assert seen is not None
    assert texts.tell(seen.title) == "Dein Clustering von Anfang bis Ende"
    assert texts.tell(seen.sentences[0]).startswith("Das ergeben deine eigenen Teile zusammen")
