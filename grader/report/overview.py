"""The class overview for staff, from stored results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from grader.catalog import Catalog, catalog
from grader.report import wording
from grader.report.attention import attention, count_of, graded, handed_in
from grader.report.attention_groups import groups_of, open_group, review_group, unsound_group
from grader.report.histogram import histogram_view
from grader.report.numbers import duration, score
from grader.report.page import environment
from grader.report.same_programs import SameProgram, same_programs
from grader.report.stored import StoredResult
from grader.report.student_table import Filter, chips, data_of, links_of, natural, rows_of
from grader.report.tally import (
    CheckTally,
    MistakeTally,
    OpenTally,
    PartTally,
    check_tallies,
    maximum,
    mistake_tallies,
    open_tallies,
    part_names,
    part_tallies,
)
from grader.results import CheckStatus, State
from grader.safe_text import LINE_LIMIT, NAME_LIMIT, visible

View = dict[str, Any]

INDEX, STUDENTS, STUDENTS_PATTERN = "index.html", "students-list.html", "students-list*.html"
MOST_ON_ONE_PAGE = 400
"""With more students than this, the table of students has pages of its own."""
ROWS = 250
"""So many students are on each of them: a browser takes longer than a reader waits for more."""
_EXAMPLES = 3
_HARD_BELOW, _MOST_HARD = 0.8, 8
"""A check is among the hardest when fewer than this share pass it; so many are seen at once."""
_MOST_SAME = 8
"""So many groups of students with the same program are seen at once."""
_TRUST = {
    True: wording.CHECK_LOOKS[CheckStatus.PASSED],
    False: wording.CHECK_LOOKS[CheckStatus.FAILED],
    None: wording.Look("none", "i-info", "i", "[i ]", "1"),
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What is known about a run beside its results.

    `soundness` says whether the results can be trusted: whether a control holds (None: there is
    nothing to hold), and a sentence. `inputs` describes the hidden inputs of each part, by its
    name. `duration_s` is what the clock on the wall shows.
    """

    title: str
    seed: int | None
    """None where each submission has its own."""
    duration_s: float | None = None
    jobs: int | None = None
    soundness: Sequence[tuple[bool | None, str]] = ()
    inputs: Mapping[str, Sequence[str]] | None = None
    rubrics: Mapping[str, Sequence[str]] | None = None
    """By part: what the points of its checks are for that a person decides, in their order."""


def overview_files(
    results: Sequence[StoredResult], run: Run, *, lang: str = "en"
) -> dict[str, str]:
    """The pages for staff by file name: the overview, and beside it a long list of students.

    A long list comes in pages. The first of them holds what the others show as data, so that its
    script sorts, finds and filters among all.
    """
    texts = catalog(lang)
    everybody = sorted(results, key=lambda result: natural(result.student))
    ordered = handed_in(everybody)
    is_split = len(everybody) > MOST_ON_ONE_PAGE
    links = links_of([result.student for result in everybody], texts)
    troubles = attention(everybody, texts)
    parts, checks, mistakes = (
        part_tallies(ordered), check_tallies(ordered), mistake_tallies(ordered)
    )  # fmt: skip
    offered = chips(everybody, troubles, texts)
    waiting, same = open_tallies(ordered), same_programs(ordered)
    filters = [
        *offered, *_filters(parts, checks, mistakes, texts), *_same_filters(same, texts),
        *_open_filters(waiting, texts),
    ]  # fmt: skip
    rows = rows_of(everybody, troubles, filters, links)
    shared = {
        "exercise": visible(run.title, NAME_LIMIT),
        "seed": run.seed,
        "took": _took(run, texts),
        "heading": texts.say("count.submissions", n=len(ordered)),
        "parts": [_part(tally) for tally in parts],
        "footer": _footer(ordered),
        "legend": _legend(everybody, texts),
        "chips": offered,
        "labels": {one.id: wording.plain(one.label) for one in filters},
        "has_notes": bool(troubles) or is_split,
    }
    to_do, known = groups_of(troubles, links, texts)
    to_do = [*_unsound(run, texts), *to_do, *_open(waiting, run, texts), *_reviews(checks, texts)]
    shown = [_check(i, tally, parts, links, texts) for i, tally in enumerate(checks)]
    hard = sum(tally.share < _HARD_BELOW for tally in checks[:_MOST_HARD])
    index = {
        **shared,
        **_table(rows, 0, len(rows)),
        "list": STUDENTS if is_split else "",
        "index": "",
        "tiles": _tiles(ordered, texts),
        "attention": to_do,
        "attention_heading": _attention_heading(count_of(troubles), texts),
        "information": known,
        "histogram": histogram_view(ordered, texts, gone=len(everybody) - len(ordered)),
        "mistakes": [
            _mistake(i, tally, links, texts) for i, tally in enumerate(mistakes) if tally.students
        ],
        "same": [_same(i, group, links) for i, group in enumerate(same[:_MOST_SAME])],
        "same_rest": [
            _same(i, group, links) for i, group in enumerate(same[_MOST_SAME:], _MOST_SAME)
        ],
        "hard": shown[:hard],
        "checks": shown[hard:],
        "checks_rest": _rest_label(checks, hard, texts),
        "inputs": _inputs(ordered, run),
        "trust": [(_TRUST[holds], text) for holds, text in run.soundness],
    }
    env = environment(lang)
    pages = {INDEX: env.get_template("overview.html.j2").render(page=index)}
    if is_split:
        names = _page_names(len(rows))
        template = env.get_template("students.html.j2")
        for i, name in enumerate(names):
            first = i * ROWS
            table = _table(rows, first, first + ROWS)
            page = {**shared, **table, "index": INDEX, "list": "", "pages": names, "name": name}
            page["data"] = data_of(rows, texts) if i == 0 else None
            pages[name] = template.render(page=page)
    return pages


