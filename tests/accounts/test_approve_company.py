import pytest

from backend.accounts.actions import approve_company
from backend.accounts.models import Company
from backend.accounts.states import CompanyStatus
from backend.core.errors import NotAllowed
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of


def test_an_operator_approves_a_company_that_has_applied(cast: Cast) -> None:
    approve_company(cast.newcomer, actor=actor_of(cast.olga))
    cast.newcomer.refresh_from_db()
    assert (cast.newcomer.status, cast.newcomer.version) == (CompanyStatus.APPROVED, 2)
    event = Event.objects.get()
    assert (event.kind, event.subject) == (Kind.ACCOUNTS_COMPANY_APPROVED, f"company:{cast.newcomer.pk}")
    assert (event.version, event.actor_id, event.company_id) == (2, cast.olga.pk, cast.platform.pk)


def test_approved_twice_it_is_approved_once(cast: Cast) -> None:
    seen_before = Company.objects.get(pk=cast.newcomer.pk)
    approve_company(cast.newcomer, actor=actor_of(cast.olga))
    assert approve_company(seen_before, actor=actor_of(cast.olga)).version == 2
    assert Event.objects.count() == 1


@pytest.mark.parametrize("who", ["nick", "nora", "carl"])
def test_nobody_else_approves_not_even_the_owner(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        approve_company(cast.newcomer, actor=actor_of(getattr(cast, who)))
    assert cast.newcomer in Company.objects.waiting_for_approval()
    assert not Event.objects.exists()
