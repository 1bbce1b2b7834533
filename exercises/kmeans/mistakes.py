"""Known mistakes of the K-Means exercise: plausible wrong functions, and what to say about each.

Each is written like a student's function, on its own and with the same parameters, and can be
submitted as one. Those of parts 2 to 4 use only what NumPy and jax.numpy share, so that their
answers can be predicted with `jnp` bound to NumPy. Part 4 reads the global `points` and calls
`update_assignment` and `update_centroids`, which the grader binds to correct ones; where the global
`num_clusters` is read, that is the mistake. What part 4 reports may belong to the incoming or to
the new centroids, so some mistakes of its distortion are there twice.

The file is long because it is a catalog: an entry is a function here and a row in a table below.
"""
# ruff: noqa: F821  (the notebook's globals, which the grader binds)

import jax
import jax.numpy as jnp

from grader.assignment import Mistake

# Part 1: init(key, points, num_clusters) ----------------------------------------------------------


def infinite_start(key, points, num_clusters):
    """An infinite distortion. Source: infinity is the usual start of a search for a minimum."""
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return points[rows], jnp.inf


def nan_start(key, points, num_clusters):
    """NaN as the distortion. Source: a placeholder for a number that is not known yet."""
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return points[rows], jnp.nan


def zero_start(key, points, num_clusters):
    """Zero as the distortion. Source: a sum starts from zero, so the distortion does too."""
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    initial_distortion = 0.0
    return points[rows], initial_distortion


def negative_start(key, points, num_clusters):
    """Minus one as the distortion. Source: minus one marks a value that is not set."""
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return points[rows], -1.0


def half_the_mean_distance(key, points, num_clusters):
    """Half the mean distance. Source: the factor 1/2 of the least-squares loss is kept."""
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    centroids = points[rows]
    nearest = jnp.linalg.norm(points[:, None] - centroids, axis=-1).min(axis=1)
    return centroids, nearest.mean() / 2


def smallest_distance(key, points, num_clusters):
    """The smallest of all distances.

    Source: the minimum is taken over the centroids and over the points.
    """
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    centroids = points[rows]
    return centroids, jnp.linalg.norm(points[:, None] - centroids, axis=-1).min()


def zero_for_each_point(key, points, num_clusters):
    """A vector of zeros, one for each point.

    Source: the place for the distances is set up and never filled.
    """
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return points[rows], jnp.zeros(points.shape[0])


def zero_for_each_cluster(key, points, num_clusters):
    """A vector of zeros, one for each cluster.

    Source: the distortion is set up with the shape of the clusters.
    """
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return points[rows], jnp.zeros(num_clusters)


def no_distortion(key, points, num_clusters):
    """None as the distortion. Source: the value is left for the first step to fill in."""
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return points[rows], None


def same_row_for_all(key, points, num_clusters):
    """One random row, repeated.

    Source: one row number is drawn where one for each cluster was meant.
    """
    row = jax.random.randint(key, (), 0, points.shape[0])
    centroids = jnp.tile(points[row], (num_clusters, 1))
    nearest = jnp.linalg.norm(points[:, None] - centroids, axis=-1).min(axis=1)
    return centroids, nearest.mean()


def mean_of_all_for_each(key, points, num_clusters):
    """The mean of the data, repeated. Source: the center of the data looks like a neutral start."""
    centroids = jnp.tile(points.mean(axis=0), (num_clusters, 1))
    nearest = jnp.linalg.norm(points[:, None] - centroids, axis=-1).min(axis=1)
    return centroids, nearest.mean()


def zero_centroids(key, points, num_clusters):
    """Centroids at the origin. Source: the place for the centroids is set up and never filled."""
    centroids = jnp.zeros((num_clusters, points.shape[1]))
    nearest = jnp.linalg.norm(points[:, None] - centroids, axis=-1).min(axis=1)
    return centroids, nearest.mean()


def first_rows(key, points, num_clusters):
    """The first k rows of the points. Source: a slice is the shortest way to k different points."""
    centroids = points[:num_clusters]
    nearest = jnp.linalg.norm(points[:, None] - centroids, axis=-1).min(axis=1)
    return centroids, nearest.mean()


def key_of_its_own(key, points, num_clusters):
    """Rows drawn with a fixed key. Source: a new key is made from a seed inside the function."""
    rows = jax.random.choice(
        jax.random.PRNGKey(42), points.shape[0], (num_clusters,), replace=False
    )
    return points[rows], 1e6


def normal_whatever_the_data(key, points, num_clusters):
    """Standard normal centroids.

    Source: the data were drawn like that, so the centroids are too.
    """
    return jax.random.normal(key, (num_clusters, points.shape[1])), 1e6


def uniform_in_the_unit_box(key, points, num_clusters):
    """Centroids between 0 and 1. Source: the default range of the uniform distribution is kept."""
    return jax.random.uniform(key, (num_clusters, points.shape[1])), 1e6


def row_numbers_for_centroids(key, points, num_clusters):
    """The drawn row numbers themselves.

    Source: the draw of row numbers is taken for a draw of rows.
    """
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return rows, 1e6


def transposed_start(key, points, num_clusters):
    """Centroids in columns. Source: vectors are written as columns in the lecture."""
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return points[rows].T, 1e6


def first_coordinates_only(key, points, num_clusters):
    """One coordinate of each centroid. Source: the draw is made from a column of the data."""
    return jax.random.choice(key, points[:, 0], (num_clusters,), replace=False), 1e6


def one_centroid_too_few(key, points, num_clusters):
    """One centroid less than asked for.

    Source: clusters are counted from zero, and one is taken off once more.
    """
    rows = jax.random.choice(key, points.shape[0], (num_clusters - 1,), replace=False)
    return points[rows], 1e6


def one_centroid_too_many(key, points, num_clusters):
    """One centroid more than asked for.

    Source: one is added to make up for an end that is left out.
    """
    rows = jax.random.choice(key, points.shape[0], (num_clusters + 1,), replace=False)
    return points[rows], 1e6


def start_with_four(key, points, num_clusters):
    """Four centroids, whatever is asked for. Source: the notebook's own number is typed in."""
    rows = jax.random.choice(key, points.shape[0], (4,), replace=False)
    return points[rows], 1e6


def start_swapped(key, points, num_clusters):
    """The distortion first.

    Source: the two values are returned in the order in which they came to mind.
    """
    rows = jax.random.choice(key, points.shape[0], (num_clusters,), replace=False)
    return 1e6, points[rows]


# Part 2: update_assignment(samples, centroids) ----------------------------------------------------


def squared_distances(samples, centroids):
    """Squared distances. Source: textbooks define the distortion as a sum of squares."""
    table = ((samples[:, None] - centroids) ** 2).sum(axis=-1)
    return table.argmin(axis=1), table.min(axis=1)


def half_squared_distances(samples, centroids):
    """Half of each squared distance. Source: the factor 1/2 of the least-squares loss is kept."""
    table = ((samples[:, None] - centroids) ** 2).sum(axis=-1) / 2
    return table.argmin(axis=1), table.min(axis=1)


def mean_of_squares(samples, centroids):
    """The mean of the squared differences.

    Source: the mean squared error is taken for the distance.
    """
    table = ((samples[:, None] - centroids) ** 2).mean(axis=-1)
    return table.argmin(axis=1), table.min(axis=1)


def root_of_mean_square(samples, centroids):
    """The root of the mean of squares.

    Source: the root mean square error is taken for the distance.
    """
    table = jnp.sqrt(((samples[:, None] - centroids) ** 2).mean(axis=-1))
    return table.argmin(axis=1), table.min(axis=1)


