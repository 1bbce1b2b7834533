"""Whether code is plain: whether nothing in it could reach what runs beside it, by syntax alone.

Some claims about code can be made by its own process alone: how many steps it takes, say. Code
that goes through Python's frames can forge these, so a claim is believed only of plain code: of
code that names what it defines, values of NumPy and JAX, and harmless parts of Python, and
nothing else. A sign too many costs a claim that is true; a sign too few lets a false one through.
"""

from __future__ import annotations

import ast
import importlib
import typing
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cache, lru_cache

from grader.reading.plain_facts import Facts, is_inner
from grader.reading.plain_names import (
    CALLBACKS,
    CLOSED,
    DRAWING,
    GIVEN,
    HARMLESS,
    INNER,
    MODULES,
    OPEN,
    PACKAGES,
    PARTLY,
    SHOWN,
    STEPPED,
    THROUGH,
    UNSTEPPED,
    Path,
)
from grader.reading.plain_walk import facts_of
from grader.reading.python_parser import syntax_tree

DEEPEST = 6
"""So often names are followed that are other names for names."""
LONGEST = 12
"""Names that are made of more names than that are not followed."""
MOST = 40
"""So many things a name stands for at most; what stands for more is not told apart any more."""
UNKNOWN = ("jax", "extend")
"""Stands for what is not followed: it is not plain."""


Nodes = Iterable[ast.stmt]


def reaches(nodes: Nodes, modules: Container[str] = (), given: Nodes = ()) -> str:
    """The first name by which the statements could reach what runs beside them, or ''.

    `modules` are the files of the student's own that they may import. What is `given` stands in
    files that come with the assignment, which are read for their names and may do anything.
    """
    found, known = _known(nodes, modules, given)
    return next((name for facts in found if (name := known.first(facts))), "")


def uncounted(nodes: Nodes, modules: Container[str] = (), given: Nodes = ()) -> str:
    """The first name by which the statements could go through items without being counted, or ''.

    A loop is told by the lines of Python that it runs, in the code itself and in NumPy.
    """
    found, known = _known(nodes, modules, given)
    return next((name for facts in found if (name := known.first_uncounted(facts))), "")


def called_back(nodes: Nodes, modules: Container[str] = (), given: Nodes = ()) -> str:
    """The first name by which a traced program could leave its work to Python, or ''."""
    found, known = _known([*given, *nodes], modules, ())
    chains = (chain for facts in found for _, chain, _ in facts.chains)
    back = (c for c in chains if any(CALLBACKS & {*path} for path in known.paths(c)))
    return ".".join(next(back, ()))


def _known(nodes: Nodes, modules: Container[str], given: Nodes) -> tuple[list[Facts], _Known]:
    found = [facts_of(node) for node in nodes]
    return found, _Known([*(facts_of(node) for node in given), *found], modules)


@lru_cache(maxsize=1 << 8)
def statements_in(text: str) -> tuple[ast.stmt, ...]:
    """The statements of a file that is run as a whole; one that is not plain if it is no Python."""
    try:
        return tuple(syntax_tree(text).body)
    except (SyntaxError, ValueError, RecursionError):
        return tuple(syntax_tree("exec").body)


# What all statements together tell --------------------------------------------------------


