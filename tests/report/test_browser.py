"""The pages in a real browser: no barrier that axe finds, no request, no sideways scroll."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sample_results import (
    PUBLIC,
    check,
    distances_differ,
    every_state,
    part,
    picture,
    result,
    typical,
    unreadable,
)

from grader.catalog import say
from grader.report.html import render_student
from grader.report.overview import INDEX, STUDENTS, Run, overview_files
from grader.report.result_json import stored
from grader.results import Excerpt, PartResult, State, SubmissionResult, SubmissionStatus

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking")
"""Without a sandbox, as Chromium refuses root with one: the pages are our own, and run nothing."""
BROKEN = say("cell.at", place=say("cell.place", cell=4, line=2), what=say("cell.tabs"))
WIDTHS = (1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLOR_RULES = ("color-contrast", "link-in-text-block")
"""The rules of axe that depend on colors."""
OPEN_ALL = "[...document.querySelectorAll('details')].map(item => { item.open = true }).length"
KEEP_40 = "document.querySelectorAll('tbody tr:nth-child(n+41)').forEach(row => row.remove())"
TOO_WIDE = """() => [...document.querySelectorAll('body *')].filter(item => {
    const box = item.getBoundingClientRect(), card = item.parentElement.closest('.card');
    const edge = card ? card.getBoundingClientRect().right : innerWidth;
    const may = '[role=region][aria-label], .vh, .skip, .stack thead';
    return box.width && box.right > edge + 1 && !item.closest(may);
}).map(item => item.outerHTML.slice(0, 120))"""


def student_pages() -> dict[str, SubmissionResult]:
    """A report in each state, and the usual ones, by name."""
    checks = {item.state: item.checks for item in every_state().parts}
    untouched = part(
        State.NOT_STARTED,
        task="Do it",
        notes=(say("note.untouched", place=say("cell.cell", cell=6)),),
    )
    states = {f"state-{s}": result(part(s, task="Do it", checks=checks[s])) for s in State}
    return {
        **states,
        "typical": typical(),
        "every": every_state(),
        "unreadable": unreadable(),
        "mistake": one_mistake(),
        "correct": all_correct(),
        "untouched": result(*(untouched,) * 5),
        "mixed": result(part(), untouched, untouched, raising(), messages=(BROKEN,)),
        "crashed": result(part(State.UNCHECKED), status=SubmissionStatus.CRASHED),
        "unset": result(part(), *(part(State.UNCHECKED, task="Do it"),) * 3),
        "long": result(
            part(
                State.NOT_FOUND,
                name="a_name_without_end_" * 6,
                title="Donaudampfschifffahrtsgesellschaft",
                picture=picture(),
                notes=("`x" * 100 + "`", "/very/long/path" * 20),
            ),
            student="x" * 100,
            path="y_" * 60,
        ),
    }


def one_mistake() -> SubmissionResult:
    """A report with a single known mistake, shown in a line of the code."""
    lost = check(
        "distances", "failed", visibility=PUBLIC, message="`distortions` is incorrect in 9 entries",
        noticed="Every distortion is squared", hint="Which step is missing", mistake="squared",
        differences=(distances_differ(),),
    )  # fmt: skip
    code = Excerpt(source="def f(x):\n    return x * x", cell=9, marked=2)
    wrong = part(State.PARTLY, checks=(check(), lost), task="Do it", excerpt=code)
    made = typical()
    correct = (part(name=f"part_{number}", checks=(check(),)) for number in range(4))
    return replace(made, parts=(next(correct), wrong, *correct))


def all_correct() -> SubmissionResult:
    """A report with all parts right, and all that a report can hold then."""
    made = typical()
    right = (part(checks=(check(), check("tip", "advice")), picture=picture()),) * 5
    return replace(made, parts=right, messages=())


def raising() -> PartResult:
    """A part that raised an error that is known."""
    python = say("stopped.raised", kind="TypeError", said="JAX arrays are immutable. Use x.at")
    message = say(
        "stopped.error_at", place=say("cell.place", cell=11, line=2),
        said=say("stopped.because", cause=say("error.1.cause"), said=python),
    )  # fmt: skip
    lost = check("v", "error", visibility=PUBLIC, message=message, hint=say("error.1.advice"))
    code = Excerpt(
        source="def f(x):\n    x[0] = " + "1 + " * 60 + "1", cell=11, marked=2,
        note=say("stopped.here"),
    )  # fmt: skip
    return part(State.ERROR, checks=(lost,), excerpt=code, is_self_checked=True)


def class_pages(count: int) -> dict[str, str]:
    """The pages for staff about a class of so many, every state and every trouble in it."""
    made = [_student(i) for i in range(count - 1)]
    run = Run(
        title="K-Means in JAX",
        seed=7,
        duration_s=252,
        jobs=8,
        soundness=((True, "A right solution gets 100 of 100 points."), (None, "Not known.")),
        inputs={"init": ("another data set: `points` (60, 3)",)},
    )
    return overview_files([stored(item) for item in [unreadable(), *made]], run)


def _student(number: int) -> SubmissionResult:
    states = (*State, *[State.CORRECT] * 23)
    made = typical()
    parts = tuple(
        item if (number + i) % 3 else replace(item, state=states[(number + 7 * i) % len(states)])
        for i, item in enumerate(made.parts)
    )
    # A dozen programs of the third part, so that there are groups to show and to fold away.
    parts = (*parts[:2], replace(parts[2], program=f"{number % 12:016x}"), *parts[3:])
    return replace(made, student=f"student_{number}", parts=parts)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give the browser of this machine, started once for all tests."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser on this machine, looked for {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder with all pages as files."""
    folder = tmp_path_factory.mktemp("pages")
    pages = {name: render_student(made) for name, made in student_pages().items()}
    pages["class-36"] = class_pages(36)[INDEX]
    large = class_pages(500)
    pages |= {"class-500": large[INDEX], "class-500-list": large[STUDENTS]}
    pages["class-500-more"] = large["students-list-2.html"]
    for name, text in large.items():
        (folder / name).write_text(text, "utf-8")
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return folder


