"""What has to be seen while a transaction is still open: it is committed on a connection of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

from django.db import connections

Alongside = Callable[[Callable[[], object]], object]


@contextmanager
def alongside() -> Iterator[Alongside]:
    """Does what it is given at once, for whom the work here is done, and raises what that raises.

    The danger: what waits there for a row that is locked here waits for ever, and no database sees it.
    """
    with ThreadPoolExecutor(1) as thread:
        try:
            yield lambda act: thread.submit(copy_context().run, act).result()
        finally:
            thread.submit(connections.close_all).result()
