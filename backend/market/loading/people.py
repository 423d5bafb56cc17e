"""The cast, who can log in."""

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from backend.accounts.models import Membership, User
from backend.market.files import Person
from backend.market.loading.companies import Companies


def create_people(cast: Sequence[Person], companies: Companies) -> None:
    """The cast with confirmed e-mail addresses. A person of two companies stands in the cast twice."""
    once = {person.email: person for person in cast}
    hashes = {person.password: make_password(person.password) for person in cast}
    users = User.objects.bulk_create(
        User(email=person.email, name=person.name, language=person.language, password=hashes[person.password])
        for person in once.values()
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in users
    )
    by_email = {user.email: user for user in users}
    Membership.objects.bulk_create(
        Membership(user=by_email[row.email], company=companies[row.slug], role=row.role) for row in cast
    )
