"""`./dev test`: every test on fresh servers, in several processes side by side, so that no processor is ever idle.

The browser's tests are a part of their own; the others are shared by as many lanes as there are processors. What all
but the first say is shown when all have ended. At the very end stands how each part ended, and what failed.
"""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from backend.local import foreground
from backend.local.parts import BROWSER, CACHE, PLAIN, Part, browser_part, plain_parts
from backend.local.places import ROOT
from backend.local.translations import compile_translations
from backend.local.trouble import Trouble
from backend.local.verdict import NONE_FOUND, Ended, lost, verdict

BROWSER_TESTS = "tests/e2e"
NOT_TESTS = "tests/bench"
MOST_LANES = 4
# What remembers an earlier run or talks to a person cannot be shared out.
UNSHARED = {"--lf", "--last-failed", "--ff", "--failed-first", "--nf", "--sw", "--stepwise", "--pdb", "--trace", "-s"}


def test(arguments: Sequence[str]) -> int:
    """All tests, or those in what the arguments name; flags go to pytest. Returns the first failure's exit code."""
    compile_translations()
    plain, browsers = split(arguments)
    missing: list[Trouble] = []
    with contextlib.ExitStack() as stack:
        parts = [] if plain is None else plain_parts(stack, plain, lanes_for(arguments))
        try:
            parts += [] if browsers is None else [browser_part(stack, browsers)]
        except Trouble as no_chromium:  # the others can be judged all the same
            missing.append(no_chromium)
        return _run(parts, missing)


def lanes_for(arguments: Sequence[str], root: Path = ROOT) -> int:
    """LANES, else one for each processor; one if paths are given: a few tests end before another lane has servers."""
    if _paths(arguments, root) or UNSHARED & set(arguments):
        return 1
    return max(int(os.environ.get("LANES") or min(os.cpu_count() or 1, MOST_LANES)), 1)


def split(arguments: Sequence[str], root: Path = ROOT) -> tuple[list[str] | None, list[str] | None]:
    """What the plain lanes get and what the pytest for the browser tests gets; None: there is nothing to do."""
    paths = _paths(arguments, root)
    in_browser = [path for path in paths if BROWSER_TESTS in path]
    if not paths:
        browsers = [*arguments, BROWSER_TESTS] if (root / BROWSER_TESTS).exists() else None
        return [*arguments, "tests", "--ignore", BROWSER_TESTS, "--ignore", NOT_TESTS], browsers
    plain = [word for word in arguments if word not in in_browser]
    browsers = [word for word in arguments if word not in paths or word in in_browser]
    return plain if len(in_browser) < len(paths) else None, browsers if in_browser else None


def _paths(arguments: Sequence[str], root: Path) -> list[str]:
    return [word for word in arguments if (root / word.partition("::")[0]).exists() and not word.startswith("-")]


def _run(parts: Sequence[Part], missing: Sequence[Trouble]) -> int:
    """All of them to their end; however that comes, what is known of each is said last."""
    codes: Sequence[int | None] = [None] * len(parts)
    try:
        with contextlib.ExitStack() as shown:
            later = [shown.enter_context(_shown_later(part.output)) for part in reversed(parts[1:])]
            outputs = [None, *reversed(later)]  # the one that was entered last is shown first
            codes = foreground.run_together([(part.program, out) for part, out in zip(parts, outputs, strict=False)])
    finally:
        ended = [part.ended(code) for part, code in zip(parts, codes, strict=True)]
        print(verdict(ended), *missing, sep="\n", flush=True)
    lanes = [one for one in ended if one.name != BROWSER]
    return judged([*(code or 0 for code in codes), *(1 for _ in missing), *_of_the_lanes(lanes)])


def _of_the_lanes(lanes: Sequence[Ended]) -> list[int]:
    """What failed in any is remembered for `--lf`, which one lane answers. A test that none ran is a failure."""
    if len(lanes) < 2:
        return []
    file = ROOT / CACHE / PLAIN / "v" / "cache" / "lastfailed"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({test: True for lane in lanes for test in lane.failed}))
    if number := lost(lanes):
        print(f"FAILED: {number} tests were collected, but no lane ran them.", flush=True)
    return [int(number > 0)]


def judged(codes: Sequence[int]) -> int:
    """The first failure's; that one part has no test of the wanted name is none if the other has."""
    found = [code for code in codes if code != NONE_FOUND] or list(codes)
    return next((code for code in found if code), 0)


@contextlib.contextmanager
def _shown_later(log: Path) -> Iterator[IO[bytes]]:
    """A file to write to; however the block ends, what was written is shown then."""
    with log.open("w+b") as output:
        try:
            yield output
        finally:
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
            sys.stdout.flush()
