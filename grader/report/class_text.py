"""A class in a terminal: a line for each submission, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median

from grader.catalog import Catalog, catalog
from grader.report.attention import LOOKS, attention, count_of, graded, handed_in
from grader.report.numbers import duration, score
from grader.report.same_programs import same_programs
from grader.report.screen import Screen, fields, trouble_text
from grader.report.stored import StoredResult
from grader.results import SubmissionStatus
from grader.safe_text import MESSAGE_LIMIT, NAME_LIMIT, pad, visible
from grader.safe_text import width as columns_of

_SHORTEST_BAR = 4
_MOST_NAMES = 12
_WAITING_COLUMNS = 24
_UNBOUNDED = 1_000_000
"""More columns than any line has: where nothing is cut."""
_QUIET = frozenset({"empty", "several", "late"})
"""What is no trouble of the submission itself, whose line shows its points."""


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
    screen = Screen(width or _UNBOUNDED, color=False, ascii_only=ascii_only)
    texts = catalog(lang)
    count = f"[{number:>{len(str(total))}}/{total}]"
    student = screen.clean(result.student, NAME_LIMIT)
    trouble = [item for item in attention([result], texts) if item.kind not in _QUIET]
    if trouble:
        brief = _without_file(trouble[0].brief, visible(result.path))
        said = screen.clean(trouble_text(trouble[0].kind, brief, texts), MESSAGE_LIMIT)
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
    screen, texts = Screen(width, color=False, ascii_only=ascii_only), catalog(lang)
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
    duration_s: float | None,
    paths: Sequence[tuple[str, str]] = (),
    width: int = 80,
    color: bool = False,
    ascii_only: bool = False,
    lang: str = "en",
) -> str:
    """The end of a batch: numbers, what needs attention, where things are.

    Without `duration_s` they were graded before. `paths` are pairs of a word of `terminal` in the
    catalog ("overview", "grades", "students") and a path.
    """
    screen, texts = Screen(width, color, ascii_only), catalog(lang)
    counted = graded(results)
    numbers_done = {"n": len(handed_in(results)), "done": len(counted)}
    if duration_s is None:
        done = texts.say("terminal.done_before", **numbers_done)
    else:
        done = texts.say("terminal.done", **numbers_done, duration=duration(duration_s))
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
        lines += _open_line(counted, screen, texts)
        same = len(same_programs(counted))
        lines += [screen.clean(texts.say("terminal.same", n=same))] if same else []
    lines += ["", *_attention_lines(results, screen, texts)]
    if paths:
        pairs = [(texts.say(f"terminal.{word}"), path) for word, path in paths]
        lines += ["", *fields(pairs, screen, is_path=True)]
    return "\n".join(lines) + "\n"


def _open_line(counted: Sequence[StoredResult], screen: Screen, texts: Catalog) -> list[str]:
    """How many points a person has to decide, where there are any."""
    waiting = [result for result in counted if result.open_points]
    if not waiting:
        return []
    count = score(sum(result.open_points for result in waiting))
    return [screen.clean(texts.say("terminal.open", n=len(waiting), count=count))]


def _attention_lines(results: Sequence[StoredResult], screen: Screen, texts: Catalog) -> list[str]:
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


def _as_many(names: Sequence[str], room: int, screen: Screen, texts: Catalog) -> str:
    """As many of the names as there is room for, and how many more there are."""
    for shown in range(min(len(names), _MOST_NAMES), 0, -1):
        more = len(names) - shown
        said = ", ".join(names[:shown])
        if more:
            said += ", " + screen.clean(texts.say("terminal.attention_more", n=more))
        if columns_of(said) <= room:
            return said
    return screen.fit(names[0], max(0, room))
