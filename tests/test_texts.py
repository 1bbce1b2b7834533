"""Every sentence that people are shown is a text of the catalog, and every text is used."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises.jax_basics.assignment import ASSIGNMENT as JAX_BASICS
from exercises.kmeans.assignment import ASSIGNMENT as KMEANS
from exercises.neural_net.assignment import ASSIGNMENT as NEURAL_NET
from exercises.solvers.assignment import ASSIGNMENT as SOLVERS
from grader.assignment import Assignment
from grader.catalog import catalog, languages, say
from grader.report.disclosure import disclosed_message
from grader.results import CheckResult, CheckStatus

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "grader").rglob("*.py"))
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


# The exercises -----------------------------------------------------------------------------


def declared(assignment: Assignment) -> set[str]:
    """What the declaration of an exercise says."""
    texts = {assignment.title}
    for part in assignment.parts:
        texts |= {part.title, part.task, *(part.near_miss or ())[1:]}
        texts |= {text for check in part.checks for text in (check.name, check.hint)}
        texts |= {text for mistake in part.mistakes for text in (mistake.message, mistake.hint)}
    return texts - {""}


SPEAKING = (
    *("answers.py", "checks.py", "combined.py", "draw_checks.py"),
    *("figures.py", "other_data.py", "starts.py"),
)
"""An exercise's modules that say something."""


def speaking(assignment: Assignment) -> tuple[Path, ...]:
    """Those that an exercise has."""
    paths = (assignment.folder / name for name in SPEAKING)
    return tuple(path for path in paths if path.exists())


def written(assignment: Assignment) -> set[str]:
    """All strings in the code of what it says."""
    trees = (ast.parse(path.read_text("utf-8")) for path in speaking(assignment))
    nodes = (n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Constant))
    return {node.value for node in nodes if isinstance(node.value, str)}


def messages(assignment: Assignment, *modules: str) -> set[str]:
    """What it says in so many words: sentences, and names that begin with `HINT`."""
    paths = [path for path in speaking(assignment) if path.name in (modules or SPEAKING)]
    found = [
        value
        for path in paths
        for name, call in calls(path)
        for value in (
            *(call.args[:1] if name in {"Incorrect", "Advice", "say"} else ()),
            *(word.value for word in call.keywords if name in {"CombinedRun", "Plot"}),
        )
    ]
    found += [
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assign) and is_sentence(node)
    ]
    return {str(node.value) for node in found if isinstance(node, ast.Constant)}


def is_sentence(node: ast.Assign) -> bool:
    """Whether a statement gives a name to words for people."""
    name = ast.unparse(node.targets[0])
    is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return is_text and (name.startswith(("HINT", "ONLY")) or name == "words")


EXERCISES = pytest.mark.parametrize(
    "exercise", [JAX_BASICS, KMEANS, NEURAL_NET, SOLVERS], ids=lambda one: one.name
)
OTHERS = [lang for lang in languages() if lang != "en"]


@EXERCISES
@pytest.mark.parametrize("lang", OTHERS)
def test_exercise_is_translated(exercise: Assignment, lang: str) -> None:
    """Each sentence of an exercise has one in the other language, and none is left over."""
    own = catalog(lang, exercise.folder).own
    assert (declared(exercise) | messages(exercise)) - set(own) == set()
    assert set(own) - declared(exercise) - written(exercise) - set(ENGLISH.values()) == set()


@EXERCISES
@pytest.mark.parametrize("lang", OTHERS)
def test_exercise_keeps_values_and_code(exercise: Assignment, lang: str) -> None:
    """A translated sentence has the same places for values and as much code as the English one."""
    for text, other in catalog(lang, exercise.folder).own.items():
        assert parameters(other) == parameters(text), text
        assert other.count("`") == text.count("`"), text
        assert other == other.strip() != "", text
        assert "!" not in other, text


@EXERCISES
def test_exercise_builds_no_sentence(exercise: Assignment) -> None:
    """A sentence with a value is said with places for it, since words that are joined have no German."""
    built = [
        f"{path.name}:{node.lineno}"
        for path in speaking(exercise)
        for name, call in calls(path)
        if name in {"Incorrect", "Advice", "say"}
        for node in (*call.args, *(word.value for word in call.keywords))
        if isinstance(node, ast.JoinedStr)
        and any(isinstance(one, ast.Constant) for one in node.values)
    ]
    assert built == []


@EXERCISES
def test_titles_are_headings(exercise: Assignment) -> None:
    """Each part has the name that the notebook's heading has, so a report's title can be found."""
    cells = json.loads(exercise.notebook.read_text("utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    headings = re.findall(r"^#+ Part (\d+): (.+)$", text, re.MULTILINE)
    assert headings == [(str(n), part.title) for n, part in enumerate(exercise.parts, 1)]


FILLED = {
    "what": say("value.array", shape=(3, 2)),
    "got": (3, 2),
    "shape": (3, 2),
    "name": "initial_centroids",
    "function": "grad_sum_logistic",
    "role": "v_batched",
    "names": "`initial_centroids`, `initial_distortion`",
    "kind": say("a NumPy array"),
}
"""Values as long as those that checks fill in; all others are numbers."""


PUBLIC = {
    "`assignment` contains numbers from {least} to {most}; clusters are numbered from 0 to {last}",
    "`assignment` has shape {got}; expected ({n},)",
    "`assignment` is incorrect for {count} of {size} samples",
    "only {count} of {size} centroids are marked",
    "only {count} of {size} points are drawn in the right place",
}
"""Said of public test cases only."""


@EXERCISES
@pytest.mark.parametrize("lang", languages())
def test_hidden_finding_is_never_empty(exercise: Assignment, lang: str) -> None:
    """Whatever a check of an exercise finds, a student is told something of it when it is hidden."""
    texts = catalog(lang, exercise.folder)
    empty = []
    for text in sorted(messages(exercise, "checks.py") - PUBLIC):
        message = say(text, **{name: FILLED.get(name, 12) for name in parameters(text)})
        check = CheckResult(name="c", status=CheckStatus.FAILED, message=message)
        if not disclosed_message(check, texts).strip():
            empty.append(text)
    assert empty == []
