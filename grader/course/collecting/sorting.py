"""Whose the files of a source are.

    box of a source ──► the level where a class begins ──► a student for each thing there

What is a class, and what one person's project, `layouts` says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.catalog import Message, say
from grader.course.collecting.archives import FoundFile, label_of
from grader.course.collecting.boxes import MAX_NESTED_FILES, Box, Shelf
from grader.course.collecting.choosing import is_script
from grader.course.collecting.layouts import COPIES, MAX_ZIP_DEPTH, Layouts, called, is_wrapper
from grader.course.collecting.lms_names import FileOwner
from grader.course.collecting.people import people
from grader.course.collecting.sources import A_FOLDER, LeftOut, is_code, is_zip
from grader.course.collecting.students import (
    OwnedFile,
    StudentFiles,
    is_linked_student,
    is_work,
    key_of,
    stem_of,
)

MAX_ZIPS_OF_A_STUDENT = 50


def students_in(top: Box, layouts: Layouts, *, stem: str, is_person: bool) -> list[StudentFiles]:
    """Get the students of a source; `stem` is its name. With `is_person` it is one student's."""
    return list(_Sorter(layouts).source(top, stem, is_person=is_person))


def student_of(top: Box, layouts: Layouts, *, stem: str) -> StudentFiles | None:
    """Get all that is in a folder as one student's, whatever its files are called."""
    return next(_Sorter(layouts).only(top, stem), None)


