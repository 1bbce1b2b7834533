"""Reference functions: what each assignment counts as correct, with its sources."""
