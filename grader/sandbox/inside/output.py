"""What the student's code prints, and what it is given to read: nothing goes out or comes in."""

from __future__ import annotations

import os


def drop() -> None:
    """Join standard input, output and error of this process to nothing."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
