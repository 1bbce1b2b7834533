"""The declaration of an assignment is checked when it is made, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.assignment import (
    Assignment,
    Case,
    Check,
    Global,
    Incorrect,
    InlinedIn,
    Input,
    Mistake,
    Part,
)
from grader.assignment.drawing import draw_cases
from grader.errors import AssignmentError
from grader.reading.slices import Given

HERE = Path(__file__)


def check(name: str = "right", points: Any = 1.0, **more: Any) -> Check:
    """Get a check that finds nothing."""
    return Check(name, lambda _: None, points=points, **more)


def part(name: str = "one", *checks: Check, **more: Any) -> Part:
    """Get a part with one check, or those given."""
    values = {"title": "One", "task": "Do it.", "cases": lambda _: (), **more}
    return Part(name, checks=checks or (check(),), **values)


def assignment(*parts: Part, **more: Any) -> Assignment:
    """Get an assignment with these parts; any file does for its notebook."""
    return Assignment("tiny", parts=parts, **{"title": "Tiny", "notebook": HERE, **more})


def flipped(y: int, x: int) -> int:
    """The inputs are exchanged."""
    return x - y


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
    assert problem() == "assignment 'tiny': no parts; add at least one Part"


def test_missing_notebook_is_refused() -> None:
    """Each notebook that is handed out must be there; the message gives no folder."""
    missing = HERE.with_name("missing.ipynb")
    assert problem(part(), notebook=missing) == (
        "assignment 'tiny': notebook 'missing.ipynb' does not exist; check the path"
    )
    assert problem(part(), other_versions=(HERE, missing)) == (
        "assignment 'tiny': notebook 'missing.ipynb' does not exist; check the path"
    )


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((part("one"), part("one")), "part 'one' is declared 2 times; use each name once"),
        (
            (part("no name"),),
            "part 'no name': the name of a part must be a valid function name, got 'no name'; use letters, digits, _",
        ),
        (
            (part("one", check("a"), check("a"), check("a")),),
            "part 'one': check 'a' is declared 3 times; use each name once",
        ),
        (
            (part("one", check("a", 0.0)),),
            "part 'one': its checks have no points, got 0; give a check points",
        ),
        (
            (part("one", check("a", -1.0), check("b", 3.0)),),
            "part 'one', check 'a': points: expected a number of at least 0, got -1.0; change it",
        ),
        (
            (part("one", check("a", float("inf"))),),
            "part 'one', check 'a': points: expected a number of at least 0, got inf; change it",
        ),
        (
            (part("one", check("a", needs=("b", "a"))),),
            "part 'one', check 'a': needs 'b', which is not a check of this part; name one",
        ),
        (
            (part("one", Check("a", 3, points=1)),),  # type: ignore[arg-type]
            "part 'one', check 'a': expected a function, got 3; pass its name without calling it",
        ),
        (
            (part("one", depends_on=("two",)), part("two")),
            "part 'one': depends on 'two', which is not an earlier part; earlier parts: none",
        ),
        (
            (part("zero"), part("one", depends_on=("one",))),
            "part 'one': depends on 'one', which is not an earlier part; earlier parts: zero",
        ),
        (
            (part("one", inlined_in=InlinedIn("three", 0)),),
            "part 'one': is inlined in 'three', which is not a part; parts: one",
        ),
        (
            (part("one", substitute="one"),),
            "part 'one': has a substitute, but the assignment has no `substitutes`; add their code there",
        ),
        (
            (part("one", rtol=1.5),),
            "part 'one': rtol: expected a number above 0 and below 1, got 1.5; try 1e-4",
        ),
        (
            (part("one", reference=7),),
            "part 'one': reference: expected a function, got 7; pass its name without calling it",
        ),
        (
            (part("one", inputs=(Input("no name"),)),),
            "part 'one', input 'no name': the name of an input must be a valid parameter name, got 'no name'; use "
            "letters",
        ),
        (
            (part("one", inputs=(Input("x", ("(",)),)),),
            "part 'one', input 'x': '(' is not a regular expression: missing ), unterminated "
            "subpattern at position 0; fix it",
        ),
        (
            (part("one", inputs=(Input("x", (), ("x +",)),)),),
            "part 'one', input 'x': 'x +' is not an expression: invalid syntax in line 1; fix it",
        ),
        (
            (part("one", inputs=(Input("x", from_part=("two", 0)),)),),
            "part 'one', input 'x': comes from 'two', which is not an earlier part; name one",
        ),
        (
            (part("one", inputs=(Input("x"), Input("y")), mistakes=(Mistake(flipped, "No."),)),),
            "part 'one', mistake 'flipped': takes (y, x), but the part's inputs are (x, y); give it "
            "the same parameters",
        ),
        (
            (part("one", mistakes=(Mistake("flipped", "No."),)),),  # type: ignore[arg-type]
            "part 'one', mistake: expected a function, got 'flipped'; pass its name without calling it",
        ),
        (
            (part("one", mistakes=(Mistake(flipped, " "),)),),
            "part 'one', mistake 'flipped': no message; describe what is wrong",
        ),
        (
            (part("one", inputs=Input("x")),),
            "part 'one': inputs: expected a tuple, got an Input; put a comma after it",
        ),
        (
            (part("one", depends_on=["zero"]),),
            "part 'one': depends_on: expected a tuple, got a list; use parentheses",
        ),
        (
            (part("one", mistakes=(flipped, Mistake(flipped, "No."))),),
            "part 'one': mistakes: contains a function, which is not a Mistake; write Mistake(...)",
        ),
        (
            (part("one", check("a", points="5")),),
            "part 'one', check 'a': points: expected a number, got '5'; write it without quotes",
        ),
        (
            (part("one", any_order=1),),
            "part 'one': any_order: expected True or False, got 1; write one of them",
        ),
        (
            (part("one", check("a", visibility="public"), check("b", compares_values="no")),),
            "part 'one', check 'a': visibility: expected a Visibility, got 'public'; write "
            "Visibility.PUBLIC or Visibility.HIDDEN\nassignment 'tiny': part 'one', check 'b': "
            "compares_values: expected True or False, got 'no'; write one of them",
        ),
        (
            (part("one", rtol="1e-4", substitute=flipped),),
            "part 'one': substitute: expected a string, got a function; put it in quotes\n"
            "assignment 'tiny': part 'one': rtol: expected a number, got '1e-4'; write it without "
            "quotes",
        ),
        (
            (part("one", mistakes=(Mistake(flipped, 3),)),),  # type: ignore[arg-type]
            "part 'one', mistake 'flipped': message: expected a string, got 3; put it in quotes",
        ),
        (
            (part("one", check("a", needs="b")),),
            "part 'one', check 'a': needs: expected a tuple, got a str; put a comma after it",
        ),
    ],
)
def test_problem_is_named(parts: tuple[Part, ...], words: str) -> None:
    """Each problem says where it is, what is wrong and what was found."""
    assert problem(*parts) == f"assignment 'tiny': {words}"


def test_problems_are_gathered() -> None:
    """All problems of a declaration stand in one message, in the order of the parts."""
    missing = HERE.with_name("missing.ipynb")
    one = part("one", check("a", 0.0), depends_on=("two",), substitute="one")
    two = part("two", check("a"), check("a"), inlined_in=InlinedIn("three", 0))
    assert problem(one, two, two, notebook=missing, total=5).splitlines() == [
        "assignment 'tiny': " + line
        for line in (
            "notebook 'missing.ipynb' does not exist; check the path",
            "part 'two' is declared 2 times; use each name once",
            "part 'one': its checks have no points, got 0; give a check points",
            "part 'one': depends on 'two', which is not an earlier part; earlier parts: none",
            "part 'one': has a substitute, but the assignment has no `substitutes`; add their code there",
            *2
            * (
                "part 'two': check 'a' is declared 2 times; use each name once",
                "part 'two': is inlined in 'three', which is not a part; parts: one, two, two",
            ),
            "points: the parts give 4 (one 0, two 2, two 2), `total` says 5; change one",
        )
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"total": 2}, "points: the parts give 1 (one 1), `total` says 2; change one"),
        ({"title": " "}, "title: is empty; write what students should see"),
        (
            {"substitutes": "def f(:"},
            "substitutes: is not valid Python: invalid syntax in line 1; fix the text",
        ),
        (
            {"equivalent_mutants": {"one: -a|+b": " "}},
            "equivalent mutant 'one: -a|+b': no reason given; say why it is also correct",
        ),
        (
            {"notebook": "tiny.ipynb", "total": "1"},
            "notebook: expected a path, got 'tiny.ipynb'; write Path(...)\nassignment 'tiny': total: expected a number, got '1'; write it without quotes",
        ),
        ({"title": None}, "title: expected a string, got None; put it in quotes"),
        (
            {"solutions": Path("alternative.py")},
            "solutions: expected a tuple, got a Path; put a comma after it",
        ),
        (
            {"solutions": (HERE.with_name("none.py"),)},
            "solution 'none.py' does not exist; check the path",
        ),
    ],
)
def test_problem_of_whole_is_named(more: dict[str, Any], words: str) -> None:
    """What is wrong with the whole is told like what is wrong with a part."""
    assert problem(part(), **more) == f"assignment 'tiny': {words}"


@pytest.mark.parametrize("share", [50, -0.1, float("nan"), "0.5", True])
def test_share_is_no_share(share: Any) -> None:
    """A share that is none is the check's fault, so that it gives no points."""
    with pytest.raises(ValueError, match="Incorrect: earned") as caught:
        Incorrect("No.", earned=share)
    assert str(caught.value) == (f"Incorrect: earned: expected a share from 0 to 1, got {share!r}")


