"""The second fence: PostgreSQL itself shows confidential rows only to whoever said for which company it works.

A model declares `row_security = RowSecurity(…)`, and a migration enforces it with `SecureRows`. Before every statement
that names such a table, in the same transaction, the connection is told whose work it is (as SET LOCAL does). So
nothing is ever left on a connection: not after an error, not in a pool, not behind PgBouncer.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Value
from psycopg.sql import Composable

from backend.core.database import OF_THE_OWNER
from backend.core.fences import is_trusted

P = ParamSpec("P")
T = TypeVar("T")
COMPANY, ACROSS = "entrepot.company_id", "entrepot.across_companies"


class WrongCompany(Exception):
    """A bug: what works for one company was about to work for another."""


@dataclass(frozen=True, slots=True)
class Work:
    """Whose work is being done: one company's, every company's, or (as long as nobody says) nobody's."""

    company_id: int | None = None
    is_across: bool = False

    @property
    def said(self) -> tuple[str, str]:
        """Which company's, and whether everybody's."""
        return str(self.company_id or ""), "on" if self.is_across else ""

    @property
    def told(self) -> str:
        """As the connection is told, until the end of its transaction."""
        company, across = self.said
        return _TOLD.format(company=f"'{company}'", across=f"'{across}'")


NOBODYS, EVERYBODYS = Work(), Work(is_across=True)
_work: ContextVar[Work] = ContextVar("work", default=NOBODYS)


# --- Whose work it is ------------------------------------------------------------------------------------------------
@contextmanager
def acting_for(company_id: int | None) -> Iterator[None]:
    """Confidential rows inside are this company's; None leaves it as it is. Raises WrongCompany inside another's.

    Don't `yield` rows from inside: whoever takes them would go on as this company.
    """
    with working(_work.get()):
        begin_acting_for(company_id)
        yield


def begin_acting_for(company_id: int | None) -> None:
    """The same up to the end of the `forgetting()` around it, which is a whole request."""
    if company_id is None:
        return
    if _work.get().company_id not in (None, company_id):
        raise WrongCompany(f"this is the work of company {_work.get().company_id}, not of {company_id}")
    _work.set(Work(company_id))


def for_actor(action: Callable[P, T]) -> Callable[P, T]:
    """An action whose work is that of the company that its `actor` acts for."""

    @wraps(action)
    def acting(*args: P.args, **kwargs: P.kwargs) -> T:
        actor: Any = kwargs["actor"]
        with acting_for(actor.company_id):
            return action(*args, **kwargs)

    return acting


@contextmanager
def across_companies(*, why: str) -> Iterator[None]:
    """Confidential rows inside are every company's, for whoever serves them all and says why."""
    if not why.strip():
        raise WrongCompany("say why confidential rows of all companies are needed")
    with working(EVERYBODYS):
        yield


@contextmanager
def forgetting() -> Iterator[None]:
    """Inside it is nobody's work at first, and afterwards whose it was before: what stands around every request."""
    with working(NOBODYS):
        yield


@contextmanager
def working(work: Work) -> Iterator[None]:
    """No token of ContextVar's: a request ends in another context than it begins in."""
    before = _work.get()
    _work.set(work)
    try:
        yield
    finally:
        _work.set(before)


# --- What a table declares -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RowSecurity:
    """Whose the rows of a table are: by its own column `company`; or they `follow` the row that a column points to, and
    are its company's.

    `readers` is SQL that shows a row to others, too, who may not write it; {company} stands for the acting company.
    `read_along` shows it to the readers of the row that it follows. `withheld` is a query that finds something as long
    as the acting company, though it is one of its own, may not read the row.
    """

    company: str = "company_id"
    """Empty: whoever sees the row that this one follows."""
    partner: str = ""
    """A second such column: of what belongs to two companies alike."""
    follow: tuple[str, str] | None = None
    """(column, table)."""
    readers: str = ""
    read_along: bool = False
    withheld: str = ""

    @property
    def owns(self) -> str:
        """A range, since an index answers it both for one company and for all of them; NULL, so no row, for nobody."""
        if not self.follow:
            return self._mine()
        return self._followed(f" AND {self._mine('owner.')}" if self.company else "")

    def _mine(self, prefix: str = "") -> str:
        columns = [prefix + column for column in (self.company, self.partner) if column]
        each = [f"{column} BETWEEN {_bound(-(2**63))} AND {_bound(2**63 - 1)}" for column in columns]
        return each[0] if len(each) == 1 else f"({' OR '.join(each)})"

    @property
    def reads(self) -> str:
        """Who else reads: nobody, if it is empty."""
        return self._followed() if self.read_along else self.readers.format(company=_ACTING)

    @property
    def shows(self) -> str:
        """What every reader has to meet beside; nothing, if it is empty."""
        if not self.withheld:
            return ""
        found = self.withheld.format(company=_ACTING)
        return f"CASE current_setting('{ACROSS}', true) WHEN 'on' THEN true ELSE NOT EXISTS ({found}) END"

    def _followed(self, more: str = "") -> str:
        assert self.follow  # noqa: S101  # whoever reads along follows
        column, table = self.follow
        return f"EXISTS (SELECT FROM {table} AS owner WHERE owner.id = {column}{more})"  # our own models


