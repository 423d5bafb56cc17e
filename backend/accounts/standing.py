"""Where a person stands, which every page asks: for whom they may act, and the numbers of what they act by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.accounts.models import Company, CustomRole, Membership
from backend.core.written import Written

PUBLIC = "public"
"""The access scope of what everybody may see."""
_STANDING = Written(
    """
SELECT {membership}, {company}, {role},
    (SELECT n FROM accounts_accessepoch WHERE scope = 'membership:' || membership.id),
    (SELECT n FROM accounts_accessepoch WHERE scope = 'person:' || person.id),
    (SELECT n FROM accounts_accessepoch WHERE scope = 'public')
FROM accounts_user person
JOIN accounts_membership membership ON membership.user_id = person.id
JOIN accounts_company company ON company.id = membership.company_id
LEFT JOIN accounts_customrole role ON role.id = membership.custom_role_id
WHERE person.id = %(person)s AND person.is_active
ORDER BY company.name, company.id
""",
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


def standing_of(user_id: int | None) -> Standing:
    """Where this person may act; nowhere, once they may not log in. One query; none for nobody."""
    if user_id is None:
        return Standing()
    memberships, numbers = [], {f"person:{user_id}": 0, PUBLIC: 0}
    for membership, company, role, of_membership, of_person, of_all in _STANDING.fetch({"person": user_id}):
        membership.company, membership.custom_role = company, role
        memberships.append(membership)
        numbers |= {f"membership:{membership.pk}": of_membership or 0}
        numbers |= {f"person:{user_id}": of_person or 0, PUBLIC: of_all or 0}
    return Standing(memberships, numbers)
