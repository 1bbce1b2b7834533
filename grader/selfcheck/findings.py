"""What a self-check finds, in words: which checks agree, what differs, and what to do next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.catalog import Catalog, Message
from grader.compare import Difference, Reason
from grader.report import wording
from grader.report.numbers import pair, score
from grader.results import State
from grader.running import jax_errors
from grader.safe_text import NAME_LIMIT, visible
from grader.selfcheck.examples import ExamplePart
from grader.selfcheck.run import LIMIT_S, Outcome, Run, StudentError, innermost

MOST_FINDINGS = 3


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What there is to say, before it is drawn."""

    title: str
    name: str = ""
    """The part's name in the notebook, where the title is another."""
    word: str = ""
    look: wording.Look = wording.LOOKS[State.NOT_STARTED]
    findings: tuple[wording.Finding, ...] = ()
    line: int | None = None
    """The line of the cell that raised, where its code is known, and below that code."""
    code: tuple[str, ...] = ()
    next_step: str = ""
    small: tuple[str, ...] = ()

    @property
    def sign(self) -> str:
        """The sign before the word."""
        return self.look.glyph


def short(text: str) -> str:
    """A name of the student's or the author's, no longer than fits."""
    return visible(text, NAME_LIMIT)


def compared(
    title: str,
    run: Run,
    outcomes: Sequence[Outcome],
    texts: Catalog,
) -> Summary:
    """What there is to say when all calls have ended."""
    right, lost = [], []
    for value, found in outcomes:
        if found is None:
            name = visible(texts.tell(value.called))
            right.append(wording.sentence(texts.say("selfcheck.right", name=name)))
        else:
            lost.append(wording.sentence(_finding(found, texts)))
    state = State.PARTLY if right and lost else State.NOT_YET if lost else State.CORRECT
    matched = math.fsum(
        check.points
        for check, (_, found) in zip(run.part.checks, outcomes, strict=True)
        if found is None
    )
    kept = right[: MOST_FINDINGS - min(len(lost), MOST_FINDINGS - bool(right))]
    lines = [(wording.LOOKS[State.CORRECT], text) for text in dict.fromkeys(kept)]
    lines += [(wording.LOOKS[State.NOT_YET], text) for text in dict.fromkeys(lost)]
    first = next((found for _, found in outcomes if found is not None), None)
    return Summary(
        title=title,
        word=texts.say("selfcheck.matches" if not lost else f"state.word.{state}"),
        look=wording.LOOKS[state],
        findings=tuple(wording.Finding(look=look, text=text) for look, text in lines)[
            :MOST_FINDINGS
        ],
        next_step=_next_step(first, run, texts) if first else "",
        small=_small(run.part, matched, texts),
    )


def _finding(found: Difference | Message, texts: Catalog) -> str:
    """What differs, with the worst entry and what it should be."""
    if isinstance(found, Message):
        return texts.tell(found)
    got, want, is_off = found.got, found.want, found.is_off
    if found.reason is not Reason.VALUES or got is None or want is None or is_off is None:
        return texts.tell(found.message)
    if want.dtype.kind in "iub" or found.allowed is None:
        flat = int(np.argmax(is_off))
    else:
        with np.errstate(all="ignore"):
            excess = np.abs(got - want) / np.maximum(found.allowed, 1e-300)
        flat = int(np.argmax(np.where(is_off, excess, -1.0)))
    index = ", ".join(str(int(i)) for i in np.unravel_index(flat, want.shape))
    own = texts.tell(found.name)
    name = own.strip("`")
    place = f"`{name if name.isidentifier() else ''}[{index}]`" if want.ndim else own
    shown_got, shown_want = pair(got.flat[flat], want.flat[flat])
    return texts.say(
        "selfcheck.values_here",
        text=texts.tell(found.message),
        place=place,
        got=shown_got,
        want=shown_want,
    )


def _next_step(found: Difference | Message, run: Run, texts: Catalog) -> str:
    order = run.argument_order()
    if order is not None:
        return texts.tell(order)
    code = getattr(innermost(run.function), "__code__", None)
    used = [name for name in run.part.uses if name in getattr(code, "co_names", ())]
    if used:
        listed = wording.enumerated([f"`{short(name)}`" for name in used], texts)
        return texts.say("selfcheck.next_uses", parts=listed)
    if isinstance(found, Message):
        return texts.say("next.structure")
    is_values = found.reason is Reason.VALUES
    return texts.say("selfcheck.next_values" if is_values else f"next.{found.reason}")


def raised(title: str, error: StudentError, run: Run, texts: Catalog) -> Summary:
    """What there is to say when the student's function raised."""
    text_id = "selfcheck.stopped" if error.line is None else "selfcheck.stopped_line"
    told = visible(jax_errors.tidy_message(error.kind, error.message))
    words = texts.say(text_id, text=told, line=error.line)
    explained = jax_errors.explain(error.kind, error.message)
    advice = texts.tell(explained.advice) if explained else texts.say("next.error")
    order = run.argument_order()
    step = texts.tell(order) if order else advice
    code: tuple[str, ...] = (error.code,) if error.code else ()
    if explained and code:
        words, code = texts.tell(explained.cause), (error.code, told)
    said = _halted(title, State.ERROR, wording.sentence(words), step, run.part, texts)
    return replace(said, line=error.line if code else None, code=code)


def timed_out(title: str, part: ExamplePart, texts: Catalog) -> Summary:
    """What there is to say when the time is used up."""
    words = wording.sentence(texts.say("selfcheck.timeout", n=round(LIMIT_S)))
    return _halted(title, State.TIMEOUT, words, texts.say("next.timeout"), part, texts)


def _halted(  # noqa: PLR0913, PLR0917  (what is said)
    title: str, state: State, words: str, step: str, part: ExamplePart, texts: Catalog
) -> Summary:
    look = wording.LOOKS[state]
    return Summary(
        title=title,
        word=texts.say(f"state.word.{state}"),
        look=look,
        findings=(wording.Finding(look=look, text=words),),
        next_step=wording.sentence(step),
        small=_small(part, 0.0, texts),
    )


def _small(part: ExamplePart, matched: float, texts: Catalog) -> tuple[str, ...]:
    """That this is a self-check, what it found, and what it cannot tell."""
    most = math.fsum(check.points for check in part.checks)
    counts = {"score": score(matched), "max_score": score(most)}
    said = texts.say("selfcheck.so_far", n=most, **counts)
    rest = part.points - most
    if rest > 0:
        said += " " + texts.say("selfcheck.more", n=round(rest, 4), count=score(rest))
    return (said,)