class _Known:
    """The names that the statements bind, and what they stand for."""

    def __init__(self, found: Sequence[Facts], modules: Container[str]) -> None:
        self.modules = modules
        self.aliases: dict[str, set[Path]] = {name: {path} for name, path in GIVEN.items()}
        self.bound: set[str] = set()
        self.attributes: set[str] = set()
        self.classes: set[str] = set()
        self.has_errors = any(facts.has_errors for facts in found)
        renamed: list[tuple[str, Path]] = []
        for facts in found:
            self.bound |= facts.bound
            self.attributes |= facts.attributes
            self.classes |= facts.classes
            for name, path in facts.aliases:
                self.aliases.setdefault(name, set()).add(path)
            for _, path in facts.stars:
                shown = THROUGH - GIVEN.keys() if path[0] not in {"jax", "numpy"} else ()
                for name in INNER.get(path, shown):
                    self.aliases.setdefault(name, set()).add((*path, name))
            renamed += facts.renamed
        for _ in range(DEEPEST):
            for name, chain in renamed:
                known = self.aliases.setdefault(name, set())
                for path in list(self.paths(chain)):
                    if _is_kept(path):
                        is_known = len(path) <= LONGEST and len(known) < MOST
                        known.add(path if is_known else UNKNOWN)

    def paths(self, chain: Path, deep: int = 3) -> Iterator[Path]:
        """What a dotted name may stand for, from its package on; what files import as well."""
        for path in self.aliases.get(chain[0], ()):
            whole = (*path, *chain[1:])
            yield whole
            if whole[0] in self.modules and deep:
                for at in range(1, min(len(whole), LONGEST)):
                    yield from self.paths(whole[at:], deep - 1)

    def first(self, facts: Facts) -> str:
        """The first name in a statement that is not plain, or ''."""
        found = list(facts.refused)
        found += [(at, name) for at, path in facts.imports if (name := self._not_imported(path))]
        found += facts.holders if self.has_errors else []
        found += [(at, path[0]) for at, path in facts.stars if path[0] in PARTLY]
        found += [(at, name) for at, name in facts.names if name not in self.bound]
        found += [(at, name) for at, name in facts.inner if name not in self.attributes]
        found += [(at, name) for at, name in facts.registered if name not in self.classes]
        found += [(at, ".".join(path)) for at, path in facts.bases if not self._is_base(path)]
        for at, chain, done in facts.chains:
            found += [(at, name) for name in self._in_chain(chain, done)]
        return min(found, key=lambda one: one[0])[1] if found else ""

    def first_uncounted(self, facts: Facts) -> str:
        """The first name in a statement whose steps cannot be counted, or ''."""
        found = list(facts.uncounted)
        for at, chain, done in facts.chains:
            paths = [path for path in self.paths(chain) if path[0] not in self.modules]
            if any(_is_unstepped(path) for path in paths):
                found.append((at, ".".join(chain)))
            elif chain == ("object",) and not done:
                found.append((at, "object"))
        return min(found, key=lambda one: one[0])[1] if found else ""

    def _not_imported(self, path: Path) -> str:
        """What of an import is not plain, or ''."""
        top = path[0]
        if top in self.modules:
            return ""
        if any(map(is_inner, path)):
            return ".".join(path)
        if top in HARMLESS or top in PARTLY:
            return "" if _is_public(path) else ".".join(path)
        if top not in PACKAGES:
            return top
        return ".".join(path) if path not in OPEN and _is_closed(path) else ""

    def _is_base(self, chain: Path) -> bool:
        paths = list(self.paths(chain))
        if any(path[0] in {"jax", "numpy"} for path in paths):
            return False
        if len(chain) > 1 or paths:
            return bool(paths) or chain[0] in self.classes
        return chain[0] in self.classes or chain[0] in _BASES or chain[0] not in self.bound

    def _in_chain(self, chain: Path, done: str) -> Iterator[str]:
        paths = list(self.paths(chain))
        written = ".".join(chain)
        others = [path for path in paths if path[0] not in self.modules]
        for name in chain[1:]:
            if is_inner(name) and (others or (not paths and name not in self.attributes)):
                yield name
        for path in others:
            is_library = path[0] in HARMLESS or path[0] in PARTLY
            if (is_library and not _is_public(path)) or _is_closed(path):
                yield written
            elif done == "stored" and not _may_be_set(path):
                yield f"{written} = ..."
            elif (not done and (_is_module(path) or _may_be_module(path))) or (
                path[0] in _MAKING and path[1:] in _MAKING[path[0]] and done != "base"
            ):
                yield written


_MAKING = {
    "enum": {("Enum",), ("IntEnum",), ("StrEnum",)},
    "abc": {("ABCMeta",)},
}
"""What makes classes when it is called, and may be a base alone."""
_BASES = frozenset("object Exception dict list tuple set frozenset int float str bytes".split())


def _is_unstepped(path: Path) -> bool:
    if path[0] == "scipy":
        return path[1:2] not in {(), ("special",), ("linalg",)}
    return path[0] not in STEPPED or any(path[: len(start)] == start for start in UNSTEPPED)


def _is_kept(path: Path) -> bool:
    """Whether another name for this is followed: a module, or a class."""
    return _is_module(path) or path[-1][:1].isupper()


def _is_module(path: Path) -> bool:
    return len(path) == 1 or path in MODULES


def _may_be_module(path: Path) -> bool:
    """Whether a name in a package other than NumPy and JAX may be a module in it."""
    return path[0] in PACKAGES - {"jax", "numpy"} and not path[-1][:1].isupper()


def _may_be_set(path: Path) -> bool:
    return path[0] in DRAWING or path[:2] in {("os", "environ"), ("jax", "config")}


_SHELL = {(), ("display",), ("get_ipython",), ("core",), ("__version__",)}
"""What of IPython shows something, and runs nothing."""


def _is_closed(path: Path) -> bool:
    """Whether a dotted name leads to how a package works."""
    if "test" in path[1:] or (path[0] == "IPython" and path[1:2] not in _SHELL):
        return True
    if path[0] in {"jax", "numpy"}:
        if {"np", "jax"} & {*path[1:]}:
            return True
    elif THROUGH & {*path[1:]} and not SHOWN & {path[:2], path[:3]}:
        return True
    if path[:2] == ("numpy", "testing"):
        return len(path) > 2 and not path[2].startswith("assert_")
    closed = [start for start in CLOSED if path[: len(start)] == start]
    if not closed:
        return False
    return not any(path[: len(start)] == start and _is_leaf(start) for start in OPEN)


def _is_leaf(start: Path) -> bool:
    """Whether all that is in an open name is open."""
    return not any(len(other) > len(start) and other[: len(start)] == start for other in OPEN)


@cache
def _hidden(module: str) -> frozenset[str]:
    """What of a module of the library is not public."""
    found = importlib.import_module(module)
    listed = getattr(found, "__all__", None)
    names = frozenset(name for name in dir(found) if not is_inner(name))
    if listed is not None:
        return names - frozenset(listed)
    return frozenset(n for n in names if type(getattr(found, n)) is type(ast))


def _is_public(path: Path) -> bool:
    """Whether a dotted name in Python's library may be used."""
    if len(path) == 1:
        return True
    top = path[0]
    if top in PARTLY:
        return path[1] in PARTLY[top]
    if path[:2] == ("collections", "abc") or top == "__future__":
        return True
    if top == "typing_extensions":
        return path[1] in typing.__all__ or path[1] in {"TypedDict", "override", "Buffer"}
    return path[1] not in _hidden(top)
