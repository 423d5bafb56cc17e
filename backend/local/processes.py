"""The process tree of `./dev run`: shows what its members say, starts the dead again, stops all in order."""

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from backend.local.children import Running
from backend.local.console import Console, Lines
from backend.local.foreground import Stopped

TICK_S = 0.1
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STEADY_S = 60.0  # one that ran this long is given the first pause again
STOP_S = 10.0


@dataclass
class Member:
    """One process with its place in the order of stopping: the highest stage stops first."""

    name: str
    launch: Callable[[], Running]
    stage: int
    running: Running | None = None
    began: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    again_at: float = 0.0
    lines: Lines = field(default_factory=Lines)

    def start(self) -> None:
        self.running, self.began = self.launch(), time.monotonic()

    def next_pause(self) -> float:
        """How long to wait before starting it again: longer each time it dies soon."""
        if time.monotonic() - self.began > STEADY_S:
            self.pause_s = FIRST_PAUSE_S
        pause, self.pause_s = self.pause_s, min(self.pause_s * 2, LONGEST_PAUSE_S)
        return pause


class Tree:
    """Runs its members until somebody stops us. Single-threaded: children die with the thread that started them."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.members: list[Member] = []
        self.outputs = selectors.DefaultSelector()

    def add(self, member: Member) -> None:
        """Take over a running process, or start it."""
        self.members.append(member)
        if member.running is None:
            self._start(member)
        else:
            member.began = time.monotonic()

    def run(self, each_tick: Callable[[], None]) -> None:
        """Go on until Ctrl-C or a signal raises."""
        while True:
            self._show(TICK_S)
            for member in self.members:
                self._revive(member)
            each_tick()

    def stop(self) -> None:
        """All members, stage by stage, each stage within its deadline; being asked again kills the rest at once."""
        patience = STOP_S
        for stage in sorted({member.stage for member in self.members}, reverse=True):
            present = [one for one in self.members if one.stage == stage and one.running is not None]
            try:
                self._stop(present, patience)
            except (KeyboardInterrupt, Stopped):
                patience = 0.0
                self._stop(present, patience)

    def _stop(self, members: list[Member], patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        alive = [one.running for one in members if one.running and one.running.process.poll() is None]
        for running in alive:
            running.signal(running.program.stop_signal)
        while any(one.process.poll() is None for one in alive) and time.monotonic() < deadline:
            self._show(TICK_S / 4)
        for running in alive:
            if running.process.poll() is None:
                self.console.say(f"{running.program.name} did not stop in {patience_s:.0f} s and was killed")
        for member in members:
            if member.running:
                member.running.kill()
                member.running.process.wait()
        self._show(0)

    def _start(self, member: Member) -> None:
        member.start()
        output = member.running.process.stdout if member.running else None
        if output is not None:
            os.set_blocking(output.fileno(), False)
            self.outputs.register(output, selectors.EVENT_READ, member)

    def _revive(self, member: Member) -> None:
        now = time.monotonic()
        if member.running is not None and (code := member.running.process.poll()) is not None:
            member.running.kill()  # what it had started in its session
            member.running, pause = None, member.next_pause()
            member.again_at = now + pause
            self.console.say(f"{member.name} {_ended(code)}; it starts again in {pause:g} s")
        elif member.running is None and now >= member.again_at:
            self._start(member)

    def _show(self, timeout_s: float) -> None:
        """Print what has been written meanwhile, waiting at most that long for something."""
        if not self.outputs.get_map():
            time.sleep(timeout_s)
        for key, _ in self.outputs.select(timeout_s):
            member: Member = key.data
            with contextlib.suppress(BlockingIOError):
                data = os.read(key.fd, 65_536)
                for line in member.lines.feed(data) if data else member.lines.end():
                    self.console.line(member.name, line)
                if not data:
                    self.outputs.unregister(key.fileobj)


def _ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
