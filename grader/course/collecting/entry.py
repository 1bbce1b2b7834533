"""The entry of one student in a class: which file is graded, and where its bytes are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from grader.catalog import Message
from grader.course.collecting.archives import FoundFile
from grader.reading.submission import Submission, joined, parse_bytes
from grader.reading.text_encoding import decode
from grader.reading.unreadable import SourceError, UnreadableError


@dataclass(frozen=True, kw_only=True)
class EntryFile:
    """A file that is graded: where it is, and what was submitted next to it."""

    label: str
    """Where it was found, for people."""
    name: str
    """The file's name as the student chose it."""
    found: FoundFile
    module_files: Mapping[str, FoundFile] = field(default_factory=dict)

    def load(self) -> bytes:
        """Get the file's bytes.

        Raises:
            UnreadableError: it cannot be read.
            SourceError: it is not there any more, or not the file that was found.

        """
        return self.found.load(self.label)

    def load_modules(self) -> dict[str, str]:
        """Get the source of the modules submitted next to it; one that is unreadable is omitted.

        Raises:
            SourceError: one is not there any more, or not the file that was found.

        """
        modules = {}
        for name, found in self.module_files.items():
            try:
                modules[name] = decode(found.load(name), name=found.name)[0]
            except SourceError:
                raise
            except UnreadableError:
                continue
        return modules

    def parsed(self) -> Submission:
        """Get what is in the file. Raises as `load` does, and where it is no notebook or script."""
        return parse_bytes(self.load(), name=self.name, modules=self.load_modules())


@dataclass(frozen=True, kw_only=True)
class Entry(EntryFile):
    """The submission of one student, to be read when its turn comes."""

    student: str
    """Unique, and safe as the name of a folder."""
    others: tuple[EntryFile, ...] = ()
    """Further notebooks that are graded, where the exercise has several."""
    number: str = ""
    """By which a learning management system knows the student, '' where none does."""
    ending: str = ""
    """What the ID ends in: the number, or that of a group."""
    notes: tuple[Message, ...] = ()
    alternatives: tuple[str, ...] = ()
    """Labels of the student's other files that could have been graded."""
    passed_over: tuple[str, ...] = ()
    """The same as the student knows them."""
    return_path: str = ""
    """Under which name in a zip the system takes the report back; '' where none does."""
    is_late: bool = False
    """Whether the system that it was submitted to says so."""

    def read(self) -> Submission:
        """Get the submission, with the notes of its finding.

        Raises:
            UnreadableError: it is not a notebook or script.
            SourceError: it is not there any more, or not the file that was found.

        """
        submission = joined([one.parsed() for one in (self, *self.others)])
        return replace(submission, notes=self.notes + submission.notes)
