"""What an exception means for a student: one sentence of cause and one of advice.

`explain` looks up a table of error messages; `tidy_message` makes a message fit to show.
Rows 1 to 50 are JAX errors that are frequent in numerical exercises, 51 to 59 and 80 to 99
further ones of JAX and NumPy, 60 to 79 and from 100 on those of plain Python. The numbers
are stable, and what is said stands under `error.NUMBER` in the catalog.

The text decides, because JAX moves errors between classes: the first row with a fragment in
the message wins. Only when no fragment fits does the class, so that a reworded message of
a telling class is still explained. Wordings are those of JAX 0.4.13 to 0.10.2 and of NumPy
1.26 to 2.4.

Source: jax-ml/jax `jax/_src/errors.py`, `docs/errors.rst`, `docs/faq.rst`, `CHANGELOG.md` and
`docs/notebooks/Common_Gotchas_in_JAX.md`. The module is long because the table is.
"""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass

from grader.catalog import Message, Text, say
from grader.safe_text import visible

NO_SUCH_FILE = frozenset({101, 113})
"""The rows of a file that is not there."""
MAX_SHOWN = 200
"""Characters of a tidied message, its class included."""

_MAX_KIND = 60
_MAX_READ = 4000
"""Characters of a message that are looked at: more is data, and student code may print much."""