STUDENT_NAMES = tuple(student_pages())
STAFF_NAMES = ("class-36", "class-500", "class-500-list", "class-500-more")
ALL_NAMES = (*STUDENT_NAMES, *STAFF_NAMES)


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """Give a window of its own, with nothing in it."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def look(
    window: Page, path: Path, width: int = 1280, scheme: Literal["light", "dark"] = "light"
) -> str:
    """Open a file in the window, so wide and in these colors; gives its address."""
    window.set_viewport_size({"width": width, "height": 900})
    window.emulate_media(color_scheme=scheme)
    window.goto(path.as_uri())
    return path.as_uri()


def violations(window: Page, *, only: Sequence[str] = ()) -> list[str]:
    """What axe finds in the page as it looks now: the rule, and the first places."""
    if not window.evaluate("typeof axe === 'object'"):
        window.evaluate(Axe().axe_script)
    options = {"resultTypes": ["violations"], **({"runOnly": list(only)} if only else {})}
    found = window.evaluate("options => axe.run(options)", options)
    return [
        f"{item['id']}: {[node['html'][:160] for node in item['nodes'][:3]]}"
        for item in found["violations"]
    ]


@pytest.mark.parametrize("name", [*STUDENT_NAMES, "class-36", "class-500"])
def test_no_barrier_is_found(window: Page, written: Path, name: str) -> None:
    """A page has no violation in any width and any colors, with hints open or closed.

    What does not depend on colors is looked at once for each width.
    """
    look(window, written / f"{name}.html")
    for is_open in (False, True):
        if is_open and not window.evaluate(OPEN_ALL):
            continue
        for width, scheme in product(WIDTHS, SCHEMES):
            window.set_viewport_size({"width": width, "height": 900})
            window.emulate_media(color_scheme=scheme)
            only = () if scheme == SCHEMES[0] else COLOR_RULES
            assert violations(window, only=only) == [], (width, scheme, is_open)


def test_long_list_has_no_barrier(window: Page, written: Path) -> None:
    """Neither has the table of 500 students; of its rows, which are alike, 40 are looked at."""
    names = ("class-500-list", "class-500-more")
    for name, width, scheme in product(names, WIDTHS, SCHEMES):
        look(window, written / f"{name}.html", width, scheme)
        window.evaluate(KEEP_40)
        assert violations(window) == []


@pytest.mark.parametrize("name", ALL_NAMES)
def test_nothing_is_asked_for(window: Page, written: Path, name: str) -> None:
    """A page asks for itself and for nothing else, and nothing in it is refused by its policy."""
    asked: list[str] = []
    said: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.on("console", lambda message: said.append(message.text))
    window.on("pageerror", lambda error: said.append(str(error)))
    address = look(window, written / f"{name}.html")
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert said == []


@pytest.mark.parametrize("name", ALL_NAMES)
def test_nothing_scrolls_sideways(window: Page, written: Path, name: str) -> None:
    """On narrow screens nothing sticks out of its card but inside the regions that scroll."""
    look(window, written / f"{name}.html")
    window.evaluate(OPEN_ALL)
    for width in (700, 390, 320):
        window.set_viewport_size({"width": width, "height": 900})
        assert window.evaluate(TOO_WIDE) == [], width
        assert window.evaluate("document.documentElement.scrollWidth") == width


def test_mistake_is_seen_at_once(window: Page, written: Path) -> None:
    """The cause, the line and the next step of a mistake are in the first 700 pixels."""
    look(window, written / "mistake.html")
    said = ("Every distortion is squared.", "cell 9, line 2", "Which step is missing.")
    for text in said:
        box = window.get_by_text(text).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 700, text


def test_nothing_to_do_is_short(window: Page, written: Path) -> None:
    """A page with all parts right is at most 1,200 pixels tall."""
    look(window, written / "correct.html")
    assert window.evaluate("document.documentElement.scrollHeight") <= 1200


@pytest.mark.parametrize("name", STUDENT_NAMES)
def test_numbers_and_words_stay_whole(window: Page, written: Path, name: str) -> None:
    """On a phone no points and no badge break into two lines."""
    look(window, written / f"{name}.html", 390)
    wraps = """() => [...document.querySelectorAll('.pts, .badge, .gain, .score')]
        .filter(item => getComputedStyle(item).whiteSpace !== 'nowrap').map(x => x.outerHTML)"""
    assert window.evaluate(wraps) == []
    sticks_out = """() => [...document.querySelectorAll('summary h2')]
        .filter(item => item.scrollWidth > item.clientWidth + 1).map(item => item.outerHTML)"""
    assert window.evaluate(sticks_out) == []


def test_phone_shows_whole_tables(window: Page, written: Path) -> None:
    """At 390 pixels the pairs of a table fit, and a check is two lines, its name and the rest."""
    look(window, written / "typical.html", 390)
    window.evaluate(OPEN_ALL)
    scrolls = "item => item.scrollWidth > item.clientWidth"
    tables = window.locator("section .scroll")
    assert tables.count() == 2
    assert not any(tables.nth(i).evaluate(scrolls) for i in range(2))
    name, points, case, found = (
        window.locator(f"[aria-labelledby=p3] .results tbody tr:first-child {what}").bounding_box()
        or {}
        for what in ("th", ".num", "td:nth-child(2)", "td:nth-child(3)")
    )
    assert abs(points["y"] - name["y"]) < 8
    assert case["y"] >= name["y"] + name["height"] - 1
    assert abs(case["y"] - found["y"]) < 8


def test_links_open_the_place(window: Page, written: Path) -> None:
    """A place in what to do next leads to the code, and a piece of the bar to its part."""
    look(window, written / "mistake.html")
    window.set_viewport_size({"width": 1280, "height": 400})
    for link, target in (("cell 9, line 2", "#c2"), ("Part 4: 10 of 10 points", "#p4")):
        window.get_by_role("link", name=link).click()
        box = window.locator(target).bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 400


@pytest.mark.parametrize("name", ["typical", "class-36"])
def test_says_the_same_without_script(
    browser: Browser, window: Page, written: Path, name: str
) -> None:
    """Without scripts a page holds the same text, all but the tools that need them.

    What a count leads to in the table is then folded next to the count.
    """
    look(window, written / f"{name}.html")
    window.evaluate("document.querySelectorAll('#tools, .js').forEach(item => item.remove())")
    with_script = window.inner_text("body")
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto((written / f"{name}.html").as_uri())
    said = [word for word in page.inner_text("body").split() if word != "Names"]
    assert said == [word for word in with_script.split() if word != "Names"]
    plain.close()


def test_students_sort_and_are_found(window: Page, written: Path) -> None:
    """A click on a column sorts by it, up and then down; the field finds by name and counts."""
    look(window, written / "class-36.html")

    def first() -> str:
        return window.inner_text("#students tbody tr:not([hidden]) th")

    head = window.locator("#students thead th").first
    button = head.locator("button")
    button.click()
    assert (head.get_attribute("aria-sort"), first()) == ("ascending", "lindqvist")
    button.press("Enter")
    assert (head.get_attribute("aria-sort"), first()) == ("descending", "student_34")
    points = window.locator("#students thead th").nth(2)
    points.locator("button").click()
    assert (head.get_attribute("aria-sort"), points.get_attribute("aria-sort")) == (
        None,
        "ascending",
    )
    shown = window.locator("#students tbody tr td:nth-child(3)").all_inner_texts()
    numbers = [float(text) for text in shown if text != "–"]
    assert numbers == sorted(numbers)
    assert shown[len(numbers) :] == ["–"] * (len(shown) - len(numbers))
    window.get_by_label("Find").fill("T_12")
    assert (first(), window.inner_text("[role=status]")) == ("student_12", "1 of 36 students")


def test_long_list_sorts_and_finds_all(window: Page, written: Path) -> None:
    """The first page of a long list sorts and finds among all, and shows one page at a time."""
    look(window, written / "class-500-list.html")

    def shown() -> list[str]:
        return window.locator("#students tbody th").all_inner_texts()

    assert (len(shown()), shown()[0]) == (250, "lindqvist")
    pages = window.locator("nav.pages a")
    pages.nth(1).click()
    assert len(shown()) == 250
    assert pages.nth(1).get_attribute("aria-current") == "page"
    window.locator("#students thead button").first.click()
    window.locator("#students thead button").first.click()
    assert shown()[0] == "student_498"
    assert pages.nth(0).get_attribute("aria-current") == "page"
    window.get_by_label("Find").fill("student_49")
    assert (len(shown()), window.inner_text("[role=status]")) == (10, "10 of 500 students")
    assert not pages.nth(1).is_visible()
    window.get_by_label("Find").fill("")
    assert (len(shown()), pages.nth(1).is_visible()) == (250, True)
    window.get_by_label("Hide names and hidden test cases").check()
    assert "student_" not in window.inner_text("#students")


def test_long_list_shows_what_it_was(window: Page, written: Path) -> None:
    """The rows that the script makes are those that the page had."""
    look(window, written / "class-500-list.html")
    rows = "document.querySelector('#students tbody').innerHTML"
    clean = r"text => text.replace(/ data-v=\"[^\"]*\"/g, '').replace(/>\s+</g, '><').trim()"
    before = window.evaluate(f"({clean})({rows})")
    window.locator("nav.pages a").nth(1).click()
    window.locator("nav.pages a").nth(0).click()
    assert window.evaluate(f"({clean})({rows})") == before


def test_counts_filter_the_table(window: Page, written: Path) -> None:
    """A count shows whom it counts, in words and in the page's address; all come back again."""
    look(window, written / "class-36.html")
    rows = window.locator("#students tbody tr")
    link = window.locator("#h-mistakes + p + table a[href='#m0']")
    wanted = int(link.inner_text())
    link.click()
    assert window.url.endswith("#m0")
    window.wait_for_function("document.activeElement.getAttribute('role') === 'region'")
    assert rows.count() == wanted < 36
    assert window.inner_text("[role=status]") == (
        f"{wanted} of 36 students: "
        "These are squared distances: what is still missing is the square root"
    )
    window.get_by_role("link", name="Show all").click()
    expect(window.locator("[role=status]")).to_have_text("")
    assert rows.count() == 36
    chip = window.get_by_role("link", name="Timed out")
    chip.click()
    expect(chip).to_have_attribute("aria-current", "true")
    assert 0 < rows.count() < 36
    assert "Timed out" in rows.first.inner_text()
    window.get_by_label("Find").fill("LÍND")
    assert rows.count() == 0
    assert window.inner_text("[role=status]").endswith("Timed out (1 more without the filter)")
    assert violations(window) == []


