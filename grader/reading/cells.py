"""A cell, and its text turned into Python with every line where the student wrote it.

What students leave in a code cell is often not Python: magics, shell lines, pasted
prompts, quotes from a web page. `parse_cell` tries the text as it stands, then one
repair after another, each keeping the line numbers, and stops at the first that parses.
A cell that no repair saves is quarantined: it has no statements, and a sentence says why.

Student text is hostile: `parse_python` is the only door to Python's parser.

(Longer than a page because all of it is one idea, the repairs in their order.)
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
import threading
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from grader.catalogue import Message, say
from grader.reading.exported_magics import FOREIGN, as_notebook
from grader.safe_text import NAME_LIMIT, visible

MAX_PARSED_CHARS = 256 * 1024
"""Longest text given to the parser: a million characters can cost it a gigabyte."""
MAX_REPAIRED_CHARS = 100_000
MAX_LINE_CHARS = 100_000
MAX_STATEMENTS_ON_A_LINE = 200
"""Each is cut out of its line by itself, which takes time in their number squared."""
MAX_NESTING = 200
"""Of brackets in the text and of nodes in the tree, so that a recursive reader of it is safe."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell: `number` counts all cells from 1, `kind` is "code", "markdown" or "raw"."""

    number: int
    kind: str
    source: str
    first_line: int | None = None
    """The line of the script where the cell begins; None in a notebook."""
    run_as: int | None = None
    """Its execution count, where it has one."""
    file: str = ""
    """The name of the file beside the submission whose text this is."""

    def place(self, line: int) -> Message:
        """Get the words for a line: "cell 4, line 2", in a script "line 40", "a.py, line 3"."""
        if self.first_line is None:
            return say("cell.place", cell=self.number, line=line)
        line += self.first_line - 1
        if self.file:
            return say("cell.file_place", file=self.file, line=line)
        return say("cell.script_place", line=line)

    def whereabouts(self, line: int) -> Message:
        """Get the words for a definition: as its place, but of a notebook the cell is enough."""
        return say("cell.cell", cell=self.number) if self.first_line is None else self.place(line)

    def note(self, line: int, what: Message) -> Message:
        """Get a note on a line of this cell."""
        return say("cell.at", place=self.place(line), what=what)


@dataclass(frozen=True, kw_only=True)
class ParsedCell:
    """A cell as Python: `source.splitlines()[s.lineno - 1]` is where statement `s` begins."""

    number: int
    source: str
    statements: tuple[ast.stmt, ...] = ()
    problem: Message | None = None
    """One sentence: why the cell is left out. None when it parses or has nothing to parse."""
    unfinished: bool = False
    """The problem is a TODO that was never filled in."""
    defines_text: tuple[str, ...] = ()
    """Names that a cell with a problem seems to define, for messages."""
    notes: tuple[Message, ...] = ()
    first_line: int | None = None
    file: str = ""
    """As in the `Cell`."""
    origin: tuple[int, ...] = ()
    """The line of the cell that each line of `source` comes from; () where they are the same."""

    def shown_line(self, line: int) -> int:
        """Get the number by which a person finds a line of `source`: in the cell, or the file."""
        at = self.origin[line - 1] if 0 < line <= len(self.origin) else line
        return at + (self.first_line or 1) - 1

    def place(self, line: int) -> Message:
        """Get the words for a line of `source`, as `Cell.place` has them."""
        shown = self.shown_line(line)
        if self.first_line is None:
            return say("cell.place", cell=self.number, line=shown)
        if self.file:
            return say("cell.file_place", file=self.file, line=shown)
        return say("cell.script_place", line=shown)

    def whereabouts(self, line: int) -> Message:
        """Get the words for a definition: as its place, but of a notebook the cell is enough."""
        return say("cell.cell", cell=self.number) if self.first_line is None else self.place(line)


@dataclass(frozen=True, kw_only=True)
class CodeInText:
    """A definition of `name` where nothing runs it: `kind` is "text", "comment" or "string"."""

    name: str
    number: int
    kind: str
    place: Message = field(compare=False)


# --- The door to the parser --------------------------------------------------

