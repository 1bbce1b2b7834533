"""A container as Gradescope runs one: namespaces for files and processes, `/autograder` as documented.

What `setup.sh` installs is stood in for by the packages of this environment; the grader is the
wheel that is in the bundle.
"""

from __future__ import annotations

import functools
import io
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOME = "/opt/jax-exercise-grader"
SYSTEM = ("bin", "dev", "etc", "lib", "lib32", "lib64", "sbin", "sys", "usr")
OURS = ("grader", "exercises", "reference", "templates", "jax_exercise_grader")
LIMIT_S = 900
"""A loaded machine takes its time."""
_UNSHARE = (shutil.which("unshare") or "unshare", "-mpf", "--kill-child")


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    code: int
    results: str
    stdout: str


@functools.cache
def missing() -> str:
    """Why there can be no container here, '' if there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux"
    if not all(map(shutil.which, ("unshare", "mount", "chroot", "bash", "timeout"))):
        return "needs unshare, mount, chroot, bash, and timeout"
    done = subprocess.run(
        [*_UNSHARE, "--mount-proc", "true"],
        capture_output=True,
        check=False,
    )
    return "namespaces are not allowed here" if done.returncode else ""


def installed(folder: Path, wheel: bytes) -> Path:
    """What stands in for `setup.sh`: a Python with the wheel, and the packages that are here."""
    venv.create(folder, symlinks=True)
    site = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    for entry in _site().iterdir():
        name = entry.name.lower()
        is_path_file = name.endswith(".pth") or name.startswith(("__editable__", "_editable"))
        if not is_path_file and not name.startswith(OURS) and name != "__pycache__":
            (site / entry.name).symlink_to(entry)
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        archive.extractall(site)
    for package in OURS[:-1]:
        (site / package).chmod(0o750)
    return folder


def _site() -> Path:
    return Path(sysconfig.get_path("purelib"))


def autograder(folder: Path, bundle: bytes, submission: Mapping[str, bytes]) -> Path:
    """The folder `/autograder` before a run, as Gradescope makes it from a zip file."""
    source = folder / "source"
    source.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, source))
            path.chmod(entry.external_attr >> 16 & 0o777)
    shutil.copy2(source / "run_autograder", folder)
    for name in ("submission", "results"):
        (folder / name).mkdir()
    for name, data in submission.items():
        (folder / "submission" / name).write_bytes(data)
    return folder


def grade(work: Path, home: Path, python: Path | None) -> Run:
    """Run `run_autograder` in a new container with this `/autograder` and this Python."""
    root = work / "root"
    root.mkdir()
    base = Path(sys.base_prefix).resolve()
    binds = {f"/{name}": f"/{name}" for name in SYSTEM if Path("/", name).exists()}
    binds |= {str(base): str(base), str(_site()): str(_site()), str(home): "/autograder"}
    if python is not None:
        binds[str(python)] = HOME
    lines = ["set -e", "mount --make-rprivate /"]
    lines += [f"mount -t tmpfs -o mode=755 none {shlex.quote(str(root))}"]
    lines += [f"cd {shlex.quote(str(root))}", "mkdir -p proc root tmp", "chmod 1777 tmp"]
    for source, target in binds.items():
        inside = shlex.quote(f".{target}")
        lines.append(f"mkdir -p {inside} && mount --rbind {shlex.quote(source)} {inside}")
    lines.append("mount -t proc none proc")
    command = "cd /autograder && ./run_autograder > results/stdout 2>&1"
    lines.append(f"exec chroot . /bin/bash -c {shlex.quote(command)}")
    done = subprocess.run(
        [*_UNSHARE, "bash", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root", "LANG": "C.UTF-8"},
    )
    stdout = home / "results" / "stdout"
    assert stdout.exists(), done.stderr
    return Run(
        done.returncode,
        (home / "results" / "results.json").read_text("utf-8"),
        stdout.read_text("utf-8", "replace"),
    )
