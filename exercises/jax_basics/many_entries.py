"""Test cases with many entries, made from the hidden ones, and whether an answer is a loop.

What is right for three entries may be wrong for a thousand. A loop over a thousand would take
seconds, though, so loops are asked for a few more only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exercises.jax_basics import cases
from grader.assignment import Case, Incorrect, Student
from grader.sandbox import Failure

Array = NDArray[Any]
Shapes = Mapping[str, tuple[int, ...]]

MANY: Mapping[str, tuple[Shapes, ...]] = {
    "gram": ({"x": (107, 103)},),
    "relu": ({"x": (509, 101)},),
    "sum_logistic": ({"x": (1009,)},),
    "grad_sum_logistic": ({"x": (1009,)},),
    "hessian_fn": ({"x": (1009,), "v": (1009,)},),
    "hessian_fn_vmap": ({"x": (103,)},),
    "hessian_jac": ({"x": (103,)},),
    "batched_apply_matrix": (
        {"w": (4, 3), "v_batched": (1009, 3)},
        {"w": (107, 103), "v_batched": (5, 103)},
    ),
}
"""The inputs' shapes by part: odd, prime, and above the usual round numbers."""
MAY_LOOP = MANY.keys() - {"relu"}
"""The parts in which a loop may be right, or cost some points only."""
MAX_GROWTH = 0.5
"""Operations, or lines of Python, per further entry: a loop has more, all else none."""


def larger(student: Student) -> tuple[Case, ...]:
    """Cases with more entries than the others: a few more for a loop, else many more."""
    case = case_of(student, cases.MORE)
    if is_loop(student):
        return (case,)
    return tuple(_repeated(case, shapes) for shapes in MANY[student.part_name])


def case_of(student: Student, name: str) -> Case:
    """The case of a name."""
    return next(case for case in student.cases if case.name == name)


def _repeated(case: Case, shapes: Shapes) -> Case:
    """A case of other shapes, with the same numbers over and over."""
    inputs = {
        name: np.resize(case.inputs[name], shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    sources = {id(value): name for name, value in case.inputs.items()}
    found = {name: inputs[sources[id(value)]] for name, value in case.globals.items()}
    return replace(case, name=f"many entries {shapes}", inputs=inputs, globals=found)


# Loops -------------------------------------------------------------------------------------


def is_loop(student: Student) -> bool:
    """Whether the work in Python grows with the entries, whether JAX or NumPy does it."""
    if student.part_name not in MAY_LOOP:
        return False
    one, few, more = (case_of(student, name) for name in (cases.ONE, cases.EXAMPLE, cases.MORE))
    try:
        # Where there is one entry only, some operations may be missing in what is no loop.
        return growth(student, one, few) > 1 and (
            not is_traced(student, few) or growth(student, few, more) > MAX_GROWTH
        )
    except Incorrect:
        return True  # its steps are not believed
    except Failure as failure:
        if failure.reason in {"timeout", "crashed"}:
            raise
        return True  # its steps cannot be counted


def growth(student: Student, few: Case, more: Case) -> float:
    """Operations in the traced program per further entry; lines of Python where JAX has none."""
    # NumPy cannot be traced, and need not be: what runs in Python is counted.
    size = student.program_size if is_traced(student, few) else student.steps
    return (size(more) - size(few)) / (_entries(more) - _entries(few))


def is_traced(student: Student, case: Case) -> bool:
    """Whether JAX can trace the part for a case."""
    try:
        student.program_size(case)
    except Failure as failure:
        if failure.is_final:
            raise
        return False
    return True


def _entries(case: Case) -> int:
    """How many entries, rows, or vectors there are."""
    return len(case.inputs.get("v_batched", case.inputs.get("x")))


# Right answers -----------------------------------------------------------------------------


def right_answer(student: Student, case: Case) -> Array:
    """The right answer to a case that was made here, in NumPy, which starts threads for `@`."""
    return _RIGHT[student.part_name](
        **{name: np.asarray(value, np.float64) for name, value in case.inputs.items()}
    )


def logistic(x: Array) -> Array:
    """The logistic function."""
    found: Array = 1 / (1 + np.exp(-x))
    return found


def gradient(x: Array) -> Array:
    """Its derivative."""
    return logistic(x) * (1 - logistic(x))


def _second(x: Array) -> Array:
    return gradient(x) * (1 - 2 * logistic(x))


_RIGHT: Mapping[str, Callable[..., Array]] = {
    "gram": lambda x: np.einsum("id,jd->ij", x, x),
    "relu": lambda x: np.maximum(x, 0),
    "sum_logistic": lambda x: logistic(x).sum(),
    "grad_sum_logistic": gradient,
    "hessian_fn": lambda x, v: _second(x) * v,
    "hessian_fn_vmap": lambda x: np.diag(_second(x)),
    "hessian_jac": lambda x: np.diag(_second(x)),
    "batched_apply_matrix": lambda w, v_batched: np.einsum("md,bd->bm", w, v_batched),
}
