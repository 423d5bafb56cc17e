"""`./dev bench NAME`: one of tests/bench, with servers of its own that never wait for the disk."""

import ast
import sys
from collections.abc import Sequence
from pathlib import Path

from backend.local import foreground
from backend.local.parts import test_env
from backend.local.places import ROOT, data_dir
from backend.local.throwaway import throwaway
from backend.local.trouble import Trouble

BENCHES = ROOT / "tests" / "bench"
ALL = "all"


def bench(arguments: Sequence[str]) -> int:
    """Run `python -m tests.bench.NAME` with whatever follows the name, or all of them; without a name, list them."""
    benches = {path.stem: path for path in sorted(BENCHES.glob("[a-z]*.py")) if "\ndef main(" in path.read_text()}
    if not arguments:
        print(
            "\n".join((f"./dev bench NAME measures one of: {', '.join(benches) or 'nothing yet'}.", *_lines(benches)))
        )
        return 0
    name, *rest = arguments
    if name != ALL and name not in benches:
        raise Trouble(f"There is no bench {name!r}; there are: {', '.join((*benches, ALL))}.")
    codes = [_run(one, rest) for one in (benches if name == ALL else [name])]
    return next((code for code in codes if code), 0)


def _run(name: str, rest: Sequence[str]) -> int:
    """Each on servers of its own, so that none finds what another one left."""
    with throwaway(data_dir() / "test", is_released=True) as (servers, run):
        env = foreground.base_env() | servers.env | test_env(run)
        return foreground.run((sys.executable, "-m", f"tests.bench.{name}", *rest), env)


def _lines(benches: dict[str, Path]) -> list[str]:
    """What each one's docstring says first, behind its name."""
    said = {name: (ast.get_docstring(ast.parse(path.read_text())) or "") for name, path in benches.items()}
    return [f"  {name:9}{text.partition(chr(10))[0].partition(': ')[2]}" for name, text in said.items()]
