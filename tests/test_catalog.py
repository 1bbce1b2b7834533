"""Tests of `grader.catalog`: the languages say the same."""

import string
import tomllib
from pathlib import Path

import pytest
import tiny_class
from sample_results import every_state, result, typical, unreadable

from grader.catalog import catalog, everywhere, joined, languages, say
from grader.errors import AssignmentError
from grader.report.class_text import batch_line, batch_progress, batch_summary
from grader.report.html import render_student
from grader.report.overview import INDEX, Run, overview_files
from grader.report.result_json import stored
from grader.report.text import render_check

OTHERS = tuple(lang for lang in languages() if lang != "en")
MADE = (typical(), every_state(), unreadable(), result())


def parameters(text: str) -> set[str]:
    """The names that a text is filled in with."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_languages_are_known() -> None:
    """There are texts in English and in German."""
    assert languages() == ("de", "en")


@pytest.mark.parametrize("lang", OTHERS)
def test_same_ids_in_each_language(lang: str) -> None:
    """Every id and every plural form exists in each language, in the same order, and none more."""
    assert list(catalog(lang).texts) == list(catalog("en").texts)


@pytest.mark.parametrize("lang", OTHERS)
def test_same_parameters_in_each_language(lang: str) -> None:
    """A text has the same parameters, code and empty places in each language."""
    for text_id, text in catalog("en").texts.items():
        other = catalog(lang).texts[text_id]
        assert parameters(other) == parameters(text), text_id
        assert other.count("`") == text.count("`"), text_id
        assert other.count("**") == text.count("**"), text_id
        assert bool(other) == bool(text), text_id


@pytest.mark.parametrize("lang", languages())
def test_plural_forms_come_in_pairs(lang: str) -> None:
    """An id has both `one` and `other`, or neither."""
    ids = set(catalog(lang).texts)
    one = {text_id.removesuffix(".one") for text_id in ids if text_id.endswith(".one")}
    other = {text_id.removesuffix(".other") for text_id in ids if text_id.endswith(".other")}
    assert one == other
    assert one & ids == set()


@pytest.mark.parametrize("lang", languages())
def test_tone_is_kept(lang: str) -> None:
    """No sentence shouts, and no text has space around it."""
    for text_id, text in catalog(lang).texts.items():
        assert "!" not in text, text_id
        assert text == text.strip(), text_id
    file = Path(__file__).parent.parent / "templates" / f"texts.{lang}.toml"
    assert tomllib.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.student)
def test_german_page(made: object) -> None:
    """The student's page in German says so, and holds no English text of the catalog."""
    page = render_student(made, lang="de")  # type: ignore[arg-type]
    assert '<html lang="de">' in page
    assert "Deine Rückmeldung: " in page
    for word in ("Try this", "Not yet correct", "How your work was graded", "Hidden"):
        assert word not in page


def test_german_overview() -> None:
    """So does the class overview."""
    data = [stored(made) for made in MADE]
    page = overview_files(data, Run(title="K", seed=1), lang="de")[INDEX]
    assert '<html lang="de">' in page
    assert "Nur für Lehrende" in page
    assert "4 Abgaben" in page
    assert "Needs your attention" not in page


def test_german_terminal() -> None:
    """The terminal speaks German too, with umlauts written out where it has none."""
    said = render_check(typical(), lang="de")
    assert " ◐ 2 Find the new assignment   17/25   teilweise richtig\n" in said
    assert said.splitlines()[0].endswith("  47 von 100 Punkten")
    data = [stored(made) for made in MADE]
    paths = [("overview", "out/index.html")]
    said = batch_summary(data, duration_s=1, paths=paths, lang="de", ascii_only=True)
    assert said.startswith("3 von 4 Abgaben in 1.0 s bewertet.\n")
    assert "Uebersicht  out/index.html" in said
    assert said.isascii()
    assert batch_line(data[2], number=1, total=1, lang="de").startswith(
        "[1/1] lindqvist  konnte nicht gelesen werden: "
    )
    assert "22 von 36" in batch_progress(done=22, total=36, elapsed_s=1, lang="de")


