"""The exercise on the first steps in JAX: the student notebook and labeled samples."""
