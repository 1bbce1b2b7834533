"""From the bytes of a file to cells and to a program; nothing of it is run."""
