"""A page as text, a line for each thing that stands by itself: for golden files and searches."""

from __future__ import annotations

import re
from html.parser import HTMLParser

STARTS = {
    "h1": "# ", "h2": "## ", "h3": "### ", "li": "- ", "summary": "> ", "tr": "", "p": "",
    "dt": "", "dd": "  ", "caption": "", "figcaption": "", "legend": "",
}  # fmt: skip
"""What starts a line, and how."""
CELLS = {"th", "td"}
APART = {"span", "small", "text", "label", "br"}
"""What is apart from the words before it, though on their line."""
CODE = "\u2502"
"""What a line of code starts with; its spaces are kept."""


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.code = 0
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = dict(attrs)
        if tag in {"style", "script", "title"} or kept.get("class") == "nobody":
            self.silent = self.silent or tag
        if tag == "pre":
            self.code += 1
        is_line = self.code > 0 and (kept.get("class") or "").startswith(("l", "note"))
        if is_line or tag in {*STARTS, "figure"}:
            self.lines.append(f"{CODE}  " if is_line else STARTS.get(tag, ""))
        elif tag in APART:
            self.lines[-1] += " "
        if tag in CELLS and self.lines[-1].strip():
            self.lines[-1] += " | "
        for name in ("aria-label", "alt", "placeholder"):
            if kept.get(name):
                self.lines[-1] += f"[{kept[name]}] "

    def handle_endtag(self, tag: str) -> None:
        if tag == self.silent:
            self.silent = ""
        if tag == "pre":
            self.code -= 1
        if tag in STARTS:
            self.lines.append("")
        if tag == "i":
            self.lines[-1] += "  "

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.lines[-1] += data if self.code else re.sub(r"\s+", " ", data)


def page_text(html: str) -> str:
    """What a page says, in its order; what pictures and regions are called in brackets."""
    reader = _Lines()
    reader.feed(html)
    lines = [
        line.rstrip() if line.startswith(CODE) else re.sub(r"(?<=\S) +", " ", line).rstrip()
        for line in reader.lines
    ]
    kept = [line for line in lines if line.strip(" -#|")]
    return "".join(f"\n{line}\n" if line.startswith("#") else f"{line}\n" for line in kept).lstrip()
