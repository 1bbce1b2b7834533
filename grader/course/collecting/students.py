"""What is known of a student before anything is graded: names, numbers and files."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from grader.catalog import Message
from grader.course.collecting.archives import A_LINK, FoundFile
from grader.course.collecting.people import people
from grader.errors import GraderError
from grader.reading.unreadable import SourceError

Rank = Callable[[bytes, str], int]
"""How much of the assignment the bytes of a file with this name hold; the highest is graded."""
Holds = Callable[[bytes, str], bool]
"""Whether the bytes of a file with this name contain parts of the assignment, filled in or not."""
NotebookOf = Callable[[bytes, str], str]
"""The stem of the notebook of the assignment that such a file is for, '' for none of several."""

_EXTENSIONS = re.compile(
    r"(\.(ipynb|pynb|py|zip|txt|json|download|pdf|html?|docx?|odt|rtf|png|jpe?g|rar|7z|t?gz|tar))+$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"\.(pdf|x?html?|mhtml|docx?|odt|rtf|pages|txt|png|jpe?g|heic|gif|webp|tiff?|bmp"
    r"|rar|7z|t?gz|tgz|bz2|xz|tar)$",
    re.IGNORECASE,
)
"""Files next to students' notebooks that somebody may have submitted for one."""
_NO_STUDENT = re.compile(
    r"(readme|licen[cs]e|labels?|index|instructions?|requirements|.*sheet|exercises?|aufgaben?"
    r"|aufgabenblatt|übungsblatt|uebungsblatt|notes?|grades|feedback|solutions?|musterlösung"
    r"|tasks?|assignments?|changelog|contributing|angabe|bewertung(en)?)[\W\d_]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class OwnedFile:
    """A file of a student, under the name that the student chose."""

    name: str
    path: str
    """Within what the student submitted."""
    found: FoundFile
    order: str = ""
    """Of several attempts, those that come last by this are looked at."""
    return_path: str = ""
    """As in `FileOwner`."""


@dataclass(frozen=True, kw_only=True)
class StudentFiles:
    """One student's files, or one group's."""

    name: str
    number: str = ""
    group: str | None = None
    code: tuple[OwnedFile, ...] = ()
    """Notebooks and scripts, and zips that cannot be opened."""
    others: tuple[OwnedFile, ...] = ()
    is_late: bool = False
    is_text: bool = False
    """Whether there is nothing but what was typed into the system."""
    notes: tuple[Message, ...] = ()


@dataclass
class Ranks:
    """How much of the assignment files hold, each asked once; -1 where one cannot be read."""

    rank: Rank | None
    holds: Holds | None = None
    notebook_of: NotebookOf | None = None
    stems: tuple[str, ...] = ()
    """Those of the notebooks, in their order; none where no assignment has several."""
    _known: dict[object, int] = field(default_factory=dict)
    _holding: dict[object, bool] = field(default_factory=dict)
    _notebooks: dict[object, str] = field(default_factory=dict)

    def __call__(self, found: FoundFile, name: str) -> int:
        """Get the rank of a file."""
        if found.identity not in self._known:
            self._known[found.identity] = self._ask(found, name)
        return self._known[found.identity]

    def holds_parts(self, found: FoundFile) -> bool:
        """Get whether a file contains any part; without a rank any that can be read does."""
        rank = self(found, found.name)
        if self.holds is None or rank < 0 or rank == sys.maxsize:
            return rank > 0 if self.rank is not None else rank >= 0
        if found.identity not in self._holding:
            self._holding[found.identity] = self.holds(found.load(found.name), found.name)
        return self._holding[found.identity]

    def notebook(self, found: FoundFile) -> str:
        """Get the stem of the notebook that a file is for, of several; '' where that is not known.

        One that could not be read or is not there any more is for none.
        """
        if (
            self.notebook_of is None
            or not self.stems
            or self(found, found.name) in {-1, sys.maxsize}
        ):
            return ""
        if found.identity not in self._notebooks:
            self._notebooks[found.identity] = self.notebook_of(found.load(found.name), found.name)
        return self._notebooks[found.identity]

    def are_of_one(self, files: Sequence[FoundFile], *, by_name: bool = False) -> bool:
        """Get whether the files are different notebooks of one exercise, as their names may say."""
        stems = [self.notebook(file) for file in files] if len(files) > 1 else []
        return (
            bool(stems)
            and all(stems)
            and len(set(stems)) == len(stems)
            and all(
                not by_name or key_of(stem) in key_of(stem_of(file.name))
                for stem, file in zip(stems, files, strict=True)
            )
        )

    def taken_together(self, files: Sequence[FoundFile]) -> dict[str, list[FoundFile]]:
        """Get by a name the files that are different notebooks of one exercise and one person.

        Their own names say so: they are alike but for the stems of the exercise's notebooks.
        """
        alike: dict[str, tuple[str, list[FoundFile]]] = {}
        for file in files if self.stems else ():
            name = _without(stem_of(file.name), self.notebook(file))
            if name:
                alike.setdefault(key_of(name), (name, []))[1].append(file)
        return {name: some for name, some in alike.values() if self.are_of_one(some)}

    def _ask(self, found: FoundFile, name: str) -> int:
        try:
            data = found.load(name)
            if not data.strip():
                return -1
            return self.rank(data, name) if self.rank is not None else 0
        except SourceError:
            return sys.maxsize  # it may be the best one: none is graded in its place
        except GraderError:
            return -1


def stem_of(name: str) -> str:
    """Get a file's name without its endings."""
    return _EXTENSIONS.sub("", name)


def key_of(name: str) -> str:
    """Get what two names have in common that may be one folder on some file system."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def is_work(file: FoundFile) -> bool:
    """Get whether a file next to others may be what somebody submitted for a notebook."""
    return bool(_DOCUMENT.search(file.name)) and not _NO_STUDENT.fullmatch(stem_of(file.name))


def is_linked_student(file: FoundFile) -> bool:
    """Get whether a file next to students' folders may be a link to one more."""
    return file.fault == A_LINK and stem_of(file.name) == file.name and bool(people([file.name]))


def _without(name: str, stem: str) -> str:
    """Get what is left of a name without a stem that is in it, '' where nothing is or it is not."""
    left = re.sub(re.escape(stem), " ", name, count=1, flags=re.IGNORECASE) if stem else name
    return left.strip(" _-.") if left != name else ""
