"""Whether the isolation of student code works on this machine, found out by trying to break it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from grader.errors import SandboxError
from grader.sandbox.server import ForkServer

STOPS = {
    "session": "processes that outlive the run, signals to the terminal",
    "namespaces": "the network and shared memory of other processes, as root",
    "descriptors": "open files of the grader",
    "cpus": "taking all processors",
    "limits": "endless computing, filling memory or disk",
    "privileges": "what only root may do",
    "hardening": "being traced, gaining rights from programs",
    "landlock": "reading and writing files that are not needed, connections",
    "seccomp": "sockets, new processes, tracing, signals to others, kernel features",
}
"""What each layer is there to stop, in words."""

NEEDED = ("session", "descriptors", "limits", "privileges", "hardening", "landlock", "seccomp")
"""The full set: what `--require-isolation` asks for. The others are a bonus where they exist."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A layer as it is on this machine; `breached_by` names the ways past it that were found."""

    layer: str
    status: str
    detail: str
    stops: str
    tried: int
    breached_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """All layers, and whether honest work goes on behind them."""

    findings: tuple[Finding, ...]
    is_work_possible: bool
    compiled: str = ""
    """Why students' programs are compiled here, '' where they are evaluated."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What the full set lacks here."""
        bad = [f.layer for f in self.findings if f.layer in NEEDED and f.status != "active"]
        bad += [
            f"{f.layer} (open: {', '.join(f.breached_by)})" for f in self.findings if f.breached_by
        ]
        return (*bad, *(() if self.is_work_possible else ("honest work does not go on",)))


def examine(server: ForkServer) -> Diagnosis:
    """Try every way out of a throw-away child. Raises SandboxError when that cannot be done."""
    layers = {layer["layer"]: layer for layer in server.layers}
    answers = server.probe()
    work = [answer for answer in answers if answer["layer"] not in layers]
    findings = []
    for name, layer in layers.items():
        tried = [answer for answer in answers if answer["layer"] == name]
        findings.append(
            Finding(
                layer=name,
                status=layer["status"],
                detail=layer["detail"],
                stops=STOPS.get(name, ""),
                tried=len(tried),
                breached_by=tuple(str(answer["probe"]) for answer in tried if not answer["closed"]),
            )
        )
    return Diagnosis(
        findings=tuple(findings),
        is_work_possible=all(answer["closed"] for answer in work),
        compiled=server.versions["compiled"],
    )


def require(server: ForkServer) -> None:
    """Raise SandboxError, naming what is missing, unless the full set holds."""
    missing = examine(server).missing
    if missing:
        msg = (
            f"full isolation is not available on this machine, missing: {', '.join(missing)}; see "
            "grader doctor, or omit --require-isolation"
        )
        raise SandboxError(msg)


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, 79, initial_indent=start, subsequent_indent=" " * len(start), drop_whitespace=True
    )


def render(diagnosis: Diagnosis) -> str:
    """The diagnosis as lines of at most 80 columns."""
    lines = ["Isolation of student code on this machine", ""]
    for item in diagnosis.findings:
        mark = {"active": "ok"}.get(item.status, "--") if not item.breached_by else "!!"
        tried = (
            f", {item.tried - len(item.breached_by)} of {item.tried} ways closed"
            if item.tried
            else ""
        )
        lines += _wrapped(f"  [{mark}] {item.layer:12} ", f"{item.status}: {item.detail}{tried}")
        lines += _wrapped(" " * 20, f"stops {item.stops}")
        lines += [line for way in item.breached_by for line in _wrapped(" " * 20, f"open: {way}")]
    work = "goes on as usual" if diagnosis.is_work_possible else "does NOT work behind these layers"
    lines += ["", f"  JAX and figures: {work}"]
    how = "evaluated by NumPy, which saves compiling them"
    if diagnosis.compiled:
        how = f"compiled, which takes longer and gives the same marks: {diagnosis.compiled}"
    lines += _wrapped("  Programs of students: ", how)
    missing = diagnosis.missing
    if missing:
        lines += ["", "The full set is not there. Missing:"]
        lines += [line for name in missing for line in _wrapped("  ", name)]
    else:
        lines += ["", "The full set is active."]
    return "\n".join(lines) + "\n"