def test_share_may_be_rounded() -> None:
    """A sum of shares that rounding brings above 1 is 1."""
    assert Incorrect("No.", earned=1 + 1e-15).earned == 1.0


def test_cases_are_validated_when_drawn() -> None:
    """Whoever draws the cases is told all that is wrong with them."""
    twice = (Case("a"), Case("a"), Case("b", visibility="public"))  # type: ignore[arg-type]
    made = part(cases=lambda _: twice, cases_if_omitted={"k": lambda _: ()})
    with pytest.raises(AssignmentError) as caught:
        draw_cases(made, np.random.default_rng(0))
    assert caught.value.lines == (
        "part 'one': 2 test cases are named 'a'; use each name once",
        "part 'one': test case 'b': visibility: expected a Visibility, got 'public'; write "
        "Visibility.PUBLIC or Visibility.HIDDEN",
    )
    with pytest.raises(
        AssignmentError, match="part 'one': `cases` returned no test case; return at least one"
    ):
        draw_cases(made, np.random.default_rng(0), cases=made.cases_if_omitted["k"])


def test_single_part_is_told() -> None:
    """A part that stands where a tuple of parts is needed is told as the missing comma."""
    with pytest.raises(AssignmentError) as caught:
        Assignment("tiny", title="Tiny", parts=part(), notebook=HERE)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "assignment 'tiny': parts: expected a tuple, got a Part; put a comma after it"
    )


