"""The K-Means exercise: five parts, 100 points."""

from __future__ import annotations

import inspect
from pathlib import Path

import jax

from exercises.kmeans import cases, checks, figures, mistakes, starts
from exercises.kmeans.accepted_holes import ACCEPTED_HOLES
from exercises.kmeans.combined import combined
from grader.assignment import Assignment, CellForm, Check, Global, InlinedIn, Input, Part
from grader.results import Visibility
from reference import kmeans as reference

HERE = Path(__file__).parent
PUBLIC = Visibility.PUBLIC

SAMPLES = Input("samples", (r"points?|samples?|data|x|xs|pts?|values|observations",))
CENTROIDS = Input("centroids", (r".*cent.*|means?|mu|c|cs|prototypes",))
OLD_CENTROIDS = Input("centroids", (r".*cent.*|means?|mu|prototypes|old|prev.*",), is_optional=True)
LABELS = Input(
    "assignment",
    (r".*assign.*|labels?|clusters?|idx|nearest|closest|a|groups?",),
    from_part=("update_assignment", 0),
)
K = Input(
    "k",
    (r"k|num_.*|n_.*|clusters?_?count|.*(?<!centro)ids|nclusters|size|kk",),
    ("jnp.arange(k)",),
    per_item=(
        r"(cluster_?)?(id|idx|index|i|j|c|cid|label|number|nr)|cluster|which|one",
        "jnp.arange(k)",
    ),
)
POINTS = Global(name="points", role="samples")
CLUSTERS = Global(name="num_clusters", role="k")
KEY = Global(name="key", before="points")

_assign = jax.jit(reference.update_assignment)
_move = jax.jit(reference.update_centroids, static_argnames="k")
_improve = jax.jit(reference.improve_centroids, static_argnames="k")


REFERENCE_STEP = """
_step = improve_centroids


def improve_centroids(values, k):
    return _step(values, k, points=points)
"""
"""The reference's step with the exercise's parameters: the points come from the notebook."""

EQUIVALENT_MUTANTS = {
    **dict.fromkeys(
        (
            "init: -gaps = points[:, None, :] - initial_centroids[None, :, :]"
            "|+gaps = points[:, None, :] + initial_centroids[None, :, :]",
            "init: -distances = jnp.sqrt((gaps**2).sum(axis=-1))"
            "|+distances = jnp.sqrt((gaps**2).sum(axis=0))",
            "init: -distances = jnp.sqrt((gaps**2).sum(axis=-1))"
            "|+distances = jnp.sqrt((gaps**2).sum(axis=1))",
            "init: -return initial_centroids, distances.min(axis=1).mean()"
            "|+return initial_centroids, distances.min(axis=1).sum()",
            "init: -return initial_centroids, distances.min(axis=1).mean()"
            "|+return initial_centroids, distances.max(axis=1).mean()",
            "init: -return initial_centroids, distances.min(axis=1).mean()"
            "|+return initial_centroids, distances.mean()",
        ),
        "a number above the mean distance: the task allows any to start from",
    ),
    "init: -return initial_centroids, distances.min(axis=1).mean()"
    "|+return initial_centroids, distances.min(axis=1)": (
        "one distance for each point is accepted, with advice: it is how the first notebook began"
    ),
    "update_centroids: -is_member = assignment[:, None] == jnp.arange(k)[None, :]"
    "|+is_member = assignment[:, None] == k[None, :]": (
        "a function whose k is the array of cluster numbers is a form of call that is allowed"
    ),
    "update_centroids: -return sums / jnp.maximum(counts, 1)[:, None]"
    "|+return sums / jnp.maximum(counts, 0)[:, None]": (
        "an empty cluster may give anything, NaN too, with advice"
    ),
    **dict.fromkeys(
        (
            "improve_centroids: -return new_centroids, new_distortions.mean(), jnp.mean(distortions)"
            "|+return new_centroids, new_distortions.mean(), jnp.sum(distortions)",
            "improve_centroids: -return new_centroids, new_distortions.mean(), jnp.mean(distortions)"
            "|+return new_centroids, new_distortions.mean(), jnp.median(distortions)",
            "improve_centroids: -return new_centroids, new_distortions.mean(), jnp.mean(distortions)"
            "|+return new_centroids, new_distortions.mean(), distortions",
        ),
        "the input is a single number, since the loop carries one: its sum and median are the same",
    ),
    **dict.fromkeys(
        (
            "visualization: -plt.scatter(points[:, 0], points[:, 1], c=assignment)"
            "|+plt.scatter(points[:, 0], points[:, 2], c=assignment)",
            'visualization: -plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="X")'
            '|+plt.scatter(centroids[:, 0], centroids[:, 2], c="black", marker="X")',
        ),
        "JAX takes the last column for an index beyond it",
    ),
    **dict.fromkeys(
        (
            'visualization: -plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="X")'
            '|+plt.scatter(centroids[:, 0], centroids[:, 1], marker="X")',
            'visualization: -plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="X")'
            '|+plt.scatter(centroids[:, 0], centroids[:, 1], c="black")',
        ),
        "a mark of any color and form marks a centroid",
    ),
}
"""Mutants of `solutions/plain.py` that are correct as well, and why."""

