"""Results in a terminal: one screen, columns that shrink before lines wrap.

No text of a submission reaches the terminal but through `clean.visible`, so none can
move the cursor, colour the screen or reorder a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from grader.catalogue import Catalogue, catalogue
from grader.report import wording
from grader.report.attention import LOOKS, attention, graded, handed_in
from grader.report.numbers import duration, score
from grader.report.stored import StoredResult
from grader.results import PartResult, State, SubmissionResult, SubmissionStatus
from grader.safe_text import LINE_LIMIT, NAME_LIMIT, fit, pad, visible
from grader.safe_text import width as columns_of

_FINDING_COLUMNS = 40
_LEAST_FINDING = 12
_MOST_PARTS = 24
_SHORTEST_BAR = 4
_MOST_NAMES = 12
_QUIET = frozenset({"empty", "several", "late"})
"""What is no trouble of the submission itself, whose line shows its points."""
_ASCII = str.maketrans(
    {"…": "...", "–": "-", "−": "-", "“": '"', "”": '"', "’": "'", "⟨": "<", "⟩": ">", "·": "-",
     "×": "x", "↑": "^", "█": "#", "░": ".", "„": '"', "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae",
     "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
)  # fmt: skip


@dataclass(frozen=True)
class _Screen:
    """What the terminal can show."""

    width: int
    colour: bool
    ascii_only: bool

    def glyph(self, look: wording.Look) -> str:
        return self.paint(look.ascii if self.ascii_only else look.glyph, look.colour)

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def clean(self, text: str, limit: int = LINE_LIMIT) -> str:
        shown = wording.plain(visible(text, limit))
        if self.ascii_only:
            shown = shown.translate(_ASCII).encode("ascii", "replace").decode("ascii")
        return shown

    def fit(self, text: str, columns: int) -> str:
        return fit(text, columns, "..." if self.ascii_only else "…")


def render_check(  # noqa: PLR0913  (every option by name)
    result: SubmissionResult,
    *,
    width: int = 80,
    colour: bool = False,
    ascii_only: bool = False,
    report: str = "",
    lang: str = "en",
    folder: Path | None = None,
) -> str:
    """One submission on one screen: parts, total, what to do next, where the report is.

    `folder` is the assignment's, where its own sentences are translated.
    """
    screen, texts = _Screen(width, colour, ascii_only), catalogue(lang, folder)
    lines = [_head(result, screen, texts), ""]
    if result.status is SubmissionStatus.UNREADABLE:
        message = texts.tell(result.messages[0]) if result.messages else ""
        said = screen.clean(_trouble_text("unreadable", message, texts))
        lines += [screen.fit(f"  {said}", width), ""]
    elif result.parts:
        lines += [*_part_lines(result.parts, screen, texts), ""]
    total = texts.say(
        "terminal.total",
        score=score(result.score),
        max_score=score(result.max_score),
        duration=duration(result.duration_s),
    )
    lines.append("  " + screen.paint(screen.clean(total), "1"))
    lines += _fields([(texts.say("terminal.next"), _next(result, texts))], screen)
    if report:
        lines += _fields([(texts.say("terminal.report"), report)], screen, is_path=True)
    return "\n".join(lines) + "\n"


def _head(result: SubmissionResult, screen: _Screen, texts: Catalogue) -> str:
    title = screen.clean(texts.tell(result.title), NAME_LIMIT)
    path = screen.clean(result.path, NAME_LIMIT)
    room = screen.width - 2
    title = screen.fit(title, max(room - columns_of(path), room // 2))
    path = screen.fit(path, room - columns_of(title))
    return (
        screen.paint(title, "1")
        + " " * (screen.width - columns_of(title) - columns_of(path))
        + path
    )


def _part_lines(parts: Sequence[PartResult], screen: _Screen, texts: Catalogue) -> list[str]:
    names = [screen.clean(texts.say("student.part", number=n)) for n in range(1, len(parts) + 1)]
    titles = [screen.clean(texts.tell(part.title) or part.name, NAME_LIMIT) for part in parts]
    scores = [
        "-" if part.state is State.UNCHECKED else f"{score(part.score)} / {score(part.max_score)}"
        for part in parts
    ]
    said = [screen.clean(wording.first_finding(part, texts)) for part in parts]
    sign = 4 if screen.ascii_only else 1
    name_width = max(map(columns_of, names))
    score_width = max(map(columns_of, scores))
    fixed = 2 + sign + 1 + name_width + 2 + 2 + score_width
    longest = min(max(map(columns_of, said)), _FINDING_COLUMNS)
    wanted = max(map(columns_of, titles))
    title_width = min(wanted, max(screen.width - fixed - 3 - longest, 20, wanted // 2))
    title_width = max(0, min(title_width, screen.width - fixed))
    room = min(screen.width - fixed - title_width - 3, _FINDING_COLUMNS)
    lines = []
    for part, name, title, amount, text in zip(parts, names, titles, scores, said, strict=True):
        shown = screen.fit(text, room) if room >= _LEAST_FINDING else ""
        line = f"{pad(name, name_width)}  {pad(screen.fit(title, title_width), title_width)}"
        line += f"  {' ' * (score_width - columns_of(amount))}{amount}   {shown}"
        lines.append(f"  {screen.glyph(wording.LOOKS[part.state])} {line.rstrip()}")
    if len(lines) > _MOST_PARTS:
        rest = texts.say("count.more", n=len(lines) - _MOST_PARTS)
        lines = [*lines[:_MOST_PARTS], f"  {screen.clean(rest)}"]
    return lines


def _next(result: SubmissionResult, texts: Catalogue) -> str:
    if result.status is SubmissionStatus.UNREADABLE:
        return texts.say("terminal.next_unreadable")
    open_parts = wording.open_parts(result.parts)
    if not open_parts:
        unset = any(part.state is State.UNCHECKED for part in result.parts)
        return texts.say("terminal.wait" if unset else "terminal.nothing")
    number, part = open_parts[0]
    label = f"{texts.say('student.part', number=number)}: {texts.tell(part.title) or part.name}"
    code = part.excerpt
    if code is None or code.marked is None:
        return label
    text_id = "terminal.next_line" if code.cell is None else "terminal.next_cell"
    text_id = "terminal.next_file" if code.file else text_id
    return texts.say(text_id, part=label, cell=code.cell, file=code.file, line=code.marked)


def _fields(
    pairs: Sequence[tuple[str, str]], screen: _Screen, *, is_path: bool = False
) -> list[str]:
    """Lines of a word and its value; a path is never cut, so that it can be copied."""
    shown_words = [screen.clean(word) for word, _ in pairs]
    columns = max(8, 2 + max(map(columns_of, shown_words)))
    words = [pad(word, columns) for word in shown_words]
    lines = []
    for word, (_, value) in zip(words, pairs, strict=True):
        shown = screen.clean(value, 4096) if is_path else screen.clean(value)
        lines.append(
            f"  {word}{shown if is_path else screen.fit(shown, screen.width - 2 - columns)}"
        )
    return lines


def batch_line(  # noqa: PLR0913  (every option by name)
    result: StoredResult,
    *,
    number: int,
    total: int,
    width: int = 80,
    ascii_only: bool = False,
    lang: str = "en",
) -> str:
    """One line for one submission of a batch: "[ 3/36] s-0433  19/20   5.8 s"."""
    screen, texts = _Screen(width, colour=False, ascii_only=ascii_only), catalogue(lang)
    count = f"[{number:>{len(str(total))}}/{total}]"
    student = screen.clean(result.student, NAME_LIMIT)
    trouble = [item for item in attention([result], texts) if item.kind not in _QUIET]
    if trouble:
        said = _trouble_text(trouble[0].kind, trouble[0].brief, texts)
    else:
        said = f"{score(result.score)}/{score(result.max_score)}"
        said = f"{pad(said, 7)} {duration(result.duration_s)}"
    return screen.fit(f"{count} {student}  {screen.clean(said)}", width)


def _trouble_text(kind: str, brief: str, texts: Catalogue) -> str:
    said = texts.say(f"terminal.{kind}")
    return f"{said}: {brief}" if brief else said


def batch_progress(  # noqa: PLR0913  (every option by name)
    *,
    done: int,
    total: int,
    elapsed_s: float,
    left_s: float | None = None,
    width: int = 80,
    ascii_only: bool = False,
    lang: str = "en",
) -> str:
    """The one line at the bottom of a running batch; `left_s` is the caller's estimate."""
    screen, texts = _Screen(width, colour=False, ascii_only=ascii_only), catalogue(lang)
    words = texts.say("terminal.so_far", done=done, all=total, elapsed=duration(elapsed_s))
    if left_s is not None:
        words += "   " + texts.say("terminal.left", left=duration(left_s))
    columns = min(32, width - len(words) - 4)
    if columns < _SHORTEST_BAR:
        return screen.fit(f"  {screen.clean(words)}", width)
    full = columns * done // total if total else columns
    return screen.clean(f"  {'█' * full}{'░' * (columns - full)}  {words}")


