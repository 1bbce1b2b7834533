"""Results made by hand for the tests of the reports: every state, every kind of check."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.compare import Difference, difference
from grader.results import (
    CheckResult,
    CheckStatus,
    CombinedRun,
    Excerpt,
    PartResult,
    PartStatus,
    Picture,
    Plot,
    State,
    SubmissionResult,
    SubmissionStatus,
    Visibility,
)

PUBLIC, HIDDEN = Visibility.PUBLIC, Visibility.HIDDEN
CODE = """def update_assignment(samples, centroids):
    def one(p):
        d = jnp.sum((p - centroids) ** 2, axis=-1)
        return jnp.argmin(d), jnp.min(d)
    assignment, distortions = jax.vmap(one)(samples)
    return assignment, distortions"""
MEANS = """def update_centroids(samples, assignment, k):
    def one(cluster_id):
        mask = assignment[:, jnp.newaxis] == cluster_id
        return jnp.where(mask, samples, 0.).mean(axis=0)
    return jax.vmap(one)(jnp.arange(k))"""
STEP = """def improve_centroids(values, k):
    d = points - values[0]
    return d"""


def distances_differ(size: int = 800) -> Difference:
    """Squared distances beside distances."""
    index = np.arange(size)
    want = 0.2 + (1 + 2.6 * np.sin(index / 31.0) ** 6) * np.abs(np.sin(index * 1.7))
    found = difference(got=want.astype(np.float32) ** 2, want=want, name="distortions")
    assert found is not None
    return found


def means_differ() -> Difference:
    """Means over all samples beside the means of the clusters."""
    want = np.array([[4.838, -1.079], [-0.3362, -1.132], [3.803, 0.2818], [0.3695, 1.152]])
    found = difference(got=want * 0.24, want=want, name="the result")
    assert found is not None
    return found


def picture(width: int = 400, height: int = 300) -> Picture:
    """A white picture with four coloured squares."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    for i, colour in enumerate(((6, 143, 238), (189, 104, 12), (12, 92, 60), (69, 43, 87))):
        rows = slice(height // 8 + i * height // 6, height // 4 + i * height // 6)
        pixels[rows, width // 8 + i * width // 6 : width // 4 + i * width // 6] = colour
    return Picture(pixels=pixels.tobytes(), width=width, height=height)


def check(name: str = "values", status: str = "passed", **fields: object) -> CheckResult:
    """A check of 5 points: all of them when it passed."""
    kind = CheckStatus(status)
    most = 0.0 if kind is CheckStatus.ADVICE else 5.0
    made = CheckResult(
        name=name, status=kind, score=most if status == "passed" else 0.0, max_score=most
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def by_hand(name: str = "clarity", **fields: object) -> CheckResult:
    """A check of 5 points that a person decides."""
    return check(name, "open", is_by_hand=True, visibility=PUBLIC, **fields)


def written(answer: str = "It compiles.", **fields: object) -> PartResult:
    """A part of 5 points that was answered in words, about which nobody has decided."""
    fields = {"title": "Why", "answer": answer, "seen": "v1", **fields}
    more = {"is_written": True, "max_score": 5.0, "checks": (by_hand("answer in words"),)}
    return part(State.OPEN, **{"name": "why", **more, **fields})


def part(state: State = State.CORRECT, **fields: object) -> PartResult:
    """A part of 10 points in this state."""
    statuses = {
        State.CORRECT: PartStatus.PASSED,
        State.PARTLY: PartStatus.PARTIAL,
        State.NOT_YET: PartStatus.FAILED,
        State.NOT_STARTED: PartStatus.MISSING,
        State.NOT_FOUND: PartStatus.MISSING,
        State.OPEN: PartStatus.OPEN,
    }
    scores = {State.CORRECT: 10.0, State.PARTLY: 5.0}
    made = PartResult(
        name="double",
        title="Double the numbers",
        status=statuses.get(state, PartStatus.ERROR),
        state=state,
        score=scores.get(state, 0.0),
        max_score=10.0,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def result(*parts: PartResult, **fields: object) -> SubmissionResult:
    """A graded submission with these parts."""
    made = SubmissionResult(
        assignment="sample",
        title="Sample exercise",
        student="alice",
        path="alice.ipynb",
        sha256="ab" * 32,
        status=SubmissionStatus.GRADED,
        parts=parts,
        duration_s=0.4,
        environment={"grader": "0.1.0", "python": "3.11.7", "jax": "0.10.2", "isolation": ["x"]},
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def traced() -> SubmissionResult:
    """A part with a program, of which a person decides a check, and one that ran as code."""
    checks = (
        check("example", visibility=PUBLIC, ran="code"),
        check("other sizes", "failed", ran="program"),
        by_hand(),
    )
    code = Excerpt(source=MEANS, cell=16)
    first = part(State.PARTLY, checks=checks, program="0123456789abcdef", excerpt=code)
    skipped = check("values", "skipped")
    return result(first, part(State.ERROR, name="half", checks=(skipped,), excerpt=code))


def unreadable() -> SubmissionResult:
    """A submission that is no notebook."""
    return result(
        student="lindqvist",
        path="lindqvist.ipynb",
        status=SubmissionStatus.UNREADABLE,
        messages=("lindqvist.ipynb: not a notebook, it ends in the middle of line 212",),
    )


def whole() -> CombinedRun:
    """Six points in two groups, the last one in another group than it should be."""
    points = np.array([[0.0, 0], [1, 0], [0, 1], [8, 8], [9, 8], [8, 9]])
    marks = np.array([[0.5, 0.25], [8.25, 8.5]])
    return CombinedRun(
        title="Your clustering, start to finish",
        sentences=("Your loop stopped after 1 step", "The distance goes from 3 to 1.5"),
        plots=(
            Plot(
                title="Your result", points=points, groups=np.array([0, 0, 0, 1, 1, 0]), marks=marks
            ),
            Plot(
                title="Reference",
                points=points,
                groups=np.array([0, 0, 0, 1, 1, 1]),
                marks=marks + 0.125,
            ),
        ),
        group="cluster",
        mark="centroid",
        note="5 of 6 points are in the same cluster in both.",
    )


def typical() -> SubmissionResult:
    """A submission as they come: one part of each common kind."""
    squared = "These are squared distances: what is still missing is the **square root**"
    return result(
        PartResult(
            name="init",
            title="Initialize the centroids",
            status=PartStatus.PASSED,
            state=State.CORRECT,
            score=15,
            max_score=15,
            task="Choose `initial_centroids` from the points and compute `initial_distortion`",
            checks=(
                check(
                    "`initial_centroids` has shape (k, d)",
                    max_score=9,
                    score=9,
                    visibility=PUBLIC,
                    message="`initial_centroids` has shape (4, 2)",
                ),
                check(
                    "`initial_distortion` is one finite number",
                    max_score=6,
                    score=6,
                    visibility=PUBLIC,
                    message="`initial_distortion` is a finite number, so the loop can start",
                ),
                check(
                    "one number",
                    "advice",
                    visibility=PUBLIC,
                    message="`initial_distortion` is one number for each point; "
                    "`while_loop` carries a single one",
                ),
            ),
        ),
        PartResult(
            example="update_assignment(samples, centroids)    # ([0, 1], [0.0, 5.0])",
            name="update_assignment",
            title="Find the new assignment",
            status=PartStatus.PARTIAL,
            state=State.PARTLY,
            score=17,
            max_score=25,
            task="Give each sample the index of its nearest centroid, and its distance to it",
            checks=(
                check(
                    "`assignment`: the nearest centroid of each sample",
                    score=12,
                    max_score=12,
                    visibility=PUBLIC,
                    message="`assignment` is right for all 800 samples",
                ),
                check(
                    "`distortions`: the distance to it",
                    "failed",
                    max_score=5,
                    visibility=PUBLIC,
                    message="`distortions` is incorrect in 796 of 800 entries",
                    noticed=squared,
                    mistake="squared_distances",
                    differences=(distances_differ(),),
                ),
                check(
                    "`distortions` with other sizes",
                    "failed",
                    max_score=3,
                    mistake="squared_distances",
                    message="distortions is incorrect in 63 of 64 entries",
                ),
                check(
                    "vectorised",
                    score=5,
                    max_score=5,
                    message="The code is vectorised and can be traced",
                ),
            ),
            excerpt=Excerpt(
                source=CODE, cell=14, marked=3, note="this adds up squared differences"
            ),
        ),
        PartResult(
            name="update_centroids",
            title="Find the new centroids",
            status=PartStatus.PARTIAL,
            state=State.PARTLY,
            score=5,
            max_score=25,
            task="Move each centroid to the mean of the samples assigned to it",
            notes=("We checked the function `one_step` in cell 16, which does this part",),
            checks=(
                check(
                    "means of the example data",
                    "failed",
                    max_score=12,
                    visibility=PUBLIC,
                    message="the result is incorrect in 8 of 8 entries",
                    hint="Split the mean into its two halves: first the sum over the samples, "
                    "then the division. Only the division needs to change",
                    differences=(means_differ(),),
                ),
                check("other sizes", "failed", max_score=8),
                check(
                    "vectorised",
                    score=5,
                    max_score=5,
                    message="The code is vectorised and can be traced",
                ),
            ),
            excerpt=Excerpt(source=MEANS, cell=16),
        ),
        PartResult(
            name="improve_centroids",
            title="One improvement step",
            status=PartStatus.ERROR,
            state=State.ERROR,
            score=0,
            max_score=25,
            task="Put both functions together in one step that `while_loop` can repeat",
            notes=("We checked this part with right versions of the parts that it calls",),
            checks=(
                check(
                    "one step",
                    "error",
                    max_score=20,
                    visibility=PUBLIC,
                    message="TypeError in cell 20, line 2: sub got incompatible shapes for "
                    "broadcasting: (800, 2), (4, 2)",
                ),
                check("inside `while_loop`", "skipped", max_score=5),
            ),
            excerpt=Excerpt(
                source=STEP,
                cell=20,
                marked=2,
                note="`points` is (800, 2), `values[0]` is (4, 2)",
            ),
        ),
        PartResult(
            name="visualization",
            title="Visualize the clusters",
            status=PartStatus.PASSED,
            state=State.CORRECT,
            score=10,
            max_score=10,
            task="Draw the points by cluster and mark the centroids",
            checks=(
                check(
                    "points and centroids",
                    score=10,
                    max_score=10,
                    visibility=PUBLIC,
                    message="The figure shows every point and marks the centroids",
                ),
            ),
            picture=picture(),
        ),
        assignment="kmeans",
        title="K-Means in JAX",
        student="robin",
        path="kmeans_robin.ipynb",
        messages=("Cell 22 holds a line for the shell; it was not run",),
        combined=whole(),
        seed=7,
        duration_s=6.2,
    )


def every_state() -> SubmissionResult:
    """One part in each of the states."""
    checks = {
        State.CORRECT: (check(),),
        State.PARTLY: (check(), check("other sizes", "failed")),
        State.NOT_YET: (
            check(
                "values",
                "failed",
                message="the result is a list of 2 values, not an array",
                visibility=PUBLIC,
            ),
        ),
        State.ERROR: (check("values", "error", message="ValueError in cell 3, line 2"),),
        State.TIMEOUT: (check("values"), check("loop", "error", stopped_by="timeout")),
        State.OPEN: (by_hand("clarity"), by_hand("completeness")),
    }
    return result(
        *(
            part(
                state, name=f"{state}_part", title=f"The {state} part", checks=checks.get(state, ())
            )
            for state in State
        ),
    )
