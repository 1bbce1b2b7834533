"""The walls around student code: what a child gives up right after the fork, before it runs any.

Every wall is a kernel mechanism that needs no privilege and stays for the life of the child:
limits, dropped privileges, Landlock for files, seccomp for system calls. `prepare` does once in
the fork server what is the same for all its children; `apply` puts a child behind the walls and
tells what holds. A wall that this machine does not have stops nothing here: whether the rest is
enough is the judge's to decide.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import landlock, libc, privileges, readable_paths, seccomp, syscalls
from .policy import LAYERS, Policy

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWIPC, _CLONE_NEWNET = 0x08000000, 0x40000000

_SWITCHED_OFF = "switched off by the policy"

Report = dict[str, str]
"""What became of a wall: `layer`, `status` (active, unavailable, failed) and `detail`."""


class UnavailableError(Exception):
    """The wall is not to be had on this machine; the message says why."""


@dataclass(frozen=True)
class Prepared:
    """A policy made ready in the fork server; its children inherit it.

    For one child, `dataclasses.replace` may put in a policy with other limits or descriptors;
    its paths, hidden names and layers are settled here.
    """

    policy: Policy
    ruleset: landlock.Ruleset | None = None
    filter: seccomp.Filter | None = None
    becomes: tuple[int, int] | None = None
    stays: str = ""
    """Why root's children cannot become the policy's user, where they cannot."""
    notes: dict[str, Report] = field(default_factory=dict)
    """Why a wall will be missing, or what of it already stands, by layer."""


def prepare(policy: Policy, *, landlock_abi: int | None = None) -> Prepared:
    """The policy made ready, once, in the fork server while it has one thread.

    All children share `writable`: give each submission a fork server, or empty it in between.
    As root, this takes the fork server out of the network. `landlock_abi` forces an older ABI.
    """
    notes: dict[str, Report] = {}

    def attempt(layer: str, make: Callable[[], Any]) -> Any:
        try:
            if layer not in policy.without:
                return make()
            notes[layer] = _report(layer, "unavailable", _SWITCHED_OFF)
        except UnavailableError as reason:
            notes[layer] = _report(layer, "unavailable", str(reason))
        except OSError as error:
            notes[layer] = _report(layer, "unavailable", f"the kernel refused: {error}")
        return None

    left = attempt("namespaces", _leave_network)
    if left is not None:
        notes["namespaces"] = _report("namespaces", "active", left)
    ruleset = attempt("landlock", lambda: _ruleset(policy, landlock_abi))
    ready = attempt("seccomp", lambda: _filter(read_only=ruleset is None))
    becomes, stays = privileges.user_to_become(policy)
    return Prepared(policy, ruleset, ready, becomes, stays, notes)


def apply(prepared: Prepared, *, parent_pid: int) -> list[Report]:
    """Put this process, just forked by `parent_pid`, behind the walls; what holds, by layer."""
    steps: dict[str, Callable[[], str]] = {
        "session": lambda: _session(prepared.policy, parent_pid),
        "descriptors": lambda: _close_descriptors(prepared),
        "cpus": lambda: _pin(prepared.policy.cpus),
        "limits": lambda: _limit(prepared.policy),
        "privileges": lambda: _drop_privileges(prepared.becomes, prepared.stays, parent_pid),
        "hardening": _harden,
        "landlock": lambda: _enter_landlock(prepared.ruleset, prepared.policy.writable),
        "seccomp": lambda: _install_filter(prepared.filter),
    }
    return [
        prepared.notes[layer] if layer in prepared.notes else _step(layer, steps, prepared.policy)
        for layer in LAYERS
    ]


def _report(layer: str, status: str, detail: str) -> Report:
    return {"layer": layer, "status": status, "detail": detail}


def _step(layer: str, steps: dict[str, Callable[[], str]], policy: Policy) -> Report:
    """Put up one wall; whatever goes wrong is told, never raised."""
    if layer in policy.without:
        return _report(layer, "unavailable", _SWITCHED_OFF)
    try:
        return _report(layer, "active", steps[layer]())
    except UnavailableError as reason:
        return _report(layer, "unavailable", str(reason))
    except Exception as error:  # noqa: BLE001  (the judge is told)
        return _report(layer, "failed", f"{type(error).__name__}: {error}")


def _linux() -> None:
    """Raise UnavailableError elsewhere than on Linux."""
    if sys.platform != "linux":
        raise UnavailableError(f"not on {sys.platform}")


# What is done once, in the fork server


def _leave_network() -> str:
    """Move to an empty network and System V namespace; children are born there at no cost."""
    _linux()
    if os.geteuid() != 0:
        raise UnavailableError("needs root; seccomp refuses sockets all the same")
    libc.call("unshare", _CLONE_NEWNET | _CLONE_NEWIPC)
    return "no network interface, own System V memory"


def _ruleset(policy: Policy, version: int | None) -> landlock.Ruleset:
    _linux()
    rules = readable_paths.rules(writable=policy.writable, hidden=policy.hidden)
    return landlock.build(rules, version=min(version or landlock.KNOWN_ABI, landlock.abi()))


def _filter(*, read_only: bool) -> seccomp.Filter:
    _linux()
    machine = syscalls.machine()
    if machine is None:
        raise UnavailableError("no table of system calls for this machine")
    return seccomp.build(machine, read_only=read_only)


# What each child does


def _session(policy: Policy, parent_pid: int) -> str:
    """No terminal, an own process group, and no life after the fork server's."""
    os.setsid()
    os.umask(0o077)
    os.chdir(policy.writable or "/")
    if sys.platform != "linux":
        return "own session"
    _die_with(parent_pid)
    return "own session, ends with the fork server"


