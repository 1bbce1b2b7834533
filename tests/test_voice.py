"""What people read keeps to the words of the project: American, plain, and without blame."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from exercises.jax_basics.assignment import ASSIGNMENT as JAX_BASICS
from exercises.kmeans.assignment import ASSIGNMENT as KMEANS
from grader.catalogue import catalogue

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = (
    *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")),
    *PAGES,
)
EXERCISES = (JAX_BASICS, KMEANS)

WORDS = {
    r"hand(ed|ing|s)? (in|it in|them in|out)|hand-in": "submit, release",
    r"settles?|settled": "decide, or ask the question",
    r"mend(s|ed)?": "fix",
    r"(is|are|was|were) told": "the report says",
    r"stands? (in|on|after|beside|for each)|stand-ins?": "is in, comes after; substitute",
    r"(is|are) asked for|the sheet": "the task asks for, the task",
    r"for ever|anew": "forever, again",
    r"of (one's|your|my) own": "your own",
    r"one's": "your",
    r"in place of|turned round|the other way round": "instead of, flipped",
    r"no obstacle": "does not matter",
    r"hidden inputs?": "hidden test case",
    r"follow-through": "carried-forward credit",
    r"beside": "next to",
    r"zips": "zip files",
    r"rightly|right answers?|not right": "correct, incorrect",
    r"marks? (are|is) (lost|given)|keeps its marks": "points",
    r"(is|are|was|were) judged|judged (on|by|as)": "graded, checked",
    r"colour\w*|behaviours?|neighbours?|centres?|vectoris\w+|recognis\w+": "American spelling",
    r"labell\w+|misspelt|organis\w+|licence|greys?|catalogues?|artefacts?": "American spelling",
    r"(is|are|has|does|do|did|was|were|would|could|should|ca|wo)n['’]t|it['’]s|you['’](re|ll|ve)": (
        "no contractions"
    ),
}  # fmt: skip
"""What is not written, as a pattern, and what to write."""
FORBIDDEN = re.compile("|".join(rf"\b(?:{words})\b" for words in WORDS), re.IGNORECASE)


def prose(text: str) -> str:
    """A page without its code and addresses."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`|\]\([^)]*\)|https?://\S+", "", text)


def found(text: str) -> list[str]:
    """The forbidden words of a text, each with what is around it."""
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in FORBIDDEN.finditer(text)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_document_keeps_the_words(path: Path) -> None:
    """A page of the documentation has none of the forbidden words, and does not shout."""
    text = prose(path.read_text("utf-8"))
    assert found(text) == []
    assert re.findall(r"\w!(?!\[)", text) == []


def said() -> Iterator[tuple[str, str]]:
    """Each sentence of the exercises, as their translations have it, with the exercise."""
    for exercise in EXERCISES:
        for text in catalogue("de", exercise.folder).own:
            yield exercise.name, text


def test_exercises_keep_the_words() -> None:
    """So do the exercises' sentences, which have a German one each."""
    assert [(name, text) for name, text in said() if found(re.sub(r"`[^`]*`", "", text))] == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_notebooks_keep_the_words(exercise: object) -> None:
    """And what students read in the notebooks."""
    notebook = exercise.notebook  # type: ignore[attr-defined]
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert [one for text in texts for one in found(prose(text))] == []


def test_catalog_keeps_the_words() -> None:
    """And every sentence of the grader itself."""
    texts = catalogue().texts
    assert [(key, text) for key, text in texts.items() if found(re.sub(r"`[^`]*`", "", text))] == []


@pytest.mark.parametrize("word", ["hand it in", "Settle", "mended", "colour", "behaviour", "isn’t"])
def test_forbidden_words_are_found(word: str) -> None:
    """The pattern finds each kind of word, in any case."""
    assert found(f"Please {word} here.")


@pytest.mark.parametrize("text", ["handy", "recommended", "your hour", "a right angle", "tour"])
def test_other_words_are_fine(text: str) -> None:
    """And no word that only contains one."""
    assert found(text) == []
