"""The K-Means exercise: the student notebook and labeled sample submissions."""
