"""The second fence: PostgreSQL shows a confidential row to whoever works for its company, and leaves no connection
with somebody else's work."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import ProgrammingError, connection, connections
from django.db.migrations.state import ProjectState
from django.db.models import Model
from django.db.transaction import atomic
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from django.utils import timezone

from backend.accounts.models import ApiToken, Company
from backend.accounts.queries import api_tokens
from backend.core.database import use_owner_role
from backend.core.migrating import SecureRows
from backend.core.row_security import (
    RowSecurity,
    WrongCompany,
    across_companies,
    acting_for,
    forgetting,
)
from frontend_htmx.urls import urlpatterns as the_site
from tests.cast import Cast, make_cast
from tests.conftest import admin, as_owner, database_name
from tests.core.test_fences import outside
from tests.routes import token_of

NAMES = "SELECT name FROM accounts_apitoken ORDER BY name"
FILL = (
    "INSERT INTO accounts_apitoken (company_id, name, prefix, secret_hash, scopes, expires_at)"
    " SELECT %s, 'x', '', i::text, '[]', now() FROM generate_series(1, 3000) AS i"
)
SETTINGS = "SELECT current_setting('entrepot.company_id', true), current_setting('entrepot.across_companies', true)"


@pytest.fixture
def tokens(cast: Cast) -> Cast:
    """Northfield and Eastwick have an API token each, named after them."""
    make_tokens(cast.northfield, cast.eastwick)
    return cast


def make_tokens(*companies: Company) -> None:
    for company in companies:
        token = token_of(company)
        token.name = company.slug
        token.save()


def ask(query: str) -> list[Any]:
    """As some module of the product would ask."""
    return outside("rows(query)", rows=rows_of(), query=query)  # type: ignore[no-any-return]


def rows_of() -> Callable[[str], list[Any]]:
    names = {"connection": connections["default"]}
    code = "def rows(query):\n with connection.cursor() as cursor:\n  cursor.execute(query)\n  return cursor.fetchall()"
    exec(compile(code, "backend/anywhere.py", "exec"), names)  # noqa: S102  # our own text
    return names["rows"]  # type: ignore[return-value]


# --- Who sees what ---------------------------------------------------------------------------------------------------
def test_whoever_says_nothing_sees_nothing(tokens: Cast) -> None:
    assert ask(NAMES) == []
    assert outside("ApiToken.objects.of_company(pk).count()", ApiToken=ApiToken, pk=tokens.northfield.pk) == 0


def test_whoever_works_for_a_company_sees_its_rows_alone(tokens: Cast) -> None:
    with acting_for(tokens.northfield.pk):
        assert ask(NAMES) == [("northfield",)]
    with acting_for(tokens.cornershop.pk):
        assert ask(NAMES) == []
    assert ask(NAMES) == []


def test_whoever_serves_all_says_so_and_why(tokens: Cast) -> None:
    with across_companies(why="a test counts all of them"):
        assert ask(NAMES) == [("eastwick",), ("northfield",)]
    with pytest.raises(WrongCompany, match="say why"), across_companies(why=" "):
        pass


def test_nobody_writes_rows_for_another_company(tokens: Cast) -> None:
    write = "ApiToken.objects.create(company_id=pk, name='planted', secret_hash='x', expires_at=at)"
    names: dict[str, Any] = {"ApiToken": ApiToken, "pk": tokens.eastwick.pk, "at": timezone.now() + timedelta(days=1)}
    for work in (forgetting(), acting_for(tokens.northfield.pk)):
        with pytest.raises(ProgrammingError, match="row-level security"), atomic(), work:
            outside(write, **names)
    with acting_for(tokens.northfield.pk):
        change = outside("rows.update(company_id=pk)", rows=ApiToken.objects.of_company(names["pk"]), **names)
        assert change == 0


def test_work_for_one_company_is_never_work_for_another(tokens: Cast) -> None:
    with acting_for(tokens.northfield.pk):
        with acting_for(tokens.northfield.pk), acting_for(None):
            assert [view.name for view in api_tokens(tokens.northfield.pk)] == ["northfield"]
        with pytest.raises(WrongCompany):
            api_tokens(tokens.eastwick.pk)


@atomic
def read_and_fail() -> None:
    assert ask(NAMES) == [("northfield",)]
    raise ZeroDivisionError


def test_what_was_told_in_a_savepoint_that_failed_is_told_again(tokens: Cast) -> None:
    with acting_for(tokens.northfield.pk):
        with pytest.raises(ZeroDivisionError):
            read_and_fail()
        assert ask(NAMES) == [("northfield",)]
    assert ask(NAMES) == []


# --- What is declared is what PostgreSQL enforces --------------------------------------------------------------------
def test_what_a_model_declares_is_enforced_and_nothing_else_is(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        enforced = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT DISTINCT tablename FROM pg_policies")
        with_policy = {name for (name,) in cursor.fetchall()}
    declared = {model._meta.db_table for model in apps.get_models() if hasattr(model, "row_security")}
    assert declared == enforced == with_policy, "declare row_security, and add SecureRows to a migration"


def test_rows_that_follow_others_follow_confidential_ones(db: None) -> None:
    securities: list[RowSecurity] = [m.row_security for m in apps.get_models() if hasattr(m, "row_security")]
    declared = {model._meta.db_table for model in apps.get_models() if hasattr(model, "row_security")}
    assert {security.follow[1] for security in securities if security.follow} <= declared


def test_the_plan_goes_by_the_index_for_one_company_and_for_all(tokens: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, [tokens.cornershop.pk])
        cursor.execute("SET LOCAL enable_seqscan = off")
    for work in (acting_for(tokens.northfield.pk), across_companies(why="a test looks at its plan")):
        with work:
            plan = "\n".join(line for (line,) in ask(f"EXPLAIN {NAMES}"))
        assert "Index Cond: ((company_id >= CASE" in plan, plan


def test_a_migration_secures_rows_and_takes_it_back(transactional_db: None) -> None:
    with as_owner():
        use_owner_role()
        operation, state = SecureRows("warehouse", RowSecurity()), ProjectState.from_apps(apps)
        with connection.schema_editor() as editor:
            operation.database_forwards("inventory", editor, state, state)
        assert policies("inventory_warehouse") == ["of_company"]
        with connection.schema_editor() as editor:
            operation.database_backwards("inventory", editor, state, state)
        assert policies("inventory_warehouse") == []
    with admin(database_name()) as wire:
        assert wire.execute("SELECT relrowsecurity FROM pg_class WHERE relname = 'inventory_warehouse'").fetchone() == (
            False,
        )


def policies(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT policyname FROM pg_policies WHERE tablename = %s", [table])
        return [name for (name,) in cursor.fetchall()]


def test_the_owner_migrates_all_rows(transactional_db: None) -> None:
    cast = make_cast()
    make_tokens(cast.northfield, cast.eastwick)
    with as_owner():
        use_owner_role()
        assert ask(NAMES) == [("eastwick",), ("northfield",)]


# --- A pool: whoever comes next finds nobody's work ------------------------------------------------------------------
@pytest.fixture
def pooled(transactional_db: None) -> Iterator[Callable[..., Any]]:
    """Runs something in a thread of its own whose connection comes out of a pool of two."""
    settings = deepcopy(connection.settings_dict)
    settings["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 2, "timeout": 20}
    wrapper = type(connections["default"])
    kept: Any = wrapper(settings, "default")

    def run(act: Callable[..., Any], *arguments: Any) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(with_pooled, act, *arguments).result()

    def with_pooled(act: Callable[..., Any], *arguments: Any) -> Any:
        connections["default"] = wrapper(settings, "default")
        try:
            return act(*arguments)
        finally:
            connections["default"].close()

    yield run
    kept.close_pool()


def left_on_all(pooled: Callable[..., Any]) -> set[Any]:
    """What the settings are on both connections of the pool, taken at the same time."""

    def look() -> set[Any]:
        pool = connections["default"].pool  # type: ignore[attr-defined]  # PostgreSQL's
        with pool.connection() as one, pool.connection() as other:
            return {row for wire in (one, other) for row in [wire.execute(SETTINGS).fetchone()]}

    return pooled(look)  # type: ignore[no-any-return]


def work_and_fail(company_id: int) -> None:
    with acting_for(company_id):
        read_and_fail()


def work(company_id: int) -> list[Any]:
    with acting_for(company_id):
        return ask(NAMES)


def test_a_connection_out_of_the_pool_carries_nobodys_work(pooled: Callable[..., Any]) -> None:
    cast = make_cast()
    make_tokens(cast.northfield, cast.eastwick)
    for _ in range(3):
        assert pooled(work, cast.northfield.pk) == [("northfield",)]
        assert pooled(ask, NAMES) == []
        with pytest.raises(ZeroDivisionError):
            pooled(work_and_fail, cast.northfield.pk)
        assert pooled(work, cast.eastwick.pk) == [("eastwick",)]
        assert pooled(ask, NAMES) == []
    assert left_on_all(pooled) <= {("", ""), (None, None)}


def test_requests_at_the_same_time_see_their_own(pooled: Callable[..., Any]) -> None:
    cast = make_cast()
    make_tokens(cast.northfield, cast.eastwick)
    companies = {cast.northfield.pk: "northfield", cast.eastwick.pk: "eastwick"}
    with ThreadPoolExecutor(6) as people:
        answers = people.map(lambda pk: (pk, pooled(work, pk)), [*companies] * 15)
        assert all(seen == [(companies[pk],)] for pk, seen in answers)
    assert left_on_all(pooled) <= {("", ""), (None, None)}


# --- A request is the work of the company that its address names -----------------------------------------------------
def test_a_page_is_the_work_of_its_company_and_the_next_one_is_not(tokens: Cast, client: Client) -> None:
    client.force_login(tokens.nora)
    assert b"northfield" in client.get("/c/northfield/tokens/").content
    assert ask(NAMES) == []
    client.force_login(tokens.otto)
    page = client.get("/c/eastwick/tokens/").content
    assert b"eastwick" in page
    assert b"northfield" not in page


def test_a_request_through_the_event_loop_is_the_work_of_its_company(pooled: Callable[..., Any]) -> None:
    cast = make_cast()
    make_tokens(cast.northfield, cast.eastwick)
    client = AsyncClient()
    client.force_login(cast.nora)

    async def visit() -> tuple[bytes, list[Any]]:
        page = await client.get("/c/northfield/tokens/")
        seen_after = await sync_to_async(ask)(NAMES)
        await sync_to_async(connections.close_all)()
        return page.content, seen_after

    page, seen_after = asyncio.run(visit())
    assert b"northfield" in page
    assert seen_after == []


def broken(request: HttpRequest, company: str) -> HttpResponse:
    ask(NAMES)
    raise ZeroDivisionError


def streamed(request: HttpRequest, company: str) -> StreamingHttpResponse:
    """Its rows are read when the request is over: then it is nobody's work, until the stream says whose."""
    company_id = request.company.pk  # type: ignore[attr-defined]

    def stream() -> Iterator[str]:
        yield f"{ask(NAMES)}; "
        yield str(work(company_id))

    return StreamingHttpResponse(stream())


