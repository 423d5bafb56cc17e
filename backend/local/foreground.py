"""Running commands in our terminal, as if they had been typed there."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from backend.local.children import Program, Running, start_in_foreground, stop
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


Part = tuple[Program, IO[bytes] | None]
"""A program and where its output goes; None: where ours goes."""


def run(command: tuple[str, ...], env: Mapping[str, str], *, output: IO[bytes] | None = None) -> int:
    """Run to the end and return its exit code. Ctrl-C is the command's own business."""
    return run_together([(Program(command[0], command, env=env), output)])[0]


def run_together(parts: Sequence[Part]) -> list[int]:
    """Run all of them side by side, each to its end, and return their exit codes. Ctrl-C reaches each of them."""
    running: list[Running] = []
    try:
        for program, output in parts:
            running.append(start_in_foreground(program, output, cwd=ROOT))
        with _ctrl_c_left_to_it():
            codes = [one.process.wait() for one in running]
    finally:
        stop(running, deadline_s=STOP_S)
    return [code if code >= 0 else 128 - code for code in codes]


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
