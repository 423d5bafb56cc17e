"""How somebody's login is protected, as the market's operators see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from backend.accounts.models import User


@dataclass(frozen=True, slots=True)
class ProtectionView:
    """A person, what their login takes beside a password, and on how many devices they are logged in."""

    user_id: int
    name: str
    email: str
    second_steps: Sequence[str]
    devices: int


def protection_of(email: str) -> ProtectionView | None:
    """Of whoever logs in with this address. Three queries; one where nobody does."""
    person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        return None
    steps = Authenticator.objects.filter(user=person).order_by("type", "pk").values_list("type", flat=True)
    labels = dict.fromkeys(str(Authenticator.Type(step).label) for step in steps)
    devices = UserSession.objects.filter(user=person).count()
    return ProtectionView(person.pk, str(person), person.email, list(labels), devices)
