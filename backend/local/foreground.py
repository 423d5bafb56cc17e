"""Running one command in our terminal, as if it had been typed there."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import IO

from backend.local.children import Program, start_in_foreground, stop
from backend.local.places import ROOT

STOP_S = 15.0


class Stopped(BaseException):
    """Somebody asked us to end; `number` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def stop_on_signals() -> None:
    """Let SIGTERM and a closed terminal unwind the program as Ctrl-C does, so that everything is stopped."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)


def _raise_stopped(number: int, _frame: FrameType | None) -> None:
    raise Stopped(number)


def run(command: tuple[str, ...], env: Mapping[str, str], *, output: IO[bytes] | None = None) -> int:
    """Run to the end and return its exit code. Ctrl-C is the command's own business."""
    running = start_in_foreground(Program(command[0], command, env=env), output, cwd=ROOT)
    try:
        with _ctrl_c_left_to_it():
            code = running.process.wait()
    finally:
        stop([running], deadline_s=STOP_S)
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _ctrl_c_left_to_it() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def base_env() -> dict[str, str]:
    """Our environment, with the commands of this Python's environment first on PATH."""
    commands = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }
