"""Which names plain code may use: of Python, of its library, and of the packages for students."""

from __future__ import annotations

import sys
from collections.abc import Mapping

Path = tuple[str, ...]
"""A dotted name, taken apart."""

HARMLESS = frozenset(
    "abc bisect calendar cmath collections contextlib copy dataclasses datetime decimal "
    "fractions functools heapq itertools json math numbers operator pprint random re statistics "
    "string textwrap time typing typing_extensions warnings __future__".split()
)
"""Modules of the library that hold functions of values, and nothing of the process."""
PARTLY: Mapping[str, frozenset[str]] = {
    "os": frozenset("environ path getcwd cpu_count sep linesep makedirs listdir".split()),
    "sys": frozenset("maxsize float_info version version_info path executable platform".split()),
    "types": frozenset({"SimpleNamespace"}),
    "enum": frozenset({"Enum", "IntEnum", "StrEnum", "auto", "unique"}),
    "pathlib": frozenset({"Path", "PurePath"}),
    "platform": frozenset({"python_version", "system", "machine", "processor"}),
    "timeit": frozenset({"default_timer"}),
    "string": frozenset(
        "ascii_letters ascii_lowercase ascii_uppercase digits punctuation printable".split()
    ),
    "logging": frozenset(
        "getLogger basicConfig disable INFO DEBUG WARNING ERROR CRITICAL info debug warning".split()
    ),
}
"""What may be used of other modules of the library."""
PACKAGES = frozenset(
    "numpy jax flax optax equinox chex einops jaxtyping haiku distrax diffrax optimistix lineax "
    "jaxopt numpyro blackjax matplotlib mpl_toolkits pylab seaborn scipy pandas tqdm IPython "
    "google ipywidgets plotly rich tabulate termcolor".split()
)
"""Packages that students import."""
DRAWING = frozenset({"matplotlib", "pylab", "seaborn", "pandas", "plotly", "IPython"})
"""Packages whose settings may be changed: they have no part in what is counted."""
GIVEN: Mapping[str, Path] = {
    "jax": ("jax",),
    "jnp": ("jax", "numpy"),
    "np": ("numpy",),
    "numpy": ("numpy",),
    "plt": ("matplotlib", "pyplot"),
    "mpl": ("matplotlib",),
    "lax": ("jax", "lax"),
    "random": ("jax", "random"),
}
"""Names that code may use without importing them: they are there, or come with all of pylab."""
SHOWN = frozenset(
    {("flax", "core"), ("IPython", "core", "display"), ("IPython", "core", "pylabtools")}
)
"""Dotted names in THROUGH that may be used all the same."""
THROUGH = frozenset(
    "np jnp jax numpy pd core types compat cbook builtin_mod tpe traceback_util jax_traceback_util "
    "jax_utils fp8_ops dtypes pxla earray experimental internal locale keyword dviread texmanager "
    "font_manager backend_bases backend_tools interactiveshell extensions io_open mpl".split()
)
"""Names through which a package other than NumPy and JAX shows what it is made of."""

OPEN = frozenset(
    {
        *(("numpy", "lib"), ("numpy", "lib", "stride_tricks")),
        ("numpy", "lib", "stride_tricks", "sliding_window_view"),
        *(("jax", "experimental"), ("jax", "extend")),
        *(
            ("jax", "experimental", name)
            for name in "ode sparse checkify shard_map mesh_utils enable_x64 disable_x64 "
            "optimizers stax loops io_callback custom_partitioning host_callback pjit".split()
        ),
        ("jax", "extend", "random"),
    }
)
"""Dotted names in CLOSED that may be used all the same, and what is in those of full length."""
CLOSED: frozenset[Path] = frozenset(
    {
        *(
            ("jax", name)
            for name in "extend interpreters monitoring profiler lib tools distributed version "
            "api_util collect_profile experimental example_libraries export ffi jaxlib".split()
        ),
        *(("numpy", name) for name in "core ctypeslib f2py distutils compat lib testing".split()),
        *(("numpy", "ma", "core"), ("numpy", "ma", "extras")),
        *(("numpy", "random", "mtrand"), ("numpy", "random", "bit_generator")),
        *(("scipy", "LowLevelCallable"), ("flax", "nnx", "State")),
        *(("chex", "fake_jit"), ("chex", "fake_pmap"), ("chex", "fake_pmap_and_jit")),
    }
)
"""Dotted names that lead to how a package works, with all that is in them."""
INNER: Mapping[Path, frozenset[str]] = {
    ("jax",): frozenset(
        "numpy lax random nn tree tree_util scipy ops image debug errors dtypes sharding typing "
        "custom_batching custom_derivatives dlpack core stages ref experimental "
        "flatten_util ad_checkpoint".split()
    ),
    ("jax", "lax"): frozenset({"linalg"}),
    ("jax", "nn"): frozenset({"initializers"}),
    ("jax", "numpy"): frozenset({"fft", "linalg"}),
    ("jax", "scipy", "cluster"): frozenset({"vq"}),
    ("jax", "scipy", "sparse"): frozenset({"linalg"}),
    ("jax", "scipy", "stats"): frozenset(
        "bernoulli beta betabinom binom cauchy chi2 dirichlet expon gamma gennorm geom gumbel_l "
        "gumbel_r laplace logistic multinomial multivariate_normal nbinom norm pareto poisson t "
        "truncnorm uniform vonmises wrapcauchy".split()
    ),
    ("jax", "scipy"): frozenset(
        "cluster fft integrate interpolate linalg ndimage optimize signal sparse spatial special "
        "stats".split()
    ),
    ("numpy", "polynomial"): frozenset(
        "polynomial chebyshev legendre laguerre hermite hermite_e polyutils".split()
    ),
    ("numpy",): frozenset(
        "linalg random fft ma polynomial char strings rec dtypes emath exceptions typing "
        "testing".split()
    ),
}
"""The modules in the packages whose functions are counted, or count."""
MODULES = frozenset((*path, name) for path, names in INNER.items() for name in names)

