from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import grad, jit, random, vmap


key = random.PRNGKey(0)
key, *subkeys = random.split(key, 4)
points = jnp.concatenate(
    [
        random.normal(subkeys[0], (400, 2)) + jnp.array([4, 0]),
        random.normal(subkeys[1], (200, 2)) + jnp.array([0.5, 1]),
        random.normal(subkeys[2], (200, 2)) + jnp.array([-0.5, -1]),
    ]
)
points.shape

def main():
    def init(key, points, num_clusters):
        rows = random.choice(key, points.shape[0], (num_clusters,), replace=False)
        initial_centroids = points[rows]
        initial_distortion = 1e6
        return initial_centroids, initial_distortion


    num_clusters = 4
    subkey = random.split(key)[1]
    initial_centroids, initial_distortion = init(subkey, points, num_clusters)
    initial_centroids, initial_distortion


    def update_assignment(samples, centroids):
        distances = vmap(lambda c: jnp.linalg.norm(samples - c, axis=1))(centroids)
        assignment = jnp.argmin(distances, axis=0)
        distortions = jnp.min(distances, axis=0)
        return assignment, distortions


    assignment, distortions = update_assignment(points, initial_centroids)
    assignment.shape, distortions.shape


    def update_centroids(samples, assignment, k):
        def mean_of(cluster_id):
            mask = assignment[:, jnp.newaxis] == cluster_id[jnp.newaxis, jnp.newaxis]
            return jnp.where(mask, samples, 0).sum(axis=0) / jnp.maximum(mask.sum(), 1)

        new_centroids = vmap(mean_of)(jnp.arange(k))
        return new_centroids


    update_centroids(points, assignment, num_clusters)


    def improve_centroids(values, k):
        centroids, distortions, _ = values
        assignment, new_distortions = update_assignment(points, centroids)
        new_centroids = update_centroids(points, assignment, k)
        return new_centroids, new_distortions.mean(), jnp.mean(distortions)


    improve_centroids((initial_centroids, initial_distortion, jnp.inf), num_clusters)


    thresh = 1e-5
    centroids, distortion, _ = jax.lax.while_loop(
        lambda values: (values[2] - values[1]) > thresh,
        partial(improve_centroids, k=num_clusters),
        (initial_centroids, initial_distortion, jnp.inf),
    )
    centroids, distortion


    def visualization(points, centroids, assignment):
        plt.scatter(points[:, 0], points[:, 1], c=assignment, s=10)
        plt.scatter(centroids[:, 0], centroids[:, 1], c="red", marker="x", s=120)
        plt.show()


    final_assignments, _ = update_assignment(points, centroids)
    visualization(points, centroids, final_assignments)

main()
