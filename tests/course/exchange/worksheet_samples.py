"""Worksheets as Moodle writes them, in four languages, small and with people who do not exist."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from moodle_rules import PARTICIPANT, TITLES, Gradebook

from grader.course.exchange.moodle_worksheet import fill_worksheet
from grader.course.exchange.rows import GradeRow
from grader.errors import UsageError

SHARED = Path(__file__).resolve().parents[4] / "shared" / "field" / "moodle"
"""True files of a Moodle; they lie next to the repository where it is developed."""
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no files of a true Moodle here")

HEADERS = {
    "en": "Identifier,Full name,Email address,Status,Group,Grade,Maximum grade,Marking workflow state,Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments",
    "de": "ID,Vollständiger Name,E-Mail-Adresse,Status,Gruppe,Bewertung,Bestwertung,Bewertungsstatus,Bewertung kann geändert werden,Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar",
    "fr": "Identifiant,Nom complet,Adresse de courriel,Statut,Groupe,Note,Note maximale,État,La note peut être modifiée,Dernière modification (travail remis),Dernière modification (note),Feedback par commentaires",
    "ar": "المُعرَّف,الاسم الكامل,البريد,الحالة,المجموعة,الدرجة,القصوى,سير العمل,قابلة للتغيير,آخر تعديل (التسليم),آخر تعديل (التقدير),تعليقات الإفادة",
    "xx": "Tunniste,Nimi,Posti,Tila,Ryhmä,Arvosana,Enintään,Työnkulku,Muutettavissa,Muokattu (palautus),Muokattu (arvosana),Palaute",
}
"""`xx` is a language that nobody told us of."""
KEYS = "number name email status group grade most workflow locked submitted changed comment".split()
WORDS = {**PARTICIPANT, "xx": "Osallistuja "}
YES = {"en": "Yes", "de": "Ja", "fr": "Oui", "ar": "نعم", "xx": "Joo"}
NO = {"en": "No", "de": "Nein", "fr": "Non", "ar": "لا", "xx": "Eiei"}
COMMA = {"de", "fr", "xx"}
DATES = {
    "en": "Sunday, 29 November 2026, 5:47 PM",
    "de": "Sonntag, 29. November 2026, 17:47",
    "fr": "dimanche 29 novembre 2026, 17:47",
    "ar": "الأحد، 29 نوفمبر 2026، 5:47 م",
    "xx": "sunnuntaina 29. marraskuuta 2026, 17.47",
}
PEOPLE: Sequence[Mapping[str, str]] = (
    {"number": "10", "name": "José Ñandú", "email": "jose@example.invalid"},
    {"number": "4", "name": "Alex Müller", "email": "twin1@example.invalid"},
    {"number": "5", "name": "Alex Müller", "email": "twin2@example.invalid"},
    {"number": "1", "name": 'Ann_Lena "Q" van/der, Ley; ', "email": "marks@example.invalid"},
    {"number": "9", "name": "=1+1 @SUM", "email": "formula@example.invalid"},
)


def worksheet(  # noqa: PLR0913
    language: str = "en",
    people: Sequence[Mapping[str, str]] = PEOPLE,
    *,
    without: Sequence[str] = ("group", "workflow"),
    order: Sequence[str] = KEYS,
    most: str = "100.00",
    separator: str = ",",
    end: str = "\n",
    mark: bytes = b"\xef\xbb\xbf",
    quoting: int = csv.QUOTE_MINIMAL,
    extra: Mapping[str, str] | None = None,
) -> bytes:
    """Give a worksheet; a person with a `grade` was graded before, `extra` are columns behind."""
    keys = [key for key in order if key not in without]
    titles = dict(zip(KEYS, HEADERS[language].split(","), strict=True))
    if language in TITLES:
        assert {titles[k] for k in ("number", "grade", "changed", "comment")} == {*TITLES[language]}
    out = StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting)
    more = extra or {}
    writer.writerow([*(titles[key] for key in keys), *more])
    for person in people:
        row = _row(language, person, most)
        writer.writerow([*(row[key] for key in keys), *more.values()])
    return mark + out.getvalue().encode()


def _row(language: str, person: Mapping[str, str], most: str) -> dict[str, str]:
    def number(text: str) -> str:
        return text.replace(".", ",") if language in COMMA else text

    grade = person.get("grade", "")
    return {
        "number": WORDS[language] + person["number"],
        "name": person["name"],
        "email": person["email"],
        "status": "Submitted for grading - Graded -  - " if grade else "Submitted -  - ",
        "group": person.get("group", ""),
        "grade": number(grade),
        "most": number(most),
        "workflow": "Not marked",
        "locked": (NO if person.get("locked") else YES)[language],
        "submitted": DATES[language],
        "changed": person.get("changed", DATES[language] if grade else "-"),
        "comment": person.get("comment", ""),
    }


def graded(people: Sequence[Mapping[str, str]] = PEOPLE) -> list[dict[str, str]]:
    """Give the people with grades and comments that they had before."""
    return [{**one, "grade": "50.00", "comment": f"old {one['number']}"} for one in people]


def cells(data: bytes, separator: str = ",") -> list[list[str]]:
    """Give the cells of a file as Python reads them."""
    text = StringIO(data.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=separator, strict=True))


NUMBERS = {one["number"] for one in PEOPLE}


COMMENT = 'Well done & "a < b"\n\nsee C:\\'


def row(student: str, points: float | None = None, **more: object) -> GradeRow:
    """Give a row of ours, of 100 points."""
    mark = None if points is None else round(points * 1000)
    own = GradeRow(student=student, mark_mp=mark, max_mp=100_000)
    return replace(own, **more)  # type: ignore[arg-type]


def ours(points: Mapping[str, float], comment: str = "") -> list[GradeRow]:
    """Give rows with participants' numbers."""
    names = {one["number"]: one["name"] for one in PEOPLE}
    return [
        row(f"s{number}", value, lms_number=number, name=names[number], comment=comment)
        for number, value in points.items()
    ]


def state(people: Sequence[Mapping[str, str]]) -> Gradebook:
    """Give what Moodle knew when it wrote the worksheet."""
    return Gradebook(
        {one["number"]: float(one["grade"]) for one in people if one.get("grade")},
        {one["number"]: one["comment"] for one in people if one.get("comment")},
    )


def refused(data: bytes, rows: Sequence[GradeRow], **options: object) -> str:
    """Give the message of a worksheet that cannot be filled in."""
    with pytest.raises(UsageError) as caught:
        fill_worksheet(data, rows, file="w.csv", **options)  # type: ignore[arg-type]
    assert len(caught.value.lines) == 1
    return str(caught.value)


def differences(data: bytes, other: bytes, separator: str = ",") -> set[tuple[int, int]]:
    """Give the rows and columns of the cells in which two files differ."""
    assert data[:3] == other[:3]
    assert data.endswith(b"\n") == other.endswith(b"\n")
    before, after = cells(data, separator), cells(other, separator)
    assert [len(one) for one in before] == [len(one) for one in after]
    return {
        (i, j)
        for i, pair in enumerate(zip(before, after, strict=True))
        for j, (old, new) in enumerate(zip(*pair, strict=True))
        if old != new
    }
