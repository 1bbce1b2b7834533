"""What a declaration must keep to: every problem of one that can be found without running it.

Each problem is a line: where it is, what is wrong, what was found, what to do about it.
"""

from __future__ import annotations

import difflib
import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.answers import leaves, written
from grader.assignment.by_hand import problems as by_hand_problems
from grader.assignment.field_types import wrong_fields, wrong_types
from grader.assignment.field_values import is_function, short, with_article
from grader.assignment.part import Check, Mistake, Part
from grader.assignment.tables import Case, Input
from grader.reading.python_parser import syntax_tree
from grader.sandbox.inside.frames import MAX_DEPTH, MAX_LEAVES, MAX_TEXT, MAX_VALUE_BYTES, Opaque
from grader.sandbox.values import carried


def of_parts(parts: tuple[Part, ...], *, substitutes: str, total: float | None) -> Iterator[str]:
    """Every problem of an assignment's parts, in their order."""
    broken = [line for part in parts for line in wrong_types(_where(part), part)]
    if broken:
        yield from broken
        return
    names = [part.name for part in parts]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"part {name!r} is declared {names.count(name)} times; use each name once"
    for position, part in enumerate(parts):
        yield from _of_part(part)
        yield from by_hand_problems(part, {one.name for one in parts if one.is_written})
        yield from _of_links(part, names[:position], names, substitutes)
        for check in part.checks:
            yield from _of_check(check, part)
        for item in part.inputs:
            yield from _of_input(item, part, names[:position])
        for mistake in part.mistakes:
            yield from _of_mistake(mistake, part)
    points = math.fsum(part.points for part in parts)
    if total is not None and not math.isclose(points, total):
        said = ", ".join(f"{part.name} {part.points:g}" for part in parts)
        yield f"points: the parts give {points:g} ({said}), `total` says {total:g}; change one"


def _where(part: Part) -> str:
    return f"part {part.name!r}"


def _of_part(part: Part) -> Iterator[str]:
    where = _where(part)
    if not part.name.isidentifier():
        yield (
            f"{where}: the name of a part must be a valid function name, got {part.name!r}; use "
            "letters, digits, _"
        )
    if part.points <= 0:
        yield f"{where}: its checks have no points, got {part.points:g}; give a check points"
    if not 0 < part.tolerance < 1:
        yield f"{where}: rtol: expected a number above 0 and below 1, got {part.rtol}; try 1e-4"
    yield from _of_expressions(part, where)
    for what, value in (("cases", part.cases), ("reference", part.reference)):
        if value is not None and not is_function(value):
            yield (
                f"{where}: {what}: expected a function, got {short(value)}; pass its name without "
                "calling it"
            )
    titles = [check.name for check in part.checks]
    for title in sorted({title for title in titles if titles.count(title) > 1}):
        yield (
            f"{where}: check {title!r} is declared {titles.count(title)} times; use each name once"
        )


def _of_expressions(part: Any, where: str) -> Iterator[str]:
    """What is wrong with what is looked at, and with what that uses."""
    yield from _of_observe(part, where)
    if not isinstance(part.helpers, (str, Path)):
        yield f"{where}: helpers: expected a path or a text, got {short(part.helpers)}; change it"
    elif isinstance(part.helpers, Path) and not part.helpers.is_file():
        yield f"{where}: helpers: {part.helpers.name!r} does not exist; check the path"
    elif isinstance(part.helpers, str) and part.helpers.endswith(".py"):
        name = part.helpers
        yield f"{where}: helpers: {name!r} is a text, not a path; write HERE / {name!r}"
    elif wrong := syntax_problem(part.helper_text, "exec"):
        yield f"{where}: helpers: is not valid Python: {wrong}; fix the text"


