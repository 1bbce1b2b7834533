"""Reference functions: what each assignment counts as right, with its sources."""
