"""The packages that the grader needs, pinned with their hashes, from the constraints file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution

from grader.authoring.own_wheel import DISTRIBUTION
from grader.errors import UsageError

EXTRAS = ("students", "courses")
"""The packages that students' code may use; as far as they are installed here."""
_REQUIREMENT = re.compile(r"\s*([\w.-]+)\s*(?:\[([^\]]*)\])?[^;]*(?:;(.*))?", re.DOTALL)
_EXTRA = re.compile(r"""extra\s*==\s*['"]([\w.-]+)['"]""")
_OTHER_MARKER = re.compile(r"\b(python_\w+|sys_platform|platform_\w+|os_name|implementation_\w+)\b")
_PIN = re.compile(r"^([\w.-]+)==", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Pins:
    """A requirements file, and how many packages it names."""

    text: str
    count: int
    lacking: tuple[str, ...] = ()
    """Packages for students' code that are not installed here, and so not in the file."""


@dataclass(frozen=True)
class _Wanted:
    name: str
    extras: frozenset[str] = frozenset()
    is_always: bool = True
    """Whether it is needed on every machine, so that there must be a pin."""


def pins(constraints: str) -> Pins:
    """The pins of all that the grader needs, of all that is pinned. Raises UsageError."""
    known: dict[str, str] = {}
    for block in _blocks(constraints):  # one package may have a pin for each of several Pythons
        name = normal(block.split("==")[0])
        known[name] = known.get(name, "") + block
    needed, lacking = _closure()
    missing = sorted(one.name for one in needed if one.is_always and one.name not in known)
    if missing:
        raise UsageError(
            f"constraints.txt: has no pin for {', '.join(missing)}; install the packages that it "
            "pins"
        )
    names = sorted({one.name for one in needed} & known.keys())
    text = "".join(known[name] for name in names)
    return Pins(text=text, count=len(names), lacking=lacking)


def normal(name: str) -> str:
    """The name of a package as all its spellings have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _blocks(constraints: str) -> Iterator[str]:
    """Each pin with its hashes."""
    starts = [found.start() for found in _PIN.finditer(constraints)]
    for start, end in zip(starts, [*starts[1:], len(constraints)], strict=True):
        yield constraints[start:end].rstrip() + "\n"


def _closure() -> tuple[set[_Wanted], tuple[str, ...]]:
    """All that is needed, by what the installed packages say, and what is not installed."""
    pending = [_Wanted(DISTRIBUTION)]
    found: set[_Wanted] = set()
    lacking = []
    for extra in EXTRAS:
        for one in _required(_Wanted(DISTRIBUTION, frozenset({extra})), only=extra):
            if _is_installed(one.name):
                pending.append(one)
            else:
                lacking.append(one.name)
    while pending:
        one = pending.pop()
        if one in found:
            continue
        found.add(one)
        pending += _required(one)
    return {one for one in found if one.name != DISTRIBUTION}, tuple(sorted(lacking))


def _required(wanted: _Wanted, *, only: str = "") -> Iterator[_Wanted]:
    """What an installed package needs; with `only` what it needs for that extra alone."""
    try:
        lines = distribution(wanted.name).requires or ()
    except PackageNotFoundError:
        return
    for line in lines:
        found = _REQUIREMENT.match(line)
        if not found:
            continue
        marker = found[3] or ""
        extras = {normal(name) for name in _EXTRA.findall(marker)}
        if (extras and extras.isdisjoint(wanted.extras)) or (only and only not in extras):
            continue
        yield _Wanted(
            normal(found[1]),
            frozenset(normal(name) for name in re.findall(r"[\w.-]+", found[2] or "")),
            wanted.is_always and not _OTHER_MARKER.search(marker),
        )


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
