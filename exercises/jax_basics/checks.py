"""What is checked in the exercise on first steps in JAX, part by part; draws: `draw_checks`."""

from __future__ import annotations

from typing import Any

from exercises.jax_basics import cases
from exercises.jax_basics.answers import LEFT_OVER, equal, right_for, right_for_others, takes
from exercises.jax_basics.many_entries import (
    MAX_GROWTH,
    case_of,
    gradient,
    growth,
    larger,
    right_answer,
)
from grader.assignment import Advice, Case, Incorrect, Student
from grader.catalog import say
from grader.compare import difference
from grader.results import Visibility
from grader.sandbox import Failure

EXACT = 1e-6
"""Room for a float64 that became a float32."""
NUMPY = "numpy", "numpy, float64"
"""The cases of NumPy arrays."""

HINT_TRACED = (
    "Look for a step that needs actual values before the end, such as a NumPy call, "
    "`float()`, or an `if`."
)
HINT_AT_ONCE = "Which JAX transformation replaces a list of calls with a single one?"
HINT_KIND = "Which package creates the value you return, NumPy or JAX?"
HINT_KIND_OF_WORK = "Which package does each step use, NumPy or JAX?"
HINT_CONSTANT = "Look for a step through which JAX cannot see a change of `x`."

# to_device, gram ---------------------------------------------------------------------------

KIND = (
    "(lambda y: (y, isinstance(y, jax.core.Tracer), isinstance(y, jax.Array) "
    "and not isinstance(y, jax.core.Tracer) and list(y.devices()) == jax.devices()[:1]))({call})"
)
# to_device, gram ---------------------------------------------------------------------------


def on_device(student: Student) -> None:
    """The result is an equal JAX array on the default device."""
    for case in student.cases:
        value, _, is_jax = _kind(student, case)
        want = case.inputs["x"].array
        found = difference(got=value, want=want, rtol=EXACT, ignore_kind=True)
        if found and case.visibility is Visibility.PUBLIC:
            raise Incorrect(found.message)
        if found and found.reason == "shape":
            raise Incorrect("the result has another shape than the input array")
        if found:
            raise Incorrect("the result is not equal to the input array")
        if not (is_jax and _is_jax(student, case)):
            words = "the result is not a JAX array on the default device"
            raise Incorrect(words, hint=HINT_KIND)
    takes(student, "x")


gram_example = right_for(cases.EXAMPLE, "x")
gram_others = right_for_others("x")


def gram_numpy(student: Student) -> None:
    """The answers for NumPy arrays of both float types are correct."""
    for name in NUMPY:
        case = case_of(student, name)
        equal(case, got=_kind(student, case)[0], want=student.expected(case))
    takes(student, "x")


def gram_is_jax(student: Student) -> None:
    """The result is a JAX array, for a JAX array and for NumPy arrays."""
    for name in (cases.EXAMPLE, *NUMPY):
        case = case_of(student, name)
        _, is_left_over, is_jax = _kind(student, case)
        if is_left_over:
            raise Incorrect(LEFT_OVER)
        if not (is_jax and _is_jax(student, case)):
            kind = say("a NumPy array") if name in NUMPY else say("a JAX array")
            words = say("for {kind} the result is not a JAX array", kind=kind)
            raise Incorrect(words, hint=HINT_KIND)


def _kind(student: Student, case: Case) -> tuple[Any, bool, bool]:
    """The answer, whether it is left from tracing, and whether it is a JAX array in its place."""
    told = student.evaluate(KIND, case, mode="eager")
    if not (isinstance(told, tuple) and len(told) == 3):
        raise Failure("not_plain_data", message="an answer without its kind")
    return told[0], told[1] is True, told[2] is True


def _is_jax(student: Student, case: Case) -> bool:
    """Whether the answer is a JAX array, as far as code that says so is believed."""
    return _kind(student.plain(), case)[2]


# relu --------------------------------------------------------------------------------------


relu_example = right_for(cases.EXAMPLE, "x")
relu_others = right_for_others("x")


