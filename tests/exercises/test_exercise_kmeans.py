"""The K-Means exercise: its notebook, its reference functions and its samples."""

import ast
import json
import os
import re
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from reference import kmeans

EXERCISE = Path(__file__).parents[2] / "exercises" / "kmeans"
SAMPLES = EXERCISE / "samples"
PARTS = (
    "init",
    "update_assignment",
    "update_centroids",
    "improve_centroids",
    "visualization",
)

# A right body for each TODO cell of the notebook, by the cell's id.
RIGHT_CELLS = {
    "part-1-init": """
def init(key, points, num_clusters):
    rows = random.choice(key, points.shape[0], (num_clusters,), replace=False)
    initial_centroids = points[rows]
    initial_distortion = 1e6
    return initial_centroids, initial_distortion
""",
    "part-2-update-assignment": """
def update_assignment(samples, centroids):
    distances = vmap(lambda c: jnp.linalg.norm(samples - c, axis=1))(centroids)
    assignment = jnp.argmin(distances, axis=0)
    distortions = jnp.min(distances, axis=0)
    return assignment, distortions
""",
    "part-3-update-centroids": """
def update_centroids(samples, assignment, k):
    def mean_of(cluster_id):
        mask = assignment[:, jnp.newaxis] == cluster_id[jnp.newaxis, jnp.newaxis]
        return jnp.where(mask, samples, 0).sum(axis=0) / jnp.maximum(mask.sum(), 1)

    new_centroids = vmap(mean_of)(jnp.arange(k))
    return new_centroids
""",
    "part-4-improve-centroids": """
def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)
""",
    "part-5-visualization": """
def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], c="black", marker="X")
    plt.show()
""",
}

# The cell that comes last and so shows that every cell before it has run. The
# converged distortion is below the spread of the whole data, whatever the draw.
PROOF = """
assert distortion < jnp.linalg.norm(points - points.mean(axis=0), axis=1).mean()
assert set(final_assignments.tolist()) <= set(range(num_clusters))
print("all cells ran")
"""

# Four samples, two starting centroids, and everything about them by hand.
SAMPLES_BY_HAND = [[0.0, 0.0], [0.0, 2.0], [4.0, 0.0], [4.0, 6.0]]
CENTROIDS_BY_HAND = [[0.0, -1.0], [4.0, 0.0]]
MEANS_BY_HAND = [[0.0, 1.0], [4.0, 3.0]]


def read_notebook(path=EXERCISE / "kmeans.ipynb"):
    """Return a notebook as it is stored, without conversion."""
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def read_labels():
    """Return the labels of the samples."""
    return json.loads((SAMPLES / "labels.json").read_text(encoding="utf-8"))


def assert_equal(*, got, want):
    """Fail unless both have the same shape and exactly the same values."""
    assert np.shape(got) == np.shape(want)
    np.testing.assert_array_equal(np.asarray(got), np.asarray(want))