def root_taken_twice(samples, centroids):
    """The root of each distance.

    Source: the norm already contains the root that is then taken again.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1), jnp.sqrt(table.min(axis=1))


def city_block_distances(samples, centroids):
    """Sums of absolute differences.

    Source: the absolute value is the first thing that makes a difference positive.
    """
    table = jnp.abs(samples[:, None] - centroids).sum(axis=-1)
    return table.argmin(axis=1), table.min(axis=1)


def largest_coordinate_difference(samples, centroids):
    """The largest absolute difference.

    Source: the norm of order infinity is used, or a maximum instead of a sum.
    """
    table = jnp.abs(samples[:, None] - centroids).max(axis=-1)
    return table.argmin(axis=1), table.min(axis=1)


def first_coordinate_only(samples, centroids):
    """The distance along the first coordinate.

    Source: one column is tried first, and the sum over all is forgotten.
    """
    table = jnp.abs(samples[:, None, 0] - centroids[:, 0])
    return table.argmin(axis=1), table.min(axis=1)


def first_two_coordinates(samples, centroids):
    """The distance in the first two coordinates.

    Source: the plane of the notebook's data is typed in.
    """
    table = jnp.hypot(
        samples[:, None, 0] - centroids[:, 0],
        samples[:, None, 1] - centroids[:, 1],
    )
    return table.argmin(axis=1), table.min(axis=1)


def dot_products(samples, centroids):
    """The largest dot product. Source: the dot product measures how much two directions agree."""
    table = samples @ centroids.T
    return table.argmax(axis=1), table.max(axis=1)


def cosine_distances(samples, centroids):
    """One minus the cosine. Source: the cosine distance of text search is used."""
    length = jnp.linalg.norm(samples, axis=1)[:, None] * jnp.linalg.norm(centroids, axis=1)
    table = 1 - (samples @ centroids.T) / length
    return table.argmin(axis=1), table.min(axis=1)


def difference_of_lengths(samples, centroids):
    """The difference of two norms. Source: the norm is taken before the subtraction."""
    table = jnp.abs(jnp.linalg.norm(samples, axis=1)[:, None] - jnp.linalg.norm(centroids, axis=1))
    return table.argmin(axis=1), table.min(axis=1)


def cross_term_once(samples, centroids):
    """The expanded square with one cross term.

    Source: the factor 2 is lost when the square is expanded.
    """
    squares = (samples**2).sum(axis=1)[:, None] + (centroids**2).sum(axis=1)
    table = jnp.sqrt(squares - samples @ centroids.T)
    return table.argmin(axis=1), table.min(axis=1)


def farthest_labels(samples, centroids):
    """Labels of the farthest centroids, correct distances.

    Source: `argmax` is written for `argmin`.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmax(axis=1), table.min(axis=1)


def farthest_centroid(samples, centroids):
    """The farthest centroid and its distance.

    Source: the largest value is searched, as for a score.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmax(axis=1), table.max(axis=1)


def largest_distances(samples, centroids):
    """Correct labels, the distance to the farthest centroid.

    Source: a maximum is written for a minimum.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1), table.max(axis=1)


def second_nearest(samples, centroids):
    """The second nearest centroid.

    Source: the first of the sorted distances is skipped, as if it were the sample itself.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return jnp.argsort(table, axis=1)[:, 1], jnp.sort(table, axis=1)[:, 1]


def nearest_sample_of_each_centroid(samples, centroids):
    """The nearest sample of each centroid. Source: the minimum runs along the wrong axis."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=0), table.min(axis=0)


def labels_over_samples(samples, centroids):
    """Labels along the wrong axis, correct distances.

    Source: the axis is correct in one of two lines.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=0), table.min(axis=1)


def one_label_for_all(samples, centroids):
    """The place of the smallest entry of the whole table.

    Source: `argmin` without an axis takes the flattened table.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return jnp.argmin(table), table.min(axis=1)


def one_number_for_all(samples, centroids):
    """The norm of the whole table of differences.

    Source: `norm` without an axis makes one number of everything.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids)
    return jnp.argmin(table), jnp.min(table)


def one_length_for_each_centroid(samples, centroids):
    """One norm for each centroid, over all samples.

    Source: the function that is mapped over the centroids takes a norm without an axis.
    """
    table = jnp.stack([jnp.linalg.norm(samples - centroid) for centroid in centroids])
    return jnp.argmin(table), jnp.min(table)


def all_distances(samples, centroids):
    """The table (n, k) of distances. Source: the minimum over the centroids is forgotten."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1), table


def all_distances_in_columns(samples, centroids):
    """The table (k, n) of distances.

    Source: the minimum over the centroids is forgotten after mapping over them.
    """
    table = jnp.linalg.norm(centroids[:, None] - samples, axis=-1)
    return table.argmin(axis=0), table


def mean_of_distances(samples, centroids):
    """The mean of the distances. Source: the mean that a later part takes is taken here."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1), table.min(axis=1).mean()


def sum_of_distances(samples, centroids):
    """The sum of the distances.

    Source: the distortion of a whole clustering is defined as a sum.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1), table.min(axis=1).sum()


def mean_over_the_centroids(samples, centroids):
    """Each sample's mean distance to all centroids.

    Source: a mean is written for the minimum over the centroids.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1), table.mean(axis=1)


def distance_to_mean_centroid(samples, centroids):
    """The distance to the mean of the centroids.

    Source: the centroids are averaged to make the shapes fit.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1), jnp.linalg.norm(samples - centroids.mean(axis=0), axis=1)


def distance_to_first_centroid(samples, centroids):
    """The distance to centroid 0. Source: one centroid is used to try the formula out."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1), table[:, 0]


def outputs_swapped(samples, centroids):
    """The distances first, the labels second.

    Source: the two values are returned in the order in which they are computed.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.min(axis=1), table.argmin(axis=1)


def one_hot_labels(samples, centroids):
    """Labels as rows of zeros and a one.

    Source: the one-hot form is handy for the sums of the next part.
    """
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    labels = table.argmin(axis=1)
    return (labels[:, None] == jnp.arange(centroids.shape[0])).astype(int), table.min(axis=1)


def labels_from_one(samples, centroids):
    """Labels from 1 to k. Source: mathematics counts clusters from one."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1) + 1, table.min(axis=1)


def float_labels(samples, centroids):
    """Labels as floats. Source: the labels are stored in an array that was made for distances."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1).astype(jnp.float32), table.min(axis=1)


def labels_in_a_column(samples, centroids):
    """Labels of shape (n, 1). Source: a dimension is kept so that a later comparison broadcasts."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1)[:, None], table.min(axis=1)


def all_labels_zero(samples, centroids):
    """Zero for each sample. Source: the place for the labels is set up and never filled."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return jnp.zeros(samples.shape[0], dtype=int), table.min(axis=1)


def only_labels(samples, centroids):
    """The labels alone. Source: the second value is forgotten."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.argmin(axis=1)


def only_distances(samples, centroids):
    """The distances alone. Source: the first value is forgotten."""
    table = jnp.linalg.norm(samples[:, None] - centroids, axis=-1)
    return table.min(axis=1)


def last_centroid_left_out(samples, centroids):
    """The nearest of all but the last centroid. Source: a loop or a slice ends one too early."""
    table = jnp.linalg.norm(samples[:, None] - centroids[:-1], axis=-1)
    return table.argmin(axis=1), table.min(axis=1)


def first_centroid_left_out(samples, centroids):
    """The nearest of all but the first centroid. Source: a loop starts at 1."""
    table = jnp.linalg.norm(samples[:, None] - centroids[1:], axis=-1)
    return table.argmin(axis=1) + 1, table.min(axis=1)


def only_four_centroids(samples, centroids):
    """The nearest of the first four centroids. Source: the notebook's own number is typed in."""
    table = jnp.linalg.norm(samples[:, None] - centroids[:4], axis=-1)
    return table.argmin(axis=1), table.min(axis=1)


# Part 3: update_centroids(samples, assignment, k) -------------------------------------------------


def mean_over_all_samples(samples, assignment, k):
    """Each cluster's sum over the number of all samples.

    Source: the notebook's `where` gives zeros, and a plain mean counts them.
    """
    masked = jnp.where((assignment[:, None] == jnp.arange(k)).T[:, :, None], samples, 0)
    return masked.mean(axis=1)


