"""The base of all HTML pages: the Jinja environment, the style and the security policy.

Everything is escaped by Jinja or here by `rich`; no template marks text as safe. A page
allows itself nothing but its own style, its own pictures and, for staff, its own script: if
some text should ever get through as markup, the browser still loads and runs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.catalog import Catalog, catalog
from grader.safe_text import visible

SPANS = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
"""What texts mark: code, and what is strong."""
_LONGEST = 2000


def rich(text: object) -> Markup:
    """`text` escaped, with `code` between backticks and **strong** between double stars."""
    if isinstance(text, Markup):
        return text
    shown = visible(str(text), _LONGEST)
    out, end = Markup(), 0
    for span in SPANS.finditer(shown):
        out += escape(shown[end : span.start()])
        code, strong = span.groups()
        out += Markup("<code>{}</code>").format(breaks(code)) if code else _strong(strong)
        end = span.end()
    return out + escape(shown[end:])


def _strong(text: str) -> Markup:
    return Markup("<strong>{}</strong>").format(text)


def breaks(text: str) -> Markup:
    """A name, escaped, that may break after an underscore in a narrow column."""
    return Markup("<wbr>").join(escape(piece) for piece in _after_underscore(text))


def _after_underscore(text: str) -> list[str]:
    return [piece for piece in re.split(r"(?<=[A-Za-z]_)(?=[A-Za-z])", text) if piece]


@cache
def style() -> str:
    """The style sheet as it stands in a page, without comments and needless space."""
    text = files("templates").joinpath("style.css").read_text("utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};]) ?", r"\1", text).strip()


@cache
def script() -> str:
    """The script of the pages for staff as it stands in them, without comments."""
    text = files("templates").joinpath("students.js").read_text("utf-8")
    return re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE).strip()


def policy(script: str = "") -> str:
    """The content security policy of a page: nothing but this style, pictures in it, a script."""
    allowed = f"; script-src '{_digest(script)}'" if script else ""
    return (
        f"default-src 'none'; style-src '{_digest(style())}'; img-src data:; "
        f"base-uri 'none'; form-action 'none'{allowed}"
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _source(name: str) -> str | None:
    file = files("templates").joinpath(name)
    return file.read_text("utf-8") if file.is_file() else None


@cache
def environment(lang: str = "en") -> Environment:
    """The templates' environment for a language, with the templates it has compiled."""
    texts = catalog(lang)
    env = Environment(
        autoescape=True,
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    env.filters["rich"] = rich
    env.filters["breaks"] = breaks
    env.globals.update(t=_Say(texts), lang=lang, policy=policy)
    env.globals.update(style=Markup(style()), script=Markup(script()))  # noqa: S704  (our own)
    return env


class _Say:
    """The catalog as the templates call it: every text is escaped, with its marks."""

    def __init__(self, texts: Catalog) -> None:
        self._texts = texts

    def __call__(self, text_id: str, **values: object) -> Markup:
        return rich(self._texts.say(text_id, **values))