def assert_near(*, got, want, rtol=1e-5):
    """Fail unless shapes agree and values do within rtol of the largest."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol * np.abs(want).max())


def lloyd_step_numpy(points, centroids):
    """Return labels, distances and means of one Lloyd step, by loops in float64."""
    points, centroids = np.float64(points), np.float64(centroids)
    distances = np.array([[np.sqrt(np.sum((p - c) ** 2)) for c in centroids] for p in points])
    labels = distances.argmin(axis=1)
    means = [points[labels == j].mean(axis=0) for j in range(len(centroids))]
    return labels, distances.min(axis=1), np.array(means)


def draw_blobs(seed, *, n_each=20, dimension=3):
    """Return points in three blobs far from each other, and a start in each."""
    rng = np.random.default_rng(seed)
    centers = 10 * np.eye(3, dimension)
    points = np.concatenate([c + rng.uniform(-1, 1, (n_each, dimension)) for c in centers])
    return points, centers + 0.7


# The notebook


def test_solved_notebook_runs():
    """With right functions in place of the TODOs, every cell of the notebook runs."""
    notebook = read_notebook()
    for cell in notebook.cells:
        if cell.id in RIGHT_CELLS:
            assert "# TODO" in cell.source
            cell.source = RIGHT_CELLS[cell.id]
    assert not any("# TODO\n" in c.source for c in notebook.cells)
    notebook.cells.append(nbformat.v4.new_code_cell(PROOF, id="proof"))
    client = NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(env=os.environ | {"MPLBACKEND": "Agg", "JAX_PLATFORMS": "cpu"})
    assert notebook.cells[-1].outputs[0].text == "all cells ran\n"


def test_notebook_is_clean():
    """The notebook is valid, names its assignment, and holds nothing from a run."""
    notebook = read_notebook()
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.grader == {"assignment": "kmeans"}
    assert notebook.metadata.kernelspec.name == "python3"
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)


def test_notebook_ids_are_unique():
    """Every cell has its own readable id."""
    ids = [cell.id for cell in read_notebook().cells]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", i) for i in ids)
    assert not any(re.fullmatch(r"[0-9a-f]{8}", i) for i in ids)


@pytest.mark.parametrize(
    ("cell_id", "name", "arguments"),
    [
        ("part-1-init", "init", (0, 0, 0)),
        ("part-2-update-assignment", "update_assignment", (0, 0)),
        ("part-3-update-centroids", "update_centroids", (0, 0, 0)),
        ("part-4-improve-centroids", "improve_centroids", ((0, 0, 0), 0)),
    ],
)
def test_untouched_part_raises(cell_id, name, arguments):
    """An untouched TODO cell defines its function, whose names are still missing."""
    [source] = [c.source for c in read_notebook().cells if c.id == cell_id]
    namespace = {}
    exec(source, namespace)  # noqa: S102
    assert "# TODO" in source
    with pytest.raises(NameError):
        namespace[name](*arguments)


def test_untouched_figure_is_empty():
    """The untouched drawing function does nothing at all."""
    [source] = [c.source for c in read_notebook().cells if c.id.startswith("part-5-v")]
    [function] = ast.parse(source).body
    assert function.name == "visualization"
    assert [type(node) for node in function.body] == [ast.Pass]


# The reference, by hand


def test_assignment_by_hand():
    """Each sample gets its nearest centroid and the plain distance to it."""
    assignment, distortions = kmeans.update_assignment(
        jnp.array(SAMPLES_BY_HAND), jnp.array(CENTROIDS_BY_HAND)
    )
    assert_equal(got=assignment, want=[0, 0, 1, 1])
    assert_equal(got=distortions, want=[1.0, 3.0, 0.0, 6.0])
    assert jnp.issubdtype(assignment.dtype, jnp.integer)


def test_means_by_hand():
    """Each row is the mean of its cluster, and an empty cluster gives zeros."""
    new_centroids = kmeans.update_centroids(jnp.array(SAMPLES_BY_HAND), jnp.array([0, 0, 1, 1]), 3)
    assert_equal(got=new_centroids, want=[*MEANS_BY_HAND, [0.0, 0.0]])


@pytest.mark.parametrize(("convention", "want"), [("incoming", 2.5), ("new", 2.0)])
def test_step_by_hand(convention, want):
    """A step moves the centroids, reports by its convention, and passes on the mean."""
    values = (jnp.array(CENTROIDS_BY_HAND), jnp.array([1.0, 3.0]), jnp.inf)
    got = kmeans.improve_centroids(
        values, 2, points=jnp.array(SAMPLES_BY_HAND), convention=convention
    )
    assert_equal(got=got[0], want=MEANS_BY_HAND)
    assert_equal(got=got[1], want=want)
    assert_equal(got=got[2], want=2.0)


@pytest.mark.parametrize("convention", ["incoming", "new"])
def test_loop_by_hand(convention):
    """The loop ends where the next step changes nothing."""
    centroids, distortion = kmeans.lloyd(
        jnp.array(SAMPLES_BY_HAND), jnp.array(CENTROIDS_BY_HAND), convention=convention
    )
    assert_equal(got=centroids, want=MEANS_BY_HAND)
    assert_equal(got=distortion, want=2.0)


def test_incoming_loop_stalls():
    """From exactly the mean distance, the incoming convention stops after one step."""
    centroids, distortion = kmeans.lloyd(
        jnp.array(SAMPLES_BY_HAND),
        jnp.array(CENTROIDS_BY_HAND),
        2.5,
        convention="incoming",
    )
    assert_equal(got=centroids, want=MEANS_BY_HAND)
    assert_equal(got=distortion, want=2.5)


# The reference, against NumPy


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reference_agrees_with_numpy(dtype):
    """In either precision, every part agrees with loops in float64."""
    rng = np.random.default_rng(7)
    points, centroids = rng.normal(size=(60, 3)), rng.normal(size=(5, 3))
    labels, distances, means = lloyd_step_numpy(points, centroids)
    rtol = 1e-5 if dtype == "float32" else 1e-13
    with jax.enable_x64(dtype == "float64"):
        samples, start = jnp.asarray(points, dtype), jnp.asarray(centroids, dtype)
        assignment, distortions = kmeans.update_assignment(samples, start)
        values = (start, jnp.asarray(3.0, dtype), jnp.asarray(jnp.inf, dtype))
        got = kmeans.improve_centroids(values, 5, points=samples, convention="incoming")
        assert {x.dtype for x in (distortions, *got)} == {jnp.dtype(dtype)}
        assert_equal(got=assignment, want=labels)
        assert_near(got=distortions, want=distances, rtol=rtol)
        assert_near(got=got[0], want=means, rtol=rtol)
        assert_near(got=got[1], want=distances.mean(), rtol=rtol)


def test_reference_far_from_origin():
    """Far from the origin the nearest centroids are those of float64, in float32 already."""
    rng = np.random.default_rng(10)
    samples = (1e4 + rng.normal(size=(200, 3))).astype(np.float32)
    centroids = samples[:6]
    gaps = samples[:, None].astype(float) - centroids[None].astype(float)
    distances = np.sqrt((gaps**2).sum(axis=2))
    assignment, got = kmeans.update_assignment(jnp.asarray(samples), jnp.asarray(centroids))
    assert_near(got=got, want=distances.min(axis=1))
    chosen = distances[np.arange(200), np.asarray(assignment)]
    assert (chosen < distances.min(axis=1) + 1e-3).all()


def test_reference_under_jit_and_vmap():
    """Compiled, batched, and with strict promotion, the parts give the same."""
    rng = np.random.default_rng(8)
    samples = jnp.asarray(rng.normal(size=(4, 30, 3)), jnp.float32)
    centroids = jnp.asarray(rng.normal(size=(4, 5, 3)), jnp.float32)

    def step(x: jax.Array, c: jax.Array) -> tuple[jax.Array, ...]:
        assignment, distortions = kmeans.update_assignment(x, c)
        new_centroids = kmeans.update_centroids(x, assignment, 5)
        return assignment, distortions, new_centroids, kmeans.lloyd(x, c)

    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        batched = jax.jit(jax.vmap(step))(samples, centroids)
        single = [step(x, c) for x, c in zip(samples, centroids, strict=True)]
    want = jax.tree.map(lambda *leaves: jnp.stack(leaves), *single)
    jax.tree.map(lambda a, b: assert_near(got=a, want=b), batched, want)


@pytest.mark.parametrize("x64", [False, True])
def test_loop_conventions_agree(x64):
    """On well separated blobs both conventions end at the blobs' means."""
    points, start = draw_blobs(9)
    want = points.reshape(3, -1, 3).mean(axis=1)
    with jax.enable_x64(x64):
        incoming, distortion = kmeans.lloyd(points, start, convention="incoming")
        new, same_distortion = kmeans.lloyd(points, start, convention="new")
        assert_near(got=incoming, want=want)
        assert_equal(got=new, want=incoming)
        assert_near(got=same_distortion, want=distortion)


