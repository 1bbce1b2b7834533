"""The walls hold: each way out is closed behind them, open without them, and JAX still works."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import registry
from grader.sandbox.inside.isolation import (
    bait,
    landlock,
    libc,
    probes,
    readable_paths,
    seccomp,
    syscalls,
)
from grader.sandbox.inside.isolation.policy import LAYERS, Policy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these walls are Linux's")

ISOLATION = Path(probes.__file__).parent
OTHER_USER = 65_533
MACHINE_DEPENDENT = {
    "keyctl",
    "io_uring",
    "userfaultfd",
    "perf events",
    "vsock socket",
    "unshare",
    "ptrace the grader",
    "read the grader's memory",
    "create a file in /dev/shm",
    "abstract unix socket",
}
"""Open without walls only where the kernel is built or set so."""
NEED_ROOT = {"become root", "change the root folder", "mount"}

FORK_SERVER = """
import json, os, sys

order = json.loads(sys.argv[1])
sys.path[:0] = order["path"]
if order["jax"]:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import jax, jax.numpy, matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot
from inside.isolation import bait, probes, walls
from inside.isolation.policy import Policy

policy = Policy(**{k: tuple(v) if isinstance(v, list) else v
                         for k, v in order["policy"].items()})
prepared = walls.prepare(policy, landlock_abi=order["abi"])
server = os.getpid()
left_open = os.open(os.devnull, os.O_RDONLY)
child = os.fork()
if child == 0:
    said = {}
    try:
        said["layers"] = walls.apply(prepared, parent_pid=order["parent"] or server)
        if order["context"]:
            context = bait.Context(**order["context"])
            said["answers"] = probes.run(context, honest=order["jax"])
        scope = {}
        exec(order["code"], scope)
        said["result"] = scope.get("result")
    except BaseException as error:
        said["error"] = repr(error)
    os.write(order["answer_fd"], json.dumps(said).encode())
    os._exit(0)