def test_every_chip_counts_right(window: Page, written: Path) -> None:
    """Each chip shows as many rows as it says."""
    look(window, written / "class-36.html")
    chips = window.locator("#tools .chips a")
    for i in range(chips.count()):
        chips.nth(i).click()
        expect(chips.nth(i)).to_have_attribute("aria-current", "true")
        said = int(chips.nth(i).locator("b").inner_text())
        assert window.locator("#students tbody tr").count() == said
        assert window.locator("#tools .chips [aria-current]").count() == 1


def test_long_list_is_filtered_from_overview(window: Page, written: Path) -> None:
    """In a large class a count of the overview leads to the list, which shows whom it counts."""
    look(window, written / "students-list.html")
    window.goto(f"{(written / 'index.html').as_uri()}")
    link = window.locator("a[href='students-list.html#p4-none']")
    wanted = int(link.inner_text())
    link.click()
    window.get_by_role("link", name="Show all").wait_for()
    said = window.inner_text("[role=status]")
    assert said == f"{wanted} of 500 students: part 4, no points"


def test_names_are_copied(browser: Browser, written: Path) -> None:
    """A click copies the names of a group; where that is not allowed, they are shown to copy."""
    names = "student_11\nstudent_18\nstudent_25\nstudent_32"
    for allowed in (["clipboard-read", "clipboard-write"], []):
        context = browser.new_context(permissions=allowed)
        page = context.new_page()
        if not allowed:
            page.add_init_script("navigator.clipboard.writeText = () => Promise.reject('no')")
        page.goto((written / "class-36.html").as_uri())
        fields = page.locator("details.copy textarea")
        (at,) = [i for i in range(fields.count()) if fields.nth(i).input_value() == names]
        assert not page.locator("details.copy").nth(at).is_visible()
        page.locator("button.copy").nth(at).click()
        if allowed:
            page.get_by_role("button", name="Copied").wait_for()
            assert page.evaluate("navigator.clipboard.readText()") == names
        else:
            fields.nth(at).wait_for(state="visible")
            assert page.evaluate("getSelection().toString()") == names
        context.close()


