"""The exercise on the first steps in JAX: the notebook to hand out and labelled samples."""
