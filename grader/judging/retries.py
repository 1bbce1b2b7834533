"""Retries in the student's favor: other ways to run a part, as far as the rules allow them.

Earlier parts are replaced by correct ones (no double punishment), globals bound to the real
values (partly right), inputs taken from what the student's own earlier parts return.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from grader.assignment import Case, Part
from grader.catalog import Message, joined, say
from grader.compare import as_array
from grader.judging.checks import judge
from grader.judging.context import CandidateResult, Context
from grader.judging.read_globals import globals_for_parameters
from grader.reading.statements import plain_names
from grader.running.bare_cells import drawing_statements
from grader.running.candidate import Candidate, CandidateKind
from grader.running.namespaces import classes_in, is_raw_key
from grader.running.student import Student
from grader.sandbox.failures import Failure, FailureReason
from grader.sandbox.inside.frames import Key
from grader.sandbox.values import carried


def retries(context: Context, part: Part, source: Candidate) -> Iterator[CandidateResult]:  # noqa: C901, PLR0912  (in their order)
    """The part judged in every way that the rules allow, the plain one first."""
    first = judge(context, source)
    yield first
    if context.program.makes_typed_keys and _is_given_key(context, part):
        typed = judge(context, replace(source, has_typed_keys=True))
        yield typed
        if typed.is_better(first):
            first, source = typed, replace(source, has_typed_keys=True)
    if first.failure is not None and not first.failure.is_final and _is_given_typed(context, part):
        raw = judge(context, replace(source, has_raw_keys=True))
        yield raw
        if raw.is_better(first):
            first, source = raw, replace(source, has_raw_keys=True)
    replaced = _replaceable(context, part, first)
    candidate = first.student.candidate
    is_stopped = first.failure is not None and first.failure.reason is FailureReason.TIMEOUT
    if is_stopped and all(context.is_right(name) for name in replaced):
        return  # every other way would cost the limit once more
    reads_global = bool(globals_for_parameters(first.student))
    earlier = [context.function_of(name) for name in part.depends_on]
    is_global_read_elsewhere = reads_global and not globals_for_parameters(first.student, earlier)
    bound_source = replace(source, is_bound=True, is_global_read_elsewhere=is_global_read_elsewhere)
    if reads_global:
        yield judge(context, bound_source)
    form = candidate.form
    for role in part.cases_if_omitted if form is not None else ():
        if form is not None and role not in form.roles:
            cases, expected = context.answer_key.without(part, role)
            words = say("note.own_value", role=role)
            yield judge(context, source, notes=(words,), cases=cases, expected=expected)
    own = _own_inputs(context, part, source)
    if own:
        words = say("note.own_inputs")
        yield judge(context, source, notes=(words,), cases=own)
    wrong = [name for name in replaced if not context.is_right(name)]
    for count in range(len(replaced), 0, -1):
        if count < len(replaced) and not wrong:
            break  # one try with all of them is enough when they were right before
        for names in combinations(replaced, count):
            stand_ins: dict[str, str] = {}
            for name in names:
                stand_ins |= _stand_in(context, context.assignment.part(name))
            changed = replace(source, stand_ins=stand_ins)
            yield judge(context, changed, notes=_follow_through(names, wrong))
            if reads_global:
                bound = replace(bound_source, stand_ins=stand_ins)
                yield judge(context, bound, notes=_follow_through(names, wrong))


def _is_given_key(context: Context, part: Part) -> bool:
    """Whether the part is given a random key, as an argument or as a global."""
    case = context.answer_key.cases[part.name][0]
    return any(is_raw_key(name, value) for name, value in {**case.inputs, **case.globals}.items())


def _is_given_typed(context: Context, part: Part) -> bool:
    """Whether the part is given a key as `jax.random.key` makes it."""
    case = context.answer_key.cases[part.name][0]
    return any(isinstance(carried(value), Key) for value in case.inputs.values())


def _own_inputs(context: Context, part: Part, source: Candidate) -> tuple[Case, ...]:
    """The cases with what the student's own earlier parts return, where that differs.

    A convention of the student's own (one-hot labels, say) that a later part shares is
    no mistake of the later part.
    """
    if source.kind is not CandidateKind.FUNCTION:
        return ()
    cases = []
    for case in context.answer_key.cases[part.name]:
        inputs = dict(case.inputs)
        for item in part.inputs:
            earlier = context.judged.get(item.from_part[0]) if item.from_part else None
            if item.from_part is None or earlier is None or earlier.is_full:
                continue
            if earlier.student.candidate.kind is not CandidateKind.FUNCTION:
                continue
            student = context.student(earlier.student.candidate)
            try:
                answer = student.answer(case)
            except Failure:
                return ()
            index = item.from_part[1]
            if not isinstance(answer, tuple) or len(answer) <= index:
                return ()
            if as_array(answer[index]) is not None:
                inputs[item.name] = as_array(answer[index])
        if any(inputs[name] is not case.inputs[name] for name in inputs):
            cases.append(replace(case, inputs=inputs))
    return tuple(cases) if len(cases) == len(context.answer_key.cases[part.name]) else ()


def _replaceable(context: Context, part: Part, judged: CandidateResult) -> list[str]:
    """Earlier parts that this part relies on and that a correct one can take the place of."""
    found = []
    for name in part.depends_on:
        used = context.assignment.part(name)
        is_of_class = any(name in classes_in(case) for case in judged.student.cases)
        if used.substitute and (is_of_class or _relies_on(context, judged.student, name)):
            found.append(name)
    return found


def _relies_on(context: Context, student: Student, name: str) -> bool:
    """Whether the statements of a candidate read the function that is an earlier part."""
    function = context.function_of(name)
    values = student.candidate.part.globals
    statements = context.program.slice(
        names=[student.candidate.function]
        if student.candidate.function
        else (student.candidate.part.cell.defines if student.candidate.part.cell else ()),
        roots=drawing_statements(context.program, student.candidate.part.cell.draws_after)
        if student.candidate.kind is CandidateKind.CELL
        and student.candidate.part.cell
        and student.candidate.part.cell.draws_after
        else (),
        given=[item.given for item in values],
    )
    reads = plain_names(n for s in statements.statements for n in s.reads | s.later)
    return function in reads


def _stand_in(context: Context, part: Part) -> dict[str, str]:
    """The name that a part has here, and the expression of a right function for it."""
    judged = context.function_judged(part.name)
    form = judged.student.candidate.form if judged else None
    if judged is None or form is None:
        return {part.name: part.substitute}
    function = judged.student.candidate.function
    is_class = function in context.program.classes()
    if is_class or not all(name for name, _, _ in form.arguments):
        return {function: part.substitute}
    passed = []
    for name, role, expression in form.arguments:
        passed.append(f"{'item' if expression == 'item_' else role}={name}")
    wanted = {item.name for item in part.inputs if not item.is_optional}
    for item in part.globals:
        if item.role in wanted - form.roles:
            passed.append(f"{item.role}={item.name}")
    signature = ", ".join([*(name for name, _, _ in form.arguments), "*_args", "**_more"])
    return {function: f"lambda {signature}: {part.substitute}({', '.join(passed)})"}


def _follow_through(names: Iterable[str], wrong: Sequence[str]) -> tuple[Message, ...]:
    told = [f"`{name}`" for name in names if name in wrong]
    if not told:
        return ()
    return (say("note.follow_through", names=joined("list.and", told)),)