status = os.waitpid(child, 0)[1]
print(-os.waitstatus_to_exitcode(status))
"""
"""A stand-in for the fork server: one child behind the walls, which runs probes and some code."""


def behind_walls(  # noqa: PLR0913  (each is one thing that a test varies)
    *,
    context: bait.Context | None = None,
    code: str = "",
    abi: int | None = None,
    jax: bool = False,
    parent: int | None = None,
    python: str = sys.executable,
    path: tuple[str, ...] = (),
    **policy: Any,
) -> dict[str, Any]:
    """What a child behind the walls said, and the signal that ended it as `signal`."""
    read, write = os.pipe()
    if context is not None:
        context = dataclasses.replace(context, keep_fds=(write,))
    order = {
        "path": [str(ISOLATION.parents[1]), *path],
        "policy": {"keep_fds": [write], **policy},
        "context": context and dataclasses.asdict(context),
        "code": code,
        "abi": abi,
        "jax": jax,
        "parent": parent,
        "answer_fd": write,
    }
    done = subprocess.run(
        [python, "-I", "-B", "-c", FORK_SERVER, json.dumps(order)],
        pass_fds=(write,),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        said = answer.read()
    assert done.returncode == 0, done.stderr
    return {**json.loads(said or b"{}"), "signal": int(done.stdout)}


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bait.Context]:
    """Bait, with a harmless process in the place of the judge."""
    judge = subprocess.Popen(["sleep", "120"])  # noqa: S607
    with bait.lay(str(tmp_path_factory.mktemp("bait"))) as laid:
        yield dataclasses.replace(laid, judge_pid=judge.pid)
    judge.kill()
    judge.wait()


@pytest.fixture(scope="module")
def walled(context: bait.Context) -> dict[str, Any]:
    """A child behind all walls that this machine has, with JAX."""
    return behind_walls(context=context, jax=True)


def statuses(said: dict[str, Any]) -> dict[str, str]:
    """What became of each layer, by its name."""
    return {report["layer"]: report["status"] for report in said["layers"]}


def open_ways(said: dict[str, Any]) -> set[str]:
    """The attacks that went through."""
    return {answer["probe"] for answer in said["answers"] if not answer["closed"]}


def need(said: dict[str, Any], *layers: str) -> None:
    """Skip where this machine lacks a layer."""
    for report in said["layers"]:
        if report["layer"] in layers and report["status"] != "active":
            pytest.skip(f"{report['layer']}: {report['detail']}")


@pytest.mark.parametrize("probe", list(probes.PROBES))
def test_way_is_closed(walled: dict[str, Any], probe: str) -> None:
    """Behind all walls, each attack ends in an error."""
    answer = next(answer for answer in walled["answers"] if answer["probe"] == probe)
    if not answer["closed"]:
        need(walled, answer["layer"])
    assert answer["closed"], answer["detail"]


def test_no_layer_fails(walled: dict[str, Any]) -> None:
    """A layer is active, or this machine does not have it; none breaks."""
    assert set(statuses(walled)) == set(LAYERS)
    assert "failed" not in statuses(walled).values(), walled["layers"]


def test_honest_work_goes_on(walled: dict[str, Any]) -> None:
    """Compiling, random numbers, loops and figures work behind all walls."""
    honest = walled["answers"][-1]
    assert (honest["probe"], honest["closed"]) == (probes.HONEST, True), honest["detail"]


def test_ways_are_open_without_walls(context: bait.Context) -> None:
    """Without walls the attacks go through: the probes are real."""
    said = behind_walls(context=context, without=list(LAYERS))
    expected = set(probes.PROBES) - MACHINE_DEPENDENT
    if os.geteuid() != 0:
        expected -= NEED_ROOT
    assert expected <= open_ways(said)


@pytest.mark.parametrize("version", range(1, landlock.KNOWN_ABI + 1))
def test_older_landlock_closes_too(context: bait.Context, version: int) -> None:
    """With seccomp beside it, an older Landlock leaves no more ways open than the newest."""
    said = behind_walls(context=context, abi=version)
    need(said, "landlock", "seccomp")
    report = next(report for report in said["layers"] if report["layer"] == "landlock")
    assert open_ways(said) == set()
    assert re.match(rf"ABI {min(version, landlock.abi())}, \d+ rules", report["detail"])


def test_nothing_written_without_landlock(context: bait.Context) -> None:
    """Where Landlock is missing, seccomp lets files be read but none be changed."""
    said = behind_walls(context=context, without=["landlock"])
    need(said, "seccomp")
    reading = {name for name, (layer, _) in probes.PROBES.items() if layer == "landlock"}
    assert open_ways(said) <= reading
    assert not {name for name in open_ways(said) if name.startswith(("write", "create", "make"))}


def test_becomes_other_user(context: bait.Context) -> None:
    """A fork server that is root and has a Python for all runs its children as another user."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    is_for_all = readable_paths.is_open_to_others(Path(sys.executable))
    python = sys.executable if is_for_all else "/usr/bin/python3"
    if not Path(python).exists():
        pytest.skip("no Python that everybody may read")
    code = "import os; result = os.getresuid() + os.getresgid() + tuple(os.getgroups())"
    said = behind_walls(context=context, code=code, python=python, uid=OTHER_USER)
    assert said["result"] == [OTHER_USER] * 6
    assert open_ways(said) == set()


def test_root_keeps_no_rights(tmp_path: Path) -> None:
    """A child that stays root has no capability left."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    code = f"import os; result = open({str(tmp_path / 'closed')!r}).read()"
    (tmp_path / "closed").write_text("x", encoding="utf-8")
    os.chown(tmp_path / "closed", OTHER_USER, OTHER_USER)
    (tmp_path / "closed").chmod(0o600)
    said = behind_walls(code=code, without=["landlock"])
    assert "PermissionError" in said["error"]


def files_read(site: Path, names: Sequence[str]) -> set[str]:
    """The files of a package folder that a child behind the walls could read."""
    code = f"""
import os
result = {{}}
for name in {names!r}:
    try:
        result[name] = bool(open(os.path.join({str(site)!r}, name)).read())
    except PermissionError:
        result[name] = False
"""
    said = behind_walls(code=code, path=(str(site),))
    need(said, "landlock")
    return {name for name, was_read in said["result"].items() if was_read}


def test_hidden_packages_stay_closed(tmp_path: Path) -> None:
    """Of an installed package folder, the grader's own packages and path files are unreadable."""
    site = tmp_path / "site-packages"
    files = ["numbers_kit/a.py", "grader/a.py", "jax_exercise_grader-0.1.0.dist-info/RECORD"]
    files += ["course.pth", "__editable___x_finder.py", "single.py"]
    for name in files:
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("x = 1\n", encoding="utf-8")
    assert files_read(site, files) == {
        "numbers_kit/a.py",
        "single.py",
    }


