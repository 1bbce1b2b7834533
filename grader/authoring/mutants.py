"""Small faults put into right code, one at a time: what an assignment's checks must notice.

Each operator of the table below looks at one node of a function and gives the texts that may
stand in its place. The order is that of the text, so a run gives the same mutants every time.
"""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

PAIRS = (
    "argmin argmax", "nanargmin nanargmax", "min max", "minimum maximum", "mean sum", "any all",
    "zeros ones", "zeros_like ones_like", "sin cos", "exp log", "floor ceil", "cumsum cumprod",
    "jacfwd grad", "normal uniform", "segment_sum segment_max", "tril triu", "prod sum",
    "median mean", "std var", "less greater", "less_equal greater_equal", "equal not_equal",
    "logical_and logical_or",
)  # fmt: skip
"""Functions that are taken for each other."""
COMMUTATIVE = frozenset(
    "maximum minimum add multiply hypot logical_and logical_or equal not_equal".split()
)
"""Functions of two arguments whose order says nothing: to swap them is no fault."""
SAME = frozenset("jit filter_jit checkpoint remat".split())
"""Functions that give a function with the same values: without them, nothing is wrong."""

BINARY: dict[type[cst.BaseBinaryOp], type[cst.BaseBinaryOp]] = {
    cst.Add: cst.Subtract,
    cst.Subtract: cst.Add,
    cst.Multiply: cst.Divide,
    cst.Divide: cst.Multiply,
    cst.FloorDivide: cst.Divide,
    cst.Modulo: cst.FloorDivide,
    cst.Power: cst.Multiply,
    cst.MatrixMultiply: cst.Multiply,
    cst.BitAnd: cst.BitOr,
    cst.BitOr: cst.BitAnd,
}
AUGMENTED: dict[type[cst.BaseAugOp], type[cst.BaseAugOp]] = {
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.DivideAssign,
    cst.DivideAssign: cst.MultiplyAssign,
}
COMPARED: dict[type[cst.BaseCompOp], tuple[type[cst.BaseCompOp], ...]] = {
    cst.Equal: (cst.NotEqual, cst.LessThanEqual),
    cst.NotEqual: (cst.Equal,),
    cst.LessThan: (cst.LessThanEqual, cst.GreaterThanEqual),
    cst.LessThanEqual: (cst.LessThan, cst.GreaterThan),
    cst.GreaterThan: (cst.GreaterThanEqual, cst.LessThanEqual),
    cst.GreaterThanEqual: (cst.GreaterThan, cst.LessThan),
}


@dataclass(frozen=True)
class Mutant:
    """A function with one fault.

    `id` is part:line:column:operator:index, with the line counted in the function's own text.
    `key` tells the fault without line numbers, so that it outlives edits elsewhere.
    """

    part: str
    id: str
    key: str
    source: str
    diff: str


def mutants(part: str, source: str) -> Iterator[Mutant]:
    """All faults of the table in the function whose text is given, each text once.

    Raises: libcst.ParserSyntaxError when the text is not valid Python.
    """
    wrapper = MetadataWrapper(cst.parse_module(source))
    positions = wrapper.resolve(PositionProvider)
    module = wrapper.module
    seen = {source}
    keys: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for node in _in_order(module):
        for operator, make in OPERATORS.items():
            for other in make(node):
                changed = module.deep_replace(node, other)
                assert isinstance(changed, cst.Module)
                if changed.code in seen:
                    continue
                seen.add(changed.code)
                start = positions[node].start
                place = f"{part}:{start.line}:{start.column}:{operator}"
                key = _key(part, source, changed.code)
                keys[key] += 1
                yield Mutant(
                    part=part,
                    id=f"{place}:{places[place]}",
                    key=key if keys[key] == 1 else f"{key} #{keys[key]}",
                    source=changed.code,
                    diff=_diff(part, source, changed.code),
                )
                places[place] += 1


