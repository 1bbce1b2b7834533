"""What must not be in the files that students get, and where it is in them all the same.

Looked for are the statements of correct answers, and numbers of hidden cases and their answers.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.answers import leaves
from grader.assignment import Assignment, Case
from grader.assignment.solutions import solution
from grader.judging.answer_key import AnswerKey
from grader.reading.definitions import DEFINITIONS
from grader.reading.python_parser import syntax_tree
from grader.results import Visibility
from grader.selfcheck.encoded import number_text

SHORTEST = 15
"""A statement with fewer characters says nothing by itself."""
LARGEST_SHARE = 0.5
"""So much of a function may stand in the notebook: the task gives some of it away on purpose."""
RUN = 4
"""So many numbers in a row are no chance."""


@dataclass(frozen=True)
class Text:
    """A text that students get: where it is, for a person, and what it says."""

    where: str
    text: str


def leaks(answer_key: AnswerKey, texts: Sequence[Text], given: Mapping[str, str]) -> Iterator[str]:
    """A line for everything in the texts that students must not have.

    `given` are the functions of the notebook as it is released: their statements are no secret.
    """
    squeezed = [Text(one.where, _squeezed(one.text)) for one in texts]
    told: set[tuple[str, str]] = set()
    for source, functions in _answers(answer_key.assignment):
        for name, statements in functions:
            for where in _holding(statements, _statements(given.get(name, "")), squeezed):
                if (where, name) not in told:
                    told.add((where, name))
                    yield f"{where}: contains `{name}` from {source}; remove it"
    for what, runs in _numbers(answer_key):
        for one in squeezed:
            if any(run in one.text for run in runs):
                yield f"{one.where}: contains numbers of {what}; remove them"
    for original in texts:
        if re.search(r"[\"']seed[\"']\s*:", original.text):
            yield f"{original.where}: contains a seed; remove it"


# Correct answers -----------------------------------------------------------------------------


def _answers(assignment: Assignment) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """The functions of every correct answer: where they come from, their statements by name."""
    texts = [("the reference", text) for text in assignment.reference_cells]
    modules = {
        inspect.unwrap(part.reference).__module__ for part in assignment.parts if part.reference
    }
    for module in sorted(modules):
        if module in sys.modules and getattr(sys.modules[module], "__file__", None):
            texts.append(("the reference", inspect.getsource(sys.modules[module])))
    for path in assignment.solutions:
        texts.append((f"the solution {path.name}", path.read_text(encoding="utf-8")))
    texts.append(("the substitutes", assignment.substitutes))
    for source, text in texts:
        yield source, [(name, _statements(one)) for name, one in definitions(text)]
    for path in assignment.solutions:
        answer = solution(assignment, path)
        bare = [name for name, one in answer.parts.items() if not [*definitions(one)]]
        yield (
            f"the solution {path.name}",
            [(name, _statements(answer.parts[name])) for name in bare],
        )


def definitions(text: str) -> Iterator[tuple[str, str]]:
    """The functions and methods in a text, at any depth: "Scaler.fit" with its own text."""
    pending: list[tuple[str, ast.AST]] = [("", syntax_tree(text))]
    while pending:
        prefix, node = pending.pop()
        for item in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(item, DEFINITIONS):
                name = f"{prefix}{item.name}."
                if not isinstance(item, ast.ClassDef):
                    yield name[:-1], ast.get_source_segment(text, item) or ""
            pending.append((name, item))


def _statements(text: str) -> list[str]:
    """The simple statements of a function's text, without whitespace; no docstring."""
    try:
        tree = syntax_tree(text)
    except SyntaxError:
        return []
    found = []
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)) and not is_text:
            statement = _squeezed(ast.get_source_segment(text, node) or "")
            if len(statement) >= SHORTEST:
                found.append(statement)
    return found


def _holding(
    statements: Sequence[str], given: Sequence[str], texts: Sequence[Text]
) -> Iterator[str]:
    """Where at least half of the statements stand, those that the notebook gives left out."""
    secret = [one for one in statements if one not in given]
    size = sum(map(len, secret))
    for text in texts:
        held = sum(len(one) for one in secret if one in text.text)
        if size and held >= LARGEST_SHARE * size:
            yield text.where


def _squeezed(text: str) -> str:
    """Without whitespace, comment signs and quotation marks of Markdown."""
    return re.sub(r"[\s#>]+", "", text)


# Hidden cases ------------------------------------------------------------------------------


def _numbers(answer_key: AnswerKey) -> Iterator[tuple[str, list[str]]]:
    """The first numbers of each hidden input and hidden answer, as a file would hold them."""
    for part in answer_key.assignment.parts:
        cases, expected = answer_key.cases[part.name], answer_key.expected[part.name]
        public = [case for case in cases if case.visibility is Visibility.PUBLIC]
        known = {run for case in public for run in _runs(_values(case, expected))}
        for case in cases:
            if case.visibility is Visibility.HIDDEN:
                runs = [run for run in _runs(_values(case, expected)) if run not in known]
                yield f"the hidden test case {case.name!r} of `{part.name}`", runs


def _values(case: Case, expected: Mapping[str, Any]) -> list[Any]:
    return [*case.leaves(), *case.globals.values(), expected.get(case.name)]


def _runs(values: Sequence[Any]) -> Iterator[str]:
    for _, value in leaves(list(values)):
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size >= RUN:
            first = value.astype(np.float32).ravel()[:RUN]
            if np.isfinite(first).all() and len({*first.tolist()} - {0.0, 1.0}) > 1:
                yield ",".join(number_text(item) for item in first)