@dataclass(frozen=True)
class _Sorter:
    layouts: Layouts

    @property
    def shelf(self) -> Shelf:
        return self.layouts.shelf

    @property
    def left_out(self) -> LeftOut:
        return self.shelf.left_out

    def source(self, top: Box, stem: str, *, is_person: bool) -> Iterator[StudentFiles]:
        """Get the students of the source, whose own name a system may have written."""
        if self.layouts.named(top):
            yield from self._source(top, stem, is_person=False)
        elif (own := self.layouts.named_alone(stem)) is not None:
            for student in self._source(top, stem, is_person=True):
                yield replace(
                    student,
                    name=own.name,
                    number=own.number,
                    group=own.group,
                    notes=own.notes,
                    code=tuple(_called(item, own) for item in student.code),
                    others=tuple(_called(item, own) for item in student.others),
                )
        else:
            yield from self._source(top, stem, is_person=is_person)

    def only(self, top: Box, stem: str) -> Iterator[StudentFiles]:
        """Get the one student of the source."""
        return self._source(top, stem, is_person=True)

    def _source(self, top: Box, stem: str, *, is_person: bool) -> Iterator[StudentFiles]:
        box, chain, passed = self.layouts.unwrapped(top)
        name = stem if is_person else called(chain, stem)
        is_person = is_person or self._is_one(box)
        if isinstance(box, FoundFile):
            self._count(passed)
            yield self._student(name, (), broken=box)
        elif not is_person and (
            not chain
            or is_wrapper(chain[-1])
            or self.layouts.has_names(box)
            or self.layouts.is_class_below(box, chain)
        ):
            self._count(passed)
            yield from self._level(box)
        elif not box.is_empty:
            self._count(one for one in passed if isinstance(one, Box))
            zips = sum(map(is_zip, chain))
            yield self._student(name, [box], extra=_files(passed), zips=zips)

    def _is_one(self, box: Box | FoundFile) -> bool:
        """Get whether a box holds nothing but the notebooks of one exercise, called like these."""
        if isinstance(box, FoundFile) or box.folders or box.archives:
            return False
        notebooks = [file for file in box.code if not is_script(file.name)]
        return self.layouts.ranks.are_of_one(notebooks, by_name=True)

    def _level(self, box: Box) -> Iterator[StudentFiles]:
        """Get a student for each thing in a box, or what its systems' names say."""
        known = self.layouts.named(box)
        self._count(box.stray)
        yield from self._by_names(box, known)
        folders = [folder for folder in box.folders if folder.name not in known]
        archives = [file for file in box.archives if file.name not in known]
        archives = self._without_copies(archives, folders)
        code = [file for file in box.code if file.name not in known]
        others = [file for file in box.others if file.name not in known]
        boxes: list[Box | FoundFile] = [*folders, *archives]
        repeated = self.layouts.repeated(boxes)
        pairs = self.layouts.look_like_pairs(boxes, repeated)
        together = self.layouts.ranks.taken_together(code)
        for name, files in together.items():
            yield self._student(name, (), files=files)
        code = [file for file in code if all(file not in some for some in together.values())]
        things: list[Box | FoundFile] = [*boxes, *code]
        stems = {key_of(stem_of(one.name)) for one in things}
        beside: dict[str, list[FoundFile]] = {}
        for file in others:
            stem = key_of(stem_of(file.name))
            is_somebodys = is_work(file) or (folders and is_linked_student(file))
            if stem in stems or (stems and not known and is_somebodys):
                beside.setdefault(stem, []).append(file)
            else:
                self._count([file])
        for one in things:
            stem = key_of(stem_of(one.name))
            extra = beside.pop(stem, [])
            if isinstance(one, FoundFile) and not is_zip(one.name):
                yield self._student(stem_of(one.name), (), files=[one, *extra])
            else:
                yield from self._thing(one, repeated, pairs=pairs, extra=extra)
        for files in beside.values():
            yield self._student(stem_of(files[0].name), (), files=files)

    def _thing(
        self,
        one: Box | FoundFile,
        repeated: Collection[str],
        *,
        pairs: bool,
        extra: Sequence[FoundFile],
    ) -> Iterator[StudentFiles]:
        """Get the student, or the students, of a folder or zip next to others."""
        inside = self.shelf.look(one) if isinstance(one, FoundFile) else one
        name = stem_of(one.name)
        if isinstance(inside, Message):
            broken = replace(one, fault=one.fault or inside) if isinstance(one, FoundFile) else None
            yield self._student(name, (), broken=broken, files=extra)
            return
        if inside.is_empty and isinstance(one, Box):
            self.left_out.count("omitted.empty_folders", self.shelf.shown)
            return
        box, chain, passed = self.layouts.unwrapped(inside)
        is_place = is_wrapper(name)
        pairs = pairs or not people([name])
        if isinstance(box, FoundFile):
            yield self._student(name, (), broken=box, files=[*_files(passed), *extra])
        elif (
            self.layouts.has_names(box)
            or (is_place and not chain)
            or self.layouts.is_class(box, is_alone=is_place, repeated=repeated, pairs=pairs)
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

    def _without_copies(
        self, archives: Sequence[FoundFile], folders: Sequence[Box]
    ) -> list[FoundFile]:
        """Get the zips that are not unpacked beside, and not there twice."""
        unpacked = {key_of(folder.name): _outline(folder) for folder in folders}
        kept: list[FoundFile] = []
        seen: dict[str, list[Mapping[tuple[str, ...], int]]] = {}
        for archive in sorted(archives, key=lambda one: (len(one.name), one.name)):
            stem = key_of(COPIES.sub("", stem_of(archive.name)))
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

    def _by_names(self, box: Box, known: Mapping[str, FileOwner]) -> Iterator[StudentFiles]:
        """Get the students whom a system's names tell apart."""
        whose: dict[tuple[str, str], list[tuple[FileOwner, Box | FoundFile]]] = {}
        each: list[Box | FoundFile] = [*box.folders, *box.files]
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
                    file = OwnedFile(
                        name=name.file or one.name, path=name.file or one.name, found=one
                    )
                    some, more = self._sifted([file])
                code += [_called(item, name) for item in some]
                if name.is_text:
                    texts += [_called(item, name) for item in more]
                else:
                    others += [_called(item, name) for item in more]
            for item in texts:
                self.left_out.count("omitted.texts", self.shelf.shown, item.name[-40:])
            if not code and not others and not texts:
                self.left_out.count("omitted.empty_folders", self.shelf.shown)
                continue
            if code:
                self._count([item.found for item in others])
            yield StudentFiles(
                name=first.name,
                number=first.number,
                group=first.group,
                code=tuple(code),
                others=tuple(others or texts),
                is_late=any(name.is_late for name, _ in mine),
                is_text=not others,
                notes=first.notes,
            )

    def _student(  # noqa: PLR0913  (every option by name)
        self,
        name: str,
        boxes: Sequence[Box],
        *,
        files: Sequence[FoundFile] = (),
        extra: Sequence[FoundFile] = (),
        broken: FoundFile | None = None,
        zips: int = 0,
    ) -> StudentFiles:
        owned = [OwnedFile(name=file.name, path=file.name, found=file) for file in (*files, *extra)]
        code, others = self._sifted(owned)
        some, more = self._held(boxes, zips=zips)
        code, others = [*code, *some], [*others, *more]
        if broken is not None:
            code.append(OwnedFile(name=broken.name, path=broken.name, found=broken))
        if code:
            self._count([item.found for item in others])
        return StudentFiles(name=name, code=tuple(code), others=tuple(others))

    def _held(
        self, boxes: Iterable[Box], *, zips: int = 0
    ) -> tuple[list[OwnedFile], list[OwnedFile]]:
        """Get a student's code and other files in boxes, however deep; `zips` are around them."""
        code: list[OwnedFile] = []
        others: list[OwnedFile] = []
        for box in boxes:
            depth = len(box.parts)
            files = list(box.all_files())
            found = [
                OwnedFile(name=file.name, path="/".join(file.parts[depth:]), found=file)
                for file in files
            ]
            some, more = self._sifted(found, zips=zips)
            code += some
            others += more
        return code, others

    def _sifted(
        self, files: Sequence[OwnedFile], *, zips: int = 0
    ) -> tuple[list[OwnedFile], list[OwnedFile]]:
        """Get code and others among a student's files; zips are opened.

        One in a zip is opened only where no code lies next to it: what somebody packed twice may be
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

    def _unzipped(self, file: OwnedFile, zips: int) -> tuple[list[OwnedFile], list[OwnedFile]]:
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

    def _count(self, files: Iterable[Box | FoundFile]) -> None:
        for file in files:
            if isinstance(file, Box):
                self.left_out.count("omitted.empty_folders", self.shelf.shown)
            elif file.fault is not None and file.fault != A_FOLDER:
                where = f"{self.shelf.shown}/{label_of(file.parts)}"
                self.left_out.tell(say("omitted.fault", where=where, what=file.fault))
            else:
                self.left_out.other(self.shelf.shown, file.parts)


def _called(file: OwnedFile, owner: FileOwner) -> OwnedFile:
    """Get the file with what the system's name says of it."""
    path = f"{file.path} ({owner.order})" if owner.order else file.path
    return replace(file, order=owner.order, path=path, return_path=owner.return_path)


def _files(passed: Iterable[Box | FoundFile]) -> list[FoundFile]:
    return [one for one in passed if isinstance(one, FoundFile)]


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
