"""`./dev run`: databases, release, the Procfile's processes and the market's simulator, until Ctrl-C."""

import contextlib
import subprocess
from collections.abc import Mapping, Sequence

from backend.local import databases, foreground
from backend.local.children import Program, Running, start
from backend.local.console import Console
from backend.local.databases import Databases
from backend.local.foreground import Stopped
from backend.local.logins import three_logins
from backend.local.places import ROOT, data_dir
from backend.local.ports import chosen_port, require_free
from backend.local.preparation import prepare
from backend.local.processes import Member, Tree
from backend.local.procfile import RELEASE, read_procfile
from backend.local.readiness import Readiness
from backend.local.secret import secret_key
from backend.local.translations import compile_translations
from backend.local.trouble import Trouble

SIMULATOR = "simulator"
PACE = 5.0  # invoice lines a second
DATABASES, PROCESSES, VISITORS = range(3)  # the order of starting; stopping goes backwards


def run(arguments: Sequence[str]) -> int:
    """Everything up, until somebody stops us. Raises Trouble where something is in the way."""
    pace, port = _pace(arguments), chosen_port()
    commands = read_procfile(ROOT / "Procfile")
    release = commands.pop(RELEASE)
    compile_translations()
    with databases.claimed("run"):
        require_free(port)
        with databases.started() as ours:
            env = _env(ours, port)
            prepare(ours, release, env)
            Market(commands, env, port, pace).open(ours)
    return 0


def _pace(arguments: Sequence[str]) -> float:
    words = [part for word in arguments for part in word.split("=", 1)]
    if not words:
        return PACE
    try:
        option, value = words
        pace = float(value)
    except ValueError:
        option, pace = "", -1.0
    if option != "--pace" or not 0 <= pace < 10_000:
        raise Trouble("./dev run takes one option: --pace N, invoice lines a second (5 if not given, 0 is quiet).")
    return pace


def _env(ours: Databases, port: int) -> dict[str, str]:
    """SHUTDOWN_S: nobody waits at a development server for the last request."""
    own = {"PORT": str(port), "SECRET_KEY": secret_key(data_dir()), "DATA_DIR": str(data_dir()), "SHUTDOWN_S": "2"}
    return foreground.base_env() | own | ours.env


class Market:
    """The process tree, and what is said once it is up."""

    def __init__(self, commands: Mapping[str, tuple[str, ...]], env: dict[str, str], port: int, pace: float) -> None:
        self.commands, self.env, self.port, self.pace = commands, env, port, pace
        self.console = Console((*commands, SIMULATOR, "postgres", "valkey"))
        self.tree = Tree(self.console)

    def open(self, ours: Databases) -> None:
        """Start all and stay; Ctrl-C and signals stop the processes, then the databases."""
        for service in ours.services:
            name = service.running.program.name
            self.tree.add(Member(name, service.launch, DATABASES, service.running))
        try:
            for name, command in self.commands.items():
                self.tree.add(self._member(name, command, PROCESSES))
            self.readiness = Readiness(self.port)
            self.announced = False
            self.tree.run(self._announce)
        finally:
            with contextlib.suppress(Stopped):
                self.console.say("stopping …")
            self.tree.stop()

    def _member(self, name: str, command: tuple[str, ...], stage: int) -> Member:
        program = Program(name, command, env=self.env)

        def launch() -> Running:
            return start(program, subprocess.PIPE, cwd=ROOT)

        return Member(name, launch, stage)

    def _announce(self) -> None:
        if self.announced or not (self.readiness.is_ready or self.readiness.is_late):
            return
        self.announced = True
        if self.readiness.is_late:
            self.console.say(f"not ready after a minute: /readyz says {self.readiness.last_answer}")
        if self.pace:
            command = ("python", "manage.py", "simulate", "--pace", f"{self.pace:g}")
            self.tree.add(self._member(SIMULATOR, command, VISITORS))
        for line in ("", f"http://localhost:{self.port}", "", *three_logins(), "", "Ctrl-C stops it.", ""):
            self.console.say(line)
