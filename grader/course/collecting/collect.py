"""A class as entries: which file of each student is graded, and what was passed over.

Nothing is extracted and nothing is held: an entry knows where its bytes are and reads
them when asked. What is in a folder or zip is hostile, its names included.

    source ──► found files ──► students ──► entries with unique IDs
     sources    archives        sorting      collect, student_ids
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.catalog import Message, say
from grader.course.collecting.archives import A_LINK, FoundFile, label_of, plain_text
from grader.course.collecting.boxes import Box, Shelf, box_of
from grader.course.collecting.choosing import choose, is_script
from grader.course.collecting.entry import Entry, EntryFile
from grader.course.collecting.layouts import MAX_ALTERNATIVES, Layouts, repeated_in
from grader.course.collecting.people import people
from grader.course.collecting.sorting import student_of, students_in
from grader.course.collecting.sources import LeftOut, files_in, is_code, is_zip
from grader.course.collecting.student_ids import safe_id, unique_ids
from grader.course.collecting.students import (
    Holds,
    NotebookOf,
    OwnedFile,
    Rank,
    Ranks,
    StudentFiles,
    is_work,
    stem_of,
)
from grader.course.collecting.worksheets import groups_in, is_table
from grader.errors import UsageError
from grader.safe_text import NAME_LIMIT, visible

MAX_TOTAL_BYTES = 2 * 1024**3
MAX_MODULES = 50
MAX_TOLD = 20
"""So many students' choices are reported one by one."""
_MOST_NAMES = 500


@dataclass(frozen=True, kw_only=True)
class Collection:
    """All entries of a class, by ID, and a line for each thing that a person should know."""

    entries: tuple[Entry, ...]
    skipped: tuple[Message, ...] = ()
    """What was omitted: first what matters, then counts of what does not."""
    chosen: tuple[Message, ...] = ()
    """Of whom one file was chosen among several."""


def collect(
    sources: Sequence[Path],
    *,
    rank: Rank | None = None,
    holds: Holds | None = None,
    notebook_of: NotebookOf | None = None,
    stems: tuple[str, ...] = (),
) -> Collection:
    """Get the submissions in folders, zips and single files, each student once.

    Where a student submitted several files, `rank` chooses (the first by name if None). Where an
    exercise has several notebooks, with these `stems`, it chooses one for each.

    Raises:
        UsageError: a source does not exist or cannot be used, or there is no submission.

    """
    left_out = LeftOut()
    held = _held(sources, left_out)
    groups = groups_in(file for _, files in held for file in files)
    ranks = Ranks(rank, holds, notebook_of, stems)
    drafts: list[Entry] = []
    documents: list[tuple[Path, FoundFile]] = []
    tops: list[tuple[Path, Box, Layouts]] = []
    for source, files in held:
        if _is_file(source, files) and not is_code(files[0].name) and not is_zip(files[0].name):
            documents.append((source, files[0]))
        else:
            shelf = Shelf(visible(str(source), limit=300), left_out)
            tops.append((source, box_of(_within_budget(files)), Layouts(shelf, ranks, groups)))
    persons = _persons(tops)
    for source, top, layouts in tops:
        students = students_in(top, layouts, stem=_stem(source), is_person=source in persons)
        drafts += [_entry(one, source, ranks) for one in students]
    has_students = bool(drafts)
    for source, file in documents:
        if has_students and is_work(file):
            layouts = Layouts(Shelf("", left_out), ranks, groups)
            alone = students_in(box_of([file]), layouts, stem=_stem(source), is_person=True)
            drafts += [_entry(one, source, ranks) for one in alone]
        elif not is_table(file.name):
            left_out.tell(say("omitted.file", where=visible(str(source), limit=300)))
    if not drafts:
        names = ", ".join(visible(str(source), NAME_LIMIT) for source in sources[:3]) or "nothing"
        raise UsageError(
            f"{names}: no notebooks or scripts found; name a folder, zip file, or files with "
            "submissions (.ipynb or .py)"
        )
    entries = _with_ids(_once(drafts, left_out))
    return Collection(entries=entries, skipped=left_out.lines(), chosen=_chosen(entries))


def collect_one(
    folder: Path,
    *,
    rank: Rank | None = None,
    holds: Holds | None = None,
    notebook_of: NotebookOf | None = None,
    stems: tuple[str, ...] = (),
) -> Entry | None:
    """Get the submission in a folder that is one student's alone, or None where it is empty.

    The file that is graded is chosen as in a class, see `collect`. Raises UsageError.
    """
    left_out = LeftOut()
    ranks = Ranks(rank, holds, notebook_of, stems)
    files = _within_budget(files_in(folder, left_out))
    layouts = Layouts(Shelf(visible(str(folder), limit=300), left_out), ranks, groups_in(files))
    student = student_of(box_of(files), layouts, stem=_stem(folder))
    if student is None or not (student.code or student.others):
        return None
    (entry,) = _with_ids([_entry(student, folder, ranks)])
    return entry


