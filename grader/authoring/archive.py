"""Zip files with the same bytes for the same files."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Collection, Mapping

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def packed(files: Mapping[str, bytes], executable: Collection[str] = ()) -> bytes:
    """A zip file with these files by name, in the order of their names and without their dates."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _FIRST_DATE)
            mode = 0o755 if name in executable else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            entry.create_system = _UNIX
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return out.getvalue()
