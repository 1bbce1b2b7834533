"""Students whose code does exactly the same wrong thing, where no known mistake says which.

The name of a program is the same however its variables and helpers are called, so each group is one
mistake that an assignment can describe once.
"""

from __future__ import annotations

import io
import token
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from grader.report import wording
from grader.report.attention import graded
from grader.report.stored import StoredPart, StoredResult
from grader.report.tally import part_names
from grader.results import State

_FEWEST = 2
"""Of so many students on it is a group; so many have to share a line."""
_SPACE = frozenset({token.INDENT, token.DEDENT, token.NL, token.COMMENT, token.ENCODING})
Line = tuple[str, ...]
"""A line of code as its tokens: the same however it is spaced."""
_HEADS = frozenset({"def", "class", "async", "@"})


@dataclass(frozen=True, kw_only=True)
class SameProgram:
    """The students whose code of a part does the same, and a line that it has in common."""

    part: int
    title: str
    program: str
    students: tuple[str, ...]
    line: str
    """'' where no two of them wrote the same line."""


def same_programs(results: Sequence[StoredResult]) -> list[SameProgram]:
    """The groups of a class, the largest first."""
    numbers = {name: number for number, name in enumerate(part_names(results), 1)}
    found: dict[tuple[int, str], list[tuple[str, StoredPart]]] = {}
    right: dict[int, list[str]] = {}
    for result in graded(results):
        for part in result.parts:
            number = numbers[part.name]
            if part.state is State.CORRECT:
                right.setdefault(number, []).append(part.source)
            elif _is_unexplained(part):
                found.setdefault((number, part.program), []).append((result.student, part))
    shared = {key: held for key, held in found.items() if len(held) >= _FEWEST}
    in_right = {
        number: counted_lines(right.get(number, ())) for number in {key[0] for key in shared}
    }
    groups = [
        SameProgram(
            part=number,
            title=held[0][1].title or held[0][1].name,
            program=program,
            students=tuple(student for student, _ in held),
            line=common_line([part.source for _, part in held], in_right[number]),
        )
        for (number, program), held in shared.items()
    ]
    return sorted(groups, key=lambda group: (-len(group.students), group.part, group.program))


def _is_unexplained(part: StoredPart) -> bool:
    """Whether a part with a program lost points that the grader gives, and no mistake fits."""
    lost = [check for check in part.checks if check.status in wording.LOSING]
    is_lost = any(not check.is_by_hand for check in lost)
    is_checked = part.state is not State.UNCHECKED
    return bool(part.program) and is_checked and is_lost and not any(c.mistake for c in part.checks)


def counted_lines(sources: Sequence[str]) -> Mapping[Line, int]:
    """How many of these codes have each line."""
    return Counter(key for source in sources for key in _lines(source))


def common_line(sources: Sequence[str], in_right: Mapping[Line, int] = MappingProxyType({})) -> str:
    """The line of these codes that says most about their fault; '' where no two share one.

    Most of them have it, and then: the fewest correct answers do, it is more than names that are
    returned, it is the longest. How it is spaced, and comments, do not matter.
    """
    lines = [_lines(source) for source in sources]
    count = Counter(key for one in lines for key in one)
    shared = [key for key, n in count.items() if n >= _FEWEST]
    if not shared:
        return ""
    best = min(
        shared,
        key=lambda key: (
            -count[key], in_right.get(key, 0), _returns_names(key), -sum(map(len, key)), key
        ),
    )  # fmt: skip
    return next(one[best] for one in lines if best in one)


def _returns_names(key: Line) -> bool:
    return key[0] == "return" and all(one.isidentifier() or one in "(,)" for one in key)


def _lines(source: str) -> dict[Line, str]:
    """The lines of a body by their tokens, a statement over several of them as one."""
    found: dict[Line, str] = {}
    for tokens in _statements(source):
        key = tuple(one.string for one in tokens)
        is_head = (key[0] in _HEADS and key[-1] == ":") or key[0] == "@"
        is_text = all(one.type == token.STRING for one in tokens)
        if not is_head and not is_text:
            found.setdefault(key, _as_written(tokens))
    return found


def _statements(source: str) -> Iterator[list[tokenize.TokenInfo]]:
    """The tokens of each statement, as far as the code can be read: it may be cut off."""
    tokens: list[tokenize.TokenInfo] = []
    try:
        for one in tokenize.generate_tokens(io.StringIO(source).readline):
            if one.type in (token.NEWLINE, token.ENDMARKER):
                if tokens:
                    yield tokens
                tokens = []
            elif one.type not in _SPACE:
                tokens.append(one)
    except (tokenize.TokenError, SyntaxError):
        return


def _as_written(tokens: Sequence[tokenize.TokenInfo]) -> str:
    """A statement in one line, as it was spaced, without comments."""
    said, row, column = "", tokens[0].start[0], tokens[0].start[1]
    for one in tokens:
        said += " " * (one.start[1] - column if one.start[0] == row else 1)
        said += one.string.replace("\n", " ")
        row, column = one.end
    return said
