"""Reads off a statement what matters for whether it is plain, see `plain_code`."""

from __future__ import annotations

import ast
import re

from grader.reading.plain_facts import Facts, called, is_inner, taken_apart
from grader.reading.plain_names import (
    AS_CALLS,
    ATTRIBUTES,
    BUILTINS,
    FRAMES,
    SPECIAL,
    UNLESS_EMPTY,
    Path,
)
from grader.reading.walked import once_a_tree

SHOWING = frozenset("print str repr isinstance issubclass format".split())
"""Functions that do with a type what tells nothing but its name."""


@once_a_tree
def facts_of(node: ast.stmt) -> Facts:
    """What a top-level statement says."""
    return _Look(node).facts


class _Look:
    """A walk over a statement, each node with what is done with its value."""

    def __init__(self, node: ast.stmt) -> None:
        self.facts = Facts()
        self.at = 0
        pending: list[tuple[ast.AST, str]] = [(node, "")]
        while pending:
            item, role = pending.pop()
            self.at = getattr(item, "lineno", 0) * 1000 + min(getattr(item, "col_offset", 0), 999)
            look = getattr(self, f"_{type(item).__name__.lower()}", None)
            found = look(item, role) if look else None
            pending += _inside(item) if found is None else found

    def _refuse(self, name: str) -> None:
        self.facts.refused.append((self.at, name))

    # Names --------------------------------------------------------------------------------

    def _word(self, name: str, *, is_attribute: bool) -> None:
        """Look at a name that is written, whatever it is the name of."""
        if name in (ATTRIBUTES if is_attribute else BUILTINS):
            self._refuse(name)
        else:
            self._special(name)

    def _special(self, name: str) -> None:
        """Look at whether a name is one of Python's own that leads further."""
        if name.startswith("__") and name.endswith("__") and name not in SPECIAL:
            self._refuse(name)

    def _name(self, node: ast.Name, role: str) -> list[tuple[ast.AST, str]]:
        self._word(node.id, is_attribute=False)
        if isinstance(node.ctx, ast.Store):
            self.facts.bound.add(node.id)
            return []
        if node.id in AS_CALLS and not _may_stand(node.id, role):
            self._refuse(node.id)
        if is_inner(node.id):
            self.facts.names.append((self.at, node.id))
        self.facts.chains.append((self.at, (node.id,), role))
        return []

    def _attribute(self, node: ast.Attribute, role: str) -> list[tuple[ast.AST, str]]:
        base, names = taken_apart(node)
        if names[-2:] == ["__class__", "__name__"]:
            names = ["__name__", *names[:-2]][::-1]
        for name in names:
            self._word(name, is_attribute=True)
            if name == "obj":
                self.facts.holders.append((self.at, name))
        if names[-1] in AS_CALLS - {"type"} and not _may_stand(names[-1], role):
            self._refuse(names[-1])
        if names[-1] in UNLESS_EMPTY and role != "called":
            self._refuse(names[-1])
        is_stored = not isinstance(node.ctx, ast.Load)
        if is_stored:
            self.facts.attributes.add(names[-1])
        if isinstance(base, ast.Name):
            self._word(base.id, is_attribute=False)
            if is_inner(base.id):
                self.facts.names.append((self.at, base.id))
            done = "stored" if is_stored else role
            self.facts.chains.append((self.at, (base.id, *names), done))
            return []
        self.facts.inner += [(self.at, name) for name in names if is_inner(name)]
        if is_stored:
            self._stored(base)
        return [(base, "shown" if names == ["__name__"] else "value")]

    def _subscript(self, node: ast.Subscript, _: str) -> list[tuple[ast.AST, str]]:
        if not isinstance(node.ctx, ast.Load):
            self._stored(node.value)
        return [(node.value, "value"), (node.slice, "")]

    def _stored(self, node: ast.expr) -> None:
        """Note that something in this is changed."""
        names: list[str] = []
        while True:
            if isinstance(node, ast.Attribute):
                names.append(node.attr)
                node = node.value
            elif isinstance(node, ast.Subscript):
                node = node.value
            elif isinstance(node, ast.Call) and node.args and called(node) == "getattr":
                node = node.args[0]
            else:
                break
        if isinstance(node, ast.Name):
            self.facts.chains.append((self.at, (node.id, *reversed(names)), "stored"))

    def _constant(self, node: ast.Constant, _: str) -> None:
        text = node.value
        if isinstance(text, str) and text.isidentifier():
            is_special = re.fullmatch(r"__\w+__", text) is not None and not _is_said(text)
            if text in FRAMES or is_special:
                self._refuse(text)
            if text in {"O", "object"}:
                self.facts.uncounted.append((self.at, text))

    # Calls --------------------------------------------------------------------------------

    def _call(self, node: ast.Call, role: str) -> list[tuple[ast.AST, str]]:
        name = called(node)
        is_harmless = True
        if name in UNLESS_EMPTY and isinstance(node.func, ast.Attribute):
            is_pattern = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
            is_harmless = is_pattern or not (node.args or node.keywords)
        elif name in AS_CALLS:
            is_harmless = self._is_harmless(node, name, role)
        if not is_harmless:
            self._refuse(name)
        for item in node.keywords:
            if item.arg == "allow_pickle":
                self._refuse("allow_pickle")
            elif item.arg:
                self._special(item.arg)
            if (item.arg, name) == ("key", "sort"):
                self.facts.uncounted.append((self.at, name))
        shown = "shown" if name in SHOWING else ""
        first = "value" if name in {"getattr", "hasattr"} else shown
        if role == "decorator" and name == "partial":
            first = role
        return [
            (node.func, "called"),
            *((item, first if i == 0 else shown) for i, item in enumerate(node.args)),
            *((item.value, "") for item in node.keywords),
        ]

    def _is_harmless(self, node: ast.Call, name: str, role: str) -> bool:
        """Whether a call of one of AS_CALLS is one that is harmless."""
        plain = not any(isinstance(item, ast.Starred) for item in node.args)
        plain = plain and not any(item.arg is None for item in node.keywords)
        args = node.args
        if name == "type":
            is_own = isinstance(node.func, ast.Attribute)
            return is_own or (plain and len(args) == 1 and role in {"shown", "compared"})
        if name == "getattr":
            return plain and len(args) > 1 and self._is_got(args[0], args[1])
        if name == "register_dataclass":
            if role == "decorator":
                return True
            owner = args[0] if args else None
            if isinstance(owner, ast.Name):
                self.facts.registered.append((self.at, owner.id))
            return plain and isinstance(owner, ast.Name)
        if name == "SimpleNamespace":
            return plain and not any((item.arg or "_").startswith("_") for item in node.keywords)
        most = 1 if name in {"wraps", "load"} else 2
        return plain and len(args) <= most and (name == "load" or not node.keywords)

    def _is_got(self, owner: ast.expr, wanted: ast.expr) -> bool:
        """Whether `getattr` asks for a name that is written, and could be written as one."""
        if not isinstance(wanted, ast.Constant) or not isinstance(wanted.value, str):
            return False
        self._word(wanted.value, is_attribute=True)
        base, names = taken_apart(owner)
        if isinstance(base, ast.Name):
            self.facts.chains.append((self.at, (base.id, *names, wanted.value), ""))
        elif is_inner(wanted.value):
            self.facts.inner.append((self.at, wanted.value))
        return wanted.value not in AS_CALLS | UNLESS_EMPTY

    def _compare(self, node: ast.Compare, _: str) -> list[tuple[ast.AST, str]]:
        return [(item, "compared") for item in (node.left, *node.comparators)]

    def _formattedvalue(self, node: ast.FormattedValue, _: str) -> list[tuple[ast.AST, str]]:
        return [(node.value, "shown"), *([(node.format_spec, "")] if node.format_spec else [])]

    def _matchclass(self, node: ast.MatchClass, _: str) -> list[tuple[ast.AST, str]]:
        for name in node.kwd_attrs:
            self._word(name, is_attribute=True)
            if is_inner(name):
                self.facts.inner.append((self.at, name))
        return [(node.cls, "value"), *((p, "") for p in (*node.patterns, *node.kwd_patterns))]

    # What binds names ---------------------------------------------------------------------

    def _import(self, node: ast.Import, _: str) -> list[tuple[ast.AST, str]]:
        for item in node.names:
            path = tuple(item.name.split("."))
            self._imported(path)
            bound = item.asname or path[0]
            self.facts.bound.add(bound)
            self.facts.aliases.append((bound, path if item.asname else path[:1]))
        return []

    def _importfrom(self, node: ast.ImportFrom, _: str) -> list[tuple[ast.AST, str]]:
        module = () if node.level else tuple((node.module or "").split("."))
        for item in node.names:
            if item.name == "*":
                if module:
                    self._imported(module)
                    self.facts.stars.append((self.at, module))
                continue
            bound = item.asname or item.name
            self.facts.bound.add(bound)
            path = (*module, item.name)
            if module:
                self._imported(path)
                self.facts.aliases.append((bound, path))
            self._word(item.name, is_attribute=True)
            if item.name in AS_CALLS and bound != item.name:
                self._refuse(item.name)
        return []

    def _imported(self, path: Path) -> None:
        self.facts.imports.append((self.at, path))
        for name in path if len(path) > 1 else ():
            self._word(name, is_attribute=True)

    def _excepthandler(self, node: ast.ExceptHandler, _: str) -> None:
        if node.name:
            self._word(node.name, is_attribute=False)
            self.facts.bound.add(node.name)
            self.facts.has_errors = True

    def _matchas(self, node: ast.MatchAs, _: str) -> None:
        self.facts.bound |= {node.name} if node.name else set()

    def _functiondef(self, node: ast.FunctionDef, _: str) -> list[tuple[ast.AST, str]]:
        self._word(node.name, is_attribute=False)
        self.facts.has_errors |= node.name in {"__exit__", "__aexit__"}
        self.facts.bound.add(node.name)
        return [
            *((item, "decorator") for item in node.decorator_list),
            (node.args, ""),
            *([(node.returns, "value")] if node.returns else []),
            *((item, "") for item in node.body),
        ]

    def _asyncfunctiondef(self, node: ast.FunctionDef, role: str) -> list[tuple[ast.AST, str]]:
        return self._functiondef(node, role)

    def _arguments(self, node: ast.arguments, _: str) -> list[tuple[ast.AST, str]]:
        last = [*node.posonlyargs, *node.args][-len(node.defaults) :] if node.defaults else []
        pairs = [*zip(last, node.defaults, strict=True)]
        pairs += [(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d]
        for argument, default in pairs:
            self._renamed(argument.arg, default)
        every = [*node.posonlyargs, *node.args, *node.kwonlyargs, node.vararg, node.kwarg]
        return [
            *((item, "") for item in every if item is not None),
            *((default, "named") for _, default in pairs),
        ]

    def _arg(self, node: ast.arg, _: str) -> list[tuple[ast.AST, str]]:
        self._word(node.arg, is_attribute=False)
        self.facts.bound.add(node.arg)
        return [(node.annotation, "value")] if node.annotation else []

    def _classdef(self, node: ast.ClassDef, _: str) -> list[tuple[ast.AST, str]]:
        self._word(node.name, is_attribute=False)
        self.facts.bound.add(node.name)
        self.facts.classes.add(node.name)
        for inner in node.body:
            self.facts.attributes |= _defined(inner)
        for base in node.bases:
            chain, names = taken_apart(base.value if isinstance(base, ast.Subscript) else base)
            if isinstance(chain, ast.Name):
                self.facts.bases.append((self.at, (chain.id, *names)))
            elif called(chain) not in {"namedtuple", "NamedTuple"}:
                self._refuse(node.name)
        for item in node.keywords:
            is_abstract = item.arg == "metaclass" and _last(item.value) == "ABCMeta"
            if item.arg in {"metaclass", None} and not is_abstract:
                self._refuse("metaclass")
        is_enum = any(_last(base) in {"Enum", "IntEnum", "StrEnum"} for base in node.bases)
        if is_enum and not any(isinstance(item, ast.Assign) for item in node.body):
            self._refuse(node.name)
        return [
            *((item, "decorator") for item in node.decorator_list),
            *((item, "base") for item in (*node.bases, *(k.value for k in node.keywords))),
            *((item, "") for item in node.body),
        ]

    def _assign(self, node: ast.Assign, _: str) -> list[tuple[ast.AST, str]]:
        for target in node.targets:
            self._assigned(target, node.value)
        is_plain = all(isinstance(target, ast.Name) for target in node.targets)
        return [
            *((target, "") for target in node.targets),
            *_valued(node.value, "named" if is_plain else ""),
        ]

    def _annassign(self, node: ast.AnnAssign, _: str) -> list[tuple[ast.AST, str]]:
        found: list[tuple[ast.AST, str]] = [(node.target, ""), (node.annotation, "value")]
        if node.value is not None:
            self._assigned(node.target, node.value)
            found += _valued(node.value, "named" if isinstance(node.target, ast.Name) else "")
        return found

    def _namedexpr(self, node: ast.NamedExpr, role: str) -> list[tuple[ast.AST, str]]:
        self._assigned(node.target, node.value)
        return [(node.target, ""), (node.value, role)]

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            for item in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
                self._renamed(target.id, item)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, item in zip(target.elts, value.elts, strict=False):
                self._assigned(one, item)

    def _renamed(self, name: str, value: ast.expr) -> None:
        base, names = taken_apart(value)
        if isinstance(base, ast.Name):
            self.facts.renamed.append((name, (base.id, *names)))


def _may_stand(name: str, role: str) -> bool:
    """Whether one of AS_CALLS is looked at in a call, or decorates a class."""
    return role == "called" or (role == "decorator" and name == "register_dataclass")


def _last(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _valued(value: ast.expr, role: str) -> list[tuple[ast.AST, str]]:
    """The value of an assignment, in its two cases where it has them."""
    if isinstance(value, ast.IfExp):
        return [(value.test, ""), (value.body, role), (value.orelse, role)]
    return [(value, role)]


def _inside(node: ast.AST) -> list[tuple[ast.AST, str]]:
    return [(item, "") for item in ast.iter_child_nodes(node)]


def _defined(node: ast.stmt) -> set[str]:
    """The names that a statement of a class gives to its objects."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {item.id for item in targets if isinstance(item, ast.Name)}


def _is_said(text: str) -> bool:
    return text in SPECIAL or text in {"__main__", "__init__"}
