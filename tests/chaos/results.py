"""The file of results, one line of JSON per seed: a run that was stopped goes on after them."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.chaos.play import Verdict


class Results:
    def __init__(self, path: Path, *, fresh: bool) -> None:
        self._path = path
        if fresh:
            path.unlink(missing_ok=True)

    def done(self) -> dict[str, bool]:
        """Whether each scene that was played was as it has to be; the last time counts."""
        return {str(line["scene"]): not line["wrongs"] for line in self._lines()}

    def add(self, verdict: Verdict) -> None:
        with self._path.open("a") as out:
            out.write(json.dumps(asdict(verdict)) + "\n")

    def keep(self, scene: str, logs: Iterable[Path]) -> None:
        """What the processes wrote so far, beside the results."""
        place = self._path.parent / f"logs-{scene}"
        place.mkdir(exist_ok=True)
        for log in logs:
            shutil.copy(log, place)

    def _lines(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text().splitlines() if line.endswith("}")]