SPECIAL = frozenset(
    f"__{name}__"
    for name in "name doc version file all author qualname init new call post_init repr str len "
    "getitem setitem delitem contains iter next reversed eq ne lt le gt ge hash bool int float "
    "complex index round abs neg pos invert add radd iadd sub rsub isub mul rmul imul truediv "
    "rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul and or xor enter exit "
    "missing format slots array jax_array array_priority annotations future".split()
)
"""Names with two underscores that code defines or reads with nothing beyond."""
FIELDS = frozenset("_replace _asdict _fields _make _field_defaults".split())
"""Names with an underscore that are public: those of named tuples."""

FRAMES = frozenset(
    "f_back f_globals f_locals f_builtins f_code f_trace f_lineno f_lasti gi_frame gi_code "
    "gi_yieldfrom cr_frame cr_code cr_await cr_origin ag_frame ag_code ag_await tb_frame tb_next "
    "tb_lasti tb_lineno co_code co_consts co_names func_globals func_code".split()
)
"""What leads from a value to the frames in which code runs."""
BUILTINS = frozenset(
    "setattr delattr vars globals locals exec eval compile open breakpoint".split()
)
"""Functions of Python that reach for names by text, run text, or open files."""
_ALSO_ANYWHERE = (
    "sys os gc ctypes inspect importlib builtins threading traceback subprocess pickle copyreg "
    "weakref socket pdb bdb runpy codeop marshal shelve tracemalloc faulthandler mmap io posix "
    "posixpath ntpath genericpath pathlib tempfile shutil fileinput linecache ast dis opcode "
    "concurrent asyncio multiprocessing atexit logging contextvars unittest doctest timeit "
    "cProfile pstats pydoc pkgutil zipimport zipfile tarfile sysconfig imp fcntl selectors "
    "sqlite3 rlcompleter readline urllib http xmlrpc tokenize symtable encodings codecs"
)
ATTRIBUTES = (
    FRAMES
    | (frozenset(_ALSO_ANYWHERE.split()) & sys.stdlib_module_names)
    | frozenset(
        "setattr delattr globals locals exec open breakpoint attrgetter methodcaller bltns "
        "get_field vformat Formatter register singledispatch singledispatchmethod get_type_hints "
        "evaluate_forward_ref get_annotations ForwardRef make_dataclass FunctionType CodeType "
        "ModuleType MethodType "
        "InteractiveInterpreter InteractiveConsole runsource runcode runctx run_path run_module "
        "ctypeslib as_strided memmap tofile fromfile savetxt save savez savez_compressed dump "
        "read_array read_pickle to_pickle to_csv to_json to_hdf to_sql write_text write_bytes "
        "new_class prepare_class savemat def_impl def_abstract_eval default_registry getp setp "
        "install_import_hook ArtistInspector DataSource jaxlib inside run_cell user_ns "
        "user_global_ns".split()
    )
)
"""What leads from a module or a value to the process, files, or names that come by text."""
UNLESS_EMPTY = frozenset({"eval", "query", "compile"})
"""Methods that run text, and are harmless where they are called with nothing."""
STEPPED = frozenset(
    "numpy jax einops tqdm matplotlib IPython google jaxtyping collections contextlib copy "
    "dataclasses enum abc functools itertools math cmath numbers operator os sys time types "
    "typing typing_extensions warnings string logging platform timeit __future__".split()
)
"""Packages and modules that call a function for each of many items by lines that are counted."""
CALLBACKS = frozenset("pure_callback io_callback callback_p".split())
"""Functions of JAX by which a program calls Python, whatever that does."""
UNSTEPPED = frozenset(
    {
        *(("jax", name) for name in "tree tree_util disable_jit pure_callback debug".split()),
        *(("jax", name) for name in "experimental custom_batching ops".split()),
        ("numpy", "object_"),
    }
)
"""What may do so by others."""

AS_CALLS = frozenset(
    "getattr type wraps update_wrapper load register_dataclass SimpleNamespace".split()
)
"""Functions that are harmless in some calls only, and therefore nowhere but in calls."""
