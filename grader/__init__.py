"""An automated grader for numerical exercises in JAX notebooks."""

__version__ = "0.1.0"
