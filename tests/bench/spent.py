"""What a part of a bench costs: seconds, CPU of this process and of its database connection, statements."""

import time
from dataclasses import dataclass

from tests.bench.meter import cpu_s
from tests.bench.pages import counted


@dataclass
class Spent:
    seconds: float = 0.0
    own_s: float = 0.0
    database_s: float = 0.0
    statements: int = 0

    @property
    def cpu_s(self) -> float:
        return self.own_s + self.database_s

    def add(self, other: "Spent") -> None:
        """What another process spent meanwhile; no seconds, which are the same for both."""
        self.own_s += other.own_s
        self.database_s += other.database_s
        self.statements += other.statements


class Meter:
    """What happens inside is added to what was spent."""

    def __init__(self, spent: Spent) -> None:
        self.spent, self._asked = spent, counted()

    def __enter__(self) -> Spent:
        self._statements = self._asked.__enter__()
        self._began = (time.perf_counter(), time.process_time(), _database_s())
        return self.spent

    def __exit__(self, *_error: object) -> None:
        began, own, database = self._began
        self.spent.seconds += time.perf_counter() - began
        self.spent.own_s += time.process_time() - own
        self.spent.database_s += _database_s() - database
        self.spent.statements += self._statements.n
        self._asked.__exit__(None, None, None)


def _database_s() -> float:
    from django.db import connection

    return cpu_s(connection.connection.info.backend_pid)
