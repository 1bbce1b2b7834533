"""Hostile submissions, graded by the real command: none earns, harms, learns or stays.

The code attacks of `attacks/catalog.py` are graded as one class, with canaries laid out where
an attack could find them. Attacks by names, archives and files are a second class. Runs that
share nothing with them look at single places where a hostile file could hold up the grader.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from attacks import catalog
from attacks.catalog import ALL, IMPORTS, PARTS, RIGHT, Attack

from grader.report.page import script
from grader.running import jax_errors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

ROOT = Path(__file__).parents[2]
SEED = 918_273_645
TIMEOUT_S = 8
CANARY = "canary-4f1d9c"
ENVIRONMENT_CANARY = "canary-2ab77e"
HOME_CANARY = "canary-91c35d"
OPEN = "way-is-open"
MARK = "attack-mark-6b1e"
OTHER_USER = 65_531
REFERENCE_TEXT = ("E. W. Forgy", "segment_sum(samples", "jax_exercise_grader", "EXAMPLE_SEED")
"""What stands in the reference and the exercise, and in no submission."""
UNPRIVILEGED = {"reading", "network", "processes"}
"""Kinds of attacks that have a chance to do more when the grader's user is the child's, too."""
PART_STATUSES = {"passed", "partial", "failed", "missing", "error"}
STATUSES = {"graded", "unreadable", "timeout", "crashed"}
VOID = {"meta", "input", "img", "br", "rect", "circle", "path", "use", "wbr", "link", "hr"}
NEUTRAL_START = re.compile(r"[=+\-@\t\r\n]")


def notebook(*cells: str, **metadata: Any) -> bytes:
    """The bytes of a notebook with these code cells."""
    raw = [
        {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": 1}
        for text in cells
    ]
    whole = {"cells": raw, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole).encode()


def right_notebook(**metadata: Any) -> bytes:
    """A submission that is right in every part."""
    return notebook(IMPORTS, *RIGHT.values(), **metadata)


# What is laid out, and what a run left ------------------------------------------------------


@dataclass
class Field:
    """Folders with canaries, ports that listen, and a class of submissions to be graded."""

    base: Path
    cache: Path | None = None
    doors: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Lay everything out."""
        for name in ("class", "home", "tmp", "course/reference"):
            (self.base / name).mkdir(parents=True)
        if self.cache is not None:
            self.cache.mkdir()
        shutil.copyfile(ROOT / "reference" / "kmeans.py", self.base / "course/reference/kmeans.py")
        self.secret = self.base / "course" / "reference" / "secret.txt"
        self.secret.write_text(f"{CANARY}\n", encoding="utf-8")
        (self.base / "home" / "canary.txt").write_text(f"{HOME_CANARY}\n", encoding="utf-8")
        with contextlib.closing(sqlite3.connect(self.base / "home" / "course.db")) as database:
            database.execute(f'CREATE TABLE "{HOME_CANARY}" (id)')
        tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        for door, address in ((tcp, ("127.0.0.1", 0)), (udp, ("127.0.0.1", 0))):
            door.bind(address)
        unix.bind(str(self.base / "door"))
        for door in (tcp, unix):
            door.listen()
        self.doors = [tcp, udp, unix]
        for door in self.doors:
            door.setblocking(False)

    @property
    def out(self) -> Path:
        """Where the results go."""
        return self.base / "out"

    def filled(self, text: str) -> str:
        """The text with the names between @ filled in."""
        tcp, udp, unix = self.doors
        places = {
            "SECRET": self.secret,
            "ROOT": ROOT,
            "HOME": self.base / "home",
            "CLASS": self.base / "class",
            "OUT": self.out,
            "MARK": MARK,
            "TCP": tcp.getsockname()[1],
            "UDP": udp.getsockname()[1],
            "UNIX": unix.getsockname(),
        }
        return re.sub(r"@([A-Z]+)@", lambda found: str(places[found[1]]), text)

    def visitors(self) -> list[str]:
        """Whoever came to a door: there must be none."""
        tcp, udp, unix = self.doors
        came = []
        for door in (tcp, unix):
            with contextlib.suppress(BlockingIOError):
                came.append(f"{door.accept()[1]} at {door.getsockname()}")
        with contextlib.suppress(BlockingIOError):
            came.append(f"a datagram {udp.recv(10)!r}")
        return came

    def snapshot(self) -> dict[str, tuple[int, int, int]]:
        """Every file that a run must leave as it is: mode, time of change, size."""
        found = {}
        for folder in (self.base, ROOT / "reference", ROOT / "exercises", ROOT / "grader"):
            for path in folder.rglob("*"):
                passed = {self.out, self.cache} & {path, *path.parents}
                if not passed and "__pycache__" not in path.parts:
                    is_dir = path.is_dir()
                    status = path.lstat()
                    times = (0, 0) if is_dir else (status.st_mtime_ns, status.st_size)
                    found[str(path)] = (status.st_mode, *times)
        return found

    def grade(self, *sources: Path, **more: Any) -> Ran:
        """Run the command on the sources, or on the class."""
        before = self.snapshot()
        started = time.monotonic()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "grader", "batch", *(sources or (self.base / "class",))),
                *("--out", self.out, "-a", "kmeans", "--seed", str(SEED)),
                *("--timeout", str(TIMEOUT_S), "--jobs", "4"),  # many of them only wait
            ],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=3600,
            **more,
        )
        took = time.monotonic() - started
        after = self.snapshot()
        changed = sorted(
            name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
        )
        return Ran(
            code=done.returncode,
            said=(done.stdout + done.stderr).decode(),
            took=took,
            out=self.out,
            changed=changed,
            left=[*self.processes(), *self.marks()],
        )

    def environment(self) -> dict[str, str]:
        """The environment of the run: a home and a folder for temporary files of its own."""
        usual = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return {
            "PATH": os.environ.get("PATH", ""),
            "LANG": "C.UTF-8",
            "HOME": str(self.base / "home"),
            "XDG_CACHE_HOME": str(self.cache or usual),
            "TMPDIR": str(self.base / "tmp"),
            "GRADER_CANARY": ENVIRONMENT_CANARY,
            "GITHUB_TOKEN": ENVIRONMENT_CANARY,
        }

    def processes(self) -> list[str]:
        """Processes that the run started and that are still there."""
        ours = os.fsencode(self.base / "tmp")
        found = []
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if folder.name.isdigit() and ours in (folder / "environ").read_bytes():
                    found.append(f"process {folder.name}: {(folder / 'cmdline').read_bytes()!r}")
        return found

    def marks(self) -> list[str]:
        """Files that an attack made in a place where anybody may."""
        places = (Path("/"), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), ROOT, Path.cwd())
        return [str(path) for place in places if place.is_dir() for path in place.glob(f"*{MARK}*")]

    def close(self) -> None:
        """Close the doors."""
        for door in self.doors:
            door.close()