def test_single_check_is_told() -> None:
    """So is a check."""
    alone = Part("one", title="One", task="Do.", checks=check(), cases=lambda _: ())  # type: ignore[arg-type]
    assert problem(alone) == (
        "assignment 'tiny': part 'one': checks: expected a tuple, got a Check; put a comma after it"
    )


def test_not_a_number_is_refused() -> None:
    """Points that are no number are refused like negative ones."""
    assert "check 'a': points: expected a number of at least 0, got nan" in problem(
        part("one", check("a", float("nan")))
    )


def test_sound_declaration_is_taken() -> None:
    """A declaration that uses everything in order is taken."""
    one = part("one", check("a"), check("b", 0.0, needs=("a",)), substitute="one")
    two = part("two", depends_on=("one",), inlined_in=InlinedIn("three", 0))
    assert assignment(one, two, part("three"), substitutes="def one(): pass").points == 3.0


def test_mistake_is_named_by_function() -> None:
    """The id of a mistake is the name of its function."""

    def squared_distances() -> None:
        """Squares."""

    assert Mistake(squared_distances, "These are squared.").name == "squared_distances"


def test_global_is_given_name() -> None:
    """A global is the same thing to the extraction, without its role."""
    made = Global(name="key", role="k", before="points")
    assert made.given == Given(name="key", until="points")
