"""What an exception means for a student: one sentence of cause and one of advice.

`explain` looks up a table of error messages; `tidy_message` makes a message fit to show.
Rows 1 to 50 are JAX errors that are frequent in numerical exercises, 51 to 59 and 80 to 99
further ones of JAX and NumPy, 60 to 79 and from 100 on those of plain Python. The numbers
are stable. Rows that raise nothing stand in `SILENT_ADVICE`, for a diagnosis by values.

The text decides, because JAX moves errors between classes: the first row with a fragment in
the message wins. Only when no fragment fits does the class, so that a reworded message of
a telling class is still explained. Wordings are those of JAX 0.4.13 to 0.10.2 and of NumPy
1.26 to 2.4.

Source: jax-ml/jax `jax/_src/errors.py`, `docs/errors.rst`, `docs/faq.rst`, `CHANGELOG.md` and
`docs/notebooks/Common_Gotchas_in_JAX.md`. The module is long because the table is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import KW_ONLY, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SHOWN = 200
"""Characters of a tidied message, its class included."""

_MAX_KIND = 60
_MAX_READ = 4000
"""Characters of a message that are looked at: more is data, and student code may print much."""


@dataclass(frozen=True)
class ErrorRow:
    """One row: the wordings of an error, its usual cause, and advice.

    A fragment is a regular expression for a message with its white space collapsed; its
    group `name`, if there is one, fills `{name}` in `cause` and `advice`. `kind` holds the
    classes that mean this row when no row's fragment fits; such a row has no `{name}`.
    """

    number: int
    _: KW_ONLY
    kind: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()
    cause: str
    advice: str


@dataclass(frozen=True)
class Explanation:
    """Why an exception is raised and what to do: a sentence each, for the student."""

    row: int
    _: KW_ONLY
    cause: str
    advice: str


def explain(kind: str, message: str) -> Explanation | None:
    """What an exception of class `kind` with this message means, or None when no row fits."""
    text = " ".join(message[:_MAX_READ].split())
    for row in ERROR_ROWS:
        for fragment in row.fragments:
            found = re.search(fragment, text)
            if found:
                return _filled(row, found.groupdict().get("name", ""))
    for row in ERROR_ROWS:
        if kind in row.kind:
            return _filled(row, "")
    return None


def tidy_message(kind: str, message: str) -> str:
    """The class and message as a student sees them: one line of at most `MAX_SHOWN` characters.

    Addresses, object ids, printed arrays, links, paths and JAX's remarks about tracing are
    left out; control and bidirectional characters are shown by their code point.
    """
    text = " ".join(message[:_MAX_READ].split())
    for pattern, replacement in _TIDYING:
        text = re.sub(pattern, replacement, text)
    text = _visible(" ".join(_without_arrays(text).split()))
    name = _visible("".join(kind.split()))[:_MAX_KIND]
    return _first_sentences(f"{name}: {text}" if text and name else text or name)


def _filled(row: ErrorRow, name: str) -> Explanation:
    return Explanation(
        row.number,
        cause=row.cause.replace("{name}", name),
        advice=row.advice.replace("{name}", name),
    )


_PATH = r"(?:[A-Za-z]:\\|(?:~|(?<![\w)\]./]))/(?=[^\s/]+/))[^\s'\"()<>,;]*"
"""An absolute path of at least two components; a quotient such as `n/2` is none."""

_TIDYING = (
    # JAX's remarks come last, so the first of them ends the message.
    (r"(?:The error occurred while tracing the function |This concrete value was not ).*", ""),
    (r"(?:The function being traced when |To catch the leak earlier|This \w*Tracer with ).*", ""),
    (r"(?:While tracing the function |The \w+ was created on line|See also https?:|-{8,}).*", ""),
    (r"(?:\(?[Ss]ee |[Vv]isit |at: ?|: )?\b(?:https?|file)://.*", ""),
    # Where things are in memory or on disk.
    (r" at 0x[0-9a-fA-F]+", ""),
    (r"\b0x[0-9a-fA-F]{6,}", "..."),
    (r" (?:with )?object id[ =]\d+", ""),
    (rf" ?\({_PATH}\)", ""),
    (rf" (?:at|in file|File) \"?{_PATH}\"?", ""),
    (r"(['\"])(?:/|~/|[A-Za-z]:\\)(?:[^'\"]*[/\\])?([^'\"/\\]*)\1", r"\1\2\1"),
    (_PATH, "..."),
    # Names that differ by version, in the words of the documentation.
    (r"\bjaxlib\.(?:_jax|xla_extension)\.(?:ArrayImpl|DeviceArray)", "jax.Array"),
    (r"Traced<(?:ShapedArray|ConcreteArray)\(([^()]*)\)>(?:with<[^<>]*>)?", r"Tracer(\1)"),
    (r"(?<=<function )(?:[\w<>]+\.)*<locals>\.", ""),
    (r"The error was: TypeError: unhashable type: .*", ""),
    # The full stop after a shape comes and goes.
    (r"(traced array with shape \w+\[[\d,]*\])(?= [A-Za-z_`'(]|$)", r"\1."),
    # What is said in general, when the particular follows.
    (
        (
            r"^Abstract tracer value encountered where concrete value is expected: "
            r"(?:traced array with shape \w+\[[\d,]*\]|Tracer\([^()]*\))\.? (?=\S)"
        ),
        "",
    ),
    (r", but they differ: (?:\* )?", ". "),
    (r"\b(but the )corresponding (?=output carry|component)", r"\1"),
    (r"the component of the carry output", "the output"),
    (r", so (?:the (?:shapes|dtypes|lengths) do not match|their Python types differ)", ""),
)

_NUMBERS = r"(?:[-+\d., eEj]|nan|inf|True|False)*"
_NESTED = re.compile(r"\[(?: |,|\[\.\.\.\]|\.\.\.)+\]")
_INNERMOST = re.compile(rf"(?<!\w)\[({_NUMBERS})\]")
_IN_BRACKETS = re.compile(rf"(?<=\[)\[{_NUMBERS}\]|(?<=\] )\[{_NUMBERS}\]|(?<=\], )\[{_NUMBERS}\]")
_UNCLOSED = re.compile(r"(?<![\w\[])\[(?:[-+\d., eEj\[\]]|nan|inf|True|False)*$")
_MAX_NESTING = 4


def _without_arrays(text: str) -> str:
    """`text` with `[...]` for each list of two or more numbers, nested or cut off."""
    text = _INNERMOST.sub(lambda found: _shortened(found[0]), text)
    text = _IN_BRACKETS.sub("[...]", text)
    for _ in range(_MAX_NESTING):
        text = _NESTED.sub("[...]", text)
    return _UNCLOSED.sub(
        lambda found: "[...]" if found[0].count("[") > found[0].count("]") else found[0], text
    )


def _shortened(array: str) -> str:
    numbers = re.findall(r"[\d.]+|nan|inf|True|False", array)
    return "[...]" if len(numbers) > 1 else array


def _visible(text: str) -> str:
    """`text` with each character that is invisible or steers the display as `⟨U+202E⟩`."""
    return "".join(
        f"⟨U+{ord(char):04X}⟩" if unicodedata.category(char) in _HIDDEN_CATEGORIES else char
        for char in text
    )


_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def _first_sentences(text: str) -> str:
    """As many whole sentences from the start as fit; a first one that is too long is cut."""
    shown = ""
    for sentence in re.split(r"(?<=[.?!]) (?=[A-Z_`'(])", text):
        longer = f"{shown} {sentence}" if shown else sentence
        if len(longer) > MAX_SHOWN:
            break
        shown = longer
    if shown:
        return shown
    room = text[: MAX_SHOWN - 4]
    at_space = room.rpartition(" ")[0].rstrip(" ,;:")
    return (at_space if len(at_space) > MAX_SHOWN // 2 else room) + " ..." if text else ""


ERROR_ROWS: tuple[ErrorRow, ...] = (
    ErrorRow(
        1,
        fragments=(
            r"JAX arrays are immutable",
            r"(?:ArrayImpl|DeviceArray|Tracer)'?>?'? object does not support item assignment",
        ),
        cause="A JAX array cannot be changed in place, and this line assigns to some entries.",
        advice="Write `new = new.at[i].set(...)`, or build the whole array at once with `vmap`.",
    ),
    ErrorRow(
        2,
        kind=("NonConcreteBooleanIndexError",),
        fragments=(r"Array boolean indices must be concrete",),
        cause="Under `vmap`, `jit` or `while_loop` a mask as an index gives an array of no known "
        "size.",
        advice="Keep the size: sum `jnp.where(mask[:, None], values, 0)` and divide by the count.",
    ),
    ErrorRow(
        3,
        fragments=(r"The size argument of jnp\.\w+ must be statically specified",),
        cause="`jnp.where` with one argument, `nonzero` or `argwhere` gives an array whose size "
        "depends on the data.",
        advice="Use the three-argument `jnp.where(condition, x, y)`, which keeps the shape.",
    ),
    ErrorRow(
        4,
        kind=("TracerBoolConversionError",),
        fragments=(
            r"Attempted boolean conversion of traced array",
            r"The problem arose with the `bool` function",
        ),
        cause="Python's `if`, `while`, `and`, `or`, `not`, `max` or `min` needs a value that is "
        "not known while JAX traces.",
        advice="Use `jnp.where`, `jnp.maximum`, `&` or `jax.lax.cond` instead of Python's branch.",
    ),
    ErrorRow(
        5,
        fragments=(r"cond_fun must return a boolean scalar",),
        cause="The condition of the loop gives something other than one true or false value.",
        advice="Compare single numbers in the condition: take `.mean()` or `jnp.all(...)` of an "
        "array first.",
    ),
    ErrorRow(
        6,
        fragments=(
            r"carry input and carry output must have equal types",
            r"output and input must have identical types",
        ),
        cause="The loop's body returns a value of another shape or type than the one that came in.",
        advice="Return the shapes and types that came in, in the same order, and start with "
        "floats where floats come out.",
    ),
    ErrorRow(
        7,
        fragments=(
            r"carry input and carry output must have the same pytree structure",
            r"output and input must have (?:the )?same type structure",
        ),
        cause="The loop's body returns another number or nesting of values than came in.",
        advice="Return a tuple with exactly as many values, in the order in which they came in.",
    ),
    ErrorRow(
        11,
        kind=("TracerArrayConversionError",),
        fragments=(
            r"The numpy\.ndarray conversion method __array__\(\) was called on",
            r"The problem arose with the `(?:numpy\.)?array` function",
        ),
        cause="A NumPy or plotting function is given a value that JAX is still tracing.",
        advice="Use `jnp` inside transformed functions and loops, and plot after them.",
    ),
    ErrorRow(
        12,
        kind=("TracerIntegerConversionError",),
        fragments=(r"The __index__\(\) method was called on",),
        cause="`range(...)` or a list's index needs a Python integer, and this one is traced.",
        advice="Keep it a Python number: `functools.partial(..., k=4)` or `static_argnames`.",
    ),
    ErrorRow(
        13,
        fragments=(
            r"[Ii]t arose in (?:the )?(?:jnp|jax\.numpy)\.arange argument",
            r"'num' argument of (?:jnp|jax\.numpy)\.linspace",
        ),
        cause="The length of an array must be known before the function runs, and here it is a "
        "traced argument.",
        advice="Name that argument in `static_argnums` or `static_argnames` of `jax.jit`, or "
        "leave out `jit`.",
    ),
    ErrorRow(
        14,
        fragments=(
            r"Shapes must be 1D sequences of concrete values of integer type, got .*Trace",
            r"Shapes must be 1D sequences of concrete values of integer type.*If using `jit`",
        ),
        cause="A shape must be made of Python integers, and this one holds a traced value.",
        advice="Take the number from an array's `.shape`, or mark the argument with "
        "`static_argnames`.",
    ),
    ErrorRow(
        15,
        fragments=(
            r"The problem arose with the `(?:float|int|complex)` function",
            r"This occurred in the item\(\) method",
            r"The tolist\(\) method was called on traced array",
        ),
        cause="`float`, `int`, `.item()` or `.tolist()` needs a value that is not known while "
        "JAX traces.",
        advice="Leave the value an array inside the function, and convert it after the call.",
    ),
    ErrorRow(
        16,
        fragments=(r"Non-hashable static arguments are not supported",),
        cause="An array or a list is marked as static for `jit`, which takes hashable values only.",
        advice="Mark only Python numbers and names as static, and pass arrays as plain arguments.",
    ),
    ErrorRow(
        17,
        fragments=(
            r"was passed to the function at path self\b",
            (
                r"Error interpreting argument to <function (?:[\w<>.]*\.)?\w+\.\w+ at 0x"
                r".*at path args\[0\]"
            ),
            r"Cannot interpret value of type .{1,200} as an abstract array",
        ),
        cause="`jit` is applied to a method, so the object `self` is taken for an array.",
        advice="Write a plain function, or mark `self` as static with `static_argnums=0`.",
    ),
    ErrorRow(
        18,
        kind=("UnexpectedTracerError",),
        fragments=(r"Encountered an unexpected tracer",),
        cause="A value from inside a transformed function is kept outside, in a list or a global "
        "name.",
        advice="Return what you need from the function instead of storing it outside.",
    ),
    ErrorRow(
        20,
        fragments=(r"vmap got inconsistent sizes for array axes to be mapped",),
        cause="`vmap` maps over all arguments at once, and their first axes have different sizes.",
        advice="Map over the one array only, for example with `in_axes=(0, None)`.",
    ),
    ErrorRow(
        21,
        fragments=(
            r"vmap in_axes must be an int, None, or a tuple",
            r"vmap in_axes specification must be a tree prefix",
        ),
        cause="`in_axes` does not have the same structure as the arguments of the function.",
        advice="Give `in_axes` one entry for each argument.",
    ),
    ErrorRow(
        22,
        fragments=(r"vmap was requested to map its argument along axis",),
        cause="`vmap` is to map over a value that has no such axis, such as a single number.",
        advice="Map over an array, for example over `jnp.arange(k)` instead of the number `k`.",
    ),
    ErrorRow(
        57,
        fragments=(
            r"Incompatible (?:types|shapes) for broadcasting: .{1,200} requested (?:type|shape)",
        ),
        cause="A value does not fit the shape of the place that it is put into.",
        advice="Print the shape of the new value and that of the place, for example of `x[i]`.",
    ),
    ErrorRow(
        23,
        fragments=(
            r"got incompatible shapes for broadcasting",
            r"Incompatible shapes for broadcasting",
            r"operands could not be broadcast together",
        ),
        cause="The two arrays have shapes that cannot be combined entry by entry.",
        advice="Add axes, as in `a[:, None] - b[None]`, and use the function's parameters, not "
        "global arrays.",
    ),
    ErrorRow(
        24,
        fragments=(r"'(?:int|float|bool|complex)' object is not subscriptable",),
        cause="Square brackets follow a plain Python number, which has no entries.",
        advice="Map over an array such as `jnp.arange(k)`, or use the number without brackets.",
    ),
    ErrorRow(
        26,
        kind=("AxisError",),
        fragments=(r"axis -?\d+ is out of bounds for array of dimension \d+",),
        cause="The array has no axis of this number.",
        advice="Print the array's shape: axes count from 0, and -1 is the last one.",
    ),
    ErrorRow(
        89,
        fragments=(
            r"requires ndarray or scalar arguments, got <class 'NoneType'>",
            r"None is not a valid value for jnp\.array",
        ),
        cause="A `jnp` function is given None where it needs an array.",
        advice="Look for a function without `return`, or a line that still sets a value to None.",
    ),
    ErrorRow(
        27,
        fragments=(r"requires ndarray or scalar arguments, got <class",),
        cause="A `jnp` function is given a Python list, and it takes arrays only.",
        advice="Wrap the list: `jnp.array(...)`.",
    ),
    ErrorRow(
        28,
        fragments=(
            r"Indexer must have integer or boolean type",
            r"arrays used as indices must be of integer",
            r"only integers, slices \(`:`\), ellipsis",
            r"(?:list|tuple) indices must be integers or slices, not float",
        ),
        cause="An index is a float; only integers and true or false values can pick entries.",
        advice="Keep indices and labels as integers: `jnp.argmin` gives them, and `jnp.zeros` "
        "takes `dtype=int`.",
    ),
    ErrorRow(
        30,
        fragments=(
            r"JAX encountered invalid PRNG key data",
            r"[Uu]nexpected PRNG key type",
        ),
        cause="A function of `jax.random` is given something else where its key belongs.",
        advice="Pass a key from `jax.random.key` or `split` first: `random.choice(subkey, "
        "values, (k,))`.",
    ),
    ErrorRow(
        31,
        fragments=(r"shape argument of jax\.random\.\w+ must be a sequence",),
        cause="The shape is a plain number, and a tuple is needed.",
        advice="Write `(4,)` for a shape of one axis.",
    ),
    ErrorRow(
        32,
        fragments=(r"missing \d required positional arguments?: (?:'minval' and )?'maxval'",),
        cause="`jax.random.randint` takes a key, a shape and two limits, unlike NumPy's.",
        advice="Write `random.randint(key, (k,), 0, n)`, or `random.choice(..., replace=False)` "
        "for entries without repeats.",
    ),
    ErrorRow(
        33,
        kind=("KeyReuseError",),
        fragments=(r"[Pp]reviously-consumed key",),
        cause="One random key is used twice, which gives the same numbers twice.",
        advice="Split it with `key, subkey = random.split(key)`, and use each key once.",
    ),
    ErrorRow(
        34,
        fragments=(r"Unknown backend:? '?\w+",),
        cause="The code asks for a device that this machine does not have.",
        advice="Leave out that line, or choose a runtime with that device.",
    ),
    ErrorRow(
        35,
        fragments=(
            r"module 'jax\.random' has no attribute 'shuffle'",
            r"cannot import name 'shuffle' from 'jax\.random'",
        ),
        cause="`jax.random.shuffle` was removed from JAX.",
        advice="Use `random.permutation` or `random.choice`.",
    ),
    ErrorRow(
        36,
        fragments=(
            r"module 'jax\.ops' has no attribute 'index",
            r"cannot import name 'index\w*' from 'jax\.ops'",
        ),
        cause="The functions `jax.ops.index_...` were removed from JAX.",
        advice="Use `x.at[i].set(...)`, `x.at[i].add(...)` and the like.",
    ),
    ErrorRow(
        37,
        fragments=(r"clip\(\) got an unexpected keyword argument 'a_m(?:in|ax)'",),
        cause="The arguments `a_min` and `a_max` of `clip` were removed from JAX.",
        advice="Use `jnp.maximum(x, 1)`, or `clip` with `min=` and `max=`.",
    ),
    ErrorRow(
        38,
        fragments=(
            (
                r"module 'jax' has no attribute '(?:tree_\w+|api|xla|abstract_arrays|linear_util"
                r"|curry|partial|host_\w+)'"
            ),
            (
                r"module 'jax\.numpy' has no attribute '(?:row_stack|DeviceArray|in1d|trapz|msort"
                r"|alltrue|sometrue|product|cumproduct|round_|PZERO|NZERO)'"
            ),
            r"module 'jax\.interpreters\.xla' has no attribute 'DeviceArray'",
            r"No module named 'jax\.",
            r"cannot import name '\w+' from 'jax[.']",
        ),
        cause="This name was part of JAX once, and is not in this version.",
        advice="Use `jax.tree.map`, `jnp.vstack` and `jax.Array`, and `jax.config` after "
        "`import jax`.",
    ),
    ErrorRow(
        39,
        fragments=(
            r"module 'numpy' has no attribute '(?:int|float|bool|object|str|complex|long)'",
        ),
        cause="NumPy removed its own names for Python's types, such as `np.int`.",
        advice="Use Python's `int`, `float` and `bool`.",
    ),
    ErrorRow(
        58,
        fragments=(r"module '(?:jax|numpy)[\w.]*' has no attribute '(?P<name>\w{1,60})'",),
        cause="This version of the library has no `{name}` in that place.",
        advice="Compare the spelling and the module with the library's documentation.",
    ),
    ErrorRow(
        40,
        fragments=(r"Explicitly requested dtype .{1,200} is not available",),
        cause="JAX works with float32 by default, and the code asks for 64 bits.",
        advice="Leave out the dtype: float32 is enough here.",
    ),
    ErrorRow(
        41,
        fragments=(r"requires arguments to have the same dtypes",),
        cause="A function of `jax.lax` is given two types, and it converts none of them.",
        advice="Use the `jnp` function of that name, which converts.",
    ),
    ErrorRow(
        42,
        fragments=(
            r"The truth value of an array with more than one element is ambiguous",
            r"The truth value of an empty array is ambiguous",
        ),
        cause="`if`, `while` or `and` needs one true or false value, and an array holds many.",
        advice="Reduce it to one with `jnp.all(...)`, `jnp.any(...)` or `jnp.allclose(...)`.",
    ),
    ErrorRow(
        43,
        fragments=(r"Gradient only defined for scalar-output functions",),
        cause="`jax.grad` needs a function that returns one number.",
        advice="Sum or average the result before you take the gradient.",
    ),
    ErrorRow(
        44,
        fragments=(r"\bname '(?P<name>\w{1,60})' is not defined",),
        cause="No value has the name `{name}` where this line runs.",
        advice="Look for a line still to fill in, another spelling or a cell not run, "
        "then run all cells.",
    ),
    ErrorRow(
        45,
        fragments=(r"not enough values to unpack",),
        cause="There are more names on the left of `=` than values on the right.",
        advice="Print the value on the right, and pass or return one value for each name.",
    ),
    ErrorRow(
        46,
        fragments=(
            r"first argument of (?:jnp|jax\.numpy)\.unique",
            r"argument '\w+' of (?:jnp|jax\.numpy)\.bincount",
            r"segment_\w+\(\) `num_segments` argument",
            r"jax\.nn\.one_hot argument `num_classes`",
            r"the total number of repeats must be static",
        ),
        cause="The size of the result depends on the data, and under a transformation it must "
        "be fixed.",
        advice="Give the size as a Python number: `size=`, `length=`, `num_segments=` or "
        "`num_classes=`.",
    ),
    ErrorRow(
        47,
        fragments=(
            r"Error interpreting argument to .{1,600} as an abstract array",
            r"is not a valid JAX (?:array )?type",
        ),
        cause="JAX is given a value that is no number and no array, such as text or a torch "
        "tensor.",
        advice="Pass arrays only: convert a tensor with `jnp.asarray(x.numpy())`.",
    ),
    ErrorRow(
        49,
        fragments=(
            r"unsupported operand type\(s\) for .{1,40}: '[\w.]+' and '(?:NoneType|list|tuple)'",
            r"unsupported operand type\(s\) for .{1,40}: '(?:NoneType|list|tuple)' and '",
            r"bad operand type for .{1,40}: '(?:NoneType|list|tuple)'",
            r"not supported between instances of '[\w.]+' and '(?:NoneType|list|tuple)'",
            r"not supported between instances of '(?:NoneType|list|tuple)' and '",
        ),
        cause="One side of this operation is None, a list or a tuple, not a number or an array.",
        advice="Give a number or an array: look where that value is first set or returned.",
    ),
    ErrorRow(
        50,
        fragments=(r"(?:list|tuple) indices must be integers or slices, not",),
        cause="A Python list is indexed as if it were an array.",
        advice="Make it an array first: `jnp.array(...)`.",
    ),
    ErrorRow(
        51,
        fragments=(r"iteration over a 0-d array",),
        cause="A loop or an unpacking runs over a single number.",
        advice="Loop over `range(k)` with a Python number, or map over `jnp.arange(k)`.",
    ),
    ErrorRow(
        52,
        fragments=(r"unsupported format string passed to [\w.]+\.__format__",),
        cause="A format such as `:.2f` needs one plain number, and the value is an array or is "
        "traced.",
        advice='Use `jax.debug.print("{}", x)` inside a loop, and `float(x)` after it.',
    ),
    ErrorRow(
        53,
        fragments=(
            r"dot_general requires contracting dimensions to have the same shape",
            r"matmul: Input operand \d has a mismatch in its core dimension",
            r"shapes \(.{0,80}\) and \(.{0,80}\) not aligned",
        ),
        cause="The inner sizes of a matrix product differ.",
        advice="Print both shapes and look for a missing transpose `.T`.",
    ),
    ErrorRow(
        54,
        fragments=(r"got an unexpected keyword argument '(?:dim|keepdim)'",),
        cause="`dim` and `keepdim` are PyTorch's names for these arguments.",
        advice="Write `axis=` and `keepdims=` in `jnp` and NumPy.",
    ),
    ErrorRow(
        55,
        fragments=(r"\ba must be (?:1-dimensional|an array or an integer)",),
        cause="`np.random.choice` draws from a list of numbers, not from the rows of an array.",
        advice="Use `jax.random.choice(key, values, (k,), replace=False)`, which draws rows.",
    ),
    ErrorRow(
        56,
        fragments=(r"Shapes must be 1D sequences of concrete values of integer type",),
        cause="A shape holds something other than integers, such as a float.",
        advice="Use integers in the shape: `//` divides without a remainder.",
    ),
    ErrorRow(
        59,
        fragments=(r"Slice entries must be static integers", r"Array slice indices must have"),
        cause="A slice such as `x[:k]` needs fixed limits, and `k` is traced.",
        advice="Mark `k` as static, or use `jnp.where` or `jax.lax.dynamic_slice`.",
    ),
    ErrorRow(
        80,
        fragments=(
            r"Cannot concatenate arrays with shapes that differ",
            r"All input arrays must have the same shape",
            r"all the input array dimensions",
        ),
        cause="Arrays of different shapes are to be put together into one.",
        advice="Print the shapes; all but the joined axis must be equal.",
    ),
    ErrorRow(
        81,
        fragments=(r"cannot reshape array of (?:shape|size)",),
        cause="The new shape has another number of entries than the array.",
        advice="Print the shape before this line, and let -1 stand for one unknown size.",
    ),
    ErrorRow(
        82,
        fragments=(r"Cannot take a larger sample",),
        cause="More entries are to be drawn without repeats than there are.",
        advice="Draw from the whole data array, and compare the number drawn with its length.",
    ),
    ErrorRow(
        83,
        fragments=(r"scan body output must be a pair",),
        cause="The function given to `lax.scan` returns something other than a pair.",
        advice="Return two values: the new carry and the output of this step, or None.",
    ),
    ErrorRow(
        84,
        fragments=(r"accepts a single key, but was given a key array",),
        cause="Several random keys are given where one is needed.",
        advice="Take one of them: `key, subkey = random.split(key)`.",
    ),
    ErrorRow(
        85,
        fragments=(
            r"branches must have equal output types",
            r"branch outputs must have the same pytree structure",
            r"true_fun and false_fun output must have",
        ),
        cause="The two branches of `lax.cond` return different shapes, types or numbers of values.",
        advice="Return the same shapes and types from both branches.",
    ),
    ErrorRow(
        86,
        fragments=(r"boolean index did not match",),
        cause="The mask and the array that it indexes have different lengths.",
        advice="Build the mask from the same array, along the same axis.",
    ),
    ErrorRow(
        87,
        fragments=(r"[Tt]oo many indices",),
        cause="There are more indices in the brackets than the array has axes.",
        advice="Print the array's shape before this line.",
    ),
    ErrorRow(
        88,
        fragments=(
            r"[Oo]nly scalar arrays can be converted to Python scalars",
            r"[Oo]nly (?:length|size)-1 arrays can be converted to Python scalars",
            r"only 0-dimensional arrays can be converted to Python scalars",
            r"[Oo]nly integer scalar arrays can be converted to a scalar index",
        ),
        cause="A single number is needed, and the value is an array with several entries.",
        advice="Reduce the array first, for example with `.mean()`, or pick one entry.",
    ),
    ErrorRow(
        90,
        fragments=(r"setting an array element with a sequence",),
        cause="An entry of a NumPy array is set to a list, an array or a traced value.",
        advice="Build the array with `jnp` and `vmap`, from rows of equal length.",
    ),
    ErrorRow(
        91,
        fragments=(r"requires (?:real- or complex|real)-valued (?:inputs|outputs)",),
        cause="`jax.grad` needs floats, and a value is an integer.",
        advice="Start with floats, such as `1.0`, and differentiate no `argmin`.",
    ),
    ErrorRow(
        92,
        fragments=(r"vmap must have at least one non-None value in in_axes",),
        cause="`in_axes` is None for every argument, so there is nothing to map over.",
        advice="Write 0 for the argument whose rows are to be mapped.",
    ),
    ErrorRow(
        93,
        fragments=(r"Using a non-tuple sequence for multidimensional indexing",),
        cause="A Python list is used as an index.",
        advice="Make it an array: `x[jnp.array(indices)]`.",
    ),
    ErrorRow(
        94,
        fragments=(
            r"Expected a callable value, got",
            r"body_fun and cond_fun arguments should be callable",
        ),
        cause="A function is needed here, and a value is given.",
        advice="Pass the function itself, without calling it first.",
    ),
    ErrorRow(
        95,
        fragments=(
            r"static_argnums=.{1,40} but only accepts",
            r"invalid argnames .{1,200} in stat",
        ),
        cause="`static_argnums` or `static_argnames` points at an argument that does not exist.",
        advice="Count arguments from 0, and spell names as in the `def` line.",
    ),
    ErrorRow(
        96,
        fragments=(r"scan got values with different leading axis sizes",),
        cause="The arrays that `lax.scan` runs over have different lengths.",
        advice="Scan over arrays of one length, and pass the others in the carry.",
    ),
    ErrorRow(
        97,
        fragments=(r"arguments to fori_loop must have equal types",),
        cause="The two limits of `lax.fori_loop` have different types.",
        advice="Give two integers, such as `0` and `n`.",
    ),
    ErrorRow(
        98,
        fragments=(r"scan got no values to scan over",),
        cause="`lax.scan` has no array to run over, so it does not know how many steps to take.",
        advice="Give an array, or the number of steps as `length=`.",
    ),
    ErrorRow(
        99,
        kind=("ConcretizationTypeError",),
        fragments=(r"Abstract tracer value encountered where concrete value is expected",),
        cause="A step needs a value that is not known while JAX traces the function.",
        advice="Mark that argument as static, or do this step outside the transformed function.",
    ),
    ErrorRow(
        60,
        fragments=(
            r"cannot access (?:local|free) variable '(?P<name>\w{1,60})'",
            r"variable '(?P<name>\w{1,60})' referenced before assignment",
        ),
        cause="`{name}` is used before a value is assigned to it in this function.",
        advice="Set it before this line, or use the function's parameter.",
    ),
    ErrorRow(
        61,
        kind=("RecursionError",),
        fragments=(r"maximum recursion depth exceeded",),
        cause="A function calls itself without an end.",
        advice="Look for a call of the function within itself, or two functions of one name.",
    ),
    ErrorRow(
        62,
        kind=("MemoryError",),
        fragments=(
            r"RESOURCE_EXHAUSTED",
            r"Unable to allocate .{1,40} for an array",
            r"Out of memory allocating",
        ),
        cause="An array is larger than the memory allowed.",
        advice="Print the shapes before this line, and look for an axis too many.",
    ),
    ErrorRow(
        63,
        fragments=(r"No module named '(?P<name>[\w.]{1,60})'",),
        cause="No package or file named `{name}` is there where your code was run.",
        advice="Use the packages that the notebook came with, and hand in your own files too.",
    ),
    ErrorRow(
        64,
        kind=("ZeroDivisionError",),
        fragments=(r"division (?:or modulo )?by zero", r"(?:floor division|modulo) by zero"),
        cause="A number is divided by zero.",
        advice="Look where the divisor comes from, and settle what to do when it is 0.",
    ),
    ErrorRow(
        65,
        kind=("IndexError",),
        fragments=(
            r"(?:list|tuple|string|range object) (?:assignment )?index out of range",
            r"index -?\d+ is out of bounds for axis",
            r"pop from empty list",
        ),
        cause="An index is larger than the number of entries allows.",
        advice="Print the length and the index: the entries count from 0.",
    ),
    ErrorRow(
        66,
        kind=("KeyError",),
        cause="A dictionary has no entry for this key.",
        advice="Print the dictionary's keys, and compare the spelling.",
    ),
    ErrorRow(
        67,
        fragments=(r"'NoneType' object has no attribute '(?P<name>\w{1,60})'",),
        cause="The value in front of `.{name}` is None.",
        advice="Look for a function without `return`, or a line that still sets a value to None.",
    ),
    ErrorRow(
        68,
        fragments=(
            r"missing \d+ required (?:positional|keyword-only) arguments?: '(?P<name>\w{1,60})'",
            r"missing a required argument: '(?P<name>\w{1,60})'",
        ),
        cause="A function is called without its argument `{name}`.",
        advice="Compare the call with the `def` line, argument by argument.",
    ),
    ErrorRow(
        69,
        fragments=(r"cannot unpack non-iterable (?P<name>\w{1,60}) object",),
        cause="Several names stand on the left of `=`, and the value on the right is a single "
        "`{name}`.",
        advice="Look at what the function on the right returns, and whether it has a `return`.",
    ),
    ErrorRow(
        70,
        fragments=(r"takes .{1,40} positional arguments? but \d+ w(?:as|ere) given",),
        cause="A function is called with more arguments than it takes.",
        advice="Compare the call with the `def` line, argument by argument.",
    ),
    ErrorRow(
        71,
        fragments=(
            r"got an unexpected keyword argument '(?P<name>\w{1,60})'",
            r"got multiple values for (?:keyword )?argument '(?P<name>\w{1,60})'",
        ),
        cause="The argument `{name}` does not exist in this function or is given twice.",
        advice="Compare the call with the `def` line or the documentation.",
    ),
    ErrorRow(
        72,
        fragments=(
            r"'NoneType' object is not (?:callable|iterable|subscriptable)",
            r"object of type 'NoneType' has no len",
            r"'NoneType' object does not support item assignment",
        ),
        cause="A value is None where an array, a list or a function is needed.",
        advice="Look for a function without `return`, or a line that still sets a value to None.",
    ),
    ErrorRow(
        73,
        fragments=(r"object is not callable",),
        cause="Round brackets follow a value that is no function.",
        advice="Use square brackets to pick entries, and look for a variable with a function's "
        "name.",
    ),
    ErrorRow(
        74,
        fragments=(
            r"'(?:int|float|bool)' object is not iterable",
            r"object of type '(?:int|float|bool)' has no len",
            r"len\(\) of unsized object",
        ),
        cause="A single number stands where several values are needed.",
        advice="Loop over `range(k)`, or look where an array became one number.",
    ),
    ErrorRow(
        75,
        fragments=(r"too many values to unpack",),
        cause="There are fewer names on the left of `=` than values on the right.",
        advice="Print the value on the right, and give one name for each value.",
    ),
    ErrorRow(
        76,
        fragments=(
            r"unsupported operand type\(s\) for",
            r"bad operand type for",
            r"not supported between instances of",
            r"can only concatenate",
        ),
        cause="The two sides of this operation have types that do not go together.",
        advice="Print the type of each side, and make both numbers or arrays.",
    ),
    ErrorRow(
        77,
        fragments=(
            r"'(?:list|tuple|int|float|bool|str)' object has no attribute '(?P<name>\w{1,60})'",
        ),
        cause="`.{name}` is asked of a plain Python value, and only another type has it.",
        advice="Make an array of it first: `jnp.array(...)`.",
    ),
    ErrorRow(
        78,
        fragments=(
            r"object has no attribute '(?P<name>\w{1,60})'",
            r"Tracer has no attribute (?P<name>\w{1,60})",
        ),
        cause="The value has no `.{name}`.",
        advice="Print the value's type, and compare the spelling with the documentation.",
    ),
    ErrorRow(
        79,
        fragments=(r"object does not support item assignment",),
        cause="Entries are assigned to a value that cannot change, such as a tuple or a number.",
        advice="Build a new value instead of changing this one.",
    ),
    ErrorRow(
        100,
        fragments=(r"cannot import name '(?P<name>\w{1,60})' from",),
        cause="The package has no `{name}` in this version.",
        advice="Compare the `import` line with the one that the notebook came with.",
    ),
    ErrorRow(
        101,
        kind=("FileNotFoundError",),
        fragments=(r"No such file or directory",),
        cause="The code opens a file that is not there when the notebook is checked.",
        advice="Make the data within the notebook, or use the files that came with it.",
    ),
    ErrorRow(
        102,
        kind=("SyntaxError", "IndentationError", "TabError"),
        cause="Python cannot read this line.",
        advice="Look at the line and the one above it for brackets, colons and indentation.",
    ),
    ErrorRow(
        103,
        kind=("AssertionError",),
        cause="An `assert` in the code does not hold.",
        advice="Print the two sides of the `assert`, and follow where the values come from.",
    ),
    ErrorRow(
        104,
        kind=("NotImplementedError",),
        cause="The code still holds a `raise NotImplementedError` or uses a missing feature.",
        advice="Fill in the function, and take out that line.",
    ),
    ErrorRow(
        105,
        fragments=(r"could not convert string to float", r"invalid literal for int\(\)"),
        cause="Text that is no number is to be turned into a number.",
        advice="Print the text before this line.",
    ),
    ErrorRow(
        106,
        fragments=(r"'float' object cannot be interpreted as an integer",),
        cause="A whole number is needed, and the value is a float.",
        advice="Divide with `//`, or convert with `int(...)`.",
    ),
    ErrorRow(
        107,
        fragments=(r"unhashable type",),
        cause="An array or a list is used as a dictionary key, a set's entry or a static argument.",
        advice="Use a number, a text or a tuple there.",
    ),
    ErrorRow(
        108,
        fragments=(r"'\w+' object is not subscriptable",),
        cause="Square brackets follow a value that has no entries, such as a function.",
        advice="Call a function with round brackets, and print the type of the value.",
    ),
    ErrorRow(
        109,
        kind=("AttributeError",),
        cause="What stands after the dot does not exist, or cannot be changed.",
        advice="Print the type of what stands before the dot, and compare the spelling.",
    ),
    ErrorRow(
        112,
        kind=("EOFError",),
        cause="`input` waits for the keyboard, and nobody is there while this is checked.",
        advice="Write the value into the notebook in place of `input(...)`.",
    ),
    ErrorRow(
        110,
        kind=("NameError", "UnboundLocalError"),
        cause="A name is used that has no value where this line runs.",
        advice="Look for a line still to fill in, another spelling or a cell not run.",
    ),
    ErrorRow(
        111,
        kind=("ImportError", "ModuleNotFoundError"),
        cause="A package, or a name in it, cannot be imported.",
        advice="Compare the `import` line with the one that the notebook came with.",
    ),
)
"""The rows in the order in which they are tried: a telling text stands before a general one."""


SILENT_ADVICE: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        8: (
            "The loop's first comparison of its two numbers stops it at once or after one step.",
            "Start with a large finite number: inf - inf is NaN, and 0 is too small.",
        ),
        9: (
            "Two results are returned in the other order, so floats serve as labels.",
            "Return the values in the order that the task names.",
        ),
        10: (
            "A group without members has the mean 0/0, which is NaN, and `argmin` picks NaN first.",
            "Keep the old value when a group is empty: `jnp.where(count > 0, mean, old)`.",
        ),
        19: (
            "`print` inside a traced function shows the tracer, not the value.",
            'Use `jax.debug.print("{}", x)`.',
        ),
        25: (
            "A reduction without an axis gives one number for the whole array.",
            "Give the axis, such as `axis=-1` for `norm` or `axis=1` for `argmin`.",
        ),
        29: (
            "JAX does not report an index that is too large, and takes the last entry.",
            "Count from 0 to k - 1.",
        ),
        33: (
            "One random key is used twice, which gives the same numbers twice.",
            "Split it with `key, subkey = random.split(key)`, and use each key once.",
        ),
        48: (
            "JAX 0.5.0 changed its random numbers, so they differ from older printed ones.",
            "Leave your code as it is: compare with the current run, not with printed numbers.",
        ),
    }
)
"""Cause and advice of the rows that raise nothing."""

SILENT_ROWS: tuple[int, ...] = tuple(SILENT_ADVICE)
"""The numbers of the rows that raise nothing (33 does only with `jax_debug_key_reuse`)."""
