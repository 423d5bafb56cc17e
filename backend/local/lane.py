"""What each pytest of `./dev test` has besides its arguments: it takes its share of the tests, and notes how they went.

Lanes of one kind collect the same tests and draw stretches of them, a file at a time, from one queue; whoever comes
first has a stretch, so that no lane is idle while another has work left. Loaded by `-p backend.local.lane`.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:  # ./dev itself runs without pytest
    import pytest

MOST_WORDS = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--notes", type=Path, help="the file that is to say how each test went, a line of JSON for each")
    parser.addoption("--queue", type=Path, help="the folder where lanes that share their tests put what they draw")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Notes(config.getoption("--notes").open("w", buffering=1)), "notes")
    if queue := config.getoption("--queue"):
        config.pluginmanager.register(Queue(queue), "queue")


class Queue:
    """The tests that this lane draws, in the order in which they were collected."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """As pytest's own, but that what comes next is only known by drawing it."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        drawn = self._draw(session.items)
        item = next(drawn, None)
        while item is not None:
            following = next(drawn, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True

    def _draw(self, items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
        for name, stretch in stretches(items):
            if self._is_ours(name):
                yield from stretch

    def _is_ours(self, name: str) -> bool:
        try:
            (self.folder / name.replace("/", "|")).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def stretches(items: Sequence[pytest.Item]) -> Iterator[tuple[str, list[pytest.Item]]]:
    """Tests of one file that follow each other, and a name that is the same in every lane: a file may have several,
    because tests that commit come after those that do not."""
    seen: Counter[str] = Counter()
    for file, stretch in groupby(items, lambda item: item.nodeid.partition("::")[0]):
        seen[file] += 1
        yield f"{file}.{seen[file]}", list(stretch)


class Notes:
    """Written line by line, so that they tell of a lane that was killed, too. `at` is in seconds since it began."""

    def __init__(self, file: IO[str]) -> None:
        self.file, self.began = file, time.monotonic()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(failed=report.nodeid, why=why(report))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._write(collected=len(session.items))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write(began=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._write(failed=report.nodeid, why=f"{report.when}: {why(report)}")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._write(ended=nodeid)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self._write(exit=int(exitstatus))

    def _write(self, **note: object) -> None:
        self.file.write(json.dumps({"at": round(time.monotonic() - self.began, 3), **note}) + "\n")


def why(report: pytest.CollectReport | pytest.TestReport) -> str:
    """The line that says it: what was raised and where, else the last one."""
    crash = getattr(report.longrepr, "reprcrash", None)
    lines = [line for line in report.longreprtext.splitlines() if line.strip()]
    said = f"{crash.message.splitlines()[0]} ({Path(crash.path).name}:{crash.lineno})" if crash else lines[-1]
    return said[:MOST_WORDS]
