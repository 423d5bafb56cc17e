"""Starting processes that cannot outlive us, and stopping them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

TETHER = Path(__file__).with_name("tether.py")
POLL_S = 0.02


@dataclass(frozen=True)
class Program:
    """A command with what it needs to be started, stopped and not to be left behind."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL  # what it gets when we are killed ourselves
    before: tuple[str, ...] = ()  # runs in front of everything, such as `unshare …`
    uid: int | None = None

    @property
    def argv(self) -> list[str]:
        tether = (sys.executable, "-I", "-S", str(TETHER), str(int(self.death_signal)))
        uid = "-" if self.uid is None else str(self.uid)
        return [*self.before, *tether, str(os.getpid()), uid, *self.command]


@dataclass
class Running:
    """A started program. It leads a session of its own unless it was started in the foreground."""

    program: Program
    process: subprocess.Popen[bytes]
    own_session: bool = True

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it and whatever it started in its own session."""
        self.signal(signal.SIGKILL)
        if self.own_session:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def start(program: Program, output: int | IO[bytes] | None, *, cwd: Path) -> Running:
    """Start in the background: no terminal, no input, in a session that Ctrl-C does not reach."""
    process = subprocess.Popen(
        program.argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(program.env),
        cwd=cwd,
        start_new_session=True,
    )
    return Running(program, process)


def start_in_foreground(program: Program, output: IO[bytes] | None, *, cwd: Path) -> Running:
    """Start in our own terminal, whose input and output are its own unless it has an output to write to; Ctrl-C reaches
    it as well as us."""
    errors, typed = (subprocess.STDOUT, subprocess.DEVNULL) if output else (None, None)
    process = subprocess.Popen(program.argv, stdin=typed, stdout=output, stderr=errors, env=dict(program.env), cwd=cwd)
    return Running(program, process, own_session=False)


def stop(running: Iterable[Running], *, deadline_s: float) -> list[str]:
    """Ask all of them to stop, wait for all of them, kill the rest; returns who had to be killed."""
    asked = list(running)
    for one in asked:
        if one.process.poll() is None:
            one.signal(one.program.stop_signal)
    late = [one for one in asked if not _ended(one, time.monotonic() + deadline_s)]
    for one in asked:
        one.kill()
        one.process.wait()
    return [one.program.name for one in late]


def _ended(one: Running, deadline: float) -> bool:
    while one.process.poll() is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True