def _die_with(parent_pid: int) -> None:
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def _close_descriptors(prepared: Prepared) -> str:
    """Close all that was inherited but standard streams, what the policy keeps, and the ruleset."""
    keep = {0, 1, 2, *prepared.policy.keep_fds}
    if prepared.ruleset is not None:
        keep.add(prepared.ruleset.descriptor)
    first = 0
    for descriptor in sorted(keep):
        if first < descriptor:  # given nothing to close, closerange(0, 0) closes everything
            os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
    return f"{len(keep)} left"


def _pin(count: int) -> str:
    """Use a few of the CPUs, others for the next child."""
    if sys.platform != "linux":
        raise UnavailableError(f"not on {sys.platform}")
    usable = sorted(os.sched_getaffinity(0))
    start = os.getpid() % len(usable)
    chosen = (usable[start:] + usable[:start])[:count]
    os.sched_setaffinity(0, chosen)
    return f"{len(chosen)} of {len(usable)}"


def _limit(policy: Policy) -> str:
    """Set the limits that no child can raise again."""
    import resource  # noqa: PLC0415  (not on Windows)

    wanted = {
        "RLIMIT_CPU": policy.cpu_s,
        "RLIMIT_DATA": policy.data_bytes,
        "RLIMIT_AS": policy.address_bytes,
        "RLIMIT_FSIZE": policy.file_bytes,
        "RLIMIT_NOFILE": policy.open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    missed = []
    for name, value in wanted.items():
        try:
            _limit_one(resource.RLIM_INFINITY, name, value)
        except (AttributeError, OSError, ValueError):
            missed.append(name)
    if missed:
        raise UnavailableError(f"not taken: {', '.join(missed)}")
    return f"CPU {policy.cpu_s} s, memory {policy.data_bytes >> 20} MiB"


def _limit_one(infinite: int, name: str, value: int) -> None:
    """Set one limit, or the hard limit in force where that is lower."""
    import resource  # noqa: PLC0415  (not on Windows)

    number: int = getattr(resource, name)
    _, hard = resource.getrlimit(number)
    soft = value if hard == infinite else min(value, hard)
    # A second more before the kill that cannot be caught.
    last = soft + 1 if name == "RLIMIT_CPU" and hard == infinite else soft
    resource.setrlimit(number, (soft, last))


def _drop_privileges(becomes: tuple[int, int] | None, stays: str, parent_pid: int) -> str:
    """Become another user, or stay the user without any of root's rights."""
    if os.geteuid() != 0:
        return f"user {os.geteuid()}, not root"
    _linux()
    detail = "root without capabilities" + (f" (no other user: {stays})" if stays else "")
    if becomes is not None:
        privileges.become(becomes)
        detail = f"user {becomes[0]}"
    if os.geteuid() == 0:
        privileges.drop_capabilities()
    _die_with(parent_pid)  # becoming another user forgets it
    return detail


def _harden() -> str:
    """Not to be traced or read by others, and no new rights from programs."""
    _linux()
    libc.prctl(_PR_SET_DUMPABLE, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return "not dumpable, no new privileges"


def _enter_landlock(ruleset: landlock.Ruleset | None, writable: str | None) -> str:
    if ruleset is None:
        raise UnavailableError("not prepared")
    landlock.enter(ruleset)
    os.close(ruleset.descriptor)
    if writable is not None:  # once more: changes in this child's own folder alone
        null = landlock.Rule("/dev/null", landlock.READ_FILE | landlock.WRITE_FILE)
        rules = [landlock.Rule("/"), null, landlock.Rule(writable, landlock.CHANGE)]
        own = landlock.build(rules, version=ruleset.abi)
        landlock.enter(own)
        os.close(own.descriptor)
    return f"ABI {ruleset.abi}, {ruleset.rules} rules"


def _install_filter(ready: seccomp.Filter | None) -> str:
    if ready is None:
        raise UnavailableError("not prepared")
    seccomp.install(ready, process_id=os.getpid())
    files = "no file can be changed" if ready.read_only else "files are Landlock's"
    return f"{ready.length} instructions, {files}"
