"""A class as entries: which files in folders and zips belong to which student.

Nothing is extracted and nothing is held: an entry knows where its bytes are and reads
them when asked. What is in a folder or zip is hostile, its names included.

    source ──► found files ──► files of a student ──► entries with unique IDs

(Longer than a page: the layouts of four systems, and the safety of zips, in one place.)
"""

from __future__ import annotations

import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.catalogue import Message, say
from grader.cells import printable
from grader.choosing import Rank, choose, is_script
from grader.errors import UnreadableError, UsageError
from grader.submission import (
    MAX_FILE_BYTES,
    Submission,
    decode,
    parse_bytes,
    read_file,
    too_large,
)

MAX_FILES = 20_000
"""Notebooks, scripts and zips in one folder or zip."""
MAX_LISTED_FILES = 500_000
MAX_NESTED_FILES = 500
"""The same in a zip that a student made."""
MAX_DIRECTORY_BYTES = 16 * 1024 * 1024
"""Of a zip's table of contents, which is held in memory whole."""
MAX_TOTAL_BYTES = 2 * 1024**3
MAX_RATIO = 200
MAX_ALTERNATIVES = 20
MAX_MODULES = 50
MAX_ID_CHARS = 80
MAX_ID_BYTES = 200
MAX_SKIPPED = 200
MAX_PATH_CHARS = 1000


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where bytes are: a file, a member of a zip, or a member of a zip in a zip."""

    path: Path
    members: tuple[int, ...] = ()

    def load(self, *, shown: str) -> bytes:
        """Get the bytes, bounded; raise UnreadableError, which calls the file `shown`."""
        if not self.members:
            return read_file(self.path, shown=shown)
        try:
            with self.path.open("rb") as file, zipfile.ZipFile(file) as archive:
                data = _member_bytes(archive, self.members[0], shown)
            for member in self.members[1:]:
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    data = _member_bytes(archive, member, shown)
        except (OSError, zipfile.BadZipFile, ValueError, IndexError):
            raise UnreadableError(shown, say("file.zip_broken")) from None
        return data


@dataclass(frozen=True, kw_only=True)
class Found:
    """A notebook, script or zip that a source holds."""

    parts: tuple[str, ...]
    """The components of its path in the source, a zip's name being one."""
    location: Location
    size: int = 0
    fault: Message | None = None
    """Why it will not be read."""

    @property
    def identity(self) -> tuple[str, tuple[int, ...]]:
        """Get what two findings of the same bytes have in common."""
        return str(self.location.path), self.location.members

    @property
    def name(self) -> str:
        """Get the file's name."""
        return self.parts[-1]

    def load(self, label: str) -> bytes:
        """Get the bytes, or raise UnreadableError."""
        if self.fault is not None:
            raise UnreadableError(label, self.fault)
        return self.location.load(shown=label)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The submission of one student, to be read when its turn comes."""

    student: str
    """Unique, and safe as the name of a folder."""
    label: str
    """Where it was found, for people."""
    name: str
    """The file's name as the student chose it."""
    found: Found
    module_files: Mapping[str, Found] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    alternatives: tuple[str, ...] = ()
    """Labels of the student's other files that could have been graded."""

    def load(self) -> bytes:
        """Get the file's bytes.

        Raises:
            UnreadableError: it cannot be read.

        """
        return self.found.load(self.label)

    def load_modules(self) -> dict[str, str]:
        """Get the source of the modules handed in beside it; one that is unreadable is left out."""
        modules = {}
        for name, found in self.module_files.items():
            try:
                modules[name] = decode(found.load(name), name=found.name)[0]
            except UnreadableError:
                continue
        return modules

    def read(self) -> Submission:
        """Get the submission, with the notes of its finding.

        Raises:
            UnreadableError: it is no notebook or script.

        """
        submission = parse_bytes(self.load(), name=self.name, modules=self.load_modules())
        return replace(submission, notes=self.notes + submission.notes)


@dataclass(frozen=True, kw_only=True)
class Collection:
    """All entries of a class, by ID, and a line for each thing that was passed over."""

    entries: tuple[Entry, ...]
    skipped: tuple[str, ...] = ()