@dataclass(frozen=True)
class Ran:
    """A run of the command: how it ended and what it left."""

    code: int
    said: str
    took: float
    out: Path
    changed: list[str]
    left: list[str]

    def results(self) -> dict[str, dict[str, Any]]:
        """The results by student."""
        found = self.out.glob("students/*/result.json")
        return {path.parent.name: json.loads(path.read_bytes()) for path in sorted(found)}

    def pages(self) -> dict[str, str]:
        """All HTML pages by their path."""
        return {
            str(path.relative_to(self.out)): path.read_text(encoding="utf-8")
            for path in sorted(self.out.rglob("*.html"))
        }


def text_of(path: Path) -> str:
    """The text of a file, one that is packed among them."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def told(result: dict[str, Any]) -> list[str]:
    """Every text of a result that a person may read."""
    lines = list(result["messages"])
    for part in result["parts"]:
        lines += part["notes"]
        for check in part["checks"]:
            lines += [check["message"], check["hint"], check["noticed"]]
    return lines


# The code attacks ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """The field on which the code attacks happen."""
    laid = Field(tmp_path_factory.mktemp("attacks"))
    for one in ALL:
        cells = [laid.filled(text) for text in one.cells()]
        (laid.base / "class" / f"{one.name}.ipynb").write_bytes(notebook(*cells))
    (laid.base / "class" / "honest.ipynb").write_bytes(right_notebook())
    yield laid
    laid.close()


@pytest.fixture(scope="module")
def ran(ground: Field) -> Ran:
    """The one run over all code attacks."""
    return ground.grade()


@pytest.fixture(scope="module")
def results(ran: Ran) -> dict[str, dict[str, Any]]:
    """The results of the code attacks."""
    return ran.results()


def problems(one: Attack, result: dict[str, Any]) -> Iterator[str]:
    """How an attack succeeded, or harmed what it should not."""
    if result["status"] != "graded":
        yield f"the submission is {result['status']}: {result['messages']}"
    if [part["name"] for part in result["parts"]] != list(PARTS):
        yield "parts are missing from the result"
    for part in result["parts"]:
        least, most = one.bounds(part["name"])
        if part["status"] not in PART_STATUSES:
            yield f"{part['name']}: no such status, got {part['status']}"
        if not least <= part["score"] <= most:
            why = [c["message"] for c in part["checks"] if c["status"] in {"failed", "error"}]
            yield (
                f"{part['name']}: {part['score']:g} points, want {least:g} to {most:g}; "
                f"{str(why)[:200]}"
            )
    for line in told(result):
        for trace in (OPEN, CANARY, HOME_CANARY, ENVIRONMENT_CANARY, "root:", str(SEED)):
            if trace in line:
                yield f"told: {line[:160]}"


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(
            one,
            id=one.name,
            marks=pytest.mark.xfail(reason=one.cannot_be_closed) if one.cannot_be_closed else (),
        )
        for one in ALL
    ],
)
def test_attack_fails(one: Attack, results: dict[str, dict[str, Any]]) -> None:
    """The attack earns nothing, opens nothing, and costs no other part a point."""
    assert one.name in results, "it has no result"
    found = list(problems(one, results[one.name]))
    if found:
        wanted = f"{one.tries} ({one.success})"
        pytest.fail("\n  ".join([wanted, *found]), pytrace=False)


def test_run_ends_well(ran: Ran, results: dict[str, dict[str, Any]]) -> None:
    """The run ends with 0 and one result each, and the honest submission has all its points."""
    assert ran.code == 0, ran.said[-3000:]
    assert set(results) == {one.name for one in ALL} | {"honest"}
    assert results["honest"]["score"] == 100
    assert {path.name for path in ran.out.iterdir()} == {
        *(".evidence", "index.html", "grades.csv", "students")
    }


def test_nothing_is_left(ran: Ran, ground: Field) -> None:
    """No process, no file outside the results, no file changed, no one at a door."""
    assert ran.left == []
    assert ran.changed == []
    assert list((ground.base / "tmp").iterdir()) == []
    assert ground.visitors() == []
    files = {path.name for path in (ran.out / "students").glob("*/*")}
    assert files == {"feedback.html", "result.json"}


def test_nothing_is_told(ran: Ran) -> None:
    """No canary, no line of the reference, nothing of the machine in any file or on the screen."""
    secret = (CANARY, HOME_CANARY, ENVIRONMENT_CANARY, OPEN, *REFERENCE_TEXT, "root:x:0")
    texts = {str(path): text_of(path) for path in ran.out.rglob("*.*") if path.is_file()}
    found = [
        (name, word)
        for name, text in {**texts, "terminal": ran.said}.items()
        for word in secret
        if word in text
    ]
    assert found == []


def test_attacks_are_many_and_described() -> None:
    """There are many attacks of every kind; each says what it tries and how success shows."""
    assert len(ALL) >= 75
    assert len({one.name for one in ALL}) == len(ALL)
    assert {one.kind for one in ALL} == {
        "forging",
        "reading",
        "network",
        "processes",
        "resources",
        "lifecycle",
        "cross-part",
        "report",
        "programs",
    }
    assert all(one.tries and one.success and one.part in PARTS for one in ALL)


def test_unprivileged_user_is_as_safe() -> None:
    """Graded by a user who is not root, the attacks that a wall stops are stopped as well."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    needed = [Path(sys.executable), Path(sys.executable).resolve(), Path(sys.prefix), ROOT]
    closed = [p for path in needed for p in (path, *path.parents) if not p.stat().st_mode & 0o001]
    if closed:
        pytest.skip(f"this environment's Python is not readable for others: {closed[0]}")
    # Not below pytest's own folder, which is closed to others.
    base = Path(tempfile.mkdtemp(prefix="attacks-"))
    base.chmod(0o755)
    laid = Field(base / "field", cache=base / "field" / "cache")
    chosen = [one for one in ALL if one.kind in UNPRIVILEGED or "disk" in one.name]
    for one in chosen:
        cells = [laid.filled(text) for text in one.cells()]
        (laid.base / "class" / f"{one.name}.ipynb").write_bytes(notebook(*cells))
    for path in [laid.base, *laid.base.rglob("*")]:
        os.chown(path, OTHER_USER, OTHER_USER)
    try:
        done = laid.grade(user=OTHER_USER, group=OTHER_USER, extra_groups=[])
        assert done.code == 0, done.said
        results = done.results()
        found = {one.name: list(problems(one, results[one.name])) for one in chosen}
        assert {name: faults for name, faults in found.items() if faults} == {}
        assert done.left == []
        assert done.changed == []
        assert laid.visitors() == []
    finally:
        laid.close()
        shutil.rmtree(base, ignore_errors=True)


