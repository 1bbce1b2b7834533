"""The names whose values a statement changes, by syntax alone: in place, or by registering them.

What is registered stays with its definition: rules for derivatives (`f.defvjp(...)`), classes that
JAX is to know (`register_pytree_node(C, ...)`), methods that a class gets later (`C.norm = ...`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.reading.definitions import DEFINITIONS
from grader.reading.walked import walked

MUTATORS = frozenset(
    "append extend insert add update sort reverse pop remove clear setdefault fill put "
    "appendleft extendleft discard popitem itemset resize".split()
)
MUTATING_FUNCTIONS = frozenset("shuffle heappush heapify insort put place copyto".split())
RULES = frozenset(
    "defjvp defjvps defvjp defjvp_all defderivatives def_vmap def_partition register "
    "def_impl def_abstract_eval".split()
)
"""Methods that add a rule to the function that they are methods of."""
SETTERS = frozenset("setattr delattr __setattr__ __delattr__".split())
_REGISTERING = re.compile(r"register_\w+|update_wrapper")
_MADE = ("nodetype", "cls", "wrapper", "ty")
"""What the first parameter of such functions is called."""
DEEPEST = 4
"""So deep in one another loops are followed."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What all statements together tell of the names that one of them deals with."""

    imported: frozenset[str]
    functions: Mapping[str, ast.FunctionDef]
    registering: frozenset[str]
    """Names of functions that register what is passed to them, beside those known by name."""
    members: Mapping[str, frozenset[str]]
    """By name, the names in the list, tuple, set or dict that it is bound to."""


def known_of(nodes: Sequence[ast.stmt]) -> Known:
    """What these statements tell."""
    registering: set[str] = set()
    members: dict[str, frozenset[str]] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            found = [item.asname for item in node.names if _REGISTERING.fullmatch(item.name)]
            registering |= {name for name in found if name}
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if _mentions_registering(node.value, registering):
                registering.update(names)
            held = frozenset(_names_in(node.value))
            members |= dict.fromkeys(names, held) if held else {}
        elif isinstance(node, ast.FunctionDef) and _parameters_registered(node, registering):
            registering.add(node.name)
    return Known(
        imported=frozenset(
            (item.asname or item.name).split(".")[0]
            for node in nodes
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for item in node.names
        ),
        functions={node.name: node for node in nodes if isinstance(node, ast.FunctionDef)},
        registering=frozenset(registering),
        members=members,
    )


def changed(node: ast.stmt, known: Known) -> set[str]:
    """Names whose values the statement may change, beside what it registers."""
    found = mutated(node)
    if isinstance(node, ast.Expr):
        return found | (_effects(node.value, known.functions) - known.imported)
    decorators = _decorating(getattr(node, "decorator_list", []))
    return found | (decorators - known.imported)


def mutated(node: ast.stmt) -> set[str]:
    """Names whose values the statement may change in place."""
    if isinstance(node, DEFINITIONS):
        return set()
    found = set()
    for item in walked(node):
        if isinstance(item, (ast.Subscript, ast.Attribute)) and _is_changed(item):
            found.add(_root(item))
        elif isinstance(item, ast.AugAssign):
            found.add(_root(item.target))
        elif isinstance(item, ast.Call):
            function = item.func
            name = _last_name(function)
            if isinstance(function, ast.Attribute) and name in MUTATORS | RULES:
                found.add(_root(function))
            if name in MUTATING_FUNCTIONS:
                found |= {_root(argument) for argument in item.args}
            elif name in SETTERS:
                found |= {_root(argument) for argument in item.args[:1]}
    return found - {""}