def collect(sources: Sequence[Path], *, rank: Rank | None = None) -> Collection:
    """Get the submissions in folders, zips and single files, each student once.

    Where a student handed in several notebooks, `rank` chooses (the first by name if None).

    Raises:
        UsageError: a source does not exist or cannot be used, or there is no submission.

    """
    skipped: list[str] = []
    seen: set[tuple[str, tuple[int, ...]]] = set()
    drafts: list[tuple[Path, list[Entry]]] = []
    for source in sources:
        found = [f for f in _found_in(source, skipped) if f.identity not in seen]
        seen |= {f.identity for f in found}
        if found:
            drafts.append((source, _entries(found, source, rank, skipped)))
    if not drafts:
        shown = ", ".join(printable(str(source)) for source in sources[:3]) or "nothing"
        raise UsageError(
            f"{shown}: there is no notebook or script here; name a folder, a zip or files of "
            "submissions (.ipynb or .py)"
        )
    if len(skipped) > MAX_SKIPPED:
        skipped[MAX_SKIPPED:] = [f"and {len(skipped) - MAX_SKIPPED} more files were skipped"]
    return Collection(entries=_with_unique_ids(_renamed(drafts)), skipped=tuple(skipped))


# --- What a source holds ----------------------------------------------------

_JUNK_FOLDERS = frozenset(
    {".ipynb_checkpoints", "__MACOSX", ".git", ".svn", "venv", ".venv", "site-packages"}
    | {"node_modules", "__pycache__", ".Trash", ".idea", ".vscode"}
)
_A_FOLDER = say("file.a_folder")
_SUBMISSION = re.compile(r"\.(ipynb|pynb|py)$|\.ipynb\.(txt|json|download)$", re.IGNORECASE)
_EXTENSIONS = re.compile(r"(\.(ipynb|pynb|py|zip|txt|json|download))+$", re.IGNORECASE)
_COPIES = re.compile(r"( \(\d+\)|-(main|master))$")


def _found_in(source: Path, skipped: list[str]) -> list[Found]:
    """Get the notebooks, scripts and zipped ones of a source, in the order of their paths."""
    shown = printable(str(source), limit=300)
    try:
        path = source.resolve(strict=True)
        mode = path.stat().st_mode
    except (OSError, ValueError, RuntimeError):
        raise UsageError(f"{shown}: there is no such file or folder; check the path") from None
    if stat.S_ISDIR(mode):
        files = _wanted(_walk(path, shown, skipped), shown, skipped, limit=MAX_FILES)
    elif not stat.S_ISREG(mode):
        raise UsageError(f"{shown}: is neither a file nor a folder; name a folder or a zip")
    elif path.suffix.lower() == ".zip":
        files = _wanted(_zip_members(path, shown, skipped), shown, skipped, limit=MAX_FILES)
    elif _SUBMISSION.search(source.name):
        return [Found(parts=(_text(source.name),), location=Location(path=path))]
    else:
        skipped.append(f"{shown}: not a notebook or script, skipped")
        return []
    files = [inner for file in files for inner in _opened(file, shown, skipped)]
    return _within_budget(sorted(files, key=lambda file: file.parts))


def _wanted(listed: Iterable[Found], shown: str, skipped: list[str], *, limit: int) -> list[Found]:
    """Get the candidates among listed files; junk is counted, other files are named."""
    junk: Counter[str] = Counter()
    others: list[str] = []
    wanted: list[Found] = []
    for number, file in enumerate(listed):
        is_too_much = number > MAX_LISTED_FILES
        kind = _junk_kind(file.parts)
        if kind:
            junk[kind] += 1
        elif _SUBMISSION.search(file.name) or file.name.lower().endswith(".zip"):
            wanted.append(file)
            is_too_much = len(wanted) > limit
        elif file.fault != _A_FOLDER and not file.name.startswith("."):
            what = file.fault or "not a notebook or script"
            others.append(f"{shown}/{_label(file.parts)}: {what}, skipped")
        if is_too_much:
            raise UsageError(
                f"{shown}: it holds too many files, more than {limit:,} notebooks and scripts; "
                "name the folders of the submissions one by one"
            )
    skipped += [f"{shown}: {kind} ignored ({n})" for kind, n in sorted(junk.items())]
    skipped += sorted(others)
    folders = {file.parts[:i] for file in wanted for i in range(1, len(file.parts))}
    return [file for file in wanted if file.fault != _A_FOLDER or file.parts not in folders]