def test_head_of_table_stays(window: Page, written: Path) -> None:
    """The heads of the columns stay in sight when the table is scrolled."""
    look(window, written / "class-36.html")
    top = "document.querySelector('#students thead th').getBoundingClientRect().top"
    window.locator("#students").scroll_into_view_if_needed()
    before = window.evaluate(top)
    window.evaluate("document.querySelector('.tall').scrollTop = 300")
    assert window.evaluate("document.querySelector('.tall').scrollTop") > 100
    assert abs(window.evaluate(top) - before) < 2


def test_phone_keeps_bars_and_means(window: Page, written: Path) -> None:
    """At 390 pixels bars and means of parts are seen, and a check is two lines."""
    look(window, written / "class-36.html", width=390)
    assert window.locator(".parted .hbar").first.is_visible()
    assert window.locator(".parted .mean").first.is_visible()
    name, share, bar = (
        window.locator(f".checks {what}").nth(1).bounding_box() or {}
        for what in ("tbody th", "tbody .share", "tbody .hbar")
    )
    assert share["y"] < name["y"] + 8
    assert bar["y"] >= name["y"] + name["height"] - 1


def test_phone_shows_points(window: Page, tmp_path: Path) -> None:
    """At 390 pixels the points of who has the longest name are seen without scrolling sideways."""
    name = "Maximiliane Philippa Wilhelmine Auguste Charlotte Friederike von Hohenfels_2101"
    made = [replace(stored(one), student=name) for one in (unreadable(),)]
    made += [replace(stored(typical()), student="M" * 80)]
    page = tmp_path / "index.html"
    page.write_text(overview_files(made, Run(title="S", seed=7))[INDEX], "utf-8")
    look(window, page, width=390)
    for row in window.locator("#students tbody tr").all():
        box = row.locator("td.num").bounding_box() or {}
        assert box["x"] + box["width"] <= 390