_one_at_a_time = threading.Lock()
"""Python 3.11 counts the depth of a syntax tree for all threads together, and one thread's count
is another's SystemError (https://github.com/python/cpython/issues/106905)."""


def parse_python(text: str) -> ast.Module:
    """Get the syntax tree of hostile text, at most `MAX_NESTING` deep.

    Raises:
        SyntaxError: whatever is wrong, be it a NUL character, size or depth.

    """
    _refuse_extremes(text)
    try:
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree: ast.Module = compile(
                text,
                "<cell>",
                "exec",
                flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                dont_inherit=True,
            )
    except SyntaxError:
        raise
    except (RecursionError, MemoryError, OverflowError):
        raise _extreme(say("cell.deep")) from None
    except ValueError:  # NUL characters, lone surrogates
        raise _extreme(say("cell.characters")) from None
    _refuse_deep_tree(tree)
    return tree


def parses(text: str) -> bool:
    """Tell whether the text is Python."""
    try:
        parse_python(text)
    except SyntaxError:
        return False
    return True


class _ExtremeError(SyntaxError):
    """Text that is refused for its size or depth, not for its grammar."""

    why: Message


def _extreme(why: Message, line: int = 1) -> _ExtremeError:
    error = _ExtremeError(str(why), ("<cell>", line, 1, ""))
    error.why = why
    return error


def _refuse_extremes(text: str) -> None:
    if len(text) > MAX_PARSED_CHARS:
        raise _extreme(say("cell.long", most=MAX_PARSED_CHARS))
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE_CHARS:
            raise _extreme(say("cell.long_line", most=MAX_LINE_CHARS), number)
    depth = 0
    for bracket in re.finditer(r"[()\[\]{}]", text):
        depth = depth + 1 if bracket[0] in "([{" else max(0, depth - 1)
        if depth > MAX_NESTING:
            at = text.count("\n", 0, bracket.start()) + 1
            raise _extreme(say("cell.brackets", most=MAX_NESTING), at)


def _refuse_deep_tree(tree: ast.Module) -> None:
    """Python's parser allows trees on which a recursive visitor would overflow the stack."""
    crowd = Counter(node.lineno for node in tree.body).most_common(1)
    if crowd and crowd[0][1] > MAX_STATEMENTS_ON_A_LINE:
        raise _extreme(say("cell.crowded"), crowd[0][0])
    level: list[ast.AST] = [tree]
    for _ in range(MAX_NESTING):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise _extreme(say("cell.deep"))


# --- A cell ------------------------------------------------------------------


def parse_cell(cell: Cell) -> ParsedCell:
    """Get the statements of a code cell, or the reason why it has none. Never raises."""
    source, origin = as_notebook(_with_plain_lines(cell.source))
    source = re.sub(r"^pylab(?=[ \t]*$)", "%pylab", source, flags=re.MULTILINE)
    parsed = _parsed_source(cell, source)
    return replace(parsed, first_line=cell.first_line, file=cell.file, origin=origin)


def _parsed_source(cell: Cell, source: str) -> ParsedCell:
    if cell.kind != "code" or not source.strip():
        return ParsedCell(number=cell.number, source=source)
    _, foreign = _without_cell_magics(_dedented(source))
    if foreign:
        note = cell.note(1, say("cell.foreign", name=visible(foreign, NAME_LIMIT)))
        return ParsedCell(number=cell.number, source=_commented(source), notes=(note,))
    return _parsed(cell, source)


def _parsed(cell: Cell, source: str) -> ParsedCell:
    error: SyntaxError = _extreme(say("cell.unreadable"))
    tried: set[str] = set()
    for index, (text, note) in enumerate(_attempts(source)):
        if text in tried:
            continue
        tried.add(text)
        try:
            tree = parse_python(text)
        except SyntaxError as caught:
            if index <= 1:  # as it stands and without magics: later texts are not the student's
                error = caught
            if isinstance(caught, _ExtremeError):
                break
            continue
        if not _has_prompts(tree) and (index > _AS_IT_STANDS or not _hides_code(tree, text)):
            return ParsedCell(
                number=cell.number,
                source=text,
                statements=tuple(tree.body),
                notes=_notes(cell, source, note) if index else (),
            )
    return _quarantined(cell, source, error)


