"""The fork server as the judge sees it: start it, ask it for children, stop it."""

from __future__ import annotations

import contextlib
import os
import site
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from grader.catalog import Message, Text, say
from grader.errors import SandboxError
from grader.sandbox import machine
from grader.sandbox.child import Budget, Child
from grader.sandbox.endings import SuspectError
from grader.sandbox.failures import Failure
from grader.sandbox.inside import frames
from grader.sandbox.inside.isolation import bait, readable_paths

ZYGOTE = Path(__file__).parent / "inside" / "zygote.py"

JAX_SETTINGS = {
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false"
    " --xla_cpu_parallel_codegen_split_count=1 --xla_cpu_multi_thread_eigen=false",
}
"""JAX on the CPU, compiling cheaply: programs here run a few times, on a few hundred numbers."""

KEPT_ENVIRONMENT = ("LANG", "OPENBLAS_CORETYPE", "LD_LIBRARY_PATH", "SYSTEMROOT")

ANSWER_WITHIN_S = 120.0
"""The server answers in milliseconds; after so long it has hung."""
START = Budget(cpu_s=20.0, wall_s=60.0)
"""Room for a child to go behind its walls on a loaded machine."""
CONTROL = Budget(cpu_s=20.0, wall_s=60.0)
"""Room for the program that is known to work."""
STARTS = 3
"""So often a server that is killed is started for one child."""


