"""A PostgreSQL data directory: made whole or not at all, and freed of what a killed server left."""

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from backend.local.account import Account
from backend.local.children import Program
from backend.local.trouble import Trouble

INITDB = (
    *("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions"),
    # Without --locale an uninstalled LANG is fatal; without --lc-ctype pg_trgm drops non-ASCII letters.
    *("--locale=C", "--lc-ctype=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
OLD_SERVER_S = 20.0


def server_env() -> dict[str, str]:
    """Our environment without what would change how the server sorts, speaks or connects."""
    strange = ("LC_", "LANG", "PG")
    return {name: value for name, value in os.environ.items() if not name.startswith(strange)}


def init(account: Account, data: Path, *, durable: bool) -> None:
    """Run initdb. `data` must not exist yet; its directory must be writable for the account."""
    command = (str(account.install / "bin" / "initdb"), "-D", str(data), *INITDB, *(() if durable else ("--no-sync",)))
    program = Program("initdb", command, before=account.before, uid=account.uid)
    done = subprocess.run(program.argv, env=server_env(), cwd=data.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"PostgreSQL could not make its data directory {data}:\n{done.stderr.strip()}")


def version_of(install: Path) -> str:
    """Such as 18.6."""
    done = subprocess.run([str(install / "bin" / "postgres"), "--version"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"{install}/bin/postgres does not run on this machine:\n{done.stderr.strip()}")
    return done.stdout.split()[2]


def check_version(install: Path, data: Path) -> None:
    """Refuse a directory that another major version of PostgreSQL made."""
    theirs, ours = (data / "PG_VERSION").read_text().strip(), version_of(install)
    if theirs != ours.partition(".")[0]:
        raise Trouble(
            f"{data} was made by PostgreSQL {theirs}, the installed one is {ours}.\n"
            "Start the demo anew with `./dev reset`, or move the data with pg_dump and pg_restore."
        )


def clear_stale_pid(data: Path) -> None:
    """Remove a postmaster.pid whose server is gone, even where its number belongs to someone else now.

    A server that is still ending (its supervisor was killed) is waited for. Nobody is ever killed here.
    """
    file = data / "postmaster.pid"
    deadline = time.monotonic() + OLD_SERVER_S
    while not is_stopped(data):
        if time.monotonic() > deadline:
            pid = _recorded_pid(file)
            raise Trouble(
                f"A PostgreSQL server (pid {pid}) still uses {data}.\nStop it, then try again: kill -INT {pid}"
            )
        time.sleep(0.05)
    file.unlink(missing_ok=True)


def _recorded_pid(file: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(file.read_text().splitlines()[0])
    return None


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is a PostgreSQL on this directory; a postgres we may not look into counts as one."""
    process = Path("/proc") / str(pid)
    try:
        if (process / "comm").read_text().strip() != "postgres":
            return False
        return (process / "cwd").resolve(strict=True) == data.resolve()
    except FileNotFoundError:
        return False
    except PermissionError:
        return True


def is_stopped(data: Path) -> bool:
    """Whether no server runs on this directory."""
    pid = _recorded_pid(data / "postmaster.pid")
    return pid is None or not _serves(pid, data)


def is_ready(data: Path, pid: int) -> bool:
    """Whether the server with this pid says in its own file that it takes connections."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = (data / "postmaster.pid").read_text().splitlines()
        return int(lines[0]) == pid and lines[7].strip() == "ready"
    return False


def copy(source: Path, target: Path) -> None:
    """Copy a stopped cluster; instant where the file system shares blocks."""
    done = subprocess.run(
        ["cp", "-a", "--reflink=auto", str(source), str(target)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        raise Trouble(f"Could not copy {source}:\n{done.stderr.strip()}")
