"""What Moodle 4.5 does with a worksheet and with a zip file, written from what it was seen to do."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from io import BytesIO

PARTICIPANT = {"en": "Participant ", "de": "Teilnehmer/in", "fr": "Participant", "ar": "المشارك"}
TITLES = {
    "en": ("Identifier", "Grade", "Last modified (grade)", "Feedback comments"),
    "de": ("ID", "Bewertung", "Zuletzt geändert (Bewertung)", "Feedback als Kommentar"),
    "fr": ("Identifiant", "Note", "Dernière modification (note)", "Feedback par commentaires"),
    "ar": ("المُعرَّف", "الدرجة", "آخر تعديل (التقدير)", "تعليقات الإفادة"),
}


class RefusedError(Exception):
    """Moodle takes nothing of the file."""


@dataclass
class Gradebook:
    """Moodle's side of an assignment, by the participants' numbers."""

    grades: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)


def cells_of(text: str, separator: str) -> Iterator[list[str]]:
    """Give the rows as PHP's `fgetcsv` reads them: a backslash keeps a quote from ending a cell."""
    pattern = re.compile(
        r'(?:"((?:[^"\\]|\\.|\\\Z|"")*)"([^%s\r\n]*)|([^%s\r\n]*))(%s|\r\n|\n|\r|\Z)'
        % ((re.escape(separator),) * 3),
        re.DOTALL,
    )
    at, row = 0, list[str]()
    while at < len(text) or row:
        match = pattern.match(text, at)
        if match is None:
            raise RefusedError(f"no cell at {text[at : at + 40]!r}")
        quoted = match[1]
        row.append(match[3] if quoted is None else quoted.replace('""', '"') + match[2])
        at = match.end()
        if match[4] != separator:
            if row != [""]:
                yield row
            row = []


def import_worksheet(  # noqa: PLR0913
    data: bytes,
    gradebook: Gradebook,
    participants: Collection[str],
    *,
    language: str = "en",
    separator: str = ",",
    maximum: float = 100,
    locked: Collection[str] = (),
) -> Gradebook:
    """Give the gradebook after an import with "overwrite" ticked, dates aside."""
    header, *rows = cells_of(data.decode("utf-8-sig", errors="ignore"), separator)
    number, grade, changed, comment = TITLES[language]
    if not {number, grade, changed} <= set(header) or any(len(r) != len(header) for r in rows):
        raise RefusedError(header)
    after = Gradebook(dict(gradebook.grades), dict(gradebook.comments))
    seen = set()
    cut = len(PARTICIPANT[language].encode())
    for row in rows:
        who = row[header.index(number)].encode()[cut:].decode(errors="replace")
        if not re.fullmatch(r"[0-9]+", who):
            raise RefusedError("Error reading from database")
        if who not in participants or who in seen:
            continue
        seen.add(who)
        points = as_float(row[header.index(grade)], language)
        if points is not None and 0 <= points <= maximum and who not in locked:
            after.grades[who] = points
        if comment in header and header.index(comment):
            after.comments[who] = row[header.index(comment)]
    return after


def as_float(text: str, language: str) -> float | None:
    """Give the number that Moodle reads in a cell; None leaves the grade as it was."""
    text = text.strip().replace(" ", "")
    if not text:
        return None
    if language not in {"en", "ar"}:
        text = text.replace(",", ".")
    found = re.match(r"-?[0-9]*\.?[0-9]+", text)
    return float(found[0]) if found else 0.0


def shown(comment: str) -> str:
    """Give what a student reads: HTML, where line breaks count only if there is no tag."""
    if not re.search(r"<[a-z/]", comment):
        comment = comment.replace("\n", "<br />")
    lines = re.split(r"<br ?/?>", comment)
    assert not any(re.search(r"<[a-z/]", line) for line in lines)
    return "\n".join(html.unescape(line) for line in lines)


def files_taken(data: bytes, numbers: Collection[str]) -> dict[str, dict[str, bytes]]:
    """Give the files that each number gets from a zip file."""
    taken: dict[str, dict[str, bytes]] = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for path in archive.namelist():
            assert all(
                len(piece) <= 220 and len(piece.encode()) <= 250 for piece in path.split("/")
            )
            pieces = path.split("/")
            if pieces[-1].startswith((".", "~")):
                continue
            for i, piece in enumerate(pieces):
                words = piece.split("_", 4)
                plugin = words[2:4]
                if len(words) >= 4 and words[1] in numbers and plugin == ["assignfeedback", "file"]:
                    rest = "/".join([*words[4:], *pieces[i + 1 :]])
                    taken.setdefault(words[1], {})[rest] = archive.read(path)
    return taken
