"""Programs that JAX would compile, run by NumPy instead where that is sure to give the same."""
