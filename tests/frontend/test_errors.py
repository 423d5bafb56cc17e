"""What a person reads when something is not there, not theirs, too old or broken."""

from django.test import Client, RequestFactory
from django.utils.translation import override

from frontend_htmx import errors
from tests.accounts.markup import assert_sound, read
from tests.cast import Cast


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