def relu_compiled(student: Student) -> Advice | None:
    """The first call of a shape builds one program, a further call none."""
    case = case_of(student, "compiled")
    first, second = student.builds(case)
    if first and _is_done_by_numpy(student, case):
        first = 0
    if second:
        raise Incorrect("every call compiles the function again, so compiling does not help")
    if first != 1:
        many = say("the first call compiles a separate program for each operation")
        none = say("nothing is compiled, because JAX does not do the work")
        text = "{what}; a compiled function compiles a single program"
        raise Incorrect(say(text, what=many if first else none))
    name = student.function
    if student.evaluate(f"hasattr({name}, 'lower')", case, mode="eager") is not True:
        return Advice(
            say(
                (
                    "`{name}` itself is not compiled, but it counts because its body is a single "
                    "call to a compiled function"
                ),
                name=name,
            )
        )
    return None


NUMPY_KINDS = frozenset({"TracerArrayConversionError", "ConcretizationTypeError"})


def _is_done_by_numpy(student: Student, case: Case) -> bool:
    """Whether JAX cannot trace it since NumPy or Python asks for the numbers."""
    try:
        student.program_size(case)
    except Failure as failure:
        if failure.is_final:
            raise
        return failure.kind in NUMPY_KINDS
    return False


# Derivatives -------------------------------------------------------------------------------


function_example = right_for(cases.EXAMPLE, "x")
function_others = right_for_others("x")
product_example = right_for(cases.EXAMPLE, "x", "v")
product_others = right_for_others("x", "v")


def is_differentiable(student: Student) -> None:
    """JAX can take its gradient, which is that of the sum."""
    case = case_of(student, cases.OTHER)
    given = student.arguments
    if given is not None and "x" not in given:
        raise Incorrect(
            "your function has no parameter, so there is nothing to differentiate with respect to"
        )
    try:
        value = student.evaluate("jax.grad(lambda x: {call})(x)", case)
    except Failure as failure:
        if failure.is_final:
            raise
        words = "JAX cannot differentiate your function: use JAX operations throughout"
        raise Incorrect(words, hint=HINT_KIND_OF_WORK) from None
    if difference(got=value, want=gradient(case.inputs["x"])):
        words = "the gradient that JAX computes is not the gradient of the sum"
        raise Incorrect(words, hint=HINT_CONSTANT)


def has_fixed_size(student: Student) -> None:
    """JAX can trace it, and the traced program does not grow with the number of entries."""
    few = case_of(student, cases.EXAMPLE)
    try:
        student.program_size(few)
        more = larger(student)[0]
        grown = growth(student, few, more)
    except Failure as failure:
        if failure.is_final:
            raise
        if not _runs(student, cases.MORE):
            words = "your function raises an error for another size, so it is not measured"
            raise Incorrect(words) from failure
        words = "JAX cannot trace your function, so it does not work under `jit`"
        raise Incorrect(words, hint=HINT_TRACED) from failure
    if grown > MAX_GROWTH:
        raise Incorrect(
            "Python loops over the unit vectors one by one, so the traced program grows with `x`",
            hint=HINT_AT_ONCE,
        )


def _runs(student: Student, name: str) -> bool:
    """Whether a call for a case ends without an error."""
    try:
        student.answer(case_of(student, name))
    except Failure as failure:
        if failure.is_final:
            raise
        return False
    return True


# batched_apply_matrix ----------------------------------------------------------------------


batch_example = right_for(cases.EXAMPLE, "w", "v_batched")
batch_others = right_for_others("w", "v_batched")


def has_no_loop(student: Student) -> None:
    """The work in Python does not grow with the batch, whether JAX or NumPy does the rest."""
    more = larger(student)[0]
    equal(more, got=student.answer(more), want=right_answer(student, more))
    if growth(student, case_of(student, cases.EXAMPLE), more) > MAX_GROWTH:
        raise Incorrect("a Python loop handles the batch one vector at a time", hint=HINT_AT_ONCE)
