"""The file of results, one line of JSON per seed: a run that was stopped goes on after them."""

import json
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

    def _lines(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_text().splitlines() if line.endswith("}")]