urlpatterns = [
    path("c/<slug:company>/broken/", broken, name="broken"),
    path("c/<slug:company>/streamed/", streamed, name="streamed"),
    *the_site,
]


@pytest.mark.urls(__name__)
def test_a_request_that_breaks_leaves_nobodys_work(tokens: Cast, client: Client) -> None:
    client.force_login(tokens.nora)
    client.raise_request_exception = False
    assert client.get("/c/northfield/broken/").status_code == 500
    assert ask(NAMES) == []


@pytest.mark.urls(__name__)
def test_a_stream_says_for_itself_whose_work_it_is(tokens: Cast, client: Client) -> None:
    client.force_login(tokens.nora)
    response: Any = client.get("/c/northfield/streamed/")
    assert b"".join(response.streaming_content) == b"[]; [('northfield',)]"


def test_many_at_once_need_a_transaction(pooled: Callable[..., Any]) -> None:
    def iterate(rows: Any) -> list[Model]:
        return list(rows.iterator())

    cast = make_cast()
    make_tokens(cast.northfield)
    with pytest.raises(RuntimeError, match="inside a transaction"):
        iterate(ApiToken.objects.of_company(cast.northfield.pk))
    with atomic(), acting_for(cast.northfield.pk):
        assert len(iterate(ApiToken.objects.of_company(cast.northfield.pk))) == 1