def test_assignment_packages_stay_closed(tmp_path: Path) -> None:
    """An installed package that brings assignments is unreadable, with all that belongs to it."""
    site = tmp_path / "site-packages"
    texts = {
        "my_course/reference.py": "x = 1\n",
        "course_data/a.py": "x = 1\n",
        "lonely.py": "x = 1\n",
        "numbers_kit/a.py": "x = 1\n",
        "my_course-1.0.dist-info/entry_points.txt": (
            "[console_scripts]\nrun = numbers_kit:main\n\n[grader.assignments]\n"
            "week = my_course.week:ASSIGNMENT\n\n[other]\na = numbers_kit:b\n"
        ),
        "my_course-1.0.dist-info/RECORD": (
            "../../../bin/run,,\nmy_course/reference.py,,\ncourse_data/a.py,,\n"
        ),
        "lost-2.0.dist-info/entry_points.txt": "[grader.assignments]\nlone = lonely:ASSIGNMENT\n",
        "numbers_kit-3.0.dist-info/entry_points.txt": "[console_scripts]\nx = numbers_kit:grader\n",
    }
    for name, text in texts.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")
    assert files_read(site, list(texts)) == {
        "numbers_kit/a.py",
        "numbers_kit-3.0.dist-info/entry_points.txt",
    }


def test_group_of_entry_points_agrees() -> None:
    """What the walls hide is what the registry lists."""
    assert readable_paths.GROUP == registry.GROUP


def test_writes_only_in_own_folder(tmp_path: Path) -> None:
    """The private folder can be used as usual, the one beside it cannot."""
    (tmp_path / "own").mkdir()
    (tmp_path / "other").mkdir()
    code = """
import os
os.mkdir("made")
open("made/a", "w").write("x" * 100)
os.rename("made/a", "made/b")
open("made/b", "r+").truncate(3)
result = [open("made/b").read()]
os.unlink("made/b")
os.rmdir("made")
open(os.devnull, "w").write("gone")
try:
    open("../other/a", "w")
except PermissionError:
    result.append("closed")
"""
    said = behind_walls(code=code, writable=str(tmp_path / "own"))
    need(said, "landlock")
    assert said.get("result") == ["xxx", "closed"], said


def test_lazy_imports_and_await_work() -> None:
    """Packages imported late, threads and an event loop work behind the walls."""
    code = """
import asyncio, importlib, importlib.util
for name in ("scipy.spatial", "pandas", "seaborn", "sklearn"):
    if importlib.util.find_spec(name.split(".")[0]):
        importlib.import_module(name)

async def main():
    await asyncio.sleep(0)
    return await asyncio.to_thread(lambda: 3)

result = asyncio.run(main())
"""
    said = behind_walls(code=code, jax=True)
    assert said.get("result") == 3, said


def test_refusals_are_ordinary_errors() -> None:
    """Running a program is a PermissionError that a report can show."""
    code = """
import subprocess
try:
    subprocess.run(["/bin/true"])
except PermissionError as error:
    result = str(error)
"""
    said = behind_walls(code=code)
    need(said, "seccomp")
    assert said["result"] == "[Errno 1] Operation not permitted"


def test_cpu_limit_kills() -> None:
    """A child that computes for longer than it may is killed."""
    assert behind_walls(code="while True: pass", cpu_s=1)["signal"] in {9, 24}


def test_orphan_ends_at_once() -> None:
    """A child whose fork server has gone does not begin."""
    said = behind_walls(parent=1)
    assert said == {"signal": -1}


def test_foreign_call_tables_are_closed() -> None:
    """On x86-64 the second call table answers as if it were not there."""
    if syscalls.machine() != "x86_64":
        pytest.skip("x86-64 only")
    code = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
result = [libc.syscall(0x40000000 + 39), ctypes.get_errno()]
"""
    said = behind_walls(code=code)
    need(said, "seccomp")
    assert said["result"] == [-1, 38]


HEADERS = {
    "x86_64": (
        "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
        "/usr/include/asm/unistd_64.h",
    ),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_numbers_agree_with_kernel(machine: str) -> None:
    """The tables say what the kernel's own headers say."""
    header = next((path for path in map(Path, HEADERS[machine]) if path.exists()), None)
    if header is None:
        pytest.skip("no kernel headers here")
    defined = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text("utf-8"))
    kernel = {name: int(number) for name, number in defined}
    kernel["newfstatat"] = kernel.get("newfstatat", kernel.get("fstatat", -1))
    ours = syscalls.NUMBERS[machine]
    known = {name: number for name, number in ours.items() if name in kernel}
    assert known == {name: kernel[name] for name in known}
    assert len(known) > len(ours) * 0.95


