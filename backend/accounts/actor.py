"""Who acts: a person, for one company, with the permissions of their role there; or a company's API token."""

from dataclasses import dataclass, field

from backend.accounts.roles import Permission


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting for a company (which the URL names); without a company, only as themselves."""

    user_id: int | None = None
    company_id: int | None = None
    membership_id: int | None = None
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    token_id: int | None = None
    """The API token that a partner's system acts with: then there is no person and no membership."""

    @property
    def is_anonymous(self) -> bool:
        return self.user_id is None and self.token_id is None

    def may(self, permission: Permission) -> bool:
        """Whether this actor's role in the acting company, or its token, has the permission."""
        return permission in self.permissions


ANONYMOUS = Actor()