def registered(node: ast.stmt, known: Known) -> set[str]:
    """Names that the statement registers, or gives attributes or rules.

    A loop does it to all that it goes through.
    """
    if isinstance(node, DEFINITIONS):
        return _with_rules(getattr(node, "decorator_list", []))
    found: set[str] = set()
    by_call: set[str] = set()
    items = list(walked(node))
    for item in items:
        if isinstance(item, ast.Call):
            by_call |= _of_call(item, known.registering)
            if isinstance(item.func, ast.Attribute) and item.func.attr in RULES:
                found.add(_root(item.func))
            if _last_name(item.func) in SETTERS:
                found |= {_root(one) for one in item.args[:1]}
        elif isinstance(item, ast.Attribute) and _is_changed(item):
            found.add(_root(item))
        elif isinstance(item, ast.Subscript) and _is_changed(item):
            # A table of a package: `batching.primitive_batchers[p] = rule`.
            found |= {_root(item.slice)} if _root(item) in known.imported else set()
    by_call = _with_held(by_call, items, known)
    # What is imported gets no attributes, but can be registered.
    return (by_call | (_with_held(found, items, known) - known.imported)) - {""}


def _with_held(names: set[str], items: Sequence[ast.AST], known: Known) -> set[str]:
    """Names, and those of what they stand for in loops, or contain."""
    found = set(names)
    loops = [one for item in items for one in _loops(item)] if found else []
    for _ in loops[:DEEPEST]:  # those inside others go through what those go through
        for target, source in loops:
            held = [value for name, value in _gone_through(target, source) if name in found]
            found |= {name for one in held for name in (_root(one), *_names_in(one))}
    return found.union(*(known.members.get(name, ()) for name in found))


def given_attributes(node: ast.stmt) -> set[str]:
    """Names of what gets attributes by a statement: the class in `C.norm = ...`."""
    if isinstance(node, DEFINITIONS):
        return set()
    items = list(walked(node))
    stored = {_root(one) for one in items if isinstance(one, ast.Attribute) and _is_changed(one)}
    calls = [one for one in items if isinstance(one, ast.Call) and _last_name(one.func) in SETTERS]
    return (stored | {_root(one.args[0]) for one in calls if one.args}) - {""}


def _of_call(call: ast.Call, registering: Iterable[str]) -> set[str]:
    """What a call registers: its first argument, or all where it hands on who registers."""
    function = call.func
    given = [*call.args, *(item.value for item in call.keywords)]
    if _is_registering(function, registering):
        first = [item.value for item in call.keywords if item.arg in _MADE]
        return {_root(one) for one in (call.args[:1] or first or given)}
    is_handed_on = any(_mentions_registering(one, registering) for one in call.args)
    if is_handed_on or _mentions_registering(function, registering):
        return {name for one in given for name in ({_root(one)} | set(_names_in(one)))}
    return set()


def _is_registering(function: ast.expr, registering: Iterable[str]) -> bool:
    name = _last_name(function)
    return bool(_REGISTERING.fullmatch(name)) or (
        isinstance(function, ast.Name) and name in registering
    )


def _mentions_registering(value: ast.expr, registering: Iterable[str]) -> bool:
    """Whether it is a function that registers, or a call that is handed one: `partial(...)`."""
    while isinstance(value, ast.Call):
        if any(_is_registering(one, registering) for one in value.args):
            return True
        value = value.func
    return _is_registering(value, registering)


def _parameters_registered(function: ast.FunctionDef, registering: Iterable[str]) -> bool:
    taken = {item.arg for item in (*function.args.posonlyargs, *function.args.args)}
    calls = [item for item in walked(function) if isinstance(item, ast.Call)]
    return any(_of_call(call, registering) & taken for call in calls)


def _loops(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, (ast.For, ast.AsyncFor)):
        yield node.target, node.iter
    for item in getattr(node, "generators", ()):
        yield item.target, item.iter


def _gone_through(target: ast.expr, source: ast.expr) -> list[tuple[str, ast.expr]]:
    """The names that a loop binds, each with what it may be bound to."""
    return [pair for item in _items(source) for pair in _bound(target, item)]


