"""How a student's function may be called: expressions over the roles of a part, likely first.

Parameters are matched to roles by their names; where the names do not tell, in the declared
order and then in every other order. A parameter that stands for one item of a role makes a
call that is mapped over the items.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.assignment import Input

MAX_FORMS = 40
POSITIONAL = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD")
ITEM = "item_"


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of the student's function, as the inside describes it."""

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
    """The parameters in a description from inside, or None when they cannot be told."""
    if not isinstance(described, list):
        return None
    found = []
    for item in described:
        if not (isinstance(item, tuple) and len(item) == 3 and isinstance(item[0], str)):
            return None
        found.append(Parameter(name=item[0], kind=str(item[1]), has_default=bool(item[2])))
    return tuple(found)


def forms(
    function: str, parameters: Sequence[Parameter] | None, inputs: Sequence[Input]
) -> list[Form]:
    """All plausible ways to call the function, the likeliest first, at most MAX_FORMS."""
    required = [item for item in inputs if not item.is_optional]
    declared = _form(function, [(None, _Slot(item.name, item.name)) for item in required])
    if parameters is None or any(item.kind == "VAR_POSITIONAL" for item in parameters):
        fixed = [p for p in parameters or () if p.kind in POSITIONAL and not p.has_default]
        if len(fixed) <= len(required):
            return [declared]
    found: dict[str, Form] = {}
    for form in _all_forms(function, parameters or (), inputs):
        found.setdefault(form.expression, form)
        if len(found) >= MAX_FORMS:
            break
    # A function that fits no form is called as declared, so that Python says what is wrong.
    return list(found.values()) or [declared]


def _all_forms(
    function: str, parameters: Sequence[Parameter], inputs: Sequence[Input]
) -> Iterator[Form]:
    positional = [p for p in parameters if p.kind in POSITIONAL]
    keyword = [p for p in parameters if p.kind == "KEYWORD_ONLY"]
    needed = [p for p in positional if not p.has_default]
    needed_keyword = [p for p in keyword if not p.has_default]
    named = {p.name: _matches(p.name, inputs) for p in parameters}
    # Every parameter that a role's name fits, then only those that must be given.
    for wanted in ([*positional, *keyword], [*needed, *needed_keyword]):
        fitting = [p for p in wanted if named[p.name] or not p.has_default]
        if all(named[p.name] for p in fitting):
            yield from _fill(function, [(p, named[p.name]) for p in fitting])
    required = [item for item in inputs if not item.is_optional]
    if len(needed) <= len(required) <= len(positional) and not needed_keyword:
        pairs = list(zip(positional, required, strict=False))
        yield from _fill(function, [(p, _slots(item)) for p, item in pairs])
    for wanted in ([*needed, *needed_keyword], [*positional, *keyword]):
        if len(wanted) <= len(inputs) and any(not named[p.name] for p in wanted):
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
    slots = [_Slot(item.name, item.name), *(_Slot(item.name, form) for form in item.forms)]
    if item.mapped:
        slots.append(_Slot(item.name, ITEM, item.mapped[1]))
    return slots


def _matches(parameter: str, inputs: Sequence[Input]) -> list[_Slot]:
    """The slots whose role a parameter's name speaks of, the best first."""
    name = parameter.lower()
    found = []
    for item in inputs:
        if item.mapped and re.fullmatch(item.mapped[0], name):
            found += [_Slot(item.name, ITEM, item.mapped[1]), *_slots(item)[:-1]]
        elif name == item.name or any(re.fullmatch(alias, name) for alias in item.aliases):
            found += _slots(item)
    return found
