"""Which role and which connection: pooled ones serve pages, direct ones hold locks, listen and migrate."""

import getpass
import sys
from typing import Any

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from psycopg.conninfo import conninfo_to_dict

OF_THE_OWNER = "-c entrepot.across_companies=on"
"""The owner's work is everybody's: it migrates all companies' rows, and says so as it connects (row_security.py)."""
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}


def django_settings(url: str) -> dict[str, Any]:
    """A libpq URL as Django's database settings. Raises psycopg.ProgrammingError if it is not one."""
    parts = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": dict(parts),
    }


def use_owner_role() -> None:
    """From now on this process is the owner, who migrates and grants. Only `release` and `migrate` call it."""
    owner = django_settings(settings.DATABASE_OWNER_URL)
    connection.close()
    connection.settings_dict.update({key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT")})
    options: dict[str, Any] = owner["OPTIONS"]
    connection.settings_dict["OPTIONS"] = {**options, "options": f"{options.get('options', '')} {OF_THE_OWNER}".strip()}


def application_role() -> str:
    """The role that every process but `release` and `migrate` acts as: DATABASE_URL's, or libpq's default."""
    return str(django_settings(settings.DATABASE_URL)["USER"] or getpass.getuser())


def replace_dead_connections(**_signal: object) -> None:
    """After a database's restart every connection of the pool is dead: the first request that finds one has all of
    them looked at, or each would cost somebody a page. (The pool's own check at checkout waits seconds instead.)"""
    pool = getattr(connection, "pool", None)
    if pool is not None and isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        pool.check()


def direct_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of its own in autocommit, outside any pool, with short keepalives: for LISTEN and advisory locks.

    A dead host must not hold the leader's lock for hours, hence the keepalives (at most 11 s).
    """
    params = {key: value for key, value in connection.get_connection_params().items() if key in _LIBPQ}
    return psycopg.connect(**{**KEEPALIVES, **params}, autocommit=True)


_LIBPQ = {"dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "connect_timeout", "application_name"}
