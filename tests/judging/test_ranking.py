"""How much of an assignment a file holds."""

from __future__ import annotations

from pathlib import Path

from grader.assignment import registry
from grader.judging.ranking import Rank

KMEANS = registry.load("kmeans")
BASICS = registry.load("jax_basics")
INIT = "def init(key, points, num_clusters):\n    return points[:2], 1.0\n"
MEANS = "def update_centroids(samples, assignment, k):\n    return samples[:k]\n"


def rank(text: str, name: str = "a.py") -> int:
    """Get the rank of a script for k-means."""
    return Rank(KMEANS)(text.encode(), name)


def test_points_that_are_filled_in_count() -> None:
    """More points filled in rank higher, an untouched part counts nothing."""
    assert rank(INIT + MEANS) > rank(MEANS) > rank(INIT) > rank("def other(x):\n    return x\n")
    assert rank("def init(key, points, num_clusters):\n    pass\n") < rank(INIT)


def test_untouched_notebook_is_nothing() -> None:
    """The notebooks as they were handed out hold nothing, nor does an empty one."""
    for path in (KMEANS.notebook, *KMEANS.other_versions):
        assert rank(path.read_text(encoding="utf-8"), "k.ipynb") == 0
    assert rank('{"cells": [], "nbformat": 4}', "k.ipynb") == 0


def test_unreadable_is_less_than_nothing() -> None:
    """What cannot be read ranks below all else."""
    assert rank('{"cells": [', "k.ipynb") == -1


def test_bare_cells_count() -> None:
    """A part written in a cell counts, a call of an unwritten function does not."""
    own = "initial_centroids = points[:4]\ninitial_distortion = 9.0\n"
    call = "initial_centroids, initial_distortion = init(key, points, 5)\n"
    assert rank(own) > rank(call)


def test_names_nearly_right_count_a_little() -> None:
    """Functions under other names lift a file above code of another kind."""
    near = MEANS.replace("update_centroids", "updateCentroid")
    assert rank(INIT) > rank(near) > rank(MEANS.replace("update_centroids", "area"))


def test_any_assignment_is_looked_for() -> None:
    """Without a named assignment the best fit of any counts."""
    gram = "def gram(x):\n    return x @ x.T\n"
    assert Rank(None)(gram.encode(), "a.py") > Rank(None)(b"def area(x):\n    return x\n", "a.py")
    assert Rank(BASICS)(gram.encode(), "a.py") > rank(gram)


def test_sample_holds_all() -> None:
    """A right sample holds all points."""
    path = Path(KMEANS.notebook).parent / "samples" / "amina.ipynb"
    assert Rank(KMEANS)(path.read_bytes(), path.name) >= KMEANS.points * 1000


def test_other_forms_count_as_much() -> None:
    """A part inlined in a later one and a figure drawn by cells are written parts too."""
    folder = KMEANS.folder / "samples"
    whole, older = (rank((folder / name).read_text("utf-8"), name) for name in OTHER_FORMS)
    assert whole > rank(INIT + MEANS)
    assert whole > older
    drawn = "final_assignments = 0\nplt.scatter(points[:, 0], points[:, 1])\n"
    assert rank(INIT + drawn) > rank(INIT)


OTHER_FORMS = ("dmitri.ipynb", "maya.ipynb")
"""All parts, some in other forms; and three as functions, the others untouched."""
