"""Bytes in the database, each content once, by its digest."""

from __future__ import annotations

import hashlib
import zlib

from grader.course.records.models import Blob
from grader.errors import GraderError

_LEVEL = 6
ZLIB, PLAIN, FORGOTTEN = "zlib", "plain", "forgotten"


class DamagedError(GraderError):
    """What the database has under a digest is not what was put there."""


def put(data: bytes) -> str:
    """Keep the bytes; their digest. Within a transaction of `writing`."""
    digest = hashlib.sha256(data).hexdigest()
    if not Blob.objects.filter(pk=digest).exists():
        packed = zlib.compress(data, _LEVEL)
        codec, stored = (ZLIB, packed) if len(packed) < len(data) else (PLAIN, data)
        row = Blob(sha256=digest, size=len(data), codec=codec, bytes=stored)
        Blob.objects.bulk_create([row], ignore_conflicts=True)
    return digest


def get(digest: str) -> bytes:
    """The bytes of a digest; b"" of what was forgotten. Raises DamagedError."""
    return content_of(Blob.objects.get(pk=digest))


def content_of(blob: Blob) -> bytes:
    """The bytes in a row. Raises DamagedError where they are not those of its digest."""
    if blob.codec == FORGOTTEN:
        return b""
    try:
        stored = bytes(blob.bytes)
        data = zlib.decompress(stored) if blob.codec == ZLIB else stored
    except zlib.error:
        data = None
    if data is None or hashlib.sha256(data).hexdigest() != blob.sha256:
        raise DamagedError(f"blob {blob.sha256}: is damaged; restore a backup")
    return data