def sums_without_division(samples, assignment, k):
    """The sum of each cluster. Source: the division is left for later and forgotten."""
    belongs = assignment[:, None] == jnp.arange(k)
    return belongs.T @ samples


def divided_by_average_count(samples, assignment, k):
    """Each cluster's sum over n / k. Source: all clusters are taken to be equally large."""
    belongs = assignment[:, None] == jnp.arange(k)
    return (belongs.T @ samples) / (samples.shape[0] / k)


def divided_by_number_of_clusters(samples, assignment, k):
    """Each cluster's sum over k.

    Source: the number of clusters is taken for the number of samples.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    return (belongs.T @ samples) / k


def divided_by_count_of_numbers(samples, assignment, k):
    """Each cluster's sum over count times d.

    Source: the mask is stretched over the coordinates before its entries are counted.
    """
    mask = (assignment[:, None] == jnp.arange(k)).T[:, :, None] & jnp.ones(
        samples.shape, dtype=bool
    )
    return jnp.where(mask, samples, 0).sum(axis=1) / mask.sum(axis=(1, 2))[:, None]


def count_plus_one(samples, assignment, k):
    """Each cluster's sum over its count plus one.

    Source: one is added so that an empty cluster does not divide by zero.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    return (belongs.T @ samples) / (belongs.sum(axis=0)[:, None] + 1)


def count_minus_one(samples, assignment, k):
    """Each cluster's sum over its count minus one.

    Source: the divisor of a sample variance is used for a mean.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    return (belongs.T @ samples) / (belongs.sum(axis=0)[:, None] - 1)


def division_upside_down(samples, assignment, k):
    """Each count over its sum. Source: the two sides of the division change places."""
    belongs = assignment[:, None] == jnp.arange(k)
    return belongs.sum(axis=0)[:, None] / (belongs.T @ samples)


def transposed_means(samples, assignment, k):
    """Means in columns.

    Source: the samples are multiplied from the left, so clusters end up in columns.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    return (samples.T @ belongs) / belongs.sum(axis=0)


def one_row_for_each_sample(samples, assignment, k):
    """Each sample's new centroid. Source: the means are looked up by label once too often."""
    belongs = assignment[:, None] == jnp.arange(k)
    means = (belongs.T @ samples) / belongs.sum(axis=0)[:, None]
    return means[assignment]


def masked_samples(samples, assignment, k):
    """The masked samples of each cluster. Source: the sum after `where` is forgotten."""
    return jnp.where((assignment[:, None] == jnp.arange(k)).T[:, :, None], samples, 0)


def one_number_for_each_cluster(samples, assignment, k):
    """The mean over samples and coordinates.

    Source: a mean without an axis runs over the coordinates too.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    means = (belongs.T @ samples) / belongs.sum(axis=0)[:, None]
    return means.mean(axis=1)


def counts_for_means(samples, assignment, k):
    """The size of each cluster.

    Source: the counts are computed for the division and returned in its place.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    return belongs.sum(axis=0)


def medians(samples, assignment, k):
    """The median of each coordinate. Source: the median is taken for the mean."""
    mask = (assignment[:, None] == jnp.arange(k)).T[:, :, None]
    return jnp.nanmedian(jnp.where(mask, samples, jnp.nan), axis=1)


def largest_coordinates(samples, assignment, k):
    """The largest value of each coordinate. Source: a maximum is written for a mean."""
    mask = (assignment[:, None] == jnp.arange(k)).T[:, :, None]
    return jnp.where(mask, samples, -jnp.inf).max(axis=1)


def smallest_coordinates(samples, assignment, k):
    """The smallest value of each coordinate. Source: a minimum is written for a mean."""
    mask = (assignment[:, None] == jnp.arange(k)).T[:, :, None]
    return jnp.where(mask, samples, jnp.inf).min(axis=1)


def middle_of_the_range(samples, assignment, k):
    """Half way between smallest and largest.

    Source: the center of a cluster is taken for the center of its box.
    """
    mask = (assignment[:, None] == jnp.arange(k)).T[:, :, None]
    low = jnp.where(mask, samples, jnp.inf).min(axis=1)
    high = jnp.where(mask, samples, -jnp.inf).max(axis=1)
    return (low + high) / 2


def standard_deviations(samples, assignment, k):
    """The standard deviation of each coordinate. Source: the spread is taken for the center."""
    mask = (assignment[:, None] == jnp.arange(k)).T[:, :, None]
    return jnp.nanstd(jnp.where(mask, samples, jnp.nan), axis=1)


def norms_for_sums(samples, assignment, k):
    """The norm along the samples over the count.

    Source: the norm of part 2 is used to put the samples together.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    masked = jnp.where(belongs.T[:, :, None], samples, 0)
    return jnp.linalg.norm(masked, axis=1) / belongs.sum(axis=0)[:, None]


def unit_length_means(samples, assignment, k):
    """Means of length one. Source: the means are normalised, as for directions."""
    belongs = assignment[:, None] == jnp.arange(k)
    means = (belongs.T @ samples) / belongs.sum(axis=0)[:, None]
    return means / jnp.linalg.norm(means, axis=1, keepdims=True)


def rounded_means(samples, assignment, k):
    """Means rounded to integers. Source: the numbers are rounded to look at them."""
    belongs = assignment[:, None] == jnp.arange(k)
    means = (belongs.T @ samples) / belongs.sum(axis=0)[:, None]
    return jnp.round(means)


def floored_means(samples, assignment, k):
    """Means rounded down. Source: the integer division is written for the division."""
    belongs = assignment[:, None] == jnp.arange(k)
    return (belongs.T @ samples) // belongs.sum(axis=0)[:, None]


def truncated_means(samples, assignment, k):
    """Means cut to integers. Source: the result is stored as integers, like the labels."""
    belongs = assignment[:, None] == jnp.arange(k)
    means = (belongs.T @ samples) / jnp.maximum(belongs.sum(axis=0), 1)[:, None]
    return means.astype(int)


def first_sample_of_each(samples, assignment, k):
    """The first sample of each cluster. Source: `argmax` of a mask gives the first hit only."""
    belongs = assignment[:, None] == jnp.arange(k)
    return samples[belongs.argmax(axis=0)]


def last_sample_of_each(samples, assignment, k):
    """The last sample of each cluster.

    Source: each sample overwrites the row that the one before has set.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    last = samples.shape[0] - 1 - belongs[::-1].argmax(axis=0)
    return samples[last]


def samples_nearest_the_means(samples, assignment, k):
    """The sample nearest each mean. Source: k-medoids is written for k-means."""
    belongs = assignment[:, None] == jnp.arange(k)
    means = (belongs.T @ samples) / belongs.sum(axis=0)[:, None]
    gaps = jnp.linalg.norm(samples[:, None] - means, axis=-1)
    return samples[gaps.argmin(axis=0)]


def weighted_by_distance(samples, assignment, k):
    """Means weighted by the distance from the mean.

    Source: far samples are thought to count more.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    means = (belongs.T @ samples) / belongs.sum(axis=0)[:, None]
    weights = jnp.linalg.norm(samples - means[assignment], axis=1)[:, None] * belongs
    return (weights.T @ samples) / weights.sum(axis=0)[:, None]


def overall_mean_in_each_row(samples, assignment, k):
    """The mean of all samples, k times. Source: the mask is made and not used."""
    return jnp.stack([samples.mean(axis=0)] * k)


def means_of_the_others(samples, assignment, k):
    """The mean of all samples outside the cluster. Source: the mask is inverted."""
    others = assignment[:, None] != jnp.arange(k)
    return (others.T @ samples) / others.sum(axis=0)[:, None]


def means_of_later_clusters(samples, assignment, k):
    """Means over clusters j and above. Source: an inequality is written for an equality."""
    later = assignment[:, None] >= jnp.arange(k)
    return (later.T @ samples) / later.sum(axis=0)[:, None]


def ids_from_one(samples, assignment, k):
    """Means of clusters 1 to k. Source: the clusters are counted from one."""
    belongs = assignment[:, None] == jnp.arange(1, k + 1)
    return (belongs.T @ samples) / jnp.maximum(belongs.sum(axis=0), 1)[:, None]


def last_cluster_left_out(samples, assignment, k):
    """The means of all but the last cluster. Source: a range ends one too early."""
    belongs = assignment[:, None] == jnp.arange(k - 1)
    return (belongs.T @ samples) / belongs.sum(axis=0)[:, None]


def four_means_always(samples, assignment, k):
    """The means of clusters 0 to 3. Source: the notebook's own number is typed in."""
    belongs = assignment[:, None] == jnp.arange(4)
    return (belongs.T @ samples) / belongs.sum(axis=0)[:, None]


