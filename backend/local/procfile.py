"""Production's processes, one line each: `name: command`."""

import re
import shlex
from pathlib import Path

from backend.local.trouble import Trouble

LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")
RELEASE = "release"  # runs once before the others, and ends


def read_procfile(path: Path) -> dict[str, tuple[str, ...]]:
    """The commands by name, in the file's order. They are run without a shell."""
    commands: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            name, command = _parsed(text, f"{path.name}, line {number}")
            if name in commands:
                raise Trouble(f"{path.name}, line {number}: there are two processes called {name}.")
            commands[name] = command
    return commands


def _parsed(text: str, place: str) -> tuple[str, tuple[str, ...]]:
    found = LINE.fullmatch(text)
    if not found:
        raise Trouble(f"{place}: expected `name: command`, found {text!r}.")
    try:
        return found["name"], tuple(shlex.split(found["command"]))
    except ValueError as error:
        raise Trouble(f"{place}: {error} in {found['command']!r}.") from None
