"""The declaration of an assignment is checked when it is made, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.assignment import Assignment, Check, Global, Mistake, Part, Through
from grader.errors import AssignmentError
from grader.extract import Given

HERE = Path(__file__)


def check(name: str = "right", points: float = 1.0, **more: Any) -> Check:
    """Get a check that finds nothing."""
    return Check(name, lambda _: None, points=points, **more)


def part(name: str = "one", *checks: Check, **more: Any) -> Part:
    """Get a part with one check, or those given."""
    return Part(
        name,
        title="One",
        task="Do it.",
        checks=checks or (check(),),
        cases=lambda _: (),
        **more,
    )


def assignment(*parts: Part, **more: Any) -> Assignment:
    """Get an assignment with these parts; any file does for its notebook."""
    return Assignment("tiny", title="Tiny", parts=parts, **{"notebook": HERE, **more})


def problem(*parts: Part, **more: Any) -> str:
    """Get the message with which an assignment is refused."""
    with pytest.raises(AssignmentError) as caught:
        assignment(*parts, **more)
    return str(caught.value)


def test_points_add_up() -> None:
    """A part offers the points of its checks, an assignment those of its parts."""
    made = assignment(part("one", check("a", 0.1), check("b", 0.2)), part("two", check("a", 0.7)))
    assert made.part("one").points == pytest.approx(0.3)
    assert made.points == 1.0
    assert made.part("two").name == "two"


def test_unknown_part_is_key_error() -> None:
    """Asking for a part that is not there is a KeyError with its name."""
    with pytest.raises(KeyError) as caught:
        assignment(part()).part("three")
    assert caught.value.args == ("three",)


def test_nothing_to_grade_is_refused() -> None:
    """An assignment needs parts."""
    assert problem() == "assignment 'tiny': it has no parts; add at least one Part"


def test_missing_notebook_is_refused() -> None:
    """Each notebook that is handed out must be there; the message gives no folder."""
    missing = HERE.with_name("missing.ipynb")
    assert problem(part(), notebook=missing) == (
        "assignment 'tiny': notebook 'missing.ipynb' does not exist; check the path"
    )
    assert problem(part(), also_handed_out=(HERE, missing)) == (
        "assignment 'tiny': notebook 'missing.ipynb' does not exist; check the path"
    )


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((part("one"), part("one")), "part 'one' is declared 2 times; name it once"),
        ((part("no name"),), "part 'no name': a part is named like a function, got 'no name'"),
        (
            (part("one", check("a"), check("a"), check("a")),),
            "part 'one': check 'a' is declared 3 times",
        ),
        ((part("one", check("a", 0.0)),), "part 'one': its checks give no points, got 0"),
        (
            (part("one", check("a", -1.0), check("b", 3.0)),),
            "part 'one', check 'a': points, got -1.0",
        ),
        (
            (part("one", check("a", float("inf"))),),
            "part 'one', check 'a': points, got inf",
        ),
        (
            (part("one", check("a", needs=("b", "a", "c"))),),
            "part 'one', check 'a': needs unknown checks ['b', 'c']",
        ),
        (
            (part("one", uses=("two",)), part("two")),
            "part 'one': uses 'two', which is no earlier part",
        ),
        ((part("one", uses=("one",)),), "part 'one': uses 'one', which is no earlier part"),
        (
            (part("one", through=Through("three", 0)),),
            "part 'one': is taken through 'three', which is no part",
        ),
        (
            (part("one", stand_in="one"),),
            "part 'one': has a stand-in but the assignment has no stand-in text",
        ),
    ],
)
def test_problem_is_named(parts: tuple[Part, ...], words: str) -> None:
    """Each problem says where it is, what is wrong and what was found."""
    assert problem(*parts) == f"assignment 'tiny': {words}"


def test_problems_are_gathered() -> None:
    """All problems of a declaration stand in one message, in the order of the parts."""
    missing = HERE.with_name("missing.ipynb")
    one = part("one", check("a", 0.0), uses=("two",), stand_in="one")
    two = part("two", check("a"), check("a"), through=Through("three", 0))
    assert problem(one, two, two, notebook=missing) == (
        "assignment 'tiny': notebook 'missing.ipynb' does not exist; check the path; "
        "part 'two' is declared 2 times; name it once; "
        "part 'one': its checks give no points, got 0; "
        "part 'one': uses 'two', which is no earlier part; "
        "part 'one': has a stand-in but the assignment has no stand-in text; "
        "part 'two': check 'a' is declared 2 times; "
        "part 'two': is taken through 'three', which is no part; "
        "part 'two': check 'a' is declared 2 times; "
        "part 'two': is taken through 'three', which is no part"
    )


def test_not_a_number_is_refused() -> None:
    """Points that are no number are refused like negative ones."""
    assert "part 'one', check 'a': points, got nan" in problem(
        part("one", check("a", float("nan")))
    )


def test_sound_declaration_is_taken() -> None:
    """A declaration that uses everything in order is taken."""
    one = part("one", check("a"), check("b", 0.0, needs=("a",)), stand_in="one")
    two = part("two", uses=("one",), through=Through("three", 0))
    assert assignment(one, two, part("three"), stand_ins="def one(): pass").points == 3.0


def test_mistake_is_named_by_function() -> None:
    """The id of a mistake is the name of its function."""

    def squared_distances() -> None:
        """Squares."""

    assert Mistake(squared_distances, "These are squared.").name == "squared_distances"


def test_global_is_given_name() -> None:
    """A global is the same thing to the extraction, without its role."""
    made = Global(name="key", role="k", until="points")
    assert made.given == Given(name="key", until="points")
