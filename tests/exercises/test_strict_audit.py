"""K-Means and the first steps have no hole that they do not accept with a reason."""

from __future__ import annotations

import pytest
from strict_audit import assert_sound


@pytest.mark.parametrize(("name", "each", "least"), [("kmeans", 24, 5), ("jax_basics", 32, 2)])
def test_built_in_is_sound(name: str, each: int, least: int) -> None:
    """Right answers get full points; of the wrong ones a share loses some."""
    assert_sound(name, each=each, share=40, least=least)