def means_for_num_clusters(samples, assignment, k):
    """As many means as the global says.

    Source: the notebook's variable is at hand and has the same value.
    """
    belongs = assignment[:, None] == jnp.arange(num_clusters)
    return (belongs.T @ samples) / jnp.maximum(belongs.sum(axis=0), 1)[:, None]


def means_in_two_dimensions(samples, assignment, k):
    """The means of the first two coordinates.

    Source: the plane of the notebook's data is typed in.
    """
    belongs = assignment[:, None] == jnp.arange(k)
    return (belongs.T @ samples[:, :2]) / belongs.sum(axis=0)[:, None]


def nan_in_each_row(samples, assignment, k):
    """NaN everywhere.

    Source: samples of other clusters are masked by NaN, and a plain mean keeps it.
    """
    mask = (assignment[:, None] == jnp.arange(k)).T[:, :, None]
    return jnp.where(mask, samples, jnp.nan).mean(axis=1)


# Part 4: improve_centroids(values, k) -------------------------------------------------------------


def old_centroids_returned(values, k):
    """The incoming centroids.

    Source: the name of the incoming centroids is used in the last line.
    """
    centroids, distortions, _ = values
    _, new_distortions = update_assignment(points, centroids)
    return centroids, new_distortions.mean(), jnp.mean(distortions)


def labels_for_centroids(values, k):
    """The assignment instead of the centroids.

    Source: the two results of the step are mixed up.
    """
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    return assignment, new_distortions.mean(), jnp.mean(distortions)


def half_way_to_the_means(values, k):
    """Centroids half way to the means.

    Source: a step size is carried over from gradient descent.
    """
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return (centroids + new_centroids) / 2, new_distortions.mean(), jnp.mean(distortions)


def two_steps_at_once(values, k):
    """The centroids after two steps.

    Source: the step is repeated to get distortions for the new centroids.
    """
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    again, _ = update_assignment(points, new_centroids)
    return update_centroids(points, again, k), new_distortions.mean(), jnp.mean(distortions)


def step_with_four_clusters(values, k):
    """Always four centroids. Source: the notebook's own number is typed in."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, 4)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)


def step_with_num_clusters(values, k):
    """As many centroids as the global says.

    Source: the notebook's variable is at hand and has the same value.
    """
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, num_clusters)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)


def centroids_and_distortion_swapped(values, k):
    """The distortion first. Source: the order of the returned values is mixed up."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_distortions.mean(), new_centroids, jnp.mean(distortions)


def two_values_only(values, k):
    """Two values. Source: the last value is left out, since the next step does not use it."""
    centroids, _, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean()


def third_value_never_changes(values, k):
    """The incoming third value. Source: the ignored entry of `values` is passed on."""
    centroids, _, before = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), before


def third_value_infinite(values, k):
    """Infinity as the third value. Source: the third value of the first call is repeated."""
    centroids, _, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), jnp.inf


def third_value_is_the_new_one(values, k):
    """The new distortion twice.

    Source: the names of the new and the incoming distortion are mixed up.
    """
    centroids, _, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), new_distortions.mean()


def third_value_is_the_new_one_of_moved(values, k):
    """The new distortion twice, for the new centroids.

    Source: the names of the new and the incoming distortion are mixed up.
    """
    centroids, _, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, new_distortions.mean(), new_distortions.mean()


def distortions_in_wrong_order(values, k):
    """Old distortion second, new distortion third.

    Source: the order of the returned values is mixed up.
    """
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, jnp.mean(distortions), new_distortions.mean()


def distortions_in_wrong_order_of_moved(values, k):
    """Old distortion second, new distortion third, for the new centroids.

    Source: the order of the returned values is mixed up.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, jnp.mean(distortions), new_distortions.mean()


def distortion_never_updated(values, k):
    """The incoming distortion twice.

    Source: the new distances are dropped, and the incoming ones are averaged again.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, jnp.mean(distortions), jnp.mean(distortions)


def sum_for_mean(values, k):
    """The sum of the distances.

    Source: the distortion of a whole clustering is defined as a sum.
    """
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.sum(), jnp.mean(distortions)


def sum_for_mean_of_moved(values, k):
    """The sum of the distances, for the new centroids.

    Source: the distortion of a whole clustering is defined as a sum.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, new_distortions.sum(), jnp.mean(distortions)


def mean_of_squared_distances(values, k):
    """The mean of the squared distances. Source: textbooks measure a clustering by squares."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, (new_distortions**2).mean(), jnp.mean(distortions)


def mean_of_squared_distances_of_moved(values, k):
    """The mean of the squared distances, for the new centroids.

    Source: textbooks measure a clustering by squares.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, (new_distortions**2).mean(), jnp.mean(distortions)


def largest_distortion(values, k):
    """The largest distance. Source: a maximum is written for a mean."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.max(), jnp.mean(distortions)


def largest_distortion_of_moved(values, k):
    """The largest distance, for the new centroids. Source: a maximum is written for a mean."""
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, new_distortions.max(), jnp.mean(distortions)


def median_distortion(values, k):
    """The median of the distances. Source: the median is taken for the mean."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, jnp.median(new_distortions), jnp.mean(distortions)


def median_distortion_of_moved(values, k):
    """The median of the distances, for the new centroids.

    Source: the median is taken for the mean.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, jnp.median(new_distortions), jnp.mean(distortions)


def vector_of_distortions(values, k):
    """All distances. Source: the mean in the notebook's last line is dropped."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions, jnp.mean(distortions)


def vector_of_distortions_of_moved(values, k):
    """All distances, for the new centroids.

    Source: the mean in the notebook's last line is dropped.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, new_distortions, jnp.mean(distortions)


def sum_divided_by_k(values, k):
    """The sum of the distances over k. Source: the mean is taken over the clusters."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.sum() / k, jnp.mean(distortions)


def sum_divided_by_k_of_moved(values, k):
    """The sum of the distances over k, for the new centroids.

    Source: the mean is taken over the clusters.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, new_distortions.sum() / k, jnp.mean(distortions)


def gain_for_distortion(values, k):
    """By how much the distortion fell. Source: the difference that the loop takes is taken here."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, jnp.mean(distortions) - new_distortions.mean(), jnp.mean(distortions)


def gain_for_distortion_of_moved(values, k):
    """By how much the distortion fell, for the new centroids.

    Source: the difference that the loop takes is taken here.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    _, new_distortions = update_assignment(points, new_centroids)
    return new_centroids, jnp.mean(distortions) - new_distortions.mean(), jnp.mean(distortions)


def distortion_of_first_cluster(values, k):
    """The mean distance in cluster 0. Source: one cluster is used to try the formula out."""
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    is_first = assignment == 0
    return (
        new_centroids,
        jnp.where(is_first, new_distortions, 0).sum() / is_first.sum(),
        jnp.mean(distortions),
    )


def way_of_the_centroids(values, k):
    """How far the centroids moved, on average.

    Source: the usual test for convergence is used instead of the distortion.
    """
    centroids, distortions, _ = values
    assignment, _ = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    moved = jnp.linalg.norm(new_centroids - centroids, axis=1)
    return new_centroids, moved.mean(), jnp.mean(distortions)


# What to say about each --------------------------------------------------------------------------

