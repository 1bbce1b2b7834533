"""Clusters that are started for a class, and what is said where that cannot be."""

from __future__ import annotations

import contextlib
import inspect
import os
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_class import HALF, NONE, RIGHT, assignment, hand_in, results, run

from grader.course import dask_places
from grader.course.dask_places import cluster_at, workers_here
from grader.errors import UsageError

distributed = pytest.importorskip("distributed")

SBATCH = """#!/bin/sh
here=$(dirname "$0")
number=1
while ! mkdir "$here/$number" 2> /dev/null; do number=$((number + 1)); done
cp "$1" "$here/$number/job.sh"
bash "$here/$number/job.sh" > "$here/$number/log" 2>&1 &
echo $! > "$here/$number/pid"
echo "Submitted batch job $number"
"""
SCANCEL = """#!/bin/sh
kill "$(cat "$(dirname "$0")/$1/pid")"
"""
REFUSED = """#!/bin/sh
echo "sbatch: error: invalid partition specified: gpus" >&2
exit 1
"""
SLURM = """
jobqueue:
  slurm: {cores: 1, processes: 1, memory: 4GB, scheduler-options: {dashboard_address: null}}
distributed:
  adaptive: {maximum: 2}
"""


def script(path: Path, text: str) -> None:
    """A program that can be run."""
    path.write_text(text, "utf-8")
    path.chmod(0o755)


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a batch system whose jobs are processes here."""
    pytest.importorskip("dask_jobqueue")
    folder = tmp_path / "slurm"
    folder.mkdir()
    script(folder / "sbatch", SBATCH)
    script(folder / "scancel", SCANCEL)
    (folder / "cluster.yaml").write_text(SLURM, "utf-8")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    yield folder
    for pid in folder.glob("*/pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid.read_text("ascii")), 9)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("system", ["local", "slurm"])
def test_started_cluster_grades_alike(
    tmp_path: Path, request: pytest.FixtureRequest, system: str
) -> None:
    """A cluster that begins with nothing gives the results of this machine, and is ended."""
    place = "local:2"
    if system == "local":
        pytest.importorskip("cryptography")
    if system == "slurm":
        place = f"slurm:{request.getfixturevalue('slurm')}/cluster.yaml"
    folder = hand_in(tmp_path / "class", ann=RIGHT, bob=HALF, cat=NONE)
    common = ("batch", folder, "-a", assignment(tmp_path), "--seed", 5)
    there = run(*common, "--out", tmp_path / "there", "--dask", place)
    here = run(*common, "--out", tmp_path / "here")
    assert (there.code, here.code) == (0, 0), there.err
    found = [
        [{**one, "duration_s": 0} for one in results(tmp_path / name).values()]
        for name in ("there", "here")
    ]
    assert found[0] == found[1]
    if system == "slurm":
        assert len([*(tmp_path / "slurm").glob("*/job.sh")]) == 2
        assert f"grader: --dask {place}: no workers yet; waiting for the first" in there.err


@pytest.mark.filterwarnings("ignore")
def test_refused_jobs_are_told(tmp_path: Path, slurm: Path) -> None:
    """What the batch system says about a job that it does not take is the line."""
    script(slurm / "sbatch", REFUSED)
    folder = hand_in(tmp_path / "class", ann=RIGHT)
    place = f"slurm:{slurm}/cluster.yaml"
    options = ("-a", assignment(tmp_path), "--out", tmp_path / "out", "--dask", place)
    ran = run("batch", folder, *options)
    assert (ran.code, ran.err) == (
        2,
        f"grader: --dask {place}: cannot be started: sbatch: error: invalid partition specified: "
        "gpus\n",
    )


@pytest.mark.filterwarnings("ignore")
def test_unknown_number_of_jobs_is_told(slurm: Path) -> None:
    """Where the configuration has no number of jobs, it is said which one is taken."""
    file = slurm / "cluster.yaml"
    file.write_text(SLURM.partition("distributed:")[0], "utf-8")
    script(slurm / "sbatch", "#!/bin/sh\necho Submitted batch job 1\n")
    script(slurm / "scancel", "#!/bin/sh\n")
    lines: list[str] = []
    with cluster_at(f"slurm:{file}", lines.append) as found:
        assert (found.wanted, found.is_ours) == (4, True)
    assert lines == [
        f"--dask slurm:{file}: asking for 4 jobs; write another number into it as "
        "`distributed: adaptive: maximum:`"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        ("a: [", "is not YAML, line 1: expected the node content, but found '<stream end>'"),
        ("\x00", "is not YAML: "),
        ("words", "has no settings; see the documentation of the package"),
        (
            "jobqueue: {pbs: {cores: 1}}",
            "has no section `jobqueue: slurm:`; it is the configuration file of dask-jobqueue",
        ),
        ("jobqueue: {slurm: {memory: 1GB}}", "cannot be started: You must specify how much cores"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_wrong_configuration_is_one_line(slurm: Path, text: str | None, said: str) -> None:
    """A file that says nothing of a cluster is named, with what is wrong."""
    file = slurm / "wrong.yaml"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught, cluster_at(f"slurm:{file}", pytest.fail):
        pass
    (line,) = caught.value.lines
    assert line.startswith(f"--dask slurm:{file}: {said}")


def test_no_batch_system_is_one_line(
    tmp_path: Path, slurm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no job can be submitted, the line says where to run this."""
    monkeypatch.setenv("PATH", str(tmp_path))
    place = f"slurm:{slurm}/cluster.yaml"
    with pytest.raises(UsageError) as caught, cluster_at(place, pytest.fail):
        pass
    assert str(caught.value) == (
        f"--dask {place}: sbatch is not there; run this where jobs are submitted"
    )


