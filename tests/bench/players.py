"""Who plays the stream: processes, each with a connection of its own and its share of the retailers.

What a retailer buys and brings back stays in its order, for one player plays all of it; between retailers no order
matters, for there is enough of everything on the shelves, where the players meet and wait for each other's locks.
"""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context, parent_process
from typing import Any, Self

from tests.bench.spent import Meter, Spent

PLAYERS = 2


class Players:
    """A market has to be open when they come."""

    def __init__(self, first: str, last: str, number: int = PLAYERS) -> None:
        spawn, days = get_context("spawn"), (date.fromisoformat(first), date.fromisoformat(last))
        self._each = [ProcessPoolExecutor(1, spawn, _come, (*days, nth, number)) for nth in range(number)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for each in self._each:
            each.shutdown(cancel_futures=True)

    def play(self, turn: range, spent: Spent) -> None:
        """These invoices of the days; raises what any of them raised, with the invoice's number."""
        began = time.perf_counter()
        playing = [each.submit(_play, turn) for each in self._each]
        for each in playing:
            spent.add(each.result())
        spent.seconds += time.perf_counter() - began


# --- In a player's process -------------------------------------------------------------------------------------------
_speed: Any = None
_share: Sequence[Any] = ()
"""The days' invoices; None for one that another player plays."""


def _come(first: date, last: date, nth: int, number: int) -> None:
    global _speed, _share
    threading.Thread(target=_leave_with_the_bench, daemon=True).start()
    import django

    django.setup()
    from django.db import connection

    from backend.market.files import read_catalogue
    from tests.market.full_speed import FullSpeed, within

    connection.ensure_connection()
    _speed = FullSpeed(read_catalogue())
    _share = [each if each.retailer % number == nth else None for each in within(first, last)]


def _leave_with_the_bench() -> None:
    """However it ends: a player who waits for the next turn would wait for ever."""
    bench = parent_process()
    assert bench is not None
    bench.join()
    os._exit(1)


def _play(turn: range) -> Spent:
    with Meter(Spent()) as spent:
        for invoice in _share[turn.start : turn.stop]:
            if invoice:
                _speed.play(invoice)
    return spent
