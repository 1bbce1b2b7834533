"""Results in a terminal: one screen; sentences wrap, and only names are ever cut.

No text of a submission reaches the terminal but through `clean.visible`, so none can
move the cursor, color the screen or reorder a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from grader.catalog import Catalog, catalog
from grader.report import wording
from grader.report.actions import Action, actions
from grader.report.attention import LOOKS, attention, count_of, graded, handed_in
from grader.report.numbers import duration, score
from grader.report.stored import StoredResult
from grader.results import PartResult, State, SubmissionResult, SubmissionStatus
from grader.safe_text import (
    LINE_LIMIT,
    MESSAGE_LIMIT,
    NAME_LIMIT,
    NO_BREAK,
    fit,
    pad,
    visible,
    wrap,
)
from grader.safe_text import width as columns_of

_TITLE_COLUMNS = 40
_SEEN = (State.PARTLY, State.NOT_YET, State.ERROR)
"""States that the points and the cause show too, so that a narrow screen leaves their word out."""
_MOST_PARTS = 24
_SHORTEST_BAR = 4
_MOST_NAMES = 12
_WAITING_COLUMNS = 24
_UNBOUNDED = 1_000_000
"""More columns than any line has: where nothing is cut."""
_QUIET = frozenset({"empty", "several", "late"})
"""What is no trouble of the submission itself, whose line shows its points."""
_PAINT = re.compile(r"\x1b\[\d*m")
_ASCII = str.maketrans(
    {"…": "...", "–": "-", "−": "-", "“": '"', "”": '"', "’": "'", "⟨": "<", "⟩": ">", "·": "-",
     "×": "x", "↑": "^", "█": "#", "░": ".", "„": '"', "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae",
     "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
)  # fmt: skip


@dataclass(frozen=True)
class _Screen:
    """What the terminal can show."""

    width: int
    color: bool
    ascii_only: bool

    def glyph(self, look: wording.Look) -> str:
        return self.paint(look.ascii if self.ascii_only else look.glyph, look.color)

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color else text

    def clean(self, text: str, limit: int = LINE_LIMIT) -> str:
        shown = wording.plain(visible(text, limit))
        if self.ascii_only:
            shown = shown.translate(_ASCII).encode("ascii", "replace").decode("ascii")
        return shown

    @property
    def indent(self) -> int:
        """The columns before the number of a part."""
        return 6 if self.ascii_only else 3

    def plain_width(self, line: str) -> int:
        """The columns of a line that may be painted."""
        return columns_of(_PAINT.sub("", line))

    def wrapped(self, text: str, indent: int, place: str = "") -> list[str]:
        """A text in lines that fit, all of it, so far from the left; no line breaks its place."""
        room = max(1, self.width - indent)
        shown, whole = self.clean(text, MESSAGE_LIMIT), self.clean(place)
        if whole and columns_of(whole) + 3 <= room:
            shown = shown.replace(whole, whole.replace(" ", NO_BREAK))
        lines = wrap(shown, room)
        return [" " * indent + line for line in lines]

    def fit(self, text: str, columns: int) -> str:
        return fit(text, columns, self._ellipsis)

    def fit_middle(self, text: str, columns: int) -> str:
        """A name that fits, with its end, where the number is that tells it from others."""
        if columns_of(text) <= columns:
            return text
        end = fit(text[::-1], max(0, columns - 1) // 2, "")[::-1]
        return fit(text, max(1, columns - columns_of(end)), self._ellipsis) + end

    @property
    def _ellipsis(self) -> str:
        return "..." if self.ascii_only else "…"


def render_check(  # noqa: PLR0913  (every option by name)
    result: SubmissionResult,
    *,
    width: int = 80,
    color: bool = False,
    ascii_only: bool = False,
    report: str = "",
    lang: str = "en",
    folder: Path | None = None,
) -> str:
    """One submission on one screen: the total, the parts, what to do next, where the report is.

    `folder` is the assignment's, where its own sentences are translated.
    """
    screen, texts = _Screen(width, color, ascii_only), catalog(lang, folder)
    found = actions(result, texts)
    lines = [*_head(result, screen, texts), ""]
    if result.status is SubmissionStatus.UNREADABLE:
        message = wording.about_file(result.messages[0], texts) if result.messages else ""
        said = _trouble_text("unreadable", message, texts)
        lines += [*screen.wrapped(wording.sentence(said), 1), ""]
    elif result.parts:
        lines += [*_cell_lines(found, screen), *_part_lines(result.parts, found, screen, texts), ""]
    lines += _next(result, found, screen, texts)
    if report:
        fields = _fields([(texts.say("terminal.report"), report)], screen, is_path=True)
        lines += [line[1:] for line in fields]
    return "\n".join(lines).rstrip() + "\n"


def _head(result: SubmissionResult, screen: _Screen, texts: Catalog) -> list[str]:
    """What was graded, and the points; on a line of their own where there is no room."""
    title = screen.clean(texts.tell(result.title), NAME_LIMIT)
    path = screen.clean(result.path, NAME_LIMIT)
    numbers = {"score": score(result.score), "max_score": score(result.max_score)}
    total = screen.clean(texts.say("terminal.total", **numbers))
    total = "" if result.status is SubmissionStatus.UNREADABLE else total
    name = f"{title} {screen.clean('·')} {path}"
    gap = screen.width - columns_of(name) - columns_of(total)
    if gap > 1:
        return [(screen.paint(name, "1") + " " * gap + screen.paint(total, "1")).rstrip()]
    lines = [screen.paint(screen.fit(text, screen.width), "1") for text in (title, path, total)]
    return [line for line in lines if line]


def _cell_lines(found: Sequence[Action], screen: _Screen) -> list[str]:
    """The cells that Python cannot read."""
    sign = screen.glyph(wording.LOOKS[State.TIMEOUT])
    lines = []
    for item in found:
        if not item.number:
            first, *rest = screen.wrapped(f"{item.place}: {item.cause}", screen.indent, item.place)
            lines += [f" {sign} {first.strip()}", *rest]
    return lines


def _part_lines(
    parts: Sequence[PartResult], found: Sequence[Action], screen: _Screen, texts: Catalog
) -> list[str]:
    """A line for each part, and for one that is not correct its cause and its place."""
    shown = parts[:_MOST_PARTS]
    numbers = [str(number) for number in range(1, len(shown) + 1)]
    titles = [screen.clean(texts.tell(part.title) or part.name, NAME_LIMIT) for part in shown]
    points = [
        "-" if part.state is State.UNCHECKED else f"{score(part.score)}/{score(part.max_score)}"
        for part in shown
    ]
    columns = max(map(len, points))
    before = screen.indent + len(numbers[-1]) + 1
    room = min(_TITLE_COLUMNS, screen.width - before - columns - 2, max(map(columns_of, titles)))
    by_number = {item.number: item for item in found}
    lines = []
    for number, part, title, amount in zip(numbers, shown, titles, points, strict=True):
        line = f" {screen.glyph(wording.LOOKS[part.state])} {number:>{len(numbers[-1])}}"
        line += f" {pad(screen.fit(title, room), room)}  {amount:>{columns}}"
        lines += _with_cause(line, part, by_number.get(int(number)), before, screen, texts)
    if len(parts) > len(shown):
        lines.append(f"  {screen.clean(texts.say('count.more', n=len(parts) - len(shown)))}")
    return lines


def _with_cause(  # noqa: PLR0913, PLR0917  (a line and what is known of its part)
    line: str,
    part: PartResult,
    item: Action | None,
    before: int,
    screen: _Screen,
    texts: Catalog,
) -> list[str]:
    """The line of a part with its state, and the cause below."""
    word = texts.say(f"state.short.{part.state}")
    cause, place = (item.cause, item.place) if item else ("", "")
    if cause == wording.sentence(texts.say(f"state.word.{part.state}")):
        cause = ""
    if place and place not in cause:
        word, cause = (word, f"{cause} ({place})") if cause else (f"{word} ({place})", cause)
    word = screen.clean(word)
    below = screen.wrapped(cause, before, place) if cause else []
    if word and screen.plain_width(line) + 3 + columns_of(word) > screen.width:
        is_needed = part.state not in _SEEN or not cause
        return [line, *(screen.wrapped(word, before, place) if is_needed else ()), *below]
    return [f"{line}   {word}".rstrip(), *below]


def _next(
    result: SubmissionResult, found: Sequence[Action], screen: _Screen, texts: Catalog
) -> list[str]:
    """What to do first: the first step that the causes above do not say, else the first part."""
    causes = [item.cause for item in found]
    first = next((i for i in found if i.step and not any(i.step in c for c in causes)), None)
    place = ""
    if wording.asks_for_notebook(result) and result.sha256:
        return []  # the fault above says what to do
    if result.status is SubmissionStatus.UNREADABLE:
        said = texts.say("terminal.next_unreadable")
    elif first is not None:
        part = texts.say("student.part", number=first.number)
        said, place = f"{part}: {first.step}" if first.number else first.step, first.place
    elif found:
        said, place = _start(found[0], texts), found[0].place
    elif any(part.state is State.UNCHECKED for part in result.parts):
        said = texts.say("terminal.wait")
    else:
        return screen.wrapped(texts.say("student.praise"), 1)
    word = screen.clean(texts.say("terminal.next"))
    indent = max(8, 2 + columns_of(word)) + 1
    start, *rest = screen.wrapped(wording.sentence(said), indent, place)
    return [f" {pad(word, len(start) - len(start.lstrip()) - 1)}{start.lstrip()}", *rest]


def _start(item: Action, texts: Catalog) -> str:
    """Which part to start with, and where it is."""
    text_id = "terminal.start_at" if item.place else "terminal.start"
    return texts.say(text_id, number=item.number, place=item.place)


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
    width: int | None = 80,
    ascii_only: bool = False,
    lang: str = "en",
) -> str:
    """One line for one submission of a batch: "[ 3/36] s-0433  19/20   5.8 s".

    A reason that is too long goes on below, whole; of a name that is too long the middle is cut.
    Nothing is where `width` is None.
    """
    screen = _Screen(width or _UNBOUNDED, color=False, ascii_only=ascii_only)
    texts = catalog(lang)
    count = f"[{number:>{len(str(total))}}/{total}]"
    student = screen.clean(result.student, NAME_LIMIT)
    trouble = [item for item in attention([result], texts) if item.kind not in _QUIET]
    if trouble:
        brief = _without_file(trouble[0].brief, visible(result.path))
        said = screen.clean(_trouble_text(trouble[0].kind, brief, texts), MESSAGE_LIMIT)
        room = max(screen.width // 2, screen.width - columns_of(f"{count}   {said}"))
    else:
        said = f"{score(result.score)}/{score(result.max_score)}"
        said = screen.clean(f"{pad(said, 7)} {duration(result.duration_s)}")
        room = screen.width - columns_of(f"{count}   {said}")
    name = screen.fit_middle(student, room) + "  "
    if columns_of(f"{count} {name}{said}") <= screen.width:
        return f"{count} {name}{said}"
    place = "x" * (columns_of(name) - 1)  # for the name, whose spaces are no place to wrap at
    first, *rest = screen.wrapped(f"{place} {said}", columns_of(count) + 1)
    return "\n".join([f"{count} {name}{first.lstrip()[len(place) + 1 :]}".rstrip(), *rest])


def batch_change(now: StoredResult, before: StoredResult | None, *, lang: str = "en") -> str:
    """What grading again has changed for a student: "alice: 97/100, was 100/100"."""
    texts = catalog(lang)
    said, was = _outcome(now, texts), _outcome(before, texts) if before else ""
    text_id = "batch.as_before" if said == was else "batch.changed" if was else "batch.first"
    return texts.say(text_id, student=visible(now.student, NAME_LIMIT), now=said, before=was)


def _outcome(result: StoredResult, texts: Catalog) -> str:
    if result.is_judged:
        return f"{score(result.score)}/{score(result.max_score)}"
    is_unread = result.status is SubmissionStatus.UNREADABLE
    return texts.say("terminal.unreadable" if is_unread else "terminal.unchecked")


def _without_file(message: str, path: str) -> str:
    """A message about a file without its name, which stands before the reason."""
    where, colon, what = message.partition(": ")
    return what if colon and (where == path or where.endswith(f"/{path}")) else message


def _trouble_text(kind: str, brief: str, texts: Catalog) -> str:
    said = texts.say(f"terminal.{kind}")
    return f"{said}: {brief}" if brief else said


def batch_progress(  # noqa: PLR0913  (every option by name)
    *,
    done: int,
    total: int,
    elapsed_s: float,
    left_s: float | None = None,
    waiting: Sequence[str] = (),
    width: int = 80,
    ascii_only: bool = False,
    lang: str = "en",
) -> str:
    """The one line at the bottom of a running batch; `left_s` is the caller's estimate.

    `waiting` are the last ones, of whom nobody knows how long they run.
    """
    screen, texts = _Screen(width, color=False, ascii_only=ascii_only), catalog(lang)
    words = texts.say("terminal.so_far", done=done, all=total, elapsed=duration(elapsed_s))
    if left_s is not None:
        words += "   " + texts.say("terminal.left", left=duration(left_s))
    elif waiting:
        name = screen.fit_middle(screen.clean(waiting[0], NAME_LIMIT), _WAITING_COLUMNS)
        words += "   " + texts.say("terminal.waiting", student=name)
        if waiting[1:]:
            words += " " + texts.say("terminal.attention_more", n=len(waiting) - 1)
    columns = min(32, width - columns_of(words) - 4)
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
    color: bool = False,
    ascii_only: bool = False,
    lang: str = "en",
) -> str:
    """The end of a batch: numbers, what needs attention, where things are.

    `paths` are pairs of a word of `terminal` in the catalog ("overview", "grades",
    "students") and a path.
    """
    screen, texts = _Screen(width, color, ascii_only), catalog(lang)
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


def _attention_lines(results: Sequence[StoredResult], screen: _Screen, texts: Catalog) -> list[str]:
    """A line for each kind of what somebody has to do something about: how many, and who."""
    items = [item for item in attention(results, texts) if not item.is_information]
    if not items:
        return ["  " + screen.clean(texts.say("terminal.attention_none"))]
    lines = ["  " + screen.clean(texts.say("terminal.attention", n=count_of(items)))]
    for kind, look in LOOKS.items():
        names = [screen.clean(item.student, NAME_LIMIT) for item in items if item.kind == kind]
        if names:
            said = f"{screen.clean(texts.say(f'staff.{kind}'))} ({len(names)}): "
            room = screen.width - 3 - (4 if screen.ascii_only else 1) - columns_of(said)
            lines.append(f"  {screen.glyph(look)} {said}{_as_many(names, room, screen, texts)}")
    return lines


def _as_many(names: Sequence[str], room: int, screen: _Screen, texts: Catalog) -> str:
    """As many of the names as there is room for, and how many more there are."""
    for shown in range(min(len(names), _MOST_NAMES), 0, -1):
        more = len(names) - shown
        said = ", ".join(names[:shown])
        if more:
            said += ", " + screen.clean(texts.say("terminal.attention_more", n=more))
        if columns_of(said) <= room:
            return said
    return screen.fit(names[0], max(0, room))
