"""Every sentence that people are shown is a text of the catalog, and every text is used."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises.kmeans.assignment import ASSIGNMENT
from grader.catalog import catalog, languages

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "grader").rglob("*.py"))
KMEANS = ROOT / "exercises" / "kmeans"
ENGLISH = catalog().texts
SAID_BY = {
    "Incorrect": (0, "message", "hint"),
    "Advice": (0, "message"),
    "UnreadableError": (1, "what"),
    "CheckResult": ("message", "hint", "noticed"),
    "PartResult": ("title", "task", "notes"),
    "SubmissionResult": ("title", "messages"),
    "ParsedCell": ("problem", "notes"),
    "Submission": ("notes",),
    "Entry": ("notes",),
    "Found": ("fault",),
    "Difference": ("name", "message"),
    "Excerpt": ("note",),
    "Picture": ("alt",),
    "Finding": ("text",),
    "replace": ("message", "hint", "noticed", "notes", "fault", "note"),
}
"""What makes a thing that people read, and which of its arguments they read."""


def parameters(text: str) -> set[str]:
    """The names that a text is filled in with."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a file, each with the name of what is called."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            yield (node.func.id if isinstance(node.func, ast.Name) else node.func.attr), node


def ids(node: ast.expr) -> Iterator[str]:
    """The ids that an expression may stand for, as regular expressions; none if it is a name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.IfExp):
        yield from (*ids(node.body), *ids(node.orelse))
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
            for part in node.values
        )


def known(pattern: str) -> list[str]:
    """The texts whose id fits, plural forms included."""
    fits = re.compile(rf"(?:{pattern})(?:\.one|\.other)?")
    return [text_id for text_id in ENGLISH if fits.fullmatch(text_id)]


SAID = [
    (f"{path.relative_to(ROOT)}:{call.lineno}", pattern, call)
    for path in SOURCES
    for name, call in calls(path)
    if name == "say" and call.args
    for pattern in ids(call.args[0])
]


def test_every_id_exists() -> None:
    """Each id that the code says is in the catalog."""
    assert len(SAID) > 150
    assert [where for where, pattern, _ in SAID if not known(pattern)] == []


def test_every_text_gets_its_values() -> None:
    """Each text is given all that it is filled in with, and nothing that it ignores."""
    odd = []
    for where, pattern, call in SAID:
        given = {str(word.arg) for word in call.keywords if word.arg}
        is_open = any(word.arg is None for word in call.keywords)
        wanted = [parameters(ENGLISH[text_id]) for text_id in known(pattern)]
        if r"\w+" in pattern or isinstance(call.args[0], ast.IfExp):
            is_right = is_open or any(names <= given for names in wanted)
        else:
            is_right = all(is_open or names <= given for names in wanted)
            is_right &= given <= {"n"}.union(*wanted)
        if not is_right:
            odd.append((where, wanted, given))
    assert odd == []


def test_every_text_is_used() -> None:
    """The catalog holds no text that nothing says."""
    patterns: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.Constant, ast.JoinedStr)):
                patterns |= {one for one in ids(node) if re.match(r"[a-z]+\\\.", one)}
    templates = " ".join(path.read_text("utf-8") for path in (ROOT / "templates").rglob("*.j2"))
    patterns |= {re.escape(name) for name in re.findall(r"[a-z]+(?:\.\w+)+", templates)}
    fits = re.compile("|".join(f"(?:{one})(?:\\.one|\\.other)?" for one in sorted(patterns)))
    assert [text_id for text_id in ENGLISH if not fits.fullmatch(text_id)] == []


def test_no_sentence_outside() -> None:
    """No sentence that people read is written in the code of the grader."""
    found = []
    for path in SOURCES:
        for name, call in calls(path):
            places = SAID_BY.get(name, ())
            read = [arg for i, arg in enumerate(call.args) if i in places]
            read += [word.value for word in call.keywords if word.arg in places]
            for node in (part for arg in read for part in ast.walk(arg)):
                is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
                if isinstance(node, ast.JoinedStr) or (is_text and " " in str(node.value)):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


NAMING = {"causes", "grade", "jax_errors", "support_functions"}
"""Modules with lists of names or wordings of JAX."""
SILENT = [
    *(ROOT / "grader" / f"{name}.py" for name in ("compare", "results", "report/wording")),
    *(
        path
        for room in ("judging", "running")
        for path in sorted((ROOT / "grader" / room).glob("*.py"))
        if path.stem not in NAMING
    ),
]
"""The modules between a submission and its result: what they say is in the catalog."""


@pytest.mark.parametrize("path", SILENT, ids=lambda path: path.stem)
def test_judge_holds_no_sentence(path: Path) -> None:
    """No string of three words or more is in these modules but in docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    about = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    about |= {id(part) for node in ast.walk(tree) if is_own(node) for part in ast.walk(node)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    told = (str(node.value) for node in strings if id(node) not in about)
    assert [text for text in told if len(re.findall(r"[A-Za-z]{2,} ", text)) >= 3] == []


def is_own(node: ast.AST) -> bool:
    """Whether a statement raises an error of the grader's own, or words one as `msg`."""
    is_message = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "msg"
    return isinstance(node, ast.Raise) or is_message


# The exercise ------------------------------------------------------------------------------


def declared() -> set[str]:
    """What the declaration of the K-Means exercise says."""
    texts = {ASSIGNMENT.title}
    for part in ASSIGNMENT.parts:
        texts |= {part.title, part.task, *(part.near_miss or ())[1:]}
        texts |= {text for check in part.checks for text in (check.name, check.hint)}
        texts |= {text for mistake in part.mistakes for text in (mistake.message, mistake.hint)}
    return texts - {""}


SPEAKING = ("checks.py", "combined.py")
"""The exercise's modules that say something."""


def written() -> set[str]:
    """All strings in the code of what it says."""
    trees = (ast.parse((KMEANS / name).read_text("utf-8")) for name in SPEAKING)
    nodes = (n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Constant))
    return {node.value for node in nodes if isinstance(node.value, str)}


def messages() -> set[str]:
    """What it says in so many words."""
    found = (
        value
        for module in SPEAKING
        for name, call in calls(KMEANS / module)
        for value in (
            *(call.args[:1] if name in {"Incorrect", "Advice", "say"} else ()),
            *(word.value for word in call.keywords if name in {"CombinedRun", "Plot"}),
        )
    )
    return {node.value for node in found if isinstance(node, ast.Constant)}


OTHERS = [lang for lang in languages() if lang != "en"]


@pytest.mark.parametrize("lang", OTHERS)
def test_exercise_is_translated(lang: str) -> None:
    """Each sentence of the K-Means exercise has one in the other language, and none is left over."""
    own = catalog(lang, KMEANS).own
    assert (declared() | messages()) - set(own) == set()
    assert set(own) - declared() - written() - set(ENGLISH.values()) == set()


@pytest.mark.parametrize("lang", OTHERS)
def test_exercise_keeps_values_and_code(lang: str) -> None:
    """A translated sentence has the same places for values and as much code as the English one."""
    for text, other in catalog(lang, KMEANS).own.items():
        assert parameters(other) == parameters(text), text
        assert other.count("`") == text.count("`"), text
        assert other == other.strip() != "", text
        assert "!" not in other, text
