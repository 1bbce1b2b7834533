"""A case goes in, an answer or a Failure comes out: calls of student code, and their errors."""
