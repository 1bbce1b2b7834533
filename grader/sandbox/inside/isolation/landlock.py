"""Landlock: which files the student's side may open, and no connection out of it.

The rules are resolved once, in the fork server, into a ruleset that its children inherit as a
descriptor; a child only has to enter it. What no rule names cannot be opened.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import libc

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG = 1 << 7, 1 << 8
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15

READ = READ_FILE | READ_DIR
CHANGE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE
_FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files an ABI knows: REFER came with 2, TRUNCATE with 3, IOCTL_DEV with 5."""
_NETWORK_ABI, _SCOPE_ABI, KNOWN_ABI = 4, 6, 7
_NETWORK = 0b11
"""Bind and connect a TCP socket."""
_SCOPE = 0b11
"""Abstract unix sockets and signals stay within the sandbox."""
_VERSION, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True)
class Rule:
    """The rights below a path, or on it when it is a file."""

    path: str
    rights: int = READ


@dataclass(frozen=True)
class Ruleset:
    """An open ruleset, the ABI that it was made for, and how many rules it has."""

    descriptor: int
    abi: int
    rules: int


def abi() -> int:
    """The newest ABI that both the kernel and this module know. Raises OSError without any."""
    return min(libc.call("landlock_create_ruleset", None, 0, _VERSION), KNOWN_ABI)


def build(rules: Iterable[Rule], *, version: int) -> Ruleset:
    """A ruleset with the rules whose path exists. Raises OSError when the kernel refuses it."""
    handled = (1 << _FILE_RIGHTS[min(version, max(_FILE_RIGHTS))]) - 1
    fields = [handled]
    if version >= _NETWORK_ABI:
        fields.append(_NETWORK)
    if version >= _SCOPE_ABI:
        fields.append(_SCOPE)
    attributes = ctypes.create_string_buffer(struct.pack(f"<{len(fields)}Q", *fields))
    descriptor = libc.call("landlock_create_ruleset", attributes, 8 * len(fields), 0)
    count = sum(_add(descriptor, rule, handled) for rule in rules)
    return Ruleset(descriptor, version, count)


def enter(ruleset: Ruleset) -> None:
    """Put the calling thread, and all it starts, behind the rules for good. Raises OSError."""
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    libc.call("landlock_restrict_self", ruleset.descriptor, 0)


def carve(root: Path, hidden: frozenset[str]) -> list[Rule]:
    """Rules that open all below a real path but the hidden ones; names on the way can be listed.

    Links get no rule: what they lead to has its own if it may be read.
    """
    if str(root) in hidden or root.is_symlink():
        return []
    if not any(path.startswith(f"{root}{os.sep}") for path in hidden):
        return [Rule(str(root))]
    rules = [Rule(str(root), READ_DIR)]
    for entry in _entries(root):
        rules += carve(root / entry, hidden)
    return rules


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _add(descriptor: int, rule: Rule, handled: int) -> bool:
    """Whether the rule was added; a path that is not there needs none."""
    try:
        path = os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        is_folder = stat.S_ISDIR(os.fstat(path).st_mode)
        rights = rule.rights & handled & (-1 if is_folder else _FOR_FILES)
        if not rights:
            return False
        attributes = ctypes.create_string_buffer(struct.pack("<Qi", rights, path))
        libc.call("landlock_add_rule", descriptor, _PATH_BENEATH, attributes, 0)
    finally:
        os.close(path)
    return True
