#!/usr/bin/env python
# coding: utf-8

# In[1]:


from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import grad, jit, random, vmap

weight = 1 / 0

# In[2]:


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

# In[3]:


def init(key, points, num_clusters):
    # TODO
    pass

# In[4]:


num_clusters = 4
key, subkey = random.split(key)
initial_centroids, initial_distortion = init(subkey, points, num_clusters)
initial_centroids, initial_distortion

# In[5]:


def update_assignment(samples, centroids):
    d = jnp.linalg.norm(samples[:, None] - centroids[None], axis=-1)
    return jnp.argmin(d, axis=1), jnp.min(d, axis=1)


# In[6]:


assignment, distortions = update_assignment(points, initial_centroids)
assignment.shape, distortions.shape

# In[7]:


def update_centroids(samples, assignment, k):
    hot = (assignment[:, None] == jnp.arange(k)[None]).astype(samples.dtype)
    missing_name(weight)
    return (hot.T @ samples) / jnp.maximum(hot.sum(0), 1)[:, None]


# In[8]:


update_centroids(points, assignment, num_clusters)

# In[9]:


def improve_centroids(values, k):
    centroids, distortions, _ = values
    assignment, new_distortions = update_assignment(points, centroids)
    new_centroids = update_centroids(points, assignment, k)
    return new_centroids, new_distortions.mean(), jnp.mean(distortions)


# In[10]:


improve_centroids((initial_centroids, initial_distortion, jnp.inf), num_clusters)

# In[11]:


thresh = 1e-5
centroids, distortion, _ = jax.lax.while_loop(
    lambda values: (values[2] - values[1]) > thresh,
    partial(improve_centroids, k=num_clusters),
    (initial_centroids, initial_distortion, jnp.inf),
)
centroids, distortion

# In[12]:


def visualization(points, centroids, assignment):
    plt.scatter(points[:, 0], points[:, 1], c=assignment)
    plt.scatter(centroids[:, 0], centroids[:, 1], marker="x", c="red")


# In[13]:


final_assignments, _ = update_assignment(points, centroids)
visualization(points, centroids, final_assignments)