# Reports ------------------------------------------------------------------------------------


class Page(HTMLParser):
    """A page's tags and attributes; every element is closed, none runs or loads anything."""

    def __init__(self, html: str) -> None:
        """Read the page."""
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(html)
        self.close()
        if self.open:
            self.faults.append(f"never closed: {self.open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag."""
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"script", "iframe", "object", "embed", "base", "form"}:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            text = (value or "").strip().lower()
            is_link = name in {"href", "src", "action", "formaction", "srcset", "xlink:href"}
            is_plain = text.startswith(("#", "data:image/png;base64,", "students/", "../", ""))
            if name.startswith("on") or (
                is_link and (re.match(r"[a-z]+:(?!image/png)", text) or not is_plain)
            ):
                self.faults.append(f"<{tag} {name}={text[:60]}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag without content."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes another element")


def acting_characters(text: str) -> set[str]:
    """Characters of a text that control a terminal or turn text round."""
    return {
        f"U+{ord(char):04X}"
        for char in set(text)
        if char != "\n"
        and (
            unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
            or (unicodedata.category(char) == "Cf" and char not in "\u200c\u200d\u00ad")
        )
    }


OVERVIEWS = ("index.html", "students-list.html")
SORTING = script()
"""What the pages for staff run; their policy names it by its digest."""
DATA = re.compile(r'<script type="application/json" id="(?:labels|rows)">[^<]*</script>')
"""What it reads: data, which nothing runs and which no `<` ends early."""


def assert_pages_are_inert(done: Ran) -> None:
    """No page runs or loads anything, and the policy in it says that none may."""
    pages = done.pages()
    assert "index.html" in pages
    own = f"<script>{SORTING}</script>"
    for name, html in pages.items():
        mine = DATA.sub("", html.replace(own, "")) if name in OVERVIEWS else html
        assert Page(mine).faults == [], name
        assert acting_characters(html) == set(), name
        assert "default-src 'none'" in unescape(html), name


def assert_terminal_is_inert(done: Ran) -> None:
    """What the run printed holds no character that acts, and no line of a student's."""
    assert acting_characters(done.said) == set()
    assert not re.search(r"^::|^%0A", done.said, re.MULTILINE)
    assert "Traceback" not in done.said
    assert "Warning" not in done.said


def assert_table_is_inert(done: Ran) -> list[list[str]]:
    """No cell of the table is a formula, all rows are of one length; the rows."""
    text = (done.out / "grades.csv").read_bytes().decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if NEUTRAL_START.match(cell)] == []
    assert acting_characters("".join(cells)) == set()
    return rows


