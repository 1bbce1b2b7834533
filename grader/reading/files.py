"""From a path to bytes: regular files of bounded size, and no links."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from grader.catalog import say
from grader.reading.limits import MAX_FILE_BYTES
from grader.reading.refusals import refuse_size
from grader.reading.unreadable import SourceError, UnreadableError
from grader.safe_text import visible


def read_file(path: Path, *, shown: str) -> bytes:
    """Get the bytes of a regular file of bounded size; a link is no regular file.

    A link in a submission could name anything that the grader may read.

    Raises:
        UnreadableError: it is anything else; the message calls it `shown`.

    """
    where = visible(shown, limit=300)
    try:
        _refuse_special(os.lstat(path), where)
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            _refuse_special(os.fstat(file.fileno()), where)
            return file.read(MAX_FILE_BYTES + 1)
    except ValueError:
        raise UnreadableError(where, say("file.absent")) from None
    except OSError as error:
        raise os_error(error, where) from None


def _refuse_special(status: os.stat_result, where: str) -> None:
    kinds = (
        (stat.S_ISDIR, say("file.folder")),
        (stat.S_ISLNK, say("file.link")),
        (lambda mode: not stat.S_ISREG(mode), say("file.special")),
    )
    for is_kind, problem in kinds:
        if is_kind(status.st_mode):
            raise UnreadableError(where, problem)
    refuse_size(status.st_size, where)


def os_error(error: OSError, where: str) -> UnreadableError:
    """Get the error for a file that the system does not give; a SourceError if it failed."""
    if error.errno in {None, errno.EINVAL, errno.ELOOP}:  # what is in the file, or a link
        return UnreadableError(where, say("file.broken"))
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}:
        return SourceError(where, say("file.absent"))
    if error.errno in {errno.EACCES, errno.EPERM}:
        return SourceError(where, say("file.denied"))
    return SourceError(where, say("file.broken"))