def _junk_kind(parts: Sequence[str]) -> str:
    for part in parts[:-1]:
        if part in _JUNK_FOLDERS:
            return part
    name = parts[-1]
    return "._ files" if name.startswith("._") else name if name == ".DS_Store" else ""


def _text(name: str) -> str:
    """Get a name as text in NFC, whatever bytes the file system holds."""
    name = re.sub("[\ud800-\udfff]", "\ufffd", name)
    return unicodedata.normalize("NFC", name)


def _label(parts: Sequence[str]) -> str:
    return printable("/".join(parts), limit=300)


def _walk(root: Path, shown: str, skipped: list[str]) -> Iterator[Found]:
    """Yield the files below a folder; links are never followed, junk folders never entered."""
    pending: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while pending:
        folder, parts = pending.pop()
        try:
            with os.scandir(folder) as listing:
                items = sorted(listing, key=lambda item: item.name)
        except OSError:
            skipped.append(f"{shown}/{_label(parts)}: this folder cannot be read, skipped")
            continue
        for item in items:
            names = (*parts, _text(item.name))
            if not item.is_dir(follow_symlinks=False):
                yield _listed_file(item, names)
            elif item.name in _JUNK_FOLDERS or len(names) > 20:
                yield Found(parts=(*names, ""), location=Location(path=Path(item.path)))
            else:
                yield _listed_file(item, names)
                pending.append((Path(item.path), names))


def _listed_file(item: os.DirEntry[str], parts: tuple[str, ...]) -> Found:
    fault = None
    if item.is_symlink():
        fault = say("file.a_link")
    elif item.is_dir():
        fault = _A_FOLDER
    elif not item.is_file():
        fault = say("file.not_regular")
    return Found(parts=parts, location=Location(path=Path(item.path)), fault=fault)


# --- Zips -------------------------------------------------------------------


