"""Whether the isolation of student code works on this machine, found out by trying to break it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from grader.errors import SandboxError
from grader.sandbox.server import ForkServer

BLOCKS = {
    "session": "blocks processes that outlive the run",
    "namespaces": "hides the network and the memory of others",
    "descriptors": "closes open files of the grader",
    "cpus": "limits the number of cores",
    "limits": "limits CPU time, memory, and disk",
    "privileges": "removes the rights of root",
    "hardening": "blocks tracing and new privileges",
    "landlock": "blocks access to other files",
    "seccomp": "blocks sockets, processes, and tracing",
}
"""What each layer is for, in words that leave room for a count in 80 columns."""

NEEDED = ("session", "descriptors", "limits", "privileges", "hardening", "landlock", "seccomp")
"""What `--require-isolation` asks for. The other layers are optional."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A layer as it is on this machine; `breached_by` names the attacks that got past it."""

    layer: str
    status: str
    detail: str
    tried: int
    breached_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """All layers, and whether JAX and plotting work behind them."""

    findings: tuple[Finding, ...]
    is_work_possible: bool
    compiled: str = ""
    """Why students' programs are compiled here, '' where they are evaluated."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The layers that are needed and do not hold here, and what else does not work."""
        bad = [f.layer for f in self.findings if f.layer in NEEDED and f.status != "active"]
        bad += [
            f"{f.layer} (bypassed by: {', '.join(f.breached_by)})"
            for f in self.findings
            if f.breached_by
        ]
        return (*bad, *(() if self.is_work_possible else ("JAX and plotting do not work",)))


def examine(server: ForkServer) -> Diagnosis:
    """Try every attack in a throw-away child. Raises SandboxError when that is not possible."""
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


def render(diagnosis: Diagnosis, *, is_verbose: bool = False) -> str:
    """The diagnosis as lines of at most 80 columns, the verdict first."""
    lines = [*_verdict(diagnosis), ""]
    for item in diagnosis.findings:
        lines += _layer(item, is_verbose=is_verbose)
    works = "still work" if diagnosis.is_work_possible else "do not work behind these layers"
    lines += ["", f"JAX and plotting {works}."]
    if diagnosis.compiled:
        why = f" ({diagnosis.compiled})" if is_verbose else ""
        lines += _wrapped("", f"Student code is compiled: slower, with the same points{why}.")
    elif is_verbose:
        lines.append("Student code is evaluated with NumPy: faster than compiling it.")
    return "\n".join(lines) + "\n"


def _verdict(diagnosis: Diagnosis) -> list[str]:
    """Whether student code is isolated here, and what it means where it is not."""
    if diagnosis.missing:
        return [
            *_wrapped("", f"Isolation is incomplete: {'; '.join(diagnosis.missing)}."),
            "Student code may do what these layers should block.",
            "Grade only code that you trust here, or use another machine.",
        ]
    lacking = [item.layer for item in diagnosis.findings if item.status != "active"]
    if lacking:
        said = (
            f"All required isolation layers are active; optional and missing: {', '.join(lacking)}."
        )
        return _wrapped("", said)
    return ["All isolation layers are active."]


def _layer(item: Finding, *, is_verbose: bool) -> list[str]:
    """A layer: whether it holds, what it is for, and how many attacks it stopped."""
    is_active = item.status == "active"
    mark = "!!" if item.breached_by else "ok" if is_active else "--"
    stopped = item.tried - len(item.breached_by)
    count = f" ({stopped} of {item.tried} attacks stopped)" if item.tried and is_active else ""
    count = count if is_active else " (not active)"
    lines = _wrapped(f"[{mark}] ", f"{item.layer}: {BLOCKS.get(item.layer, '')}{count}")
    if is_verbose or not is_active:
        lines += _wrapped(" " * 5, f"{item.status}: {item.detail}")
    return lines + [line for one in item.breached_by for line in _wrapped(" " * 5, f"open: {one}")]


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(text, 79, initial_indent=start, subsequent_indent=" " * len(start))
