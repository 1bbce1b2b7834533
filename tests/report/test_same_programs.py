"""Tests of `grader.report.same_programs`: groups of students with one wrong program."""

from dataclasses import replace

import pytest
from sample_results import by_hand, check, part, result

from grader.report.class_text import batch_summary
from grader.report.result_json import stored
from grader.report.same_programs import SameProgram, common_line, counted_lines, same_programs
from grader.report.stored import StoredResult
from grader.results import CheckResult, Excerpt, PartResult, State, SubmissionStatus

ONE, OTHER = "0123456789abcdef", "fedcba9876543210"
LOST = check("values", "failed")
CODE = '''def double(x):
    """Double the numbers, however many there are of them in this long line."""
    # a comment that is longer than all the lines of code are together
    y = x * 3  # three?
    return y'''


def wrong(program: str = ONE, source: str = CODE, **fields: object) -> PartResult:
    """A part that lost points, with a program."""
    fields = {"checks": (check(), LOST), "excerpt": Excerpt(source=source), **fields}
    return part(State.PARTLY, program=program, **fields)


def named(student: str, *parts: PartResult, **fields: object) -> StoredResult:
    """The stored result of a student."""
    return stored(result(*parts, student=student, **fields))


def groups(*parts: PartResult) -> list[tuple[int, tuple[str, ...]]]:
    """The groups of a class with a part each and a correct one: which part, and which students."""
    made = [named(str(i), item, part(name="after")) for i, item in enumerate(parts)]
    return [(group.part, group.students) for group in same_programs(made)]


def test_same_program_is_one_group() -> None:
    """Students with one program that loses points are a group, the largest group first."""
    made = [
        named("a", wrong()), named("b", wrong(OTHER)), named("c", wrong(OTHER)),
        named("d", wrong()), named("e", wrong(OTHER)), named("f", wrong("0" * 16)),
    ]  # fmt: skip
    shared = {"part": 1, "title": "Double the numbers", "line": "y = x * 3"}
    assert same_programs(made) == [
        SameProgram(program=OTHER, students=("b", "c", "e"), **shared),  # type: ignore[arg-type]
        SameProgram(program=ONE, students=("a", "d"), **shared),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    "other",
    [
        wrong(OTHER),
        wrong(""),
        wrong(checks=(replace(LOST, mistake="sign"),)),
        wrong(checks=(check(), LOST, replace(LOST, name="more", mistake="sign"))),
        wrong(checks=(check(),)),
        wrong(checks=(check(), replace(by_hand(), status=LOST.status))),
        replace(wrong(checks=(check(),)), state=State.CORRECT),
        replace(wrong(), state=State.UNCHECKED),
        wrong(name="triple"),
    ],
    ids="program none known known_by_one nothing_lost by_hand correct unchecked part".split(),
)
def test_others_are_no_group(other: PartResult) -> None:
    """A group has one part, one program, points lost by the grader, and no known mistake."""
    assert groups(wrong(), wrong()) == [(1, ("0", "1"))]
    assert groups(wrong(), other) == []


def test_program_alone_is_no_group() -> None:
    """One part's program is not that of another, and those without a program are no group."""
    assert groups(wrong("", excerpt=None), wrong("", excerpt=None)) == []
    two = [named("a", wrong(), wrong(name="triple")), named("b", wrong(), wrong(name="triple"))]
    assert [(group.part, group.students) for group in same_programs(two)] == [
        (1, ("a", "b")), (2, ("a", "b")),
    ]  # fmt: skip


@pytest.mark.parametrize("lost", [LOST, check("loop", "error", stopped_by="timeout")])
def test_stopped_programs_are_grouped(lost: CheckResult) -> None:
    """A program that is not correct and one that never ends are grouped alike."""
    stopped = wrong(checks=(lost,))
    assert groups(stopped, replace(stopped, state=State.TIMEOUT)) == [(1, ("0", "1"))]


def test_who_does_not_count_is_in_no_group() -> None:
    """Who is no longer there, or could not be read, makes no group."""
    gone = replace(named("b", wrong()), is_gone=True)
    unread = named("c", wrong(), status=SubmissionStatus.UNREADABLE)
    assert same_programs([named("a", wrong()), gone, unread]) == []


def test_line_that_all_share() -> None:
    """The longest line that all wrote is shown, however it is spaced, without its comment."""
    one = "def f(x):\n    y = jnp.sum(x,axis=0)  # rows?\n    n = x.shape[0]\n    return y / n\n"
    other = "def g(x):\n  n = x.shape[0]\n  m = 1\n  y = jnp.sum(x, axis=0)\n  return y/n\n"
    assert common_line([one, other]) == "y = jnp.sum(x,axis=0)"
    assert common_line([other, one]) == "y = jnp.sum(x, axis=0)"
    assert common_line([one, "def f(x):\n    n = x.shape[0]\n    return 1\n"]) == "n = x.shape[0]"


