import pytest
from allauth.account.models import EmailAddress

from backend.accounts.actions import sign_up
from backend.accounts.models import Company, User
from backend.core.errors import Conflict, Refused
from backend.events.models import Event
from tests.cast import Cast


def fred() -> User:
    return User(email="fred@fields.example", password="!")


def test_the_person_their_address_and_their_company_come_into_being_together(cast: Cast) -> None:
    user = fred()
    company = sign_up(user, name="Fields Ltd", kind="retailer", country="GB")
    assert company.memberships.get().user == user
    assert EmailAddress.objects.filter(user=user, email=user.email, primary=True, verified=False).exists()


def test_a_refused_company_leaves_no_person_behind(cast: Cast) -> None:
    people = User.objects.count()
    with pytest.raises(Refused):
        sign_up(fred(), name="Fields Ltd", kind="platform", country="GB")
    assert User.objects.count() == people
    assert not Event.objects.exists()


def test_an_address_that_was_taken_meanwhile_opens_no_second_company(cast: Cast) -> None:
    companies = Company.objects.count()
    with pytest.raises(Conflict) as conflict:
        sign_up(User(email=cast.nora.email, password="!"), name="Fields Ltd", kind="retailer", country="GB")
    assert conflict.value.field == "email"
    assert Company.objects.count() == companies