def _notes(cell: Cell, source: str, note: Message | None) -> tuple[Message, ...]:
    """Say what was done to the cell and which files its magics would have read."""
    read = re.finditer(r"^[ \t]*%[ \t]*(?:run|load)[ \t]+([^\n]{1,200})", source, re.MULTILINE)
    said = [cell.note(1, note)] if note is not None else []
    for magic in read:
        line = source.count("\n", 0, magic.start()) + 1
        said.append(
            cell.note(line, say("cell.not_read", file=visible(magic[1].strip(), NAME_LIMIT)))
        )
    return tuple(said)


def _quarantined(cell: Cell, source: str, error: SyntaxError) -> ParsedCell:
    line, what, unfinished = _diagnosis(source, error)
    return ParsedCell(
        number=cell.number,
        source=source,
        problem=cell.note(line, what),
        unfinished=unfinished,
        defines_text=_names_in_text(source),
    )


def _with_plain_lines(text: str) -> str:
    r"""Get the text with \n as its only line end, for str.splitlines as for Python.

    A form feed, which may stand before the code of a line, goes; the other separators,
    which Python allows in strings and comments only, become spaces.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "")
    return re.sub("[\x0b\x1c-\x1e\x85\u2028\u2029]", " ", text)


_AS_IT_STANDS = 0
"""The index of the first attempt, in which nothing is changed."""


def _attempts(source: str) -> Iterator[tuple[str, Message | None]]:
    """Yield texts to try, the least changed first, each with what is worth saying about it."""
    yield source, None
    base, _ = _without_cell_magics(_dedented(source))
    yield _without_magics(base), None
    if len(source) > MAX_REPAIRED_CHARS:
        return
    yield _without_magics(base, block_filler=""), None
    for keep_rest in (True, False):
        if any(_PROMPT.match(line) for line in base.split("\n")):
            text = _without_prompts(base, keep_rest=keep_rest)
            yield _without_magics(text), say("cell.prompts")
    for text in _respelt(base):
        yield _without_magics(text), _RESPELT_NOTE
        yield _without_magics(_without_prompts(text, keep_rest=True)), _RESPELT_NOTE
    if (flipped := unflipped(base)) is not None:
        yield flipped, say("cell.flipped")


_RESPELT_NOTE = say("cell.respelt")


def _dedented(text: str) -> str:
    """Get the text without the indentation of its first line, as IPython does it."""
    for line in text.split("\n"):
        body = line.lstrip(" \t")
        if body and not body.startswith("#"):
            indent = line[: len(line) - len(body)]
            dedented = textwrap.dedent(text)
            if not indent or dedented != text:
                return dedented
            return "\n".join(row.removeprefix(indent) for row in text.split("\n"))
    return text


def _commented(text: str) -> str:
    return "\n".join(f"# {line}" if line.strip() else "" for line in text.split("\n"))


# --- Magics ------------------------------------------------------------------

_AUTOMAGIC = frozenset(
    """
    pip pip3 conda mamba uv apt apt-get git wget curl unzip tar ls ll dir cd cat cp mv rm mkdir
    rmdir touch head tail more less python python3 time timeit run load load_ext reload_ext
    matplotlib pylab config env set_env who whos xmode history autoreload export sudo
    """.split()
)
_NOT_AUTOMAGIC = re.compile(r"[=,:)(\]\[+&|^<>@]|[*/%-]=|(in|is|and|or|if|not|for|else)\b")

_LINE_MAGIC = re.compile(r"(\s*)%%?\s*([A-Za-z_]\w*)?(.*)")
_HELP = re.compile(r"\s*(\?.*|%{0,2}[A-Za-z_][\w.*]*(\[\w*\])?\?{1,2}[\s;]*(#.*)?)$")
_ASSIGNED_MAGIC = re.compile(r"(\s*[\w*(\[][\w.()\[\], *]*?)=\s*(!|%\s*[A-Za-z_])")
_TOKEN = re.compile(
    r"#.*|\"\"\"|'''|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?|[(\[{]|[)\]}]", re.DOTALL
)


def _without_cell_magics(text: str) -> tuple[str, str]:
    """Get the text with its leading %% lines as comments, and the name of a foreign one."""
    lines = text.split("\n")
    for i, line in enumerate(lines):
        body = line.strip()
        if not body or body.startswith("#"):
            continue
        magic = re.match(r"%%\s*(!|\w*)", body)
        if magic is None:
            break
        if magic[1].lower() in FOREIGN:
            return "\n".join(lines), magic[1]
        lines[i] = f"# {body}"
    return "\n".join(lines), ""


def _without_magics(text: str, *, block_filler: str = "pass  ") -> str:
    """Get the text with magics, shell and help lines as comments, outside of strings."""
    rows: list[str] = []
    quote, depth, runs_on, in_magic = "", 0, False, False
    for line in text.split("\n"):
        plain = None
        if in_magic:
            plain = f"# {line}"
        elif not quote and not depth and not runs_on and len(line) < 2000:
            plain = _plain_line(line, block_filler)
        in_magic = plain is not None and line.rstrip().endswith("\\")
        row = line if plain is None else plain
        quote, depth, runs_on = _state_after(row, quote, depth)
        rows.append(row)
    return "\n".join(rows)


def _state_after(line: str, quote: str, depth: int) -> tuple[str, int, bool]:
    """Get what is open at the end of a line: a triple quote, brackets, a backslash."""
    at, is_comment = 0, False
    while True:
        if quote:
            end = re.compile(r"\\.|" + quote).search(line, at)
            while end and end[0] != quote:
                end = re.compile(r"\\.|" + quote).search(line, end.end())
            if end is None:
                return quote, depth, False
            quote, at = "", end.end()
        token = _TOKEN.search(line, at)
        if token is None:
            return "", depth, line.endswith("\\") and not is_comment
        at = token.end()
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth = max(0, depth - 1)
        is_comment = token[0].startswith("#")


def _plain_line(line: str, block_filler: str) -> str | None:
    """Get the Python for a line that only IPython understands, None for any other line."""
    body = line.strip()
    hidden = line[: len(line) - len(line.lstrip())]
    hidden += (block_filler if hidden else "") + f"# {body}"
    if body.startswith("%"):
        return _python_of_magic(line) or hidden
    if body.startswith("!") or _HELP.match(line):
        return hidden
    if assigned := _ASSIGNED_MAGIC.match(line):
        return f"{assigned[1]}= None  # {body}"
    word, _, rest = body.partition(" ")
    if word in _AUTOMAGIC and rest and not _NOT_AUTOMAGIC.match(rest.lstrip()):
        if parses(body):
            return None
        return _python_of_magic(line[: len(line) - len(line.lstrip())] + "%" + body) or hidden
    return None


_PYLAB = (
    "import numpy, matplotlib; from matplotlib import pylab, mlab, pyplot; "
    "np = numpy; plt = pyplot; "
    "from IPython.display import display; from IPython.core.pylabtools import figsize, getfigs"
)
_PYLAB_ALL = "from matplotlib.pylab import *; from numpy import *; "
"""What `%pylab` runs, see `import_pylab` in IPython's core/pylabtools.py."""


