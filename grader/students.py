"""Whose the files of a source are.

    box of a source ──► the level where a class begins ──► a student for each thing there

**Wrappers.** What holds nothing but one folder or one zip is no student; neither is a folder
called `submitted` or `submissions`. Of an nbgrader course only `submitted` is read.

**Systems.** Where a learning management system wrote the names, at whatever depth, they say
whose the files are (`lms_names`).

**A class or one person's project?** The source itself is a class: each thing in it is somebody's.
Of a folder or zip further in it is asked whether it looks like several people:

- Its folders do when two of them hold code, no notebook lies beside them, and their names could be
  people's: not `old`, `src`, `week 2` (`people`), not names that the folders of other students
  have too (`alice/hw1`, `bob/hw1`), not one that holds a copy of a file beside it.
- With notebooks beside the folders, there must be three people.
- Its files do when their names could be people's and each holds parts of the assignment. Beside
  other students, a person with three notebooks is likelier than three people in a folder: there
  each must hold more than half of what the best one holds, and there must be three, or most
  folders of that level must look like this.
- What stands alone, with no other student beside it, is believed to be a class more readily.

What is asked of a folder says `_Sorter._is_class`. In doubt files stay together as one student's;
the report then says what was passed over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader import lms_names
from grader.archives import Found, label_of
from grader.boxes import MAX_NESTED_FILES, Box, Shelf
from grader.catalogue import Message, say
from grader.errors import GraderError
from grader.lms_names import Named
from grader.people import people
from grader.sources import A_FOLDER, LeftOut, is_code, is_script, is_zip

MAX_ALTERNATIVES = 20
MAX_ZIPS_OF_A_STUDENT = 50
MAX_ZIP_DEPTH = 4
_SAMPLE = 8
"""So many other students' files say how much of the assignment a file can hold."""

Rank = Callable[[bytes, str], int]
"""How much of the assignment the bytes of a file with this name hold; the highest is graded."""

