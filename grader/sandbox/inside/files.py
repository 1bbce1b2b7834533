"""The files of an exercise, laid in the child's own folder for the namespace that is asked.

What is in them is sent once; each namespace names what it has. Before one is asked its files are
looked at and laid afresh where they are another's, or were changed: no code finds what other code
has made of them. A file that is still open, or mapped, stays what it was for whoever opened it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

Look = tuple[int, ...]
"""What is another for a file that was written, moved or replaced."""


class Files:
    """What is in files, by digest, and which of them each namespace has under which name."""

    def __init__(self) -> None:
        self._home = ""
        self._contents: dict[str, bytes] = {}
        self._wanted: dict[int, Mapping[str, str]] = {}
        self._places: dict[int, str] = {}
        self._laid: dict[str, tuple[str, Look]] = {}

    def keep(self, contents: Mapping[str, np.ndarray]) -> None:
        """Remember what is in files."""
        self._contents |= {digest: bytes(content.data) for digest, content in contents.items()}

    def give(self, space: int, files: Mapping[str, str]) -> None:
        """Let a namespace have files: the digests of what is in them, by name."""
        if files and not self._wanted:
            self._home = os.getcwd()
        if files or self._wanted:
            self._wanted[space] = files

    @contextmanager
    def there(self, space: int | None) -> Iterator[None]:
        """Have the files of a namespace, if any namespace has some, where its code is."""
        if space is None or space not in self._wanted:
            yield
            return
        os.chdir(self._home)
        self._lay(self._wanted[space])
        with contextlib.suppress(OSError):
            os.chdir(self._places.get(space, self._home))
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                self._places[space] = os.getcwd()

    def _lay(self, files: Mapping[str, str]) -> None:
        for name in [name for name in self._laid if name not in files]:
            del self._laid[name]
            _clear(name)
        for name, digest in files.items():
            if self._laid.get(name) != (digest, _look(name)):
                self._laid[name] = digest, _write(name, self._contents[digest])


def _write(name: str, content: bytes) -> Look:
    """Put a new file there, whatever is in the way, that can only be read."""
    folder = ""
    for step in name.split("/")[:-1]:
        folder = os.path.join(folder, step)
        if not os.path.isdir(folder):
            _clear(folder)
            os.mkdir(folder)
    _clear(name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(name, flags, 0o400), "wb") as file:
        file.write(content)
    return _look(name)


def _clear(name: str) -> None:
    """Take away what has the name; a folder, which may be full or closed, is only moved."""
    try:
        os.unlink(name)
    except FileNotFoundError:
        return
    except OSError:
        os.rename(name, f"{secrets.token_hex(8)}.moved")


def _look(name: str) -> Look:
    """How a file looks; of the time of the last change no code can make another."""
    try:
        told = os.lstat(name)
    except OSError:
        return ()
    return told.st_dev, told.st_ino, told.st_mode, told.st_size, told.st_mtime_ns, told.st_ctime_ns
