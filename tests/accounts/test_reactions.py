from django.core import mail

from backend.accounts.actions import approve_company
from backend.accounts.reactions import REACTIONS
from backend.events.kinds import Kind
from backend.events.models import Event
from tests.cast import Cast, actor_of


def test_the_owners_of_an_approved_company_are_told_in_their_own_language(cast: Cast) -> None:
    cast.nick.language = "ar"
    cast.nick.save()
    approve_company(cast.newcomer, actor=actor_of(cast.olga))
    REACTIONS[Kind.ACCOUNTS_COMPANY_APPROVED](Event.objects.get())
    assert [letter.to for letter in mail.outbox] == [[cast.nick.email]]
    assert "/c/newcomer/products/" in str(mail.outbox[0].body)
    assert "is approved" not in str(mail.outbox[0].subject)
