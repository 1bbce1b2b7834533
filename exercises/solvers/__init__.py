"""The exercise on solvers in 64 bits: the student notebook and labeled samples."""