@contextmanager
def _open_zip(file: io.BufferedIOBase, shown: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose table of contents is of bounded size.

    Raises:
        UnreadableError: it is no zip, damaged, or too large.

    """
    try:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 66_000))
        tail = file.read()
        end = len(tail) - 22 if tail[-22:-18] == b"PK\x05\x06" else tail.rfind(b"PK\x05\x06")
        directory = int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
        if min(directory, size) > MAX_DIRECTORY_BYTES:
            raise UnreadableError(shown, say("file.zip_many"))
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError):
        raise UnreadableError(shown, say("file.no_zip")) from None
    with archive:
        yield archive


def _zip_members(path: Path, shown: str, skipped: list[str]) -> list[Found]:
    try:
        with path.open("rb") as file, _open_zip(file, shown) as archive:
            return list(_members(archive, Location(path=path), (), shown, skipped))
    except UnreadableError as error:
        raise UsageError(str(error)) from None
    except OSError:
        raise UsageError(f"{shown}: the zip may not be read; check its permissions") from None


def _members(
    archive: zipfile.ZipFile,
    location: Location,
    parts: tuple[str, ...],
    shown: str,
    skipped: list[str],
) -> Iterator[Found]:
    """Yield the files of a zip; one with a name that leaves the zip is skipped."""
    for index, info in enumerate(archive.infolist()):
        path = _member_path(info)
        names = tuple(part for part in path.split("/") if part not in {"", "."})
        if len(path) > MAX_PATH_CHARS:
            skipped.append(f"{shown}/{printable(path)}: the name is too long, skipped")
        elif path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in names or not names:
            skipped.append(f"{shown}/{printable(path)}: a name that leaves the zip, skipped")
        else:
            yield Found(
                parts=parts + names,
                location=replace(location, members=(*location.members, index)),
                size=info.file_size,
                fault=_A_FOLDER if path.endswith("/") else _member_fault(info),
            )


def _member_path(info: zipfile.ZipInfo) -> str:
    """Get a member's path; names in UTF-8 that are not marked as such are common."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return _text(name.replace("\\", "/"))


def _member_fault(info: zipfile.ZipInfo) -> Message | None:
    mib = 1024 * 1024
    if stat.S_ISLNK(info.external_attr >> 16):
        return say("file.a_link")
    if info.flag_bits & 1:
        return say("file.encrypted")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return say("file.odd_zip")
    if info.file_size > MAX_FILE_BYTES:
        return too_large(info.file_size)
    if info.file_size > mib and info.file_size > MAX_RATIO * info.compress_size:
        return say("file.dense_zip")
    return None


def _member_bytes(archive: zipfile.ZipFile, index: int, shown: str) -> bytes:
    """Get a member's bytes, in small steps and never more than a file may have."""
    info = archive.infolist()[index]
    if fault := _member_fault(info):
        raise UnreadableError(shown, fault)
    data = bytearray()
    try:
        with archive.open(info) as member:
            while len(data) <= MAX_FILE_BYTES and (chunk := member.read(65_536)):
                data += chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        raise UnreadableError(shown, say("file.zip_member")) from None
    return bytes(data)


def _opened(file: Found, shown: str, skipped: list[str]) -> list[Found]:
    """Get the file, or what a zip in the source holds; a zip deeper than that is skipped."""
    if not file.name.lower().endswith(".zip"):
        return [file]
    label = f"{shown}/{_label(file.parts)}"
    try:
        data = file.load(label)
        with _open_zip(io.BytesIO(data), label) as archive:
            listed = list(_members(archive, file.location, file.parts, shown, skipped))
    except UnreadableError as error:
        return [replace(file, fault=error.what)]
    inner = [f for f in listed if not f.name.lower().endswith(".zip")]
    skipped += [
        f"{shown}/{_label(f.parts)}: a zip in a student's zip, skipped"
        for f in listed
        if f.name.lower().endswith(".zip")
    ]
    try:
        wanted = _wanted(inner, shown, skipped, limit=MAX_NESTED_FILES)
    except UsageError:
        return [replace(file, fault=say("file.zip_crowded"))]
    return wanted or [replace(file, fault=say("file.zip_without"))]


def _within_budget(files: Sequence[Found]) -> list[Found]:
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


# --- Whose it is ------------------------------------------------------------

_MOODLE = re.compile(
    r"^(?P<name>[^_]*)(?:_(?P<id>\d+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?$"
)
_CANVAS = (
    re.compile(
        r"^(?P<late>LATE_)?(?P<name>anon)_(?P<id>[A-Za-z0-9]+)_(?P<upload>\d+)_(?P<file>.+)$"
    ),
    re.compile(
        r"^(?P<name>.*?)(?P<late>_LATE)?_(?P<id>\d+)_(?P<upload>\d+)_(?P<file>.+)$", re.DOTALL
    ),
)
_WRAPPERS = frozenset({"submitted", "submission", "submissions"})
_NBGRADER = frozenset({"source", "release", "autograded", "feedback", "source_with_tests"})


@dataclass(frozen=True, kw_only=True)
class _Owned:
    """A found file with the student's raw name and the file's name as the student chose it."""

    group: str
    """Files of one group are one submission."""
    student: str
    name: str
    found: Found
    is_late: bool = False


def _entries(
    files: Sequence[Found], source: Path, rank: Rank | None, skipped: list[str]
) -> list[Entry]:
    """Get an entry a student from the files of one source."""
    files = _nbgrader_submitted(files, source, skipped)
    groups: dict[str, list[_Owned]] = {}
    for one in _owned(files, _wrapper_depth(files, source)):
        groups.setdefault(one.group, []).append(one)
    return [_entry(mine, source, rank) for mine in groups.values()]


def _renamed(drafts: Sequence[tuple[Path, list[Entry]]]) -> list[Entry]:
    """Get all entries; with `submitted/*` on the command line, the sources are the students.

    That is: where several folders or zips hold one submission each, under the same name.
    """
    singles = Counter(_key(entries[0].student) for _, entries in drafts if len(entries) == 1)
    result: list[Entry] = []
    for source, entries in drafts:
        first = entries[0]
        is_inside = first.label != printable(source.name)
        if len(entries) == 1 and is_inside and singles[_key(first.student)] > 1:
            entries = [replace(first, student=_stem(_text(source.resolve().name)))]  # noqa: PLW2901
        result += entries
    return result


def _nbgrader_submitted(files: Sequence[Found], source: Path, skipped: list[str]) -> list[Found]:
    """Get only what is in `submitted` where the source is a whole nbgrader course."""
    tops = {file.parts[0] for file in files if len(file.parts) > 1}
    if "submitted" not in tops or not tops & _NBGRADER:
        return list(files)
    skipped.append(f"{printable(str(source))}: an nbgrader course, only `submitted` was read")
    return [file for file in files if file.parts[0] == "submitted"]


def _wrapper_depth(files: Sequence[Found], source: Path) -> int:
    """Get how many outer folders are no student: zips often wrap all in one folder."""
    tops = {file.parts[0] for file in files}
    if len(tops) != 1 or any(len(file.parts) < 2 for file in files):
        return 0
    top = next(iter(tops))
    if _MOODLE.match(top) or top.lower().endswith(".zip"):
        return 0
    if top.lower() in _WRAPPERS:
        return 1
    if source.suffix.lower() != ".zip":
        return 0
    has_name_of_zip = _key(_COPIES.sub("", top)) == _key(_COPIES.sub("", _stem(source.name)))
    notebooks = [f for f in files if not f.name.lower().endswith(".py")] or files
    return int(has_name_of_zip or len({f.parts[1] for f in notebooks}) > 1)


def _system(files: Sequence[Found], depth: int) -> str:
    """Get "moodle" or "canvas" when the names are those of such a download."""
    if any(_MOODLE.match(part) for file in files for part in file.parts):
        return "moodle"
    tops = {file.parts[depth] for file in files}
    matches = [m for top in tops if (m := _canvas_match(top))]
    if not matches or len(matches) < 0.8 * len(tops):
        return ""
    uploads = {m["upload"] for m in matches}
    is_sure = len(matches) > 1 or len(matches[0]["upload"]) > 4
    return "canvas" if is_sure and len(uploads) == len(matches) else ""


def _canvas_match(name: str) -> re.Match[str] | None:
    return next((m for pattern in _CANVAS if (m := pattern.match(name))), None)


def _owned(files: Sequence[Found], depth: int) -> list[_Owned]:
    system = _system(files, depth)
    return [_owner(file, depth, system) for file in files]


def _owner(file: Found, depth: int, system: str) -> _Owned:
    """Get whose a file is: by the system's name for it, else the outer folder, else its stem."""
    top = file.parts[depth]
    if system == "moodle":
        for part in file.parts:
            if match := _MOODLE.match(part):
                whose = match["name"] + (f"_{match['id']}" if match["id"] else "")
                name = match["file"] if part == file.name and match["file"] else file.name
                return _Owned(group=whose, student=whose, name=name, found=file)
    if system == "canvas" and (match := _canvas_match(top)):
        whose = f"{match['name']}_{match['id']}"
        name = match["file"] if top == file.name else file.name
        is_late = bool(match["late"])
        return _Owned(group=whose, student=whose, name=name, found=file, is_late=is_late)
    return _Owned(group=top, student=_stem(top), name=file.name, found=file)


def _stem(name: str) -> str:
    return _EXTENSIONS.sub("", name)


# --- A student's entry ------------------------------------------------------


def _entry(files: Sequence[_Owned], source: Path, rank: Rank | None) -> Entry:
    """Get the entry of a student: the best notebook, its modules, what was not chosen."""
    root = printable(source.name or source.resolve().name)
    is_file = files[0].found.identity == (str(source.resolve()), ())

    def label(one: _Owned) -> str:
        return root if is_file else f"{root}/{_label(one.found.parts)}"

    files = sorted(files, key=lambda one: (len(one.found.parts), one.found.parts))
    scripts = [one for one in files if is_script(one.name)]
    notebooks = [one for one in files if one not in scripts]
    chosen, others = _best([*notebooks, *scripts], label, rank)
    modules = [one for one in scripts if one is not chosen]
    notes: tuple[Message, ...] = ()
    if others:
        names = ", ".join(printable(one.name) for one in others)
        notes += (say("file.several", name=printable(chosen.name), others=names[:500]),)
    if chosen.is_late:
        notes += (say("file.late"),)
    return Entry(
        student=chosen.student,
        label=label(chosen),
        name=chosen.name,
        found=chosen.found,
        module_files=_modules(modules, chosen),
        notes=notes,
        alternatives=tuple(label(one) for one in others),
    )


def _best(
    files: Sequence[_Owned], label: Callable[[_Owned], str], rank: Rank | None
) -> tuple[_Owned, list[_Owned]]:
    """Get the file that is graded, and those that could have been; among equals the outermost."""

    def load(i: int) -> bytes:
        return files[i].found.load(label(files[i]))

    paths = ["/".join((*one.found.parts[:-1], one.name)) for one in files]
    choice = choose(paths, load, rank, most=MAX_ALTERNATIVES)
    return files[choice.chosen], [files[i] for i in choice.passed_over]


def _modules(files: Sequence[_Owned], chosen: _Owned) -> dict[str, Found]:
    """Get what the notebook can import: scripts beside it by name, deeper ones with dots."""
    modules: dict[str, Found] = {}
    folder = chosen.found.parts[:-1]
    for one in files:
        parts = one.found.parts
        inner = parts[len(folder) : -1] if parts[: len(folder)] == folder else ()
        name = ".".join((*inner, re.sub(r"\.py$", "", one.name, flags=re.IGNORECASE)))
        if all(name.split(".")) and len(modules) < MAX_MODULES:
            modules.setdefault(name, one.found)
    return modules


# --- IDs --------------------------------------------------------------------

_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\.|$)", re.IGNORECASE
)


