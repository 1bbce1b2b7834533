"""What `grader course` prints: in the course's language, or in the one that is asked for."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import tiny_class
from tiny_class import HALF, RIGHT, Ran, hand_in

LATE = """
[late]
grace = "5 min"
budget = { days = 3, per_assignment = 2 }
then = { per = "day", lose = 10, at_most = 50 }
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A German course with a graded assignment: Ada on time, Bob five days late."""
    top = tmp_path_factory.mktemp("words")
    course, tiny = top / "kurs", tiny_class.assignment(top)
    tiny_class.run("course", "new", course, "--zone", "Europe/Berlin", "--lang", "de")
    with (course / "course.toml").open("a", encoding="utf-8") as settings:
        settings.write(LATE)
    for name, source, at in (("ada", RIGHT, "2026-11-25T12:00"), ("bob", HALF, "2026-11-30T12:00")):
        hand_in(top / name, **{name: source})
        run(course, "add", tiny, "--due", "2026-11-25T23:59")
        run(course, "take", top / name, "--at", at)
    assert run(course, "grade", "--jobs", 1).out == "2 bewertet.\n"
    return course


def run(course: Path, verb: str, *arguments: str | Path | int) -> Ran:
    """A verb of the course."""
    return tiny_class.run("course", verb, *arguments, "--course", course, "--by", "eva")


def test_new_course_has_its_language(tmp_path: Path) -> None:
    """`new --lang de` answers in German, and the course keeps it."""
    done = tiny_class.run(
        "course", "new", tmp_path / "k", "--zone", "Europe/Berlin", "--lang", "de"
    )
    first, second = done.out.splitlines()
    assert first == f"Kurs in {tmp_path}/k angelegt (Zeitzone Europe/Berlin)."
    assert second.startswith("Einladung für eine Lehrperson, 14 Tage lang, einmal: ")
    assert 'lang = "de"' in (tmp_path / "k" / "course.toml").read_text("utf-8")


def test_lateness_is_explained_in_german(home: Path) -> None:
    """`late --explain` says each step in the course's language."""
    assert run(home, "late", "--explain", "bob").out == (
        "bob:\n"
        "tiny\n"
        "  Versuch 1 zählt.\n"
        "  Abgabe bis 2026-11-25 23:59 CET.\n"
        "  Abgegeben 2026-11-30 12:00 CET, 4 Tage 12 h 1 min zu spät.\n"
        "  Die Karenzzeit (5 min) ist vorbei, also zählt die Verspätung ab dem Abgabetermin.\n"
        "  Zum Ausgleich nötig: 5 freie Verspätungstage.\n"
        "  2 freie Verspätungstage von 3, die im Semester übrig sind, höchstens 2 je Aufgabe.\n"
        "  Der Abgabetermin rückt auf 2026-11-27 23:59 CET.\n"
        "  3 × 1 Tag später, angefangene mitgezählt: 30% gehen verloren, jeweils 10%.\n"
        "  Die Verspätung kostet 1.8 von 6 Punkten.\n"
        "  Die Punktzahl ist 4.2 von 10.\n"
    )


def test_lateness_is_explained_in_english(home: Path) -> None:
    """`--lang en` says the same in English."""
    assert run(home, "late", "--explain", "ada", "--lang", "en").out == (
        "ada:\n"
        "tiny\n"
        "  Attempt 1 counts.\n"
        "  Due 2026-11-25 23:59 CET.\n"
        "  Submitted 2026-11-25 12:00 CET, on time.\n"
        "  The mark is 10 of 10.\n"
    )


def test_steps_have_no_language_in_json(home: Path) -> None:
    """The JSON of the steps has ids and values, the same in each language."""
    german = run(home, "late", "--explain", "bob", "--json").out
    assert german == run(home, "late", "--explain", "bob", "--json", "--lang", "en").out
    (found,) = json.loads(german)
    assert found["steps"][1:4] == [
        {"step": "late", "at": "2026-11-30T11:00:00.000000Z", "late": "4 days 12 h 1 min"},
        {"step": "no_grace", "grace": "5 min"},
        {"step": "needed", "needed": 5},
    ]


def test_table_has_headings_of_the_language(home: Path) -> None:
    """`marks` has the headings and the status in the language; its JSON has neither."""
    assert run(home, "marks").out == (
        "Person  Name  Aufgabe  Versuch  Stand     roh  Abzug  Punkte  von\n"
        "ada     ada   tiny           1  bewertet   10             10   10\n"
        "bob     bob   tiny           1  bewertet    6    1.8     4.2   10\n"
    )
    assert run(home, "marks", "--student", "ada", "--lang", "en").out == (
        "student  name  assignment  attempt  status  raw  late  mark  max\n"
        "ada      ada   tiny              1  graded   10          10   10\n"
    )
    assert run(home, "marks", "--json").out == run(home, "marks", "--json", "--lang", "en").out


def test_preview_asks_in_the_language(home: Path) -> None:
    """What cannot be undone is not done without a terminal and without `--yes`: it ends with 2."""
    done = run(home, "forget", "ada")
    assert (done.code, done.out, done.err) == (
        2,
        "",
        "grader: es wurde nichts geändert; führe den Befehl mit --yes noch einmal aus\n",
    )
    done = run(home, "forget", "ada", "--lang", "en")
    assert (done.code, done.out, done.err) == (
        2,
        "",
        "grader: nothing was changed; run the command again with --yes\n",
    )


