"""Exit codes of all commands."""

REACHED = 0
"""All is well; a submission has reached the threshold."""
NOT_REACHED = 1
"""The threshold is not reached, or something is not sound."""
UNUSABLE = 2
"""What was given cannot be used: arguments, a file, an assignment."""
OUR_FAULT = 3
"""The grader failed, or could not check a part."""
INTERRUPTED = 130
"""Ctrl-C; another signal has its own number."""
