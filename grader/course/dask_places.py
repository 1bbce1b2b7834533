"""The Dask cluster that `--dask` names: one that runs already, or one that is started for a class.

`local:N` starts workers on this machine. `slurm:FILE` and `kubernetes:FILE` have dask-jobqueue and
dask-kubernetes start them, by the configuration files of these packages. Such a cluster begins
with nothing and grows; workers that end are replaced, so often and no more.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from grader.course.dask_calls import silent_at_end, within
from grader.errors import UsageError

WORKERS_WITHIN_S = 60.0
"""So long a cluster that runs already may have no workers, at the start and later."""
QUEUED_WITHIN_S = 24 * 3600.0
"""So long jobs may wait in the queue of a batch system, and pods for a place."""
STARTED_WITHIN_S = 600.0
"""So long the start of a cluster may take: a scheduler's image is loaded first."""
CLOSED_WITHIN_S = 30.0
JOBS = 4
"""So many jobs are asked for where the configuration does not say how many."""
REPLACED_PER_WORKER = 3
"""So often a worker that has ended is replaced, on average, before none is any more."""
MOST_LOCAL = 256
_PACKAGES = {
    "local": ("cryptography", "dask"),
    "slurm": ("dask_jobqueue", "slurm"),
    "kubernetes": ("dask_kubernetes", "kubernetes"),
}
"""What a system takes beside distributed, and the extra that installs it."""

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class DaskCluster:
    """A cluster whose scheduler runs."""

    place: str
    """As `--dask` names it."""
    address: str
    patience_s: float
    """So long it may have no workers, at the start and later."""
    security: Any = None
    """What a client needs where the connections are encrypted."""
    is_ours: bool = False
    """Whether it was started for this class."""
    wanted: int = 0
    """How many workers were asked for, 0 where somebody else starts them."""
    replace: Callable[[], None] | None = None
    """Starts again what has ended; None where that is somebody else's."""

    @property
    def waiting(self) -> str:
        """What is waited for, for a person."""
        if self.is_ours:
            return "waiting for the first; Ctrl-C stops, and the same command continues"
        return f"waiting {self.patience_s:g} s for the first"

    @property
    def remedy(self) -> str:
        """What to do where no workers come."""
        if self.is_ours:
            return "look at the queue and the logs of the jobs, then run the same command again"
        return "start some with `dask worker`"

    @property
    def replacements(self) -> int:
        """So many workers that have ended are replaced."""
        return REPLACED_PER_WORKER * self.wanted


def workers_here(place: str) -> int:
    """How many workers `local:N` starts on this machine, 0 for another place.

    Raises UsageError where N is not a number of workers, or a package that it takes is missing.
    """
    system, number = _parts(place)
    for name, extra in filter(None, (("distributed", "dask"), _PACKAGES.get(system))):
        _require_package(name, place, extra=extra)
    if system != "local":
        return 0
    if not (number.isascii() and number.isdecimal() and 0 < int(number[:4]) <= MOST_LOCAL):
        raise UsageError(
            f"--dask {place}: not a number of workers from 1 to {MOST_LOCAL}; use for example "
            "local:2"
        )
    return int(number)


@contextmanager
def cluster_at(place: str, tell: Tell) -> Iterator[DaskCluster]:
    """The cluster at an address, or started for as long as it is needed. Raises UsageError."""
    workers_here(place)
    system, setting = _parts(place)
    start = _STARTS.get(system)
    if start is None:
        yield DaskCluster(place=place, address=place, patience_s=WORKERS_WITHIN_S)
        return
    with ExitStack() as stack:
        try:
            cluster = start(place, setting, stack, tell)
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(f"--dask {place}: cannot be started: {reason(error)}") from error
        yield cluster


def _require_package(name: str, place: str, *, extra: str) -> None:
    """Raise UsageError where a package is not installed, with the extra that installs it."""
    try:
        is_there = find_spec(name) is not None
    except (ImportError, ValueError):
        is_there = False
    if not is_there:
        system = _parts(place)[0]
        option = f"--dask {system}:..." if system in _STARTS and extra != "dask" else "--dask"
        raise UsageError(
            f"{option} needs the package {name.replace('_', '-')}; run pip install "
            f"'jax-exercise-grader[{extra}]'"
        )


def _parts(place: str) -> tuple[str, str]:
    """The system and its setting: "slurm" and "cluster.yaml"; '' and the whole of an address."""
    system, colon, setting = place.partition(":")
    return (system, setting) if colon and system in _STARTS else ("", place)