def test_names_are_hidden(window: Page, written: Path) -> None:
    """The checkbox hides every name and every hidden input, in what is seen and what is read."""
    look(window, written / "class-36.html")
    window.evaluate(OPEN_ALL)
    assert "student_3" in window.inner_text("body")
    assert "another data set" in window.inner_text("body")
    window.get_by_label("Hide names and hidden test cases").check()
    said = window.inner_text("body")
    assert "Student 3" in said
    assert not any(text in said for text in ("student_", "another data set", "lindqvist", "seed"))


def test_colors_can_be_chosen(window: Page, written: Path) -> None:
    """The reader's choice of colors wins over that of the system."""
    look(window, written / "typical.html", scheme="light")
    color = "getComputedStyle(document.documentElement).backgroundColor"
    light = window.evaluate(color)
    window.get_by_label("Dark").check()
    dark = window.evaluate(color)
    assert dark != light
    window.emulate_media(color_scheme="dark")
    assert window.evaluate(color) == dark
    window.get_by_label("Light").check()
    assert window.evaluate(color) == light


def test_print_opens_what_is_closed(window: Page, written: Path) -> None:
    """On paper hints and checks are open, and what only a screen can use is gone."""
    look(window, written / "typical.html")
    hint = window.get_by_text("means of the example data")
    assert not hint.is_visible()
    window.emulate_media(media="print")
    assert hint.is_visible()
    assert not window.get_by_label("Dark").is_visible()
    assert window.pdf().startswith(b"%PDF")


def test_keyboard_reaches_everything(window: Page, written: Path) -> None:
    """Tab goes to the skip link first, then to every link, hint and region, all outlined."""
    look(window, written / "typical.html")
    wanted = window.evaluate("document.querySelectorAll('a, summary, [tabindex]').length")
    reached = []
    for _ in range(wanted):
        window.keyboard.press("Tab")
        reached.append(
            window.evaluate(
                "() => [document.activeElement.className,"
                " parseFloat(getComputedStyle(document.activeElement).outlineWidth)]"
            )
        )
    assert reached[0][0] == "skip"
    assert {width for _, width in reached} == {3}


def test_forced_colors_keep_shapes(window: Page, written: Path) -> None:
    """With the system's forced colors the bars keep their fills, and cards have borders."""
    look(window, written / "typical.html")
    window.emulate_media(forced_colors="active")
    fills = "() => [...document.querySelectorAll('.bar .fok')].map(x => getComputedStyle(x).fill)"
    assert set(window.evaluate(fills)) == {"rgb(24, 102, 162)"}
    border = "getComputedStyle(document.querySelector('.card')).borderTopStyle"
    assert window.evaluate(border) == "solid"
    assert violations(window) == []