def _python_of_magic(line: str) -> str | None:
    """Get the Python for a line magic that binds names or sets something in the notebook."""
    magic = _LINE_MAGIC.match(line)
    if magic is None:
        return None
    indent, name, rest = magic[1], magic[2], magic[3].strip()
    if name in {"time", "prun"}:
        rest = re.sub(r"^(-[a-zA-Z]([ ]?[\d.]+)?[ ]+)+", "", rest)
        return indent + rest if rest and parses(rest) else None
    if name == "pylab":
        return indent + ("" if "--no-import-all" in rest else _PYLAB_ALL) + _PYLAB
    if name in {"env", "set_env"}:
        name, value = (item.strip() for item in rest.partition("=" if "=" in rest else " ")[::2])
        is_plain = re.fullmatch(r"\w+", name) and value and "{" not in value
        return f'{indent}__import__("os").environ[{name!r}] = {value!r}' if is_plain else None
    if name == "run" and rest:
        return f'{indent}get_ipython().run_line_magic("run", {rest!r})'
    return None


# --- Prompts, spelling, lost quotes ------------------------------------------

_PROMPT = re.compile(r"\s*(>>> ?|In ?\[[ \d]*\]: ?)")
_CONTINUATION = re.compile(r"\s*\.\.\.+:? ?")
_OUTPUT = re.compile(r"\s*Out ?\[\d*\]:")