def _local(place: str, setting: str, stack: ExitStack, tell: Tell) -> DaskCluster:
    """Workers on this machine; whoever else is on it cannot reach them."""
    del setting, tell
    from distributed import LocalCluster, Security  # noqa: PLC0415  (an extra)

    count = workers_here(place)
    security = Security.temporary()  # type: ignore[no-untyped-call]
    made = silent_at_end(LocalCluster)(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        protocol="tls",
        security=security,
        dashboard_address=None,
    )
    stack.callback(_close, made)
    return DaskCluster(
        place=place,
        address=made.scheduler_address,
        security=security,
        patience_s=WORKERS_WITHIN_S,
        is_ours=True,
        wanted=count,
        replace=lambda: _scaled(made, n=count),
    )


def _slurm(place: str, setting: str, stack: ExitStack, tell: Tell) -> DaskCluster:
    """Jobs of Slurm, by a configuration file of dask-jobqueue."""
    settings = _settings(place, setting)
    if not isinstance(_at(settings, "jobqueue", "slurm"), Mapping):
        raise UsageError(
            f"--dask {place}: has no section `jobqueue: slurm:`; it is the configuration file of "
            "dask-jobqueue"
        )
    if shutil.which("sbatch") is None:
        raise UsageError(f"--dask {place}: sbatch is not there; run this where jobs are submitted")
    _put_in_force(settings, stack)
    made = silent_at_end(import_module("dask_jobqueue").SLURMCluster)()
    stack.callback(_close, made)
    jobs = _most_jobs(_at(settings, "distributed", "adaptive", "maximum"))
    if jobs is None:
        tell(
            f"--dask {place}: asking for {JOBS} jobs; write another number into it as "
            "`distributed: adaptive: maximum:`"
        )
    wanted = jobs or JOBS
    _scaled(made, jobs=wanted)
    return DaskCluster(
        place=place,
        address=made.scheduler_address,
        security=made.security,
        patience_s=QUEUED_WITHIN_S,
        is_ours=True,
        wanted=wanted,
        replace=lambda: _scaled(made, jobs=wanted),
    )


def _kubernetes(place: str, setting: str, stack: ExitStack, tell: Tell) -> DaskCluster:
    """Pods of Kubernetes, by a manifest of a DaskCluster or a configuration of dask-kubernetes."""
    del tell
    settings = _settings(place, setting)
    known: dict[str, Any] = {}
    if settings.get("kind") == "DaskCluster":
        known["custom_cluster_spec"] = settings
    elif not isinstance(settings.get("kubernetes"), Mapping):
        raise UsageError(
            f"--dask {place}: is not a manifest of kind DaskCluster and has no section "
            "`kubernetes:`; it is a file of dask-kubernetes"
        )
    else:
        _put_in_force(settings, stack)
    make = import_module("dask_kubernetes.operator").KubeCluster
    made = within(STARTED_WITHIN_S, lambda: make(quiet=True, **known))
    stack.callback(_close, made)
    return DaskCluster(
        place=place,
        address=made.scheduler_address,
        security=made.security,
        patience_s=QUEUED_WITHIN_S,
        is_ours=True,
    )


_STARTS: Mapping[str, Callable[[str, str, ExitStack, Tell], DaskCluster]] = {
    "local": _local,
    "slurm": _slurm,
    "kubernetes": _kubernetes,
}


def _scaled(cluster: Any, **wanted: int) -> None:
    """Have so many workers asked for, those that have ended among them."""

    async def settled() -> None:
        await cluster
        for worker in list(cluster.workers.values()):  # one that could not be started raises
            await worker

    cluster.scale(**wanted)
    within(STARTED_WITHIN_S, lambda: cluster.sync(settled))


def _close(cluster: Any) -> None:
    with suppress(Exception):  # its scheduler may be gone
        within(CLOSED_WITHIN_S, cluster.close)


def _settings(place: str, file: str) -> dict[str, Any]:
    """What a YAML file says. Raises UsageError."""
    yaml: Any = import_module("yaml")  # comes with dask

    try:
        found = yaml.safe_load(Path(file).read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"--dask {place}: cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(f"--dask {place}: is not YAML, line {line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"--dask {place}: is not YAML: {reason(error)}") from error
    if not isinstance(found, dict):
        raise UsageError(f"--dask {place}: has no settings; see the documentation of the package")
    return found


def _put_in_force(settings: Mapping[str, Any], stack: ExitStack) -> None:
    """Have dask's configuration say this too, for as long as the cluster is needed."""
    config: Any = import_module("dask.config")
    stack.enter_context(config.set(config.merge(config.config, settings)))


def _at(settings: Any, *names: str) -> Any:
    for name in names:
        settings = settings.get(name) if isinstance(settings, Mapping) else None
    return settings


def _most_jobs(found: Any) -> int | None:
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return int(found) if is_number and math.isfinite(found) and found >= 1 else None


def reason(error: BaseException) -> str:
    """An error in a line: what a command said last, else what is said first, else the kind."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return lines[-1 if "stderr:" in lines else 0]
