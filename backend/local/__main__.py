"""`python -m backend.local COMMAND`: what `./dev` hands over to, once the environment stands."""

import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence

from backend.local.foreground import Stopped, stop_on_signals
from backend.local.trouble import Trouble

COMMANDS = ("run", "test", "check", "bench", "chaos", "manage", "reset", "lock")


def _command(name: str) -> Callable[[Sequence[str]], int]:
    """Each command is the function of its name in the module of its name; the others are not imported."""
    if name not in COMMANDS:
        raise Trouble(f"There is no command {name!r}. `./dev` lists them.")
    command: Callable[[Sequence[str]], int] = getattr(importlib.import_module(f"backend.local.{name}"), name)
    return command


def main(name: str = "", *arguments: str) -> int:
    stop_on_signals()
    try:
        return _command(name)(arguments)
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # as in `./dev run | head`; what Python would flush at its end has no reader either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 130
    except Stopped as stopped:
        return 128 + stopped.number


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