def test_pages_are_inert(ran: Ran) -> None:
    """Whatever the attacks put into their errors, types and code, it is shown as text."""
    assert_pages_are_inert(ran)


def test_hostile_text_is_shown_escaped(ran: Ran) -> None:
    """The text itself is in the report, in letters that do nothing."""
    page = ran.pages()["students/error-with-script/feedback.html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "{{7*7}}" in ran.pages()["students/error-with-template/feedback.html"]
    assert "⟨U+202E⟩" in ran.pages()["students/error-with-bidi/feedback.html"]


def test_terminal_is_inert(ran: Ran) -> None:
    """What the run printed holds no escape, no bidirectional mark, no traceback."""
    assert_terminal_is_inert(ran)


def test_table_is_inert(ran: Ran) -> None:
    """The table has a row for each attack."""
    assert len(assert_table_is_inert(ran)) == len(ALL) + 2


def test_results_are_plain(ran: Ran, results: dict[str, dict[str, Any]]) -> None:
    """Results hold no character that acts, and are of bounded size."""
    for path in ran.out.glob("students/*/result.json"):
        assert acting_characters(path.read_text(encoding="utf-8")) == set(), path
        assert path.stat().st_size < 200_000, path
    sizes = {path: path.stat().st_size for path in ran.out.rglob("*.html")}
    assert [path for path, size in sizes.items() if size > 2_000_000] == []
    assert {result["status"] for result in results.values()} <= STATUSES


# Names, archives, files ---------------------------------------------------------------------

NAMES = (
    "<script>alert(1)<", "=cmd()", "+1+1", "-2+3", "@SUM(1)", "\u202egpj.exe", "\x1b[31mred",
    "a\nb", "{{7*7}}", "--out", "con", "....", " ", "'or 1=1", '"><img src=x onerror=alert(1)>',
    "$(touch attack-mark-6b1e)", "%2e%2e%2f", "\\..\\..\\up", "é" * 100, "::error::owned",
)  # fmt: skip
"""Stems of file names, all on a file system that takes anything but / and NUL."""


def zipped(
    *members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED
) -> bytes:
    """The bytes of an archive."""
    data = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(data, "w", method) as archive:
        warnings.simplefilter("ignore")  # a name that comes twice
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def linked(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    """A member that is a symbolic link."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return info, target.encode()


def encrypted(name: str) -> bytes:
    """An archive whose one member says that it is encrypted."""
    data = bytearray(zipped((name, right_notebook())))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def lying_size(name: str) -> bytes:
    """An archive whose member is larger than it says."""
    data = bytearray(zipped((name, b"x" * 5_000_000), method=zipfile.ZIP_DEFLATED))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def with_raw_name(name: bytes) -> bytes:
    """An archive whose member's name holds these bytes."""
    placeholder = "x" * (len(name) - 6) + ".ipynb"
    return zipped((placeholder, right_notebook())).replace(placeholder.encode(), name)


def archives(laid: Field) -> dict[str, bytes]:
    """Hostile archives, by the name of the student who hands them in."""
    good = right_notebook()
    return {
        "zip-up": zipped(("../../../up.ipynb", good), ("ok/../../../up2.ipynb", good)),
        "zip-up-backslash": zipped(("..\\..\\up.ipynb", good)),
        "zip-absolute": zipped((f"{laid.base}/home/absolute.ipynb", good)),
        "zip-drive": zipped(("C:\\absolute.ipynb", good), ("C:x.ipynb", good)),
        "zip-link": zipped(linked("link.ipynb", str(laid.secret))),
        "zip-link-folder": zipped(linked("folder", "/etc"), ("folder/passwd.ipynb", good)),
        "zip-ratio": zipped(("big.ipynb", bytes(40 << 20)), method=zipfile.ZIP_DEFLATED),
        "zip-many": zipped(*((f"{i}.ipynb", b"{}") for i in range(3_000))),
        "zip-nested": zipped(("inner.zip", zipped(("inner.zip", zipped(("a.ipynb", good)))))),
        "zip-twice": zipped(("a.ipynb", good), ("a.ipynb", b"{}"), ("A.ipynb", good)),
        "zip-encrypted": encrypted("a.ipynb"),
        "zip-lying": lying_size("a.ipynb"),
        "zip-nul": with_raw_name(b"a.ipynb\0xx.ipynb"),
        "zip-escape": with_raw_name(b"\x1b[31m<b>.ipynb"),
        "zip-colon": with_raw_name(b"a:b.ipynb"),
        "zip-garbage": b"PK\x03\x04" + os.urandom(5_000),
        "zip-cut": zipped(("a.ipynb", good))[:-30],
        "zip-empty": zipped(),
        "zip-good": zipped(("a.ipynb", good)),
    }


def files() -> dict[str, bytes]:
    """Hostile notebooks, by file name."""
    good = json.loads(right_notebook())
    deep: Any = '{"cells": ' + "[" * 200_000
    nodes = b'{"cells": [' + b"[]," * 1_500_000 + b"[]]}"
    many = {**good, "cells": good["cells"] * 500}
    hostile = {
        "<script>": "</script>",
        "grader": {"assignment": "../../x:y"},
        "\u202e": "\x1b[31m",
        "kernelspec": {"language": "<b>{{7*7}}</b>", "name": "\x1b[2J"},
    }
    return {
        "json-deep.ipynb": deep.encode(),
        "json-nodes.ipynb": nodes,
        "json-huge-int.ipynb": b'{"nbformat": ' + b"9" * 100_000 + b', "cells": []}',
        "json-nan.ipynb": json.dumps({**good, "x": float("nan")}).encode(),
        "json-twice.ipynb": right_notebook()[:-1] + b', "cells": []}',
        "json-types.ipynb": b'{"cells": [1, null, {"source": {"a": 1}}, {"source": [[1]]}]}',
        "json-surrogate.ipynb": notebook(IMPORTS, 'x = "\ud800"', *RIGHT.values()),
        "json-many-cells.ipynb": json.dumps(many).encode(),
        "metadata.ipynb": right_notebook(**hostile),
        "metadata-import.ipynb": right_notebook(grader={"assignment": "os:system"}),
        "binary.ipynb": os.urandom(10_000),
        "zeros.ipynb": bytes(10_000),
        "text-cells.ipynb": notebook(IMPORTS, "x = 1\0", "\x1b[31m = \u202e", *RIGHT.values()),
        "coding.py": b"# -*- coding: unicode_escape -*-\nx = 1\n",
        "coding-rot.py": b"# coding: rot13\nvzcbeg bf\n",
    }


@dataclass(frozen=True)
class Handed:
    """The run over hostile names, archives and files, and the field on which it happened."""

    field: Field
    ran: Ran


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handed]:
    """The one run over everything that is hostile before its code is."""
    laid = Field(tmp_path_factory.mktemp("handed"))
    folder = laid.base / "class"
    # No part is right: what is looked at are the names, and this is graded fast.
    for name in NAMES:
        (folder / f"{name}.ipynb").write_bytes(notebook("x = 1"))
    for name, data in files().items():
        (folder / name).write_bytes(data)
    for name, data in archives(laid).items():
        (folder / f"{name}.zip").write_bytes(data)
    (folder / "link.ipynb").symlink_to(laid.secret)
    (folder / "link-folder").symlink_to("/etc")
    os.mkfifo(folder / "pipe.ipynb")
    # The same student three times, for a file system that tells case apart and one that does not.
    for name in ("twin", "TWIN"):
        (folder / name).mkdir()
        (folder / name / "a.ipynb").write_bytes(notebook("x = 1"))
    # Modules beside notebooks that do not use them.
    (folder / "module-loops").mkdir()
    (folder / "module-loops" / "a.ipynb").write_bytes(right_notebook())
    (folder / "module-loops" / "helper.py").write_text("while True:\n    pass\n", encoding="utf-8")
    (folder / "module-exits").mkdir()
    (folder / "module-exits" / "a.ipynb").write_bytes(right_notebook())
    (folder / "module-exits" / "helper.py").write_text("import os; os._exit(0)\n", encoding="utf-8")
    yield Handed(laid, laid.grade())
    laid.close()


def test_hostile_class_is_graded(handed: Handed) -> None:
    """The run ends with 0, a result for each student whose names were told apart."""
    assert handed.ran.code == 0, handed.ran.said[-3000:]
    results = handed.ran.results()
    assert {result["status"] for result in results.values()} <= {"graded", "unreadable"}
    assert len(results) >= len(NAMES) + len(files())
    assert len({name.casefold() for name in results}) == len(results)
    assert results["zip-good"]["score"] == 100
    for folder in (handed.ran.out / "students").iterdir():
        assert folder.name.isprintable()
        assert not set(folder.name) & set('<>:"/\\|?*')


@pytest.mark.parametrize(
    "name",
    [
        "zip-ratio",
        "zip-link",
        "zip-encrypted",
        "zip-lying",
        "zip-garbage",
        "zip-cut",
        "zip-empty",
        "zip-many",
    ],
)
def test_archive_is_refused(handed: Handed, name: str) -> None:
    """A hostile archive gives nothing, and its student a result that says why."""
    result = handed.ran.results()[name]
    assert (result["status"], result["score"]) == ("unreadable", 0)
    assert result["messages"]


@pytest.mark.parametrize(
    "name", ["json-deep", "json-nodes", "json-huge-int", "binary", "zeros", "json-many-cells"]
)
def test_file_is_refused(handed: Handed, name: str) -> None:
    """A hostile notebook is unreadable."""
    result = handed.ran.results()[name]
    assert (result["status"], result["score"]) == ("unreadable", 0)


@pytest.mark.parametrize(
    "name",
    [
        "json-nan",
        "metadata",
        "metadata-import",
        "text-cells",
        "json-surrogate",
        "module-exits",
        "module-loops",
    ],
)
def test_odd_file_keeps_its_points(handed: Handed, name: str) -> None:
    """What is odd but holds right work is graded as that."""
    result = handed.ran.results()[name]
    assert (result["status"], result["score"]) == ("graded", 100), told(result)[:3]


def test_nothing_leaves_the_archives(handed: Handed) -> None:
    """Nothing was unpacked anywhere, no link was followed, nothing changed."""
    assert handed.ran.changed == []
    assert handed.ran.left == []
    assert list((handed.field.base / "tmp").iterdir()) == []
    texts = [text_of(path) for path in handed.ran.out.rglob("*.*") if path.is_file()]
    assert not any(CANARY in text or "root:x:0" in text for text in texts)


def test_names_are_inert(handed: Handed) -> None:
    """Hostile names do nothing in pages, in the terminal and in the table."""
    assert_pages_are_inert(handed.ran)
    assert_terminal_is_inert(handed.ran)
    rows = assert_table_is_inert(handed.ran)
    assert len(rows) == len(handed.ran.results()) + 1


# What is read by the judge itself, which has no limit -----------------------------------------

HEAVY: dict[str, str | list[str]] = {
    "statements on one line": "a=1;" * 3_000,
    "statements on lines": "a=1\n" * 12_000,
    "statements in every cell": ["a=1\n" * 60_000] * 4,
    "a chain of names": "a0 = 1\n" + "".join(f"a{i + 1} = a{i}\n" for i in range(15_000)),
    "a chain of drawings": "".join(f"a{i} = a{i + 1}\n" for i in range(9_000)) + "a9000 = plt\n",
    "functions in functions": "".join(
        f"def f{i}(): return f{(i * 7 + 1) % 2_000}() + f{(i * 3 + 2) % 2_000}()\n"
        for i in range(2_000)
    ),
    "attributes of attributes": "x = y" + ".a" * 800 + "\n",
    "brackets": "x = " + "[" * 90 + "]" * 90 + "\n" + "(" * 30_000,
    "quotes": "'''" * 20_001,
    "backslashes": "\\\n" * 30_000 + "x",
    "magics": "%timeit x\n!ls {x}\n" * 8_000,
    "prompts": ">>> x = 1\n... y\n" * 8_000,
    "spaces": " " * 200_000 + "x = (\n",
    "names in comments": "# def init(\n" * 20_000,
}
"""Cells that take long to read when reading is not linear; all are small for a notebook."""

READER = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
sys.path.insert(0, sys.argv[1])
from grader.reading.program import Program
from grader.reading.submission import parse_bytes
from grader.reading.unreadable import UnreadableError
submission = parse_bytes(sys.stdin.buffer.read(), name="a.ipynb")
try:
    program = Program.of(submission)
    for name in ("init", "a15000", "f0", "x", "a0"):
        program.slice(names=[name])
except UnreadableError:
    pass
"""


@pytest.mark.parametrize("name", list(HEAVY))
def test_reading_takes_no_time(name: str) -> None:
    """Cells that hold far more than honest ones are read within a limit, or refused."""
    cells = HEAVY[name] if isinstance(HEAVY[name], list) else [HEAVY[name]]
    done = subprocess.run(
        [sys.executable, "-c", READER, str(ROOT)],
        input=notebook(IMPORTS, *cells, *RIGHT.values()),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]


def test_texts_of_errors_take_no_time() -> None:
    """No text of an error makes its explanation slow, whatever it repeats."""
    pieces = (
        " ",
        "(",
        "[",
        "[[",
        "0x",
        "a.",
        "/a",
        "'/",
        "<",
        "Traced<",
        "1, ",
        "\n",
        "See https:",
        "[1 2] ",
        "`",
        "carry ",
        ", ",
        "<function ",
        "[...] ",
        "'a",
        "file://",
        "/x/x ",
        "-",
        "~/",
        "type of ",
        "unsupported operand type(s) for ",
        "Error interpreting argument to ",
    )
    slow = []
    for piece in pieces:
        for kind in ("TypeError", "TracerArrayConversionError"):
            text = (piece * 2_000)[:2_000]
            started = time.process_time()
            jax_errors.explain(kind, text)
            jax_errors.tidy_message(kind, text)
            if time.process_time() - started > 0.5:
                slow.append(piece)
    assert slow == []


def test_catalog_base_is_right() -> None:
    """The submission that attacks are made of has a cell for each part."""
    assert tuple(catalog.RIGHT) == PARTS
