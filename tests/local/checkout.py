"""A small checkout in a directory of its own: the real ./dev and backend/local around a market that is a toy."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psycopg

from tests.tied import tied

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0

WEB = """
import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"a toy market")
    def log_message(self, *words): pass
print("web listens", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
MANAGE = """
import os, sys, time
from pathlib import Path
command = sys.argv[1]
if command in ("release", "load_market"):
    with Path("commands.txt").open("a") as out:
        out.write(command + "\\n")
elif command == "addresses":
    print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
elif command == "dies":
    sys.exit(3)
else:
    print(command, "goes on", flush=True)
    time.sleep(600)
"""
PROCFILE = """
web: python web.py
relay: python manage.py relay
release: python manage.py release
"""
CAST = [
    {
        "email": f"{role}@example.com",
        "password": "demo",
        "name": role.title(),
        "role": role,
        "company": "C",
        "kind": kind,
    }
    for role, kind in (("buyer", "retailer"), ("sales", "manufacturer"), ("operator", "platform"))
]


@dataclass
class Checkout:
    """Where it lies, on which port its market opens, and every ./dev that was started in it."""

    root: Path
    port: int
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def env(self, **more: str) -> dict[str, str]:
        """What a person's shell would have: nothing of the test run's own servers."""
        ours = re.compile(r"DATABASE_|REDIS_URL|DATA_DIR|ENTREPOT_|SECRET_KEY|PORT$|PYTEST")
        return {k: v for k, v in os.environ.items() if not ours.match(k)} | {"PORT": str(self.port)} | more

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Run ./dev in a session of its own, as a terminal would, with its output in out.txt."""
        with self.output.open("a") as out:
            process = subprocess.Popen(
                tied("./dev", *arguments),
                cwd=self.root,
                env=self.env(**env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def call(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run ./dev to its end; stdout and stderr together."""
        return subprocess.run(
            ["./dev", *arguments],
            cwd=self.root,
            env=self.env(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    @property
    def output(self) -> Path:
        return self.root / "out.txt"

    def wait_for(self, text: str) -> str:
        """Wait until ./dev has said this; returns all that it said."""

        def said() -> str:
            whole = self.output.read_text()
            over = all(process.poll() is not None for process in self.started)
            assert text in whole or not over, f"./dev ended without {text!r}; it said:\n{whole}"
            return whole if text in whole else ""

        return wait_until(said, repr(text))

    def processes(self) -> dict[int, str]:
        """Everything alive that was started in or for this checkout: pid -> command."""
        return {pid: command for pid, command in everything_alive() if str(self.root) in command}

    def words_of_processes(self) -> set[str]:
        """The names and arguments of all of them."""
        return {Path(word).name.rstrip(":") for command in self.processes().values() for word in command.split()}

    def sql(self, statement: str, *, may_fail: bool = False) -> str:
        """What the owner's statement answers in the running market's database, as text."""
        url = json.loads((self.root / ".data" / "databases.json").read_text())["env"]["DATABASE_OWNER_URL"]
        try:
            with psycopg.connect(url, autocommit=True) as wire:
                answer = wire.execute(statement)
                row = answer.fetchone() if answer.description else None
        except psycopg.OperationalError:
            if may_fail:
                return ""
            raise
        return str(row[0]) if row else ""

    def stop_all(self) -> None:
        """Ask every ./dev that still runs to stop, and wait."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE_S)

    def close(self) -> None:
        """End what a failed test may have left."""
        self.stop_all()
        shutil.rmtree(self.root, ignore_errors=True)


def make_checkout(root: Path) -> Checkout:
    """Copy what is real, write what is a toy, and lay an environment beside it that borrows our packages."""
    root.mkdir(parents=True)
    shutil.copytree(
        ROOT / "backend" / "local", root / "backend" / "local", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("dev", "pyproject.toml", "requirements.lock", "backend/__init__.py"):
        shutil.copy(ROOT / name, root / name)
    checkout = Checkout(root, free_port())
    checkout.write("Procfile", PROCFILE)
    checkout.write("web.py", WEB)
    checkout.write("manage.py", MANAGE)
    checkout.write("backend/market/data/cast.json", json.dumps(CAST))
    lay_environment(root)
    return checkout


def lay_environment(root: Path) -> None:
    """An empty .venv that sees our packages, with the stamp of one that was installed."""
    venv = root / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    digest = hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest()
    stamp = {"lock": digest, "place": str(venv), "groups": ["base", "tools", "node"]}
    (venv / "installed.json").write_text(json.dumps(stamp))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def everything_alive() -> Iterator[tuple[int, str]]:
    """Of all processes that have not ended, the pid and a text with their command and directory."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if words:  # a zombie has none
                yield int(process.name), f"{words} in {(process / 'cwd').readlink()}"


def wait_until(ask: Callable[[], T], what: str) -> T:
    """Ask until the answer is true; fail the test if it takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s for {what}"
        time.sleep(0.05)
    return answer
