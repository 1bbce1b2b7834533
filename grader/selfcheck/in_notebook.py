"""The self-check in a notebook: `from grader import check`, then `check(update_assignment)`.

It runs the public cases in the notebook's own process, within a soft time limit, and compares
with expected values that come as a file, see `grader.selfcheck.examples`. It is no grade: what
hidden checks find is decided after handing in, so it never says that all is right. It prints
nothing and raises nothing: whatever there is to say is in the object that comes back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.catalog import Catalog, catalog
from grader.errors import UsageError
from grader.selfcheck import findings
from grader.selfcheck.examples import ExamplePart, Examples, load
from grader.selfcheck.findings import Summary, short
from grader.selfcheck.guards import TimeLimitReached
from grader.selfcheck.run import Run, StudentError, globals_of
from grader.selfcheck.show import SelfCheck, shown

__all__ = ["SelfCheck", "check"]


class _Problem(Exception):  # noqa: N818  (something to tell the student, no error of ours)
    """Why nothing could be checked: a text of the catalog."""

    def __init__(self, text_id: str, **values: str) -> None:
        super().__init__(text_id)
        self.text_id, self.values = text_id, values


def check(
    function: Callable[..., Any],
    part: str | None = None,
    *,
    data: Path | str | None = None,
    lang: str = "en",
) -> SelfCheck:
    """Try a part on the example data, and say how it compares.

    `part` is needed when the function has another name than its part. `data` is the file with
    the example data, or the `NAME` of `NAME.selfcheck.json`; without it, the one such file in
    the working directory is taken. Raises UsageError for a language without texts.
    """
    texts = catalog(lang)
    try:
        summary = _checked(function, part, _examples(data), texts)
    except _Problem as problem:
        title = texts.say(f"selfcheck.{problem.text_id}", **problem.values)
        summary = Summary(title=title)
    return shown(summary, lang)


def check_cell(
    defined: Sequence[str],
    namespace: Mapping[str, Any],
    part: str | None = None,
    *,
    data: Path | str | None = None,
    lang: str = "en",
) -> tuple[SelfCheck, ...]:
    """Try the part of this name, else each part that a cell defined, on the example data.

    `defined` are the names that the cell has bound, and `namespace` is the notebook's.
    """
    texts = catalog(lang)
    try:
        examples = _examples(data)
        names = [one.name for one in examples.parts]
        functions = [name for name in defined if callable(namespace.get(name))]
        listed = ", ".join(f"`{short(known)}`" for known in names)
        if part is not None and part not in names:
            raise _Problem("magic_unknown", name=short(part), parts=listed)
        wanted = [name for name in functions if name in names] if part is None else [part]
        if not wanted:
            raise _Problem("magic_none", parts=listed)
        said = [_of_cell(name, functions, namespace, examples, texts) for name in wanted]
    except _Problem as problem:
        said = [Summary(title=texts.say(f"selfcheck.{problem.text_id}", **problem.values))]
    return tuple(shown(one, lang) for one in said)


def _of_cell(
    name: str,
    functions: Sequence[str],
    namespace: Mapping[str, Any],
    examples: Examples,
    texts: Catalog,
) -> Summary:
    """What there is to say of a part, whose function a cell defined under its name or another."""
    part = next(one for one in examples.parts if one.name == name)
    if not part.checks:
        return _named(None, part, texts)
    known = {one.name for one in examples.parts}
    others = [one for one in functions if one not in known]
    found = name if name in functions else others[-1] if len(others) == 1 else ""
    if not found:
        raise _Problem("magic_undefined", name=short(name))
    return _checked(namespace[found], name, examples, texts)


def not_checked(lang: str = "en") -> SelfCheck:
    """That a cell raised, so that its part was not tried."""
    return shown(Summary(title=catalog(lang).say("selfcheck.magic_raised")), lang)


def _examples(data: Path | str | None) -> Examples:
    if data is None:
        found = sorted(Path().glob("*.selfcheck.json"))
        if len(found) > 1:
            raise _Problem("many_data", name=short(found[0].name.removesuffix(".selfcheck.json")))
    else:
        found = [p for p in (Path(data), Path(f"{data}.selfcheck.json")) if os.path.isfile(p)]  # noqa: PTH113  (never raises)
    if not found:
        raise _Problem("no_data")
    try:
        return load(found[0])
    except UsageError:
        raise _Problem("bad_data") from None


def _checked(
    function: Callable[..., Any], name: str | None, examples: Examples, texts: Catalog
) -> Summary:
    names = [part.name for part in examples.parts]
    if not callable(function):
        raise _Problem("no_function", name=short(name or names[0]))
    namespace = globals_of(function)
    name = name or _name_of(function, names, namespace)
    part = next((part for part in examples.parts if part.name == name), None)
    if part is None:
        raise _Problem("unnamed", parts=", ".join(f"`{short(known)}`" for known in names))
    said = _tried(_title(part, texts), function, part, namespace, texts) if part.checks else None
    return _named(said, part, texts)


def _title(part: ExamplePart, texts: Catalog) -> str:
    own = short(part.title) or f"`{short(part.name)}`"
    return f"{texts.say('student.part', number=part.number)}: {own}"


def _named(said: Summary | None, part: ExamplePart, texts: Catalog) -> Summary:
    """What is said of a part under its name; without examples, that it is graded later."""
    if said is None:
        later = texts.say("selfcheck.later_text")
        word = texts.say("selfcheck.later")
        said = Summary(title=_title(part, texts), word=word, small=(later,))
    return replace(said, name=short(part.name) if part.title else "")


def _tried(
    title: str,
    function: Callable[..., Any],
    part: ExamplePart,
    namespace: dict[str, Any],
    texts: Catalog,
) -> Summary:
    """What the calls of the part show."""
    run = Run(function, part, namespace)
    try:
        outcomes = run.outcomes()
    except StudentError as error:
        return findings.raised(title, error, run, texts)
    except TimeLimitReached:
        return findings.timed_out(title, part, texts)
    return findings.compared(title, run, outcomes, texts)


def _name_of(
    function: Callable[..., Any], names: Sequence[str], namespace: Mapping[str, Any]
) -> str:
    own = getattr(function, "__name__", "")
    bound = [name for name in names if namespace.get(name) is function]
    return bound[0] if bound and own not in names else str(own)