def batch_summary(  # noqa: PLR0913  (every option by name)
    results: Sequence[StoredResult],
    *,
    duration_s: float,
    paths: Sequence[tuple[str, str]] = (),
    width: int = 80,
    colour: bool = False,
    ascii_only: bool = False,
    lang: str = "en",
) -> str:
    """The end of a batch: numbers, what needs attention, where things are.

    `paths` are pairs of a word of `terminal` in the catalogue ("overview", "grades",
    "students") and a path.
    """
    screen, texts = _Screen(width, colour, ascii_only), catalogue(lang)
    counted = graded(results)
    done = texts.say(
        "terminal.done", n=len(handed_in(results)), done=len(counted), duration=duration(duration_s)
    )
    lines = [screen.paint(screen.clean(done), "1")]
    if counted:
        scores = [result.score for result in counted]
        most = max(result.max_score for result in counted)
        numbers = texts.say(
            "terminal.numbers",
            median=score(median(scores)),
            mean=f"{fmean(scores):.1f}",
            max_score=score(most),
        )
        lines.append(screen.clean(numbers))
    lines += ["", *_attention_lines(results, screen, texts)]
    if paths:
        pairs = [(texts.say(f"terminal.{word}"), path) for word, path in paths]
        lines += ["", *_fields(pairs, screen, is_path=True)]
    return "\n".join(lines) + "\n"


