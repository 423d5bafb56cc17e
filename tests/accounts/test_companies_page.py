import pytest
from django.test import Client

from backend.accounts.models import Company
from backend.accounts.states import CompanyStatus
from tests.accounts.markup import assert_sound
from tests.cast import Cast

PAGE = "/c/platform/companies/"
HTMX = {"HX-Request": "true"}


def test_an_operator_sees_who_waits_and_who_asks(cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    response = client.get(PAGE)
    assert_sound(response)
    text = response.content.decode()
    assert all(word in text for word in ("Newcomer", "Manufacturer", "United Kingdom", "nick@newcomer.example"))
    assert "Eastwick" not in text
    assert "3 companies are approved." in text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_one_click_approves(cast: Cast, client: Client, headers: dict[str, str]) -> None:
    client.force_login(cast.olga)
    response = client.post(f"{PAGE}{cast.newcomer.pk}/approval/", headers=headers)
    assert response.status_code == (200 if headers else 303)
    assert Company.objects.get(pk=cast.newcomer.pk).status == CompanyStatus.APPROVED
    assert "Nobody waits" in client.get(PAGE).content.decode()


def test_a_second_click_changes_nothing(cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    for _ in range(2):
        assert client.post(f"{PAGE}{cast.newcomer.pk}/approval/", headers=HTMX).status_code == 200
    assert Company.objects.get(pk=cast.newcomer.pk).version == 2


def test_who_is_no_operator_sees_no_list_under_their_own_company(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    assert client.get("/c/northfield/companies/").status_code == 403
    assert client.post(f"/c/northfield/companies/{cast.newcomer.pk}/approval/").status_code == 404
    assert client.get(PAGE).status_code == 404


def test_an_applicant_does_not_approve_themselves(cast: Cast, client: Client) -> None:
    client.force_login(cast.nick)
    assert client.post(f"/c/newcomer/companies/{cast.newcomer.pk}/approval/").status_code == 403
    assert Company.objects.get(pk=cast.newcomer.pk).status == CompanyStatus.APPLIED
