"""What Canvas does with a gradebook and with a zip file, written from its importer."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO

COMPUTED = re.compile(
    "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade"
    "|Override Score|Override Grade|Override Status"
)


@dataclass(frozen=True)
class User:
    """A student of Canvas's."""

    id: str
    sis: str = ""
    login: str = ""


class ProposalError(Exception):
    """Canvas would make a student or an assignment of its own."""


def import_gradebook(
    data: bytes, users: list[User], assignments: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Give the cells by user and assignment; `assignments` are the titles by their numbers."""
    text = data.decode("utf-8-sig")
    separator = _separator(text)
    rows = list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    header = rows[0]
    assert "Student" in header[0]
    assert "ID" in header[1]
    first = header.index("Section") + 1
    columns = {}
    for i, title in enumerate(header):
        if i < first or COMPUTED.search(title):
            continue
        found = re.fullmatch(r"(.*)\s\((\d+)\)", title)
        if found is None or assignments.get(found[2]) != found[1]:
            raise ProposalError(title)
        columns[i] = found[2]
    cells = {}
    for row in rows[1:]:
        if re.fullmatch(r"[;, ]*", separator.join(row)) or "Points Possible" in row[0]:
            continue
        if all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", one, re.IGNORECASE) for one in row):
            continue
        user = _user(header, row, users)
        for i, number in columns.items():
            cells[user, number] = _value(row[i])
    return cells


def _separator(text: str) -> str:
    lines = text.splitlines()[:3]
    counts = {}
    for one in ";,":
        widths = {len(next(csv.reader([line], delimiter=one))) for line in lines}
        counts[one] = widths.pop() if len(widths) == 1 else 0
    return ";" if counts[";"] > counts[","] else ","


def _user(header: list[str], row: list[str], users: list[User]) -> str:
    own = dict(zip(header, row, strict=False))
    for user in users:
        if user.id == own["ID"]:
            return user.id
    for user in users:
        is_sis = own.get("SIS User ID") and user.sis == own["SIS User ID"]
        if is_sis or (own.get("SIS Login ID") and user.login == own["SIS Login ID"]):
            return user.id
    raise ProposalError(row[0])


def _value(cell: str) -> str:
    if re.fullmatch(r"-?[0-9.,]+%?", cell):
        *whole, last = re.split(r"[,.]", cell)
        cell = f"{''.join(whole)}.{last}" if whole else last
    return cell.strip()


def files_taken(data: bytes) -> dict[tuple[str, str], dict[str, bytes]]:
    """Give the files by user and attachment that Canvas reads in a zip file."""
    taken: dict[tuple[str, str], dict[str, bytes]] = {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            numbers = [piece for piece in name.split("_") if re.fullmatch(r"\d+", piece)]
            if name.startswith("._") or re.search(r"_link", name) or len(numbers) < 2:
                continue
            taken.setdefault((numbers[0], numbers[1]), {})[name] = archive.read(name)
    return taken
