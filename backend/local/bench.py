"""`./dev bench NAME`: one of tests/bench, with servers of its own that never wait for the disk."""

import sys
from collections.abc import Sequence

from backend.local import foreground
from backend.local.places import ROOT, data_dir
from backend.local.test import test_env
from backend.local.throwaway import throwaway
from backend.local.trouble import Trouble

BENCHES = ROOT / "tests" / "bench"


def bench(arguments: Sequence[str]) -> int:
    """Run `python -m tests.bench.NAME` with whatever follows the name."""
    names = [path.stem for path in sorted(BENCHES.glob("[a-z]*.py")) if "\ndef main(" in path.read_text()]
    if not arguments or arguments[0] not in names:
        raise Trouble(f"./dev bench NAME measures one of: {', '.join(names) or 'nothing yet'}.")
    name, *rest = arguments
    with throwaway(data_dir() / "test") as (servers, run):
        env = foreground.base_env() | servers.env | test_env(run)
        return foreground.run((sys.executable, "-m", f"tests.bench.{name}", *rest), env)