def _page_names(count: int) -> list[str]:
    """The files of a list of so many students."""
    more = range(2, -(-count // ROWS) + 1)
    return [STUDENTS, *(STUDENTS.replace(".", f"-{number}.") for number in more)]


def _table(rows: Sequence[View], first: int, end: int) -> View:
    """Some of the rows as the templates want them."""
    return {"students": rows[first:end], "pages": (), "data": None}


def _filters(
    parts: Sequence[PartTally],
    checks: Sequence[CheckTally],
    mistakes: Sequence[MistakeTally],
    texts: Catalog,
) -> list[Filter]:
    """What other places of the page lead to: those behind the count of a part, mistake, check."""
    made = []
    for part in parts:
        for state in ("correct", "partly", "none", "open"):
            label = texts.say(
                "staff.filter_part", number=part.number, state=texts.say(f"staff.legend_{state}")
            )
            students = getattr(part, state)
            made.append(Filter(id=f"p{part.number}-{state}", label=label, students=students))
    for i, mistake in enumerate(mistakes):
        label = _sentence_of(mistake, texts)
        made.append(Filter(id=f"m{i}", label=label, students=tuple(mistake.students)))
    for i, check in enumerate(checks):
        name = visible(check.name, NAME_LIMIT)
        label = texts.say("staff.filter_check", number=check.part, check=name)
        made.append(Filter(id=f"c{i}", label=label, students=tuple(check.missed)))
    return [one for one in made if one.students]


def _same_filters(same: Sequence[SameProgram], texts: Catalog) -> list[Filter]:
    """Those of whom the code of a part does the same."""
    return [
        Filter(
            id=f"g{i}",
            label=texts.say("staff.filter_same", number=group.part),
            students=group.students,
        )
        for i, group in enumerate(same)
    ]


def _open_filters(waiting: Sequence[OpenTally], texts: Catalog) -> list[Filter]:
    """Those of whom a person has to decide a check."""
    return [
        Filter(
            id=f"o{i}",
            label=texts.say(
                "staff.filter_open", number=one.part, check=visible(one.title, NAME_LIMIT)
            ),
            students=tuple(one.students),
        )
        for i, one in enumerate(waiting)
    ]


def _open(waiting: Sequence[OpenTally], run: Run, texts: Catalog) -> list[View]:
    """The group of what a person has to decide, each with its rubric."""
    rubrics = run.rubrics or {}
    shown = []
    for i, one in enumerate(waiting):
        known = [*rubrics.get(one.name, ())]
        shown.append((f"o{i}", one, known[one.index] if one.index < len(known) else ""))
    return [open_group(shown, texts)] if shown else []


def _unsound(run: Run, texts: Catalog) -> list[View]:
    failed = [text for holds, text in run.soundness if holds is False]
    return [unsound_group(failed, texts)] if failed else []


def _reviews(checks: Sequence[CheckTally], texts: Catalog) -> list[View]:
    suspect = [(f"c{i}", check) for i, check in enumerate(checks) if check.is_suspect]
    return [review_group(suspect, texts)] if suspect else []


def _rest_label(checks: Sequence[CheckTally], hard: int, texts: Catalog) -> str:
    """How many checks there are beside the hardest; that most students pass them, where it is so.

    Where there are no hard ones, that is said already.
    """
    rest = checks[hard:]
    is_easy = hard > 0 and all(tally.share >= _HARD_BELOW for tally in rest)
    return texts.say("staff.checks_easy" if is_easy else "staff.checks_rest", n=len(rest))


def _attention_heading(count: int, texts: Catalog) -> str:
    """How many students need attention; what concerns a check or the whole run is not counted."""
    return texts.say("staff.attention_students", n=count) if count else texts.say("staff.attention")


def _took(run: Run, texts: Catalog) -> str:
    """How long the class took, '' where nobody looked at the clock."""
    if run.duration_s is None:
        return ""
    took = duration(run.duration_s)
    if run.jobs is None:
        return texts.say("staff.took", duration=took)
    return texts.say("staff.took_jobs", duration=took, jobs=run.jobs)


def _tiles(results: Sequence[StoredResult], texts: Catalog) -> list[tuple[str, str, str]]:
    """Value, small print and label of each number at the top."""
    counted = graded(results)
    scores = [result.score for result in counted]
    of = texts.say("staff.of", n=score(maximum(counted)))
    tiles = [(str(len(counted)), texts.say("staff.of", n=len(results)), texts.say("staff.checked"))]
    if scores:
        full = sum(result.score >= result.max_score for result in counted)
        tiles += [
            (score(median(scores)), of, texts.say("staff.median")),
            (f"{fmean(scores):.1f}", of, texts.say("staff.mean")),
            (str(full), "", texts.say("staff.full", n=full)),
        ]
    waiting = sum(result.open_points for result in counted)
    if waiting:
        count = score(waiting)
        label = texts.say("staff.open_points", n=1 if count == "1" else 0)
        tiles.append((count, "", label))
    return tiles


def _part(tally: PartTally) -> View:
    counts = {
        "correct": ("ok", len(tally.correct)),
        "partly": ("part", len(tally.partly)),
        "none": ("none", len(tally.none)),
    }
    whole = sum(count for _, count in counts.values()) + len(tally.open) or 1
    x, pieces = 0.0, []
    for style, count in counts.values():
        if count:
            share = 100 * count / whole
            pieces.append((style, f"{x:.2f}", f"{share:.2f}"))
            x += share
    return {
        "number": tally.number,
        "title": visible(tally.title, NAME_LIMIT),
        "counts": [(state, count) for state, (_, count) in counts.items()],
        "pieces": pieces,
        "open": len(tally.open),
        "mean": "–" if tally.mean is None else f"{tally.mean:.1f} / {score(tally.max_score)}",
    }


def _sentence_of(tally: MistakeTally, texts: Catalog) -> str:
    """The sentence by which a mistake is known; its name where it has none."""
    return tally.said or tally.name.replace("_", " ") or texts.say("staff.no_pattern")


def _mistake(i: int, tally: MistakeTally, links: Mapping[str, View], texts: Catalog) -> View:
    return {
        "said": _sentence_of(tally, texts),
        "line": tally.line,
        "advice": "" if tally.name else texts.say("staff.no_pattern_text"),
        "part": ", ".join(str(number) for number in sorted(tally.parts)) or "–",
        **_who(f"m{i}", [*tally.students], links),
    }


def _same(i: int, group: SameProgram, links: Mapping[str, View]) -> View:
    return {
        "part": f"{group.part} · {visible(group.title, NAME_LIMIT)}",
        "line": visible(group.line, LINE_LIMIT),
        **_who(f"g{i}", group.students, links),
    }


def _who(filter_id: str, students: Sequence[str], links: Mapping[str, View]) -> View:
    """How many there are, with links to the first, and to the rest."""
    most = len(students) if len(students) <= _EXAMPLES + 1 else _EXAMPLES
    return {
        "filter": filter_id,
        "count": len(students),
        "links": [links[student] for student in students[:most]],
        "rest": [links[student] for student in students[most:]],
    }


def _check(
    i: int,
    tally: CheckTally,
    parts: Sequence[PartTally],
    links: Mapping[str, View],
    texts: Catalog,
) -> View:
    suspect = texts.say("staff.suspect", passed=tally.passed, n=tally.n)
    return {
        "name": visible(tally.name, NAME_LIMIT),
        "part": f"{tally.part} · {visible(parts[tally.part - 1].title, NAME_LIMIT)}",
        "is_hidden": tally.is_hidden,
        "is_by_hand": tally.is_by_hand,
        "share": _whole_percent(tally.passed, tally.n),
        "filter": f"c{i}",
        "students": [links[student] for student in tally.missed],
        "look": wording.LOOKS[State.UNCHECKED],
        "suspect": suspect if tally.is_suspect else "",
    }


def _whole_percent(count: int, n: int) -> int:
    """A share in whole per cent; 0 and 100 stand for none and all alone."""
    rounded = round(100 * count / n)
    return rounded if count in (0, n) else min(max(rounded, 1), 99)


def _inputs(results: Sequence[StoredResult], run: Run) -> list[tuple[int, Sequence[str]]]:
    known = run.inputs or {}
    numbered = enumerate(part_names(results), 1)
    return [(number, known[name]) for number, name in numbered if known.get(name)]


def _legend(results: Sequence[StoredResult], texts: Catalog) -> list[tuple[wording.Look, str]]:
    states = [State.CORRECT, State.PARTLY, State.NOT_STARTED, State.NOT_YET]
    states += [State.OPEN] if any(result.open_points for result in results) else []
    states += [State.TIMEOUT, State.UNCHECKED]
    return [(wording.LOOKS[s], texts.say(f"staff.legend.{s}")) for s in states]


def _footer(results: Sequence[StoredResult]) -> list[str]:
    """The versions that graded, each once."""
    names = {"grader": "grader", "python": "Python", "jax": "JAX"}
    items = []
    for key, word in names.items():
        versions = {str(r.environment[key]) for r in results if key in r.environment}
        if versions:
            items.append(f"{word} {', '.join(visible(v, 40) for v in sorted(versions))}")
    return items