def _attention_lines(
    results: Sequence[StoredResult], screen: _Screen, texts: Catalogue
) -> list[str]:
    """A line for each kind of what somebody has to do something about: how many, and who."""
    items = [item for item in attention(results, texts) if not item.is_information]
    if not items:
        return ["  " + screen.clean(texts.say("terminal.attention_none"))]
    lines = ["  " + screen.clean(texts.say("terminal.attention", n=len(items)))]
    for kind, look in LOOKS.items():
        names = [screen.clean(item.student, NAME_LIMIT) for item in items if item.kind == kind]
        if names:
            said = f"{screen.clean(texts.say(f'staff.{kind}'))} ({len(names)}): "
            room = screen.width - 3 - (4 if screen.ascii_only else 1) - columns_of(said)
            lines.append(f"  {screen.glyph(look)} {said}{_as_many(names, room, screen, texts)}")
    return lines


def _as_many(names: Sequence[str], room: int, screen: _Screen, texts: Catalogue) -> str:
    """As many of the names as there is room for, and how many more there are."""
    for shown in range(min(len(names), _MOST_NAMES), 0, -1):
        more = len(names) - shown
        said = ", ".join(names[:shown])
        if more:
            said += ", " + screen.clean(texts.say("terminal.attention_more", n=more))
        if columns_of(said) <= room:
            return said
    return screen.fit(names[0], max(0, room))