def _has_prompts(tree: ast.Module) -> bool:
    """`In [1]: x = 1` is an annotation to Python."""
    return any(
        isinstance(s, ast.AnnAssign)
        and isinstance(s.target, ast.Subscript)
        and isinstance(s.target.value, ast.Name)
        and s.target.value.id in {"In", "Out"}
        for s in tree.body
    )


def _without_prompts(text: str, *, keep_rest: bool) -> str:
    """Get the text without prompts; lines that have none stay, or are output and go."""
    rows: list[str] = []
    after_prompt = False
    for line in text.split("\n"):
        prompt = _PROMPT.match(line) or (after_prompt and _CONTINUATION.match(line)) or None
        after_prompt = prompt is not None
        if prompt:
            rows.append(line[prompt.end() :])
        elif _OUTPUT.match(line) or not (keep_rest or not line.strip()):
            rows.append(f"# {line.strip()}")
        else:
            rows.append(line)
    return "\n".join(rows)


_INVISIBLE: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\xad\u200e\u200f"), None),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], None),
    **dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
}
_SIGNS: dict[int, str | None] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if not chr(code).isalnum()},
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    0x2026: "...",
    0x3001: ",",
}
_DOUBLE: dict[int, str | None] = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\xab\xbb"), '"')
_SINGLE: dict[int, str | None] = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032"), "'")


def _respelt(text: str) -> Iterator[str]:
    """Yield the text with ever more characters of the web replaced, the harmless first."""
    table: dict[int, str | None] = {}
    for more in (_INVISIBLE, _SIGNS, _DOUBLE, _SINGLE):
        table = table | more
        if (respelt := text.translate(table)) != text:
            yield respelt


def _hides_code(tree: ast.Module, text: str) -> bool:
    """Tell whether the text has no code of its own but a bare string that imports."""
    return (
        all(isinstance(s, ast.Expr) for s in tree.body)
        and any(
            isinstance(s, ast.Expr)
            and isinstance(s.value, ast.Constant)
            and re.search(r"^(import|from) \w", str(s.value.value), re.MULTILINE)
            for s in tree.body
        )
        and unflipped(text) is not None
    )


def unflipped(text: str) -> str | None:
    r'''Get the text with what lies between its """ as code and the rest as comments.

    For a text that lost its first """; None unless that gives Python with an import or a def.
    '''
    pieces = text.split('"""')
    if len(pieces) < 2 or not _has_content(pieces[0]):
        return None
    flipped = "".join(p if i % 2 else _commented(p) for i, p in enumerate(pieces))
    try:
        body = parse_python(flipped).body
    except SyntaxError:
        return None
    wanted = (ast.Import, ast.ImportFrom, ast.FunctionDef)
    return flipped if any(isinstance(s, wanted) for s in body) else None


