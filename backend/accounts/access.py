"""Access epochs: raised in the transaction of their reason, so that no grant outlives what it rested on."""

from django.db import connection


def raise_epoch(scope: str) -> None:
    """Voids every grant that names this scope at its present number. An inner step: the caller has the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_accessepoch (scope, n) VALUES (%s, 1)"
            " ON CONFLICT (scope) DO UPDATE SET n = accounts_accessepoch.n + 1",
            [scope],
        )