def test_command_takes_language(tmp_path: Path) -> None:
    """`--lang de` reaches the page and the terminal, of one submission and of a class."""
    folder = tiny_class.assignment(tmp_path)
    source = tiny_class.hand_in(tmp_path / "in", alice=tiny_class.RIGHT)
    page = tmp_path / "page.html"
    ran = tiny_class.run("check", source / "alice.py", "-a", folder, "--lang", "de", "--html", page)
    assert (ran.code, ran.err) == (0, "")
    assert "Alle Teile sind richtig. Gut gemacht." in ran.out
    assert '<html lang="de">' in page.read_text("utf-8")
    out = tmp_path / "out"
    ran = tiny_class.run("batch", source, "--out", out, "-a", folder, "--lang", "de", "--jobs", 1)
    assert ran.code == 0
    assert "1 von 1 Abgabe in " in ran.out
    for written in (out / "index.html", out / "students" / "alice" / "feedback.html"):
        assert '<html lang="de">' in written.read_text("utf-8")


@pytest.mark.parametrize("lang", ["fr", "../en", "", "EN"])
def test_unknown_language_refused(lang: str) -> None:
    """Another language is refused in one line that names those that there are."""
    ran = tiny_class.run("check", "x.py", f"--lang={lang}")
    assert ran.code == 2
    assert f"de or en, got {lang!r}" in ran.err
    assert ran.err.count("\n") == 1


def test_message_speaks_languages() -> None:
    """A message is English as text, and becomes a sentence of any language with its values."""
    message = say("note.found_as", place=say("cell.cell", cell=3), name="means")
    assert str(message) == "Found in cell 3, under the name `means`."
    german = "Gefunden in Zelle 3, unter dem Namen `means`."
    assert catalog("de").tell(message) == german


def test_message_in_message() -> None:
    """A value that is a message is told in the same language, and a number picks the plural."""
    what = say("value.tuple", n=1)
    message = say("difference.structure", name=say("difference.result"), what=what)
    assert str(message) == "the result is a tuple of 1 value, not an array"
    assert catalog("de").tell(message) == "das Ergebnis ist ein Tupel mit 1 Wert, kein Array"


def test_values_are_not_templates() -> None:
    """Braces in a value, which may be the student's, stay what they are."""
    message = say("note.not_found", name="{cell.__class__}{0}")
    assert str(message) == "We could not find `{cell.__class__}{0}`."


def test_lists_are_joined() -> None:
    """Items become a list in words, one item stays alone."""
    assert joined("list.or", ["a"]) == "a"
    assert str(joined("list.or", ["a", "b", "c"])) == "a or b or c"
    assert catalog("de").tell(joined("list.and", ["a", "b"])) == "a und b"


def test_words_of_all_languages() -> None:
    """Words that a text lists are gathered over the languages."""
    assert {"cell", "Zelle", "line", "Zeile"} <= set(everywhere("pattern.places"))


def own_texts(folder: Path, text: str) -> Path:
    """A folder of an assignment with its own texts in German."""
    folder.mkdir()
    (folder / "texts.de.toml").write_text(text, "utf-8")
    return folder


def test_assignment_is_translated(tmp_path: Path) -> None:
    """A sentence of an assignment is looked up, with its values; one that is missing stays."""
    text = '[a]\n"Draw it." = "Zeichne es."\n[b]\n"{n} rows" = "{n} Zeilen"\n'
    texts = catalog("de", own_texts(tmp_path / "own", text))
    assert texts.tell("Draw it.") == "Zeichne es."
    assert texts.tell(say("{n} rows", n=2)) == "2 Zeilen"
    assert texts.tell("Fill it.") == "Fill it."
    assert texts.tell(say("{n} columns", n=2)) == "2 columns"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a", "texts.de.toml: cannot be read: "),
        ('"a" = "b"', "texts.de.toml: a text is outside of a [section]; move it into one"),
        ("[a]\nb = 3", "texts.de.toml: expected a string for 'b', got int; put it in quotes"),
    ],
)
def test_odd_translation_is_told(tmp_path: Path, text: str, says: str) -> None:
    """A file that cannot be used is named, with what is wrong in it."""
    with pytest.raises(AssignmentError) as caught:
        catalog("de", own_texts(tmp_path / "own", text))
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)
