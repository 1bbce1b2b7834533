"""Whether code is plain: ways to what runs beside it, and honest code that looks like them."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment import Assignment, registry
from grader.reading.linked_files import program
from grader.reading.plain_code import called_back, reaches, statements_in, uncounted
from grader.reading.plain_names import HARMLESS
from grader.reading.python_parser import syntax_tree
from grader.reading.submission import read_submission
from grader.reading.unreadable import UnreadableError

ROOT = Path(__file__).parents[2]
IMPORTS = "import jax\nimport jax.numpy as jnp\nimport numpy as np\nfrom functools import partial\n"

WAYS = {
    "frames": ("import sys\nf = sys._getframe()", "_getframe"),
    "frames of an import": ("from sys import _getframe\nf = _getframe()", "sys"),
    "frames under another name": ("import sys as math\nf = math._getframe()", "_getframe"),
    "frame of a generator": ("def g():\n    yield\nf = g().gi_frame", "gi_frame"),
    "frame of a coroutine": ("async def g(): pass\nf = g().cr_frame", "cr_frame"),
    "frame before": ("def up(frame):\n    return frame.f_back", "f_back"),
    "names of a frame": ("def names(frame):\n    return frame.f_globals", "f_globals"),
    "traceback": (
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    t = e.__traceback__.tb_frame",
        "__traceback__",
    ),
    "traceback at an exit": (
        "class A:\n    def __exit__(self, kind, e, tb):\n        self.f = tb.tb_frame",
        "tb_frame",
    ),
    "owner of a missing name": (
        "try:\n    jax.nothing\nexcept AttributeError as e:\n    e.obj.x = 1",
        "obj",
    ),
    "stack": ("import inspect\ns = inspect.stack()", "inspect"),
    "stack by import from": ("from inspect import stack\ns = stack()", "inspect"),
    "objects": ("import gc\no = gc.get_objects()", "gc"),
    "memory": ("import ctypes", "ctypes"),
    "memory of NumPy": ("np.ctypeslib.ctypes.memset(0, 0, 1)", "ctypeslib"),
    "memory of an array": ("p = np.ones(3).ctypes.data", "ctypes"),
    "memory beyond an array": ("np.lib.stride_tricks.as_strided(np.ones(1), (1 << 20,))", "as_str"),
    "memory beyond, imported": (
        "from numpy.lib.stride_tricks import as_strided",
        "as_strided",
    ),
    "memory by a map": ("m = np.memmap('/proc/self/mem', mode='r+')", "memmap"),
    "memory by an interface": (
        "class A:\n    __array_interface__ = {'data': (0, False)}",
        "__array_interface__",
    ),
    "memory by a struct": (
        "class A:\n    def __array_struct__(self): return 0",
        "__array_struct__",
    ),
    "modules": ("import sys\nm = sys.modules", "sys.modules"),
    "module of a module": ("np.f2py.sys", "sys"),
    "module of masked arrays": ("np.ma.core.inspect.stack()", "inspect"),
    "module of Python's": ("import enum\nenum.bltns.getattr", "bltns"),
    "module of a module of Python's": ("import statistics\nstatistics.sys", "sys"),
    "what is not public": ("import functools\nfunctools.get_cache_token", "functools.get_ca"),
    "private module": ("jax._src.core", "_src"),
    "private module imported": ("from jax._src import core", "jax._src.core"),
    "private module imported whole": ("import jax._src.core as c", "jax._src.core"),
    "private module of NumPy": ("np._core.umath", "_core"),
    "private module that is also a name": ("class A:\n    _src = 1\njax._src", "_src"),
    "private module by a parameter": (
        "def f(m=jax):\n    return m._src\nclass A:\n    _src = 1",
        "_src",
    ),
    "module as an argument": ("def f(m):\n    return m\nf(jax)", "jax"),
    "module as an argument, inner": ("def f(m):\n    return m\nf(jax.lax)", "jax.lax"),
    "module as an argument, starred": ("from jax import *\nf(lax)", "lax"),
    "module in a list": ("m = [np, jnp][0]", "np"),
    "inner workings": ("jax.interpreters.mlir", "jax.interpreters.mlir"),
    "extensions": ("import jax.extend\njax.extend.core", "jax.extend.core"),
    "events": ("jax.monitoring.clear_event_listeners()", "jax.monitoring.clear"),
    "rules of a primitive": ("jax.lax.add_p.def_impl(len)", "def_impl"),
    "other package": ("import torch", "torch"),
    "jaxlib": ("import jaxlib", "jaxlib"),
    "importlib": ("import importlib\nimportlib.import_module('sys')", "importlib"),
    "import as a function": ("__import__('sys')", "__import__"),
    "builtins": ("import builtins", "builtins"),
    "builtins by name": ("b = __builtins__", "__builtins__"),
    "names of the code": ("globals()['x'] = 1", "globals"),
    "names of a function": ("def f(): pass\nf.__globals__", "__globals__"),
    "code of a function": ("def f(): pass\nf.__code__", "__code__"),
    "what is wrapped": ("jax.nn.relu.__wrapped__", "__wrapped__"),
    "subclasses": ("().__class__.__base__.__subclasses__()", "__class__"),
    "class that is told of others": (
        "class A:\n    def __init_subclass__(cls): pass",
        "__init_subclass__",
    ),
    "text that is run": ("exec('import sys')", "exec"),
    "text that is evaluated": ("eval('sys')", "eval"),
    "text that is compiled": ("compile('sys', '', 'exec')", "compile"),
    "text that NumPy runs": ("np.testing.runstring('import sys', {})", "np.testing.runstring"),
    "text that pandas runs": ("import pandas as pd\npd.eval('x.y')", "eval"),
    "text of a type": ("import typing\ntyping.get_type_hints(f)", "get_type_hints"),
    "text in a formatter": (
        "import string\nstring.Formatter().get_field('0.x', [1], {})",
        "get_field",
    ),
    "text that is timed": ("import timeit\ntimeit.timeit('import sys')", "timeit"),
    "name by text": ("n = 's' + 'ys'\ngetattr(np, n)", "getattr"),
    "name by text that is written": ("getattr(np, 'ctypeslib')", "ctypeslib"),
    "name by text, inner": ("getattr(jax, '_src')", "_src"),
    "getattr in a variable": ("get = getattr\nget(jax, '_src')", "getattr"),
    "getattr in a call": ("partial(getattr, jax)('_src')", "getattr"),
    "getter of names": ("import operator\noperator.attrgetter('_src')", "attrgetter"),
    "getter imported": ("from operator import attrgetter as g\ng('_src')", "attrgetter"),
    "getter by copying": (
        "import functools\nfunctools.update_wrapper(a, b, ('gi_' + 'frame',))",
        "upd",
    ),
    "getter by a pattern": ("match f:\n    case object(__globals__=g): pass", "__globals__"),
    "getter by a pattern of fields": ("class A:\n    __match_args__ = ('x',)", "__match_args__"),
    "getter by a tree": (
        "def g(): yield\njax.tree_util.register_dataclass(type(g()), ['gi_' + 'frame'], [])",
        "register_dataclass",
    ),
    "getter by a tree of errors": (
        "jax.tree_util.register_dataclass(ValueError, ['x'], [])",
        "ValueError",
    ),
    "getter in a variable": ("r = jax.tree_util.register_dataclass", "register_dataclass"),
    "type that makes types": ("type('A', (), {})", "type"),
    "type of a type": ("t = type(int)\nt('A', (), {})", "type"),
    "type in a call": ("partial(type, 'A')", "type"),
    "metaclass": ("class A(type): pass", "type"),
    "metaclass by name": ("class M: pass\nclass A(metaclass=M): pass", "metaclass"),
    "type that is JAX's": ("class A(jax.Array): pass", "jax.Array"),
    "type that is JAX's, renamed": ("B = jax.Array\nclass A(B): pass", "B"),
    "type that is JAX's, passed": ("def f(B):\n    class A(B): pass", "B"),
    "type that becomes JAX's": ("jax.Array.register(np.ndarray)", "register"),
    "type that becomes JAX's, passed": ("def f(c): c.register(int)\nf(jax.Array)", "register"),
    "pickled": ("np.load(f, allow_pickle=True)", "allow_pickle"),
    "pickled by position": ("np.load(f, None, True)", "load"),
    "pickled by another name": ("from numpy import load as l\nl(f, None, True)", "load"),
    "attributes of any name": ("class A:\n    def __getattr__(self, name): pass", "__getattr__"),
    "attributes by text": (
        "from types import SimpleNamespace\nd = {}\nSimpleNamespace(**d)",
        "SimpleNamespace",
    ),
    "attributes of members": ("from enum import Enum\nEnum('A', {})", "Enum"),
    "attributes of members, own": ("from enum import Enum\nclass A(Enum): pass\nA('B', {})", "A"),
    "attributes of a class by a call": ("import abc\nabc.ABCMeta('A', (), {})", "abc.ABCMeta"),
    "attribute by a keyword": ("dict(__array_interface__=1)", "__array_interface__"),
    "keywords of a class": ("class A(**{'metaclass': M}): pass", "metaclass"),
    "package that shows JAX": ("import flax\nflax.jax_utils.jax.lax", "flax.jax_utils.jax.lax"),
    "package that is passed": ("import flax\nf(flax.linen)", "flax.linen"),
    "file": ("open('/proc/self/mem', 'r+b')", "open"),
    "file that is imported later": ("np.savetxt('flax.py', ['import sys'], fmt='%s')", "savetxt"),
    "private module without an import": ("lax._src", "_src"),
    "everything of pylab": ("from pylab import *\nnp.ma.core.mu", "np.ma.core.mu"),
    "module in a file": (
        "import helpers\nfrom helpers import sys\nimport sys\nsys._getframe()",
        "sys",
    ),
    "module of a file": ("import helpers\nimport sys\nhelpers.sys.modules", "sys"),
    "module of a package of files": (
        "import helpers\nimport numpy as n\nf(helpers.more.n)",
        "helpers.more.n",
    ),
    "long way": (f"import matplotlib\n{'matplotlib.pyplot.' * 9}np.ma.core", "matplotlib."),
    "many classes": (
        "".join(f"a = jnp.B{i}\n" for i in range(99)) + "a = jax\na.interpreters",
        "a.",
    ),
    "tests of NumPy": ("np.linalg.test(extra_argv=['-p', 'm'])", "np.linalg.test"),
    "shell": ("import IPython\nIPython.start_ipython(['-c', 'x'])", "IPython.start_ipython"),
    "replaced function": ("jax.lax.while_loop = len", "jax.lax.while_loop = ..."),
    "replaced under another name": ("J = jax\nJ.disable_jit = len", "J.disable_jit = ..."),
    "replaced in a branch": ("m = np if x else jnp\nm.max = len", "m.max = ..."),
    "replaced by a parameter": ("def f(m=jax): m.jit = len", "m.jit = ..."),
    "replaced by setattr": ("setattr(jnp, 'max', len)", "setattr"),
    "replaced by a loop": ("for jax.jit in [len]: pass", "jax.jit = ..."),
    "replaced in a table": ("np.sctypeDict['x'] = 1", "np.sctypeDict = ..."),
    "removed function": ("del jnp.max", "jnp.max = ..."),
    "replaced behind getattr": ("getattr(jax, 'lax').scan = len", "jax = ..."),
    "in a default": ("import sys\ndef f(x, g=sys._getframe): pass", "_getframe"),
    "in a lambda's default": ("import sys\nf = lambda x, g=sys._getframe(): x", "_getframe"),
    "in a decorator": ("import gc\n@gc.callbacks.append\ndef f(): pass", "gc"),
    "in an annotation": ("def f(x: __import__('sys')): pass", "__import__"),
    "in an f-string": ("f'{().__class__}'", "__class__"),
    "in a comprehension": ("[x.f_back for x in y]", "f_back"),
    "in a class": ("class A:\n    import ctypes", "ctypes"),
    "constant": ("n = 'gi_frame'", "gi_frame"),
}
"""Ways to what runs beside the code, each with how the name begins that is told."""

HONEST = {
    "functions": "def f(x):\n    y = jnp.maximum(x, 0)\n    return y.sum()",
    "private names": "_n = 3\ndef _f(_x):\n    return [_x for _ in range(_n)]",
    "private attributes": "class A:\n    def __init__(self):\n        self._x = 1\n    def get(self):\n        return self._x",
    "members": "from enum import Enum\nimport abc\nclass A(Enum):\n    B = 1\nclass C(metaclass=abc.ABCMeta): pass",
    "settings": "from types import SimpleNamespace\nc = SimpleNamespace(n=1, lr=0.1)\nc.n = 2",
    "named tuples": "from typing import NamedTuple\nclass A(NamedTuple):\n    x: jax.Array\na = A(1)._replace(x=2)._asdict()",
    "named tuples as calls": "from collections import namedtuple\nclass A(namedtuple('A', 'x y')):\n    pass",
    "dataclasses": "from dataclasses import dataclass, field\n@jax.tree_util.register_dataclass\n@dataclass\nclass A:\n    x: jax.Array = field(default_factory=list)",
    "registered": "@partial(jax.tree_util.register_dataclass, data_fields=['x'], meta_fields=[])\nclass A:\n    pass",
    "registered later": "class A: pass\njax.tree_util.register_dataclass(A, ['x'], [])\njax.tree_util.register_pytree_node(A, len, max)",
    "inheritance": "from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def f(self): ...\nclass B(A):\n    def __init__(self):\n        super().__init__()",
    "own errors": "class E(ValueError): pass\ntry:\n    raise E\nexcept E as e:\n    print(e.args)",
    "packages": "import flax.linen as nn\nimport optax, equinox as eqx\nfrom flax import nnx\nclass M(nn.Module):\n    n: int\n    @nn.compact\n    def __call__(self, x):\n        return nn.Dense(self.n)(x)",
    "modules as names": "lax = jax.lax\nrandom = jax.random\ntree = jax.tree_util\nx = lax.add(1, 2)",
    "modules in branches": "xp = np if True else jnp\nx = xp.ones(3)",
    "modules as defaults": "def f(x, xp=jnp):\n    return xp.sum(x)",
    "modules imported": "from jax import lax, nn, random\nfrom numpy import linalg as la\nx = la.norm(np.ones(3))",
    "everything imported": "from jax.numpy import *\nfrom math import *\nx = linalg.norm(array([1.0]))",
    "options": "jax.config.update('jax_enable_x64', True)\nnp.set_printoptions(precision=3)\nnp.random.seed(0)",
    "environment": "import os\nos.environ['XLA_FLAGS'] = 'x'\nos.environ.setdefault('JAX_PLATFORMS', 'cpu')",
    "paths": "import sys\nsys.path.append('..')\nn = sys.maxsize",
    "versions": "print(jax.__version__, np.__version__)",
    "figures": "import matplotlib.pyplot as plt\nplt.rcParams['figure.figsize'] = (3, 3)\nax = plt.gca()\nax.grid = None",
    "types": "def f(x):\n    if type(x) is int or isinstance(x, (jax.Array, np.ndarray)):\n        print(type(x), x.dtype.type(0))\n    return f'{type(x).__name__}'",
    "name of a class": "class A:\n    def __repr__(self):\n        return self.__class__.__name__",
    "getattr": "def f(x):\n    return getattr(x, 'shape', ()) if hasattr(x, '__len__') else None",
    "wraps": "from functools import wraps\ndef d(f):\n    @wraps(f)\n    def g(*args):\n        return f(*args)\n    return g",
    "own attributes": "def f(x):\n    f.calls = 1\n    return x\nf.table = {}\nf.table['a'] = 1",
    "items": "d = {}\nd['a'] = 1\nx = np.zeros(3)\nx[0] = 1\nx.flat[0] = 2\ndel d['a']",
    "trace": "x = jnp.trace(jnp.eye(3)) + np.eye(2).trace() + np.array([1])[0]",
    "select": "x = np.select([a], [b])\ny = jax.scipy.signal.convolve(x, x)\nz = x.copy()",
    "modes": "model.eval()\nf = jax.jit(g).lower(x).compile()",
    "patterns": "import re\np = re.compile('a')",
    "windows": "w = np.lib.stride_tricks.sliding_window_view(np.ones(3), 2)",
    "assertions": "np.testing.assert_allclose(1, 1)",
    "files": "d = np.load('data.npz')\nx = d['x']",
    "cached": "import functools\n@functools.lru_cache(maxsize=None)\ndef f(x):\n    return x",
    "sparse": "from jax.experimental import sparse\nfrom jax.experimental.ode import odeint",
    "callbacks": "jax.debug.print('{}', 1)\njax.debug.callback(print, 1)",
    "custom rules": "@jax.custom_jvp\ndef f(x): return x\n@f.defjvp\ndef f_jvp(p, t): return p, t",
    "time": "import time\nfrom time import perf_counter\nt = time.time() - perf_counter()",
    "operators": "import operator\nfrom operator import itemgetter, matmul\nx = operator.add(1, 2)",
    "generators": "def g():\n    yield 1\nx = next(g())\nwith np.errstate(all='ignore'):\n    pass",
    "files of one's own": "import helpers\nfrom helpers.more import f\nhelpers.run(helpers._x)",
    "files of one's own, patched": "import helpers\nhelpers.x = 1",
    "notebook": "from IPython.display import display\nfrom google.colab import drive\nfrom tqdm import trange",
    "match": "match x:\n    case {'a': y}: pass\n    case [1, *rest]: pass\n    case np.ndarray(shape=s): pass",
    "annotations": "from __future__ import annotations\ndef f(x: 'Float[Array, \"n d\"]', n: int | None = None) -> tuple[jax.Array, ...]: ...",
    "warnings": "import warnings\nwarnings.filterwarnings('ignore')\nwith warnings.catch_warnings():\n    pass",
    "text": "s = '{} {0.shape}'.format(1)\nt = 'sys os open exec'",
}  # fmt: skip


def found(text: str) -> str:
    """What is found in a text after the usual imports."""
    return reaches(syntax_tree(IMPORTS + text).body, {"helpers"})


@pytest.mark.parametrize(("text", "name"), WAYS.values(), ids=WAYS)
def test_way_is_seen(text: str, name: str) -> None:
    """Code that could reach what runs beside it is told from plain code, and by which name."""
    assert found(text).startswith(name)


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_honest_code_is_plain(text: str) -> None:
    """What students write to compute is plain, by its looks as well."""
    assert not found(text)


def test_first_name_is_told() -> None:
    """Of several names the first one is told, and in a later statement as well."""
    assert found("x = 1\ny = x.f_back; z = open('a')") == "f_back"


def test_text_that_is_no_python_is_not_plain() -> None:
    """A file that cannot be read is not believed."""
    assert reaches(statements_in("x = (")) == "exec"
    assert not reaches(statements_in("x = 1"))
    assert reaches(statements_in("import gc")) == "gc"


def test_files_of_the_assignment_may_do_anything() -> None:
    """What comes with the assignment is no sign of its own, but gives away nothing either."""
    given = syntax_tree("import sys as s\ndata = open('data.txt').read()").body
    code = {
        "import helpers\nx = helpers.data": "",
        "import helpers\nx = helpers.s._getframe()": "_getframe",
        "from helpers import s\nx = s.modules": "s.modules",
    }
    found = {text: reaches(syntax_tree(text).body, {"helpers"}, given) for text in code}
    assert found == code


UNCOUNTED = {
    "tree": "x = jax.tree.map(w.dot, list(v))",
    "tree imported": "from jax.tree_util import tree_map\nx = tree_map(w.dot, v)",
    "no compiling": "with jax.disable_jit():\n    x = jax.lax.map(w.dot, v)",
    "callback": "x = jax.pure_callback(f, v)",
    "sorting": "rows.sort(key=w.dot)",
    "objects": "x = np.empty(3, dtype=object)",
    "objects of NumPy": "x = np.empty(3, np.object_)",
    "objects by text": "x = v.astype('O')",
    "scipy": "from scipy import ndimage\nx = ndimage.generic_filter(v, w.dot)",
    "pandas": "import pandas as pd\nx = pd.DataFrame(v).apply(w.dot)",
    "heaps": "import heapq\nx = heapq.nlargest(3, v, key=w.dot)",
}
COUNTED = {
    "NumPy": "x = np.stack([*map(w.dot, v)]) @ np.linalg.inv(w)",
    "sorting": "rows.sort()\nx = sorted(rows, key=len)",
    "JAX": "x = jnp.asarray(np.ones(3))\ny = jax.device_get(x)",
    "special functions": "from scipy.special import expit\nimport scipy\nscipy.linalg.inv(x)",
    "objects": "class A(object):\n    pass\nx = object()",
    "einops": "from einops import einsum\nx = einsum(w, v, 'm d, b d -> b m')",
    "library": "import functools, itertools\nx = functools.reduce(max, itertools.chain(v))",
}


@pytest.mark.parametrize("text", UNCOUNTED.values(), ids=UNCOUNTED)
def test_what_cannot_be_counted_is_seen(text: str) -> None:
    """What may go through items without a line of Python is told from what does not."""
    assert uncounted(syntax_tree(IMPORTS + text).body)


@pytest.mark.parametrize("text", COUNTED.values(), ids=COUNTED)
def test_what_is_counted_is_let_be(text: str) -> None:
    """What runs a line for each item, or goes through none, can be counted."""
    assert not uncounted(syntax_tree(IMPORTS + text).body)


def test_work_that_is_left_to_python_is_seen() -> None:
    """What a program leaves to Python is seen under any name, and printing is no such work."""
    texts = {
        "jax.pure_callback(f, k, x)": "jax.pure_callback",
        "from jax.experimental import io_callback as back\nback(f, k, x)": "back",
        "from jax import experimental as e\ne.io_callback(f, k, x)": "e.io_callback",
        "getattr(jax, 'pure_callback')(f)": "jax.pure_callback",
        "jax.debug.print('{}', x)\njax.debug.callback(print, x)": "",
    }
    found = {text: called_back(syntax_tree(IMPORTS + text).body) for text in texts}
    assert found == texts


# What students write ----------------------------------------------------------------------

NOT_PLAIN = {
    "jax_basics/B89_ends_the_process": "_exit",
    "kmeans/E36_missing_module": "exp",  # imports what is not there
    "kmeans/E73_x64_by_environment": "__import__",  # of `os`, to set an option
    "kmeans/E76_exit_in_hidden_checks": "_exit",
    "kmeans/E76_exit_in_part": "_exit",
    "kmeans/E80_side_effects": "open",
    "kmeans/E87_type_hints": "jax.interpreters.xla.DeviceArray",  # gone from JAX
    "kmeans/F04_ended_cell": "_exit",
    "kmeans/F04_import_not_needed": "theano",
    "kmeans/ines": "solution",  # imports a file that is not there
}
"""Situations that are about what is not plain, none of them with a claim that would be believed."""


def submissions(assignment: str) -> list[Path]:
    """All that is handed in for an assignment, here and with the exercise."""
    folder = ROOT / "exercises" / assignment
    golden = ROOT / "tests" / "submissions" / assignment
    found = [*golden.rglob("*"), *(folder / "solutions").iterdir(), *(folder / "samples").iterdir()]
    return sorted(path for path in found if path.is_file() and path.suffix in {".py", ".ipynb"})


def parts_of(path: Path, assignment: Assignment) -> Iterator[tuple[str, str]]:
    """The parts of a submission by their usual names, with what is found in their statements."""
    files = [one for one in path.parent.rglob("*.py") if one != path]
    names = [".".join(one.relative_to(path.parent).with_suffix("").parts) for one in files]
    beside = {name: one.read_text("utf-8") for name, one in zip(names, files, strict=True)}
    try:
        submission = read_submission(path, modules=beside)
    except UnreadableError:
        return
    whole = program(submission.parsed_cells, (), submission.offered)
    own = {name.partition(".")[0] for name in (*submission.offered, *whole.modules, path.stem)}
    for part in assignment.parts:
        statements = whole.slice(names=[part.name]).statements
        yield part.name, reaches([statement.node for statement in statements], own)


@pytest.mark.parametrize("assignment", ["jax_basics", "kmeans", "neural_net", "solvers"])
def test_what_students_write_is_plain(assignment: str) -> None:
    """All that is handed in is plain, apart from what is there to be caught."""
    declared = registry.load(assignment)
    paths = submissions(assignment)
    assert len(paths) > 10
    found = {
        f"{assignment}/{path.parent.name}": reached
        for path in paths
        for _, reached in parts_of(path, declared)
        if reached and reached != "sys.exit"
    }
    assert found == {n: r for n, r in NOT_PLAIN.items() if n.startswith(f"{assignment}/")}


# What packages show -----------------------------------------------------------------------

PACKAGES = ("numpy", "jax", "scipy.stats", "matplotlib.pyplot", "flax.linen", "optax", "equinox")
HARMLESS_TOO = frozenset(
    "base64 struct gzip zlib hashlib colorsys unicodedata zoneinfo uuid shlex array".split()
)
"""Modules of Python's that have nothing of the process."""