@pytest.mark.parametrize(
    ("lang", "question", "refused"),
    [
        ("de", "bob endgültig löschen? [j/N] ", "grader: es wurde nichts geändert\n"),
        ("en", "Erase bob for good? [y/N] ", "grader: nothing was changed\n"),
    ],
)
def test_person_is_asked_in_the_language(
    home: Path, monkeypatch: pytest.MonkeyPatch, lang: str, question: str, refused: str
) -> None:
    """At a terminal the command asks, and takes anything but a yes for a no."""
    answers = io.StringIO("\n")
    monkeypatch.setattr(answers, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", answers)
    done = run(home, "forget", "bob", "--lang", lang)
    assert (done.code, done.out, done.err) == (2, "", question + refused)


def test_publishing_shows_what_is_not_ready(home: Path) -> None:
    """`publish` says what waits, and when it was done already."""
    assert run(home, "publish", "--yes").out == (
        "tiny: 2 Punktzahlen; 0 warten auf die Bewertung, 0 sind gescheitert, 0 haben offene "
        "Punkte.\n"
        "tiny: veröffentlicht.\n"
    )
    assert run(home, "publish", "--lang", "en").out == "tiny: is published already.\n"
    assert run(home, "withhold", "--yes").out == "tiny: zurückgehalten.\n"


def test_regrade_says_what_is_next(home: Path) -> None:
    """A regrade is named, counted and discarded in German."""
    started = run(home, "regrade", "start", "--student", "ada", "--seed", 7).out
    first, second = started.splitlines()
    pid = first.split()[1].rstrip(":")
    assert first == (f"Neubewertung {pid}: 1 Abgabe wartet, Seed 7. Noch hat sich nichts geändert.")
    assert second == "Als Nächstes: grader course grade, dann grader course regrade show"
    assert run(home, "regrade", "show").out == (
        f"Neubewertung {pid} von tiny, Fassung 1: läuft\n"
        "0 niedriger, 0 höher, 1 gleich\n"
        "1 wartet auf die Bewertung: grader course grade\n"
    )
    assert run(home, "regrade", "discard").out == f"{pid} verworfen; nichts hat sich geändert.\n"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("de", "bob: Teil double auf 5 Punkte gesetzt (Verspätung wird abgezogen); ID "),
        ("en", "bob: part double set to 5 points (lateness is taken off); ID "),
    ],
)
def test_points_by_hand_say_what_lateness_does(home: Path, lang: str, said: str) -> None:
    """`mark` says what it set, by which rule, and the ID that ends it."""
    more = ("--part", "double", "--reason", "x", "--lang", lang)
    done = run(home, "mark", "bob", "5.0", *more)
    assert done.out.startswith(said)
    pid = done.out.split()[-1]
    ended = {"de": "Aufgehoben: Änderung von Hand bei bob.\n", "en": "Revoked: override of bob.\n"}
    assert run(home, "revoke", pid, "--lang", lang).out == ended[lang]


def test_added_points_are_not_called_set(home: Path) -> None:
    """`mark --add` says that it added points, not that it set them."""
    done = run(home, "mark", "bob", "1", "--add", "--reason", "x", "--lang", "en")
    assert done.out.startswith("bob: 1 points added to the total (lateness is taken off); ID ")
    run(home, "revoke", done.out.split()[-1])


def test_roster_previews_in_the_language(home: Path, tmp_path: Path) -> None:
    """The preview of a roster has the fields of the language, and wide names as they are."""
    table = tmp_path / "people.csv"
    table.write_text("student,name\nada,Ada Lovelace\nbob,bob\nhan,韓 非\n", "utf-8")
    assert run(home, "roster", table).out == (
        "Neu: 1, geändert: 1, nicht mehr da: 0, unverändert: 1\n"
        "  + han  韓 非\n"
        "  ~ ada  Name: ada → Ada Lovelace\n"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "grader course: begin with grader course new DIR, or see grader course --help for "),
        (("regrade", "again"), "grader course regrade: argument STEP: expected start, show, "),
        (("choose", "ada", "x"), "grader course choose: argument ATTEMPT: expected a whole number"),
        (("marks", "--lang", "fr"), "grader course marks: --lang: expected de or en, got 'fr'\n"),
        (("mark", "ada"), "grader: mark: name a student and the points, or a table with --csv"),
        (("extend", "ada"), "grader: extend: say why, for those who read the log: --reason TEXT\n"),
        (("log", "--last", "-3"), "grader course log: --last: "),
    ],
)
def test_wrong_arguments_get_one_line(arguments: tuple[str, ...], line: str) -> None:
    """What cannot be used ends with 2 and one line that says what to do."""
    done = tiny_class.run("course", *arguments)
    assert done.code == 2
    assert done.err.startswith(line)
    assert done.err.count("\n") == 1


def test_database_is_private(tmp_path: Path) -> None:
    """Only the course's owner can read its database, after a restore too."""
    course, backup = tmp_path / "c", tmp_path / "b.db"
    tiny_class.run("course", "new", course)
    assert (course / "course.db").stat().st_mode & 0o777 == 0o600
    assert run(course, "backup", backup).code == 0
    assert backup.stat().st_mode & 0o777 == 0o600
    assert run(course, "restore", backup, "--yes").code == 0
    assert (course / "course.db").stat().st_mode & 0o777 == 0o600