HINT_FIRST_COMPARISON = (
    "Look at the loop's condition, and work out its first comparison with your start value."
)
HINT_AXIS = (
    "Write down the shape of the distance matrix. Which of its axes runs over the centroids?"
)
HINT_DIVISOR = "Look at what each sum is divided by. How many samples went into that sum?"
HINT_SECOND_VALUE = (
    "Look at how you compute the second value from the distances, and compare it with the task."
)
HINT_THREE_VALUES = (
    "Write down what each of the three values stands for. Which two does the loop compare?"
)
HINT_RETURNED = "Compare what you return with the task."
HINT_TOGETHER = "Look at the function that combines the samples of a cluster."
HINT_FOUR = "Find the number 4 in this part. Which parameter should it come from?"

# fmt: off
# (tables: the mistake, what we noticed, a hint, where it shows)

INIT = (
    Mistake(infinite_start,
            (
                "`initial_distortion` is infinite. It must be finite: infinity minus "
                "infinity is NaN, so the loop stops before its first step."
            ),
            hint=HINT_FIRST_COMPARISON,
            compare_outputs=(1,), line_pattern=r"\binf\b|infty"),
    Mistake(nan_start,
            (
                "`initial_distortion` is NaN. Every comparison with NaN is false, so the "
                "loop stops before its first step."
            ),
            hint=HINT_FIRST_COMPARISON,
            compare_outputs=(1,), line_pattern=r"\bnan\b"),
    Mistake(zero_start,
            "`initial_distortion` is zero, which is below every mean distance. The loop stops after one step.",
            hint=HINT_FIRST_COMPARISON,
            compare_outputs=(1,), line_pattern=r"distortion.*[=,]\s*(?:0|0\.0?)\b"),
    Mistake(negative_start,
            (
                "`initial_distortion` is negative, but distances never are. The loop stops "
                "after one step."
            ),
            hint=HINT_FIRST_COMPARISON,
            compare_outputs=(1,), line_pattern=r"-\s*1(?:\.0?)?\b"),
    Mistake(half_the_mean_distance,
            "`initial_distortion` is half the mean distance to the nearest centroid. Below the mean, the loop stops too early.",
            hint="Look at the factor in front of the mean. What does the loop compare the result with?",
            compare_outputs=(1,), line_pattern=r"0\.5|/\s*2\b"),
    Mistake(smallest_distance,
            (
                "`initial_distortion` is the smallest of all distances, which is below the "
                "mean. The loop stops too early."
            ),
            hint=(
                "Look at the step that reduces many distances to one number. Which number "
                "does the loop need?"
            ),
            compare_outputs=(1,), line_pattern=r"min\("),
    Mistake(zero_for_each_point,
            (
                "`initial_distortion` contains a zero for each point. The loop needs a "
                "single number, and it must not be below the mean distance."
            ),
            hint=HINT_FIRST_COMPARISON,
            compare_outputs=(1,), line_pattern=r"zeros"),
    Mistake(zero_for_each_cluster,
            (
                "`initial_distortion` has shape (k,) and contains zeros. The loop needs a "
                "single number that is not below the mean distance."
            ),
            hint="How many numbers does the loop compare in each step?",
            compare_outputs=(1,), line_pattern=r"zeros"),
    Mistake(no_distortion,
            "`initial_distortion` is None. The loop needs a finite number from the start.",
            hint=HINT_FIRST_COMPARISON,
            compare_outputs=(1,), line_pattern=r"None"),
    Mistake(same_row_for_all,
            "All centroids are the same point. Equal centroids stay equal, so all but one cluster stay empty.",
            hint="Look at the line that draws the rows. How many row numbers does it return?",
            compare_outputs=(0,), line_pattern=r"randint|choice"),
    Mistake(mean_of_all_for_each,
            (
                "All centroids are the same point, the mean of the data. Equal centroids "
                "stay equal, so clusters stay empty."
            ),
            hint="What could make two clusters differ in the first step?",
            compare_outputs=(0,), line_pattern=r"tile|repeat|broadcast"),
    Mistake(zero_centroids,
            "All centroids are zero. Equal centroids stay equal, so clusters stay empty.",
            hint=(
                "Where could the first centroids come from so that they differ from each "
                "other and lie among the points?"
            ),
            compare_outputs=(0,), line_pattern=r"zeros"),
    Mistake(first_rows,
            (
                "The centroids are always the first rows of `points`, whatever the key. The "
                "key is not used."
            ),
            hint="Which line of this part depends on the key?",
            compare_outputs=(0,), line_pattern=r"\[\s*:\s*(?:num_clusters|k)\b"),
    Mistake(key_of_its_own,
            (
                "The centroids are drawn with a fixed key, so a different `key` gives the "
                "same centroids."
            ),
            hint="Look at the line that draws the centroids. Where does its key come from?",
            compare_outputs=(0,), line_pattern=r"PRNGKey|random\.key\("),
    Mistake(normal_whatever_the_data,
            (
                "The centroids are drawn around zero, whatever the data. For other data, "
                "they lie outside the range of the points."
            ),
            hint="What does the draw need to know about `points`?",
            compare_outputs=(0,), line_pattern=r"normal\("),
    Mistake(uniform_in_the_unit_box,
            (
                "The centroids are drawn between 0 and 1, whatever the data. Other data may "
                "lie outside that range."
            ),
            hint="What does the draw need to know about `points`?",
            compare_outputs=(0,), line_pattern=r"uniform\("),
    Mistake(row_numbers_for_centroids,
            (
                "`initial_centroids` has shape (k,): it contains row indices, not the rows "
                "of `points`."
            ),
            hint="Print the shape of what you draw. What do you still need to look up in `points`?",
            compare_outputs=(0,)),
    Mistake(transposed_start,
            "`initial_centroids` is transposed: its shape is (d, k), with one centroid in each column.",
            hint="Compare the shape with the one in the task, and find where rows turn into columns.",
            compare_outputs=(0,), line_pattern=r"\.T\b|transpose"),
    Mistake(first_coordinates_only,
            (
                "`initial_centroids` has shape (k,): it contains only the first coordinate "
                "of each centroid."
            ),
            hint="Look at what you draw from. Does it contain points or single numbers?",
            compare_outputs=(0,), line_pattern=r"\[\s*:\s*,\s*0\s*\]"),
    Mistake(one_centroid_too_few,
            "`initial_centroids` has one row too few: the number of centroids is `num_clusters` minus 1.",
            hint="Look at the shape you draw. How many centroids does it ask for?",
            compare_outputs=(0,), line_pattern=r"(?:num_clusters|k)\s*-\s*1"),
    Mistake(one_centroid_too_many,
            "`initial_centroids` has one row too many: the number of centroids is `num_clusters` plus 1.",
            hint="Look at the shape you draw. How many centroids does it ask for?",
            compare_outputs=(0,), line_pattern=r"(?:num_clusters|k)\s*\+\s*1"),
    Mistake(start_with_four,
            "There are always 4 centroids: `num_clusters` is not used.",
            hint=HINT_FOUR,
            compare_outputs=(0,), line_pattern=r"\b4\b"),
    Mistake(start_swapped,
            (
                "The two values are swapped: you return the distortion first and the "
                "centroids second."
            ),
            hint="Compare the order of your return values with the task.",
            line_pattern=r"return\b"),
)