def _of_observe(part: Any, where: str) -> Iterator[str]:
    if not isinstance(part.observe, (str, Mapping)):
        got = short(part.observe)
        yield f"{where}: observe: expected a text or a dict of texts, got {got}; put it in quotes"
        return
    observe: Any = part.observe
    if observe == {}:
        yield f'{where}: observe: is empty; name what is looked at: {{"value": "{{call}}"}}'
    for text in [observe] if isinstance(observe, str) else [*observe, *observe.values()]:
        if not isinstance(text, str):
            yield f"{where}: observe: expected texts, got {short(text)}; put it in quotes"
    for text in [observe] if isinstance(observe, str) else observe.values():
        if isinstance(text, str) and (text or not isinstance(observe, str)):
            wrong = wrong_expression(text)
            yield from [f"{where}: observe: {wrong}"] if wrong else []


def _of_links(part: Part, before: list[str], names: list[str], substitutes: str) -> Iterator[str]:
    """What a part says of other parts."""
    where = _where(part)
    for used in part.depends_on:
        if used not in before:
            known = ", ".join(before) or "none"
            yield (
                f"{where}: depends on {used!r}, which is not an earlier part; earlier parts: "
                f"{known}"
            )
    if part.inlined_in and part.inlined_in.part not in names:
        known = ", ".join(names)
        yield (
            f"{where}: is inlined in {part.inlined_in.part!r}, which is not a part; parts: {known}"
        )
    if part.substitute and not substitutes:
        yield (
            f"{where}: has a substitute, but the assignment has no `substitutes`; add their code "
            "there"
        )


def _of_check(check: Check, part: Part) -> Iterator[str]:
    where = f"{_where(part)}, check {check.name!r}"
    if not (math.isfinite(check.points) and check.points >= 0):
        yield f"{where}: points: expected a number of at least 0, got {check.points}; change it"
    if not is_function(check.run):
        yield (
            f"{where}: expected a function, got {short(check.run)}; pass its name without calling "
            "it"
        )
    elif not _takes_student(check.run):
        yield (
            f"{where}: expected a function of a student, got one with other parameters; call it if "
            "it makes a check, as in ready.independent()"
        )
    titles = [item.name for item in part.checks]
    for need in check.needs:
        if need not in titles:
            yield f"{where}: needs {need!r}, which is not a check of this part; name one"


def _takes_student(run: Callable[..., Any]) -> bool:
    """Whether it can be called with a student."""
    try:
        inspect.signature(run).bind(None)
    except TypeError:
        return False
    except ValueError:  # what Python knows no signature of
        return True
    return True


def _of_input(item: Input, part: Part, before: list[str]) -> Iterator[str]:
    where = f"{_where(part)}, input {item.name!r}"
    if not item.name.isidentifier():
        yield (
            f"{where}: the name of an input must be a valid parameter name, got {item.name!r}; "
            "use letters"
        )
    for pattern in (*item.aliases, *(item.per_item or ())[:1]):
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{where}: {pattern!r} is not a regular expression: {error}; fix it"
    for text in (*item.expressions, *(item.per_item or ())[1:]):
        if syntax_problem(text, "eval"):
            yield f"{where}: {text!r} is not an expression: {syntax_problem(text, 'eval')}; fix it"
    if item.from_part and item.from_part[0] not in before:
        yield f"{where}: comes from {item.from_part[0]!r}, which is not an earlier part; name one"


def _of_mistake(mistake: Mistake, part: Part) -> Iterator[str]:
    """A mistake is called, and submitted, with the part's inputs in their order."""
    if not is_function(mistake.function):
        text = short(mistake.function)
        yield (
            f"{_where(part)}, mistake: expected a function, got {text}; pass its name without "
            "calling it"
        )
        return
    if not _takes_inputs(mistake.function, part):
        given = ", ".join(_needed(mistake.function))
        yield (
            f"{_where(part)}, mistake {mistake.name!r}: takes ({given}), but the part's inputs "
            f"are ({', '.join(part.required)}); give it the same parameters"
        )
    if not mistake.message.strip():
        yield f"{_where(part)}, mistake {mistake.name!r}: no message; describe what is wrong"


def _needed(function: Callable[..., Any]) -> list[str]:
    """The parameters that every call of a function has to pass."""
    return [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]


