"""Many at once, each on a real connection of its own: a fixture for whoever claims something about concurrency."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

CONNECTIONS = 20
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def at_once() -> Iterator[AtOnce]:
    """Runs jobs over at most CONNECTIONS real connections and returns their results, exceptions included."""
    with ThreadPoolExecutor(CONNECTIONS) as threads:

        def run(jobs: list[Callable[[], Any]]) -> list[Any]:
            return [future.exception() or future.result() for future in [threads.submit(job) for job in jobs]]

        yield run
        together = Barrier(CONNECTIONS)  # so that every thread closes its own connection
        list(threads.map(lambda _: close_together(together), range(CONNECTIONS)))


def close_together(barrier: Barrier) -> None:
    barrier.wait(10)
    connections.close_all()
