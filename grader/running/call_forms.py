"""How a student's function may be called: expressions over the roles of a part, likely first.

Parameters are matched to roles by their names; those whose names do not tell take the remaining
roles in the declared order. Every other order is only for a part that says so. A parameter that
stands for one item of a role makes a call that is mapped over the items.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

from grader.assignment import Input
from grader.catalog import Message, say

MAX_FORMS = 40
MAX_MOVED = 4
"""So many arguments at most are tried in every other order."""
POSITIONAL = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD")
ITEM = "item_"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of the student's function, as the child describes it."""

    name: str
    kind: str
    has_default: bool


@dataclass(frozen=True, kw_only=True)
class Form:
    """One way to call: an expression over role names, and the roles that it passes.

    `arguments` are (parameter or None, role, expression) in order; `items` is the expression
    that is mapped over, or ''.
    """

    expression: str
    arguments: tuple[tuple[str, str, str], ...]
    items: str = ""

    @property
    def roles(self) -> frozenset[str]:
        """The roles that are passed as arguments."""
        return frozenset(role for _, role, _ in self.arguments)


@dataclass(frozen=True)
class _Slot:
    """What a parameter may get: a role as an expression, or one item of it."""

    role: str
    expression: str
    items: str = ""


def parameters_of(described: object) -> tuple[Parameter, ...] | None:
    """The parameters in the child's description, or None when they cannot be told."""
    if not isinstance(described, list):
        return None
    found = []
    for item in described:
        if not (isinstance(item, tuple) and len(item) == 3 and isinstance(item[0], str)):
            return None
        found.append(Parameter(name=item[0], kind=str(item[1]), has_default=bool(item[2])))
    return tuple(found)


def forms(
    function: str,
    parameters: Sequence[Parameter] | None,
    inputs: Sequence[Input],
    *,
    any_order: bool = False,
) -> list[Form]:
    """All plausible ways to call the function, the likeliest first, at most MAX_FORMS."""
    required = [item for item in inputs if not item.is_optional]
    declared = _declared(function, parameters, inputs)
    if any(item.is_variadic for item in inputs):
        return [declared]
    if parameters is None or any(item.kind == "VAR_POSITIONAL" for item in parameters):
        fixed = [p for p in parameters or () if p.kind in POSITIONAL and not p.has_default]
        if len(fixed) <= len(required):
            return [declared]
    found: dict[str, Form] = {}
    for form in _all_forms(function, parameters or (), inputs, any_order=any_order):
        found.setdefault(form.expression, form)
        if len(found) >= MAX_FORMS:
            break
    # A function that fits no form is called as declared, so that Python says what is wrong.
    return list(found.values()) or [declared]


def _declared(
    function: str, parameters: Sequence[Parameter] | None, inputs: Sequence[Input]
) -> Form:
    """The call that the declaration shows: required inputs in their order, the others by name.

    Of the optional ones those that the function has a parameter for.
    """
    own = {p.name.casefold(): p for p in parameters or () if p.kind != "VAR_KEYWORD"}
    passed: list[tuple[Parameter | None, _Slot]] = []
    for item in inputs:
        parameter = own.get(item.name.casefold())
        is_known = parameter is not None and parameter.kind != "VAR_POSITIONAL"
        if item.is_variadic:
            passed.append((None, _Slot(item.name, f"*{item.name}")))
        elif item.is_keyword and (is_known or not item.is_optional):
            name = parameter.name if parameter and is_known else item.name
            by_name = Parameter(name=name, kind="KEYWORD_ONLY", has_default=False)
            passed.append((by_name, _Slot(item.name, item.name)))
        elif not item.is_optional or (item.is_keyword and is_known):
            passed.append((None, _Slot(item.name, item.name)))
    return _form(function, passed)


