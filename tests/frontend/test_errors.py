"""What a person reads when something is not there, not theirs, too old or broken."""

import asyncio

from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client, RequestFactory
from django.utils.translation import override

from frontend_htmx import errors
from tests.accounts.markup import assert_sound, read
from tests.cast import Cast, make_cast


def test_what_is_not_there_leads_somewhere(db: None, client: Client) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "/catalogue/" in assert_sound(response).links


def test_what_is_not_there_is_said_in_a_corner_to_htmx(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    path = f"/c/northfield/inventory/skus/{cast.kettle.pk}/"
    response = client.get(path, headers={"HX-Request": "true"})
    assert response.status_code == 404
    assert response["HX-Retarget"] == "#trouble"
    assert "<html" not in response.content.decode()


def test_a_form_that_is_too_old_says_what_to_do(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.wes)
    path = f"/c/northfield/inventory/skus/{cast.mug.pk}/counts/"
    response = client.post(path, {"quantity": "1"})
    assert response.status_code == 403
    assert "too old to be sent" in response.content.decode()


def test_a_role_that_may_not_is_told_whom_to_ask(cast: Cast, client: Client) -> None:
    client.force_login(cast.rita)
    response = client.get("/c/northfield/inventory/receipts/new/")
    assert response.status_code == 403
    assert "An owner can change your role" in response.content.decode()


def test_a_permission_that_was_refused_without_a_reason_has_a_page(db: None) -> None:
    request = RequestFactory().get("/")
    request.user = request.company = None  # type: ignore[assignment,attr-defined]
    response = errors.not_allowed(request, PermissionError())
    assert response.status_code == 403
    assert_sound(response)


def test_when_something_breaks_the_page_needs_neither_database_nor_session() -> None:
    with override("ar"):
        response = errors.broken(RequestFactory().get("/"))
    assert response.status_code == 500
    assert 'dir="rtl"' in response.content.decode()
    assert read(response).inline == []


def test_what_does_not_exist_does_not_exist_after_the_database_ended_its_sessions_either(
    transactional_db: None,
) -> None:
    cast = make_cast()

    async def look_twice() -> list[int]:
        client = AsyncClient()
        await client.aforce_login(cast.otto)
        first = await client.get("/c/northfield/inventory/")
        await sync_to_async(end_every_session)()
        return [first.status_code, (await client.get("/c/northfield/inventory/")).status_code]

    connection.close()  # this thread's own would be ended, too
    assert asyncio.run(look_twice()) == [404, 404]


def end_every_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND pid <> pg_backend_pid()"
        )
    connection.close()