ASSIGNMENT = (
    Mistake(squared_distances,
            "Every distortion is the square of the distance: a square root is missing.",
            hint="What is missing to turn a sum of squared differences into a distance?",
            compare_outputs=(1,), line_pattern=r"\*\*\s*2|square\("),
    Mistake(half_squared_distances,
            (
                "Every distortion is half the square of the distance. The task asks for the "
                "plain distance."
            ),
            hint="Compare your formula with the Euclidean distance, factor by factor.",
            compare_outputs=(1,), line_pattern=r"0\.5|/\s*2\b"),
    Mistake(mean_of_squares,
            (
                "Every distortion is the mean of the squared differences. The Euclidean "
                "distance is the square root of their sum."
            ),
            hint="Compare your formula with the Euclidean distance, step by step.",
            compare_outputs=(1,), line_pattern=r"mean\("),
    Mistake(root_of_mean_square,
            "Every distortion is too small by one factor: it takes the mean over the coordinates, not their sum.",
            hint="Look at the step under the square root. How are the coordinates combined?",
            compare_outputs=(1,), line_pattern=r"mean\("),
    Mistake(root_taken_twice,
            "Every distortion is the square root of the distance: the root is taken twice.",
            hint="Does the function that measures the length already take a square root?",
            compare_outputs=(1,), line_pattern=r"sqrt|\*\*\s*\(?(?:0?\.5|1\s*/\s*2)"),
    Mistake(city_block_distances,
            "Every distance is a sum of absolute differences (the L1 norm), not the Euclidean distance.",
            hint="Compare how you combine the coordinates with the formula of the Euclidean distance.",
            compare_outputs=(1,), line_pattern=r"abs\(|ord\s*="),
    Mistake(largest_coordinate_difference,
            "Every distance is the largest difference in one coordinate (the maximum norm), not the Euclidean distance.",
            hint="Look at how you combine the coordinates. Which of them count?",
            compare_outputs=(1,), line_pattern=r"max\(|ord\s*="),
    Mistake(first_coordinate_only,
            "Only the first coordinate counts: every distance ignores the others.",
            hint="Find where you select one column. What happens to the others?",
            compare_outputs=(1,), line_pattern=r"\b0\s*\].*\b0\s*\]"),
    Mistake(first_two_coordinates,
            "Only the first 2 coordinates count. In three dimensions, every distance is too small.",
            hint="Find where you select coordinates by index. What happens in three dimensions?",
            compare_outputs=(1,)),
    Mistake(dot_products,
            (
                "Every distortion is a dot product, not a distance. A dot product also grows "
                "with the length of the centroid."
            ),
            hint="Take two equal points, and compare their dot product with their distance.",
            compare_outputs=(1,), line_pattern=r"@|dot\(|einsum"),
    Mistake(cosine_distances,
            (
                "Every distortion is a cosine distance. It compares directions instead of "
                "measuring how far apart two points are."
            ),
            hint="Take two points in the same direction, and compare your number with their distance.",
            compare_outputs=(1,), line_pattern=r"\b1(?:\.0?)?\s*-"),
    Mistake(difference_of_lengths,
            "Every distortion is the difference of two lengths, not the length of the difference.",
            hint="Which comes first in the formula, the subtraction or the norm?",
            compare_outputs=(1,), line_pattern=r"norm\(.*-.*norm\("),
    Mistake(cross_term_once,
            "In the expanded square, the product term counts only once. The factor 2 is missing.",
            hint="Expand the square of a difference on paper, and compare it term by term.",
            compare_outputs=(1,), line_pattern=r"@|dot\(|einsum"),
    Mistake(farthest_labels,
            (
                "`assignment` gives the farthest centroid of each sample, as `argmax` does, "
                "while the distortions belong to the nearest."
            ),
            hint=(
                "Look at the line that chooses the centroid. Does it take the smallest or "
                "the largest distance?"
            ),
            line_pattern=r"argmax"),
    Mistake(farthest_centroid,
            "Each sample gets its farthest centroid, as with `argmax`, and the distance to it.",
            hint=(
                "Look at the lines that choose among the distances. Do they take the "
                "smallest or the largest?"
            ),
            line_pattern=r"argmax"),
    Mistake(largest_distances,
            (
                "`assignment` is correct, but each distortion is the distance to the "
                "farthest centroid."
            ),
            hint="Look at the line that computes `distortions`. Which of the distances does it take?",
            line_pattern=r"(?<!arg)max\("),
    Mistake(second_nearest,
            "Each sample gets its second-nearest centroid, and the distance to it.",
            hint="Look at the index into the sorted distances. At which number does counting start?",
            line_pattern=r"sort"),
    Mistake(nearest_sample_of_each_centroid,
            (
                "The minimum runs along the wrong axis: each centroid gets its nearest "
                "sample. The shape is (k,) instead of (n,)."
            ),
            hint=HINT_AXIS,
            line_pattern=r"argmin"),
    Mistake(labels_over_samples,
            "`assignment` has shape (k,): the smallest distance is searched along the wrong axis.",
            hint=HINT_AXIS,
            line_pattern=r"argmin"),
    Mistake(one_label_for_all,
            (
                "`assignment` is a single number for all samples. Without an axis, the whole "
                "distance matrix is searched at once."
            ),
            hint=HINT_AXIS,
            compare_outputs=(0,), line_pattern=r"argmin"),
    Mistake(one_number_for_all,
            (
                "Both values are single numbers. Without an axis, the norm turns all "
                "differences into one length."
            ),
            hint="Print the shape after each step, and find where the samples axis disappears.",
            line_pattern=r"norm\("),
    Mistake(one_length_for_each_centroid,
            (
                "Both values are single numbers. The norm has no axis, so it runs over all "
                "samples at once."
            ),
            hint="Print the shape of the norm for one centroid. What should it be?",
            line_pattern=r"norm\("),
    Mistake(all_distances,
            (
                "`distortions` has shape (n, k): it contains all distances. The task asks "
                "for one per sample, the smallest."
            ),
            hint="Which of a sample's distances belongs to its own centroid?",
            compare_outputs=(1,), line_pattern=r"return\b"),
    Mistake(all_distances_in_columns,
            (
                "`distortions` has shape (k, n): it contains all distances. The task asks "
                "for one per sample, the smallest."
            ),
            hint="Which of a sample's distances belongs to its own centroid?",
            compare_outputs=(1,), line_pattern=r"return\b"),
    Mistake(mean_of_distances,
            (
                "`distortions` is a single number, the mean. The task asks for one distance "
                "per sample."
            ),
            hint=(
                "Compare the shape of `distortions` with the task, and find the line where "
                "the samples axis disappears."
            ),
            compare_outputs=(1,), line_pattern=r"mean\("),
    Mistake(sum_of_distances,
            (
                "`distortions` is a single number, the sum. The task asks for one distance "
                "per sample."
            ),
            hint=(
                "Compare the shape of `distortions` with the task, and find the line where "
                "the samples axis disappears."
            ),
            compare_outputs=(1,), line_pattern=r"sum\("),
    Mistake(mean_over_the_centroids,
            "Each distortion is the mean of the distances to all centroids, not the distance to the nearest.",
            hint=(
                "Look at the line that reduces a sample's distances to one number. Which "
                "distance counts?"
            ),
            compare_outputs=(1,), line_pattern=r"mean\("),
    Mistake(distance_to_mean_centroid,
            "Each distortion is the distance to the mean of all centroids, not to the nearest one.",
            hint=(
                "To which centroid should a sample's distance be measured, and how do you "
                "look that centroid up?"
            ),
            compare_outputs=(1,), line_pattern=r"mean\("),
    Mistake(distance_to_first_centroid,
            "Each distortion is the distance to the first centroid, not to the nearest one.",
            hint=(
                "To which centroid should a sample's distance be measured, and how do you "
                "look that centroid up?"
            ),
            compare_outputs=(1,), line_pattern=r"\b0\s*\]"),
    Mistake(outputs_swapped,
            (
                "The two values are swapped: you return the distances first and the "
                "assignment second."
            ),
            hint="Compare the order of your return values with the task.",
            line_pattern=r"return\b"),
    Mistake(one_hot_labels,
            (
                "`assignment` is one-hot with shape (n, k). The task asks for one integer "
                "per sample, the index of its centroid."
            ),
            hint="What does one entry of `assignment` stand for? Compare its shape with the task.",
            compare_outputs=(0,), line_pattern=r"one_hot|arange|eye\("),
    Mistake(labels_from_one,
            "`assignment` counts clusters from 1 to k. They count from 0.",
            hint="Which row of `centroids` does the smallest number in `assignment` refer to?",
            compare_outputs=(0,), line_pattern=r"\+\s*1\b"),
    Mistake(float_labels,
            "`assignment` contains floats. An index must be an integer.",
            hint="Find the line where the cluster indices turn into floats.",
            compare_outputs=(0,), line_pattern=r"float|zeros|ones|full"),
    Mistake(labels_in_a_column,
            "`assignment` is a column with shape (n, 1). The task asks for shape (n,).",
            hint="Find the line that adds or keeps the second dimension.",
            compare_outputs=(0,), line_pattern=r"(?:None|newaxis)\s*\]\s*,|keepdims|reshape|expand_dims"),
    Mistake(all_labels_zero,
            "Every entry of `assignment` is 0: all samples get the first centroid.",
            hint="Find the line that gives `assignment` its values, and follow one sample through it.",
            compare_outputs=(0,), line_pattern=r"zeros"),
    Mistake(only_labels,
            (
                "You return only the assignment. The task asks for two values; the second is "
                "`distortions`."
            ),
            hint=HINT_RETURNED,
            line_pattern=r"return\b"),
    Mistake(only_distances,
            (
                "You return only the distances. The task asks for two values; the first is "
                "`assignment`."
            ),
            hint=HINT_RETURNED,
            line_pattern=r"return\b"),
    Mistake(last_centroid_left_out,
            "The last centroid is left out: no sample is assigned to it.",
            hint="Follow the loop or the slice over the centroids to its end.",
            line_pattern=r"-\s*1\b"),
    Mistake(first_centroid_left_out,
            "The first centroid is left out: no sample is assigned to it.",
            hint="Follow the loop or the slice over the centroids from its start.",
            line_pattern=r"range\(\s*1\b|\[\s*1\s*:"),
    Mistake(only_four_centroids,
            "Only the first 4 centroids count: the number of clusters is hard-coded.",
            hint=HINT_FOUR,
            line_pattern=r"\b4\b"),
)

