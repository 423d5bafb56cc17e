"""Who acts: a person, for one company, with the permissions of their role there."""

from dataclasses import dataclass, field

from backend.accounts.roles import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting for a company (which the URL names); without a company, only as themselves."""

    user_id: int | None = None
    company_id: int | None = None
    membership_id: int | None = None
    permissions: frozenset[Permission] = field(default_factory=frozenset)

    @property
    def is_anonymous(self) -> bool:
        return self.user_id is None

    def may(self, permission: Permission) -> bool:
        """Whether this actor's role in the acting company has the permission."""
        return permission in self.permissions


ANONYMOUS = Actor()
