"""Names as systems write them, made comparable."""

from __future__ import annotations

import unicodedata


def plain(name: str) -> str:
    """The letters and digits of a name, by which systems that write it differently agree."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalnum())
