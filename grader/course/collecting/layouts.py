"""One person's project or several people: what folders and zips look like from outside.

**Wrappers.** What holds nothing but one folder or one zip is no student; neither is a folder
called `submitted` or `submissions`. Of an nbgrader course only `submitted` is read.

**Systems.** Where a learning management system wrote the names, at whatever depth, they say
whose the files are (`lms_names`).

**A class or one person's project?** The source itself is a class: each thing in it is somebody's.
Of a folder or zip further in it is asked whether it looks like several people:

- Its folders do when two of them hold code, no notebook lies next to them, and their names could be
  people's: not `old`, `src`, `week 2` (`people`), not names that the folders of other students
  have too (`alice/hw1`, `bob/hw1`), not one that contains a copy of a file next to it.
- With notebooks next to the folders, there must be three people.
- Its files do when their names could be people's and each holds parts of the assignment. Beside
  other students, a person with three notebooks is likelier than three people in a folder: there
  each must hold more than half of what the best one holds, and there must be three, or most
  folders of that level must look like this.
- What stands alone, with no other student next to it, is believed to be a class more readily.

`Layouts.is_class` asks. In doubt files stay together as one student's;
the report then says what was passed over.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from grader.catalog import Message, say
from grader.course.collecting import lms_names
from grader.course.collecting.archives import FoundFile
from grader.course.collecting.boxes import Box, Shelf
from grader.course.collecting.choosing import is_script
from grader.course.collecting.lms_names import FileOwner
from grader.course.collecting.people import people
from grader.course.collecting.sources import is_code, is_zip
from grader.course.collecting.students import Ranks, is_linked_student, is_work, key_of, stem_of

MAX_ALTERNATIVES = 20
MAX_ZIP_DEPTH = 4
COPIES = re.compile(r"( ?\(\d+\)|-(main|master))$")
_WRAPPERS = frozenset({"submitted", "submission", "submissions", "abgaben", "einreichungen"})
_NBGRADER = frozenset({"source", "release", "autograded", "feedback", "source_with_tests"})


@dataclass(frozen=True)
class Layouts:
    """What the boxes of a source look like; `groups` are names that a worksheet lists."""

    shelf: Shelf
    ranks: Ranks
    groups: frozenset[str] = frozenset()

    def unwrapped(self, box: Box) -> tuple[Box | FoundFile, list[str], list[Box | FoundFile]]:
        """Get the first box that contains more than one; the names on the way, and what is beside.

        A zip that cannot be opened comes as it is.
        """
        chain: list[str] = []
        passed: list[Box | FoundFile] = []
        while True:
            box = self._course(box)
            folders = [folder for folder in box.folders if not folder.is_empty]
            is_beside = any(is_work(one) or is_linked_student(one) for one in box.others)
            if len(folders) + len(box.archives) != 1 or box.code or is_beside:
                return box, chain, passed
            if self.named(box):
                return box, chain, passed
            passed += [*box.others, *box.stray, *(f for f in box.folders if f.is_empty)]
            if folders:
                box = folders[0]
                chain.append(box.name)
                continue
            (archive,) = box.archives
            chain.append(archive.name)
            inside = (
                self.shelf.look(archive)
                if len(archive.location.members) < MAX_ZIP_DEPTH
                else say("file.zip_without")
            )
            if isinstance(inside, Message):
                return replace(archive, fault=archive.fault or inside), chain, passed
            box = inside

    def _course(self, box: Box) -> Box:
        """Get only `submitted` where the box is a whole nbgrader course."""
        names = {folder.name for folder in box.folders}
        if "submitted" not in names or not names & _NBGRADER:
            return box
        where = "/".join((self.shelf.shown, *box.parts))
        self.shelf.left_out.tell(say("omitted.nbgrader", where=where))
        return replace(
            box, files=(), folders=tuple(f for f in box.folders if f.name == "submitted")
        )

    def named(self, box: Box) -> dict[str, FileOwner]:
        """Get what the names right in a box say, where a system wrote them."""
        files = [file.name for file in box.files]
        folders = [folder.name for folder in box.folders]
        return lms_names.named(folders, files, groups=self.groups, is_place=is_wrapper(box.name))

    def named_alone(self, name: str) -> FileOwner | None:
        """Get what the name of a source says, where a system wrote it."""
        return lms_names.named_alone(name, groups=self.groups)

    def has_names(self, box: Box) -> bool:
        """Get whether a system wrote names in a box, however deep."""
        if self.named(box):
            return True
        if any(self.has_names(folder) for folder in box.folders):
            return True
        if box.code:
            return False
        looks = (
            self.shelf.look(one)
            for one in box.archives
            if len(one.location.members) < MAX_ZIP_DEPTH
        )
        return any(isinstance(look, Box) and self.has_names(look) for look in looks)

    def is_person(self, top: Box, repeated: Collection[str]) -> bool:
        """Get whether a source next to others looks like what one student submitted."""
        box, chain, _ = self.unwrapped(top)
        names = [name for name in map(stem_of, chain) if key_of(name) not in repeated]
        if any(is_wrapper(name) or people([name]) for name in names):
            return False
        if isinstance(box, FoundFile):
            return True
        stems = {stem_of(file.name) for file in box.code}
        beside = {stem_of(file.name) for file in box.others if is_work(file)} - stems
        if stems and people(sorted(beside)):
            return False
        return not (self.has_names(box) or self.is_class(box, is_alone=True))

    def is_class_below(self, box: Box, chain: Sequence[str]) -> bool:
        """Get whether a box with nothing next to it and these names above looks like a class."""
        if "submitted" not in chain:
            return self.is_class(box, is_alone=True)
        return self.is_class(box, is_alone=False, repeated=_called_like_their_files(box))

    def is_class(
        self,
        box: Box,
        *,
        is_alone: bool,
        repeated: Collection[str] = (),
        pairs: bool = False,
    ) -> bool:
        """Get whether a box looks like several people, as the module says."""
        folders = self._folders_of_people(box, repeated, is_alone=is_alone)
        beside = self._works(box.code)
        files = self._files_of_people(box, repeated, is_alone=is_alone)
        if not beside:
            if len(folders) < 2:
                return False
            return is_alone or sum(map(self._holds_parts, folders)) > 1
        if box.folders or box.archives:
            return bool(folders) and len(folders) + len(files) > (1 if pairs else 2)
        files = files[:MAX_ALTERNATIVES]
        full = [file for file in files if self._is_full(file, files, is_alone=is_alone)]
        if is_alone:
            return len(full) > 1 or (len(files) > 2 and len(full) > 0)
        return len(full) == len(files) and (len(full) > 2 or (pairs and len(full) > 1))

    def _works(self, code: Sequence[FoundFile]) -> list[FoundFile]:
        """Get the notebooks, and the scripts that are more than helpers."""
        notebooks = [file for file in code if not is_script(file.name)]
        scripts = [file for file in code if is_script(file.name)][:MAX_ALTERNATIVES]
        return notebooks or [file for file in scripts if self.ranks.holds_parts(file)]

    def _folders_of_people(
        self, box: Box, repeated: Collection[str], *, is_alone: bool
    ) -> list[Box | FoundFile]:
        inner: list[Box | FoundFile] = [f for f in box.folders if not f.is_empty]
        inner += box.archives
        named = {stem_of(one.name): one for one in inner}
        likely = people(list(named), is_number_enough=is_alone)
        beside = {file.name for file in box.code}
        return [
            named[name]
            for name in likely
            if key_of(name) not in repeated
            and self._is_work(named[name], is_alone=is_alone)
            and not beside & {file.name for file in self._code(named[name])}
        ]

    def _files_of_people(
        self, box: Box, repeated: Collection[str], *, is_alone: bool = False
    ) -> list[FoundFile]:
        files = [file for file in box.code if not is_script(file.name)] or list(box.code)
        if self.ranks.are_of_one(files, by_name=is_alone):
            return []
        named = {stem_of(file.name): file for file in files}
        return [named[n] for n in people(list(named)) if key_of(n) not in repeated]

    def _is_work(self, one: Box | FoundFile, *, is_alone: bool) -> bool:
        """Get whether somebody may have handed this in: code, or where it stands alone anything."""
        if isinstance(one, FoundFile):
            return True
        code = self._code(one)
        return bool(self._works(code)) or (is_alone and not code)

    def _code(self, one: Box | FoundFile) -> list[FoundFile]:
        inside = self.shelf.look(one) if isinstance(one, FoundFile) else one
        if isinstance(inside, Message):
            return []
        files: list[FoundFile] = []
        for file in inside.all_files():
            if is_code(file.name):
                files.append(file)
            elif is_zip(file.name) and isinstance(one, Box):
                look = self.shelf.look(file)
                files += (
                    [] if isinstance(look, Message) else filter(_is_code_file, look.all_files())
                )
        return files

    def _holds_parts(self, one: Box | FoundFile) -> bool:
        return any(map(self.ranks.holds_parts, self._code(one)[:MAX_ALTERNATIVES]))

    def _is_full(self, file: FoundFile, files: Sequence[FoundFile], *, is_alone: bool) -> bool:
        if is_alone or self.ranks.rank is None:
            return self.ranks.holds_parts(file)
        best = max(self.ranks(one, one.name) for one in files[:MAX_ALTERNATIVES])
        return 2 * self.ranks(file, file.name) > max(best, 1)

    def repeated(self, boxes: Sequence[Box | FoundFile]) -> frozenset[str]:
        """Get the names of things that several boxes hold: of assignments, not of people."""
        looks = (self.shelf.look(one) if isinstance(one, FoundFile) else one for one in boxes)
        return repeated_in(self.unwrapped(box) for box in looks if isinstance(box, Box))

    def look_like_pairs(self, boxes: Sequence[Box | FoundFile], repeated: Collection[str]) -> bool:
        """Get whether most boxes contain two or more notebooks whose names could be people's."""
        inner = []
        for one in boxes:
            inside = self.shelf.look(one) if isinstance(one, FoundFile) else one
            if not isinstance(inside, Message) and not inside.is_empty:
                inner.append(self.unwrapped(inside)[0])
        alike = [
            box
            for box in inner
            if isinstance(box, Box)
            and box.code
            and len(self._files_of_people(box, repeated))
            + len(self._folders_of_people(box, repeated, is_alone=False))
            > 1
        ]
        return len(alike) > 1 and 2 * len(alike) > len(inner)