ASSIGNMENT = Assignment(
    "kmeans",
    title="K-Means in JAX",
    notebook=HERE / "kmeans.ipynb",
    substitutes=(HERE / "stand_ins.py").read_text(encoding="utf-8"),
    solutions=tuple(
        HERE / "solutions" / f"{name}.py"
        for name in (
            *("plain", "mapped", "products", "segments", "loops"),
            *("norms", "gathers", "samplewise", "indexed", "columns"),
        )
    ),
    combined=combined,
    reference_cells=(inspect.getsource(reference), REFERENCE_STEP),
    equivalent_mutants=EQUIVALENT_MUTANTS,
    accepted_holes=ACCEPTED_HOLES,
    provided_functions=(
        "relu",
        "sum_logistic",
        "grad_sum_logistic",
        "hessian_fn",
        "hessian_fn_vmap",
        "batched_apply_matrix",
    ),
    parts=(
        Part(
            "init",
            title="Initialize the centroids",
            task="Choose `initial_centroids` from the points and compute `initial_distortion`.",
            example=(
                "centroids, distortion = init(random.PRNGKey(1), points, 4)\n"
                "centroids.shape    # (4, 2): one row per cluster\n"
                "distortion         # a number, at least the mean distance to the nearest centroid"
            ),
            inputs=(
                Input("key", (r".*key|rng|seed",)),
                Input("points", (r"points?|samples?|data|x|xs|pts?",)),
                Input("num_clusters", (r"k|num_.*|n_.*|clusters?",)),
            ),
            cases=starts.for_init,
            globals=(
                Global(name="points", role="points"),
                Global(name="num_clusters", role="num_clusters"),
                Global(name="key", role="key", before="points"),
            ),
            depends_on=(),
            cell=CellForm(defines=("initial_centroids", "initial_distortion")),
            mistakes=mistakes.INIT,
            checks=(
                Check("one centroid per cluster", starts.start_shape, points=5),
                Check("centroids within the range of the points", starts.start_inside, points=3),
                Check("centroids are distinct", starts.start_distinct, points=2),
                Check("centroids depend on the key", starts.start_follows_key, points=2),
                Check("distortion that lets the loop start", starts.start_distortion, points=3),
            ),
        ),
        Part(
            "update_assignment",
            title="Find the new assignment",
            task="Give each sample the index of its nearest centroid, and the distance to it.",
            example=(
                "samples = jnp.array([[0.0, 0.0], [3.0, 4.0], [9.0, 0.0]])\n"
                "centroids = jnp.array([[0.0, 0.0], [9.0, 1.0]])\n"
                "update_assignment(samples, centroids)    # ([0, 0, 1], [0.0, 5.0, 1.0])"
            ),
            inputs=(SAMPLES, CENTROIDS),
            cases=cases.for_assignment,
            globals=(POINTS, Global(name="num_clusters", role="centroids"), KEY),
            reference=lambda samples, centroids, **_: _assign(samples, centroids),
            substitute="update_assignment",
            mistakes=mistakes.ASSIGNMENT,
            near_miss=(
                "jax.vmap({function}, in_axes=(0, None))(samples, centroids)",
                "Your function is correct for one sample. Use `vmap` to apply it to all samples.",
            ),
            checks=(
                Check(
                    "nearest centroid, on the example",
                    checks.nearest_example,
                    points=5,
                    visibility=PUBLIC,
                ),
                Check("nearest centroid, on other data", checks.nearest_hidden, points=7),
                Check(
                    "distance to the nearest centroid, on the example",
                    checks.distance_example,
                    points=3,
                    visibility=PUBLIC,
                ),
                Check(
                    "distance to the nearest centroid, on other data",
                    checks.distance_hidden,
                    points=5,
                ),
                Check(
                    "vectorized and traceable",
                    checks.vectorized,
                    points=5,
                    compares_values=False,
                    needs=(
                        "nearest centroid, on the example",
                        "nearest centroid, on other data",
                        "distance to the nearest centroid, on the example",
                        "distance to the nearest centroid, on other data",
                    ),
                ),
            ),
        ),
        Part(
            "update_centroids",
            title="Find the new centroids",
            task="Move each centroid to the mean of the samples that are assigned to it.",
            example=(
                "samples = jnp.array([[0.0, 0.0], [2.0, 4.0], [9.0, 1.0]])\n"
                "assignment = jnp.array([0, 0, 1])\n"
                "update_centroids(samples, assignment, 2)    # [[1.0, 2.0], [9.0, 1.0]]"
            ),
            inputs=(SAMPLES, LABELS, K, OLD_CENTROIDS),
            cases=cases.for_means,
            globals=(POINTS, CLUSTERS, KEY),
            reference=lambda samples, assignment, k, **_: _move(samples, assignment, k=k),
            substitute="update_centroids",
            mistakes=mistakes.CENTROIDS,
            cases_if_omitted={"k": cases.for_means_of_four},
            depends_on=("update_assignment",),
            accepts_any_name=True,
            any_order=True,
            inlined_in=InlinedIn("improve_centroids", 0),
            checks=(
                Check(
                    "cluster means, on the example",
                    checks.means_example,
                    points=6,
                    visibility=PUBLIC,
                ),
                Check("cluster means, on other data", checks.means_hidden, points=9),
                Check(
                    "cluster without samples",
                    checks.means_empty,
                    points=5,
                    needs=("cluster means, on the example", "cluster means, on other data"),
                ),
                Check(
                    "vectorized and traceable",
                    checks.vectorized,
                    points=5,
                    compares_values=False,
                    needs=("cluster means, on the example", "cluster means, on other data"),
                ),
            ),
        ),
        Part(
            "improve_centroids",
            title="Iterate",
            task="Do one step: assign the points, move the centroids, and return both distortions.",
            example=(
                "values = (points[:4], 10.0, jnp.inf)\n"
                "moved, new, old = improve_centroids(values, 4)\n"
                "moved.shape    # (4, 2)\n"
                "new < old      # True\n"
                "old            # 10.0, the mean of the distortion in `values`"
            ),
            inputs=(Input("values", (r"val.*|state|carry|args?|x|v|s",)), Input("k", K.aliases)),
            cases=cases.for_improve,
            reference=lambda values, k, points, **_: _improve(values, k=k, points=points),
            globals=(Global(name="points"), CLUSTERS, KEY),
            depends_on=("update_assignment", "update_centroids"),
            mistakes=mistakes.IMPROVE,
            cases_if_omitted={"k": cases.for_improve_of_four},
            checks=(
                Check(
                    "new centroids, on the example",
                    checks.moved_example,
                    points=4,
                    visibility=PUBLIC,
                ),
                Check(
                    "new centroids, with a different number of clusters",
                    checks.moved_hidden,
                    points=6,
                ),
                Check("new mean distortion", checks.new_distortion, points=5),
                Check("previous distortion", checks.old_distortion, points=4),
                Check("works in while_loop", checks.in_loop, points=6, compares_values=False),
            ),
        ),
        Part(
            "visualization",
            title="Visualize the clusters",
            task="Plot the points colored by cluster, and mark the centroids.",
            inputs=(SAMPLES, CENTROIDS, LABELS),
            cases=cases.for_figure,
            globals=(
                Global(name="points", role="samples"),
                Global(name="centroids", role="centroids"),
                Global(name="final_assignments", role="assignment"),
                CLUSTERS,
                KEY,
            ),
            depends_on=("update_assignment",),
            cell=CellForm(draws_after="final_assignments"),
            checks=(
                Check("every point is drawn", figures.points_drawn, points=4, visibility=PUBLIC),
                Check(
                    "points colored by cluster",
                    figures.points_colored,
                    points=4,
                    visibility=PUBLIC,
                ),
                Check(
                    "centroids are marked", figures.centroids_marked, points=2, visibility=PUBLIC
                ),
            ),
        ),
    ),
)
