"""A private PostGIS server: its own cluster in a folder of its own, reached by a socket there and by no port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

#: PostgreSQL refuses to run as root; this account comes with the Debian package.
ACCOUNT = "postgres"
STARTING_SECONDS = 60


class NoServer(RuntimeError):
    """There is no PostgreSQL with PostGIS on this machine, or it cannot be started."""


def programs() -> Path:
    """The folder of initdb and pg_ctl. Raises NoServer."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    found = [*installed, *(Path(path) for path in [shutil.which("pg_ctl")] if path)]
    if not found:
        raise NoServer("pg_ctl is not installed")
    return found[0].parent


@contextmanager
def running_server() -> Iterator[str]:
    """The connection string of a fresh database with PostGIS; nothing of it is left afterwards. Raises NoServer."""
    where = programs()
    folder = Path(tempfile.mkdtemp(prefix="atlas-pg-"))
    as_root = os.geteuid() == 0
    prefix = ["runuser", "-u", ACCOUNT, "--"] if as_root else []
    if as_root:
        shutil.chown(folder, ACCOUNT)
    cluster = folder / "cluster"

    def run(program: str, *arguments: str) -> None:
        command = [*prefix, str(where / program), *arguments]
        with (folder / "log").open("ab") as log:
            done = subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise NoServer(f"{program}: {(folder / 'log').read_text(errors='replace')[-500:]}")

    try:
        run("initdb", "-D", str(cluster), "-A", "trust", "-U", "atlas", "-E", "UTF8", "--no-sync", "--no-locale")
        options = f"-F -c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=10"
        run("pg_ctl", "-D", str(cluster), "-w", "-t", str(STARTING_SECONDS), "-o", options, "start")
        try:
            address = f"host={folder} user=atlas dbname=postgres"
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION postgis")
            yield address
        except psycopg.errors.UndefinedFile as error:
            raise NoServer("PostGIS is not installed") from error
        finally:
            run("pg_ctl", "-D", str(cluster), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
