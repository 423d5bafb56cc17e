"""What the processes say, line by line, each line with its process's name in front."""

import io
import os
import signal
import sys
from typing import IO

from backend.local.foreground import Stopped

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92)  # cyan, yellow, green, magenta, blue, then their bright sisters
OURS = "dev"


class Console:
    """Writes to one stream; colours only on a terminal, and not where NO_COLOR is set."""

    def __init__(self, names: tuple[str, ...], stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stdout
        self.width = max(len(name) for name in (OURS, *names))
        self.colours = dict(zip(names, COLOURS * len(names), strict=False)) if self._coloured() else {}

    def _coloured(self) -> bool:
        return self.stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    def line(self, name: str, text: str) -> None:
        label = f"{name:{self.width}} | "
        if name in self.colours:
            label = f"\033[{self.colours[name]}m{label}\033[0m"
        try:
            self.stream.write(f"{label}{text}\n")
            self.stream.flush()
        except OSError:  # whoever read us is gone, such as `./dev run | head` or a closed terminal
            self.stream = io.StringIO()
            raise Stopped(signal.SIGHUP) from None

    def say(self, text: str) -> None:
        """Our own word about the processes."""
        self.line(OURS, text)


class Lines:
    """Puts a process's output together again to whole lines; one that never ends is cut."""

    LONGEST = 16_384

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> list[str]:
        *whole, self.rest = (self.rest + data).split(b"\n")
        if len(self.rest) > self.LONGEST:
            whole.append(self.rest)
            self.rest = b""
        return [line.decode(errors="replace").rstrip("\r") for line in whole]

    def end(self) -> list[str]:
        last, self.rest = self.rest, b""
        return [last.decode(errors="replace")] if last else []
