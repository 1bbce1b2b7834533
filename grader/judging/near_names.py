"""Which names are so near to another that they may be meant for it."""

from __future__ import annotations

import difflib

NEAR = 0.7
"""Names that are alike to this share, from 0 to 1, are near."""


def nearness(name: str, wanted: str) -> float:
    """How alike two names are written, from 0 to 1; case and underscores do not count."""
    one, other = (text.lower().replace("_", "") for text in (name, wanted))
    return difflib.SequenceMatcher(None, one, other).ratio()


def is_near(name: str, wanted: str) -> bool:
    """Whether the name may be meant for the other."""
    return nearness(name, wanted) >= NEAR