CENTROIDS = (
    Mistake(mean_over_all_samples,
            (
                "Each sum is divided by the total number of samples instead of the number in "
                "the cluster."
            ),
            hint="How many entries does the mean run over, and how many of them belong to the cluster?",
            line_pattern=r"mean\(|shape\[0\]|len\("),
    Mistake(sums_without_division,
            (
                "Each row is the sum of its cluster. For a mean, also divide by the number "
                "of samples."
            ),
            hint="Find the line where the sum should become a mean. What do you need to divide by?",
            line_pattern=r"@|sum\(|einsum"),
    Mistake(divided_by_average_count,
            "Each sum is divided by n / k, as if all clusters had the same number of samples.",
            hint=HINT_DIVISOR,
            line_pattern=r"/\s*\("),
    Mistake(divided_by_number_of_clusters,
            (
                "Each sum is divided by k, the number of clusters, instead of the number of "
                "samples in the cluster."
            ),
            hint=HINT_DIVISOR,
            line_pattern=r"/\s*k\b"),
    Mistake(divided_by_count_of_numbers,
            (
                "Each sum is divided by the count of all numbers in the cluster, so each "
                "sample counts once per coordinate."
            ),
            hint="Print the shape of what you count. How often does one sample appear in it?",
            line_pattern=r"/"),
    Mistake(count_plus_one,
            "Each sum is divided by its count plus 1, so every mean is too small.",
            hint="How can you handle an empty cluster without changing the counts of the others?",
            line_pattern=r"\+\s*1\b"),
    Mistake(count_minus_one,
            "Each sum is divided by its count minus 1, so every mean is too large.",
            hint=HINT_DIVISOR,
            line_pattern=r"-\s*1\b"),
    Mistake(division_upside_down,
            "Each count is divided by the sum of the cluster. It should be the other way around.",
            hint="Look at the line that divides. Which side is the sum, and which is the count?",
            line_pattern=r"/"),
    Mistake(transposed_means,
            "The new centroids are transposed: their shape is (d, k), with one centroid in each column.",
            hint="Compare the shape with the one in the task, and find where rows turn into columns.",
            line_pattern=r"\.T\b|transpose|axis\s*=\s*1|out_axes"),
    Mistake(one_row_for_each_sample,
            (
                "The result has one row per sample, shape (n, d). The task asks for one row "
                "per cluster."
            ),
            hint="What does one row of the result stand for? Find the line that repeats the rows.",
            line_pattern=r"\[\s*assignment\s*\]"),
    Mistake(masked_samples,
            (
                "The result has shape (k, n, d): it contains the masked samples of each "
                "cluster, not yet their mean."
            ),
            hint="Which axis has to disappear, and which operation removes it?",
            line_pattern=r"where\("),
    Mistake(one_number_for_each_cluster,
            (
                "The result has one number per cluster, shape (k,). The mean also runs over "
                "the coordinates because its axis is missing."
            ),
            hint="Print the shape of one cluster's mean. Along which axis should it run?",
            line_pattern=r"mean\("),
    Mistake(counts_for_means,
            "The result contains the count of each cluster, shape (k,), not its mean.",
            hint="What are the counts for, and what do you still need to do with them?",
            line_pattern=r"return\b"),
    Mistake(medians,
            "Each row is the median of its cluster, not the mean.",
            hint=HINT_TOGETHER,
            line_pattern=r"median"),
    Mistake(largest_coordinates,
            "Each row contains the largest coordinates of its cluster, not the mean.",
            hint=HINT_TOGETHER,
            line_pattern=r"max\("),
    Mistake(smallest_coordinates,
            "Each row contains the smallest coordinates of its cluster, not the mean.",
            hint=HINT_TOGETHER,
            line_pattern=r"min\("),
    Mistake(middle_of_the_range,
            "Each row is the midpoint of its cluster's range, not the mean of its samples.",
            hint="How much should each sample of a cluster contribute to its centroid?",
            line_pattern=r"/\s*2\b|0\.5"),
    Mistake(standard_deviations,
            "Each row is the standard deviation of its cluster, not the mean.",
            hint=HINT_TOGETHER,
            line_pattern=r"std\("),
    Mistake(norms_for_sums,
            (
                "Each row is a norm of the coordinates, divided by the count. A mean needs "
                "their sum, including signs."
            ),
            hint="Look at the step before the division. What happens to negative coordinates?",
            line_pattern=r"norm\("),
    Mistake(unit_length_means,
            "Each row is the mean of its cluster, scaled to length 1.",
            hint="Find the step after the mean. What is it for?",
            line_pattern=r"norm\("),
    Mistake(rounded_means,
            "Each mean is rounded to an integer.",
            hint="Find the step after the mean. Does the task ask for it?",
            line_pattern=r"round\(|rint\("),
    Mistake(floored_means,
            "Each mean is rounded down to an integer, as in floor division.",
            hint="Look at the line that divides. Which kind of division does it use?",
            line_pattern=r"//|floor"),
    Mistake(truncated_means,
            "The new centroids are integers: everything after the decimal point is cut off.",
            hint="Find the line where floats turn into integers.",
            line_pattern=r"\bint"),
    Mistake(first_sample_of_each,
            "Each row is the first sample of its cluster, not the mean of all of them.",
            hint="How many samples of each cluster contribute to the result?",
            line_pattern=r"argmax"),
    Mistake(last_sample_of_each,
            "Each row is the last sample of its cluster: every sample overwrites the one before it.",
            hint="What happens to a row when a second sample of the same cluster is added?",
            line_pattern=r"set\(|argmax"),
    Mistake(samples_nearest_the_means,
            "Each row is the sample nearest the mean of the cluster (a medoid), not the mean itself.",
            hint="Find the step after the mean. Does a centroid have to be one of the samples?",
            line_pattern=r"argmin"),
    Mistake(weighted_by_distance,
            (
                "The samples are weighted by their distance. In the mean of a cluster, every "
                "sample counts equally."
            ),
            hint="How much should each sample of a cluster contribute to its centroid?",
            line_pattern=r"norm\("),
    Mistake(overall_mean_in_each_row,
            "Every row is the same: the mean of all samples. The assignment is not used.",
            hint="Find the line that selects the samples of one cluster. What does it return?",
            line_pattern=r"mean\("),
    Mistake(means_of_the_others,
            (
                "Each row is the mean of all samples that are not in its cluster: the mask "
                "is inverted."
            ),
            hint="Look at the comparison that creates the mask, and follow one sample through it.",
            line_pattern=r"!=|~|not_equal|where\("),
    Mistake(means_of_later_clusters,
            "Row j is the mean over cluster j and all later clusters, not over cluster j alone.",
            hint="Look at the comparison that creates the mask. For which clusters is it true?",
            line_pattern=r">=|<="),
    Mistake(ids_from_one,
            "The rows are shifted by one: row 0 is the mean of cluster 1. Clusters count from 0.",
            hint="Look at the numbers you compare with `assignment`. Where do they start?",
            line_pattern=r"range\(\s*1\b|\+\s*1\b"),
    Mistake(last_cluster_left_out,
            "The last cluster is left out: the number of rows is k minus 1.",
            hint="Follow the loop or the range over the clusters to its end.",
            line_pattern=r"k\s*-\s*1|:\s*-\s*1"),
    Mistake(four_means_always,
            "There are always 4 rows: `k` is not used.",
            hint=HINT_FOUR,
            line_pattern=r"\b4\b"),
    Mistake(means_for_num_clusters,
            "The number of rows follows the global `num_clusters`, not the parameter `k`.",
            hint="Go through the variables in this part. Where does each one get its value?",
            line_pattern=r"num_clusters"),
    Mistake(means_in_two_dimensions,
            "Each row has 2 coordinates, even when the samples have more.",
            hint="Find where you select coordinates by index. What happens in three dimensions?",
            line_pattern=r"\b[12]\s*\]"),
    Mistake(nan_in_each_row,
            "Every entry is NaN, because a sum that includes a NaN is NaN.",
            hint="Look at the value you use for samples of other clusters. What does it do to a mean?",
            line_pattern=r"\bnan\b"),
)