def _held(sources: Sequence[Path], left_out: LeftOut) -> list[tuple[Path, list[FoundFile]]]:
    """Get the files of each source; one that two sources hold counts once."""
    seen: set[object] = set()
    held: list[tuple[Path, list[FoundFile]]] = []
    for source in sources:
        files = [file for file in files_in(source, left_out) if file.identity not in seen]
        seen |= {file.identity for file in files}
        if files:
            held.append((source, files))
    return held


def _persons(tops: Sequence[tuple[Path, Box, Layouts]]) -> frozenset[Path]:
    """Get the sources that are one student's each, as with `submitted/*` on the command line.

    That is where folders or zips contain a file of the same name, are named like people and do not
    look like a class.
    """
    inner = [one for one in tops if not (one[1].files and _is_file(one[0], one[1].files))]
    repeated = repeated_in(layouts.unwrapped(top) for _, top, layouts in inner)
    likely = [source for source, top, layouts in inner if layouts.is_person(top, repeated)]
    stems = [_stem(source) for source in likely]
    are_people = len(likely) > 1 and people(stems, is_number_enough=True) == stems
    return frozenset(likely if repeated and are_people else ())


def _stem(source: Path) -> str:
    return stem_of(plain_text(source.resolve().name))


def _is_file(source: Path, files: Sequence[FoundFile]) -> bool:
    return files[0].identity == (str(source.resolve()), ())


def _within_budget(files: Sequence[FoundFile]) -> list[FoundFile]:
    """Get the files, the largest marked as faulty when all together are too much.

    The largest, so that one student's flood of data costs nobody else.
    """
    total = sum(file.size for file in files if file.fault is None)
    excess: set[int] = set()
    for i in sorted(range(len(files)), key=lambda i: (-files[i].size, i)):
        if total <= MAX_TOTAL_BYTES:
            break
        if files[i].fault is None:
            total -= files[i].size
            excess.add(i)
    fault = say("file.zip_too_large")
    return [replace(f, fault=fault) if i in excess else f for i, f in enumerate(files)]


def _once(entries: Sequence[Entry], left_out: LeftOut) -> list[Entry]:
    """Get the entries, each person of a system once, though several downloads hold the file."""
    kept: dict[object, Entry] = {}
    for i, entry in enumerate(entries):
        key = (entry.student, entry.ending, entry.name, entry.found.checksum) if entry.ending else i
        if key in kept:
            left_out.count("omitted.again", entry.label.partition("/")[0])
        kept.setdefault(key, entry)
    return list(kept.values())


def _with_ids(drafts: Sequence[Entry]) -> tuple[Entry, ...]:
    """Get the entries by ID; who shares a name with another is told so."""
    entries = sorted(drafts, key=lambda entry: (entry.student, entry.label))
    ids = unique_ids([(entry.student, entry.ending) for entry in entries])
    result = []
    for entry, unique in zip(entries, ids, strict=True):
        notes = entry.notes
        name = safe_id(entry.student, entry.ending)
        if name != unique:
            notes += (say("file.same_name", name=visible(name, NAME_LIMIT)),)
        result.append(replace(entry, student=unique, notes=notes))
    return tuple(sorted(result, key=lambda entry: entry.student))


def _chosen(entries: Sequence[Entry]) -> tuple[Message, ...]:
    """Get a line for each student of whom files were passed over, the first of them."""
    among = [entry for entry in entries if entry.passed_over]
    lines = [
        say(
            "omitted.chosen",
            student=visible(entry.student, NAME_LIMIT),
            name=", ".join(visible(one.label, limit=300) for one in (entry, *entry.others)),
            others=_listed([visible(one, limit=300) for one in entry.alternatives]),
        )
        for entry in among[:MAX_TOLD]
    ]
    if len(among) > MAX_TOLD:
        lines.append(say("omitted.chosen_more", n=len(among) - MAX_TOLD))
    return tuple(lines)


# --- A student's entry ------------------------------------------------------


