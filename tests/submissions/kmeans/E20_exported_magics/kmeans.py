#!/usr/bin/env python
# coding: utf-8

# In[1]:


get_ipython().run_line_magic('matplotlib', 'inline')
from functools import partial

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
from jax import grad, jit, random, vmap

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


get_ipython().run_cell_magic('capture', 'out', 'def init(key, points, num_clusters):\n    idx = random.choice(key, points.shape[0], (num_clusters,), replace=False)\n    c = points[idx]\n    d = jnp.linalg.norm(points[:, None] - c[None], axis=-1).min(axis=1)\n    return c, 2 * d.mean()\n')

# In[4]:


num_clusters = 4
key, subkey = random.split(key)
initial_centroids, initial_distortion = init(subkey, points, num_clusters)
initial_centroids, initial_distortion

# In[5]:


get_ipython().run_cell_magic('timeit', '-n 1 -r 1', 'def update_assignment(samples, centroids):\n    d = jnp.linalg.norm(samples[:, None] - centroids[None], axis=-1)\n    return jnp.argmin(d, axis=1), jnp.min(d, axis=1)\n')

# In[6]:


assignment, distortions = update_assignment(points, initial_centroids)
assignment.shape, distortions.shape

# In[7]:


def means(samples, assignment, k):
    hot = (assignment[:, None] == jnp.arange(k)[None]).astype(samples.dtype)
    return (hot.T @ samples) / jnp.maximum(hot.sum(0), 1)[:, None]

get_ipython().run_line_magic('time', 'update_centroids = means')

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


get_ipython().run_cell_magic('prun', '-q', '%%time\ndef visualization(points, centroids, assignment):\n    plt.scatter(points[:, 0], points[:, 1], c=assignment)\n    plt.scatter(centroids[:, 0], centroids[:, 1], marker="x", c="red")\n')

# In[13]:


final_assignments, _ = update_assignment(points, centroids)
visualization(points, centroids, final_assignments)