@pytest.mark.parametrize("number", ["", "0", "x", "-1", "1.5", "257", "9" * 5000, "٣"])
def test_wrong_number_of_workers(number: str) -> None:
    """Only a number of workers that can be started is one."""
    with pytest.raises(UsageError, match=r"not a number of workers from 1 to 256; use"):
        workers_here(f"local:{number}")


def test_places_elsewhere_start_nothing_here() -> None:
    """Only `local:N` takes this machine's cores."""
    assert [workers_here(place) for place in ("local:3", "tcp://a:1", "localhost:8786")] == [
        3,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("place", "package", "said"),
    [
        ("slurm:x", "dask_jobqueue", "slurm:... needs the package dask-jobqueue; run pip install "),
        (
            "kubernetes:x",
            "dask_kubernetes",
            "kubernetes:... needs the package dask-kubernetes; run pip install ",
        ),
    ],
)
def test_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, place: str, package: str, said: str
) -> None:
    """The line says which extra installs what the system needs."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError) as caught, cluster_at(place, pytest.fail):
        pass
    extra = place.partition(":")[0]
    assert str(caught.value) == f"--dask {said}'jax-exercise-grader[{extra}]'"


# Kubernetes, of which there is none here ---------------------------------------------------------


class Pods:
    """Stands in for `dask_kubernetes.operator.KubeCluster`: keeps how it was made."""

    made: Any = None

    def __init__(self, **known: Any) -> None:
        self.known, self.is_closed = known, False
        self.scheduler_address, self.security = "tcp://10.0.0.7:8786", None
        self.settings = __import__("dask.config").config.get("kubernetes", None)
        Pods.made = self

    def close(self) -> None:
        """End it."""
        self.is_closed = True


@pytest.fixture
def pods(monkeypatch: pytest.MonkeyPatch) -> type[Pods]:
    """Kubernetes, as far as it is asked for anything."""
    operator = types.ModuleType("dask_kubernetes.operator")
    vars(operator)["KubeCluster"] = Pods
    package = sys.modules.get("dask_kubernetes") or types.ModuleType("dask_kubernetes")
    monkeypatch.setattr(dask_places, "_require_package", lambda *_, **__: None)
    monkeypatch.setitem(sys.modules, "dask_kubernetes", package)
    monkeypatch.setitem(sys.modules, "dask_kubernetes.operator", operator)
    return Pods


def test_manifest_is_taken_as_it_is(tmp_path: Path, pods: type[Pods]) -> None:
    """A manifest of a DaskCluster is what is started, and it is ended."""
    file = tmp_path / "cluster.yaml"
    file.write_text("kind: DaskCluster\nmetadata: {name: course}\nspec: {}\n", "utf-8")
    with cluster_at(f"kubernetes:{file}", pytest.fail) as found:
        assert found.address == "tcp://10.0.0.7:8786"
        assert found.patience_s == dask_places.QUEUED_WITHIN_S
        spec = {"kind": "DaskCluster", "metadata": {"name": "course"}, "spec": {}}
        assert pods.made.known == {"quiet": True, "custom_cluster_spec": spec}
    assert pods.made.is_closed


def test_configuration_of_pods_is_theirs(tmp_path: Path, pods: type[Pods]) -> None:
    """A configuration of dask-kubernetes is in force while the cluster is made."""
    file = tmp_path / "kubernetes.yaml"
    file.write_text("kubernetes: {name: course, count: {start: 3}}\n", "utf-8")
    with cluster_at(f"kubernetes:{file}", pytest.fail):
        assert pods.made.known == {"quiet": True}
        assert pods.made.settings["count"]["start"] == 3


def test_other_manifest_is_refused(tmp_path: Path, pods: type[Pods]) -> None:
    """Another file of Kubernetes starts nothing."""
    del pods
    file = tmp_path / "pod.yaml"
    file.write_text("kind: Pod\n", "utf-8")
    with pytest.raises(UsageError) as caught, cluster_at(f"kubernetes:{file}", pytest.fail):
        pass
    assert str(caught.value) == (
        f"--dask kubernetes:{file}: is not a manifest of kind DaskCluster and has no section "
        "`kubernetes:`; it is a file of dask-kubernetes"
    )


def test_real_package_takes_what_it_is_given() -> None:
    """The arguments are those of the package."""
    operator = pytest.importorskip("dask_kubernetes.operator")
    known = inspect.signature(operator.KubeCluster.__init__).parameters
    assert {"quiet", "custom_cluster_spec"} <= known.keys()


# Machines with nothing in common but a wire ------------------------------------------------------

SETUP = """
set -e
ip netns add {here}; ip netns add {there}
ip link add {here} netns {here} type veth peer name {there} netns {there}
ip -n {here} address add 10.77.0.1/24 dev {here}; ip -n {here} link set {here} up
ip -n {there} address add 10.77.0.2/24 dev {there}; ip -n {there} link set {there} up
ip -n {here} link set lo up; ip -n {there} link set lo up
"""
WORKER = """
set -e
mount --make-rprivate /
mount -t tmpfs none {private}
mkdir {folder}
cp -r /proc/self/fd/{copy}/. {folder}
cd {private}
{python} -m dask worker tcp://10.77.0.1:8786 --nthreads 2 --no-dashboard --host 10.77.0.2
"""


@pytest.fixture
def machines() -> Iterator[tuple[str, str]]:
    """The names of two network namespaces with a wire between them."""
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        pytest.skip("needs root, ip, and unshare to make two machines of one")
    here, there = f"gh{os.getpid()}", f"gt{os.getpid()}"
    try:
        made = subprocess.run(
            ["sh", "-c", SETUP.format(here=here, there=there)],  # noqa: S607
            capture_output=True,
            check=False,
        )
        if made.returncode:
            pytest.skip(f"no network namespaces here: {made.stderr.decode()[-100:]}")
        yield here, there
    finally:
        for name in (here, there):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)  # noqa: S607


def test_no_file_is_shared(tmp_path: Path, machines: tuple[str, str]) -> None:
    """A worker on another machine needs the assignment, and no file of this one."""
    here, there = machines
    folder = assignment(tmp_path)
    hand_in(tmp_path / "class", ann=RIGHT, bob=HALF)
    inside = ["ip", "netns", "exec"]
    dask = [sys.executable, "-m", "dask"]
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((tmp_path / "log").open("w", encoding="utf-8"))

        def start(*command: str, **known: Any) -> None:
            process = stack.enter_context(
                subprocess.Popen(command, stdout=log, stderr=log, **known)
            )
            stack.callback(process.kill)

        copy = os.open(folder, os.O_RDONLY)
        stack.callback(os.close, copy)
        worker = WORKER.format(private=tmp_path, folder=folder, copy=copy, python=sys.executable)
        address = ("--host", "10.77.0.1", "--port", "8786", "--no-dashboard")
        start(*inside, here, *dask, "scheduler", *address)
        start(*inside, there, "unshare", "-m", "sh", "-c", worker, pass_fds=(copy,))
        out = tmp_path / "out"
        options = ("-a", str(folder), "--out", str(out), "--dask", "tcp://10.77.0.1:8786")
        grader = [sys.executable, "-m", "grader", "batch", str(tmp_path / "class"), *options]
        ran = subprocess.run(
            [*inside, here, *grader], capture_output=True, text=True, check=False, timeout=300
        )
    assert ran.returncode == 0, ran.stderr + (tmp_path / "log").read_text("utf-8")
    assert {name: one["score"] for name, one in results(out).items()} == {"ann": 10.0, "bob": 6.0}
