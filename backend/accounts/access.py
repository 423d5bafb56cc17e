"""Access epochs: raised in the transaction of their reason, so that no grant outlives what it rested on.

Whoever has to know at once registers with `when_raised`, and is told right after the commit.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial

from django.db import connection, transaction

Told = Callable[[Mapping[str, int]], None]
_told: list[Told] = []


def when_raised(callback: Told) -> None:
    """From now on `callback` gets the scopes whose numbers were raised, with the new numbers, after each commit.

    It runs in the request of whoever raised them: it has to be quick, and what it raises is only logged.
    """
    if callback not in _told:
        _told.append(callback)


def epoch_numbers(scopes: Collection[str]) -> dict[str, int]:
    """The present number of each scope; one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT scope, n FROM accounts_accessepoch WHERE scope = ANY(%s)", [list(scopes)])
        return {**dict.fromkeys(scopes, 0), **dict(cursor.fetchall())}


def raise_epoch(scope: str) -> int:
    """Voids every grant that names this scope at its present number; returns the new one.

    An inner step: the caller has the transaction.
    """
    return raise_epochs((scope,))[scope]


def raise_epochs(scopes: Collection[str]) -> Mapping[str, int]:
    """The same for several at once, in one statement and always in the same order, so that two never lock crosswise."""
    if not scopes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_accessepoch (scope, n) SELECT unnest(%s::text[]), 1"
            " ON CONFLICT (scope) DO UPDATE SET n = accounts_accessepoch.n + 1 RETURNING scope, n",
            [sorted(set(scopes))],
        )
        raised = {scope: int(n) for scope, n in cursor.fetchall()}
    for callback in _told:
        transaction.on_commit(partial(callback, raised), robust=True)
    return raised