def test_number_is_the_running_kernels() -> None:
    """A call made by our number answers what Python's own call answers."""
    assert libc.call("getpid") == os.getpid()
    assert libc.call("getppid") == os.getppid()


@pytest.mark.parametrize("machine", syscalls.MACHINES)
@pytest.mark.parametrize("read_only", [False, True])
def test_filter_answers_as_written(machine: str, *, read_only: bool) -> None:
    """Run by hand, the program allows, refuses and denies what it should, on either machine."""
    ready = seccomp.build(machine, read_only=read_only)
    numbers = syscalls.NUMBERS[machine]
    allow, refuse, absent = 0x7FFF0000, 0x00050001, 0x00050026

    def answer(name: str, *arguments: int) -> int:
        return interpret(ready, machine, numbers[name], arguments)

    changes = refuse if read_only else allow
    assert answer("read", 0) == allow
    assert answer("exit_group", 0) == allow
    assert answer("execve", 0) == refuse
    assert answer("clone3", 0) == absent
    assert answer("clone", 0x003D0F00) == allow
    assert answer("clone", 17) == refuse
    assert answer("clone", 0x003D0F00 | 0x10000000) == refuse
    assert answer("kill", 77, 9) == refuse
    assert answer("mmap", 0, 1, 3, 0x22) == allow
    assert answer("mmap", 0, 1, 3, 0x21) == refuse
    assert answer("openat", 0, 0, 0) == allow
    assert answer("openat", 0, 0, 0o1101) == changes
    assert answer("openat", 0, 0, 0o1000) == refuse
    assert answer("openat", 0, 0, 3) == refuse
    assert answer("mkdirat", 0) == changes
    assert answer("prlimit64", 0, 7, 0) == allow
    assert answer("prlimit64", 0, 7, 1 << 32) == refuse
    assert answer("sendto", 3, 1, 1, 0, 0) == allow
    assert answer("sendto", 3, 1, 1, 0, 1 << 40) == refuse
    assert answer("socketpair", 1, 0x80801) == allow
    assert answer("socketpair", 1, 2) == refuse
    assert answer("socketpair", 2, 1) == refuse
    assert answer("ioctl", 0, 0x5412) == refuse
    assert answer("fcntl", 3, 6) == refuse
    assert interpret(ready, "other", 0, ()) == 0x80000000
    assert interpret(ready, machine, 5000, ()) == refuse


def interpret(ready: seccomp.Filter, machine: str, number: int, arguments: tuple[int, ...]) -> int:
    """What the program returns for a call, as the kernel would run it."""
    architecture = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}.get(machine, 0)
    words = [number, architecture, 0, 0]
    for value in (*arguments, *[0] * (6 - len(arguments))):
        words += [value & 0xFFFFFFFF, value >> 32]
    raw = ready.program.raw
    held = at = 0
    while True:
        line = raw[8 * at : 8 * at + 8]
        code, yes, no = int.from_bytes(line[:2], "little"), line[2], line[3]
        operand = int.from_bytes(line[4:], "little")
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            held = words[operand // 4]
        elif code == 0x54:
            held &= operand
        else:
            is_so = {
                0x15: held == operand,
                0x35: held >= operand,
                0x45: bool(held & operand),
            }[code]
            at += yes if is_so else no


def test_inside_imports_nothing_of_grader() -> None:
    """The modules of the walls use the standard library and one another, nothing else."""
    for path in ISOLATION.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Import):
                roots = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                roots = {str(node.module).split(".")[0]}
            else:
                continue
            assert roots <= sys.stdlib_module_names, path.name


def test_policy_refuses_nonsense() -> None:
    """A policy that no child could live under is refused, with all problems at once."""
    with pytest.raises(ValueError, match="cpu_s") as caught:
        Policy(cpu_s=0, cpus=9, uid=0, without=("roof",))
    assert str(caught.value) == (
        "cpu_s: must be positive, got 0; cpus: must be 1 to 2, got 9; "
        "uid, gid: must not be root's, got 0; without: unknown layer, got roof"
    )
