"""The exercise on a neural network: the student notebook and labeled samples."""
