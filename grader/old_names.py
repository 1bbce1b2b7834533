"""Names that were public before, and are understood for one release more, with a warning."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

OLD_NAMES: Mapping[str, Mapping[str, str]] = {
    "Assignment": {
        "also_handed_out": "other_versions",
        "ready_made": "provided_functions",
        "stand_ins": "substitutes",
        "whole": "combined",
    },
    "Case": {"given": "globals", "decoys": "decoy_globals"},
    "Check": {"is_value": "compares_values"},
    "Global": {"until": "before"},
    "Input": {"forms": "expressions", "mapped": "per_item"},
    "Mistake": {"says": "message", "outputs": "compare_outputs", "line": "line_pattern"},
    "Part": {
        "uses": "depends_on",
        "stand_in": "substitute",
        "cases_without": "cases_if_omitted",
        "any_name": "accepts_any_name",
        "through": "inlined_in",
    },
}
"""By table: the old names of fields, and what they are called now."""


def renamed(module: str, name: str, known: Mapping[str, tuple[str, object]]) -> object:
    """What a module has under an old name; `known` maps those to the new name and the thing.

    Raises AttributeError, in Python's words, for any other name.
    """
    if name not in known:
        msg = f"module {module!r} has no attribute {name!r}"
        raise AttributeError(msg)
    new, thing = known[name]
    warn(f"{module}.{name}", new)
    return thing


def by_new_names(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values for a table's fields, by the names that these have now."""
    names = OLD_NAMES.get(table, {})
    for old in names.keys() & values.keys():
        warn(f"{table}.{old}", names[old])
    return {names.get(name, name): value for name, value in values.items()}


def accepting_old_names(table: type[T]) -> type[T]:
    """The table, which takes and gives its fields by their old names too, with a warning."""
    names = OLD_NAMES[table.__name__]
    made: Callable[..., None] = table.__init__

    @functools.wraps(made)
    def init(self: Any, *args: Any, **values: Any) -> None:
        old = {name: value for name, value in values.items() if name in names}
        new = {name: value for name, value in values.items() if name not in names}
        # `dataclasses.replace` passes the field by its new name as well: what was asked for counts.
        made(self, *args, **{**new, **by_new_names(table.__name__, old)})

    changed: Any = table
    changed.__init__ = init
    for old in names:
        setattr(table, old, property(functools.partial(_value, old=old, table=table.__name__)))
    return table


def _value(item: Any, *, old: str, table: str) -> Any:
    warn(f"{table}.{old}", OLD_NAMES[table][old], level=3)
    return getattr(item, OLD_NAMES[table][old])


def warn(old: str, new: str, *, level: int = 4) -> None:
    """Say to whoever wrote the old name, so many calls above, what it is called now."""
    what = f"{old} is called {new} now; the old name will be removed in 0.2"
    warnings.warn(what, DeprecationWarning, stacklevel=level)
