"""What people read is in the words of the voice guide, and in American English.

`WORDS` has what is not written and what is written instead. A word with another, legitimate
meaning has a pattern that lets that meaning pass: "there is no", "tells them apart".
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

WORDS = {
    r"\bhand(s|ed|ing)? (it |them |this )?in\b|\bhand-ins?\b": "submit, submission",
    r"\bnot right\b|\b(is|are|be|was) right\b(?! (after|away|before|now|at)\b)": "correct",
    r"\bright (answer|solution|result|value|one|code|version|stand-in)s?\b": "correct",
    # The judge is a process of the grader, and a person may judge style.
    r"(?<![\w`/])judg(es|ed|ing)\b(?!/)": "grade, check",
    r"\bsettle[sd]?\b": "decide",
    r"\bmend(s|ed|ing)?\b": "fix",
    r"\b(is|are|was|were|be|been) told\b|\btells\b(?![^.]*\b(apart|from)\b)": "says, is reported",
    r"\bholds\b(?! (a|the|its) lock)|\bhold (a|all|an|no|only|the|what)\b": "contains",
    r"\b(came|comes|went|goes) in\b(?!to)|\b(is|are) given\b": "receives, gets, input",
    r"\bst(ands?|ood) (after|at|before|below|above|in|on|there|under)\b": "is in, comes after",
    r"(?<!there )(?<!There )\b(is|are|was|were) no (?!longer\b|more\b|one\b)[`\w]": "is not a",
    r"\bha(s|ve) not (a|an|the)\b": "does not have",
    r"\bin place of\b|\bthe other way\b(?! around)": "instead of, swapped",
    r"\bis asked for\b|\bthe sheet\b": "the task asks for, the task",
    r"\bfor ever\b|\banew\b": "forever, again",
    r"\bof (your|one's|one’s) own\b|\bone['’]s own\b": "your own",
    r"\bhidden inputs?\b": "hidden test case",
    r"\btime limit: stopped\b|\bstopped at the time limit\b": "timed out",
    r"\ballowed differences?\b": "tolerance",
    r"\bnot looked at\b|^left out\b|\b(was|were) left out\b": "not checked, skipped",
    r"\bno obstacle\b|\bone for each\b|\bbeside (it|the|them)\b": "does not matter, one per, next to",
    r"\b(a |is |are )needed, got\b": "expected ..., got",
    r"\d %": "100%",
    r"\b\w+n['’]t\b|\b(it|that|there|what|here)['’]s\b|\b(you|we|they)['’](re|ll|ve)\b": "in full",
}
"""What the left column of the guide forbids, as patterns, and what is written instead."""

BRITISH = re.compile(
    r"""\b\w*(
    colour | behaviour | neighbour | favour | honour | labour | flavour | rumour | catalogue
    | dialogue | analogue | artefact | grey | licence | defence | offence | judgement | kilometre
    | (?<!para)(?<!geo)(?<!dia)(?<!peri)(?<!sym)metres? \b | centr(e|es|ed|ing)\b | fibre | theatre
    | labell(ed|ing) | signall | cancell(ed|ing) | travell | modell(ed|ing) | marshall(ed|ing)
    | (recogn|vector|normal|initial|serial|optim|organ|summar|minim|maxim|general|special|parametr
      |standard|categor|custom|visual|emphas|apolog|real|util|symbol|synchron|token|final|local
      |material|capital|memo|penal|priorit|random|regular|stabil)is(e[ds]?|ing|ation)\b
    | analys(e|ed|es|ing)\b | practis | misspelt | respelt | learnt | \bspelt\b | whilst | amongst
    )""",
    re.VERBOSE | re.IGNORECASE,
)
"""British spellings, by their stems."""
NO_SPELLING = re.compile(
    r"`[^`]*`|\b(labelled-?by|aria-\w+|improvise[ds]?|localise_|finalists?)\b|\bexercises?\b"
)
"""What only looks like one, and code."""

QUOTED = ("can't start new thread", "grader.catalogue")
"""What others say, and old names."""

OLD_NAMES = re.compile(r'\bcatalogue\b|\bvectorised\b|"colour"|CancelledError')
"""Names that are kept for one release more, and Python's own."""

