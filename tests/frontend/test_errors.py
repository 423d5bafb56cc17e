"""What a person reads when something is not there, not theirs, too old or broken."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client, RequestFactory
from django.utils.translation import override

from backend.accounts.models import User
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


def test_who_opens_the_address_of_a_form_is_told_where_they_are(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    response = client.get("/c/cornershop/cart/lines/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "only takes what a form sends" in response.content.decode()
    assert "/" in assert_sound(response).links


def outside(user: User) -> Client:
    """A client as browsers are: the first to read its form is who looks for the token in it."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = "t" * 32
    return client


UNREADABLE = {
    "too large": ({"name": "a" * 1_100_000}, "may hold 1 MB"),
    "too many fields": ({f"field-{n}": "1" for n in range(5_001)}, "may have 5,000 fields"),
}


@pytest.mark.parametrize("sent", UNREADABLE)
def test_what_is_too_much_for_a_form_is_told_how_much_may_be(cast: Cast, sent: str) -> None:
    client = outside(cast.wes)
    data, words = UNREADABLE[sent]
    path = f"/c/northfield/inventory/skus/{cast.mug.pk}/counts/"
    response = client.post(path, data)
    assert (response.status_code, words in response.content.decode()) == (400, True)
    assert_sound(response)
    to_htmx = client.post(path, data, headers={"HX-Request": "true"})
    assert (to_htmx.status_code, to_htmx["HX-Retarget"]) == (400, "#trouble")
    assert words in to_htmx.content.decode()


ALIEN = {
    "another encoding": ("a=b", "application/x-www-form-urlencoded; charset=utf-16"),
    "no boundary": ("x", "multipart/form-data"),
}


@pytest.mark.parametrize("sent", ALIEN)
def test_what_is_no_form_is_refused_and_breaks_nothing(cast: Cast, sent: str) -> None:
    client = outside(cast.wes)
    body, content_type = ALIEN[sent]
    response = client.post("/c/northfield/inventory/warehouses/", body, content_type)
    assert response.status_code == 400
    assert_sound(response)


def test_it_is_said_in_the_readers_language(cast: Cast) -> None:
    response = outside(cast.wes).post("/accounts/email/", UNREADABLE["too large"][0], headers={"Accept-Language": "ar"})
    assert 'dir="rtl"' in response.content.decode()
    assert "Nothing" not in response.content.decode()


def test_a_nul_that_no_form_has_refused_is_refused_all_the_same(cast: Cast, client: Client) -> None:
    client.force_login(cast.rita)
    response = client.post("/catalogue/searches/", {"query": "q=mug", "name": "mu\0gs"})
    assert response.status_code == 422
    assert "NUL" in response.content.decode()


def test_a_search_for_a_nul_finds_what_stands_beside_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.sally)
    for path in ("negotiations/", "negotiations/open/", "inventory/", "sales/", "products/"):
        assert client.get(f"/c/northfield/{path}?q=%00mug").status_code == 200, path


@pytest.mark.parametrize("key", [r'"\000abcdefgh"', r'"\303\050abcdefgh"', "x" * 5_000, "../../etc/passwd"])
def test_a_cookie_that_no_session_of_ours_has_is_nobodys(db: None, client: Client, key: str) -> None:
    for path, status in (("/catalogue/", 200), ("/c/northfield/products/", 302)):
        assert client.get(path, headers={"Cookie": f"sessionid={key}"}).status_code == status


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
