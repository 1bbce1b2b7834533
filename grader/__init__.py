"""An automated grader for numerical exercises in JAX notebooks.

In a notebook, `from grader import check` brings the self-check, see `grader.selfcheck.in_notebook`.
"""

from importlib import import_module

__version__ = "0.1.0"

__all__ = ["__version__", "check"]


def __getattr__(name: str) -> object:
    """`check`, which loads only when it is asked for: every other use of the package is light."""
    if name == "check":
        return import_module("grader.selfcheck.in_notebook").check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
