"""The K-Means exercise: the notebook to hand out and labelled sample submissions."""