def test_statement_over_lines_is_one() -> None:
    """A statement over several lines is one line, without the comments in it."""
    long = "def f(x):\n    y = jnp.sum(  # all\n        x,\n        axis=0,\n    )\n    return y"
    short = "def f(x):\n    y = jnp.sum(x, axis=0,)\n    return y"
    assert common_line([long, short]) == "y = jnp.sum( x, axis=0, )"
    assert common_line([short, long]) == "y = jnp.sum(x, axis=0,)"


def test_head_docstring_and_comments_say_nothing() -> None:
    """What a group shares of the starter code's head is no line of their own code."""
    assert common_line([CODE, CODE]) == "y = x * 3"
    assert common_line([CODE.replace("3", "4"), CODE.replace("y", "z")]) == ""
    decorated = "@jax.jit\n@partial(jax.vmap, in_axes=(0, None))\nasync def f(x):\n    return -x"
    assert common_line([decorated, decorated]) == "return -x"
    assert common_line(["f = jax.jit(lambda x: 3 * x)"] * 2) == "f = jax.jit(lambda x: 3 * x)"
    assert common_line(["def f(x): return 3 * x"] * 2) == "def f(x): return 3 * x"


def test_returned_names_come_last() -> None:
    """A return of nothing but names is shown where nothing else is shared."""
    one = "def f(x):\n    a = x * 3\n    return (assignment, distortions)"
    assert common_line([one, one]) == "a = x * 3"
    other = one.replace("a = x * 3", "a = 3 * x")
    assert common_line([one, other]) == "return (assignment, distortions)"
    computed = one.replace("(assignment, distortions)", "a.sum()")
    assert common_line([computed, computed.replace("a = x * 3", "a = x")]) == "return a.sum()"


def test_line_of_correct_answers_comes_later() -> None:
    """A line that correct answers have too says less than a shorter one that they do not have."""
    code = "def f(x):\n    centered = x - jnp.mean(x, axis=0)\n    return centered * 3"
    correct = code.replace("3", "2")
    assert common_line([code, code]) == "centered = x - jnp.mean(x, axis=0)"
    assert common_line([code, code], counted_lines([correct])) == "return centered * 3"
    made = [
        named("a", wrong(source=code)), named("b", wrong(source=code)),
        named("c", part(program=OTHER, excerpt=Excerpt(source=correct))),
    ]  # fmt: skip
    assert [group.line for group in same_programs(made)] == ["return centered * 3"]


def test_line_of_most_where_none_is_of_all() -> None:
    """Where one of the group wrote it otherwise, the line of the others is shown."""
    other = "def f(x):\n    z = x + x + x\n    return z"
    assert common_line([other, CODE, CODE]) == "y = x * 3"
    longer = "def f(x):\n    a_longer_line_of_two = x + x\n    y = x * 3"
    assert common_line([longer, longer, CODE]) == "y = x * 3"
    assert common_line([other, CODE]) == ""
    assert common_line([CODE, "", CODE]) == "y = x * 3"
    assert common_line(["", ""]) == ""


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    y = x * 3\n    return jnp.sum(",
        "def f(x):\n    y = x * 3\n  return y",
        "    y = x * 3\n    ?!$\n  z",
        'def f(x):\n    y = x * 3\n    """never ended',
        "def f(x):\n    y = x * 3\n    z = " + "(" * 1000,
        "def f(x):\n    y = x * 3\n    …",
    ],
)
def test_code_that_is_cut_off(source: str) -> None:
    """Of code that cannot be read to its end, the lines before are compared."""
    assert common_line([source, CODE]) == "y = x * 3"


def test_terminal_says_how_many() -> None:
    """The summary of a class has a line for the groups, where there are any."""
    made = [named(str(i), wrong()) for i in range(4)]
    line = "1 possible new mistake: a group of students with the same incorrect program.\n"
    assert line in batch_summary(made, duration_s=1)
    made += [named(f"b{i}", wrong(OTHER)) for i in range(2)]
    said = batch_summary(made, duration_s=1)
    assert "2 possible new mistakes: groups of students with the same incorrect program.\n" in said
    assert max(map(len, said.splitlines())) <= 80
    german = batch_summary(made, duration_s=1, lang="de")
    assert "2 mögliche neue Fehler: Gruppen mit je demselben falschen Programm.\n" in german
    assert "possible" not in batch_summary(made[3:5], duration_s=1)
