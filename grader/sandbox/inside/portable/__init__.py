"""Traced programs as plain data: described by one process, read and rebuilt by others."""