def _takes_inputs(function: Callable[..., Any], part: Part) -> bool:
    """Whether a function can be called with a part's inputs, in their order or by their names."""
    taken = list(inspect.signature(function).parameters.values())
    needed = [p for p in taken if p.default is p.empty]
    keyword = {p.name for p in needed if p.kind is p.KEYWORD_ONLY}
    first = [p.name for p in needed if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    is_open = any(p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in taken)
    wanted = [name for name in part.required if name not in keyword]
    if not part.required:
        return True
    return keyword <= set(part.required) and first == (wanted[: len(first)] if is_open else wanted)


def of_cases(part: Part, cases: Any) -> Iterator[str]:
    """Every problem of cases that were drawn for a part; what several share names the first."""
    if not isinstance(cases, tuple) or not all(isinstance(case, Case) for case in cases):
        yield "`cases` did not return a tuple of Case; return (Case(...),)"
        return
    if not cases:
        yield "`cases` returned no test case; return at least one"
        return
    names = [case.name for case in cases]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{names.count(name)} test cases are named {name!r}; use each name once"
    yield from _of_names(part, cases)
    told: set[str] = set()
    for case in cases:
        yield from wrong_fields(f"test case {case.name!r}", case)
        found = [line for line in _of_values(case) if line not in told]
        yield from (f"test case {case.name!r}: {line}" for line in found)
        told |= {*found}
    for check in part.checks:
        for name in getattr(check.run, "case_names", ()):
            if name not in names:
                near = difflib.get_close_matches(str(name), names, n=1)
                do = f"did you mean {near[0]!r}?" if near else f"test cases: {', '.join(names)}"
                yield f"check {check.name!r}: uses {name!r}, which is not a test case; {do}"


def _of_names(part: Part, cases: tuple[Case, ...]) -> Iterator[str]:
    """Inputs that would hide, where an expression is evaluated, what has the same name there."""
    given = {name for case in cases for name in case.inputs}
    own = () if part.cell else (part.name,)
    for name in sorted(given.intersection((*own, *part.needs))):
        what = "the name of the part" if name == part.name else "a name in `needs`"
        yield f"the input {name!r} has {what}; rename the input"


def _of_values(case: Case) -> Iterator[str]:
    """Inputs and globals that cannot go to the student's code as they are."""
    for kind in ("inputs", "globals", "decoy_globals"):
        for name, value in getattr(case, kind).items():
            for place, leaf in leaves(carried(value)):
                if isinstance(leaf, Opaque):
                    yield f"`{name}{written(place)}` in `{kind}` is {_uncarried(leaf)}"


def _uncarried(leaf: Opaque) -> str:
    """What a value is that no student's code can be given, and what to do instead."""
    if (leaf.type_name, leaf.why) == ("str", "large"):
        return f"longer than {MAX_TEXT:,} characters, the limit for a text; use a shorter one"
    if leaf.why in _INSTEAD:
        return _INSTEAD[leaf.why]
    what = with_article(leaf.type_name)
    return f'{what}, which cannot be passed to students\' code; write ready.code("...")'


_INSTEAD = {
    "function": 'a function; write it as text: ready.code("lambda x: ...")',
    "class": 'a class; name it in `needs`, or write ready.code("...")',
    "table": "a pandas table; pass its columns as a dict of arrays",
    "generator": "a generator; pass a list of what it yields",
    "large": f"larger than {MAX_VALUE_BYTES >> 20} MiB, the limit for one value; use a smaller one",
    "many": f"a tree of more than {MAX_LEAVES:,} values, the limit; put numbers into one array",
    "deep": f"nested more than {MAX_DEPTH} deep, the limit; use a flatter tree",
}


def wrong_expression(text: str) -> str:
    """What is wrong with an expression over `{call}`, or ''."""
    wrong = syntax_problem(text.replace("{call}", "call()"), "eval")
    if wrong:
        return f"{text!r} is not an expression: {wrong}; fix it"
    if "{call}" not in text:
        return f"{text!r} does not contain {{call}}, the call of the part; add it"
    return ""


def syntax_problem(text: str, mode: str) -> str:
    """Why a text is not valid Python, or ''."""
    try:
        syntax_tree(text, mode=mode)
    except SyntaxError as error:
        return f"{error.msg} in line {error.lineno}"
    except ValueError as error:
        return str(error)
    return ""