class ForkServer:
    """A running fork server; may be shared by threads. Use as a context manager.

    One that is gone is started again, and what its children were asked is lost with it. Raises
    SandboxError when it cannot be started.
    """

    def __init__(self) -> None:
        machine.require()
        self._lock = threading.Lock()
        self._is_closed = False
        self._layers: list[dict[str, str]] | None = None
        self.evaluates = True
        """Whether students' programs may be evaluated; else all of them are compiled."""
        self._start()

    def _start(self) -> None:
        self._versions: dict[str, str] | None = None
        try:
            self._home = tempfile.mkdtemp(prefix="grader-")
        except OSError as error:
            msg = f"no temporary folder: {error.strerror}; set TMPDIR to a folder with free space"
            raise SandboxError(msg) from error
        judge_end, server_end = socket.socketpair()
        try:
            Path(self._home).chmod(0o711)  # children may be another user, and pass through
            self._process = subprocess.Popen(  # noqa: S603
                [
                    *(sys.executable, "-I", "-S", "-B", str(ZYGOTE), str(server_end.fileno())),
                    *(str(int(self.evaluates)), *_packages()),
                ],
                env=_environment(self._home),
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[server_end.fileno()],
                start_new_session=True,
            )
        except OSError as error:
            judge_end.close()
            readable_paths.remove(self._home)
            raise SandboxError(str(_unstartable(error))) from error
        finally:
            server_end.close()
        self._control = judge_end
        self._control.settimeout(ANSWER_WITHIN_S)

    @property
    def versions(self) -> dict[str, str]:
        """Versions of Python and the packages that student code runs with."""
        with self._lock:
            return dict(self._ready())

    @property
    def carries(self) -> bool:
        """Whether programs are carried from one child to another, as with a JAX that is known."""
        return not self.versions["compiled"]

    @property
    def layers(self) -> list[dict[str, str]]:
        """What became of each layer of isolation: `layer`, `status` and `detail`."""
        if self._layers is None:
            self.fork(cpu_s=1).end()
        return list(self._layers or [])

    @property
    def isolation(self) -> list[str]:
        """The names of the layers that are active in every child."""
        return [layer["layer"] for layer in self.layers if layer["status"] == "active"]

    def _ready(self) -> dict[str, str]:
        if self._versions is None:
            try:
                self._versions = dict(frames.receive(self._control))
            except (EOFError, OSError, frames.FrameError):
                raise self._why_it_ended() from None
        return self._versions

    def _why_it_ended(self) -> SandboxError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)  # one that is ending tells by what
        self._process.kill()
        stderr = self._process.stderr
        said = stderr.read() if stderr and not stderr.closed else b""
        lines = said.decode(errors="replace").strip().splitlines()
        if self._process.wait() < 0 and not lines:
            return SuspectError(say("machine.server"))
        reason = lines[-1] if lines else "it ended without a message"
        start = "the process that runs submissions did not start"
        todo = "reinstall the grader" if "ModuleNotFoundError" in reason else machine.todo()
        return SandboxError(f"{start}: {reason}; {todo}")

    def probe(self) -> list[dict[str, Any]]:
        """Try to break out of a throw-away child; each way with its layer and whether it is closed.

        The last one is honest work, which is "closed" when it goes on undisturbed.
        """
        with tempfile.TemporaryDirectory() as folder, bait.lay(folder) as context:
            described = asdict(context)
            del described["keep_fds"]
            request = {"op": "fork", "task": "probe", "cpu_s": 60, "context": described}
            child = self._fork(request)
            try:
                self._hello(child)
                answer = child.hear(replace(START))
            except Failure as failure:
                if failure.suspect:
                    raise _ended(failure) from failure
                msg = (
                    f"the self-test of the isolation did not finish: {failure.message}; please "
                    "report it"
                )
                raise SandboxError(msg) from failure
            finally:
                child.end()
        return [dict(item) for item in answer.get("probes", ())]

    def fork(self, *, cpu_s: float, task: str = "serve") -> Child:
        """A fresh child that is killed by the kernel after `cpu_s` seconds of CPU at the latest.

        The task is "serve" for one that runs code, "trace" for one that only traces it, "evaluate"
        for one that gets no code. Raises SandboxError when a wall that other children have does
        not stand in this one.
        """
        child = self._fork({"op": "fork", "task": task, "cpu_s": int(cpu_s) + 2})
        hello = self._hello(child)
        if hello.get("lacks"):
            child.end()
            raise _lacking(str(hello["lacks"]))
        layers = [dict(layer) for layer in hello.get("layers", ())]
        if self._layers is None:
            self._layers = layers
        if any(layer["status"] == "failed" for layer in layers) or [
            layer["status"] for layer in layers
        ] != [layer["status"] for layer in self._layers]:
            child.end()
            raise SandboxError(
                f"the isolation of student code failed: {_failed(layers)}; run again"
            )
        return child

    def is_sound(self) -> bool:
        """Whether a program that is known to work does so in a child, here and now."""
        try:
            child = self.fork(cpu_s=CONTROL.cpu_s)
        except SandboxError:
            return False
        try:
            return bool(child.ask({"op": "control"}, replace(CONTROL)).get("is_sound") is True)
        except Failure:
            return False
        finally:
            child.end()

    def _hello(self, child: Child) -> dict[str, Any]:
        try:
            return dict(child.hear(replace(START)))
        except Failure as failure:
            raise _ended(failure) from failure

    def _fork(self, request: dict[str, Any]) -> Child:
        with self._lock:
            for start in range(STARTS):
                try:
                    return self._fork_once(request)
                except SuspectError:
                    if start == STARTS - 1 or self._process.poll() is None:
                        raise
                except (EOFError, OSError):
                    pass
                self._stop()
                if self._is_closed:
                    raise SandboxError("the grader was stopped")
                self._start()
            raise SuspectError(say("machine.server"))

    def _fork_once(self, request: dict[str, Any]) -> Child:
        self._ready()
        judge_end, child_end = socket.socketpair()
        try:
            self._control.sendall(frames.encode(request))
            socket.send_fds(self._control, [b"F"], [child_end.fileno()])
            answer = frames.receive(self._control)
        except (EOFError, OSError):
            judge_end.close()
            raise
        finally:
            child_end.close()
        if "lacks" in answer:
            judge_end.close()
            raise _lacking(str(answer["lacks"]))
        return Child(
            judge_end,
            int(answer["pid"]),
            partial(self._reap, self._process),
            cpu_limit_s=float(request["cpu_s"]),
            folder=str(answer["folder"]),
        )

    def _reap(self, parent: subprocess.Popen[bytes], pid: int, patience_s: float) -> dict[str, Any]:
        """How a child ended; one whose own server is gone, and its number with it, is lost."""
        request = {"op": "reap", "pid": pid, "patience_s": patience_s}
        with self._lock:
            if parent is not self._process:
                return {"is_lost": True}
            try:
                self._control.sendall(frames.encode(request))
                return dict(frames.receive(self._control))
            except (EOFError, OSError):
                return {"is_lost": True}

    def compile_all(self) -> None:
        """Start again, with every program of the children compiled."""
        with self._lock:
            self._stop()
            self.evaluates = False
            self._start()

    def close(self) -> None:
        """Stop the server, and with it all its children; remove its folder."""
        self._is_closed = True
        self._stop()

    def _stop(self) -> None:
        # Whoever waits for an answer of it is woken, unlike by closing alone.
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        if self._versions is None:
            self._process.kill()  # it still loads, and has no child
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()
        readable_paths.remove(self._home)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _unstartable(error: OSError) -> Message:
    python, why = sys.executable or "Python", error.strerror or ""
    if isinstance(error, (PermissionError, FileNotFoundError)):
        return say("machine.no_python", python=python, why=why)
    return say("machine.start", what=why, todo=machine.todo())


def _lacking(what: Text) -> SuspectError:
    return SuspectError(say("machine.start", what=what, todo=machine.todo()))


def _ended(failure: Failure) -> SuspectError:
    """What it means that a child ended, or did not go on, before it ran any student code."""
    if failure.suspect and not failure.suspect.is_doubtful:
        return SuspectError(failure.suspect.what)
    return _lacking(failure.message)


def _failed(layers: list[dict[str, str]]) -> str:
    return ", ".join(f"{item['layer']} {item['status']} ({item['detail']})" for item in layers)


def _packages() -> list[str]:
    """The folders of installed packages: what `site` would add, without its start-up files."""
    readable_paths = {
        sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib"),
        *site.getsitepackages(),
    }
    if site.ENABLE_USER_SITE:
        readable_paths.add(site.getusersitepackages())
    return sorted(path for path in readable_paths if Path(path).is_dir())


def _environment(home: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    return kept | {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(_font_cache(home)),
        **JAX_SETTINGS,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _font_cache(home: str) -> Path:
    """Where matplotlib keeps its list of fonts, so that it is made once and not in each run."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "jax-exercise-grader" / "matplotlib"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(home)
