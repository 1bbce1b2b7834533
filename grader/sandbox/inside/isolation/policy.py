"""What a child may use, and the layers of isolation that hold it to that; plain data."""

from __future__ import annotations

from dataclasses import dataclass

LAYERS = (
    "session",
    "namespaces",
    "descriptors",
    "cpus",
    "limits",
    "privileges",
    "hardening",
    "landlock",
    "seccomp",
)
"""In the order in which they are reported; all but `namespaces` go up in this order."""

HIDDEN = ("grader", "exercises", "reference", "templates", "jax_exercise_grader")
"""Top-level names in site-packages that hold answers or how they are judged."""
OTHER_USER = 65_534
"""Who a child becomes when the grader is run by root: nobody."""
MAX_CPUS = 2
"""XLA starts five threads a CPU, which count against limits on processes and, by their stacks, on
memory: more would fail honest work."""


@dataclass(frozen=True)
class Policy:
    """What a child may use beside Python and the system.

    Units: seconds of CPU, bytes. `uid` and `gid` are who the child becomes when the fork server
    is root; None, or a Python that others cannot read, keeps the user and drops all capabilities.
    `hidden` are names in site-packages that stay closed, `without` the layers to leave out.
    """

    cpu_s: int = 60
    data_bytes: int = 2 << 30
    address_bytes: int = 8 << 30
    file_bytes: int = 16 << 20
    open_files: int = 512
    cpus: int = MAX_CPUS
    writable: str | None = None
    uid: int | None = None
    gid: int | None = None
    keep_fds: tuple[int, ...] = ()
    hidden: tuple[str, ...] = HIDDEN
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no child could live with."""
        problems = [
            f"{name}: must be positive, got {getattr(self, name)}"
            for name in ("cpu_s", "data_bytes", "address_bytes", "file_bytes", "open_files")
            if getattr(self, name) <= 0
        ]
        if not 1 <= self.cpus <= MAX_CPUS:
            problems.append(f"cpus: must be 1 to {MAX_CPUS}, got {self.cpus}")
        if 0 in (self.uid, self.gid):
            problems.append("uid, gid: must not be root's, got 0")
        problems += [f"without: unknown layer, got {name}" for name in {*self.without} - {*LAYERS}]
        if problems:
            raise ValueError("; ".join(problems))