def safe_id(name: str) -> str:
    """Get the name as one that any file system takes as a folder's; letters stay as they are."""
    name = re.sub(r'[/\\:*?"<>|]', "_", re.sub(r"\s+", " ", name))
    name = "".join(c for c in name if unicodedata.category(c)[0] not in "CZ" or c == " ")
    name = re.sub(r" +", " ", unicodedata.normalize("NFC", name))
    name = _shortened(name.lstrip(" .-~"), MAX_ID_CHARS).rstrip(" .")
    if _RESERVED.match(name):
        name = _shortened(f"_{name}", MAX_ID_CHARS)
    return name or "student"


def _shortened(name: str, limit: int) -> str:
    name = name[:limit]
    return name.encode()[: MAX_ID_BYTES - (MAX_ID_CHARS - limit)].decode(errors="ignore")


def _with_unique_ids(drafts: Sequence[Entry]) -> tuple[Entry, ...]:
    """Get the entries by ID; of equal names the first keeps it, the others get a number."""
    drafts = sorted(drafts, key=lambda entry: (entry.student, entry.label))
    ids = [safe_id(entry.student) for entry in drafts]
    owners: dict[str, int] = {}
    for i, name in enumerate(ids):
        owners.setdefault(_key(name), i)
    counts: Counter[str] = Counter()
    entries: list[Entry] = []
    for i, (entry, name) in enumerate(zip(drafts, ids, strict=True)):
        unique, notes = name, entry.notes
        if owners[_key(name)] != i:
            unique = _numbered(name, counts, owners)
            owners[_key(unique)] = i
            notes += (say("file.same_name", name=printable(name)),)
        entries.append(replace(entry, student=unique, notes=notes))
    return tuple(sorted(entries, key=lambda entry: entry.student))


def _numbered(name: str, counts: Counter[str], owners: Mapping[str, int]) -> str:
    while True:
        counts[_key(name)] += 1
        suffix = f"-{counts[_key(name)] + 1}"
        unique = _shortened(name, MAX_ID_CHARS - len(suffix)).rstrip(" .") + suffix
        if _key(unique) not in owners:
            return unique


def _key(name: str) -> str:
    """Two names with one key may be one folder on some file system."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
