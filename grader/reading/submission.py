"""A submission as data: its cells, as handed in, from the bytes of a notebook or a script.

The content decides what a file is, not its name. Notebooks are read as plain JSON with
every type checked by hand: half of the notebooks that students hand in break a schema.
Stored outputs and execution counts are never looked at.
"""

from __future__ import annotations

import codecs
import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from grader.catalogue import Message, say
from grader.reading.cells import Cell, parse_python, parses, unflipped
from grader.reading.unreadable import SourceError, UnreadableError
from grader.reading.written_files import with_own
from grader.safe_text import NAME_LIMIT, visible

__all__ = [
    "MAX_FILE_BYTES",
    "NO_MODULES",
    "Cell",
    "Submission",
    "decode",
    "os_error",
    "parse_bytes",
    "read_file",
    "read_submission",
    "too_large",
]

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_CELLS = 2000
MAX_CELL_CHARS = 1024 * 1024
MAX_CODE_CHARS = 1024 * 1024
MAX_JSON_NODES = 2_000_000
NO_MODULES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What a student handed in, read but not yet understood."""

    path: str
    sha256: str
    cells: tuple[Cell, ...]
    assignment: str | None = None
    """The notebook's metadata `grader.assignment`, if it has one."""
    notes: tuple[Message, ...] = ()
    """Sentences for `messages`: what was unusual about the file."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """Python modules handed in beside it: module name to source text."""

    @property
    def offered(self) -> dict[str, str]:
        """The modules that it can import: those handed in, and what its own code adds."""
        return with_own(self.modules, self.cells)


def read_submission(path: Path, *, modules: Mapping[str, str] = NO_MODULES) -> Submission:
    """Get the submission in a file.

    Raises:
        UnreadableError: there is no such regular file, or it is no notebook or script.

    """
    return parse_bytes(read_file(path, shown=str(path)), name=path.name, modules=modules)


def parse_bytes(data: bytes, *, name: str, modules: Mapping[str, str] = NO_MODULES) -> Submission:
    """Get the submission in the bytes of a file called `name`.

    Raises:
        UnreadableError: the bytes are no notebook or script; the message says what they are.

    """
    where = visible(name, NAME_LIMIT)
    _refuse_other_formats(data, where)
    text, notes = decode(data, name=name)
    if _looks_like_json(text, name):
        notebook = _load_notebook(text, where)
        cells, more = _notebook_cells(notebook, where)
        assignment, remarks = _metadata(notebook, cells)
        more += remarks
    else:
        _refuse_other_texts(text, where, name)
        cells, more, assignment = *_script_cells(text, where), None
    _refuse_too_much(cells, where)
    if not any(cell.kind == "code" and cell.source.strip() for cell in cells):
        more += (say("file.no_code"),)
    return Submission(
        path=where,
        sha256=hashlib.sha256(data).hexdigest(),
        cells=cells,
        assignment=assignment,
        notes=notes + more,
        modules=dict(modules),
    )


# --- From a path to bytes ---------------------------------------------------


def read_file(path: Path, *, shown: str) -> bytes:
    """Get the bytes of a regular file of bounded size; a link is no regular file.

    A link in a submission could name anything that the grader may read.

    Raises:
        UnreadableError: it is anything else; the message calls it `shown`.

    """
    where = visible(shown, limit=300)
    try:
        _refuse_special(os.lstat(path), where)
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            _refuse_special(os.fstat(file.fileno()), where)
            return file.read(MAX_FILE_BYTES + 1)
    except ValueError:
        raise UnreadableError(where, say("file.absent")) from None
    except OSError as error:
        raise os_error(error, where) from None


def _refuse_special(status: os.stat_result, where: str) -> None:
    kinds = (
        (stat.S_ISDIR, say("file.folder")),
        (stat.S_ISLNK, say("file.link")),
        (lambda mode: not stat.S_ISREG(mode), say("file.special")),
    )
    for is_kind, problem in kinds:
        if is_kind(status.st_mode):
            raise UnreadableError(where, problem)
    _refuse_size(status.st_size, where)


def _refuse_size(size: int, where: str) -> None:
    if size > MAX_FILE_BYTES:
        raise UnreadableError(where, too_large(size))


def too_large(size: int) -> Message:
    """Get the words for a file of so many bytes, more than one may have."""
    return say("file.too_large", size=size / 1024**2, most=MAX_FILE_BYTES // 1024**2)


def os_error(error: OSError, where: str) -> UnreadableError:
    """Get the error for a file that the system does not give; a SourceError if it failed."""
    if error.errno in {None, errno.EINVAL, errno.ELOOP}:  # what is in the file, or a link
        return UnreadableError(where, say("file.broken"))
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}:
        return SourceError(where, say("file.absent"))
    if error.errno in {errno.EACCES, errno.EPERM}:
        return SourceError(where, say("file.denied"))
    return SourceError(where, say("file.broken"))


# --- From bytes to text -----------------------------------------------------

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_TEXT_ENCODING = re.compile(
    r"(ascii|utf|latin|iso-?8859|cp\d|windows|mac|koi8|gb|big5|euc|shift|iso-?2022|tis|kz)"
)


def decode(data: bytes, *, name: str) -> tuple[str, tuple[Message, ...]]:
    r"""Get the text of a file with \n as its line end, and a note when that was a guess."""
    for encoding in _encodings(data, name):
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        return _plain(text), ()
    return _plain(data.decode("latin-1")), (say("file.latin_1"),)


def _encodings(data: bytes, name: str) -> Iterator[str]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            yield encoding
    sample = data[:4096]
    if len(sample) >= 4 and sample.count(0) * 4 > len(sample):
        yield "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
    if not name.lower().endswith(".ipynb"):
        for line in data[:1000].split(b"\n")[:2]:
            coding = _CODING.match(line)
            declared = coding[1].decode("ascii", "replace").lower() if coding else ""
            if _TEXT_ENCODING.match(declared):
                yield declared
    yield "utf-8"


def _plain(text: str) -> str:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _without_surrogates(text)


def _without_surrogates(text: str) -> str:
    """Lone surrogates, which JSON can spell, cannot be written to any report."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