def _items(source: ast.expr) -> list[ast.expr]:
    if isinstance(source, (ast.Tuple, ast.List, ast.Set)):
        return source.elts
    if isinstance(source, ast.Call):
        name = _last_name(source.func)
        if name == "zip":
            columns = [_items(one) for one in source.args]
            size = max(map(len, columns), default=0)
            return [
                ast.Tuple([one[min(i, len(one) - 1)] for one in columns if one])
                for i in range(size)
            ]
        if name == "enumerate" and source.args:
            return [ast.Tuple([ast.Constant(0), one]) for one in _items(source.args[0])]
        if name in {"items", "values", "keys"} and isinstance(source.func, ast.Attribute):
            return _items_of_dict(source.func.value, name)
        if name in {"list", "tuple", "reversed", "sorted", "iter"} and source.args:
            return _items(source.args[0])
    return [source]


def _items_of_dict(value: ast.expr, which: str) -> list[ast.expr]:
    if not isinstance(value, ast.Dict):
        return [value]
    keys = [key or ast.Constant(0) for key in value.keys]
    pairs: list[ast.expr] = [
        ast.Tuple([key, one]) for key, one in zip(keys, value.values, strict=True)
    ]
    return {"items": pairs, "values": value.values, "keys": keys}[which]


def _bound(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if isinstance(target, ast.Starred):
        return _bound(target.value, value)
    if not isinstance(target, (ast.Tuple, ast.List)):
        return []
    is_same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
    values = value.elts if is_same else [value] * len(target.elts)  # type: ignore[attr-defined]
    return [pair for one, v in zip(target.elts, values, strict=True) for pair in _bound(one, v)]


def _names_in(value: ast.expr) -> Iterator[str]:
    """The names in a list, tuple, set or dict, at any depth of these; a plain name itself."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, (ast.Tuple, ast.List, ast.Set)):
            pending += one.elts
        elif isinstance(one, ast.Dict):
            pending += [item for item in (*one.keys, *one.values) if item]
        elif isinstance(one, ast.Name):
            yield one.id


def _decorating(decorators: Sequence[ast.expr]) -> set[str]:
    """Names of the objects whose methods decorate: `@norm.defjvp`, `@partial(norm.defjvp, ...)`."""
    found = set()
    for item in decorators:
        methods = [item.func, *item.args] if isinstance(item, ast.Call) else [item]
        found |= {_root(one) for one in methods[:1] if isinstance(one, ast.Attribute)}
    return (found | _with_rules(decorators)) - {""}


def _with_rules(decorators: Sequence[ast.expr]) -> set[str]:
    """Names of the functions that get a rule by a decorator."""
    calls = [[one.func, *one.args] if isinstance(one, ast.Call) else [one] for one in decorators]
    return {_root(one) for call in calls for one in call if _last_name(one) in RULES} - {""}


def _effects(value: ast.expr, functions: Mapping[str, ast.FunctionDef]) -> set[str]:
    """Names that a bare call may change: of its object, by `global`, or as an argument."""
    if not isinstance(value, ast.Call):
        return set()
    if isinstance(value.func, ast.Attribute):
        return {_root(value.func)} - {""}
    function = functions.get(value.func.id) if isinstance(value.func, ast.Name) else None
    if function is None:
        return set()
    found = {
        name for item in walked(function) if isinstance(item, ast.Global) for name in item.names
    }
    inside = {name for statement in function.body for name in mutated(statement)}
    parameters = [item.arg for item in (*function.args.posonlyargs, *function.args.args)]
    given = zip(parameters, value.args, strict=False)
    return (found | {_root(argument) for name, argument in given if name in inside}) - {""}


def _is_changed(node: ast.Subscript | ast.Attribute) -> bool:
    return isinstance(node.ctx, (ast.Store, ast.Del))


def _last_name(function: ast.expr) -> str:
    name: str = getattr(function, "attr", getattr(function, "id", ""))
    return name


def _root(node: ast.expr) -> str:
    """The name whose value an expression is a part of; what a function returned is of none."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id not in {"vars", "getattr"} or not node.args:
                return ""
            node = node.args[0]
            continue
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
