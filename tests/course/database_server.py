"""A PostgreSQL server of its own for tests: a folder, a socket in it, nothing on the network.

Its data is written through to the disk as in earnest, so that what is killed can be believed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SERVICE_USER = "postgres"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "deadlock_timeout": "200ms",
}


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that runs."""

    folder: Path
    programs: Path
    user: str

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql:///{name}?host={self.folder}&user={self.user}"

    def run(self, sql: str) -> None:
        """Run a statement, outside of any transaction."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.encode())

    def create(self, name: str, template: str = "template0") -> None:
        """Make a database, like another one."""
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop it, and remove its folder."""
        data = self.folder / "data"
        stop = [self.programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
        _run_as(self.user, stop)
        shutil.rmtree(self.folder, ignore_errors=True)


def why_not() -> str:
    """Why there can be no server here, '' if there can be one."""
    if importlib.util.find_spec("psycopg") is None:
        return "psycopg is missing"
    if programs() is None:
        return "PostgreSQL's server programs (initdb, pg_ctl) are missing"
    if os.getuid() == 0 and (_service_user() is None or shutil.which("runuser") is None):
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


def programs() -> Path | None:
    """Where the server's programs are."""
    found = shutil.which("pg_ctl")
    known = [Path(found).resolve().parent] if found else []
    known += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((one for one in known if (one / "initdb").exists()), None)


def _service_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        return None


def start() -> Server:
    """Start a server with an empty cluster; call its `stop`."""
    at = programs()
    assert at is not None
    _stop_left_over(at)
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        known = _service_user()
        assert known is not None
        user = SERVICE_USER
        os.chown(folder, known.pw_uid, known.pw_gid)
    folder.chmod(0o755)
    data = folder / "data"
    init = [at / "initdb", "-D", data, "-A", "trust", "-U", user, "-E", "UTF8", "--locale=C"]
    _run_as(user, init)
    with (folder / "settings").open("w", encoding="ascii") as out:
        out.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        out.write(f"unix_socket_directories = '{folder}'\n")
    (folder / "settings").chmod(0o644)
    options = f"-c config_file={data}/postgresql.conf"
    _run_as(user, ["cp", folder / "settings", data / "postgresql.auto.conf"])
    (folder / "owner").write_text(f"{os.getpid()} {user}", "ascii")
    log = folder / "log"
    _run_as(user, [at / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"])
    return Server(folder=folder, programs=at, user=user)


def _stop_left_over(at: Path) -> None:
    """Stop servers whose tests were killed before they could."""
    for note in Path("/tmp").glob("pg-*/owner"):
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            pid, user = note.read_text("ascii").split()
            if not Path("/proc", pid).exists():
                Server(folder=note.parent, programs=at, user=user).stop()


def _run_as(user: str, command: Sequence[str | Path]) -> None:
    is_other = os.getuid() == 0 and user != "root"
    start = ["runuser", "-u", user, "--"] if is_other else []
    done = subprocess.run(
        [*start, *map(str, command)],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