# --- Files of another kind --------------------------------------------------

_MAGIC_BYTES = (
    (b"%PDF", say("file.pdf")),
    (b"\x89PNG", say("file.png")),
    (b"\xff\xd8\xff", say("file.jpeg")),
    (b"GIF8", say("file.gif")),
    (b"PK\x03\x04", say("file.zip")),
    (b"PK\x05\x06", say("file.zip")),
    (b"\x1f\x8b", say("file.gzip")),
    (b"7z\xbc\xaf", say("file.seven_zip")),
    (b"Rar!", say("file.rar")),
    (b"\xd0\xcf\x11\xe0", say("file.office")),
    (b"{\\rtf", say("file.rtf")),
)
_HTML = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.{0,2000}?-->\s*)?<(!doctype\s+)?html\b", re.IGNORECASE | re.DOTALL
)
_TEXT_DUMP = re.compile(r"^[ \t]*(In \[(None|\d*| )\]:[ \t]*$|In \[None\]:)", re.MULTILINE)
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x7f]")
_CODE_LINE = re.compile(r"^(def|class|import|from|for|while|@\w|[\w.]+\s*=)", re.MULTILINE)


def _not_a_notebook(where: str, what: Message) -> UnreadableError:
    return UnreadableError(where, say("file.ask", what=what))


def _refuse_other_formats(data: bytes, where: str) -> None:
    _refuse_size(len(data), where)
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableError(where, say("file.empty"))
    for magic, kind in _MAGIC_BYTES:
        if data.startswith(magic):
            raise _not_a_notebook(where, say("file.foreign", kind=kind))


