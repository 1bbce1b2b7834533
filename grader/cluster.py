"""A class graded by the workers of a Dask cluster, each with a fork server of its own.

The students' files are read here and sent; results and pages come back and are written here. A
worker that would grade by another version, or by another assignment, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from grader import doctor, registry
from grader.catalogue import catalogue
from grader.errors import GraderError, SandboxError, UsageError
from grader.fingerprint import of_class
from grader.marking import Handed, Marked, mark
from grader.material import prepare
from grader.sandbox import ForkServer, control

PATIENCE_S = 10.0
PLUGIN = "jax-exercise-grader"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What all submissions of a class are graded with."""

    assignment: str
    """As `-a` names it, so that a worker finds its own copy."""
    seed: int
    lang: str
    timeout_s: float
    fingerprint: str
    """Of the assignment, the texts and the versions that results are to come from."""
    is_isolation_required: bool = False


@contextmanager
def connected(address: str, order: Order) -> Iterator[tuple[Executor, int, Callable[..., Any]]]:
    """An executor over the cluster, its number of threads, and what to have it call.

    Raises: UsageError when there is no cluster, or one that cannot do this.
    """
    try:
        import distributed  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        msg = "--dask needs the package distributed; pip install 'jax-exercise-grader[dask]'"
        raise UsageError(msg) from error
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        msg = f"--dask {address}: no scheduler answers; start one with `dask scheduler`"
        raise UsageError(msg) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            msg = f"--dask {address}: the cluster has no workers; start some with `dask worker`"
            raise UsageError(msg)
        try:
            client.register_plugin(_plugin(order), name=PLUGIN)
        except GraderError:
            raise
        except Exception as error:
            msg = f"--dask {address}: the workers cannot grade: {type(error).__name__}: {error}"
            raise UsageError(f"{msg}; install the same jax-exercise-grader there") from error
        try:
            yield client.get_executor(pure=False, retries=0), threads, _mark_there
        finally:
            client.unregister_worker_plugin(PLUGIN)


def _plugin(order: Order) -> Any:
    from distributed.diagnostics.plugin import WorkerPlugin  # noqa: PLC0415

    base: Any = WorkerPlugin

    class Desk(base):  # type: ignore[misc]
        """A worker's material and fork server, for as long as the class is graded."""

        def __init__(self) -> None:
            self.order = order

        def setup(self, worker: Any) -> None:
            del worker
            assignment = registry.load(order.assignment)
            texts = catalogue(order.lang, assignment.notebook.parent)
            if of_class(assignment, texts) != order.fingerprint:
                raise SandboxError(
                    "a worker has another version of the grader or of the assignment; "
                    "install the same on all machines"
                )
            self.material = prepare(assignment, order.seed, order.lang)
            self.server = ForkServer()
            control.require(self.server)
            if order.is_isolation_required:
                doctor.require(self.server)

        def teardown(self, worker: Any) -> None:
            del worker
            self.server.close()

    return Desk()


def _mark_there(one: Handed) -> Marked:
    from distributed import get_worker  # noqa: PLC0415

    worker: Any = get_worker()
    desk = worker.plugins[PLUGIN]
    order = desk.order
    return mark(one, desk.material, desk.server, timeout_s=order.timeout_s, lang=order.lang)
