"""Linux system call numbers, by name, and which of them the student's side may use.

Each entry reads `name=x86_64/aarch64`; `-` where an architecture has no such call. The groups
say why a call is there. What stands in no allowed group is refused.
"""

from __future__ import annotations

import platform
import sys

_MEMORY = """
    brk=12/214 munmap=11/215 mprotect=10/226 mremap=25/216 madvise=28/233 msync=26/227
    membarrier=324/283 get_mempolicy=239/236
"""
_THREADS = """
    futex=202/98 futex_waitv=449/449 set_robust_list=273/99 set_tid_address=218/96
    rseq=334/293 arch_prctl=158/- sched_yield=24/124 sched_getaffinity=204/123
    sched_getparam=143/121 sched_getscheduler=145/120 sched_get_priority_max=146/125
    sched_get_priority_min=147/126 getcpu=309/168 restart_syscall=219/128 exit=60/93
    exit_group=231/94
"""
_DESCRIPTORS = """
    read=0/63 write=1/64 readv=19/65 writev=20/66 pread64=17/67 pwrite64=18/68 preadv=295/69
    pwritev=296/70 preadv2=327/286 pwritev2=328/287 lseek=8/62 close=3/57
    close_range=436/436 dup=32/23 dup2=33/- dup3=292/24 pipe=22/- pipe2=293/59 fstat=5/80
    ftruncate=77/46 fsync=74/82 fdatasync=75/83 fadvise64=221/223 sendfile=40/71
    copy_file_range=326/285 poll=7/- ppoll=271/73 select=23/- pselect6=270/72
    epoll_create1=291/20 epoll_create=213/- epoll_ctl=233/21 epoll_wait=232/-
    epoll_pwait=281/22 epoll_pwait2=441/441 eventfd2=290/19 recvfrom=45/207 shutdown=48/210
    getsockname=51/204 getpeername=52/205 getsockopt=55/209
"""
_PATHS = """
    stat=4/- lstat=6/- newfstatat=262/79 statx=332/291 access=21/- faccessat=269/48
    faccessat2=439/439 statfs=137/43 fstatfs=138/44 getdents=78/- getdents64=217/61
    readlink=89/- readlinkat=267/78 getcwd=79/17 chdir=80/49 fchdir=81/50 umask=95/166
"""
_CHANGES = """
    mkdir=83/- mkdirat=258/34 rmdir=84/- unlink=87/- unlinkat=263/35 rename=82/-
    renameat=264/38 renameat2=316/276
"""
_SIGNALS = """
    rt_sigaction=13/134 rt_sigprocmask=14/135 rt_sigreturn=15/139 rt_sigpending=127/136
    rt_sigsuspend=130/133 rt_sigtimedwait=128/137 sigaltstack=131/132 pause=34/- alarm=37/-
    setitimer=38/103 getitimer=36/102
"""
_FACTS = """
    clock_gettime=228/113 clock_getres=229/114 clock_nanosleep=230/115 nanosleep=35/101
    gettimeofday=96/169 time=201/- times=100/153 getrusage=98/165 sysinfo=99/179
    uname=63/160 getrandom=318/278 getpid=39/172 gettid=186/178 getppid=110/173
    getpgrp=111/- getuid=102/174 geteuid=107/175 getgid=104/176 getegid=108/177
    getgroups=115/158 getresuid=118/148 getresgid=120/150 getpriority=140/141
    getrlimit=97/163 capget=125/90
"""
_RULED = """
    mmap=9/222 clone=56/220 kill=62/129 tgkill=234/131 prctl=157/167 ioctl=16/29 fcntl=72/25
    prlimit64=302/261 open=2/- openat=257/56 sendto=44/206 socketpair=53/199
    getpgid=121/155 getsid=124/156
"""
_ABSENT = """
    clone3=435/435 openat2=437/437 io_uring_setup=425/425
"""
_REFUSED = """
    fork=57/- vfork=58/- execve=59/221 execveat=322/281 socket=41/198 connect=42/203
    ptrace=101/117 process_vm_readv=310/270 keyctl=250/219 shmget=29/194 shmctl=31/195
    memfd_create=319/279 unshare=272/97 mount=165/40 bpf=321/280 perf_event_open=298/241
    userfaultfd=323/282 pidfd_open=434/434 capset=126/91 seccomp=317/277 chmod=90/-
    fchmodat=268/53 setrlimit=160/164 truncate=76/45 landlock_create_ruleset=444/444
    landlock_add_rule=445/445 landlock_restrict_self=446/446
"""

MACHINES = ("x86_64", "aarch64")


def _table(*groups: str) -> dict[str, dict[str, int]]:
    """Numbers by machine and name."""
    tables: dict[str, dict[str, int]] = {machine: {} for machine in MACHINES}
    for entry in " ".join(groups).split():
        name, numbers = entry.split("=")
        for machine, number in zip(MACHINES, numbers.split("/"), strict=True):
            if number != "-":
                tables[machine][name] = int(number)
    return tables


ALLOWED = _table(_MEMORY, _THREADS, _DESCRIPTORS, _PATHS, _SIGNALS, _FACTS)
"""Always allowed; which paths may be opened is Landlock's to say."""
CHANGES = _table(_CHANGES)
"""Change folders: allowed where Landlock confines them to the private folder."""
ABSENT = _table(_ABSENT)
"""Answered as by a kernel that has no such call: the C library then uses an older one."""
NUMBERS = _table(
    _MEMORY,
    _THREADS,
    _DESCRIPTORS,
    _PATHS,
    _CHANGES,
    _SIGNALS,
    _FACTS,
    _RULED,
    _ABSENT,
    _REFUSED,
)
"""Every call named here, the refused ones too (what the walls and the probes call themselves)."""


def machine() -> str | None:
    """The running machine's name as a key of the tables; None where they do not apply."""
    name = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    is_64_bit = sys.maxsize > 1 << 32
    return name if sys.platform == "linux" and is_64_bit and name in MACHINES else None


def number(name: str) -> int | None:
    """The call's number on the running machine; None when it has none."""
    here = machine()
    return None if here is None else NUMBERS[here].get(name)