@pytest.mark.parametrize("x64", [False, True])
def test_init_and_loop_join(x64):
    """The distortion from init lets the loop start and lower it."""
    with jax.enable_x64(x64):
        points = jnp.asarray(draw_blobs(10)[0])
        centroids, distortion = kmeans.init(jax.random.key(3), points, 3)
        _, ended = kmeans.lloyd(points, centroids, distortion)
        assert ended < distortion


def test_init_draws_rows():
    """The centroids are different rows, and they follow the key."""
    points = jnp.asarray(draw_blobs(11)[0])
    keys = jax.random.split(jax.random.key(0), 4)
    draw = jax.vmap(partial(kmeans.init, num_clusters=5), in_axes=(0, None))
    centroids, distortions = draw(keys, points)
    rows = {tuple(row) for row in np.asarray(points).tolist()}
    for c, distortion in zip(centroids, distortions, strict=True):
        assert len({tuple(row) for row in c.tolist()} & rows) == 5
        want = lloyd_step_numpy(points, c)[1].mean()
        assert_near(got=distortion, want=want)
    assert len({str(c.tolist()) for c in centroids}) > 1
    assert_equal(got=kmeans.init(keys[0], points, 5)[0], want=centroids[0])


def test_figure_shows_all():
    """The figure holds every point in its cluster's color and every centroid."""
    with mpl.rc_context({"backend": "Agg"}):
        figure = kmeans.visualization(
            jnp.array(SAMPLES_BY_HAND),
            jnp.array(MEANS_BY_HAND),
            jnp.array([0, 0, 1, 1]),
        )
    points, centroids = figure.axes[0].collections
    plt.close(figure)
    assert_equal(got=points.get_offsets(), want=SAMPLES_BY_HAND)
    assert_equal(got=points.get_array(), want=[0, 0, 1, 1])
    assert_equal(got=centroids.get_offsets(), want=MEANS_BY_HAND)