_ACTING = f"nullif(current_setting('{COMPANY}', true), '')::bigint"


def _bound(of_all: int) -> str:
    return f"CASE current_setting('{ACROSS}', true) WHEN 'on' THEN '{of_all}'::bigint ELSE {_ACTING} END"


class IsWorkOf(Func):
    """For a filter: whether the statement is told that it is this company's work, or everybody's. Asked once.

    It closes a query in which a row that is not shown would *open* something, as a restriction does.
    """

    template = (
        f"(SELECT current_setting('{ACROSS}', true) = 'on' OR current_setting('{COMPANY}', true) = %(expressions)s)"
    )
    output_field = BooleanField()

    def __init__(self, company_id: int) -> None:
        super().__init__(Value(str(company_id)))


# --- What the connection is told -------------------------------------------------------------------------------------
def tell_whose_work(connection: BaseDatabaseWrapper, **_signal: object) -> None:
    """Of every connection that Django opens."""
    if _told not in connection.execute_wrappers:
        connection.execute_wrappers.append(_told)


def _told(execute: Callable[..., Any], query: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """A statement that names a confidential table, with whose work it is in front: one message, one transaction."""
    connection, cursor = context["connection"], context["cursor"].cursor
    query = query.as_string(connection.connection) if isinstance(query, Composable) else query
    if not _names_secured(query) or OF_THE_OWNER in connection.settings_dict["OPTIONS"].get("options", ""):
        return execute(query, params, many, context)
    if many or isinstance(cursor, psycopg.ServerCursor):
        return _told_before(execute, query, params, many, context)
    result = execute(*_telling(query, params), many, context)
    cursor.nextset()
    return result


def _telling(query: str, params: Any) -> tuple[str, Any]:
    """The query with whose work it is in front, as parameters like its own: the text is the same for every company, and
    the driver, which keeps what it made of the latest texts, knows it."""
    work = present_work()
    if params is None:
        return f"{work.told}; {query}", None
    if isinstance(params, Mapping):
        return f"{_TOLD_BY_NAME}; {query}", {**params, "acting_for": work.said[0], "acting_across": work.said[1]}
    return f"{_TOLD_IN_ORDER}; {query}", [*work.said, *params]


_TOLD = f"SELECT set_config('{COMPANY}', {{company}}, true), set_config('{ACROSS}', {{across}}, true)"
_TOLD_BY_NAME = _TOLD.format(company="%(acting_for)s", across="%(acting_across)s")
_TOLD_IN_ORDER = _TOLD.format(company="%s", across="%s")


def _told_before(execute: Callable[..., Any], query: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Statements of which several would not fit into one message."""
    if not context["connection"].in_atomic_block:
        raise RuntimeError(f"{query[:80]}… touches confidential rows: iterate or write many inside a transaction")
    context["connection"].connection.execute(present_work().told)
    return execute(query, params, many, context)


def present_work() -> Work:
    """A test that looks into a table itself sees all of it."""
    work = _work.get()
    return EVERYBODYS if work == NOBODYS and is_trusted() else work


@lru_cache(1_024)
def _names_secured(query: str) -> bool:
    """Whether a statement names a confidential table: most are the same again, and to look costs as much as to ask."""
    return bool(_secured().search(query))


@cache
def _secured() -> re.Pattern[str]:
    """Finds the names of the confidential tables in a statement."""
    tables = [model._meta.db_table for model in apps.get_models() if hasattr(model, "row_security")]
    return re.compile("|".join(map(re.escape, tables)) or r"(?!)")
