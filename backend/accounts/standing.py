"""Where a person stands, which every page asks: for whom they may act, and the numbers of what they act by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.accounts.models import Company, CustomRole, Membership, User
from backend.core.written import Written

PUBLIC = "public"
"""The access scope of what everybody may see."""
_STANDING = Written(
    """
SELECT {person}, {membership}, {company}, {role},
    (SELECT n FROM accounts_accessepoch WHERE scope = 'membership:' || membership.id),
    (SELECT n FROM accounts_accessepoch WHERE scope = 'person:' || person.id),
    (SELECT n FROM accounts_accessepoch WHERE scope = 'public')
FROM accounts_user person
LEFT JOIN accounts_membership membership ON membership.user_id = person.id
LEFT JOIN accounts_company company ON company.id = membership.company_id
LEFT JOIN accounts_customrole role ON role.id = membership.custom_role_id
WHERE person.id = %(person)s AND person.is_active
ORDER BY company.name, company.id
""",
    person=User,
    membership=Membership,
    company=Company,
    role=CustomRole,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's memberships, by their companies' names, and the numbers of the access scopes that these hang on.

    All of it is of one moment: whoever takes access away raises a number in the same transaction.
    """

    memberships: Sequence[Membership] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def companies(self) -> Sequence[Company]:
        return [each.company for each in self.memberships]

    def at(self, slug: str) -> Membership | None:
        """Their place in a company; None where they have none."""
        return next((each for each in self.memberships if each.company.slug == slug), None)


def person_with_standing(user_id: int) -> User | None:
    """The person, if they may log in, and in `person.standing` where they may act. One query."""
    person, standing = _read(user_id)
    if person is not None:
        person.standing = standing
    return person


def standing_of(user_id: int | None) -> Standing:
    """Where this person may act now; nowhere, once they may not log in. One query; none for nobody."""
    return Standing() if user_id is None else _read(user_id)[1]


def _read(user_id: int) -> tuple[User | None, Standing]:
    person, memberships, numbers = None, [], {f"person:{user_id}": 0, PUBLIC: 0}
    for user, membership, company, role, of_membership, of_person, of_all in _STANDING.fetch({"person": user_id}):
        person = user
        numbers |= {f"person:{user_id}": of_person or 0, PUBLIC: of_all or 0}
        if membership is not None:
            membership.company, membership.custom_role = company, role
            memberships.append(membership)
            numbers[f"membership:{membership.pk}"] = of_membership or 0
    return person, Standing(memberships, numbers)