def _refuse_other_texts(text: str, where: str, name: str) -> None:
    is_python = parses(text)
    if _HTML.match(text):
        raise _not_a_notebook(where, say("file.html"))
    if not is_python and _TEXT_DUMP.search(text):
        raise _not_a_notebook(where, say("file.dump"))
    if len(_BINARY.findall(text[:10_000])) * 50 > len(text[:10_000]):
        raise _not_a_notebook(where, say("file.no_text"))
    if not name.lower().endswith(".py") and not (is_python and _CODE_LINE.search(text)):
        raise _not_a_notebook(where, say("file.no_notebook"))


# --- Notebooks --------------------------------------------------------------


def _looks_like_json(text: str, name: str) -> bool:
    start = text.lstrip()[:200]
    if name.lower().endswith(".py"):
        return (
            re.match(r'\{\s*"(cells|metadata|nbformat|nbformat_minor|worksheets)"', start)
            is not None
        )
    return start[:1] in {"{", "["} or re.match(r"(<{7} |null\s*$)", start) is not None


def _load_notebook(text: str, where: str) -> dict[str, object]:
    if text.count("{") + text.count("[") > MAX_JSON_NODES:
        raise UnreadableError(where, say("file.huge"))
    try:
        notebook = json.loads(text, strict=False)
    except RecursionError:
        raise _not_a_notebook(where, say("file.nested")) from None
    except ValueError as error:
        raise UnreadableError(where, _json_problem(text, error)) from None
    if not isinstance(notebook, dict) or not notebook.keys() & {"cells", "worksheets", "nbformat"}:
        raise _not_a_notebook(where, say("file.no_cells"))
    return notebook


def _json_problem(text: str, error: ValueError) -> Message:
    if conflict := re.search(r"^[ \t]*(<{7}|>{7})( |$)", text, re.MULTILINE):
        line = text.count("\n", 0, conflict.start()) + 1
        return say("file.conflict", line=line)
    if not isinstance(error, json.JSONDecodeError):
        return say("file.long_number")
    tail = text[error.pos :].strip()
    is_cut_off = any(word.startswith(tail) for word in ("true", "false", "null"))
    if error.msg.startswith("Unterminated") or is_cut_off:
        last = text.rstrip().count("\n") + 1
        return say("file.cut_off", line=last)
    return say("file.damaged", line=error.lineno)


def _raw_cells(notebook: Mapping[str, object], where: str) -> list[object]:
    """Get the cells of nbformat 4, or those of all worksheets of nbformat 3."""
    cells = notebook.get("cells")
    if cells is None:
        sheets = notebook.get("worksheets")
        cells = []
        for sheet in sheets if isinstance(sheets, list) else []:
            more = sheet.get("cells") if isinstance(sheet, dict) else None
            cells += more if isinstance(more, list) else []
    if not isinstance(cells, list):
        raise _not_a_notebook(where, say("file.cells_no_list"))
    if len(cells) > MAX_CELLS:
        raise UnreadableError(where, say("file.many_cells", count=len(cells), most=MAX_CELLS))
    return cells


def _notebook_cells(
    notebook: Mapping[str, object], where: str
) -> tuple[tuple[Cell, ...], tuple[Message, ...]]:
    cells: list[Cell] = []
    notes: list[Message] = []
    for number, raw in enumerate(_raw_cells(notebook, where), start=1):
        if not isinstance(raw, dict):
            notes.append(say("file.damaged_cell", cell=number))
            continue
        source = _cell_source(raw)
        if source is None or len(source) > MAX_CELL_CHARS:
            is_textless = source is None
            notes.append(say(f"file.{'textless' if is_textless else 'long'}_cell", cell=number))
            source = ""
        cells.append(Cell(number=number, kind=_cell_kind(raw), source=source, run_as=_run_as(raw)))
    return tuple(cells), _shortened(notes)


