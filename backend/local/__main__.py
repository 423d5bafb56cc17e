"""`python -m backend.local COMMAND`: what `./dev` hands over to, once the environment stands."""

import sys
from collections.abc import Callable, Sequence

from backend.local.foreground import Stopped, stop_on_signals
from backend.local.trouble import Trouble


def _command(name: str) -> Callable[[Sequence[str]], int]:
    """Imported one by one: a command should not wait for the others."""
    if name == "test":
        from backend.local.testing import test as command
    elif name == "manage":
        from backend.local.manage import manage as command
    else:
        raise Trouble(f"There is no command {name!r}. `./dev` lists them.")
    return command


def main(name: str = "", *arguments: str) -> int:
    stop_on_signals()
    try:
        return _command(name)(arguments)
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except Stopped as stopped:
        return 128 + stopped.number


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