def shown(package: str) -> Iterator[tuple[str, types.ModuleType]]:
    """The modules that plain code gets to in a package, by the names that it would write."""
    pending = [(package.partition(".")[0], importlib.import_module(package.partition(".")[0]))]
    importlib.import_module(package)
    seen: set[int] = set()
    while pending:
        path, module = pending.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        yield path, module
        for name in dir(module):
            inner = vars(module).get(name)
            written = f"{path}.{name}"
            if isinstance(inner, types.ModuleType) and not found(f"import {package}\n{written}.x"):
                pending.append((written, inner))


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_show_nothing_of_the_process(package: str) -> None:
    """However many names are strung together, no module of the process is among them."""
    modules = dict(shown(package))
    assert modules
    allowed = HARMLESS | HARMLESS_TOO | {package.partition(".")[0]}
    inner = {
        path: module.__name__
        for path, module in modules.items()
        if "_src" in module.__name__
        or module.__name__.startswith("numpy._")
        or (module.__name__ in sys.stdlib_module_names and module.__name__ not in allowed)
    }
    assert inner == {}


def test_modules_are_known() -> None:
    """A module in JAX or NumPy that plain code gets to is known as one, so that none is passed."""
    for package in ("jax", "numpy", "jax.scipy.stats", "jax.example_libraries.stax"):
        for path, module in shown(package):
            if path.count(".") and module.__name__ not in HARMLESS:
                assert found(f"import {package}\nf({path})"), path
