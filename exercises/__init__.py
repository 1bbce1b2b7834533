"""Exercises as students receive them, one folder each."""