Pieces = Iterator[tuple[str, str]]
"""Where a text is, and the text."""


def catalog_texts() -> Pieces:
    """The sentences of the grader."""
    found = tomllib.loads((ROOT / "templates" / "texts.en.toml").read_text("utf-8"))
    yield from _values(found, "")


def _values(table: dict[str, object], prefix: str) -> Pieces:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _values(value, f"{prefix}{key}.")
        elif not key.startswith("pattern") and not prefix.startswith("pattern."):
            yield f"{prefix}{key}", str(value)


def strings(*patterns: str) -> Pieces:
    """The texts of several words in Python files, without docstrings and code."""
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)}):
        tree = ast.parse(path.read_text("utf-8"))
        inner = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in ast.walk(node)
            if part is not node
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                inner.add(id(node.value))  # a docstring
        for node in ast.walk(tree):
            if id(node) not in inner and (text := _text(node)).count(" ") >= 2:
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", text


def _text(node: ast.AST) -> str:
    """What a literal says, `X` where a value is."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one) or "X" for one in node.values)
    return ""


def markdown(*patterns: str) -> Pieces:
    """The paragraphs of pages, without code."""
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        for paragraph in re.split(r"\n\s*\n", text):
            words = " ".join(re.sub(r"`[^`]*`|\]\([^)]*\)|<[^>]*>", "`X`", paragraph).split())
            yield f"{path.relative_to(ROOT)}: {words[:40]}", words


def notebooks() -> Pieces:
    """The text of the exercises' notebooks, cell by cell, and the comments in their code."""
    for path in sorted(ROOT.glob("exercises/*/*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"], 1):
            lines = "".join(cell["source"])
            if cell["cell_type"] == "code":
                lines = "\n".join(re.findall(r"#.*|\"\"\".*?\"\"\"", lines))
            yield f"{path.relative_to(ROOT)}, cell {number}", " ".join(lines.split())


def scaffold() -> Pieces:
    """The files of a new assignment."""
    for path in sorted((ROOT / "templates" / "new").iterdir()):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield f"templates/new/{path.name}:{number}", line


