"""The processes of a bench: tied to its life, pinned to a core, asked over their standard streams."""

import asyncio
import contextlib
import json
import os
import resource
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from backend.local.children import Program
from tests.bench.lines import LONGEST_LINE, Words

ANSWER_S = 60.0
SPARE_DESCRIPTORS = 200


class Child:
    """A process that dies with the bench even when that one is killed."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process, self._name = process, name

    @classmethod
    async def start(
        cls, command: tuple[str, ...], *, env: Mapping[str, str], core: int | None, is_silent: bool = False
    ) -> Self:
        """`is_silent`: it does not speak lines, and what it prints goes to our error stream."""
        name = command[2] if command[1:2] == ("-m",) else Path(command[0]).name
        program = Program(name, command)
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=sys.stderr if is_silent else asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )
        pin(process.pid, core)
        return cls(process, name)

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, **words: Any) -> None:
        """A command that has no answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words).encode() + b"\n")

    async def answer(self, within_s: float = ANSWER_S) -> Words:
        """The next line of the child. Raises RuntimeError if it ended instead."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), within_s)
        if not line:
            raise RuntimeError(f"{self._name} ended with status {await self._process.wait()}")
        words: Words = json.loads(line)
        return words

    async def ask(self, **words: Any) -> Words:
        """A command and its answer; a long one is taken as fast as the child reads."""
        assert self._process.stdin is not None
        self.tell(**words)
        await self._process.stdin.drain()
        return await self.answer(words.get("within_s", 0.0) + ANSWER_S)

    def check(self) -> None:
        """Raises RuntimeError if it has ended."""
        if self._process.returncode is not None:
            raise RuntimeError(f"{self._name} ended with status {self._process.returncode}")

    async def stop(self) -> None:
        """At once: nothing that a bench starts has anything to save."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


@contextlib.asynccontextmanager
async def running(
    module: str, *arguments: str, env: Mapping[str, str], core: int | None, is_silent: bool = False
) -> AsyncIterator[Child]:
    """`python -m MODULE ARGUMENTS…`, ended with the block."""
    command = (sys.executable, "-m", module, *arguments)
    async with running_command(command, env=env, core=core, is_silent=is_silent) as child:
        yield child


@contextlib.asynccontextmanager
async def running_command(
    command: tuple[str, ...], *, env: Mapping[str, str], core: int | None, is_silent: bool = False
) -> AsyncIterator[Child]:
    """Any command, ended with the block."""
    child = await Child.start(command, env=env, core=core, is_silent=is_silent)
    try:
        yield child
    finally:
        await child.stop()


def pin(pid: int, core: int | None) -> None:
    """Keep a process (all its threads still to come) on one core, where the system permits it."""
    if core is not None:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, {core})


@contextlib.contextmanager
def anywhere() -> Iterator[None]:
    """What is started inside may run on every core that the bench was given, whatever we are pinned to."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, os.sched_getaffinity(os.getppid()))
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


def raise_descriptor_limit() -> int:
    """Descriptors that one process may open for sockets, after asking for as many as we may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard - SPARE_DESCRIPTORS