_EXTENSIONS = re.compile(
    r"(\.(ipynb|pynb|py|zip|txt|json|download|pdf|html?|docx?|odt|rtf|png|jpe?g|rar|7z|t?gz|tar))+$",
    re.IGNORECASE,
)
_COPIES = re.compile(r"( ?\(\d+\)|-(main|master))$")
_WRAPPERS = frozenset({"submitted", "submission", "submissions", "abgaben", "einreichungen"})
_NBGRADER = frozenset({"source", "release", "autograded", "feedback", "source_with_tests"})
_DOCUMENT = re.compile(
    r"\.(pdf|x?html?|mhtml|docx?|odt|rtf|pages|txt|png|jpe?g|heic|gif|webp|tiff?|bmp"
    r"|rar|7z|t?gz|tgz|bz2|xz|tar)$",
    re.IGNORECASE,
)
"""Files beside students' notebooks that somebody may have handed in for one."""
_NO_STUDENT = re.compile(
    r"(readme|licen[cs]e|labels?|index|instructions?|requirements|.*sheet|exercises?|aufgaben?"
    r"|aufgabenblatt|übungsblatt|uebungsblatt|notes?|grades|feedback|solutions?|musterlösung"
    r"|tasks?|assignments?|changelog|contributing|angabe|bewertung(en)?)[\W\d_]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Owned:
    """A file of a student, under the name that the student chose."""

    name: str
    path: str
    """Within what the student handed in."""
    found: Found
    order: str = ""
    """Of several attempts, those that come last by this are looked at."""


@dataclass(frozen=True, kw_only=True)
class Student:
    """One student's files, or one group's."""

    name: str
    number: str = ""
    group: str | None = None
    code: tuple[Owned, ...] = ()
    """Notebooks and scripts, and zips that cannot be opened."""
    others: tuple[Owned, ...] = ()
    is_late: bool = False
    is_text: bool = False
    """Whether there is nothing but what was typed into the system."""
    notes: tuple[Message, ...] = ()


@dataclass
class Ranks:
    """How much of the assignment files hold, each asked once; -1 where one cannot be read."""

    rank: Rank | None
    _known: dict[object, int] = field(default_factory=dict)

    def __call__(self, found: Found, name: str) -> int:
        """Get the rank of a file."""
        if found.identity not in self._known:
            self._known[found.identity] = self._ask(found, name)
        return self._known[found.identity]

    def holds_parts(self, found: Found) -> bool:
        """Get whether a file holds any part; without a rank any that can be read does."""
        rank = self(found, found.name)
        return rank > 0 if self.rank is not None else rank >= 0

    def _ask(self, found: Found, name: str) -> int:
        try:
            data = found.load(name)
            if not data.strip():
                return -1
            return self.rank(data, name) if self.rank is not None else 0
        except GraderError:
            return -1


def students_in(
    top: Box, shelf: Shelf, ranks: Ranks, *, stem: str, groups: Collection[str] = ()
) -> list[Student]:
    """Get the students of a source; `stem` is its own name, `groups` those of a worksheet."""
    return list(_Sorter(shelf, ranks, frozenset(groups)).source(top, stem))


def stem_of(name: str) -> str:
    """Get a file's name without its endings."""
    return _EXTENSIONS.sub("", name)


def key_of(name: str) -> str:
    """Get what two names have in common that may be one folder on some file system."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


@dataclass(frozen=True)
class _Sorter:
    shelf: Shelf
    ranks: Ranks
    groups: frozenset[str]

    @property
    def left_out(self) -> LeftOut:
        return self.shelf.left_out

    # --- Levels -------------------------------------------------------------

    def source(self, top: Box, stem: str) -> Iterator[Student]:
        """Get the students of the source."""
        box, chain, passed = self._unwrapped(top)
        if isinstance(box, Found):
            self._count(passed)
            yield self._student(_called(chain, stem), (), broken=box)
        elif (
            not chain
            or key_of(chain[-1]) in _WRAPPERS
            or self._has_names(box)
            or self._is_class(box, is_alone=True)
        ):
            self._count(passed)
            yield from self._level(box)
        elif not box.is_empty:
            zips = sum(map(is_zip, chain))
            yield self._student(_called(chain, stem), [box], extra=passed, zips=zips)

    def _unwrapped(self, box: Box) -> tuple[Box | Found, list[str], list[Found]]:
        """Get the first box that holds more than one; the names on the way, and files beside.

        A zip that cannot be opened comes as it is.
        """
        chain: list[str] = []
        passed: list[Found] = []
        while True:
            box = self._course(box)
            folders = [folder for folder in box.folders if not folder.is_empty]
            if len(folders) + len(box.archives) != 1 or box.code or any(map(is_work, box.others)):
                return box, chain, passed
            if self._named(box):
                return box, chain, passed
            passed += [*box.others, *box.stray]
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
        self.left_out.tell(say("omitted.nbgrader", where=where))
        return replace(
            box, files=(), folders=tuple(f for f in box.folders if f.name == "submitted")
        )

    def _level(self, box: Box) -> Iterator[Student]:
        """Get a student for each thing in a box, or what its systems' names say."""
        known = self._named(box)
        self._count(box.stray)
        yield from self._by_names(box, known)
        folders = [folder for folder in box.folders if folder.name not in known]
        archives = [file for file in box.archives if file.name not in known]
        archives = self._without_copies(archives, folders)
        code = [file for file in box.code if file.name not in known]
        others = [file for file in box.others if file.name not in known]
        boxes: list[Box | Found] = [*folders, *archives]
        repeated = self._repeated(boxes)
        pairs = self._look_like_pairs(boxes, repeated)
        things: list[Box | Found] = [*boxes, *code]
        stems = {key_of(stem_of(one.name)) for one in things}
        beside: dict[str, list[Found]] = {}
        for file in others:
            stem = key_of(stem_of(file.name))
            if stem in stems:
                beside.setdefault(stem, []).append(file)
            elif known or not is_work(file) or not stems:
                self._count([file])
            else:
                yield self._student(stem_of(file.name), (), files=[file])
        for one in things:
            stem = key_of(stem_of(one.name))
            extra = beside.pop(stem, [])
            if isinstance(one, Found) and not is_zip(one.name):
                yield self._student(stem_of(one.name), (), files=[one, *extra])
            else:
                yield from self._thing(one, repeated, pairs=pairs, extra=extra)

    def _thing(
        self,
        one: Box | Found,
        repeated: Collection[str],
        *,
        pairs: bool,
        extra: Sequence[Found],
    ) -> Iterator[Student]:
        """Get the student, or the students, of a folder or zip beside others."""
        inside = self.shelf.look(one) if isinstance(one, Found) else one
        name = stem_of(one.name)
        if isinstance(inside, Message):
            broken = replace(one, fault=one.fault or inside) if isinstance(one, Found) else None
            yield self._student(name, (), broken=broken, files=extra)
            return
        if inside.is_empty and isinstance(one, Box):
            self.left_out.count("omitted.empty_folders", self.shelf.shown)
            return
        box, chain, passed = self._unwrapped(inside)
        is_wrapper = key_of(name) in _WRAPPERS
        if isinstance(box, Found):
            yield self._student(name, (), broken=box, files=[*passed, *extra])
        elif (
            self._has_names(box)
            or (is_wrapper and not chain)
            or self._is_class(box, is_alone=is_wrapper, repeated=repeated, pairs=pairs)
        ):
            self._count([*passed, *extra])
            yield from self._level(box)
        elif isinstance(one, Box):
            yield self._student(name, [inside], extra=extra)
        else:
            student = self._student(name, [inside], extra=extra, zips=1)
            if not student.code or len(student.code) > MAX_NESTED_FILES:
                why = say("file.zip_crowded" if student.code else "file.zip_without")
                student = self._student(name, (), broken=replace(one, fault=why), files=extra)
            yield student

    def _without_copies(self, archives: Sequence[Found], folders: Sequence[Box]) -> list[Found]:
        """Get the zips that are not unpacked beside, and not there twice."""
        unpacked = {key_of(folder.name): _outline(folder) for folder in folders}
        kept: list[Found] = []
        seen: dict[str, list[Mapping[tuple[str, ...], int]]] = {}
        for archive in sorted(archives, key=lambda one: (len(one.name), one.name)):
            stem = key_of(_COPIES.sub("", stem_of(archive.name)))
            inside = self.shelf.look(archive)
            outline = {} if isinstance(inside, Message) else _outline(inside)
            twins = [*seen.get(stem, []), *(unpacked[key] for key in unpacked if key == stem)]
            if outline and any(outline.items() <= twin.items() for twin in twins):
                where = f"{self.shelf.shown}/{label_of(archive.parts)}"
                self.left_out.tell(say("omitted.unpacked", where=where))
                continue
            seen.setdefault(stem, []).append(outline)
            kept.append(archive)
        return sorted(kept, key=lambda one: one.name)

    # --- Systems ------------------------------------------------------------

    def _named(self, box: Box) -> dict[str, Named]:
        files = [file.name for file in box.files]
        folders = [folder.name for folder in box.folders]
        return lms_names.named(folders, files, groups=self.groups)

    def _has_names(self, box: Box) -> bool:
        """Get whether a system wrote names in a box, however deep."""
        if self._named(box):
            return True
        if any(self._has_names(folder) for folder in box.folders):
            return True
        if box.code:
            return False
        looks = (
            self.shelf.look(one)
            for one in box.archives
            if len(one.location.members) < MAX_ZIP_DEPTH
        )
        return any(isinstance(look, Box) and self._has_names(look) for look in looks)

    def _by_names(self, box: Box, known: Mapping[str, Named]) -> Iterator[Student]:
        """Get the students whom a system's names tell apart."""
        whose: dict[tuple[str, str], list[tuple[Named, Box | Found]]] = {}
        each: list[Box | Found] = [*box.folders, *box.files]
        for one in each:
            if (name := known.get(one.name)) is not None:
                whose.setdefault(name.whose, []).append((name, one))
        for mine in whose.values():
            first = mine[0][0]
            code, others, texts = [], [], []
            for name, one in mine:
                if isinstance(one, Box):
                    some, more = self._held([one])
                else:
                    file = Owned(name=name.file or one.name, path=name.file or one.name, found=one)
                    some, more = self._sifted([file])
                code += [replace(item, order=name.order) for item in some]
                if name.is_text:
                    texts += more
                else:
                    others += [replace(item, order=name.order) for item in more]
            for item in texts:
                self.left_out.count("omitted.texts", self.shelf.shown, item.name[-40:])
            if not code and not others and not texts:
                self.left_out.count("omitted.empty_folders", self.shelf.shown)
                continue
            if code:
                self._count([item.found for item in others])
            yield Student(
                name=first.name,
                number=first.number,
                group=first.group,
                code=tuple(code),
                others=tuple(others or texts),
                is_late=any(name.is_late for name, _ in mine),
                is_text=not others,
                notes=(first.note,) if first.note else (),
            )

    # --- One or several -----------------------------------------------------

    def _is_class(
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
        files = self._files_of_people(box, repeated)
        if not beside:
            if len(folders) < 2:
                return False
            return is_alone or sum(map(self._holds_parts, folders)) > 1
        if box.folders or box.archives:
            return bool(folders) and len(folders) + len(files) > 2
        files = files[:MAX_ALTERNATIVES]
        full = [file for file in files if self._is_full(file, files, is_alone=is_alone)]
        if is_alone:
            return len(full) > 1 or (len(files) > 2 and len(full) > 0)
        return len(full) == len(files) and (len(full) > 2 or (pairs and len(full) > 1))

    def _works(self, code: Sequence[Found]) -> list[Found]:
        """Get the notebooks, and the scripts that are more than helpers."""
        notebooks = [file for file in code if not is_script(file.name)]
        scripts = [file for file in code if is_script(file.name)][:MAX_ALTERNATIVES]
        return notebooks or [file for file in scripts if self.ranks.holds_parts(file)]

    def _folders_of_people(
        self, box: Box, repeated: Collection[str], *, is_alone: bool
    ) -> list[Box | Found]:
        inner: list[Box | Found] = [f for f in box.folders if not f.is_empty]
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

    def _files_of_people(self, box: Box, repeated: Collection[str]) -> list[Found]:
        files = [file for file in box.code if not is_script(file.name)] or list(box.code)
        named = {stem_of(file.name): file for file in files}
        return [named[n] for n in people(list(named)) if key_of(n) not in repeated]

    def _is_work(self, one: Box | Found, *, is_alone: bool) -> bool:
        """Get whether somebody may have handed this in: code, or where it stands alone anything."""
        if isinstance(one, Found):
            return True
        code = self._code(one)
        return bool(self._works(code)) or (is_alone and not code)

    def _code(self, one: Box | Found) -> list[Found]:
        inside = self.shelf.look(one) if isinstance(one, Found) else one
        if isinstance(inside, Message):
            return []
        files: list[Found] = []
        for file in inside.all_files():
            if is_code(file.name):
                files.append(file)
            elif is_zip(file.name) and isinstance(one, Box):
                look = self.shelf.look(file)
                files += (
                    [] if isinstance(look, Message) else filter(_is_code_file, look.all_files())
                )
        return files

    def _holds_parts(self, one: Box | Found) -> bool:
        return any(map(self.ranks.holds_parts, self._code(one)[:MAX_ALTERNATIVES]))

    def _is_full(self, file: Found, files: Sequence[Found], *, is_alone: bool) -> bool:
        if is_alone or self.ranks.rank is None:
            return self.ranks.holds_parts(file)
        best = max(self.ranks(one, one.name) for one in files[:MAX_ALTERNATIVES])
        return 2 * self.ranks(file, file.name) > max(best, 1)

    def _repeated(self, boxes: Sequence[Box | Found]) -> frozenset[str]:
        """Get the names of things that several boxes hold: of assignments, not of people."""
        seen: set[str] = set()
        twice: set[str] = set()
        for one in boxes:
            inside = self.shelf.look(one) if isinstance(one, Found) else one
            if isinstance(inside, Message):
                continue
            box = self._unwrapped(inside)[0]
            inner: list[Box | Found] = []
            if isinstance(box, Box):
                inner += [*box.folders, *box.files]
            names = {key_of(stem_of(each.name)) for each in inner}
            twice |= seen & names
            seen |= names
        return frozenset(twice)

    def _look_like_pairs(self, boxes: Sequence[Box | Found], repeated: Collection[str]) -> bool:
        """Get whether most boxes hold two notebooks or more under names that could be people's."""
        inner = []
        for one in boxes:
            inside = self.shelf.look(one) if isinstance(one, Found) else one
            if not isinstance(inside, Message) and not inside.is_empty:
                inner.append(self._unwrapped(inside)[0])
        alike = [
            box
            for box in inner
            if isinstance(box, Box)
            and not box.folders
            and len(self._files_of_people(box, repeated)) > 1
        ]
        return len(alike) > 1 and 2 * len(alike) > len(inner)

    # --- One student's files ------------------------------------------------

    def _student(  # noqa: PLR0913  (every option by name)
        self,
        name: str,
        boxes: Sequence[Box],
        *,
        files: Sequence[Found] = (),
        extra: Sequence[Found] = (),
        broken: Found | None = None,
        zips: int = 0,
    ) -> Student:
        owned = [Owned(name=file.name, path=file.name, found=file) for file in (*files, *extra)]
        code, others = self._sifted(owned)
        some, more = self._held(boxes, zips=zips)
        code, others = [*code, *some], [*others, *more]
        if broken is not None:
            code.append(Owned(name=broken.name, path=broken.name, found=broken))
        if code:
            self._count([item.found for item in others])
        return Student(name=name, code=tuple(code), others=tuple(others))

    def _held(self, boxes: Iterable[Box], *, zips: int = 0) -> tuple[list[Owned], list[Owned]]:
        """Get a student's code and other files in boxes, however deep; `zips` are around them."""
        code: list[Owned] = []
        others: list[Owned] = []
        for box in boxes:
            depth = len(box.parts)
            files = list(box.all_files())
            found = [
                Owned(name=file.name, path="/".join(file.parts[depth:]), found=file)
                for file in files
            ]
            some, more = self._sifted(found, zips=zips)
            code += some
            others += more
        return code, others

    def _sifted(self, files: Sequence[Owned], *, zips: int = 0) -> tuple[list[Owned], list[Owned]]:
        """Get code and others among a student's files; zips are opened.

        One in a zip is opened only where no code lies beside it: what somebody packed twice may be
        anything.
        """
        code = [file for file in files if is_code(file.name)]
        others = [f for f in files if not is_code(f.name) and not is_zip(f.name)]
        archives = [file for file in files if is_zip(file.name) and not is_code(file.name)]
        for n, file in enumerate(archives):
            is_deep = zips > 0 and (bool(code) or zips >= MAX_ZIP_DEPTH)
            if is_deep or n >= MAX_ZIPS_OF_A_STUDENT:
                where = f"{self.shelf.shown}/{label_of(file.found.parts)}"
                self.left_out.tell(say("omitted.zip_in_zip", where=where))
                continue
            some, more = self._unzipped(file, zips + 1)
            code += some
            others += more
        return code, others

    def _unzipped(self, file: Owned, zips: int) -> tuple[list[Owned], list[Owned]]:
        inside = self.shelf.look(file.found)
        if isinstance(inside, Message):
            fault = file.found.fault or inside
            return [replace(file, found=replace(file.found, fault=fault))], []
        some, more = self._held([inside], zips=zips)
        some = [replace(one, path=f"{file.path}/{one.path}") for one in some]
        if len(some) > MAX_NESTED_FILES:
            return [replace(file, found=replace(file.found, fault=say("file.zip_crowded")))], []
        if not some:
            return [replace(file, found=replace(file.found, fault=say("file.zip_without")))], []
        return some, more

    def _count(self, files: Iterable[Found]) -> None:
        for file in files:
            if file.fault is not None and file.fault != A_FOLDER:
                where = f"{self.shelf.shown}/{label_of(file.parts)}"
                self.left_out.tell(say("omitted.fault", where=where, what=file.fault))
            else:
                self.left_out.other(self.shelf.shown, file.parts)


def _is_code_file(file: Found) -> bool:
    return is_code(file.name)


def is_work(file: Found) -> bool:
    """Get whether a file beside others may be what somebody handed in for a notebook."""
    return bool(_DOCUMENT.search(file.name)) and not _NO_STUDENT.fullmatch(stem_of(file.name))


def _outline(box: Box) -> dict[tuple[str, ...], int]:
    """Get the code in a box and its sizes, by path below the first box with more than one."""
    while len(box.folders) == 1 and not box.files:
        box = box.folders[0]
    depth = len(box.parts)
    return {
        file.parts[depth:]: file.size or (file.location.stamp or (0, 0))[0]
        for file in box.all_files()
        if is_code(file.name) or is_zip(file.name)
    }


def _called(chain: Sequence[str], stem: str) -> str:
    """Get the name of the only student below boxes that hold nothing else.

    That is the folder below `submitted`, else the innermost that is not called like the source,
    a project's folder or an assignment; of two (`STUDENT/ASSIGNMENT`) the outer one.
    """
    names = [stem_of(name) for name in chain]
    for i, name in enumerate(names[:-1]):
        if key_of(name) in _WRAPPERS:
            return names[i + 1]
    own = key_of(_COPIES.sub("", stem))
    likely = [
        name
        for name in names
        if people([name]) and key_of(name) not in _WRAPPERS and key_of(_COPIES.sub("", name)) != own
    ]
    likely = likely or names
    return likely[0] if len(likely) <= 2 else likely[-1]