GROUPS: dict[str, Callable[[], Pieces]] = {
    "texts": catalog_texts,
    "grader": lambda: strings("grader/**/*.py"),
    "new": scaffold,
    "exercises": lambda: strings("exercises/*/*.py"),
    "notebooks": notebooks,
    "docs": lambda: markdown("docs/*.md"),
    "readme": lambda: markdown("README.md"),
    "project": lambda: markdown("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
}
"""All that people read, by who looks after it."""
CLEAN = tuple(GROUPS)
"""The groups that are in the words of the guide; each is added when it is."""


def faults(pieces: Pieces) -> Iterator[str]:
    """A line for each word that the guide forbids."""
    for where, whole in pieces:
        text = whole
        for quoted in QUOTED:
            text = text.replace(quoted, "")
        for pattern, instead in WORDS.items():
            for found in re.finditer(pattern, text):
                yield f"{where}: {found[0]!r}; write {instead!r}"
        for found in BRITISH.finditer(NO_SPELLING.sub("", text)):
            yield f"{where}: {found[0]!r}; write it as Americans do"


@pytest.mark.parametrize("group", CLEAN)
def test_guide_is_kept(group: str) -> None:
    """No text of a group has a word that the guide forbids, or a British spelling."""
    assert [*faults(GROUPS[group]())] == []


def test_code_is_in_american_english() -> None:
    """Names, comments and docstrings of the grader are spelled as its texts are."""
    found = []
    for path in sorted((ROOT / "grader").rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if BRITISH.search(OLD_NAMES.sub("", line)):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_fine"),
    [
        ("there is no cell", True),
        ("x is no number", False),
        ("it is no longer there", True),
        ("the check tells correct solutions from wrong ones", True),
        ("the audit tells how", False),
        ("which layers hold", True),
        ("the cell still holds the starter code", False),
        ("a right angle", True),
        ("your right answer", False),
        ("the answer is right", False),
        ("an exercise on parameters", True),
        ("the colours are vectorised", False),
        ("centered, vectorized, and visualized", True),
        ("a step size of 100%", True),
        ("a step size of 100 %", False),
        ("We don't know", False),
        ("labelledby in `aria-labelledby`", True),
    ],
)
def test_patterns_are_precise(text: str, is_fine: bool) -> None:  # noqa: FBT001
    """A pattern finds the word that is meant, and no other."""
    assert ([*faults(iter([("here", text)]))] == []) is is_fine


# German ------------------------------------------------------------------------------------

GERMAN = {
    r"(?<=[a-zäöüß,;] )(Sie|Ihr|Ihre[mnrs]?|Ihnen)\b": "du, dein",
    r"\b([Vv]erdeckte[nr]?|[Vv]erborgene[nr]?) (Eingaben?|Prüfung(en)?)\b": "verdeckter Testfall",
    r"\b[Ee]rlaubte[nr]? Abweichung\b": "Toleranz",
    r"\bReferenzlösung\b|\bder Referenz\b": "Musterlösung",
    r"\b[Gg]estoppt\b": "abgebrochen, hat das Zeitlimit überschritten",
    r"\bmit einem Fehler abgebrochen\b": "hat einen Fehler ausgelöst",
    r"\bmit dem Notebook kam\b|\bdas Notebook mitbrachte\b": "Vorlage",
    r"\b[Nn]icht angesehen\b|\b[Ww]ie erwartet bei\b": "nicht geprüft, richtig",
    # The term may be explained, with itself in parentheses.
    r"\bJAX\b[^.:]*\b(verfolg\w*\b(?! \(tracen\))|aufzeichne)": "tracen, Tracing",
    r"\bMaschine\b": "Rechner",
    r"\bZip\b(?!-)": "Zip-Datei",
    r"”|“[^„]*“|„[^“]*(„|$)": "„…“",
    r"\b\w*(fuer|ueber|koenn|moeglich|loesch)": "Umlaute",
}
"""What is not written in German, as patterns, and what is written instead."""


def german() -> Pieces:
    """The German sentences of the grader and of the exercises."""
    paths = [ROOT / "templates" / "texts.de.toml", *ROOT.glob("exercises/*/texts.de.toml")]
    for path in sorted(paths):
        yield from _values(tomllib.loads(path.read_text("utf-8")), "")


def german_faults(pieces: Pieces) -> list[str]:
    """A line for each word that is not written in German."""
    return [
        f"{where}: {found[0]!r}; write {instead!r}"
        for where, text in pieces
        for pattern, instead in GERMAN.items()
        for found in re.finditer(pattern, text)
    ]


def test_german_keeps_its_terms() -> None:
    """German addresses students with "du" and has one word for one thing."""
    assert german_faults(german()) == []


@pytest.mark.parametrize("lang", ["de", "en"])
def test_cause_is_told_of_hidden(lang: str) -> None:
    """What explains an error has no number and no colon, so a hidden test case can say it."""
    path = ROOT / "templates" / f"texts.{lang}.toml"
    errors = tomllib.loads(path.read_text("utf-8"))["error"]
    causes = {
        number: re.sub(r"`[^`]*`|\bfloat32\b", "", of["cause"]) for number, of in errors.items()
    }
    assert [number for number, cause in causes.items() if re.search(r"\d|: ", cause)] == []


@pytest.mark.parametrize(
    ("text", "is_fine"),
    [
        ("Sie muss endlich sein, denn sie endet nie.", True),
        ("Geben Sie die Form aus.", False),
        ("so wie Ihre Lösung", False),
        ("bei einem verdeckten Testfall", True),
        ("bei einer verdeckten Eingabe", False),
        ("Größte relative Abweichung", True),
        ("Erlaubte Abweichung", False),
        ("Sieh „File“ und „Download“ an.", True),
        ("Sieh “File” an.", False),
        ("Sieh „File an.", False),
        ("JAX kann deine Funktion nicht tracen", True),
        ("JAX kann deine Funktion nicht verfolgen", False),
        ("JAX kann deine Funktion nicht verfolgen (tracen)", True),
        ("ein Zip-Archiv", True),
        ("das Zip ist leer", False),
    ],
)
def test_german_patterns_are_precise(text: str, is_fine: bool) -> None:  # noqa: FBT001
    """A pattern finds the word that is meant, and no other."""
    assert (german_faults(iter([("here", text)])) == []) is is_fine