def _shortened(notes: Sequence[Message], limit: int = 20) -> tuple[Message, ...]:
    more = len(notes) - limit
    return (*notes[:limit], say("file.more_cells", n=more)) if more > 0 else tuple(notes)


def _cell_kind(raw: Mapping[str, object]) -> str:
    kind = raw.get("cell_type")
    if kind in ("code", "markdown", "raw"):
        return str(kind)
    if kind is None and raw.keys() & {"outputs", "execution_count", "input"}:
        return "code"
    return "markdown"  # heading and html of nbformat 3, and whatever else is no code


def _run_as(raw: Mapping[str, object]) -> int | None:
    """The cell's execution count, whatever its name in that version of the format."""
    for name in ("execution_count", "prompt_number"):
        count = raw.get(name)
        if isinstance(count, int) and not isinstance(count, bool) and 0 < count < 1 << 31:
            return count
    return None


def _cell_source(raw: Mapping[str, object]) -> str | None:
    """Get the text, given as a string or a list of them; nbformat 3 calls it `input`."""
    source = raw.get("source", raw.get("input"))
    if isinstance(source, list):
        lines = [line for line in source if isinstance(line, str)]
        # Lists of lines without line ends occur; a notebook that Jupyter wrote has them.
        source = ("" if any("\n" in line for line in lines) else "\n").join(lines)
    return _plain(source) if isinstance(source, str) else None


def _metadata(
    notebook: Mapping[str, object], cells: Sequence[Cell]
) -> tuple[str | None, tuple[Message, ...]]:
    """Get the assignment that the notebook names, and notes about its metadata."""
    assignment = _string_at(notebook, "metadata", "grader", "assignment")
    language = _string_at(notebook, "metadata", "kernelspec", "language") or _string_at(
        notebook, "metadata", "language_info", "name"
    )
    notes: tuple[Message, ...] = ()
    if assignment is not None and not re.fullmatch(r"[\w.-]{1,100}", assignment):
        # A path or an import would let a student choose code that the grader runs.
        notes += (say("file.odd_name"),)
        assignment = None
    if language and not re.match(r"x?i?python", language.strip().lower()):
        foreign = sum(c.kind == "code" and not parses(c.source) for c in cells)
        if foreign:
            notes += (say("file.language", name=visible(language, limit=30)),)
    return assignment, notes


def _string_at(data: object, *keys: str) -> str | None:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return _without_surrogates(data) if isinstance(data, str) else None


# --- Scripts ----------------------------------------------------------------

_PERCENT = re.compile(r"^#[ \t]*%%(?:[ \t]+(.*)|)$|^#[ \t]*%%(\[.*)$", re.MULTILINE)
_NBCONVERT = re.compile(r"^# In ?\[[ \d*]*\]:[ \t]*$", re.MULTILINE)
_JUPYTEXT = re.compile(r"^# +jupytext:[ \t]*$", re.MULTILINE)
_JUPYTEXT_MAGIC = re.compile(r"^([ \t]*)# (%[A-Za-z]\w*(?: .*)?|!\w.*)$", re.MULTILINE)
"""Jupytext puts a comment sign before a magic; that of a whole cell, `%%`, may stay there."""
_PYTHON_2 = re.compile(r"^[ \t]*print[ \t]+[^\s(=.,:)]", re.MULTILINE)
_CONTINUES = re.compile(r"(else|elif|except|finally)\b|[)\]}#\s]|$")
_SPLIT_BUDGET_CHARS = 5_000_000


