"""Which known mistake a student's answers are taken for, where several fit."""

import inspect
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.assignment import Case, Check, Input, Mistake, Part
from grader.judging.known_mistakes import recognize

WRONG = '''
import jax.numpy as jnp


def half(x):
    """Wrong for large numbers and for negative ones."""
    return jnp.where((x > 10) | (x < 0), 0.0, x)


def quarter(x):
    """Wrong for large numbers only, and in the same way."""
    return jnp.where(x > 10, 0.0, x)


def a_bit(x):
    """Off by less than 32 bits can tell."""
    return x * (1 + 1e-7)
'''


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The mistakes, in a file of their own as those of an assignment are."""
    path = Path(tmp_path_factory.mktemp("wrong")) / "wrong_identities.py"
    path.write_text(WRONG, encoding="utf-8")
    module = ModuleType("wrong_identities")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    exec(compile(WRONG, str(path), "exec"), module.__dict__)  # noqa: S102
    assert inspect.getsource(module)
    return module


def taken_for(functions: list[Any], answer: Any, rtol: float) -> str:
    """The name of the mistake that a function is taken for, on numbers of all sizes."""
    numbers = [[1.0], [20.0, 1.0], [30.0, 1.0, 2.0], [-4.0, 1.0, 2.0, 3.0]]
    cases = tuple(Case(f"{len(x)} numbers", inputs={"x": np.array(x)}) for x in numbers)
    part = Part(
        "same",
        title="Same",
        task="Return it.",
        inputs=(Input("x"),),
        cases=lambda _: cases,
        reference=lambda x: x,
        rtol=rtol,
        mistakes=tuple(Mistake(one, f"This is {one.__name__}.", hint="Look.") for one in functions),
        checks=(Check("same", lambda _: None, points=1),),
    )
    student = SimpleNamespace(
        cases=cases,
        rtol=rtol,
        answer=lambda case: answer(case.inputs["x"]),
        expected=lambda case: case.inputs["x"],
    )
    assignment = SimpleNamespace(substitutes="", parts=(part,))
    found = recognize(student, assignment, part)  # type: ignore[arg-type]
    return found.name if found else ""


def test_the_mistake_that_explains_more_is_told(wrong: ModuleType) -> None:
    """Of two that fit wherever they are wrong, the one that is wrong more often is the mistake."""
    for functions in ([wrong.half, wrong.quarter], [wrong.quarter, wrong.half]):
        assert taken_for(functions, lambda x: np.where((x > 10) | (x < 0), 0.0, x), 1e-4) == "half"
        assert taken_for(functions, lambda x: np.where(x > 10, 0.0, x), 1e-4) == "quarter"


def test_a_mistake_is_told_within_the_part_s_tolerance(wrong: ModuleType) -> None:
    """What is wrong by little is a mistake where the part asks for many digits, and only there."""
    assert taken_for([wrong.a_bit], lambda x: x * (1 + 1e-7), 1e-10) == "a_bit"
    assert taken_for([wrong.a_bit], lambda x: x * (1 + 1e-7), 1e-4) == ""
    assert taken_for([wrong.a_bit], lambda x: x * (1 + 2e-7), 1e-10) == ""
