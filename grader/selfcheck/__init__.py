"""The student's own check in the notebook, with the public cases alone."""