def other_orders(form: Form, function: str, parameters: Sequence[Parameter] | None) -> list[Form]:
    """The same call with the same roles, as they are, in every other order of its positions."""
    keyword = {p.name: p for p in parameters or () if p.kind == "KEYWORD_ONLY"}
    moved = [role for name, role, _ in form.arguments if name not in keyword]
    if form.items or len(moved) > MAX_MOVED:
        return []
    found = []
    for order in itertools.permutations(moved):
        turn = iter(order)
        pairs = [
            (keyword[name], _Slot(role, text))
            if name in keyword
            else (_positional(name), _Slot(moved_role := next(turn), moved_role))
            for name, role, text in form.arguments
        ]
        found.append(_form(function, pairs))
    return [other for other in found if other.expression != form.expression]


def order_told(form: Form, name: str, inputs: Sequence[Input]) -> Message:
    """That a part is right when it is called in this form instead of the declared order."""
    declared = [item.name for item in inputs if item.name in form.roles]
    call = f"{name}({', '.join(declared)})"
    passed = (role for _, role, _ in form.arguments)
    moved = [i for i, role in enumerate(passed) if role != declared[i]]
    if moved == [0, 1]:
        return say("note.exchanged_first", call=call)
    if len(moved) == 2:
        first, second = (declared[i] for i in moved)
        return say("note.exchanged", first=first, second=second, call=call)
    return say("note.reordered", call=call)


def _positional(name: str) -> Parameter | None:
    return Parameter(name=name, kind=POSITIONAL[0], has_default=False) if name else None


def _all_forms(
    function: str, parameters: Sequence[Parameter], inputs: Sequence[Input], *, any_order: bool
) -> Iterator[Form]:
    positional = [p for p in parameters if p.kind in POSITIONAL]
    keyword = [p for p in parameters if p.kind == "KEYWORD_ONLY"]
    needed = [p for p in positional if not p.has_default]
    needed_keyword = [p for p in keyword if not p.has_default]
    named = _named(parameters, inputs)
    # Every parameter that a role's name fits, then only those that must be given.
    for wanted in ([*positional, *keyword], [*needed, *needed_keyword]):
        fitting = [p for p in wanted if named[p.name] or not p.has_default]
        if all(named[p.name] for p in fitting):
            yield from _fill(function, [(p, named[p.name]) for p in fitting])
    partly = [
        wanted
        for wanted in ([*needed, *needed_keyword], [*positional, *keyword])
        if len(wanted) <= len(inputs) and any(not named[p.name] for p in wanted)
    ]
    for wanted in partly:
        if any(named[p.name] for p in wanted):
            yield from _in_order(function, wanted, named, inputs)
    required = [item for item in inputs if not item.is_optional]
    if len(needed) <= len(required) <= len(positional) and not needed_keyword:
        pairs = list(zip(positional, required, strict=False))
        yield from _fill(function, [(p, _slots(item)) for p, item in pairs])
    for wanted in partly:
        fill = _in_any_order if any_order else _in_order
        yield from fill(function, wanted, named, inputs)


def _in_order(
    function: str,
    wanted: Sequence[Parameter],
    named: Mapping[str, Sequence[_Slot]],
    inputs: Sequence[Input],
) -> Iterator[Form]:
    """What the names tell, and the remaining roles in the declared order for the others."""
    told = [p for p in wanted if named[p.name]]
    choices = [dict.fromkeys(slot.role for slot in named[p.name]) for p in told]
    for roles in itertools.product(*choices):
        taken = dict(zip((p.name for p in told), roles, strict=True))
        left = sorted(
            (item for item in inputs if item.name not in roles), key=lambda item: item.is_optional
        )
        for rest in itertools.combinations(left, len(wanted) - len(told)):
            turn = iter(rest)
            yield from _fill(
                function,
                [
                    (p, [s for s in named[p.name] if s.role == taken[p.name]])
                    if p.name in taken
                    else (p, _slots(next(turn)))
                    for p in wanted
                ],
            )


def _in_any_order(
    function: str,
    wanted: Sequence[Parameter],
    named: Mapping[str, Sequence[_Slot]],
    inputs: Sequence[Input],
) -> Iterator[Form]:
    """What the names tell, and the remaining roles in every order for the others."""
    for order in itertools.permutations(inputs, len(wanted)):
        slots = [
            (p, [s for s in named[p.name] if s.role == item.name] or _slots(item))
            for p, item in zip(wanted, order, strict=True)
            if not named[p.name] or any(s.role == item.name for s in named[p.name])
        ]
        if len(slots) == len(wanted):
            yield from _fill(function, slots)