def _has_content(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


# --- What is wrong with a cell that does not parse ---------------------------

_TODO = re.compile(
    r"[(,=\[]\s*\?|\?\s*[,)\]]|[^=!<>]=\s*(#.*)?$|<\s*your\b"
    r"|\b(TODO|FIXME|YOUR[ _]CODE|FILL[ _]IN)\b",
    re.IGNORECASE,
)
_OTHER_LANGUAGE = (
    r"\s*(function\b|end\s*$|using\s+[A-Z]|let\s+\w|const\s+\w|var\s+\w|#include\b|public\s"
    r"|</?\w+[^<]*>\s*$)"
)
_ANYWHERE = (
    (r"(?:<{7}|>{7}|\|{7})(?: .*)?$", say("cell.conflict")),
    (r"Traceback \(most recent call last\)", say("cell.output")),
    (r"\s*\{ lambda\b.*\. ?let", say("cell.output")),
    (r"\s*```", say("cell.chat")),
)
_ON_THE_LINE = (
    (r"\s*print\s+[^\s(=.,:)]", say("cell.print_2")),
    (r"\s*(except\s+[\w.]+\s*,\s*\w+\s*:|raise\s+\w+\s*,|exec\s+[\"'])", say("cell.python_2")),
    (
        r"\s*(Out\[\d+\]:|\[\[?\s*-?\d[\d.e+-]*\s+-?\d|[A-Z]\w*(Error|Warning):\s|[-=]{4,}\s*$)",
        say("cell.output"),
    ),
    (_OTHER_LANGUAGE, say("cell.language")),
)
_PROSE = re.compile(r"\s*[^\W\d_][\w'\u2019-]*[,:]?( +[(\"]?[\w'\u2019`-]+[)\"]?[,:.;!?]*){3,}\s*$")
_STATEMENT = re.compile(
    r"\s*(def|class|for|while|if|elif|else|with|return|import|from|lambda|async|assert|raise|del"
    r"|global|nonlocal|except|try|print)\b"
)


def _diagnosis(source: str, error: SyntaxError) -> tuple[int, Message, bool]:
    """Get the line, what is wrong there, and whether it is an unfilled TODO."""
    lines = source.split("\n")
    at = min(max(error.lineno or 1, 1), len(lines))
    line = lines[at - 1][:500]
    if isinstance(error, _ExtremeError):
        return at, say("cell.extreme", why=error.why), False
    for number, row in enumerate(lines, start=1):
        if what := _matching(_ANYWHERE, row[:500]):
            return number, what, False
    if isinstance(error, TabError):
        return at, say("cell.tabs"), False
    if what := _matching(_ON_THE_LINE, line):
        return at, what, False
    if _TODO.search(line) or _has_empty_body(lines, error.msg):
        return at, say("cell.todo"), True
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    what = say("cell.syntax", version=version, said=visible(error.msg, NAME_LIMIT))
    if _PROSE.match(line) and not _STATEMENT.match(line):
        what = say("cell.prose")
    return at, what, False


def _matching(rules: Iterable[tuple[str, Message]], line: str) -> Message | None:
    return next((what for pattern, what in rules if re.match(pattern, line)), None)


def _has_empty_body(lines: Sequence[str], message: str) -> bool:
    """Tell whether a block has no body yet, rather than one that is not indented."""
    header = re.search(r"expected an indented block.* on line (\d+)", message)
    if header is None:
        return False
    has_comment = False
    for line in lines[int(header[1]) :]:
        if not line.strip():
            continue
        if not line.lstrip().startswith("#"):
            return has_comment or bool(re.match(r"\s*(def|class|async|@)\b", line))
        has_comment = True
    return True


def _names_in_text(source: str) -> tuple[str, ...]:
    """Get the names that `def NAME(` or `NAME =` at the left margin seem to define."""
    names: list[str] = []
    for line in _dedented(source).split("\n"):
        head = line[:500]
        if found := re.match(r"(?:async\s+)?def\s+(\w+)\s*\(", head):
            names.append(found[1])
        elif found := re.match(r"([^\W\d]\w*(?: *, *\w+)*)\s*(?::[^=]*)?=(?!=)", head):
            names += re.findall(r"\w+", found[1])
    return tuple(dict.fromkeys(unicodedata.normalize("NFKC", name) for name in names))


# --- Code where nothing runs it ----------------------------------------------


def code_in_text(cells: Sequence[Cell], names: Iterable[str]) -> tuple[CodeInText, ...]:
    """Get where `def NAME(` stands in a text cell, a comment or a string, in cell order."""
    wanted = frozenset(names)
    found: dict[CodeInText, None] = {}
    for cell in cells:
        for kind, text in _idle_texts(cell):
            for match in re.finditer(r"^[ \t>#]*def[ \t]+(\w+)[ \t]*\(", text, re.MULTILINE):
                if match[1] in wanted:
                    line = text.count("\n", 0, match.start()) + 1 if kind != "string" else 1
                    place = cell.whereabouts(line)
                    one = CodeInText(name=match[1], number=cell.number, kind=kind, place=place)
                    found[one] = None
    return tuple(found)


def _idle_texts(cell: Cell) -> Iterator[tuple[str, str]]:
    if cell.kind != "code":
        yield "text", cell.source
        return
    yield (
        "comment",
        "\n".join(
            line if line.lstrip().startswith("#") else "" for line in cell.source.split("\n")
        ),
    )
    for statement in parse_cell(cell).statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield "string", node.value