def _script_cells(text: str, where: str) -> tuple[tuple[Cell, ...], tuple[Message, ...]]:
    """Get the cells of a script: those it marks, else one, else its blocks that parse."""
    notes: tuple[Message, ...] = ()
    if len(text) > MAX_CODE_CHARS:
        _refuse_code(len(text), where)
    if _JUPYTEXT.search(text):
        text = _JUPYTEXT_MAGIC.sub(r"\1\2", text)
    marks = list(_PERCENT.finditer(text)) or list(_NBCONVERT.finditer(text))
    if marks:
        pieces = list(_marked_pieces(text, marks))
    elif parses(text) or unflipped(text) is not None:
        pieces = [(1, "code", text)]
    else:
        pieces = [(line, "code", piece) for line, piece in _blocks(text)]
        if found := _PYTHON_2.search(text):
            line = text.count("\n", 0, found.start()) + 1
            place = say("cell.script_place", line=line)
            notes = (say("cell.at", place=place, what=say("cell.print_2")),)
    cells = tuple(
        Cell(number=number, kind=kind, source=source, first_line=line)
        for number, (line, kind, source) in enumerate(pieces, start=1)
    )
    return cells, notes


def _marked_pieces(text: str, marks: Sequence[re.Match[str]]) -> Iterator[tuple[int, str, str]]:
    """Yield (first line, kind, text) for what lies between the marks, the marks left in."""
    if text[: marks[0].start()].strip():
        yield 1, "code", text[: marks[0].start()].rstrip("\n")
    line, at = 1, 0
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        line += text.count("\n", at, mark.start())
        at = mark.start()
        piece = text[at : following.start() if following else len(text)].rstrip("\n")
        words = mark[0].lower()
        kind = next((k for k in ("markdown", "raw") if f"[{k}]" in words), "code")
        yield line, kind, piece.replace("\n# ", "\n") if kind != "code" else piece


def _blocks(text: str) -> list[tuple[int, str]]:
    """Get (first line, text) of runs of top-level blocks that parse and of those that do not.

    So one line of Python 2 in a script costs its own block, not the whole file.
    """
    lines = text.split("\n")
    runs: list[tuple[int, int, bool]] = []
    for start, end, is_python in _joined_blocks(lines, _block_starts(lines)):
        if runs and is_python and runs[-1][2]:
            runs[-1] = (runs[-1][0], end, True)
        else:
            runs.append((start, end, is_python))
    if len(runs) > MAX_CELLS:
        return [(1, text)]
    return [(start + 1, "\n".join(lines[start:end])) for start, end, _ in runs]


def _block_starts(lines: Sequence[str]) -> list[int]:
    """Get where a top-level statement may begin: at the left margin, not after a decorator."""
    starts = [0]
    follows_decorator = False
    for i, line in enumerate(lines):
        if _CONTINUES.match(line):
            continue
        if i and not follows_decorator:
            starts.append(i)
        follows_decorator = line.startswith("@")
    return starts


def _joined_blocks(lines: Sequence[str], starts: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, does it parse) of blocks; one that a string spans is put together."""
    ends = [*starts[1:], len(lines)]
    budget = _SPLIT_BUDGET_CHARS
    i = 0
    while i < len(starts):
        last, is_python = i, False
        for j in range(i, min(i + 200, len(starts))):
            block = "\n".join(lines[starts[i] : ends[j]])
            budget -= len(block)
            error = _syntax_error(block) if budget > 0 else "too long"
            if error is None:
                last, is_python = j, True
            if error is None or not _is_cut_off(error):
                break
        yield starts[i], ends[last], is_python
        i = last + 1


def _syntax_error(text: str) -> str | None:
    try:
        parse_python(text)
    except SyntaxError as error:
        return error.msg
    return None


def _is_cut_off(message: str) -> bool:
    return "triple-quoted" in message or "never closed" in message or "EOF" in message


def _refuse_too_much(cells: Sequence[Cell], where: str) -> None:
    if len(cells) > MAX_CELLS:
        raise UnreadableError(where, say("file.many_cells", count=len(cells), most=MAX_CELLS))
    _refuse_code(sum(len(cell.source) for cell in cells if cell.kind == "code"), where)


def _refuse_code(size: int, where: str) -> None:
    if size > MAX_CODE_CHARS:
        raise UnreadableError(where, say("file.much_code", count=size, most=MAX_CODE_CHARS))
