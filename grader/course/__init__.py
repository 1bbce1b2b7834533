"""A class: who is in it, every submission graded, and what is kept of it."""