def repeated_in(
    unwrapped: Iterable[tuple[Box | FoundFile, Sequence[str], Sequence[Box | FoundFile]]],
) -> frozenset[str]:
    """Get the names of things that several boxes hold, and of what is around these there."""
    seen: set[str] = set()
    twice: set[str] = set()
    for box, chain, _ in unwrapped:
        inner: list[Box | FoundFile] = []
        if isinstance(box, Box):
            inner += [*box.folders, *box.files]
        names = {key_of(stem_of(name)) for name in (*chain, *(one.name for one in inner))}
        twice |= seen & names
        seen |= names
    return frozenset(twice)


def _is_code_file(file: FoundFile) -> bool:
    return is_code(file.name)


def is_wrapper(name: str) -> bool:
    """Get whether a folder or zip of this name contains a class, whatever is in it."""
    return key_of(stem_of(name)) in _WRAPPERS


def _called_like_their_files(box: Box) -> frozenset[str]:
    """Get the names of folders with a notebook of that name: below nbgrader's, assignments."""
    return frozenset(
        key_of(folder.name)
        for folder in box.folders
        if any(key_of(stem_of(file.name)) == key_of(folder.name) for file in folder.code)
    )


def called(chain: Sequence[str], stem: str) -> str:
    """Get the name of the only student below boxes that contain nothing else.

    That is the folder below `submitted`, else the innermost that is not called like the source,
    a project's folder or an assignment; of two (`STUDENT/ASSIGNMENT`) the outer one.
    """
    names = [stem_of(name) for name in chain]
    for i, name in enumerate(names[:-1]):
        if key_of(name) in _WRAPPERS:
            return names[i + 1]
    own = key_of(COPIES.sub("", stem))
    likely = [
        name
        for name in names
        if people([name]) and key_of(name) not in _WRAPPERS and key_of(COPIES.sub("", name)) != own
    ]
    likely = likely or names or [stem]
    return likely[0] if len(likely) <= 2 else likely[-1]