def _fill(function: str, choices: Sequence[tuple[Parameter, Sequence[_Slot]]]) -> Iterator[Form]:
    for slots in itertools.islice(itertools.product(*(slots for _, slots in choices)), 12):
        roles = [slot.role for slot in slots]
        if len(set(roles)) == len(roles) and sum(bool(slot.items) for slot in slots) <= 1:
            pairs = [(p, slot) for (p, _), slot in zip(choices, slots, strict=True)]
            yield _form(function, pairs)


def _form(function: str, pairs: Sequence[tuple[Parameter | None, _Slot]]) -> Form:
    texts = [
        f"{p.name}={slot.expression}" if p and p.kind == "KEYWORD_ONLY" else slot.expression
        for p, slot in pairs
    ]
    items = next((slot.items for _, slot in pairs if slot.items), "")
    call = f"{function}({', '.join(texts)})"
    return Form(
        expression=f"jax.vmap(lambda {ITEM}: {call})({items})" if items else call,
        arguments=tuple((p.name if p else "", slot.role, slot.expression) for p, slot in pairs),
        items=items,
    )


def _slots(item: Input) -> list[_Slot]:
    slots = [_Slot(item.name, item.name), *(_Slot(item.name, form) for form in item.expressions)]
    if item.per_item:
        slots.append(_Slot(item.name, ITEM, item.per_item[1]))
    return slots


def _named(parameters: Sequence[Parameter], inputs: Sequence[Input]) -> dict[str, Sequence[_Slot]]:
    """By parameter, the slots whose roles its name speaks of, the best first; none if it does not.

    A role that a parameter has the very name of is no other parameter's. Where two of the other
    names speak of the same role alone, they tell nothing.
    """
    exact = {p.name for p in parameters} & {item.name for item in inputs}
    own = {
        p.name: {p.name} if p.name in exact else _own_roles(p.name, inputs) - exact
        for p in parameters
    }
    named: dict[str, Sequence[_Slot]] = {
        p.name: [
            slot
            for slot in _matches(p.name, inputs)
            if not any(slot.role in roles for name, roles in own.items() if name != p.name)
        ]
        for p in parameters
    }
    needed = [p.name for p in parameters if named[p.name] and not p.has_default]
    if len(needed) <= len(inputs):
        choices = (dict.fromkeys(slot.role for slot in named[name]) for name in needed)
        if any(len(set(roles)) == len(roles) for roles in itertools.product(*choices)):
            return named
    return {name: slots if own[name] else () for name, slots in named.items()}


def _own_roles(parameter: str, inputs: Sequence[Input]) -> set[str]:
    """The roles that have the parameter's very name; without regard to case if none has."""
    exact = {item.name for item in inputs if item.name == parameter}
    return exact or {item.name for item in inputs if item.name.casefold() == parameter.casefold()}


def _matches(parameter: str, inputs: Sequence[Input]) -> list[_Slot]:
    """The slots whose role a parameter's name speaks of, the best first."""
    own = _own_roles(parameter, inputs)
    if own:
        return [slot for item in inputs if item.name in own for slot in _slots(item)]
    found = []
    for item in inputs:
        if item.per_item and _fits(item.per_item[0], parameter):
            found += [_Slot(item.name, ITEM, item.per_item[1]), *_slots(item)[:-1]]
        elif any(_fits(alias, parameter) for alias in item.aliases):
            found += _slots(item)
    return found


def _fits(alias: str, parameter: str) -> bool:
    return re.fullmatch(alias, parameter, re.IGNORECASE) is not None


@lru_cache(maxsize=1 << 12)
def free_names(expression: str) -> frozenset[str]:
    """The names that an expression reads from outside, and those of attributes."""
    pending = [compile(expression, "<call>", "eval")]
    found: set[str] = set()
    while pending:
        code = pending.pop()
        found.update(code.co_names)
        pending += [item for item in code.co_consts if isinstance(item, CodeType)]
    return frozenset(found)