@dataclass(frozen=True)
class ErrorRow:
    """One row: the wordings of an error, whose cause and advice the catalog has.

    A fragment is a regular expression for a message with its white space collapsed; its
    group `name`, if there is one, fills `{name}` in what is said. `kind` holds the classes that
    mean this row when no row's fragment fits; such a row has no `{name}`.
    """

    number: int
    _: KW_ONLY
    kind: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Why an exception is raised and what to do: a sentence each, for the student."""

    row: int
    _: KW_ONLY
    cause: Message
    advice: Message
    name: str = ""
    """What the message names, as it stands in both sentences."""


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
    text = visible(" ".join(_without_arrays(text).split()), limit=len(text))
    name = visible("".join(kind.split()), limit=len(kind))[:_MAX_KIND]
    return _first_sentences(f"{name}: {text}" if text and name else text or name)


def raised(kind: str, message: str) -> Text:
    """The same as a message that keeps the class apart from what the exception says."""
    said = tidy_message(kind, message)
    name, colon, rest = said.partition(": ")
    is_class = colon and name == tidy_message(kind, "")
    return say("stopped.raised", kind=name, said=rest) if is_class else said


def _filled(row: ErrorRow, name: str) -> Explanation:
    return Explanation(
        row.number,
        cause=say(f"error.{row.number}.cause", name=name),
        advice=say(f"error.{row.number}.advice", name=name),
        name=name,
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
    ),
    ErrorRow(
        2,
        kind=("NonConcreteBooleanIndexError",),
        fragments=(r"Array boolean indices must be concrete",),
    ),
    ErrorRow(
        3,
        fragments=(r"The size argument of jnp\.\w+ must be statically specified",),
    ),
    ErrorRow(
        4,
        kind=("TracerBoolConversionError",),
        fragments=(
            r"Attempted boolean conversion of traced array",
            r"The problem arose with the `bool` function",
        ),
    ),
    ErrorRow(
        5,
        fragments=(r"cond_fun must return a boolean scalar",),
    ),
    ErrorRow(
        6,
        fragments=(
            r"carry input and carry output must have equal types",
            r"output and input must have identical types",
        ),
    ),
    ErrorRow(
        7,
        fragments=(
            r"carry input and carry output must have the same pytree structure",
            r"output and input must have (?:the )?same type structure",
        ),
    ),
    ErrorRow(
        11,
        kind=("TracerArrayConversionError",),
        fragments=(
            r"The numpy\.ndarray conversion method __array__\(\) was called on",
            r"The problem arose with the `(?:numpy\.)?array` function",
        ),
    ),
    ErrorRow(
        12,
        kind=("TracerIntegerConversionError",),
        fragments=(r"The __index__\(\) method was called on",),
    ),
    ErrorRow(
        13,
        fragments=(
            r"[Ii]t arose in (?:the )?(?:jnp|jax\.numpy)\.arange argument",
            r"'num' argument of (?:jnp|jax\.numpy)\.linspace",
        ),
    ),
    ErrorRow(
        14,
        fragments=(
            r"Shapes must be 1D sequences of concrete values of integer type, got .*Trace",
            r"Shapes must be 1D sequences of concrete values of integer type.*If using `jit`",
        ),
    ),
    ErrorRow(
        15,
        fragments=(
            r"The problem arose with the `(?:float|int|complex)` function",
            r"This occurred in the item\(\) method",
            r"The tolist\(\) method was called on traced array",
        ),
    ),
    ErrorRow(
        16,
        fragments=(r"Non-hashable static arguments are not supported",),
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
    ),
    ErrorRow(
        18,
        kind=("UnexpectedTracerError",),
        fragments=(r"Encountered an unexpected tracer",),
    ),
    ErrorRow(
        20,
        fragments=(r"vmap got inconsistent sizes for array axes to be mapped",),
    ),
    ErrorRow(
        21,
        fragments=(
            r"vmap in_axes must be an int, None, or a tuple",
            r"vmap in_axes specification must be a tree prefix",
        ),
    ),
    ErrorRow(
        22,
        fragments=(r"vmap was requested to map its argument along axis",),
    ),
    ErrorRow(
        57,
        fragments=(
            r"Incompatible (?:types|shapes) for broadcasting: .{1,200} requested (?:type|shape)",
        ),
    ),
    ErrorRow(
        23,
        fragments=(
            r"got incompatible shapes for broadcasting",
            r"Incompatible shapes for broadcasting",
            r"operands could not be broadcast together",
        ),
    ),
    ErrorRow(
        24,
        fragments=(r"'(?:int|float|bool|complex)' object is not subscriptable",),
    ),
    ErrorRow(
        26,
        kind=("AxisError",),
        fragments=(r"axis -?\d+ is out of bounds for array of dimension \d+",),
    ),
    ErrorRow(
        89,
        fragments=(
            r"requires ndarray or scalar arguments, got <class 'NoneType'>",
            r"None is not a valid value for jnp\.array",
        ),
    ),
    ErrorRow(
        27,
        fragments=(r"requires ndarray or scalar arguments, got <class",),
    ),
    ErrorRow(
        28,
        fragments=(
            r"Indexer must have integer or boolean type",
            r"arrays used as indices must be of integer",
            r"only integers, slices \(`:`\), ellipsis",
            r"(?:list|tuple) indices must be integers or slices, not float",
        ),
    ),
    ErrorRow(
        30,
        fragments=(
            r"JAX encountered invalid PRNG key data",
            r"[Uu]nexpected PRNG key type",
        ),
    ),
    ErrorRow(
        31,
        fragments=(r"shape argument of jax\.random\.\w+ must be a sequence",),
    ),
    ErrorRow(
        32,
        fragments=(r"missing \d required positional arguments?: (?:'minval' and )?'maxval'",),
    ),
    ErrorRow(
        33,
        kind=("KeyReuseError",),
        fragments=(r"[Pp]reviously-consumed key",),
    ),
    ErrorRow(
        34,
        fragments=(r"Unknown backend:? '?\w+",),
    ),
    ErrorRow(
        35,
        fragments=(
            r"module 'jax\.random' has no attribute 'shuffle'",
            r"cannot import name 'shuffle' from 'jax\.random'",
        ),
    ),
    ErrorRow(
        36,
        fragments=(
            r"module 'jax\.ops' has no attribute 'index",
            r"cannot import name 'index\w*' from 'jax\.ops'",
        ),
    ),
    ErrorRow(
        37,
        fragments=(r"clip\(\) got an unexpected keyword argument 'a_m(?:in|ax)'",),
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
    ),
    ErrorRow(
        39,
        fragments=(
            r"module 'numpy' has no attribute '(?:int|float|bool|object|str|complex|long)'",
        ),
    ),
    ErrorRow(
        58,
        fragments=(r"module '(?:jax|numpy)[\w.]*' has no attribute '(?P<name>\w{1,60})'",),
    ),
    ErrorRow(
        40,
        fragments=(r"Explicitly requested dtype .{1,200} is not available",),
    ),
    ErrorRow(
        41,
        fragments=(r"requires arguments to have the same dtypes",),
    ),
    ErrorRow(
        42,
        fragments=(
            r"The truth value of an array with more than one element is ambiguous",
            r"The truth value of an empty array is ambiguous",
        ),
    ),
    ErrorRow(
        43,
        fragments=(r"Gradient only defined for scalar-output functions",),
    ),
    ErrorRow(
        44,
        fragments=(r"\bname '(?P<name>\w{1,60})' is not defined",),
    ),
    ErrorRow(
        45,
        fragments=(r"not enough values to unpack",),
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
    ),
    ErrorRow(
        47,
        fragments=(
            r"Error interpreting argument to .{1,600} as an abstract array",
            r"is not a valid JAX (?:array )?type",
        ),
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
    ),
    ErrorRow(
        50,
        fragments=(r"(?:list|tuple) indices must be integers or slices, not",),
    ),
    ErrorRow(
        51,
        fragments=(r"iteration over a 0-d array",),
    ),
    ErrorRow(
        52,
        fragments=(r"unsupported format string passed to [\w.]+\.__format__",),
    ),
    ErrorRow(
        53,
        fragments=(
            r"dot_general requires contracting dimensions to have the same shape",
            r"matmul: Input operand \d has a mismatch in its core dimension",
            r"shapes \(.{0,80}\) and \(.{0,80}\) not aligned",
        ),
    ),
    ErrorRow(
        54,
        fragments=(r"got an unexpected keyword argument '(?:dim|keepdim)'",),
    ),
    ErrorRow(
        55,
        fragments=(r"\ba must be (?:1-dimensional|an array or an integer)",),
    ),
    ErrorRow(
        56,
        fragments=(r"Shapes must be 1D sequences of concrete values of integer type",),
    ),
    ErrorRow(
        59,
        fragments=(r"Slice entries must be static integers", r"Array slice indices must have"),
    ),
    ErrorRow(
        80,
        fragments=(
            r"Cannot concatenate arrays with shapes that differ",
            r"All input arrays must have the same shape",
            r"all the input array dimensions",
        ),
    ),
    ErrorRow(
        81,
        fragments=(r"cannot reshape array of (?:shape|size)",),
    ),
    ErrorRow(
        82,
        fragments=(r"Cannot take a larger sample",),
    ),
    ErrorRow(
        83,
        fragments=(r"scan body output must be a pair",),
    ),
    ErrorRow(
        84,
        fragments=(r"accepts a single key, but was given a key array",),
    ),
    ErrorRow(
        85,
        fragments=(
            r"branches must have equal output types",
            r"branch outputs must have the same pytree structure",
            r"true_fun and false_fun output must have",
        ),
    ),
    ErrorRow(
        86,
        fragments=(r"boolean index did not match",),
    ),
    ErrorRow(
        87,
        fragments=(r"[Tt]oo many indices",),
    ),
    ErrorRow(
        88,
        fragments=(
            r"[Oo]nly scalar arrays can be converted to Python scalars",
            r"[Oo]nly (?:length|size)-1 arrays can be converted to Python scalars",
            r"only 0-dimensional arrays can be converted to Python scalars",
            r"[Oo]nly integer scalar arrays can be converted to a scalar index",
        ),
    ),
    ErrorRow(
        90,
        fragments=(r"setting an array element with a sequence",),
    ),
    ErrorRow(
        91,
        fragments=(r"requires (?:real- or complex|real)-valued (?:inputs|outputs)",),
    ),
    ErrorRow(
        92,
        fragments=(r"vmap must have at least one non-None value in in_axes",),
    ),
    ErrorRow(
        93,
        fragments=(r"Using a non-tuple sequence for multidimensional indexing",),
    ),
    ErrorRow(
        94,
        fragments=(
            r"Expected a callable value, got",
            r"body_fun and cond_fun arguments should be callable",
        ),
    ),
    ErrorRow(
        95,
        fragments=(
            r"static_argnums=.{1,40} but only accepts",
            r"invalid argnames .{1,200} in stat",
        ),
    ),
    ErrorRow(
        96,
        fragments=(r"scan got values with different leading axis sizes",),
    ),
    ErrorRow(
        97,
        fragments=(r"arguments to fori_loop must have equal types",),
    ),
    ErrorRow(
        98,
        fragments=(r"scan got no values to scan over",),
    ),
    ErrorRow(
        99,
        kind=("ConcretizationTypeError",),
        fragments=(r"Abstract tracer value encountered where concrete value is expected",),
    ),
    ErrorRow(
        60,
        fragments=(
            r"cannot access (?:local|free) variable '(?P<name>\w{1,60})'",
            r"variable '(?P<name>\w{1,60})' referenced before assignment",
        ),
    ),
    ErrorRow(
        61,
        kind=("RecursionError",),
        fragments=(r"maximum recursion depth exceeded",),
    ),
    ErrorRow(
        62,
        kind=("MemoryError",),
        fragments=(
            r"RESOURCE_EXHAUSTED",
            r"Unable to allocate .{1,40} for an array",
            r"Out of memory allocating",
        ),
    ),
    ErrorRow(
        63,
        fragments=(r"No module named '(?P<name>[\w.]{1,60})'",),
    ),
    ErrorRow(
        64,
        kind=("ZeroDivisionError",),
        fragments=(r"division (?:or modulo )?by zero", r"(?:floor division|modulo) by zero"),
    ),
    ErrorRow(
        65,
        kind=("IndexError",),
        fragments=(
            r"(?:list|tuple|string|range object) (?:assignment )?index out of range",
            r"index -?\d+ is out of bounds for axis",
            r"pop from empty list",
        ),
    ),
    ErrorRow(
        66,
        kind=("KeyError",),
    ),
    ErrorRow(
        67,
        fragments=(r"'NoneType' object has no attribute '(?P<name>\w{1,60})'",),
    ),
    ErrorRow(
        68,
        fragments=(
            r"missing \d+ required (?:positional|keyword-only) arguments?: '(?P<name>\w{1,60})'",
            r"missing a required argument: '(?P<name>\w{1,60})'",
        ),
    ),
    ErrorRow(
        69,
        fragments=(r"cannot unpack non-iterable (?P<name>\w{1,60}) object",),
    ),
    ErrorRow(
        70,
        fragments=(r"takes .{1,40} positional arguments? but \d+ w(?:as|ere) given",),
    ),
    ErrorRow(
        71,
        fragments=(
            r"got an unexpected keyword argument '(?P<name>\w{1,60})'",
            r"got multiple values for (?:keyword )?argument '(?P<name>\w{1,60})'",
        ),
    ),
    ErrorRow(
        72,
        fragments=(
            r"'NoneType' object is not (?:callable|iterable|subscriptable)",
            r"object of type 'NoneType' has no len",
            r"'NoneType' object does not support item assignment",
        ),
    ),
    ErrorRow(
        73,
        fragments=(r"object is not callable",),
    ),
    ErrorRow(
        74,
        fragments=(
            r"'(?:int|float|bool)' object is not iterable",
            r"object of type '(?:int|float|bool)' has no len",
            r"len\(\) of unsized object",
        ),
    ),
    ErrorRow(
        75,
        fragments=(r"too many values to unpack",),
    ),
    ErrorRow(
        76,
        fragments=(
            r"unsupported operand type\(s\) for",
            r"bad operand type for",
            r"not supported between instances of",
            r"can only concatenate",
        ),
    ),
    ErrorRow(
        77,
        fragments=(
            r"'(?:list|tuple|int|float|bool|str)' object has no attribute '(?P<name>\w{1,60})'",
        ),
    ),
    ErrorRow(
        78,
        fragments=(
            r"object has no attribute '(?P<name>\w{1,60})'",
            r"Tracer has no attribute (?P<name>\w{1,60})",
        ),
    ),
    ErrorRow(
        79,
        fragments=(r"object does not support item assignment",),
    ),
    ErrorRow(
        115,  # the path of a package's file is absolute
        fragments=(r"cannot import name '(?P<name>\w{1,60})' from '[\w.]+' \((?:\w+/)*\w+\.py\)",),
    ),
    ErrorRow(
        100,
        fragments=(r"cannot import name '(?P<name>\w{1,60})' from",),
    ),
    ErrorRow(
        113,
        fragments=(
            r"No such file or directory: '(?:[^']*/)?(?P<name>[^'/]{1,60})'",
            r"(?:^|[\s/])(?P<name>[\w-][\w.-]{0,60}\.\w{1,8}) not found\.?$",
        ),
    ),
    ErrorRow(
        114,
        kind=("URLError", "gaierror", "ConnectionError"),
        fragments=(
            r"<urlopen error",
            r"Temporary failure in name resolution",
            r"Max retries exceeded with url",
            r"Network is unreachable",
        ),
    ),
    ErrorRow(
        101,
        kind=("FileNotFoundError",),
        fragments=(r"No such file or directory",),
    ),
    ErrorRow(
        102,
        kind=("SyntaxError", "IndentationError", "TabError"),
    ),
    ErrorRow(
        103,
        kind=("AssertionError",),
    ),
    ErrorRow(
        104,
        kind=("NotImplementedError",),
    ),
    ErrorRow(
        105,
        fragments=(r"could not convert string to float", r"invalid literal for int\(\)"),
    ),
    ErrorRow(
        106,
        fragments=(r"'float' object cannot be interpreted as an integer",),
    ),
    ErrorRow(
        107,
        fragments=(r"unhashable type",),
    ),
    ErrorRow(
        108,
        fragments=(r"'\w+' object is not subscriptable",),
    ),
    ErrorRow(
        109,
        kind=("AttributeError",),
    ),
    ErrorRow(
        112,
        kind=("EOFError",),
    ),
    ErrorRow(
        110,
        kind=("NameError", "UnboundLocalError"),
    ),
    ErrorRow(
        111,
        kind=("ImportError", "ModuleNotFoundError"),
    ),
)
"""The rows in the order in which they are tried: a telling text stands before a general one."""
