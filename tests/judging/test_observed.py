"""An error in what a check makes of an answer is told as such, and as ours where it is ours."""

from __future__ import annotations

import json
from pathlib import Path

from tiny_class import graded_parts, run

DECLARATION = '''
"""A pair of functions that is looked at by what it does, and a check with an expression."""
from pathlib import Path

from grader import ready
from grader.assignment import Assignment, Check


def inputs(draw, n):
    return {"x": draw.normal(size=n)}


def pair(x):
    return (lambda y: y + x), (lambda y: y * x)


cases = ready.drawn(inputs, example=4, hidden=(3, 5))
OBSERVE = {"first": "{call}[0](x)", "second": "{call}[1](x)"}
ASSIGNMENT = Assignment("seen", title="Seen", notebook=Path(__file__).with_name("seen.ipynb"), parts=(
    ready.part(pair, title="Pair", task="A pair.", cases=cases, observe=OBSERVE, checks=(
        Check("values", ready.matches_reference(), points=4),
        Check("expression", ready.satisfies("EXPRESSION", says="no"), points=2),
    )),
))
'''
GOOD = "({call}[1](x) == x * x).all()"
STUBS = "def pair(x):\n    # TODO\n    pass"
ANSWERS = {
    "return lambda y: y": (0, "`first` could not be computed from what your code returns. "),
    "return (lambda y: y + x), 3": (0, "`second` could not be computed from what your code "),
    "return x.nothing": (0, "your code raised an error in line 1."),
    "return (lambda y: y.nothing), abs": (0, "your code raised an error in line 1."),
    "return pair()": (0, "your code raised an error in line 1."),
    "return x, x": (1, "what your code returns could not be used as the check needs it. "),
}
"""What the part's code is, and by the number of a check what that says."""


def test_what_was_looked_at_is_named(tmp_path: Path) -> None:
    """An error in an expression over the answer names it; one in the code names its line."""
    declaration = DECLARATION.replace("EXPRESSION", GOOD)
    sources = {text: f"def pair(x): {text}\n" for text in ANSWERS}
    parts = graded_parts(tmp_path, "seen", declaration, STUBS, sources)
    for text, (number, said) in ANSWERS.items():
        check = parts[text]["pair"]["checks"][number]
        assert (check["status"], check["score"]) == ("error", 0)
        assert check["message"].startswith(said), text


def test_wrong_expression_is_ours(tmp_path: Path) -> None:
    """What raises for the reference too takes no points, and is told as ours."""
    right = {"right": "def pair(x): return (lambda y: y + x), (lambda y: y * x)\n"}
    declaration = DECLARATION.replace("EXPRESSION", GOOD)
    part = graded_parts(tmp_path, "seen", declaration, STUBS, right)["right"]["pair"]
    assert [check["score"] for check in part["checks"]] == [4, 2]
    declaration = DECLARATION.replace("EXPRESSION", "missing({call})")
    (tmp_path / "seen" / "assignment.py").write_text(declaration, "utf-8")
    (tmp_path / "right.py").write_text(right["right"], "utf-8")
    told = tmp_path / "result.json"
    ran = run("check", tmp_path / "right.py", "-a", tmp_path / "seen", "--json", told)
    (part,) = json.loads(told.read_text("utf-8"))["parts"]
    assert ran.code == 3
    assert [check["score"] for check in part["checks"]] == [4, 0]
    assert part["checks"][1]["message"] == "could not be checked"
    assert "the check itself raised NameError" in ran.err
