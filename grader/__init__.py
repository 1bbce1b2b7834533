"""An automated grader for numerical exercises in JAX notebooks.

In a notebook, `from grader import check` brings the self-check, see
`grader.selfcheck.in_notebook`, and `%load_ext grader` its magic, see `grader.selfcheck.magic`.
"""

from importlib import import_module

__version__ = "0.1.0"

__all__ = ["__version__", "check"]


def __getattr__(name: str) -> object:
    """What notebooks use, loaded when it is asked for: all other use of the package is light."""
    if name == "check":
        return import_module("grader.selfcheck.in_notebook").check
    if name in {"load_ipython_extension", "unload_ipython_extension"}:
        return getattr(import_module("grader.selfcheck.magic"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