# The reference's messages


def test_too_many_clusters():
    """More clusters than points is an error that says how many are possible."""
    with pytest.raises(ValueError, match="more clusters") as caught:
        kmeans.init(jax.random.key(0), jnp.zeros((3, 2)), 4)
    assert str(caught.value) == (
        "init: more clusters than points, got 4 clusters and 3 points; ask for at most 3"
    )


def test_unknown_convention():
    """An unknown convention is an error that lists the known ones."""
    with pytest.raises(ValueError, match="convention") as caught:
        kmeans.lloyd(jnp.zeros((3, 2)), jnp.zeros((1, 2)), convention="old")
    assert str(caught.value) == (
        'improve_centroids: unknown convention, got \'old\'; use "incoming" or "new"'
    )


def test_figure_needs_plane():
    """Points that are not in a plane are an error that says what to do."""
    with pytest.raises(ValueError, match="shape") as caught:
        kmeans.visualization(jnp.zeros((4, 3)), jnp.zeros((2, 3)), jnp.zeros(4, int))
    assert str(caught.value) == (
        "visualization: points must have shape (n, 2), got (4, 3); choose two columns"
    )


# The samples


def test_every_sample_is_labeled():
    """Each sample has one label and each label a sample."""
    files = sorted(p.name for p in SAMPLES.iterdir() if p.suffix in {".ipynb", ".py"})
    assert sorted(entry["file"] for entry in read_labels()) == files
    assert len(files) == 14


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.ipynb")), ids=lambda p: p.stem)
def test_sample_is_valid_notebook(path):
    """A sample notebook is valid as it is stored."""
    nbformat.validate(read_notebook(path))


def test_labels_are_well_formed():
    """A label has an interval for each part and patterns for those that lose marks."""
    for entry in read_labels():
        assert tuple(entry["parts"]) == PARTS
        assert entry["form"] in {"cells", "function"}
        assert all(0 <= low <= high <= 1 for low, high in entry["parts"].values())
        wrong = {name for name, (low, _) in entry["parts"].items() if low < 1}
        explained = {**entry.get("must_mention", {}), **entry.get("part_status", {})}
        assert set(explained) == wrong, entry["file"]
        for patterns in entry.get("must_mention", {}).values():
            assert all(re.compile(pattern) for pattern in patterns)
