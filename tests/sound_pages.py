"""What every HTML page of ours must keep to, and texts that try to break it."""

import base64
import hashlib
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise

HOSTILE = (
    "<script>alert(1)</script>", "</style><style>*{display:none}</style>",
    '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "{{7*7}}{% raw %}",
    "&#x202e;&lt;b&gt;", "\u202egnp.exe", "\x1b[2J\x07", "`</code><script>`", "**<b>**",
    "--><!--", "]]>", "javascript:alert(1)", "\ud800",
)  # fmt: skip
STAFF_FILES = {"grades.csv", "index.html", "students-list.html", "students-list-2.html"}
VOID = {"meta", "input", "img", "br", "rect", "circle", "line", "path", "use", "wbr"}


class Page(HTMLParser):
    """What stands in a page: its tags with attributes, and its text."""

    def __init__(self, html: str) -> None:
        """Read the page; every element must be closed."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.script = ""
        self.data: dict[str, str] = {}
        self.rows: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag; no attribute may come twice."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in {tag}"
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self._row = len(self.text)
        if tag not in VOID:
            is_data = dict(attrs).get("type") == "application/json"
            is_unseen = dict(attrs).get("class") == "nobody"
            self._block = dict(attrs).get("id") or "" if is_data else ""
            self.open.append("data" if is_data else "unseen" if is_unseen else tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.open.pop() in {tag, "unseen", "data"}
        if tag == "tr":
            self.rows.append(_spaced(self.text[self._row :]))

    def handle_data(self, data: str) -> None:
        """Keep the text that is seen, and the script by itself."""
        if "data" in self.open:
            self.data[self._block] = self.data.get(self._block, "") + data
        elif "script" in self.open:
            self.script += data
        elif not {"style", "unseen"} & set(self.open):
            self.text.append(data)

    @property
    def said(self) -> str:
        """The text with single spaces."""
        return _spaced(self.text)

    def values(self, name: str) -> list[str]:
        """The values of an attribute, in order."""
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def _spaced(texts: Sequence[str]) -> str:
    return " ".join(" ".join(texts).split())


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def contrast(one: str, other: str) -> float:
    """How much two colours differ in brightness, as the accessibility guidelines compute it."""

    def brightness(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (x / 12.92 if x <= 0.04 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def assert_sound(html: str, *, is_scripted: bool = False) -> Page:
    """The page keeps to the rules for every page; with a script only where it is told."""
    page = Page(html)
    tags = [tag for tag, _ in page.tags]
    style = html[html.index("<style>") + 7 : html.index("</style>")]
    first = [attrs for tag, attrs in page.tags if tag == "meta"][1]
    assert first["http-equiv"] == "Content-Security-Policy"
    assert first["content"] == (
        f"default-src 'none'; style-src {_digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
        + (f"; script-src {_digest(page.script)}" if is_scripted else "")
    )
    scripts = [attrs.get("type") for tag, attrs in page.tags if tag == "script"]
    assert [kind for kind in scripts if kind != "application/json"] == [None] * is_scripted
    assert not {"iframe", "object", "embed", "link", "base", "form"} & set(tags)
    assert tags.count("style") == 1
    assert tags.count("h1") == tags.count("main") == tags.count("title") == 1
    names = {name for _, attrs in page.tags for name in attrs}
    assert not [name for name in names if name == "style" or name.startswith("on")]
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in ids)
    for target in page.values("href"):
        assert target.startswith(("#", "students/")) or target.partition("#")[0] in STAFF_FILES
        assert not target.startswith("#") or target[1:] in ids
    assert all(source.startswith("data:image/png;base64,") for source in page.values("src"))
    assert all(name in ids for name in page.values("aria-labelledby"))
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    regions = [attrs["aria-label"] for _, attrs in page.tags if attrs.get("role") == "region"]
    assert len(regions) == len(set(regions))
    assert all(attrs.get("scope") for tag, attrs in page.tags if tag == "th")
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    assert "url(" not in style
    html.encode("utf-8")
    return page
