"""Where the time of a submission goes, from import and fork to figure and report.

What the judge asks for one notebook is recorded and then answered again in processes of the same
make, with a clock around each phase. CPU seconds; a phase does not count in the one around it.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
INSIDE = HERE.parent / "grader" / "sandbox"
NOTEBOOK = HERE.parent / "tests/submissions/kmeans/E57_mapped_ids/kmeans.ipynb"


def record() -> tuple[list[list[bytes]], dict[str, float], dict[str, str]]:
    """What the judge sends to each child, its own phases, and the children's environment."""
    from exercises.kmeans.assignment import ASSIGNMENT  # noqa: PLC0415
    from grader.judging.answer_key import draw_key  # noqa: PLC0415
    from grader.judging.grade import grade  # noqa: PLC0415
    from grader.reading.submission import read_submission  # noqa: PLC0415
    from grader.report.html import render_student  # noqa: PLC0415
    from grader.sandbox.child import Child  # noqa: PLC0415
    from grader.sandbox.server import ForkServer, _environment  # noqa: PLC0415

    answer_key = draw_key(ASSIGNMENT, 1)
    sent: dict[int, list[bytes]] = {}
    send = Child.send

    def recorded(child: Child, requests: Any, budget: Any) -> None:
        sent.setdefault(child.pid, []).extend(requests)
        send(child, requests, budget)

    with ForkServer() as server:
        server.fork(cpu_s=5).end()
        started = time.perf_counter()
        for _ in range(5):
            server.fork(cpu_s=5).end()
        forked_s = (time.perf_counter() - started) / 5
        grade(read_submission(NOTEBOOK), answer_key, server, student="x", timeout_s=60)
        Child.send = recorded  # type: ignore[method-assign]
        before = time.process_time()
        result = grade(read_submission(NOTEBOOK), answer_key, server, student="x", timeout_s=60)
        judge_s = time.process_time() - before
        render_student(result)
        before = time.process_time()
        render_student(result)
        report_s = time.process_time() - before
    forks = f"{len(sent)} forks (wall)"
    phases = {forks: forked_s * len(sent), "judge": judge_s, "report": report_s}
    return [*sent.values()], phases, _environment(tempfile.gettempdir())


class Clocks:
    """CPU seconds by phase; what runs inside another phase counts there alone."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._running: list[list[float]] = []

    def around(self, phase: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its time counted for the phase."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            inner = [0.0]
            self._running.append(inner)
            started = time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                took = time.process_time() - started
                self._running.pop()
                if self._running:
                    self._running[-1][0] += took
                self.spent[phase] = self.spent.get(phase, 0.0) + took - inner[0]

        return timed


def replay(sent: list[bytes]) -> dict[str, float]:
    """CPU seconds by phase of answering what was recorded for one child."""
    started = time.process_time()
    sys.path.insert(0, str(INSIDE))
    import io  # noqa: PLC0415

    import jax  # noqa: PLC0415

    from inside import (  # noqa: PLC0415
        calls,
        evaluating,
        figures,
        frames,
        notebook,
        tracing,
        warmup,
        worker,
    )
    from inside.evaluator import interpreter, jax_internals, programs  # noqa: PLC0415

    clocks = Clocks()
    if not jax_internals.is_known():  # before the hook is another one
        print(f"programs are compiled: {jax_internals.why_compiled()}")
    jax_internals.set_hook(clocks.around("compile", jax_internals.hook()))
    interpreter.run = clocks.around("evaluate", interpreter.run)
    programs.install()
    warmup.versions(evaluates=True)
    clocks.spent["import"] = time.process_time() - started
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # as the fork server has it

    class Tape(io.BytesIO):
        """Recorded bytes, read as from a socket."""

        def recv(self, count: int) -> bytes:
            return self.read(count)

    tape: Any = Tape(b"".join(sent))
    requests = []
    while True:
        try:
            requests.append(frames.receive(tape))
        except EOFError:
            break
    for module in (calls, tracing):
        make = module._make_jaxpr  # noqa: SLF001
        module._make_jaxpr = around_made(clocks, make)  # noqa: SLF001
    calls.traced = clocks.around("run", calls.traced)
    tracing.describe = clocks.around("programs as data", tracing.describe)
    figures.render = clocks.around("figure", figures.render)
    if "op" in requests[0]:
        notebook.prepare()
        answer = clocks.around("statements and drawing", worker.Worker().answer)
    else:
        answer = clocks.around("evaluation", evaluating.Evaluating().answer)
    if any(request.get("op") == "draw" for request in requests):
        clocks.around("backend", jax.devices)()
    for request in requests:
        frames.encode(answer(request))
    return clocks.spent


def around_made(clocks: Clocks, make: Any) -> Any:
    """The same maker of what traces, the tracing counted as a phase."""
    return lambda *args, **more: clocks.around("trace", make(*args, **more))


def main() -> None:
    """Print the phases, the largest first."""
    if len(sys.argv) > 1:
        sys.stdout.buffer.write(pickle.dumps(replay(pickle.loads(sys.stdin.buffer.read()))))  # noqa: S301
        return
    sent, phases, environment = record()
    once = 0.0
    for requests in sent:
        ran = subprocess.run(
            [sys.executable, __file__, "replay"],
            input=pickle.dumps(requests),
            capture_output=True,
            check=True,
            env=os.environ | environment,
        )
        found = pickle.loads(ran.stdout)  # noqa: S301
        once = found.pop("import")
        for name, seconds in found.items():
            phases[name] = phases.get(name, 0.0) + seconds
    print(f"once: import {once:.2f} s; then for {NOTEBOOK.parent.name}:")
    for name, seconds in sorted(phases.items(), key=lambda item: -item[1]):
        print(f"  {name:24} {1000 * seconds:6.1f} ms")


if __name__ == "__main__":
    main()