def _entry(student: StudentFiles, source: Path, ranks: Ranks) -> Entry:
    """Get the entry of a student: the best file, its modules, what was not chosen."""
    root = visible(source.name or source.resolve().name, NAME_LIMIT)

    def label(one: OwnedFile) -> str:
        is_source = one.found.identity == (str(source.resolve()), ())
        return root if is_source else f"{root}/{label_of(one.found.parts)}"

    files = sorted(student.code, key=_place)
    latest = max((one.order for one in files), default="")
    now = [one for one in files if one.order == latest]
    if not files:
        return _without_code(student, label)
    groups = _by_notebook(now, ranks)
    earlier = [one for one in files if one.order != latest]
    bests = [_best(group, earlier if i == 0 else (), ranks) for i, group in enumerate(groups)]
    chosen, *more = (best for best, _ in bests)
    grouped = [one for group in groups for one in group]
    others = [one for _, passed in bests for one in passed]
    others += [one for one in now if one not in grouped and not is_script(one.name)]
    names = Counter(one.name for one in (chosen, *more))

    def graded(one: OwnedFile) -> EntryFile:
        beside = [other for other in now if other not in {chosen, *more}]
        name = one.name if names[one.name] == 1 else one.path
        return EntryFile(
            label=label(one), name=name, found=one.found, module_files=_modules(beside, one)
        )

    first, *further = map(graded, (chosen, *more))
    notes = student.notes
    if others:
        notes += (_choice((chosen, *more), others),)
    if student.is_late:
        notes += (say("file.late"),)
    return Entry(
        student=student.name,
        ending=student.number or student.group or "",
        number=student.number,
        label=first.label,
        name=first.name,
        found=first.found,
        module_files=first.module_files,
        others=tuple(further),
        notes=notes,
        alternatives=tuple(map(label, others)),
        passed_over=tuple(one.path for one in others),
        is_late=student.is_late,
        return_path=chosen.return_path,
    )


def _by_notebook(files: Sequence[OwnedFile], ranks: Ranks) -> list[list[OwnedFile]]:
    """Get the files for each of several notebooks, in their order; all in one where it has one.

    What is for none of them is left out, unless nothing is for two.
    """
    groups: dict[str, list[OwnedFile]] = {}
    for one in files if ranks.stems else ():
        if ranks(one.found, one.name) == sys.maxsize:
            return [list(files)]  # it is not there any more: nothing is graded in its place
        groups.setdefault(ranks.notebook(one.found), []).append(one)
    known = [groups[stem] for stem in ranks.stems if stem in groups]
    return known if len(known) > 1 else [list(files)]


def _place(one: OwnedFile) -> tuple[int, str, str]:
    """Get what sorts the outermost file first, then `a.py` before `a old.py`."""
    return one.path.count("/"), stem_of(one.path), one.path


def _without_code(student: StudentFiles, label: Callable[[OwnedFile], str]) -> Entry:
    """Get the entry of somebody who submitted something, but nothing that can be graded."""
    files = sorted(student.others, key=_place)
    names = _listed([visible(one.path, NAME_LIMIT) for one in files])
    first = files[0]
    fault = say("file.only_text") if student.is_text else say("file.only", names=names)
    if first.found.fault == A_LINK:
        fault = A_LINK
    return Entry(
        student=student.name,
        ending=student.number or student.group or "",
        number=student.number,
        label=label(first),
        name=first.name,
        found=replace(first.found, fault=fault),
        notes=student.notes,
        is_late=student.is_late,
        return_path=first.return_path,
    )


def _best(
    now: Sequence[OwnedFile], earlier: Sequence[OwnedFile], ranks: Ranks
) -> tuple[OwnedFile, list[OwnedFile]]:
    """Get the file that is graded, a notebook among equals, and those that could have been."""
    files = [one for one in now if not is_script(one.name)]
    files += [one for one in now if is_script(one.name)]

    def load(i: int) -> bytes:
        return files[i].found.load(files[i].name)

    def rank(i: int) -> int:
        return ranks(files[i].found, files[i].name)

    choice = choose([one.path for one in files], load, rank, most=MAX_ALTERNATIVES)
    others = [files[i] for i in choice.passed_over]
    others += [one for one in earlier if not is_script(one.name) or ranks(one.found, one.name) > 1]
    return files[choice.chosen], others


def _choice(chosen: Sequence[OwnedFile], others: Sequence[OwnedFile]) -> Message:
    """Get the sentence about the choice, with folders where names alone do not tell."""
    files = [*chosen, *others]
    names = Counter(one.name for one in files)
    shown = [
        visible(one.name if max(names.values()) == 1 else one.path, NAME_LIMIT) for one in files
    ]
    kind = "file.several_files" if any(is_script(one.name) for one in files) else "file.several"
    text_id = kind if len(chosen) == 1 else "file.several_for_each"
    graded, left = shown[: len(chosen)], shown[len(chosen) :]
    return say(text_id, name=", ".join(graded), others=", ".join(left)[:_MOST_NAMES])


def _listed(names: Sequence[str]) -> str:
    more = f", … ({len(names)})" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _modules(files: Sequence[OwnedFile], chosen: OwnedFile) -> dict[str, FoundFile]:
    """Get what the notebook can import: scripts next to it by name, deeper ones with dots."""
    modules: dict[str, FoundFile] = {}
    folder = chosen.found.parts[:-1]
    for one in files:
        if not is_script(one.name):
            continue
        parts = one.found.parts
        inner = parts[len(folder) : -1] if parts[: len(folder)] == folder else ()
        name = ".".join((*inner, re.sub(r"\.py$", "", one.name, flags=re.IGNORECASE)))
        if all(name.split(".")) and len(modules) < MAX_MODULES:
            modules.setdefault(name, one.found)
    return modules
