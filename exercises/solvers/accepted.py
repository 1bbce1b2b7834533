"""What the audit finds in the exercise on solvers, and why it is fair."""

MUTANTS: dict[str, str] = {}
"""Mutants of `solutions/plain.py` that are correct as well."""

HOLES: dict[str, str] = {}
"""Wrong answers that keep all points."""