def _in_order(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes in the order of the text, without the number of an axis, which `_axis` changes."""
    yield node
    if not _is_axis(node):
        for child in node.children:
            yield from _in_order(child)


def _key(part: str, before: str, after: str) -> str:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))
    changed = [line[0] + line[1:].strip() for line in lines[2:] if not line.startswith("@@")]
    return f"{part}: {'|'.join(changed)}"


def _diff(part: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), part, "mutant", n=1, lineterm=""
    )
    return "\n".join(lines)


# The operators: a node in, the nodes that may stand in its place out --------------------------


def _operator(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Another arithmetic operator."""
    if isinstance(node, cst.BinaryOperation) and type(node.operator) in BINARY:
        yield node.with_changes(operator=BINARY[type(node.operator)]())
    if isinstance(node, cst.AugAssign) and type(node.operator) in AUGMENTED:
        yield node.with_changes(operator=AUGMENTED[type(node.operator)]())
    if isinstance(node, cst.BooleanOperation):
        other = cst.Or if isinstance(node.operator, cst.And) else cst.And
        yield node.with_changes(operator=other())
    if isinstance(node, cst.UnaryOperation) and not isinstance(node.expression, cst.Integer):
        yield node.expression


def _comparison(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Another comparison."""
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        (target,) = node.comparisons
        for other in COMPARED.get(type(target.operator), ()):
            yield node.with_changes(comparisons=[target.with_changes(operator=other())])


def _axis(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Another axis."""
    if _is_axis(node):
        assert isinstance(node, cst.Arg)
        for other in (0, 1):
            if other != _number(node.value):
                yield node.with_changes(value=cst.Integer(str(other)))


def _is_axis(node: cst.CSTNode) -> bool:
    is_named = isinstance(node, cst.Arg) and node.keyword and node.keyword.value == "axis"
    return bool(is_named) and _number(node.value) is not None  # type: ignore[attr-defined]


def _constant(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Another number: 0 and 1 exchanged, one more, zero, twice as much; True and False."""
    if isinstance(node, cst.Integer):
        number = int(node.value, 0)
        for other in {0: (1, 2), 1: (0, 2)}.get(number, (number - 1, number + 1)):
            yield cst.Integer(str(other))
    if isinstance(node, cst.Float):
        value = float(node.value)
        for changed in (1.0,) if value == 0 else (0.0, 2 * value):
            yield cst.Float(repr(changed))
    if isinstance(node, cst.Name) and node.value in {"True", "False"}:
        yield cst.Name("False" if node.value == "True" else "True")


def _dropped_statement(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """`pass` in the place of a statement."""
    if isinstance(node, cst.SimpleStatementLine) and not _is_docstring(node):
        yield node.with_changes(body=[cst.Pass()])


def _swapped_arguments(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Two neighboring arguments exchanged."""
    if not isinstance(node, cst.Call) or _called(node) in COMMUTATIVE:
        return
    args = node.args
    for i, (one, two) in enumerate(itertools.pairwise(args)):
        if one.keyword or two.keyword or one.star or two.star:
            continue
        pair = (one.with_changes(value=two.value), two.with_changes(value=one.value))
        yield node.with_changes(args=[*args[:i], *pair, *args[i + 2 :]])


def _swapped_values(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Two neighbors in a tuple, or in an index, exchanged."""
    if isinstance(node, cst.Tuple):
        items: Sequence[Any] = node.elements
        name, inside = "elements", "value"
    elif isinstance(node, cst.Subscript):
        items, name, inside = node.slice, "slice", "slice"
    else:
        return
    for i, (one, two) in enumerate(itertools.pairwise(items)):
        first = one.with_changes(**{inside: getattr(two, inside)})
        second = two.with_changes(**{inside: getattr(one, inside)})
        yield node.with_changes(**{name: [*items[:i], first, second, *items[i + 2 :]]})


def _other_function(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The function that is taken for this one."""
    if not isinstance(node, cst.Call):
        return
    for pair in PAIRS:
        one, two = pair.split()
        other = {one: two, two: one}.get(_called(node))
        if other == "median" and not node.args:
            continue  # there is no such method
        if other == "jacfwd":
            continue  # it gives the same wherever `grad` gives anything
        if other and isinstance(node.func, cst.Attribute):
            yield node.with_changes(func=node.func.with_changes(attr=cst.Name(other)))
        elif other:
            yield node.with_changes(func=cst.Name(other))


def _dropped_keyword(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A call without one of its keyword arguments."""
    if isinstance(node, cst.Call):
        for i, arg in enumerate(node.args):
            if arg.keyword:
                left = [*node.args[:i], *node.args[i + 1 :]]
                if left:
                    left[-1] = left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
                yield node.with_changes(args=left)


def _negated(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The opposite condition."""
    if isinstance(node, (cst.If, cst.IfExp, cst.While)):
        pars = {"lpar": [cst.LeftParen()], "rpar": [cst.RightParen()]}
        test = node.test if node.test.lpar else node.test.with_changes(**pars)
        opposite = cst.UnaryOperation(operator=cst.Not(), expression=test)
        yield node.with_changes(test=opposite)


def _unwrapped(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The argument instead of a call with one, and the object instead of a method's result."""
    if not isinstance(node, cst.Call) or _called(node) in SAME:
        return
    positional = [arg for arg in node.args if not arg.keyword and not arg.star]
    if len(positional) == 1 and not positional[0].star:
        yield _enclosed(positional[0].value)
    elif not positional and isinstance(node.func, cst.Attribute):
        yield node.func.value


def _enclosed(value: cst.BaseExpression) -> cst.BaseExpression:
    is_plain = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
    if is_plain or value.lpar:
        return value
    found = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    assert isinstance(found, cst.BaseExpression)
    return found


OPERATORS: dict[str, Callable[[cst.CSTNode], Iterator[cst.CSTNode]]] = {
    "operator": _operator,
    "comparison": _comparison,
    "axis": _axis,
    "constant": _constant,
    "dropped statement": _dropped_statement,
    "swapped arguments": _swapped_arguments,
    "swapped values": _swapped_values,
    "other function": _other_function,
    "dropped keyword": _dropped_keyword,
    "negated condition": _negated,
    "unwrapped": _unwrapped,
}


def _called(node: cst.Call) -> str:
    """The last name of what is called, or ''."""
    if isinstance(node.func, cst.Attribute):
        return node.func.attr.value
    return node.func.value if isinstance(node.func, cst.Name) else ""


def _number(node: cst.BaseExpression) -> int | None:
    """The integer that an expression spells, or None."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        number = _number(node.expression)
        return None if number is None else -number
    return int(node.value, 0) if isinstance(node, cst.Integer) else None


def _is_docstring(node: cst.SimpleStatementLine) -> bool:
    (first, *_) = node.body
    return isinstance(first, cst.Expr) and isinstance(
        first.value, (cst.SimpleString, cst.ConcatenatedString)
    )