IMPROVE = (
    Mistake(old_centroids_returned,
            "The first value is the old centroids from `values`, so the centroids never move.",
            hint="Compare the variables in your `return` line with what you computed above it.",
            compare_outputs=(0,), line_pattern=r"return\b"),
    Mistake(labels_for_centroids,
            "The first value is the assignment, shape (n,). The task asks for the new centroids.",
            hint="Compare the variables in your `return` line with what you computed above it.",
            compare_outputs=(0,), line_pattern=r"return\b"),
    Mistake(half_way_to_the_means,
            "The centroids move only halfway to the means.",
            hint="Find the line that mixes old and new centroids. How far should a centroid move?",
            compare_outputs=(0,), line_pattern=r"/\s*2\b|0\.5"),
    Mistake(two_steps_at_once,
            "The centroids move twice: the first value is the result of two steps.",
            hint="Count how often the centroids are updated in one call.",
            compare_outputs=(0,)),
    Mistake(step_with_four_clusters,
            "There are always 4 new centroids: `k` is not used.",
            hint=HINT_FOUR,
            compare_outputs=(0,), line_pattern=r"\b4\b"),
    Mistake(step_with_num_clusters,
            "The number of new centroids follows the global `num_clusters`: `k` is not used.",
            hint="Go through the variables in this part. Where does each one get its value?",
            compare_outputs=(0,), line_pattern=r"num_clusters"),
    Mistake(centroids_and_distortion_swapped,
            "The first two values are swapped: the distortion comes before the centroids.",
            hint="Compare the order of your return values with the order in `values`.",
            line_pattern=r"return\b"),
    Mistake(two_values_only,
            (
                "You return two values; the old distortion is missing. The loop needs three, "
                "in the order of `values`."
            ),
            hint="Compare what you return with what your function receives as `values`.",
            line_pattern=r"return\b"),
    Mistake(third_value_never_changes,
            (
                "You return the third input value unchanged. It never changes, so the loop "
                "never ends."
            ),
            hint=HINT_THREE_VALUES,
            compare_outputs=(2,), line_pattern=r"return\b"),
    Mistake(third_value_infinite,
            "The third value is always infinite, so the loop never ends.",
            hint=HINT_THREE_VALUES,
            compare_outputs=(2,), line_pattern=r"\binf\b"),
    Mistake(third_value_is_the_new_one,
            (
                "The third value repeats the new distortion. The loop compares it with "
                "itself and stops at once."
            ),
            hint=HINT_THREE_VALUES,
            compare_outputs=(1, 2), line_pattern=r"return\b"),
    Mistake(third_value_is_the_new_one_of_moved,
            (
                "The third value repeats the new distortion. The loop compares it with "
                "itself and stops at once."
            ),
            hint=HINT_THREE_VALUES,
            compare_outputs=(1, 2), line_pattern=r"return\b"),
    Mistake(distortions_in_wrong_order,
            "The two distortions are swapped: the old one is second and the new one is third.",
            hint=HINT_THREE_VALUES,
            compare_outputs=(1, 2), line_pattern=r"return\b"),
    Mistake(distortions_in_wrong_order_of_moved,
            "The two distortions are swapped: the old one is second and the new one is third.",
            hint=HINT_THREE_VALUES,
            compare_outputs=(1, 2), line_pattern=r"return\b"),
    Mistake(distortion_never_updated,
            (
                "The second value is the old distortion from `values`. It never changes, so "
                "the loop stops at once."
            ),
            hint="Where do the new distances end up?",
            compare_outputs=(1, 2), line_pattern=r"return\b"),
    Mistake(sum_for_mean,
            "The second value is the sum of the distances, not their mean.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"sum\("),
    Mistake(sum_for_mean_of_moved,
            "The second value is the sum of the distances, not their mean.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"sum\("),
    Mistake(mean_of_squared_distances,
            "The second value is the mean of the squared distances, not of the distances.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"\*\*\s*2|square\("),
    Mistake(mean_of_squared_distances_of_moved,
            "The second value is the mean of the squared distances, not of the distances.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"\*\*\s*2|square\("),
    Mistake(largest_distortion,
            "The second value is the largest distance, not the mean.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"max\("),
    Mistake(largest_distortion_of_moved,
            "The second value is the largest distance, not the mean.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"max\("),
    Mistake(median_distortion,
            "The second value is the median of the distances, not their mean.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"median"),
    Mistake(median_distortion_of_moved,
            "The second value is the median of the distances, not their mean.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"median"),
    Mistake(vector_of_distortions,
            (
                "The second value has one distance per point, shape (n,). The task asks for "
                "a single number, their mean."
            ),
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"return\b"),
    Mistake(vector_of_distortions_of_moved,
            (
                "The second value has one distance per point, shape (n,). The task asks for "
                "a single number, their mean."
            ),
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"return\b"),
    Mistake(sum_divided_by_k,
            "The second value is a sum divided by the number of clusters, not the mean over the points.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"/\s*k\b"),
    Mistake(sum_divided_by_k_of_moved,
            "The second value is a sum divided by the number of clusters, not the mean over the points.",
            hint=HINT_SECOND_VALUE,
            compare_outputs=(1,), line_pattern=r"/\s*k\b"),
    Mistake(gain_for_distortion,
            (
                "The second value is the difference of two distortions. The task asks for "
                "the new mean distortion itself."
            ),
            hint="Where is the difference taken: in this function or in the loop?",
            compare_outputs=(1,), line_pattern=r"-"),
    Mistake(gain_for_distortion_of_moved,
            (
                "The second value is the difference of two distortions. The task asks for "
                "the new mean distortion itself."
            ),
            hint="Where is the difference taken: in this function or in the loop?",
            compare_outputs=(1,), line_pattern=r"-"),
    Mistake(distortion_of_first_cluster,
            "The second value is the mean distance in the first cluster only.",
            hint="Over which points does the mean run?",
            compare_outputs=(1,), line_pattern=r"==\s*0"),
    Mistake(way_of_the_centroids,
            (
                "The second value is how far the centroids moved. The task asks for the mean "
                "distance from the points to their centroids."
            ),
            hint="The distortion measures the distance between which two things?",
            compare_outputs=(1,), line_pattern=r"norm\("),
)
# fmt: on
