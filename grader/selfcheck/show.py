"""A self-check as a notebook shows it: HTML of a few kilobytes, and plain text."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from grader.catalog import Catalog, catalog
from grader.report import wording
from grader.report.page import environment
from grader.safe_text import visible
from grader.selfcheck.findings import Summary

MOST_BYTES = 4096
_COLUMNS = 78
_LENGTHS = (300, 120, 40)
"""A text may be so long; the next one is tried when the whole would be too large."""


@dataclass(frozen=True, slots=True, repr=False)
class SelfCheck:
    """What a self-check says, as a notebook shows it and as plain text. It holds nothing else."""

    _html: str
    _text: str

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        """The text as HTML, for notebooks."""
        return self._html

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001  (IPython's call)
        """The plain text, for IPython in a terminal."""
        del cycle
        printer.text(self._text)


def shown(summary: Summary, lang: str) -> SelfCheck:
    """The summary, drawn."""
    template = environment(lang).get_template("selfcheck.html.j2")
    html = ""
    for length in _LENGTHS:
        html = template.render(said=_cut(summary, length))
        if len(html.encode("utf-8")) < MOST_BYTES:
            break
    return SelfCheck(html, _as_text(_cut(summary, _LENGTHS[0]), catalog(lang)))


def _cut(summary: Summary, length: int) -> Summary:
    """The same with no text longer than this, after what is invisible is shown."""

    def cut(text: str) -> str:
        return visible(visible(text, 2 * length), length)

    return Summary(
        title=cut(summary.title),
        name=cut(summary.name),
        word=summary.word,
        look=summary.look,
        findings=tuple(
            wording.Finding(look=line.look, text=cut(line.text)) for line in summary.findings
        ),
        line=summary.line,
        code=tuple(cut(line) for line in summary.code),
        next_step=cut(summary.next_step),
        small=tuple(cut(line) for line in summary.small),
    )


def _as_text(summary: Summary, texts: Catalog) -> str:
    head = wording.plain(summary.title) + (f" ({summary.name})" if summary.name else "")
    head += f"   {summary.word}" if summary.word else ""
    lines = textwrap.wrap(head, _COLUMNS)
    for finding in summary.findings:
        lines += _wrapped(f"  {finding.look.ascii} ", finding.text)
    start = f"  > {summary.line}  "
    for at, code in enumerate(summary.code):
        lines += textwrap.wrap(
            code,
            _COLUMNS,
            initial_indent=" " * len(start) if at else start,
            subsequent_indent=" " * len(start),
        )
    if summary.next_step:
        lines += _wrapped("  ", f"{texts.say('selfcheck.step')}: {summary.next_step}")
    for line in summary.small:
        lines += _wrapped("  ", line)
    return "\n".join(lines)


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(
        wording.plain(text), _COLUMNS, initial_indent=start, subsequent_indent=" " * len(start)
    )
